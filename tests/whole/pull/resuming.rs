//! A pull that is stopped, and one that is made again later.

use super::super::root;
use super::super::standin::{Fault, FaultKind, Server, When, estate_of};
use super::{DAY, FAST, command, fresh, metric_calls, now, pull, tree};
use loadline::model::{Kind, Workload};
use loadline::store::Snapshot;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Batches that may be on their way when a process is killed.
const IN_FLIGHT: u64 = 8;

#[test]
fn killed_at_any_moment_it_goes_on_and_ends_the_same() {
    let now = now();
    let server = Server::start(estate_of(40, now));
    let end = now - 3_600;
    let options = ["--days", "6", "--period", "60"];
    let clean = fresh("resume-clean");
    pull(&server, &clean, end, &options).ok();
    let clean = tree(&clean.join("store"));
    let (calls, _, _) = metric_calls(&server);
    let all_calls = server.calls().len() as u64;
    let here = fresh("resume");
    server.clear_calls();
    let mut kills = 0;
    // Killed after ever more calls, in the inventory, between batches, and while writing.
    for after in [3, 20, all_calls / 3, all_calls / 2, all_calls * 4 / 5, all_calls - 1] {
        kills += u64::from(killed(&server, &here, end, &options, after));
    }
    assert!(kills >= 4, "{kills} of 6 were killed before they ended");
    let last = pull(&server, &here, end, &options);
    assert_eq!(last.code, 0, "{}", last.err);
    assert!(tree(&here.join("store")) == clean, "the store differs");
    assert!(!here.join("store.pulling").exists());
    let (again, _, _) = metric_calls(&server);
    assert!(
        again <= calls + kills * IN_FLIGHT,
        "{again} calls, {calls} without a kill, {kills} kills"
    );
}

