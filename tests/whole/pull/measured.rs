//! How long a large pull takes, and how much memory. Run by hand, see docs/performance.md.

use super::super::standin::{Server, estate_of};
use super::{FAST, command, fresh, metric_calls, now, run};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
#[ignore = "takes a minute; its figures are in docs/performance.md"]
fn a_thousand_services() {
    let now = now();
    let server = Server::start(estate_of(1_000, now));
    let end = (now - 3_600).to_string();
    for days in ["7", "14", "28"] {
        let here = fresh(&format!("measured-{days}"));
        let options = ["--days", days, "--period", "300", "--until", &end, "--no-functions"];
        let plan =
            run(&server, &here, &[&["plan", "--format", "json"][..], &options, &FAST].concat())
                .json();
        server.clear_calls();
        let start = Instant::now();
        let arguments = [&["pull", "--out", "store", "-q"][..], &options, &FAST].concat();
        let mut child = command(&server, &here, &arguments)
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let mut peak = 0;
        let status = loop {
            peak = peak.max(peak_kib(child.id()));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success());
        let (calls, metrics, points) = metric_calls(&server);
        assert_eq!(plan["totals"]["calls"], calls);
        assert_eq!(plan["totals"]["metrics"], metrics);
        assert_eq!(plan["totals"]["points"], points);
        let seconds = start.elapsed().as_secs_f64();
        eprintln!(
            "{days} days: {calls} calls, {metrics} metrics, {points} points in {seconds:.1} s, {} MiB at most",
            peak / 1024
        );
    }
}

/// The most memory that a process has had, as Linux counts it; nothing elsewhere.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
