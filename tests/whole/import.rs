use super::{fresh, run_in};
use std::fmt::Write;
use std::fs;

/// Two weeks of hourly rows of one workload.
fn fortnight(header: &str, row: impl Fn(i64) -> String) -> String {
    let mut text = format!("{header}\n");
    for hour in 0..14 * 24 {
        writeln!(text, "{}", row(hour)).unwrap();
    }
    text
}

/// What `analyze` observed of the only workload.
#[track_caller]
fn observed(name: &str, csv: &str, options: &[&str]) -> serde_json::Value {
    let here = fresh(&format!("import-{name}"));
    fs::write(here.join("in.csv"), csv).unwrap();
    run_in(&here, &[&["import", "in.csv", "--out", "store"], options].concat()).ok();
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(json["workloads"].as_array().unwrap().len(), 1);
    json["workloads"][0].clone()
}

#[test]
fn units_are_converted() {
    let csv = fortnight("service,when,cpu,mem", |hour| format!("web,{},0.25,0.5", hour * 3_600));
    let map = "workload=service,at=when,cpu_units_max=cpu:vcpu,memory_mib_max=mem:gib";
    let web = observed("gib", &csv, &["--map", map]);
    assert_eq!(web["observed"]["cpu_units_max"], 256);
    assert_eq!(web["observed"]["memory_mib_max"], 512);
    let csv = fortnight("service,when,cpu,mem", |hour| {
        format!("web,{},50,{}", hour * 3_600_000, 300 << 20)
    });
    let map =
        "workload=service,at=when:milliseconds,cpu_units_max=cpu:percent,memory_mib_max=mem:bytes";
    let web = observed("bytes", &csv, &["--map", map, "--size", "1 vCPU/2 GB"]);
    assert_eq!(web["observed"]["cpu_units_max"], 512);
    assert_eq!(web["observed"]["memory_mib_max"], 300);
    assert_eq!(web["current"]["cpu_units"], 1024);
    let csv = fortnight("service,when,mem", |hour| format!("web,{},{}", hour * 3_600, 300 << 10));
    let web = observed("kib", &csv, &["--map", "workload=service,at=when,memory_mib_mean=mem:kib"]);
    assert_eq!(web["observed"]["memory_mib_max"], 300);
}

#[test]
fn percentages_without_a_size_are_absent_and_said() {
    let here = fresh("import-percent");
    let csv = fortnight("workload,at,cpu", |hour| format!("web,{},50", hour * 3_600));
    fs::write(here.join("in.csv"), csv).unwrap();
    let ran = run_in(
        &here,
        &["import", "in.csv", "--out", "store", "--map", "cpu_units_mean=cpu:percent"],
    );
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.contains("PERCENT_WITHOUT_SIZE: in.csv (cpu: 336 times, lines 2, 3, 4, 5, 6, ...)"),
        "{}",
        ran.err
    );
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert!(json["workloads"][0]["observed"]["cpu_units_max"].is_null());
    assert!(json["workloads"][0]["recommended"].is_null());
}

#[test]
fn the_size_follows_its_columns_and_changes_are_said() {
    let row = |hour: i64| {
        let (cpu, memory) = if hour < 100 { (2, 4096) } else { (1, 2048) };
        format!("web,{},100,400,{cpu},{memory}", hour * 3_600)
    };
    let csv = fortnight("workload,at,cpu_units_max,memory_mib_max,cores,mib", row);
    let map = "cpu_units_max=cpu_units_max,memory_mib_max=memory_mib_max,alloc_cpu=cores:vcpu,alloc_memory=mib";
    let web = observed("sizes", &csv, &["--map", map]);
    assert_eq!(web["current"]["cpu_units"], 1024);
    assert_eq!(web["current"]["memory_mib"], 2048);
    assert!(web["findings"].as_array().unwrap().contains(&"SIZE_CHANGED".into()));
    assert_eq!(web["recommended"]["cpu_units"], 256);
}

