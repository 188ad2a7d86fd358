//! AWS's bill beside the scene current, in the hours that both are of.

use super::{Asked, Window};
use crate::advise::fleet::offers::volume_pico;
use crate::model::{
    Billed, BilledFor, BilledPico, Capacity, Catalog, Charge, Kind, Reconciled, SceneReplay, Spent,
    Workload,
};
use crate::replay::HOUR;
use std::collections::{BTreeMap, BTreeSet};

/// Whose lines of a bill are this estate's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estate {
    region: String,
    /// Those that are known, all of it; nothing where they are not, so that any is taken.
    accounts: Option<BTreeSet<String>>,
    clusters: Option<BTreeSet<String>>,
    instances: BTreeSet<String>,
    functions: BTreeSet<String>,
    /// An instance's volume in an hour, which the replay counts and a bill says elsewhere.
    volume_pico: u64,
    /// Off it, in hundredths of a percent.
    discount: u32,
}

impl Estate {
    #[must_use]
    pub fn of<'w>(
        workloads: impl Iterator<Item = &'w Workload>,
        asked: &Asked<'_>,
        catalog: &Catalog,
    ) -> Self {
        let all: Vec<&Workload> = workloads.collect();
        let number = |account: &String| {
            account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
        };
        let on_ec2 = |one: &Workload| one.launch.iter().any(|one| one.capacity == Capacity::Ec2);
        let on_fargate = |one: &&&Workload| one.kind != Kind::Function && !on_ec2(one);
        let function = |one: &&&Workload| one.kind == Kind::Function;
        let last = |one: &&Workload| one.id.rsplit('/').next().unwrap_or_default().to_owned();
        Estate {
            region: catalog.region.clone(),
            accounts: all.iter().map(|one| one.account.clone().filter(number)).collect(),
            clusters: all.iter().filter(on_fargate).map(|one| one.cluster.clone()).collect(),
            instances: asked
                .instances
                .iter()
                .filter_map(|one| one.ec2_instance_id.clone())
                .collect(),
            functions: all.iter().filter(function).map(last).collect(),
            volume_pico: volume_pico(catalog, asked.wanted).unwrap_or(0),
            discount: asked.contract.discount,
        }
    }

    /// Why a line is not held against the replay.
    fn refuses(&self, line: &BilledFor) -> Option<&'static str> {
        let Charge::Of(spent) = line.charge else {
            return match line.charge {
                Charge::Purchase => Some("fees and purchases"),
                Charge::Tax => Some("tax"),
                Charge::Credit => Some("credits, refunds and corrections"),
                _ => Some("other services"),
            };
        };
        if line.region.is_empty() {
            return Some("lines that name no region");
        }
        if line.region != self.region {
            return Some("other regions");
        }
        let among = |all: &Option<BTreeSet<String>>, one: &String| {
            one.is_empty() || all.as_ref().is_none_or(|all| all.contains(one))
        };
        if !among(&self.accounts, &line.account) {
            return Some("accounts that are not in the store");
        }
        match spent {
            Spent::Fargate => (!among(&self.clusters, &line.owner))
                .then_some("clusters that are not in the store"),
            Spent::Instances => (!self.instances.contains(&line.owner))
                .then_some("EC2 instances that pull did not see in a cluster"),
            Spent::Lambda => {
                let known = self.functions.contains(&line.owner)
                    || (line.owner.is_empty() && !self.functions.is_empty());
                (!known).then_some("functions that are not in the store")
            }
        }
    }
}

/// Holds a bill against the scene current.
#[must_use]
pub fn reconciled(
    bill: &Billed,
    scene: &SceneReplay,
    window: &Window,
    estate: &Estate,
) -> Reconciled {
    let sorted: Vec<(&BilledFor, &BilledPico, Option<&'static str>)> =
        bill.lines.iter().map(|(line, pico)| (line, pico, estate.refuses(line))).collect();
    let covered = bill.hours();
    let ends = covered.first().copied().zip(covered.last().map(|last| last + 1));
    let compared = || sorted.iter().filter(|(.., why)| why.is_none()).map(|(line, ..)| *line);
    let hours = shared(covered, window, compared());
    let mut out = Reconciled {
        hours: hours.len(),
        from_hour: hours.first().copied().unwrap_or(0),
        to_hour: hours.last().map_or(0, |last| last + 1),
        bill_hours: ends,
        ..Reconciled::default()
    };
    let mut left_out: BTreeMap<&str, i128> = BTreeMap::new();
    for (line, pico, why) in sorted {
        match (line.charge, why) {
            (Charge::Of(spent), None) => {
                // All of its hours are there, or none.
                if hours.contains(&line.whole_hours().0) {
                    out.list[spent as usize].billed += pico.list;
                    out.effective.billed += pico.effective;
                }
            }
            (Charge::Unused, _) => out.unused_pico += part(line, pico.effective, &hours),
            (_, why) => {
                *left_out.entry(why.unwrap_or_default()).or_default() +=
                    part(line, pico.effective, &hours);
            }
        }
    }
    out.effective.billed += out.unused_pico;
    out.left_out = left_out
        .into_iter()
        .filter(|(_, pico)| *pico != 0)
        .map(|(why, pico)| (why.to_owned(), pico))
        .collect();
    played(&mut out, scene, &hours, estate);
    out
}

/// What the scene comes to in these hours.
fn played(out: &mut Reconciled, scene: &SceneReplay, hours: &BTreeSet<i64>, estate: &Estate) {
    let signed = |pico: u128| i128::try_from(pico).unwrap_or(i128::MAX);
    let effective = scene.committed.as_ref().map(|told| told.hourly_effective_pico.as_slice());
    let rest = u128::from(10_000 - estate.discount.min(10_000));
    for (place, hour) in scene.hours.iter().enumerate() {
        if !hours.contains(&hour.hour) {
            continue;
        }
        let volumes = u128::from(hour.instance_seconds) * u128::from(estate.volume_pico)
            / u128::from(HOUR.unsigned_abs());
        for spent in Spent::ALL {
            let volumes = if spent == Spent::Instances { volumes } else { 0 };
            let pico = hour.pico[spent as usize].saturating_sub(volumes);
            out.list[spent as usize].played += signed(pico);
        }
        let paid = match effective.and_then(|all| all.get(place)) {
            Some(paid) => paid.saturating_sub(volumes * rest / 10_000),
            None => hour.total().saturating_sub(volumes),
        };
        out.effective.played += signed(paid);
    }
}

/// The hours of both, without those that a compared line has only a part of.
fn shared<'l>(
    covered: BTreeSet<i64>,
    window: &Window,
    lines: impl Iterator<Item = &'l BilledFor>,
) -> BTreeSet<i64> {
    let mut hours = covered;
    hours.retain(|hour| window.holds(*hour));
    let periods: BTreeSet<(i64, i64)> = lines.map(BilledFor::whole_hours).collect();
    loop {
        let before = hours.len();
        for (first, end) in &periods {
            let within = hours.range(*first..*end).count();
            if within > 0 && i64::try_from(within).unwrap_or(i64::MAX) < end - first {
                hours.retain(|hour| !(*first..*end).contains(hour));
            }
        }
        if hours.len() == before {
            return hours;
        }
    }
}

/// A line's part that lies in these hours.
fn part(line: &BilledFor, pico: i128, hours: &BTreeSet<i64>) -> i128 {
    let (first, end) = line.whole_hours();
    let within = i128::try_from(hours.range(first..end).count()).unwrap_or(0);
    pico * within / i128::from((end - first).max(1))
}

#[cfg(test)]
mod tests;
