//! CPU: the share of the time to come in which demand exceeds a threshold.
//!
//! A regression of fractions: the logit of the share is a sum of what the history says.

use super::peaks::Peaks;
use super::regression::Sign;
use crate::model::Histogram;

pub(super) const FEATURES: usize = 18;

pub(super) const NAMES: [(&str, Sign); FEATURES] = [
    ("one", Sign::Any),
    ("share_above", Sign::Up),
    ("share_above_a_hundredth", Sign::Up),
    ("days_above", Sign::Up),
    ("days_since_above", Sign::Down),
    ("never_above", Sign::Any),
    ("distance_0_to_0.04", Sign::Down),
    ("distance_0.04_to_0.15", Sign::Down),
    ("distance_0.15_to_0.4", Sign::Down),
    ("distance_0.4_to_1", Sign::Down),
    ("distance_1_to_2.5", Sign::Down),
    ("distance_2.5_to_6", Sign::Down),
    ("never_times_tail", Sign::Any),
    ("never_times_rise", Sign::Any),
    ("never_times_spread", Sign::Any),
    ("never_times_days", Sign::Any),
    ("distance_0.04_times_tail", Sign::Any),
    ("distance_0.15_times_tail", Sign::Any),
];

/// Octaves above the record at which the slope of the distance changes.
const KNOTS: [f64; 7] = [0.0, 0.04, 0.15, 0.4, 1.0, 2.5, 6.0];

#[derive(Clone, Debug)]
pub(super) struct CpuHistory {
    peaks: Peaks,
    readings: f64,
    /// Lower edges of buckets in CPU units, each with the readings from there on; ascending.
    from_edge: Vec<(f64, f64)>,
    maximum: f64,
    /// Octaves from the 99th percentile to the highest, three at most.
    tail: f64,
    /// Octaves that the last quarter rose or fell.
    rise: f64,
    /// Octaves from the median daily peak to the highest, three at most.
    spread: f64,
}

impl CpuHistory {
    pub fn new(histogram: &Histogram, peaks: &Peaks) -> Option<Self> {
        let maximum = histogram.maximum()?.to_f64().max(1.0);
        if peaks.days.is_empty() {
            return None;
        }
        let p99 = histogram.percentile(990)?.to_f64().max(1.0);
        let mut sorted = peaks.values.clone();
        sorted.sort_by(f64::total_cmp);
        let octaves = |part: f64| (maximum / part.max(1.0)).log2().min(3.0);
        let mut left = histogram.count();
        #[expect(clippy::cast_precision_loss, reason = "counts of readings")]
        let from_edge = histogram
            .buckets()
            .map(|(edge, count)| {
                let from = left as f64;
                left -= count;
                (edge as f64 / 16.0, from)
            })
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a count of readings")]
        let readings = histogram.count() as f64;
        Some(CpuHistory {
            readings,
            from_edge,
            maximum,
            tail: octaves(p99),
            rise: peaks.rise(1.0),
            spread: octaves(Peaks::median(&sorted)),
            peaks: peaks.clone(),
        })
    }

    pub fn days(&self) -> usize {
        self.peaks.days.len()
    }

    pub const fn maximum(&self) -> f64 {
        self.maximum
    }

    /// Readings in buckets that begin at the threshold or above; none above the maximum.
    fn count_above(&self, units: f64) -> f64 {
        if units >= self.maximum {
            return 0.0;
        }
        let place = self.from_edge.partition_point(|(edge, _)| *edge < units);
        self.from_edge.get(place).map_or(0.0, |(_, count)| *count)
    }

    pub fn share_above(&self, units: f64) -> f64 {
        self.count_above(units) / self.readings
    }

    /// In the order of [`NAMES`], for a threshold in CPU units.
    pub fn features(&self, units: f64) -> [f64; FEATURES] {
        let above = self.peaks.above(units);
        #[expect(clippy::cast_precision_loss, reason = "a number of days")]
        let days = self.peaks.days.len() as f64;
        let octaves = (units.max(1e-9) / self.maximum).log2().max(0.0);
        let piece = |number: usize| {
            let (from, to) = (KNOTS[number], KNOTS[number + 1]);
            ((octaves - from) / (to - from)).clamp(0.0, 1.0)
        };
        let count = self.count_above(units);
        let odds = (count + 0.5) / (self.readings - count + 0.5);
        let never = if above.count == 0 { 1.0 } else { 0.0 };
        [
            1.0,
            odds.ln(),
            (odds * 100.0).ln().max(0.0),
            ((f64::from(above.count) + 0.5) / (days + 1.0)).ln(),
            ((f64::from(above.since) + 1.0) / (days + 1.0)).ln(),
            never,
            piece(0),
            piece(1),
            piece(2),
            piece(3),
            piece(4),
            piece(5),
            never * self.tail,
            never * self.rise,
            never * self.spread,
            never * days.ln(),
            piece(1) * self.tail,
            piece(2) * self.tail,
        ]
    }
}
