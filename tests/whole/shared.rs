//! Real data that lies beside a developer's checkout.

use super::{fresh, run_in, shared};
use std::collections::HashSet;
use std::fs;

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
