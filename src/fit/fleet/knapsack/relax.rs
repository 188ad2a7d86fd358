//! The relaxed answer: tasks may be cut. A linear program of one row a resource, by the simplex
//! method with bounded variables on a small table.

use super::Item;
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
    let multipliers = Table::new(items, has).solve(has);
    let whole: f64 = multipliers.iter().zip(has).map(|(one, has)| one * f64::from(has)).sum();
    let more = |item: &Item| reduced(item, &multipliers).max(0.0) * f64::from(item.most);
    Relaxed { multipliers, at_most: whole + items.iter().map(more).sum::<f64>() }
}

/// What an item is worth beyond what it takes.
pub(super) fn reduced(item: &Item, multipliers: &[f64; RESOURCES]) -> f64 {
    let takes: f64 = multipliers.iter().zip(item.needs).map(|(one, n)| one * f64::from(n)).sum();
    item.worth - takes
}

/// Columns are items (as a part of the most there may be of each) and the resources' slack.
struct Table {
    columns: usize,
    rows: Vec<Vec<f64>>,
    gains: Vec<f64>,
    values: [f64; RESOURCES],
    basis: [usize; RESOURCES],
    upper: Vec<bool>,
    items: usize,
}

impl Table {
    fn new(items: &[Item], has: Amounts) -> Self {
        let count = items.len();
        let columns = count + RESOURCES;
        let mut rows = vec![vec![0.0; columns]; RESOURCES];
        for (resource, row) in rows.iter_mut().enumerate() {
            for (place, item) in items.iter().enumerate() {
                row[place] = f64::from(item.needs[resource]) * f64::from(item.most)
                    / f64::from(has[resource].max(1));
            }
            row[count + resource] = 1.0;
        }
        let mut gains: Vec<f64> =
            items.iter().map(|item| item.worth * f64::from(item.most)).collect();
        gains.resize(columns, 0.0);
        let mut basis = [0; RESOURCES];
        for (resource, one) in basis.iter_mut().enumerate() {
            *one = count + resource;
        }
        let values = has.map(|has| f64::from(u8::from(has > 0)));
        Table { columns, rows, gains, values, basis, upper: vec![false; columns], items: count }
    }

    fn solve(mut self, has: Amounts) -> [f64; RESOURCES] {
        let scale = self.gains.iter().fold(0.0_f64, |most, gain| most.max(gain.abs()));
        for _ in 0..MOST_PIVOTS {
            let Some(entering) = self.entering(scale * NEARLY_NOTHING) else { break };
            self.enter(entering);
        }
        let mut prices = [0.0; RESOURCES];
        for (resource, price) in prices.iter_mut().enumerate() {
            let gain = self.gains[self.items + resource];
            *price = (-gain).max(0.0) / f64::from(has[resource].max(1));
        }
        prices
    }

    fn entering(&self, least: f64) -> Option<usize> {
        let gain = |column: usize| {
            if self.upper[column] { -self.gains[column] } else { self.gains[column] }
        };
        (0..self.columns)
            .filter(|column| gain(*column) > least && !self.basis.contains(column))
            .max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(b.cmp(a)))
    }

    const fn most(&self, column: usize) -> f64 {
        if column < self.items { 1.0 } else { f64::INFINITY }
    }

    fn enter(&mut self, entering: usize) {
        let sign = if self.upper[entering] { -1.0 } else { 1.0 };
        let (mut length, mut leaving) = (self.most(entering), None);
        for row in 0..RESOURCES {
            let rate = sign * self.rows[row][entering];
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
        for row in 0..RESOURCES {
            self.values[row] -= sign * self.rows[row][entering] * length;
        }
        let Some((row, to_upper)) = leaving else {
            self.upper[entering] = !self.upper[entering];
            return;
        };
        let left = self.basis[row];
        self.upper[left] = to_upper && left < self.items;
        self.values[row] = if self.upper[entering] { 1.0 - length } else { length };
        self.upper[entering] = false;
        self.basis[row] = entering;
        self.pivot(row, entering);
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let pivot = self.rows[row][column];
        for value in &mut self.rows[row] {
            *value /= pivot;
        }
        let of_pivot = std::mem::take(&mut self.rows[row]);
        let others = self.rows.iter_mut().chain(std::iter::once(&mut self.gains));
        for other in others.filter(|other| !other.is_empty()) {
            let factor = other[column];
            if factor != 0.0 {
                for (value, one) in other.iter_mut().zip(&of_pivot) {
                    *value -= factor * one;
                }
            }
        }
        self.rows[row] = of_pivot;
    }
}
