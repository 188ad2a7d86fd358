//! Worths of tasks that are proved once for all offers and used, mixed, for many parts of all
//! packings.

use super::bound::{Cuts, Weights};
use super::generate::{self, Count};
use super::problem::Problem;

/// Worths of tasks, and by offer what no content is worth more than at these, whatever its price;
/// parts of a pico-dollar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    pub tasks: Vec<u64>,
    pub at_most: Vec<u64>,
    /// By offer, what helps to check it; any would do, these make it quick.
    pub cuts: Vec<Cuts>,
}

/// Certificates, each so often that no offer's contents are worth more than its price: then all
/// tasks are not worth more than what instances cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// Certificates by number, and how often, in parts of [`Mix::WHOLE`].
    pub times: Vec<(usize, u64)>,
    /// What being one of the instances that must be is worth, parts of a pico-dollar.
    pub instance: u64,
    /// The same of each split above it, the first one first: of those offers, to be one of
    /// those that there must be, or to be one more than there may be.
    pub splits: Vec<u64>,
}

impl Mix {
    pub const WHOLE: u128 = 1 << 40;
}

/// What floats may be off by: worths are a little lower, limits a little higher.
const SAFE: f64 = 1.0 - 1e-12;
const MORE: f64 = 1.0 + 4e-9;
/// Dollars an hour that parts of a pico-dollar can count with room to spare; more is not needed.
pub(super) const MOST: f64 = 10_000.0;
/// So much is what shows a limit stricter than it.
pub(super) const STRICTER: f64 = 1.0 + 2e-9;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "rounded down; `as` saturates"
)]
fn parts(dollars: f64, whole: u128) -> u64 {
    (dollars.max(0.0) * whole as f64) as u64
}

const PICO: u128 = 1_000_000_000_000 * Weights::PARTS;

impl Certificate {
    /// In whole numbers, without what helps to check it.
    pub(super) fn rounded(found: &generate::Certificate) -> Self {
        Certificate {
            tasks: found.tasks.iter().map(|one| parts(one * SAFE, PICO)).collect(),
            at_most: found.at_most.iter().map(|one| parts(one * MORE, PICO) + 1).collect(),
            cuts: Vec::new(),
        }
    }

    fn all(&self, problem: &Problem) -> u128 {
        let tasks = problem.shapes.iter().zip(&self.tasks);
        tasks.map(|(shape, worth)| u128::from(shape.copies) * u128::from(*worth)).sum()
    }
}

impl Mix {
    /// Of a half of the part that it is of.
    pub(super) fn halved(&self) -> Self {
        let mut half = self.clone();
        half.splits.push(0);
        half
    }

    /// From dollars, so much smaller that no offer's contents are worth more than its price; with
    /// what it proves, pico-dollars an hour. The counts are those that must be, and the splits.
    pub(super) fn rounded(
        problem: &Problem,
        certificates: &[Certificate],
        (times, worths): (&[(usize, f64)], &[f64]),
        counts: &[Count],
    ) -> (Self, u128) {
        let often = |(number, times): &(usize, f64)| (*number, parts(*times, Mix::WHOLE));
        let count = |(worth, count): (&f64, &Count)| {
            let at_least = count.side().0;
            parts(worth.min(MOST), PICO) + u64::from(!at_least)
        };
        let mut mixed = Mixed {
            times: times.iter().map(often).collect(),
            worths: worths.iter().zip(counts).map(count).collect(),
        };
        for _ in 0..SHRINKS {
            let Some(part) = mixed.too_much(problem, certificates, counts) else {
                let proved = mixed.pico_an_hour(problem, certificates, counts);
                return (mixed.mix(problem), proved);
            };
            mixed.shrink(part, counts);
        }
        // Nothing proves nothing.
        let nothing = Mixed { times: Vec::new(), worths: vec![0; counts.len()] };
        (nothing.mix(problem), 0)
    }
}

/// How often a mix is made smaller: once, and again for what rounding makes of it.
const SHRINKS: usize = 4;

/// A mix in the making: its counts are those that must be, and the splits.
struct Mixed {
    times: Vec<(usize, u64)>,
    worths: Vec<u64>,
}

impl Mixed {
    fn mix(self, problem: &Problem) -> Mix {
        let must = usize::from(problem.fewest() > 0);
        let (first, splits) = self.worths.split_at(must);
        Mix { instance: first.iter().sum(), splits: splits.to_vec(), times: self.times }
    }

    /// The part that would make no offer's contents worth more than its price (Farley 1990), where
    /// any are.
    fn too_much(
        &self,
        problem: &Problem,
        certificates: &[Certificate],
        counts: &[Count],
    ) -> Option<f64> {
        let parts = problem.bins.iter().enumerate().filter_map(|(bin, offer)| {
            let each = self.times.iter().map(|(number, times)| {
                u128::from(*times) * u128::from(certificates[*number].at_most[bin])
            });
            let (mut takes, mut has) = (each.fold(0, u128::saturating_add), 0);
            has += u128::from(offer.price.as_pico()) * Weights::PARTS * Mix::WHOLE;
            for (worth, count) in self.worths.iter().zip(counts) {
                let all = u128::from(*worth) * Mix::WHOLE;
                match count.sign(bin) {
                    Some(sign) if sign > 0.0 => takes = takes.saturating_add(all),
                    Some(_) => has += all,
                    None => {}
                }
            }
            (takes > has).then(|| as_float(has) / as_float(takes))
        });
        parts.min_by(f64::total_cmp)
    }

    /// What is gained; what is paid for what there may be no more of stays.
    fn shrink(&mut self, part: f64, counts: &[Count]) {
        let less = |value: u64| parts(as_float(u128::from(value)) * part * SMALLER, 1);
        for (_, times) in &mut self.times {
            *times = less(*times);
        }
        let gained = self.worths.iter_mut().zip(counts).filter(|(_, count)| count.side().0);
        for (worth, _) in gained {
            *worth = less(*worth);
        }
    }

    fn pico_an_hour(
        &self,
        problem: &Problem,
        certificates: &[Certificate],
        counts: &[Count],
    ) -> u128 {
        // What is beyond counting proves nothing.
        let all = self.times.iter().try_fold(0_u128, |sum, (number, times)| {
            let each = certificates[*number].all(problem).checked_mul(u128::from(*times));
            each.and_then(|each| sum.checked_add(each))
        });
        let (mut sum, mut less) = (all.unwrap_or(0) / Mix::WHOLE, 0);
        for (worth, count) in self.worths.iter().zip(counts) {
            let (at_least, number) = count.side();
            let all = u128::from(*worth) * u128::from(number);
            if at_least { sum += all } else { less += all }
        }
        sum.saturating_sub(less) / Weights::PARTS
    }
}

/// With room for what floats are off by.
const SMALLER: f64 = 1.0 - 1e-14;

#[expect(clippy::cast_precision_loss, reason = "made smaller afterwards")]
const fn as_float(value: u128) -> f64 {
    value as f64
}
