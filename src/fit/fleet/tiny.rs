//! Few tasks: the best of all packings, by a table over how many of each shape are left.

use super::problem::{Packing, Pattern, Problem};

/// Pairs of what is left and what is taken that are gone through.
const MOST_PAIRS: u64 = 1_000_000;

/// Nothing where there are too many ways.
pub(super) fn best(problem: &Problem) -> Option<Packing> {
    let shapes: Vec<usize> =
        (0..problem.shapes.len()).filter(|shape| problem.shapes[*shape].copies > 0).collect();
    let copies: Vec<u32> = shapes.iter().map(|shape| problem.shapes[*shape].copies).collect();
    let pairs = copies.iter().map(|copies| {
        let copies = u64::from(*copies);
        (copies + 1).saturating_mul(copies + 2) / 2
    });
    let layers = u64::from(problem.fewest()) + 1;
    if pairs.fold(layers, u64::saturating_mul) > MOST_PAIRS {
        return None;
    }
    Table::new(problem, shapes, &copies).solve()
}

/// An offer and its price.
type Offer = Option<(usize, u128)>;

struct Table<'p> {
    problem: &'p Problem,
    shapes: Vec<usize>,
    /// All counts, the last shape's changing fastest.
    states: Vec<Vec<u32>>,
    strides: Vec<usize>,
    /// The cheapest offer for all tasks of a state on one, if any: of all, and of instances.
    cheapest: Vec<[Offer; 2]>,
}

/// The cost of the rest, and the first step: what is taken, on which offer.
#[derive(Clone, Copy)]
struct Best {
    cost: u128,
    taken: usize,
    bin: usize,
}

impl<'p> Table<'p> {
    fn new(problem: &'p Problem, shapes: Vec<usize>, copies: &[u32]) -> Self {
        let mut states = vec![Vec::new()];
        for copies in copies {
            states = states
                .into_iter()
                .flat_map(|counts: Vec<u32>| {
                    (0..=*copies).map(move |count| [&counts[..], &[count]].concat())
                })
                .collect();
        }
        let mut strides = vec![1; copies.len()];
        for place in (0..copies.len().saturating_sub(1)).rev() {
            strides[place] = strides[place + 1] * (copies[place + 1] as usize + 1);
        }
        let mut table = Table { problem, shapes, states, strides, cheapest: Vec::new() };
        table.cheapest = table.states.iter().map(|counts| table.offers(counts)).collect();
        table
    }

    fn tasks(&self, counts: &[u32]) -> Vec<(usize, u32)> {
        let pairs = self.shapes.iter().copied().zip(counts.iter().copied());
        pairs.filter(|(_, count)| *count > 0).collect()
    }

    fn offers(&self, counts: &[u32]) -> [Offer; 2] {
        let tasks = self.tasks(counts);
        let holding: Vec<usize> =
            (0..self.problem.bins.len()).filter(|bin| self.problem.holds(*bin, &tasks)).collect();
        [false, true].map(|instances| {
            let bins = holding.iter().filter(|bin| self.problem.bins[**bin].instance || !instances);
            let priced =
                bins.map(|bin| (*bin, u128::from(self.problem.bins[*bin].price.as_pico())));
            priced.min_by_key(|(_, price)| *price)
        })
    }

    fn solve(&self) -> Option<Packing> {
        let layers = self.problem.fewest() as usize + 1;
        // By state, then by instances that must be still.
        let mut best: Vec<Vec<Option<Best>>> = Vec::with_capacity(self.states.len());
        for state in 0..self.states.len() {
            let mut row = vec![None; layers];
            for (must, slot) in row.iter_mut().enumerate() {
                *slot = self.step(state, must, &best);
            }
            best.push(row);
        }
        let (mut state, mut must) = (self.states.len() - 1, layers - 1);
        let mut patterns = Vec::new();
        while state > 0 || must > 0 {
            let Best { taken, bin, .. } = best[state][must]?;
            let tasks = self.tasks(&self.states[taken]);
            patterns.push(Pattern { bin, tasks, instances: 1 });
            state -= taken;
            must = must.saturating_sub(usize::from(self.problem.bins[bin].instance));
        }
        Some(Packing { patterns })
    }

    fn step(&self, state: usize, must: usize, best: &[Vec<Option<Best>>]) -> Option<Best> {
        let Some(first) = self.states[state].iter().position(|count| *count > 0) else {
            // All is placed: what must be still stands empty.
            let empty = self.cheapest[0][1];
            return match (must, empty) {
                (0, _) => Some(Best { cost: 0, taken: 0, bin: 0 }),
                (_, Some((bin, price))) => Some(Best { cost: price * must as u128, taken: 0, bin }),
                (_, None) => None,
            };
        };
        let mut found: Option<Best> = None;
        self.each_part(state, first, &mut |taken| {
            for (offer, instances) in self.cheapest[taken].iter().zip([false, true]) {
                let Some((bin, price)) = *offer else { continue };
                let counts = instances || self.problem.bins[bin].instance;
                let next = must.saturating_sub(usize::from(counts));
                let Some(rest) = best[state - taken][next] else { continue };
                let cost = rest.cost + price;
                if found.is_none_or(|found| cost < found.cost) {
                    found = Some(Best { cost, taken, bin });
                }
            }
        });
        found
    }

    /// All parts of a state that have a task of its first shape.
    fn each_part(&self, state: usize, first: usize, visit: &mut dyn FnMut(usize)) {
        fn deeper(
            (counts, strides): (&[u32], &[usize]),
            place: usize,
            (sum, least): (usize, u32),
            visit: &mut dyn FnMut(usize),
        ) {
            if place == counts.len() {
                visit(sum);
                return;
            }
            for count in least..=counts[place] {
                let sum = sum + strides[place] * count as usize;
                deeper((counts, strides), place + 1, (sum, 0), visit);
            }
        }
        deeper((&self.states[state], &self.strides), first, (0, 1), visit);
    }
}
