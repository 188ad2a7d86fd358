//! Many appetites for risk, and which of them beats another rule in everything.

use super::{Bench, Outcome, Strategy};
use crate::model::RiskPolicy;
use crate::size::rules::Rule;
use crate::units::Usd;

/// An appetite for risk with what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub policy: RiskPolicy,
    pub outcome: Outcome,
}

/// Another rule, and the level that beats it, if one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contest {
    pub rule: Rule,
    pub outcome: Outcome,
    pub beaten_by: Option<Level>,
    /// Else the level of no higher bill whose worst measure is the best.
    pub nearest: Option<Level>,
}

/// Limits of a grid, in millionths.
const MEMORY: [u32; 14] = [
    10_000, 20_000, 30_000, 50_000, 70_000, 90_000, 120_000, 150_000, 180_000, 250_000, 300_000,
    400_000, 600_000, 800_000,
];
const CPU: [u32; 15] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 80_000, 100_000, 150_000, 200_000, 250_000,
    300_000, 400_000, 500_000,
];
const FAILURE_DOLLARS: [i64; 8] = [0, 20, 50, 100, 200, 300, 400, 1_000];
const HOUR_CENTS: [i64; 14] =
    [0, 10, 25, 50, 75, 100, 150, 200, 500, 1_000, 2_500, 5_000, 10_000, 50_000];

/// Every combination of the grid with its outcome.
#[must_use]
pub fn levels(bench: &Bench<'_>) -> Vec<Level> {
    let costs = FAILURE_DOLLARS
        .into_iter()
        .flat_map(|dollars| HOUR_CENTS.into_iter().map(move |cents| (dollars, cents)));
    let grid = costs.flat_map(|(dollars, cents)| {
        MEMORY.into_iter().flat_map(move |memory_ppm| {
            CPU.into_iter().map(move |cpu_ppm| RiskPolicy {
                memory_ppm,
                cpu_ppm,
                failure_cost: Usd(dollars * 1_000_000),
                throttled_hour_cost: Usd(cents * 10_000),
            })
        })
    });
    grid.map(|policy| Level { policy, outcome: bench.outcome(Strategy::Risk(policy)) }).collect()
}

/// Holds every other rule against the levels.
#[must_use]
pub fn contest(bench: &Bench<'_>, levels: &[Level]) -> Vec<Contest> {
    Rule::ALL
        .into_iter()
        .map(|rule| {
            let outcome = bench.outcome(Strategy::Rule(rule));
            let affordable = || levels.iter().filter(|level| level.outcome.usd <= outcome.usd);
            let nearest =
                affordable().min_by_key(|level| worst_per_mille(&level.outcome, &outcome));
            let beaten_by = nearest.filter(|level| level.outcome.dominates(&outcome));
            Contest { rule, outcome, beaten_by: beaten_by.copied(), nearest: nearest.copied() }
        })
        .collect()
}

/// The worst measure against the other's, in thousandths.
fn worst_per_mille(mine: &Outcome, theirs: &Outcome) -> u64 {
    let ratio = |mine: u64, theirs: u64| mine.saturating_mul(1000) / theirs.max(1);
    ratio(mine.memory_failures, theirs.memory_failures)
        .max(ratio(mine.memory_over, theirs.memory_over))
        .max(ratio(mine.cpu_over, theirs.cpu_over))
}
