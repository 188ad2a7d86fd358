//! Is a packing one, and does a bound hold? Shares nothing with what made them: plain sums in
//! whole numbers, and a search and tables of its own.

mod bound;
mod branches;
mod contents;
mod every;
mod table;

pub use bound::check_bound;

use super::problem::{Bin, Packing, Problem, Shape};
use crate::model::Architecture;

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{task}: {placed} of {copies} placed")]
    Placed { task: String, placed: u64, copies: u32 },
    #[error("{task} cannot run on {offer}")]
    Offer { task: String, offer: String },
    #[error("{offer}: {used} of {has} {what} used")]
    Over { offer: String, what: &'static str, used: u64, has: u64 },
    #[error("{task}: {count} on one instance, {most} may be")]
    Together { task: String, count: u32, most: u32 },
    #[error("{task} and {other} both ask for port {port} of one host")]
    Port { task: String, other: String, port: u16 },
    #[error("{count} instances, {fewest} must be")]
    TooFew { count: u64, fewest: u32 },
    #[error("{offer}: worths make a content of it worth more than its price")]
    Worth { offer: String },
    #[error("{offer}: that no content is worth more than its price was not shown in time")]
    Unproved { offer: String },
    #[error("a split names offers that are none, or not all splits have a worth")]
    Split,
    #[error("the bound is {said} pico-dollars, what is proved is {proved}")]
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
        check_content(problem, pattern.bin, &pattern.tasks)?;
        for (number, count) in &pattern.tasks {
            placed[*number] += u64::from(*count) * u64::from(pattern.instances);
        }
        cost += u128::from(bin.price.as_pico()) * u128::from(pattern.instances);
        instances += u64::from(pattern.instances) * u64::from(bin.instance);
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

/// May the tasks run on the offer together?
fn check_content(problem: &Problem, bin: usize, tasks: &[(usize, u32)]) -> Result<(), Fault> {
    let offer = &problem.bins[bin];
    let mut used = [0_u64; 4];
    let mut ports: std::collections::BTreeMap<u16, &str> = std::collections::BTreeMap::new();
    for (number, count) in tasks {
        let shape = &problem.shapes[*number];
        let task = shape.name.clone();
        if !may_run(shape, bin, offer) {
            return Err(Fault::Offer { task, offer: offer.name.clone() });
        }
        if let Some(most) = shape.most_an_instance.filter(|most| count > most) {
            return Err(Fault::Together { task, count: *count, most });
        }
        for port in &shape.host_ports {
            let before = ports.insert(*port, &shape.name);
            let other = before.or((*count > 1).then_some(shape.name.as_str()));
            if let Some(other) = other.filter(|_| *count > 0) {
                return Err(Fault::Port { task, other: other.to_owned(), port: *port });
            }
        }
        let needs = [shape.cpu_units, shape.memory_mib, shape.slots, shape.gpus];
        for (used, needs) in used.iter_mut().zip(needs) {
            *used += u64::from(needs) * u64::from(*count);
        }
    }
    let has = [offer.cpu_units, offer.memory_mib, offer.slots, offer.gpus];
    let names = ["CPU units", "MiB", "task slots", "GPUs"];
    for ((used, has), what) in used.into_iter().zip(has).zip(names) {
        if used > u64::from(has) {
            let offer = offer.name.clone();
            return Err(Fault::Over { offer, what, used, has: u64::from(has) });
        }
    }
    Ok(())
}

fn may_run(shape: &Shape, number: usize, bin: &Bin) -> bool {
    let runs = match bin.architecture {
        Architecture::X86 => shape.x86,
        Architecture::Arm => shape.arm,
    };
    runs && !shape.barred.contains(&number)
}
