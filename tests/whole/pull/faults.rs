//! What goes wrong on the wire and at AWS, and what becomes of it.

use super::super::standin::{
    ACCOUNT, Estate, Fault, FaultKind, Server, When, add_usual, estate_of,
};
use super::{DAY, fresh, now, pull, tree};
use std::time::Duration;

/// A store that nothing went wrong with.
fn clean(
    name: &str,
    server: &Server,
    end: i64,
    options: &[&str],
) -> std::collections::BTreeMap<String, Vec<u8>> {
    let here = fresh(&format!("faults-{name}-clean"));
    server.faults(Vec::new());
    pull(server, &here, end, options).ok();
    tree(&here.join("store"))
}

const OPTIONS: [&str; 4] = ["--days", "2", "--period", "60"];

#[test]
fn what_passes_is_tried_again_and_the_store_is_the_same() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let end = now - 3_600;
    let clean = clean("passing", &server, end, &OPTIONS);
    let share = |per_mille| When::Share { per_mille, seed: 7 };
    let faults = [
        ("throttled", FaultKind::Throttle, share(300)),
        ("500", FaultKind::Status(500), share(250)),
        ("503", FaultKind::Status(503), share(250)),
        ("reset", FaultKind::ResetBeforeAnswer, share(250)),
        ("cut", FaultKind::CutBody, share(250)),
        ("truncated", FaultKind::Truncated200, share(250)),
        ("malformed", FaultKind::Malformed, share(250)),
        ("lengths", FaultKind::UnequalLengths, When::Every(3)),
        ("series", FaultKind::SeriesStatus("InternalError"), When::Every(3)),
        ("partial", FaultKind::SeriesStatus("PartialData"), When::First(2)),
    ];
    std::thread::scope(|scope| {
        for (name, kind, when) in faults {
            let (clean, estate) = (&clean, estate_of(12, now));
            scope.spawn(move || {
                let server = Server::start(estate);
                server.faults(vec![Fault::new(kind, when)]);
                let here = fresh(&format!("faults-{name}"));
                let ran = pull(&server, &here, end, &OPTIONS);
                assert_eq!(ran.code, 0, "{name}: {}", ran.err);
                assert!(server.calls().iter().any(|call| call.faulted), "{name}");
                assert!(
                    tree(&here.join("store")) == *clean,
                    "{name}: the store differs: {}",
                    ran.err
                );
                assert!(!here.join("store.pulling").exists());
            });
        }
    });
}

/// Bytes that are flipped within a value cannot be told from another value: what is held is
/// that nothing worse comes of it.
#[test]
fn damaged_answers_leave_a_store_that_is_whole() {
    let now = now();
    let end = now - 3_600;
    let server = Server::start(estate_of(12, now));
    for seed in 0..4 {
        let when = When::Share { per_mille: 250, seed };
        server.faults(vec![Fault::new(FaultKind::Corrupt, when).of_operation("GetMetricData")]);
        let here = fresh(&format!("faults-corrupt-{seed}"));
        let ran = pull(&server, &here, end, &OPTIONS);
        assert_eq!(ran.code, 0, "{seed}: {}", ran.err);
        assert!(server.calls().iter().any(|call| call.faulted));
        let snapshot = loadline::store::Snapshot::open(&here.join("store")).unwrap();
        assert_eq!((snapshot.info.window_start, snapshot.info.window_end), (end - 2 * DAY, end));
        for (id, profile) in snapshot.profiles().unwrap() {
            assert!(profile.readings() <= 2 * 1_440, "{id}: nothing beside the minutes asked for");
        }
        assert!(!here.join("store.pulling").exists());
    }
}

#[test]
fn slow_answers_are_given_up_and_asked_for_again() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    let end = now - 3_600;
    let clean = clean("slow", &server, end, &OPTIONS);
    let slow = FaultKind::SlowHeaders(Duration::from_secs(3));
    server.faults(vec![Fault::new(slow, When::First(2)).of_operation("GetMetricData")]);
    let here = fresh("faults-slow");
    pull(&server, &here, end, &[&OPTIONS[..], &["--timeout", "1"]].concat()).ok();
    assert_eq!(tree(&here.join("store")), clean);
}

