//! What is sold, as offers to pack into: what tasks can have of an instance, and its price with
//! fee and volume.

use super::tasks::Task;
use super::{FleetError, Wanted};
use crate::fit::Network;
use crate::fit::fleet::Bin;
use crate::model::{
    Architecture, Catalog, Code, Finding, InstanceOffer, InstanceShape, Platform, Purchase, Size,
    World,
};
use crate::units::UsdPerHour;

/// Where there is no limit.
const NO_LIMIT: u32 = 1_000_000;
/// Data volume of a Managed Instance, GiB, unless more is asked for.
pub(super) const MANAGED_VOLUME_GIB: u32 = 80;
/// Pods of a node that are its own: network plugin and proxy.
const NODE_PODS: u32 = 2;

#[derive(Clone)]
pub(in crate::advise) struct Offers {
    pub instances: Vec<Bin>,
    pub(super) fargate: Option<Fargate>,
    pub(super) fixed_pico: u128,
    pub(super) findings: Vec<Finding>,
}

/// Fargate's sizes with their price an hour, by architecture, the cheapest first.
#[derive(Clone)]
pub(super) struct Fargate {
    sizes: [Vec<(u64, Size)>; 2],
}

pub(in crate::advise) fn offers(catalog: &Catalog, wanted: &Wanted) -> Result<Offers, FleetError> {
    let mut offers =
        Offers { instances: Vec::new(), fargate: None, fixed_pico: 0, findings: Vec::new() };
    if matches!(wanted.world, World::Fargate | World::Mixed) {
        let fargate = Fargate::new(catalog);
        if fargate.sizes.iter().all(Vec::is_empty) && wanted.world == World::Fargate {
            let region = &catalog.region;
            return Err(FleetError::NoOffers(format!(
                "prices of Fargate in {region} are not known"
            )));
        }
        offers.fargate = Some(fargate);
    }
    if wanted.world == World::Eks {
        let plane = catalog.eks_cluster.as_ref().ok_or_else(|| {
            FleetError::NoOffers(format!(
                "the price of an EKS cluster in {} is not known",
                catalog.region
            ))
        })?;
        offers.fixed_pico = u128::from(plane.price.as_pico());
    }
    if wanted.world != World::Fargate {
        let volume = volume_pico(catalog, wanted);
        if volume.is_none() {
            let detail = format!("in {}", catalog.region);
            offers.findings.push(Finding::new(Code::VolumeNotPriced, detail));
        }
        let bins = catalog.instances.iter().filter_map(|offer| bin(offer, wanted, volume));
        offers.instances = bins.collect();
        let bursting = catalog.instances.iter().flat_map(|offer| bursting(offer, catalog, wanted));
        let bursting = bursting.filter_map(|(extra, pico, offer)| {
            Some(burst(bin(offer, wanted, volume)?, extra, pico))
        });
        offers.instances.extend(bursting);
        if catalog.instances.is_empty() && wanted.world != World::Mixed {
            let region = &catalog.region;
            return Err(FleetError::NoOffers(format!("prices of EC2 in {region} are not known")));
        }
        if offers.instances.is_empty() && wanted.world != World::Mixed {
            return Err(FleetError::NoOffers(format!(
                "no instance type in {} is allowed: see --families, --min-vcpu, --max-vcpu, \
                 --previous-generations, --no-burstable and the network",
                catalog.region
            )));
        }
    }
    Ok(offers)
}

/// A volume for an hour, pico-dollars; nothing where its price is not known.
pub(in crate::advise) fn volume_pico(catalog: &Catalog, wanted: &Wanted) -> Option<u64> {
    let gib = match wanted.world {
        World::ManagedInstances => wanted.volume_gib.max(MANAGED_VOLUME_GIB),
        _ => wanted.volume_gib,
    };
    if gib == 0 {
        return Some(0);
    }
    let month = catalog.gp3.as_ref()?.price.as_pico().checked_mul(u64::from(gib))?;
    Some(month.div_ceil(u64::from(wanted.month_hours.max(1))))
}

