use super::{fresh, loadline, root, run_in};
use serde_json::Value;
use std::fs;

const IDS: [&str; 7] = ["admin", "crawler", "etl", "queue", "scraper", "web", "worker"];

#[test]
fn the_sample_is_named_as_sample_in_the_first_line() {
    let out = loadline(&["analyze"]).ok();
    assert!(out.starts_with("Sample estate (synthetic"), "{out}");
    let markdown = loadline(&["analyze", "--format", "markdown"]).ok();
    assert!(markdown.starts_with("Sample estate (synthetic"), "{markdown}");
    let json = loadline(&["analyze", "--format", "json"]).json();
    assert_eq!(json["synthetic"], true);
    let csv = loadline(&["analyze", "--format", "csv"]);
    assert!(csv.out.starts_with("workload,current_size,"), "stdout carries the result alone");
    assert!(csv.err.contains("synthetic"), "{}", csv.err);
}

#[test]
fn every_workload_is_listed_once() {
    let out = loadline(&["analyze"]).ok();
    for environment in ["dev", "stage", "prod"] {
        for id in IDS {
            let id = format!("{environment}/{id}");
            let rows = out.lines().filter(|line| line.split(' ').next() == Some(id.as_str()));
            assert_eq!(rows.count(), 1, "{id}");
        }
    }
}

#[test]
fn the_table_fits_the_width_it_is_given_and_uses_it() {
    for width in [40, 60, 80, 100, 200] {
        let out = loadline(&["analyze", "--width", &width.to_string()]).ok();
        let longest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width, "{longest} of {width}");
    }
    let wide = loadline(&["analyze", "--width", "200"]).ok();
    assert!(wide.contains("NEXT CHEAPER") && wide.contains("CPU RISK"));
    let widest = loadline(&["analyze", "--width", "320"]).ok();
    assert!(widest.contains("FINDINGS") && widest.contains("CPU P99"));
    let narrow = loadline(&["analyze", "--width", "80"]).ok();
    let header = narrow.lines().find(|line| line.starts_with("WORKLOAD")).unwrap();
    assert!(header.contains("CHEAPEST") && !header.contains("CPU P99"));
    assert!(narrow.contains("Not shown at this width: ") && narrow.contains("CPU P99"));
    assert!(!widest.contains("Not shown"), "{widest}");
    assert!(!narrow.contains('\u{1b}'), "no color into a pipe");
}

