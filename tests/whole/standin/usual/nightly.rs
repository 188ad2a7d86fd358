//! A task that no service runs.

use super::super::faults::mix;
use super::super::{Metric, Point, Region};
use super::place::{DAY, Place, container, time};
use serde_json::{Value, json};

/// Three runs of the task `nightly` that are still remembered and one that no longer is, its
/// definition, and its series of Container Insights: 02:00 to 02:40 UTC.
pub(super) fn add_nightly(region: &mut Region, place: &Place) {
    let definition = place.arn("task-definition/nightly:3");
    region.task_definitions.push(json!({
        "taskDefinitionArn": definition, "family": "nightly", "revision": 3, "status": "ACTIVE",
        "containerDefinitions": [{
            "name": "job", "image": "registry.example/nightly:3", "cpu": 0, "essential": true,
            "portMappings": [], "environment": [], "mountPoints": [], "volumesFrom": [],
        }],
        "volumes": [], "networkMode": "awsvpc", "placementConstraints": [],
        "requiresAttributes": [], "compatibilities": ["EC2", "FARGATE"],
        "requiresCompatibilities": ["FARGATE"], "cpu": "1024", "memory": "4096",
        "registeredAt": time(place.now - 60 * DAY), "tags": [],
    }));
    for (number, ago) in [600, 1_800, 3_000, 5_400].into_iter().enumerate() {
        region.tasks.push(nightly_task(place, &definition, number, place.now - ago));
    }
    for (name, unit, eighths) in [
        ("CpuUtilized", "None", 5_120),
        ("CpuReserved", "None", 8_192),
        ("MemoryUtilized", "Megabytes", 12_000),
        ("MemoryReserved", "Megabytes", 32_768),
    ] {
        region.metrics.push(nightly_metric(name, unit, eighths));
    }
}

fn nightly_task(place: &Place, definition: &str, number: usize, stopped: i64) -> Value {
    let task_arn = place.arn(&format!("task/prod/{number:032x}"));
    let mut job = container(&task_arn, "job", "STOPPED");
    job["exitCode"] = 0.into();
    json!({
        "taskArn": task_arn, "clusterArn": place.arn("cluster/prod"),
        "taskDefinitionArn": definition,
        "group": "family:nightly", "startedBy": "events-rule/nightly",
        "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "launchType": "FARGATE",
        "cpu": "1024", "memory": "4096",
        "createdAt": time(stopped - 1_260), "startedAt": time(stopped - 1_200),
        "stoppingAt": time(stopped - 10), "stoppedAt": time(stopped),
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [job], "attachments": [], "version": 6, "tags": [],
        "overrides": {"containerOverrides": []},
    })
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn nightly_metric(name: &str, unit: &str, eighths: i64) -> Metric {
    let dimensions = [("ClusterName", "prod"), ("TaskDefinitionFamily", "nightly")];
    let varies = name.ends_with("Utilized");
    Metric::new("ECS/ContainerInsights", name, &dimensions, unit, move |minute| {
        let at = minute.rem_euclid(DAY) - 7_200;
        let noise = mix(minute.unsigned_abs()).to_le_bytes()[0];
        let eighths = eighths + if varies { i64::from(noise) } else { 0 };
        (0..2_400).contains(&at).then(|| Point::one(eighths as f64 / 8.0))
    })
}
