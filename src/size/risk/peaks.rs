//! The highest value of each day.

use crate::model::{HourSummary, Profile};

/// Days since 1970 that have readings, in order, each with its peak.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peaks {
    pub days: Vec<i32>,
    pub values: Vec<f64>,
}

impl Peaks {
    /// MiB.
    #[must_use]
    pub fn of_memory(profile: &Profile) -> Self {
        Self::of(profile, |hour| (hour.memory_readings > 0).then(|| hour.memory_peak.to_f64()))
    }

    /// CPU units.
    #[must_use]
    pub fn of_cpu(profile: &Profile) -> Self {
        Self::of(profile, |hour| (hour.cpu_readings > 0).then(|| hour.cpu_peak.to_f64()))
    }

    /// Of each run that has memory readings, one after the other as if one a day: MiB.
    #[must_use]
    pub fn of_runs(profile: &Profile) -> Self {
        let values: Vec<f64> =
            profile.runs().iter().filter_map(|run| Some(run.memory_peak?.to_f64())).collect();
        let last = i32::try_from(values.len()).unwrap_or(i32::MAX);
        Peaks { days: (0..last).collect(), values }
    }

    fn of(profile: &Profile, peak: impl Fn(&HourSummary) -> Option<f64>) -> Self {
        let mut peaks = Peaks::default();
        for hour in profile.hours().iter() {
            let Some(value) = peak(hour) else { continue };
            peaks.add(i64::from(hour.hour.div_euclid(24)), value);
        }
        peaks
    }

    /// Raises a day's peak to a value, the days in order.
    pub fn add(&mut self, day: i64, value: f64) {
        let day = i32::try_from(day).unwrap_or(i32::MAX);
        match (self.days.last(), self.values.last_mut()) {
            (Some(last), Some(known)) if *last == day => *known = known.max(value),
            _ => {
                self.days.push(day);
                self.values.push(value);
            }
        }
    }

    #[must_use]
    pub fn maximum(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The middle value; of an even number the mean of the two in the middle.
    pub(super) fn median(sorted: &[f64]) -> f64 {
        let middle = sorted.len() / 2;
        match sorted.len() % 2 {
            1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// How much higher the last quarter of the days reached than those before, in octaves;
    /// nothing where there is no before. Peaks below `floor` count as that.
    pub(super) fn rise(&self, floor: f64) -> f64 {
        let count = self.values.len();
        let last = (count / 4).max(1);
        if count <= last {
            return 0.0;
        }
        let highest = |values: &[f64]| values.iter().copied().fold(floor, f64::max);
        let (before, lately) = self.values.split_at(count - last);
        (highest(lately) / highest(before)).log2().clamp(-2.0, 2.0)
    }

    /// Days with a peak above a threshold: how many, how long ago the last was, and the
    /// longest time without one (from the beginning, between two, to the end).
    pub(super) fn above(&self, threshold: f64) -> Above {
        let (Some(first), Some(end)) = (self.days.first(), self.days.last()) else {
            return Above { count: 0, since: 0, gap: 1 };
        };
        let mut last = first - 1;
        let (mut count, mut gap) = (0, 0);
        for (day, value) in self.days.iter().zip(&self.values) {
            if *value > threshold {
                count += 1;
                gap = gap.max(day - last);
                last = *day;
            }
        }
        gap = gap.max(end + 1 - last);
        let since =
            if count == 0 { i32::try_from(self.days.len()).unwrap_or(0) } else { end - last };
        Above { count, since, gap }
    }
}

/// See [`Peaks::above`]; days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Above {
    pub count: u32,
    pub since: i32,
    pub gap: i32,
}
