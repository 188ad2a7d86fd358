//! Column generation (Gilmore and Gomory 1961): contents of instances are found one after the
//! other, each the one that the linear program over those known so far asks for, until no offer
//! has a content that is worth more than its price.

use super::bound::{Bound, TaskWorth};
use super::dominance::undominated;
use super::knapsack::{Best, Content, Cut, Grid, Knapsack};
use super::master::{Column, Master};
use super::problem::{Packing, Problem};

/// Pivots of the linear program at a time, for each of its rows.
const PIVOTS: usize = 50;
/// Nodes of the search for one content: at first, and where none was found with fewer.
const STEPS: [usize; 3] = [1_000, 20_000, 400_000];
/// Contents that are kept for the dive, by shape.
const KEPT: usize = 5;
/// It is not looked harder where the bound is within this part.
const NEAR: f64 = 1e-3;
/// So many offers are looked at closely at a time, the others with a part of the steps.
const CLOSELY: usize = 8;
const LESS: usize = 8;
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
    pub found: Vec<Found>,
    kept: Vec<bool>,
    seen: std::collections::BTreeSet<(usize, Vec<(usize, u32)>)>,
}

/// The linear program's answer for what is left.
pub(super) struct Relaxed {
    /// How much of each content.
    pub used: Vec<(usize, f64)>,
    /// Of a task, by shape, and of being an instance, dollars.
    pub worth: Vec<f64>,
    pub instance: f64,
    /// All of what is used, dollars.
    pub cost: f64,
    /// What the bound by these is at the least, dollars; and the worths that prove it.
    pub proved: Option<(f64, Worth)>,
}

/// What tasks and instances are worth, in dollars.
#[derive(Clone, Debug, Default)]
pub(super) struct Worth {
    pub tasks: Vec<f64>,
    pub instance: f64,
}

impl Worth {
    /// By a part nearer to others.
    fn pulled(&self, to: &Worth, part: f64) -> Self {
        let between = |from: f64, to: f64| from * (1.0 - part) + to * part;
        let pairs = self.tasks.iter().zip(&to.tasks);
        Worth {
            tasks: pairs.map(|(from, to)| between(*from, *to)).collect(),
            instance: between(self.instance, to.instance),
        }
    }
}

/// What is to be packed still.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub tasks: Vec<u32>,
    pub instances: u32,
}

impl Left {
    pub fn all(problem: &Problem) -> Self {
        let tasks = problem.shapes.iter().map(|shape| shape.copies).collect();
        Left { tasks, instances: problem.fewest() }
    }
}

impl<'p> Pool<'p> {
    pub fn new(problem: &'p Problem, first: &Packing) -> Self {
        let mut pool = Pool {
            problem,
            bins: undominated(problem),
            found: Vec::new(),
            kept: Vec::new(),
            seen: std::collections::BTreeSet::new(),
        };
        for pattern in first.patterns.iter().filter(|pattern| !pattern.tasks.is_empty()) {
            pool.add(pattern.bin, pattern.tasks.clone());
        }
        pool
    }

    /// A content's number; nothing where it is known already.
    pub fn add(&mut self, bin: usize, tasks: Vec<(usize, u32)>) -> Option<usize> {
        self.seen.insert((bin, tasks.clone())).then(|| {
            self.found.push(Found { bin, tasks });
            self.kept.push(true);
            self.found.len() - 1
        })
    }

    pub fn price(&self, bin: usize) -> f64 {
        dollars(self.problem.bins[bin].price.as_pico())
    }

    /// Solves for what is left, beginning with the contents that were used before, in so many
    /// rounds of looking for contents; with a proof only if it is asked for.
    pub fn solved(
        &mut self,
        left: &Left,
        before: &[(usize, f64)],
        effort: &Rounds<'_>,
    ) -> Option<Relaxed> {
        let rows = Rows::new(left);
        let covering = self.covering(left, &rows)?;
        let demand = rows.demand(left);
        let mut columns = self.columns(left, &rows);
        let mut wished: Vec<(f64, Column)> = before
            .iter()
            .filter_map(|(number, value)| Some((*value, self.column(*number, left, &rows)?)))
            .collect();
        wished.sort_by(|a, b| b.0.total_cmp(&a.0));
        let wished: Vec<Column> = wished.into_iter().map(|(_, column)| column).collect();
        let mut master = Master::new(&demand, &wished, &covering)
            .filter(|_| !wished.is_empty())
            .and_then(|mut master| master.repair(&columns, 2 * rows.count()).then_some(master))
            .or_else(|| Master::new(&demand, &[], &covering))?;
        master.improve(&columns, PIVOTS * rows.count());
        let mut proved = effort.center.cloned();
        let mut grid = if effort.exact && effort.levels > 1 {
            Grid::new(self.problem, &self.bins)
        } else {
            None
        };
        let (mut level, mut pull) = (0, effort.pull);
        let mut cost = master.cost();
        for _ in 0..effort.rounds {
            let worth = rows.worth(&master, self.problem.shapes.len());
            let asked_at = match &proved {
                Some((_, center)) => worth.pulled(center, pull),
                None => worth.clone(),
            };
            let asked = self.asked([&asked_at, &worth], left, STEPS[level], grid.as_mut());
            if effort.exact {
                self.better_proof(&mut proved, &asked_at, &asked, left);
            }
            let known = columns.len();
            for (bin, content) in asked.contents {
                if self.gain(bin, &content.tasks, &worth) <= self.price(bin) * WORTH_MORE {
                    continue;
                }
                let column =
                    self.add(bin, content.tasks).and_then(|one| self.column(one, left, &rows));
                columns.extend(column);
            }
            let closed = effort.exact
                && proved
                    .as_ref()
                    .is_some_and(|(bound, _)| *bound >= master.cost() * (1.0 - effort.close));
            if columns.len() > known {
                master.improve(&columns, PIVOTS * rows.count());
                pull = effort.pull;
            } else if pull > 0.0 && proved.is_some() {
                pull = if pull > 0.3 { pull - 0.3 } else { 0.0 };
            } else if level + 1 < effort.levels && !near(proved.as_ref(), master.cost()) {
                level += 1;
                pull = effort.pull;
            } else {
                break;
            }
            let before = std::mem::replace(&mut cost, master.cost());
            let stalls = columns.len() > known && before - cost < effort.gain;
            if closed || stalls || (effort.stop)() {
                break;
            }
        }
        let worth = rows.worth(&master, self.problem.shapes.len());
        Some(Relaxed {
            cost: master.cost(),
            used: master.used().collect(),
            worth: worth.tasks,
            instance: worth.instance,
            proved,
        })
    }

