//! An alarm over its periods, and the step that it leads to.

use super::super::Step;
use super::{Adjustment, Alarm, Change, Gathered, MINUTE};
use std::collections::VecDeque;

/// The periods of an alarm.
#[derive(Clone, Debug, Default)]
pub(super) struct Periods {
    sum: f64,
    seconds: u32,
    most: f64,
    breached: VecDeque<bool>,
    /// The last whole one's.
    pub value: f64,
}

impl Periods {
    /// Takes a value up; is it ringing?
    pub fn see(&mut self, alarm: &Alarm, value: f64, step: &Step) -> bool {
        let seconds = f64::from(step.seconds);
        self.most = if self.seconds == 0 { value } else { self.most.max(value) };
        self.sum += value * seconds;
        self.seconds += step.seconds;
        let period = i64::from(alarm.period_seconds.max(1));
        let end = step.at + i64::from(step.seconds);
        if end.div_euclid(period) > step.at.div_euclid(period) {
            let mean = self.sum / f64::from(self.seconds);
            self.value = match alarm.gathered {
                Gathered::Mean => mean,
                Gathered::Maximum => self.most,
                // A minute's value stands for each of its minutes.
                Gathered::Sum => self.sum / f64::from(MINUTE),
            };
            (self.sum, self.seconds) = (0.0, 0);
            self.breached.push_back(alarm.breached(self.value));
            if self.breached.len() > alarm.periods.max(1) as usize {
                self.breached.pop_front();
            }
        }
        let breached = self.breached.iter().filter(|one| **one).count();
        breached >= alarm.datapoints.max(1) as usize
    }
}

/// What the step changes that counts so far from the threshold.
pub(super) fn by(adjustments: &[Adjustment], above: bool, beyond: f64) -> Option<i32> {
    let counts = |one: &&Adjustment| {
        if above {
            one.lower <= beyond && beyond < one.upper
        } else {
            one.lower < beyond && beyond <= one.upper
        }
    };
    adjustments.iter().find(counts).map(|one| one.change)
}

/// A number of tasks changed as a policy says.
///
/// In percent: more than one is rounded down, less than one is one, and likewise below zero.
pub(super) fn adjusted(tasks: u32, by: i32, change: Change, minimum: u32) -> u32 {
    let by = i64::from(by);
    let tasks = i64::from(tasks);
    let after = match change {
        Change::Exact => by,
        Change::By => tasks + by,
        Change::Percent => {
            let hundredths = tasks * by;
            let change = hundredths / 100;
            let change = if change == 0 { hundredths.signum() } else { change };
            let change = if by == 0 { 0 } else { change };
            tasks + change.signum() * change.abs().max(i64::from(minimum))
        }
    };
    u32::try_from(after.max(0)).unwrap_or(u32::MAX)
}
