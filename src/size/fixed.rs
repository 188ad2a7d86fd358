//! The rule of percentile and margin, for what no risk can be predicted of.

use crate::model::{CpuBasis, CpuRule, MemoryBasis, MemoryRule, Policy, Profile, Signal, Size};
use crate::units::{CpuUnits, Fine, MiB};

/// A high percentile of the hottest task with headroom.
pub(super) fn cpu(profile: &Profile, policy: &Policy, today: Option<Size>) -> Option<CpuBasis> {
    let signal = profile.deciding(Signal::CpuMax, Signal::CpuMean)?;
    let percentile = profile.signal(signal).percentile(policy.cpu_percentile_per_mille)?;
    let measured = with_percent(percentile, policy.cpu_headroom_percent).ceil();
    let more = if signal == Signal::CpuMean { policy.averages_cpu_percent } else { 0 };
    let headroom_percent = policy.cpu_headroom_percent + more;
    let hidden = with_percent(percentile, headroom_percent).ceil();
    let need = CpuUnits(restrained(measured, hidden, today.map(|size| size.cpu.0)));
    let rule = CpuRule::Percentile { percentile, headroom_percent };
    Some(CpuBasis { signal, rule, least: need, need })
}

/// The larger of the maximum with a margin and what the peaks of days or runs suggest.
pub(super) fn memory(
    profile: &Profile,
    policy: &Policy,
    today: Option<Size>,
    peaks: &[Fine],
) -> Option<MemoryBasis> {
    let signal = profile.deciding(Signal::MemoryMax, Signal::MemoryMean)?;
    let maximum = maximum(profile)?;
    let daily = daily_suggestion(peaks);
    let at = |percent| with_percent(maximum, percent).max(daily.unwrap_or_default()).ceil();
    let more = if signal == Signal::MemoryMean { policy.averages_memory_percent } else { 0 };
    let margin_percent = policy.memory_margin_percent + more;
    let (measured, hidden) = (at(policy.memory_margin_percent), at(margin_percent));
    let need = MiB(restrained(measured, hidden, today.map(|size| size.memory.0)));
    let rule = MemoryRule::Margin { margin_percent, daily };
    Some(MemoryBasis { signal, maximum, rule, least: need, need })
}

/// Both are looked at: a row may carry a mean without a maximum.
pub(super) fn maximum(profile: &Profile) -> Option<Fine> {
    let signals = [Signal::MemoryMax, Signal::MemoryMean];
    signals.into_iter().filter_map(|signal| profile.signal(signal).maximum()).max()
}

/// What means may hide keeps a size from shrinking; only what was measured raises it.
fn restrained(measured: u32, hidden: u32, today: Option<u32>) -> u32 {
    today.map_or(hidden, |today| measured.max(hidden.min(today)))
}

/// Rounded up to 1/1024 unit.
fn with_percent(value: Fine, percent: u32) -> Fine {
    Fine((value.0 * (100 + u64::from(percent))).div_ceil(100))
}

/// Mean of the peaks plus three times their mean absolute deviation: a day (or run) much above
/// the others has not been the worst for good. Nothing under three.
fn daily_suggestion(peaks: &[Fine]) -> Option<Fine> {
    let days = u64::try_from(peaks.len()).ok().filter(|days| *days >= 3)?;
    let mean = peaks.iter().map(|peak| peak.0).sum::<u64>() / days;
    let deviation = peaks.iter().map(|peak| peak.0.abs_diff(mean)).sum::<u64>().div_ceil(days);
    Some(Fine(mean + 3 * deviation))
}
