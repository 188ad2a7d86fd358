//! Live AWS, as far as it can be had without: a stand-in server on this machine, the real
//! clients, the real wire.

mod commitments;
mod faults;
mod measured;
mod parts;
mod resuming;
mod scaling;

use super::standin::{
    ACCOUNT, Estate, Metric, Point, REGION, Server, add_usual, estate_of, usual_metric,
};
use super::{Ran, fresh, root};
use loadline::model::{Capacity, NetworkMode, Profile, Reading, Signal, Size, Workload};
use loadline::store::Snapshot;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// The present, on a whole minute.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(since).unwrap() / 60 * 60
}

/// The program with no other AWS than the server.
fn command(server: &Server, here: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    for (name, _) in std::env::vars() {
        let lower = name.to_ascii_lowercase();
        if name.starts_with("AWS_") || name.starts_with("LOADLINE_") || lower.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(here).envs(server.environment());
    command
}

fn ran(mut command: Command) -> Ran {
    let output = command.output().expect("the program starts");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

pub fn run(server: &Server, here: &Path, arguments: &[&str]) -> Ran {
    ran(command(server, here, arguments))
}

/// Quotas that do not slow a test down.
const FAST: [&str; 6] =
    ["--quota-points", "1000000000", "--quota-calls", "10000", "--quota-share", "100"];

/// A pull into `store`, with a window that ends at a fixed time.
fn pull(server: &Server, here: &Path, end: i64, more: &[&str]) -> Ran {
    let end = end.to_string();
    run(server, here, &[&["pull", "--out", "store", "--until", &end][..], &FAST, more].concat())
}

/// Every file below a directory, with its content.
fn tree(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
                all.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// GetMetricData calls, and the metrics they asked for.
fn metric_calls(server: &Server) -> (u64, u64, u64) {
    let calls = server.calls();
    let metric = calls.iter().filter(|call| call.operation == "GetMetricData");
    metric.fold((0, 0, 0), |(calls, metrics, points), call| {
        (calls + 1, metrics + call.metrics_requested as u64, points + call.points_asked)
    })
}

/// What a service's series come to, worked out from the series themselves. `sizes`: from
/// when on, CPU units and MiB.
fn expected(
    number: usize,
    now: i64,
    (start, end, period): (i64, i64, i64),
    sizes: &[(i64, f64, f64)],
) -> Profile {
    let series =
        ["CPUUtilization", "MemoryUtilization"].map(|name| usual_metric(number, now, name));
    let mut profile = Profile::default();
    for at in (start..end).step_by(usize::try_from(period).unwrap()) {
        let points = series.each_ref().map(|metric| {
            let minutes = (at..at + period).step_by(60).filter_map(|minute| (metric.at)(minute));
            minutes.reduce(|a, b| Point {
                sum: a.sum + b.sum,
                minimum: a.minimum.min(b.minimum),
                maximum: a.maximum.max(b.maximum),
                count: a.count + b.count,
            })
        });
        let [Some(cpu), Some(memory)] = points else { continue };
        let (_, units, mib) = sizes.iter().rev().find(|(since, _, _)| *since <= at).unwrap();
        let seconds = u32::try_from(period).unwrap();
        let reading = Reading::new(at, seconds)
            .with(Signal::CpuMean, cpu.sum / cpu.count * units / 100.0)
            .with(Signal::CpuMax, cpu.maximum * units / 100.0)
            .with(Signal::MemoryMean, memory.sum / memory.count * mib / 100.0)
            .with(Signal::MemoryMax, memory.maximum * mib / 100.0)
            .with(Signal::Tasks, cpu.count * 60.0 / f64::from(seconds));
        profile.add(&reading);
    }
    profile
}

#[test]
fn what_was_put_in_comes_out() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    for (name, days, period) in [("minutes", 2, 60), ("fives", 4, 300), ("hours", 3, 3_600)] {
        let here = fresh(&format!("pull-exact-{name}"));
        let end = (now - 3_600) / 3_600 * 3_600;
        let days_text = days.to_string();
        let period_text = period.to_string();
        pull(&server, &here, end, &["--days", &days_text, "--period", &period_text]).ok();
        let snapshot = Snapshot::open(&here.join("store")).unwrap();
        let profiles = snapshot.profiles().unwrap();
        // A service of each size and kind that was there all the time and is counted by samples.
        for number in [1, 2, 3, 4, 5, 8, 11] {
            let sizes = [(256, 512), (256, 1_024), (512, 1_024), (512, 2_048), (1_024, 2_048)];
            let (cpu, memory) = sizes[number % 5];
            let name = match number {
                1 => "prod/queue".to_owned(),
                3 => "prod/worker".to_owned(),
                _ => format!("{}/svc-{number:04}", if number % 3 == 2 { "stage" } else { "prod" }),
            };
            let window = (end - days * DAY, end, period);
            let expected = expected(number, now, window, &[(0, f64::from(cpu), f64::from(memory))]);
            assert_eq!(profiles[&name], expected, "{name} in {period} s");
        }
        assert_eq!(snapshot.info.pulls.len(), 1);
        assert_eq!(i64::from(snapshot.info.pulls[0].stretches[0].period_seconds), period);
        assert!(!here.join("store.pulling").exists());
    }
}

#[test]
fn percentages_are_of_the_size_that_was_in_force() {
    let now = now();
    let server = Server::start(estate_of(1, now));
    let here = fresh("pull-resized");
    let end = (now - 3_600) / 300 * 300;
    pull(&server, &here, end, &["--days", "10", "--period", "300"]).ok();
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let web = snapshot.workloads.iter().find(|one| one.id == "prod/web").unwrap();
    assert_eq!((web.size, web.size_changes), (Some(Size::new(256, 512)), 1));
    let since: Vec<(i64, Size)> =
        web.sizes.iter().map(|one| (one.since, one.size().unwrap())).collect();
    assert_eq!(since[1], (now - 5 * DAY + 1, Size::new(256, 512)));
    assert_eq!(since[0].1, Size::new(512, 1_024), "twice the size before");
    let profile = &snapshot.profiles().unwrap()["prod/web"];
    // Before and after, without the minutes in which both ran.
    let (before, after) = ((end - 10 * DAY, now - 5 * DAY - 600), (now - 5 * DAY + 600, end));
    let on_fives = |at: i64| at.div_euclid(300) * 300;
    let mut sum = expected(0, now, (before.0, on_fives(before.1), 300), &[(0, 512.0, 1_024.0)]);
    sum.merge(&expected(0, now, (on_fives(after.0), after.1, 300), &[(0, 256.0, 512.0)]));
    let maximum = |profile: &Profile| profile.signal(Signal::CpuMax).maximum().unwrap();
    assert!(maximum(profile) >= maximum(&sum));
    let percentile =
        |profile: &Profile, at| profile.signal(Signal::CpuMean).percentile(at).unwrap().ceil();
    for at in [250, 500, 750, 990] {
        let (found, wanted) = (percentile(profile, at), percentile(&sum, at));
        assert!(found.abs_diff(wanted) <= wanted / 50 + 1, "p{at}: {found} and {wanted}");
    }
}

#[test]
fn a_plan_is_what_a_pull_then_asks_and_asks_cloudwatch_nothing() {
    let now = now();
    let server = Server::start(estate_of(40, now));
    let here = fresh("pull-plan");
    let end = (now - 3_600).to_string();
    for period in ["auto", "300"] {
        for days in ["2", "20"] {
            server.clear_calls();
            let options = ["--days", days, "--period", period, "--until", &end];
            let plan = [&["plan", "--format", "json"][..], &options, &FAST].concat();
            let plan = run(&server, &here, &plan).json();
            assert_eq!(metric_calls(&server).0, 0);
            let inventory = plan["inventory_calls"].as_u64().unwrap();
            assert_eq!(inventory, server.calls().len() as u64);
            server.clear_calls();
            let out = format!("store-{period}-{days}");
            run(&server, &here, &[&["pull", "--out", &out][..], &options, &FAST].concat()).ok();
            let (calls, metrics, points) = metric_calls(&server);
            let totals = &plan["totals"];
            assert_eq!(totals["calls"], calls, "{period} {days}");
            assert_eq!(totals["metrics"], metrics);
            assert_eq!(totals["points"], points);
        }
    }
    let table = run(&server, &here, &["plan", "--metric-price", "0.01", "--width", "100"]).ok();
    assert!(table.contains("TOTAL") && table.contains("0.000"), "{table}");
}

#[test]
fn the_inventory_says_what_runs_and_how() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("pull-inventory");
    pull(&server, &here, now - 3_600, &["--days", "1"]).ok();
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let one = |id: &str| -> &Workload {
        snapshot.workloads.iter().find(|one| one.id == id).unwrap_or_else(|| panic!("no {id}"))
    };
    let capacity = |id: &str| one(id).launch.iter().map(|one| one.capacity).collect::<Vec<_>>();
    assert_eq!(capacity("prod/queue"), [Capacity::Fargate]);
    assert!(capacity("prod/svc-0004").contains(&Capacity::FargateSpot));
    assert_eq!(capacity("prod/svc-0010"), [Capacity::Ec2]);
    let host = one("prod/svc-0010").host.as_ref().unwrap();
    assert_eq!(
        (host.network_mode, host.ports.as_slice()),
        (Some(NetworkMode::Bridge), &[8080][..])
    );
    assert!(host.distinct_instances() && !host.daemon);
    assert!(host.expressions().all(|one| one.starts_with("attribute:ecs.availability-zone")));
    assert_eq!(host.expressions().count(), 1);
    let on_fargate = one("prod/queue").host.as_ref().unwrap();
    assert_eq!((on_fargate.network_mode, on_fargate.ports.len()), (Some(NetworkMode::Awsvpc), 0));
    let fleet = run(&server, &here, &["fleet", "store", "--effort", "quick"]).ok();
    assert!(fleet.contains("PLACEMENT_NOT_HELD: prod/svc-0010"), "{fleet}");
    assert_eq!(one("prod/queue").environment.as_deref(), Some("prod"));
    assert_eq!(one("stage/svc-0002").region.as_deref(), Some(REGION));
    let web = one("prod/web");
    assert_eq!(web.request_milliseconds, Some(125), "published with the load balancer");
    let scaling = web.scaling.as_ref().unwrap();
    assert!(scaling.maximum_tasks > 0 && !scaling.policies.is_empty(), "{scaling:?}");
    assert!(!one("prod/queue").containers.is_empty());
    assert_eq!(one("prod/task/nightly").stops.len(), 1);
    let function = snapshot.workloads.iter().find(|one| one.function.is_some()).unwrap();
    assert!(function.request_milliseconds.is_some(), "{function:?}");
    let instances = fs::read_to_string(here.join("store/instances.json")).unwrap();
    let instances: Value = serde_json::from_str(&instances).unwrap();
    assert!(instances[0]["registered"]["cpu_units"].as_u64() > Some(0));
    // Every workload once, priced where it runs.
    let json = run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(json["region"], REGION);
    let ids: BTreeSet<&str> = json["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), json["workloads"].as_array().unwrap().len());
    assert_eq!(ids.len(), snapshot.workloads.len());
}

#[test]
fn scope_is_by_cluster_service_and_tag() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("pull-scope");
    let ids = |name: &str, options: &[&str]| {
        let out = ["--days", "1", "--period", "3600", "--out", name];
        let more = [&["pull"][..], &out, &FAST, options].concat();
        run(&server, &here, &more).ok();
        let all = Snapshot::open(&here.join(name)).unwrap().workloads;
        all.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let stage = ids("stage", &["--clusters", "st*"]);
    assert!(!stage.is_empty() && stage.iter().all(|id| id.starts_with("stage/")), "{stage:?}");
    assert_eq!(ids("named", &["--services", "qu*,work?r"]), ["prod/queue", "prod/worker"]);
    assert_eq!(run(&server, &here, &["pull", "--out", "x", "--services", "[a"]).code, 2);
    let plan = run(&server, &here, &["plan", "--tags", "no-such-tag", "--format", "json"]).json();
    assert_eq!(plan["totals"]["workloads"], 0);
}

#[test]
fn accounts_are_reached_by_their_role_and_regions_stand_side_by_side() {
    let now = now();
    let mut estate = Estate::new(now, ACCOUNT);
    for (account, region) in [
        ("111111111111", "eu-west-1"),
        ("111111111111", "us-east-1"),
        ("222222222222", "eu-west-1"),
        ("222222222222", "us-east-1"),
    ] {
        add_usual(&mut estate, account, region, 3);
    }
    let server = Server::start(estate);
    let here = fresh("pull-accounts");
    let accounts = ["--assume-role", "reader", "--accounts", "111111111111,222222222222"];
    let more = [&accounts[..], &["--regions", "eu-west-1,us-east-1", "--days", "1"]].concat();
    pull(&server, &here, now - 3_600, &more).ok();
    let calls = server.calls();
    let roles = calls.iter().filter(|call| call.operation == "AssumeRole").count();
    assert_eq!(roles, 2, "credentials are kept");
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let web = |one: &&Workload| one.id.ends_with("prod/web");
    let ids: Vec<&str> = snapshot.workloads.iter().filter(web).map(|one| one.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "111111111111/eu-west-1/prod/web",
            "111111111111/us-east-1/prod/web",
            "222222222222/eu-west-1/prod/web",
            "222222222222/us-east-1/prod/web"
        ]
    );
    let json = run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(json["region"], "eu-west-1, us-east-1");
}

#[test]
fn a_role_that_cannot_be_taken_is_named() {
    let now = now();
    let mut estate = Estate::new(now, ACCOUNT);
    for account in ["111111111111", "222222222222"] {
        add_usual(&mut estate, account, REGION, 2);
    }
    estate.external_ids.insert("222222222222".to_owned(), "right".to_owned());
    let server = Server::start(estate);
    let role = ["--assume-role", "reader", "--days", "1", "--accounts"];
    let here = fresh("pull-role");
    let both = [&role[..], &["111111111111,222222222222", "--external-id", "wrong"]].concat();
    let ran = pull(&server, &here, now - 3_600, &both);
    let said = ran.err.replace("\n  ", " ");
    assert_eq!(ran.code, 0, "{said}");
    assert!(said.contains("PULL_FAILED: 222222222222/eu-west-1"), "{said}");
    assert!(said.contains("AssumeRole") && said.contains("sts:AssumeRole"), "{said}");
    let here = fresh("pull-role-alone");
    let alone = [&role[..], &["222222222222"]].concat();
    let ran = pull(&server, &here, now - 3_600, &alone);
    assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{}", ran.err);
    let right = [&alone[..], &["--external-id", "right", "-v"]].concat();
    let ran = pull(&server, &here, now - 3_600, &right);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for operation in ["AssumeRole", "GetCallerIdentity", "ListClusters"] {
        let line = ran.err.lines().find(|line| line.starts_with(operation)).unwrap();
        assert!(line.split(' ').nth(4).is_some_and(|id| id.len() > 8), "{line}");
    }
}

#[test]
fn a_redacted_store_names_nobody_and_can_be_analyzed_and_continued() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("pull-redacted");
    let end = (now - 2 * DAY) / 3_600 * 3_600;
    pull(&server, &here, end, &["--days", "1", "--redact"]).ok();
    pull(&server, &here, end + DAY, &["--days", "1", "--redact"]).ok();
    let names = [
        "123456789012",
        "arn:",
        "queue",
        "svc-00",
        "nightly",
        "resize-image",
        "prod",
        "stage",
        "image:",
    ];
    assert!(here.join("store.redaction-names").exists());
    for (file, bytes) in tree(&here.join("store")) {
        let text = String::from_utf8_lossy(&bytes);
        for name in names {
            assert!(!text.contains(name), "{file} says {name}");
            assert!(!file.contains(name), "{file}");
        }
    }
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    assert_eq!(snapshot.info.pulls.len(), 2);
    let readings = snapshot.profiles().unwrap().values().map(Profile::readings).max().unwrap();
    assert!(readings > 1_440 * 19 / 10, "two days under one name: {readings}");
    let json = run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    assert!(
        json["totals"]["current_usd_per_month"].as_str().unwrap().parse::<f64>().unwrap() > 1.0
    );
    assert!(here.join("store.redaction-key").exists());
    fs::remove_file(here.join("store.redaction-key")).unwrap();
    let lost = pull(&server, &here, end + DAY, &["--days", "1", "--redact"]);
    assert_eq!(lost.code, 1);
    assert!(lost.err.contains("redaction-key is missing"), "{}", lost.err);
}

