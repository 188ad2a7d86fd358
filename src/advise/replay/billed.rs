//! AWS's bill beside the scene current, in the hours that both are of.

use super::{Asked, Window};
use crate::advise::fleet::offers::volume_pico;
use crate::model::{
    Billed, BilledFor, BilledLine, Capacity, Catalog, Charge, Kind, Reconciled, SceneReplay, Spent,
    Workload,
};
use crate::replay::HOUR;
use std::collections::{BTreeMap, BTreeSet};

/// Whose lines of a bill are this estate's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estate {
    regions: BTreeSet<String>,
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
            regions: all
                .iter()
                .map(|one| one.region.clone().unwrap_or_else(|| catalog.region.clone()))
                .collect(),
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

    /// A line as far as it matters here.
    #[must_use]
    pub fn sorted(&self, line: &BilledLine<'_>) -> BilledFor {
        BilledFor { from: line.from, to: line.to, charge: line.charge, aside: self.refuses(line) }
    }

    /// Why a line is not held against the replay.
    fn refuses(&self, line: &BilledLine<'_>) -> Option<&'static str> {
        match line.charge {
            Charge::Of(spent) => self.refuses_use(line, spent),
            Charge::Unused if !among(self.accounts.as_ref(), line.account) => {
                Some("unused commitments of other accounts")
            }
            // Those of a plan for all regions name none, or say global.
            Charge::Unused if line.region.contains('-') && !self.regions.contains(line.region) => {
                Some("unused commitments of other regions")
            }
            Charge::Unused => None,
            Charge::Purchase => Some("fees and purchases"),
            Charge::Tax => Some("tax"),
            Charge::Credit => Some("credits, refunds and corrections"),
            Charge::Other => Some("other services"),
        }
    }

    fn refuses_use(&self, line: &BilledLine<'_>, spent: Spent) -> Option<&'static str> {
        if line.region.is_empty() {
            return Some("lines that name no region");
        }
        if !self.regions.contains(line.region) {
            return Some("other regions");
        }
        if !among(self.accounts.as_ref(), line.account) {
            return Some("accounts that are not in the store");
        }
        match spent {
            Spent::Fargate if self.clusters.as_ref().is_some_and(BTreeSet::is_empty) => {
                Some("Fargate, on which nothing of the store runs")
            }
            Spent::Fargate => (!among(self.clusters.as_ref(), line.owner))
                .then_some("clusters that are not in the store"),
            Spent::Instances => (!self.instances.contains(line.owner))
                .then_some("EC2 instances that pull did not see in a cluster"),
            Spent::Lambda => {
                let known = self.functions.contains(line.owner)
                    || (line.owner.is_empty() && !self.functions.is_empty());
                (!known).then_some("functions that are not in the store")
            }
        }
    }
}

/// What is not said may be one of them, and what is not known may be any.
fn among(all: Option<&BTreeSet<String>>, one: &str) -> bool {
    one.is_empty() || all.is_none_or(|all| all.contains(one))
}

/// Holds a bill against the scene current.
#[must_use]
pub fn reconciled(
    bill: &Billed,
    scene: &SceneReplay,
    window: &Window,
    estate: &Estate,
) -> Reconciled {
    let (covered, period) = (bill.hours(), bill.period());
    let ends = covered.first().copied().zip(covered.last().map(|last| last + 1));
    let whole = |line: &&BilledFor| line.to - line.from <= period;
    let compared = bill.lines.keys().filter(|line| line.aside.is_none()).filter(whole);
    let of_use = |line: &&BilledFor| matches!(line.charge, Charge::Of(_));
    let hours = shared(covered, window, compared.filter(of_use));
    let mut out = Reconciled {
        hours: hours.len(),
        from_hour: hours.first().copied().unwrap_or(0),
        to_hour: hours.last().map_or(0, |last| last + 1),
        bill_hours: ends,
        ..Reconciled::default()
    };
    let mut left_out: BTreeMap<&str, i128> = BTreeMap::new();
    for (line, pico) in &bill.lines {
        let effective = part(line, pico.effective, &hours);
        match (line.charge, line.aside) {
            (_, Some(why)) => *left_out.entry(why).or_default() += effective,
            (Charge::Of(spent), None) => {
                out.list[spent as usize].billed += part(line, pico.list, &hours);
                out.effective.billed += effective;
                if !whole(&line) {
                    out.prorated_pico += effective;
                }
            }
            _ => out.unused_pico += effective,
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
            None => hour.used().saturating_sub(volumes),
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

/// A line's part that lies in these hours: all of it or nothing, unless it is longer than the
/// bill's periods.
fn part(line: &BilledFor, pico: i128, hours: &BTreeSet<i64>) -> i128 {
    let (first, end) = line.whole_hours();
    let within = i128::try_from(hours.range(first..end).count()).unwrap_or(0);
    let all = i128::from((end - first).max(1));
    if within == all { pico } else { pico.saturating_mul(within) / all }
}

#[cfg(test)]
mod tests;