fn bin(offer: &InstanceOffer, wanted: &Wanted, volume: Option<u64>) -> Option<Bin> {
    let shape = offer.shape.filter(|shape| !shape.bare_metal)?;
    let name = &offer.instance_type;
    let families = &wanted.families;
    let vcpu = shape.cpu.0 / 1024;
    let allowed = (families.is_empty() || families.iter().any(|one| in_family(name, one)))
        && (shape.current_generation || wanted.previous_generations)
        && (shape.baseline_per_mille.is_none() || wanted.burstable)
        && (wanted.least_vcpu..=wanted.most_vcpu).contains(&vcpu);
    let [cpu, memory, slots] = room(name, &shape, wanted).filter(|_| allowed)?;
    let on_demand = offer.price.price.as_pico();
    let fee = match wanted.world {
        World::ManagedInstances => fee(name, on_demand)?,
        World::Eks if wanted.auto_mode => fee(name, on_demand)?,
        _ => 0,
    };
    Some(Bin {
        name: name.clone(),
        architecture: shape.architecture,
        cpu_units: cpu,
        memory_mib: memory,
        slots,
        gpus: shape.gpus,
        price: UsdPerHour::pico(on_demand + fee + volume.unwrap_or(0) + wanted.address_pico),
        instance: true,
    })
}

/// Parts of what a burstable type has beyond its baseline that are offered with surplus credits.
const BURSTS: [u32; 3] = [4, 2, 1];

/// What a burstable type can have beyond its baseline, CPU units and pico-dollars an hour, where
/// surplus credits have a price.
fn bursting<'c>(
    offer: &'c InstanceOffer,
    catalog: &Catalog,
    wanted: &Wanted,
) -> Vec<(u32, u64, &'c InstanceOffer)> {
    let name = &offer.instance_type;
    let priced = ["t2.", "t3.", "t3a."].iter().any(|family| name.starts_with(family));
    let (Some(rate), Some(shape), true) = (&catalog.surplus_credits, offer.shape, priced) else {
        return Vec::new();
    };
    if !wanted.surplus_credits {
        return Vec::new();
    }
    let beyond = shape.cpu.0.saturating_sub(sustained(&shape));
    let each = rate.price.as_pico();
    BURSTS
        .map(|part| {
            let extra = beyond / part;
            (extra, (each * u64::from(extra)).div_ceil(1024), offer)
        })
        .to_vec()
}

fn burst(mut bin: Bin, extra: u32, pico: u64) -> Bin {
    bin.name = format!("{} +{:.2} vCPU", bin.name, f64::from(extra) / 1024.0);
    bin.cpu_units += extra;
    bin.price = UsdPerHour::pico(bin.price.as_pico() + pico);
    bin
}

/// CPU units that may be used all the time.
fn sustained(shape: &InstanceShape) -> u32 {
    let units = u64::from(shape.cpu.0) * u64::from(shape.baseline_per_mille.unwrap_or(1000));
    u32::try_from(units / 1000).unwrap_or(u32::MAX)
}

/// `m` is every general purpose family, `m7` a generation, `m7g` one family, `m7g.large` a type.
pub(in crate::advise) fn in_family(name: &str, family: &str) -> bool {
    let Some(rest) = name.strip_prefix(family) else { return false };
    let whole_word = family.chars().all(|letter| letter.is_ascii_lowercase());
    !whole_word || rest.starts_with(|next: char| next.is_ascii_digit() || next == '-')
}

/// The management fee of ECS Managed Instances, a share of the on-demand price (12 %; G types
/// 65 % of that, P and Trainium 40 %, since July 2026); nothing where it is not published.
pub(in crate::advise) fn fee(name: &str, on_demand: u64) -> Option<u64> {
    let per_mille = match name.as_bytes() {
        [b'g', digit, ..] if digit.is_ascii_digit() => 78,
        [b'g', b'r', ..] => 78,
        [b'p', digit, ..] if digit.is_ascii_digit() => 48,
        [b't', b'r', b'n', ..] => 48,
        [b'i', b'n', b'f', ..] | [b'd', b'l', ..] | [b'v', b't', ..] | [b'f', ..] => return None,
        _ => 120,
    };
    Some(on_demand / 1000 * per_mille)
}

