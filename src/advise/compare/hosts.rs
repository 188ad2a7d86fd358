//! The older worlds: an environment's containers on one host or two, by docker-compose, or the same
//! set of them on each instance of a Beanstalk environment.

use super::alone::BALANCER;
use super::{Context, environment};
use crate::advise::fleet::Wanted;
use crate::advise::fleet::offers::volume_pico;
use crate::advise::places::needs_image;
use crate::fit::{Network, Node, Nodes};
use crate::model::ledger::{Entry, Home, Price};
use crate::model::{
    Advice, Architecture, Code, Demand, Finding, Kind, OperatingSystem, Size, World,
};
use crate::units::{CpuUnits, MiB};
use std::collections::BTreeMap;

pub(in crate::advise) struct Hosts {
    /// By environment and home, what it costs; or why it cannot be.
    costs: BTreeMap<(String, &'static str), Result<Cost, Finding>>,
    balancers: BTreeMap<String, Result<u128, Finding>>,
}

/// Instances of one type.
#[derive(Clone)]
pub(in crate::advise) struct Cost {
    architecture: Architecture,
    pub instance_type: String,
    pub count: u32,
    /// Of one with its volume, without an address.
    pub pico_an_hour: u64,
    /// Of all that are there.
    weight: u128,
}

const HOMES: [Home; 5] = [
    Home::ComposeOneHost,
    Home::ComposeTwoHosts,
    Home::BeanstalkSingle,
    Home::BeanstalkBalanced,
    Home::BeanstalkEcs,
];

impl Hosts {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let mut hosts = Hosts { costs: BTreeMap::new(), balancers: BTreeMap::new() };
        for home in HOMES {
            let mut environments: BTreeMap<&str, Vec<&Advice>> = BTreeMap::new();
            for advice in context.advices.iter().filter(|one| refused(one, home).is_none()) {
                environments.entry(environment(advice)).or_default().push(advice);
            }
            for (name, mut there) in environments {
                // What has no image for the hosts is on none of them.
                let architecture = architecture(&there);
                there.retain(|one| one.workload.has_image_for(architecture) != Some(false));
                let cost = match clash(&there) {
                    Some(why) => Err(why),
                    None => cost(context, &there, home),
                };
                hosts.costs.insert((name.to_owned(), home.name()), cost);
            }
        }
        for advice in context.advices {
            hosts.balancers.insert(advice.workload.id.clone(), context.balancer(advice));
        }
        hosts
    }

    /// Its environment's hosts.
    ///
    /// # Errors
    /// Why it is on none of them.
    pub fn cost(&self, advice: &Advice, home: Home) -> Result<Cost, Finding> {
        if let Some(why) = refused(advice, home) {
            return Err(why);
        }
        let key = (environment(advice).to_owned(), home.name());
        let none = || Err(Finding::new(Code::NotPriced, home.name()));
        let cost = self.costs.get(&key).cloned().unwrap_or_else(none)?;
        if advice.workload.has_image_for(cost.architecture) == Some(false) {
            let detail = format!("its hosts are {}", cost.architecture.image());
            return Err(Finding::new(Code::ImageArchitecture, detail));
        }
        Ok(cost)
    }

    pub(super) fn entry(&self, context: &Context<'_>, advice: &Advice, home: Home) -> Entry {
        let cost = self.cost(advice, home)?;
        let what = format!("{} x {}", cost.count, cost.instance_type);
        let mut price = Price { what, ..Price::default() };
        if advice.workload.has_image_for(cost.architecture).is_none() {
            price.assumptions.push(needs_image(cost.architecture));
        }
        let each = context.month(cost.pico_an_hour + context.address()?);
        let hosts = each * u128::from(cost.count);
        price.charge("hosts, volumes and addresses", hosts * weight(advice) / cost.weight.max(1));
        if matches!(home, Home::ComposeTwoHosts | Home::BeanstalkBalanced | Home::BeanstalkEcs) {
            let balancer = self.balancers.get(&advice.workload.id).cloned();
            price.charge(BALANCER, balancer.unwrap_or(Ok(0))?);
        }
        Ok(price)
    }
}

const fn is_beanstalk(home: Home) -> bool {
    !matches!(home, Home::ComposeOneHost | Home::ComposeTwoHosts)
}

/// What no host of these holds.
fn refused(advice: &Advice, home: Home) -> Option<Finding> {
    let workload = &advice.workload;
    if workload.gone_since.is_some() {
        return Some(Finding::new(Code::Gone, String::new()));
    }
    if workload.kind == Kind::Function {
        return Some(Finding::new(Code::NotPacked, "it is a function"));
    }
    if workload.operating_system == OperatingSystem::Windows {
        return Some(Finding::new(Code::PlatformMismatch, "runs Windows"));
    }
    if let Some(why) = bound_to_hosts(advice) {
        return Some(why);
    }
    if workload.gpus > 0 {
        return Some(Finding::new(Code::GpuNeeded, format!("{} GPUs", workload.gpus)));
    }
    if is_beanstalk(home) && workload.kind == Kind::Task {
        return Some(Finding::new(Code::ServicesOnly, String::new()));
    }
    if home == Home::BeanstalkSingle && copies(advice) > 1 {
        let detail = format!("{} of its tasks at once, and one instance", copies(advice));
        return Some(Finding::new(Code::TooLarge, detail));
    }
    size(advice).is_none().then(|| Finding::new(Code::SizeUnknown, String::new()))
}

