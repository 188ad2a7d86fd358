//! The relaxed answer: tasks may be cut. A linear program of one row a resource, by the simplex
//! method with bounded variables on a small table.

use super::Item;
use super::again::Basis;
use crate::fit::fleet::problem::{Amounts, RESOURCES};

const NEARLY_NOTHING: f64 = 1e-10;
const MOST_PIVOTS: usize = 400;

pub(in crate::fit::fleet) struct Relaxed {
    /// Prices of a unit of each resource, none below nothing.
    pub multipliers: [f64; RESOURCES],
    /// What no content is worth more than: at these prices the whole instance, and of every
    /// item what it is worth more than it takes.
    pub at_most: f64,
}

/// Whatever the prices are, the limit they give holds; the simplex method makes it the least.
pub(super) fn relax(items: &[Item], has: Amounts) -> Relaxed {
    relax_within(items, has).0
}

/// The same, and where others may begin.
pub(super) fn relax_within(items: &[Item], has: Amounts) -> (Relaxed, Basis) {
    let mut table = Table::new(items, has);
    let multipliers = table.solve(has);
    let whole: f64 = multipliers.iter().zip(has).map(|(one, has)| one * f64::from(has)).sum();
    let more = |item: &Item| reduced(item, &multipliers).max(0.0) * f64::from(item.most);
    let at_most = whole + items.iter().map(more).sum::<f64>();
    let full = table.state[..items.len()].iter().map(|state| *state == State::All).collect();
    (Relaxed { multipliers, at_most }, Basis { basic: table.basis, full })
}

/// What an item is worth beyond what it takes.
pub(super) fn reduced(item: &Item, multipliers: &[f64; RESOURCES]) -> f64 {
    beyond(item.worth, &item.needs, multipliers)
}

/// The same of what is worth and needs so much.
pub(super) fn beyond(worth: f64, needs: &Amounts, multipliers: &[f64; RESOURCES]) -> f64 {
    let takes: f64 = multipliers.iter().zip(needs).map(|(one, n)| one * f64::from(*n)).sum();
    worth - takes
}

/// Columns are items (as a part of the most there may be of each) and the resources' slack; of
/// each what it takes of the resources, as parts of what there is, and what it gains.
struct Table {
    columns: Vec<[f64; RESOURCES + 1]>,
    state: Vec<State>,
    values: [f64; RESOURCES],
    basis: [usize; RESOURCES],
    items: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Nothing,
    All,
    Basic,
}

/// Where gains stand in a column.
const GAIN: usize = RESOURCES;

impl Table {
    fn new(items: &[Item], has: Amounts) -> Self {
        let parts = has.map(|has| 1.0 / f64::from(has.max(1)));
        let mut columns = Vec::with_capacity(items.len() + RESOURCES);
        columns.extend(items.iter().map(|item| {
            let most = f64::from(item.most);
            let mut column = [0.0; RESOURCES + 1];
            for ((value, needs), part) in column.iter_mut().zip(item.needs).zip(parts) {
                *value = f64::from(needs) * most * part;
            }
            column[GAIN] = item.worth * most;
            column
        }));
        let mut state = vec![State::Nothing; items.len()];
        let mut basis = [0; RESOURCES];
        for (resource, basic) in basis.iter_mut().enumerate() {
            let mut slack = [0.0; RESOURCES + 1];
            slack[resource] = 1.0;
            *basic = columns.len();
            columns.push(slack);
            state.push(State::Basic);
        }
        let values = has.map(|has| f64::from(u8::from(has > 0)));
        Table { columns, state, values, basis, items: items.len() }
    }

    fn solve(&mut self, has: Amounts) -> [f64; RESOURCES] {
        let scale = self.columns.iter().fold(0.0_f64, |most, one| most.max(one[GAIN].abs()));
        for _ in 0..MOST_PIVOTS {
            let Some(entering) = self.entering(scale * NEARLY_NOTHING) else { break };
            self.enter(entering);
        }
        let mut prices = [0.0; RESOURCES];
        for (resource, price) in prices.iter_mut().enumerate() {
            let gain = self.columns[self.items + resource][GAIN];
            *price = (-gain).max(0.0) / f64::from(has[resource].max(1));
        }
        prices
    }

    /// The column that gains the most.
    fn entering(&self, least: f64) -> Option<usize> {
        let (mut best, mut most) = (None, least);
        for (number, (column, state)) in self.columns.iter().zip(&self.state).enumerate() {
            let gain = match state {
                State::Nothing => column[GAIN],
                State::All => -column[GAIN],
                State::Basic => continue,
            };
            if gain > most {
                (best, most) = (Some(number), gain);
            }
        }
        best
    }

    const fn most(&self, column: usize) -> f64 {
        if column < self.items { 1.0 } else { f64::INFINITY }
    }

    fn enter(&mut self, entering: usize) {
        let falls = self.state[entering] == State::All;
        let sign = if falls { -1.0 } else { 1.0 };
        let rates = self.columns[entering];
        let (mut length, mut leaving) = (self.most(entering), None);
        for (row, rate) in rates[..RESOURCES].iter().enumerate() {
            let rate = sign * rate;
            let room = if rate > 1e-12 {
                self.values[row].max(0.0) / rate
            } else if rate < -1e-12 {
                (self.most(self.basis[row]) - self.values[row]).max(0.0) / -rate
            } else {
                continue;
            };
            if room < length {
                (length, leaving) = (room, Some((row, rate < 0.0)));
            }
        }
        for (value, rate) in self.values.iter_mut().zip(rates) {
            *value -= sign * rate * length;
        }
        let Some((row, to_upper)) = leaving else {
            self.state[entering] = if falls { State::Nothing } else { State::All };
            return;
        };
        let left = self.basis[row];
        self.state[left] = if to_upper && left < self.items { State::All } else { State::Nothing };
        self.values[row] = if falls { 1.0 - length } else { length };
        self.state[entering] = State::Basic;
        self.basis[row] = entering;
        self.pivot(row, entering);
    }

    fn pivot(&mut self, row: usize, entering: usize) {
        let of_pivot = self.columns[entering];
        for column in &mut self.columns {
            let factor = column[row] / of_pivot[row];
            if factor != 0.0 {
                for (value, one) in column.iter_mut().zip(of_pivot) {
                    *value -= factor * one;
                }
                column[row] = factor;
            }
        }
    }
}