/// Kills a pull once the server has had so many calls more. Was it still running?
fn killed(server: &Server, here: &std::path::Path, end: i64, options: &[&str], after: u64) -> bool {
    let end = end.to_string();
    let arguments = [&["pull", "--out", "store", "--until", &end][..], &FAST, options].concat();
    let start = server.calls().len() as u64;
    let mut child = command(server, here, &arguments)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    loop {
        if ended(&mut child) {
            return false;
        }
        if server.calls().len() as u64 - start >= after {
            child.kill().unwrap();
            return child.wait().unwrap().code().is_none();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn ended(child: &mut Child) -> bool {
    child.try_wait().unwrap().is_some()
}

#[test]
fn killed_while_it_writes_the_store_is_whole_or_not_there() {
    let now = now();
    let server = Server::start(estate_of(40, now));
    let end = now - 3_600;
    let options = ["--days", "4", "--period", "60"];
    let clean = fresh("resume-write-clean");
    pull(&server, &clean, end, &options).ok();
    let clean = tree(&clean.join("store"));
    let here = fresh("resume-write");
    let end_text = end.to_string();
    let arguments =
        [&["pull", "--out", "store", "--until", &end_text][..], &FAST, &options].concat();
    for milliseconds in [0, 40, 80, 120, 200, 300, 500] {
        let start = server.calls().len();
        let mut child =
            command(&server, &here, &arguments).stderr(Stdio::null()).spawn().expect("it starts");
        // Everything was fetched by the first run that came so far; from then on there is
        // only the writing.
        let batches = |server: &Server| {
            server.calls()[start..].iter().filter(|one| one.operation == "GetMetricData").count()
        };
        let waited = std::time::Instant::now();
        while batches(&server) < 6
            && waited.elapsed() < Duration::from_secs(2)
            && !ended(&mut child)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        if here.join("store").exists() {
            Snapshot::open(&here.join("store")).unwrap().profiles().unwrap();
        }
    }
    pull(&server, &here, end, &options).ok();
    assert!(tree(&here.join("store")) == clean, "the store differs");
}

#[test]
fn a_second_pull_fetches_only_what_is_new() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("resume-second");
    let first_end = (now - 2 * DAY) / 300 * 300;
    pull(&server, &here, first_end, &["--days", "3", "--period", "300"]).ok();
    let before = tree(&here.join("store"));
    let days_before = Snapshot::open(&here.join("store")).unwrap().profiles().unwrap();
    server.clear_calls();
    let second_end = first_end + DAY;
    pull(&server, &here, second_end, &["--days", "3", "--period", "300"]).ok();
    let (_, _, points) = metric_calls(&server);
    let series: u64 = server.calls().iter().map(|call| call.queries as u64).sum();
    assert_eq!(points, series * 288, "a day of five minutes for each series");
    let after = tree(&here.join("store"));
    let kept = before
        .iter()
        .filter(|(name, bytes)| name.starts_with("readings/") && after.get(*name) == Some(bytes));
    assert_eq!(kept.count(), before.keys().filter(|name| name.starts_with("readings/")).count());
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    assert_eq!((snapshot.info.pulls.len(), snapshot.info.window_end), (2, second_end));
    let profiles = snapshot.profiles().unwrap();
    let queue = &profiles["prod/queue"];
    assert_eq!(queue.readings(), days_before["prod/queue"].readings() + 288);
    // Both together are what one pull over both would have been.
    let one = fresh("resume-second-one");
    pull(&server, &one, second_end, &["--days", "4", "--period", "300"]).ok();
    let whole = Snapshot::open(&one.join("store")).unwrap().profiles().unwrap();
    assert_eq!(*queue, whole["prod/queue"]);
    // And nothing new is nothing to ask.
    server.clear_calls();
    pull(&server, &here, second_end, &["--days", "3", "--period", "300"]).ok();
    assert_eq!(metric_calls(&server).0, 0);
}

#[test]
fn what_cloudwatch_forgets_the_store_keeps() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    let here = fresh("resume-kept");
    let end = (now - 3_600) / 300 * 300;
    pull(&server, &here, end, &["--days", "2", "--period", "60"]).ok();
    let before = Snapshot::open(&here.join("store")).unwrap().profiles().unwrap();
    // A month later only hours of that time are left.
    server.change(|estate| {
        for region in estate.regions.values_mut() {
            region.services.retain(|one| one["serviceName"] != "queue");
        }
    });
    pull(&server, &here, end, &["--days", "1", "--period", "60"]).ok();
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    assert_eq!(snapshot.profiles().unwrap()["prod/queue"], before["prod/queue"]);
    assert!(snapshot.workloads.iter().any(|one| one.id == "prod/queue"), "still listed");
}

#[test]
fn another_pull_in_between_is_not_mixed_in() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("resume-other");
    let end = now - 3_600;
    killed(&server, &here, end, &["--days", "6", "--period", "60"], 8);
    let other = pull(&server, &here, end, &["--days", "3", "--period", "60"]);
    assert_eq!(other.code, 2, "{}", other.err);
    assert!(other.err.contains("begun with other options (--days was 6)"), "{}", other.err);
}

#[test]
fn a_pull_that_ends_earlier_does_not_make_readings_twice() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    let here = fresh("resume-backwards");
    let end = (now - 3_600) / 3_600 * 3_600;
    let options = ["--days", "3", "--period", "300"];
    pull(&server, &here, end, &options).ok();
    pull(&server, &here, end - DAY, &["--days", "1", "--period", "300"]).ok();
    pull(&server, &here, end - 600, &["--days", "1", "--period", "3600"]).ok();
    pull(&server, &here, end, &options).ok();
    let queue = &Snapshot::open(&here.join("store")).unwrap().profiles().unwrap()["prod/queue"];
    assert_eq!((queue.readings(), queue.covered_seconds()), (3 * 288, 3 * 86_400));
}

#[test]
fn what_was_fetched_survives_a_run_that_reaches_nobody_or_somebody_else() {
    let now = now();
    let server = Server::start(estate_of(40, now));
    let here = fresh("resume-nobody");
    let end = now - 3_600;
    let options = ["--days", "6", "--period", "60"];
    let clean = fresh("resume-nobody-clean");
    pull(&server, &clean, end, &options).ok();
    let calls = server.calls().len() as u64;
    assert!(killed(&server, &here, end, &options, calls - 2));
    let kept = tree(&here.join("store.pulling")).len();
    assert!(kept > 3);
    server.faults(vec![Fault::new(FaultKind::ExpiredToken, When::Always)]);
    let expired = pull(&server, &here, end, &options);
    assert_eq!(expired.code, 1, "{}", expired.err);
    server.faults(Vec::new());
    assert_eq!(tree(&here.join("store.pulling")).len(), kept, "nothing was thrown away");
    // Credentials of another account do not go on with it.
    server.change(|estate| estate.account = "999988887777".to_owned());
    let other = pull(&server, &here, end, &options);
    assert_eq!(other.code, 2, "{}", other.err);
    assert!(other.err.contains("was begun without 999988887777"), "{}", other.err);
    server.change(|estate| estate.account = super::ACCOUNT.to_owned());
    pull(&server, &here, end, &options).ok();
    assert!(tree(&here.join("store")) == tree(&clean.join("store")));
}