#[test]
fn what_stays_wrong_is_a_finding_and_a_rerun_completes_the_store() {
    let now = now();
    let end = now - 3_600;
    let server = Server::start(estate_of(12, now));
    let clean = clean("staying", &server, end, &OPTIONS);
    let few = [&OPTIONS[..], &["--attempts", "2", "--strict"]].concat();
    for (name, kind, says) in [
        ("throttled", FaultKind::Throttle, "AWS kept throttling"),
        ("broken", FaultKind::Status(500), "run it again"),
        ("denied", FaultKind::AccessDenied, "cloudwatch:GetMetricData"),
        ("expired", FaultKind::ExpiredToken, "renew the session"),
        ("skewed", FaultKind::ClockSkew, "set this machine's clock"),
    ] {
        server.clear_calls();
        server.faults(vec![Fault::new(kind, When::From(2)).of_operation("GetMetricData")]);
        let here = fresh(&format!("faults-stays-{name}"));
        let ran = pull(&server, &here, end, &few);
        assert_eq!(ran.code, 4, "{name}: {}", ran.err);
        let flat = ran.err.replace("\n  ", " ");
        assert!(flat.contains("PULL_FAILED") && flat.contains(says), "{name}: {}", ran.err);
        // What came is there, and can be analyzed.
        let analyzed = super::run(&server, &here, &["analyze", "store", "--format", "json"]).json();
        assert!(!analyzed["workloads"].as_array().unwrap().is_empty());
        server.faults(Vec::new());
        let again = pull(&server, &here, end, &few);
        assert!(tree(&here.join("store")) == clean, "{name}: {}", again.err);
        assert!(!here.join("store.pulling").exists(), "{name}");
    }
}

#[test]
fn nobody_reached_is_one_line_and_no_store() {
    let now = now();
    let server = Server::start(estate_of(3, now));
    for (name, fault, says) in [
        ("sts", Fault::new(FaultKind::ExpiredToken, When::Always), "renew the session"),
        ("skew", Fault::new(FaultKind::ClockSkew, When::Always), "set this machine's clock"),
        (
            "clusters",
            Fault::new(FaultKind::AccessDenied, When::Always).of_operation("ListClusters"),
            "\"Action\": \"ecs:ListClusters\"",
        ),
        (
            "services",
            Fault::new(FaultKind::Throttle, When::Always).of_operation("DescribeServices"),
            "AWS kept throttling",
        ),
    ] {
        server.faults(vec![fault]);
        let here = fresh(&format!("faults-nobody-{name}"));
        let ran = pull(&server, &here, now - 3_600, &["--days", "1", "--attempts", "2"]);
        assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{name}: {}", ran.err);
        assert!(ran.err.contains(says), "{name}: {}", ran.err);
        assert!(!here.join("store").exists());
        server.faults(Vec::new());
        pull(&server, &here, now - 3_600, &["--days", "1"]).ok();
    }
}

#[test]
fn parts_that_are_denied_are_named_and_the_rest_goes_on() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    for (operation, action) in [
        ("ListTasks", "ecs:ListTasks"),
        ("ListContainerInstances", "ecs:ListContainerInstances"),
        ("ListServiceDeployments", "ecs:ListServiceDeployments"),
        ("DescribeScalingPolicies", "application-autoscaling:DescribeScalingPolicies"),
        ("ListFunctions", "lambda:ListFunctions"),
    ] {
        server.faults(vec![
            Fault::new(FaultKind::AccessDenied, When::Always).of_operation(operation),
        ]);
        let here = fresh(&format!("faults-part-{operation}"));
        let ran = pull(&server, &here, now - 3_600, &["--days", "10", "--period", "3600"]);
        assert_eq!(ran.code, 0, "{operation}: {}", ran.err);
        let flat = ran.err.replace("\n  ", " ");
        assert!(flat.contains("PULL_PART_MISSING") && flat.contains(action), "{operation}: {flat}");
        assert!(here.join("store/store.json").exists());
    }
}

#[test]
fn without_a_history_the_readings_before_a_change_are_kept_apart() {
    let now = now();
    let server = Server::start(estate_of(1, now));
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::Always).of_operation("ListServiceDeployments"),
    ]);
    let here = fresh("faults-history");
    let ran = pull(&server, &here, now - 3_600, &["--days", "10", "--period", "300"]);
    assert!(ran.err.contains("SIZE_HISTORY_UNKNOWN: prod/web"), "{}", ran.err);
    let files = tree(&here.join("store"));
    assert!(files.keys().any(|name| name.starts_with("apart/account=")), "{:?}", files.keys());
    let snapshot = loadline::store::Snapshot::open(&here.join("store")).unwrap();
    let window = snapshot.profiles().unwrap()["prod/web"].window().unwrap();
    assert!(window.0 >= now - 5 * DAY, "only what is known to be of today's size");
}

