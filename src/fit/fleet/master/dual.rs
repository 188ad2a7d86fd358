//! From a basis that covers less than is asked to one that covers all: the dual simplex method
//! (Lemke 1954), with the tolerant ratio test of Harris (1973). Columns that would lower the cost
//! cost so much more for the time being that they do not.

use super::{Column, Columns, Master};

/// A value is below nothing from here on.
const BELOW: f64 = -1e-7;
/// What a pivot may not be smaller than.
const SMALLEST: f64 = 1e-7;
/// By so much may a column lower the cost, for a larger pivot.
const TOLERANCE: f64 = 1e-9;

impl Master {
    /// Brings values that are below nothing to nothing or above; false where that does not
    /// succeed.
    pub fn repair(&mut self, columns: &Columns, steps: usize) -> bool {
        let costs: Vec<f64> = self.basis.iter().map(|column| column.cost).collect();
        let mut dual = Dual { reduced: self.all_reduced(columns), extra: Vec::new(), costs };
        dual.extra = dual.reduced.iter().map(|reduced| (-reduced).max(0.0)).collect();
        for reduced in &mut dual.reduced {
            *reduced = reduced.max(0.0);
        }
        let mut repaired = false;
        for _ in 0..steps {
            let Some(leaving) = self.most_below() else {
                repaired = true;
                break;
            };
            if !self.replace(leaving, columns, &mut dual) {
                break;
            }
        }
        for (column, cost) in self.basis.iter_mut().zip(dual.costs) {
            column.cost = cost;
        }
        self.settle();
        repaired
    }

    /// What a column costs beyond what it covers: of all, and of the surplus of each row.
    fn all_reduced(&self, columns: &Columns) -> Vec<f64> {
        let of = |number: usize| columns.all[number].cost - columns.along(number, &self.duals);
        (0..columns.len()).map(of).chain(self.duals.iter().copied()).collect()
    }

    /// The row that is farthest below nothing, measured along the edge (Forrest and Goldfarb 1992).
    fn most_below(&self) -> Option<usize> {
        let below = (0..self.rows).filter(|row| self.values[*row] < BELOW);
        let mut below = below.peekable();
        below.peek()?;
        let squares = self.inverse.squares();
        let far = |row: usize| self.values[row] * self.values[row] / squares[row];
        let each = below.map(|row| (far(row), row));
        each.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, row)| row)
    }

    /// Something else in the place of what is below nothing; false where nothing can be.
    fn replace(&mut self, leaving: usize, columns: &Columns, dual: &mut Dual) -> bool {
        let row = self.inverse.row(leaving);
        let of_columns = (0..columns.len()).map(|number| columns.along(number, &row));
        let along: Vec<f64> = of_columns.chain(row.iter().map(|value| -value)).collect();
        let Some(entering) = dual.entering(&along) else { return false };
        let surplus = entering.checked_sub(columns.len());
        let mut column = surplus.map_or_else(|| columns.all[entering].clone(), Column::surplus);
        let direction = self.direction(&column);
        if direction[leaving] > -SMALLEST / 2.0 {
            return false;
        }
        dual.costs[leaving] = column.cost;
        column.cost += dual.extra[entering];
        self.exchange(leaving, column, &direction);
        dual.update(entering, &along);
        true
    }
}

/// What is kept while the basis is repaired.
struct Dual {
    /// Of all columns and of the surplus of each row, with what they cost more for now.
    reduced: Vec<f64>,
    extra: Vec<f64>,
    /// Of the basis, in truth.
    costs: Vec<f64>,
}

impl Dual {
    /// Of what raises the value of the row, that which costs the least more; of those that are
    /// nearly alike the one that raises it the most.
    fn entering(&self, along: &[f64]) -> Option<usize> {
        let raising = || {
            let all = self.reduced.iter().zip(along).enumerate();
            all.filter(|(_, (_, along))| **along < -SMALLEST)
        };
        let least = raising().map(|(_, (reduced, along))| (reduced + TOLERANCE) / -along);
        let least = least.fold(f64::INFINITY, f64::min);
        let near = raising().filter(|(_, (reduced, along))| *reduced / -**along <= least);
        near.min_by(|a, b| a.1.1.total_cmp(b.1.1).then(a.0.cmp(&b.0))).map(|(place, _)| place)
    }

    fn update(&mut self, entering: usize, along: &[f64]) {
        let step = self.reduced[entering] / along[entering];
        for (place, (reduced, along)) in self.reduced.iter_mut().zip(along).enumerate() {
            let now = *reduced - step * along;
            if now < 0.0 {
                self.extra[place] -= now;
            }
            *reduced = now.max(0.0);
        }
        self.reduced[entering] = 0.0;
    }
}
