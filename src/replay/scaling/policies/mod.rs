//! A service under policies of any kind, minute by minute: target tracking on CPU, memory or
//! requests, step scaling with its alarms, several of them together, and scheduled bounds.
//!
//! Target tracking is as in [`super`]. Step scaling is as Application Auto Scaling's guide has it:
//! an alarm that rings starts its policy every minute; within a cooldown, which begins once the
//! tasks serve, what was added counts as part of what is to be added; fewer tasks wait for their
//! own cooldown. Of several policies the one that wants most tasks decides; target tracking takes
//! tasks away only where all such policies would.

mod alarm;
mod play;

use super::{COOLDOWN_SECONDS, Step, all_of, step_of};
use crate::model::{Sample, Size};
pub use play::kept;

/// A metric of a service. CPU and memory are percentages of what its tasks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Cpu,
    HottestCpu,
    Memory,
    FullestMemory,
    /// Of a minute.
    RequestsPerTask,
}

const METRICS: usize = 5;
type Values = [f64; METRICS];

/// How an alarm makes one value of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    Mean,
    Maximum,
    Sum,
}

/// An alarm of CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    pub metric: Metric,
    pub gathered: Gathered,
    pub threshold: f64,
    /// It rings above its threshold, else below.
    pub above: bool,
    /// At the threshold too.
    pub inclusive: bool,
    /// Whole minutes.
    pub period_seconds: u32,
    /// So many of so many periods.
    pub datapoints: u32,
    pub periods: u32,
}

impl Alarm {
    fn breached(&self, value: f64) -> bool {
        let (value, threshold) =
            if self.above { (value, self.threshold) } else { (self.threshold, value) };
        value > threshold || (self.inclusive && value >= threshold)
    }
}

/// What a step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    By,
    Percent,
    Exact,
}

/// Counts where the metric is from so far to before so far from the threshold; the other way
/// round below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjustment {
    pub lower: f64,
    pub upper: f64,
    pub change: i32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    Tracking {
        metric: Metric,
        target: f64,
        scale_in: bool,
        scale_in_cooldown: u32,
    },
    Stepped {
        alarms: Vec<Alarm>,
        change: Change,
        /// Tasks at least, of a change in percent.
        minimum: u32,
        adjustments: Vec<Adjustment>,
        cooldown: u32,
    },
}

impl Rule {
    /// Target tracking with nothing set but its target.
    #[must_use]
    pub const fn tracking(metric: Metric, target: f64) -> Self {
        let scale_in_cooldown = COOLDOWN_SECONDS;
        Rule::Tracking { metric, target, scale_in: true, scale_in_cooldown }
    }
}

/// A size, and all that keeps its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Policies {
    pub size: Size,
    /// What its memory is measured against, as a share of the size: one, or less where containers
    /// reserve less than they may use.
    pub reserved_share: f64,
    /// No task can use more CPU than its size has.
    pub cpu_capped: bool,
    /// MiB more for each CPU unit more of a task's load.
    pub memory_slope: f64,
    pub minimum: u32,
    pub maximum: u32,
    pub rules: Vec<Rule>,
}

/// A minute's demand, or less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    pub step: Step,
    /// MiB of a task in the mean; NaN where that is not known.
    pub memory_mean: f64,
    /// Of all tasks; NaN where they were not counted.
    pub requests: f64,
}

const MINUTE: u32 = 60;

/// The readings that [`super::steps`] takes, minute by minute.
#[must_use]
pub fn minutes(samples: &[Sample], size: Option<u32>) -> Vec<Minute> {
    let all = all_of(size);
    let mut out = Vec::new();
    for (sample, step) in samples.iter().filter_map(|one| Some((one, step_of(one, all)?))) {
        let mut from = 0;
        while from < step.seconds {
            let seconds = MINUTE.min(step.seconds - from);
            let part = f64::from(seconds) / f64::from(step.seconds);
            out.push(Minute {
                step: Step { at: step.at + i64::from(from), seconds, ..step },
                memory_mean: sample.memory_mean,
                requests: f64::from(sample.requests) * part,
            });
            from += seconds;
        }
    }
    out
}

#[cfg(test)]
mod tests;
