//! What was measured: readings, and the profiles they are folded into.
//!
//! A [`Histogram`] counts values in fixed logarithmic buckets made only of
//! comparisons, powers of two and floors, so that any SQL engine computes the
//! same counts. Profiles add: two halves give the whole, in any order.

use crate::units::Fine;

/// Values at or above this are refused, not counted (2^23 CPU units or MiB).
pub const VALUE_LIMIT: f64 = 8_388_608.0;

/// What is measured of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// CPU units, mean over the running tasks.
    CpuMean,
    /// CPU units of the hottest task.
    CpuMax,
    /// MiB, mean over the running tasks.
    MemoryMean,
    /// MiB of the fullest task.
    MemoryMax,
    /// Tasks running.
    Tasks,
}

impl Signal {
    pub const ALL: [Signal; 5] =
        [Signal::CpuMean, Signal::CpuMax, Signal::MemoryMean, Signal::MemoryMax, Signal::Tasks];

    /// The column that carries it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Signal::CpuMean => "cpu_units_mean",
            Signal::CpuMax => "cpu_units_max",
            Signal::MemoryMean => "memory_mib_mean",
            Signal::MemoryMax => "memory_mib_max",
            Signal::Tasks => "tasks",
        }
    }
}

/// One row of readings. What was not measured is absent.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Reading {
    /// Seconds since 1970, UTC: the start of the period.
    pub at: i64,
    pub period_seconds: u32,
    /// One bit a signal, in the order of [`Signal::ALL`]; then requests.
    present: u8,
    values: [f64; 6],
}

impl Reading {
    const REQUESTS: usize = 5;

    #[must_use]
    pub const fn new(at: i64, period_seconds: u32) -> Self {
        Reading { at, period_seconds, present: 0, values: [0.0; 6] }
    }

    /// This reading with one more value. Nothing is measured by a value that is absent.
    #[must_use]
    pub fn with(mut self, signal: Signal, value: impl Into<Option<f64>>) -> Self {
        if let Some(value) = value.into() {
            self.set(signal, value);
        }
        self
    }

    #[must_use]
    pub fn with_requests(mut self, requests: impl Into<Option<f64>>) -> Self {
        if let Some(requests) = requests.into() {
            self.set_requests(requests);
        }
        self
    }

    /// The same in place, for loops over many rows.
    #[inline]
    pub fn set(&mut self, signal: Signal, value: f64) {
        self.put(signal as usize, value);
    }

    #[inline]
    pub fn set_requests(&mut self, requests: f64) {
        self.put(Self::REQUESTS, requests);
    }

    #[inline]
    fn put(&mut self, place: usize, value: f64) {
        self.values[place] = value;
        self.present |= 1 << place;
    }

    #[inline]
    fn value(&self, place: usize) -> Option<f64> {
        (self.present & (1 << place) != 0).then_some(self.values[place])
    }

    #[must_use]
    #[inline]
    pub fn get(&self, signal: Signal) -> Option<f64> {
        self.value(signal as usize)
    }

    #[must_use]
    #[inline]
    pub fn requests(&self) -> Option<f64> {
        self.value(Self::REQUESTS)
    }

    /// Nothing at all was measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// The larger of each value of two readings of the same moment.
    #[must_use]
    pub fn larger_of(&self, other: &Reading) -> Reading {
        let mut both = *self;
        for place in 0..6 {
            if let Some(value) = other.value(place) {
                both.put(place, self.value(place).map_or(value, |mine| mine.max(value)));
            }
        }
        both
    }
}

/// A value in 1/1024 units, rounded down and rounded up. Without a call of `ceil`, which
/// a plain x86-64 has no instruction for.
#[inline]
fn fine(value: f64) -> (u64, Fine) {
    debug_assert!((0.0..VALUE_LIMIT).contains(&value));
    let exact = value * 1024.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the caller keeps values below 2^23"
    )]
    let (floor, broken) = (exact as u64, exact as u64 as f64 != exact);
    (floor, Fine(floor + u64::from(broken)))
}

const BUCKETS: usize = 256 + 19 * 128;

