//! Do the readings cover enough to act on?

use super::runs_always;
use crate::model::{Code, Finding, Policy, Profile, Size, Workload};

const WEEK_HOURS: usize = 168;
const WEEK_SECONDS: u64 = 7 * 86_400;

/// Codes after which a size is only ever raised.
pub(super) const fn forbids_shrinking(code: Code) -> bool {
    matches!(code, Code::NoReadings | Code::TooFewReadings | Code::NoFullWeek)
}

pub(super) fn findings(workload: &Workload, profile: &Profile, policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if profile.readings() == 0 {
        return vec![Finding::new(Code::NoReadings, String::new())];
    }
    if profile.readings() < policy.min_readings {
        let detail = format!("{} of {}", profile.readings(), policy.min_readings);
        findings.push(Finding::new(Code::TooFewReadings, detail));
    }
    findings.extend(no_full_week(workload, profile));
    findings.extend(gaps(workload, profile));
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

/// A service must have been seen in every hour of the week; a task that comes and
/// goes cannot be, so its window must span a week.
fn no_full_week(workload: &Workload, profile: &Profile) -> Option<Finding> {
    let detail = if runs_always(workload) {
        let covered = profile.hours_of_week_covered();
        (covered < WEEK_HOURS).then(|| format!("{covered} of {WEEK_HOURS} hours of the week"))
    } else {
        let window = profile.window_seconds();
        (window < WEEK_SECONDS).then(|| format!("{} hours in all", window / 3_600))
    };
    detail.map(|detail| Finding::new(Code::NoFullWeek, detail))
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
