//! Do the readings cover enough to act on? Each part is looked at by itself.

use super::runs_always;
use crate::model::{Code, Finding, HourSummary, Kind, Policy, Profile, Signal, Size, Workload};

const WEEK_HOURS: usize = 168;
/// Runs of a task; fewer never size down.
const FEWEST_RUNS: usize = 5;
const WEEK_SECONDS: u64 = 7 * 86_400;

pub(super) struct Coverage {
    pub cpu_suffices: bool,
    pub memory_suffices: bool,
    pub findings: Vec<Finding>,
}

pub(super) fn look(workload: &Workload, profile: &Profile, policy: &Policy) -> Coverage {
    if profile.readings() == 0 {
        let findings = vec![Finding::new(Code::NoReadings, String::new())];
        return Coverage { cpu_suffices: false, memory_suffices: false, findings };
    }
    let count = |signal| profile.signal(signal).count();
    let cpu_readings = count(Signal::CpuMean).max(count(Signal::CpuMax));
    let memory_readings = count(Signal::MemoryMean).max(count(Signal::MemoryMax));
    let parts = [
        Part { name: "CPU", readings: cpu_readings, of_hour: |hour| hour.cpu_readings },
        Part { name: "memory", readings: memory_readings, of_hour: |hour| hour.memory_readings },
    ];
    let thin =
        parts.iter().map(|part| part.findings(workload, profile, policy)).collect::<Vec<_>>();
    let (cpu_suffices, memory_suffices) = (thin[0].is_empty(), thin[1].is_empty());
    let mut findings: Vec<Finding> = thin.into_iter().flatten().collect();
    findings.extend(gaps(workload, profile));
    findings.extend(of_size(workload));
    Coverage { cpu_suffices, memory_suffices, findings }
}

/// CPU or memory.
struct Part {
    name: &'static str,
    readings: u64,
    of_hour: fn(&HourSummary) -> u32,
}

impl Part {
    /// What is too thin about it; nothing of a part that was not measured at all.
    fn findings(&self, workload: &Workload, profile: &Profile, policy: &Policy) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.readings == 0 {
            return findings;
        }
        if workload.kind == Kind::Task {
            // Where runs cannot be told apart, days with runs.
            let runs = profile.runs().len().max(profile.daily_memory_peaks().len());
            if runs < FEWEST_RUNS {
                let detail = format!("{}: {runs} of {FEWEST_RUNS}", self.name);
                findings.push(Finding::new(Code::TooFewRuns, detail));
            }
        } else if self.readings < policy.min_readings {
            let detail = format!("{}: {} of {}", self.name, self.readings, policy.min_readings);
            findings.push(Finding::new(Code::TooFewReadings, detail));
        }
        findings.extend(self.no_full_week(workload, profile));
        findings
    }

    /// A service must have been seen in every hour of the week; a task that comes and
    /// goes cannot be, so its window must span a week.
    fn no_full_week(&self, workload: &Workload, profile: &Profile) -> Option<Finding> {
        let detail = if runs_always(workload) {
            let covered = profile.hours_of_week_covered(self.of_hour);
            (covered < WEEK_HOURS).then(|| format!("{covered} of {WEEK_HOURS} hours of the week"))
        } else {
            let window = profile.window_seconds();
            (window < WEEK_SECONDS).then(|| format!("{} hours in all", window / 3_600))
        };
        detail.map(|detail| Finding::new(Code::NoFullWeek, format!("{}: {detail}", self.name)))
    }
}

fn of_size(workload: &Workload) -> Vec<Finding> {
    let mut findings = Vec::new();
    if workload.size_changes > 0 {
        let detail = format!("{} times", workload.size_changes);
        findings.push(Finding::new(Code::SizeChanged, detail));
    }
    if workload.size_assumed {
        let detail = workload.size.map_or_else(String::new, Size::short);
        findings.push(Finding::new(Code::SizeAssumed, detail));
    }
    findings
}

/// More than a hundredth of a service's window without readings.
fn gaps(workload: &Workload, profile: &Profile) -> Option<Finding> {
    let missing = profile.window_seconds().saturating_sub(profile.covered_seconds());
    let many = runs_always(workload) && missing * 100 > profile.window_seconds();
    many.then(|| {
        let hours = missing.div_ceil(3_600);
        Finding::new(Code::Gaps, format!("{hours} of {} hours", profile.window_seconds() / 3_600))
    })
}
