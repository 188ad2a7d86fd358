//! Containers and tasks that are measured on their own.

use super::super::fresh;
use super::super::standin::{ACCOUNT, Estate, Metric, Point, REGION, Server, estate_of};
use super::{DAY, FAST, metric_calls, now, pull, run, tree};
use loadline::model::{PartKind, Profile, Reading, Signal};
use loadline::store::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const INSIGHTS: &str = "ECS/ContainerInsights";

/// What a container used in a minute: CPU units or MiB, over two tasks.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn used(minute: i64, base: i64) -> Point {
    let value = |more: i64| (base * 8 + minute.div_euclid(60).rem_euclid(97) + more) as f64 / 8.0;
    Point { sum: value(0) + value(16), minimum: value(0), maximum: value(16), count: 2.0 }
}

/// `queue` of `prod` has the containers `app` and `proxy`; they, and two tasks, are measured.
fn enhanced(now: i64) -> (Estate, Vec<String>) {
    let mut estate = estate_of(4, now);
    let region = estate.region(ACCOUNT, REGION);
    for cluster in region.clusters.iter_mut().filter(|one| one["clusterName"] == "prod") {
        cluster["settings"] = json!([{"name": "containerInsights", "value": "enhanced"}]);
    }
    for (container, cpu, memory) in [("app", 40, 300), ("proxy", 5, 60)] {
        let dimensions =
            [("ClusterName", "prod"), ("ServiceName", "queue"), ("ContainerName", container)];
        for (name, base) in [("ContainerCpuUtilized", cpu), ("ContainerMemoryUtilized", memory)] {
            let point = move |minute| Some(used(minute, base));
            region.metrics.push(Metric::new(INSIGHTS, name, &dimensions, "None", point));
        }
    }
    let of_queue = |task: &&Value| task["group"] == "service:queue";
    let arns = region.tasks.iter().filter(of_queue).map(|task| task["taskArn"].as_str().unwrap());
    let ids: Vec<String> = arns.map(|arn| arn.rsplit('/').next().unwrap().to_owned()).collect();
    for (number, id) in (1..).zip(&ids) {
        let dimensions = [("ClusterName", "prod"), ("ServiceName", "queue"), ("TaskId", id)];
        for (name, base) in [("CpuUtilized", 50 * number), ("MemoryUtilized", 400 * number)] {
            let point = move |minute| Some(Point::one(used(minute, base).minimum));
            region.metrics.push(Metric::new(INSIGHTS, name, &dimensions, "None", point));
        }
    }
    (estate, ids)
}

fn expected(window: (i64, i64), cpu: i64, memory: i64) -> Profile {
    let mut profile = Profile::default();
    for at in (window.0..window.1).step_by(60) {
        let (cpu, memory) = (used(at, cpu), used(at, memory));
        profile.add(
            &Reading::new(at, 60)
                .with(Signal::CpuMean, cpu.sum / cpu.count)
                .with(Signal::CpuMax, cpu.maximum)
                .with(Signal::MemoryMean, memory.sum / memory.count)
                .with(Signal::MemoryMax, memory.maximum)
                .with(Signal::Tasks, cpu.count),
        );
    }
    profile
}

