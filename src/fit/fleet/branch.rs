//! A higher bound where a fleet has few instances: branch and price on how many instances of
//! some offers there are (at most so many, or at least one more), the lowest bound first.
//!
//! A split only changes what being an instance of an offer is worth, so that contents are looked
//! for as before. Each part has worths of its own that prove its bound; the lowest of them holds
//! for all.

use super::bound::{Bound, Branch, Proof, TaskWorth};
use super::dive::{DEEP, Dive, dive};
use super::dominance::dominating;
use super::generate::{Count, DEPTHS, Left, Pool, Relaxed, Rounds, Worth, dollars};
use super::problem::Packing;
use super::quick::finish;
use std::rc::Rc;

/// Where the linear program has a part of an instance beyond whole ones, it is split.
const PART: std::ops::Range<f64> = 1e-4..1.0 - 1e-4;
/// Splits that are tried out before one is taken.
const TRIED: usize = 12;
/// Contents that are kept for a part, by shape.
const KEPT: usize = 20;
/// See [`Rounds`].
const ROUNDS: usize = 60;
const PULL: f64 = 0.5;
const CLOSE: f64 = 2e-4;
/// More instances than there may be cost so many whole fleets, each.
const DEAR: f64 = 10.0;
/// Parts after which a dive is made from one.
const DIVES: usize = 4;
const DIVE_ROUNDS: usize = 3;

/// A part of all packings.
struct Part {
    left: Left,
    worth: Worth,
    /// What is proved, pico-dollars.
    bound: u128,
    used: Vec<(usize, f64)>,
    cost: f64,
    split: Option<Split>,
}

struct Split {
    offers: Rc<[bool]>,
    at_most: u32,
    fewer: usize,
    more: usize,
}