/// CPU units, MiB and slots for tasks; nothing where interfaces are not known and the network
/// needs them.
fn room(name: &str, shape: &InstanceShape, wanted: &Wanted) -> Option<[u32; 3]> {
    let cpu = sustained(shape);
    let kept = u64::from(1000 - wanted.memory_overhead_per_mille.min(1000));
    let memory = u32::try_from(u64::from(shape.memory.0) * kept / 1000).ok()?;
    let registered = wanted.registered.iter().find(|(seen, _)| seen == name);
    let memory = match (registered, wanted.world) {
        (Some((_, size)), World::Ec2 | World::Mixed) => size.memory.0,
        _ => memory,
    };
    let memory = memory.saturating_sub(wanted.reserved_mib);
    let [daemon_cpu, daemon_memory] = wanted.daemons;
    let interfaces = shape.max_enis.map(|enis| enis.saturating_sub(1));
    let (cpu, memory, slots) = match wanted.world {
        World::Eks => {
            let pods = pods(shape)?;
            let keeps = 255 + 11 * pods + 100;
            let cpu = cpu.saturating_sub(kube_cpu(shape.cpu.0 / 1024));
            (cpu, memory.saturating_sub(keeps), pods.saturating_sub(NODE_PODS))
        }
        World::ManagedInstances => (cpu, memory, shape.tasks_with_trunking.or(interfaces)?),
        _ => match wanted.network {
            Network::Bridge => (cpu, memory, NO_LIMIT),
            Network::Awsvpc => (cpu, memory, interfaces?),
            Network::AwsvpcTrunking => (cpu, memory, shape.tasks_with_trunking.or(interfaces)?),
        },
    };
    let left = [cpu.saturating_sub(daemon_cpu), memory.saturating_sub(daemon_memory), slots];
    left.iter().all(|part| *part > 0).then_some(left)
}

/// Interfaces times addresses beside its own, and two; no more than 110 below 30 vCPU, else 250.
fn pods(shape: &InstanceShape) -> Option<u32> {
    let pods = shape.max_enis? * shape.ipv4_per_eni?.saturating_sub(1) + 2;
    Some(pods.min(if shape.cpu.0 / 1024 < 30 { 110 } else { 250 }))
}

/// What kubelet keeps: 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of
/// the rest; in CPU units, rounded up.
fn kube_cpu(vcpu: u32) -> u32 {
    let parts = |cores: u32, per_ten_thousand: u32| cores * per_ten_thousand;
    let sum = parts(vcpu.min(1), 600)
        + parts(vcpu.clamp(1, 2) - 1, 100)
        + parts(vcpu.clamp(2, 4) - 2, 50)
        + parts(vcpu.max(4) - 4, 25);
    (sum * 1024).div_ceil(10_000)
}

impl Fargate {
    fn new(catalog: &Catalog) -> Self {
        let sizes = [Platform::LinuxX86, Platform::LinuxArm].map(|platform| {
            let rates = catalog
                .fargate(platform, Purchase::OnDemand)
                .and_then(crate::model::FargateRates::task_rates);
            let Some(rates) = rates else { return Vec::new() };
            let sold = catalog.fargate_sizes.iter().filter(|sold| sold.runs(platform));
            let price = |size: Size| {
                let cpu = u128::from(rates.vcpu.as_pico()) * u128::from(size.cpu.0);
                let memory = u128::from(rates.memory.as_pico()) * u128::from(size.memory.0);
                u64::try_from((cpu + memory).div_ceil(1024)).unwrap_or(u64::MAX)
            };
            let mut all: Vec<(u64, Size)> =
                sold.map(|sold| (price(sold.size), sold.size)).collect();
            all.sort_unstable();
            all
        });
        Fargate { sizes }
    }

    /// The cheapest size for a task, at what its tasks on average cost, shared over all copies:
    /// Fargate is paid for those that run, not for those that may.
    pub fn bin(&self, task: &Task, copies: u32) -> Option<Bin> {
        if task.gpus > 0 {
            return None;
        }
        let on = |side: usize, architecture| {
            let fits = |(_, size): &&(u64, Size)| {
                size.cpu >= task.size.cpu && size.memory >= task.size.memory
            };
            self.sizes[side].iter().find(fits).map(|(price, size)| (*price, *size, architecture))
        };
        let x86 = on(0, Architecture::X86).filter(|_| task.x86);
        let arm = on(1, Architecture::Arm).filter(|_| task.arm);
        let (price, size, architecture) = x86.into_iter().chain(arm).min_by_key(|one| one.0)?;
        let average = u128::from(task.average_per_mille).min(u128::from(task.copies) * 1000);
        let each = u128::from(price) * average / (u128::from(copies.max(1)) * 1000);
        Some(Bin {
            name: format!("fargate {}", size.short()),
            architecture,
            cpu_units: size.cpu.0,
            memory_mib: size.memory.0,
            slots: 1,
            gpus: 0,
            price: UsdPerHour::pico(u64::try_from(each).unwrap_or(u64::MAX).max(1)),
            instance: false,
        })
    }
}
