//! When scheduled actions of Application Auto Scaling happen: `cron(...)` and `at(...)` in UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;

/// What of a day's minutes an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    At(i64),
    Cron {
        minutes: Vec<u16>,
        hours: Vec<u16>,
        /// Nothing where any day will do (`?` and `*`).
        days: Option<Vec<u16>>,
        months: Vec<u16>,
        /// One is Sunday.
        weekdays: Option<Vec<u16>>,
        years: Option<Vec<u16>>,
    },
}

/// An expression that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    when: When,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotPlayed(String);

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Schedule {
    /// # Errors
    /// What cannot be played, in words: other time zones than UTC, `rate(...)`, whose start is not
    /// known, and `L`, `W` and `#`.
    pub fn read(expression: &str, timezone: Option<&str>) -> Result<Self, NotPlayed> {
        let wrong = |what: &str| NotPlayed(format!("{expression:?}: {what}"));
        if timezone.is_some_and(|zone| !matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT")) {
            return Err(wrong("its time zone is not UTC"));
        }
        let inner =
            |name: &str| expression.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(at) = inner("at") {
            let at: DateTime = at.trim().parse().map_err(|_| wrong("a time is expected"))?;
            let at = TimeZone::UTC.to_timestamp(at).map_err(|_| wrong("a time is expected"))?;
            return Ok(Schedule { when: When::At(at.as_second()) });
        }
        let fields: Vec<&str> = inner("cron")
            .ok_or_else(|| wrong("only cron and at can be played"))?
            .split_whitespace()
            .collect();
        let [minutes, hours, days, months, weekdays, years] = fields[..] else {
            return Err(wrong("six fields are expected"));
        };
        let each = |field: &str, from: u16, to: u16, names: &[&str]| {
            values(field, from, to, names)
                .ok_or_else(|| wrong(&format!("{field:?} is not understood")))
        };
        let any = |field: &str| matches!(field, "*" | "?");
        let some = |field: &str, from, to, names: &[&str]| {
            if any(field) { Ok(None) } else { each(field, from, to, names).map(Some) }
        };
        Ok(Schedule {
            when: When::Cron {
                minutes: each(minutes, 0, 59, &[])?,
                hours: each(hours, 0, 23, &[])?,
                days: some(days, 1, 31, &[])?,
                months: each(months, 1, 12, &MONTHS)?,
                weekdays: some(weekdays, 1, 7, &WEEKDAYS)?,
                years: some(years, 1970, 2199, &[])?,
            },
        })
    }

    /// All times from one to before another, seconds since 1970, in order.
    #[must_use]
    pub fn times(&self, from: i64, to: i64) -> Vec<i64> {
        match &self.when {
            When::At(at) => Some(*at).filter(|at| (from..to).contains(at)).into_iter().collect(),
            When::Cron { minutes, hours, .. } => {
                let mut all = Vec::new();
                for day in from.div_euclid(DAY)..=(to - 1).div_euclid(DAY) {
                    if !self.is_on(day) {
                        continue;
                    }
                    for hour in hours {
                        let minutes = minutes.iter().map(|minute| {
                            day * DAY + i64::from(*hour) * 3_600 + i64::from(*minute) * 60
                        });
                        all.extend(minutes.filter(|at| (from..to).contains(at)));
                    }
                }
                all
            }
        }
    }

    /// Days since 1970.
    fn is_on(&self, day: i64) -> bool {
        let When::Cron { days, months, weekdays, years, .. } = &self.when else { return false };
        let Ok(stamp) = Timestamp::from_second(day * DAY) else { return false };
        let date: Date = TimeZone::UTC.to_datetime(stamp).date();
        let has = |all: &Option<Vec<u16>>, value: i16| {
            let value = u16::try_from(value).unwrap_or(0);
            all.as_ref().is_none_or(|all| all.contains(&value))
        };
        months.contains(&u16::try_from(date.month()).unwrap_or(0))
            && has(days, date.day().into())
            && has(weekdays, i16::from(date.weekday().to_sunday_zero_offset()) + 1)
            && has(years, date.year())
    }
}