#[test]
fn one_account_that_fails_does_not_keep_the_others() {
    let now = now();
    let mut estate = Estate::new(now, ACCOUNT);
    for account in ["111111111111", "222222222222"] {
        add_usual(&mut estate, account, "eu-west-1", 3);
    }
    let server = Server::start(estate);
    let options = [
        "--assume-role",
        "reader",
        "--accounts",
        "111111111111,222222222222",
        "--days",
        "1",
        "--strict",
    ];
    let end = now - 3_600;
    let whole = clean("account", &server, end, &options[..6]);
    for (name, fault) in [
        (
            "inventory",
            Fault::new(FaultKind::AccessDenied, When::Always).of_operation("ListClusters"),
        ),
        (
            "metrics",
            Fault::new(FaultKind::ExpiredToken, When::Always).of_operation("GetMetricData"),
        ),
    ] {
        server.faults(vec![fault.for_account("222222222222")]);
        let here = fresh(&format!("faults-account-{name}"));
        let ran = pull(&server, &here, end, &options);
        assert_eq!(ran.code, 4, "{name}: {}", ran.err);
        assert!(ran.err.contains("PULL_FAILED: 222222222222/eu-west-1"), "{name}: {}", ran.err);
        let profiles =
            loadline::store::Snapshot::open(&here.join("store")).unwrap().profiles().unwrap();
        assert!(profiles.keys().all(|id| id.starts_with("111111111111/")), "{name}");
        server.faults(Vec::new());
        pull(&server, &here, end, &options);
        assert!(tree(&here.join("store")) == whole, "{name}");
    }
}

#[test]
fn a_rollback_brings_the_old_size_back() {
    let now = now();
    let mut estate = estate_of(1, now);
    let region = estate.region(ACCOUNT, super::REGION);
    let five_days_ago = f64::from(u32::try_from(now - 5 * DAY).unwrap());
    // The deployment of five days ago was rolled back an hour later.
    for deployment in &mut region.service_deployments {
        if deployment["startedAt"].as_f64().is_some_and(|at| at > five_days_ago - 60.0) {
            deployment["status"] = "ROLLBACK_SUCCESSFUL".into();
            deployment["finishedAt"] = (five_days_ago + 3_600.0).into();
        }
    }
    let server = Server::start(estate);
    let here = fresh("faults-rollback");
    pull(&server, &here, now - 3_600, &["--days", "10", "--period", "300"]).ok();
    let snapshot = loadline::store::Snapshot::open(&here.join("store")).unwrap();
    let web = snapshot.workloads.iter().find(|one| one.id == "prod/web").unwrap();
    let sizes: Vec<u32> = web.sizes.iter().map(|one| one.cpu_units.unwrap().0).collect();
    // The stand-in still says that today's definition is the small one.
    assert_eq!(sizes, [512, 256, 512, 256], "{:?}", web.sizes);
}

/// Points are counted too: whoever waits for their turn is not given up for it.
#[test]
fn a_burst_of_throttling_is_waited_out() {
    const HOURS: [&str; 4] = ["--days", "2", "--period", "3600"];
    let now = now();
    let server = Server::start(estate_of(12, now));
    let end = (now - 3_600) / 3_600 * 3_600;
    let clean = clean("burst", &server, end, &HOURS);
    server.faults(vec![
        Fault::new(FaultKind::Throttle, When::First(2)).of_operation("GetMetricData"),
    ]);
    let here = fresh("faults-burst");
    // So few points a second that a call waits longer than an attempt may take.
    let end = end.to_string();
    let slow = ["--quota-points", "6000", "--quota-share", "100", "--timeout", "1"];
    let more = [&["pull", "--out", "store", "--until", &end][..], &HOURS, &slow].concat();
    super::run(&server, &here, &more).ok();
    assert!(tree(&here.join("store")) == clean);
}

#[test]
fn one_cluster_that_fails_does_not_keep_the_others() {
    let now = now();
    let server = Server::start(estate_of(12, now));
    let here = fresh("faults-cluster");
    pull(&server, &here, now - 2 * DAY, &["--days", "1"]).ok();
    let stage = |server: &Server| {
        server.change(|estate| {
            for region in estate.regions.values_mut() {
                for service in &mut region.services {
                    let arn = service["clusterArn"].as_str().unwrap().to_owned();
                    if arn.ends_with("cluster/stage") {
                        service["taskDefinition"] =
                            "arn:aws:ecs:eu-west-1:123456789012:task-definition/lost:1".into();
                    }
                }
            }
        });
    };
    stage(&server);
    let ran = pull(&server, &here, now - DAY, &["--days", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let flat = ran.err.replace("\n  ", " ");
    assert!(flat.contains("PULL_PART_MISSING") && flat.contains("services of stage"), "{flat}");
    let snapshot = loadline::store::Snapshot::open(&here.join("store")).unwrap();
    let gone: Vec<&str> = snapshot
        .workloads
        .iter()
        .filter(|one| one.gone_since.is_some())
        .map(|one| one.id.as_str())
        .collect();
    assert!(gone.is_empty(), "not seen is not gone: {gone:?}");
    assert_eq!(snapshot.profiles().unwrap()["prod/queue"].readings(), 2 * 1_440);
}
