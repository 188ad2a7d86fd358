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
    /// From dollars, so much smaller that no offer's contents are worth more than its price; with
    /// what it proves, pico-dollars an hour. The counts are those that must be, and the splits.
    pub(super) fn rounded(
        problem: &Problem,
        certificates: &[Certificate],
        (times, worths): (&[(usize, f64)], &[f64]),
        counts: &[Count],
    ) -> (Self, u128) {
        let must = usize::from(problem.fewest() > 0);
        let worths: Vec<f64> = worths.iter().map(|worth| worth.min(MOST)).collect();
        let part = smaller(problem, certificates, (times, &worths), counts);
        let count = |(worth, count): (&f64, &Count)| {
            let at_least = count.side().0;
            parts(worth * part, PICO) + u64::from(!at_least)
        };
        let whole: Vec<u64> = worths.iter().zip(counts).map(count).collect();
        let (first, splits) = whole.split_at(must);
        let often = |(number, times): &(usize, f64)| (*number, parts(times * part, Mix::WHOLE));
        let mix = Mix {
            times: times.iter().map(often).collect(),
            instance: first.iter().sum(),
            splits: splits.to_vec(),
        };
        let each = mix
            .times
            .iter()
            .map(|(number, times)| u128::from(*times) * certificates[*number].all(problem));
        let (mut sum, mut less) = (each.sum::<u128>() / Mix::WHOLE, 0);
        for (worth, count) in whole.iter().zip(counts) {
            let (at_least, number) = count.side();
            let all = u128::from(*worth) * u128::from(number);
            if at_least { sum += all } else { less += all }
        }
        (mix, sum.saturating_sub(less) / Weights::PARTS)
    }
}

/// The part that makes no offer's contents worth more than its price (Farley 1990).
fn smaller(
    problem: &Problem,
    certificates: &[Certificate],
    (times, worths): (&[(usize, f64)], &[f64]),
    counts: &[Count],
) -> f64 {
    let mut part = 1.0_f64;
    for (bin, offer) in problem.bins.iter().enumerate() {
        let each = times.iter();
        let dollars = |parts: u64| as_float(u128::from(parts)) / as_float(PICO);
        let contents =
            each.map(|(number, times)| times * dollars(certificates[*number].at_most[bin]));
        let others = worths.iter().zip(counts);
        let others = others.filter_map(|(worth, count)| Some(worth * count.sign(bin)?));
        let all = contents.sum::<f64>() + others.sum::<f64>();
        let price = generate::dollars(offer.price.as_pico());
        if all > price {
            part = part.min(price / all);
        }
    }
    part * (1.0 - 1e-11)
}

#[expect(clippy::cast_precision_loss, reason = "made smaller afterwards")]
const fn as_float(value: u128) -> f64 {
    value as f64
}
