//! A whole estate onto instances: what runs becomes tasks, what is sold becomes offers, and
//! `fit::fleet` packs them, zone by zone.

pub(super) mod offers;
mod pack;
mod tasks;
mod today;

use crate::fit::Network;
use crate::fit::fleet::ProblemError;
use crate::model::{
    Advice, Catalog, Code, Costs, Finding, Fleet, FleetPlan, Instance, LeftOut, PackedTask, Size,
    World,
};
use pack::Packed;
use tasks::{Chosen, Task};

pub(super) use pack::SPARE;

pub use tasks::DeploymentRoom;

/// What is asked for.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Wanted {
    pub world: World,
    pub zones: u32,
    /// All tasks must have room when any one zone is lost.
    pub survive_a_zone: bool,
    pub deployment_room: DeploymentRoom,
    /// Percent of the instances that tasks may take; the rest stands by.
    pub target_capacity: u32,
    pub most_an_instance: Option<u32>,
    pub network: Network,
    pub memory_overhead_per_mille: u32,
    pub reserved_mib: u32,
    /// What runs on every instance beside the tasks: CPU units and MiB.
    pub daemons: [u32; 2],
    pub volume_gib: u32,
    /// A public address of each instance, pico-dollars an hour.
    pub address_pico: u64,
    /// Beginnings of names of types that may be taken; all where there are none.
    pub families: Vec<String>,
    pub least_vcpu: u32,
    pub most_vcpu: u32,
    pub previous_generations: bool,
    pub burstable: bool,
    /// Beyond their baseline too, with surplus credits.
    pub surplus_credits: bool,
    /// Types that were seen, with the least that one of them registered.
    pub registered: Vec<(String, Size)>,
    /// Images for x86 are to be had for ARM too.
    pub any_architecture: bool,
    pub most_types: Option<u32>,
    /// Size of tasks today in place of the recommended one.
    pub as_today: bool,
    pub month_hours: u32,
    /// EKS runs the nodes: a fee as for Managed Instances.
    pub auto_mode: bool,
}

/// How hard to look.
pub struct Effort<'e> {
    pub quick: bool,
    pub seed: u64,
    pub rounds: usize,
    /// Makes a clock for one packing: what part of its time is spent.
    pub clock: &'e (dyn Fn(f64) -> Box<dyn Fn() -> f64> + Sync),
    /// Prove the bound anew: without it none is claimed.
    pub proved: bool,
}

impl Effort<'_> {
    /// For a price alone: quick, its packing looked over, without a bound.
    #[must_use]
    pub fn brief() -> Self {
        Effort { quick: true, seed: 0, rounds: 0, clock: &|_| Box::new(|| 0.0), proved: false }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    #[error("there is nothing to pack: {0}")]
    Nothing(String),
    #[error("{0}")]
    Problem(#[from] ProblemError),
    #[error("{0}")]
    NoOffers(String),
    #[error("--types {most}: the tasks need {least} types at the least, as far as was found")]
    Types { most: u32, least: usize },
}

/// Where the advices came from.
pub struct Source<'s> {
    pub name: &'s str,
    pub synthetic: bool,
    /// Instances that were seen.
    pub instances: &'s [Instance],
}

/// The whole answer.
///
/// # Errors
/// [`FleetError`] where nothing can be packed in the world that was asked about.
pub fn fleet(
    advices: &[Advice],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
    source: &Source<'_>,
) -> Result<Fleet, FleetError> {
    let Chosen { tasks, daemons, left_out, findings } = tasks::choose(advices, catalog, wanted);
    let wanted = &with_daemons(wanted, daemons);
    if tasks.is_empty() {
        return Err(FleetError::Nothing(format!(
            "{} workloads, none of which is a service of known size on Linux",
            advices.len()
        )));
    }
    let mut plan = plan(&tasks, catalog, wanted, effort, 1.0)?;
    if wanted.world != World::Fargate {
        plan.findings.extend(findings);
    }
    let worlds = World::ALL.iter().map(|world| {
        if *world == plan.world {
            return Ok(plan.clone());
        }
        let other = Wanted { world: *world, ..wanted.clone() };
        self::plan(&tasks, catalog, &other, effort, 0.5).map_err(|error| {
            (*world, Finding::new(Code::WorldNotPlanned, error.to_string()).about(world.name()))
        })
    });
    Ok(Fleet {
        region: catalog.region.clone(),
        prices_as_of: catalog.as_of.clone(),
        month_hours: wanted.month_hours,
        synthetic: source.synthetic,
        source: source.name.to_owned(),
        worlds: worlds.collect(),
        constraints: constraints(&tasks, catalog, wanted, effort, &plan),
        sensitivity: sensitivity(&tasks, catalog, wanted, effort),
        today: today::today(source.instances, catalog, wanted, &plan),
        assumptions: assumptions(wanted),
        tasks: tasks.iter().map(packed).collect(),
        left_out,
        plan,
    })
}

