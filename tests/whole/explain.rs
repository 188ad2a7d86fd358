use super::{fresh, run_in};
use std::fs;

#[test]
fn the_chain_leads_from_readings_to_price() {
    let here = fresh("explain");
    let out = run_in(&here, &["explain", "prod/web", "--width", "100"]).ok();
    for part in ["CPU rule: from ", "memory rule: from ", ", CPU exceeded "] {
        let out = run_in(&here, &["explain", "dev/web", "--width", "100", "--no-chart"]).ok();
        assert!(out.contains(part), "{part} in {out}");
    }
    for part in [
        "readings:",
        "scaling: 2 to ",
        "at least:",
        "size:",
        "risk: predicted: memory exceeded within 30 days",
        "costs:",
        "Fargate linux-x86 on-demand vCPU",
        "lambda-arm",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    let svg = fs::read_to_string(here.join("reports/prod-web.svg")).unwrap();
    let shown =
        ["prod/web (synthetic)", "CPU units", "MiB", "tasks, recommended 256", "today 1024"];
    for part in shown {
        assert!(svg.contains(part), "{part} in the picture");
    }
    let fixed = run_in(&here, &["explain", "dev/web", "--no-risk", "--out", "fixed"]).ok();
    assert!(fixed.contains("CPU rule: p99 of cpu_units_max") && !fixed.contains("RISK"), "{fixed}");
    assert!(fs::read_to_string(here.join("fixed/dev-web.svg")).unwrap().contains("p99 "));
    let png = fs::read(here.join("reports/prod-web.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    assert!(png.len() > 10_000);
}

#[test]
fn a_workload_of_a_store_is_explained_too() {
    let here = fresh("explain-store");
    run_in(&here, &["sample", "--out", "store"]).ok();
    let json =
        run_in(&here, &["explain", "store", "dev/queue", "--format", "json", "--no-chart"]).json();
    assert_eq!(json["id"], "dev/queue");
    assert!(!here.join("reports").exists());
}

#[test]
fn an_unknown_workload_is_answered_with_the_known() {
    let ran = run_in(&fresh("explain-unknown"), &["explain", "web"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there are dev/web, prod/web, stage/web"), "{}", ran.err);
}
