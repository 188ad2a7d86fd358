//! Joins the pure rooms for one workload: size it, find its places, price them.
//!
//! The only room of the core that calls others; it exists so that the main job can be
//! used and tested without a command line. See `ARCHITECTURE.md`.

mod places;
mod time;

use crate::bill::{self, BillError, FargateUse};
use crate::fit::{Choice, Fitter, Need};
use crate::model::{
    Advice, Bill, Class, Code, Finding, Observed, Percentiles, Place, Platform, Policy, Profile,
    Purchase, Recommendation, Signal, Size, Sizing, Workload,
};
use crate::size;
use crate::units::{Fine, Hour, Quantity};

pub use time::Month;

/// Everything that was asked for, beside the data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub policy: Policy,
    pub month: Month,
    /// For the assumptions that placements name.
    pub node: crate::fit::Node,
}

/// The answer for one workload.
#[must_use]
pub fn advise(
    workload: &Workload,
    profile: &Profile,
    fitter: &Fitter<'_>,
    settings: &Settings,
) -> Advice {
    let mut sizing = size::size(workload, profile, &settings.policy);
    let run = time::running(workload, profile, settings.month);
    let mut findings = std::mem::take(&mut sizing.findings);
    findings.extend(run.finding);
    let platform = Platform::of(workload.operating_system, workload.architecture);
    let price = |size| fargate_bill(fitter, workload, platform, size, run.task_hours);
    let current =
        keep(workload.size.map(|size| today(fitter, platform, size, &price)), &mut findings);
    let need = sizing.demand.map(|demand| Need {
        workload,
        demand,
        requests: time::requests(profile, run.task_seconds),
    });
    let places = need.as_ref().map_or_else(Vec::new, |need| {
        places::placements(fitter, need, profile, settings, run.task_hours)
    });
    let chosen = need.map(|need| {
        let place = Place::Fargate(platform, Purchase::OnDemand);
        match fitter.place(place, &need)? {
            Choice::Fargate(size) => price(size).map(|bill| recommendation(profile, size, bill)),
            _ => unreachable!("a Fargate place gives a Fargate size"),
        }
    });
    let recommended = keep(chosen, &mut findings);
    if workload.size.is_none() {
        findings.push(Finding::new(Code::SizeUnknown, String::new()));
    }
    let class = class(workload.size, recommended.as_ref().map(|one| one.size), &sizing);
    findings = findings.into_iter().map(|finding| finding.about(&workload.id)).collect();
    findings.sort();
    findings.dedup();
    let observed = observed(profile, run.tasks_per_mille);
    let workload = workload.clone();
    let task_hours = run.task_hours;
    Advice { workload, observed, sizing, task_hours, current, recommended, class, places, findings }
}

/// The good value, or a finding more.
fn keep<T>(result: Option<Result<T, Finding>>, findings: &mut Vec<Finding>) -> Option<T> {
    match result? {
        Ok(value) => Some(value),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// What today's size costs on Fargate on demand.
fn today(
    fitter: &Fitter<'_>,
    platform: Platform,
    size: Size,
    price: &impl Fn(Size) -> Result<Bill, Finding>,
) -> Result<Bill, Finding> {
    if !fitter.catalog().sells(platform, size) {
        return Err(Finding::new(Code::SizeNotSold, size.short()));
    }
    price(size)
}

fn fargate_bill(
    fitter: &Fitter<'_>,
    workload: &Workload,
    platform: Platform,
    size: Size,
    task_hours: Quantity<Hour>,
) -> Result<Bill, Finding> {
    let used = FargateUse {
        platform,
        purchase: Purchase::OnDemand,
        size,
        ephemeral_gib: workload.ephemeral_gib.unwrap_or(bill::FREE_EPHEMERAL_GIB),
        task_hours,
    };
    bill::fargate(fitter.catalog(), &used).map_err(|error| price_finding(&error))
}

fn price_finding(error: &BillError) -> Finding {
    match error {
        BillError::PriceMissing { what, region } => {
            Finding::new(Code::PriceMissing, format!("{what} in {region}"))
        }
        BillError::TooLarge(_) => Finding::new(Code::PriceMissing, error.to_string()),
    }
}

fn recommendation(profile: &Profile, size: Size, bill: Bill) -> Recommendation {
    let over = |signals: [Signal; 2], limit: u32| {
        let histogram =
            signals.map(|signal| profile.signal(signal)).into_iter().find(|h| !h.is_empty())?;
        let limit_sixteenths = u64::from(limit) * 16;
        let above: u64 = histogram
            .buckets()
            .filter(|(edge, _)| *edge >= limit_sixteenths)
            .map(|(_, count)| count)
            .sum();
        Some(above * 1_000_000 / histogram.count())
    };
    Recommendation {
        size,
        bill,
        cpu_over_ppm: over([Signal::CpuMax, Signal::CpuMean], size.cpu.0),
        memory_over_ppm: over([Signal::MemoryMax, Signal::MemoryMean], size.memory.0),
    }
}

fn class(today: Option<Size>, recommended: Option<Size>, sizing: &Sizing) -> Class {
    let (Some(today), Some(better)) = (today, recommended) else { return Class::Unknown };
    if better.cpu > today.cpu || better.memory > today.memory {
        Class::Underprovisioned
    } else if !sizing.may_shrink || sizing.cpu.is_none() || sizing.memory.is_none() {
        Class::Unknown
    } else if better == today {
        Class::Optimized
    } else {
        Class::Overprovisioned
    }
}

fn observed(profile: &Profile, tasks_per_mille: u64) -> Observed {
    let percentiles = |signals: [Signal; 2]| {
        let signal = signals.into_iter().find(|signal| !profile.signal(*signal).is_empty())?;
        let histogram = profile.signal(signal);
        let at = |per_mille| histogram.percentile(per_mille).unwrap_or(Fine(0));
        let maximum = histogram.maximum()?;
        Some(Percentiles { signal, p50: at(500), p95: at(950), p99: at(990), maximum })
    };
    Observed {
        readings: profile.readings(),
        covered_seconds: profile.covered_seconds(),
        window: profile.window(),
        cpu: percentiles([Signal::CpuMax, Signal::CpuMean]),
        memory: percentiles([Signal::MemoryMax, Signal::MemoryMean]),
        tasks_per_mille,
    }
}

#[cfg(test)]
mod tests;
