//! How wrong is a rule? Each is given the first part of the readings and judged on the rest,
//! after rounding to sizes on sale: what it costs, and how often it falls short.
//!
//! Joins readings, `size` and `fit`, as `advise` does; pure. `replayed` in the tests counts
//! the same the slow way.

mod calibration;
mod case;
mod frontier;
mod training;

pub use calibration::{Bin, Calibration, calibrate};
pub use case::{Case, Judged, LeftOut, cases};
pub use frontier::{Contest, Level, contest, levels};
pub use training::Training;

use crate::fit::FargateTable;
use crate::model::{Candidate, Risk, RiskPolicy, Size};
use crate::size::risk::{Parameters, choose};
use crate::size::rules::{Ask, Rule};
use crate::units::{Hour, Quantity, Usd, UsdPerHour, whole_up};

/// Who sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strategy {
    /// By limits of predicted risk.
    Risk(RiskPolicy),
    /// Another tool's.
    Rule(Rule),
    /// Knows the rest of the readings beforehand: what nobody can do better.
    Oracle,
}

/// What came of a strategy over all cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Of the time that was judged.
    pub usd: Usd,
    pub workloads: u64,
    /// Workloads with at least one reading of memory above the size.
    pub memory_failures: u64,
    pub memory_readings: u64,
    pub memory_over: u64,
    pub cpu_readings: u64,
    pub cpu_over: u64,
    /// Time in which CPU demand was above the size.
    pub throttled_seconds: u64,
    /// Workloads for which the largest size on sale was not enough by its own reckoning.
    pub too_large: u64,
}

/// In millionths.
const CERTAIN: u32 = 1_000_000;
/// What no bill reaches counts as a billion dollars, never as nothing.
const BEYOND: Usd = Usd(1_000_000_000_000_000);

/// Sizes on sale with their prices, and all cases with what is known of them.
pub struct Bench<'s> {
    pub cases: Vec<Case<'s>>,
    pub sizes: Vec<(Size, UsdPerHour)>,
    /// By case, in the order of `sizes`.
    candidates: Vec<Vec<Candidate>>,
    /// By case those that no cheaper one is as safe as, and their numbers.
    frontiers: Vec<(Vec<Candidate>, Vec<usize>)>,
    /// What comes of every size by itself, by case.
    outcomes: Vec<Vec<Outcome>>,
}

impl<'s> Bench<'s> {
    /// Predicts risks for every case and size: of as many days as are judged.
    #[must_use]
    pub fn new(
        cases: Vec<Case<'s>>,
        table: &FargateTable,
        parameters: &Parameters,
        month_hours: u32,
    ) -> Self {
        let mut sizes: Vec<(Size, UsdPerHour)> = table.all().collect();
        sizes.sort_by_key(|(size, price)| (*price, *size));
        let month = Quantity::<Hour>::whole(u64::from(month_hours));
        let of = |case: &Case<'_>| -> Vec<Candidate> {
            let all: Vec<Size> = sizes.iter().map(|(size, _)| *size).collect();
            let risks = case.history.risks(parameters, &all, case.judged_days);
            let candidate = |((size, price), risk): (&(Size, UsdPerHour), Risk)| Candidate {
                size: *size,
                usd_per_month: price.times(month).map_or(Usd(i64::MAX), |amount| amount.usd),
                // What is used now is not put to chance.
                risk: if size.cpu < case.least_cpu {
                    Risk { cpu_ppm: Some(CERTAIN), ..risk }
                } else {
                    risk
                },
            };
            sizes.iter().zip(risks).map(candidate).collect()
        };
        let candidates: Vec<Vec<Candidate>> = cases.iter().map(of).collect();
        let frontiers = candidates.iter().map(|all| frontier_of(all)).collect();
        let outcome = |judged: &Judged| {
            let sizes = sizes.iter();
            sizes.map(|(size, price)| Outcome::of(judged, *size, *price)).collect()
        };
        let outcomes = cases.iter().map(|case| outcome(&case.judged)).collect();
        Bench { cases, sizes, candidates, frontiers, outcomes }
    }

    #[must_use]
    pub fn candidates(&self, case: usize) -> &[Candidate] {
        &self.candidates[case]
    }

    /// The number of the size that a strategy takes for a case; the flag says that none on
    /// sale was enough for it and the largest was taken.
    #[must_use]
    pub fn chosen(&self, strategy: Strategy, case: usize) -> (usize, bool) {
        let of = &self.cases[case];
        let holding = |ask: Ask| {
            let (cpu, memory) = (whole_up(ask.cpu), whole_up(ask.memory));
            let holds = |size: &Size| {
                cpu.is_some_and(|cpu| size.cpu.0 >= cpu)
                    && memory.is_some_and(|memory| size.memory.0 >= memory)
            };
            self.sizes.iter().position(|(size, _)| holds(size))
        };
        let found = match strategy {
            Strategy::Risk(policy) => {
                let (candidates, numbers) = &self.frontiers[case];
                choose(candidates, &policy).map(|place| numbers[place])
            }
            Strategy::Rule(rule) => {
                let place = Rule::ALL.iter().position(|one| *one == rule);
                place.and_then(|place| of.asks[place]).and_then(holding)
            }
            Strategy::Oracle => holding(of.judged.peak()),
        };
        let largest = || {
            let last = self.sizes.iter().enumerate().max_by_key(|(_, (size, _))| *size);
            last.map_or(0, |(number, _)| number)
        };
        found.map_or_else(|| (largest(), true), |number| (number, false))
    }

    /// Everything that a strategy leads to.
    #[must_use]
    pub fn outcome(&self, strategy: Strategy) -> Outcome {
        let mut all = Outcome::default();
        for number in 0..self.cases.len() {
            let (chosen, too_large) = self.chosen(strategy, number);
            all.add(&self.outcomes[number][chosen]);
            all.too_large += u64::from(too_large);
        }
        all
    }
}

