//! A better answer and a better bound: column generation, a dive into whole instances, and a
//! search around the best of them.

use super::bound::{Bound, Proof};
use super::dive::dive;
use super::generate::{Left, Pool, Rounds};
use super::problem::{Packing, Problem, ProblemError};
use super::quick::{finish, quick};
use super::tiny;

const ROUNDS: usize = 400;
/// The linear program need not be nearer to its bound.
const CLOSE: f64 = 1e-4;

/// How far to go.
pub struct Limits<'s> {
    /// Of the search's random choices.
    pub seed: u64,
    /// Asked now and then: is it time to come to an end?
    pub stop: &'s dyn Fn() -> bool,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Limits { seed: 0, stop: &|| false }
    }
}

/// A packing, never dearer than the quick one, and the bound, never below the quick one's.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub fn thorough(problem: &Problem, limits: &Limits<'_>) -> Result<(Packing, Bound), ProblemError> {
    problem.check()?;
    if let Some(packing) = tiny::best(problem) {
        let pico_an_hour = packing.pico_an_hour(problem);
        return Ok((packing.gathered(), Bound { pico_an_hour, proof: Proof::Every }));
    }
    searched(problem, limits)
}

/// The same without trying every way where there are few.
pub(super) fn searched(
    problem: &Problem,
    limits: &Limits<'_>,
) -> Result<(Packing, Bound), ProblemError> {
    let (mut best, mut bound) = quick(problem)?;
    let mut pool = Pool::new(problem, &best);
    let left = Left::all(problem);
    let center = bound.by_weights(problem);
    let effort = Rounds {
        rounds: ROUNDS,
        levels: 3,
        exact: true,
        center: center.as_ref(),
        close: CLOSE,
        stop: limits.stop,
    };
    let Some(root) = pool.solved(&left, &[], &effort) else { return Ok((best, bound)) };
    if let Some((_, worth)) = &root.proved {
        let other = pool.bound(worth);
        if other.pico_an_hour > bound.pico_an_hour {
            bound = other;
        }
    }
    if let Some(mut packing) = dive(&mut pool, left, &root, limits.stop) {
        finish(problem, &mut packing);
        if packing.pico_an_hour(problem) < best.pico_an_hour(problem) {
            best = packing;
        }
    }
    Ok((best.gathered(), bound))
}
