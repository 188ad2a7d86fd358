//! Column generation (Gilmore and Gomory 1961): contents of instances are found one after the
//! other, each the one that the linear program over those known so far asks for, until no offer
//! has a content that is worth more than its price.

mod ask;
mod rows;

pub(super) use ask::Certificate;
pub(super) use rows::{Count, Left, Used, Worth};

use super::bound::{Bound, Cuts, TaskWorth};
use super::dominance::dominating;
use super::knapsack::{Depth, Grid, Knapsack, Offered};
use super::master::{Column, Columns, Master};
use super::problem::{Packing, Problem};
use rows::{Limit, Rows};
use std::collections::BTreeMap;

/// Pivots of the linear program at a time, for each of its rows.
const PIVOTS: usize = 50;
/// How hard contents are looked for: at first, and where none was found with less.
pub(super) const DEPTHS: [Depth; 3] = [
    Depth { steps: 1_000, halves: 20 },
    Depth { steps: 4_000, halves: 400 },
    Depth { steps: 40_000, halves: 8_000 },
];
/// Contents that are kept for the dive, by shape.
pub(super) const KEPT: usize = 5;
/// It is not looked harder where the bound is within this part.
const NEAR: f64 = 1e-3;
/// A content is worth its column where it is worth so much more than the price.
const WORTH_MORE: f64 = 1.0 + 1e-7;
/// A content on an offer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub bin: usize,
    pub tasks: Vec<(usize, u32)>,
}

/// Contents that are known, and the offers that are worth looking at.
pub(super) struct Pool<'p> {
    pub problem: &'p Problem,
    pub bins: Vec<usize>,
    /// By offer, which of them is as large and no dearer.
    dominating: Vec<usize>,
    /// What each of them may hold.
    offered: Vec<Offered>,
    pub found: Vec<Found>,
    kept: Vec<bool>,
    /// What was proved on the way of offers, whatever their numbers.
    pub proved: Vec<Certificate>,
    /// Numbers of the contents.
    seen: BTreeMap<(usize, Vec<(usize, u32)>), usize>,
}

/// The linear program's answer for what is left.
pub(super) struct Relaxed {
    pub used: Used,
    /// Of a task, by shape, and of the counts.
    pub worth: Worth,
    /// All of what is used, dollars.
    pub cost: f64,
    /// What the bound by these is at the least, dollars; and the worths that prove it.
    pub proved: Option<(f64, Worth)>,
}

impl Relaxed {
    /// Does being one of the instances that must be cost anything? Then what tasks are worth does
    /// not say how to pack them.
    pub fn instances_matter(&self) -> bool {
        self.worth.counts.iter().any(|worth| *worth > 0.0)
    }
}

impl<'p> Pool<'p> {
    pub fn new(problem: &'p Problem, first: &Packing) -> Self {
        let dominating = dominating(problem);
        let bins: Vec<usize> =
            (0..dominating.len()).filter(|bin| dominating[*bin] == *bin).collect();
        let mut pool = Pool {
            problem,
            offered: bins.iter().map(|bin| Offered::new(problem, *bin)).collect(),
            bins,
            dominating,
            found: Vec::new(),
            kept: Vec::new(),
            proved: Vec::new(),
            seen: BTreeMap::new(),
        };
        for pattern in first.patterns.iter().filter(|pattern| !pattern.tasks.is_empty()) {
            pool.add(pattern.bin, pattern.tasks.clone());
        }
        pool
    }

    /// A content's number; nothing where it is looked at already.
    pub fn add(&mut self, bin: usize, tasks: Vec<(usize, u32)>) -> Option<usize> {
        let number = self.number(bin, tasks);
        let there = std::mem::replace(&mut self.kept[number], true);
        (!there).then_some(number)
    }

    fn number(&mut self, bin: usize, tasks: Vec<(usize, u32)>) -> usize {
        let next = self.found.len();
        let number = *self.seen.entry((bin, tasks.clone())).or_insert(next);
        if number == next {
            self.found.push(Found { bin, tasks });
            self.kept.push(false);
        }
        number
    }

