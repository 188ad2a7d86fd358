//! A better answer: contents of instances are found one after the other, each the one that the
//! linear program asks for (column generation, Gilmore and Gomory 1961), and its answer is
//! rounded down, the best columns up, and solved anew for what is left (diving).

use super::bound::Bound;
use super::fill::{Content, Stock};
use super::master::{Column, Master};
use super::problem::{Packing, Pattern, Problem, ProblemError};
use super::quick::{finish, quick};

/// Rounds of finding contents before a dive, and in it.
const ROUNDS: usize = 120;
const ROUNDS_IN_DIVE: usize = 12;
/// Steps of a search for one content.
const STEPS: usize = 1_500;
const PIVOTS: usize = 4_000;
/// A column that is used nearly whole is taken whole.
const NEARLY_WHOLE: f64 = 0.75;
/// Of all columns so many are rounded up at a time.
const AT_ONCE: usize = 8;

/// A packing, never dearer than the quick one, and the bound.
///
/// # Errors
/// [`ProblemError`] where a task cannot be packed at all.
pub fn thorough(problem: &Problem) -> Result<(Packing, Bound), ProblemError> {
    let (first, bound) = quick(problem)?;
    let mut dive = Dive::new(problem, &first);
    let mut packing = Packing { patterns: dive.run() };
    finish(problem, &mut packing);
    let better = packing.pico_an_hour(problem) < first.pico_an_hour(problem);
    Ok((if better { packing } else { first }, bound))
}

/// A content on an offer.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    bin: usize,
    tasks: Vec<(usize, u32)>,
}

struct Dive<'p> {
    problem: &'p Problem,
    left: Vec<u32>,
    taken: Vec<Pattern>,
    pool: Vec<Found>,
}

impl<'p> Dive<'p> {
    fn new(problem: &'p Problem, first: &Packing) -> Self {
        let pool = first
            .patterns
            .iter()
            .filter(|pattern| !pattern.tasks.is_empty())
            .map(|pattern| Found { bin: pattern.bin, tasks: pattern.tasks.clone() })
            .collect();
        let left = problem.shapes.iter().map(|shape| shape.copies).collect();
        Dive { problem, left, taken: Vec::new(), pool }
    }

    fn run(&mut self) -> Vec<Pattern> {
        let mut rounds = ROUNDS;
        while self.left.iter().any(|left| *left > 0) {
            let Some(used) = self.solved(rounds) else { break };
            rounds = ROUNDS_IN_DIVE;
            if !self.take(&used) {
                break;
            }
        }
        std::mem::take(&mut self.taken)
    }

    /// How much of each content in the pool the linear program uses for what is left.
    fn solved(&mut self, rounds: usize) -> Option<Vec<(usize, f64)>> {
        let rows: Vec<usize> = (0..self.left.len()).filter(|row| self.left[*row] > 0).collect();
        let mut basis = Vec::new();
        for shape in &rows {
            let alone = self.alone(*shape)?;
            self.pool.push(alone);
            let number = self.pool.len() - 1;
            basis.push(column_of(self.problem, number, &self.pool[number], &self.left, &rows));
        }
        let demand = rows.iter().map(|row| f64::from(self.left[*row])).collect();
        let mut master = Master::new(demand, basis)?;
        let mut columns: Vec<Column> = self
            .pool
            .iter()
            .enumerate()
            .map(|(number, found)| column_of(self.problem, number, found, &self.left, &rows))
            .filter(|column| !column.entries.is_empty())
            .collect();
        master.improve(&columns, PIVOTS);
        for _ in 0..rounds {
            let mut worth = vec![0.0; self.left.len()];
            for (row, dual) in rows.iter().zip(master.duals()) {
                worth[*row] = dual.max(0.0);
            }
            let before = columns.len();
            for (bin, content) in self.asked(&worth) {
                self.pool.push(Found { bin, tasks: content.tasks });
                let number = self.pool.len() - 1;
                columns.push(column_of(
                    self.problem,
                    number,
                    &self.pool[number],
                    &self.left,
                    &rows,
                ));
            }
            if columns.len() == before {
                break;
            }
            master.improve(&columns, PIVOTS);
        }
        Some(master.used().collect())
    }

