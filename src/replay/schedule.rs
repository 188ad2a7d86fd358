//! When scheduled actions of Application Auto Scaling happen: `cron(...)` and `at(...)`, in any
//! time zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;

/// What of a day's minutes an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    At(DateTime),
    Cron {
        minutes: Vec<u16>,
        hours: Vec<u16>,
        /// Nothing where any day will do (`?` and `*`).
        days: Option<Vec<DayOf>>,
        months: Vec<u16>,
        weekdays: Option<Vec<DayOf>>,
        years: Option<Vec<u16>>,
    },
}

/// A day of a month or of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayOf {
    Month(u16),
    /// `L`
    LastOfMonth,
    /// `15W`: from Monday to Friday, the nearest of its month.
    Workday(u16),
    /// `LW`
    LastWorkday,
    /// One is Sunday.
    Week(u16),
    /// `2#3`: the third Monday.
    Nth(u16, u16),
    /// `6L`: the last Friday.
    LastOfWeekday(u16),
}

impl DayOf {
    fn is(self, date: Date) -> bool {
        let same = |day: u16| i16::from(date.day()) == i16::try_from(day).unwrap_or(0);
        let weekday = |day: u16| {
            i16::from(date.weekday().to_sunday_zero_offset()) + 1 == i16::try_from(day).unwrap_or(0)
        };
        match self {
            DayOf::Month(day) => same(day),
            DayOf::LastOfMonth => date.day() == date.days_in_month(),
            DayOf::Workday(day) => {
                let day = i8::try_from(day).unwrap_or(i8::MAX);
                day <= date.days_in_month() && nearest_workday(date, day) == date.day()
            }
            DayOf::LastWorkday => nearest_workday(date, date.days_in_month()) == date.day(),
            DayOf::Week(day) => weekday(day),
            DayOf::Nth(day, nth) => {
                weekday(day) && (u16::try_from(date.day()).unwrap_or(0) - 1) / 7 + 1 == nth
            }
            DayOf::LastOfWeekday(day) => weekday(day) && date.day() + 7 > date.days_in_month(),
        }
    }
}

/// The day of the date's month, Monday to Friday, that is nearest to a day of it.
fn nearest_workday(date: Date, day: i8) -> i8 {
    let weekday = date.first_of_month().weekday().wrapping_add(i64::from(day) - 1);
    match weekday {
        Weekday::Saturday if day > 1 => day - 1,
        Weekday::Saturday => day + 2,
        Weekday::Sunday if day < date.days_in_month() => day + 1,
        Weekday::Sunday => day - 2,
        _ => day,
    }
}

/// An expression that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    when: When,
    zone: TimeZone,
    /// Not before and not after.
    live: (i64, i64),
}