#[test]
fn a_pull_that_was_stopped_long_ago_is_concluded_and_a_new_one_begun() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    let here = fresh("resume-stale");
    let first_end = (now - 2 * DAY) / 300 * 300;
    let options = ["--days", "2", "--period", "300"];
    // One account's metrics fail: the store is written, and the journal waits.
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::From(1)).of_operation("GetMetricData"),
    ]);
    let denied = pull(&server, &here, first_end, &options);
    assert_eq!(denied.code, 1, "nothing at all came: {}", denied.err);
    server.faults(Vec::new());
    let journal = here.join("store.pulling/pull.json");
    let text = std::fs::read_to_string(&journal).unwrap();
    let mut frozen: serde_json::Value = serde_json::from_str(&text).unwrap();
    frozen["now"] = (frozen["now"].as_i64().unwrap() - 13 * 3_600).into();
    std::fs::write(&journal, frozen.to_string()).unwrap();
    let ran = pull(&server, &here, first_end, &options);
    assert!(ran.err.contains("too old to go on;"), "{}", ran.err);
    let snapshot = Snapshot::open(&here.join("store")).unwrap();
    assert_eq!(snapshot.profiles().unwrap()["prod/queue"].readings(), 2 * 288);
    assert!(!here.join("store.pulling").exists());
}

#[test]
fn a_store_keeps_its_way_of_naming_and_of_hiding_names() {
    let now = now();
    let mut estate = estate_of(3, now);
    super::add_usual(&mut estate, super::ACCOUNT, "us-east-1", 3);
    let server = Server::start(estate);
    let here = fresh("resume-names");
    let end = now - 2 * DAY;
    let both = ["--days", "1", "--regions", "eu-west-1,us-east-1"];
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::Always)
            .of_operation("ListClusters")
            .in_region("us-east-1"),
    ]);
    pull(&server, &here, end, &both).ok();
    server.faults(Vec::new());
    std::fs::remove_dir_all(here.join("store.pulling")).unwrap();
    pull(&server, &here, end + DAY, &["--days", "1", "--regions", "eu-west-1"]).ok();
    let workloads = Snapshot::open(&here.join("store")).unwrap().workloads;
    let webs: Vec<&str> =
        workloads.iter().map(|one| one.id.as_str()).filter(|id| id.ends_with("prod/web")).collect();
    assert_eq!(webs, ["123456789012/eu-west-1/prod/web"], "listed once");
    let hidden =
        pull(&server, &here, end + DAY, &["--days", "1", "--regions", "eu-west-1", "--redact"]);
    assert_eq!(hidden.code, 2, "{}", hidden.err);
    assert!(hidden.err.contains("is not redacted"), "{}", hidden.err);
    let redacted = fresh("resume-redacted");
    pull(&server, &redacted, end, &["--days", "1", "--redact"]).ok();
    let open = pull(&server, &redacted, end + DAY, &["--days", "1"]);
    assert_eq!(open.code, 2);
    assert!(open.err.contains("is redacted; pull into it with --redact"), "{}", open.err);
}

