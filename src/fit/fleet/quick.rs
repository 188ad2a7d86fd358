//! A first answer: instance after instance, always the one that holds the most worth for its
//! price, as many of it as there are tasks for; then each on the cheapest offer that holds it.
//!
//! What tasks are worth are the weights of the bound: what a perfect fleet would pay for them.

use super::bound::{Bound, bound};
use super::dominance::undominated;
use super::knapsack::{Content, Depth, Knapsack, Offered};
use super::problem::{Packing, Pattern, Problem, ProblemError, Shape};

/// A packing and the bound that it was found by.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub(super) fn greedy(problem: &Problem) -> Result<(Packing, Bound), ProblemError> {
    problem.check()?;
    let bound = bound(problem);
    let left: Vec<u32> = problem.shapes.iter().map(|shape| shape.copies).collect();
    let bins = undominated(problem);
    let worth = worth(problem, &bound);
    let mut packing = Packing { patterns: Filler::new(problem, &bins, &worth, left, 0).all() };
    finish(problem, &mut packing);
    Ok((packing, bound))
}

/// Every content on the cheapest offer that holds it, and as many instances as must be.
pub(super) fn finish(problem: &Problem, packing: &mut Packing) {
    for pattern in packing.patterns.iter_mut().filter(|pattern| !pattern.tasks.is_empty()) {
        pattern.bin = problem.cheapest(&pattern.tasks).unwrap_or(pattern.bin);
    }
    let fewest = u64::from(problem.fewest());
    while packing.instances(problem) < fewest {
        one_more(problem, packing);
    }
}

/// What a task is worth, by shape, for the bound's proof.
fn worth(problem: &Problem, bound: &Bound) -> Vec<f64> {
    let all = bound.worths(problem).map(|(_, worth)| worth.tasks);
    worth_something(problem, all.unwrap_or_default())
}

/// What is worth nothing is worth a little, so that it is packed; where nothing is worth anything
/// (the number of instances may cost all), size counts.
pub(super) fn worth_something(problem: &Problem, all: Vec<f64>) -> Vec<f64> {
    let most = all.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return problem.shapes.iter().map(size).collect();
    }
    let least = most * 1e-6;
    all.into_iter().map(|one| one.max(least)).collect()
}

fn size(shape: &Shape) -> f64 {
    f64::from(shape.cpu_units) + f64::from(shape.memory_mib) + f64::from(shape.slots)
}

/// Steps of looking for each content where the answer matters.
pub(super) const CLOSELY: usize = 4_000;

/// Content after content, always the one that is worth the most for its price.
pub(super) struct Filler<'p> {
    problem: &'p Problem,
    offered: Vec<Offered>,
    worth: &'p [f64],
    left: Vec<u32>,
    /// How hard the best content is looked for beyond taking task after task.
    steps: usize,
    /// The best content of each offer when it was last looked at, and its worth for the price:
    /// with fewer tasks left it is not more.
    best: Vec<(f64, Content)>,
}

impl<'p> Filler<'p> {
    pub fn new(
        problem: &'p Problem,
        bins: &[usize],
        worth: &'p [f64],
        left: Vec<u32>,
        steps: usize,
    ) -> Self {
        let best = vec![(f64::INFINITY, Content::default()); bins.len()];
        let offered = bins.iter().map(|bin| Offered::new(problem, *bin)).collect();
        Filler { problem, offered, worth, left, steps, best }
    }

    pub fn all(mut self) -> Vec<Pattern> {
        std::iter::from_fn(|| self.next_pattern()).collect()
    }

    /// The content that is worth the most for its price, as often as there are tasks for it.
    fn next_pattern(&mut self) -> Option<Pattern> {
        loop {
            let place = (0..self.offered.len())
                .max_by(|a, b| self.best[*a].0.total_cmp(&self.best[*b].0).then(b.cmp(a)))?;
            let (ratio, content) = &self.best[place];
            if *ratio <= 0.0 {
                return None;
            }
            let instances = self.times(&content.tasks);
            if instances > 0 {
                let tasks = content.tasks.clone();
                for (shape, count) in &tasks {
                    self.left[*shape] -= count * instances;
                }
                return Some(Pattern { bin: self.offered[place].bin, tasks, instances });
            }
            let offered = &self.offered[place];
            let price = float(self.problem.bins[offered.bin].price.as_pico());
            let content = self.fill(offered);
            self.best[place] = (content.worth / price, content);
        }
    }

    fn fill(&self, offered: &Offered) -> Content {
        let knapsack = Knapsack::judged(self.problem, offered, self.worth, self.worth, &self.left);
        let greedy = knapsack.greedy();
        if self.steps == 0 {
            return greedy;
        }
        let depth = Depth { steps: self.steps, halves: 0 };
        let best = knapsack.best(&knapsack.relaxed(), [0.0, f64::INFINITY], depth).content;
        if best.worth > greedy.worth { best } else { greedy }
    }

    /// How often there are tasks for a content.
    fn times(&self, tasks: &[(usize, u32)]) -> u32 {
        tasks.iter().map(|(shape, count)| self.left[*shape] / count).min().unwrap_or(0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
const fn float(value: u64) -> f64 {
    value as f64
}

/// The cheapest instance that holds tasks together.
fn cheapest(problem: &Problem, tasks: &[(usize, u32)]) -> Option<usize> {
    let holding = (0..problem.bins.len())
        .filter(|bin| problem.bins[*bin].instance && problem.holds(*bin, tasks));
    holding.min_by_key(|bin| problem.bins[*bin].price.as_pico())
}

/// One instance more, at the least price: a task moves out into one of its own, or an empty one
/// stands by.
fn one_more(problem: &Problem, packing: &mut Packing) {
    let price = |bin: usize| i128::from(problem.bins[bin].price.as_pico());
    let empty = cheapest(problem, &[]).expect("there are instances, the problem is checked");
    let mut best = (price(empty), None);
    for (number, pattern) in packing.patterns.iter().enumerate() {
        let tasks = pattern.tasks.iter().map(|(_, count)| count).sum::<u32>();
        if tasks < 2 || !problem.bins[pattern.bin].instance {
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
