//! Times as people write them, into seconds since 1970, UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// From here on a number is taken for milliseconds (as seconds it would be the year 5138).
const MILLISECONDS_FROM: f64 = 1e11;

/// How a column of times is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Numbers by their size, text as ISO 8601.
    Auto,
    Seconds,
    Milliseconds,
}

/// A number; rounds down to whole seconds.
pub(super) fn from_number(value: f64, unit: TimeUnit) -> Option<i64> {
    let milliseconds = match unit {
        TimeUnit::Auto => value.abs() >= MILLISECONDS_FROM,
        TimeUnit::Seconds => false,
        TimeUnit::Milliseconds => true,
    };
    let seconds = (if milliseconds { value / 1000.0 } else { value }).floor();
    // Up to the year 9999, which is also what dates can be written for.
    #[expect(clippy::cast_possible_truncation, reason = "within the range just checked")]
    (0.0..253_402_300_800.0).contains(&seconds).then_some(seconds as i64)
}

/// Reads times as text, remembering the last date: rows of a file mostly share it.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The last text that was read in full, and the second of its midnight.
    last: String,
    midnight: i64,
    /// The first text was a date such as 20260801: so are the others.
    dates: Option<bool>,
}

impl Clock {
    /// Text: a number, or ISO 8601 with or without an offset (then UTC).
    #[inline]
    pub fn read(&mut self, text: &str, unit: TimeUnit) -> Option<i64> {
        let text = text.trim();
        if let Some(seconds) = self.on_the_same_date(text) {
            return Some(self.midnight + seconds).filter(|at| *at >= 0);
        }
        let is_date = || unit == TimeUnit::Auto && date_in_digits(text).is_some();
        let dates = *self.dates.get_or_insert_with(is_date);
        let at = if dates { date_in_digits(text)? } else { from_text(text, unit)? };
        if let Some(seconds) = seconds_of_day(text.as_bytes()) {
            text.clone_into(&mut self.last);
            self.midnight = at - seconds;
        }
        Some(at)
    }

    /// Seconds since midnight where date and offset are those of the last text.
    #[inline]
    fn on_the_same_date(&self, text: &str) -> Option<i64> {
        let (text, last) = (text.as_bytes(), self.last.as_bytes());
        let same = text.len() == last.len()
            && text.len() >= 19
            && text[..11] == last[..11]
            && text[19..] == last[19..];
        if same { seconds_of_day(text) } else { None }
    }
}

/// Of `2013-08-12T13:40:46`, whatever follows; nothing for any other form.
#[inline]
fn seconds_of_day(text: &[u8]) -> Option<i64> {
    let [
        _,
        _,
        _,
        _,
        b'-',
        _,
        _,
        b'-',
        _,
        _,
        b'T' | b' ',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
        rest @ ..,
    ] = text
    else {
        return None;
    };
    // A fraction would have to be cut; such texts are read in full.
    let digits = [h1, h2, m1, m2, s1, s2].iter().all(|digit| digit.is_ascii_digit());
    if !digits || rest.first() == Some(&b'.') || rest.first() == Some(&b',') {
        return None;
    }
    let two = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
    let (hours, minutes, seconds) = (two(h1, h2), two(m1, m2), two(s1, s2));
    (hours < 24 && minutes < 60 && seconds < 60).then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn from_text(text: &str, unit: TimeUnit) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return text.parse().ok().and_then(|value| from_number(value, unit));
    }
    let seconds = match text.parse::<Timestamp>() {
        Ok(stamp) => stamp.as_second(),
        Err(_) => civil(text)?,
    };
    (seconds >= 0).then_some(seconds)
}

/// `20260801`, which as seconds would be a day in 1970.
pub(super) fn date_in_digits(text: &str) -> Option<i64> {
    let plausible = text.len() == 8 && (text.starts_with("19") || text.starts_with("20"));
    if !plausible || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    civil(text).filter(|at| *at >= 0)
}

