//! What one task must be able to hold: a profile and a policy in, a sizing out.
//!
//! The rule (see `docs/sizing.md`): the smallest CPU and memory whose predicted risk of
//! falling short is within the policy's limits; where no risk can be predicted, a percentile
//! and a margin. Where the readings are too thin or too odd to size down on, the size is
//! only ever raised, and a finding says why.

mod by_risk;
mod containers;
mod coverage;
mod fixed;
pub mod risk;
pub mod rules;
mod shape;

use crate::model::{
    Code, CpuBasis, Demand, Finding, Kind, MemoryBasis, MonthRates, Policy, Profile, Signal,
    Sizing, Workload,
};
use crate::units::{CpuUnits, Fine, MiB};
pub use by_risk::memory_within;
pub use containers::{SharedBy, shared_out};
use risk::{FEWEST_DAYS, Outlook, Parameters};
use shape::Shape;
pub use shape::least_cpu;

/// The last reading of a window may stand for less than the time to the next.
const AN_HOUR: u64 = 3_600;

/// Sizes one workload; `rates` are what safety is weighed against.
#[must_use]
pub fn size(
    workload: &Workload,
    profile: &Profile,
    policy: &Policy,
    rates: Option<MonthRates>,
) -> Sizing {
    let coverage = coverage::look(workload, profile, policy);
    let shape = shape::look(workload, profile, policy);
    let (cpu, memory) = bases(workload, profile, policy, rates, &shape);
    let mut findings = coverage.findings;
    findings.extend(measured_findings(profile, cpu.as_ref(), memory.as_ref()));
    let today = workload.size;
    let may_shrink_cpu = coverage.cpu_suffices && !shape.cpu.hold;
    let may_shrink_memory = coverage.memory_suffices && !shape.memory.hold;
    let held_cpu = |need: fn(&CpuBasis) -> CpuUnits| {
        let part = Held { suffices: coverage.cpu_suffices, may_shrink: may_shrink_cpu };
        let need = cpu.as_ref().map(|basis| need(basis).0.max(shape.least_cpu.0));
        part.held(need, today.map(|size| size.cpu.0))
    };
    let held_memory = |need: fn(&MemoryBasis) -> MiB| {
        let part = Held { suffices: coverage.memory_suffices, may_shrink: may_shrink_memory };
        let most = shape.most_memory.map_or(u32::MAX, |most| most.0);
        let need = |basis| need(basis).0.max(shape.least_memory.0).min(most);
        let need = memory.as_ref().map(need);
        part.held(need, today.map(|size| size.memory.0))
    };
    let floored = |cpu: Option<u32>, memory: Option<u32>| match (cpu, memory) {
        (Some(cpu), Some(memory)) => Some(Demand {
            cpu: CpuUnits(cpu.max(if may_shrink_cpu { policy.floor.cpu.0 } else { 1 })),
            memory: MiB(memory.max(if may_shrink_memory { policy.floor.memory.0 } else { 1 })),
        }),
        _ => None,
    };
    let least = floored(held_cpu(|basis| basis.least), held_memory(|basis| basis.least));
    let demand = floored(held_cpu(|basis| basis.need), held_memory(|basis| basis.need));
    let held = today.filter(|_| !may_shrink_memory).map_or(MiB(0), |size| size.memory);
    let memory_floor = held.max(shape.least_memory).max(policy.floor.memory);
    let cpu_cut_off = shape.cpu.cut_off;
    findings.extend(shape.findings);
    Sizing {
        cpu,
        memory,
        may_shrink_cpu,
        may_shrink_memory,
        cpu_cut_off,
        memory_floor,
        least,
        demand,
        findings,
    }
}

/// By risk where that can be predicted, else by percentile and margin. Demand that was cut
/// off by the size of the day is not known, and neither is its risk.
fn bases(
    workload: &Workload,
    profile: &Profile,
    policy: &Policy,
    rates: Option<MonthRates>,
    shape: &Shape,
) -> (Option<CpuBasis>, Option<MemoryBasis>) {
    // Days of the calendar are easily more than days that passed.
    let long_enough = profile.window_seconds() + AN_HOUR >= FEWEST_DAYS as u64 * 86_400;
    let outlook = policy
        .risk
        .filter(|_| long_enough)
        .map(|_| Outlook::of(workload, profile, policy.risk_days));
    let question = policy.risk.zip(outlook.as_ref()).map(|(appetite, outlook)| {
        let parameters = Parameters::shipped();
        by_risk::Question { outlook, parameters, policy: appetite, rates }
    });
    let asked = question.as_ref();
    let cpu = asked.filter(|_| !shape.cpu.cut_off).and_then(|question| question.cpu(profile));
    let by_chance = !shape.memory.cut_off && !shape.memory.not_chance;
    let maximum = fixed::maximum(profile).filter(|_| by_chance);
    let memory =
        asked.zip(maximum).and_then(|(question, maximum)| question.memory(profile, maximum));
    (
        cpu.or_else(|| fixed::cpu(profile, policy, workload.size)),
        memory.or_else(|| fixed::memory(profile, policy, workload.size, &peaks(workload, profile))),
    )
}

/// The most memory of each day, or of each run of what ends by itself.
fn peaks(workload: &Workload, profile: &Profile) -> Vec<Fine> {
    let days = profile.daily_memory_peaks();
    match workload.kind {
        Kind::Task if profile.runs().len() >= days.len() => {
            profile.runs().iter().filter_map(|run| run.memory_peak).collect()
        }
        Kind::Task | Kind::Service | Kind::Function => days,
    }
}

/// How one part of the demand keeps to today's.
#[derive(Clone, Copy)]
struct Held {
    suffices: bool,
    may_shrink: bool,
}

impl Held {
    fn held(self, need: Option<u32>, today: Option<u32>) -> Option<u32> {
        match (need, today) {
            (Some(need), Some(today)) if !self.may_shrink => Some(need.max(today)),
            // Neither enough readings nor a size to keep: nothing to go by.
            (Some(_), None) if !self.suffices => None,
            (Some(need), _) => Some(need),
            (None, today) => today,
        }
    }
}

/// What was not measured, or only as means.
fn measured_findings(
    profile: &Profile,
    cpu: Option<&CpuBasis>,
    memory: Option<&MemoryBasis>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if profile.readings() == 0 {
        return findings;
    }
    if cpu.is_none() {
        findings.push(Finding::new(Code::CpuUnknown, ""));
    }
    if memory.is_none() {
        findings.push(Finding::new(Code::MemoryUnknown, ""));
    }
    let averages: Vec<&str> = [
        cpu.filter(|basis| basis.signal == Signal::CpuMean).map(|_| "CPU"),
        memory.filter(|basis| basis.signal == Signal::MemoryMean).map(|_| "memory"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !averages.is_empty() {
        findings.push(Finding::new(Code::AveragesOnly, averages.join(" and ")));
    }
    findings
}

/// Is it a thing that runs all the time?
const fn runs_always(workload: &Workload) -> bool {
    matches!(workload.kind, Kind::Service)
}

#[cfg(test)]
mod tests;
