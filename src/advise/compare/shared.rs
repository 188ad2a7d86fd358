//! Homes that are a share of a fleet: the whole estate is packed, and each workload pays for what
//! of each instance it takes.

use super::alone::BALANCER;
use super::{Context, Marginal};
use crate::advise::fleet::offers::{fee, offers, volume_pico};
use crate::advise::fleet::{Effort, FleetError, Planned, SPARE, Wanted, planned};
use crate::fit::fleet::Bin;
use crate::model::ledger::{Entry, Home, Price};
use crate::model::{
    Advice, Architecture, Code, Filled, Finding, FleetPlan, Host, Kind, OperatingSystem, Size,
    World, instance_type,
};
use crate::units::UsdPerHour;
use std::collections::BTreeMap;

/// A vCPU counts as so many GB (AWS's split cost allocation data).
const GB_A_VCPU: u64 = 9;
/// Charges: what a commitment takes something off, and the rest.
pub(super) const INSTANCES: &str = "instances";
pub(super) const AROUND: &str = "volumes and addresses";
/// What Auto Mode's own node pools take.
const AUTO_MODE_FAMILIES: [&str; 3] = ["c", "m", "r"];

pub(super) struct Shares {
    fleets: Vec<SharedFleet>,
}

struct SharedFleet {
    home: Home,
    fleet: Result<Fleet, Finding>,
    apart: Apart,
    /// Workloads that have a price there.
    priced: u64,
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
            let ended = begun.into_iter().map(|(home, fleet)| (home, joined(fleet)));
            ended.map(|(home, fleet)| SharedFleet::new(context, home, fleet)).collect()
        });
        Shares { fleets }
    }

    pub fn entry(&self, context: &Context<'_>, advice: &Advice, home: Home) -> Entry {
        let found = self.fleets.iter().find(|one| one.home == home);
        let there = found.ok_or_else(|| Finding::new(Code::NotPriced, home.name()))?;
        if advice.workload.kind == Kind::Task {
            let mut price = there.apart.job(context, advice)?;
            there.control_plane(context, &mut price)?;
            return Ok(price);
        }
        there.share(context, advice)
    }
}

impl SharedFleet {
    fn new(context: &Context<'_>, home: Home, fleet: Result<Fleet, Finding>) -> Self {
        let apart = Apart::new(context, home);
        let runs = |one: &&Advice| {
            let workload = &one.workload;
            workload.kind == Kind::Task
                && workload.gone_since.is_none()
                && apart.bin(context, one).is_ok()
        };
        let jobs = context.advices.iter().filter(runs).count();
        let services = fleet.as_ref().map_or(0, |fleet| fleet.shares.len());
        SharedFleet { home, fleet, priced: (jobs + services) as u64, apart }
    }

    /// A workload's part of it, on EKS.
    fn control_plane(&self, context: &Context<'_>, price: &mut Price) -> Result<(), Finding> {
        if self.home.world() == Some(World::Eks) {
            price.charge("control plane", context.control_plane(self.priced)?);
        }
        Ok(())
    }

    fn share(&self, context: &Context<'_>, advice: &Advice) -> Entry {
        let (home, id) = (self.home, &advice.workload.id);
        let fleet = self.fleet.as_ref().map_err(Clone::clone)?;
        let Some(share) = fleet.shares.get(id) else {
            let why = fleet.left_out.get(id).cloned();
            return Err(why.unwrap_or_else(|| Finding::new(Code::NotPacked, String::new())));
        };
        let mut price = Price {
            what: format!("share of {} instances", fleet.instances),
            marginal: fleet.marginal.get(id).copied(),
            ..Price::default()
        };
        let hours = u128::from(context.wanted.month_hours);
        price.charge(INSTANCES, share * hours);
        price.charge(AROUND, fleet.around.get(id).copied().unwrap_or(0) * hours);
        self.control_plane(context, &mut price)?;
        price.charge(BALANCER, context.balancer(advice)?);
        let held = fleet.findings.iter().filter(|one| one.subject.as_ref() == Some(id));
        price.assumptions.extend(held.map(|one| format!("{}: {}", one.code.name(), one.detail)));
        if home == Home::ManagedInstances
            && advice.workload.host.as_ref().and_then(Host::own_interface) == Some(false)
        {
            price.assumptions.push("bridge is not to be had there: awsvpc or host".to_owned());
        }
        Ok(price)
    }
}

/// What a thread made; its panic goes on here.
pub(in crate::advise) fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What is sold there, for what runs by itself.
struct Apart {
    bins: Result<Vec<Bin>, Finding>,
    volume: Result<u64, Finding>,
    fees: bool,
}

impl Apart {
    fn new(context: &Context<'_>, home: Home) -> Self {
        let failed = |error: FleetError| Finding::new(Code::WorldNotPlanned, error.to_string());
        let address = is_sold(home, &context.catalog.region).and_then(|()| context.address());
        let wanted = address.and_then(|more| wanted_in(home, context.wanted, more));
        let bins = wanted.as_ref().map_err(Clone::clone).and_then(|wanted| {
            offers(context.catalog, wanted).map(|all| all.instances).map_err(failed)
        });
        let volume = wanted.ok().and_then(|wanted| volume_pico(context.catalog, &wanted));
        Apart {
            bins,
            volume: volume.ok_or_else(|| context.missing("a gp3 volume")),
            fees: matches!(home, Home::ManagedInstances | Home::EksAutoMode),
        }
    }

