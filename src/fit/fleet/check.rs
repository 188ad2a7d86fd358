//! Is a packing one, and does a bound hold? Shares nothing with what made them: plain sums in
//! whole numbers.

use super::bound::{Bound, Weights};
use super::problem::{Packing, Problem};
use crate::model::Architecture;

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{task}: {placed} of {copies} placed")]
    Placed { task: String, placed: u64, copies: u32 },
    #[error("{task} cannot run on {offer}")]
    Architecture { task: String, offer: String },
    #[error("{offer}: {used} of {has} {what} used")]
    Over { offer: String, what: &'static str, used: u64, has: u64 },
    #[error("{task}: {count} on one instance, {most} may be")]
    Together { task: String, count: u32, most: u32 },
    #[error("{count} instances, {fewest} must be")]
    TooFew { count: u64, fewest: u32 },
    #[error("{offer}: weights make it worth more than its price")]
    Weights { offer: String },
    #[error("the bound is {said} pico-dollars, the weights prove {proved}")]
    Bound { said: u128, proved: u128 },
}

/// Every task once, nothing over its limits; its cost an hour in pico-dollars.
///
/// # Errors
/// The first [`Fault`].
pub fn check_packing(problem: &Problem, packing: &Packing) -> Result<u128, Fault> {
    let mut placed = vec![0_u64; problem.shapes.len()];
    let (mut cost, mut instances) = (0_u128, 0_u64);
    for pattern in &packing.patterns {
        let bin = &problem.bins[pattern.bin];
        let (mut cpu, mut memory, mut slots) = (0_u64, 0_u64, 0_u64);
        for (number, count) in &pattern.tasks {
            let shape = &problem.shapes[*number];
            let runs = match bin.architecture {
                Architecture::X86 => shape.x86,
                Architecture::Arm => shape.arm,
            };
            if !runs {
                let (task, offer) = (shape.name.clone(), bin.name.clone());
                return Err(Fault::Architecture { task, offer });
            }
            if let Some(most) = shape.most_an_instance.filter(|most| count > most) {
                let task = shape.name.clone();
                return Err(Fault::Together { task, count: *count, most });
            }
            cpu += u64::from(shape.cpu_units) * u64::from(*count);
            memory += u64::from(shape.memory_mib) * u64::from(*count);
            slots += u64::from(*count);
            placed[*number] += u64::from(*count) * u64::from(pattern.instances);
        }
        let parts = [
            ("CPU units", cpu, bin.cpu_units),
            ("MiB", memory, bin.memory_mib),
            ("tasks", slots, bin.slots),
        ];
        for (what, used, has) in parts {
            if used > u64::from(has) {
                let offer = bin.name.clone();
                return Err(Fault::Over { offer, what, used, has: u64::from(has) });
            }
        }
        cost += u128::from(bin.price.as_pico()) * u128::from(pattern.instances);
        instances += u64::from(pattern.instances);
    }
    for (shape, placed) in problem.shapes.iter().zip(placed) {
        if placed != u64::from(shape.copies) {
            let task = shape.name.clone();
            return Err(Fault::Placed { task, placed, copies: shape.copies });
        }
    }
    let tasks = problem.shapes.iter().any(|shape| shape.copies > 0);
    if tasks && instances < u64::from(problem.fewest_instances) {
        let fewest = problem.fewest_instances;
        return Err(Fault::TooFew { count: instances, fewest });
    }
    Ok(cost)
}

/// Does a bound follow? With weights for CPU, memory and slots no offer is worth more than its
/// price, so that whatever holds the tasks costs at least what they weigh; or so many of the
/// cheapest offer as must be.
///
/// # Errors
/// The first [`Fault`].
pub fn check_bound(problem: &Problem, bound: &Bound) -> Result<u128, Fault> {
    let weights = |architecture| match architecture {
        Architecture::X86 => bound.x86,
        Architecture::Arm => bound.arm,
    };
    for bin in &problem.bins {
        let worth = weighed(
            weights(bin.architecture),
            [bin.cpu_units, bin.memory_mib, bin.slots].map(u128::from),
        );
        if worth > u128::from(bin.price.as_pico()) * Weights::PARTS {
            return Err(Fault::Weights { offer: bin.name.clone() });
        }
    }
    let mut sum = 0_u128;
    for shape in &problem.shapes {
        let of = |weights| {
            weighed(weights, [u128::from(shape.cpu_units), u128::from(shape.memory_mib), 1])
        };
        let worth = match (shape.x86, shape.arm) {
            (true, true) => of(bound.x86).min(of(bound.arm)),
            (true, false) => of(bound.x86),
            (false, true) => of(bound.arm),
            (false, false) => 0,
        };
        sum += worth * u128::from(shape.copies);
    }
    let cheapest = problem.bins.iter().map(|bin| u128::from(bin.price.as_pico())).min();
    let tasks = problem.shapes.iter().any(|shape| shape.copies > 0);
    let fewest = if tasks { problem.fewest_instances.max(1) } else { 0 };
    let by_count = cheapest.unwrap_or(0) * u128::from(fewest);
    let proved = sum.div_ceil(Weights::PARTS).max(by_count);
    if bound.pico_an_hour > proved {
        return Err(Fault::Bound { said: bound.pico_an_hour, proved });
    }
    Ok(proved)
}

fn weighed(weights: Weights, amounts: [u128; 3]) -> u128 {
    [weights.cpu, weights.memory, weights.slot]
        .into_iter()
        .zip(amounts)
        .map(|(weight, amount)| u128::from(weight) * amount)
        .sum()
}
