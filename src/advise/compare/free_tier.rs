//! What an account has free of Lambda each month: first for what is a function already, the rest
//! shared by all that could be one.

use super::{Context, alone};
use crate::model::ledger::Price;
use crate::model::{Advice, Architecture, Bill, Kind, LambdaRates, Place};
use crate::units::{GbSecond, Quantity, Request, UsdPerGbSecond};

const DURATION: &str = "Lambda duration";
const REQUESTS: &str = "Lambda requests";

/// Of what all would pay, what is free; pico-dollars a month of durations and of requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FreeTier {
    all: [u128; 2],
    free: [u128; 2],
}

impl FreeTier {
    /// On an architecture; nothing is free where it was not asked for, or its price is not known.
    pub fn new(context: &Context<'_>, architecture: Architecture) -> Self {
        let asked = context.around.lambda_free_tier;
        let Some(rates) = context.catalog.lambda(architecture).filter(|_| asked) else {
            return FreeTier::default();
        };
        let place = Place::Lambda(architecture);
        let movers = context.advices.iter().filter(|one| one.workload.kind != Kind::Function);
        let bills = movers.filter_map(|advice| Some(&alone::placed(advice, place).ok()?.bill));
        let mut all = [0; 2];
        for bill in bills {
            for (sum, part) in all.iter_mut().zip(parts(bill)) {
                *sum += part;
            }
        }
        let taken = taken(context);
        let worth = worth(rates).unwrap_or([0; 2]);
        // What is taken already in the same parts of all that is free.
        let left = |side: usize| {
            let part = taken[side].min(PARTS);
            worth[side] - worth[side] * part / PARTS
        };
        FreeTier { all, free: [left(0).min(all[0]), left(1).min(all[1])] }
    }

    /// Takes off what is a workload's.
    pub fn apply(&self, price: &mut Price) {
        for charge in &mut price.charges {
            let side = match charge.what.as_str() {
                what if what.starts_with(DURATION) => 0,
                REQUESTS => 1,
                _ => continue,
            };
            let free = (charge.pico * self.free[side]).checked_div(self.all[side]).unwrap_or(0);
            charge.pico -= free;
        }
    }
}

/// Of what is free, in which it is told how much is taken.
const PARTS: u128 = 1_000_000_000;

/// Of a bill the durations and the requests.
fn parts(bill: &Bill) -> [u128; 2] {
    let sum = |name: &str| -> u128 {
        let lines = bill.lines.iter().filter(|line| line.description.starts_with(name));
        lines.map(|line| u128::try_from(line.amount.pico).unwrap_or(0)).sum()
    };
    [sum(DURATION), sum(REQUESTS)]
}

/// All that is free, by what it would cost: at the first tier's price.
fn worth(rates: &LambdaRates) -> Option<[u128; 2]> {
    let duration: UsdPerGbSecond = rates.duration.first()?.price.price;
    let seconds = Quantity::<GbSecond>::whole(rates.free_gb_seconds);
    let requests = Quantity::<Request>::whole(rates.free_requests);
    let pico = |pico: i128| u128::try_from(pico).ok();
    Some([
        pico(duration.times(seconds).ok()?.pico)?,
        pico(rates.request.as_ref()?.price.times(requests).ok()?.pico)?,
    ])
}

/// What functions that there are take of it.
fn taken(context: &Context<'_>) -> [u128; 2] {
    let mut taken = [0; 2];
    let there =
        |one: &&Advice| one.workload.kind == Kind::Function && one.workload.gone_since.is_none();
    for advice in context.advices.iter().filter(there) {
        let rates = context.catalog.lambda(advice.workload.architecture);
        let Some((worth, bill)) = rates.and_then(worth).zip(advice.current.as_ref()) else {
            continue;
        };
        for ((sum, part), all) in taken.iter_mut().zip(parts(bill)).zip(worth) {
            *sum += (part * PARTS).checked_div(all).unwrap_or(0);
        }
    }
    taken
}
