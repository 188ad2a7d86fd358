//! Joins the pure rooms for one workload: size it, find its places, price them.
//!
//! The only room of the core that calls others; it exists so that the main job can be
//! used and tested without a command line. See `ARCHITECTURE.md`.

mod candidates;
pub mod compare;
mod containers;
#[cfg(test)]
mod fixtures;
pub mod fleet;
mod function;
mod gone;
mod launch;
mod places;
pub mod replay;
mod scaling;
mod starts;
mod time;

use crate::bill::{self, BillError, FargateUse};
use crate::fit::{Choice, Fitter, Need};
use crate::model::{
    Advice, Bill, Class, Code, Demand, Finding, Kind, MonthRates, Observed, Percentiles, Place,
    Platform, Policy, Profile, Purchase, Recommendation, Sample, Signal, Size, Sizing, Workload,
};
use crate::size;
use crate::size::rules::{Ask, Rule};
use crate::units::{CpuUnits, Fine, Hour, MiB, Quantity, whole_up};
use candidates::Menu;
use std::cmp::Ordering;

pub use containers::with_containers;
pub use scaling::scale;
pub use time::{Month, window_seconds};

/// Everything that was asked for, beside the data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub policy: Policy,
    pub month: Month,
    /// For the assumptions that placements name.
    pub node: crate::fit::Node,
}

/// What another tool's rule asks for; nothing where it says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub rule: Rule,
    pub ask: Option<Ask>,
}

/// The answer for one workload.
#[must_use]
pub fn advise(
    workload: &Workload,
    profile: &Profile,
    fitter: &Fitter<'_>,
    settings: &Settings,
) -> Advice {
    advise_as(workload, profile, fitter, settings, Beside::default())
}

/// What is known beside the profile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'b> {
    /// The size that another rule asks for, in place of our own.
    pub asked: Option<Asked>,
    /// The readings in order, for a service that scales by itself.
    pub samples: &'b [Sample],
}

