//! Real data that lies beside a developer's checkout.

use super::{fresh, run_in, shared};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[track_caller]
fn check_trace(file: &str, preset: &str, workloads: usize) {
    let Some(path) = shared(&format!("traces/{file}")) else { return };
    let here = fresh(&format!("trace-{file}"));
    run_in(&here, &["import", path.to_str().unwrap(), "--preset", preset, "--out", "store", "-q"])
        .ok();
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    let ids: Vec<&str> = json["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), workloads);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), workloads, "every workload once");
}

#[test]
fn bitbrains_rnd_is_analyzed() {
    check_trace("bitbrains_rnd.parquet", "bitbrains", 250);
}

#[test]
fn bitbrains_faststorage_is_analyzed() {
    check_trace("bitbrains_faststorage.parquet", "bitbrains", 625);
}

#[test]
fn azure_is_analyzed() {
    check_trace("azure_v1.parquet", "azure", 89);
}

#[test]
fn borg_tasks_are_analyzed() {
    check_trace("google2019_tasks.parquet", "borg", 44);
}

#[test]
fn the_csv_traces_are_analyzed() {
    check_trace("nab_aws.csv", "cloudwatch", 16);
    check_trace("web_requests_nasa.csv", "web-requests", 1);
    check_trace("web_requests_twitter_trace.csv", "web-requests", 1);
    check_trace("lambda_benchmark_x86.csv", "lambda-report", 4);
}

/// Every one of the collected task definitions is priced, or refused naming a field,
/// a line, or the price that is missing.
#[test]
fn collected_task_definitions_are_read_or_refused_with_a_reason() {
    let Some(folder) = shared("corpus/taskdef") else { return };
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert_eq!(files.len(), 88);
    let here = fresh("corpus");
    let mut priced = 0;
    for file in &files {
        let ran = run_in(&here, &["estimate", file.to_str().unwrap(), "-q", "--format", "json"]);
        assert!(matches!(ran.code, 0 | 1), "{file:?}: {}", ran.err);
        if ran.code == 0 {
            priced += 1;
            continue;
        }
        assert_eq!(ran.err.lines().count(), 1, "{file:?}: {}", ran.err);
        let named = [
            "is not JSON: line ",
            "cpu, memory: ",
            "containerDefinitions",
            "cpu: ",
            "memory: ",
            "runtimePlatform.",
            "resourceRequirements",
            "[]",
        ];
        assert!(named.iter().any(|name| ran.err.contains(name)), "{file:?}: {}", ran.err);
    }
    eprintln!("{priced} of {} priced", files.len());
    assert!(priced >= 20, "{priced}");
}

/// What a row of the peers' results says: the best cost known, and how many percent above it
/// the best of the peers is.
fn peers(row: &str) -> Option<(String, f64)> {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let (name, best) = (*cells.get(1)?, cells.get(2)?.parse::<f64>().ok()?);
    let above = cells.get(5..9)?.iter().filter_map(|cell| cell.parse::<f64>().ok());
    Some((name.to_owned(), best * (1.0 + above.fold(f64::INFINITY, f64::min) / 100.0)))
}

#[test]
fn packings_are_checked_and_no_dearer_than_the_peers_are() {
    let Some(folder) = shared("packing") else { return };
    let program = Path::new(env!("CARGO_BIN_EXE_loadline")).with_file_name("examples").join("pack");
    let results = fs::read_to_string(folder.join("RESULTS.md")).unwrap();
    if !program.exists() {
        eprintln!("SKIPPED: the example pack is not built");
        return;
    }
    let peers: BTreeMap<String, f64> = results.lines().filter_map(peers).collect();
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|one| one == "json")).collect();
    assert!(files.len() >= 40 && peers.len() >= 40);
    let ran = Command::new(program).args(["--effort", "quick"]).args(&files).output().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(lines.lines().count(), files.len());
    for line in lines.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["checked"], true, "{line}");
        let cost: f64 = json["cost"].as_str().unwrap().parse().unwrap();
        let most = peers[json["name"].as_str().unwrap()];
        assert!(cost <= most * 1.001, "{line} against {most}");
    }
}