#[test]
fn every_operation_that_is_sent_is_in_the_policy_and_none_writes() {
    let now = now();
    let mut estate = estate_of(12, now);
    let region = estate.region(ACCOUNT, REGION);
    region.services[0]["capacityProviderStrategy"] =
        serde_json::json!([{"capacityProvider": "own", "weight": 1, "base": 0}]);
    scaling::add_steps(&mut estate);
    let server = Server::start(estate);
    let here = fresh("pull-policy");
    pull(&server, &here, now - 3_600, &["--days", "10", "--commitments"]).ok();
    let role =
        ["pull", "--out", "other", "--days", "1", "--assume-role", "r", "--accounts", ACCOUNT];
    run(&server, &here, &[&role[..], &FAST].concat()).ok();
    let policy: Value =
        serde_json::from_str(&fs::read_to_string(root().join("docs/iam-policy.json")).unwrap())
            .unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let allowed: BTreeSet<&str> = statements
        .iter()
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap())
        .collect();
    let sent: BTreeSet<String> = server
        .calls()
        .iter()
        .map(super::standin::Call::action)
        .filter(|action| action != "sts:GetCallerIdentity")
        .collect();
    let extra: Vec<&String> =
        sent.iter().filter(|action| !allowed.contains(action.as_str())).collect();
    assert!(extra.is_empty(), "not in docs/iam-policy.json: {extra:?}");
    for action in &allowed {
        let name = action.split(':').nth(1).unwrap();
        let reads = ["List", "Describe", "Get"].iter().any(|verb| name.starts_with(verb));
        assert!(reads || name == "AssumeRole", "{action}");
    }
    // The least policy: nothing in it that a usual estate does not need.
    run(&server, &here, &["prices", "update", "--regions", REGION]);
    run(
        &server,
        &here,
        &["prices", "update", "--regions", REGION, "--as-of", "2026-11-22T00:00:00Z"],
    );
    let sent: BTreeSet<String> = server.calls().iter().map(super::standin::Call::action).collect();
    let unused: Vec<_> = allowed.iter().filter(|action| !sent.contains(**action)).collect();
    assert!(unused.is_empty(), "not needed: {unused:?}");
    let extra: Vec<&String> = sent
        .iter()
        .filter(|action| !allowed.contains(action.as_str()) && *action != "sts:GetCallerIdentity")
        .filter(|action| !action.starts_with("offers:"))
        .collect();
    assert!(extra.is_empty(), "not in docs/iam-policy.json: {extra:?}");
}

