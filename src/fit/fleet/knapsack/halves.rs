//! Where the search depth first does not come to an end: branch and bound over the relaxed
//! answer. An item of which a part is taken is taken no more than the whole number below it, or at
//! least one more; the highest bound first.

use super::again::{Basis, Program, Range};
use super::relax::{reduced, relax_within};
use super::{Best, Content, Knapsack};
use crate::fit::fleet::bound::{Cuts, Halves};
use crate::fit::fleet::problem::{Amounts, RESOURCES};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A part of an item.
const PART: f64 = 1e-7;

pub(super) struct Node {
    /// By item, the fewest and the most.
    range: Vec<(u32, u32)>,
    pub bound: f64,
    /// The item to be split and the whole number below.
    split: Option<(usize, u32)>,
    /// Of the resources.
    prices: [f64; RESOURCES],
    /// Where its halves begin.
    pub basis: Basis,
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
    let program = Program::new(&knapsack.items, knapsack.has);
    let mut open = BinaryHeap::from([whole(knapsack, &program, best)]);
    let mut looked = 1;
    loop {
        let enough = best.content.worth.max(price);
        let Some(highest) = open.pop().filter(|node| node.bound > enough) else {
            best.at_most = best.at_most.min(enough);
            return;
        };
        let Node { range, bound, split, basis, .. } = highest;
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
            open.push(node(knapsack, &program, range, basis.clone(), best));
        }
    }
}

/// So many relaxed answers are looked at for a proof.
const MOST: usize = 100;
/// What is a little below the limit in floats is below it in whole numbers.
const BELOW: f64 = 1.0 - 1e-9;

/// Halved until no part is worth more than the limit.
pub(super) fn cuts(knapsack: &Knapsack<'_>, limit: f64) -> Cuts {
    let program = Program::new(&knapsack.items, knapsack.has);
    let mut left = MOST;
    let whole = whole(knapsack, &program, &mut Best::default());
    cut(knapsack, &program, whole, limit * BELOW, &mut left)
}

fn cut(
    knapsack: &Knapsack<'_>,
    program: &Program,
    node: Node,
    limit: f64,
    left: &mut usize,
) -> Cuts {
    let Node { range, bound, split, prices, basis } = node;
    let mut cuts = Cuts::rounded(prices);
    *left = left.saturating_sub(1);
    if let Some((item, at_most)) = split.filter(|_| bound > limit && *left > 0) {
        let sides = [(range[item].0, at_most), (at_most + 1, range[item].1)];
        let [fewer, more] = sides.map(|side| {
            let mut range = range.clone();
            range[item] = side;
            let half = self::node(knapsack, program, range, basis.clone(), &mut Best::default());
            cut(knapsack, program, half, limit, left)
        });
        let shape = knapsack.items[item].shape;
        cuts.halves = Some(Box::new(Halves { shape, at_most, fewer, more }));
    }
    cuts
}

/// All contents, from nothing on.
pub(super) fn whole(knapsack: &Knapsack<'_>, program: &Program, best: &mut Best) -> Node {
    let range = knapsack.items.iter().map(|item| (0, item.most)).collect();
    let (_, basis) = relax_within(&knapsack.items, knapsack.has);
    node(knapsack, program, range, basis, best)
}

/// Its bound, and the best content if it is whole, or rounded down; from a basis that is the best
/// of one like it.
pub(super) fn node(
    knapsack: &Knapsack<'_>,
    program: &Program,
    range: Vec<(u32, u32)>,
    mut basis: Basis,
    best: &mut Best,
) -> Node {
    let items = &knapsack.items;
    let Some(free) = free(knapsack, &range) else {
        let (bound, prices) = (f64::NEG_INFINITY, [0.0; RESOURCES]);
        return Node { range, bound, split: None, prices, basis };
    };
    let ranges: Vec<Range> = items
        .iter()
        .zip(&range)
        .map(|(item, (fewest, most))| {
            let fits = free.iter().zip(item.needs);
            let fits = fits.filter_map(|(free, needs)| free.checked_div(needs)).min();
            let more = (most - fewest).min(fits.unwrap_or(u32::MAX));
            (f64::from(*fewest), f64::from(fewest + more))
        })
        .collect();
    let (parts, prices) = program.solve(&ranges, &mut basis);
    let mut bound: f64 = prices.iter().zip(free).map(|(one, has)| one * f64::from(has)).sum();
    let mut split: Option<(f64, usize, u32)> = None;
    let mut counts = Vec::with_capacity(items.len());
    let mut worth = 0.0;
    for (place, (item, (fewest, most))) in items.iter().zip(&ranges).enumerate() {
        bound += item.worth * fewest + reduced(item, &prices).max(0.0) * (most - fewest);
        let taken = parts.iter().find(|(item, _)| *item == place);
        let ends = if basis.full[place] { *most } else { *fewest };
        let taken = taken.map_or(ends, |(_, value)| value.clamp(*fewest, *most));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = (taken + PART) as u32;
        let part = taken - f64::from(count);
        // That which decides the most.
        let weight = part.min(1.0 - part) * item.worth;
        if part > PART && split.is_none_or(|(most, ..)| weight > most) {
            split = Some((weight, place, count));
        }
        counts.push(count);
        worth += item.worth * f64::from(count);
    }
    if worth > best.content.worth {
        let pairs = items.iter().zip(counts).filter(|(_, count)| *count > 0);
        let tasks: Vec<(usize, u32)> = pairs.map(|(item, count)| (item.shape, count)).collect();
        if knapsack.holds(&tasks) && !knapsack.conflict(tasks.iter().map(|(shape, _)| *shape)) {
            best.content = Content { tasks, worth };
        }
    }
    Node { range, bound, split: split.map(|(_, item, below)| (item, below)), prices, basis }
}

/// What is free beside the fewest of each; nothing where they do not fit.
fn free(knapsack: &Knapsack<'_>, range: &[(u32, u32)]) -> Option<Amounts> {
    let mut free = knapsack.has;
    for (item, (fewest, _)) in knapsack.items.iter().zip(range).filter(|(_, one)| one.0 > 0) {
        for (free, needs) in free.iter_mut().zip(item.needs) {
            *free = free.checked_sub(needs.checked_mul(*fewest)?)?;
        }
    }
    Some(free)
}