/// The bound that was known, or a higher one, by so many splits at the most; better packings on the
/// way are kept.
pub(super) fn branch(
    pool: &mut Pool<'_>,
    root: &Relaxed,
    best: &mut Packing,
    bound: Bound,
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Bound {
    let Some((_, worth)) = &root.proved else { return bound };
    let left = Left::all(pool.problem);
    let first = Part {
        bound: certified(pool, worth, &left),
        worth: worth.clone(),
        left,
        used: root.used.clone(),
        cost: root.cost,
        split: None,
    };
    let mut tree = Tree { sets: sets(pool), parts: vec![first] };
    let mut cost = best.pico_an_hour(pool.problem);
    while !stop() && tree.parts.len() / 2 < most {
        let Some(lowest) = tree.lowest().filter(|part| tree.parts[*part].bound < cost) else {
            break;
        };
        if !tree.split(pool, lowest, cost, stop) {
            break;
        }
        if tree.parts.len() % (2 * DIVES) == 1
            && let Some(mut packing) = tree.dived(pool, root, stop)
        {
            finish(pool.problem, &mut packing);
            let less = packing.pico_an_hour(pool.problem);
            if less < cost {
                cost = less;
                *best = packing.gathered();
            }
        }
    }
    let proved = tree.proved().min(cost);
    if proved <= bound.pico_an_hour {
        return bound;
    }
    Bound { pico_an_hour: proved, proof: Proof::Branches(tree.proof(pool, 0, proved)) }
}

fn certified(pool: &Pool<'_>, worth: &Worth, left: &Left) -> u128 {
    let must = pool.problem.fewest() > 0;
    let splits = left.counts.iter().skip(usize::from(must));
    let splits: Vec<(bool, u32)> = splits.map(Count::side).collect();
    TaskWorth::rounded(worth, must, &splits, Vec::new()).pico_an_hour(pool.problem, &splits)
}

/// Offers whose instances may be counted together, each with those that they dominate: all, each
/// for itself, the dear ones, those of an architecture.
fn sets(pool: &Pool<'_>) -> Vec<Rc<[bool]>> {
    let bins = &pool.problem.bins;
    let dominating = dominating(pool.problem);
    let set = |holds: &dyn Fn(usize) -> bool| -> Rc<[bool]> {
        dominating.iter().map(|bin| holds(*bin)).collect()
    };
    let mut order = pool.bins.clone();
    order.sort_by_key(|bin| (bins[*bin].price.as_pico(), *bin));
    let mut all = vec![set(&|_| true)];
    for place in 1..order.len() {
        all.push(set(&|bin| order[place..].contains(&bin)));
    }
    all.extend(order.iter().map(|one| set(&|bin| bin == *one)));
    let x86 = set(&|bin| bins[bin].architecture == crate::model::Architecture::X86);
    if x86.contains(&true) && x86.contains(&false) {
        all.push(x86);
    }
    all
}

struct Tree {
    sets: Vec<Rc<[bool]>>,
    parts: Vec<Part>,
}

impl Tree {
    /// The part with the lowest bound that is not split yet.
    fn lowest(&self) -> Option<usize> {
        let open = (0..self.parts.len()).filter(|part| self.parts[*part].split.is_none());
        open.min_by_key(|part| (self.parts[*part].bound, *part))
    }

    fn proved(&self) -> u128 {
        self.lowest().map_or(0, |part| self.parts[part].bound)
    }

    /// False where it cannot be split, or time is up.
    fn split(
        &mut self,
        pool: &mut Pool<'_>,
        number: usize,
        cost: u128,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        let part = &self.parts[number];
        pool.forget(&part.worth, &part.left.counts, KEPT);
        let Some((offers, at_most)) = self.choose(pool, number) else {
            return false;
        };
        let enough = dollars(u64::try_from(cost).unwrap_or(u64::MAX));
        let part = &self.parts[number];
        let dear = Count::at_most(Rc::clone(&offers), at_most, enough * DEAR);
        let more = Count::at_least(Rc::clone(&offers), at_most + 1);
        let sides = [dear, more].map(|count| {
            let mut left = part.left.clone();
            left.counts.push(count);
            solved(pool, part, left, enough, stop)
        });
        let [Some(fewer), Some(more)] = sides else { return false };
        let first = self.parts.len();
        self.parts.extend([fewer, more]);
        self.parts[number].split = Some(Split { offers, at_most, fewer: first, more: first + 1 });
        true
    }

    /// The offers to be counted, and the whole number below what the linear program has of them.
    fn choose(&self, pool: &mut Pool<'_>, number: usize) -> Option<(Rc<[bool]>, u32)> {
        let part = &self.parts[number];
        let count = |set: &Rc<[bool]>| -> f64 {
            let of = part.used.iter().filter(|(found, _)| set[pool.found[*found].bin]);
            of.map(|(_, value)| value).sum()
        };
        let mut all: Vec<(f64, Rc<[bool]>)> =
            self.sets.iter().map(|set| (count(set), Rc::clone(set))).collect();
        all.retain(|(value, _)| PART.contains(&value.fract()));
        all.sort_by(|a, b| (a.0.fract() - 0.5).abs().total_cmp(&(b.0.fract() - 0.5).abs()));
        all.truncate(TRIED);
        let dear = part.cost * DEAR;
        let tried = all.into_iter().map(|(value, set)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let at_most = value.floor() as u32;
            let both = [
                Count::at_most(Rc::clone(&set), at_most, dear),
                Count::at_least(Rc::clone(&set), at_most + 1),
            ];
            let mut gains = both.map(|count| {
                let mut left = part.left.clone();
                left.counts.push(count);
                let relaxed = pool.solved(&left, &part.used, &Rounds::none());
                relaxed.map_or(0.0, |one| (one.cost - part.cost).max(0.0))
            });
            gains.sort_by(f64::total_cmp);
            let least = part.cost * 1e-6;
            (gains[0].max(least) * gains[1].max(least), set, at_most)
        });
        let best = tried.max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((best.1, best.2))
    }

    /// From the last part.
    fn dived(
        &self,
        pool: &mut Pool<'_>,
        root: &Relaxed,
        stop: &dyn Fn() -> bool,
    ) -> Option<Packing> {
        let part = self.parts.last()?;
        let relaxed = Relaxed {
            used: part.used.clone(),
            worth: root.worth.clone(),
            cost: part.cost,
            proved: root.proved.clone(),
        };
        let left = Left::all(pool.problem);
        dive(pool, left, &relaxed, Dive { rounds: DIVE_ROUNDS, ..DEEP }, stop)
    }

    /// No deeper than is needed for the bound.
    fn proof(&self, pool: &Pool<'_>, number: usize, proved: u128) -> Branch {
        let part = &self.parts[number];
        match &part.split {
            Some(split) if part.bound < proved => Branch::Split {
                offers: (0..split.offers.len()).filter(|bin| split.offers[*bin]).collect(),
                at_most: split.at_most,
                fewer: Box::new(self.proof(pool, split.fewer, proved)),
                more: Box::new(self.proof(pool, split.more, proved)),
            },
            _ => {
                let must = pool.problem.fewest() > 0;
                let splits = part.left.counts.iter().skip(usize::from(must));
                let splits: Vec<(bool, u32)> = splits.map(Count::side).collect();
                Branch::Part(TaskWorth::rounded(
                    &part.worth,
                    must,
                    &splits,
                    pool.cuts(&part.worth, &part.left.counts),
                ))
            }
        }
    }
}

/// A side of a split, from the whole part's answer on.
fn solved(
    pool: &mut Pool<'_>,
    whole: &Part,
    left: Left,
    enough: f64,
    stop: &dyn Fn() -> bool,
) -> Option<Part> {
    let mut worth = whole.worth.clone();
    worth.counts.push(0.0);
    let center = (worth.of_all(&left), worth);
    let effort = Rounds {
        rounds: ROUNDS,
        depths: &DEPTHS[..2],
        exact: true,
        center: Some(&center),
        pull: PULL,
        gain: f64::NEG_INFINITY,
        close: CLOSE,
        enough,
        stop,
    };
    let relaxed = pool.solved(&left, &whole.used, &effort)?;
    let (_, worth) = relaxed.proved?;
    let bound = certified(pool, &worth, &left).max(whole.bound);
    Some(Part { left, worth, bound, used: relaxed.used, cost: relaxed.cost, split: None })
}
