//! A window played again, as its users meet it.

use super::{fresh, loadline, run_in};
use serde_json::{Value, json};
use std::fs;

fn json(arguments: &[&str]) -> Value {
    loadline(&[arguments, &["--format", "json"]].concat()).json()
}

fn dollars(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

fn scene<'v>(replay: &'v Value, name: &str) -> &'v Value {
    let scenes = replay["scenes"].as_array().unwrap();
    scenes.iter().find(|one| one["scene"] == name).unwrap()
}

const PARTS: [&str; 4] = ["fargate_usd", "instances_usd", "lambda_usd", "around_usd"];

#[test]
fn what_ran_costs_what_analyze_says_and_hours_add_up() {
    let replay = json(&["replay"]);
    let analyzed = json(&["analyze"]);
    for (name, side) in [("current", "current"), ("fargate", "recommended")] {
        let scene = scene(&replay, name);
        for workload in analyzed["workloads"].as_array().unwrap() {
            let rows = scene["workloads"].as_array().unwrap();
            let row = rows.iter().find(|row| row["id"] == workload["id"]).unwrap();
            let month = dollars(&row["usd_a_month"]);
            let closed = dollars(&workload[side]["usd_per_month"]);
            assert!((month - closed).abs() < 0.005_001, "{name} {}: {month}", workload["id"]);
        }
    }
    for scene in replay["scenes"].as_array().unwrap() {
        let rows = scene["workloads"].as_array().unwrap();
        assert_eq!(rows.len(), 21);
        let hours = scene["hours"].as_array().unwrap();
        assert_eq!(hours.len(), 840);
        let sum: f64 = hours.iter().map(|hour| dollars(&hour["usd"])).sum();
        assert!((sum - dollars(&scene["window_usd"])).abs() < 1e-8);
        let parts: f64 =
            hours.iter().flat_map(|hour| PARTS.map(|one| &hour[one])).map(dollars).sum();
        assert!((sum - parts).abs() < 1e-8);
    }
}

