//! How many instances of each offer there are, at the least cost that certificates and counts
//! leave: whatever holds all tasks has instances whose contents are worth, at the worths of each
//! certificate, what all tasks are (Benders 1962).
//!
//! It is solved by its dual: how often each certificate is taken, so that no offer's contents are
//! worth more than its price. That is a bound, and is proved as such.

use super::certificate::MOST;
use super::generate::{Certificate, Count, Left, Pool};
use super::master::{Column, Columns, Master};
use super::problem::Problem;

const PIVOTS: usize = 500;
/// Owners of columns from here on are counts.
const COUNTS: usize = usize::MAX / 2;
const NEARLY_NOTHING: f64 = 1e-12;

/// How often what is taken, and what follows.
#[derive(Clone)]
pub(super) struct Answer {
    /// No packing costs less, dollars.
    pub cost: f64,
    /// Certificates by number.
    pub times: Vec<(usize, f64)>,
    /// The worth of each count, those that must be first, dollars.
    pub counts: Vec<f64>,
    /// By place among the offers.
    pub instances: Vec<f64>,
}

impl Answer {
    /// As little of everything as is enough for a bound of so many dollars, and can be counted: any
    /// part of an answer is one.
    pub fn no_more_than(&self, enough: f64) -> Self {
        let largest = self.counts.iter().copied().fold(MOST, f64::max);
        let part = (enough / self.cost).min(MOST / largest).min(1.0);
        let mut answer = self.clone();
        answer.cost *= part;
        for (_, times) in &mut answer.times {
            *times *= part;
        }
        for worth in &mut answer.counts {
            *worth *= part;
        }
        answer
    }
}

pub(super) struct Numbers {
    bins: Vec<usize>,
    copies: Vec<f64>,
    /// Prices, and last that of a thing that does all at once: so that there is an answer always.
    /// In the lowest price.
    demand: Vec<f64>,
    /// The lowest price, dollars.
    unit: f64,
    must: Vec<Count>,
    /// Of the certificates.
    columns: Columns,
}

impl Numbers {
    /// With a bound of no more than so many dollars; nothing where something is free.
    pub fn new(pool: &Pool<'_>, most: f64) -> Option<Self> {
        let problem: &Problem = pool.problem;
        let prices = pool.bins.iter().map(|bin| pool.price(*bin));
        let unit = prices.clone().fold(f64::INFINITY, f64::min);
        (unit > 0.0).then(|| Numbers {
            bins: pool.bins.clone(),
            copies: problem.shapes.iter().map(|shape| f64::from(shape.copies)).collect(),
            demand: prices.chain(std::iter::once(most)).map(|price| -price / unit).collect(),
            unit,
            must: Left::must(problem, problem.fewest()),
            columns: Columns::default(),
        })
    }

    /// Takes in the certificates that are new.
    pub fn learn(&mut self, certificates: &[Certificate]) {
        for (number, one) in certificates.iter().enumerate().skip(self.columns.len()) {
            let all = one.tasks.iter().zip(&self.copies).map(|(worth, copies)| worth * copies);
            let all = all.sum::<f64>() / self.unit;
            let column = self.column(all, |bin| one.at_most[bin] / self.unit, number);
            self.columns.push(column);
        }
    }

    /// How many certificates are known.
    pub fn known(&self) -> usize {
        self.columns.len()
    }

    /// The best within counts, beside those that must be.
    pub fn solved(&mut self, counts: &[Count]) -> Option<(Master, Answer)> {
        let nothing: Vec<Column> = (0..self.demand.len()).map(Column::surplus).collect();
        let master = Master::new(&self.demand, &nothing, &[])?;
        Some(self.improved(master, counts))
    }

    /// The same with one more, from the answer without it.
    pub fn with(&mut self, master: &Master, counts: &[Count]) -> Answer {
        self.improved(master.clone(), counts).1
    }

    /// How many instances of some offers.
    pub fn of(&self, answer: &Answer, offers: &[bool]) -> f64 {
        let each = self.bins.iter().zip(&answer.instances);
        each.filter(|(bin, _)| offers[**bin]).map(|(_, number)| number).sum()
    }

    fn improved(&mut self, mut master: Master, counts: &[Count]) -> (Master, Answer) {
        let known = self.columns.len();
        let all = self.must.iter().chain(counts).enumerate();
        let columns = all.map(|(number, count)| {
            let sign = |bin| count.sign(bin).unwrap_or(0.0);
            self.column(count.demand(), sign, COUNTS + number)
        });
        let columns: Vec<Column> = columns.collect();
        for column in columns {
            self.columns.push(column);
        }
        master.improve(&self.columns, PIVOTS);
        self.columns.truncate(known);
        let mut answer = Answer {
            cost: -master.cost() * self.unit,
            times: Vec::new(),
            counts: vec![0.0; self.must.len() + counts.len()],
            instances: master.duals()[..self.bins.len()].to_vec(),
        };
        for (owner, times) in master.used().filter(|(_, times)| *times > NEARLY_NOTHING) {
            match owner.checked_sub(COUNTS) {
                Some(count) => answer.counts[count] += times * self.unit,
                None => answer.times.push((owner, times)),
            }
        }
        answer.times.sort_by_key(|one| one.0);
        (master, answer)
    }

    /// What is gained by taking it once, and what it takes of each offer's price; the linear program
    /// covers, so that both are turned round.
    fn column(&self, gain: f64, takes: impl Fn(usize) -> f64, owner: usize) -> Column {
        let each = self.bins.iter().enumerate().map(|(row, bin)| (row, -takes(*bin)));
        let mut entries: Vec<(usize, f64)> = each.filter(|(_, takes)| *takes != 0.0).collect();
        entries.push((self.bins.len(), -gain));
        Column { cost: -gain, entries, owner: Some(owner) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_in_part_where_all_of_it_is_more_than_is_needed_or_can_be_counted() {
        let answer = |cost, largest| Answer {
            cost,
            times: vec![(3, 0.5)],
            counts: vec![largest, 1.0],
            instances: Vec::new(),
        };
        let part = |cost, largest, enough| {
            let part = answer(cost, largest).no_more_than(enough);
            (part.cost, part.times[0].1, part.counts)
        };
        assert_eq!(part(2.0, 8.0, 1.0), (1.0, 0.25, vec![4.0, 0.5]));
        assert_eq!(part(2.0, 8.0, 4.0), (2.0, 0.5, vec![8.0, 1.0]));
        assert_eq!(part(2.0, 2.0 * MOST, 2.0), (1.0, 0.25, vec![MOST, 0.5]));
    }
}
