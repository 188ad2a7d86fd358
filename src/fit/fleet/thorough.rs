//! A better answer and a better bound: column generation, a dive into whole instances, and a
//! search around the best of them.

use super::bound::{Bound, Proof, bound};
use super::branch::branch;
use super::coarse::coarse;
use super::dive::{DEEPEST, Dive, GAIN, dive, undived};
use super::generate::{DEPTHS, KEPT, Left, Pool, Relaxed, Rounds, Used};
use super::improve::improve;
use super::knapsack::Depth;
use super::problem::{Packing, Problem, ProblemError, Shape};
use super::quick::{CLOSELY, finish, greedy};
use super::tiny;

const ROUNDS: usize = 400;
/// Where an answer is wanted at once.
struct Quick {
    rounds: usize,
    depth: Depth,
    pull: f64,
    /// Without one, what the linear program does not use whole is packed by its worth.
    dive: Option<Dive>,
    /// Rounds of the search around the answer.
    around: usize,
}

const BRIEF: Dive =
    Dive { rounds: 3, depth: Depth { steps: 1_000, halves: 0 }, gains: [GAIN, GAIN] };
/// For up to so many shapes, and for more.
const FEW_SHAPES: usize = 30;
const QUICK: [Quick; 2] = [
    Quick {
        rounds: 15,
        depth: Depth { steps: 300, halves: 20 },
        pull: 0.8,
        dive: Some(BRIEF),
        around: 1,
    },
    Quick { rounds: 15, depth: Depth { steps: 300, halves: 10 }, pull: 0.8, dive: None, around: 0 },
];
/// Steps of looking for each content there.
const LESS_CLOSELY: usize = 1_000;
const ROUNDS_AROUND: usize = 150;
/// Contents are asked for at worths between the linear program's, which jump about, and the best
/// known ones (Wentges 1997): so much nearer to the latter at first.
const PULL: f64 = 0.9;
/// The linear program need not be nearer to its bound.
const CLOSE: f64 = 1e-4;
/// Parts of the time after which contents are no longer looked for, at first and in the dive.
const ROOT: f64 = 0.4;
const DIVE: f64 = 0.45;
/// A fleet of no more instances is split by their number; until then its answer is looked around
/// for so long.
const FEW: u64 = 300;
const AROUND: f64 = 0.6;
/// Where there are very few, the bound needs more of the time.
const VERY_FEW: u64 = 20;
const LESS_AROUND: f64 = 0.3;

/// How far to go.
pub struct Limits<'s> {
    /// Of the search's random choices.
    pub seed: u64,
    /// Rounds of the search around the answer, at the most; in each, tasks are packed anew by worth some
    /// times and by a dive once.
    pub rounds: usize,
    /// Asked now and then: what part of the time is spent? From one on it is time to end.
    pub spent: Box<dyn Fn() -> f64 + 's>,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Limits { seed: 0, rounds: ROUNDS_AROUND, spent: Box::new(|| 0.0) }
    }
}

/// A packing, never dearer than [`quick`]'s, and the bound, never below the quick one's.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub fn thorough(problem: &Problem, limits: &Limits<'_>) -> Result<(Packing, Bound), ProblemError> {
    problem.check()?;
    let rounded = |coarse: &Problem| searched(coarse, limits);
    let few = || by_all_ways(problem).or_else(|| of_rounded(problem, rounded));
    few().map_or_else(|| searched(problem, limits), Ok)
}

/// The packing of rounded sizes, where there are too many, with what weights of the resources prove
/// of the sizes as they are.
fn of_rounded(
    problem: &Problem,
    pack: impl FnOnce(&Problem) -> Result<(Packing, Bound), ProblemError>,
) -> Option<(Packing, Bound)> {
    let coarse = coarse(problem)?;
    let (packing, _) = pack(&coarse.problem).ok()?;
    let (mut packing, homeless) = coarse.expanded(problem, &packing);
    if homeless.iter().any(|count| *count > 0) {
        let shapes = problem.shapes.iter().zip(homeless);
        let shapes = shapes.map(|(shape, copies)| Shape { copies, ..shape.clone() }).collect();
        let rest = Problem { shapes, bins: problem.bins.clone(), fewest_instances: 0 };
        packing.patterns.extend(quick(&rest).ok()?.0.patterns);
    }
    finish(problem, &mut packing);
    Some((packing.gathered(), bound(problem)))
}

/// The best of all, where there are few ways.
fn by_all_ways(problem: &Problem) -> Option<(Packing, Bound)> {
    let packing = tiny::best(problem)?;
    let pico_an_hour = packing.pico_an_hour(problem);
    Some((packing.gathered(), Bound { pico_an_hour, proof: Proof::Every }))
}

