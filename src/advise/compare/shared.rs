//! Homes that are a share of a fleet: the whole estate is packed, and each workload pays for what
//! of each instance it takes.

use super::alone::BALANCER;
use super::{Context, Marginal};
use crate::advise::fleet::offers::{fee, volume_pico};
use crate::advise::fleet::{Effort, FleetError, Planned, SPARE, Wanted, planned};
use crate::model::ledger::{Entry, Home, Price};
use crate::model::{
    Advice, Architecture, Code, Filled, Finding, FleetPlan, Host, Kind, Place, Size, Verdict, World,
};
use std::collections::BTreeMap;

/// A vCPU counts as so many GB (AWS's split cost allocation data).
const GB_A_VCPU: u64 = 9;
/// Charges: what a commitment takes something off, and the rest.
pub(super) const INSTANCES: &str = "instances";
pub(super) const AROUND: &str = "volumes and addresses";
/// What Auto Mode's own node pools take.
const AUTO_MODE_FAMILIES: [&str; 3] = ["c", "m", "r"];

pub(super) struct Shares {
    fleets: Vec<(Home, Result<Fleet, Finding>)>,
}

struct Fleet {
    instances: u64,
    /// By workload, pico-dollars an hour: of instances, and of volumes and addresses.
    shares: BTreeMap<String, u128>,
    around: BTreeMap<String, u128>,
    findings: Vec<Finding>,
    /// Workloads that are not packed, and why.
    left_out: BTreeMap<String, Finding>,
    marginal: BTreeMap<String, u128>,
}

impl Shares {
    pub fn new(context: &Context<'_>, effort: &Effort<'_>) -> Self {
        let homes = Home::ALL.into_iter().filter(|home| home.world().is_some());
        // Each is a packing of its own.
        let fleets = std::thread::scope(|scope| {
            let begun: Vec<_> = homes
                .map(|home| (home, scope.spawn(move || Fleet::new(context, home, effort))))
                .collect();
            begun.into_iter().map(|(home, fleet)| (home, joined(fleet))).collect()
        });
        Shares { fleets }
    }

    pub fn entry(&self, context: &Context<'_>, advice: &Advice, home: Home) -> Entry {
        let found = self.fleets.iter().find(|(one, _)| *one == home);
        let fleet = match found.map(|(_, fleet)| fleet) {
            Some(Ok(fleet)) => fleet,
            Some(Err(why)) => return Err(why.clone()),
            None => return Err(Finding::new(Code::NotPriced, home.name())),
        };
        let id = &advice.workload.id;
        if let Some(share) = fleet.shares.get(id) {
            let mut price = Price {
                what: format!("share of {} instances", fleet.instances),
                marginal: fleet.marginal.get(id).copied(),
                ..Price::default()
            };
            let hours = u128::from(context.wanted.month_hours);
            price.charge(INSTANCES, share * hours);
            price.charge(AROUND, fleet.around.get(id).copied().unwrap_or(0) * hours);
            if home.world() == Some(World::Eks) {
                let among = fleet.shares.len() as u64;
                price.charge("control plane", context.control_plane(among)?);
            }
            price.charge(BALANCER, context.balancer(advice)?);
            let held = fleet.findings.iter().filter(|one| one.subject.as_ref() == Some(id));
            price
                .assumptions
                .extend(held.map(|one| format!("{}: {}", one.code.name(), one.detail)));
            if home == Home::ManagedInstances
                && advice.workload.host.as_ref().and_then(Host::own_interface) == Some(false)
            {
                price.assumptions.push("bridge is not to be had there: awsvpc or host".to_owned());
            }
            return Ok(price);
        }
        let runs = advice.workload.kind == Kind::Task;
        if runs && matches!(home, Home::Ecs | Home::ManagedInstances) {
            return job(context, advice, home);
        }
        let why = fleet.left_out.get(id).cloned();
        Err(why.unwrap_or_else(|| Finding::new(Code::NotPacked, String::new())))
    }
}

/// What a thread made; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// An instance of its own for each run.
fn job(context: &Context<'_>, advice: &Advice, home: Home) -> Entry {
    let places = [Place::Ec2Own(advice.workload.architecture), Place::Ec2Own(Architecture::X86)];
    let fits = places.iter().find_map(|place| {
        let found = advice.places.iter().find(|one| one.place == *place)?;
        match &found.verdict {
            Verdict::Fits(fit) => Some(Ok(fit)),
            Verdict::Refused(why) => Some(Err(why.clone())),
        }
    });
    let fit = fits.unwrap_or_else(|| Err(Finding::new(Code::NotPriced, home.name())))?;
    let mut price = Price {
        what: fit.what.clone(),
        assumptions: vec!["an instance is started for each run and ended with it".to_owned()],
        ..Price::default()
    };
    let instances = super::alone::total(&fit.bill);
    price.charge(INSTANCES, instances);
    let offer = context.catalog.instance(&fit.what);
    let on_demand = offer.map_or(0, |offer| offer.price.price.as_pico());
    let world = home.world().unwrap_or(World::Ec2);
    if home == Home::ManagedInstances {
        let part = offer.and_then(|offer| fee(&offer.instance_type, on_demand));
        let part = part.ok_or_else(|| context.missing("the management fee"))?;
        price.charge("management fee", instances * u128::from(part) / u128::from(on_demand.max(1)));
    }
    let wanted = Wanted { world, ..context.wanted.clone() };
    let volume = volume_pico(context.catalog, &wanted);
    let volume = volume.ok_or_else(|| context.missing("a gp3 volume"))? + context.address()?;
    price.charge(AROUND, instances * u128::from(volume) / u128::from(on_demand.max(1)));
    Ok(price)
}

