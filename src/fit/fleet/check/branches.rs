//! Is a bound proved part by part?
//!
//! Each certificate is looked at once: no content of an offer is worth more than it says. In each
//! part certificates are mixed so that no offer's contents, and being one of the instances that
//! there must be, are worth more than its price and what it takes to be one of those that there may
//! be no more of.

use super::bound::{all, contents};
use super::table::Tables;
use super::{Fault, may_run};
use crate::fit::fleet::bound::{Branch, Branches, Weights};
use crate::fit::fleet::certificate::{Certificate, Mix};
use crate::fit::fleet::problem::Problem;

/// Those packings alone that have at least (true) or at most so many instances of some offers.
struct Side {
    /// By offer, whether it is one of them.
    offers: Vec<bool>,
    at_least: bool,
    number: u32,
}

/// The lowest of all parts, pico-dollars an hour.
pub(super) fn least(problem: &Problem, branches: &Branches) -> Result<u128, Fault> {
    let smaller = smaller(problem);
    for certificate in &branches.certificates {
        holds(problem, certificate, &smaller)?;
    }
    let worths: Vec<u128> =
        branches.certificates.iter().map(|one| all(problem, &one.tasks)).collect();
    let parts = Parts { problem, branches, worths };
    parts.least(&branches.tree, &mut Vec::new())
}

/// For each offer those before it that hold whatever it holds.
fn smaller(problem: &Problem) -> Vec<Vec<usize>> {
    let holds = |other: usize, one: usize| {
        let (a, b) = (&problem.bins[one], &problem.bins[other]);
        let larger = b.cpu_units >= a.cpu_units
            && b.memory_mib >= a.memory_mib
            && b.slots >= a.slots
            && b.gpus >= a.gpus;
        let runs = |shape| !may_run(shape, one, a) || may_run(shape, other, b);
        larger && a.architecture == b.architecture && problem.shapes.iter().all(runs)
    };
    let before = |one: usize| (0..one).filter(|other| holds(*other, one)).collect();
    (0..problem.bins.len()).map(before).collect()
}

fn holds(problem: &Problem, one: &Certificate, smaller: &[Vec<usize>]) -> Result<(), Fault> {
    let mut tables = Tables::default();
    for (bin, offer) in problem.bins.iter().enumerate() {
        let limit =
            *one.at_most.get(bin).ok_or_else(|| Fault::Worth { offer: offer.name.clone() })?;
        // What another one that holds as much is not worth, it is not.
        if smaller[bin].iter().any(|other| one.at_most[*other] <= limit) {
            continue;
        }
        contents(problem, &one.tasks, one.cuts.get(bin), (bin, u128::from(limit)), &mut tables)?;
    }
    Ok(())
}

struct Parts<'p> {
    problem: &'p Problem,
    branches: &'p Branches,
    /// What all tasks are worth by each certificate.
    worths: Vec<u128>,
}

impl Parts<'_> {
    fn least(&self, tree: &Branch, sides: &mut Vec<Side>) -> Result<u128, Fault> {
        let (offers, at_most, fewer, more) = match tree {
            Branch::Part(mix) => return self.part(mix, sides),
            Branch::Split { offers, at_most, fewer, more } => (offers, *at_most, fewer, more),
        };
        let mut of = vec![false; self.problem.bins.len()];
        for bin in offers {
            *of.get_mut(*bin).ok_or(Fault::Split)? = true;
        }
        let more_than = at_most.checked_add(1).ok_or(Fault::Split)?;
        let mut least = u128::MAX;
        for (half, at_least, number) in [(fewer, false, at_most), (more, true, more_than)] {
            sides.push(Side { offers: of.clone(), at_least, number });
            least = least.min(self.least(half, sides)?);
            sides.pop();
        }
        Ok(least)
    }

    fn part(&self, mix: &Mix, sides: &[Side]) -> Result<u128, Fault> {
        let known = self.branches.certificates.len();
        if mix.splits.len() != sides.len() || mix.times.iter().any(|(number, _)| *number >= known) {
            return Err(Fault::Split);
        }
        for (bin, offer) in self.problem.bins.iter().enumerate() {
            let each = mix.times.iter().map(|(number, times)| {
                let at_most = self.branches.certificates[*number].at_most[bin];
                u128::from(*times) * u128::from(at_most)
            });
            let mut limit = u128::from(offer.price.as_pico()) * Weights::PARTS;
            let mut more = if offer.instance { u128::from(mix.instance) } else { 0 };
            for (side, worth) in sides.iter().zip(&mix.splits).filter(|(side, _)| side.offers[bin])
            {
                *(if side.at_least { &mut more } else { &mut limit }) += u128::from(*worth);
            }
            let takes = each.fold(more * Mix::WHOLE, u128::saturating_add);
            if takes > limit * Mix::WHOLE {
                return Err(Fault::Worth { offer: offer.name.clone() });
            }
        }
        let all = mix.times.iter().try_fold(0_u128, |sum, (number, times)| {
            let each = self.worths[*number].checked_mul(u128::from(*times));
            each.and_then(|each| sum.checked_add(each))
        });
        let mut sum = all.ok_or(Fault::Split)? / Mix::WHOLE;
        if self.problem.shapes.iter().any(|shape| shape.copies > 0) {
            sum += u128::from(self.problem.fewest_instances) * u128::from(mix.instance);
        }
        let mut less = 0;
        for (side, worth) in sides.iter().zip(&mix.splits) {
            *(if side.at_least { &mut sum } else { &mut less }) +=
                u128::from(*worth) * u128::from(side.number);
        }
        Ok(sum.saturating_sub(less) / Weights::PARTS)
    }
}
