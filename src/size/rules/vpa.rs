//! The Vertical Pod Autoscaler's recommender: the 90th percentile of histograms that forget,
//! with 15 % on top. Its buckets are part of the answer: see [`start`].

use super::{Ask, MILLICORE};
use crate::model::Sample;
use std::collections::BTreeMap;

const GROWTH: f64 = 1.05;
const HALF_LIFE_SECONDS: f64 = 86_400.0;
const PERCENTILE: f64 = 0.9;
const MARGIN: f64 = 1.15;
/// Of a whole pod: millicores and bytes.
const FLOOR: (f64, f64) = (25.0, 250.0 * 1_048_576.0);
/// First bucket's width: cores and bytes.
const FIRST_CPU: f64 = 0.01;
const FIRST_MEMORY: f64 = 1e7;
const BYTES_A_MIB: f64 = 1_048_576.0;
const DAY: i64 = 86_400;

pub(super) fn ask(samples: &[Sample]) -> Option<Ask> {
    let end = samples.last()?.at;
    let mut cpu = Decaying::new(FIRST_CPU, end);
    let mut days: BTreeMap<i64, f64> = BTreeMap::new();
    for sample in samples {
        if !sample.cpu.is_nan() {
            cpu.add(sample.at, sample.cpu / 1024.0);
        }
        if !sample.memory.is_nan() {
            let peak = days.entry(sample.at.div_euclid(DAY)).or_default();
            *peak = peak.max(sample.memory);
        }
    }
    // Of memory one sample a day: its peak, as of the day's end.
    let mut memory = Decaying::new(FIRST_MEMORY, end);
    for (day, peak) in days {
        memory.add((day + 1) * DAY, peak * BYTES_A_MIB);
    }
    let cores = cpu.percentile()?;
    let bytes = memory.percentile()?;
    let millicores = ((cores * 1000.0).trunc() * MARGIN).trunc().max(FLOOR.0);
    let bytes = (bytes.trunc() * MARGIN).trunc().max(FLOOR.1);
    Some(Ask { cpu: millicores * MILLICORE, memory: bytes / BYTES_A_MIB })
}

/// Where a bucket begins: each is 5 % wider than the one before.
fn start(first: f64, bucket: i32) -> f64 {
    first * (GROWTH.powi(bucket) - 1.0) / (GROWTH - 1.0)
}

/// Weights by bucket; a sample's weight doubles with every half-life that it is younger.
struct Decaying {
    first: f64,
    reference: i64,
    weights: BTreeMap<i32, f64>,
}

impl Decaying {
    const fn new(first: f64, reference: i64) -> Self {
        Decaying { first, reference, weights: BTreeMap::new() }
    }

    fn add(&mut self, at: i64, value: f64) {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a window")]
        let age = (at - self.reference) as f64 / HALF_LIFE_SECONDS;
        let bucket = if value < self.first {
            0
        } else {
            let number = (value * (GROWTH - 1.0) / self.first + 1.0).ln() / GROWTH.ln();
            #[expect(clippy::cast_possible_truncation, reason = "some two hundred buckets")]
            let number = number as i32;
            number
        };
        *self.weights.entry(bucket).or_default() += age.exp2();
    }

    /// The end of the bucket in which the percentile lies.
    fn percentile(&self) -> Option<f64> {
        let total: f64 = self.weights.values().sum();
        let mut seen = 0.0;
        for (bucket, weight) in &self.weights {
            seen += weight;
            if seen >= PERCENTILE * total {
                return Some(start(self.first, bucket + 1));
            }
        }
        self.weights.last_key_value().map(|(bucket, _)| start(self.first, bucket + 1))
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers, exactly")]
mod tests {
    use super::*;

    /// Values that clusters printed, by their buckets.
    #[test]
    fn answers_lie_on_its_lattice() {
        let millicores = |bucket| ((start(FIRST_CPU, bucket) * 1000.0).trunc() * MARGIN).trunc();
        let bytes = |bucket| (start(FIRST_MEMORY, bucket).trunc() * MARGIN).trunc();
        let cpu = [1, 2, 3, 4, 23, 26].map(millicores);
        assert_eq!(cpu, [11.0, 23.0, 35.0, 49.0, 476.0, 587.0]);
        let memory = [5, 25, 27, 31, 32].map(bytes);
        let printed = [63_544_758.0, 548_861_636.0, 628_694_953.0, 813_749_082.0, 865_936_536.0];
        assert_eq!(memory, printed);
    }
}