/// The same with more that is known.
#[must_use]
pub fn advise_as(
    workload: &Workload,
    profile: &Profile,
    fitter: &Fitter<'_>,
    settings: &Settings,
    beside: Beside<'_>,
) -> Advice {
    let asked = beside.asked;
    if workload.gone_since.is_some() {
        return gone::advise(workload, profile, settings);
    }
    if workload.kind == Kind::Function {
        return function::advise(workload, profile, fitter, settings);
    }
    let platform = Platform::of(workload.operating_system, workload.architecture);
    let rates = month_rates(fitter, platform, settings.month.hours);
    let mut sizing = size::size(workload, profile, &settings.policy, rates);
    let run = time::running(workload, profile, platform, settings.month);
    let mut findings = std::mem::take(&mut sizing.findings);
    if let Some(asked) = asked {
        sizing.demand = asked.ask.and_then(demand);
        sizing.least = sizing.demand;
        let code = if asked.ask.is_some() { Code::OtherRule } else { Code::RuleSilent };
        findings.push(Finding::new(code, asked.rule.name()));
    }
    findings.extend(run.finding.clone());
    let solved = match asked {
        None => solve(workload, beside.samples, fitter, settings, &mut sizing, &mut findings),
        Some(_) => None,
    };
    let hours = run.task_hours;
    // What is kept runs as it ran.
    let other = solved.as_ref().filter(|one| !one.is_today(workload));
    let hours_then = other.map(|one| one.task_hours(settings.month.hours)).or(hours);
    let bought = launch::parts(workload, run.tasks_per_mille);
    // What does not run on Fargate today is priced as it would be there: on demand.
    let parts = bought.clone().unwrap_or_else(|_| vec![launch::ALL_ON_DEMAND]);
    if parts.iter().any(|part| part.purchase == Purchase::Spot) {
        findings.push(Finding::new(Code::SpotPriced, String::new()));
    }
    let price = |size, hours| fargate_bill(fitter, workload, platform, &parts, size, hours);
    let today = workload.size.zip(hours).map(|(size, hours)| {
        bought.as_ref().map_err(Clone::clone)?;
        today_bill(fitter, platform, size, || price(size, hours))
    });
    let current = keep(today, &mut findings);
    let requests = time::requests(workload, profile, &run);
    let timed = time::with_longest_run(workload, profile);
    let menu =
        Menu::new(fitter, workload, profile, &sizing, &settings.policy, settings.month.hours);
    let asking = sizing.least.zip(sizing.demand).map(|(least, demand)| Asking {
        fitter,
        least: Need { workload, demand: least, requests },
        need: Need { workload: &timed, demand, requests },
        menu: menu.as_ref().filter(|_| asked.is_none() && solved.is_none()),
    });
    let places = match asking.as_ref().zip(hours_then) {
        Some((asking, hours)) => places::placements(asking, profile, settings, hours),
        None => places::none(&findings),
    };
    let chosen = asking.as_ref().zip(hours_then).map(|(asking, hours)| {
        let size = match &solved {
            Some(solved) => solved.size,
            None => asking.fargate(platform, Purchase::OnDemand)?,
        };
        let bill = price(size, hours)?;
        Ok(Recommendation {
            tasks_per_mille: other.map_or(run.tasks_per_mille, scaling::Solved::tasks_per_mille),
            scaling: solved.as_ref().map(|solved| solved.plan),
            ..recommendation(profile, size, bill, solved.is_some())
        })
    });
    let recommended = keep(chosen, &mut findings);
    if workload.size.is_none() {
        findings.push(Finding::new(Code::SizeUnknown, String::new()));
    }
    let class = match &solved {
        Some(solved) => scaled_class(solved, workload, current.as_ref(), recommended.as_ref()),
        None => class(workload.size, recommended.as_ref().map(|one| one.size), &sizing),
    };
    findings = findings.into_iter().map(|finding| finding.about(&workload.id)).collect();
    findings.sort();
    findings.dedup();
    let observed = observed(workload, profile, run.tasks_per_mille);
    let requests = time::counted_requests(workload, profile, settings.month);
    let workload = workload.clone();
    let task_hours = hours;
    let candidates = match (&solved, menu.as_ref().zip(recommended.as_ref())) {
        (Some(solved), _) => vec![solved.candidate()],
        (None, Some((menu, one))) => menu.around(platform, one.size),
        (None, None) => Vec::new(),
    };
    let containers = Vec::new();
    Advice {
        workload,
        observed,
        containers,
        sizing,
        task_hours,
        requests,
        current,
        recommended,
        candidates,
        class,
        places,
        findings,
    }
}

/// Size, number and target of a service that scales by itself; what cannot be solved is not
/// sized down.
fn solve(
    workload: &Workload,
    samples: &[Sample],
    fitter: &Fitter<'_>,
    settings: &Settings,
    sizing: &mut Sizing,
    findings: &mut Vec<Finding>,
) -> Option<scaling::Solved> {
    let scaling = workload.scaling.as_ref().filter(|one| scaling::scales(one))?;
    let platform = Platform::of(workload.operating_system, workload.architecture);
    let table = fitter.table(platform, Purchase::OnDemand);
    let table = table.filter(|_| sizing.may_shrink_cpu && !sizing.cpu_cut_off);
    let floor = sizing.memory_floor;
    let search = table
        .and_then(|table| scaling::Search::new(workload, samples, table, settings, floor))
        .and_then(|search| search.solve());
    let Some(solved) = search else {
        let why = if sizing.cpu_cut_off {
            "CPU was at its ceiling"
        } else if !sizing.may_shrink_cpu {
            "the readings do not suffice, as the other findings say"
        } else {
            "not enough readings with mean, maximum and number of tasks, or no size bears it"
        };
        findings.push(Finding::new(Code::ScalingUnknown, why));
        sizing.may_shrink_cpu = false;
        for demand in [&mut sizing.least, &mut sizing.demand].into_iter().flatten() {
            demand.cpu = demand.cpu.max(workload.size.map_or(CpuUnits(0), |size| size.cpu));
        }
        return None;
    };
    let kept = solved.is_today(workload);
    let memory = if kept { solved.size.memory } else { solved.memory };
    let held = Demand { cpu: solved.size.cpu, memory };
    (sizing.least, sizing.demand) = (Some(held), Some(held));
    let plan = solved.plan;
    let tasks = format!("{} to {} tasks", plan.minimum_tasks, plan.maximum_tasks);
    let detail = format!("{tasks}, target {} % of CPU", plan.target_percent);
    findings.push(Finding::new(Code::Autoscaled, detail));
    let replaced = scaling::replaced(scaling);
    if !replaced.is_empty() {
        findings.push(Finding::new(Code::ScalingReplaced, replaced.join(", ")));
    }
    Some(solved)
}

