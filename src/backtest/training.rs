//! Examples for the risk model: what the past of a workload said at a threshold, and what
//! became of it. Many workloads, several cuts, many thresholds.

use crate::model::{Profile, Sample};
use crate::size::risk::{CPU_FEATURES, Example, History, Link, MEMORY_FEATURES, Parameters, fit};
use std::collections::BTreeMap;

/// Shares of the window: from the beginning to the one is the past, to the other the future.
const CUTS: [(f64, f64); 5] = [(0.4, 0.65), (0.5, 0.75), (0.5, 1.0), (0.6, 1.0), (0.75, 1.0)];
const FEWEST_PAST_DAYS: f64 = 8.0;
const FEWEST_FUTURE_DAYS: f64 = 4.0;
const FEWEST_SAMPLES: usize = 100;
const DAY: f64 = 86_400.0;
/// Thresholds in octaves from the highest value seen.
const STEP: f64 = 0.125;
/// Right around the highest value, where flat demand decides.
const NEAR: [f64; 8] = [-0.09, -0.06, -0.03, -0.015, 0.015, 0.03, 0.06, 0.09];
const MEMORY_OCTAVES: (i32, i32) = (-16, 32);
const CPU_OCTAVES: (i32, i32) = (-32, 24);
/// Only the tail of CPU is of interest: thresholds that were exceeded more often are left out.
const LARGEST_SHARE: f64 = 0.5;
/// Examples count by the inverse of their share, so that small ones are right in proportion.
const SMALLEST_SHARE: f64 = 1e-4;
const MEMORY_RIDGE: f64 = 1e-3;
const CPU_RIDGE: f64 = 1e-7;

type Examples<const N: usize> = Vec<Example<N>>;

/// All examples of one kind or the other.
#[derive(Clone, Debug, Default)]
pub struct Training {
    memory: Examples<{ MEMORY_FEATURES.len() }>,
    cpu: Examples<{ CPU_FEATURES.len() }>,
}

impl Training {
    /// Adds the workloads of one window, seconds since 1970; with their CPU or without.
    pub fn add(
        &mut self,
        series: &BTreeMap<String, Vec<Sample>>,
        (start, end): (i64, i64),
        with_cpu: bool,
    ) {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a window")]
        let length = (end - start) as f64;
        for (past, future) in CUTS {
            if length * past < FEWEST_PAST_DAYS * DAY
                || length * (future - past) < FEWEST_FUTURE_DAYS * DAY
            {
                continue;
            }
            #[expect(clippy::cast_possible_truncation, reason = "a part of a window")]
            let at = |share: f64| start + (length * share) as i64;
            for samples in series.values() {
                self.cut(samples, at(past), at(future), with_cpu);
            }
        }
    }

    fn cut(&mut self, samples: &[Sample], at: i64, end: i64, with_cpu: bool) {
        let place = |time: i64| samples.partition_point(|one| one.at < time);
        let (past, future) = (&samples[..place(at)], &samples[place(at)..place(end)]);
        if past.len() < FEWEST_SAMPLES || future.len() < FEWEST_SAMPLES {
            return;
        }
        let mut profile = Profile::default();
        for sample in past {
            profile.add(&sample.reading());
        }
        let history = History::of(&profile);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a window")]
        let days = (future[future.len() - 1].at - future[0].at) as f64 / DAY;
        self.memory_examples(&history, future, days);
        if with_cpu {
            self.cpu_examples(&history, future);
        }
    }

    fn memory_examples(&mut self, history: &History, future: &[Sample], days: f64) {
        let Some(maximum) = history.memory_maximum() else { return };
        let peak = future.iter().map(|one| one.memory).fold(f64::NAN, f64::max);
        if peak.is_nan() {
            return;
        }
        for threshold in thresholds(maximum, MEMORY_OCTAVES, &NEAR) {
            let Some(features) = history.memory_features(threshold, days) else { continue };
            let outcome = if peak > threshold { 1.0 } else { 0.0 };
            self.memory.push(Example { features, outcome, weight: 1.0 });
        }
    }

    fn cpu_examples(&mut self, history: &History, future: &[Sample]) {
        let Some(maximum) = history.cpu_maximum() else { return };
        let mut values: Vec<f64> =
            future.iter().map(|one| one.cpu).filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        if values.is_empty() {
            return;
        }
        for threshold in thresholds(maximum, CPU_OCTAVES, &[]) {
            let past = history.cpu_share_above(threshold).unwrap_or(0.0);
            let features = history.cpu_features(threshold).filter(|_| past <= LARGEST_SHARE);
            let Some(features) = features else { continue };
            let above = values.len() - values.partition_point(|value| *value <= threshold);
            #[expect(clippy::cast_precision_loss, reason = "counts of readings")]
            let outcome = above as f64 / values.len() as f64;
            self.cpu.push(Example { features, outcome, weight: 1.0 / (past + SMALLEST_SHARE) });
        }
    }

    #[must_use]
    pub fn examples(&self) -> (usize, usize) {
        (self.memory.len(), self.cpu.len())
    }

    /// The parameters that make the outcomes likeliest; nothing without examples of both.
    #[must_use]
    pub fn fitted(&self) -> Option<Parameters> {
        if self.memory.is_empty() || self.cpu.is_empty() {
            return None;
        }
        let memory = MEMORY_FEATURES.map(|(_, sign)| sign);
        let cpu = CPU_FEATURES.map(|(_, sign)| sign);
        Some(Parameters {
            memory: fit(&self.memory, Link::ComplementaryLogLog, &memory, MEMORY_RIDGE),
            cpu: fit(&self.cpu, Link::Logit, &cpu, CPU_RIDGE),
        })
    }
}

fn thresholds(
    maximum: f64,
    (from, to): (i32, i32),
    near: &'static [f64],
) -> impl Iterator<Item = f64> {
    let even = (from..=to).map(|step| f64::from(step) * STEP);
    even.chain(near.iter().copied()).map(move |octaves| maximum * octaves.exp2())
}
