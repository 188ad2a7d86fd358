//! A fleet's answer as tables and lines.

use super::{Align, Cell, Column, Table};
use crate::model::{Finding, Fleet, FleetPlan, LeftOut, World};
use crate::units::Usd;
use std::collections::BTreeMap;

/// Pico-dollars an hour as dollars a month, rounded to micro-dollars.
#[must_use]
pub fn monthly(pico_an_hour: u128, hours: u32) -> Usd {
    let micro = (pico_an_hour * u128::from(hours) + 500_000) / 1_000_000;
    Usd(i64::try_from(micro).unwrap_or(i64::MAX))
}

/// Every world side by side: cost, bound, gap, how full.
#[must_use]
pub fn worlds_table(fleet: &Fleet) -> Table {
    let mut table = Table::new(vec![
        Column::left("WORLD", "world", 0),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("BOUND", "bound_usd_a_month", 2),
        Column::right("GAP", "gap_percent", 0),
        Column::right("INSTANCES", "instances", 0),
        Column::right("FARGATE TASKS", "fargate_tasks", 3),
        Column::right("CPU USED", "cpu_used_percent", 1),
        Column::right("MEMORY USED", "memory_used_percent", 1),
        Column::left("WHY NOT", "why_not", 4),
    ]);
    if fleet.worlds.iter().all(Result::is_ok) {
        table.columns.pop();
    }
    let columns = table.columns.len();
    for world in &fleet.worlds {
        let mut row = match world {
            Ok(plan) => world_row(fleet, plan),
            Err((world, why)) => {
                let mut row: Vec<Cell> = vec![world.name().into(), Cell::money(None)];
                row.extend((0..6).map(|_| Cell::from("")));
                row.push(why.detail.clone().into());
                row
            }
        };
        row.truncate(columns);
        table.rows.push(row);
    }
    table
}

fn world_row(fleet: &Fleet, plan: &FleetPlan) -> Vec<Cell> {
    let hours = fleet.month_hours;
    let [cpu, memory, ..] = plan.used();
    let mark = if plan.world == fleet.plan.world { " *" } else { "" };
    let gap = plan.gap_percent();
    vec![
        Cell::both(format!("{}{mark}", plan.world.name()), plan.world.name()),
        Cell::money(Some(monthly(plan.total_pico(), hours))),
        Cell::money(Some(monthly(plan.bound_pico + plan.fixed_pico, hours))),
        Cell::both(format!("{gap:.2}%"), format!("{gap:.4}")),
        plan.instances().to_string().into(),
        plan.fargate_tasks().to_string().into(),
        share(cpu),
        share(memory),
        "".into(),
    ]
}

/// `71%`, and nothing where there is none of it.
#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn share((used, has): (u64, u64)) -> Cell {
    if has == 0 {
        return "".into();
    }
    let percent = used as f64 / has as f64 * 100.0;
    Cell::both(format!("{percent:.0}%"), format!("{percent:.2}"))
}

/// Types of instances of the plan with their number, price and how full they are.
#[must_use]
pub fn types_table(fleet: &Fleet) -> Table {
    let mut table = Table::new(vec![
        Column::left("TYPE", "offer", 0),
        Column::right("COUNT", "count", 0),
        Column::right("$/HOUR EACH", "usd_an_hour_each", 2),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("TASKS", "tasks", 1),
        Column::right("CPU USED", "cpu_used_percent", 0),
        Column::right("MEMORY USED", "memory_used_percent", 0),
        Column::right("SLOTS USED", "slots_used_percent", 3),
    ]);
    let mut types: BTreeMap<(bool, &str), Sum> = BTreeMap::new();
    for one in &fleet.plan.filled {
        let sum = types.entry((!one.instance, &one.offer)).or_default();
        let count = u64::from(one.count);
        sum.count += count;
        sum.pico = one.price.as_pico();
        sum.all_pico += u128::from(one.price.as_pico()) * u128::from(count);
        sum.tasks += one.tasks.iter().map(|(_, tasks)| u64::from(*tasks)).sum::<u64>() * count;
        for (total, (used, has)) in sum.used.iter_mut().zip(one.used.iter().zip(one.has)) {
            total.0 += used * count;
            total.1 += has * count;
        }
    }
    for ((_, offer), sum) in &types {
        let each = crate::units::pico_string(i128::from(sum.pico));
        table.rows.push(vec![
            (*offer).into(),
            sum.count.to_string().into(),
            Cell::both(short_price(&each), each),
            Cell::money(Some(monthly(sum.all_pico, fleet.month_hours))),
            sum.tasks.to_string().into(),
            share(sum.used[0]),
            share(sum.used[1]),
            if sum.used[2].1 >= 1_000_000 { "".into() } else { share(sum.used[2]) },
        ]);
    }
    table.totals.push(vec![
        "ALL".into(),
        (fleet.plan.instances() + fleet.plan.fargate_tasks()).to_string().into(),
        "".into(),
        Cell::money(Some(monthly(fleet.plan.pico_an_hour, fleet.month_hours))),
        types.values().map(|sum| sum.tasks).sum::<u64>().to_string().into(),
        share(fleet.plan.used()[0]),
        share(fleet.plan.used()[1]),
        "".into(),
    ]);
    table
}

