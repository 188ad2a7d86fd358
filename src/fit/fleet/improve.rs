//! A search around an answer: some instances are taken apart, the dear ones for what they hold
//! rather than others, and their tasks packed anew; what is not dearer is kept (ruin and
//! recreate, Schrimpf et al. 2000).

use super::dive::{DEEP, dive};
use super::generate::{KEPT, Left, Pool, Relaxed, Rounds, Used};
use super::problem::{Packing, Pattern};
use super::quick::finish;
use super::thorough::Limits;
use crate::units::SplitMix64;

/// Instances that are taken apart at a time, at the fewest and the most.
const APART: (usize, usize) = (2, 24);
/// Rounds after which contents that are far from worth their price are forgotten.
const FORGET: usize = 50;
/// Rounds of looking for contents each time.
const LOOKS: usize = 3;

pub(super) fn improve(
    pool: &mut Pool<'_>,
    best: &mut Packing,
    root: &Relaxed,
    at_least: u128,
    limits: &Limits<'_>,
) {
    let mut random = SplitMix64(limits.seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut cost = best.pico_an_hour(pool.problem);
    let must = Left::must(pool.problem, pool.problem.fewest());
    for round in 0..limits.rounds {
        if round % FORGET == FORGET - 1 {
            pool.forget(&root.worth, &must, KEPT);
        }
        if (limits.spent)() >= 1.0 || cost <= at_least {
            return;
        }
        let apart = choose(pool, best, root, &mut random);
        let Some(mut other) = recreated(pool, best, root, &apart) else { continue };
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
        ((price - worth).max(0.0) + price * 0.01) * f64::from(pattern.instances)
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

fn recreated(
    pool: &mut Pool<'_>,
    best: &Packing,
    root: &Relaxed,
    apart: &[u32],
) -> Option<Packing> {
    let mut tasks = vec![0; pool.problem.shapes.len()];
    let mut rest = Vec::new();
    for (pattern, apart) in best.patterns.iter().zip(apart) {
        for (shape, count) in &pattern.tasks {
            tasks[*shape] += count * apart;
        }
        let instances = pattern.instances - apart;
        if instances > 0 {
            rest.push(Pattern { instances, ..pattern.clone() });
        }
    }
    let rest = Packing { patterns: rest };
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
        stop: &|| false,
    };
    let relaxed = pool.solved(&left, &Used::default(), &effort)?;
    let mut packing =
        dive(pool, left, &Relaxed { proved: root.proved.clone(), ..relaxed }, DEEP, &|| 0.0)?;
    packing.patterns.extend(rest.patterns);
    Some(packing)
}

fn below(random: &mut SplitMix64, limit: usize) -> usize {
    usize::try_from(random.draw() % limit.max(1) as u64).unwrap_or(0)
}
