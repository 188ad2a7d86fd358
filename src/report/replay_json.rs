//! A replay for programs.

use super::replay_tables::stamp;
use crate::model::ledger::exact;
use crate::model::{Finding, HourReplay, Replay, ReplayRow, SceneReplay, Spent};
use serde_json::{Value, json};

#[must_use]
pub fn replay(replay: &Replay) -> String {
    let value = json!({
        "schema_version": 1,
        "region": replay.region,
        "month_hours": replay.month_hours,
        "window": {"first_hour_utc": stamp(replay.first_hour), "hours": replay.hours},
        "billed_usd": replay.billed_pico.map(crate::units::pico_string),
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

fn scene(scene: &SceneReplay) -> Value {
    json!({
        "scene": scene.scene.name(),
        "window_usd": exact(scene.pico()),
        "usd_a_month": exact(scene.month_pico),
        "short_of_cpu_seconds": scene.short_seconds(),
        "memory_failures": scene.memory_failures(),
        "waited_task_seconds": scene.waiting_seconds(),
        "instances_most": scene.most_instances(),
        "instance_types": scene.instance_types,
        "workloads": scene.rows.iter().map(row).collect::<Vec<_>>(),
        "hours": scene.hours.iter().map(hour).collect::<Vec<_>>(),
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
