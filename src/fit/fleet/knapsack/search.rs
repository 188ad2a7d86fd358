//! Depth first within a budget of loss.
//!
//! At the prices of the relaxed answer, every deviation from it loses: leaving out an item that
//! is worth more than it takes, taking one that is worth less, leaving a resource unused. A
//! content within a loss of B of the relaxed answer deviates only where that costs no more than
//! B, so that a small budget leaves few choices; and where no content is found within it, the
//! relaxed answer less B is a limit.

use super::relax::{Relaxed, reduced};
use super::{Best, Content, Item, Knapsack};
use crate::fit::fleet::problem::RESOURCES;

/// The first budget is this part of the whole one; then it doubles.
const FIRST: f64 = 1.0 / 1024.0;
/// What floats may be off by, as a part of what is compared.
const SAFE: f64 = 1e-12;

/// No content is looked for that is worth less than this part of the relaxed answer.
const NEAR: f64 = 0.5;

pub(super) fn best_within(
    knapsack: &Knapsack<'_>,
    relaxed: &Relaxed,
    [price, judges]: [f64; 2],
    steps: usize,
) -> Best {
    let threshold = relaxed.at_most * NEAR;
    let whole = relaxed.at_most - threshold;
    let to_price = relaxed.at_most - price;
    let content = rounded(knapsack, relaxed);
    let at_most = relaxed.at_most * (1.0 + SAFE);
    let mut best = Best { content, at_most, judged: Vec::new() };
    let (mut budget, mut steps) = (whole * FIRST, steps);
    while budget > 0.0 {
        budget = budget.min(whole);
        let mut search = Search::new(knapsack, relaxed, budget, threshold, steps);
        search.judges = judges;
        search.start(knapsack);
        best.judged.append(&mut search.judged);
        steps = search.steps;
        let found = search.best.worth > threshold;
        if found && search.best.worth > best.content.worth {
            best.content = search.best;
        }
        if steps == 0 {
            break;
        }
        if found {
            // Nothing is better within the budget than what was found, or was known before.
            best.at_most = best.content.worth * (1.0 + SAFE);
            break;
        }
        best.at_most = (relaxed.at_most - budget) * (1.0 + SAFE);
        if budget >= whole {
            break;
        }
        let next = budget * 2.0;
        budget = if budget < to_price && to_price < next { to_price } else { next };
    }
    best
}

/// Item after item, those first that are worth the most beyond what they take, all that fit.
fn rounded(knapsack: &Knapsack<'_>, relaxed: &Relaxed) -> Content {
    let beyond = |item: &Item| reduced(item, &relaxed.multipliers) / item.worth;
    let mut order: Vec<(f64, &Item)> =
        knapsack.items.iter().map(|item| (beyond(item), item)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.shape.cmp(&b.1.shape)));
    let mut free = knapsack.has;
    let mut content = Content::default();
    for (_, item) in order {
        let fits = free
            .iter()
            .zip(item.needs)
            .map(|(free, needs)| free.checked_div(needs).unwrap_or(item.most));
        let count = fits.min().unwrap_or(0).min(item.most);
        let shapes = content.tasks.iter().map(|(shape, _)| *shape);
        if count == 0 || knapsack.conflict(shapes.chain(std::iter::once(item.shape))) {
            continue;
        }
        for (free, needs) in free.iter_mut().zip(item.needs) {
            *free -= needs * count;
        }
        content.tasks.push((item.shape, count));
        content.worth += item.worth * f64::from(count);
    }
    content.tasks.sort_unstable();
    content
}

type Sizes = [f64; RESOURCES];

/// An item that may deviate.
struct Core {
    item: Item,
    needs: Sizes,
    /// Lost for each that is left out (above nothing) or taken (below).
    reduced: f64,
    /// What one takes, at the prices.
    takes: f64,
}

