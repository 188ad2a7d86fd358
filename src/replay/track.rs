//! How many tasks ran, stretch by stretch, and what of that falls into each hour.

use crate::model::Sample;

pub const HOUR: i64 = 3_600;

/// Some time with the same number of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Seconds since 1970.
    pub at: i64,
    pub seconds: u32,
    /// In thousandths.
    pub tasks_milli: u32,
    /// Else there are no readings, and it is filled with the mean.
    pub measured: bool,
}

impl Stretch {
    #[must_use]
    pub fn end(&self) -> i64 {
        self.at + i64::from(self.seconds)
    }
}

/// In order of time, none over another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    all: Vec<Stretch>,
}

impl Track {
    /// One number of tasks from one time to another, of which nothing was measured.
    #[must_use]
    pub fn assumed((start, end): (i64, i64), tasks_milli: u32) -> Self {
        let mut track = Track::default();
        track.fill(start, end, tasks_milli);
        track
    }

    /// As the readings counted; `else_milli` where they did not.
    #[must_use]
    pub fn recorded(samples: &[Sample], else_milli: u32) -> Self {
        let mut track = Track::default();
        for one in samples {
            let tasks = if one.tasks_counted { milli(one.tasks) } else { else_milli };
            track.push(one.at, one.period_seconds, tasks);
        }
        track
    }

    /// So many tasks in each of some periods.
    #[must_use]
    pub fn of(periods: impl Iterator<Item = (i64, u32, u32)>) -> Self {
        let mut track = Track::default();
        for (at, seconds, tasks) in periods {
            track.push(at, seconds, tasks.saturating_mul(1000));
        }
        track
    }

    /// What begins before the last one ended is taken from there on.
    fn push(&mut self, at: i64, seconds: u32, tasks_milli: u32) {
        let end = at + i64::from(seconds);
        let from = self.all.last().map_or(at, |last| last.end().max(at));
        let Ok(seconds) = u32::try_from(end - from) else { return };
        if seconds == 0 {
            return;
        }
        if let Some(last) = self.all.last_mut()
            && last.end() == from
            && last.tasks_milli == tasks_milli
            && let Some(longer) = last.seconds.checked_add(seconds)
        {
            last.seconds = longer;
            return;
        }
        self.all.push(Stretch { at: from, seconds, tasks_milli, measured: true });
    }

    fn fill(&mut self, start: i64, end: i64, tasks_milli: u32) {
        let mut at = start;
        while at < end {
            let seconds = u32::try_from(end - at).unwrap_or(u32::MAX);
            self.all.push(Stretch { at, seconds, tasks_milli, measured: false });
            at += i64::from(seconds);
        }
    }

    /// With the mean in gaps that are no longer than this.
    #[must_use]
    pub fn filled(self, longest: i64) -> Self {
        let seconds = self.seconds();
        let mean = (self.task_milliseconds() + seconds / 2).checked_div(seconds).unwrap_or(0);
        let mean = u32::try_from(mean).unwrap_or(u32::MAX);
        let mut filled = Track { all: Vec::with_capacity(self.all.len()) };
        let mut end = None;
        for one in self.all {
            if let Some(end) = end.filter(|end| one.at > *end && one.at - end <= longest) {
                filled.fill(end, one.at, mean);
            }
            end = Some(one.end());
            filled.all.push(one);
        }
        filled
    }

    /// What of it lies from one time to before another.
    #[must_use]
    pub fn between(&self, from: i64, to: i64) -> Self {
        let part = |one: &Stretch| {
            let (at, end) = (one.at.max(from), one.end().min(to));
            let seconds = u32::try_from(end - at).ok().filter(|seconds| *seconds > 0)?;
            Some(Stretch { at, seconds, ..*one })
        };
        Track { all: self.all.iter().filter_map(part).collect() }
    }