#[test]
fn what_is_gone_is_listed_and_costs_nothing() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    let here = fresh("resume-gone");
    let end = now - 2 * DAY;
    pull(&server, &here, end, &["--days", "1"]).ok();
    server.change(|estate| {
        for region in estate.regions.values_mut() {
            region.services.retain(|one| one["serviceName"] != "queue");
            region.functions.clear();
        }
    });
    let function = |all: &std::collections::HashMap<String, loadline::model::Profile>| {
        let mut found = all.iter().filter(|(id, _)| id.starts_with("lambda/"));
        found.next().map(|(_, profile)| profile.readings()).unwrap()
    };
    let of_functions = || {
        let snapshot = Snapshot::open(&here.join("store")).unwrap();
        let gone = snapshot.workloads.iter().filter(|one| one.function.is_some());
        let gone = gone.filter(|one| one.gone_since.is_some()).count();
        (gone, function(&snapshot.profiles().unwrap()))
    };
    let before = of_functions();
    pull(&server, &here, end + DAY, &["--days", "1"]).ok();
    let after = of_functions();
    assert_eq!((before.0, after.1), (0, before.1 * 2), "a last day of functions too");
    assert!(after.0 > 0);
    let json = super::run(&server, &here, &["analyze", "store", "--format", "json"]).json();
    let all = json["workloads"].as_array().unwrap();
    let queue = all.iter().find(|one| one["id"] == "prod/queue").unwrap();
    assert_eq!(queue["findings"], serde_json::json!(["GONE"]));
    assert!(queue["current"]["usd_per_month"].is_null(), "{queue}");
    // Its last day was still fetched, and the day after nothing more.
    let readings = || {
        Snapshot::open(&here.join("store")).unwrap().profiles().unwrap()["prod/queue"].readings()
    };
    assert_eq!(readings(), 2 * 1_440);
    pull(&server, &here, end + 2 * DAY - 3_600, &["--days", "1"]).ok();
    assert_eq!(readings(), 2 * 1_440);
}

#[test]
fn a_family_that_does_not_run_just_now_goes_on_being_measured() {
    let now = now();
    let mut estate = estate_of(3, now);
    for region in estate.regions.values_mut() {
        for cluster in &mut region.clusters {
            cluster["settings"] =
                serde_json::json!([{"name": "containerInsights", "value": "enabled"}]);
        }
    }
    let server = Server::start(estate);
    // Under pseudonyms too: whose they are lies beside the store.
    let [open, hidden] =
        [("resume-nightly", &[][..]), ("resume-nightly-redacted", &["--redact"][..])];
    let readings = |name: &str| {
        let snapshot = Snapshot::open(&root().join("target/tmp").join(name).join("store")).unwrap();
        let family = |one: &&Workload| one.kind == Kind::Task;
        let id = snapshot.workloads.iter().find(family).unwrap().id.clone();
        snapshot.profiles().unwrap()[&id].readings()
    };
    let end = now - 2 * DAY;
    let mut before = Vec::new();
    for (name, redact) in [open, hidden] {
        pull(&server, &fresh(name), end, &[&["--days", "2"], redact].concat()).ok();
        before.push(readings(name));
    }
    assert!(before[0] > 0 && before[0] == before[1], "{before:?}");
    server.change(|estate| estate.regions.values_mut().for_each(|region| region.tasks.clear()));
    for (name, redact) in [open, hidden] {
        let here = root().join("target/tmp").join(name);
        pull(&server, &here, end + DAY, &[&["--days", "2"], redact].concat()).ok();
        assert!(readings(name) > before[0], "{name}: {before:?} and {}", readings(name));
    }
}

#[test]
fn instances_that_cannot_be_asked_for_stay_as_they_were() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("resume-instances");
    let instances = || Snapshot::open(&here.join("store")).unwrap().instances().unwrap().len();
    pull(&server, &here, now - 2 * DAY, &["--days", "1"]).ok();
    let all = instances();
    assert!(all > 0);
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::Always).of_operation("ListContainerInstances"),
    ]);
    pull(&server, &here, now - DAY, &["--days", "1"]);
    assert_eq!(instances(), all);
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::Always).of_operation("DescribeScalingPolicies"),
    ]);
    pull(&server, &here, now - DAY + 3_600, &["--days", "1"]);
    assert_eq!(instances(), all, "another part does not double them");
    server.faults(Vec::new());
    pull(&server, &here, now - 7_200, &["--days", "1", "--clusters", "stage"]).ok();
    assert_eq!(instances(), all, "those of another cluster");
    server.change(|estate| {
        estate.regions.values_mut().for_each(|region| region.container_instances.clear());
    });
    pull(&server, &here, now - 3_600, &["--days", "1"]).ok();
    assert_eq!(instances(), 0);
}