/// The lower edge, in sixteenths of a unit, of the bucket that holds `sixteenths`:
/// the value cut to its eight leading bits.
#[must_use]
pub const fn bucket_edge(sixteenths: u32) -> u32 {
    let shift = (u32::BITS - sixteenths.leading_zeros()).saturating_sub(8);
    (sixteenths >> shift) << shift
}

/// Buckets are numbered without gaps, so that counts can lie in a plain list.
const fn bucket_number(sixteenths: u32) -> usize {
    let shift = (u32::BITS - sixteenths.leading_zeros()).saturating_sub(8);
    (shift * 128 + (sixteenths >> shift)) as usize
}

/// First value and width of a bucket, in sixteenths of a unit.
const fn bucket_range(number: usize) -> (u64, u64) {
    if number < 256 {
        return (number as u64, 1);
    }
    let shift = (number / 128 - 1) as u64;
    ((number as u64 - shift * 128) << shift, 1 << shift)
}

/// Counts of values in fixed logarithmic buckets, with the exact maximum and sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Number of the bucket that `counts` starts at.
    first: usize,
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    maximum: Fine,
}

impl Histogram {
    /// Counts one value, in whole or broken units. The caller has refused what is
    /// negative, not finite or at [`VALUE_LIMIT`] and above.
    ///
    /// The sum takes 1/1024 units rounded down, as every engine can; the maximum
    /// rounds up to 1/1024, so that it is never below what was seen.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.add_fine(fine(value));
    }

    #[inline]
    fn add_fine(&mut self, (floor, ceil): (u64, Fine)) {
        #[expect(clippy::cast_possible_truncation, reason = "below 2^33, so below 2^27 here")]
        // floor(value * 16) == floor(floor(value * 1024) / 64)
        self.count_in(bucket_number((floor >> 6) as u32));
        self.count += 1;
        self.sum += floor;
        self.maximum = self.maximum.max(ceil);
    }

    #[inline]
    fn count_in(&mut self, bucket: usize) {
        match self.counts.get_mut(bucket.wrapping_sub(self.first)) {
            Some(count) => *count += 1,
            None => self.grow_to(bucket, 1),
        }
    }

    #[cold]
    fn grow_to(&mut self, bucket: usize, count: u64) {
        assert!(bucket < BUCKETS, "values stay below the limit");
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = self.first - bucket;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        if bucket - self.first >= self.counts.len() {
            self.counts.resize(bucket - self.first + 1, 0);
        }
        self.counts[bucket - self.first] += count;
    }

    /// Adds another histogram; the order of additions does not matter.
    pub fn merge(&mut self, other: &Histogram) {
        for (place, count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.grow_to(other.first + place, *count);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.maximum = self.maximum.max(other.maximum);
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The exact maximum, rounded up to 1/1024 unit.
    #[must_use]
    pub fn maximum(&self) -> Option<Fine> {
        (self.count > 0).then_some(self.maximum)
    }

    /// The sum in 1/1024 units, each value rounded down.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The mean, rounded up to 1/1024 unit.
    #[must_use]
    pub fn mean(&self) -> Option<Fine> {
        (self.count > 0).then(|| Fine(self.sum.div_ceil(self.count)))
    }

    /// The value at rank `ceil(count * per_mille / 1000)` (nearest rank): the upper edge
    /// of its bucket, or the maximum where that is lower. Never below the true value, at
    /// most one bucket (0.8 %) above.
    #[must_use]
    pub fn percentile(&self, per_mille: u32) -> Option<Fine> {
        let wanted = u128::from(self.count) * u128::from(per_mille.min(1000));
        let rank = u64::try_from(wanted.div_ceil(1000)).expect("at most the count").max(1);
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                let (start, width) = bucket_range(self.first + place);
                return Some(Fine((start + width) * 64).min(self.maximum));
            }
        }
        None
    }

    /// The filled buckets: lower edge in sixteenths of a unit, and count.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(place, count)| (bucket_range(self.first + place).0, *count))
    }
}