/// Of candidates by price those than which no cheaper one is as safe, with their numbers: what
/// is left out is never chosen.
fn frontier_of(all: &[Candidate]) -> (Vec<Candidate>, Vec<usize>) {
    let (mut kept, mut numbers): (Vec<Candidate>, _) = (Vec::new(), Vec::new());
    for (number, one) in all.iter().enumerate() {
        let safe = |other: &Candidate| {
            other.risk.memory_ppm <= one.risk.memory_ppm && other.risk.cpu_ppm <= one.risk.cpu_ppm
        };
        if !kept.iter().any(safe) {
            kept.push(*one);
            numbers.push(number);
        }
    }
    (kept, numbers)
}

impl Outcome {
    /// Of one workload with one size.
    fn of(judged: &Judged, size: Size, price: UsdPerHour) -> Self {
        let (memory_over, cpu_over) = (judged.memory_over(size.memory), judged.cpu_over(size.cpu));
        let hours = Quantity::<Hour>::ratio(u128::from(judged.task_milliseconds), 3_600_000);
        Outcome {
            usd: price.times(hours).map_or(BEYOND, |amount| amount.usd),
            workloads: 1,
            memory_failures: u64::from(memory_over > 0),
            memory_readings: judged.memory_readings(),
            memory_over,
            cpu_readings: judged.cpu_readings(),
            cpu_over,
            throttled_seconds: judged.throttled_seconds(size.cpu),
            too_large: 0,
        }
    }

    fn add(&mut self, one: &Outcome) {
        self.usd += one.usd;
        self.workloads += one.workloads;
        self.memory_failures += one.memory_failures;
        self.memory_readings += one.memory_readings;
        self.memory_over += one.memory_over;
        self.cpu_readings += one.cpu_readings;
        self.cpu_over += one.cpu_over;
        self.throttled_seconds += one.throttled_seconds;
    }

    /// Each in millionths: workloads with a memory failure, memory and CPU readings over.
    #[must_use]
    pub fn violations_ppm(&self) -> [u64; 3] {
        let share = |part: u64, whole: u64| {
            (u128::from(part) * 1_000_000)
                .checked_div(u128::from(whole))
                .map_or(0, |ppm| u64::try_from(ppm).unwrap_or(u64::MAX))
        };
        [
            share(self.memory_failures, self.workloads),
            share(self.memory_over, self.memory_readings),
            share(self.cpu_over, self.cpu_readings),
        ]
    }

    /// Costs no more, and falls short less often in every way.
    #[must_use]
    pub fn dominates(&self, other: &Outcome) -> bool {
        let mine = [self.memory_failures, self.memory_over, self.cpu_over];
        let theirs = [other.memory_failures, other.memory_over, other.cpu_over];
        // Where the other never falls short, neither is there less.
        self.usd <= other.usd && mine.iter().zip(theirs).all(|(mine, theirs)| *mine < theirs.max(1))
    }
}

#[cfg(test)]
mod tests;