#[test]
fn a_budget_is_held_and_a_larger_one_goes_on() {
    let now = now();
    let server = Server::start(estate_of(40, now));
    let here = fresh("pull-budget");
    // 5,040 points a series at most: 20 series, so about five metrics a call.
    let options = ["--days", "3", "--metric-price", "0.01", "--budget"];
    let short =
        pull(&server, &here, now - 3_600, &[&options[..], &["0.0003", "--strict"]].concat());
    assert_eq!(short.code, 4, "{}", short.err);
    assert!(short.err.contains("BUDGET_REACHED"), "{}", short.err);
    let (calls, metrics, _) = metric_calls(&server);
    assert!(metrics <= 30 && calls > 0, "{metrics}");
    pull(&server, &here, now - 3_600, &[&options[..], &["1"]].concat()).ok();
    let twice = metric_calls(&server);
    let clean = fresh("pull-budget-clean");
    server.clear_calls();
    pull(&server, &clean, now - 3_600, &["--days", "3"]).ok();
    assert_eq!(twice, metric_calls(&server), "nothing was asked for twice");
    assert_eq!(tree(&here.join("store")), tree(&clean.join("store")));
    let unpriced = pull(&server, &fresh("pull-unpriced"), now - 3_600, &["--budget", "1"]);
    assert_eq!(unpriced.code, 2);
    assert!(unpriced.err.contains("PRICE_MISSING eu-west-1"), "{}", unpriced.err);
}

