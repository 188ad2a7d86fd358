//! From minutes to the points of a period: alignment, retention, statistics.

use super::metric::{Metric, Point};

const MINUTE: i64 = 60;
const FIVE_MINUTES: i64 = 300;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A statistic that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    Average,
    Sum,
    Minimum,
    Maximum,
    SampleCount,
    /// `p99` and the like.
    Percentile(f64),
    /// `tm99`, `IQM` and others that exist but need raw values, which nothing here has.
    OfRawValues,
}

impl Statistic {
    /// Reads a statistic; `None` if there is no such thing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            "IQM" => Self::OfRawValues,
            _ if ["TM(", "WM(", "PR(", "TC(", "TS("].iter().any(|kind| text.starts_with(kind)) => {
                Self::OfRawValues
            }
            _ => return Self::of_rank(text),
        })
    }

    fn of_rank(text: &str) -> Option<Self> {
        let digit = text.find(|letter: char| letter.is_ascii_digit())?;
        let (kind, rank) = text.split_at(digit);
        let rank: f64 = rank.parse().ok().filter(|rank| (0.0..=100.0).contains(rank))?;
        match kind {
            "p" => Some(Self::Percentile(rank)),
            "tm" | "wm" | "tc" | "ts" => Some(Self::OfRawValues),
            _ => None,
        }
    }

    /// Whether a namespace has it at all.
    pub(super) fn exists_in(self, namespace: &str) -> bool {
        match self {
            Self::Percentile(_) => matches!(namespace, "AWS/ApplicationELB" | "AWS/Lambda"),
            Self::OfRawValues => false,
            _ => true,
        }
    }

    /// Its value for a period. A percentile is taken on the line from minimum to maximum.
    pub(super) fn of(self, point: Point) -> f64 {
        match self {
            Self::Average => point.sum / point.count,
            Self::Sum => point.sum,
            Self::Minimum => point.minimum,
            Self::Maximum => point.maximum,
            Self::SampleCount => point.count,
            Self::Percentile(rank) => {
                point.minimum + (point.maximum - point.minimum) * rank / 100.0
            }
            Self::OfRawValues => f64::NAN,
        }
    }
}

/// The start of a window, rounded down by its age.
pub(super) const fn round_start(start: i64, now: i64) -> i64 {
    let age = now - start;
    let step = if age < 15 * DAY {
        MINUTE
    } else if age <= 63 * DAY {
        FIVE_MINUTES
    } else {
        HOUR
    };
    start.div_euclid(step) * step
}

/// How long points are kept that a period can be made of.
const fn kept(period: i64) -> i64 {
    if period % HOUR == 0 {
        455 * DAY
    } else if period % FIVE_MINUTES == 0 {
        63 * DAY
    } else {
        15 * DAY
    }
}

const fn round_up(time: i64, period: i64) -> i64 {
    -(-time).div_euclid(period) * period
}

/// The periods whose start lies in a window, in the order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    first: i64,
    period: i64,
    count: i64,
    descending: bool,
    /// Minutes from here on have not been yet.
    future: i64,
}

impl Periods {
    /// Start inclusive, end exclusive; periods are multiples of their length since 1970, and
    /// those that are no longer kept are left out.
    pub(super) fn new((start, end): (i64, i64), period: i64, now: i64, descending: bool) -> Self {
        let first = round_up(start.max(now - kept(period)), period);
        let future = now.div_euclid(MINUTE) * MINUTE;
        let count = (round_up(end.min(future), period) - first).div_euclid(period).max(0);
        Self { first, period, count, descending, future }
    }

    pub(super) const fn count(&self) -> i64 {
        self.count
    }

    /// The start of a period, by its place in the scan.
    const fn start(&self, step: i64) -> i64 {
        let place = if self.descending { self.count - 1 - step } else { step };
        self.first + place * self.period
    }

    /// What a series was in a period, if it was anything.
    pub(super) fn at(&self, metric: &Metric, step: i64) -> (i64, Option<Point>) {
        let start = self.start(step);
        if self.period == MINUTE {
            return (start, (metric.at)(start));
        }
        let end = (start + self.period).min(self.future);
        let mut whole: Option<Point> = None;
        let mut minute = start;
        while minute < end {
            if let Some(point) = (metric.at)(minute) {
                whole = Some(whole.map_or(point, |sum| sum.and(point)));
            }
            minute += MINUTE;
        }
        (start, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Metric, Periods, Point, Statistic, round_start};

    const NOW: i64 = 1_795_564_800;

    fn always() -> Metric {
        Metric::new("N", "M", &[], "Percent", |_| Some(Point::one(1.5)))
    }

    fn starts(start: i64, end: i64, period: i64) -> Vec<i64> {
        let periods = Periods::new((start, end), period, NOW, false);
        (0..periods.count()).map(|step| periods.at(&always(), step).0).collect()
    }

    #[test]
    fn periods_are_multiples_of_their_length() {
        let start = NOW - 1_000 * 60;
        assert_eq!(starts(start - 60, start + 540, 300), [start, start + 300]);
        assert_eq!(starts(start, start + 60, 60), [start], "the end is exclusive");
        assert_eq!(starts(NOW, NOW + 600, 60), [0_i64; 0], "nothing is known of the future");
    }

    #[test]
    fn a_period_finer_than_what_is_kept_has_no_points() {
        let start = NOW - 20 * DAY;
        assert_eq!(starts(start, start + 3_600, 60).len(), 0);
        assert_eq!(starts(start, start + 3_600, 300).len(), 12);
        assert_eq!(starts(NOW - 64 * DAY, NOW - 63 * DAY - 3_600, 300).len(), 0);
        assert_eq!(starts(NOW - 64 * DAY, NOW - 63 * DAY, 3_600).len(), 24);
        assert_eq!(starts(NOW - 16 * DAY, NOW, 60).len(), 15 * 1_440);
        assert_eq!(starts(NOW - 500 * DAY, NOW, 3_600).len(), 455 * 24);
    }

    #[test]
    fn starts_are_rounded_down_by_age() {
        assert_eq!(round_start(NOW - 1, NOW), NOW - 60);
        assert_eq!(round_start(NOW - 20 * DAY - 1, NOW), NOW - 20 * DAY - 300);
        assert_eq!(round_start(NOW - 70 * DAY - 1, NOW), NOW - 70 * DAY - 3_600);
    }

    #[test]
    fn statistics_are_known_by_name() {
        assert_eq!(Statistic::parse("p99.9"), Some(Statistic::Percentile(99.9)));
        assert_eq!(Statistic::parse("tm99"), Some(Statistic::OfRawValues));
        assert_eq!(Statistic::parse("average"), None);
        assert_eq!(Statistic::parse("p101"), None);
        let point = Point { sum: 6.0, minimum: 1.0, maximum: 3.0, count: 4.0 };
        assert!((Statistic::Average.of(point) - 1.5).abs() < f64::EPSILON);
        assert!(!Statistic::Percentile(99.0).exists_in("AWS/ECS"));
    }
}
