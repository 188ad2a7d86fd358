//! All readings of a workload, folded. Profiles add: two halves give the whole.

use super::histogram::{Histogram, fine};
use super::hours::{HourSummary, Hours};
use super::reading::{Reading, Signal};
use super::runs::{Run, Runs};
use crate::units::Fine;

/// All that is kept of one workload's readings. Profiles merge by addition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// In the order of [`Signal::ALL`].
    signals: [Histogram; 5],
    hours: Hours,
    runs: Runs,
    readings: u64,
    /// First reading's start and last reading's end, seconds since 1970.
    window: Option<(i64, i64)>,
    /// In thousandths, rounded down.
    requests_milli: u64,
    request_readings: u64,
    /// Seconds in which requests were counted.
    request_seconds: u64,
}

impl Profile {
    #[must_use]
    pub fn signal(&self, signal: Signal) -> &Histogram {
        &self.signals[signal as usize]
    }

    /// Of a pair the signal to decide by: the maxima, where they were measured nearly as
    /// often as the means (nine of ten); else the means. A few maxima say nothing of the rest.
    #[must_use]
    pub fn deciding(&self, maximum: Signal, mean: Signal) -> Option<Signal> {
        let (maxima, means) = (self.signal(maximum).count(), self.signal(mean).count());
        match (maxima, means) {
            (0, 0) => None,
            (maxima, means) if maxima > 0 && maxima * 10 >= means * 9 => Some(maximum),
            _ => Some(mean),
        }
    }

    #[must_use]
    pub fn hours(&self) -> &Hours {
        &self.hours
    }

    /// Stretches without a pause.
    /// With runs that are better known than from its own readings.
    #[must_use]
    pub fn with_runs(self, runs: Runs) -> Self {
        Profile { runs, ..self }
    }

    /// All of it as one run; nothing where it has no readings.
    #[must_use]
    pub fn as_run(&self) -> Option<Run> {
        let (start, end) = self.window?;
        let peak =
            |maximum, mean| self.signal(maximum).maximum().or_else(|| self.signal(mean).maximum());
        Some(Run {
            start,
            end,
            seconds: self.covered_seconds(),
            cpu_peak: peak(Signal::CpuMax, Signal::CpuMean),
            memory_peak: peak(Signal::MemoryMax, Signal::MemoryMean),
        })
    }

    #[must_use]
    pub const fn runs(&self) -> &Runs {
        &self.runs
    }

    #[must_use]
    pub const fn readings(&self) -> u64 {
        self.readings
    }

    /// Start and end of what the readings cover, seconds since 1970.
    #[must_use]
    pub const fn window(&self) -> Option<(i64, i64)> {
        self.window
    }

    /// From the first reading to the end of the last.
    #[must_use]
    pub fn window_seconds(&self) -> u64 {
        self.window.map_or(0, |(start, end)| end.saturating_sub(start).max(0).unsigned_abs())
    }

    /// Seconds that readings stand for: the window without its gaps.
    #[must_use]
    pub fn covered_seconds(&self) -> u64 {
        self.hours.iter().map(|hour| u64::from(hour.seconds)).sum()
    }

    /// Requests counted; nothing where none were measured.
    #[must_use]
    pub fn requests(&self) -> Option<u64> {
        (self.request_readings > 0).then_some(self.requests_milli / 1000)
    }