#[test]
fn the_hours_come_as_csv_and_as_a_chart() {
    let here = fresh("replay-chart");
    let ran = run_in(
        &here,
        &[
            "replay",
            "--hourly",
            "--format",
            "csv",
            "--scenes",
            "current,ec2",
            "--chart",
            "out/hours.svg",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("chart: out/hours.svg"));
    let mut lines = ran.out.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(names[..3], ["hour_utc", "scene", "usd"]);
    assert_eq!(ran.out.lines().count(), 1 + 2 * 840);
    let svg = fs::read_to_string(here.join("out/hours.svg")).unwrap();
    assert!(svg.contains("ec2: instances") && svg.contains("$ an hour"));
}

#[test]
fn a_bill_leaves_one_line_of_what_is_not_explained() {
    let out = loadline(&["replay", "--scenes", "current", "--billed", "400.50"]).ok();
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Billed for the window: $400.50. Replayed as it ran, without what stands around: $372.43."), "{out}");
    assert!(flat.contains("Not explained: $28.07 (7.0 % of the bill)"), "{out}");
    let wrong = loadline(&["replay", "--scenes", "ec2", "--billed", "400"]);
    assert_eq!((wrong.code, wrong.err.lines().count()), (2, 1), "{}", wrong.err);
}

const FOCUS: &str = "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,EffectiveCost,ListCost,BillingCurrency,ServiceName,x_ServiceCode,x_UsageType,RegionId,SubAccountId";

/// The hours of the scene current as a bill.
fn bill_of(replay: &Value, part: f64) -> Vec<String> {
    let hours = scene(replay, "current")["hours"].as_array().unwrap().clone();
    let row = |hour: &Value| {
        let start: jiff::Timestamp =
            hour["hour_utc"].as_str().unwrap().replace('Z', ":00Z").parse().unwrap();
        let end = start + jiff::SignedDuration::from_hours(1);
        let list = hour["fargate_usd"].as_str().unwrap();
        let paid = if part < 1.0 {
            (dollars(&hour["fargate_usd"]) * part).to_string()
        } else {
            list.to_owned()
        };
        format!(
            "{start},{end},Usage,{paid},{list},USD,Amazon Elastic Container Service,AmazonECS,USE1-Fargate-GB-Hours,us-east-1,123456789012"
        )
    };
    std::iter::once(FOCUS.to_owned()).chain(hours.iter().map(row)).collect()
}

#[test]
fn a_bills_lines_are_held_against_the_same_hours() {
    let here = fresh("replay-bill");
    let asked = ["replay", "--scenes", "current", "--format", "json"];
    let replay = run_in(&here, &asked).json();
    let lines = bill_of(&replay, 1.0);
    fs::write(here.join("focus.csv"), lines.join("\n")).unwrap();
    let with = |files: &[&str]| {
        let bill = files.iter().flat_map(|file| ["--bill", file]);
        run_in(&here, &asked.into_iter().chain(bill).collect::<Vec<_>>())
    };
    let all = with(&["focus.csv"]).json()["bill"].clone();
    assert_eq!(
        (&all["hours_compared"], &all["effective"]["not_explained_usd"]),
        (&json!(840), &json!("0"))
    );
    let current = scene(&replay, "current");
    let used = dollars(&current["window_usd"]) - dollars(&current["around_usd"]);
    assert!((dollars(&all["effective"]["billed_usd"]) - used).abs() < 1e-9);

    // Two parts of it in a directory, one compressed; a line is missing and shows as its amount.
    fs::create_dir_all(here.join("export/month")).unwrap();
    let (first, second) = lines[1..].split_at(300);
    let gone: f64 = first[7].split(',').nth(3).unwrap().parse().unwrap();
    let aside = first[7].replace("AmazonECS", "AmazonS3").replace("Container", "Other");
    let part = |rows: &[String]| format!("{FOCUS}\n{}\n", rows.join("\n"));
    let first: Vec<String> = first
        .iter()
        .enumerate()
        .map(|(row, line)| if row == 7 { aside.clone() } else { line.clone() })
        .collect();
    fs::write(here.join("export/month/1.csv"), part(&first)).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, part(second).as_bytes()).unwrap();
    fs::write(here.join("export/month/2.csv.gz"), packed.finish().unwrap()).unwrap();
    let all = with(&["export"]).json()["bill"].clone();
    assert_eq!(all["hours_compared"], 840);
    assert!((dollars(&all["effective"]["not_explained_usd"]) + gone).abs() < 1e-9, "{all}");
    assert_eq!(all["left_out"][0]["what"], "other services");

    // What is paid below list is told; a table has it all.
    fs::write(here.join("cheap.csv"), bill_of(&replay, 0.8).join("\n")).unwrap();
    let table = run_in(&here, &["replay", "--scenes", "current", "--bill", "cheap.csv"]).ok();
    let flat = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("fargate, list $372.43 $372.43 $0.00 0.0 %"), "{table}");
    assert!(flat.contains("effective $297.94 $372.43 -$74.49 -25.0 %"), "{table}");
    assert!(flat.contains("The bill is $74.49 below its list prices."), "{table}");
    let discount = run_in(
        &here,
        &[
            "replay",
            "--scenes",
            "current",
            "--bill",
            "cheap.csv",
            "--discount",
            "20",
            "--format",
            "json",
        ],
    )
    .json();
    assert!(dollars(&discount["bill"]["effective"]["not_explained_usd"]).abs() < 1e-6);
}

