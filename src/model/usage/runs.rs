//! Stretches of time in which a workload ran, each with its peaks.

use crate::units::Fine;

/// Readings no further apart than this are of one run, seconds: a lost reading of five minutes
/// does not make two of one.
const PAUSE: i64 = 300;

/// From the first reading's start to the last one's end, seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub start: i64,
    pub end: i64,
    /// Seconds that readings stand for.
    pub seconds: u64,
    /// The highest CPU seen (hottest task, else mean).
    pub cpu_peak: Option<Fine>,
    /// The most memory seen (fullest task, else mean).
    pub memory_peak: Option<Fine>,
}

impl Run {
    fn touches(&self, later: &Run) -> bool {
        later.start <= self.end.saturating_add(PAUSE)
    }

    fn join(&mut self, other: &Run) {
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.cpu_peak = self.cpu_peak.max(other.cpu_peak);
        self.memory_peak = self.memory_peak.max(other.memory_peak);
    }
}

/// In order, none touching the next. A union of stretches: in whatever order they come, the
/// same runs are left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    all: Vec<Run>,
    /// Tasks that were measured one by one: each is a run of its own, whatever it touches.
    one_task_each: bool,
}

impl Runs {
    /// Of tasks that were measured one by one.
    #[must_use]
    pub fn of_tasks(mut all: Vec<Run>) -> Self {
        all.sort_by_key(|run| (run.start, run.end));
        Runs { all, one_task_each: true }
    }

    /// Each is of one task alone, and several may go on at a time.
    #[must_use]
    pub const fn is_one_task_each(&self) -> bool {
        self.one_task_each
    }

    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Run> {
        self.all.iter()
    }

    #[must_use]
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Mostly the last run goes on, or a new one begins.
    #[inline]
    pub(super) fn add(&mut self, run: Run) {
        match self.all.last_mut() {
            Some(last) if run.start >= last.start && last.touches(&run) => last.join(&run),
            Some(last) if run.start < last.start => self.insert(run),
            _ => self.all.push(run),
        }
    }

    #[cold]
    fn insert(&mut self, mut run: Run) {
        let from = self.all.partition_point(|one| !one.touches(&run));
        let to = from + self.all[from..].partition_point(|one| run.touches(one));
        for one in &self.all[from..to] {
            run.join(one);
        }
        self.all.splice(from..to, [run]);
    }

    /// Both together.
    pub(super) fn merged(&self, other: &Runs) -> Runs {
        let mut all: Vec<Run> = self.all.iter().chain(&other.all).copied().collect();
        all.sort_by_key(|run| (run.start, run.end));
        let mut runs = Runs::default();
        for run in all {
            runs.add(run);
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(start: i64, end: i64) -> Run {
        let peak = Some(Fine(start.unsigned_abs()));
        Run { start, end, seconds: (end - start).unsigned_abs(), cpu_peak: None, memory_peak: peak }
    }

    #[test]
    fn a_short_pause_does_not_end_a_run() {
        let mut runs = Runs::default();
        for at in [0, 300, 900, 1_501] {
            runs.add(run(at, at + 300));
        }
        let ends: Vec<(i64, i64, u64)> =
            runs.iter().map(|run| (run.start, run.end, run.seconds)).collect();
        assert_eq!(ends, [(0, 1_200, 900), (1_501, 1_801, 300)]);
    }

    proptest! {
        /// In any order, and in any two halves, the same runs.
        #[test]
        fn order_and_halves_do_not_matter(
            starts in prop::collection::vec((0_i64..20_000, 1_i64..900), 0..60),
            cut in 0_usize..60,
        ) {
            let all: Vec<Run> = starts.iter().map(|(at, long)| run(*at, at + long)).collect();
            let folded = |all: &[Run]| {
                let mut runs = Runs::default();
                for run in all {
                    runs.add(*run);
                }
                runs
            };
            let whole = folded(&all);
            let mut sorted = all.clone();
            sorted.sort_by_key(|run| run.start);
            prop_assert_eq!(&whole, &folded(&sorted));
            let (one, other) = all.split_at(cut.min(all.len()));
            prop_assert_eq!(&whole, &folded(one).merged(&folded(other)));
            let apart = whole.all.windows(2).all(|pair| pair[1].start > pair[0].end + PAUSE);
            prop_assert!(apart);
            let sum = |runs: &[Run]| runs.iter().map(|run| run.seconds).sum::<u64>();
            prop_assert_eq!(sum(&whole.all), sum(&all));
        }
    }
}