struct Search<'k> {
    knapsack: &'k Knapsack<'k>,
    prices: Sizes,
    /// Those of which all are taken whatever comes.
    fixed: Vec<Item>,
    core: Vec<Core>,
    /// From each place on, what all the rest of the core can take.
    rest: Vec<f64>,
    /// From each place on, by pair of resources the most that the rest takes of the first for
    /// one of the second: more of the first stays unused.
    mixes: Vec<Vec<(usize, usize, f64)>>,
    counts: Vec<u32>,
    budget: f64,
    best: Content,
    /// Those that are judged to be worth more than this.
    judged: Vec<Content>,
    judges: f64,
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
                let needs = item.needs.map(f64::from);
                core.push(Core { item: *item, needs, reduced, takes: item.worth - reduced });
            }
        }
        let all = |core: &Core| core.takes * f64::from(core.item.most);
        core.sort_by(|a, b| {
            b.reduced.abs().total_cmp(&a.reduced.abs()).then(all(b).total_cmp(&all(a)))
        });
        let mut rest = vec![0.0; core.len() + 1];
        for place in (0..core.len()).rev() {
            rest[place] = rest[place + 1] + all(&core[place]);
        }
        let mixes = mixes(&core, &prices);
        let best = Content { tasks: Vec::new(), worth: threshold };
        let nearly_nothing = relaxed.at_most * 1e-13;
        let counts = vec![0; core.len()];
        Search {
            knapsack,
            prices,
            fixed,
            core,
            rest,
            mixes,
            counts,
            budget: budget + nearly_nothing,
            best,
            judged: Vec::new(),
            judges: f64::INFINITY,
            steps,
            nearly_nothing,
        }
    }

    fn start(&mut self, knapsack: &Knapsack<'_>) {
        let mut free = knapsack.has.map(f64::from);
        let mut worth = [0.0; 2];
        for item in &self.fixed {
            let needs = item.needs.map(f64::from);
            let most = f64::from(item.most);
            free = less(free, &needs, most);
            worth = [worth[0] + item.worth * most, worth[1] + item.judged * most];
        }
        if free.iter().all(|free| *free >= 0.0) {
            self.deeper(0, free, self.budget, worth);
        }
    }

    fn deeper(&mut self, place: usize, free: Sizes, budget: f64, worth: [f64; 2]) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        if place == self.core.len() {
            self.reached(worth);
            return;
        }
        let Some((least, most)) = self.counts_at(place, &free, budget) else { return };
        let Core { item, needs, reduced, .. } = &self.core[place];
        let (needs, reduced, all) = (*needs, *reduced, item.most);
        let each = [item.worth, item.judged];
        let upwards = reduced < -self.nearly_nothing;
        for step in 0..=most - least {
            let count = if upwards { least + step } else { most - step };
            let lost = if upwards {
                -reduced * f64::from(count)
            } else {
                reduced.max(0.0) * f64::from(all - count)
            };
            self.counts[place] = count;
            let free = less(free, &needs, f64::from(count));
            let times = f64::from(count);
            let worth = [worth[0] + each[0] * times, worth[1] + each[1] * times];
            self.deeper(place + 1, free, budget - lost, worth);
        }
        self.counts[place] = 0;
    }

    /// The fewest and the most of an item that may lie within the budget.
    fn counts_at(&self, place: usize, free: &Sizes, budget: f64) -> Option<(u32, u32)> {
        let Core { item, needs, reduced, takes } = &self.core[place];
        // What is lost: at none taken, and for each one more.
        let (lost, more) = if *reduced > self.nearly_nothing {
            (reduced * f64::from(item.most), -reduced)
        } else if *reduced < -self.nearly_nothing {
            (0.0, -reduced)
        } else {
            (0.0, 0.0)
        };
        let mut range = Range { least: 0.0, most: f64::from(item.most) };
        for (free, needs) in free.iter().zip(needs) {
            if *needs > 0.0 {
                range.most = range.most.min(free / needs);
            }
        }
        let within = budget - lost;
        range.keep(more, within);
        let unused: f64 = self.prices.iter().zip(free).map(|(price, free)| price * free).sum();
        range.keep(more - takes, within - unused + self.rest[place + 1]);
        for (first, second, ratio) in &self.mixes[place + 1] {
            let price = self.prices[*first];
            let unused = price * (free[*first] - ratio * free[*second]);
            let each = price * (needs[*first] - ratio * needs[*second]);
            range.keep(more - each, within - unused);
        }
        // Of the last, more is worth more, where it bars none.
        let bars = !self.knapsack.problem.shapes[item.shape].host_ports.is_empty();
        if place + 1 == self.core.len() && !bars {
            range.least = range.least.max(f64::from(below(range.most)));
        }
        range.whole()
    }

    /// A content is complete: worth so much, to who asks and to who judges.
    fn reached(&mut self, [worth, judged]: [f64; 2]) {
        let best = worth > self.best.worth;
        if !best && judged <= self.judges {
            return;
        }
        let fixed = self.fixed.iter().map(|item| (item.shape, item.most));
        let core =
            self.core.iter().zip(&self.counts).map(|(core, count)| (core.item.shape, *count));
        let mut tasks: Vec<(usize, u32)> = fixed.chain(core).filter(|one| one.1 > 0).collect();
        if self.knapsack.conflict(tasks.iter().map(|(shape, _)| *shape)) {
            return;
        }
        tasks.sort_unstable();
        if judged > self.judges {
            // Next time it must be worth more.
            self.judges = judged;
            self.judged.push(Content { tasks: tasks.clone(), worth: judged });
        }
        if best {
            self.best = Content { tasks, worth };
        }
    }
}

