//! The relaxed answer where only how many there may be of some items has changed: from the
//! answer before, by the dual simplex method with bounded variables.

use super::Item;
use crate::fit::fleet::problem::{Amounts, RESOURCES};

/// What values may be off by, in tasks.
const OFF: f64 = 1e-7;
const NEARLY_NOTHING: f64 = 1e-11;
const MOST_STEPS: usize = 60;

type Row = [f64; RESOURCES];

/// Which items are neither at their fewest nor at their most (the slack of a resource follows after
/// the items), and of the others which are at their most.
#[derive(Clone)]
pub(super) struct Basis {
    pub basic: [usize; RESOURCES],
    pub full: Vec<bool>,
}

/// What all the answers have in common: needs are parts of what there is.
pub(super) struct Program {
    columns: Vec<Row>,
    gains: Vec<f64>,
    parts: Row,
    /// One, or nothing where there is none of a resource.
    has: Row,
}

/// The fewest and the most of an item.
pub(super) type Range = (f64, f64);

/// A place in the course of the method.
struct Step {
    inverse: [Row; RESOURCES],
    values: Row,
    prices: Row,
}

impl Program {
    pub fn new(items: &[Item], has: Amounts) -> Self {
        let parts = has.map(|has| 1.0 / f64::from(has.max(1)));
        let column = |item: &Item| {
            let mut column = item.needs.map(f64::from);
            for (needs, part) in column.iter_mut().zip(parts) {
                *needs *= part;
            }
            column
        };
        Program {
            columns: items.iter().map(column).collect(),
            gains: items.iter().map(|item| item.worth).collect(),
            parts,
            has: has.map(|has| f64::from(u8::from(has > 0))),
        }
    }

    /// From a basis to the best one within the ranges, as far as the steps reach. How much is taken of
    /// the items that are neither at their fewest nor at their most, and what a unit of each resource
    /// is worth.
    pub fn solve(&self, ranges: &[Range], basis: &mut Basis) -> ([(usize, f64); RESOURCES], Row) {
        let mut step = self.step(ranges, basis);
        for _ in 0..MOST_STEPS {
            let Some(now) = &step else { break };
            let Some((row, falls)) = leaving(ranges, basis, &now.values) else { break };
            let Some(entering) = self.entering(ranges, basis, now, (row, falls)) else { break };
            let left = std::mem::replace(&mut basis.basic[row], entering);
            if left < self.columns.len() {
                basis.full[left] = falls;
            }
            step = self.step(ranges, basis);
        }
        let nothing = || Step { inverse: [[0.0; 4]; 4], values: [0.0; 4], prices: [0.0; 4] };
        let Step { values, prices, .. } = step.unwrap_or_else(nothing);
        let mut taken = [(0, 0.0); RESOURCES];
        for ((taken, item), value) in taken.iter_mut().zip(basis.basic).zip(values) {
            *taken = (item, value);
        }
        let mut each = [0.0; RESOURCES];
        for ((each, price), part) in each.iter_mut().zip(prices).zip(self.parts) {
            *each = price.max(0.0) * part;
        }
        (taken, each)
    }

    fn column(&self, item: usize) -> Row {
        self.columns.get(item).copied().unwrap_or_else(|| {
            let mut slack = [0.0; RESOURCES];
            slack[item - self.columns.len()] = 1.0;
            slack
        })
    }

    fn gain(&self, item: usize) -> f64 {
        self.gains.get(item).copied().unwrap_or(0.0)
    }

    /// Nothing where the basis is none.
    fn step(&self, ranges: &[Range], basis: &Basis) -> Option<Step> {
        let inverse = inverted(basis.basic.map(|item| self.column(item)))?;
        let mut free = self.has;
        for (item, (column, (fewest, most))) in self.columns.iter().zip(ranges).enumerate() {
            let count = if basis.full[item] { *most } else { *fewest };
            if count != 0.0 && !basis.basic.contains(&item) {
                for (free, needs) in free.iter_mut().zip(column) {
                    *free -= needs * count;
                }
            }
        }
        let values = inverse.map(|row| dot(&row, &free));
        let mut prices = [0.0; RESOURCES];
        for (row, item) in inverse.iter().zip(basis.basic) {
            let gain = self.gain(item);
            for (price, value) in prices.iter_mut().zip(row) {
                *price += gain * value;
            }
        }
        Some(Step { inverse, values, prices })
    }

    /// What brings a row back into its range and loses the least for it.
    fn entering(
        &self,
        ranges: &[Range],
        basis: &Basis,
        now: &Step,
        (row, falls): (usize, bool),
    ) -> Option<usize> {
        let along = &now.inverse[row];
        let sign = if falls { 1.0 } else { -1.0 };
        let (mut best, mut least, mut largest) = (None, f64::INFINITY, 0.0);
        let mut look = |item: usize, rate: f64, gain: f64| {
            let lost = gain.abs();
            if lost < least * rate || (lost <= least * rate && rate > largest) {
                (best, least, largest) = (Some(item), lost / rate, rate);
            }
        };
        for (item, (column, (fewest, most))) in self.columns.iter().zip(ranges).enumerate() {
            let up = if basis.full[item] { -sign } else { sign };
            let rate = up * dot(along, column);
            if rate > NEARLY_NOTHING && most > fewest && !basis.basic.contains(&item) {
                look(item, rate, self.gains[item] - dot(&now.prices, column));
            }
        }
        for (resource, value) in along.iter().enumerate() {
            let (item, rate) = (self.columns.len() + resource, sign * value);
            if rate > NEARLY_NOTHING && !basis.basic.contains(&item) {
                look(item, rate, now.prices[resource]);
            }
        }
        best
    }
}

/// The row that is out of its range the farthest, and whether it is above it.
fn leaving(ranges: &[Range], basis: &Basis, values: &Row) -> Option<(usize, bool)> {
    let (mut worst, mut out) = (None, OFF);
    for (row, (item, value)) in basis.basic.iter().zip(values).enumerate() {
        let (fewest, most) = ranges.get(*item).copied().unwrap_or((0.0, f64::INFINITY));
        for (by, falls) in [(fewest - value, false), (value - most, true)] {
            if by > out {
                (worst, out) = (Some((row, falls)), by);
            }
        }
    }
    worst
}

fn dot(one: &Row, other: &Row) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The inverse of the matrix of these columns.
fn inverted(columns: [Row; RESOURCES]) -> Option<[Row; RESOURCES]> {
    let mut rows = [[0.0; 2 * RESOURCES]; RESOURCES];
    for (row, values) in rows.iter_mut().enumerate() {
        for (value, column) in values.iter_mut().zip(&columns) {
            *value = column[row];
        }
        values[RESOURCES + row] = 1.0;
    }
    for at in 0..RESOURCES {
        let largest =
            (at..RESOURCES).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()));
        rows.swap(at, largest?);
        let pivot = rows[at][at];
        if pivot.abs() < NEARLY_NOTHING {
            return None;
        }
        for value in &mut rows[at] {
            *value /= pivot;
        }
        let of_pivot = rows[at];
        for (row, values) in rows.iter_mut().enumerate() {
            let factor = values[at];
            if row != at && factor != 0.0 {
                for (value, one) in values.iter_mut().zip(of_pivot) {
                    *value -= factor * one;
                }
            }
        }
    }
    Some(rows.map(|row| std::array::from_fn(|at| row[RESOURCES + at])))
}
