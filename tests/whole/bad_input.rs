//! Wrong input gets one clear line and the right exit code; nothing is left behind.

use super::{fresh, run_in};
use std::fs;
use std::path::Path;

#[track_caller]
fn check(here: &Path, arguments: &[&str], code: i32, says: &str) {
    let ran = run_in(here, arguments);
    assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.out, ran.err);
    assert!(ran.err.contains(says), "{arguments:?} says {:?}", ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "one line: {}", ran.err);
    let left =
        fs::read_dir(here).unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let left: Vec<String> = left.filter(|name| name.contains("partial") || name == "out").collect();
    assert!(left.is_empty() || code == 0, "left behind: {left:?}");
}

/// A file with this content, imported.
#[track_caller]
fn check_file(name: &str, content: &[u8], extra: &[&str], code: i32, says: &str) {
    let here = fresh(&format!("bad-{name}"));
    fs::write(here.join(name), content).unwrap();
    check(&here, &[&["import", name, "--out", "out"], extra].concat(), code, says);
}

const HEADER: &str = "workload,at,cpu_units_mean,memory_mib_mean\n";

fn rows(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

#[test]
fn files_that_are_no_readings() {
    let here = fresh("bad-missing");
    check(&here, &["import", "nowhere.csv", "--out", "out"], 1, "nowhere.csv: No such file");
    check(&here, &["import", ".", "--out", "out"], 1, "is a directory");
    check_file("empty.csv", b"", &[], 1, "empty.csv: is empty");
    check_file("header.csv", HEADER.as_bytes(), &[], 1, "holds a header and not one row");
    check_file(
        "junk.csv",
        &[0, 159, 146, 150, 0, 1, 2, 3, 255, 10, 7],
        &[],
        1,
        "line 1 is not text",
    );
    check_file(
        "junk.parquet",
        b"PAR1 this is not one at all",
        &[],
        1,
        "is not a readable Parquet file",
    );
    check_file(
        "text.parquet",
        b"workload,at\n",
        &[],
        1,
        "is not a Parquet file, whatever its name says",
    );
    check_file("packed.csv", &[0x1f, 0x8b, 8, 0, 1, 2], &[], 1, "is compressed with gzip");
    check_file("torn.csv", &rows("web,0,1\nweb,1,2,3,4,5\n"), &[], 1, "more or fewer fields");
}

#[test]
fn columns_that_are_not_there() {
    check_file(
        "columns.csv",
        b"name,when,cpu\nweb,0,1\n",
        &[],
        1,
        "columns.csv: line 1, column workload is missing (needed for workload); the file has name, when, cpu",
    );
    check_file(
        "double.csv",
        b"workload,at,cpu_units_mean,cpu_units_mean\nweb,0,1,2\n",
        &[],
        1,
        "column cpu_units_mean stands there more than once",
    );
    check_file("nothing.csv", b"workload,at\nweb,0\n", &[], 1, "has nothing that is measured");
    check_file(
        "mapped.csv",
        &rows("web,0,1,1\n"),
        &["--map", "cpu_units_max=cpu_peak"],
        1,
        "column cpu_peak is missing",
    );
    check_file(
        "target.csv",
        &rows("web,0,1,1\n"),
        &["--map", "cpus=cpu_units_mean"],
        2,
        "there is no target \"cpus\"",
    );
    check_file(
        "unit.csv",
        &rows("web,0,1,1\n"),
        &["--map", "cpu_units_mean=cpu_units_mean:gib"],
        2,
        "cannot be in that unit",
    );
    check_file(
        "twice.csv",
        &rows("web,0,1,1\n"),
        &["--map", "at=at,at=at"],
        2,
        "at is mapped twice",
    );
    check_file("spec.csv", &rows("web,0,1,1\n"), &["--map", "nonsense"], 2, "target=column");
}

#[test]
fn rows_of_which_none_can_be_used() {
    check_file(
        "times.csv",
        &rows("web,yesterday,1,1\n"),
        &[],
        1,
        "not one row could be used; times.csv, line 2",
    );
    check_file(
        "future.csv",
        &rows("web,2999-01-01T00:00:00Z,1,1\n"),
        &[],
        1,
        "dated after the import",
    );
    check_file("nameless.csv", &rows(",0,1,1\n"), &[], 1, "names no workload");
}

#[test]
fn odd_values_are_counted_and_do_not_stop_the_import() {
    let here = fresh("bad-values");
    let odd = "web,0,-5,100\nweb,300,NaN,100\nweb,600,1e300,100\nweb,900,lots,100\nweb,1200,,100\n\
               web,1500,inf,100\nweb,1200,7,100\nweb,1500,5,100\nweb,1500,5,100\nweb,nope,1,1\n,1,1,1\nweb,2100\n\
               web,90000,5,100\nweb,2999-01-01,1,1\n";
    fs::write(here.join("odd.csv"), rows(odd)).unwrap();
    let ran = run_in(&here, &["import", "odd.csv", "--out", "store"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for says in [
        "VALUE_NEGATIVE: odd.csv (cpu_units_mean: 1 time, line 2)",
        "VALUE_INVALID: odd.csv (cpu_units_mean: 3 times, lines 3, 5, 7)",
        "VALUE_TOO_LARGE: odd.csv (cpu_units_mean: 1 time, line 4)",
        "VALUE_MISSING: odd.csv (cpu_units_mean: 1 time, line 6)",
        "ROW_OUT_OF_ORDER: odd.csv (1 time, line 8)",
        "ROW_REPEATED: odd.csv (3 times, lines 8, 9, 10)",
        "TIME_INVALID: odd.csv (1 time, line 11)",
        "WORKLOAD_MISSING: odd.csv (1 time, line 12)",
        "ROW_TORN: odd.csv (1 time, line 13)",
        "FUTURE_TIME: odd.csv (1 time, line 15)",
        "GAPS: 1 gaps of 25 hours",
        "7 readings of 14 rows",
    ] {
        assert!(ran.err.replace("\n  ", " ").contains(says), "{says} in\n{}", ran.err);
    }
    assert_eq!(run_in(&here, &["import", "odd.csv", "--out", "other", "--strict"]).code, 4);
}

#[test]
fn stores_that_are_none() {
    let here = fresh("bad-stores");
    check(&here, &["analyze", "nowhere"], 1, "nowhere is not a store: there is no such directory");
    fs::create_dir(here.join("bare")).unwrap();
    check(&here, &["analyze", "bare"], 1, "store.json");
    fs::write(here.join("rows.csv"), rows("web,0,1,1\n")).unwrap();
    check(
        &here,
        &["analyze", "rows.csv"],
        2,
        "is a file, not a store; first: loadline import rows.csv --out STORE",
    );
    run_in(&here, &["import", "rows.csv", "--out", "store"]).ok();
    check(&here, &["import", "rows.csv", "--out", "store"], 1, "store already exists");
    fs::write(here.join("store/workloads.json"), "[]").unwrap();
    check(&here, &["analyze", "store"], 1, "workloads.json was changed since it was written");
}

#[test]
fn a_changed_or_lost_file_of_readings_is_noticed() {
    let here = fresh("bad-digest");
    fs::write(here.join("rows.csv"), rows("web,0,1,1\n")).unwrap();
    run_in(&here, &["import", "rows.csv", "--out", "store"]).ok();
    let part =
        here.join("store/readings/account=unknown/region=unknown/date=1970-01-01/part-0.parquet");
    let mut bytes = fs::read(&part).unwrap();
    bytes[20] ^= 1;
    fs::write(&part, bytes).unwrap();
    check(&here, &["analyze", "store"], 1, "part-0.parquet was changed since it was written");
    fs::remove_file(&part).unwrap();
    check(&here, &["analyze", "store"], 1, "part-0.parquet: No such file");
}

#[test]
fn workloads_named_twice() {
    let here = fresh("bad-twice");
    fs::write(here.join("rows.csv"), rows("web,0,1,1\n")).unwrap();
    fs::write(here.join("known.json"), r#"[{"id": "web"}, {"id": "web"}]"#).unwrap();
    check(
        &here,
        &["import", "rows.csv", "--workloads", "known.json", "--out", "out"],
        1,
        "\"web\" stands in it twice",
    );
    fs::write(here.join("known.json"), r#"[{"id": "web", "sise": 1}]"#).unwrap();
    check(
        &here,
        &["import", "rows.csv", "--workloads", "known.json", "--out", "out"],
        1,
        "unknown field `sise`",
    );
}

#[test]
fn options_that_make_no_sense() {
    let here = fresh("bad-options");
    check(&here, &["analyze", "--region", "us-esat-1"], 2, "did you mean \"us-east-1\"?");
    check(&here, &["analyze", "--region", "moon"], 2, "known are af-south-1");
    check(&here, &["analyze", "--month-hours", "0"], 2, "0 is not in 1..=8784");
    check(&here, &["analyze", "--cpu-percentile", "101"], 2, "a number from 1 to 100");
    check(
        &here,
        &["analyze", "--format", "xml"],
        2,
        "[possible values: table, json, csv, markdown]",
    );
    check(&here, &["analyse"], 2, "unrecognized subcommand");
    check(&here, &["codes", "NOPE"], 2, "there is no code \"NOPE\"");
    check(&here, &["explain", "prod/nothing"], 2, "there is no workload \"prod/nothing\"");
    check(
        &here,
        &["estimate", "fargate", "--cpu", "many", "--memory", "2048"],
        2,
        "1024 or \"1 vCPU\" is expected",
    );
    check(&here, &["estimate", "fargate", "--cpu", "0", "--memory", "0"], 2, "has no size 0/0");
    check(
        &here,
        &["estimate", "fargate", "--cpu", "1024", "--memory", "2048", "--runs", "5"],
        2,
        "--run-seconds",
    );
    check(
        &here,
        &[
            "estimate",
            "fargate",
            "--cpu",
            "1024",
            "--memory",
            "2048",
            "--platform",
            "windows",
            "--spot",
        ],
        2,
        "Spot runs Linux",
    );
    check(
        &here,
        &[
            "estimate",
            "fargate",
            "--cpu",
            "1024",
            "--memory",
            "2048",
            "--runs",
            "-1",
            "--run-seconds",
            "5",
        ],
        2,
        "--runs",
    );
    check(
        &here,
        &["estimate", "lambda", "--memory-mib", "64", "--requests", "1", "--duration-ms", "1"],
        2,
        "64 is not in 128..=10240",
    );
    check(
        &here,
        &[
            "estimate",
            "lambda",
            "--memory-mib",
            "128",
            "--requests",
            "1",
            "--duration-ms",
            "900001",
        ],
        2,
        "up to 900000",
    );
    check(
        &here,
        &[
            "estimate",
            "lambda",
            "--memory-mib",
            "10240",
            "--requests",
            "18446744073709551615",
            "--duration-ms",
            "900000",
        ],
        2,
        "over a billion dollars",
    );
    check(
        &here,
        &["estimate", "ec2", "m7g.huge"],
        2,
        "there is no instance type \"m7g.huge\" in the price book; of its family there are m7g.",
    );
    check(&here, &["estimate", "ec2", "banana"], 2, "there is no instance type");
    check(&here, &["estimate", "nowhere.json"], 1, "nowhere.json: No such file");
    check(
        &here,
        &["prices", "show", "--item", "nothing-like-it"],
        2,
        "the price book has nothing of that",
    );
}

#[test]
fn configuration_files_that_are_wrong() {
    let here = fresh("bad-config");
    check(
        &here,
        &["analyze", "--config", "nowhere.toml"],
        1,
        "cannot read the configuration nowhere.toml",
    );
    fs::write(here.join("loadline.toml"), "regoin = \"us-east-1\"\n").unwrap();
    check(&here, &["analyze"], 2, "loadline.toml: there is no option regoin");
    fs::write(here.join("loadline.toml"), "region = \n").unwrap();
    check(&here, &["analyze"], 2, "loadline.toml, line 1");
    fs::write(here.join("loadline.toml"), "region = [1]\n").unwrap();
    check(&here, &["analyze"], 2, "region must be text or a number");
}
