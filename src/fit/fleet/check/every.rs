//! What the best of all packings costs, where there are few tasks: by trying all contents of
//! instances one after the other, the cheapest beginnings first (Dijkstra's way).

use super::check_content;
use crate::fit::fleet::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// More contents than this are not tried.
const MOST_CONTENTS: u64 = 20_000;

/// In pico-dollars; nothing where there are too many ways.
pub(super) fn least(problem: &Problem) -> Option<u128> {
    let start: Vec<u32> = problem.shapes.iter().map(|shape| shape.copies).collect();
    if start.iter().all(|copies| *copies == 0) {
        return Some(0);
    }
    let ways = start.iter().map(|copies| u64::from(*copies) + 1);
    let ways = ways.fold(1_u64, u64::saturating_mul);
    if ways > MOST_CONTENTS {
        return None;
    }
    // All contents, each with its price as an instance and otherwise.
    let mut contents: Vec<(Vec<u32>, [Option<u128>; 2])> = vec![(vec![0; start.len()], [None; 2])];
    for (place, copies) in start.iter().enumerate() {
        let mut more = Vec::new();
        for (counts, _) in &contents {
            for count in 1..=*copies {
                let mut counts = counts.clone();
                counts[place] = count;
                more.push((counts, [None; 2]));
            }
        }
        contents.extend(more);
    }
    for (counts, prices) in &mut contents {
        *prices = [false, true].map(|instance| price(problem, counts, instance));
    }
    contents.retain(|(_, prices)| prices.iter().any(Option::is_some));
    let fewest = problem.fewest_instances;
    let mut known = BTreeMap::from([((start.clone(), fewest), 0_u128)]);
    let mut queue = BTreeSet::from([(0_u128, start, fewest)]);
    while let Some((cost, left, must)) = queue.pop_first() {
        let first = left.iter().position(|copies| *copies > 0);
        if first.is_none() && must == 0 {
            return Some(cost);
        }
        if known.get(&(left.clone(), must)).is_some_and(|best| *best < cost) {
            continue;
        }
        for (counts, prices) in &contents {
            // The first task that is left is placed next, or an instance stands empty.
            let next = first.map_or_else(|| counts.iter().all(|c| *c == 0), |at| counts[at] > 0);
            let rest: Option<Vec<u32>> =
                left.iter().zip(counts).map(|(left, one)| left.checked_sub(*one)).collect();
            let Some(rest) = rest.filter(|_| next) else { continue };
            for (price, must) in prices.iter().zip([must, must.saturating_sub(1)]) {
                let Some(price) = price else { continue };
                let (reached, state) = (cost + price, (rest.clone(), must));
                if known.get(&state).is_none_or(|best| reached < *best) {
                    known.insert(state.clone(), reached);
                    queue.insert((reached, state.0, state.1));
                }
            }
        }
    }
    None
}

/// The cheapest offer of the kind that holds a content.
fn price(problem: &Problem, counts: &[u32], instance: bool) -> Option<u128> {
    let tasks: Vec<(usize, u32)> =
        counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    let holds = |bin: &usize| {
        problem.bins[*bin].instance == instance && check_content(problem, *bin, &tasks).is_ok()
    };
    let prices = (0..problem.bins.len()).filter(holds);
    prices.map(|bin| u128::from(problem.bins[bin].price.as_pico())).min()
}
