//! The linear program over contents of instances: as much of each as covers all tasks at the
//! least cost. Revised simplex with a dense inverse; columns are added as they are found, and a
//! basis is taken over where only the demand has changed.
//!
//! Rows are shapes, each to be covered, and one for the number of instances that must be.

mod dual;
mod inverse;

use inverse::Inverse;

const NEARLY_NOTHING: f64 = 1e-9;
/// How much demands are made uneven.
const UNEVEN: f64 = 1e-8;
/// Pivots after which the inverse is made anew.
const ANEW: usize = 400;
/// Columns among which several are entered before all are looked at again.
const AT_ONCE: usize = 60;

/// What enters: coefficients by row, few of them, and a cost.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub cost: f64,
    pub entries: Vec<(usize, f64)>,
    /// Who asked for it; nothing for what only balances.
    pub owner: Option<usize>,
}

impl Column {
    /// More of a row than is asked.
    pub fn surplus(row: usize) -> Self {
        Column { cost: 0.0, entries: vec![(row, -1.0)], owner: None }
    }

    fn along(&self, row: &[f64]) -> f64 {
        self.entries.iter().map(|(at, value)| row[*at] * value).sum()
    }
}

/// Columns, and what is in them one after the other, so that all are looked through quickly.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    all: Vec<Column>,
    starts: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Columns {
    pub fn push(&mut self, column: Column) {
        self.starts.push(self.rows.len());
        for (row, value) in &column.entries {
            self.rows.push(u32::try_from(*row).expect("fewer rows than tasks"));
            self.values.push(*value);
        }
        self.all.push(column);
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The first ones only.
    pub fn truncate(&mut self, count: usize) {
        let end = self.starts.get(count).copied().unwrap_or(self.rows.len());
        self.all.truncate(count);
        self.starts.truncate(count);
        self.rows.truncate(end);
        self.values.truncate(end);
    }

    fn along(&self, number: usize, row: &[f64]) -> f64 {
        let end = self.starts.get(number + 1).copied().unwrap_or(self.rows.len());
        let entries = self.starts[number]..end;
        let pairs = self.rows[entries.clone()].iter().zip(&self.values[entries]);
        pairs.map(|(at, value)| row[*at as usize] * value).sum()
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(all: I) -> Self {
        let mut columns = Columns::default();
        for column in all {
            columns.push(column);
        }
        columns
    }
}

#[derive(Clone)]
pub(super) struct Master {
    rows: usize,
    demand: Vec<f64>,
    basis: Vec<Column>,
    inverse: Inverse,
    values: Vec<f64>,
    duals: Vec<f64>,
}

impl Master {
    /// Begins with the columns that are wished for, as far as they are independent, and with
    /// those that cover one row each where none of the wished is; some values may be below
    /// nothing (see [`Master::repair`]).
    pub fn new(demand: &[f64], wished: &[Column], covering: &[Column]) -> Option<Self> {
        let rows = demand.len();
        // Each a little more, each differently: else pivots that gain nothing may go round in
        // a ring.
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let more = |row: usize| UNEVEN * (1.0 + ((row * 7_919) % 101) as f64 / 101.0);
        let demand = demand.iter().enumerate().map(|(row, one)| one + more(row)).collect();
        let mut master = Master {
            rows,
            demand,
            basis: (0..rows).map(Column::surplus).collect(),
            inverse: Inverse::identity(rows),
            values: vec![0.0; rows],
            duals: vec![0.0; rows],
        };
        let mut claimed = vec![false; rows];
        for column in wished {
            master.claim(column, &mut claimed);
        }
        for (row, column) in covering.iter().enumerate() {
            if !claimed[row] {
                let direction = master.direction(column);
                if direction[row].abs() > 1e-7 {
                    claimed[row] = true;
                    master.basis[row] = column.clone();
                    master.inverse.exchange(row, &direction);
                }
            }
        }
        claimed.iter().all(|claimed| *claimed).then_some(())?;
        master.settle();
        master.turn_over();
        Some(master)
    }

    /// Where a column that covers one row alone would be less than nothing, surplus takes its
    /// place.
    fn turn_over(&mut self) {
        for row in 0..self.rows {
            let alone = self.basis[row].owner.is_none() && self.basis[row].cost > 0.0;
            if alone && self.values[row] < 0.0 {
                let surplus = Column::surplus(row);
                let direction = self.direction(&surplus);
                if direction[row].abs() > 1e-7 {
                    self.exchange(row, surplus, &direction);
                }
            }
        }
    }

    /// A column into the basis, in the place of a row that none has claimed.
    fn claim(&mut self, column: &Column, claimed: &mut [bool]) {
        let direction = self.direction(column);
        let best = (0..self.rows)
            .filter(|row| !claimed[*row])
            .max_by(|a, b| direction[*a].abs().total_cmp(&direction[*b].abs()).then(b.cmp(a)));
        if let Some(row) = best.filter(|row| direction[*row].abs() > 1e-7) {
            claimed[row] = true;
            self.basis[row] = column.clone();
            self.inverse.exchange(row, &direction);
        }
    }

    fn direction(&self, column: &Column) -> Vec<f64> {
        self.inverse.times(&column.entries)
    }

    /// Anew from the basis: what rounding has piled up is gone.
    fn invert(&mut self) -> Option<()> {
        let basis = std::mem::take(&mut self.basis);
        self.basis = (0..self.rows).map(Column::surplus).collect();
        self.inverse = Inverse::identity(self.rows);
        let mut claimed = vec![false; self.rows];
        for column in &basis {
            self.claim(column, &mut claimed);
        }
        claimed.iter().all(|claimed| *claimed).then_some(())?;
        self.settle();
        Some(())
    }

    /// Values and duals from the inverse.
    fn settle(&mut self) {
        self.values = self.inverse.times_all(&self.demand);
        let costs: Vec<f64> = self.basis.iter().map(|column| column.cost).collect();
        self.duals = self.inverse.row_times(&costs);
    }

    /// What covering one more of a row costs.
    pub fn duals(&self) -> &[f64] {
        &self.duals
    }

    pub fn cost(&self) -> f64 {
        self.basis.iter().zip(&self.values).map(|(column, value)| column.cost * value).sum()
    }

    /// The rows that have more than is asked, and how much.
    pub fn spare(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let pairs = self.basis.iter().zip(&self.values);
        pairs.filter_map(|(column, value)| match column.entries[..] {
            [(row, along)] if along < 0.0 && column.owner.is_none() => Some((row, *value)),
            _ => None,
        })
    }

    /// How much of each column is used.
    pub fn used(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let pairs = self.basis.iter().zip(&self.values);
        pairs.filter_map(|(column, value)| Some((column.owner?, *value)))
    }

    fn reduced(&self, column: &Column) -> f64 {
        column.cost - column.along(&self.duals)
    }

    /// Brings in whichever of the columns, or surplus, lowers the cost, until none does.
    pub fn improve(&mut self, columns: &Columns, steps: usize) {
        let mut step = 0;
        loop {
            let mut best: Vec<(f64, usize)> = (0..columns.len())
                .map(|number| (self.part_saved(columns, number), number))
                .filter(|(saved, _)| *saved > NEARLY_NOTHING)
                .collect();
            best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            best.truncate(AT_ONCE);
            let before = step;
            while let Some(entering) = self.entering(columns, &best) {
                if step >= steps || !self.enter(entering) {
                    return;
                }
                step += 1;
                if step % ANEW == 0 && self.invert().is_none() {
                    return;
                }
            }
            if step == before {
                return;
            }
        }
    }

    /// Of what a column costs, the part that the cost falls by.
    fn part_saved(&self, columns: &Columns, number: usize) -> f64 {
        let cost = columns.all[number].cost;
        (columns.along(number, &self.duals) - cost) / cost.abs()
    }

    /// Surplus, or of some columns the one that saves the most.
    fn entering(&self, columns: &Columns, some: &[(f64, usize)]) -> Option<Column> {
        let surplus = (0..self.rows)
            .filter(|row| self.duals[*row] < -NEARLY_NOTHING)
            .min_by(|a, b| self.duals[*a].total_cmp(&self.duals[*b]));
        if let Some(row) = surplus {
            return Some(Column::surplus(row));
        }
        let saved = some.iter().map(|(_, number)| (self.part_saved(columns, *number), *number));
        let best = saved.filter(|(saved, _)| *saved > NEARLY_NOTHING);
        let (_, number) = best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        Some(columns.all[number].clone())
    }

    /// One pivot; false where nothing limits it or rounding is in the way.
    fn enter(&mut self, column: Column) -> bool {
        let direction = self.direction(&column);
        let ratio = |row: usize| self.values[row].max(0.0) / direction[row];
        let leaving = (0..self.rows).filter(|row| direction[*row] > 1e-7).min_by(|a, b| {
            ratio(*a).total_cmp(&ratio(*b)).then(direction[*b].total_cmp(&direction[*a]))
        });
        let Some(leaving) = leaving else { return false };
        self.exchange(leaving, column, &direction);
        true
    }

    fn exchange(&mut self, leaving: usize, column: Column, direction: &[f64]) {
        let length = self.values[leaving] / direction[leaving];
        let reduced = self.reduced(&column);
        self.inverse.exchange(leaving, direction);
        for (value, factor) in self.values.iter_mut().zip(direction) {
            *value -= factor * length;
        }
        self.values[leaving] = length;
        for (dual, value) in self.duals.iter_mut().zip(self.inverse.row(leaving)) {
            *dual += reduced * value;
        }
        self.basis[leaving] = column;
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
mod tests;
