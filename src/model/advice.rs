//! All that is said of a workload, and of an estate.

use super::{
    Bill, Candidate, Container, Finding, Placement, Policy, Risk, Signal, Size, Sizing, Workload,
};
use crate::units::{CpuUnits, Fine, Hour, MiB, Quantity, Request, Usd};

/// Nearest-rank percentiles as a profile gives them: never below the true value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// What they are of: the hottest task where that was measured, else the mean.
    pub signal: Signal,
    pub p50: Fine,
    pub p95: Fine,
    pub p99: Fine,
    pub maximum: Fine,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    pub readings: u64,
    /// Time that readings stand for.
    pub covered_seconds: u64,
    /// First reading's start and last reading's end, seconds since 1970.
    pub window: Option<(i64, i64)>,
    /// CPU units.
    pub cpu: Option<Percentiles>,
    /// MiB.
    pub memory: Option<Percentiles>,
    /// Tasks running, in thousandths, on average over the month that is priced.
    pub tasks_per_mille: u64,
    /// The most that ran at once; nothing where they were not counted.
    pub most_tasks: Option<u32>,
    /// Of what ends by itself.
    pub runs: Option<RunsSeen>,
}

/// Runs of a task, as far as readings tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunsSeen {
    pub count: usize,
    /// Seconds from a run's first reading to its last one's end.
    pub shortest: u64,
    pub median: u64,
    pub longest: u64,
    /// Of the runs' peaks, MiB.
    pub memory_median: Option<Fine>,
    pub memory_maximum: Option<Fine>,
}

/// What one container of the task used, where containers are measured on their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUse {
    /// As it is defined; a name alone where the definition has it no more.
    pub container: Container,
    /// CPU units.
    pub cpu: Option<Percentiles>,
    /// MiB.
    pub memory: Option<Percentiles>,
    /// Its part of the recommended size.
    pub recommended: Option<ContainerSize>,
}

/// A container's part of its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerSize {
    /// CPU shares; those of all containers add up to the task's CPU.
    pub cpu: CpuUnits,
    /// Those of all containers add up to the task's memory.
    pub memory_reservation: MiB,
    /// A hard limit, where there is one today.
    pub memory: Option<MiB>,
}

/// The words that AWS Compute Optimizer uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Underprovisioned,
    Overprovisioned,
    Optimized,
    Unknown,
}

impl Class {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Underprovisioned => "underprovisioned",
            Class::Overprovisioned => "overprovisioned",
            Class::Optimized => "optimized",
            Class::Unknown => "unknown",
        }
    }
}

/// How a service that scales by itself should: one target tracking policy on CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalingPlan {
    pub minimum_tasks: u32,
    pub maximum_tasks: u32,
    /// Of the tasks' CPU.
    pub target_percent: u32,
    /// As many as the replay needed at once.
    pub most_tasks: u32,
}

/// The size to take where it runs today, and its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    pub size: Size,
    pub bill: Bill,
    /// Tasks, in thousandths, on average over the month.
    pub tasks_per_mille: u64,
    /// Of a service that scales by itself, where its demand could be replayed.
    pub scaling: Option<ScalingPlan>,
    /// Readings seen above the size, in parts per million of all: of CPU and of memory.
    pub cpu_over_ppm: Option<u64>,
    pub memory_over_ppm: Option<u64>,
}

/// One workload's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub workload: Workload,
    pub observed: Observed,
    /// Every container, in the order of the definition.
    pub containers: Vec<ContainerUse>,
    pub sizing: Sizing,
    /// Hours of one task in a month, over all tasks; nothing where that is not known.
    pub task_hours: Option<Quantity<Hour>>,
    /// A month's requests; nothing where they were not counted.
    pub requests: Option<Quantity<Request>>,
    /// What today's size costs; nothing where the size or its price is not known.
    pub current: Option<Bill>,
    pub recommended: Option<Recommendation>,
    /// The recommended size and its neighbours, by price, with predicted risks; empty where
    /// nothing can be predicted.
    pub candidates: Vec<Candidate>,
    pub class: Class,
    /// Every place, in the order of [`super::Place::ALL`].
    pub places: Vec<Placement>,
    pub findings: Vec<Finding>,
}

