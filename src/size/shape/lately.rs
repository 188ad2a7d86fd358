//! What was used lately, whatever came before.

use super::Shape;
use crate::model::{HourSummary, Profile, Signal};
use crate::units::{CpuUnits, Fine};

/// Hours with readings of the last day.
const HOURS: usize = 24;
/// A task is not kept busier than that for half of the time, in percent.
const BUSY_PERCENT: u64 = 90;

/// CPU holds what half of the last day's hours needed on average, and a tenth more than half of
/// all readings did: a new level is soon believed, and nothing is full all the time.
pub(super) fn look(profile: &Profile, shape: &mut Shape) {
    shape.least_cpu = shape.least_cpu.max(least_cpu(profile));
}

/// The CPU that must be held whatever the risk: see above.
#[must_use]
pub fn least_cpu(profile: &Profile) -> CpuUnits {
    let measured = |hour: &&HourSummary| hour.cpu_readings > 0;
    let count = profile.hours().iter().filter(measured).count();
    let mut lately: Vec<Fine> = profile
        .hours()
        .iter()
        .filter(measured)
        .skip(count.saturating_sub(HOURS))
        .map(|hour| Fine(hour.cpu_sum / u64::from(hour.cpu_readings)))
        .collect();
    lately.sort_unstable();
    let of_day = lately.get(lately.len() / 2).copied().unwrap_or_default();
    let half = profile
        .deciding(Signal::CpuMax, Signal::CpuMean)
        .and_then(|signal| profile.signal(signal).percentile(500))
        .unwrap_or_default();
    let roomy = Fine((half.0 * 100).div_ceil(BUSY_PERCENT));
    CpuUnits(of_day.max(roomy).ceil())
}
