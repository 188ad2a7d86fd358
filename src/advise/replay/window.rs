//! The time that is played: from the first reading to the last.

use crate::advise::time::SILENCE_HOURS;
use crate::model::Profile;
use crate::replay::{HOUR, within_hours};
use std::collections::BTreeSet;

/// From the first reading to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Seconds since 1970.
    start: i64,
    end: i64,
    /// Hours since 1970.
    pub first_hour: i64,
    /// Of each hour, the seconds that lie within: none where nobody was measuring for long.
    pub(super) live: Vec<u32>,
}

impl Window {
    /// Nothing without a reading.
    #[must_use]
    pub fn of<'p>(profiles: impl Iterator<Item = &'p Profile>) -> Option<Self> {
        let (mut both, mut seen) = (None, BTreeSet::new());
        for profile in profiles {
            let Some((from, to)) = profile.window() else { continue };
            let (start, end) = both.unwrap_or((from, to));
            both = Some((from.min(start), to.max(end)));
            seen.extend(profile.hours().iter().map(|hour| i64::from(hour.hour)));
        }
        let (start, end): (i64, i64) = both.filter(|(start, end)| start < end)?;
        let (mut live, first_hour) = (Vec::new(), start.div_euclid(HOUR));
        within_hours(start, end, |_, seconds| live.push(seconds));
        let silences = seen.iter().zip(seen.iter().skip(1));
        for (before, next) in silences {
            if next - before - 1 > i64::from(SILENCE_HOURS) {
                let place = |hour: i64| usize::try_from(hour - first_hour).unwrap_or(0);
                live[place(before + 1)..place(*next)].fill(0);
            }
        }
        Some(Window { start, end, first_hour, live })
    }

    #[must_use]
    pub fn hours(&self) -> usize {
        self.live.len()
    }

    pub(super) fn seconds(&self) -> (i64, i64) {
        (self.start, self.end)
    }

    /// Does all of an hour lie within, of those since 1970?
    #[must_use]
    pub fn holds(&self, hour: i64) -> bool {
        let place = usize::try_from(hour - self.first_hour).ok();
        place.and_then(|place| self.live.get(place)).is_some_and(|live| i64::from(*live) == HOUR)
    }

    /// Seconds in which somebody was measuring.
    #[must_use]
    pub fn live_seconds(&self) -> u64 {
        self.live.iter().map(|seconds| u64::from(*seconds)).sum()
    }
}
