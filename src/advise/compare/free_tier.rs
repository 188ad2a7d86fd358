//! What an account has free of Lambda each month: first for what is a function already, the rest
//! shared by all that could be one.

use super::{Context, alone};
use crate::model::ledger::Price;
use crate::model::{Advice, Architecture, Bill, Kind, LambdaRates, Place};
use crate::units::{GbSecond, Quantity, Request, UsdPerGbSecond};

const DURATION: &str = "Lambda duration";
const REQUESTS: &str = "Lambda requests";

/// What part of their durations and of their requests is free for those that could be functions, in
/// parts of [`PARTS`]: whichever architecture they take, both are of the same GB-seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FreeTier {
    parts: [u128; 2],
    /// The same for functions that there are.
    there: [u128; 2],
    /// Of all that is free what functions leave, and what of that is given to others.
    left: [u128; 2],
    given: [u128; 2],
}

/// What of a workload's month is free, pico-dollars of durations and of requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free([u128; 2]);

impl FreeTier {
    /// Nothing is free where it was not asked for.
    pub fn new(context: &Context<'_>) -> Self {
        if !context.around.lambda_free_tier {
            return FreeTier::default();
        }
        let movers = context.advices.iter().filter(|one| one.workload.kind != Kind::Function);
        let mut asked = [0; 2];
        for advice in movers {
            let used =
                [Architecture::X86, Architecture::Arm].into_iter().find_map(|architecture| {
                    let fit = alone::placed(advice, Place::Lambda(architecture)).ok()?;
                    let rates = context.catalog.lambda(architecture)?;
                    Some(used(&fit.bill, worth(rates)?))
                });
            for (sum, part) in asked.iter_mut().zip(used.unwrap_or_default()) {
                *sum += part;
            }
        }
        let taken = taken(context);
        let both = |of: &dyn Fn(usize) -> u128| [of(0), of(1)];
        let part = |whole: u128, of: u128| (whole * PARTS).checked_div(of).unwrap_or(0).min(PARTS);
        let left = both(&|side| PARTS - taken[side].min(PARTS));
        FreeTier {
            parts: both(&|side| part(left[side], asked[side])),
            there: both(&|side| part(PARTS, taken[side])),
            given: both(&|side| left[side].min(asked[side])),
            left,
        }
    }

    /// Of a workload's bill as it is today: for more requests there is also what nobody takes.
    pub fn of(&self, bill: &Bill, rates: &LambdaRates) -> Free {
        let worth = worth(rates).unwrap_or([0; 2]);
        let used = used(bill, worth);
        let free = |side: usize| {
            let own = used[side] * self.parts[side] / PARTS;
            let others = self.given[side].saturating_sub(own);
            worth[side] * self.left[side].saturating_sub(others) / PARTS
        };
        Free([free(0), free(1)])
    }

    /// Takes off what is a function's that there is.
    pub fn apply_there(&self, price: &mut Price) {
        take_off(price, self.there);
    }

    /// The same of its bill.
    pub fn of_function(&self, bill: &Bill) -> u128 {
        let [duration, requests] = parts(bill);
        (duration * self.there[0] + requests * self.there[1]) / PARTS
    }

    /// Takes off what is a workload's.
    pub fn apply(&self, price: &mut Price) {
        take_off(price, self.parts);
    }
}

fn take_off(price: &mut Price, free: [u128; 2]) {
    for charge in &mut price.charges {
        let side = match charge.what.as_str() {
            what if what.starts_with(DURATION) => 0,
            REQUESTS => 1,
            _ => continue,
        };
        charge.pico -= charge.pico * free[side] / PARTS;
    }
}

impl Free {
    /// What is left to pay of a bill of its for another number of requests.
    pub fn left(&self, bill: &Bill) -> u128 {
        let [duration, requests] = parts(bill);
        alone::total(bill) - duration.min(self.0[0]) - requests.min(self.0[1])
    }
}

/// In parts of all that is free.
fn used(bill: &Bill, worth: [u128; 2]) -> [u128; 2] {
    let [duration, requests] = parts(bill);
    let part = |of: u128, all: u128| (of * PARTS).checked_div(all).unwrap_or(0);
    [part(duration, worth[0]), part(requests, worth[1])]
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
        for (sum, part) in taken.iter_mut().zip(used(bill, worth)) {
            *sum += part;
        }
    }
    taken
}