    pub fn price(&self, bin: usize) -> f64 {
        dollars(self.problem.bins[bin].price.as_pico())
    }

    /// Solves for what is left, beginning with what was used before, in so many
    /// rounds of looking for contents; with a proof only if it is asked for.
    pub fn solved(&mut self, left: &Left, before: &Used, effort: &Rounds<'_>) -> Option<Relaxed> {
        let rows = Rows::new(left);
        let covering = self.covering(left, &rows)?;
        let demand = rows.demand(left);
        let mut columns = self.columns(left, &rows);
        let wished = rows.wished(before, |number| self.column(number, left, &rows));
        let mut master = Master::new(&demand, &wished, &covering)
            .filter(|_| !before.contents.is_empty())
            .and_then(|mut master| master.repair(&columns, 2 * rows.count).then_some(master))
            .or_else(|| Master::new(&demand, &[], &covering))?;
        master.improve(&columns, PIVOTS * rows.count);
        let mut proved = effort.center.cloned();
        let mut grid = if effort.exact && effort.depths.len() > 1 {
            Grid::new(self.problem, &self.bins)
        } else {
            None
        };
        let (mut level, mut pull) = (0, effort.pull);
        let mut cost = master.cost();
        for _ in 0..effort.rounds {
            let worth = rows.worth(&master);
            let asked_at = match &proved {
                Some((_, center)) => worth.pulled(center, pull),
                None => worth.clone(),
            };
            let asked = self.asked([&asked_at, &worth], left, effort.depths[level], grid.as_mut());
            if effort.exact {
                self.better_proof(&mut proved, &asked_at, &asked, left);
                self.proved.extend(self.certificate(&asked_at, &asked));
            }
            let known = columns.len();
            for (bin, content) in asked.contents {
                let found = Found { bin, tasks: content.tasks };
                if worth.of_content(&found, &left.counts) <= self.price(bin) * WORTH_MORE {
                    continue;
                }
                let number = self.add(bin, found.tasks);
                if let Some(column) = number.and_then(|one| self.column(one, left, &rows)) {
                    columns.push(column);
                }
            }
            let closed = effort.exact
                && proved.as_ref().is_some_and(|(bound, _)| {
                    *bound >= effort.enough || *bound >= master.cost() * (1.0 - effort.close)
                });
            if columns.len() > known {
                master.improve(&columns, PIVOTS * rows.count);
                pull = effort.pull;
            } else if pull > 0.0 && proved.is_some() {
                pull = if pull > 0.3 { pull - 0.3 } else { 0.0 };
            } else if level + 1 < effort.depths.len() && !near(proved.as_ref(), master.cost()) {
                level += 1;
                pull = effort.pull;
            } else {
                break;
            }
            let before = std::mem::replace(&mut cost, master.cost());
            let stalls = columns.len() > known && before - cost < (effort.gain)();
            if closed || stalls || (effort.stop)() {
                break;
            }
        }
        let worth = rows.worth(&master);
        Some(Relaxed { cost: master.cost(), used: rows.used(&master), worth, proved })
    }

    fn columns(&self, left: &Left, rows: &Rows) -> Columns {
        let kept = (0..self.found.len()).filter(|number| self.kept[*number]);
        kept.filter_map(|number| self.column(number, left, rows)).collect()
    }

    /// Looks no longer at contents that are far from worth their price, but for so many by shape.
    pub fn forget(&mut self, worth: &Worth, counts: &[Count], many: usize) {
        let part = |found: &Found| worth.of_content(found, counts) / self.price(found.bin);
        let parts: Vec<f64> = self.found.iter().map(part).collect();
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by(|a, b| parts[*b].total_cmp(&parts[*a]).then(a.cmp(b)));
        self.kept.fill(false);
        for number in order.into_iter().take(many * self.problem.shapes.len()) {
            self.kept[number] = true;
        }
    }