    fn columns(&self, left: &Left, rows: &Rows) -> Vec<Column> {
        let kept = (0..self.found.len()).filter(|number| self.kept[*number]);
        kept.filter_map(|number| self.column(number, left, rows)).collect()
    }

    /// Looks no longer at contents that are far from worth their price, but for some.
    pub fn forget(&mut self, relaxed: &Relaxed) {
        let worth = Worth { tasks: relaxed.worth.clone(), instance: relaxed.instance };
        let part =
            |found: &Found| self.gain(found.bin, &found.tasks, &worth) / self.price(found.bin);
        let parts: Vec<f64> = self.found.iter().map(part).collect();
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by(|a, b| parts[*b].total_cmp(&parts[*a]).then(a.cmp(b)));
        for number in order.into_iter().skip(KEPT * self.problem.shapes.len()) {
            self.kept[number] = false;
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
        if let Some(row) = rows.instances.filter(|_| self.problem.bins[*bin].instance) {
            entries.push((row, 1.0));
        }
        Some(Column { cost: self.price(*bin), entries, owner: Some(number) })
    }

    /// For each row a column that covers it.
    fn covering(&mut self, left: &Left, rows: &Rows) -> Option<Vec<Column>> {
        let mut all = Vec::new();
        for shape in &rows.shapes {
            let (bin, count) = self.alone(*shape, left)?;
            self.add(bin, vec![(*shape, count)]);
            let number = self
                .found
                .iter()
                .position(|found| found.bin == bin && found.tasks == [(*shape, count)])?;
            all.push(self.column(number, left, rows)?);
        }
        if let Some(row) = rows.instances {
            let instances = (0..self.problem.bins.len()).filter(|b| self.problem.bins[*b].instance);
            let cheapest = instances.min_by_key(|bin| self.problem.bins[*bin].price.as_pico())?;
            let cost = self.price(cheapest);
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

    /// Contents that are worth more than their price, and of every offer what none is worth
    /// more than.
    fn asked(
        &self,
        [worth, judge]: [&Worth; 2],
        left: &Left,
        steps: usize,
        mut grid: Option<&mut Grid<'p>>,
    ) -> Asked {
        if let Some(grid) = grid.as_deref_mut() {
            grid.set(&worth.tasks);
        }
        // Those first of which the most may be expected for the price.
        let mut offers: Vec<(f64, usize, Knapsack<'_>, Cut)> = Vec::new();
        for bin in self.bins.iter().copied() {
            let knapsack =
                Knapsack::judged(self.problem, bin, &worth.tasks, &judge.tasks, &left.tasks);
            let cut = knapsack.relaxed();
            let part = (cut.at_most + self.instance_worth(bin, worth)) / self.price(bin);
            offers.push((part, bin, knapsack, cut));
        }
        offers.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut asked = Asked { contents: Vec::new(), at_most: Vec::new() };
        for (place, (_, bin, knapsack, cut)) in offers.into_iter().enumerate() {
            let steps = if place < CLOSELY { steps } else { steps / LESS };
            let prices = [worth, judge].map(|by| self.price(bin) - self.instance_worth(bin, by));
            let on_grid = grid.as_deref().and_then(|grid| grid.best(bin));
            let exact = on_grid.as_ref().is_some_and(|one| fits(self.problem, bin, one, left));
            let limit = on_grid.as_ref().map_or(f64::INFINITY, |one| one.worth * (1.0 + 1e-12));
            let mut best = match on_grid {
                Some(content) if exact => Best { content, ..Best::default() },
                _ => knapsack.best(&cut, prices, steps),
            };
            best.at_most = best.at_most.min(limit);
            asked.at_most.push((bin, best.at_most));
            asked.contents.push((bin, best.content));
            asked.contents.extend(best.judged.into_iter().map(|content| (bin, content)));
        }
        asked
    }

    /// What a content is worth on an offer.
    fn gain(&self, bin: usize, tasks: &[(usize, u32)], worth: &Worth) -> f64 {
        let tasks = tasks.iter().map(|(shape, count)| worth.tasks[*shape] * f64::from(*count));
        tasks.sum::<f64>() + self.instance_worth(bin, worth)
    }

    fn instance_worth(&self, bin: usize, worth: &Worth) -> f64 {
        if self.problem.bins[bin].instance { worth.instance } else { 0.0 }
    }

    /// Farley's bound: worths made so small that no content is worth more than its price.
    fn better_proof(
        &self,
        proved: &mut Option<(f64, Worth)>,
        worth: &Worth,
        asked: &Asked,
        left: &Left,
    ) {
        let part = |(bin, at_most): &(usize, f64)| {
            let all = at_most + self.instance_worth(*bin, worth);
            if all > 0.0 { self.price(*bin) / all } else { f64::INFINITY }
        };
        let part = asked.at_most.iter().map(part).fold(1.0_f64, f64::min) * (1.0 - 1e-9);
        let sum = |worth: &Worth| -> f64 {
            let tasks = worth.tasks.iter().zip(&left.tasks);
            tasks.map(|(worth, left)| worth * f64::from(*left)).sum::<f64>()
                + worth.instance * f64::from(left.instances)
        };
        let bound = sum(worth) * part;
        if proved.as_ref().is_none_or(|(best, _)| bound > *best) {
            let tasks = worth.tasks.iter().map(|one| one * part).collect();
            *proved = Some((bound, Worth { tasks, instance: worth.instance * part }));
        }
    }

    /// The bound in whole numbers, with what helps to check it.
    pub fn bound(&self, worth: &Worth) -> Bound {
        let problem = self.problem;
        let split = |bin: usize| {
            let copies = Left::all(problem).tasks;
            Knapsack::new(problem, bin, &worth.tasks, &copies).relaxed().multipliers
        };
        TaskWorth::rounded(worth, (0..problem.bins.len()).map(split).collect()).bound(problem)
    }
}

/// Is the bound so near that it is not worth looking harder?
fn near(proved: Option<&(f64, Worth)>, cost: f64) -> bool {
    proved.is_some_and(|(bound, _)| *bound >= cost * (1.0 - NEAR))
}

/// Does the offer hold a content, and are there as many tasks?
fn fits(problem: &Problem, bin: usize, content: &Content, left: &Left) -> bool {
    content.tasks.iter().all(|(shape, count)| *count <= left.tasks[*shape])
        && problem.holds(bin, &content.tasks)
}

struct Asked {
    contents: Vec<(usize, Content)>,
    at_most: Vec<(usize, f64)>,
}

/// How hard to look.
pub(super) struct Rounds<'s> {
    pub rounds: usize,
    pub levels: usize,
    /// With a proof.
    pub exact: bool,
    /// A bound known before, and worths that are near the best.
    pub center: Option<&'s (f64, Worth)>,
    /// How near to these worths contents are asked for, from nothing to one.
    pub pull: f64,
    /// Dollars that a round must save at the least, to go on.
    pub gain: f64,
    /// The bound is near enough to the linear program's answer within this part.
    pub close: f64,
    pub stop: &'s dyn Fn() -> bool,
}

/// Which shape has which row.
struct Rows {
    shapes: Vec<usize>,
    of: Vec<Option<usize>>,
    instances: Option<usize>,
}

impl Rows {
    fn new(left: &Left) -> Self {
        let shapes: Vec<usize> =
            (0..left.tasks.len()).filter(|shape| left.tasks[*shape] > 0).collect();
        let mut of = vec![None; left.tasks.len()];
        for (row, shape) in shapes.iter().enumerate() {
            of[*shape] = Some(row);
        }
        let instances = (left.instances > 0).then_some(shapes.len());
        Rows { shapes, of, instances }
    }

    fn count(&self) -> usize {
        self.shapes.len() + usize::from(self.instances.is_some())
    }

    fn demand(&self, left: &Left) -> Vec<f64> {
        let tasks = self.shapes.iter().map(|shape| f64::from(left.tasks[*shape]));
        tasks.chain(self.instances.map(|_| f64::from(left.instances))).collect()
    }

    fn worth(&self, master: &Master, shapes: usize) -> Worth {
        let mut tasks = vec![0.0; shapes];
        for (shape, dual) in self.shapes.iter().zip(master.duals()) {
            tasks[*shape] = dual.max(0.0);
        }
        let instance = self.instances.map_or(0.0, |row| master.duals()[row].max(0.0));
        Worth { tasks, instance }
    }
}

/// Pico-dollars as dollars: so that what is nearly nothing is that in every row.
#[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
pub(super) const fn dollars(pico: u64) -> f64 {
    pico as f64 / 1e12
}