/// One hour of the window, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HourSummary {
    /// Hours since 1970.
    pub hour: i32,
    pub readings: u32,
    pub cpu_readings: u32,
    pub memory_readings: u32,
    /// Seconds that the readings stand for.
    pub seconds: u64,
    /// Running tasks times seconds, where tasks were counted.
    pub task_seconds: u64,
    /// Sum of the CPU means, 1/1024 units.
    pub cpu_sum: u64,
    /// The highest CPU seen (hottest task, else mean).
    pub cpu_peak: Fine,
    /// Sum of the memory means, 1/1024 MiB.
    pub memory_sum: u64,
    /// The most memory seen (fullest task, else mean).
    pub memory_peak: Fine,
}

impl HourSummary {
    fn merge(&mut self, other: &HourSummary) {
        self.readings += other.readings;
        self.seconds += other.seconds;
        self.task_seconds += other.task_seconds;
        self.cpu_readings += other.cpu_readings;
        self.cpu_sum += other.cpu_sum;
        self.cpu_peak = self.cpu_peak.max(other.cpu_peak);
        self.memory_readings += other.memory_readings;
        self.memory_sum += other.memory_sum;
        self.memory_peak = self.memory_peak.max(other.memory_peak);
    }
}

/// All that is kept of one workload's readings. Profiles merge by addition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// In the order of [`Signal::ALL`].
    signals: [Histogram; 5],
    /// Sorted by hour, one entry an hour that has readings.
    hours: Vec<HourSummary>,
    readings: u64,
    /// First reading's start and last reading's end, seconds since 1970.
    window: Option<(i64, i64)>,
    /// In thousandths, rounded down.
    requests_milli: u64,
    request_readings: u64,
}

impl Profile {
    #[must_use]
    pub fn signal(&self, signal: Signal) -> &Histogram {
        &self.signals[signal as usize]
    }

    #[must_use]
    pub fn hours(&self) -> &[HourSummary] {
        &self.hours
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
        self.hours.iter().map(|hour| hour.seconds).sum()
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
        }
        summarize(self.hour_of(reading.at), reading.period_seconds, values);
    }

    #[inline]
    fn hour_of(&mut self, at: i64) -> &mut HourSummary {
        let hour = hour_number(at);
        let place = match self.hours.last() {
            Some(last) if last.hour == hour => self.hours.len() - 1,
            Some(last) if last.hour > hour => {
                match self.hours.binary_search_by_key(&hour, |entry| entry.hour) {
                    Ok(place) => place,
                    Err(place) => {
                        self.hours.insert(place, HourSummary { hour, ..HourSummary::default() });
                        place
                    }
                }
            }
            _ => {
                if self.hours.len() == self.hours.capacity() {
                    // Small steps: with thousands of workloads doubling would cost gigabytes.
                    self.hours.reserve_exact(24 + self.hours.len() / 8);
                }
                self.hours.push(HourSummary { hour, ..HourSummary::default() });
                self.hours.len() - 1
            }
        };
        &mut self.hours[place]
    }

    /// Adds another profile of the same workload; the order of additions does not matter.
    pub fn merge(&mut self, other: &Profile) {
        for (mine, theirs) in self.signals.iter_mut().zip(&other.signals) {
            mine.merge(theirs);
        }
        self.readings += other.readings;
        self.requests_milli = self.requests_milli.saturating_add(other.requests_milli);
        self.request_readings += other.request_readings;
        self.window = match (self.window, other.window) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.hours = merged_hours(&self.hours, &other.hours);
    }

    /// How many of the 168 hours of the week (Monday 00:00 UTC first) have readings.
    #[must_use]
    pub fn hours_of_week_covered(&self) -> usize {
        self.hours_of_week().iter().filter(|readings| **readings > 0).count()
    }

    /// Readings by hour of the week, Monday 00:00 UTC first.
    #[must_use]
    pub fn hours_of_week(&self) -> [u64; 168] {
        let mut week = [0; 168];
        for hour in &self.hours {
            // 1970-01-01 was a Thursday.
            let place =
                usize::try_from((i64::from(hour.hour) + 72).rem_euclid(168)).expect("below 168");
            week[place] += u64::from(hour.readings);
        }
        week
    }

    /// The most memory of each UTC day that has memory readings.
    #[must_use]
    pub fn daily_memory_peaks(&self) -> Vec<Fine> {
        let measured = self.hours.iter().filter(|hour| hour.memory_readings > 0);
        daily_peaks(measured, |hour| hour.memory_peak)
    }

    /// The highest CPU of each UTC day that has CPU readings.
    #[must_use]
    pub fn daily_cpu_peaks(&self) -> Vec<Fine> {
        let measured = self.hours.iter().filter(|hour| hour.cpu_readings > 0);
        daily_peaks(measured, |hour| hour.cpu_peak)
    }

    /// Running tasks times seconds; nothing where tasks were not counted.
    #[must_use]
    pub fn task_seconds(&self) -> Option<u64> {
        let counted = !self.signal(Signal::Tasks).is_empty();
        counted.then(|| self.hours.iter().map(|hour| hour.task_seconds).sum())
    }
}