#[test]
fn container_insights_count_tasks_and_show_what_has_no_service() {
    let now = now();
    let mut estate = estate_of(3, now);
    let region = estate.region(ACCOUNT, REGION);
    for cluster in &mut region.clusters {
        cluster["settings"] =
            serde_json::json!([{"name": "containerInsights", "value": "enabled"}]);
    }
    let of = |dimension: &str, name: &str, metric: &str, value: f64| {
        let dimensions = [("ClusterName", "prod"), (dimension, name)];
        Metric::new("ECS/ContainerInsights", metric, &dimensions, "Count", move |_| {
            Some(Point::one(value))
        })
    };
    region.metrics.retain(|one| one.namespace != "ECS/ContainerInsights");
    region.metrics.push(of("ServiceName", "web", "RunningTaskCount", 7.0));
    region.metrics.push(of("TaskDefinitionFamily", "nightly", "CpuUtilized", 300.0));
    region.metrics.push(of("TaskDefinitionFamily", "nightly", "MemoryUtilized", 700.0));
    let server = Server::start(estate);
    let here = fresh("pull-insights");
    pull(&server, &here, now - 3_600, &["--days", "1"]).ok();
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let profiles = snapshot.profiles().unwrap();
    let maximum = |id: &str, signal| profiles[id].signal(signal).maximum().unwrap().ceil();
    assert_eq!(maximum("prod/web", Signal::Tasks), 7);
    assert_eq!(maximum("prod/task/nightly", Signal::CpuMax), 300);
    assert_eq!(maximum("prod/task/nightly", Signal::MemoryMax), 700);
}

