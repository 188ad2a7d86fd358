//! A fleet's answer as JSON; see [`super::json`] for what is promised.

use super::fleet_tables::{fleet_findings, monthly};
use super::json::SCHEMA_VERSION;
use crate::model::{Filled, Fleet, FleetPlan};
use serde_json::{Value, json};

#[must_use]
pub fn fleet(fleet: &Fleet) -> String {
    let hours = fleet.month_hours;
    let month = |pico: u128| monthly(pico, hours).micro_string();
    let worlds = fleet.worlds.iter().map(|world| match world {
        Ok(plan) => summary(plan, hours),
        Err((world, why)) => json!({
            "world": world.name(),
            "usd_a_month": null,
            "why_not": { "code": why.code.name(), "detail": why.detail },
        }),
    });
    let value = json!({
        "schema_version": SCHEMA_VERSION,
        "source": fleet.source,
        "synthetic": fleet.synthetic,
        "region": fleet.region,
        "prices_from": fleet.prices_as_of.0,
        "prices_as_of": fleet.prices_as_of.1,
        "month_hours": hours,
        "plan": summary(&fleet.plan, hours),
        "instances": fleet.plan.filled.iter().map(filled).collect::<Vec<_>>(),
        "worlds": worlds.collect::<Vec<_>>(),
        "tasks": fleet.tasks.iter().map(|task| json!({
            "workload": task.workload,
            "cpu_units": task.size.cpu.0,
            "memory_mib": task.size.memory.0,
            "copies": task.copies,
        })).collect::<Vec<_>>(),
        "not_packed": fleet.left_out.iter().map(|one| json!({
            "workload": one.workload,
            "code": one.why.code.name(),
            "detail": one.why.detail,
            "usd_a_month": one.pico_an_hour.map(month),
        })).collect::<Vec<_>>(),
        "constraints": fleet.constraints.iter().map(|one| json!({
            "what": one.what,
            "usd_a_month_with": month(one.with),
            "usd_a_month_without": month(one.without),
        })).collect::<Vec<_>>(),
        "sensitivity": fleet.sensitivity.iter().map(|(percent, pico)| json!({
            "demand_percent": percent,
            "usd_a_month": month(*pico),
        })).collect::<Vec<_>>(),
        "today": fleet.today.as_ref().map(|today| json!({
            "types": today.types.iter().map(|(name, count, price)| json!({
                "offer": name,
                "count": count,
                "usd_an_hour": price.map(|one| FleetPlan::dollars(one.as_pico().into())),
            })).collect::<Vec<_>>(),
            "usd_a_month": today.pico_an_hour.map(month),
            "add": pairs(&today.add),
            "drop": pairs(&today.drop),
            "steps": today.steps.iter().map(|step| json!({
                "what": step.what,
                "instances": step.instances,
                "cpu_units": step.cpu_units,
                "memory_mib": step.memory_mib,
            })).collect::<Vec<_>>(),
        })),
        "assumptions": fleet.assumptions,
        "findings": fleet_findings(fleet).map(|one| json!({
            "code": one.code.name(),
            "severity": one.code.severity().name(),
            "subject": one.subject,
            "detail": one.detail,
            "next_step": one.code.next_step(),
        })).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&value).expect("plain values");
    text.push('\n');
    text
}

fn summary(plan: &FleetPlan, hours: u32) -> Value {
    let month = |pico: u128| monthly(pico, hours).micro_string();
    let [cpu, memory, slots, gpus] = plan.used();
    let part = |(used, has): (u64, u64)| json!({ "used": used, "has": has });
    json!({
        "world": plan.world.name(),
        "usd_an_hour": FleetPlan::dollars(plan.total_pico()),
        "usd_a_month": month(plan.total_pico()),
        "bound_usd_an_hour": FleetPlan::dollars(plan.bound_pico + plan.fixed_pico),
        "bound_usd_a_month": month(plan.bound_pico + plan.fixed_pico),
        "gap_percent": (plan.gap_percent() * 1e4).round() / 1e4,
        "proved_by": plan.proofs.iter().map(crate::model::ProofKind::name).collect::<Vec<_>>(),
        "instances": plan.instances(),
        "fargate_tasks": plan.fargate_tasks(),
        "cpu_units": part(cpu),
        "memory_mib": part(memory),
        "slots": part(slots),
        "gpus": part(gpus),
        "unused_usd_a_month": month(plan.unused_pico()),
    })
}

fn filled(one: &Filled) -> Value {
    json!({
        "zone": one.zone,
        "offer": one.offer,
        "instance": one.instance,
        "count": one.count,
        "usd_an_hour_each": FleetPlan::dollars(one.price.as_pico().into()),
        "cpu_units_used": one.used[0],
        "cpu_units": one.has[0],
        "memory_mib_used": one.used[1],
        "memory_mib": one.has[1],
        "slots_used": one.used[2],
        "slots": one.has[2],
        "gpus_used": one.used[3],
        "gpus": one.has[3],
        "tasks": pairs_of(&one.tasks),
    })
}

fn pairs_of(tasks: &[(String, u32)]) -> Vec<Value> {
    tasks.iter().map(|(workload, tasks)| json!({ "workload": workload, "tasks": tasks })).collect()
}

fn pairs(all: &[(String, u64)]) -> Vec<Value> {
    all.iter().map(|(offer, count)| json!({ "offer": offer, "count": count })).collect()
}
