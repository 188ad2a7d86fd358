//! An answer at once: instance after instance, always the one that holds the most worth for its
//! price, as many of it as there are tasks for; then each on the cheapest offer that holds it.
//!
//! What tasks are worth are the weights of the bound: what a perfect fleet would pay for them.

use super::bound::{Bound, Weights, bound};
use super::fill::{Content, Stock};
use super::problem::{Bin, Packing, Pattern, Problem, ProblemError, Shape};
use crate::model::Architecture;

/// A packing and the bound that it was found by.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub fn quick(problem: &Problem) -> Result<(Packing, Bound), ProblemError> {
    problem.check()?;
    let bound = bound(problem);
    let mut filler = Filler::new(problem, &bound);
    let mut packing = Packing::default();
    while let Some(pattern) = filler.next_pattern() {
        packing.patterns.push(pattern);
    }
    finish(problem, &mut packing);
    Ok((packing, bound))
}

/// Every content on the cheapest offer that holds it, and as many instances as must be.
pub(super) fn finish(problem: &Problem, packing: &mut Packing) {
    for pattern in &mut packing.patterns {
        pattern.bin = cheapest(problem, &pattern.tasks).unwrap_or(pattern.bin);
    }
    let fewest = u64::from(problem.fewest_instances);
    while packing.instances() < fewest && !packing.patterns.is_empty() {
        one_more(problem, packing);
    }
}

struct Filler<'p> {
    problem: &'p Problem,
    /// What a task is worth, by shape.
    worth: Vec<f64>,
    left: Vec<u32>,
    /// The best content of each offer, as long as there are tasks for it.
    best: Vec<Option<Content>>,
}

impl<'p> Filler<'p> {
    fn new(problem: &'p Problem, bound: &Bound) -> Self {
        let worth = |shape: &Shape| {
            let of = |weights: Weights| {
                let [cpu, memory, slot] = [weights.cpu, weights.memory, weights.slot].map(float);
                cpu * f64::from(shape.cpu_units) + memory * f64::from(shape.memory_mib) + slot
            };
            match (shape.x86, shape.arm) {
                (true, true) => of(bound.x86).min(of(bound.arm)),
                (true, false) => of(bound.x86),
                _ => of(bound.arm),
            }
        };
        let mut filler = Filler {
            problem,
            worth: problem.shapes.iter().map(worth).collect(),
            left: problem.shapes.iter().map(|shape| shape.copies).collect(),
            best: vec![None; problem.bins.len()],
        };
        // Where the bound is by number of instances, weights may be nothing: then size counts.
        if filler.worth.iter().all(|worth| *worth <= 0.0) {
            let size = |shape: &Shape| f64::from(shape.cpu_units) + f64::from(shape.memory_mib);
            filler.worth = problem.shapes.iter().map(size).collect();
        }
        filler
    }

    /// The content that is worth the most for its price, as often as there are tasks for it.
    fn next_pattern(&mut self) -> Option<Pattern> {
        let mut found: Option<(usize, f64)> = None;
        for bin in 0..self.problem.bins.len() {
            let stale = self.best[bin].as_ref().is_none_or(|one| self.times(&one.tasks) == 0);
            if stale {
                self.best[bin] = Some(self.fill(&self.problem.bins[bin]));
            }
            let worth = self.best[bin].as_ref().map_or(0.0, |one| one.worth);
            let ratio = worth / float(self.problem.bins[bin].price.as_pico());
            if worth > 0.0 && found.is_none_or(|(_, best)| ratio > best) {
                found = Some((bin, ratio));
            }
        }
        let (bin, _) = found?;
        let tasks = self.best[bin].clone()?.tasks;
        let instances = self.times(&tasks);
        for (shape, count) in &tasks {
            self.left[*shape] -= count * instances;
        }
        Some(Pattern { bin, tasks, instances })
    }

    /// How often there are tasks for a content.
    fn times(&self, tasks: &[(usize, u32)]) -> u32 {
        tasks.iter().map(|(shape, count)| self.left[*shape] / count).min().unwrap_or(0)
    }

    fn fill(&self, bin: &Bin) -> Content {
        Stock { problem: self.problem, worth: &self.worth, left: &self.left }.fill(bin)
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
const fn float(value: u64) -> f64 {
    value as f64
}

/// The cheapest offer that holds tasks together.
fn cheapest(problem: &Problem, tasks: &[(usize, u32)]) -> Option<usize> {
    let sum = |of: fn(&Shape) -> u32| -> u64 {
        let each = |(shape, count): &(usize, u32)| {
            u64::from(of(&problem.shapes[*shape])) * u64::from(*count)
        };
        tasks.iter().map(each).sum()
    };
    let (cpu, memory, slots) = (sum(|s| s.cpu_units), sum(|s| s.memory_mib), sum(|_| 1));
    let all_run =
        |on: Architecture| tasks.iter().all(|(shape, _)| problem.shapes[*shape].runs_on(on));
    let holds = |bin: &Bin| {
        u64::from(bin.cpu_units) >= cpu
            && u64::from(bin.memory_mib) >= memory
            && u64::from(bin.slots) >= slots
            && all_run(bin.architecture)
    };
    let holding = problem.bins.iter().enumerate().filter(|(_, bin)| holds(bin));
    holding.min_by_key(|(_, bin)| bin.price.as_pico()).map(|(number, _)| number)
}

/// One instance more, at the least price: a task moves out into one of its own, or an empty one
/// stands by.
fn one_more(problem: &Problem, packing: &mut Packing) {
    let price = |bin: usize| i128::from(problem.bins[bin].price.as_pico());
    let empty = cheapest(problem, &[]).expect("there are offers");
    let mut best = (price(empty), None);
    for (number, pattern) in packing.patterns.iter().enumerate() {
        if pattern.tasks.iter().map(|(_, count)| count).sum::<u32>() < 2 {
            continue;
        }
        for (shape, _) in &pattern.tasks {
            let (rest, alone) = (without(&pattern.tasks, *shape), vec![(*shape, 1)]);
            let (Some(one), Some(other)) = (cheapest(problem, &rest), cheapest(problem, &alone))
            else {
                continue;
            };
            let more = price(one) + price(other) - price(pattern.bin);
            if more < best.0 {
                best = (more, Some((number, (one, rest), (other, alone))));
            }
        }
    }
    let new = |(bin, tasks): (usize, Vec<(usize, u32)>)| Pattern { bin, tasks, instances: 1 };
    match best.1 {
        Some((number, one, other)) => {
            packing.patterns[number].instances -= 1;
            packing.patterns.extend([new(one), new(other)]);
            packing.patterns.retain(|pattern| pattern.instances > 0);
        }
        None => packing.patterns.push(new((empty, Vec::new()))),
    }
}

fn without(tasks: &[(usize, u32)], shape: usize) -> Vec<(usize, u32)> {
    let less = |(one, count): &(usize, u32)| (*one, count - u32::from(*one == shape));
    tasks.iter().map(less).filter(|(_, count)| *count > 0).collect()
}
