//! A fleet's answer: which instances, what they hold, what they cost, and how far from the best
//! that is.

use super::{Finding, Size};
use crate::units::{UsdPerHour, pico_string};

/// In what a cluster's tasks may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum World {
    /// Every task on Fargate.
    Fargate,
    /// ECS on EC2 instances of one's own.
    Ec2,
    /// ECS Managed Instances.
    ManagedInstances,
    /// EKS on EC2 nodes.
    Eks,
    /// EC2 instances and Fargate, each task where it is cheaper.
    Mixed,
}

impl World {
    pub const ALL: [World; 5] =
        [World::Fargate, World::Ec2, World::ManagedInstances, World::Eks, World::Mixed];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            World::Fargate => "fargate",
            World::Ec2 => "ec2",
            World::ManagedInstances => "managed-instances",
            World::Eks => "eks",
            World::Mixed => "mixed",
        }
    }
}

/// Instances of one type in one zone with the same content; or tasks on Fargate, each one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// From one on.
    pub zone: u32,
    /// `m7g.large`, `t3.small +0.4 vCPU` (beyond its baseline, with surplus credits),
    /// `fargate 512/1024`.
    pub offer: String,
    /// Not a task on Fargate.
    pub instance: bool,
    pub count: u32,
    /// Of one, with fee and volume.
    pub price: UsdPerHour,
    /// What of one is used, and what tasks can have of it: CPU units, MiB, slots, GPUs.
    pub used: [u64; 4],
    pub has: [u64; 4],
    /// Workloads (or what is kept free) with their tasks on one.
    pub tasks: Vec<(String, u32)>,
}

impl Filled {
    /// Without what is bought beside it.
    #[must_use]
    pub fn instance_type(&self) -> &str {
        instance_type(&self.offer)
    }
}

/// Of an offer of an instance.
#[must_use]
pub fn instance_type(offer: &str) -> &str {
    offer.split(' ').next().unwrap_or_default()
}

/// How a bound is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// By weights of CPU, memory and slots.
    Weights,
    /// By a worth of each task.
    Tasks,
    /// The same for each part of all packings, by how many instances of some offers they have.
    Branches,
    /// By the number of instances that must be.
    Instances,
    /// All ways were tried.
    Every,
}

impl ProofKind {
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            ProofKind::Weights => "weights of the resources",
            ProofKind::Tasks => "worths of the tasks",
            ProofKind::Branches => "worths of the tasks, part by part",
            ProofKind::Instances => "the instances that must be",
            ProofKind::Every => "trying every way",
        }
    }
}

/// A world's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPlan {
    pub world: World,
    pub filled: Vec<Filled>,
    /// All instances and Fargate tasks for an hour, and what none can cost less than, in
    /// pico-dollars.
    pub pico_an_hour: u128,
    pub bound_pico: u128,
    pub proofs: Vec<ProofKind>,
    /// What does not depend on the packing, for an hour: a control plane.
    pub fixed_pico: u128,
    pub findings: Vec<Finding>,
}

impl FleetPlan {
    /// With what does not depend on the packing.
    #[must_use]
    pub const fn total_pico(&self) -> u128 {
        self.pico_an_hour + self.fixed_pico
    }

    #[must_use]
    pub fn instances(&self) -> u64 {
        let instances = self.filled.iter().filter(|one| one.instance);
        instances.map(|one| u64::from(one.count)).sum()
    }

    #[must_use]
    pub fn fargate_tasks(&self) -> u64 {
        let tasks = self.filled.iter().filter(|one| !one.instance);
        tasks.map(|one| u64::from(one.count)).sum()
    }

    /// Over the bound, in percent of it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    pub fn gap_percent(&self) -> f64 {
        let over = self.pico_an_hour.saturating_sub(self.bound_pico);
        over as f64 / self.bound_pico.max(1) as f64 * 100.0
    }

    /// Of all instances, what is used and what there is: CPU units, MiB, slots, GPUs.
    #[must_use]
    pub fn used(&self) -> [(u64, u64); 4] {
        let mut sums = [(0, 0); 4];
        for one in self.filled.iter().filter(|one| one.instance) {
            for (sum, (used, has)) in sums.iter_mut().zip(one.used.iter().zip(one.has)) {
                sum.0 += used * u64::from(one.count);
                sum.1 += has * u64::from(one.count);
            }
        }
        sums
    }

    /// What of the instances' price is for CPU and memory that no task takes, a vCPU counted as
    /// nine GB, for an hour in pico-dollars.
    #[must_use]
    pub fn unused_pico(&self) -> u128 {
        let weight = |amounts: &[u64; 4]| u128::from(amounts[0]) * 9 + u128::from(amounts[1]);
        let instances = self.filled.iter().filter(|one| one.instance);
        let unused = |one: &Filled| {
            let (used, has) = (weight(&one.used), weight(&one.has));
            let price = u128::from(one.price.as_pico()) * u128::from(one.count);
            (price * has.saturating_sub(used)).checked_div(has).unwrap_or(0)
        };
        instances.map(unused).sum()
    }

    /// Dollars for an hour, a decimal number.
    #[must_use]
    pub fn dollars(pico: u128) -> String {
        pico_string(i128::try_from(pico).unwrap_or(i128::MAX))
    }
}

/// A workload as it is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedTask {
    pub workload: String,
    /// What one task needs.
    pub size: Size,
    /// Tasks at their most.
    pub copies: u32,
}

/// A workload that no instance is planned for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub workload: String,
    pub why: Finding,
    /// What it costs as recommended, pico-dollars an hour; nothing where that is not known.
    pub pico_an_hour: Option<u128>,
}

/// Dollars an hour with and without something that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    pub what: String,
    pub with: u128,
    pub without: u128,
}

/// One step from today's instances to the plan's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub what: String,
    /// Instances running after it.
    pub instances: u64,
    /// CPU units and MiB of all instances after it.
    pub cpu_units: u64,
    pub memory_mib: u64,
}

/// Today's instances beside the plan's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// By type: how many there are, and what one costs, if that is known.
    pub types: Vec<(String, u64, Option<UsdPerHour>)>,
    /// All of them for an hour; nothing where a price is not known.
    pub pico_an_hour: Option<u128>,
    pub add: Vec<(String, u64)>,
    pub drop: Vec<(String, u64)>,
    pub steps: Vec<Step>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    pub region: String,
    pub prices_as_of: (String, String),
    pub month_hours: u32,
    pub synthetic: bool,
    pub source: String,
    pub tasks: Vec<PackedTask>,
    pub left_out: Vec<LeftOut>,
    /// The world that was asked about, and all worlds that can be.
    pub plan: FleetPlan,
    pub worlds: Vec<Result<FleetPlan, (World, Finding)>>,
    pub constraints: Vec<Costs>,
    /// Percent of demand, and what the plan's world costs then.
    pub sensitivity: Vec<(i32, u128)>,
    pub today: Option<Today>,
    pub assumptions: Vec<String>,
}