#[test]
fn containers_are_pulled_as_they_were_put_in() {
    let now = now();
    let server = Server::start(enhanced(now).0);
    let here = fresh("pull-containers");
    let end = now - 3_600;
    let plan = [&["plan", "--format", "json", "--days", "1", "--until"][..], &[&end.to_string()]];
    let plan = run(&server, &here, &[&plan.concat()[..], &FAST].concat()).json();
    assert_eq!(metric_calls(&server).0, 0);
    pull(&server, &here, end, &["--days", "1"]).ok();
    assert_eq!(plan["totals"]["metrics"], metric_calls(&server).1);
    let store = here.join("store");
    let parts = Snapshot::open(&store).unwrap().part_profiles(PartKind::Container).unwrap();
    let window = (end - DAY, end);
    let queue = BTreeMap::from([
        ("app".to_owned(), expected(window, 40, 300)),
        ("proxy".to_owned(), expected(window, 5, 60)),
    ]);
    assert_eq!(parts, BTreeMap::from([("prod/queue".to_owned(), queue)]));
    // The same by the next day, added to what is there.
    pull(&server, &here, end + 1_800, &["--days", "1"]).ok();
    let parts = Snapshot::open(&store).unwrap().part_profiles(PartKind::Container).unwrap();
    assert_eq!(parts["prod/queue"]["proxy"], expected((end - DAY, end + 1_800), 5, 60));
    // And seen by those who look.
    let explained = run(&server, &here, &["explain", "store", "prod/queue", "--no-chart"]).ok();
    assert!(explained.contains("CONTAINER") && explained.contains("proxy"), "{explained}");
    let json = run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    let workloads = json["workloads"].as_array().unwrap();
    let queue = workloads.iter().find(|one| one["id"] == "prod/queue").unwrap();
    assert_eq!(queue["containers"][0]["name"], "app");
    assert_eq!(queue["containers"][0]["memory_mib_max"], 300 + 14);
    let sum = |name: &str| -> u64 {
        let parts = queue["containers"].as_array().unwrap();
        parts.iter().map(|one| one["recommended"][name].as_u64().unwrap()).sum()
    };
    assert_eq!(sum("cpu_units"), queue["recommended"]["cpu_units"]);
    assert_eq!(sum("memory_reservation_mib"), queue["recommended"]["memory_mib"]);
    let others = workloads.iter().find(|one| one["id"] == "prod/web").unwrap();
    assert_eq!(others["containers"][0]["memory_mib_max"], Value::Null, "not measured");
    let counts = ["profiles", "store", "--of", "containers", "--format", "csv"];
    let counts = run(&server, &here, &counts).ok();
    assert!(counts.starts_with("workload,container,signal,edge_sixteenths,count\n"), "{counts}");
    assert!(counts.contains("prod/queue,proxy,memory_mib_max,"), "{counts}");
}

#[test]
fn tasks_are_measured_one_by_one_where_that_is_asked() {
    let now = now();
    let (estate, ids) = enhanced(now);
    let server = Server::start(estate);
    let here = fresh("pull-tasks");
    pull(&server, &here, now - 3_600, &["--days", "1", "--per-task"]).ok();
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let tasks = &snapshot.part_profiles(PartKind::Task).unwrap()["prod/queue"];
    assert!(!ids.is_empty() && tasks.keys().eq(&ids), "{ids:?}");
    for (number, id) in (1..).zip(&ids) {
        let fullest = tasks[id].signal(Signal::MemoryMax).maximum().unwrap();
        assert_eq!(fullest.ceil(), 400 * number + 96 / 8, "{id}");
        assert_eq!(tasks[id].readings(), 1_440);
    }
    let counts = ["profiles", "store", "--of", "tasks", "--format", "csv"];
    assert!(run(&server, &here, &counts).ok().contains(&ids[0]));
}

#[test]
fn under_pseudonyms_parts_have_them_too() {
    let now = now();
    let (estate, ids) = enhanced(now);
    let server = Server::start(estate);
    let here = fresh("pull-redacted-parts");
    pull(&server, &here, now - 3_600, &["--days", "1", "--per-task", "--redact"]).ok();
    let store = here.join("store");
    let snapshot = Snapshot::open(&store).unwrap();
    let containers = snapshot.part_profiles(PartKind::Container).unwrap();
    let (id, parts) = containers.first_key_value().unwrap();
    let workload = snapshot.workloads.iter().find(|one| one.id == *id).unwrap();
    let defined: Vec<&String> = workload.containers.iter().map(|one| &one.name).collect();
    assert!(parts.len() == 2 && parts.keys().all(|name| defined.contains(&name)), "{defined:?}");
    let tasks = snapshot.part_profiles(PartKind::Task).unwrap();
    assert!(tasks[id].keys().all(|name| !ids.contains(name)));
    for (name, bytes) in tree(&store) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("proxy") && !text.contains(&ids[0]), "{name}");
    }
}
