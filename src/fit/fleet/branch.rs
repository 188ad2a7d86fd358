//! A higher bound where a fleet has few instances: branch and price on how many instances of
//! some offers there are (at most so many, or at least one more), the lowest bound first.
//!
//! A split says nothing of contents, so that whatever was proved of them in one part holds in all:
//! each part begins with the best mix of all certificates that are known ([`Numbers`]), and only
//! where that is the lowest bound of all are contents looked for that give it better ones.

use super::bound::{Bound, Branch, Branches, Proof};
use super::certificate::{Certificate, Mix, STRICTER};
use super::dive::{DEEP, Dive, dive};
use super::dominance::dominating;
use super::generate::{self, Count, DEPTHS, Left, Pool, Relaxed, Rounds, Used, Worth, dollars};
use super::numbers::{Answer, Numbers};
use super::problem::Packing;
use super::quick::finish;
use std::rc::Rc;

/// Where the linear program has a part of an instance beyond whole ones, it is split.
const PART: std::ops::Range<f64> = 1e-4..1.0 - 1e-4;
/// Of more instances nothing is said.
const MOST: f64 = 1e6;
/// Splits that are tried out before one is taken.
const TRIED: usize = 12;
/// Contents that are kept for a part, by shape.
const KEPT: usize = 20;
/// See [`Rounds`]; the second where a part cannot be split.
const ROUNDS: [usize; 2] = [3, 60];
const PULL: f64 = 0.5;
const CLOSE: f64 = 2e-4;
/// A bound is no more than so many fleets.
const DEAR: f64 = 2.0;
/// A part's bound need not be more than so many times the cost.
const ENOUGH: f64 = 1.0 + 1e-6;
/// Parts looked at closely after which a dive is made from one.
const DIVES: usize = 4;
const DIVE_ROUNDS: usize = 3;
/// What a split raises a bound by counts as this part of it at the least.
const LEAST: f64 = 1e-6;

/// A part of all packings.
struct Part {
    counts: Vec<Count>,
    bound: f64,
    answer: Answer,
    /// So many certificates were known then.
    known: usize,
    /// How often contents were looked for.
    looks: usize,
    /// Contents, and how much of each, of this part or one around it.
    used: Rc<Used>,
    split: Option<Split>,
    /// The part that it is half of.
    of: Option<usize>,
}

struct Split {
    offers: Rc<[bool]>,
    at_most: u32,
    fewer: usize,
    more: usize,
}

type Side = (Vec<Count>, Answer);

/// A split that was tried out.
struct Tried {
    /// By how much the bounds of both sides rise, multiplied.
    rises: f64,
    offers: Rc<[bool]>,
    at_most: u32,
    sides: [Side; 2],
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
    let cost = best.pico_an_hour(pool.problem);
    let Some(mut tree) = Tree::new(pool, root, cost) else { return bound };
    while !stop() && tree.parts.len() / 2 < most {
        if !tree.step(pool, root, best, stop) {
            break;
        }
    }
    let cost = best.pico_an_hour(pool.problem);
    tree.proved(pool, cost).filter(|one| one.pico_an_hour > bound.pico_an_hour).unwrap_or(bound)
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
    numbers: Numbers,
    parts: Vec<Part>,
    looks: usize,
    /// The packing's, pico-dollars.
    cost: u128,
}

impl Tree {
    fn new(pool: &Pool<'_>, root: &Relaxed, cost: u128) -> Option<Self> {
        let mut numbers = Numbers::new(pool, in_dollars(cost) * DEAR)?;
        numbers.learn(&pool.proved);
        let (_, answer) = numbers.solved(&[])?;
        let whole = Part {
            counts: Vec::new(),
            bound: answer.cost,
            answer,
            known: numbers.known(),
            looks: 1,
            used: root.used.clone().into(),
            split: None,
            of: None,
        };
        Some(Tree { sets: sets(pool), numbers, parts: vec![whole], looks: 0, cost })
    }

    /// The part with the lowest bound that is not split yet.
    fn lowest(&self) -> Option<usize> {
        let open = (0..self.parts.len()).filter(|part| self.parts[*part].split.is_none());
        open.min_by(|a, b| self.parts[*a].bound.total_cmp(&self.parts[*b].bound))
    }

