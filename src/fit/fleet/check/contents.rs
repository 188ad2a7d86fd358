//! Is no content of an offer worth more than a limit? In whole numbers.
//!
//! With any prices of the resources, a content is worth what the whole instance is at these
//! prices, and of each task what it is worth beyond them, less what is not used: so those that
//! are worth more than the limit lie within a known distance of the best of all that is
//! imaginable, and these few are gone through.

use super::may_run;
use crate::fit::fleet::bound::TaskWorth;
use crate::fit::fleet::problem::Problem;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proved {
    Yes,
    No,
    TooLong,
}

struct Item<'p> {
    ports: &'p [u16],
    needs: [u64; 4],
    most: u64,
    worth: i128,
    /// Beyond the prices of what it takes.
    beyond: i128,
}

pub(super) fn no_content_above(
    problem: &Problem,
    worth: &TaskWorth,
    bin: usize,
    limit: u128,
    steps: u64,
) -> Proved {
    let offer = &problem.bins[bin];
    let has = [offer.cpu_units, offer.memory_mib, offer.slots, offer.gpus].map(u64::from);
    let prices = worth.multipliers.get(bin).copied().unwrap_or([0; 4]).map(i128::from);
    let value_of = |amounts: [u64; 4]| -> i128 {
        prices.iter().zip(amounts).map(|(price, amount)| price * i128::from(amount)).sum()
    };
    let mut items: Vec<Item<'_>> = Vec::new();
    for (shape, worth) in problem.shapes.iter().zip(&worth.tasks) {
        let needs = [shape.cpu_units, shape.memory_mib, shape.slots, shape.gpus].map(u64::from);
        let alone = needs.iter().zip(has).all(|(needs, has)| *needs <= has);
        let most = shape.most_an_instance.unwrap_or(u32::MAX).min(shape.copies);
        let most = if shape.host_ports.is_empty() { most } else { most.min(1) };
        if alone && most > 0 && *worth > 0 && may_run(shape, bin, offer) {
            let worth = i128::from(*worth);
            let (most, beyond) = (u64::from(most), worth - value_of(needs));
            let ports = shape.host_ports.as_slice();
            items.push(Item { ports, needs, most, worth, beyond });
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.beyond.abs()));
    let imaginable: i128 = value_of(has)
        + items.iter().map(|item| item.beyond.max(0) * i128::from(item.most)).sum::<i128>();
    let Ok(limit) = i128::try_from(limit) else { return Proved::Yes };
    let mut takes = vec![0; items.len() + 1];
    for (place, item) in items.iter().enumerate().rev() {
        takes[place] = takes[place + 1] + value_of(item.needs) * i128::from(item.most);
    }
    let mut walk = Walk { items, prices, takes, steps, ports: Vec::new(), found: false };
    // What may be lost at the most for more than the limit.
    walk.go(0, has, imaginable - limit - 1);
    match (walk.found, walk.steps) {
        (true, _) => Proved::No,
        (false, 0) => Proved::TooLong,
        (false, _) => Proved::Yes,
    }
}

struct Walk<'p> {
    items: Vec<Item<'p>>,
    prices: [i128; 4],
    takes: Vec<i128>,
    steps: u64,
    /// Of the hosts, those that are taken.
    ports: Vec<u16>,
    found: bool,
}

impl Walk<'_> {
    fn go(&mut self, place: usize, free: [u64; 4], may_lose: i128) {
        if self.found || self.steps == 0 {
            return;
        }
        self.steps -= 1;
        let unused: i128 =
            self.prices.iter().zip(free).map(|(price, free)| price * i128::from(free)).sum();
        if may_lose < 0 || unused - self.takes[place] > may_lose {
            return;
        }
        let Some(item) = self.items.get(place) else {
            self.found = true;
            return;
        };
        let (needs, most, beyond, ports) = (item.needs, item.most, item.beyond, item.ports);
        debug_assert!(item.worth > 0);
        let fits = free.iter().zip(needs).map(|(free, n)| free.checked_div(n).unwrap_or(most));
        let fits = fits.min().unwrap_or(0).min(most);
        let barred = ports.iter().any(|port| self.ports.contains(port));
        let fits = if barred { 0 } else { fits };
        for count in (0..=fits).rev() {
            let left_out = if beyond > 0 { most - count } else { count };
            let loses = beyond.abs() * i128::from(left_out);
            if loses > may_lose {
                if beyond > 0 {
                    break;
                }
                continue;
            }
            let mut rest = free;
            for (rest, needs) in rest.iter_mut().zip(needs) {
                *rest -= needs * count;
            }
            let open = self.ports.len();
            self.ports.extend(ports.iter().filter(|_| count > 0));
            self.go(place + 1, rest, may_lose - loses);
            self.ports.truncate(open);
            // Of the last, more is always worth more.
            if place + 1 == self.items.len() {
                break;
            }
        }
    }
}
