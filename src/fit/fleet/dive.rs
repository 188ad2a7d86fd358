//! Whole instances from the linear program's parts: those that are used whole are taken, the
//! parts that are nearly whole too, and what is left is solved anew.

use super::generate::{Left, Pool, Relaxed, Rounds, Used};
use super::knapsack::Depth;
use super::problem::{Packing, Pattern};
use super::quick::{CLOSELY, Filler, worth_something};

/// How to dive.
#[derive(Clone, Copy)]
pub(super) struct Dive {
    /// Rounds of looking for contents at each step, at the most.
    pub rounds: usize,
    pub depth: Depth,
    /// What a round of looking must save, as a part of what the whole costs: at the least where
    /// there is time, and at the most where it is behind.
    pub gains: [f64; 2],
}

/// Relaxed answers by halves find little beyond.
pub(super) const DEEP: Dive =
    Dive { rounds: 60, depth: Depth { steps: 1_000, halves: 0 }, gains: [GAIN, GAIN] };
/// The whole, in the time that there is.
pub(super) const DEEPEST: Dive = Dive { gains: [2e-6, 2e-3], ..DEEP };
pub(super) const GAIN: f64 = 6e-5;
/// By how much more where it is behind by so large a part of all: a tenth.
const BEHIND: f64 = 6.0;
/// See [`Rounds`].
const PULL: f64 = 0.5;
/// A content that is used nearly whole is taken whole.
const NEARLY_WHOLE: f64 = 0.75;
/// Of all contents that are used in parts, one in so many is taken whole at a time.
const ONE_IN: usize = 8;

/// Packs what is left, from its relaxed answer on. The clock says what part of the time is spent;
/// when all is, what is left is packed by what it is worth.
pub(super) fn dive(
    pool: &mut Pool<'_>,
    mut left: Left,
    root: &Relaxed,
    how: Dive,
    clock: &dyn Fn() -> f64,
) -> Option<Packing> {
    let mut packing = Packing::default();
    let mut used = root.used.clone();
    let total = root.cost;
    let shapes = |left: &Left| left.tasks.iter().filter(|tasks| **tasks > 0).count();
    let all = shapes(&left);
    loop {
        if !take(pool, &mut left, &mut packing, &mut used) {
            return None;
        }
        if left.tasks.iter().all(|left| *left == 0) {
            return Some(packing);
        }
        if clock() >= 1.0 {
            packing.patterns.extend(filled(pool, left.tasks, root, CLOSELY));
            return Some(packing);
        }
        #[expect(clippy::cast_precision_loss, reason = "thousands at the most")]
        let done = (all - shapes(&left)) as f64 / all as f64;
        let gain = || {
            let gain = GAIN * BEHIND.powf(10.0 * (clock() - done));
            total * gain.clamp(how.gains[0], how.gains[1])
        };
        let stop = || clock() >= 1.0;
        let effort = Rounds {
            rounds: how.rounds,
            depths: &[how.depth],
            exact: false,
            center: root.proved.as_ref(),
            pull: PULL,
            gain: &gain,
            close: 0.0,
            enough: f64::INFINITY,
            stop: &stop,
        };
        used = pool.solved(&left, &used, &effort)?.used;
    }
}

/// What the relaxed answer uses whole, and the rest by what it is worth.
pub(super) fn undived(pool: &Pool<'_>, mut left: Left, root: &Relaxed, steps: usize) -> Packing {
    let mut packing = Packing::default();
    take(pool, &mut left, &mut packing, &mut root.used.clone());
    packing.patterns.extend(filled(pool, left.tasks, root, steps));
    packing
}

fn filled(pool: &Pool<'_>, tasks: Vec<u32>, root: &Relaxed, steps: usize) -> Vec<Pattern> {
    let worth = worth_something(pool.problem, root.worth.tasks.clone());
    Filler::new(pool.problem, &pool.bins, &worth, tasks, steps).all()
}

/// Takes whole instances, so that less is used of what is left; true where some were taken.
fn take(pool: &Pool<'_>, left: &mut Left, packing: &mut Packing, used: &mut Used) -> bool {
    let mut any = false;
    let mut parts: Vec<(usize, f64)> = Vec::new();
    for (place, (number, value)) in used.contents.iter_mut().enumerate() {
        let whole = (*value + 1e-5).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "no more than there are tasks"
        )]
        let taken = take_times(pool, left, packing, *number, whole as u32);
        any |= taken > 0;
        *value -= f64::from(taken);
        if *value > 1e-5 {
            parts.push((place, *value));
        }
    }
    parts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = (parts.len() / ONE_IN).max(1);
    for (at, part) in parts.into_iter().take(most) {
        if !any || part >= NEARLY_WHOLE {
            let (number, value) = &mut used.contents[at];
            let taken = take_times(pool, left, packing, *number, 1);
            *value -= f64::from(taken);
            any |= taken > 0;
        }
    }
    any
}

/// Takes a content so often, as far as there are tasks; how often it was.
fn take_times(
    pool: &Pool<'_>,
    left: &mut Left,
    packing: &mut Packing,
    number: usize,
    times: u32,
) -> u32 {
    let found = &pool.found[number];
    let full = found.tasks.iter().map(|(shape, count)| left.tasks[*shape] / count).min();
    let full = full.unwrap_or(0).min(times);
    if full > 0 {
        place(left, packing, (found.bin, found.tasks.clone()), full);
    }
    if full < times {
        // One more with fewer tasks.
        let less = |(shape, count): &(usize, u32)| (*shape, (*count).min(left.tasks[*shape]));
        let tasks: Vec<(usize, u32)> =
            found.tasks.iter().map(less).filter(|(_, count)| *count > 0).collect();
        if !tasks.is_empty() {
            place(left, packing, (found.bin, tasks), 1);
            return full + 1;
        }
    }
    full
}

fn place(
    left: &mut Left,
    packing: &mut Packing,
    (bin, tasks): (usize, Vec<(usize, u32)>),
    instances: u32,
) {
    for (shape, count) in &tasks {
        left.tasks[*shape] -= count * instances;
    }
    for count in left.counts.iter_mut().filter(|count| count.offers[bin]) {
        count.number = count.number.saturating_sub(instances);
    }
    packing.patterns.push(Pattern { bin, tasks, instances });
}