fn with_daemons(wanted: &Wanted, more: [u32; 2]) -> Wanted {
    let [cpu, memory] = wanted.daemons;
    Wanted { daemons: [cpu + more[0], memory + more[1]], ..wanted.clone() }
}

/// By type, the least that an instance of it registered.
#[must_use]
pub fn registered(instances: &[Instance]) -> Vec<(String, Size)> {
    let mut all: Vec<(String, Size)> = Vec::new();
    for instance in instances {
        let (Some(name), Some(size)) = (&instance.instance_type, instance.registered) else {
            continue;
        };
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, least)) => {
                least.cpu = least.cpu.min(size.cpu);
                least.memory = least.memory.min(size.memory);
            }
            None => all.push((name.clone(), size)),
        }
    }
    all
}

/// One world's plan alone, with what is left out of it and why.
pub(super) struct Planned {
    pub plan: FleetPlan,
    pub left_out: Vec<LeftOut>,
    pub findings: Vec<Finding>,
    pub tasks: Vec<PackedTask>,
}

impl Planned {
    /// Of nothing.
    pub fn none(world: World) -> Self {
        let plan = FleetPlan {
            world,
            filled: Vec::new(),
            pico_an_hour: 0,
            bound_pico: 0,
            proofs: Vec::new(),
            fixed_pico: 0,
            findings: Vec::new(),
        };
        Planned { plan, left_out: Vec::new(), findings: Vec::new(), tasks: Vec::new() }
    }
}

/// What no offer holds is left out.
///
/// # Errors
/// As [`fleet`].
pub(super) fn planned(
    advices: &[Advice],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
) -> Result<Planned, FleetError> {
    planned_times(advices, catalog, wanted, effort, 1_000)
}

/// The same with so many thousandths of each service's tasks, rounded up.
///
/// # Errors
/// As [`fleet`].
pub(super) fn planned_times(
    advices: &[Advice],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
    per_mille: u64,
) -> Result<Planned, FleetError> {
    let Chosen { mut tasks, daemons, mut left_out, findings } =
        tasks::choose(advices, catalog, wanted);
    for task in &mut tasks {
        task.copies = times(task.copies, per_mille);
    }
    let wanted = &with_daemons(wanted, daemons);
    loop {
        if tasks.is_empty() {
            return Err(FleetError::Nothing("no service of known size on Linux".to_owned()));
        }
        match plan(&tasks, catalog, wanted, effort, 1.0) {
            Ok(plan) => {
                let tasks = tasks.iter().map(packed).collect();
                return Ok(Planned { plan, left_out, findings, tasks });
            }
            Err(FleetError::Problem(ProblemError::NoOffer { task, limit }))
                if tasks.iter().any(|one| one.workload == task) =>
            {
                tasks.retain(|one| one.workload != task);
                let why = Finding::new(Code::TooLarge, limit).about(&task);
                left_out.push(LeftOut { workload: task, why, pico_an_hour: None });
            }
            Err(error) => return Err(error),
        }
    }
}

/// So many thousandths of some tasks: one at the least.
pub(super) fn times(copies: u32, per_mille: u64) -> u32 {
    let all = (u64::from(copies) * per_mille).div_ceil(1_000);
    u32::try_from(all.max(1)).unwrap_or(u32::MAX)
}

fn packed(task: &Task) -> PackedTask {
    PackedTask { workload: task.workload.clone(), size: task.size, copies: task.copies }
}

/// One world's answer.
fn plan(
    tasks: &[Task],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
    share: f64,
) -> Result<FleetPlan, FleetError> {
    let offers = offers::offers(catalog, wanted)?;
    Packed { tasks, offers, wanted, effort, share }.plan()
}