    /// The lowest part is looked at anew with what is known now, or closely, or is split; false where
    /// there is no more to be done.
    fn step(
        &mut self,
        pool: &mut Pool<'_>,
        root: &Relaxed,
        best: &mut Packing,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        let Some(lowest) = self.lowest() else { return false };
        let part = &self.parts[lowest];
        if part.bound >= in_dollars(self.cost) {
            return false;
        }
        if part.known < self.numbers.known() {
            return self.again(lowest);
        }
        let looks = part.looks;
        if looks > 0 && self.split(lowest) {
            return true;
        }
        if looks == ROUNDS.len() || !self.look(pool, lowest, stop) {
            return looks == 0;
        }
        if self.looks % DIVES == 1
            && let Some(packing) = self.dived(pool, root, lowest, stop)
        {
            let less = packing.pico_an_hour(pool.problem);
            if less < self.cost {
                self.cost = less;
                *best = packing.gathered();
            }
        }
        true
    }

    /// With all certificates that are known now.
    fn again(&mut self, number: usize) -> bool {
        let part = &mut self.parts[number];
        let Some((_, answer)) = self.numbers.solved(&part.counts) else { return false };
        part.known = self.numbers.known();
        part.bound = part.bound.max(answer.cost);
        part.answer = answer;
        true
    }

    /// Contents that the part asks for, and what is proved on the way; false where that is nothing.
    fn look(&mut self, pool: &mut Pool<'_>, number: usize, stop: &dyn Fn() -> bool) -> bool {
        self.looks += 1;
        let part = &mut self.parts[number];
        part.looks += 1;
        let mut left = Left::all(pool.problem);
        left.counts.extend(part.counts.iter().cloned());
        let worth = mixed(&part.answer, &pool.proved, pool.problem.shapes.len());
        pool.forget(&worth, &left.counts, KEPT);
        let center = (part.answer.cost, worth);
        let effort = Rounds {
            rounds: ROUNDS[part.looks - 1],
            depths: &DEPTHS[..=part.looks],
            exact: true,
            center: Some(&center),
            pull: PULL,
            gain: &|| f64::NEG_INFINITY,
            close: CLOSE,
            enough: in_dollars(self.cost),
            stop,
        };
        if let Some(relaxed) = pool.solved(&left, &part.used, &effort) {
            part.used = relaxed.used.into();
        }
        self.numbers.learn(&pool.proved);
        self.numbers.known() > self.parts[number].known
    }

