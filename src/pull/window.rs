//! Which stretch of time is asked for, and at which period: CloudWatch keeps points of
//! 60 seconds for 15 days, of 300 for 63, of 3600 for 455; a finer period than what is left
//! gives no points and no error.

/// A stretch of the window with one period; start inclusive, end exclusive, both on
/// multiples of an hour or of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    pub start: i64,
    pub end: i64,
    pub period: u32,
}

impl Segment {
    /// Points that a series has at most.
    #[must_use]
    pub const fn points(&self) -> u64 {
        if self.end <= self.start {
            return 0;
        }
        self.end.abs_diff(self.start).div_ceil(self.period as u64)
    }
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// For so long a pull that was stopped may go on: what it planned is still kept then.
pub const LONGEST_PULL: i64 = 12 * HOUR;
/// Time for a pull that goes on at the last moment.
const SPARE: i64 = LONGEST_PULL + HOUR;
/// Period, and for how long its points can be asked for.
const KEPT: [(u32, i64); 3] =
    [(60, 15 * DAY - SPARE), (300, 63 * DAY - SPARE), (3_600, 455 * DAY - SPARE)];
/// The newest periods still change.
const SETTLING: i64 = 600;

/// The longest window there can be.
pub const MOST_DAYS: u32 = 454;

/// The end of a window that is asked for at `now`.
#[must_use]
pub const fn settled_end(now: i64, period: Option<u32>) -> i64 {
    let period = match period {
        Some(period) => period as i64,
        None => 60,
    };
    (now - SETTLING).div_euclid(period) * period
}

/// Cuts a window into stretches, the oldest first: each with the finest period that
/// CloudWatch still has (as seen from `now`), but none finer than `coarsest_wanted`.
#[must_use]
pub fn segments(start: i64, end: i64, now: i64, coarsest_wanted: Option<u32>) -> Vec<Segment> {
    let mut all: Vec<Segment> = Vec::new();
    let mut until = end;
    for (kept, age) in KEPT {
        let period = kept.max(coarsest_wanted.unwrap_or(60));
        // Where a period begins to be kept: on the hour, so that stretches meet.
        let from = (now - age).div_euclid(HOUR) * HOUR + HOUR;
        // Rounded up: a period of which a part was read before is not read twice.
        let from = -(-from.max(start)).div_euclid(i64::from(period)) * i64::from(period);
        if from >= until {
            continue;
        }
        match all.last_mut() {
            Some(later) if later.period == period => later.start = from,
            _ => all.push(Segment { start: from, end: until, period }),
        }
        until = from;
        if until <= start {
            break;
        }
    }
    all.reverse();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn two_weeks_are_minutes() {
        let end = settled_end(NOW, None);
        let start = end - 14 * DAY;
        assert_eq!(segments(start, end, NOW, None), [Segment { start, end, period: 60 }]);
        assert_eq!(segments(start, end, NOW, None)[0].points(), 20_160);
        let end = settled_end(NOW, Some(300));
        let five = segments(end - 14 * DAY, end, NOW, Some(300));
        assert_eq!((five.len(), five[0].period, five[0].points()), (1, 300, 4_032));
    }

    #[test]
    fn stretches_meet_and_are_never_finer_than_what_is_kept() {
        for days in [1, 14, 15, 16, 62, 63, 64, 100, 400, i64::from(MOST_DAYS)] {
            for coarsest in [None, Some(60), Some(300), Some(3_600)] {
                for now in [NOW, NOW + 1, NOW + 1_799, NOW + 3_599] {
                    let end = settled_end(now, coarsest);
                    let all = segments(end - days * DAY, end, now, coarsest);
                    assert_eq!(all.last().unwrap().end, end);
                    let start = all[0].start;
                    assert!(start >= end - days * DAY && start < end - days * DAY + HOUR);
                    assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
                    assert!(all.windows(2).all(|pair| pair[0].period > pair[1].period));
                    for one in &all {
                        let kept = KEPT.iter().find(|(kept, _)| *kept == one.period).unwrap().1;
                        assert!(one.start >= now - kept, "{days} {coarsest:?} {one:?}");
                        assert!(one.period >= coarsest.unwrap_or(60));
                        assert_eq!(one.start % i64::from(one.period), 0);
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_new_is_nothing_to_ask() {
        let end = settled_end(NOW, None);
        assert_eq!(segments(end, end, NOW, None), []);
    }
}
