//! A search around an answer: some instances are taken apart, the dear ones for what they hold
//! rather than others, and their tasks packed anew; what is not dearer is kept (ruin and
//! recreate, Schrimpf et al. 2000).

use super::dive::{DEEP, dive};
use super::generate::{KEPT, Left, Pool, Relaxed, Rounds, Used};
use super::problem::{Packing, Pattern};
use super::quick::{CLOSELY, Filler, finish, worth_something};
use super::thorough::Limits;
use crate::units::SplitMix64;

/// Instances that are taken apart at a time, at the fewest and the most.
const APART: (usize, usize) = (2, 24);
/// An instance whose tasks are worth all that it costs is taken apart as if this part were wasted.
const NONE_IS_SAFE: f64 = 1e-3;
/// Rounds after which contents that are far from worth their price are forgotten.
const FORGET: usize = 50;
/// Tasks are packed anew by what they are worth so many times for each time by a dive, which takes
/// some ten times as long.
const BY_WORTH: usize = 12;
/// Their worths then differ from the linear program's by no more than this part.
const BESIDE: f64 = 0.01;
/// Rounds of looking for contents each time by a dive.
const LOOKS: usize = 3;

pub(super) fn improve(
    pool: &mut Pool<'_>,
    best: &mut Packing,
    root: &Relaxed,
    at_least: u128,
    limits: &Limits<'_>,
) {
    let mut random = SplitMix64(limits.seed ^ 0x9e37_79b9_7f4a_7c15);
    // Of a dive; where there is no more time for one, there is for the other way.
    let mut longest = 0.0_f64;
    let mut cost = best.pico_an_hour(pool.problem);
    let must = Left::must(pool.problem, pool.problem.fewest());
    for round in 0..limits.rounds.saturating_mul(BY_WORTH + 1) {
        if round % FORGET == FORGET - 1 {
            pool.forget(&root.worth, &must, KEPT);
        }
        if (limits.spent)() >= 1.0 || cost <= at_least {
            return;
        }
        let apart = choose(pool, best, root, &mut random);
        let (tasks, rest) = taken_apart(pool, best, &apart);
        let begun = (limits.spent)();
        let with_care = root.instances_matter() || round % (BY_WORTH + 1) == BY_WORTH;
        let anew = if with_care && begun + longest < 1.0 {
            let dived = dived(pool, tasks, &rest, root, limits);
            longest = longest.max((limits.spent)() - begun);
            dived
        } else {
            Some(by_worth(pool, tasks, root, &mut random))
        };
        let Some(mut other) = anew else { continue };
        other.patterns.extend(rest.patterns);
        finish(pool.problem, &mut other);
        let less = other.pico_an_hour(pool.problem);
        if less <= cost {
            *best = other.gathered();
            cost = less;
        }
    }
}

/// How many instances of each pattern are taken apart.
fn choose(pool: &Pool<'_>, best: &Packing, root: &Relaxed, random: &mut SplitMix64) -> Vec<u32> {
    let all: usize = best.patterns.iter().map(|pattern| pattern.instances as usize).sum();
    let most = APART.1.min(all).max(APART.0);
    let count = APART.0 + below(random, most - APART.0 + 1);
    // What an instance costs beyond what its tasks are worth.
    let dear = |pattern: &Pattern| {
        let price = pool.price(pattern.bin);
        let tasks = pattern.tasks.iter();
        let worth: f64 = tasks.map(|(shape, n)| root.worth.tasks[*shape] * f64::from(*n)).sum();
        ((price - worth).max(0.0) + price * NONE_IS_SAFE) * f64::from(pattern.instances)
    };
    let mut weights: Vec<f64> = best.patterns.iter().map(dear).collect();
    let mut apart = vec![0; weights.len()];
    for _ in 0..count {
        let sum: f64 = weights.iter().sum();
        let mut at = random.part() * sum;
        let drawn = weights.iter().position(|weight| {
            at -= weight;
            at < 0.0
        });
        let Some(drawn) = drawn else { break };
        let left = f64::from(best.patterns[drawn].instances - apart[drawn]);
        weights[drawn] *= (left - 1.0) / left;
        apart[drawn] += 1;
    }
    apart
}

/// The tasks of what is taken apart, and the rest.
fn taken_apart(pool: &Pool<'_>, best: &Packing, apart: &[u32]) -> (Vec<u32>, Packing) {
    let mut tasks = vec![0; pool.problem.shapes.len()];
    let mut rest = Packing::default();
    for (pattern, apart) in best.patterns.iter().zip(apart) {
        for (shape, count) in &pattern.tasks {
            tasks[*shape] += count * apart;
        }
        let instances = pattern.instances - apart;
        if instances > 0 {
            rest.patterns.push(Pattern { instances, ..pattern.clone() });
        }
    }
    (tasks, rest)
}

/// Content after content, at worths a little beside the linear program's.
fn by_worth(pool: &Pool<'_>, tasks: Vec<u32>, root: &Relaxed, random: &mut SplitMix64) -> Packing {
    let most = BESIDE * random.part();
    let mut beside = |one: &f64| one * (1.0 + most * (2.0 * random.part() - 1.0));
    let worth = root.worth.tasks.iter().map(&mut beside).collect();
    let worth = worth_something(pool.problem, worth);
    let filler = Filler::new(pool.problem, &pool.bins, &worth, tasks, CLOSELY);
    Packing { patterns: filler.all() }
}

/// By a linear program of their own, and a dive.
fn dived(
    pool: &mut Pool<'_>,
    tasks: Vec<u32>,
    rest: &Packing,
    root: &Relaxed,
    limits: &Limits<'_>,
) -> Option<Packing> {
    let there = u32::try_from(rest.instances(pool.problem)).unwrap_or(u32::MAX);
    let must = pool.problem.fewest().saturating_sub(there);
    let left = Left { tasks, counts: Left::must(pool.problem, must) };
    let effort = Rounds {
        rounds: LOOKS,
        depths: &[DEEP.depth],
        exact: false,
        center: root.proved.as_ref(),
        pull: 0.0,
        gain: &|| 0.0,
        close: 0.0,
        enough: f64::INFINITY,
        stop: &|| (limits.spent)() >= 1.0,
    };
    let relaxed = pool.solved(&left, &Used::default(), &effort)?;
    let relaxed = Relaxed { proved: root.proved.clone(), ..relaxed };
    dive(pool, left, &relaxed, DEEP, &limits.spent)
}

fn below(random: &mut SplitMix64, limit: usize) -> usize {
    usize::try_from(random.draw() % limit.max(1) as u64).unwrap_or(0)
}