/// `*`, `5`, `1-5`, `MON-FRI`, `0/15`, `*/2`, and lists of them; sorted.
fn values(field: &str, from: u16, to: u16, names: &[&str]) -> Option<Vec<u16>> {
    let one = |text: &str| -> Option<u16> {
        let upper = text.to_ascii_uppercase();
        let place = names.iter().position(|name| *name == upper);
        let value = match place {
            Some(place) => u16::try_from(place).ok()? + from,
            None => text.parse().ok()?,
        };
        (from..=to).contains(&value).then_some(value)
    };
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, Some(step.parse::<u16>().ok().filter(|step| *step > 0)?))
            }
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (from, to),
            Some((first, last)) => (one(first)?, one(last)?),
            None => (one(range)?, if step.is_some() { to } else { one(range)? }),
        };
        let step = usize::from(step.unwrap_or(1));
        if first <= last {
            all.extend((first..=last).step_by(step));
        } else {
            // `FRI-MON` goes round.
            all.extend((first..=to).chain(from..=last).step_by(step));
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// From a time on these bounds hold, where they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Seconds since 1970.
    pub at: i64,
    pub minimum: Option<u32>,
    pub maximum: Option<u32>,
}

/// Longest that an action is looked back for: more than a month, so that a monthly one is found.
const BACK_DAYS: i64 = 35;

/// All changes of bounds that count between two times: those within, and what was in force before.
#[must_use]
pub fn bounds(
    schedules: &[(Schedule, Option<u32>, Option<u32>)],
    from: i64,
    to: i64,
) -> Vec<Bounds> {
    let mut all: Vec<Bounds> = schedules
        .iter()
        .flat_map(|(schedule, minimum, maximum)| {
            let times = schedule.times(from - BACK_DAYS * DAY, to).into_iter();
            times.map(|at| Bounds { at, minimum: *minimum, maximum: *maximum })
        })
        .collect();
    all.sort_by_key(|one| one.at);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> i64 {
        let midnight = jiff::civil::date(year, month, day).at(0, 0, 0, 0);
        TimeZone::UTC.to_timestamp(midnight).unwrap().as_second()
    }

    fn times(expression: &str, from: i64, to: i64) -> Vec<i64> {
        Schedule::read(expression, None).unwrap().times(from, to)
    }

    #[test]
    fn expressions_are_as_aws_documents_them() {
        // 2026-10-05 is a Monday.
        let monday = day(2026, 10, 5);
        let week = monday + 7 * DAY;
        let at =
            |days: i64, hour: i64, minute: i64| monday + days * DAY + hour * 3_600 + minute * 60;
        assert_eq!(
            times("cron(0 8 * * ? *)", monday, monday + 2 * DAY),
            [at(0, 8, 0), at(1, 8, 0)]
        );
        let weekdays: Vec<i64> = (0..5).map(|day| at(day, 18, 30)).collect();
        assert_eq!(times("cron(30 18 ? * MON-FRI *)", monday, week), weekdays);
        // Sunday is one.
        assert_eq!(times("cron(0 0 ? * 1 *)", monday, week), [at(6, 0, 0)]);
        assert_eq!(times("cron(0 0 ? * fri-mon *)", monday, week).len(), 4);
        assert_eq!(times("cron(0/20 9-10 5 OCT ? 2026)", monday, week).len(), 6);
        assert!(times("cron(0 9 5 OCT ? 2027)", monday, week).is_empty());
        assert_eq!(times("at(2026-10-06T12:00:00)", monday, week), [at(1, 12, 0)]);
        for (wrong, zone) in [
            ("rate(1 hour)", None),
            ("cron(0 8 L * ? *)", None),
            ("cron(0 8 ? * 2#1 *)", None),
            ("cron(0 8 * * ?)", None),
            ("cron(60 8 * * ? *)", None),
            ("cron(0 8 * * ? *)", Some("Europe/Zurich")),
            ("at(soon)", None),
            ("", None),
        ] {
            assert!(Schedule::read(wrong, zone).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_in_force_before_is_known() {
        let monday = day(2026, 10, 5);
        let daily =
            |hour: u32| Schedule::read(&format!("cron(0 {hour} * * ? *)"), Some("UTC")).unwrap();
        let all = [(daily(20), Some(1), None), (daily(8), Some(6), None)];
        let found = bounds(&all, monday, monday + DAY);
        assert_eq!(found.len(), 2 * 36);
        let before = found.iter().rfind(|one| one.at < monday).unwrap();
        assert_eq!((before.at, before.minimum), (monday - 4 * 3_600, Some(1)));
    }
}
