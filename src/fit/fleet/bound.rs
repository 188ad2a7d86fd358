//! What no packing can cost less than: the dual of the problem in which tasks may be cut.
//!
//! Weights for CPU, memory and slots, for each architecture its own, such that no offer is worth
//! more than its price. The best weights lie at a corner of what the offers allow; with three
//! of them all corners can be looked at. They are found in floats and rounded down to whole
//! parts of a pico-dollar; what is claimed is what the rounded ones prove.

use super::certificate::{Certificate, Mix};
use super::dominance::undominated;
use super::generate::Worth;
use super::problem::{Bin, Problem, RESOURCES, Shape};
use crate::model::Architecture;

/// Of one architecture, in parts of a pico-dollar: of a CPU unit, a MiB, a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    pub cpu: u64,
    pub memory: u64,
    pub slot: u64,
}

impl Weights {
    /// Parts of a pico-dollar.
    pub const PARTS: u128 = 1 << 10;

    fn of(corner: [f64; 3]) -> Self {
        let [cpu, memory, slot] = corner.map(parts);
        Weights { cpu, memory, slot }
    }

    /// Of an instance or a task.
    pub(super) fn weigh(self, cpu: u32, memory: u32, slots: u32) -> u128 {
        u128::from(self.cpu) * u128::from(cpu)
            + u128::from(self.memory) * u128::from(memory)
            + u128::from(self.slot) * u128::from(slots)
    }
}

/// What tasks are worth, each shape for itself, in parts of a pico-dollar, such that no content
/// of any offer is worth more than its price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskWorth {
    pub tasks: Vec<u64>,
    /// What being one of the instances that must be is worth.
    pub instance: u64,
    /// By offer, what helps to check it; any would do, these make it quick.
    pub cuts: Vec<Cuts>,
}

/// Why no content of an offer is worth more than its price: at some prices of its resources all
/// of them, and of each task what it is worth beyond them, are not worth more; or so in two
/// halves, by how many tasks of a shape there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Parts of a pico-dollar.
    pub prices: [u64; RESOURCES],
    pub halves: Option<Box<Halves>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    pub shape: usize,
    pub at_most: u32,
    pub fewer: Cuts,
    pub more: Cuts,
}

impl Cuts {
    pub(super) fn rounded(dollars: [f64; RESOURCES]) -> Self {
        Cuts { prices: dollars.map(|one| parts(one * 1e12)), halves: None }
    }
}

impl TaskWorth {
    pub(super) fn rounded(worth: &Worth, cuts: Vec<Cuts>) -> Self {
        TaskWorth {
            tasks: worth.tasks.iter().map(|one| parts(one * 1e12)).collect(),
            instance: parts(worth.counts.iter().sum::<f64>() * 1e12),
            cuts,
        }
    }

    pub(super) fn bound(self, problem: &Problem) -> Bound {
        let sum =
            all(problem, &self.tasks) + u128::from(self.instance) * u128::from(problem.fewest());
        Bound { pico_an_hour: sum.div_ceil(Weights::PARTS), proof: Proof::Tasks(self) }
    }
}

/// What all tasks are worth.
fn all(problem: &Problem, tasks: &[u64]) -> u128 {
    let tasks = problem.shapes.iter().zip(tasks);
    tasks.map(|(shape, worth)| u128::from(shape.copies) * u128::from(*worth)).sum()
}

/// Pico-dollars in parts, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "rounded down; `as` saturates"
)]
fn parts(pico: f64) -> u64 {
    (pico.max(0.0) * Weights::PARTS as f64 * SAFE) as u64
}

/// Why nothing costs less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// So many of the cheapest instance must be.
    #[default]
    Instances,
    /// Weights of the resources, on each architecture.
    Weights { x86: Weights, arm: Weights },
    /// Worths of the tasks.
    Tasks(TaskWorth),
    /// The same for each part of all packings.
    Branches(Branches),
    /// All ways were tried.
    Every,
}

/// Parts of all packings, and what they are proved by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branches {
    pub certificates: Vec<Certificate>,
    pub tree: Branch,
}

/// All packings, or a part of them: those with at most so many instances of some offers, and those
/// with more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    Part(Mix),
    Split {
        /// Their numbers, in order.
        offers: Vec<usize>,
        at_most: u32,
        fewer: Box<Branch>,
        more: Box<Branch>,
    },
}

/// With what proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    pub pico_an_hour: u128,
    pub proof: Proof,
}