    fn price(&self, bin: usize) -> f64 {
        dollars(self.problem.bins[bin].price.as_pico())
    }

    /// Contents that are worth more than their price.
    fn asked(&self, worth: &[f64]) -> Vec<(usize, Content)> {
        let stock = Stock { problem: self.problem, worth, left: &self.left };
        let mut all = Vec::new();
        for (number, bin) in self.problem.bins.iter().enumerate() {
            let price = self.price(number);
            let mut content = stock.fill(bin);
            if content.worth <= price * (1.0 + 1e-7) {
                content = stock.search(bin, STEPS);
            }
            if content.worth > price * (1.0 + 1e-7) {
                all.push((number, content));
            }
        }
        all
    }

    /// The cheapest offer for many of one shape.
    fn alone(&self, shape: usize) -> Option<Found> {
        let bins = self.problem.bins.iter().enumerate();
        let most = |bin: usize| {
            self.problem
                .most(&self.problem.shapes[shape], &self.problem.bins[bin])
                .min(self.left[shape])
        };
        let best = bins.map(|(bin, _)| bin).filter(|bin| most(*bin) > 0).min_by(|a, b| {
            let each = |bin: usize| self.price(bin) / f64::from(most(bin));
            each(*a).total_cmp(&each(*b))
        })?;
        Some(Found { bin: best, tasks: vec![(shape, most(best))] })
    }

    /// Takes whole instances; true where some were taken.
    fn take(&mut self, used: &[(usize, f64)]) -> bool {
        let mut any = false;
        let mut parts: Vec<(usize, f64)> = Vec::new();
        for (number, value) in used {
            let whole = (value + 1e-6).floor();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "no more than there are tasks"
            )]
            let taken = self.take_times(*number, whole as u32);
            any |= taken > 0;
            if value - whole > 1e-6 {
                parts.push((*number, value - whole));
            }
        }
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let most = (parts.len() / AT_ONCE).max(1);
        for (place, (number, part)) in parts.iter().take(most).enumerate() {
            if (place == 0 && !any) || *part >= NEARLY_WHOLE {
                any |= self.take_times(*number, 1) > 0;
            }
        }
        any
    }

    /// Takes a content so often, with what is left of its tasks; how often it was.
    fn take_times(&mut self, number: usize, times: u32) -> u32 {
        let found = self.pool[number].clone();
        let full = found.tasks.iter().map(|(shape, count)| self.left[*shape] / count).min();
        let full = full.unwrap_or(0).min(times);
        if full > 0 {
            self.place(found.bin, found.tasks.clone(), full);
        }
        if full < times {
            // One more with fewer tasks.
            let less = |(shape, count): &(usize, u32)| (*shape, (*count).min(self.left[*shape]));
            let tasks: Vec<(usize, u32)> =
                found.tasks.iter().map(less).filter(|(_, count)| *count > 0).collect();
            if !tasks.is_empty() {
                self.place(found.bin, tasks, 1);
                return full + 1;
            }
        }
        full
    }

    fn place(&mut self, bin: usize, tasks: Vec<(usize, u32)>, instances: u32) {
        for (shape, count) in &tasks {
            self.left[*shape] -= count * instances;
        }
        self.taken.push(Pattern { bin, tasks, instances });
    }
}

fn column_of(
    problem: &Problem,
    number: usize,
    found: &Found,
    left: &[u32],
    rows: &[usize],
) -> Column {
    let entries = found.tasks.iter().filter_map(|(shape, count)| {
        let row = rows.binary_search(shape).ok()?;
        Some((row, f64::from((*count).min(left[*shape]))))
    });
    Column {
        cost: dollars(problem.bins[found.bin].price.as_pico()),
        entries: entries.collect(),
        owner: Some(number),
    }
}

/// Pico-dollars as dollars: so that what is nearly nothing is that in every row.
#[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
const fn dollars(pico: u64) -> f64 {
    pico as f64 / 1e12
}