/// What a workload needs, and how its size is chosen.
struct Asking<'a> {
    fitter: &'a Fitter<'a>,
    /// What a size on sale must hold.
    least: Need<'a>,
    /// What is held where there are no sizes.
    need: Need<'a>,
    /// Nothing where another rule decides.
    menu: Option<&'a Menu<'a>>,
}

impl Asking<'_> {
    /// The size to take on Fargate: by risk where that is known, else the cheapest that holds.
    fn fargate(&self, platform: Platform, purchase: Purchase) -> Result<Size, Finding> {
        match self.fitter.place(Place::Fargate(platform, purchase), &self.least)? {
            Choice::Fargate(cheapest) => {
                let chosen = self.menu.and_then(|menu| menu.choose(platform, purchase));
                Ok(chosen.unwrap_or(cheapest))
            }
            _ => unreachable!("a Fargate place gives a Fargate size"),
        }
    }

    fn place(&self, place: Place) -> Result<Choice<'_>, Finding> {
        match place {
            Place::Fargate(platform, purchase) => {
                self.fargate(platform, purchase).map(Choice::Fargate)
            }
            _ => self.fitter.place(place, &self.need),
        }
    }
}

/// What safety is weighed against: Fargate's rates on demand; nothing where they have no source.
fn month_rates(fitter: &Fitter<'_>, platform: Platform, month_hours: u32) -> Option<MonthRates> {
    let rates = fitter.catalog().fargate(platform, Purchase::OnDemand)?.task_rates()?;
    let hours = u64::from(month_hours);
    let vcpu = rates.vcpu.times(Quantity::whole(hours)).ok()?.usd;
    Some(MonthRates { vcpu, gib: rates.memory.times(Quantity::whole(hours)).ok()?.usd })
}