/// What asks for more than one host.
fn bound_to_hosts(advice: &Advice) -> Option<Finding> {
    let host = advice.workload.host.as_ref()?;
    let copies = copies(advice);
    let many = copies > 1 && !host.daemon;
    let detail = match host.ports.first() {
        Some(port) if many => format!("{copies} tasks ask for port {port} of their host"),
        _ if many && host.distinct_instances() => format!("{copies} tasks, no two on one host"),
        _ => return None,
    };
    Some(Finding::new(Code::HostNeeded, detail))
}

/// Two of them that ask for the same port of a host that all are on.
fn clash(advices: &[&Advice]) -> Option<Finding> {
    let mut taken: BTreeMap<u16, &str> = BTreeMap::new();
    for advice in advices {
        let workload = &advice.workload;
        for port in workload.host.iter().flat_map(|host| &host.ports) {
            if let Some(other) = taken.insert(*port, &workload.id) {
                let detail = format!("{other} and {} ask for port {port} of one host", workload.id);
                return Some(Finding::new(Code::HostNeeded, detail));
            }
        }
    }
    None
}

/// Of a task there.
pub(in crate::advise) fn size(advice: &Advice) -> Option<Size> {
    advice.given().or(advice.workload.size)
}

/// Tasks at their most; of a job as many as were counted at once, one at the least.
fn copies(advice: &Advice) -> u32 {
    if super::is_daemon(advice) {
        return 1;
    }
    if advice.workload.kind == Kind::Task {
        return advice.observed.most_tasks.unwrap_or(1).max(1);
    }
    let scaling = advice.recommended.as_ref().and_then(|one| one.scaling);
    let average = u32::try_from(advice.observed.tasks_per_mille.div_ceil(1000)).unwrap_or(u32::MAX);
    let seen = advice.observed.most_tasks.unwrap_or(0).max(average);
    scaling.map_or(seen, |one| one.most_tasks).max(1)
}

fn weight(advice: &Advice) -> u128 {
    let size = size(advice).unwrap_or(Size::new(1, 1));
    let one = u128::from(size.cpu.0) * 9 + u128::from(size.memory.0);
    one * u128::from(copies(advice))
}

/// ARM where all are to be had for it, and one is of it.
fn architecture(on: &[&Advice]) -> Architecture {
    let arm = on.iter().all(|one| one.workload.has_image_for(Architecture::Arm) == Some(true));
    let arm = arm && on.iter().any(|one| one.workload.architecture == Architecture::Arm);
    if arm { Architecture::Arm } else { Architecture::X86 }
}

fn cost(context: &Context<'_>, on: &[&Advice], home: Home) -> Result<Cost, Finding> {
    let beanstalk = is_beanstalk(home);
    // Beanstalk's instances each run one of every service.
    let times = |advice: &Advice| if beanstalk { 1 } else { copies(advice) };
    let sum = |of: fn(Size) -> u32| -> u64 {
        let each =
            on.iter().filter_map(|one| Some(u64::from(of(size(one)?)) * u64::from(times(one))));
        each.sum()
    };
    let whole = |sum: u64| u32::try_from(sum).unwrap_or(u32::MAX);
    let demand = Demand {
        cpu: CpuUnits(whole(sum(|size| size.cpu.0))),
        memory: MiB(whole(sum(|size| size.memory.0))),
    };
    let node = Node {
        network: Network::Bridge,
        memory_overhead_per_mille: context.wanted.memory_overhead_per_mille,
        reserved: MiB(context.wanted.reserved_mib),
    };
    let architecture = architecture(on);
    let offers = &context.catalog.instances;
    let offer = Nodes::new(offers, architecture, node).cheapest(demand, 0).ok_or_else(|| {
        if offers.is_empty() {
            return context.missing("EC2");
        }
        let detail = format!("all of it on one host: {} and {}", demand.cpu, demand.memory);
        Finding::new(Code::TooLarge, detail)
    })?;
    let most = on.iter().map(|one| copies(one)).max().unwrap_or(1);
    let count = match home {
        Home::ComposeTwoHosts => 2,
        Home::ComposeOneHost | Home::BeanstalkSingle => 1,
        _ => most.max(2),
    };
    let wanted = Wanted { world: World::Ec2, ..context.wanted.clone() };
    let volume = volume_pico(context.catalog, &wanted);
    let volume = volume.ok_or_else(|| context.missing("a gp3 volume"))?;
    Ok(Cost {
        architecture,
        instance_type: offer.instance_type.clone(),
        count,
        pico_an_hour: offer.price.price.as_pico() + volume,
        weight: on.iter().map(|one| weight(one)).sum(),
    })
}
