//! Depth first within a budget of loss.
//!
//! At the prices of the relaxed answer, every deviation from it loses: leaving out an item that
//! is worth more than it takes, taking one that is worth less, leaving a resource unused. A
//! content within a loss of B of the relaxed answer deviates only where that costs no more than
//! B, so that a small budget leaves few choices; and where no content is found within it, the
//! relaxed answer less B is a limit.

use super::relax::{Relaxed, reduced};
use super::{Best, Content, Item, Knapsack};
use crate::fit::fleet::problem::{Amounts, RESOURCES};

/// The first budget is this part of the whole one; then it doubles.
const FIRST: f64 = 1.0 / 1024.0;
/// What floats may be off by, as a part of what is compared.
const SAFE: f64 = 1e-12;

pub(super) fn best_above(
    knapsack: &Knapsack<'_>,
    relaxed: &Relaxed,
    threshold: f64,
    steps: usize,
) -> Best {
    let whole = relaxed.at_most - threshold;
    let mut best = Best { content: Content::default(), at_most: relaxed.at_most * (1.0 + SAFE) };
    let (mut budget, mut steps) = (whole * FIRST, steps);
    while budget > 0.0 {
        budget = budget.min(whole);
        let mut search = Search::new(knapsack, relaxed, budget, threshold, steps);
        search.start(knapsack);
        steps = search.steps;
        let found = search.best.worth > threshold;
        if found {
            best.content = search.best;
        }
        if steps == 0 {
            break;
        }
        if found {
            // Nothing is better within the budget than what was found.
            best.at_most = best.content.worth * (1.0 + SAFE);
            break;
        }
        best.at_most = (relaxed.at_most - budget) * (1.0 + SAFE);
        if budget >= whole {
            break;
        }
        budget *= 2.0;
    }
    best
}

/// An item that may deviate.
struct Core {
    item: Item,
    /// Lost for each that is left out (above nothing) or taken (below).
    reduced: f64,
    /// What all of it takes, at the prices.
    takes: f64,
}

struct Search<'k> {
    knapsack: &'k Knapsack<'k>,
    prices: [f64; RESOURCES],
    /// Those of which all are taken whatever comes.
    fixed: Vec<Item>,
    core: Vec<Core>,
    /// From each place on, what all the rest of the core can take.
    rest: Vec<f64>,
    counts: Vec<u32>,
    budget: f64,
    best: Content,
    steps: usize,
    nearly_nothing: f64,
}

impl<'k> Search<'k> {
    fn new(
        knapsack: &'k Knapsack<'k>,
        relaxed: &Relaxed,
        budget: f64,
        threshold: f64,
        steps: usize,
    ) -> Self {
        let prices = relaxed.multipliers;
        let (mut fixed, mut core) = (Vec::new(), Vec::new());
        for item in &knapsack.items {
            let reduced = reduced(item, &prices);
            if reduced > budget {
                fixed.push(*item);
            } else if reduced >= -budget {
                let takes = (item.worth - reduced) * f64::from(item.most);
                core.push(Core { item: *item, reduced, takes });
            }
        }
        core.sort_by(|a, b| {
            b.reduced.abs().total_cmp(&a.reduced.abs()).then(b.takes.total_cmp(&a.takes))
        });
        let mut rest = vec![0.0; core.len() + 1];
        for place in (0..core.len()).rev() {
            rest[place] = rest[place + 1] + core[place].takes;
        }
        let best = Content { tasks: Vec::new(), worth: threshold };
        let nearly_nothing = relaxed.at_most * 1e-13;
        let counts = vec![0; core.len()];
        Search { knapsack, prices, fixed, core, rest, counts, budget, best, steps, nearly_nothing }
    }

    fn start(&mut self, knapsack: &Knapsack<'_>) {
        let mut free = knapsack.has;
        let mut worth = 0.0;
        for item in &self.fixed {
            let Some(left) = less(free, item.needs, item.most) else { return };
            free = left;
            worth += item.worth * f64::from(item.most);
        }
        self.deeper(0, free, self.budget + self.nearly_nothing, worth);
    }

    fn unused(&self, free: Amounts) -> f64 {
        self.prices.iter().zip(free).map(|(price, free)| price * f64::from(free)).sum()
    }

    fn deeper(&mut self, place: usize, free: Amounts, budget: f64, worth: f64) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        let Some(Core { item, reduced, .. }) = self.core.get(place) else {
            if worth > self.best.worth {
                self.record(worth);
            }
            return;
        };
        let (item, reduced) = (*item, *reduced);
        let fits = fits(free, item);
        let last = place + 1 == self.core.len();
        let (least, most) = limits(reduced, budget, item.most, fits, self.nearly_nothing);
        let Some(least) = least.filter(|least| *least <= most) else { return };
        // Of the last, more is worth more, where it bars none.
        let bars = !self.knapsack.problem.shapes[item.shape].host_ports.is_empty();
        let least = if last && !bars { most } else { least };
        let upwards = reduced < -self.nearly_nothing;
        for step in 0..=most - least {
            let count = if upwards { least + step } else { most - step };
            let Some(left) = less(free, item.needs, count) else { continue };
            let lost = if upwards {
                -reduced * f64::from(count)
            } else {
                reduced.max(0.0) * f64::from(item.most - count)
            };
            let budget = budget - lost;
            if self.unused(left) - self.rest[place + 1] > budget {
                // The fewer are taken, the more is unused.
                if upwards {
                    continue;
                }
                break;
            }
            self.counts[place] = count;
            self.deeper(place + 1, left, budget, worth + item.worth * f64::from(count));
        }
        self.counts[place] = 0;
    }

    fn record(&mut self, worth: f64) {
        let fixed = self.fixed.iter().map(|item| (item.shape, item.most));
        let core =
            self.core.iter().zip(&self.counts).map(|(core, count)| (core.item.shape, *count));
        let mut tasks: Vec<(usize, u32)> = fixed.chain(core).filter(|one| one.1 > 0).collect();
        if self.knapsack.conflict(tasks.iter().map(|(shape, _)| *shape)) {
            return;
        }
        tasks.sort_unstable();
        self.best = Content { tasks, worth };
    }
}

/// The fewest and the most that the budget allows.
fn limits(
    reduced: f64,
    budget: f64,
    most: u32,
    fits: u32,
    nearly_nothing: f64,
) -> (Option<u32>, u32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let times = |each: f64| (budget / each + 1e-9) as u32;
    if budget < 0.0 {
        (None, 0)
    } else if reduced > nearly_nothing {
        (Some(most.saturating_sub(times(reduced))), most.min(fits))
    } else if reduced < -nearly_nothing {
        (Some(0), most.min(fits).min(times(-reduced)))
    } else {
        (Some(0), most.min(fits))
    }
}

fn fits(free: Amounts, item: Item) -> u32 {
    let each = free
        .into_iter()
        .zip(item.needs)
        .map(|(free, needs)| free.checked_div(needs).unwrap_or(item.most));
    each.min().unwrap_or(0)
}

fn less(free: Amounts, needs: Amounts, count: u32) -> Option<Amounts> {
    let mut left = free;
    for (left, needs) in left.iter_mut().zip(needs) {
        *left = left.checked_sub(needs.checked_mul(count)?)?;
    }
    Some(left)
}
