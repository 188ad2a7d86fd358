//! What the linear program asks for: contents that are worth more than their price, and a proof
//! that none is worth much more.

use super::{Left, Pool, Worth};
use crate::fit::fleet::certificate::MOST;
use crate::fit::fleet::knapsack::{Best, Content, Cut, Depth, Grid, Knapsack, Offered};
use crate::fit::fleet::problem::Problem;

/// So many offers are looked at closely at a time, the others with a part of the steps.
const CLOSELY: usize = 8;
const LESS: usize = 8;
/// No content is worth more than this part of its price: with room for what rounding takes.
const SAFE: f64 = 1.0 - 2e-9;

impl<'p> Pool<'p> {
    /// Contents that are worth more than their price, and of every offer what none is worth
    /// more than.
    pub(super) fn asked(
        &self,
        [worth, judge]: [&Worth; 2],
        left: &Left,
        depth: Depth,
        mut grid: Option<&mut Grid<'p>>,
    ) -> Asked {
        if let Some(grid) = grid.as_deref_mut() {
            grid.set(&worth.tasks);
        }
        // Those first of which the most may be expected for the price.
        let mut offers: Vec<(f64, &Offered, Knapsack<'_>, Cut)> = Vec::new();
        for offered in &self.offered {
            let [by, judge] = [worth, judge].map(|one| &one.tasks[..]);
            let knapsack = Knapsack::judged(self.problem, offered, by, judge, &left.tasks);
            let cut = knapsack.relaxed();
            let bin = offered.bin;
            let part = (cut.at_most + worth.of_offer(bin, &left.counts)) / self.price(bin);
            offers.push((part, offered, knapsack, cut));
        }
        offers.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.bin.cmp(&b.1.bin)));
        let mut asked = Asked { contents: Vec::new(), at_most: Vec::new() };
        for (place, (_, offered, knapsack, cut)) in offers.into_iter().enumerate() {
            let depth = if place < CLOSELY { depth } else { depth.less(LESS) };
            let bin = offered.bin;
            let prices = [worth, judge].map(|by| self.price(bin) - by.of_offer(bin, &left.counts));
            let judged = || {
                let (by, left) = (&judge.tasks[..], &left.tasks[..]);
                let above = |at_most: f64| at_most > prices[1];
                let relaxed = || Knapsack::judged(self.problem, offered, by, by, left).relaxed();
                above(offered.at_most(&cut.multipliers, by, left)) && above(relaxed().at_most)
            };
            if cut.at_most <= prices[0] && !judged() {
                // No content is worth its price.
                asked.at_most.push((bin, cut.at_most));
                continue;
            }
            let on_grid = grid.as_deref().and_then(|grid| grid.best(bin));
            let exact = on_grid.as_ref().is_some_and(|one| fits(self.problem, bin, one, left));
            let limit = on_grid.as_ref().map_or(f64::INFINITY, |one| one.worth * (1.0 + 1e-12));
            let mut best = match on_grid {
                Some(content) if exact => Best { content, ..Best::default() },
                _ => knapsack.best(&cut, prices, depth),
            };
            best.at_most = best.at_most.min(limit);
            asked.at_most.push((bin, best.at_most));
            asked.contents.push((bin, best.content));
            asked.contents.extend(best.judged.into_iter().map(|content| (bin, content)));
        }
        asked
    }

    /// What is known of all offers at these worths; nothing where that is beyond counting.
    pub(super) fn certificate(&self, worth: &Worth, asked: &Asked) -> Option<Certificate> {
        let mut found = vec![0.0; self.problem.bins.len()];
        for (bin, most) in &asked.at_most {
            found[*bin] = *most;
        }
        let at_most: Vec<f64> = self.dominating.iter().map(|bin| found[*bin]).collect();
        let tasks = worth.tasks.clone();
        let most = at_most.iter().chain(&tasks).copied().fold(0.0, f64::max);
        (most < MOST).then_some(Certificate { tasks, at_most })
    }

    /// Farley's bound: worths made so small that no content is worth more than its price.
    pub(super) fn better_proof(
        &self,
        proved: &mut Option<(f64, Worth)>,
        worth: &Worth,
        asked: &Asked,
        left: &Left,
    ) {
        let part = |(bin, at_most): &(usize, f64)| {
            let all = at_most + worth.of_offer(*bin, &left.counts);
            if all > 0.0 { self.price(*bin) / all } else { f64::INFINITY }
        };
        let part = asked.at_most.iter().map(part).fold(1.0_f64, f64::min) * SAFE;
        let bound = worth.of_all(left) * part;
        if proved.as_ref().is_none_or(|(best, _)| bound > *best) {
            *proved = Some((bound, worth.times(part)));
        }
    }
}

/// Does the offer hold a content, and are there as many tasks?
fn fits(problem: &Problem, bin: usize, content: &Content, left: &Left) -> bool {
    content.tasks.iter().all(|(shape, count)| *count <= left.tasks[*shape])
        && problem.holds(bin, &content.tasks)
}

/// What tasks are worth, and by offer what no content is worth more than, dollars.
#[derive(Clone, Debug)]
pub(in crate::fit::fleet) struct Certificate {
    pub tasks: Vec<f64>,
    pub at_most: Vec<f64>,
}

pub(super) struct Asked {
    pub contents: Vec<(usize, Content)>,
    pub at_most: Vec<(usize, f64)>,
}
