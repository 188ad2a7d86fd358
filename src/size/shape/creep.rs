//! Memory that only ever grows while a task lives.

use super::Shape;
use super::days::Days;
use crate::model::{Code, Policy, Workload};
use crate::units::{MiB, whole_up};

/// A stretch ends where memory falls by more than this between two days: tasks were
/// started anew.
const FALL: f64 = 0.08;
/// Days of a stretch that say something.
const FEWEST_DAYS: usize = 5;
/// Pairs of days that rise, of all of a stretch (Mann 1945, Kendall 1938).
const RISING: f64 = 0.9;
/// What it grew by, of where it began.
const GROWN: f64 = 0.10;
/// The last third rises at least by so much of what all of it does, a day: what levels off is
/// no leak.
const STILL_RISING: f64 = 1.0 / 3.0;
/// Days at the end that are looked at by themselves.
const TAILS: [usize; 3] = [7, 10, 14];
/// A stretch that was not begun anew must be so long.
const SINGLE_DAYS: usize = 7;
/// Stretches that were begun anew must be so many.
const FEWEST_TIMES: usize = 2;

type Stretch<'v> = &'v [(i32, f64)];

pub(super) fn look(workload: &Workload, days: &Days, policy: &Policy, shape: &mut Shape) {
    let values = days.values(|day| day.memory);
    // At night a rhythm falls back to where it was, and a leak does not.
    let floors = days.values(|day| day.memory_floor);
    let stretches = stretches(&values);
    let creeping = |stretch: &&[(i32, f64)]| {
        let (first, last) = (stretch[0].0, stretch[stretch.len() - 1].0);
        let floors: Vec<(i32, f64)> =
            floors.iter().filter(|(day, _)| (first..=last).contains(day)).copied().collect();
        creeps(stretch) && creeps(&floors)
    };
    // Begun anew time and again: how far it gets has been seen.
    let all: Vec<Stretch<'_>> = stretches.iter().copied().filter(creeping).collect();
    let crept: usize = all.iter().map(|stretch| stretch.len()).sum();
    let longest = all.iter().rev().skip(1).map(|stretch| stretch.len()).max().unwrap_or(0);
    let further = stretches.last().is_some_and(|last| last.len() > longest + longest / 4);
    if all.len() >= FEWEST_TIMES && crept * 2 >= values.len() && !further {
        let slope = slope(all[all.len() - 1]);
        shape.memory.not_chance = true;
        let times = all.len();
        let detail = format!("{slope:.1} MiB a day, begun anew {times} times");
        shape.say(Code::MemoryCreeps, detail);
        return;
    }
    // A leak may have begun within the last stretch.
    let latest = stretches.last().copied().unwrap_or_default();
    let tails = TAILS.into_iter().filter_map(|days| latest.get(latest.len().checked_sub(days)?..));
    let now = tails.chain([latest]).filter(|tail| !tail.is_empty()).find(creeping);
    if let Some(stretch) = now.filter(|stretch| stretch.len() >= SINGLE_DAYS) {
        let slope = slope(stretch);
        let level = stretch[stretch.len() - 1].1;
        shape.memory.not_chance = true;
        // What it reaches in the days to come; not more than today's: a leak fills any size.
        let reached = level + slope * f64::from(policy.risk_days);
        let today = workload.size.map_or(f64::INFINITY, |size| f64::from(size.memory.0));
        let held = whole_up(reached.min(today)).map_or(MiB(0), MiB);
        shape.least_memory = shape.least_memory.max(held);
        shape.say(
            Code::MemoryCreeps,
            format!("{slope:.1} MiB a day{}", left(workload, stretch, slope)),
        );
    }
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
    share >= RISING && still_rising(stretch)
}

fn still_rising(stretch: Stretch<'_>) -> bool {
    let last = &stretch[stretch.len() * 2 / 3..];
    last.len() < 2 || slope(last) >= slope(stretch) * STILL_RISING
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
