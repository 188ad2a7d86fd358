//! The best content of one instance: which tasks together are worth the most and still fit, and
//! how far from the best of all it can be.
//!
//! Three ways: taking task after task (`greedy`), depth first within a budget of loss against
//! the relaxed answer in which tasks may be cut (`search` over `relax`), and, where all sizes
//! lie on a coarse grid as Fargate's do, a table (`grid`).

mod greedy;
mod grid;
mod relax;
mod search;

pub(super) use grid::Grid;

use super::problem::{Amounts, Problem, RESOURCES};
use relax::relax;

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
    most: u32,
}

/// One offer, and the shapes that are worth something and may run on it.
pub(super) struct Knapsack<'p> {
    problem: &'p Problem,
    has: Amounts,
    items: Vec<Item>,
}

/// A content, and what none is worth more than.
pub(super) struct Best {
    pub content: Content,
    pub at_most: f64,
}

impl<'p> Knapsack<'p> {
    /// By shape, what a task is worth and how many there are.
    pub fn new(problem: &'p Problem, bin: usize, worth: &[f64], left: &[u32]) -> Self {
        let item = |shape: usize| Item {
            shape,
            needs: problem.shapes[shape].needs(),
            worth: worth[shape],
            most: if worth[shape] > 0.0 { problem.most(shape, bin).min(left[shape]) } else { 0 },
        };
        let items = (0..problem.shapes.len()).map(item).filter(|item| item.most > 0).collect();
        Knapsack { problem, has: problem.bins[bin].has(), items }
    }

    /// The best, as far as the steps reach; and a limit that holds in any case.
    ///
    /// That none is worth more than the price matters most, and is looked at by itself.
    pub fn best(&self, price: f64, steps: usize) -> Best {
        let relaxed = relax(&self.items, self.has);
        search::best_within(self, &relaxed, price, steps)
    }

    /// Prices of the resources at which the relaxed answer is worth the least.
    pub fn multipliers(&self) -> [f64; RESOURCES] {
        relax(&self.items, self.has).multipliers
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
