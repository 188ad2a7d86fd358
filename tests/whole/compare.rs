//! The ledger as its users meet it.

use super::{fresh, loadline};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn json(arguments: &[&str]) -> Value {
    let ran = loadline(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn dollars(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn every_workload_stands_once_in_every_home_and_columns_add_up() {
    let ledger = json(&["compare"]);
    let rows = ledger["workloads"].as_array().unwrap();
    assert_eq!(rows.len(), 21);
    let mut sums: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    let mut balanced: BTreeSet<(&str, &str)> = BTreeSet::new();
    for row in rows {
        let homes = row["homes"].as_array().unwrap();
        let mut names: Vec<&str> = homes.iter().map(|one| one["home"].as_str().unwrap()).collect();
        for home in homes {
            let name = home["home"].as_str().unwrap();
            let priced = !home["usd_a_month"].is_null();
            assert!(priced != home["code"].is_string(), "{home}");
            if priced {
                let parts = home["charges"].as_array().unwrap();
                let sum: f64 = parts.iter().map(|one| dollars(&one["usd_a_month"])).sum();
                assert!((sum - dollars(&home["usd_a_month"])).abs() < 1e-9, "{home}");
                let is_balancer = |one: &&Value| one["what"] == "load balancer";
                let charge = parts.iter().find(is_balancer);
                let total = sums.entry(name).or_default();
                let part = charge.map_or(0.0, |one| dollars(&one["usd_a_month"]));
                *total = (total.0 + 1, total.1 + sum - part);
                if charge.is_some() {
                    let id = row["id"].as_str().unwrap();
                    let environment = id.split('/').next().unwrap();
                    balanced.insert((name, environment));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 18, "{row}");
    }
    for total in ledger["homes"].as_array().unwrap() {
        let (count, sum) = sums.get(total["home"].as_str().unwrap()).copied().unwrap_or_default();
        assert_eq!(total["workloads_that_fit"], count);
        // A balancer for each environment in which one is needed.
        let balancers = balanced.iter().filter(|one| total["home"] == one.0).count();
        let balancers = f64::from(u32::try_from(balancers).unwrap());
        let sum = sum + 23.725 * balancers;
        assert!((sum - dollars(&total["usd_a_month"])).abs() < 1e-6, "{total}");
    }
}

#[test]
fn the_sample_estates_ledger_to_the_cent() {
    let ledger = json(&["compare"]);
    let price = |workload: &str, home: &str| {
        let rows = ledger["workloads"].as_array().unwrap();
        let row = rows.iter().find(|one| one["id"] == workload).unwrap();
        let homes = row["homes"].as_array().unwrap();
        let cell = homes.iter().find(|one| one["home"] == home).unwrap();
        cell["code"]
            .as_str()
            .map_or_else(|| format!("{:.2}", dollars(&cell["usd_a_month"])), ToOwned::to_owned)
    };
    // 2,238.014881 task-hours of 256/1024: 22.648711 + 9.947976; half of 23.725 for the balancer
    // and its two addresses that it shares with admin; 3.065 tasks on average, each with an address for
    // 3.65.
    assert_eq!(price("prod/web", "fargate-x86"), "55.65");
    // 305.85 task-hours of 2048/8192: 24.76 + 10.88, address 1.53.
    assert_eq!(price("prod/crawler", "fargate-x86"), "37.17");
    // 730 hours of 256/1024: 10.63245, and an address.
    assert_eq!(price("dev/worker", "fargate-x86"), "14.28");
    // 730 hours of 256/512: 9.010025, an address and half of a balancer.
    assert_eq!(price("dev/admin", "fargate-x86"), "24.52");
    // 0.25 x 0.03238 + 1 x 0.00356, by 730; an address.
    assert_eq!(price("dev/worker", "fargate-arm"), "12.16");
    assert_eq!(price("prod/queue", "lambda-x86"), "LAMBDA_NOT_REQUESTS");
    assert_eq!(price("prod/crawler", "lambda-x86"), "LAMBDA_TOO_LONG");
    assert_eq!(price("prod/crawler", "beanstalk-balanced"), "SERVICES_ONLY");
    assert_eq!(price("prod/web", "fargate-windows"), "PLATFORM_MISMATCH");
}

#[test]
fn options_around_change_the_prices_and_are_said() {
    let bare = json(&["compare", "--load-balancers", "none", "--no-public-ipv4"]);
    let usual = json(&["compare"]);
    let total = |ledger: &Value| dollars(&ledger["homes"][0]["usd_a_month"]);
    assert!(total(&bare) < total(&usual));
    let said = usual["assumptions"].to_string();
    assert!(said.contains("--spot-fallback") && said.contains("left out"), "{said}");
    let all_on_demand = json(&["compare", "--spot-share", "0"]);
    let home = |ledger: &Value, place: usize| dollars(&ledger["homes"][place]["usd_a_month"]);
    assert!((home(&all_on_demand, 3) - home(&all_on_demand, 0)).abs() < 1e-6);
}

#[test]
fn one_workload_has_a_verdict_in_words() {
    let ran = loadline(&[
        "compare",
        "--workload",
        "prod/worker",
        "--width",
        "80",
        "--move-hours",
        "10",
        "--hourly-rate",
        "80",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("prod/worker: by itself it is cheapest on fargate-x86"),
        "{}",
        ran.out
    );
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    assert!(ran.out.contains("LAMBDA_NOT_REQUESTS"), "{}", ran.out);
    let unknown = loadline(&["compare", "--workload", "prod/nothing"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("there is no workload \"prod/nothing\""), "{}", unknown.err);
    let half = loadline(&["compare", "--move-hours", "3"]);
    assert_eq!(half.code, 2);
    let too_much = loadline(&["compare", "--spot-share", "101"]);
    assert_eq!(too_much.code, 2);
    assert!(too_much.err.contains("101"), "{}", too_much.err);
}

#[test]
fn break_evens_are_listed_and_drawn() {
    let here = fresh("compare-chart");
    let chart = here.join("memory.svg");
    let path = chart.to_str().unwrap();
    let ran = loadline(&["compare", "--break-even", "--format", "csv", "--chart", path]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("workload,what_changes,break_even"), "{}", lines[0]);
    assert!(lines.iter().any(|line| line.starts_with("(estate),")), "{}", ran.out);
    let drawn = std::fs::read_to_string(&chart).unwrap();
    assert!(drawn.contains("Fargate") && drawn.contains("GiB"));
    for one in json(&["compare", "--break-even"]).as_array().unwrap() {
        let both: Vec<f64> = one["usd_a_month"].as_array().unwrap().iter().map(dollars).collect();
        // Requests and tasks come in whole ones, and a run of minutes is more than a cent.
        let each = match one["what_changes"].as_str() {
            Some("requests_a_month" | "tasks") => {
                both[0] / one["break_even"].as_f64().unwrap().max(1.0)
            }
            _ => 0.0,
        };
        assert!((both[0] - both[1]).abs() < 0.005 + each, "{one}");
    }
    let wrong = loadline(&["compare", "--break-even", "--chart", "memory.gif"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains(".svg or .png"), "{}", wrong.err);
}