/// Four digits after the point are enough for people.
fn short_price(price: &str) -> String {
    match price.split_once('.') {
        Some((whole, part)) => format!("{whole}.{}", &part[..part.len().min(4)]),
        None => price.to_owned(),
    }
}

#[derive(Default)]
struct Sum {
    count: u64,
    pico: u64,
    all_pico: u128,
    tasks: u64,
    used: [(u64, u64); 4],
}

/// Every instance and what it holds: a row for each workload on it.
#[must_use]
pub fn placement_table(fleet: &Fleet) -> Table {
    let column = |title, name| Column { title, name, align: Align::Left, rank: 0 };
    let mut table = Table::new(vec![
        column("ZONE", "zone"),
        column("INSTANCE", "instance"),
        column("TYPE", "offer"),
        column("WORKLOAD", "workload"),
        column("TASKS", "tasks"),
    ]);
    let mut number = 0;
    for one in &fleet.plan.filled {
        for _ in 0..one.count {
            number += 1;
            let mut row = |workload: &str, tasks: u32| {
                table.rows.push(vec![
                    one.zone.to_string().into(),
                    number.to_string().into(),
                    one.offer.as_str().into(),
                    workload.into(),
                    tasks.to_string().into(),
                ]);
            };
            if one.tasks.is_empty() {
                row("", 0);
            }
            one.tasks.iter().for_each(|(workload, tasks)| row(workload, *tasks));
        }
    }
    table
}

/// What is to be said beside the tables.
#[must_use]
pub fn fleet_lines(fleet: &Fleet) -> Vec<String> {
    let mut lines = vec![bound_line(fleet), binding_line(fleet)];
    let hours = fleet.month_hours;
    if !fleet.constraints.is_empty() {
        let each = fleet
            .constraints
            .iter()
            .map(|costs| format!("{} {}", costs.what, monthly(costs.with - costs.without, hours)));
        lines.push(format!(
            "What constraints cost a month: {}.",
            each.collect::<Vec<_>>().join(", ")
        ));
    }
    if !fleet.sensitivity.is_empty() {
        let each = fleet
            .sensitivity
            .iter()
            .map(|(percent, pico)| format!("{percent:+} % {}", monthly(*pico, hours)));
        lines.push(format!(
            "If demand were (tasks more or less, sizes where there are few): {}.",
            each.collect::<Vec<_>>().join(", ")
        ));
    }
    lines.extend(today_lines(fleet));
    if !fleet.left_out.is_empty() {
        lines.push(left_line(&fleet.left_out, hours));
    }
    lines.push(format!("Taken for granted: {}.", fleet.assumptions.join("; ")));
    lines
}

fn bound_line(fleet: &Fleet) -> String {
    let plan = &fleet.plan;
    let mut names: Vec<&str> = plan.proofs.iter().map(crate::model::ProofKind::name).collect();
    names.sort_unstable();
    names.dedup();
    let hours = fleet.month_hours;
    format!(
        "{} on {}: {} a month; no packing of these tasks, with the room that is kept, costs less than {} \
         (proved in whole numbers by {}), so that at most {} could still be saved.",
        plural(u64::from(fleet.tasks.iter().map(|task| task.copies).sum::<u32>()), "task"),
        plan.world.name(),
        monthly(plan.total_pico(), hours),
        monthly(plan.bound_pico + plan.fixed_pico, hours),
        names.join(" and "),
        monthly(plan.pico_an_hour.saturating_sub(plan.bound_pico), hours),
    )
}

fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Which resource is used most, and what stands unused.
fn binding_line(fleet: &Fleet) -> String {
    const NAMES: [&str; 4] = ["CPU", "memory", "task slots", "GPUs"];
    let used = fleet.plan.used();
    if fleet.plan.world == World::Fargate || fleet.plan.instances() == 0 {
        return "Fargate bills each task's size: nothing stands unused beside it.".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let part = |(used, has): (u64, u64)| used as f64 / has.max(1) as f64 * 100.0;
    let most = (0..4).max_by(|a, b| part(used[*a]).total_cmp(&part(used[*b]))).unwrap_or(0);
    let shares = (0..3)
        .filter(|at| used[*at].1 < 1_000_000)
        .map(|at| format!("{:.0} % of the {}", part(used[at]), NAMES[at]));
    format!(
        "Of what the instances have for tasks, {} are used; what runs out first: {}. CPU and memory \
         that stand unused are {} a month of the price (a vCPU counted as nine GB).",
        shares.collect::<Vec<_>>().join(", "),
        NAMES[most],
        monthly(fleet.plan.unused_pico(), fleet.month_hours)
    )
}

fn today_lines(fleet: &Fleet) -> Vec<String> {
    let Some(today) = &fleet.today else { return Vec::new() };
    let hours = fleet.month_hours;
    let list = |all: &[(String, u64)]| {
        let each = all.iter().map(|(name, count)| format!("{count} x {name}"));
        if all.is_empty() { "nothing".to_owned() } else { each.collect::<Vec<_>>().join(", ") }
    };
    let there: Vec<(String, u64)> =
        today.types.iter().map(|(name, count, _)| (name.clone(), *count)).collect();
    let cost = match today.pico_an_hour {
        Some(pico) => {
            let (now, then) = (monthly(pico, hours), monthly(fleet.plan.total_pico(), hours));
            let saved = match now.0 - then.0 {
                0.. => format!("{} less", Usd(now.0 - then.0)),
                _ => format!("{} more", Usd(then.0 - now.0)),
            };
            format!("{now} a month with volumes like the plan's; the plan {then}, {saved}")
        }
        None => "of which not all prices are known".to_owned(),
    };
    let mut lines = vec![
        format!("Today there are {}: {cost}.", list(&there)),
        format!("To be added: {}; to be dropped: {}.", list(&today.add), list(&today.drop)),
    ];
    let steps = (1..).zip(&today.steps).map(|(number, step)| {
        format!(
            "{number}. {} ({} instances, {} vCPU, {} GiB)",
            step.what,
            step.instances,
            step.cpu_units / 1024,
            step.memory_mib / 1024
        )
    });
    let steps: Vec<String> = steps.collect();
    if !steps.is_empty() {
        lines.push(format!("In this order there is always room: {}.", steps.join("; ")));
    }
    lines
}

fn left_line(left_out: &[LeftOut], hours: u32) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&LeftOut>> = BTreeMap::new();
    for one in left_out {
        by_reason.entry(&one.why.detail).or_default().push(one);
    }
    let each = by_reason.into_iter().map(|(why, of)| {
        let names: Vec<&str> = of.iter().map(|one| one.workload.as_str()).collect();
        let known: u128 = of.iter().filter_map(|one| one.pico_an_hour).sum();
        let cost = if of.iter().any(|one| one.pico_an_hour.is_none()) {
            "cost not all known".to_owned()
        } else {
            format!("{} a month", monthly(known, hours))
        };
        format!("{} ({why}; {cost})", names.join(", "))
    });
    format!("Not packed, and the same in every world: {}.", each.collect::<Vec<_>>().join("; "))
}

/// Findings of the plan and of the worlds that cannot be.
pub fn fleet_findings(fleet: &Fleet) -> impl Iterator<Item = &Finding> {
    let worlds = fleet.worlds.iter().filter_map(|world| world.as_ref().err().map(|one| &one.1));
    let left = fleet.left_out.iter().map(|one| &one.why);
    fleet.plan.findings.iter().chain(worlds).chain(left)
}
