//! The linear program over contents of instances: as much of each as covers all tasks at the
//! least cost. Revised simplex with a dense inverse; columns are added as they are found.
//!
//! Rows are shapes, each to be covered, and a last one for the number of instances.

const NEARLY_NOTHING: f64 = 1e-9;

/// What enters: coefficients by row, few of them, and a cost.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub cost: f64,
    pub entries: Vec<(usize, f64)>,
    /// Who asked for it; nothing for what only balances.
    pub owner: Option<usize>,
}

pub(super) struct Master {
    rows: usize,
    demand: Vec<f64>,
    basis: Vec<Column>,
    /// Row by row.
    inverse: Vec<Vec<f64>>,
    values: Vec<f64>,
    duals: Vec<f64>,
}

impl Master {
    /// Begins with a basis that covers everything: a column for each row, whose entry in that
    /// row alone counts among the first rows.
    pub fn new(demand: Vec<f64>, basis: Vec<Column>) -> Option<Self> {
        let rows = demand.len();
        let mut master = Master {
            rows,
            demand,
            basis,
            inverse: Vec::new(),
            values: vec![0.0; rows],
            duals: vec![0.0; rows],
        };
        master.invert()?;
        master.price();
        Some(master)
    }

    /// Anew from the basis: what rounding has piled up is gone.
    fn invert(&mut self) -> Option<()> {
        let rows = self.rows;
        let mut left = vec![vec![0.0; rows]; rows];
        for (column, entry) in self.basis.iter().enumerate() {
            for (row, value) in &entry.entries {
                left[*row][column] = *value;
            }
        }
        let mut right: Vec<Vec<f64>> = (0..rows)
            .map(|row| (0..rows).map(|column| f64::from(u8::from(row == column))).collect())
            .collect();
        for pivot in 0..rows {
            let best = (pivot..rows)
                .max_by(|a, b| left[*a][pivot].abs().total_cmp(&left[*b][pivot].abs()))?;
            if left[best][pivot].abs() < 1e-12 {
                return None;
            }
            left.swap(pivot, best);
            right.swap(pivot, best);
            let scale = left[pivot][pivot];
            for value in left[pivot].iter_mut().chain(right[pivot].iter_mut()) {
                *value /= scale;
            }
            let (of_left, of_right) = (left[pivot].clone(), right[pivot].clone());
            for row in (0..rows).filter(|row| *row != pivot) {
                let factor = left[row][pivot];
                if factor != 0.0 {
                    subtract(&mut left[row], &of_left, factor);
                    subtract(&mut right[row], &of_right, factor);
                }
            }
        }
        self.inverse = right;
        self.values = self.inverse.iter().map(|row| dot(row, &self.demand)).collect();
        Some(())
    }

    fn price(&mut self) {
        self.duals.fill(0.0);
        for (row, column) in self.inverse.iter().zip(&self.basis) {
            if column.cost != 0.0 {
                for (dual, value) in self.duals.iter_mut().zip(row) {
                    *dual += column.cost * value;
                }
            }
        }
    }

    /// What covering one more of a row costs.
    pub fn duals(&self) -> &[f64] {
        &self.duals
    }

    #[cfg(test)]
    fn cost(&self) -> f64 {
        self.basis.iter().zip(&self.values).map(|(column, value)| column.cost * value).sum()
    }

    /// How much of each column is used.
    pub fn used(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let pairs = self.basis.iter().zip(&self.values);
        pairs.filter_map(|(column, value)| Some((column.owner?, *value)))
    }

    fn reduced(&self, column: &Column) -> f64 {
        let covers: f64 = column.entries.iter().map(|(row, value)| self.duals[*row] * value).sum();
        column.cost - covers
    }

    /// Brings in whichever of the columns, or surplus, lowers the cost, until none does.
    pub fn improve(&mut self, columns: &[Column], steps: usize) {
        for step in 0..steps {
            let surplus = (0..self.rows)
                .filter(|row| self.duals[*row] < -NEARLY_NOTHING)
                .min_by(|a, b| self.duals[*a].total_cmp(&self.duals[*b]));
            let entering = if let Some(row) = surplus {
                Column { cost: 0.0, entries: vec![(row, -1.0)], owner: None }
            } else {
                let best = columns
                    .iter()
                    .map(|column| (self.reduced(column) / column.cost, column))
                    .filter(|(reduced, _)| *reduced < -NEARLY_NOTHING)
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                let Some((_, column)) = best else { return };
                column.clone()
            };
            if !self.enter(entering) {
                return;
            }
            if step % 100 == 99 && self.invert().is_none() {
                return;
            }
            self.price();
        }
    }

    /// One pivot; false where nothing limits it or rounding is in the way.
    fn enter(&mut self, column: Column) -> bool {
        let direction: Vec<f64> = self
            .inverse
            .iter()
            .map(|row| column.entries.iter().map(|(at, value)| row[*at] * value).sum())
            .collect();
        let ratio = |row: usize| self.values[row].max(0.0) / direction[row];
        let leaving = (0..self.rows).filter(|row| direction[*row] > 1e-7).min_by(|a, b| {
            ratio(*a).total_cmp(&ratio(*b)).then(direction[*b].total_cmp(&direction[*a]))
        });
        let Some(leaving) = leaving else { return false };
        let length = ratio(leaving);
        let pivot = direction[leaving];
        for value in &mut self.inverse[leaving] {
            *value /= pivot;
        }
        let of_pivot = self.inverse[leaving].clone();
        for (row, factor) in direction.iter().enumerate().filter(|(row, _)| *row != leaving) {
            if factor.abs() > 1e-14 {
                subtract(&mut self.inverse[row], &of_pivot, *factor);
                self.values[row] -= factor * length;
            }
        }
        self.values[leaving] = length;
        self.basis[leaving] = column;
        true
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn subtract(from: &mut [f64], what: &[f64], times: f64) {
    for (from, what) in from.iter_mut().zip(what) {
        *from -= what * times;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_program_has_its_known_answer() {
        // Cover 3 and 4: columns of (1, 0) and (0, 1) at 2 each, (1, 1) at 3.
        let unit = |row: usize| Column { cost: 2.0, entries: vec![(row, 1.0)], owner: Some(row) };
        let mut master = Master::new(vec![3.0, 4.0], vec![unit(0), unit(1)]).unwrap();
        assert!((master.cost() - 14.0).abs() < 1e-9);
        let both = Column { cost: 3.0, entries: vec![(0, 1.0), (1, 1.0)], owner: Some(2) };
        master.improve(&[unit(0), unit(1), both], 100);
        // Three of both and one of the second.
        assert!((master.cost() - 11.0).abs() < 1e-9);
        assert!((master.duals()[0] - 1.0).abs() < 1e-9 && (master.duals()[1] - 2.0).abs() < 1e-9);
        let mut used: Vec<(usize, f64)> = master.used().collect();
        used.sort_by_key(|one| one.0);
        assert_eq!(used.iter().map(|one| one.0).collect::<Vec<_>>(), [1, 2]);
        // A column that covers more than is asked leaves surplus.
        let large = Column { cost: 1.0, entries: vec![(0, 5.0), (1, 1.0)], owner: Some(3) };
        master.improve(&[large], 100);
        assert!((master.cost() - 4.0).abs() < 1e-9);
    }
}
