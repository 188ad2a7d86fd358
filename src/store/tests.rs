use super::*;
use crate::model::{Code, Signal};
use std::fmt::Write as _;
use std::fs;

/// A directory of the test's own, empty.
fn fresh(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("loadline-{}-{name}", std::process::id()));
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

fn options(rows_in_memory: Option<usize>) -> ImportOptions {
    ImportOptions {
        mapping: Mapping::own(),
        now: 2_000_000_000,
        account: "test".to_owned(),
        region: None,
        workloads: Vec::new(),
        rows_in_memory,
    }
}

fn import(files: &[PathBuf], out: &Path, options: &ImportOptions) -> Imported {
    let mut import = Import::into_store(options, out).unwrap();
    for file in files {
        import.file(file, &mut |_| ()).unwrap();
    }
    import.finish(files).unwrap()
}

/// Rows of three workloads over ten days, shuffled, some twice; one has no memory.
fn shuffled() -> String {
    let mut text = "workload,at,period_seconds,cpu_units_max,memory_mib_max\n".to_owned();
    for number in 0..3_100_u64 {
        let row = number * 1_237 % 3_000;
        let (name, step) = (["web", "api", "queue"][usize::try_from(row % 3).unwrap()], row / 3);
        let memory = if name == "queue" { String::new() } else { (200 + step % 50).to_string() };
        writeln!(text, "{name},{},864,{},{memory}", step * 864, step % 97).unwrap();
    }
    text
}