    /// In two, by how many instances of some offers there are; false where there are whole numbers
    /// of all.
    fn split(&mut self, number: usize) -> bool {
        let part = &self.parts[number];
        let Some((master, answer)) = self.numbers.solved(&part.counts) else { return false };
        let enough = in_dollars(self.cost);
        let mut best: Option<Tried> = None;
        for (value, set) in self.in_parts(&answer) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let at_most = value.floor() as u32;
            let sides = [
                Count::at_most(Rc::clone(&set), at_most, enough * DEAR),
                Count::at_least(Rc::clone(&set), at_most + 1),
            ];
            let sides = sides.map(|count| {
                let mut counts = part.counts.clone();
                counts.push(count);
                let answer = self.numbers.with(&master, &counts);
                (counts, answer)
            });
            let rises =
                |(_, side): &Side| (side.cost.min(enough) - answer.cost).max(answer.cost * LEAST);
            let both = sides.iter().map(rises).product();
            if best.as_ref().is_none_or(|other| both > other.rises) {
                best = Some(Tried { rises: both, offers: set, at_most, sides });
            }
        }
        let Some(Tried { offers, at_most, sides, .. }) = best else { return false };
        let (bound, known, used) = (part.bound, part.known, Rc::clone(&part.used));
        let first = self.parts.len();
        self.parts[number].split = Some(Split { offers, at_most, fewer: first, more: first + 1 });
        self.parts.extend(sides.map(|(counts, answer)| Part {
            counts,
            bound: bound.max(answer.cost),
            answer,
            known,
            looks: 0,
            used: Rc::clone(&used),
            split: None,
            of: Some(number),
        }));
        true
    }

    /// Offers of which there is a part of an instance, those first of which it is nearly half.
    fn in_parts(&self, answer: &Answer) -> Vec<(f64, Rc<[bool]>)> {
        let count = |set: &Rc<[bool]>| self.numbers.of(answer, set);
        let mut all: Vec<(f64, Rc<[bool]>)> =
            self.sets.iter().map(|set| (count(set), Rc::clone(set))).collect();
        all.retain(|(value, _)| *value < MOST && PART.contains(&value.fract()));
        all.sort_by(|a, b| (a.0.fract() - 0.5).abs().total_cmp(&(b.0.fract() - 0.5).abs()));
        all.truncate(TRIED);
        all
    }

    /// From what a part uses.
    fn dived(
        &self,
        pool: &mut Pool<'_>,
        root: &Relaxed,
        number: usize,
        stop: &dyn Fn() -> bool,
    ) -> Option<Packing> {
        let part = &self.parts[number];
        let relaxed = Relaxed {
            used: Used::clone(&part.used),
            worth: root.worth.clone(),
            cost: part.bound,
            proved: root.proved.clone(),
        };
        let left = Left::all(pool.problem);
        let how = Dive { rounds: DIVE_ROUNDS, ..DEEP };
        let clock = || f64::from(u8::from(stop()));
        let mut packing = dive(pool, left, &relaxed, how, &clock)?;
        finish(pool.problem, &mut packing);
        Some(packing)
    }

    /// What is proved of the lowest part, in whole numbers, and no deeper than is needed for that.
    fn proved(&self, pool: &Pool<'_>, cost: u128) -> Option<Bound> {
        let all: Vec<Certificate> = pool.proved.iter().map(Certificate::rounded).collect();
        let must = Left::must(pool.problem, pool.problem.fewest());
        let mut mixes: Vec<(Mix, u128)> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let counts = [&must[..], &part.counts].concat();
            let enough = in_dollars(cost) * ENOUGH;
            let answer = part.answer.no_more_than(enough);
            let own = Mix::rounded(pool.problem, &all, (&answer.times, &answer.counts), &counts);
            // What holds for the whole holds for its halves.
            let around = part.of.map(|of| &mixes[of]).filter(|whole| whole.1 > own.1);
            mixes.push(around.map_or(own, |(mix, pico)| (mix.halved(), *pico)));
        }
        let open = self.parts.iter().zip(&mixes).filter(|(part, _)| part.split.is_none());
        let pico_an_hour = open.map(|(_, (_, pico))| *pico).min()?.min(cost);
        let mut used = vec![None; all.len()];
        let mut certificates = Vec::new();
        let mut tree = self.tree(0, pico_an_hour, &mixes);
        each_mix(&mut tree, &mut |mix| {
            for (number, _) in &mut mix.times {
                *number = *used[*number].get_or_insert_with(|| {
                    certificates.push(certified(pool, &pool.proved[*number], &all[*number]));
                    certificates.len() - 1
                });
            }
        });
        Some(Bound { pico_an_hour, proof: Proof::Branches(Branches { certificates, tree }) })
    }

    fn tree(&self, number: usize, pico: u128, mixes: &[(Mix, u128)]) -> Branch {
        match &self.parts[number].split {
            Some(split) if mixes[number].1 < pico => Branch::Split {
                offers: (0..split.offers.len()).filter(|bin| split.offers[*bin]).collect(),
                at_most: split.at_most,
                fewer: Box::new(self.tree(split.fewer, pico, mixes)),
                more: Box::new(self.tree(split.more, pico, mixes)),
            },
            _ => Branch::Part(mixes[number].0.clone()),
        }
    }
}

fn each_mix(tree: &mut Branch, each: &mut impl FnMut(&mut Mix)) {
    match tree {
        Branch::Part(mix) => each(mix),
        Branch::Split { fewer, more, .. } => {
            each_mix(fewer, each);
            each_mix(more, each);
        }
    }
}

/// With what helps to check it.
fn certified(pool: &Pool<'_>, found: &generate::Certificate, one: &Certificate) -> Certificate {
    let cuts = pool.cuts(&found.tasks, |bin| found.at_most[bin] * STRICTER);
    Certificate { cuts, ..one.clone() }
}

/// What tasks and counts are worth together.
fn mixed(answer: &Answer, certificates: &[generate::Certificate], shapes: usize) -> Worth {
    let mut tasks = vec![0.0; shapes];
    for (number, times) in &answer.times {
        for (worth, one) in tasks.iter_mut().zip(&certificates[*number].tasks) {
            *worth += one * times;
        }
    }
    Worth { tasks, counts: answer.counts.clone() }
}

fn in_dollars(pico: u128) -> f64 {
    dollars(u64::try_from(pico).unwrap_or(u64::MAX))
}
