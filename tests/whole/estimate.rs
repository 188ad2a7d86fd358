use super::{fresh, loadline, run_in};
use std::fs;

#[track_caller]
fn check_total(arguments: &[&str], total: &str) {
    let json = loadline(&[&["estimate"], arguments, &["--format", "json"]].concat()).json();
    assert_eq!(json["total_usd"], total, "{arguments:?} {json:#}");
}

#[test]
fn published_examples_come_out_to_the_cent() {
    let ten_minutes =
        ["--count", "5", "--runs", "30", "--run-seconds", "600", "--ephemeral-gib", "30"];
    check_total(
        &[&["fargate", "--cpu", "1024", "--memory", "2048"], &ten_minutes[..]].concat(),
        "1.26",
    );
    check_total(
        &[
            &["fargate", "--cpu", "1 vCPU", "--memory", "2GB", "--platform", "linux-arm"],
            &ten_minutes[..],
        ]
        .concat(),
        "1.02",
    );
    check_total(
        &[
            "fargate",
            "--cpu",
            ".25 vCPU",
            "--memory",
            "1 GB",
            "--count",
            "10",
            "--runs",
            "30",
            "--run-seconds",
            "3600",
        ],
        "4.37",
    );
    check_total(
        &[
            "lambda",
            "--memory-mib",
            "1536",
            "--requests",
            "3000000",
            "--duration-ms",
            "120",
            "--free-tier",
        ],
        "2.73",
    );
    check_total(
        &["lambda", "--memory-mib", "1024", "--requests", "7440000", "--duration-ms", "2000"],
        "249.49",
    );
    check_total(
        &[
            "lambda",
            "--memory-mib",
            "4096",
            "--requests",
            "6000000",
            "--duration-ms",
            "280",
            "--temp-mib",
            "2048",
            "--free-tier",
        ],
        "106.41",
    );
    check_total(
        &[
            "lambda",
            "--memory-mib",
            "1536",
            "--requests",
            "3000000",
            "--duration-ms",
            "120",
            "--free-tier",
            "--provisioned-concurrency",
            "100",
            "--provisioned-hours",
            "8",
            "--provisioned-requests",
            "500000",
            "--provisioned-duration-ms",
            "100",
        ],
        "19.96",
    );
    check_total(
        &[
            "lambda",
            "--memory-mib",
            "4096",
            "--requests",
            "2000000",
            "--duration-ms",
            "280",
            "--provisioned-concurrency",
            "7",
            "--provisioned-hours",
            "24",
        ],
        "32.26",
    );
    check_total(
        &[
            "fargate",
            "--cpu",
            "1024",
            "--memory",
            "8192",
            "--runs",
            "30.4167",
            "--run-seconds",
            "60",
            "--region",
            "us-east-2",
        ],
        "0.04",
    );
    check_total(&["eks", "--region", "us-east-2"], "73.00");
    check_total(&["eks", "--extended-support"], "438.00");
    check_total(&["fargate", "--cpu", "32768", "--memory", "249856"], "1737.36");
    check_total(
        &["fargate", "--cpu", "1024", "--memory", "2048", "--platform", "windows"],
        "75.03",
    );
    check_total(&["ec2", "c6a.2xlarge"], "223.38");
}

#[test]
fn a_run_is_billed_for_a_minute_at_least_and_on_windows_for_five() {
    let run = |platform: &str, seconds: &str| {
        let json = loadline(&[
            "estimate",
            "fargate",
            "--cpu",
            "1024",
            "--memory",
            "2048",
            "--platform",
            platform,
            "--runs",
            "6000",
            "--run-seconds",
            seconds,
            "--format",
            "json",
        ])
        .json();
        json["lines"][0]["quantity"].as_str().unwrap().to_owned()
    };
    assert_eq!(run("linux-x86", "1"), "100");
    assert_eq!(run("linux-x86", "60"), "100");
    assert_eq!(run("linux-x86", "60.1"), "101.666667");
    assert_eq!(run("windows", "299"), "500");
}

