//! Is no content of an offer worth more than a limit? In whole numbers.
//!
//! With any prices of the resources, a content is worth what the whole instance is at these
//! prices, and of each task what it is worth beyond them, less what is not used: so those that
//! are worth more than the limit lie within a known distance of the best of all that is
//! imaginable, and these few are gone through. Where the proof says so, in two halves, by how many
//! tasks of a shape there are, each with prices of its own.

use super::may_run;
use crate::fit::fleet::bound::Cuts;
use crate::fit::fleet::problem::{Problem, Shape};

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

/// Shapes with the fewest and the most tasks that are looked at.
type Ranges = Vec<(u64, u64)>;

struct Offer<'p> {
    problem: &'p Problem,
    /// Of tasks, by shape.
    worth: &'p [u64],
    bin: usize,
    has: [u64; 4],
}

pub(super) fn no_content_above(
    problem: &Problem,
    (worth, cuts): (&[u64], Option<&Cuts>),
    bin: usize,
    limit: u128,
    steps: u64,
) -> Proved {
    let Ok(limit) = i128::try_from(limit) else { return Proved::Yes };
    let offer = &problem.bins[bin];
    let has = [offer.cpu_units, offer.memory_mib, offer.slots, offer.gpus].map(u64::from);
    let none = Cuts::default();
    let cuts = cuts.unwrap_or(&none);
    let mut ranges: Ranges = vec![(0, u64::MAX); problem.shapes.len()];
    Offer { problem, worth, bin, has }.halved(cuts, &mut ranges, limit, steps)
}

impl<'p> Offer<'p> {
    /// The same of those contents that lie within ranges.
    fn halved(&self, cuts: &Cuts, ranges: &mut Ranges, limit: i128, steps: u64) -> Proved {
        let Some(Part { items, ports, free, there, imaginable }) = self.part(cuts, ranges) else {
            return Proved::Yes;
        };
        if there + imaginable <= limit {
            return Proved::Yes;
        }
        if let Some(halves) = &cuts.halves {
            let Some((fewest, most)) = ranges.get(halves.shape).copied() else {
                return Proved::TooLong;
            };
            let below = u64::from(halves.at_most);
            for (side, cuts) in [
                ((fewest, most.min(below)), &halves.fewer),
                ((fewest.max(below + 1), most), &halves.more),
            ] {
                ranges[halves.shape] = side;
                let found = if side.0 > side.1 {
                    Proved::Yes
                } else {
                    self.halved(cuts, ranges, limit, steps)
                };
                ranges[halves.shape] = (fewest, most);
                if found != Proved::Yes {
                    return found;
                }
            }
            return Proved::Yes;
        }
        let prices = cuts.prices.map(i128::from);
        // What may be lost at the most for more than the limit.
        let may_lose = there + imaginable - limit - 1;
        walk(Walk::new(items, prices, ports, steps), free, may_lose)
    }

    /// Nothing where not even the fewest tasks fit.
    fn part(&self, cuts: &Cuts, ranges: &Ranges) -> Option<Part<'p>> {
        let prices = cuts.prices.map(i128::from);
        let (mut free, mut there, mut taken) = (self.has, 0, Vec::new());
        let shapes = self.problem.shapes.iter().zip(self.worth).zip(ranges);
        for ((shape, worth), (fewest, _)) in shapes.clone().filter(|(_, one)| one.0 > 0) {
            for (free, needs) in free.iter_mut().zip(needs(shape)) {
                *free = free.checked_sub(needs.checked_mul(*fewest)?)?;
            }
            there += i128::from(*worth) * i128::from(*fewest);
            if *fewest > 1 && !shape.host_ports.is_empty()
                || shape.host_ports.iter().any(|port| taken.contains(port))
            {
                return None;
            }
            taken.extend(shape.host_ports.iter().copied());
        }
        let mut items: Vec<Item<'p>> = Vec::new();
        for ((shape, worth), (fewest, most)) in shapes {
            let needs = needs(shape);
            // No more than there is room for.
            let room = needs.iter().zip(free).filter_map(|(n, free)| free.checked_div(*n)).min();
            let copies = shape.most_an_instance.unwrap_or(u32::MAX).min(shape.copies);
            let alone = if shape.host_ports.is_empty() { u64::MAX } else { 1 };
            let most = u64::from(copies).min(alone).min(*most).checked_sub(*fewest)?;
            let most = most.min(room.unwrap_or(u64::MAX));
            let may = may_run(shape, self.bin, &self.problem.bins[self.bin]);
            if *fewest > 0 && !may {
                return None;
            }
            let barred = shape.host_ports.iter().any(|port| taken.contains(port));
            if most > 0 && *worth > 0 && may && !barred {
                let worth = i128::from(*worth);
                let beyond = worth - value(&prices, needs);
                let ports = shape.host_ports.as_slice();
                items.push(Item { ports, needs, most, worth, beyond });
            }
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.beyond.abs()));
        let beyond = items.iter().map(|item| item.beyond.max(0) * i128::from(item.most));
        let imaginable = value(&prices, free) + beyond.sum::<i128>();
        Some(Part { items, ports: taken, free, there, imaginable })
    }
}

