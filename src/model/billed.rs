//! What AWS billed, as far as a replay can be held against it.

use super::Spent;
use std::collections::{BTreeMap, BTreeSet};

/// What a line of a bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charge {
    /// What a replay plays too.
    Of(Spent),
    /// What was committed and not used.
    Unused,
    /// Other services, and what of these is no time that something ran.
    Other,
    /// Paid at once: upfront fees, subscriptions.
    Purchase,
    Tax,
    /// Credits, refunds, corrections of earlier bills.
    Credit,
}

/// Lines that are alike, added up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BilledFor {
    /// Seconds since 1970.
    pub from: i64,
    pub to: i64,
    pub charge: Charge,
    /// Empty where the bill does not say it, or nobody asks.
    pub account: String,
    pub region: String,
    /// The ECS cluster of a task, the EC2 instance, the function; empty as above.
    pub owner: String,
}

/// Pico-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BilledPico {
    /// On demand, at public prices; of Spot what it cost.
    pub list: i128,
    /// With everything taken off, and what was paid upfront spread over its time.
    pub effective: i128,
}

/// A bill, or several months of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    pub lines: BTreeMap<BilledFor, BilledPico>,
}

impl Billed {
    pub fn add(&mut self, line: BilledFor, pico: BilledPico) {
        let all = self.lines.entry(line).or_default();
        all.list = all.list.saturating_add(pico.list);
        all.effective = all.effective.saturating_add(pico.effective);
    }

    /// The hours since 1970 that it is of: a line of more than a day is of an hour only where
    /// there is none shorter.
    #[must_use]
    pub fn hours(&self) -> BTreeSet<i64> {
        const DAY: i64 = 86_400;
        let uses = || self.lines.keys().filter(|line| line.is_use());
        let longest = if uses().any(|line| line.to - line.from <= DAY) { DAY } else { i64::MAX };
        let periods: BTreeSet<(i64, i64)> = uses()
            .filter(|line| line.to - line.from <= longest)
            .map(BilledFor::whole_hours)
            .collect();
        periods.into_iter().flat_map(|(first, end)| first..end).collect()
    }
}

impl BilledFor {
    /// Of a time in which something ran?
    #[must_use]
    pub fn is_use(&self) -> bool {
        matches!(self.charge, Charge::Of(_) | Charge::Other)
    }

    /// The first hour since 1970 that it touches, and the first that it does not.
    #[must_use]
    pub fn whole_hours(&self) -> (i64, i64) {
        (self.from.div_euclid(3_600), (self.to + 3_599).div_euclid(3_600))
    }
}