    /// Folds one reading in. Its values are in range (see [`Histogram::add`]).
    #[inline]
    pub fn add(&mut self, reading: &Reading) {
        let mut values = [None; 5];
        for (place, histogram) in self.signals.iter_mut().enumerate() {
            if let Some(value) = reading.value(place) {
                let value = fine(value);
                histogram.add_fine(value);
                values[place] = Some(value);
            }
        }
        self.readings += 1;
        let end = reading.at.saturating_add(i64::from(reading.period_seconds));
        self.window = Some(match self.window {
            None => (reading.at, end),
            Some((start, last)) => (start.min(reading.at), last.max(end)),
        });
        if let Some(requests) = reading.requests() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "readings are checked to be within range; `as` saturates"
            )]
            let milli = (requests * 1000.0) as u64;
            self.requests_milli = self.requests_milli.saturating_add(milli);
            self.request_readings += 1;
            self.request_seconds += u64::from(reading.period_seconds);
        }
        self.hours.of(reading.at).add(reading.period_seconds, values);
        let peak = |maximum: Option<(u64, Fine)>, mean: Option<(u64, Fine)>| {
            maximum.or(mean).map(|(_, rounded_up)| rounded_up)
        };
        self.runs.add(Run {
            start: reading.at,
            end,
            seconds: u64::from(reading.period_seconds),
            cpu_peak: peak(values[1], values[0]),
            memory_peak: peak(values[3], values[2]),
        });
    }

    /// Adds another profile of the same workload; the order of additions does not matter.
    pub fn merge(&mut self, other: &Profile) {
        for (mine, theirs) in self.signals.iter_mut().zip(&other.signals) {
            mine.merge(theirs);
        }
        self.readings += other.readings;
        self.requests_milli = self.requests_milli.saturating_add(other.requests_milli);
        self.request_readings += other.request_readings;
        self.request_seconds += other.request_seconds;
        self.window = match (self.window, other.window) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.hours = self.hours.merged(&other.hours);
        self.runs = self.runs.merged(&other.runs);
    }

    /// How many of the 168 hours of the week have readings of a kind.
    #[must_use]
    pub fn hours_of_week_covered(&self, readings: impl Fn(&HourSummary) -> u32) -> usize {
        let mut week = [false; 168];
        for hour in self.hours.iter().filter(|hour| readings(hour) > 0) {
            let place = usize::try_from(hour.hour.rem_euclid(168)).expect("below 168");
            week[place] = true;
        }
        week.into_iter().filter(|covered| *covered).count()
    }

    /// The most memory of each UTC day that has memory readings.
    #[must_use]
    pub fn daily_memory_peaks(&self) -> Vec<Fine> {
        let measured = self.hours.iter().filter(|hour| hour.memory_readings > 0);
        daily_peaks(measured, |hour| hour.memory_peak)
    }

    /// Running tasks times seconds, and the seconds in which they were counted; nothing
    /// where they never were.
    #[must_use]
    pub fn task_seconds(&self) -> Option<(u64, u64)> {
        let counted = !self.signal(Signal::Tasks).is_empty();
        counted.then(|| {
            let sum = |part: fn(&HourSummary) -> u64| self.hours.iter().map(part).sum();
            (sum(|hour| hour.task_seconds), sum(|hour| u64::from(hour.task_counted_seconds)))
        })
    }

    /// Seconds in which requests were counted.
    #[must_use]
    pub const fn request_seconds(&self) -> u64 {
        self.request_seconds
    }
}

fn daily_peaks<'a>(
    hours: impl Iterator<Item = &'a HourSummary>,
    peak: impl Fn(&HourSummary) -> Fine,
) -> Vec<Fine> {
    let mut days: Vec<(i32, Fine)> = Vec::new();
    for hour in hours {
        let day = hour.hour.div_euclid(24);
        match days.last_mut() {
            Some((last, value)) if *last == day => *value = (*value).max(peak(hour)),
            _ => days.push((day, peak(hour))),
        }
    }
    days.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_measured_is_nothing_known() {
        let profile = Profile::default();
        assert_eq!(profile.signal(Signal::CpuMax).percentile(990), None);
        assert_eq!(profile.signal(Signal::CpuMax).maximum(), None);
        assert_eq!(profile.requests(), None);
        assert_eq!(profile.task_seconds(), None);
        assert_eq!(profile.window(), None);
    }

    #[test]
    fn a_profile_covers_the_hours_it_saw() {
        let mut profile = Profile::default();
        let monday = 4 * 86_400;
        for step in 0..288 {
            let reading = Reading::new(monday + step * 300, 300)
                .with(Signal::CpuMean, 10.0)
                .with(Signal::MemoryMean, 100.0)
                .with(Signal::MemoryMax, 120.5)
                .with(Signal::Tasks, 2.0)
                .with_requests(1.5);
            profile.add(&reading);
        }
        assert_eq!(profile.hours_of_week_covered(|hour| hour.memory_readings), 24);
        assert_eq!(profile.window_seconds(), 86_400);
        assert_eq!(profile.covered_seconds(), 86_400);
        assert_eq!(profile.task_seconds(), Some((2 * 86_400, 86_400)));
        assert_eq!(profile.requests(), Some(432));
        assert_eq!(profile.daily_memory_peaks(), vec![Fine(120 * 1024 + 512)]);
    }
}
