//! Times in the forms that AWS writes.

/// Year, month, day of a number of days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `20261125T001500Z`, the form of signatures.
pub(super) fn compact(epoch: i64) -> String {
    iso(epoch).replace(['-', ':'], "")
}

/// `2026-11-25T00:15:00Z`.
pub(super) fn iso(epoch: i64) -> String {
    let (year, month, day) = civil(epoch.div_euclid(86_400));
    let second = epoch.rem_euclid(86_400);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

/// The time in a text like `2022-11-21T18:21:30Z`; `None` if it is none.
pub(super) fn parse_iso(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let date = days(number(0..4)?, number(5..7)?, number(8..10)?);
    let time = number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?;
    Some(date * 86_400 + time)
}

/// `Wed, 25 Nov 2026 00:15:00 GMT`, the form of HTTP.
pub(super) fn http_date(epoch: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = epoch.div_euclid(86_400);
    let (year, month, day) = civil(days);
    let pick = |names: &[&'static str], index: i64| names[usize::try_from(index).unwrap_or(0)];
    let weekday = pick(&DAYS, days.rem_euclid(7));
    let month = pick(&MONTHS, month - 1);
    let iso = iso(epoch);
    format!("{weekday}, {day:02} {month} {year:04} {} GMT", &iso[11..19])
}

#[test]
fn dates_go_both_ways() {
    assert_eq!(iso(0), "1970-01-01T00:00:00Z");
    assert_eq!(iso(1_669_054_890), "2022-11-21T18:21:30Z");
    assert_eq!(parse_iso("2022-11-21T18:21:30Z"), Some(1_669_054_890));
    assert_eq!(compact(1_709_164_800), "20240229T000000Z");
    assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(parse_iso("yesterday"), None);
}
