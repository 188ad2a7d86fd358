//! Memory: the probability that the peak of the coming days exceeds a threshold.
//!
//! Days whose peak exceeds a threshold come like the points of a Poisson process, so that
//! in `N` days there is one with probability `1 - exp(-L)`, `L` growing with `N`. The
//! logarithm of `L` is a sum of what the history says: how often the threshold was exceeded,
//! how often lately, how long ago and with which gaps, how far it lies above the highest and the
//! second highest day or below, whether peaks rise.

use super::peaks::Peaks;
use super::regression::Sign;

pub(super) const FEATURES: usize = 16;

pub(super) const NAMES: [(&str, Sign); FEATURES] = [
    ("one", Sign::Any),
    ("expected_days_above_as_lately", Sign::Up),
    ("days_since_above", Sign::Down),
    ("distance_above_record", Sign::Down),
    ("distance_times_spread", Sign::Any),
    ("distance_times_rise", Sign::Any),
    ("below_lonely_record", Sign::Any),
    ("size", Sign::Any),
    ("horizon_over_longest_gap", Sign::Any),
    ("octaves_times_steady", Sign::Down),
    ("above_record_steady", Sign::Any),
    ("near_record_times_steady", Sign::Down),
    ("near_record_times_alike", Sign::Down),
    ("octaves_times_alike", Sign::Down),
    ("octaves_below_record", Sign::Up),
    ("distance_above_second_highest", Sign::Down),
];

/// Octaves above the record within which flat memory reaches, if at all.
const NEAR: f64 = 0.25;
/// Octaves of rise; more says no more.
const MOST_RISE: f64 = 0.75;
/// Days after which a day counts half in what was so lately: a week, or this part of a history
/// of more than ten, so that a longer one without anything above is a safer one.
const HALF_LIFE: f64 = 7.0;
const HALF_LIFE_PART: f64 = 0.1;
/// Octaves below the record; more says no more.
const MOST_BELOW: f64 = 3.0;
/// So large, that the ridge which holds the other coefficients back hardly weighs on those of
/// flat memory: it is rare among the machines that were learned from.
const FLAT: f64 = 10.0;

#[derive(Clone, Debug)]
pub(super) struct MemoryHistory {
    peaks: Peaks,
    maximum: f64,
    /// Octaves from the median daily peak to the highest, two at most.
    spread: f64,
    /// Octaves that the last quarter rose, if it did.
    rise: f64,
    /// Octaves from the fourth highest day to the highest, two at most.
    lonely: f64,
    /// The second highest day's peak.
    second: f64,
    /// How flat memory is: nothing up to a median daily peak of 70 (and of 88) hundredths of
    /// the highest, [`FLAT`] where all are the same.
    steady: f64,
    alike: f64,
    /// Of each day, halved every half-life back from the last; and their sum.
    weights: Vec<f64>,
    weight: f64,
}

impl MemoryHistory {
    /// Nothing where nothing but zeros was seen.
    pub fn new(peaks: &Peaks) -> Option<Self> {
        let maximum = peaks.maximum();
        if maximum <= 0.0 {
            return None;
        }
        let mut sorted = peaks.values.clone();
        sorted.sort_by(f64::total_cmp);
        let flat = |from: f64| {
            FLAT * ((Peaks::median(&sorted) / maximum - from) / (1.0 - from)).clamp(0.0, 1.0)
        };
        let highest = |rank: usize| sorted[sorted.len() - sorted.len().min(rank)];
        let fourth = highest(4);
        let last = peaks.days.last().copied().unwrap_or(0);
        let ago = |day: &i32| f64::from(last) - f64::from(*day);
        #[expect(clippy::cast_precision_loss, reason = "a number of days")]
        let half_life = HALF_LIFE.max(peaks.days.len() as f64 * HALF_LIFE_PART);
        let weights: Vec<f64> =
            peaks.days.iter().map(|day| (-ago(day) / half_life).exp2()).collect();
        Some(MemoryHistory {
            maximum,
            spread: (maximum / Peaks::median(&sorted).max(maximum / 64.0)).log2().min(2.0),
            steady: flat(0.70),
            alike: flat(0.88),
            rise: peaks.rise(maximum / 64.0).clamp(0.0, MOST_RISE),
            lonely: (maximum / fourth.max(maximum / 16.0)).log2().min(2.0),
            second: highest(2).max(maximum / 64.0),
            weight: weights.iter().sum(),
            weights,
            peaks: peaks.clone(),
        })
    }

    pub fn days(&self) -> usize {
        self.peaks.days.len()
    }

    pub const fn maximum(&self) -> f64 {
        self.maximum
    }

    /// Days above a threshold, each by its weight.
    fn lately_above(&self, mib: f64) -> f64 {
        let days = self.peaks.values.iter().zip(&self.weights);
        days.filter(|(value, _)| **value > mib).map(|(_, weight)| weight).sum()
    }

    /// In the order of [`NAMES`], for a threshold in MiB and so many days to come.
    pub fn features(&self, mib: f64, days: f64) -> [f64; FEATURES] {
        let above = self.peaks.above(mib);
        #[expect(clippy::cast_precision_loss, reason = "a number of days")]
        let seen = self.days() as f64;
        let octaves = (mib / self.maximum).log2();
        let distance = octaves.max(0.0).sqrt();
        let gap = (days / f64::from(above.gap)).ln().clamp(-4.0, 2.0);
        [
            1.0,
            (days * (self.lately_above(mib) + 0.5) / (self.weight + 1.0)).ln(),
            ((f64::from(above.since) + 1.0) / (seen + 1.0)).ln(),
            distance,
            distance * self.spread,
            distance * self.rise,
            if octaves <= 0.0 { self.lonely } else { 0.0 },
            (mib.max(1.0) / 1024.0).log2(),
            if above.count > 0 { gap } else { 0.0 },
            octaves.max(0.0) * self.steady,
            if octaves > 0.0 { self.steady } else { 0.0 },
            (octaves / NEAR).clamp(0.0, 1.0) * self.steady,
            (octaves / NEAR).clamp(0.0, 1.0) * self.alike,
            octaves.max(0.0) * self.alike,
            (-octaves).clamp(0.0, MOST_BELOW),
            (mib / self.second).log2().clamp(0.0, 2.0).sqrt(),
        ]
    }
}