/// Things that estates have and that nobody thinks of.
#[test]
fn odd_estates_are_told_as_they_are() {
    let now = now();
    let mut estate = estate_of(3, now);
    let region = estate.region(ACCOUNT, REGION);
    // A cluster with the name that functions stand under, with a service like a function.
    let mut cluster = region.clusters[0].clone();
    let arn = cluster["clusterArn"].as_str().unwrap().replace("cluster/prod", "cluster/lambda");
    cluster["clusterArn"] = arn.clone().into();
    cluster["clusterName"] = "lambda".into();
    region.clusters.push(cluster);
    let function = region.functions[0]["FunctionName"].as_str().unwrap().to_owned();
    let queue = |one: &&Value| one["serviceName"] == "queue";
    let mut service = region.services.iter().find(queue).unwrap().clone();
    service["clusterArn"] = arn.into();
    service["serviceName"] = function.clone().into();
    service["serviceArn"] =
        format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/lambda/{function}").into();
    // Deployed by another controller than ECS: the primary task set says since when.
    service["deploymentController"] = serde_json::json!({"type": "CODE_DEPLOY"});
    service["deployments"] = serde_json::json!([]);
    let since = f64::from(u32::try_from(now - 2 * DAY).unwrap());
    service["taskSets"] = serde_json::json!([{"status": "PRIMARY", "createdAt": since}]);
    region.services.push(service);
    // A task of its own size, and one that was killed since it would not stop.
    for task in region.tasks.iter_mut().filter(|one| one["group"] == "family:nightly") {
        (task["cpu"], task["memory"]) = ("4096".into(), "8192".into());
        task["overrides"] = serde_json::json!({"cpu": "4096", "memory": "8192"});
        task["containers"][0]["exitCode"] = 137.into();
        task["stopCode"] = "UserInitiated".into();
    }
    let server = Server::start(estate);
    let here = fresh("pull-odd");
    let ran = pull(&server, &here, now - 3_600, &["--days", "5", "--period", "3600"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.err.contains("PULL_PART_MISSING"), "{}", ran.err);
    let asked = server.calls();
    let asked = asked.iter().filter(|call| call.operation == "ListServiceDeployments").count();
    assert_eq!(asked, 1, "of web, and not of what ECS does not deploy");
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    let one = |id: &str| {
        let found = snapshot.workloads.iter().find(|one| one.id == id);
        found.unwrap_or_else(|| panic!("no {id}"))
    };
    assert!(one(&format!("lambda/function/{function}")).function.is_some());
    let service = one(&format!("lambda/{function}"));
    assert_eq!(service.cluster.as_deref(), Some("lambda"));
    assert_eq!(service.sizes[0].since, now - 2 * DAY);
    let nightly = one("prod/task/nightly");
    assert_eq!(nightly.size, Some(Size::new(4_096, 8_192)), "what it was started with");
    assert_eq!(nightly.stops[0].reason, "exit 137, UserInitiated");
    let json = run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    let all = json["workloads"].as_array().unwrap();
    let nightly = all.iter().find(|one| one["id"] == "prod/task/nightly").unwrap();
    assert!(!nightly["findings"].as_array().unwrap().contains(&"OUT_OF_MEMORY".into()));
}

#[test]
fn wrong_calls_are_told_in_a_line() {
    let now = now();
    let server = Server::start(estate_of(1, now));
    let here = fresh("pull-wrong");
    let says = |arguments: &[&str], code: i32, says: &str| {
        let ran = run(&server, &here, arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    };
    says(&["pull"], 2, "--out");
    says(&["pull", "--out", "x", "--days", "455"], 2, "455");
    says(&["pull", "--out", "x", "--budget", "lots"], 2, "dollars such as");
    says(&["pull", "--out", "x", "--until", "yesterday"], 2, "a time such as");
    says(&["pull", "--out", "x", "--assume-role", "r", "--accounts", "12"], 2, "twelve digits");
    says(&["plan", "--assume-role", "r"], 2, "--accounts");
    fs::write(here.join("rows.csv"), "workload,at,cpu_units_max\nweb,0,1\n").unwrap();
    run(&server, &here, &["import", "rows.csv", "--out", "imported"]).ok();
    says(&["pull", "--out", "imported"], 2, "is a store of imported readings");
    let mut nobody = command(&server, &here, &["pull", "--out", "x"]);
    nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let nobody = ran(nobody);
    assert_eq!((nobody.code, nobody.err.lines().count()), (1, 1), "{}", nobody.err);
    assert!(nobody.err.contains("set credentials"), "{}", nobody.err);
    let mut nowhere = command(&server, &here, &["plan"]);
    nowhere.env_remove("AWS_REGION");
    let nowhere = ran(nowhere);
    assert_eq!(nowhere.code, 2, "{}", nowhere.err);
    assert!(nowhere.err.contains("no region is set"), "{}", nowhere.err);
    for mode in [("AWS_RETRY_MODE", "legacy"), ("AWS_MAX_ATTEMPTS", "0")] {
        let mut odd = command(&server, &here, &["plan"]);
        odd.env(mode.0, mode.1);
        let odd = ran(odd);
        assert_eq!(odd.code, 0, "{mode:?}: {}", odd.err);
    }
    assert!(!here.join("x").exists());
}

#[test]
fn each_call_is_shown_with_its_request_id() {
    let now = now();
    let server = Server::start(estate_of(1, now));
    let here = fresh("pull-verbose");
    let ran = pull(&server, &here, now - 3_600, &["--days", "1", "-v"]);
    let line = ran.err.lines().find(|line| line.starts_with("GetMetricData")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[1], "123456789012/eu-west-1");
    assert!(words[4].len() > 8 && words.last() == Some(&"ok"), "{line}");
    assert!(!ran.err.contains("testing"), "no key is shown");
}
