//! A replay for programs.

use super::replay_tables::stamp;
use crate::model::ledger::exact;
use crate::model::{
    BillTold, Committed, Finding, HourReplay, Reconciled, Replay, ReplayRow, SceneReplay, Sides,
    Spent,
};
use crate::units::pico_string;
use serde_json::{Value, json};

#[must_use]
pub fn replay(replay: &Replay) -> String {
    let value = json!({
        "schema_version": 1,
        "region": replay.region,
        "month_hours": replay.month_hours,
        "window": {"first_hour_utc": stamp(replay.first_hour), "hours": replay.hours},
        "billed_usd": billed(replay),
        "bill": match &replay.billed {
            Some(BillTold::Lines(lines)) => reconciled(lines),
            _ => Value::Null,
        },
        "scenes": replay.scenes.iter().map(|one| match one {
            Ok(scene) => self::scene(scene),
            Err((scene, why)) => json!({"scene": scene.name(), "not_played": finding(why)}),
        }).collect::<Vec<_>>(),
        "assumptions": replay.assumptions,
    });
    let mut text = serde_json::to_string_pretty(&value).expect("plain values");
    text.push('\n');
    text
}

/// What was billed in the hours that are compared.
fn billed(replay: &Replay) -> Option<String> {
    match replay.billed.as_ref()? {
        BillTold::Typed(pico) => Some(pico_string(*pico)),
        BillTold::Lines(lines) if lines.hours > 0 => Some(pico_string(lines.effective.billed)),
        BillTold::Lines(_) => None,
    }
}

fn reconciled(lines: &Reconciled) -> Value {
    let sides = |sides: Sides| {
        json!({
            "billed_usd": pico_string(sides.billed),
            "replayed_usd": pico_string(sides.played),
            "not_explained_usd": pico_string(sides.residual()),
        })
    };
    let shared = (lines.hours > 0).then_some((lines.from_hour, lines.to_hour));
    let of = |both: Option<(i64, i64)>| {
        both.map(|(from, to)| json!({"from_utc": stamp(from), "to_utc": stamp(to)}))
    };
    let list = Spent::ALL
        .iter()
        .map(|spent| (spent.name().to_owned(), sides(lines.list[*spent as usize])));
    json!({
        "hours_compared": lines.hours,
        "compared": of(shared),
        "bill": of(lines.bill_hours),
        "list": list.collect::<serde_json::Map<_, _>>(),
        "effective": sides(lines.effective),
        "prorated_usd": pico_string(lines.prorated_pico),
        "unused_commitments_usd": pico_string(lines.unused_pico),
        "left_out": lines.left_out.iter().map(|(why, pico)| json!({
            "what": why,
            "effective_usd": pico_string(*pico),
        })).collect::<Vec<_>>(),
    })
}

fn scene(scene: &SceneReplay) -> Value {
    json!({
        "scene": scene.scene.name(),
        "window_usd": exact(scene.pico()),
        "usd_a_month": exact(scene.month_pico),
        "around_usd": scene.around_unknown.is_none().then(|| exact(scene.around_pico())),
        "around_unknown": scene.around_unknown.as_ref().map(finding),
        "short_of_cpu_seconds": scene.short_seconds().known(),
        "cpu_not_measured_of": scene.short_seconds().not_measured,
        "memory_failures": scene.memory_failures().known(),
        "memory_not_measured_of": scene.memory_failures().not_measured,
        "waited_task_seconds": scene.waiting_seconds(),
        "instances_most": scene.most_instances(),
        "instance_types": scene.instance_types,
        "commitments": scene.committed.as_ref().map(committed),
        "workloads": scene.rows.iter().map(row).collect::<Vec<_>>(),
        "hours": scene.hours.iter().map(hour).collect::<Vec<_>>(),
    })
}

fn committed(told: &Committed) -> Value {
    json!({
        "list_usd": exact(told.list_pico),
        "contracted_usd": exact(told.contracted_pico),
        "effective_usd": exact(told.effective_pico),
        "committed_usd": exact(told.committed_pico),
        "stranded_usd": exact(told.idle_pico),
        "without_rate": told.unrated,
        "best_plan": told.best.as_ref().map(|best| json!({
            "family": best.family,
            "usd_an_hour": exact(best.hourly_pico),
            "is_known": !best.is_unknown(),
            "saves_usd": exact(best.saved_pico),
            "utilization": best.utilization,
            "coverage": best.coverage,
            "without_rate": best.unrated,
            "regret": best.regret.iter().map(|(percent, pico)| json!({
                "percent_of_use": percent,
                "usd": exact(*pico),
            })).collect::<Vec<_>>(),
        })),
    })
}

fn row(row: &ReplayRow) -> Value {
    let mut value = json!({
        "id": row.workload,
        "runs_as": row.runs_as,
        "stays": row.stays.as_ref().map(finding),
        "findings": row.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    match &row.outcome {
        Ok(ran) => {
            value["window_usd"] = json!(ran.pico.map(exact));
            value["usd_a_month"] = json!(ran.month_pico.map(exact));
            value["task_milliseconds"] = json!(ran.task_milliseconds);
            value["tasks_most_milli"] = json!(ran.most_tasks_milli);
            value["short_of_cpu_seconds"] = json!(ran.short_seconds);
            value["memory_failures"] = json!(ran.memory_failures);
            value["executions_at_once_most"] = json!(ran.most_at_once);
            value["filled_seconds"] = json!(ran.filled_seconds);
        }
        Err(why) => value["unknown"] = finding(why),
    }
    value
}

fn hour(hour: &HourReplay) -> Value {
    json!({
        "hour_utc": stamp(hour.hour),
        "usd": exact(hour.total()),
        "fargate_usd": exact(hour.pico[Spent::Fargate as usize]),
        "instances_usd": exact(hour.pico[Spent::Instances as usize]),
        "lambda_usd": exact(hour.pico[Spent::Lambda as usize]),
        "around_usd": exact(hour.around_pico),
        "task_milliseconds": hour.task_milliseconds,
        "instance_seconds": hour.instance_seconds,
        "short_of_cpu_seconds": hour.short_seconds,
        "waited_task_seconds": hour.waiting_seconds,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code.name(),
        "detail": finding.detail,
        "means": finding.code.means(),
    })
}