const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotPlayed(String);

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Schedule {
    /// # Errors
    /// What cannot be played, in words: a time zone that is none, and `rate(...)`, whose start is
    /// not known.
    pub fn read(expression: &str, timezone: Option<&str>) -> Result<Self, NotPlayed> {
        let wrong = |what: &str| NotPlayed(format!("{expression:?}: {what}"));
        let zone = match timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name)
                .map_err(|_| wrong(&format!("{name:?} is no time zone that is known")))?,
        };
        let inner =
            |name: &str| expression.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(at) = inner("at") {
            let at: DateTime = at.trim().parse().map_err(|_| wrong("a time is expected"))?;
            return Ok(Schedule { when: When::At(at), zone, live: ALWAYS });
        }
        let fields: Vec<&str> = inner("cron")
            .ok_or_else(|| wrong("only cron and at can be played"))?
            .split_whitespace()
            .collect();
        let [minutes, hours, days, months, weekdays, years] = fields[..] else {
            return Err(wrong("six fields are expected"));
        };
        let not_understood = |field: &str| wrong(&format!("{field:?} is not understood"));
        let each = |field: &str, from: u16, to: u16, names: &[&str]| {
            values(field, from, to, names).ok_or_else(|| not_understood(field))
        };
        let some = |field: &str, read: &dyn Fn(&str) -> Option<Vec<DayOf>>| match field {
            "*" | "?" => Ok(None),
            _ => read(field).map(Some).ok_or_else(|| not_understood(field)),
        };
        let any = |field: &str| matches!(field, "*" | "?");
        let when = When::Cron {
            minutes: each(minutes, 0, 59, &[])?,
            hours: each(hours, 0, 23, &[])?,
            days: some(days, &days_of_month)?,
            months: each(months, 1, 12, &MONTHS)?,
            weekdays: some(weekdays, &days_of_week)?,
            years: if any(years) { None } else { Some(each(years, 1970, 2199, &[])?) },
        };
        if matches!(&when, When::Cron { days: Some(_), weekdays: Some(_), .. }) {
            return Err(wrong("one of day of month and day of week is to be ?"));
        }
        Ok(Schedule { when, zone, live: ALWAYS })
    }

    /// The same, not before one time and not after another, where they are given.
    #[must_use]
    pub fn within(self, start: Option<i64>, end: Option<i64>) -> Self {
        let live = (start.unwrap_or(ALWAYS.0), end.unwrap_or(ALWAYS.1));
        Schedule { live, ..self }
    }

    /// All times from one to before another, seconds since 1970, in order. A time that a change of
    /// clocks leaves out comes as much later.
    #[must_use]
    pub fn times(&self, from: i64, to: i64) -> Vec<i64> {
        let second = |at: DateTime| {
            let stamp = self.zone.to_timestamp(at).ok()?;
            let live = self.live.0..=self.live.1;
            Some(stamp.as_second()).filter(|at| (from..to).contains(at) && live.contains(at))
        };
        match &self.when {
            When::At(at) => second(*at).into_iter().collect(),
            When::Cron { minutes, hours, .. } => {
                let Some((first, last)) = self.date(from).zip(self.date(to)) else {
                    return Vec::new();
                };
                let dates = first.series(jiff::Span::new().days(1)).take_while(|one| *one <= last);
                let mut all = Vec::new();
                for date in dates.filter(|date| self.is_on(*date)) {
                    for (hour, minute) in hours
                        .iter()
                        .flat_map(|hour| minutes.iter().map(move |minute| (*hour, *minute)))
                    {
                        let [hour, minute] =
                            [hour, minute].map(|one| i8::try_from(one).unwrap_or(0));
                        all.extend(second(date.at(hour, minute, 0, 0)));
                    }
                }
                all
            }
        }
    }

    fn date(&self, at: i64) -> Option<Date> {
        Some(self.zone.to_datetime(Timestamp::from_second(at).ok()?).date())
    }

    fn is_on(&self, date: Date) -> bool {
        let When::Cron { days, months, weekdays, years, .. } = &self.when else { return false };
        let any = |all: &Option<Vec<DayOf>>| {
            all.as_ref().is_none_or(|all| all.iter().any(|day| day.is(date)))
        };
        let year = u16::try_from(date.year()).unwrap_or(0);
        months.contains(&u16::try_from(date.month()).unwrap_or(0))
            && any(days)
            && any(weekdays)
            && years.as_ref().is_none_or(|years| years.contains(&year))
    }
}

fn only(all: Vec<u16>) -> Option<u16> {
    <[u16; 1]>::try_from(all).ok().map(|[one]| one)
}

fn days_of_month(field: &str) -> Option<Vec<DayOf>> {
    let day = |text: &str| only(values(text, 1, 31, &[])?);
    let part = |part: &str| match part.to_ascii_uppercase().as_str() {
        "L" => Some(vec![DayOf::LastOfMonth]),
        "LW" => Some(vec![DayOf::LastWorkday]),
        upper => match upper.strip_suffix('W') {
            Some(number) => Some(vec![DayOf::Workday(day(number)?)]),
            None => Some(values(part, 1, 31, &[])?.into_iter().map(DayOf::Month).collect()),
        },
    };
    Some(field.split(',').map(part).collect::<Option<Vec<_>>>()?.concat())
}

fn days_of_week(field: &str) -> Option<Vec<DayOf>> {
    let day = |text: &str| only(values(text, 1, 7, &WEEKDAYS)?);
    let part = |part: &str| {
        let upper = part.to_ascii_uppercase();
        if upper == "L" {
            return Some(vec![DayOf::Week(7)]);
        }
        if let Some((weekday, nth)) = upper.split_once('#') {
            let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth))?;
            return Some(vec![DayOf::Nth(day(weekday)?, nth)]);
        }
        if let Some(weekday) = upper.strip_suffix('L') {
            return Some(vec![DayOf::LastOfWeekday(day(weekday)?)]);
        }
        Some(values(part, 1, 7, &WEEKDAYS)?.into_iter().map(DayOf::Week).collect())
    };
    Some(field.split(',').map(part).collect::<Option<Vec<_>>>()?.concat())
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

