//! Does a bound follow from what is said to prove it?

use super::contents::{Proved, no_content_above};
use super::table::Tables;
use super::{Fault, branches, every};
use crate::fit::fleet::bound::{Bound, Cuts, Proof, TaskWorth, Weights};
use crate::fit::fleet::problem::{Bin, Problem};
use crate::model::Architecture;

/// Steps before the tables are asked, and after.
const STEPS: u64 = 10_000;
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
        Proof::Tasks(worth) => by_tasks(problem, worth)?,
        Proof::Branches(branches) => branches::least(problem, branches)?,
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

fn by_tasks(problem: &Problem, worth: &TaskWorth) -> Result<u128, Fault> {
    let mut tables = Tables::default();
    for (number, bin) in problem.bins.iter().enumerate() {
        let limit = u128::from(bin.price.as_pico()) * Weights::PARTS;
        let less = if bin.instance { u128::from(worth.instance) } else { 0 };
        let limit = limit.checked_sub(less);
        let limit = limit.ok_or_else(|| Fault::Worth { offer: bin.name.clone() })?;
        contents(problem, &worth.tasks, worth.cuts.get(number), (number, limit), &mut tables)?;
    }
    let mut sum = all(problem, &worth.tasks);
    if problem.shapes.iter().any(|shape| shape.copies > 0) {
        sum += u128::from(problem.fewest_instances) * u128::from(worth.instance);
    }
    Ok(sum.div_ceil(Weights::PARTS))
}

/// What all tasks are worth.
pub(super) fn all(problem: &Problem, worth: &[u64]) -> u128 {
    let tasks = problem.shapes.iter().zip(worth);
    tasks.map(|(shape, worth)| u128::from(shape.copies) * u128::from(*worth)).sum()
}

/// Is no content of an offer worth more than a limit?
pub(super) fn contents(
    problem: &Problem,
    worth: &[u64],
    cuts: Option<&Cuts>,
    (bin, limit): (usize, u128),
    tables: &mut Tables,
) -> Result<(), Fault> {
    let offer = || problem.bins[bin].name.clone();
    let found = no_content_above(problem, (worth, cuts), bin, limit, STEPS);
    let found = match found {
        Proved::TooLong if tables.at_most(problem, worth, bin) <= limit => Proved::Yes,
        Proved::TooLong => no_content_above(problem, (worth, cuts), bin, limit, MOST_STEPS),
        found => found,
    };
    match found {
        Proved::Yes => Ok(()),
        Proved::No => Err(Fault::Worth { offer: offer() }),
        Proved::TooLong => Err(Fault::Unproved { offer: offer() }),
    }
}
