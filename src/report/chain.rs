//! From readings to price, line by line.

use super::tables::{days, percent, thousandths};
use crate::model::{
    Advice, CpuBasis, CpuRule, Estate, MemoryBasis, MemoryRule, Percentiles, Risk, RunsSeen,
    ScalingPlan, Signal,
};
use crate::units::Usd;

/// Named lines: what was seen, by which rule, what that comes to.
#[must_use]
pub fn chain(estate: &Estate, advice: &Advice) -> Vec<(&'static str, String)> {
    let mut lines = vec![("workload", described(advice))];
    lines.push(("readings", readings(advice)));
    lines.extend(advice.observed.runs.as_ref().map(|seen| ("runs", runs(seen))));
    if let Some(seen) = &advice.observed.cpu {
        lines.push(("CPU seen", percentiles("CPU units", seen.signal, seen)));
    }
    let replayed = advice.recommended.as_ref().and_then(|one| one.scaling).is_some();
    let cpu = advice.sizing.cpu.as_ref().filter(|_| !replayed);
    lines.extend(cpu.map(|basis| ("CPU rule", cpu_rule(estate, basis))));
    if let Some(seen) = &advice.observed.memory {
        lines.push(("memory seen", percentiles("MiB", seen.signal, seen)));
    }
    let memory = advice.sizing.memory.as_ref().filter(|_| !replayed);
    lines.extend(memory.map(|basis| ("memory rule", memory_rule(estate, basis))));
    lines.extend(decision(estate, advice));
    lines
}

fn cpu_rule(estate: &Estate, basis: &CpuBasis) -> String {
    match basis.rule {
        CpuRule::Risk { limit_ppm } => {
            let cost = estate.policy.risk.map(|risk| risk.throttled_hour_cost);
            let need = (basis.need > basis.least).then_some(basis.need.0);
            let worth = worth("an hour without enough CPU", cost, need);
            format!(
                "from {} CPU units on, demand is predicted to exceed it for {} of the time or \
                 less{worth}",
                basis.least.0,
                percent(limit_ppm)
            )
        }
        CpuRule::Percentile { percentile, headroom_percent } => {
            let p = f64::from(estate.policy.cpu_percentile_per_mille) / 10.0;
            format!(
                "p{p} of {} is {} + {headroom_percent} % headroom = {} CPU units",
                basis.signal.column(),
                percentile.ceil(),
                basis.need.0
            )
        }
    }
}

fn memory_rule(estate: &Estate, basis: &MemoryBasis) -> String {
    match basis.rule {
        MemoryRule::Risk { limit_ppm } => {
            let cost = estate.policy.risk.map(|risk| risk.failure_cost);
            let need = (basis.need > basis.least).then_some(basis.need.0);
            let worth = worth("a failure", cost, need);
            format!(
                "from {} MiB on, the predicted probability that it is exceeded within {} days is \
                 {} or less{worth}",
                basis.least.0,
                estate.policy.risk_days,
                percent(limit_ppm)
            )
        }
        MemoryRule::Margin { margin_percent, daily } => {
            let daily = daily.map_or_else(
                || "too few days for daily peaks".to_owned(),
                |daily| format!("daily peaks suggest {}", daily.ceil()),
            );
            format!(
                "maximum of {} is {} + {margin_percent} % margin; {daily}; taken are {} MiB",
                basis.signal.column(),
                basis.maximum.ceil(),
                basis.need.0
            )
        }
    }
}

/// Where more than the least is needed, since what it saves costs more.
fn worth(saved: &str, cost: Option<Usd>, need: Option<u32>) -> String {
    let cost = cost.unwrap_or(Usd::ZERO);
    let said = |need| format!("; with {saved} reckoned at {cost}, {need} are worth their price");
    need.map_or_else(String::new, said)
}

fn described(advice: &Advice) -> String {
    let workload = &advice.workload;
    let kind = match workload.kind {
        crate::model::Kind::Service => "service",
        crate::model::Kind::Task => "task that ends by itself",
        crate::model::Kind::Function => "Lambda function",
    };
    let today = workload.size.map_or_else(
        || "size today not known".to_owned(),
        |size| format!("{} CPU units, {} MiB today", size.cpu.0, size.memory.0),
    );
    format!("{} ({kind}), {today}", workload.id)
}

fn readings(advice: &Advice) -> String {
    let observed = &advice.observed;
    format!(
        "{} over {} days; {} tasks on average over the month",
        observed.readings,
        days(advice),
        thousandths(observed.tasks_per_mille)
    )
}

