//! The inverse of a basis, dense, column by column: what a few rows ask for is the sum of a few
//! columns.

use super::{dot, subtract};

#[derive(Clone, Debug)]
pub(super) struct Inverse {
    size: usize,
    values: Vec<f64>,
}

impl Inverse {
    pub fn identity(size: usize) -> Self {
        let mut values = vec![0.0; size * size];
        values.iter_mut().step_by(size + 1).for_each(|value| *value = 1.0);
        Inverse { size, values }
    }

    fn column(&self, at: usize) -> &[f64] {
        &self.values[at * self.size..(at + 1) * self.size]
    }

    fn columns(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.size.max(1))
    }

    /// Times a column of a few entries.
    pub fn times(&self, entries: &[(usize, f64)]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for (at, value) in entries {
            subtract(&mut product, self.column(*at), -value);
        }
        product
    }

    /// Times a whole column.
    pub fn times_all(&self, all: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for (column, value) in self.columns().zip(all) {
            subtract(&mut product, column, -value);
        }
        product
    }

    /// A row times it.
    pub fn row_times(&self, row: &[f64]) -> Vec<f64> {
        self.columns().map(|column| dot(row, column)).collect()
    }

    pub fn row(&self, at: usize) -> Vec<f64> {
        self.columns().map(|column| column[at]).collect()
    }

    /// Of each row the sum of its squares.
    pub fn squares(&self) -> Vec<f64> {
        let mut squares = vec![0.0; self.size];
        for column in self.columns() {
            for (sum, value) in squares.iter_mut().zip(column) {
                *sum += value * value;
            }
        }
        squares
    }

    /// With another column in the basis, whose product is the direction, in the place of the
    /// pivot's.
    pub fn exchange(&mut self, pivot: usize, direction: &[f64]) {
        for column in self.values.chunks_exact_mut(self.size.max(1)) {
            let value = column[pivot];
            if value != 0.0 {
                let value = value / direction[pivot];
                subtract(column, direction, value);
                column[pivot] = value;
            }
        }
    }
}
