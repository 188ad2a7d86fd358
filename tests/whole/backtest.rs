//! Rules judged on readings that they have not seen.

use super::{fresh, root, run_in, shared};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The two large traces as stores, where they are at hand.
fn traces(name: &str) -> Option<PathBuf> {
    let here = fresh(name);
    for (set, trace, preset) in [
        ("rnd", "bitbrains_rnd", "bitbrains"),
        ("faststorage", "bitbrains_faststorage", "bitbrains"),
        ("borg", "google2019_tasks", "borg"),
    ] {
        let trace = shared(&format!("traces/{trace}.parquet"))?;
        let trace = trace.to_str().unwrap();
        let size = ["--size", "1024/4096"];
        let size: &[&str] = if set == "borg" { &size } else { &[] };
        let import = ["import", trace, "--preset", preset, "--out", set, "-q"];
        run_in(&here, &[&import[..], size].concat()).ok();
    }
    Some(here)
}

fn backtest(here: &Path, store: &str, more: &[&str]) -> Value {
    run_in(here, &[&["backtest", store, "--format", "json"], more].concat()).json()
}

fn strategy<'j>(json: &'j Value, name: &str) -> &'j Value {
    let all = json["strategies"].as_array().unwrap();
    all.iter().find(|one| one["strategy"] == name).unwrap_or_else(|| panic!("no {name}"))
}

fn dollars(one: &Value) -> f64 {
    one["usd"].as_str().unwrap().parse().unwrap()
}

const MEASURES: [&str; 3] =
    ["workloads_with_memory_failure", "memory_readings_over", "cpu_readings_over"];

fn dominates(mine: &Value, theirs: &Value) -> bool {
    dollars(mine) <= dollars(theirs)
        && MEASURES.iter().all(|name| mine[name].as_u64() < theirs[name].as_u64())
}

#[test]
fn on_real_machines_the_frontier_beats_other_rules_and_its_risks_come_true() {
    let Some(here) = traces("backtest-traces") else { return };
    for set in ["rnd", "faststorage"] {
        let json = backtest(&here, set, &[]);
        let of = |name: &str| strategy(&json, name);
        assert!(dominates(of("balanced"), of("krr")), "{set}");
        let (frugal, vpa) = (of("frugal"), of("vpa"));
        assert!(dollars(frugal) <= dollars(vpa), "{set}");
        let failures = |one: &Value| one[MEASURES[0]].as_u64().unwrap();
        assert!(failures(frugal) * 2 < failures(vpa), "{set}");
        for rule in ["krr", "vpa", "kubecost", "cloudfix", "compute-optimizer-ec2-default", "max"] {
            let beaten = &of(rule)["beaten_by"];
            if set == "rnd" && rule == "max" {
                assert!(beaten.is_null(), "docs/sizing.md says that it is not");
                continue;
            }
            assert!(dominates(beaten, of(rule)), "{set} {rule}");
        }
        let difference = |signal: &str| {
            json["calibration"][signal]["mean_absolute_difference"].as_f64().unwrap()
        };
        assert!(difference("memory") < 0.02, "{set}: {}", difference("memory"));
        assert!(difference("cpu") < 0.015, "{set}: {}", difference("cpu"));
        assert_eq!(strategy(&json, "oracle")["memory_readings_over"], 0);
    }
}

#[test]
fn the_shipped_parameters_are_those_that_the_command_finds() {
    let Some(here) = traces("backtest-calibrate") else { return };
    let all = ["calibrate", "rnd", "faststorage", "--memory-from", "borg", "--until", "70%"];
    let found = run_in(&here, &[&all[..], &["-q"]].concat()).ok();
    let shipped = fs::read_to_string(root().join("data/risk.csv")).unwrap();
    let numbers = |text: &str| -> Vec<(String, f64)> {
        let rows = text.lines().skip(2).map(|line| line.rsplit_once(',').unwrap());
        rows.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
    };
    assert_eq!(found.lines().next(), shipped.lines().next(), "the same examples");
    for ((name, found), (_, shipped)) in numbers(&found).iter().zip(numbers(&shipped)) {
        assert!((found - shipped).abs() < 1e-4, "{name}: {found} and {shipped}");
    }
    // Nine of ten workloads give much the same bill.
    let part = ["--share", "90", "--seed", "2", "--out", "part.csv", "-q"];
    run_in(&here, &[&all[..], &part].concat()).ok();
    for set in ["rnd", "faststorage"] {
        let (all, part) =
            (backtest(&here, set, &[]), backtest(&here, set, &["--parameters", "part.csv"]));
        for appetite in ["frugal", "balanced", "safe"] {
            let [all, part] = [&all, &part].map(|json| dollars(strategy(json, appetite)));
            assert!((all - part).abs() < all * 0.02, "{set} {appetite}: {all} and {part}");
        }
    }
}

/// Always at hand: what is printed, drawn and refused.
#[test]
fn the_sample_is_judged() {
    let here = fresh("backtest-sample");
    run_in(&here, &["sample", "--out", "store"]).ok();
    let json = backtest(&here, "store", &["--out", "charts", "-q"]);
    let judged = json["workloads"].as_u64().unwrap();
    let left_out: u64 = json["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["workloads"].as_u64().unwrap())
        .sum();
    let all = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert!(judged > 0);
    assert!(judged + left_out <= all["workloads"].as_array().unwrap().len() as u64);
    for name in ["backtest-frontier", "backtest-calibration"] {
        let svg = fs::read_to_string(here.join(format!("charts/{name}.svg"))).unwrap();
        assert!(svg.contains("<svg") && svg.contains('%'), "{name}");
        assert!(fs::read(here.join(format!("charts/{name}.png"))).unwrap().starts_with(b"\x89PNG"));
    }
    let rolled = backtest(&here, "store", &["--split", "50%", "--rolling", "3"]);
    assert_eq!(rolled["rolling"], 3);
    let times = rolled["workloads"].as_u64().unwrap();
    assert!(times > judged && times <= judged * 3 + 3, "{times} of {judged}");
    let text = run_in(&here, &["backtest", "store", "--split", "2025-01-01"]);
    assert_eq!((text.code, text.err.lines().count()), (2, 1), "{}", text.err);
    let narrow = run_in(&here, &["backtest", "store", "--width", "80"]).ok();
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    assert!(narrow.contains("balanced") && narrow.contains("oracle"));
    let says = |arguments: &[&str], code: i32, says: &str| {
        let ran = run_in(&here, arguments);
        assert_eq!((ran.code, ran.err.lines().count()), (code, 1), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    };
    says(&["backtest", "store", "--split", "70"], 2, "a share such as 70%");
    says(&["backtest", "store", "--split", "100%"], 2, "--split lies outside");
    says(&["backtest", "nowhere"], 1, "nowhere");
    says(&["backtest", "store", "--split", "99%"], 1, "no workload can be judged");
    fs::write(here.join("bad.csv"), "model,feature,coefficient\nmemory,one,x\n").unwrap();
    says(&["backtest", "store", "--parameters", "bad.csv"], 1, "bad.csv: line 2");
    says(&["calibrate", "store", "--until", "5%"], 2, "no workload with CPU and memory");
}