/// Longest that an action is looked back for: more than a year, so that a yearly one is found.
const BACK_DAYS: i64 = 370;

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
        // October 2026 has 31 days and ends with a Saturday.
        let (october, november) = (day(2026, 10, 1), day(2026, 11, 1));
        let days = |expression: &str| -> Vec<i64> {
            let all = times(expression, october, november);
            all.into_iter().map(|at| (at - october) / DAY + 1).collect()
        };
        assert_eq!(days("cron(0 8 L * ? *)"), [31]);
        assert_eq!(days("cron(0 8 LW * ? *)"), [30]);
        // A Saturday, a Sunday, and a Thursday that is the first.
        assert_eq!(days("cron(0 8 10W,18W,1W * ? *)"), [1, 9, 19]);
        assert_eq!(days("cron(0 8 ? * 2#1 *)"), [5]);
        assert_eq!(days("cron(0 8 ? * FRI#5,SUN#5 *)"), [30]);
        assert_eq!(days("cron(0 8 ? * 6L,SATL *)"), [30, 31]);
        for (wrong, zone) in [
            ("rate(1 hour)", None),
            ("cron(0 8 ? * 2#6 *)", None),
            ("cron(0 8 0W * ? *)", None),
            ("cron(0 8 1-5W * ? *)", None),
            ("cron(0 8 ? * 2-4#1 *)", None),
            ("cron(0 8 ? * 1-5L *)", None),
            ("cron(0 8 3 * FRI *)", None),
            ("cron(0 8 * * ?)", None),
            ("cron(60 8 * * ? *)", None),
            ("cron(0 8 * * ? *)", Some("Europe/Nowhere")),
            ("at(soon)", None),
            ("", None),
        ] {
            assert!(Schedule::read(wrong, zone).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_those_of_a_zone() {
        // Clocks in Zurich go back on 2026-10-25, and forward on 2026-03-29 at two.
        let zurich = |expression: &str, from, to| {
            Schedule::read(expression, Some("Europe/Zurich")).unwrap().times(from, to)
        };
        let saturday = day(2026, 10, 24);
        assert_eq!(
            zurich("cron(0 8 * * ? *)", saturday, saturday + 2 * DAY),
            [saturday + 6 * 3_600, saturday + DAY + 7 * 3_600]
        );
        let sunday = day(2026, 3, 29);
        assert_eq!(zurich("cron(30 2 * * ? *)", sunday, sunday + DAY), [sunday + 3_600 + 1_800]);
        assert_eq!(
            zurich("at(2026-10-24T08:00:00)", saturday, saturday + DAY),
            [saturday + 21_600]
        );
        let once = Schedule::read("cron(0 8 * * ? *)", None).unwrap();
        let once = once.within(Some(saturday + 1), Some(saturday + DAY + 8 * 3_600));
        let all = once.times(saturday, saturday + 9 * DAY);
        assert_eq!(all, [saturday + 8 * 3_600, saturday + DAY + 8 * 3_600]);
        let seoul = Schedule::read("cron(0 0 ? * MON *)", Some("Asia/Seoul")).unwrap();
        // Monday in Seoul begins at three in the afternoon of Sunday.
        assert_eq!(
            seoul.times(day(2026, 10, 4), day(2026, 10, 5)),
            [day(2026, 10, 4) + 15 * 3_600]
        );
    }

    #[test]
    fn what_was_in_force_before_is_known() {
        let monday = day(2026, 10, 5);
        let daily =
            |hour: u32| Schedule::read(&format!("cron(0 {hour} * * ? *)"), Some("UTC")).unwrap();
        let all = [(daily(20), Some(1), None), (daily(8), Some(6), None)];
        let found = bounds(&all, monday, monday + DAY);
        assert_eq!(found.len(), 2 * 371);
        let before = found.iter().rfind(|one| one.at < monday).unwrap();
        assert_eq!((before.at, before.minimum), (monday - 4 * 3_600, Some(1)));
    }
}