/// The same without trying every way where there are few.
pub(super) fn searched(
    problem: &Problem,
    limits: &Limits<'_>,
) -> Result<(Packing, Bound), ProblemError> {
    let (first, weights) = greedy(problem)?;
    let (mut best, mut bound) = briefly(problem)?;
    let mut pool = Pool::new(problem, &first);
    let left = Left::all(problem);
    let center = weights.worths(problem);
    let effort = Rounds {
        rounds: ROUNDS,
        depths: &DEPTHS,
        exact: true,
        center: center.as_ref(),
        close: CLOSE,
        enough: f64::INFINITY,
        pull: PULL,
        gain: &|| f64::NEG_INFINITY,
        stop: &|| (limits.spent)() >= ROOT,
    };
    let Some(root) = pool.solved(&left, &Used::default(), &effort) else {
        return Ok((best, bound));
    };
    bound = higher(&pool, bound, &root);
    pool.forget(&root.worth, &left.counts, KEPT);
    best = cheaper(problem, best, undived(&pool, left.clone(), &root, CLOSELY));
    let begun = (limits.spent)();
    let clock = || ((limits.spent)() - begun) / (DIVE - begun).max(f64::MIN_POSITIVE);
    if clock() < 1.0
        && let Some(packing) = dive(&mut pool, left, &root, DEEPEST, &clock)
    {
        best = cheaper(problem, best, packing);
    }
    let instances = best.instances(problem);
    if instances <= FEW {
        let around = if instances <= VERY_FEW { LESS_AROUND } else { AROUND };
        let before = Limits {
            seed: limits.seed,
            rounds: limits.rounds,
            spent: Box::new(move || (limits.spent)() / around),
        };
        improve(&mut pool, &mut best, &root, bound.pico_an_hour, &before);
        let stop = || (limits.spent)() >= 1.0;
        bound = branch(&mut pool, &root, &mut best, bound, limits.rounds, &stop);
        // What time is left where there is nothing to split any more.
        improve(&mut pool, &mut best, &root, bound.pico_an_hour, limits);
    } else {
        improve(&mut pool, &mut best, &root, bound.pico_an_hour, limits);
    }
    Ok((best.gathered(), bound))
}

/// An answer in some milliseconds: a few rounds of column generation, and a brief dive or, of many
/// shapes, what is used whole and the rest by its worth.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub fn quick(problem: &Problem) -> Result<(Packing, Bound), ProblemError> {
    problem.check()?;
    let few = || by_all_ways(problem).or_else(|| of_rounded(problem, briefly));
    few().map_or_else(|| briefly(problem), Ok)
}

fn briefly(problem: &Problem) -> Result<(Packing, Bound), ProblemError> {
    let how = &QUICK[usize::from(problem.shapes.len() > FEW_SHAPES)];
    let (mut best, mut bound) = greedy(problem)?;
    let mut pool = Pool::new(problem, &best);
    let left = Left::all(problem);
    let center = bound.worths(problem);
    let effort = Rounds {
        rounds: how.rounds,
        depths: &[how.depth],
        exact: true,
        center: center.as_ref(),
        close: CLOSE,
        enough: f64::INFINITY,
        pull: how.pull,
        gain: &|| f64::NEG_INFINITY,
        stop: &|| false,
    };
    if let Some(root) = pool.solved(&left, &Used::default(), &effort) {
        bound = higher(&pool, bound, &root);
        pool.forget(&root.worth, &left.counts, KEPT);
        let dives = how.dive.or_else(|| root.instances_matter().then_some(BRIEF));
        let packing = match dives {
            Some(how) => dive(&mut pool, left, &root, how, &|| 0.0),
            None => Some(undived(&pool, left, &root, LESS_CLOSELY)),
        };
        if let Some(packing) = packing {
            best = cheaper(problem, best, packing);
        }
        let limits = Limits { rounds: how.around, ..Limits::default() };
        improve(&mut pool, &mut best, &root, bound.pico_an_hour, &limits);
    }
    Ok((best.gathered(), bound))
}

/// The higher of a bound and what the linear program proves.
fn higher(pool: &Pool<'_>, bound: Bound, root: &Relaxed) -> Bound {
    let other = root.proved.as_ref().map(|(_, worth)| pool.bound(worth));
    other.filter(|other| other.pico_an_hour > bound.pico_an_hour).unwrap_or(bound)
}

fn cheaper(problem: &Problem, best: Packing, mut other: Packing) -> Packing {
    finish(problem, &mut other);
    let less = other.pico_an_hour(problem) < best.pico_an_hour(problem);
    if less { other } else { best }
}