    /// A content as far as there are tasks for it; nothing where there are none.
    fn column(&self, number: usize, left: &Left, rows: &Rows) -> Option<Column> {
        let Found { bin, tasks } = &self.found[number];
        let mut entries: Vec<(usize, f64)> = tasks
            .iter()
            .filter_map(|(shape, count)| {
                let row = rows.of[*shape]?;
                Some((row, f64::from((*count).min(left.tasks[*shape]))))
            })
            .collect();
        if entries.is_empty() {
            return None;
        }
        let counts = rows.of_count.iter().zip(&left.counts);
        entries.extend(counts.filter_map(|(row, count)| Some(((*row)?, count.sign(*bin)?))));
        Some(Column { cost: self.price(*bin), entries, owner: Some(number) })
    }

    /// For each row a column that covers it.
    fn covering(&mut self, left: &Left, rows: &Rows) -> Option<Vec<Column>> {
        let mut all = Vec::new();
        for shape in &rows.shapes {
            let (bin, count) = self.alone(*shape, left)?;
            let number = self.number(bin, vec![(*shape, count)]);
            all.push(self.column(number, left, rows)?);
        }
        for (row, count) in rows.of_count.iter().zip(&left.counts) {
            let Some(row) = *row else { continue };
            let cost = match count.limit {
                Limit::AtMost { dear } => dear,
                Limit::AtLeast => {
                    let of = (0..self.problem.bins.len()).filter(|bin| count.offers[*bin]);
                    let price = |bin: &usize| self.problem.bins[*bin].price.as_pico();
                    self.price(of.min_by_key(price)?)
                }
            };
            all.push(Column { cost, entries: vec![(row, 1.0)], owner: None });
        }
        Some(all)
    }

    /// The cheapest offer for many of one shape, and how many it takes.
    fn alone(&self, shape: usize, left: &Left) -> Option<(usize, u32)> {
        let most = |bin: usize| self.problem.most(shape, bin).min(left.tasks[shape]);
        let each = |bin: usize| self.price(bin) / f64::from(most(bin));
        let best = self.bins.iter().copied().filter(|bin| most(*bin) > 0);
        let best = best.min_by(|a, b| each(*a).total_cmp(&each(*b)))?;
        Some((best, most(best)))
    }

    /// The bound in whole numbers, with what helps to check it.
    pub fn bound(&self, worth: &Worth) -> Bound {
        let problem = self.problem;
        let counts = Left::must(problem, problem.fewest());
        let limit = |bin| self.price(bin) - worth.of_offer(bin, &counts);
        TaskWorth::rounded(worth, self.cuts(&worth.tasks, limit)).bound(problem)
    }

    /// By offer, why none of its contents is worth more than a limit.
    pub fn cuts(&self, worth: &[f64], limit: impl Fn(usize) -> f64) -> Vec<Cuts> {
        let problem = self.problem;
        let copies = Left::all(problem).tasks;
        let cut = |bin| Knapsack::new(problem, bin, worth, &copies).cuts(limit(bin));
        (0..problem.bins.len()).map(cut).collect()
    }
}

/// Is the bound so near that it is not worth looking harder?
fn near(proved: Option<&(f64, Worth)>, cost: f64) -> bool {
    proved.is_some_and(|(bound, _)| *bound >= cost * (1.0 - NEAR))
}

/// How hard to look.
pub(super) struct Rounds<'s> {
    pub rounds: usize,
    /// The next where none was found with less.
    pub depths: &'s [Depth],
    /// With a proof.
    pub exact: bool,
    /// A bound known before, and worths that are near the best.
    pub center: Option<&'s (f64, Worth)>,
    /// How near to these worths contents are asked for, from nothing to one.
    pub pull: f64,
    /// Dollars that a round must save at the least, to go on.
    pub gain: &'s dyn Fn() -> f64,
    /// The bound is near enough to the linear program's answer within this part.
    pub close: f64,
    /// A bound of so many dollars needs not be higher.
    pub enough: f64,
    pub stop: &'s dyn Fn() -> bool,
}

/// Pico-dollars as dollars: so that what is nearly nothing is that in every row.
#[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
pub(super) const fn dollars(pico: u64) -> f64 {
    pico as f64 / 1e12
}