/// Contents that have some tasks at the least.
struct Part<'p> {
    items: Vec<Item<'p>>,
    /// Of the host, those that are taken.
    ports: Vec<u16>,
    free: [u64; 4],
    /// What these tasks are worth.
    there: i128,
    /// What others can be worth at the most.
    imaginable: i128,
}

fn needs(shape: &Shape) -> [u64; 4] {
    [shape.cpu_units, shape.memory_mib, shape.slots, shape.gpus].map(u64::from)
}

fn value(prices: &[i128; 4], amounts: [u64; 4]) -> i128 {
    prices.iter().zip(amounts).map(|(price, amount)| price * i128::from(amount)).sum()
}

fn walk(mut walk: Walk<'_>, free: [u64; 4], may_lose: i128) -> Proved {
    walk.go(0, free, may_lose);
    match (walk.found, walk.steps) {
        (true, _) => Proved::No,
        (false, 0) => Proved::TooLong,
        (false, _) => Proved::Yes,
    }
}

/// Of all items from some place on, the one that takes the most of one resource for what it
/// takes of another: when the other runs out, more of the first stays unused.
#[derive(Clone, Copy)]
struct Ratio {
    first: usize,
    second: usize,
    takes: u64,
    of: u64,
}

impl Ratio {
    fn leaves_more(self, free: [u64; 4], prices: &[i128; 4], may_lose: i128) -> bool {
        let of = i128::from(self.of);
        let unused = i128::from(free[self.first]) * of
            - i128::from(self.takes) * i128::from(free[self.second]);
        prices[self.first] * unused > may_lose * of
    }
}

fn ratios(items: &[Item<'_>], prices: &[i128; 4]) -> Vec<Vec<Ratio>> {
    let mut all = vec![Vec::new(); items.len() + 1];
    for (first, price) in prices.iter().enumerate() {
        for second in (0..3).filter(|second| *second != first && *price > 0) {
            let mut most = Ratio { first, second, takes: 0, of: 1 };
            for place in (0..items.len()).rev() {
                let (takes, of) = (items[place].needs[first], items[place].needs[second]);
                if u128::from(takes) * u128::from(most.of) > u128::from(most.takes) * u128::from(of)
                {
                    most = Ratio { first, second, takes, of };
                }
                // What takes none of the second can take all of the first.
                if most.of > 0 {
                    all[place].push(most);
                }
            }
        }
    }
    all
}

struct Walk<'p> {
    items: Vec<Item<'p>>,
    prices: [i128; 4],
    takes: Vec<i128>,
    ratios: Vec<Vec<Ratio>>,
    steps: u64,
    /// Of the hosts, those that are taken.
    ports: Vec<u16>,
    found: bool,
}

impl<'p> Walk<'p> {
    fn new(items: Vec<Item<'p>>, prices: [i128; 4], ports: Vec<u16>, steps: u64) -> Self {
        let mut takes = vec![0; items.len() + 1];
        for (place, item) in items.iter().enumerate().rev() {
            takes[place] = takes[place + 1] + value(&prices, item.needs) * i128::from(item.most);
        }
        let ratios = ratios(&items, &prices);
        Walk { ratios, items, prices, takes, steps, ports, found: false }
    }

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
        if self.ratios[place].iter().any(|ratio| ratio.leaves_more(free, &self.prices, may_lose)) {
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