#[test]
fn json_lines_carry_rounded_and_unrounded_amounts() {
    let json = loadline(&[
        "estimate",
        "lambda",
        "--memory-mib",
        "1536",
        "--requests",
        "3000000",
        "--duration-ms",
        "120",
        "--free-tier",
        "--format",
        "json",
    ])
    .json();
    let line = &json["lines"][0];
    assert_eq!(line["usage_type"], "Lambda-GB-Second");
    assert_eq!(line["quantity"], "140000");
    assert_eq!(line["unit"], "GB-second");
    assert_eq!(line["price_usd"], "0.0000166667");
    assert_eq!(line["amount_usd"], "2.333338");
    assert_eq!(json["total_usd_unrounded"], "2.733338");
}

#[test]
fn an_invalid_size_names_the_nearest_valid_ones() {
    let ran = loadline(&["estimate", "fargate", "--cpu", "1024", "--memory", "1024"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "error: Fargate on linux-x86 has no size 1024/1024; the nearest are 512/1024, 1024/2048, 2048/4096\n"
    );
}

const WEB: &str = r#"{"family": "web", "cpu": "256", "memory": "0.5GB", "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [{"name": "web", "image": "web"}]}"#;

#[test]
fn a_task_definition_is_priced_and_a_wrong_one_named() {
    let here = fresh("estimate");
    fs::write(here.join("web.json"), WEB).unwrap();
    fs::write(here.join("wrapped.json"), format!("{{\"taskDefinition\": {WEB}}}")).unwrap();
    fs::write(here.join("odd.json"), WEB.replace("0.5GB", "3 GB")).unwrap();
    fs::write(here.join("bare.json"), r#"[{"name": "a", "cpu": 10, "memory": 300}]"#).unwrap();
    let json = run_in(&here, &["estimate", "web.json", "--format", "json"]).json();
    assert_eq!(json["total_usd"], "9.01");
    let json = run_in(
        &here,
        &["estimate", "web.json", "wrapped.json", "--count", "2", "--format", "json"],
    )
    .json();
    assert_eq!(json[1]["total_usd"], "18.02");
    let ran = run_in(&here, &["estimate", "odd.json", "web.json", "bare.json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("9.01"), "the good one is priced");
    assert!(ran.err.contains("odd.json: cpu, memory: Fargate on linux-x86 has no size 256/3072; the nearest are 256/2048, 512/3072"), "{}", ran.err);
    assert!(ran.err.contains("bare.json: cpu, memory: the task has no size of its own, which Fargate needs; its containers ask for 10/300 together"), "{}", ran.err);
}

#[test]
fn what_has_no_price_says_so() {
    let ran = loadline(&[
        "estimate",
        "fargate",
        "--cpu",
        "256",
        "--memory",
        "512",
        "--platform",
        "linux-arm",
        "--region",
        "us-west-2",
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("PRICE_MISSING"), "{}", ran.err);
    let ran = loadline(&["estimate", "ec2", "g6.xlarge", "--region", "eu-west-1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("PRICE_MISSING"), "{}", ran.err);
    let zurich = ["estimate", "ec2", "m7g.large", "--region", "eu-central-2", "--format", "json"];
    assert_eq!(loadline(&zurich).json()["total_usd"], "78.48", "730 hours at 0.1075");
}

#[test]
fn prices_are_shown_with_dates_and_sources() {
    let json = loadline(&["prices", "show", "--service", "fargate", "--format", "json"]).json();
    let rows = json.as_array().unwrap();
    assert!(rows.iter().all(|row| row["date"].as_str().is_some_and(|date| !date.is_empty())));
    assert!(rows.iter().any(|row| row["usd"] == "0.04048"));
    let one = loadline(&[
        "prices",
        "show",
        "--region",
        "all",
        "--service",
        "ec2",
        "--item",
        "m7g.large",
        "--format",
        "csv",
    ])
    .ok();
    assert!(one.lines().count() > 20, "{one}");
}

#[test]
fn codes_are_explained() {
    let all = loadline(&["codes", "--format", "json"]).json();
    assert!(all.as_array().unwrap().len() > 35);
    let one = loadline(&["codes", "price_missing"]).ok();
    assert!(one.contains("PRICE_MISSING") && one.contains("not zero"), "{one}");
}