fn runs(seen: &RunsSeen) -> String {
    let minutes = |seconds: u64| format!("{}:{:02}", seconds / 3_600, seconds % 3_600 / 60);
    let memory = seen.memory_median.zip(seen.memory_maximum).map_or_else(String::new, |most| {
        format!("; memory at its peak {} MiB, {} at the most", most.0.ceil(), most.1.ceil())
    });
    format!(
        "{}, of {} to {} hours, half of them up to {}{memory}",
        seen.count,
        minutes(seen.shortest),
        minutes(seen.longest),
        minutes(seen.median)
    )
}

fn percentiles(unit: &str, signal: Signal, seen: &Percentiles) -> String {
    format!(
        "p50 {}, p95 {}, p99 {}, maximum {} {unit} ({})",
        seen.p50.ceil(),
        seen.p95.ceil(),
        seen.p99.ceil(),
        seen.maximum.ceil(),
        match signal {
            Signal::CpuMax | Signal::MemoryMax => "hottest task",
            _ => "mean over tasks",
        }
    )
}

fn decision(estate: &Estate, advice: &Advice) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(least) = advice.sizing.least {
        let held = match (advice.sizing.may_shrink_cpu, advice.sizing.may_shrink_memory) {
            (true, true) => "",
            (false, true) => "; CPU not below today's, the findings say why",
            (true, false) => "; memory not below today's, the findings say why",
            (false, false) => "; not below today's size, the findings say why",
        };
        lines.push(("at least", format!("{} and {}{held}", least.cpu, least.memory)));
    }
    match &advice.recommended {
        Some(recommended) => {
            let over = |ppm: Option<u64>| {
                ppm.map_or_else(
                    || "not measured".to_owned(),
                    |ppm| format!("{}.{:04} %", ppm / 10_000, ppm % 10_000),
                )
            };
            let seen = if recommended.scaling.is_some() {
                "replayed, no task is ever short of CPU".to_owned()
            } else {
                format!(
                    "readings at or above it so far: CPU {}, memory {}",
                    over(recommended.cpu_over_ppm),
                    over(recommended.memory_over_ppm)
                )
            };
            let size = recommended.size.short();
            lines.push(("size", format!("{size} ({}); {seen}", advice.class.name())));
            lines.extend(recommended.scaling.map(|plan| ("scaling", scaling(advice, &plan))));
            lines.extend(advice.predicted().map(|risk| ("risk", predicted(estate, risk))));
            lines.push(("costs", costs(advice, recommended.bill.total())));
        }
        None => lines.push(("size", "no recommendation; the findings say why".to_owned())),
    }
    lines
}

fn scaling(advice: &Advice, plan: &ScalingPlan) -> String {
    let today = advice.workload.scaling.as_ref().map_or_else(String::new, |today| {
        let kinds: Vec<String> = today
            .policies
            .iter()
            .map(|policy| {
                let target = policy.target.as_deref().unwrap_or("-");
                format!("{} {target}", policy.metric.as_deref().unwrap_or(&policy.kind))
            })
            .collect();
        let kinds = kinds.join(", ");
        format!(" (today {} to {}, {kinds})", today.minimum_tasks, today.maximum_tasks)
    });
    format!(
        "{} to {} tasks, target {} % of their CPU{today}; replayed: {} tasks at the most, {} on \
         average",
        plan.minimum_tasks,
        plan.maximum_tasks,
        plan.target_percent,
        plan.most_tasks,
        thousandths(advice.recommended.as_ref().map_or(0, |one| one.tasks_per_mille))
    )
}

fn predicted(estate: &Estate, risk: Risk) -> String {
    let of = |ppm: Option<u32>| ppm.map_or_else(|| "not known".to_owned(), percent);
    let memory = of(risk.memory_ppm);
    let cpu = risk.cpu_ppm.map(|ppm| format!(", CPU exceeded {} of the time", percent(ppm)));
    let cpu = cpu.unwrap_or_default();
    format!("predicted: memory exceeded within {} days {memory}{cpu}", estate.policy.risk_days)
}

fn costs(advice: &Advice, recommended: Usd) -> String {
    match (advice.current_usd(), advice.savings()) {
        (Some(current), Some(saved)) => {
            format!("{recommended} a month, {current} today: {saved} saved")
        }
        _ => format!("{recommended} a month; today's cost is not known"),
    }
}
