//! Memory that only ever grows while a task lives.

use super::Shape;
use super::days::Days;
use crate::model::{Code, Workload};

/// A stretch ends where memory falls by more than this between two days: tasks were
/// started anew.
const FALL: f64 = 0.08;
/// Days of a stretch that say something.
const FEWEST_DAYS: usize = 5;
/// Pairs of days that rise, of all of a stretch (Mann 1945, Kendall 1938).
const RISING: f64 = 0.85;
/// What it grew by, of where it began.
const GROWN: f64 = 0.10;

type Stretch<'v> = &'v [(i32, f64)];

pub(super) fn look(workload: &Workload, days: &Days, shape: &mut Shape) {
    let values = days.values(|day| day.memory);
    let stretches = stretches(&values);
    let creeping: Vec<Stretch<'_>> =
        stretches.iter().copied().filter(|stretch| creeps(stretch)).collect();
    let Some(last) = creeping.last() else { return };
    let slope = slope(last);
    // Where it was started anew before it grew as far, the most it reaches has been seen.
    let longest = creeping.iter().map(|stretch| stretch.len()).max().unwrap_or(0);
    let current = stretches.last().is_some_and(|stretch| *stretch == *last);
    let bounded = stretches.len() > 1 && !(current && last.len() == longest && creeping.len() == 1);
    // Day follows upon day: its peaks are no chance that could be predicted.
    shape.memory.not_chance = true;
    if !bounded {
        shape.memory.hold = true;
    }
    let began = if bounded { ", begun anew time and again" } else { "" };
    shape.say(
        Code::MemoryCreeps,
        format!("{slope:.1} MiB a day{began}{}", left(workload, last, slope)),
    );
}

/// Days to the limit, at this slope, from the last day of a stretch.
fn left(workload: &Workload, last: Stretch<'_>, slope: f64) -> String {
    let (Some(size), Some((_, level))) = (workload.size, last.last()) else {
        return String::new();
    };
    let days = ((f64::from(size.memory.0) - level) / slope).max(0.0);
    format!("; {} MiB are reached {days:.0} days after the last", size.memory.0)
}

/// Between falls.
fn stretches(values: &[(i32, f64)]) -> Vec<Stretch<'_>> {
    values.chunk_by(|(_, before), (_, next)| *next >= before * (1.0 - FALL)).collect()
}

fn creeps(stretch: Stretch<'_>) -> bool {
    let (Some((_, first)), Some((_, last))) = (stretch.first(), stretch.last()) else {
        return false;
    };
    if stretch.len() < FEWEST_DAYS || last - first < first * GROWN || jumps(stretch) {
        return false;
    }
    let pairs = stretch.len() * stretch.len().saturating_sub(1) / 2;
    let rising = pairs_of(stretch).filter(|((_, before), (_, later))| later > before).count();
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    let share = rising as f64 / (pairs.max(1)) as f64;
    share >= RISING
}

/// Most of the rise within one day is a step, not a creep.
fn jumps(stretch: Stretch<'_>) -> bool {
    let rise = stretch[stretch.len() - 1].1 - stretch[0].1;
    stretch.windows(2).any(|pair| pair[1].1 - pair[0].1 > rise / 2.0)
}

/// The median slope of all pairs, a day (Theil 1950, Sen 1968).
fn slope(stretch: Stretch<'_>) -> f64 {
    let mut slopes: Vec<f64> = pairs_of(stretch)
        .map(|((day, before), (later_day, later))| (later - before) / f64::from(later_day - day))
        .collect();
    slopes.sort_by(f64::total_cmp);
    slopes[slopes.len() / 2]
}

fn pairs_of(stretch: Stretch<'_>) -> impl Iterator<Item = ((i32, f64), (i32, f64))> + '_ {
    stretch.iter().enumerate().flat_map(|(number, before)| {
        stretch[number + 1..].iter().map(move |later| (*before, *later))
    })
}