impl Bound {
    /// What tasks are worth, where weights or worths prove the bound; with the bound, dollars.
    pub(super) fn worths(&self, problem: &Problem) -> Option<(f64, Worth)> {
        #[expect(clippy::cast_precision_loss, reason = "compared, not counted")]
        let dollars = |parts: u128| parts as f64 / Weights::PARTS as f64 / 1e12;
        let (tasks, instance): (Vec<f64>, f64) = match &self.proof {
            Proof::Weights { x86, arm } => {
                let each = |shape| dollars(each(shape, *x86, *arm));
                (problem.shapes.iter().map(each).collect(), 0.0)
            }
            Proof::Tasks(worth) => {
                let tasks = worth.tasks.iter().map(|one| dollars(u128::from(*one)));
                (tasks.collect(), dollars(u128::from(worth.instance)))
            }
            Proof::Instances | Proof::Every | Proof::Branches(_) => return None,
        };
        let counts = (problem.fewest() > 0).then_some(instance).into_iter().collect();
        Some((dollars(self.pico_an_hour * Weights::PARTS), Worth { tasks, counts }))
    }
}

/// What floats may be off by.
const SAFE: f64 = 1.0 - 1e-12;
/// Corners that are compared in pairs.
const MOST_CORNERS: usize = 400;

/// The best of all corners. It holds for every packing (`check_bound` proves it anew).
///
/// Offers that hold one task alone (Fargate's) set no weights: a task is worth no more than the
/// cheapest of those that hold it, and that is then what is proved, task by task.
#[must_use]
pub fn bound(problem: &Problem) -> Bound {
    let (alone, shared): (Vec<usize>, Vec<usize>) =
        undominated(problem).into_iter().partition(|bin| holds_one(problem, *bin));
    let [x86, arm] = [Architecture::X86, Architecture::Arm].map(|architecture| {
        let of = shared.iter().map(|bin| &problem.bins[*bin]);
        let of: Vec<&Bin> = of.filter(|bin| bin.architecture == architecture).collect();
        weights(problem, architecture, &of)
    });
    let caps: Vec<u128> =
        (0..problem.shapes.len()).map(|shape| cap(problem, shape, &alone)).collect();
    let (mut pico_an_hour, mut best) = (by_instances(problem), None);
    for mine in &x86 {
        for other in &arm {
            let pico = worth(problem, *mine, *other, &caps).div_ceil(Weights::PARTS);
            if pico > pico_an_hour {
                (pico_an_hour, best) = (pico, Some((*mine, *other)));
            }
        }
    }
    let proof = match best {
        None => Proof::Instances,
        Some((x86, arm)) if alone.is_empty() => Proof::Weights { x86, arm },
        Some((x86, arm)) => Proof::Tasks(task_by_task(problem, x86, arm, &caps)),
    };
    Bound { pico_an_hour, proof }
}

/// Does an offer hold no more than one task, whichever it is?
fn holds_one(problem: &Problem, bin: usize) -> bool {
    let slots = problem.shapes.iter().all(|shape| shape.copies == 0 || shape.slots > 0);
    problem.bins[bin].slots == 1 && slots
}

/// What a task costs on the cheapest offer that holds it alone, parts of a pico-dollar.
fn cap(problem: &Problem, shape: usize, alone: &[usize]) -> u128 {
    let holding = alone.iter().filter(|bin| problem.most(shape, **bin) > 0);
    let prices = holding.map(|bin| u128::from(problem.bins[*bin].price.as_pico()));
    prices.min().map_or(u128::MAX, |pico| pico * Weights::PARTS)
}

fn task_by_task(problem: &Problem, x86: Weights, arm: Weights, caps: &[u128]) -> TaskWorth {
    let part = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    let tasks = problem.shapes.iter().zip(caps);
    let tasks = tasks.map(|(shape, cap)| part(each(shape, x86, arm).min(*cap))).collect();
    let split = |(number, bin): (usize, &Bin)| {
        let of = if bin.architecture == Architecture::X86 { x86 } else { arm };
        if holds_one(problem, number) {
            [0, 0, part(u128::from(bin.price.as_pico()) * Weights::PARTS), 0]
        } else {
            [of.cpu, of.memory, of.slot, 0]
        }
    };
    let cut = |bin| Cuts { prices: split(bin), halves: None };
    TaskWorth { tasks, instance: 0, cuts: problem.bins.iter().enumerate().map(cut).collect() }
}

