//! What one task must be able to hold: a profile and a policy in, a sizing out.
//!
//! The rule is simple and fixed (see `docs/sizing.md`): memory is the larger of the
//! maximum with a margin and what the daily peaks suggest; CPU is a high percentile of
//! the hottest task with headroom. Where the readings are too thin to size down on,
//! the size is only ever raised, and a finding says why.

mod coverage;
pub mod risk;
pub mod rules;

use crate::model::{
    Code, CpuBasis, Demand, Finding, Kind, MemoryBasis, Policy, Profile, Signal, SizeSince, Sizing,
    Workload,
};
use crate::units::{CpuUnits, Fine, MiB};

/// Sizes one workload.
#[must_use]
pub fn size(workload: &Workload, profile: &Profile, policy: &Policy) -> Sizing {
    let coverage = coverage::look(workload, profile, policy);
    let mut findings = coverage.findings;
    let cpu = cpu_basis(profile, policy);
    let memory = memory_basis(profile, policy);
    findings.extend(shape_findings(workload, profile, cpu.as_ref(), memory.as_ref()));
    let today = workload.size;
    let held_cpu = held(
        cpu.map(|basis| basis.need.0),
        today.map(|size| size.cpu.0),
        policy.floor.cpu.0,
        coverage.cpu_suffices,
    );
    let held_memory = held(
        memory.map(|basis| basis.need.0),
        today.map(|size| size.memory.0),
        policy.floor.memory.0,
        coverage.memory_suffices,
    );
    let demand = match (held_cpu, held_memory) {
        (Some(cpu @ 1..), Some(memory @ 1..)) => {
            Some(Demand { cpu: CpuUnits(cpu), memory: MiB(memory) })
        }
        _ => None,
    };
    Sizing {
        cpu,
        memory,
        may_shrink_cpu: coverage.cpu_suffices,
        may_shrink_memory: coverage.memory_suffices,
        demand,
        findings,
    }
}

/// One part of the demand.
fn held(need: Option<u32>, today: Option<u32>, floor: u32, suffices: bool) -> Option<u32> {
    match (need, today) {
        (Some(need), _) if suffices => Some(need.max(floor)),
        (Some(need), Some(today)) => Some(need.max(today)),
        // Neither enough readings nor a size to keep: nothing to go by.
        (Some(_), None) => None,
        (None, today) => today,
    }
}

fn cpu_basis(profile: &Profile, policy: &Policy) -> Option<CpuBasis> {
    let signal = profile.deciding(Signal::CpuMax, Signal::CpuMean)?;
    let percentile = profile.signal(signal).percentile(policy.cpu_percentile_per_mille)?;
    let headroom_percent = policy.cpu_headroom_percent + extra(signal == Signal::CpuMean, policy);
    let need = CpuUnits(with_percent(percentile, headroom_percent).ceil());
    Some(CpuBasis { signal, percentile, headroom_percent, need })
}

fn memory_basis(profile: &Profile, policy: &Policy) -> Option<MemoryBasis> {
    let signal = profile.deciding(Signal::MemoryMax, Signal::MemoryMean)?;
    // Both are looked at: a row may carry a mean without a maximum.
    let maximum = [Signal::MemoryMax, Signal::MemoryMean]
        .into_iter()
        .filter_map(|signal| profile.signal(signal).maximum())
        .max()?;
    let margin_percent = policy.memory_margin_percent + extra(signal == Signal::MemoryMean, policy);
    let daily = daily_suggestion(&profile.daily_memory_peaks());
    let need = with_percent(maximum, margin_percent).max(daily.unwrap_or_default());
    Some(MemoryBasis { signal, maximum, margin_percent, daily, need: MiB(need.ceil()) })
}

const fn extra(averages_only: bool, policy: &Policy) -> u32 {
    if averages_only { policy.averages_headroom_percent } else { 0 }
}

/// Rounded up to 1/1024 unit.
fn with_percent(value: Fine, percent: u32) -> Fine {
    Fine((value.0 * (100 + u64::from(percent))).div_ceil(100))
}

/// Mean of the daily peaks plus three times their mean absolute deviation: a day much
/// above the others has not been the worst for good. Nothing under three days.
fn daily_suggestion(peaks: &[Fine]) -> Option<Fine> {
    let days = u64::try_from(peaks.len()).ok().filter(|days| *days >= 3)?;
    let mean = peaks.iter().map(|peak| peak.0).sum::<u64>() / days;
    let deviation = peaks.iter().map(|peak| peak.0.abs_diff(mean)).sum::<u64>().div_ceil(days);
    Some(Fine(mean + 3 * deviation))
}

/// What the values themselves say.
fn shape_findings(
    workload: &Workload,
    profile: &Profile,
    cpu: Option<&CpuBasis>,
    memory: Option<&MemoryBasis>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if profile.readings() == 0 {
        return findings;
    }
    let mut say = |code, detail: String| findings.push(Finding::new(code, detail));
    if cpu.is_none() {
        say(Code::CpuUnknown, String::new());
    }
    if memory.is_none() {
        say(Code::MemoryUnknown, String::new());
    }
    let averages: Vec<&str> = [
        cpu.filter(|basis| basis.signal == Signal::CpuMean).map(|_| "CPU"),
        memory.filter(|basis| basis.signal == Signal::MemoryMean).map(|_| "memory"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !averages.is_empty() {
        say(Code::AveragesOnly, averages.join(" and "));
    }
    if let Some(size) = workload.size.filter(|_| !workload.size_assumed) {
        // What was used under a larger size says nothing of this one's ceiling.
        let larger = |one: &SizeSince| one.cpu_units.is_some_and(|units| units > size.cpu);
        let shrunk = workload.sizes.iter().any(larger);
        let full = |basis: &&CpuBasis| basis.percentile.0 >= u64::from(size.cpu.0) * 1000;
        if let Some(basis) = cpu.filter(full).filter(|_| !shrunk) {
            let shown = basis.percentile.ceil();
            say(Code::AtTheCeiling, format!("{shown} of {} CPU units used", size.cpu.0));
        }
        if let Some(basis) =
            memory.filter(|basis| basis.maximum.0 > u64::from(size.memory.0) * 1024)
        {
            let shown = basis.maximum.ceil();
            say(Code::OverLimit, format!("{shown} MiB seen, {} MiB allowed", size.memory.0));
        }
    }
    findings
}

/// Is it a thing that runs all the time?
const fn runs_always(workload: &Workload) -> bool {
    matches!(workload.kind, Kind::Service)
}

#[cfg(test)]
mod tests;
