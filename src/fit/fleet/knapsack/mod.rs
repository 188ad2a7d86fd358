//! The best content of one instance: which tasks together are worth the most and still fit, and
//! how far from the best of all it can be.
//!
//! Three ways: taking task after task (`greedy`), depth first within a budget of loss against
//! the relaxed answer in which tasks may be cut (`search` over `relax`), and, where all sizes
//! lie on a coarse grid as Fargate's do, a table (`grid`).

mod greedy;
mod grid;
mod halves;
mod relax;
mod search;

pub(super) use grid::Grid;

use super::bound::Cuts;
use super::problem::{Amounts, Problem};
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

impl<'p> Knapsack<'p> {
    /// By shape, what a task is worth and how many there are.
    pub fn new(problem: &'p Problem, bin: usize, worth: &[f64], left: &[u32]) -> Self {
        Knapsack::judged(problem, bin, worth, worth, left)
    }

    /// The same, with what tasks are worth to who judges contents.
    pub fn judged(
        problem: &'p Problem,
        bin: usize,
        worth: &[f64],
        judged: &[f64],
        left: &[u32],
    ) -> Self {
        let item = |shape: usize| Item {
            shape,
            needs: problem.shapes[shape].needs(),
            worth: worth[shape],
            judged: judged[shape],
            most: if worth[shape] > 0.0 { problem.most(shape, bin).min(left[shape]) } else { 0 },
        };
        let items = (0..problem.shapes.len()).map(item).filter(|item| item.most > 0).collect();
        Knapsack { problem, has: problem.bins[bin].has(), items }
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