/// The cheapest instance as often as must be; whatever there is costs as much as the cheapest
/// offer.
fn by_instances(problem: &Problem) -> u128 {
    let cheapest = |instances: bool| {
        let offers = problem.bins.iter().filter(|bin| bin.instance || !instances);
        offers.map(|bin| u128::from(bin.price.as_pico())).min().unwrap_or(0)
    };
    let tasks = problem.shapes.iter().any(|shape| shape.copies > 0);
    let one = if tasks { cheapest(false) } else { 0 };
    one.max(cheapest(true) * u128::from(problem.fewest()))
}

fn worth(problem: &Problem, x86: Weights, arm: Weights, caps: &[u128]) -> u128 {
    let all = problem.shapes.iter().zip(caps);
    let worth = |(shape, cap): (&Shape, &u128)| {
        if shape.copies == 0 {
            0
        } else {
            each(shape, x86, arm).min(*cap) * u128::from(shape.copies)
        }
    };
    all.map(worth).sum()
}

/// A task's weight on the architecture on which it weighs less.
fn each(shape: &Shape, x86: Weights, arm: Weights) -> u128 {
    let of = |weights: Weights| weights.weigh(shape.cpu_units, shape.memory_mib, shape.slots);
    match (shape.x86, shape.arm) {
        (true, true) => of(x86).min(of(arm)),
        (true, false) => of(x86),
        (false, true) => of(arm),
        (false, false) => 0,
    }
}

/// The corners of what the offers of an architecture allow, those first that make its tasks the
/// most worth; where it has no offers, no weights count.
fn weights(problem: &Problem, architecture: Architecture, bins: &[&Bin]) -> Vec<Weights> {
    if bins.is_empty() {
        // Nothing runs there: what could is as good as infinitely dear there.
        return vec![Weights { cpu: u64::MAX >> 8, memory: u64::MAX >> 8, slot: u64::MAX >> 8 }];
    }
    let mut all: Vec<Weights> = corners(bins)
        .into_iter()
        .map(Weights::of)
        .filter(|weights| bins.iter().all(|bin| allowed(*weights, bin)))
        .collect();
    all.sort_by_key(|weights| {
        let sum = problem
            .shapes
            .iter()
            .filter(|shape| shape.runs_on(architecture))
            .map(|shape| {
                weights.weigh(shape.cpu_units, shape.memory_mib, shape.slots)
                    * u128::from(shape.copies)
            })
            .sum::<u128>();
        std::cmp::Reverse(sum)
    });
    all.dedup();
    all.truncate(MOST_CORNERS);
    all
}

fn allowed(weights: Weights, bin: &Bin) -> bool {
    weights.weigh(bin.cpu_units, bin.memory_mib, bin.slots)
        <= u128::from(bin.price.as_pico()) * Weights::PARTS
}

/// Where three of the planes meet: offers at their price, and weights of nothing.
fn corners(bins: &[&Bin]) -> Vec<[f64; 3]> {
    let mut planes: Vec<([f64; 3], f64)> =
        vec![([1.0, 0.0, 0.0], 0.0), ([0.0, 1.0, 0.0], 0.0), ([0.0, 0.0, 1.0], 0.0)];
    #[expect(clippy::cast_precision_loss, reason = "made safe afterwards")]
    planes.extend(bins.iter().map(|bin| {
        let row = [bin.cpu_units, bin.memory_mib, bin.slots].map(f64::from);
        (row, bin.price.as_pico() as f64)
    }));
    let fits = |point: &[f64; 3]| {
        point.iter().all(|weight| *weight >= -1e-9)
            && planes[3..].iter().all(|(row, price)| dot(row, point) <= price * (1.0 + 1e-12))
    };
    let mut all = Vec::new();
    for one in 0..planes.len() {
        for two in one + 1..planes.len() {
            for three in two + 1..planes.len() {
                let rows = [planes[one], planes[two], planes[three]];
                all.extend(meeting(&rows).filter(fits));
            }
        }
    }
    all
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// By Cramer's rule.
fn meeting(rows: &[([f64; 3], f64); 3]) -> Option<[f64; 3]> {
    let matrix = rows.map(|(row, _)| row);
    let whole = determinant(&matrix);
    let scale: f64 =
        matrix.iter().map(|row| row.iter().fold(0.0, |a: f64, b| a.max(b.abs()))).product();
    if whole.abs() <= scale * 1e-12 {
        return None;
    }
    let mut point = [0.0; 3];
    for (column, value) in point.iter_mut().enumerate() {
        let mut replaced = matrix;
        for (row, (_, price)) in replaced.iter_mut().zip(rows) {
            row[column] = *price;
        }
        *value = determinant(&replaced) / whole;
    }
    Some(point)
}

fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}