/// What each constraint costs: the plan beside one without it.
fn constraints(
    tasks: &[Task],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
    plan: &FleetPlan,
) -> Vec<Costs> {
    let mut all: Vec<(&str, Vec<Task>, Wanted)> = Vec::new();
    let mut without = |what, change: &dyn Fn(&mut Wanted)| {
        let mut other = wanted.clone();
        change(&mut other);
        all.push((what, tasks.to_vec(), other));
    };
    if wanted.survive_a_zone {
        without("surviving the loss of a zone", &|other| other.survive_a_zone = false);
    }
    if wanted.zones > 1 {
        without("more than one zone", &|other| {
            other.zones = 1;
            other.survive_a_zone = false;
        });
    }
    if wanted.deployment_room != DeploymentRoom::None && !wanted.survive_a_zone {
        without("room for deployments", &|other| other.deployment_room = DeploymentRoom::None);
    }
    if wanted.network != Network::Bridge && matches!(wanted.world, World::Ec2 | World::Mixed) {
        without("a network interface for each task", &|other| other.network = Network::Bridge);
    }
    if wanted.most_an_instance.is_some() {
        without("few tasks of a service on an instance", &|other| other.most_an_instance = None);
    }
    if wanted.most_types.is_some() {
        without("few types", &|other| other.most_types = None);
    }
    if wanted.target_capacity < 100 {
        without("instances that stand by", &|other| other.target_capacity = 100);
    }
    if !wanted.any_architecture && tasks.iter().any(|task| task.x86 && !task.arm) {
        without("images for x86 alone", &|other| other.any_architecture = true);
    }
    all.extend(
        without_placing(tasks).into_iter().map(|(what, tasks)| (what, tasks, wanted.clone())),
    );
    let costs = |(what, tasks, other): (&str, Vec<Task>, Wanted)| {
        let cheaper = self::plan(&tasks, catalog, &other, effort, 0.25).ok()?;
        // What was found without may be dearer by chance: a constraint never earns money.
        let without = cheaper.total_pico().min(plan.total_pico());
        Some(Costs { what: what.to_owned(), with: plan.total_pico(), without })
    };
    all.into_iter().filter_map(costs).collect()
}

/// Tasks without what they ask of their instances, where they ask for it.
fn without_placing(tasks: &[Task]) -> Vec<(&'static str, Vec<Task>)> {
    let without = |what, has: &dyn Fn(&Task) -> bool, drop: &dyn Fn(&mut Task)| {
        let mut free = tasks.to_vec();
        free.iter_mut().for_each(drop);
        tasks.iter().any(has).then_some((what, free))
    };
    let ports =
        without("ports of their instance", &|task| !task.placing.host.ports.is_empty(), &|task| {
            task.placing.host.ports.clear();
        });
    let constraints = without(
        "placement constraints",
        &|task| !task.placing.host.placement_constraints.is_empty(),
        &|task| {
            task.placing.host.placement_constraints.clear();
            task.placing.expressions.clear();
        },
    );
    ports.into_iter().chain(constraints).collect()
}

fn sensitivity(
    tasks: &[Task],
    catalog: &Catalog,
    wanted: &Wanted,
    effort: &Effort<'_>,
) -> Vec<(i32, u128)> {
    let at = |percent: i32| {
        let scaled: Vec<Task> = tasks.iter().map(|task| task.scaled(percent)).collect();
        let plan = plan(&scaled, catalog, wanted, effort, 0.25).ok()?;
        Some((percent, plan.total_pico()))
    };
    [-30, -10, 10, 30].into_iter().filter_map(at).collect()
}

/// What was taken for granted.
fn assumptions(wanted: &Wanted) -> Vec<String> {
    let mut all = vec!["on demand, all month".to_owned()];
    if wanted.world != World::Fargate {
        let percent = f64::from(wanted.memory_overhead_per_mille) / 10.0;
        all.push(format!(
            "{percent} % of an instance's memory and {} MiB are kept by kernel, agent and \
             container runtime (AWS publishes no table; --instance-overhead, --instance-reserved)",
            wanted.reserved_mib
        ));
        all.push("instances have room for the most tasks that run at once".to_owned());
        if wanted.burstable {
            let beyond = if wanted.surplus_credits {
                ", or with surplus credits for what is beyond it (T4g alone with its baseline: the \
                 price has no source)"
            } else {
                ""
            };
            all.push(format!("burstable types count with their baseline{beyond}"));
        }
        let volume = match wanted.world {
            World::ManagedInstances => wanted.volume_gib.max(offers::MANAGED_VOLUME_GIB),
            _ => wanted.volume_gib,
        };
        all.push(format!("a gp3 volume of {volume} GiB for each instance (--volume-gib)"));
    }
    if matches!(wanted.world, World::Fargate | World::Mixed) {
        let mut each =
            "a task on Fargate is priced by how much of the time it runs on average".to_owned();
        if wanted.survive_a_zone && wanted.world == World::Mixed {
            each.push_str("; those that stand by for the loss of a zone cost nothing there");
        }
        all.push(each);
    }
    if wanted.world == World::Eks {
        let kept = "kubelet keeps 255 MiB and 11 MiB a pod, 100 MiB are kept free, two pods of \
                    each node are its own";
        all.push(kept.to_owned());
    }
    all
}

/// A workload that is not packed.
fn left_out(advice: &Advice, why: Finding, month_hours: u32) -> LeftOut {
    let month = advice.recommended.as_ref().map(|one| one.bill.total_pico());
    let hour = month.and_then(|pico| u128::try_from(pico).ok());
    LeftOut {
        workload: advice.workload.id.clone(),
        why,
        pico_an_hour: hour.map(|pico| pico / u128::from(month_hours.max(1))),
    }
}

#[cfg(test)]
mod tests;
