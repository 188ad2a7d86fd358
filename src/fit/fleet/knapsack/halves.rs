//! Where the search depth first does not come to an end: branch and bound over the relaxed
//! answer. An item of which a part is taken is taken no more than the whole number below it, or at
//! least one more; the highest bound first.

use super::relax::{Relaxed, relax_within};
use super::{Best, Content, Item, Knapsack};
use crate::fit::fleet::bound::{Cuts, Halves};
use crate::fit::fleet::problem::RESOURCES;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A part of an item.
const PART: f64 = 1e-7;

struct Node {
    /// By item, the fewest and the most.
    range: Vec<(u32, u32)>,
    bound: f64,
    /// The item to be split and the whole number below.
    split: Option<(usize, u32)>,
    /// Of the resources.
    prices: [f64; RESOURCES],
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then_with(|| self.range.cmp(&other.range))
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

/// None is worth more than what `best` says in the end, or than the price; so many relaxed answers are
/// looked at.
pub(super) fn by_halves(knapsack: &Knapsack<'_>, best: &mut Best, price: f64, most: usize) {
    let items = &knapsack.items;
    let whole = items.iter().map(|item| (0, item.most)).collect();
    let mut open = BinaryHeap::from([node(knapsack, whole, best)]);
    let mut looked = 1;
    loop {
        let enough = best.content.worth.max(price);
        let Some(highest) = open.pop().filter(|node| node.bound > enough) else {
            best.at_most = best.at_most.min(enough);
            return;
        };
        let Node { range, bound, split, .. } = highest;
        if looked >= most {
            best.at_most = best.at_most.min(bound);
            return;
        }
        let Some((item, below)) = split else {
            // It is whole, and counted as the best already, but for rounding.
            best.at_most = best.at_most.min(bound);
            return;
        };
        for side in [(range[item].0, below), (below + 1, range[item].1)] {
            let mut range = range.clone();
            range[item] = side;
            looked += 1;
            open.push(node(knapsack, range, best));
        }
    }
}

/// So many relaxed answers are looked at for a proof.
const MOST: usize = 2_000;
/// What is a little below the limit in floats is below it in whole numbers.
const BELOW: f64 = 1.0 - 1e-9;

/// Halved until no part is worth more than the limit.
pub(super) fn cuts(knapsack: &Knapsack<'_>, limit: f64) -> Cuts {
    let whole = knapsack.items.iter().map(|item| (0, item.most)).collect();
    let mut left = MOST;
    cut(knapsack, whole, limit * BELOW, &mut left)
}

fn cut(knapsack: &Knapsack<'_>, range: Vec<(u32, u32)>, limit: f64, left: &mut usize) -> Cuts {
    let Node { range, bound, split, prices } = node(knapsack, range, &mut Best::default());
    let mut cuts = Cuts::rounded(prices);
    *left = left.saturating_sub(1);
    if let Some((item, at_most)) = split.filter(|_| bound > limit && *left > 0) {
        let sides = [(range[item].0, at_most), (at_most + 1, range[item].1)];
        let [fewer, more] = sides.map(|side| {
            let mut range = range.clone();
            range[item] = side;
            cut(knapsack, range, limit, left)
        });
        let shape = knapsack.items[item].shape;
        cuts.halves = Some(Box::new(Halves { shape, at_most, fewer, more }));
    }
    cuts
}

/// Its bound, and the best content if it is whole, or rounded down.
fn node(knapsack: &Knapsack<'_>, range: Vec<(u32, u32)>, best: &mut Best) -> Node {
    let items = &knapsack.items;
    let mut free = knapsack.has;
    for (item, (fewest, _)) in items.iter().zip(&range) {
        for (free, needs) in free.iter_mut().zip(item.needs) {
            let taken = u64::from(needs) * u64::from(*fewest);
            let Some(rest) = u32::try_from(taken).ok().and_then(|taken| free.checked_sub(taken))
            else {
                return Node {
                    range,
                    bound: f64::NEG_INFINITY,
                    split: None,
                    prices: [0.0; RESOURCES],
                };
            };
            *free = rest;
        }
    }
    let rest: Vec<Item> = items
        .iter()
        .zip(&range)
        .map(|(item, (fewest, most))| {
            let fits = free.iter().zip(item.needs);
            let fits = fits.filter_map(|(free, needs)| free.checked_div(needs)).min();
            Item { most: (most - fewest).min(fits.unwrap_or(u32::MAX)), ..*item }
        })
        .collect();
    let (Relaxed { at_most, multipliers: prices }, taken) = relax_within(&rest, free);
    let there = items.iter().zip(&range).map(|(item, one)| item.worth * f64::from(one.0));
    let bound = there.sum::<f64>() + at_most;
    let mut split: Option<(f64, usize, u32)> = None;
    let mut tasks = Vec::new();
    let mut worth = 0.0;
    for (place, (item, taken)) in items.iter().zip(&taken).enumerate() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let below = (taken + PART).floor().max(0.0) as u32;
        let part = taken - f64::from(below);
        // That which decides the most.
        let weight = part.min(1.0 - part) * item.worth;
        if part > PART && split.is_none_or(|(most, ..)| weight > most) {
            split = Some((weight, place, range[place].0 + below));
        }
        let count = range[place].0 + below;
        if count > 0 {
            tasks.push((item.shape, count));
            worth += item.worth * f64::from(count);
        }
    }
    if worth > best.content.worth && !knapsack.conflict(tasks.iter().map(|(shape, _)| *shape)) {
        best.content = Content { tasks, worth };
    }
    Node { range, bound, split: split.map(|(_, item, below)| (item, below)), prices }
}