    /// With its mean wherever another track has something and this one has not.
    #[must_use]
    pub fn covering(self, other: &Track) -> Self {
        let seconds = self.seconds();
        let mean = (self.task_milliseconds() + seconds / 2).checked_div(seconds).unwrap_or(0);
        let mean = u32::try_from(mean).unwrap_or(u32::MAX);
        let mut more = Track::default();
        let mut own = self.all.iter().peekable();
        for span in &other.all {
            let mut at = span.at;
            while at < span.end() {
                while own.next_if(|one| one.end() <= at).is_some() {}
                match own.peek() {
                    Some(one) if one.at <= at => at = one.end(),
                    Some(one) => {
                        let until = one.at.min(span.end());
                        more.fill(at, until, mean);
                        at = until;
                    }
                    None => {
                        more.fill(at, span.end(), mean);
                        at = span.end();
                    }
                }
            }
        }
        let mut all = self.all;
        all.extend(more.all);
        all.sort_by_key(|one| one.at);
        Track { all }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Stretch> {
        self.all.iter()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.all.iter().map(|one| u64::from(one.seconds)).sum()
    }

    /// Of those, the seconds without readings.
    #[must_use]
    pub fn filled_seconds(&self) -> u64 {
        let filled = self.all.iter().filter(|one| !one.measured);
        filled.map(|one| u64::from(one.seconds)).sum()
    }

    /// Thousandths of tasks times seconds.
    #[must_use]
    pub fn task_milliseconds(&self) -> u64 {
        self.all.iter().map(|one| u64::from(one.tasks_milli) * u64::from(one.seconds)).sum()
    }

    #[must_use]
    pub fn most_milli(&self) -> u32 {
        self.all.iter().map(|one| one.tasks_milli).max().unwrap_or(0)
    }

    /// The parts of it by hours since 1970: the hour, seconds within it, thousandths of tasks.
    pub fn by_hour(&self, mut take: impl FnMut(i64, u32, u32)) {
        for one in &self.all {
            within_hours(one.at, one.end(), |hour, seconds| take(hour, seconds, one.tasks_milli));
        }
    }
}

/// The seconds of each hour since 1970 from one time to another.
pub fn within_hours(start: i64, end: i64, mut take: impl FnMut(i64, u32)) {
    let mut at = start;
    while at < end {
        let hour = at.div_euclid(HOUR);
        let next = ((hour + 1) * HOUR).min(end);
        take(hour, u32::try_from(next - at).expect("within an hour"));
        at = next;
    }
}

/// Thousandths; what is not a number of tasks is none.
fn milli(tasks: f32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tasks; `as` saturates, and makes nothing of what is no number"
    )]
    let milli = (f64::from(tasks) * 1000.0).round() as u32;
    milli
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(at: i64, seconds: u32, tasks: f32) -> Sample {
        Sample { tasks, tasks_counted: true, ..Sample::unknown(at, seconds) }
    }

    #[test]
    fn equal_stretches_join_and_what_overlaps_counts_once() {
        let samples = [
            sample(0, 300, 2.0),
            sample(300, 300, 2.0),
            sample(500, 300, 3.0),
            sample(600, 60, 9.0),
            Sample::unknown(1_000, 300),
        ];
        let track = Track::recorded(&samples, 1_500);
        let all: Vec<_> = track.iter().map(|one| (one.at, one.seconds, one.tasks_milli)).collect();
        assert_eq!(all, [(0, 600, 2_000), (600, 200, 3_000), (1_000, 300, 1_500)]);
        assert_eq!(track.task_milliseconds(), 600 * 2_000 + 200 * 3_000 + 300 * 1_500);
        assert_eq!(track.most_milli(), 3_000);
    }

    #[test]
    fn gaps_are_filled_with_the_mean_unless_they_are_long() {
        let samples = [sample(0, 300, 1.0), sample(900, 300, 3.0), sample(90_000, 300, 3.0)];
        let track = Track::recorded(&samples, 0).filled(3_600);
        let gaps: Vec<_> = track.iter().filter(|one| !one.measured).collect();
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].at, gaps[0].seconds, gaps[0].tasks_milli), (300, 600, 2_333));
        assert_eq!((track.seconds(), track.filled_seconds()), (1_500, 600));
    }

    #[test]
    fn what_another_has_is_covered_with_the_mean() {
        let fine = Track::of([(3_600, 300, 2), (3_900, 300, 4)].into_iter());
        let coarse = [sample(0, 3_600, 9.0), sample(3_600, 300, 9.0), sample(3_900, 1_000, 9.0)];
        let both = fine.covering(&Track::recorded(&coarse, 0));
        let all: Vec<_> = both.iter().map(|one| (one.at, one.seconds, one.tasks_milli)).collect();
        assert_eq!(
            all,
            [(0, 3_600, 3_000), (3_600, 300, 2_000), (3_900, 300, 4_000), (4_200, 700, 3_000)]
        );
        assert_eq!(both.filled_seconds(), 4_300);
    }

    proptest! {
        /// Whatever the periods, the hours hold all of it, each no more than an hour.
        #[test]
        fn hours_add_up(
            periods in prop::collection::vec((0_i64..40_000, 1_u32..9_000, 0_u8..9), 0..40),
        ) {
            let mut samples: Vec<Sample> =
                periods.iter().map(|(at, long, tasks)| sample(*at, *long, f32::from(*tasks))).collect();
            samples.sort_by_key(|one| one.at);
            let track = Track::recorded(&samples, 0).filled(5_000);
            let (mut sum, mut seconds) = (0, std::collections::BTreeMap::<i64, u32>::new());
            track.by_hour(|hour, long, tasks| {
                sum += u64::from(long) * u64::from(tasks);
                *seconds.entry(hour).or_default() += long;
            });
            prop_assert_eq!(sum, track.task_milliseconds());
            prop_assert!(seconds.values().all(|long| *long <= 3_600));
            prop_assert_eq!(seconds.values().map(|long| u64::from(*long)).sum::<u64>(), track.seconds());
            let [before, after] = [track.between(i64::MIN, 21_000), track.between(21_000, i64::MAX)];
            prop_assert_eq!(before.task_milliseconds() + after.task_milliseconds(), sum);
            prop_assert!(before.iter().all(|one| one.end() <= 21_000));
            let apart = track.all.windows(2).all(|pair| pair[0].end() <= pair[1].at);
            prop_assert!(apart);
        }
    }
}
