//! One workload, cut in two.

use crate::model::{Profile, Sample, Size};
use crate::size;
use crate::size::risk::History;
use crate::size::rules::{Ask, Rule};
use crate::units::{CpuUnits, MiB};
use std::collections::BTreeMap;

const DAY: i64 = 86_400;
/// Readings to size from must cover so many days at the least.
const FEWEST_FIT_DAYS: i64 = 7;
const FEWEST_JUDGED_DAYS: i64 = 1;
/// More is a mistake in the counts, and no amount to compare.
const MOST_TASK_HOURS: u64 = 10_000_000;

/// A workload with what is known of its first part, and what became of it.
pub struct Case<'s> {
    pub id: &'s str,
    pub history: History,
    /// Held whatever the risk.
    pub least_cpu: CpuUnits,
    /// What other rules ask for, in the order of [`Rule::ALL`].
    pub asks: [Option<Ask>; 6],
    pub judged: Judged,
    pub judged_days: f64,
}

/// Why a workload is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    TooShort,
    NotMeasured,
    TooLarge,
    TooManyTasks,
}

impl LeftOut {
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            LeftOut::TooShort => "fewer than seven days to size from, or one to judge on",
            LeftOut::NotMeasured => "CPU not measured, or memory in one part only",
            LeftOut::TooLarge => "larger than any size on sale",
            LeftOut::TooManyTasks => "more than ten million hours of tasks",
        }
    }
}

/// The readings to judge on, ready for any size.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Ascending.
    memory: Vec<f64>,
    /// Ascending, each with the seconds of the readings from there on.
    cpu: Vec<f64>,
    cpu_seconds: Vec<u64>,
    /// Running tasks times milliseconds.
    pub task_milliseconds: u64,
}

impl Judged {
    fn new(samples: &[Sample]) -> Self {
        let mut memory: Vec<f64> =
            samples.iter().map(|one| one.memory).filter(|value| !value.is_nan()).collect();
        memory.sort_by(f64::total_cmp);
        let mut cpu: Vec<(f64, u64)> = samples
            .iter()
            .filter(|one| !one.cpu.is_nan())
            .map(|one| (one.cpu, u64::from(one.period_seconds)))
            .collect();
        cpu.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut cpu_seconds: Vec<u64> = cpu.iter().map(|(_, seconds)| *seconds).collect();
        for place in (1..cpu_seconds.len()).rev() {
            cpu_seconds[place - 1] += cpu_seconds[place];
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of tasks, not negative"
        )]
        let milliseconds =
            |one: &Sample| (f64::from(one.tasks) * f64::from(one.period_seconds) * 1000.0) as u64;
        Judged {
            memory,
            cpu: cpu.into_iter().map(|(value, _)| value).collect(),
            cpu_seconds,
            task_milliseconds: samples.iter().map(milliseconds).sum(),
        }
    }

    /// The highest of both.
    #[must_use]
    pub fn peak(&self) -> Ask {
        let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);
        Ask { cpu: last(&self.cpu), memory: last(&self.memory) }
    }

    #[must_use]
    pub fn memory_readings(&self) -> u64 {
        self.memory.len() as u64
    }

    #[must_use]
    pub fn cpu_readings(&self) -> u64 {
        self.cpu.len() as u64
    }

    /// Readings above a size.
    #[must_use]
    pub fn memory_over(&self, size: MiB) -> u64 {
        above(&self.memory, size.0) as u64
    }

    #[must_use]
    pub fn cpu_over(&self, size: CpuUnits) -> u64 {
        above(&self.cpu, size.0) as u64
    }

    #[must_use]
    pub fn throttled_seconds(&self, size: CpuUnits) -> u64 {
        let place = self.cpu.len() - above(&self.cpu, size.0);
        self.cpu_seconds.get(place).copied().unwrap_or(0)
    }
}

fn above(sorted: &[f64], limit: u32) -> usize {
    sorted.len() - sorted.partition_point(|value| *value <= f64::from(limit))
}

/// Cuts every workload at a time, seconds since 1970, and judges up to another; where memory was
/// not measured at all, by CPU alone. What cannot be
/// judged is named with its reason. Samples are in order of time.
#[must_use]
pub fn cases(
    series: &BTreeMap<String, Vec<Sample>>,
    (at, end): (i64, i64),
    largest: Size,
) -> (Vec<Case<'_>>, Vec<(&str, LeftOut)>) {
    let (mut all, mut left_out) = (Vec::new(), Vec::new());
    for (id, samples) in series {
        let until = samples.partition_point(|one| one.at < end);
        match case(id, &samples[..until], at, largest) {
            Ok(case) => all.push(case),
            Err(reason) => left_out.push((id.as_str(), reason)),
        }
    }
    (all, left_out)
}

/// What rules ask for where memory was not measured at all: CPU, with the least memory.
fn cpu_asks(fit: &[Sample]) -> [Option<Ask>; 6] {
    let fit: Vec<Sample> = fit.iter().map(|one| Sample { memory: 0.0, ..*one }).collect();
    Rule::ALL.map(|rule| rule.ask(&fit).map(|ask| Ask { memory: 0.0, ..ask }))
}

fn case<'s>(
    id: &'s str,
    samples: &'s [Sample],
    at: i64,
    largest: Size,
) -> Result<Case<'s>, LeftOut> {
    let (fit, judged) = samples.split_at(samples.partition_point(|one| one.at < at));
    let span = |part: &[Sample]| match part {
        [first, .., last] => last.at + i64::from(last.period_seconds) - first.at,
        _ => 0,
    };
    if span(fit) < FEWEST_FIT_DAYS * DAY || span(judged) < FEWEST_JUDGED_DAYS * DAY {
        return Err(LeftOut::TooShort);
    }
    let mut profile = Profile::default();
    for sample in fit {
        profile.add(&sample.reading());
    }
    let history = History::of(&profile);
    let no_memory = samples.iter().all(|one| one.memory.is_nan());
    let asks = if no_memory { cpu_asks(fit) } else { Rule::ALL.map(|rule| rule.ask(fit)) };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a window")]
    let judged_days = span(judged) as f64 / 86_400.0;
    let judged = Judged::new(judged);
    let memory = history.memory_maximum().or(no_memory.then_some(0.0));
    let (Some(cpu), Some(memory)) = (history.cpu_maximum(), memory) else {
        return Err(LeftOut::NotMeasured);
    };
    if (judged.memory.is_empty() && !no_memory) || judged.cpu.is_empty() {
        return Err(LeftOut::NotMeasured);
    }
    if judged.task_milliseconds / 3_600_000 > MOST_TASK_HOURS {
        return Err(LeftOut::TooManyTasks);
    }
    let peak = judged.peak();
    let (cpu, memory) = (cpu.max(peak.cpu), memory.max(peak.memory));
    if cpu > f64::from(largest.cpu.0) || memory > f64::from(largest.memory.0) {
        return Err(LeftOut::TooLarge);
    }
    let least_cpu = size::least_cpu(&profile);
    Ok(Case { id, history, least_cpu, asks, judged, judged_days })
}
