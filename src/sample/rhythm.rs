//! When people work: by the hour of the day, the day of the week, and in exam week.

use super::{PERIOD, START};

/// Share of the day's peak at each full hour, UTC.
const DAY: [f64; 24] = [
    0.12, 0.08, 0.06, 0.05, 0.06, 0.10, 0.22, 0.45, 0.72, 0.90, 0.98, 1.00, 0.92, 0.95, 0.97, 0.90,
    0.78, 0.62, 0.55, 0.58, 0.60, 0.50, 0.34, 0.20,
];
/// Monday first.
const WEEK: [f64; 7] = [1.0, 1.0, 0.97, 0.95, 0.80, 0.38, 0.45];
/// The fourth week.
const EXAM_DAYS: std::ops::Range<i64> = 21..28;
const EXAM_FACTOR: f64 = 2.3;

/// How busy it is at a step, 1 being an ordinary Monday's peak.
pub(super) fn busy(step: i64) -> f64 {
    let seconds = step * i64::from(PERIOD);
    let day = seconds / 86_400;
    let of_day = seconds % 86_400;
    let hour = usize::try_from(of_day / 3_600).expect("0 to 23");
    let next = DAY[(hour + 1) % 24];
    #[expect(clippy::cast_precision_loss, reason = "below 3600")]
    let part = (of_day % 3_600) as f64 / 3_600.0;
    let by_hour = DAY[hour] + (next - DAY[hour]) * part;
    let by_day = WEEK[usize::try_from(day % 7).expect("0 to 6")];
    let exam = if EXAM_DAYS.contains(&day) { EXAM_FACTOR } else { 1.0 };
    by_hour * by_day * exam
}

const _: () = assert!(START % 86_400 == 0, "the window starts at midnight");
