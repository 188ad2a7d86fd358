use super::{fresh, loadline, run_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Sums of the plan's instances by hand: what the report says must follow from the placement.
#[test]
fn the_placement_adds_up_to_what_is_said() {
    let json = loadline(&["fleet", "--format", "json", "--zones", "3"]).json();
    assert_eq!(json["synthetic"], true);
    let mut placed: BTreeMap<&str, u64> = BTreeMap::new();
    let mut cost = 0.0;
    for one in json["instances"].as_array().unwrap() {
        let count = one["count"].as_u64().unwrap();
        let times = f64::from(u32::try_from(count).unwrap());
        cost += number(&one["usd_an_hour_each"]) * times;
        for part in ["cpu_units", "memory_mib", "slots", "gpus"] {
            let used = one[format!("{part}_used").as_str()].as_u64().unwrap();
            assert!(used <= one[part].as_u64().unwrap(), "{part} of {one}");
        }
        for task in one["tasks"].as_array().unwrap() {
            *placed.entry(task["workload"].as_str().unwrap()).or_default() +=
                task["tasks"].as_u64().unwrap() * count;
        }
    }
    let tasks = json["tasks"].as_array().unwrap();
    assert!(tasks.len() >= 10);
    for task in tasks {
        let name = task["workload"].as_str().unwrap();
        assert_eq!(placed.remove(name), task["copies"].as_u64(), "{name}");
    }
    assert!(placed.keys().all(|name| *name == "(room for deployments)"), "{placed:?}");
    let plan = &json["plan"];
    assert!((number(&plan["usd_an_hour"]) - cost).abs() < 1e-9);
    assert!(number(&plan["bound_usd_an_hour"]) <= cost + 1e-9);
    let month = number(&plan["usd_a_month"]);
    assert!((month - cost * 730.0).abs() < 1e-5);
    // No constraint earns money, and more demand is not cheaper.
    for one in json["constraints"].as_array().unwrap() {
        assert!(number(&one["usd_a_month_without"]) <= number(&one["usd_a_month_with"]), "{one}");
    }
    let sensitivity = json["sensitivity"].as_array().unwrap();
    let costs: Vec<f64> = sensitivity.iter().map(|one| number(&one["usd_a_month"])).collect();
    assert!(costs.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{costs:?}");
    assert_eq!(json["worlds"].as_array().unwrap().len(), 5);
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let run = || loadline(&["fleet", "--format", "csv", "--seed", "7", "--quiet"]).ok();
    let csv = run();
    assert_eq!(csv, run());
    assert!(csv.starts_with("zone,instance,offer,workload,tasks\n"), "{csv}");
    let thorough = loadline(&["fleet", "--format", "json"]).json();
    let quick = loadline(&["fleet", "--format", "json", "--effort", "quick"]).json();
    let cost = |json: &Value| number(&json["plan"]["usd_an_hour"]);
    assert!(cost(&thorough) <= cost(&quick));
}

#[test]
fn the_table_fits_its_width_and_the_chart_is_drawn() {
    let here = fresh("fleet");
    for width in ["60", "80", "200"] {
        let out = run_in(&here, &["fleet", "--width", width, "--effort", "quick"]).ok();
        let longest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width.parse().unwrap(), "{longest} of {width}");
        assert!(out.contains("ec2 *") && out.contains("no packing of"), "{out}");
    }
    let with = |chart: &str| run_in(&here, &["fleet", "--effort", "quick", "--chart", chart]);
    assert!(with("new/fill.svg").err.contains("chart: new/fill.svg"));
    let svg = fs::read_to_string(here.join("new/fill.svg")).unwrap();
    assert!(svg.contains("how full") && svg.contains("memory") && svg.contains(" x "), "{svg}");
    assert_eq!(with("fill.png").code, 0);
    assert!(fs::read(here.join("fill.png")).unwrap().starts_with(b"\x89PNG"));
    let wrong = with("fill.gif");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("--chart fill.gif: a name ending in .svg or .png"), "{}", wrong.err);
}

#[test]
fn what_cannot_be_packed_is_named_with_the_limit() {
    let said = |more: &[&str]| {
        let ran = loadline(&[&["fleet", "--effort", "quick"], more].concat());
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        ran.err
    };
    let small = said(&["--families", "t3.nano", "--no-surplus-credits"]);
    assert!(small.contains("no offer holds it: ") && small.contains("CPU units"), "{small}");
    let none = said(&["--families", "zz"]);
    assert!(none.contains("no instance type in us-east-1 is allowed"), "{none}");
    let cluster = said(&["--environment", "nowhere"]);
    assert!(cluster.contains("environments: dev, prod, stage"), "{cluster}");
    let daemons = loadline(&["fleet", "--daemons", "all"]);
    assert_eq!(daemons.code, 2);
    assert!(daemons.err.contains("CPU units / MiB"), "{}", daemons.err);
    let alone = said(&["--zones", "1", "--survive-zone"]);
    assert!(alone.contains("--survive-zone: with --zones 1"), "{alone}");
    let limit = loadline(&["fleet", "--time-limit", "0"]);
    assert!(limit.err.contains("seconds from 0.01 to 3600"), "{}", limit.err);
}

#[test]
fn strict_is_not_content_while_something_is_left_out() {
    assert_eq!(loadline(&["fleet", "--effort", "quick", "--strict"]).code, 4);
    let out = loadline(&["fleet", "--effort", "quick"]).ok();
    assert!(out.contains("Not packed, and the same in every world"), "{out}");
}