impl Advice {
    /// What a task is given where any size is to be had, as on instances: its demand, but no
    /// more than the size that is recommended on Fargate, nor less than its least.
    #[must_use]
    pub fn given(&self) -> Option<Size> {
        let demand = self.sizing.demand?.size();
        let Some(sold) = self.recommended.as_ref().map(|one| one.size) else {
            return Some(demand);
        };
        let least = self.sizing.least.map_or(demand, super::Demand::size);
        Some(Size {
            cpu: demand.cpu.min(sold.cpu).max(least.cpu),
            memory: demand.memory.min(sold.memory).max(least.memory),
        })
    }

    #[must_use]
    pub fn current_usd(&self) -> Option<Usd> {
        self.current.as_ref().map(Bill::total)
    }

    #[must_use]
    pub fn recommended_usd(&self) -> Option<Usd> {
        self.recommended.as_ref().map(|recommended| recommended.bill.total())
    }

    /// The difference of what is shown, in whole cents; nothing where either is not known.
    #[must_use]
    pub fn savings(&self) -> Option<Usd> {
        Some(self.current_usd()?.to_cents() - self.recommended_usd()?.to_cents())
    }

    /// The predicted risks of the recommended size; nothing where none can be predicted.
    #[must_use]
    pub fn predicted(&self) -> Option<Risk> {
        let size = self.recommended.as_ref()?.size;
        self.candidates.iter().find(|one| one.size == size).map(|one| one.risk)
    }

    /// What the workload would cost at a candidate's size: as much more or less as one task
    /// does there.
    #[must_use]
    pub fn at(&self, candidate: &Candidate) -> Option<Usd> {
        let recommended = self.recommended.as_ref()?;
        let same = self.candidates.iter().find(|one| one.size == recommended.size)?;
        let whole = i128::from(recommended.bill.total().0) * i128::from(candidate.usd_per_month.0);
        let usd = whole.checked_div(i128::from(same.usd_per_month.0))?;
        i64::try_from(usd).ok().map(Usd)
    }

    /// The next cheaper and the next safer size.
    #[must_use]
    pub fn neighbours(&self) -> [Option<&Candidate>; 2] {
        let size = self.recommended.as_ref().map(|one| one.size);
        let Some(place) = self.candidates.iter().position(|one| Some(one.size) == size) else {
            return [None, None];
        };
        [place.checked_sub(1), Some(place + 1)].map(|place| self.candidates.get(place?))
    }

    /// The cheapest place with a firm price; of equal prices the first listed.
    #[must_use]
    pub fn cheapest(&self) -> Option<&Placement> {
        let firm = self.places.iter().filter(|placement| placement.place.is_firm());
        firm.filter(|placement| placement.total().is_some())
            .min_by_key(|placement| placement.total())
    }
}

/// Sums over an estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Totals {
    /// Workloads whose cost is known today and as recommended: the sums are over these.
    pub compared: usize,
    pub current: Usd,
    pub recommended: Usd,
    /// The others with a recommendation, and what they would cost.
    pub others: usize,
    pub others_recommended: Usd,
    /// Workloads without a recommendation.
    pub without: usize,
}

impl Totals {
    #[must_use]
    pub fn savings(&self) -> Usd {
        self.current.to_cents() - self.recommended.to_cents()
    }
}

/// The answer for a whole estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estate {
    /// Where the readings came from.
    pub source: String,
    /// The readings were made up to show what the tool does.
    pub synthetic: bool,
    pub region: String,
    /// Dates of the oldest and newest price.
    pub prices_as_of: (String, String),
    pub month_hours: u32,
    pub policy: Policy,
    /// The most saved first, then by name.
    pub advices: Vec<Advice>,
    /// What is to be said of the whole.
    pub findings: Vec<Finding>,
}

impl Estate {
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for advice in &self.advices {
            match (advice.current_usd(), advice.recommended_usd()) {
                (Some(current), Some(recommended)) => {
                    totals.compared += 1;
                    totals.current += current;
                    totals.recommended += recommended;
                }
                (None, Some(recommended)) => {
                    totals.others += 1;
                    totals.others_recommended += recommended;
                }
                (_, None) => totals.without += 1,
            }
        }
        totals
    }
}
