//! Rows of the linear program: tasks that are to be packed, and how many instances of some
//! offers there must or may be.

use super::Found;
use crate::fit::fleet::master::{Column, Master};
use crate::fit::fleet::problem::Problem;
use std::rc::Rc;

/// How many instances of some offers there are.
#[derive(Clone, Debug)]
pub(in crate::fit::fleet) struct Count {
    /// By offer, whether it is one of them.
    pub offers: Rc<[bool]>,
    pub number: u32,
    pub limit: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::fit::fleet) enum Limit {
    AtLeast,
    /// Each one more costs so many dollars, which is never worth it.
    AtMost {
        dear: f64,
    },
}

impl Count {
    pub fn at_least(offers: Rc<[bool]>, number: u32) -> Self {
        Count { offers, number, limit: Limit::AtLeast }
    }

    pub fn at_most(offers: Rc<[bool]>, number: u32, dear: f64) -> Self {
        Count { offers, number, limit: Limit::AtMost { dear } }
    }

    fn has_row(&self) -> bool {
        self.number > 0 || self.limit != Limit::AtLeast
    }

    /// The sign of an instance in its row, where it is one of them.
    pub fn sign(&self, bin: usize) -> Option<f64> {
        self.offers[bin].then_some(if self.limit == Limit::AtLeast { 1.0 } else { -1.0 })
    }

    /// Whether there are at least so many, rather than at most.
    pub fn side(&self) -> (bool, u32) {
        (self.limit == Limit::AtLeast, self.number)
    }

    pub fn demand(&self) -> f64 {
        let number = f64::from(self.number);
        if self.limit == Limit::AtLeast { number } else { -number }
    }
}

/// What is to be packed still.
#[derive(Clone, Debug)]
pub(in crate::fit::fleet) struct Left {
    pub tasks: Vec<u32>,
    /// Those that the problem asks for, before any others.
    pub counts: Vec<Count>,
}

impl Left {
    pub fn all(problem: &Problem) -> Self {
        let tasks = problem.shapes.iter().map(|shape| shape.copies).collect();
        Left { tasks, counts: Self::must(problem, problem.fewest()) }
    }

    /// So many instances that must be, where the problem asks for any.
    pub fn must(problem: &Problem, number: u32) -> Vec<Count> {
        let instances = || problem.bins.iter().map(|bin| bin.instance).collect();
        let count = (problem.fewest() > 0).then(|| Count::at_least(instances(), number));
        count.into_iter().collect()
    }
}

/// What tasks are worth, and each row of a count, in dollars.
#[derive(Clone, Debug, Default)]
pub(in crate::fit::fleet) struct Worth {
    pub tasks: Vec<f64>,
    pub counts: Vec<f64>,
}

impl Worth {
    /// By a part nearer to others.
    pub fn pulled(&self, to: &Worth, part: f64) -> Self {
        let between = |from: &[f64], to: &[f64]| {
            let pairs = from.iter().zip(to.iter().copied().chain(std::iter::repeat(0.0)));
            pairs.map(|(from, to)| from * (1.0 - part) + to * part).collect()
        };
        Worth { tasks: between(&self.tasks, &to.tasks), counts: between(&self.counts, &to.counts) }
    }

    pub fn times(&self, part: f64) -> Self {
        let all = |from: &[f64]| from.iter().map(|one| one * part).collect();
        Worth { tasks: all(&self.tasks), counts: all(&self.counts) }
    }

    /// Of being an instance of an offer.
    pub fn of_offer(&self, bin: usize, counts: &[Count]) -> f64 {
        let each = self.counts.iter().zip(counts);
        each.filter_map(|(worth, count)| Some(worth * count.sign(bin)?)).sum()
    }

    /// Of a content on an offer.
    pub fn of_content(&self, found: &Found, counts: &[Count]) -> f64 {
        let each = found.tasks.iter();
        let tasks: f64 = each.map(|(shape, count)| self.tasks[*shape] * f64::from(*count)).sum();
        tasks + self.of_offer(found.bin, counts)
    }

    /// Of all that is left.
    pub fn of_all(&self, left: &Left) -> f64 {
        let tasks = self.tasks.iter().zip(&left.tasks);
        let counts = self.counts.iter().zip(&left.counts);
        tasks.map(|(worth, left)| worth * f64::from(*left)).sum::<f64>()
            + counts.map(|(worth, count)| worth * count.demand()).sum::<f64>()
    }
}

/// What the linear program's answer is made of, in other words than rows: where a program that is
/// nearly the same begins.
#[derive(Clone, Debug, Default)]
pub(in crate::fit::fleet) struct Used {
    /// How much of each content.
    pub contents: Vec<(usize, f64)>,
    /// Shapes and counts that there is more of than is asked.
    pub spare: Vec<Row>,
}

/// What has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fit::fleet) enum Row {
    Shape(usize),
    Count(usize),
}

/// Which shape and which count has which row.
pub(super) struct Rows {
    pub shapes: Vec<usize>,
    pub of: Vec<Option<usize>>,
    /// By count.
    pub of_count: Vec<Option<usize>>,
    pub count: usize,
}

impl Rows {
    pub fn new(left: &Left) -> Self {
        let shapes: Vec<usize> =
            (0..left.tasks.len()).filter(|shape| left.tasks[*shape] > 0).collect();
        let mut of = vec![None; left.tasks.len()];
        for (row, shape) in shapes.iter().enumerate() {
            of[*shape] = Some(row);
        }
        let mut count = shapes.len();
        let mut of_count = Vec::new();
        for one in &left.counts {
            of_count.push(one.has_row().then_some(count));
            count += usize::from(one.has_row());
        }
        Rows { shapes, of, of_count, count }
    }

    pub fn demand(&self, left: &Left) -> Vec<f64> {
        let tasks = self.shapes.iter().map(|shape| f64::from(left.tasks[*shape]));
        let counts = left.counts.iter().filter(|one| one.has_row()).map(Count::demand);
        tasks.chain(counts).collect()
    }

    pub fn used(&self, master: &Master) -> Used {
        let count = |row| self.of_count.iter().position(|one| *one == Some(row));
        let name = |(row, _)| match self.shapes.get(row) {
            Some(shape) => Some(Row::Shape(*shape)),
            None => count(row).map(Row::Count),
        };
        let spare = master.spare().filter_map(name).collect();
        Used { contents: master.used().collect(), spare }
    }

    /// Columns of what was used before, as many as there are; those first that most depends on.
    pub fn wished(&self, before: &Used, column: impl Fn(usize) -> Option<Column>) -> Vec<Column> {
        let row = |one: &Row| match *one {
            Row::Shape(shape) => self.of[shape],
            Row::Count(count) => self.of_count.get(count).copied().flatten(),
        };
        let spare = before.spare.iter().filter_map(row).map(Column::surplus);
        let mut contents: Vec<(f64, Column)> = before
            .contents
            .iter()
            .filter_map(|(number, value)| Some((*value, column(*number)?)))
            .collect();
        contents.sort_by(|a, b| b.0.total_cmp(&a.0));
        spare.chain(contents.into_iter().map(|(_, column)| column)).collect()
    }

    pub fn worth(&self, master: &Master) -> Worth {
        let dual = |row: &Option<usize>| row.map_or(0.0, |row| master.duals()[row].max(0.0));
        Worth {
            tasks: self.of.iter().map(dual).collect(),
            counts: self.of_count.iter().map(dual).collect(),
        }
    }
}