    /// The cheapest instance for a run.
    fn bin(&self, context: &Context<'_>, advice: &Advice) -> Result<&Bin, Finding> {
        let workload = &advice.workload;
        if workload.operating_system == OperatingSystem::Windows {
            return Err(Finding::new(Code::PlatformMismatch, "runs Windows"));
        }
        let size = advice.given().or(workload.size);
        let size = size.ok_or_else(|| Finding::new(Code::SizeUnknown, String::new()))?;
        let holds = |bin: &&Bin| {
            let arm_too =
                context.wanted.any_architecture && workload.architecture == Architecture::X86;
            (workload.has_image_for(bin.architecture) == Some(true) || arm_too)
                && bin.cpu_units >= size.cpu.0
                && bin.memory_mib >= size.memory.0
                && bin.gpus >= workload.gpus
        };
        let bins = self.bins.as_ref().map_err(Clone::clone)?;
        let best = bins.iter().filter(holds).min_by_key(|bin| (bin.price, bin.gpus));
        best.ok_or_else(|| {
            let region = &context.catalog.region;
            let detail = format!(
                "no instance type priced in {region} holds {} and {}",
                size.cpu, size.memory
            );
            Finding::new(Code::TooLarge, detail)
        })
    }

    /// An instance of its own for each run.
    fn job(&self, context: &Context<'_>, advice: &Advice) -> Entry {
        let bin = self.bin(context, advice)?;
        let volume = self.volume.clone()?;
        let hours = context.hours(advice);
        let hours = hours.ok_or_else(|| Finding::new(Code::NoReadings, String::new()))?;
        let mut price = Price {
            what: bin.name.clone(),
            assumptions: vec!["an instance is started for each run and ended with it".to_owned()],
            ..Price::default()
        };
        let mut charge = |what: &str, pico: u64| -> Result<(), Finding> {
            let amount = UsdPerHour::pico(pico).times(hours);
            let amount =
                amount.map_err(|error| Finding::new(Code::AmountTooLarge, error.to_string()))?;
            price.charge(what, u128::try_from(amount.pico).unwrap_or(0));
            Ok(())
        };
        let offer = context.catalog.instance(instance_type(&bin.name));
        let fee = offer
            .filter(|_| self.fees)
            .and_then(|offer| fee(&offer.instance_type, offer.price.price.as_pico()));
        let fee = fee.unwrap_or(0);
        let around = volume + context.address()?;
        charge(INSTANCES, bin.price.as_pico().saturating_sub(fee + around))?;
        charge("management fee", fee)?;
        charge(AROUND, around)?;
        Ok(price)
    }
}

/// Managed Instances are not to be had in China.
///
/// # Errors
/// Where AWS does not sell it.
pub(in crate::advise) fn is_sold(home: Home, region: &str) -> Result<(), Finding> {
    let missing = home == Home::ManagedInstances && region.starts_with("cn-");
    if missing { Err(Finding::new(Code::NotInRegion, region)) } else { Ok(()) }
}

/// A home's fleet, as it may be, with public addresses at this an hour.
///
/// # Errors
/// Where nothing that was asked for is to be had there.
pub(in crate::advise) fn wanted_in(
    home: Home,
    wanted: &Wanted,
    address_pico: u64,
) -> Result<Wanted, Finding> {
    let world = home.world().unwrap_or(World::Ec2);
    let mut wanted = Wanted { world, address_pico, ..wanted.clone() };
    if home != Home::EksAutoMode {
        return Ok(wanted);
    }
    // Its pools: C, M and R, on demand, more than one CPU, no burstable types.
    let own = |family: &String| AUTO_MODE_FAMILIES.iter().any(|one| family.starts_with(one));
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
    Ok(wanted)
}

impl Fleet {
    fn new(context: &Context<'_>, home: Home, effort: &Effort<'_>) -> Result<Self, Finding> {
        is_sold(home, &context.catalog.region)?;
        let address = context.address()?;
        let wanted = wanted_in(home, context.wanted, address)?;
        let failed = |error: FleetError| Finding::new(Code::WorldNotPlanned, error.to_string());
        let volume = volume_pico(context.catalog, &wanted);
        let volume = volume.ok_or_else(|| context.missing("a gp3 volume"))?;
        let planned = |advices: &[Advice]| planned(advices, context.catalog, &wanted, effort);
        let Planned { plan, left_out, findings, .. } = planned(context.advices).map_err(failed)?;
        let each = volume + address;
        let shares = shares(&plan, context.advices, |one| {
            u128::from(one.price.as_pico()).saturating_sub(u128::from(each))
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
            let without = planned(&others).map_or(0, |one| one.plan.pico_an_hour);
            let hours = u128::from(wanted.month_hours);
            marginal.insert(id.clone(), plan.pico_an_hour.saturating_sub(without) * hours);
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
            let size = one.given().or(one.workload.size)?;
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