#[test]
fn json_holds_what_was_promised_and_adds_up() {
    let json = loadline(&["analyze", "--format", "json"]).json();
    let workloads = json["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), 21);
    let cents = |text: &Value| -> i64 {
        let text = text.as_str().unwrap();
        let (whole, part) = text.split_once('.').unwrap();
        assert_eq!(part.len(), 2, "{text}");
        format!("{whole}{part}").parse().unwrap()
    };
    for workload in workloads {
        for key in [
            "id",
            "kind",
            "environment",
            "current",
            "observed",
            "recommended",
            "risk",
            "finding",
            "findings",
            "places",
        ] {
            assert!(!workload[key].is_null(), "{key} of {}", workload["id"]);
        }
        for key in [
            "cpu_units_p50",
            "cpu_units_p95",
            "cpu_units_p99",
            "cpu_units_max",
            "memory_mib_p50",
            "memory_mib_p99",
            "memory_mib_max",
            "readings",
            "days",
        ] {
            assert!(workload["observed"][key].is_number(), "{key} of {}", workload["id"]);
        }
        let places = workload["places"].as_array().unwrap();
        assert_eq!(places.len(), 11);
        for place in places {
            let feasible = place["feasible"].as_bool().unwrap();
            assert_eq!(place["usd_per_month"].is_string(), feasible, "{place}");
            assert_eq!(place["reason"].is_string(), !feasible, "{place}");
        }
    }
    let sum = |part: &str| -> i64 {
        workloads.iter().map(|one| cents(&one[part]["usd_per_month"])).sum()
    };
    let totals = &json["totals"];
    // Lines are rounded to millionths, these to cents: half a cent a workload at most.
    assert!((sum("current") - cents(&totals["current_usd_per_month"])).abs() <= 11);
    assert!((sum("recommended") - cents(&totals["recommended_usd_per_month"])).abs() <= 11);
    for key in ["schema_version", "source", "prices_as_of", "region", "policy"] {
        assert!(!json[key].is_null(), "{key}");
    }
}

#[test]
fn the_story_of_the_sample_is_told() {
    let json = loadline(&["analyze", "--format", "json"]).json();
    let one = |id: &str| {
        json["workloads"].as_array().unwrap().iter().find(|w| w["id"] == id).unwrap().clone()
    };
    assert_eq!(one("prod/web")["finding"], "overprovisioned");
    assert_eq!(one("prod/worker")["finding"], "underprovisioned");
    assert_eq!(one("prod/worker")["findings"], serde_json::json!(["AT_THE_CEILING"]));
    let reason = |id: &str, place: &str| {
        let workload = one(id);
        let places = workload["places"].as_array().unwrap();
        places.iter().find(|one| one["place"] == place).unwrap()["reason"].clone()
    };
    assert_eq!(reason("prod/queue", "lambda-x86"), "LAMBDA_NOT_REQUESTS");
    assert_eq!(reason("prod/crawler", "lambda-x86"), "LAMBDA_TOO_LONG");
    assert!(reason("prod/web", "lambda-x86").is_null());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let once = loadline(&["analyze", "--format", "json"]).ok();
    assert_eq!(once, loadline(&["analyze", "--format", "json"]).ok());
}

#[test]
fn options_come_from_the_command_line_then_the_file() {
    let here = fresh("options");
    fs::write(
        here.join("loadline.toml"),
        "region = \"eu-west-1\"\ncpu_headroom = 50\nmonth_hours = 744\n",
    )
    .unwrap();
    let json = run_in(&here, &["analyze", "--format", "json"]).json();
    assert_eq!(
        (&json["region"], &json["policy"]["cpu_headroom_percent"]),
        (&"eu-west-1".into(), &50.into())
    );
    assert_eq!(json["month_hours"], 744);
    let json = run_in(&here, &["analyze", "--format", "json", "--region", "us-east-2"]).json();
    assert_eq!(json["region"], "us-east-2");
    let help = run_in(&here, &["analyze", "--help"]).ok();
    assert!(help.contains("[default: eu-west-1]") && help.contains("[default: 50]"), "{help}");
}

#[test]
fn strict_ends_with_code_4_where_data_is_missing() {
    let here = fresh("strict");
    fs::write(
        here.join("few.csv"),
        "workload,at,cpu_units_max,memory_mib_max\nweb,0,10,10\nweb,300,10,10\n",
    )
    .unwrap();
    run_in(&here, &["import", "few.csv", "--out", "store"]).ok();
    assert_eq!(run_in(&here, &["analyze", "store"]).code, 0);
    assert_eq!(run_in(&here, &["analyze", "store", "--strict"]).code, 4);
    assert_eq!(run_in(&here, &["analyze", "--strict"]).code, 0);
    // Two readings are too few for krr too, but not for a maximum.
    for (rule, code) in [("krr", "RULE_SILENT"), ("max", "OTHER_RULE")] {
        let json = run_in(&here, &["analyze", "store", "--as", rule, "--format", "json"]).json();
        let web = &json["workloads"][0];
        assert_eq!(web["recommended"].is_null(), rule == "krr", "{rule}: {web}");
        assert!(web["findings"].as_array().unwrap().contains(&code.into()), "{rule}: {web}");
    }
}

#[test]
fn a_region_without_prices_is_a_finding_and_not_zero() {
    let json = loadline(&["analyze", "--format", "json", "--region", "eu-central-2"]).json();
    let web = &json["workloads"][0];
    assert!(web["recommended"].is_null());
    assert!(web["findings"].as_array().unwrap().contains(&"PRICE_MISSING".into()));
    assert_eq!(json["totals"]["workloads_without_recommendation"], 21);
}

/// The estate that the program carries is the one that its own command makes.
#[test]
fn the_embedded_sample_is_made_by_the_sample_command() {
    let here = fresh("sample");
    run_in(&here, &["sample", "--embedded", "--out", "made"]).ok();
    for name in ["workloads.json", "readings.parquet"] {
        let made = fs::read(here.join("made").join(name)).unwrap();
        let carried = fs::read(root().join("data/sample").join(name)).unwrap();
        assert!(
            made == carried,
            "{name}: make it anew with loadline sample --embedded --out data/sample"
        );
    }
}

#[test]
fn the_sample_as_a_store_gives_the_same_answer() {
    let here = fresh("sample-store");
    run_in(&here, &["sample", "--out", "store"]).ok();
    let embedded = run_in(&here, &["analyze", "--format", "json"]).json();
    let stored = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(embedded["workloads"], stored["workloads"]);
    assert_eq!(stored["synthetic"], true);
}

/// `reports/example` is what these commands print today.
#[test]
fn the_example_report_is_what_the_program_makes() {
    let here = fresh("example");
    let made = [
        ("analyze.md", run_in(&here, &["analyze", "--format", "markdown"]).ok()),
        ("analyze.csv", run_in(&here, &["analyze", "--format", "csv"]).ok()),
        ("analyze.json", run_in(&here, &["analyze", "--format", "json"]).ok()),
        ("analyze-80.txt", run_in(&here, &["analyze", "--width", "80"]).ok()),
        (
            "prod-web.md",
            run_in(&here, &["explain", "prod/web", "--format", "markdown", "--out", "."]).ok(),
        ),
        ("prod-web.svg", fs::read_to_string(here.join("prod-web.svg")).unwrap()),
    ];
    let example = root().join("reports/example");
    if std::env::var_os("LOADLINE_BLESS").is_some() {
        fs::create_dir_all(&example).unwrap();
        for (name, text) in &made {
            fs::write(example.join(name), text).unwrap();
        }
        fs::copy(here.join("prod-web.png"), example.join("prod-web.png")).unwrap();
    }
    for (name, text) in made {
        let kept = fs::read_to_string(example.join(name)).unwrap_or_default();
        assert!(kept == text, "reports/example/{name} differs; look at it, then LOADLINE_BLESS=1");
    }
}

#[test]
fn other_tools_rules_can_be_taken_and_compared() {
    let json = |more: &[&str]| loadline(&[&["analyze", "--format", "json"], more].concat()).json();
    let ours = json(&[]);
    let named = |json: &Value, id: &str| -> Value {
        let all = json["workloads"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap().clone()
    };
    for rule in ["krr", "vpa", "kubecost", "cloudfix", "compute-optimizer-ec2-default", "max"] {
        let theirs = json(&["--as", rule]);
        let web = named(&theirs, "prod/web");
        assert!(web["findings"].as_array().unwrap().contains(&"OTHER_RULE".into()), "{rule}");
        let size = &web["recommended"];
        let seen = &named(&ours, "prod/web")["observed"];
        // Its maximum and more is what each but VPA reserves of memory.
        let holds = size["memory_mib"].as_u64() >= seen["memory_mib_max"].as_u64();
        assert!(holds || rule == "vpa", "{rule}: {size}");
        if rule == "max" {
            assert!(size["cpu_units"].as_u64() >= seen["cpu_units_max"].as_u64());
        }
    }
    let table = loadline(&["analyze", "--compare-rules", "--format", "csv"]).ok();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["workload", "current_size", "loadline", "krr"]);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let krr = named(&json(&["--as", "krr"]), "prod/web");
    let size = &krr["recommended"];
    let web = rows.iter().find(|row| &row[0] == "prod/web").unwrap();
    assert_eq!(web[3], format!("{}/{}", size["cpu_units"], size["memory_mib"]));
    let all = ours["workloads"].as_array().unwrap().len();
    assert!(rows.len() >= all, "every workload, and perhaps a total");
    let both = loadline(&["analyze", "--compare-rules", "--as", "krr"]);
    assert_eq!((both.code, both.err.lines().count()), (2, 1), "{}", both.err);
    let narrow = loadline(&["analyze", "--compare-rules", "--width", "80"]).ok();
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
}