#[inline]
fn summarize(hour: &mut HourSummary, period_seconds: u32, values: [Option<(u64, Fine)>; 5]) {
    let [cpu_mean, cpu_max, memory_mean, memory_max, tasks] = values;
    let seconds = u64::from(period_seconds);
    hour.readings += 1;
    hour.seconds += seconds;
    if let Some((tasks, _)) = tasks {
        hour.task_seconds += (tasks * seconds).div_ceil(1024);
    }
    if let Some(mean) = cpu_mean.or(cpu_max) {
        hour.cpu_readings += 1;
        hour.cpu_sum += mean.0;
        hour.cpu_peak = hour.cpu_peak.max(cpu_max.unwrap_or(mean).1);
    }
    if let Some(mean) = memory_mean.or(memory_max) {
        hour.memory_readings += 1;
        hour.memory_sum += mean.0;
        hour.memory_peak = hour.memory_peak.max(memory_max.unwrap_or(mean).1);
    }
}

/// Hours since 1970; times beyond the year 200,000 share the last hour.
#[inline]
fn hour_number(at: i64) -> i32 {
    let hour = at.div_euclid(3_600);
    i32::try_from(hour).unwrap_or(if hour < 0 { i32::MIN } else { i32::MAX })
}

fn merged_hours(mine: &[HourSummary], theirs: &[HourSummary]) -> Vec<HourSummary> {
    let mut all: Vec<HourSummary> = mine.iter().chain(theirs).copied().collect();
    all.sort_by_key(|hour| hour.hour);
    all.dedup_by(|later, kept| {
        let same = later.hour == kept.hour;
        if same {
            kept.merge(later);
        }
        same
    });
    all
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
    fn buckets_are_numbered_without_gaps_and_as_wide_as_the_rule_says() {
        let mut expected_start = 0;
        for number in 0..BUCKETS {
            let (start, width) = bucket_range(number);
            assert_eq!(start, expected_start, "bucket {number}");
            let first = u32::try_from(start).unwrap();
            let last = u32::try_from(start + width - 1).unwrap();
            assert_eq!((bucket_number(first), bucket_number(last)), (number, number));
            assert_eq!((bucket_edge(first), bucket_edge(last)), (first, first));
            assert!(start < 256 && width == 1 || width * 128 <= start, "bucket {number} too wide");
            expected_start = start + width;
        }
        assert_eq!(expected_start, 16 * 8_388_608, "the last bucket ends at the limit");
    }

    #[test]
    fn zero_and_the_largest_value_are_counted() {
        let mut histogram = Histogram::default();
        histogram.add(0.0);
        histogram.add(f64::from_bits(VALUE_LIMIT.to_bits() - 1));
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.percentile(500), Some(Fine(64)));
        assert_eq!(histogram.maximum(), Some(Fine(8_388_608 * 1024)));
        assert_eq!(histogram.buckets().next(), Some((0, 1)));
    }

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
        assert_eq!(profile.hours_of_week_covered(), 24);
        assert_eq!(profile.hours_of_week()[0], 12);
        assert_eq!(profile.hours_of_week()[24], 0);
        assert_eq!(profile.window_seconds(), 86_400);
        assert_eq!(profile.covered_seconds(), 86_400);
        assert_eq!(profile.task_seconds(), Some(2 * 86_400));
        assert_eq!(profile.requests(), Some(432));
        assert_eq!(profile.daily_memory_peaks(), vec![Fine(120 * 1024 + 512)]);
        assert_eq!(profile.daily_cpu_peaks(), vec![Fine(10 * 1024)]);
    }
}