/// Counts from the least to the most, in floats.
struct Range {
    least: f64,
    most: f64,
}

impl Range {
    /// Only those with `each` times the count no more than the limit; a little more generous
    /// than that.
    fn keep(&mut self, each: f64, limit: f64) {
        let slack = limit.abs() * 1e-9;
        if each > 0.0 {
            self.most = self.most.min((limit + slack) / each + 1e-9);
        } else if each < 0.0 {
            self.least = self.least.max((limit + slack) / each - 1e-9);
        } else if limit + slack < 0.0 {
            self.most = -1.0;
        }
    }

    fn whole(&self) -> Option<(u32, u32)> {
        if self.most < 0.0 || self.least > self.most {
            return None;
        }
        let (least, most) = (below(self.least), below(self.most));
        let least = least + u32::from(f64::from(least) < self.least);
        (least <= most).then_some((least, most))
    }
}

/// The whole number that is not above; quicker than to round.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no less than nothing")]
const fn below(value: f64) -> u32 {
    value as u32
}

/// Pairs of resources of which the first has a price.
fn mixes(core: &[Core], prices: &Sizes) -> Vec<Vec<(usize, usize, f64)>> {
    let pairs: Vec<(usize, usize)> = (0..RESOURCES)
        .filter(|first| prices[*first] > 0.0)
        .flat_map(|first| (0..RESOURCES - 1).map(move |second| (first, second)))
        .filter(|(first, second)| first != second)
        .collect();
    let mut most = vec![0.0_f64; pairs.len()];
    let mut all = vec![Vec::new(); core.len() + 1];
    for place in (0..core.len()).rev() {
        let needs = core[place].needs;
        for (most, (first, second)) in most.iter_mut().zip(&pairs) {
            let ratio = if needs[*first] > 0.0 { needs[*first] / needs[*second] } else { 0.0 };
            *most = most.max(ratio);
        }
        let finite = pairs.iter().zip(&most).filter(|(_, most)| most.is_finite());
        all[place] = finite.map(|((a, b), most)| (*a, *b, *most)).collect();
    }
    all
}

fn less(mut free: Sizes, needs: &Sizes, count: f64) -> Sizes {
    for (free, needs) in free.iter_mut().zip(needs) {
        *free -= needs * count;
    }
    free
}