/// Without an offset: UTC. What carries an offset or a zone beside is not guessed at.
fn civil(text: &str) -> Option<i64> {
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let time = text.get(10..).unwrap_or_default();
    if time.contains(['+', '-', '[', 'Z', 'z']) {
        return None;
    }
    let at = text.parse::<DateTime>().ok()?;
    Some(TimeZone::UTC.to_timestamp(at).ok()?.as_second())
}

/// `2026-11-25`, for the directory of a day since 1970.
pub(super) fn date_of(day: i64) -> String {
    Timestamp::from_second(day * 86_400).map_or_else(
        |_| day.to_string(),
        |stamp| TimeZone::UTC.to_datetime(stamp).date().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_many_forms_are_the_same_moment() {
        let expected = Some(1_376_314_846);
        for text in [
            "2013-08-12T13:40:46Z",
            "2013-08-12 13:40:46",
            "2013-08-12 13:40:46+00:00",
            "2013-08-12T15:40:46+02:00",
            "2013-08-12 13:40:46 UTC",
            "1376314846",
            "1376314846.9",
            "2013-08-12T15:40:46+02:00[Europe/Berlin]",
            "1376314846000",
            " 1376314846 ",
        ] {
            assert_eq!(Clock::default().read(text, TimeUnit::Auto), expected, "{text}");
        }
        let whole_day = Clock::default().read("2013-08-12", TimeUnit::Auto);
        assert_eq!(whole_day, Some(1_376_265_600));
    }

    #[test]
    fn a_remembered_date_gives_what_reading_in_full_gives() {
        let mut clock = Clock::default();
        for text in [
            "2013-08-12T13:40:46Z",
            "2013-08-12T23:59:59Z",
            "2013-08-12T24:00:00Z",
            "2013-08-12T00:00:00Z",
            "2013-08-13T00:00:00Z",
            "2013-08-13T00:00:00+02:00",
            "2013-08-13T01:00:00+02:00",
            "2013-08-13T01:00:00-02:00",
            "2013-08-13 01:00:00",
            "2013-08-13 01:00:0x",
            "2013-08-13 01:00:61",
            "2013-08-13 01:00:01.5",
            "2013-08-13 01:00:01",
            "1970-01-01T00:30:00+00:30",
            "1970-01-01T00:29:59+00:30",
        ] {
            assert_eq!(clock.read(text, TimeUnit::Auto), from_text(text, TimeUnit::Auto), "{text}");
        }
    }

    #[test]
    fn a_column_of_dates_in_digits_is_dates() {
        let mut clock = Clock::default();
        assert_eq!(clock.read("20130812", TimeUnit::Auto), Some(1_376_265_600));
        assert_eq!(clock.read("20130813", TimeUnit::Auto), Some(1_376_352_000));
        assert_eq!(clock.read("20131313", TimeUnit::Auto), None);
        let mut seconds = Clock::default();
        assert_eq!(seconds.read("20130000", TimeUnit::Auto), Some(20_130_000));
        assert_eq!(seconds.read("20130812", TimeUnit::Auto), Some(20_130_812));
        assert_eq!(Clock::default().read("20130812", TimeUnit::Seconds), Some(20_130_812));
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "2013-08-12T13:40:46+02:00 UTC",
            "2013-08-12T13:40:46[America/New_York]",
            "",
            "yesterday",
            "-5",
            "2013-13-01T00:00:00Z",
            "1e400",
            "NaN",
            "1969-01-01T00:00:00Z",
            ".",
        ] {
            assert_eq!(Clock::default().read(text, TimeUnit::Auto), None, "{text}");
        }
        assert_eq!(from_number(f64::NAN, TimeUnit::Auto), None);
        assert_eq!(from_number(1e300, TimeUnit::Seconds), None);
    }

    #[test]
    fn days_have_dates() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(15_929), "2013-08-12");
    }
}
