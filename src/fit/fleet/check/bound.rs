//! Does a bound follow from what is said to prove it?

use super::contents::{Proved, no_content_above};
use super::table::Tables;
use super::{Fault, every};
use crate::fit::fleet::bound::{Bound, Branch, Proof, TaskWorth, Weights};
use crate::fit::fleet::problem::{Bin, Problem, Shape};
use crate::model::Architecture;

/// Steps before the tables are asked, and after.
const STEPS: u64 = 200_000;
const MOST_STEPS: u64 = 5_000_000;

/// What is proved, in pico-dollars an hour.
///
/// With weights for CPU, memory and slots no offer is worth more than its price, so that
/// whatever holds the tasks costs at least what they weigh. With a worth for every task no
/// content of an offer is worth more than its price, so that all contents together cost at
/// least what all tasks are worth. The same part by part, where packings are split by how many
/// instances of some offers they have: being one that there must be is worth something, being one
/// of those that there may be no more of takes something. Or so many of the cheapest instance as
/// must be.
///
/// # Errors
/// The first [`Fault`].
pub fn check_bound(problem: &Problem, bound: &Bound) -> Result<u128, Fault> {
    let proved = match &bound.proof {
        Proof::Instances => 0,
        Proof::Weights { x86, arm } => by_weights(problem, *x86, *arm)?,
        Proof::Tasks(worth) => by_tasks(problem, worth, &[])?,
        Proof::Branches(branch) => by_branches(problem, branch, &mut Vec::new())?,
        Proof::Every => every::least(problem).unwrap_or(0),
    };
    let proved = proved.max(by_instances(problem));
    if bound.pico_an_hour > proved {
        return Err(Fault::Bound { said: bound.pico_an_hour, proved });
    }
    Ok(proved)
}

fn by_instances(problem: &Problem) -> u128 {
    if problem.shapes.iter().all(|shape| shape.copies == 0) {
        return 0;
    }
    let price = |bin: &Bin| u128::from(bin.price.as_pico());
    let any = problem.bins.iter().map(price).min().unwrap_or(0);
    let instance = problem.bins.iter().filter(|bin| bin.instance).map(price).min().unwrap_or(0);
    any.max(instance * u128::from(problem.fewest_instances))
}

fn by_weights(problem: &Problem, x86: Weights, arm: Weights) -> Result<u128, Fault> {
    let weights = |architecture| match architecture {
        Architecture::X86 => x86,
        Architecture::Arm => arm,
    };
    for bin in &problem.bins {
        let worth = weighed(
            weights(bin.architecture),
            [bin.cpu_units, bin.memory_mib, bin.slots].map(u128::from),
        );
        if worth > u128::from(bin.price.as_pico()) * Weights::PARTS {
            return Err(Fault::Worth { offer: bin.name.clone() });
        }
    }
    let mut sum = 0_u128;
    for shape in &problem.shapes {
        let of = |weights| {
            weighed(weights, [shape.cpu_units, shape.memory_mib, shape.slots].map(u128::from))
        };
        let worth = match (shape.x86, shape.arm) {
            (true, true) => of(x86).min(of(arm)),
            (true, false) => of(x86),
            (false, true) => of(arm),
            (false, false) => 0,
        };
        sum += worth * u128::from(shape.copies);
    }
    Ok(sum.div_ceil(Weights::PARTS))
}

fn weighed(weights: Weights, amounts: [u128; 3]) -> u128 {
    [weights.cpu, weights.memory, weights.slot]
        .into_iter()
        .zip(amounts)
        .map(|(weight, amount)| u128::from(weight) * amount)
        .sum()
}

/// Those packings alone that have at least (true) or at most so many instances of some offers.
struct Side<'b> {
    offers: &'b [usize],
    at_least: bool,
    number: u32,
}

/// The lowest of all parts.
fn by_branches<'b>(
    problem: &Problem,
    branch: &'b Branch,
    sides: &mut Vec<Side<'b>>,
) -> Result<u128, Fault> {
    match branch {
        Branch::Part(worth) => by_tasks(problem, worth, sides),
        Branch::Split { offers, at_most, fewer, more } => {
            let more_than = at_most.checked_add(1).ok_or(Fault::Split)?;
            if offers.iter().any(|bin| *bin >= problem.bins.len()) {
                return Err(Fault::Split);
            }
            let mut least = u128::MAX;
            for (side, at_least, number) in [(fewer, false, *at_most), (more, true, more_than)] {
                sides.push(Side { offers, at_least, number });
                least = least.min(by_branches(problem, side, sides)?);
                sides.pop();
            }
            Ok(least)
        }
    }
}

fn by_tasks(problem: &Problem, worth: &TaskWorth, sides: &[Side<'_>]) -> Result<u128, Fault> {
    if worth.splits.len() != sides.len() {
        return Err(Fault::Split);
    }
    let mut tables = Tables::default();
    for (number, bin) in problem.bins.iter().enumerate() {
        let unproved = || Fault::Unproved { offer: bin.name.clone() };
        let mut limit = u128::from(bin.price.as_pico()) * Weights::PARTS;
        let mut less = if bin.instance { u128::from(worth.instance) } else { 0 };
        let of = sides.iter().zip(&worth.splits).filter(|(side, _)| side.offers.contains(&number));
        for (side, worth) in of {
            *(if side.at_least { &mut less } else { &mut limit }) += u128::from(*worth);
        }
        let limit = limit.checked_sub(less);
        let limit = limit.ok_or_else(|| Fault::Worth { offer: bin.name.clone() })?;
        let found = no_content_above(problem, worth, number, limit, STEPS);
        let found = match found {
            Proved::TooLong if tables.at_most(problem, worth, number) <= limit => Proved::Yes,
            Proved::TooLong => no_content_above(problem, worth, number, limit, MOST_STEPS),
            found => found,
        };
        match found {
            Proved::Yes => {}
            Proved::No => return Err(Fault::Worth { offer: bin.name.clone() }),
            Proved::TooLong => return Err(unproved()),
        }
    }
    let tasks = problem.shapes.iter().zip(&worth.tasks);
    let mut sum: u128 = tasks
        .map(|(shape, worth): (&Shape, &u64)| u128::from(shape.copies) * u128::from(*worth))
        .sum();
    if problem.shapes.iter().any(|shape| shape.copies > 0) {
        sum += u128::from(problem.fewest_instances) * u128::from(worth.instance);
    }
    let mut less = 0;
    for (side, worth) in sides.iter().zip(&worth.splits) {
        *(if side.at_least { &mut sum } else { &mut less }) +=
            u128::from(*worth) * u128::from(side.number);
    }
    Ok(sum.saturating_sub(less).div_ceil(Weights::PARTS))
}
