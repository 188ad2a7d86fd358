//! What AWS billed, as far as a replay can be held against it.

use super::Spent;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// What a line of a bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charge {
    /// What a replay plays too.
    Of(Spent),
    /// What was committed to compute and not used.
    Unused,
    /// Other services, and what of these is no time that something ran.
    Other,
    /// Paid at once: upfront fees, subscriptions.
    Purchase,
    Tax,
    /// Credits, refunds, corrections of earlier bills.
    Credit,
}

/// A line of a bill, without its amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BilledLine<'l> {
    /// Seconds since 1970.
    pub from: i64,
    pub to: i64,
    pub charge: Charge,
    /// Empty where the bill does not say it.
    pub account: &'l str,
    pub region: &'l str,
    /// The ECS cluster of a task, the EC2 instance, the function; empty as above.
    pub owner: &'l str,
}

/// Pico-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BilledPico {
    /// On demand, at public prices; of Spot what it cost.
    pub list: i128,
    /// With everything taken off, and what was paid upfront spread over its time.
    pub effective: i128,
}

/// Lines that are alike to an estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BilledFor {
    /// Seconds since 1970.
    pub from: i64,
    pub to: i64,
    pub charge: Charge,
    /// Why it is not held against a replay.
    pub aside: Option<&'static str>,
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

    /// Seconds of the periods that it is kept in, by the lines that are compared where there are
    /// any: an hour where one is of no more, else a day, else as long as they are.
    #[must_use]
    pub fn period(&self) -> i64 {
        let length = |line: &BilledFor| line.to - line.from;
        let compared = self.uses().filter(|line| line.aside.is_none()).map(length).min();
        match compared.or_else(|| self.uses().map(length).min()) {
            Some(..=HOUR) => HOUR,
            Some(..=DAY) => DAY,
            _ => i64::MAX,
        }
    }

    /// The hours since 1970 that lines of such a period are of.
    #[must_use]
    pub fn hours(&self) -> BTreeSet<i64> {
        let period = self.period();
        let periods: BTreeSet<(i64, i64)> = self
            .uses()
            .filter(|line| line.to - line.from <= period)
            .map(BilledFor::whole_hours)
            .collect();
        periods.into_iter().flat_map(|(first, end)| first..end).collect()
    }

    /// Lines of a time in which something ran.
    fn uses(&self) -> impl Iterator<Item = &BilledFor> {
        let of_use = |charge: Charge| matches!(charge, Charge::Of(_) | Charge::Other);
        self.lines.keys().filter(move |line| of_use(line.charge))
    }
}

impl BilledFor {
    /// The first hour since 1970 that it touches, and the first that it does not.
    #[must_use]
    pub fn whole_hours(&self) -> (i64, i64) {
        (self.from.div_euclid(HOUR), (self.to + HOUR - 1).div_euclid(HOUR))
    }
}
