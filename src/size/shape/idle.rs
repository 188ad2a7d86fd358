//! Hardly used at all, or not used evenly.

use super::Shape;
use crate::model::{Code, Profile, Signal, Workload};

/// Days without use that make a candidate for removal; AWS Compute Optimizer looks as far.
const IDLE_SECONDS: u64 = 14 * 86_400;
/// The hottest task hardly ever used more of its CPU than this, in percent and in CPU units:
/// deployments and health checks use some.
const IDLE_PERCENT: u64 = 4;
const IDLE_UNITS: u64 = 20;
const IDLE_PER_MILLE: u32 = 995;
/// Half of the time the hottest task uses so many times the mean over tasks.
const SKEW: u64 = 2;
/// Of the size, in percent: below that skew does not matter.
const MATTERS_PERCENT: u64 = 10;
const FINE_SECONDS: u64 = 60;

/// A service that nobody asks anything and that does nothing.
pub(super) fn look(workload: &Workload, profile: &Profile, shape: &mut Shape) {
    let Some(size) = workload.size else { return };
    let signal = profile.deciding(Signal::CpuMax, Signal::CpuMean);
    let most = signal.and_then(|signal| profile.signal(signal).percentile(IDLE_PER_MILLE));
    let Some(most) = most else { return };
    let little = (u64::from(size.cpu.0) * IDLE_PERCENT / 100).min(IDLE_UNITS);
    let unused = most.0 <= little * 1024;
    let asked = profile.requests().is_some_and(|requests| requests > 0);
    if unused && !asked && profile.covered_seconds() >= IDLE_SECONDS {
        let days = profile.covered_seconds() / 86_400;
        let detail = format!(
            "{} of {} CPU units hardly ever exceeded in {days} days",
            most.ceil(),
            size.cpu.0
        );
        shape.say(Code::Idle, detail);
    }
}

/// Several tasks of which one carries much more than the others. In readings of more than a
/// minute the maximum is of moments, too, and says nothing of that.
pub(super) fn skew(workload: &Workload, profile: &Profile, shape: &mut Shape) {
    let finely = profile.covered_seconds() <= profile.readings() * FINE_SECONDS;
    let several =
        finely && profile.task_seconds().is_some_and(|(running, seconds)| running >= seconds * 2);
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