/// In whole units, up.
fn demand(ask: Ask) -> Option<Demand> {
    let (cpu, memory) = (whole_up(ask.cpu)?, whole_up(ask.memory)?);
    Some(Demand { cpu: CpuUnits(cpu.max(1)), memory: MiB(memory.max(1)) })
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
fn today_bill(
    fitter: &Fitter<'_>,
    platform: Platform,
    size: Size,
    price: impl FnOnce() -> Result<Bill, Finding>,
) -> Result<Bill, Finding> {
    if !fitter.catalog().sells(platform, size) {
        return Err(Finding::new(Code::SizeNotSold, size.short()));
    }
    price()
}

fn fargate_bill(
    fitter: &Fitter<'_>,
    workload: &Workload,
    platform: Platform,
    parts: &[launch::Part],
    size: Size,
    task_hours: Quantity<Hour>,
) -> Result<Bill, Finding> {
    let mut lines = Vec::new();
    for part in parts {
        let used = FargateUse {
            platform,
            purchase: part.purchase,
            size,
            ephemeral_gib: workload.ephemeral_gib.unwrap_or(bill::FREE_EPHEMERAL_GIB),
            task_hours: task_hours.each(part.above, part.below),
        };
        let bill = bill::fargate(fitter.catalog(), &used);
        lines.extend(bill.map_err(|error| price_finding(&error))?.lines);
    }
    Ok(Bill { lines })
}

fn price_finding(error: &BillError) -> Finding {
    match error {
        BillError::PriceMissing { what, region } => {
            Finding::new(Code::PriceMissing, format!("{what} in {region}"))
        }
        BillError::TooLarge(_) => Finding::new(Code::AmountTooLarge, error.to_string()),
    }
}

/// What was seen under another number of tasks says nothing of a replayed one.
fn recommendation(profile: &Profile, size: Size, bill: Bill, replayed: bool) -> Recommendation {
    let over = |[maximum, mean]: [Signal; 2], limit: u32| {
        let histogram = profile.signal(profile.deciding(maximum, mean)?);
        if histogram.maximum()? < Fine(u64::from(limit) * 1024) {
            return Some(0);
        }
        let limit_sixteenths = u64::from(limit) * 16;
        let above: u64 = histogram
            .buckets()
            .filter(|(edge, _)| *edge >= limit_sixteenths)
            .map(|(_, count)| count)
            .sum();
        Some(above * 1_000_000 / histogram.count())
    };
    let seen = |ppm: Option<u64>| ppm.filter(|_| !replayed);
    Recommendation {
        size,
        bill,
        tasks_per_mille: 0,
        scaling: None,
        cpu_over_ppm: seen(over([Signal::CpuMax, Signal::CpuMean], size.cpu.0)),
        memory_over_ppm: seen(over([Signal::MemoryMax, Signal::MemoryMean], size.memory.0)),
    }
}

/// A plan of size, tasks and target is judged by its bill.
fn scaled_class(
    solved: &scaling::Solved,
    workload: &Workload,
    current: Option<&Bill>,
    then: Option<&Recommendation>,
) -> Class {
    let (Some(current), Some(then)) = (current, then) else { return Class::Unknown };
    if solved.is_today(workload) {
        return Class::Optimized;
    }
    match then.bill.total().cmp(&current.total()) {
        Ordering::Less => Class::Overprovisioned,
        Ordering::Equal => Class::Optimized,
        Ordering::Greater => Class::Underprovisioned,
    }
}

fn class(today: Option<Size>, recommended: Option<Size>, sizing: &Sizing) -> Class {
    let (Some(today), Some(better)) = (today, recommended) else { return Class::Unknown };
    let thin = !sizing.may_shrink_cpu || !sizing.may_shrink_memory;
    if better.cpu > today.cpu || better.memory > today.memory {
        Class::Underprovisioned
    } else if better != today {
        Class::Overprovisioned
    } else if thin || sizing.cpu.is_none() || sizing.memory.is_none() {
        Class::Unknown
    } else {
        Class::Optimized
    }
}

fn observed(workload: &Workload, profile: &Profile, tasks_per_mille: u64) -> Observed {
    Observed {
        readings: profile.readings(),
        covered_seconds: profile.covered_seconds(),
        window: profile.window(),
        cpu: percentiles(profile, [Signal::CpuMax, Signal::CpuMean]),
        memory: percentiles(profile, [Signal::MemoryMax, Signal::MemoryMean]),
        tasks_per_mille,
        most_tasks: profile.signal(Signal::Tasks).maximum().map(Fine::ceil),
        runs: (workload.kind == Kind::Task).then(|| time::runs_seen(profile)).flatten(),
    }
}

fn percentiles(profile: &Profile, [maximum, mean]: [Signal; 2]) -> Option<Percentiles> {
    let signal = profile.deciding(maximum, mean)?;
    let histogram = profile.signal(signal);
    let at = |per_mille| histogram.percentile(per_mille).unwrap_or(Fine(0));
    let maximum = histogram.maximum()?;
    Some(Percentiles { signal, p50: at(500), p95: at(950), p99: at(990), maximum })
}

#[cfg(test)]
mod tests;
