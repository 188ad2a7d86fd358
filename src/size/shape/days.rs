//! The days of a window, each with means and peaks.

use crate::model::{Code, Finding, Profile};
use crate::units::Fine;
use jiff::Span;
use jiff::civil::Date;

/// Of one UTC day; nothing where a part was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Day {
    /// Days since 1970.
    pub day: i32,
    /// Seconds that readings stand for.
    pub seconds: u64,
    /// CPU units and MiB.
    pub cpu: Option<f64>,
    pub memory: Option<f64>,
    /// The lowest hourly mean.
    pub memory_floor: Option<f64>,
    pub memory_peak: f64,
    sums: [(u64, u64); 2],
}

/// In order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Days(pub Vec<Day>);

/// Days with fewer hours than that are left out: parts of days are not comparable.
const FEWEST_SECONDS: u64 = 18 * 3_600;
/// What lies further back than a year says nothing of today.
const MOST_DAYS: usize = 366;
/// A month is at its end, or just begun, on these days of it.
const TURN: [i8; 4] = [30, 31, 1, 2];

impl Days {
    pub fn of(profile: &Profile) -> Self {
        let mut days: Vec<Day> = Vec::new();
        for hour in profile.hours().iter() {
            let day = hour.hour.div_euclid(24);
            if days.last().is_none_or(|last| last.day != day) {
                days.push(Day { day, ..Day::default() });
            }
            let last = days.last_mut().expect("just pushed");
            last.seconds += u64::from(hour.seconds);
            last.sums[0].0 += hour.cpu_sum;
            last.sums[0].1 += u64::from(hour.cpu_readings);
            last.sums[1].0 += hour.memory_sum;
            last.sums[1].1 += u64::from(hour.memory_readings);
            if hour.memory_readings > 0 {
                let mean = Fine(hour.memory_sum / u64::from(hour.memory_readings)).to_f64();
                last.memory_floor = Some(last.memory_floor.map_or(mean, |low| low.min(mean)));
            }
            last.memory_peak = last.memory_peak.max(hour.memory_peak.to_f64());
        }
        for day in &mut days {
            let [cpu, memory] = day.sums.map(|(sum, count)| {
                #[expect(clippy::cast_precision_loss, reason = "statistics")]
                let mean = (count > 0).then(|| sum as f64 / count as f64 / 1024.0);
                mean
            });
            (day.cpu, day.memory) = (cpu, memory);
        }
        Days(days)
    }

    /// One value for each whole day that has it.
    pub fn values(&self, of: fn(&Day) -> Option<f64>) -> Vec<(i32, f64)> {
        let lately = &self.0[self.0.len().saturating_sub(MOST_DAYS)..];
        let whole = lately.iter().filter(|day| day.seconds >= FEWEST_SECONDS);
        whole.filter_map(|day| Some((day.day, of(day)?))).collect()
    }

    /// Monthly work falls on the turn of a month: was one within the window?
    pub fn month_end_not_seen(&self) -> Option<Finding> {
        let (first, last) = (self.0.first()?, self.0.last()?);
        // Days without a run are seen too. No month is longer than its turn is away.
        let days = first.day..=last.day.min(first.day.saturating_add(31));
        let turn = |day: i32| calendar(day).is_some_and(|date| TURN.contains(&date.day()));
        let seen = days.into_iter().any(turn);
        (!seen).then(|| {
            let detail = format!("{} to {}", date(first.day), date(last.day));
            Finding::new(Code::MonthEndNotSeen, detail)
        })
    }
}

/// Days since 1970 in the calendar; nothing beyond the year 9999.
fn calendar(day: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(Span::new().try_days(day).ok()?).ok()
}

/// `2026-11-25`, of days since 1970.
pub(super) fn date(day: i32) -> String {
    calendar(day).map_or_else(|| format!("day {day}"), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(20_782), "2026-11-25");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(i32::MAX), "day 2147483647");
    }
}
