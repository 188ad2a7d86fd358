//! Hardly used at all, or not used evenly.

use super::Shape;
use crate::model::{Code, Profile, Signal, Workload};

/// Days without use that make a candidate for removal; AWS Compute Optimizer looks as far.
const IDLE_SECONDS: u64 = 14 * 86_400;
/// The hottest task never used more of its CPU than this, in percent.
const IDLE_PERCENT: u64 = 2;
/// Half of the time the hottest task uses so many times the mean over tasks.
const SKEW: u64 = 2;
/// Of the size, in percent: below that skew does not matter.
const MATTERS_PERCENT: u64 = 10;

/// A service that nobody asks anything and that does nothing.
pub(super) fn look(workload: &Workload, profile: &Profile, shape: &mut Shape) {
    let Some(size) = workload.size else { return };
    let signal = profile.deciding(Signal::CpuMax, Signal::CpuMean);
    let Some(most) = signal.and_then(|signal| profile.signal(signal).maximum()) else { return };
    let unused = most.0 * 100 <= u64::from(size.cpu.0) * 1024 * IDLE_PERCENT;
    let asked = profile.requests().is_some_and(|requests| requests > 0);
    if unused && !asked && profile.covered_seconds() >= IDLE_SECONDS {
        let days = profile.covered_seconds() / 86_400;
        let detail = format!("at most {} of {} CPU units in {days} days", most.ceil(), size.cpu.0);
        shape.say(Code::Idle, detail);
    }
}

/// Several tasks of which one carries much more than the others.
pub(super) fn skew(workload: &Workload, profile: &Profile, shape: &mut Shape) {
    let several = profile.task_seconds().is_some_and(|(running, seconds)| running >= seconds * 2);
    let median = |signal| profile.signal(signal).percentile(500);
    let (Some(mean), Some(hottest)) = (median(Signal::CpuMean), median(Signal::CpuMax)) else {
        return;
    };
    let size = workload.size.map_or(0, |size| u64::from(size.cpu.0) * 1024);
    if several && hottest.0 >= mean.0 * SKEW && hottest.0 * 100 >= size * MATTERS_PERCENT {
        let detail = format!(
            "the hottest task uses {} CPU units half of the time, the mean {}",
            hottest.ceil(),
            mean.ceil()
        );
        shape.say(Code::HotTask, detail);
    }
}