#[test]
fn a_bill_that_cannot_be_read_is_told_in_a_line() {
    let here = fresh("replay-bill-wrong");
    let good =
        "2026-10-05T00:00:00Z,2026-10-05T01:00:00Z,Usage,1,1,USD,x,AmazonECS,Fargate,us-east-1,1";
    for (name, body, said) in [
        ("other.csv", "workload,at\na,1\n".to_owned(), "is no bill that is known"),
        ("empty.csv", String::new(), "is empty"),
        (
            "short.csv",
            format!("{FOCUS}\n{good}\n2026-10-05T00:00:00Z,x\n"),
            "line 3 has 2 fields, not 11",
        ),
        (
            "cost.csv",
            format!("{FOCUS}\n{good}\n{}\n", good.replace("Usage,1", "Usage,one")),
            "line 3: EffectiveCost \"one\" is no amount",
        ),
        ("euro.csv", format!("{FOCUS}\n{}\n", good.replace("USD", "EUR")), "line 2: is in EUR"),
        ("part.csv", FOCUS.replace("EffectiveCost", "Cost"), "has no column EffectiveCost"),
    ] {
        fs::write(here.join(name), body).unwrap();
        let ran = run_in(&here, &["replay", "--bill", name]);
        assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{name}: {}", ran.err);
        assert!(ran.err.contains(said) && ran.err.contains(name), "{name}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
    for wrong in [
        &["replay", "--bill", "x", "--billed", "3"][..],
        &["replay", "--bill", "x", "--scenes", "ec2"],
    ] {
        let ran = run_in(&here, wrong);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{wrong:?}: {}", ran.err);
    }
    fs::write(here.join("bill.csv"), format!("{FOCUS}\n{good}\n")).unwrap();
    fs::write(here.join("bill.zip"), b"PK\x03\x04 and more").unwrap();
    fs::write(
        here.join("crlf.csv"),
        format!("{FOCUS}\r\n{good}\r\n{}\r\n", good.replace("Usage,1", "Usage,one")),
    )
    .unwrap();
    let report = "line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_unblended_cost";
    fs::write(here.join("report.csv"), format!("{report}\n")).unwrap();
    for (files, said) in [
        (&["bill.csv", "--bill", "./bill.csv"][..], "is given twice"),
        (&["bill.zip"], "is a zip archive"),
        (&["crlf.csv"], "line 3: EffectiveCost"),
        (&["bill.csv", "--bill", "report.csv"], "count twice; give one of them"),
    ] {
        let ran = run_in(&here, &[&["replay", "--bill"], files].concat());
        assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{files:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{files:?}: {}", ran.err);
    }
    for version in ["one", "two"] {
        fs::create_dir_all(here.join("versions").join(version)).unwrap();
        fs::copy(here.join("bill.csv"), here.join("versions").join(version).join("bill.csv"))
            .unwrap();
    }
    let versions =
        run_in(&here, &["replay", "--scenes", "current", "--bill", "versions", "--format", "csv"]);
    assert!(versions.err.contains("two versions of one bill"), "{}", versions.err);
    assert!(versions.out.starts_with("bill,billed_usd,replayed_usd"), "{}", versions.out);
    // A bill of another time is compared with nothing, and is no bill of nothing.
    fs::write(here.join("march.csv"), format!("{FOCUS}\n{}\n", good.replace("2026-10", "2026-03")))
        .unwrap();
    let march = run_in(&here, &["replay", "--scenes", "current", "--bill", "march.csv"]).ok();
    let flat = march.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("nothing can be compared"), "{march}");
}

#[test]
fn commitments_come_from_a_file() {
    let here = fresh("replay-commitments");
    let plan = "[[savings_plans]]\nkind = \"compute\"\nusd_an_hour = \"0.20\"\nyears = 1\npayment = \"no-upfront\"\n\
                [[reserved_instances]]\ninstance_type = \"t3.small\"\ncount = 2\nusd_an_hour = \"0.013\"\nregion = \"us-east-1\"\n";
    fs::write(here.join("held.toml"), plan).unwrap();
    let asked = ["replay", "--commitments", "held.toml", "--best-plan", "--format", "json"];
    let replay = run_in(&here, &asked).json();
    let of = |name: &str| scene(&replay, name)["commitments"].clone();
    let current = of("current");
    // 840 hours of 0.20 and of two reservations of 0.013.
    assert!((dollars(&current["committed_usd"]) - 840.0 * 0.226).abs() < 1e-6);
    // On Fargate nothing uses the reservations, and the plan is always less than what runs.
    assert!((dollars(&current["stranded_usd"]) - 840.0 * 0.026).abs() < 1e-6);
    let saved = dollars(&current["list_usd"]) - dollars(&current["effective_usd"]);
    // A fifth of what is covered, less the reservations that stand idle.
    assert!((saved - (840.0 * 0.20 / 0.8 * 0.2 - 840.0 * 0.026)).abs() < 0.01, "{saved}");
    let fixed = of("ec2-fixed");
    assert!(dollars(&fixed["stranded_usd"]) > 0.0, "{fixed}");
    assert!(fixed["without_rate"].as_array().unwrap().contains(&Value::from("t3.small")));
    let table = run_in(&here, &asked[..4]).ok();
    for word in ["STRANDED", "EFFECTIVE", "BEST PLAN", "PLAN_RATE_MISSING"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let tenth = run_in(&here, &["replay", "--discount", "10", "--format", "json"]).json();
    let current = scene(&tenth, "current")["commitments"].clone();
    let part = dollars(&current["effective_usd"]) / dollars(&current["list_usd"]);
    assert!((part - 0.9).abs() < 1e-9);
}

#[test]
fn wrong_commitments_are_told_in_a_line() {
    let here = fresh("replay-wrong");
    let plan = |body: &str| format!("[[savings_plans]]\n{body}\n");
    for (body, said) in [
        (plan("kind = \"compute\""), "line 1: missing field"),
        (plan("kind = 3"), "line 2: invalid type"),
        (plan("kind = \"compute\"\nusd_an_hour = \"x\"\nyears = 1\npayment = \"no-upfront\""), "usd_an_hour"),
        (plan("kind = \"compute\"\nusd_an_hour = \"1\"\nyears = 2\npayment = \"no-upfront\""), "years are 1 or 3"),
        (plan("kind = \"compute\"\nusd_an_hour = \"1\"\nyears = 1\npayment = \"later\""), "payment is"),
        (plan("kind = \"ec2-instance\"\nusd_an_hour = \"1\"\nyears = 1\npayment = \"no-upfront\""), "a family and a region"),
        (plan("kind = \"compute\"\nfamily = \"m5\"\nusd_an_hour = \"1\"\nyears = 1\npayment = \"no-upfront\""), "neither family"),
        ("plans = 3\n".to_owned(), "line 1: unknown field"),
        ("[[reserved_instances]]\ninstance_type = \"m5\"\ncount = 1\nusd_an_hour = \"1\"\nregion = \"eu-west-1\"\n".to_owned(), "like m5.large"),
    ] {
        fs::write(here.join("held.toml"), &body).unwrap();
        let ran = run_in(&here, &["replay", "--commitments", "held.toml"]);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{body}: {}", ran.err);
        assert!(ran.err.contains(said) && ran.err.contains("held.toml"), "{body}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
    let gone = run_in(&here, &["replay", "--commitments", "gone.toml"]);
    assert_eq!((gone.code, gone.err.lines().count()), (1, 1), "{}", gone.err);
    for wrong in [
        &["replay", "--discount", "101"][..],
        &["replay", "--plan-years", "3"],
        &["replay", "--best-plan", "--plan-years", "2"],
        &["replay", "--billed", "1,5"],
        &["replay", "--scenes", "moon"],
        &["replay", "--workload", "nobody"],
        &["replay", "--chart", "hours.gif"],
        &["replay", "--instance-start", "4000"],
    ] {
        let ran = run_in(&here, wrong);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{wrong:?}: {}", ran.err);
    }
}

#[test]
fn a_workload_is_shown_in_every_scene() {
    let out = loadline(&["replay", "--workload", "prod/crawler", "--width", "160"]).ok();
    assert!(out.contains("LAMBDA_TOO_LONG") && out.contains("NOT_PACKED"), "{out}");
    let empty = fresh("replay-empty");
    fs::write(empty.join("none.csv"), "workload,at,period_seconds,cpu_units_mean\n").unwrap();
    let imported = run_in(&empty, &["import", "none.csv", "--out", "store"]);
    assert_ne!(imported.code, 0, "a store without readings is not made");
}
