//! The best Savings Plan of a kind for hours of use, beside commitments that there are.
//!
//! What all hours cost is convex in the commitment, piecewise linear, and bends where a plan has
//! covered one more thing of an hour. The least is at such a place: that at which another dollar
//! an hour no longer saves a dollar an hour (the newsvendor's critical ratio).

use super::{Commitments, Plan, PlanKind, Settled, Used, ladder, settle};

#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Pico-dollars an hour.
    pub hourly: u128,
    /// All hours, with it and without, pico-dollars.
    pub cost: u128,
    pub without: u128,
    /// What of the commitment is used, and of what it could be applied to, how much it is, by
    /// price on demand.
    /// Nothing where there is no commitment, or nothing that it could be applied to.
    pub utilization: Option<f64>,
    pub coverage: Option<f64>,
    /// At so many percent of the use, what more is paid than with the best commitment for that,
    /// pico-dollars.
    pub regret: Vec<(u32, u128)>,
}

/// Percent of the use at which the regret is looked at.
const FALLS: [u32; 3] = [90, 80, 70];

/// Pico-dollars an hour: what rounding may make of nothing.
const NO_SAVING: u128 = 1_000_000;

/// Exact but for a millionth of a dollar an hour, below which nothing is saved and what is left of
/// half covered parts is not told from it; nothing where there is no hour.
#[must_use]
pub fn best(hours: &[Vec<Used>], existing: &Commitments, kind: &PlanKind) -> Option<Best> {
    if hours.is_empty() {
        return None;
    }
    let left: Vec<Vec<Used>> = hours.iter().map(|hour| uncovered(hour, existing)).collect();
    let fixed = fixed(hours, existing);
    let hourly = least(&left, kind);
    let cost = fixed + total(&left, hourly, kind);
    let (mut used, mut covered, mut all) = (0, 0, 0);
    for hour in &left {
        let settled = with(hour, hourly, kind);
        used += settled.used.iter().sum::<u128>();
        for (one, (parts, on_demand)) in hour.iter().zip(&settled.on_demand) {
            if one.rate(kind).is_some() && *parts <= one.parts {
                let whole = Used::cost(one.parts, one.on_demand);
                all += whole;
                covered += whole - (*on_demand).min(whole);
            }
        }
    }
    let regret = FALLS.map(|percent| {
        let fallen: Vec<Vec<Used>> =
            hours.iter().map(|hour| uncovered(&scaled(hour, percent), existing)).collect();
        let least = total(&fallen, least(&fallen, kind), kind);
        (percent, total(&fallen, hourly, kind).saturating_sub(least))
    });
    let committed = hourly * hours.len() as u128;
    Some(Best {
        hourly,
        cost,
        without: fixed + total(&left, 0, kind),
        utilization: part(used, committed),
        coverage: part(covered, all),
        regret: regret.to_vec(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn part(of: u128, all: u128) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

/// What is left on demand of an hour.
fn uncovered(hour: &[Used], existing: &Commitments) -> Vec<Used> {
    let settled = settle(hour, existing);
    let left = hour.iter().zip(&settled.on_demand);
    left.map(|(one, (parts, _))| Used { parts: *parts, ..one.clone() }).collect()
}

/// What existing commitments cost in all hours.
fn fixed(hours: &[Vec<Used>], existing: &Commitments) -> u128 {
    settle(&[], existing).total * hours.len() as u128
}

fn scaled(hour: &[Used], percent: u32) -> Vec<Used> {
    let less = |one: &Used| Used { parts: one.parts * u64::from(percent) / 100, ..one.clone() };
    hour.iter().map(less).collect()
}

fn with(hour: &[Used], hourly: u128, kind: &PlanKind) -> Settled {
    let plans = vec![Plan { kind: kind.clone(), hourly }];
    settle(hour, &Commitments { reserved: Vec::new(), plans })
}

fn total(hours: &[Vec<Used>], hourly: u128, kind: &PlanKind) -> u128 {
    hours.iter().map(|hour| with(hour, hourly, kind).total).sum()
}

/// The commitment at which all hours cost the least; of several the smallest.
fn least(hours: &[Vec<Used>], kind: &PlanKind) -> u128 {
    // Where an hour bends, and by how much the slope rises there.
    let mut bends: Vec<(u128, f64)> = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "compared; the neighbours are tried exactly")]
    let mut slope = hours.len() as f64;
    for hour in hours {
        let (mut at, mut before) = (0, None);
        for (number, rate) in ladder(hour, kind) {
            let one = &hour[number];
            if one.parts == 0 || rate == 0 {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "compared")]
            let saves = one.on_demand as f64 / rate as f64;
            match before {
                None => slope -= saves,
                Some(before) => bends.push((at, before - saves)),
            }
            at += Used::cost(one.parts, rate);
            before = Some(saves);
        }
        bends.extend(before.map(|before| (at, before)));
    }
    bends.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut places: Vec<u128> = vec![0];
    let mut best = 0;
    for (at, rises) in bends {
        if slope < 0.0 && at != places[best] {
            best = places.len();
        }
        slope += rises;
        if places.last() != Some(&at) {
            places.push(at);
        }
    }
    exact(hours, &places, best.min(places.len() - 1), kind)
}

/// From a place near the least to the least.
fn exact(hours: &[Vec<Used>], places: &[u128], near: usize, kind: &PlanKind) -> u128 {
    let (mut at, mut cost) = (near, total(hours, places[near], kind));
    loop {
        let neighbours = [at.checked_sub(1), Some(at + 1)];
        let next = neighbours.into_iter().flatten().filter(|next| *next < places.len());
        let costs = next.map(|next| (total(hours, places[next], kind), next));
        match costs.min().filter(|(less, next)| *less < cost || (*less == cost && *next < at)) {
            Some((less, next)) => (cost, at) = (less, next),
            None if total(hours, 0, kind) <= cost + NO_SAVING * hours.len() as u128 => return 0,
            None => return places[at],
        }
    }
}
