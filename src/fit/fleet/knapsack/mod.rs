//! The best content of one instance: which tasks together are worth the most and still fit, and
//! how far from the best of all it can be.
//!
//! Three ways: taking task after task (`greedy`), depth first within a budget of loss against
//! the relaxed answer in which tasks may be cut (`search` over `relax`), and, where all sizes
//! lie on a coarse grid as Fargate's do, a table (`grid`).

mod again;
mod greedy;
mod grid;
mod halves;
mod relax;
mod search;

pub(super) use grid::Grid;

use super::bound::Cuts;
use super::problem::{Amounts, Problem, RESOURCES};
pub(super) use relax::Relaxed as Cut;
use relax::{Relaxed, relax};

/// Above the best that is known, or the price, by so little, a limit is good enough.
const CLOSED: f64 = 1.0 + 1e-6;

/// How hard to look for one content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    /// Depth first.
    pub steps: usize,
    /// Relaxed answers, where that was not enough.
    pub halves: usize,
}

impl Depth {
    pub const fn less(self, by: usize) -> Self {
        Depth { steps: self.steps / by, halves: self.halves / by }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    /// Numbers of shapes, in order, with their tasks.
    pub tasks: Vec<(usize, u32)>,
    pub worth: f64,
}

/// A shape that may be taken, and what counts about it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Item {
    shape: usize,
    needs: Amounts,
    worth: f64,
    /// What it is worth to who judges contents, which may be another than who asks for them.
    judged: f64,
    most: u32,
}

/// One offer, and the shapes that are worth something and may run on it.
pub(super) struct Knapsack<'p> {
    problem: &'p Problem,
    has: Amounts,
    items: Vec<Item>,
}

/// The best content, what none is worth more than, and contents that are judged to be worth
/// more than the price.
pub(super) struct Best {
    pub content: Content,
    pub at_most: f64,
    pub judged: Vec<Content>,
}

impl Default for Best {
    fn default() -> Self {
        Best { content: Content::default(), at_most: f64::INFINITY, judged: Vec::new() }
    }
}

/// The shapes that an offer may hold, whatever they are worth, and how many of each.
pub(super) struct Offered {
    pub bin: usize,
    has: Amounts,
    shapes: Vec<(usize, Amounts, u32)>,
}

impl Offered {
    pub fn new(problem: &Problem, bin: usize) -> Self {
        let all = problem.shapes.iter().enumerate();
        let all = all.map(|(number, shape)| (number, shape.needs(), problem.most(number, bin)));
        let shapes = all.filter(|(.., most)| *most > 0).collect();
        Offered { bin, has: problem.bins[bin].has(), shapes }
    }

    /// What no content is worth more than, with these prices of the resources.
    pub fn at_most(&self, prices: &[f64; RESOURCES], worth: &[f64], left: &[u32]) -> f64 {
        let whole: f64 = prices.iter().zip(self.has).map(|(one, has)| one * f64::from(has)).sum();
        let more = self.shapes.iter().map(|(shape, needs, most)| {
            let beyond = relax::beyond(worth[*shape], needs, prices);
            beyond.max(0.0) * f64::from((*most).min(left[*shape]))
        });
        whole + more.sum::<f64>()
    }
}

impl<'p> Knapsack<'p> {
    /// By shape, what a task is worth and how many there are.
    pub fn new(problem: &'p Problem, bin: usize, worth: &[f64], left: &[u32]) -> Self {
        Knapsack::judged(problem, &Offered::new(problem, bin), worth, worth, left)
    }

    /// The same, with what tasks are worth to who judges contents.
    pub fn judged(
        problem: &'p Problem,
        offered: &Offered,
        worth: &[f64],
        judged: &[f64],
        left: &[u32],
    ) -> Self {
        let item = |(shape, needs, most): &(usize, Amounts, u32)| {
            let (shape, needs) = (*shape, *needs);
            let (worth, judged) = (worth[shape], judged[shape]);
            let most = (*most).min(left[shape]);
            (most > 0 && worth > 0.0).then_some(Item { shape, needs, worth, judged, most })
        };
        let mut items = Vec::with_capacity(offered.shapes.len());
        items.extend(offered.shapes.iter().filter_map(item));
        Knapsack { problem, has: offered.has, items }
    }

    /// The best, as far as the steps reach; and a limit that holds in any case. That none is
    /// worth more than the first price matters most, and is looked at by itself; the second is
    /// that of who judges.
    pub fn best(&self, relaxed: &Relaxed, prices: [f64; 2], depth: Depth) -> Best {
        let mut best = search::best_within(self, relaxed, prices, depth.steps);
        if depth.halves > 0 && best.at_most > best.content.worth.max(prices[0]) * CLOSED {
            halves::by_halves(self, &mut best, prices[0], depth.halves);
        }
        best
    }

    /// Why no content is worth more than a limit, dollars, as far as that can be shown.
    pub fn cuts(&self, limit: f64) -> Cuts {
        halves::cuts(self, limit)
    }

    /// The answer in which tasks may be cut, and the prices of the resources there.
    pub fn relaxed(&self) -> Relaxed {
        relax(&self.items, self.has)
    }

    /// Is there room for all? What floats say of them is not enough.
    fn holds(&self, tasks: &[(usize, u32)]) -> bool {
        let taken = self.problem.taken(tasks);
        taken.iter().zip(self.has).all(|(taken, has)| *taken <= u64::from(has))
    }

    /// Do tasks of any two of these shapes bar each other?
    fn conflict(&self, shapes: impl Iterator<Item = usize> + Clone) -> bool {
        let mut rest = shapes;
        while let Some(one) = rest.next() {
            let problem = self.problem;
            if !problem.shapes[one].host_ports.is_empty()
                && rest.clone().any(|other| problem.conflict(one, other))
            {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