impl Fleet {
    fn new(context: &Context<'_>, home: Home, effort: &Effort<'_>) -> Result<Self, Finding> {
        let world = home.world().unwrap_or(World::Ec2);
        let mut wanted = Wanted { world, ..context.wanted.clone() };
        if home == Home::EksAutoMode {
            // Its pools: C, M and R, on demand, more than one CPU, no burstable types.
            let own =
                |family: &String| AUTO_MODE_FAMILIES.iter().any(|one| family.starts_with(one));
            wanted.families = match wanted.families.as_slice() {
                [] => AUTO_MODE_FAMILIES.map(str::to_owned).to_vec(),
                asked => asked.iter().filter(|one| own(one)).cloned().collect(),
            };
            if wanted.families.is_empty() {
                let detail = "its node pools take C, M and R types, and --families names none";
                return Err(Finding::new(Code::WorldNotPlanned, detail));
            }
            wanted.burstable = false;
            wanted.surplus_credits = false;
            wanted.least_vcpu = wanted.least_vcpu.max(2);
            wanted.auto_mode = true;
        }
        let failed = |error: FleetError| Finding::new(Code::WorldNotPlanned, error.to_string());
        let volume = volume_pico(context.catalog, &wanted);
        let volume = volume.ok_or_else(|| context.missing("a gp3 volume"))?;
        let planned = |advices: &[Advice]| planned(advices, context.catalog, &wanted, effort);
        let Planned { plan, left_out, findings, .. } = planned(context.advices).map_err(failed)?;
        let address = context.address()?;
        let each = volume + address;
        let whole = |plan: &FleetPlan| {
            plan.pico_an_hour + u128::from(plan.instances()) * u128::from(address)
        };
        let shares = shares(&plan, context.advices, |one| {
            u128::from(one.price.as_pico()).saturating_sub(u128::from(volume))
        });
        let around = self::shares(&plan, context.advices, |_| u128::from(each));
        let mut marginal = BTreeMap::new();
        let looked = |id: &String| match &context.around.marginal {
            Marginal::None => false,
            Marginal::All => true,
            Marginal::Of(asked) => id == asked,
        };
        for id in shares.keys().filter(|id| looked(id)) {
            let others: Vec<Advice> =
                context.advices.iter().filter(|one| one.workload.id != *id).cloned().collect();
            let without = planned(&others).map_or(0, |one| whole(&one.plan));
            let hours = u128::from(wanted.month_hours);
            marginal.insert(id.clone(), whole(&plan).saturating_sub(without) * hours);
        }
        Ok(Fleet {
            instances: plan.instances(),
            shares,
            around,
            findings,
            left_out: left_out.into_iter().map(|one| (one.workload, one.why)).collect(),
            marginal,
        })
    }
}

/// Each instance is paid by those on it, by CPU and memory; what stands by, and instances with
/// nothing but room, by all in proportion to what they pay already. All shares add up to all
/// instances.
fn shares(
    plan: &FleetPlan,
    advices: &[Advice],
    of: impl Fn(&Filled) -> u128,
) -> BTreeMap<String, u128> {
    let sizes: BTreeMap<&str, Size> = advices
        .iter()
        .filter_map(|one| {
            let size = one.sizing.least.map(crate::model::Demand::size).or(one.workload.size)?;
            Some((one.workload.id.as_str(), size))
        })
        .collect();
    let weight = |name: &str| {
        let size = sizes.get(name).copied().unwrap_or(Size::new(1, 1));
        u128::from(size.cpu.0) * u128::from(GB_A_VCPU) + u128::from(size.memory.0)
    };
    let mut shares: BTreeMap<String, u128> = BTreeMap::new();
    let mut common = 0;
    for one in &plan.filled {
        let cost = of(one) * u128::from(one.count);
        let there: Vec<(&str, u128)> =
            paying(one).map(|(name, count)| (name, weight(name) * u128::from(count))).collect();
        let all: u128 = there.iter().map(|(_, weight)| weight).sum();
        if all == 0 {
            common += cost;
            continue;
        }
        split(cost, &there, &mut shares);
    }
    let paid: Vec<(String, u128)> =
        shares.iter().map(|(name, paid)| (name.clone(), *paid)).collect();
    let paid: Vec<(&str, u128)> = paid.iter().map(|(name, paid)| (name.as_str(), *paid)).collect();
    if common > 0 && !paid.is_empty() {
        split(common, &paid, &mut shares);
    }
    shares
}

/// Workloads on an instance, without room that is kept.
fn paying(one: &Filled) -> impl Iterator<Item = (&str, u32)> {
    one.tasks.iter().filter(|(name, _)| name != SPARE).map(|(name, count)| (name.as_str(), *count))
}

/// By weight; what is left over by rounding goes to the last.
fn split(cost: u128, by: &[(&str, u128)], shares: &mut BTreeMap<String, u128>) {
    let all: u128 = by.iter().map(|(_, weight)| weight).sum();
    let (mut rest, mut left) = (cost, all);
    for (name, weight) in by {
        let part = (rest * weight).checked_div(left).unwrap_or(0);
        rest -= part;
        left -= weight;
        *shares.entry((*name).to_owned()).or_default() += part;
    }
}
