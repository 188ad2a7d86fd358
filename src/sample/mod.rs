//! The sample estate: a university team's web app, queue, worker, crawler and jobs in
//! dev, stage and prod, over 35 days. Made up, from a seed; it shows what the tool does.
//!
//! Only sums, products and comparisons of floats are used, so that every machine makes
//! the same numbers.

mod random;
mod rhythm;
mod workloads;

use crate::model::{Reading, Signal, Workload};
use random::Random;

/// Monday 2026-10-05, 00:00 UTC.
pub const START: i64 = 1_791_158_400;
pub const DAYS: i64 = 35;
pub const PERIOD: u32 = 300;
/// The seed of the estate that the binary carries.
pub const SEED: u64 = 2019;
pub const SOURCE: &str = "synthetic sample estate";

/// The readings of one workload, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub workload: Workload,
    pub readings: Vec<Reading>,
}

/// The whole estate, sorted by name. The same seed makes the same estate.
#[must_use]
pub fn estate(seed: u64) -> Vec<Series> {
    let mut all: Vec<Series> = workloads::all()
        .into_iter()
        .map(|plan| {
            let mut random = Random::new(seed, &plan.workload.id);
            let readings = workloads::readings(&plan, &mut random);
            Series { workload: plan.workload, readings }
        })
        .collect();
    all.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    all
}

/// Steps of [`PERIOD`] in the window.
fn steps() -> i64 {
    DAYS * 86_400 / i64::from(PERIOD)
}

/// A reading with everything measured; values are kept to a sixteenth.
fn reading(step: i64, tasks: f64, cpu: (f64, f64), memory: (f64, f64)) -> Reading {
    let sixteenths = |value: f64| (value.max(0.0) * 16.0).floor() / 16.0;
    Reading::new(START + step * i64::from(PERIOD), PERIOD)
        .with(Signal::Tasks, tasks)
        .with(Signal::CpuMean, sixteenths(cpu.0))
        .with(Signal::CpuMax, sixteenths(cpu.1.max(cpu.0)))
        .with(Signal::MemoryMean, sixteenths(memory.0))
        .with(Signal::MemoryMax, sixteenths(memory.1.max(memory.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_estate_and_another_does_not() {
        let estate = estate(SEED);
        assert_eq!(estate, super::estate(SEED));
        assert_ne!(estate, super::estate(SEED + 1));
        assert_eq!(estate.len(), 21);
        assert!(estate.is_sorted_by_key(|series| series.workload.id.clone()));
    }

    #[test]
    fn nothing_uses_more_than_it_has() {
        for Series { workload, readings } in estate(SEED) {
            let size = workload.size.unwrap();
            for reading in &readings {
                let cpu = reading.get(Signal::CpuMax).unwrap();
                let memory = reading.get(Signal::MemoryMax).unwrap();
                assert!(cpu <= f64::from(size.cpu.0), "{} {cpu}", workload.id);
                assert!(memory <= f64::from(size.memory.0), "{} {memory}", workload.id);
            }
        }
    }
}