#[test]
fn what_is_known_of_workloads_comes_from_a_file() {
    let here = fresh("import-known");
    let csv = fortnight("workload,at,cpu_units_max,memory_mib_max,requests", |hour| {
        format!("api,{},100,400,3600", hour * 3_600)
    });
    fs::write(here.join("in.csv"), csv).unwrap();
    fs::write(
        here.join("known.json"),
        r#"[{"id": "api", "environment": "prod", "size": {"cpu_units": 1024, "memory_mib": 2048}, "tasks": 2,
            "protocol": "http", "request_milliseconds": 50}, {"id": "silent"}]"#,
    )
    .unwrap();
    run_in(&here, &["import", "in.csv", "--workloads", "known.json", "--out", "store"]).ok();
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    let all = json["workloads"].as_array().unwrap();
    let api = all.iter().find(|one| one["id"] == "api").unwrap();
    assert_eq!(api["current"]["usd_per_month"], "72.08");
    assert!(
        api["places"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["place"] == "lambda-x86" && one["feasible"] == true)
    );
    let silent = all.iter().find(|one| one["id"] == "silent").unwrap();
    assert!(
        silent["findings"].as_array().unwrap().contains(&"NO_READINGS".into()),
        "listed all the same"
    );
}

#[test]
fn rows_in_any_order_make_the_same_store() {
    let here = fresh("import-order");
    let line = |hour: i64, name: &str| {
        format!("{name},{},{},{}\n", hour * 3_600, 100 + hour % 7, 400 + hour % 5)
    };
    let mut lines: Vec<String> =
        (0..300).flat_map(|hour| [line(hour, "a"), line(hour, "b")]).collect();
    let header = "workload,at,cpu_units_max,memory_mib_max\n";
    fs::write(here.join("sorted.csv"), format!("{header}{}", lines.concat())).unwrap();
    // Names are numbered as they come: the first row stays first.
    lines[1..].reverse();
    let twice = [lines.concat(), lines[10..20].concat()].concat();
    fs::write(here.join("mixed.csv"), format!("{header}{twice}")).unwrap();
    let import = |file: &str, out: &str| {
        run_in(&here, &["import", file, "--out", out, "--period-seconds", "3600", "-q"]).ok();
        run_in(&here, &["analyze", out, "--format", "json"]).json()["workloads"].clone()
    };
    assert_eq!(import("sorted.csv", "one"), import("mixed.csv", "two"));
}

#[test]
fn the_period_is_found_out() {
    let here = fresh("import-period");
    fs::write(
        here.join("in.csv"),
        "workload,at,cpu_units_max\nweb,0,1\nweb,60,1\nweb,120,1\nweb,240,1\n",
    )
    .unwrap();
    run_in(&here, &["import", "in.csv", "--out", "store"]).ok();
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(json["workloads"][0]["observed"]["window_end"], 300);
    fs::write(here.join("one.csv"), "workload,at,cpu_units_max\nweb,0,1\n").unwrap();
    let ran = run_in(&here, &["import", "one.csv", "--out", "one"]);
    assert!(ran.err.contains("PERIOD_ASSUMED"), "{}", ran.err);
}

#[test]
fn clocks_that_jump_are_said() {
    let here = fresh("import-clock");
    fs::write(
        here.join("in.csv"),
        "workload,at,cpu_units_max\nweb,0,1\nweb,3600,1\nweb,7200,1\nweb,3600,2\nweb,10800,1\n",
    )
    .unwrap();
    let ran = run_in(&here, &["import", "in.csv", "--out", "store"]);
    assert!(ran.err.contains("CLOCK_JUMP: in.csv (1 time, line 5)"), "{}", ran.err);
}

#[test]
fn several_files_become_one_store() {
    let here = fresh("import-several");
    for (name, start) in [("a.csv", 0), ("b.csv", 7)] {
        let mut csv = "workload,at,cpu_units_max,memory_mib_max\n".to_owned();
        for hour in 0..7 * 24 {
            writeln!(csv, "web,{},100,400", (start * 24 + hour) * 3_600).unwrap();
        }
        fs::write(here.join(name), csv).unwrap();
    }
    run_in(&here, &["import", "a.csv", "b.csv", "--out", "store"]).ok();
    let json = run_in(&here, &["analyze", "store", "--format", "json"]).json();
    assert_eq!(json["workloads"][0]["observed"]["readings"], 336);
}

#[test]
fn names_that_are_odd_are_kept() {
    let csv = fortnight("workload,at,cpu_units_max,memory_mib_max", |hour| {
        format!("\"=cmd|'/c', \u{1f980} \"\"x\"\"\",{},100,400", hour * 3_600)
    });
    let web = observed("names", &csv, &[]);
    assert_eq!(web["id"], "=cmd|'/c', \u{1f980} \"x\"");
}