#[test]
fn days_put_aside_make_the_same_store_as_days_in_memory() {
    let here = fresh("aside");
    let file = here.join("rows.csv");
    fs::write(&file, shuffled()).unwrap();
    let files = [file];
    let kept = import(&files, &here.join("kept"), &options(None));
    for limit in [1, 7, 100, 2_999] {
        let out = here.join(format!("aside-{limit}"));
        let aside = import(&files, &out, &options(Some(limit)));
        assert_eq!(aside.snapshot.info.files, kept.snapshot.info.files, "limit {limit}");
        assert_eq!(aside.findings, kept.findings, "limit {limit}");
        assert!(!out.join("aside").exists());
    }
    assert_eq!((kept.rows, kept.readings), (3_100, 3_000));
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn the_order_of_rows_does_not_change_a_byte() {
    let here = fresh("order");
    let text = shuffled();
    let mut lines: Vec<&str> = text.lines().collect();
    fs::write(here.join("one.csv"), lines.join("\n")).unwrap();
    lines[1..].reverse();
    fs::write(here.join("two.csv"), lines.join("\n")).unwrap();
    let made = |name: &str| {
        let file = [here.join(format!("{name}.csv"))];
        import(&file, &here.join(name), &options(None)).snapshot.info.files
    };
    assert_eq!(made("one"), made("two"));
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn what_goes_in_comes_out() {
    let here = fresh("roundtrip");
    let file = here.join("rows.csv");
    fs::write(&file, shuffled()).unwrap();
    let files = [file];
    let stored = import(&files, &here.join("store"), &options(None)).snapshot.profiles().unwrap();
    let options = options(None);
    let mut straight = Import::into_profiles(&options);
    straight.file(&files[0], &mut |_| ()).unwrap();
    let (straight, _) = straight.profiles(&files).unwrap();
    assert_eq!(stored.len(), 3);
    for (name, profile) in &stored {
        // A hundred rows come twice: in the store once.
        let twice = straight[name].readings() - profile.readings();
        assert!((30..=37).contains(&twice), "{name} {twice}");
        let maximum = |signal| profile.signal(signal).maximum();
        assert_eq!(maximum(Signal::CpuMax), straight[name].signal(Signal::CpuMax).maximum());
        assert_eq!(maximum(Signal::MemoryMax).is_none(), name == "queue");
    }
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn one_metric_a_file_is_no_contradiction() {
    let here = fresh("metrics");
    let rows = |column: &str, value: u32, period: u32| {
        let mut text = format!("workload,at,period_seconds,{column}\n");
        for step in 0..10 {
            writeln!(text, "web,{},{period},{value}", step * 300).unwrap();
        }
        let path = here.join(format!("{column}-{value}-{period}.csv"));
        fs::write(&path, text).unwrap();
        path
    };
    let codes = |files: &[PathBuf], out: &str| {
        let imported = import(files, &here.join(out), &options(None));
        imported.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let cpu = rows("cpu_units_max", 5, 300);
    let memory = rows("memory_mib_max", 7, 300);
    assert_eq!(codes(&[cpu.clone(), memory], "both"), [Code::RowRepeated]);
    let more = rows("cpu_units_max", 6, 300);
    assert_eq!(codes(&[cpu.clone(), more], "more"), [Code::RowConflicting]);
    let shorter = rows("cpu_units_max", 5, 60);
    assert_eq!(codes(&[cpu, shorter], "shorter"), [Code::RowConflicting]);
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn the_newest_size_is_the_same_in_any_order_of_rows() {
    let here = fresh("newest");
    let rows =
        ["web,0,1,512,1024", "web,300,1,1024,2048", "web,600,1,512,1024", "web,900,1,256,512"];
    let sizes = |name: &str, order: &[usize]| {
        let mut text = "workload,at,cpu_units_max,alloc_cpu,alloc_memory\n".to_owned();
        for row in order {
            writeln!(text, "{}", rows[*row]).unwrap();
        }
        let file = [here.join(format!("{name}.csv"))];
        fs::write(&file[0], text).unwrap();
        let snapshot = import(&file, &here.join(name), &options(None)).snapshot;
        let found = &snapshot.workloads[0];
        let history = found.sizes.iter().map(|one| (one.since, one.size().unwrap().short()));
        (found.size.unwrap().short(), found.size_changes, history.collect::<Vec<_>>())
    };
    for (name, order) in [("a", &[0, 1, 2, 3]), ("b", &[3, 2, 1, 0]), ("c", &[3, 0, 1, 2])] {
        assert_eq!(sizes(name, order), ("256/512".to_owned(), 2, Vec::new()), "one came back");
    }
    let stretches = vec![
        (300, "1024/2048".to_owned()),
        (600, "512/1024".to_owned()),
        (900, "256/512".to_owned()),
    ];
    for (name, order) in [("d", &[1, 2, 3]), ("e", &[3, 1, 2])] {
        assert_eq!(sizes(name, order), ("256/512".to_owned(), 2, stretches.clone()), "{name}");
    }
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn what_a_killed_import_left_behind_is_not_taken_up() {
    let here = fresh("leftover");
    let file = [here.join("rows.csv")];
    fs::write(&file[0], shuffled()).unwrap();
    let clean = import(&file, &here.join("clean"), &options(Some(7)));
    let left = here.join(format!("out.partial-{}-0", std::process::id()));
    fs::create_dir_all(left.join("aside")).unwrap();
    fs::write(left.join("aside/day-0"), [0; 100]).unwrap();
    let again = import(&file, &here.join("out"), &options(Some(7)));
    assert_eq!(again.snapshot.info.files, clean.snapshot.info.files);
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn a_failed_import_leaves_no_directories() {
    let here = fresh("failed");
    let file = here.join("rows.csv");
    fs::write(&file, "workload,at,cpu_units_max\nweb,never,1\n").unwrap();
    let options = options(None);
    let mut import = Import::into_store(&options, &here.join("a/b/store")).unwrap();
    import.file(&file, &mut |_| ()).unwrap();
    import.finish(&[file]).unwrap_err();
    assert!(!here.join("a").exists());
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn lines_are_those_of_an_editor() {
    let here = fresh("lines");
    let cases = [
        ("workload,at,cpu_units_max\nweb,1,x\nweb,2,x", "lines 2, 3", 2),
        ("workload,at,cpu_units_max\r\nweb,1,x\r\n\r\nweb,2,x\r\n", "lines 2, 4", 2),
        ("workload,at,cpu_units_max\n\nweb,1,x\n\n\nweb,2,5\n", "line 3", 2),
        ("workload,at,cpu_units_max\nweb,1,1\n\"api,2,2\nweb,3,3\n", "line 3", 3),
        ("workload,at,cpu_units_max\nweb,1,1\n\"api,2,2\nweb,3,3", "line 3", 3),
    ];
    for (number, (text, lines, rows)) in cases.into_iter().enumerate() {
        let file = [here.join(format!("{number}.csv"))];
        fs::write(&file[0], text).unwrap();
        let imported = import(&file, &here.join(format!("{number}")), &options(None));
        let said = imported.findings.iter().any(|finding| finding.detail.ends_with(lines));
        assert!(said, "{text:?}: {:?}", imported.findings);
        assert_eq!(imported.rows, rows, "{text:?}");
    }
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn a_percentage_is_of_the_size_that_is_known() {
    let here = fresh("percent");
    let file = here.join("rows.csv");
    fs::write(&file, "workload,at,cpu\na,0,50\nb,0,50\n").unwrap();
    let mut mapping = Mapping::parse("cpu_units_max=cpu:percent").unwrap();
    mapping.assumed_size = Some(crate::model::Size::new(1024, 2048));
    let known = crate::model::Workload {
        size: Some(crate::model::Size::new(256, 512)),
        ..crate::model::Workload::named("a")
    };
    let options = ImportOptions { mapping, workloads: vec![known], ..options(None) };
    let snapshot = import(&[file], &here.join("store"), &options).snapshot;
    let profiles = snapshot.profiles().unwrap();
    let cpu = |name: &str| profiles[name].signal(Signal::CpuMax).maximum().unwrap().ceil();
    assert_eq!((cpu("a"), cpu("b")), (128, 512));
    let assumed: Vec<bool> = snapshot.workloads.iter().map(|one| one.size_assumed).collect();
    assert_eq!(assumed, [false, true]);
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn a_store_of_impossible_values_is_refused() {
    let here = fresh("impossible");
    let reading = crate::model::Reading::new(0, 300).with(Signal::CpuMax, 1e9);
    let workload = crate::model::Workload::named("web");
    let snapshot =
        write_synthetic(&here.join("store"), "test", &[(&workload, &[reading])]).unwrap();
    let error = snapshot.profiles().unwrap_err().to_string();
    assert!(error.ends_with("row 1: cpu_units_max is out of range"), "{error}");
    fs::remove_dir_all(here).unwrap();
}
