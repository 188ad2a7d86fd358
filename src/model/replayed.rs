//! A window played again: what each hour would have cost, and what would have fallen short.

use super::ledger::Home;
use super::{Architecture, Code, Finding, Platform};

/// What the whole estate runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// As it ran: sizes, tasks and purchase as they were.
    Current,
    /// Fargate with the recommended sizes, bought as today.
    Fargate,
    /// The same on ARM, where the image allows it.
    FargateArm,
    /// The same on Spot, as an expected value.
    FargateSpot,
    /// ECS on EC2 instances that a capacity provider brings and takes away.
    Ec2,
    /// ECS on the instances of the fleet's plan, all the time.
    Ec2Fixed,
    /// ECS Managed Instances.
    ManagedInstances,
    /// EKS on nodes that come and go, on nodes that EKS runs, and on Fargate.
    EksEc2,
    EksAutoMode,
    EksFargate,
    /// Functions, where they will do.
    Lambda,
    /// Lambda Managed Instances, where they will do.
    LambdaManagedInstances,
    /// docker-compose: everything of an environment on one host, or on each of two.
    ComposeOneHost,
    ComposeTwoHosts,
    /// Beanstalk: an instance of each environment, or as many as its largest service has tasks.
    BeanstalkSingle,
    BeanstalkBalanced,
    BeanstalkEcs,
}

impl Scene {
    pub const ALL: [Scene; 17] = [
        Scene::Current,
        Scene::Fargate,
        Scene::FargateArm,
        Scene::FargateSpot,
        Scene::Ec2,
        Scene::Ec2Fixed,
        Scene::ManagedInstances,
        Scene::EksEc2,
        Scene::EksAutoMode,
        Scene::EksFargate,
        Scene::Lambda,
        Scene::LambdaManagedInstances,
        Scene::ComposeOneHost,
        Scene::ComposeTwoHosts,
        Scene::BeanstalkSingle,
        Scene::BeanstalkBalanced,
        Scene::BeanstalkEcs,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scene::Current => "current",
            Scene::Fargate => "fargate",
            Scene::FargateArm => "fargate-arm",
            Scene::FargateSpot => "fargate-spot",
            Scene::Ec2 => "ec2",
            Scene::Ec2Fixed => "ec2-fixed",
            Scene::ManagedInstances => "managed-instances",
            Scene::EksEc2 => "eks-ec2",
            Scene::EksAutoMode => "eks-auto-mode",
            Scene::EksFargate => "eks-fargate",
            Scene::Lambda => "lambda",
            Scene::LambdaManagedInstances => "lambda-managed-instances",
            Scene::ComposeOneHost => "compose-one-host",
            Scene::ComposeTwoHosts => "compose-two-hosts",
            Scene::BeanstalkSingle => "beanstalk-single",
            Scene::BeanstalkBalanced => "beanstalk-balanced",
            Scene::BeanstalkEcs => "beanstalk-ecs",
        }
    }

    /// The home whose fleet it plays.
    #[must_use]
    pub const fn fleet(self) -> Option<Home> {
        match self {
            Scene::Ec2 | Scene::Ec2Fixed => Some(Home::Ecs),
            Scene::ManagedInstances => Some(Home::ManagedInstances),
            Scene::EksEc2 => Some(Home::EksNodes),
            Scene::EksAutoMode => Some(Home::EksAutoMode),
            _ => None,
        }
    }

    /// The home whose hosts it plays.
    #[must_use]
    pub const fn hosts(self) -> Option<Home> {
        match self {
            Scene::ComposeOneHost => Some(Home::ComposeOneHost),
            Scene::ComposeTwoHosts => Some(Home::ComposeTwoHosts),
            Scene::BeanstalkSingle => Some(Home::BeanstalkSingle),
            Scene::BeanstalkBalanced => Some(Home::BeanstalkBalanced),
            Scene::BeanstalkEcs => Some(Home::BeanstalkEcs),
            _ => None,
        }
    }

    /// What moves there is in this home; of Fargate that of x86.
    #[must_use]
    pub const fn home(self) -> Home {
        match self {
            Scene::Current | Scene::Fargate => Home::Fargate(Platform::LinuxX86),
            Scene::FargateArm => Home::Fargate(Platform::LinuxArm),
            Scene::FargateSpot => Home::FargateSpot(Architecture::X86),
            Scene::Ec2 | Scene::Ec2Fixed => Home::Ecs,
            Scene::ManagedInstances => Home::ManagedInstances,
            Scene::EksEc2 => Home::EksNodes,
            Scene::EksAutoMode => Home::EksAutoMode,
            Scene::EksFargate => Home::EksFargate,
            Scene::Lambda => Home::Lambda(Architecture::X86),
            Scene::LambdaManagedInstances => Home::LambdaManagedInstances,
            Scene::ComposeOneHost => Home::ComposeOneHost,
            Scene::ComposeTwoHosts => Home::ComposeTwoHosts,
            Scene::BeanstalkSingle => Home::BeanstalkSingle,
            Scene::BeanstalkBalanced => Home::BeanstalkBalanced,
            Scene::BeanstalkEcs => Home::BeanstalkEcs,
        }
    }

    /// Pods, of a cluster that has a control plane.
    #[must_use]
    pub const fn is_eks(self) -> bool {
        matches!(self, Scene::EksEc2 | Scene::EksAutoMode | Scene::EksFargate)
    }

    /// Can be told of each workload by itself: nothing of it is shared.
    #[must_use]
    pub const fn is_apart(self) -> bool {
        !matches!(self, Scene::LambdaManagedInstances)
            && self.fleet().is_none()
            && self.hosts().is_none()
    }
}

/// Of what an hour's dollars are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spent {
    Fargate,
    Instances,
    Lambda,
}

impl Spent {
    pub const ALL: [Spent; 3] = [Spent::Fargate, Spent::Instances, Spent::Lambda];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Spent::Fargate => "fargate",
            Spent::Instances => "instances",
            Spent::Lambda => "lambda",
        }
    }
}

/// One hour of the estate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourReplay {
    /// Hours since 1970.
    pub hour: i64,
    /// Pico-dollars by what they are spent on, in the order of [`Spent`].
    pub pico: [u128; 3],
    /// What stands around: load balancers, addresses, NAT gateways, a control plane.
    pub around_pico: u128,
    /// ECS tasks in thousandths, times seconds.
    pub task_milliseconds: u64,
    pub instance_seconds: u64,
    pub most_instances: u64,
    /// Workloads times seconds in which their hottest task was short of CPU.
    pub short_seconds: u64,
    /// Tasks times seconds that they waited for an instance.
    pub waiting_seconds: u64,
}

impl HourReplay {
    #[must_use]
    pub fn total(&self) -> u128 {
        self.used() + self.around_pico
    }

    /// Without what stands around.
    #[must_use]
    pub fn used(&self) -> u128 {
        self.pico.iter().sum()
    }
}

/// What came of one workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Pico-dollars in the window, and in a month like it; nothing where it runs on instances that
    /// all share.
    pub pico: Option<u128>,
    pub month_pico: Option<u128>,
    /// Thousandths of tasks, times seconds.
    pub task_milliseconds: u64,
    pub most_tasks_milli: u32,
    /// Seconds in which the hottest task was short of CPU, and how many times memory was too
    /// much; nothing where that was not measured, or does not happen there.
    pub short_seconds: Option<u64>,
    pub memory_failures: Option<u32>,
    /// Of a function the executions at once, in its busiest reading.
    pub most_at_once: Option<u64>,
    /// Seconds without readings that were filled with the mean.
    pub filled_seconds: u64,
}

/// One workload in one scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRow {
    pub workload: String,
    /// `fargate 512/1024`, `lambda 1769 MiB`, `instances 512/1024`.
    pub runs_as: String,
    /// Or why nothing can be said.
    pub outcome: Result<Ran, Finding>,
    /// Why it does not run on what the scene is about.
    pub stays: Option<Finding>,
    pub findings: Vec<Finding>,
}

/// A sum over those that were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    pub sum: u64,
    pub measured: usize,
    pub not_measured: usize,
}

impl Measured {
    /// Nothing where it is not known of anything, though it could be.
    #[must_use]
    pub const fn known(&self) -> Option<u64> {
        if self.measured == 0 && self.not_measured > 0 { None } else { Some(self.sum) }
    }
}

/// A scene that was played.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneReplay {
    pub scene: Scene,
    /// Every hour of the window.
    pub hours: Vec<HourReplay>,
    /// Every workload once, by name.
    pub rows: Vec<ReplayRow>,
    /// Types of the instances.
    pub instance_types: Vec<String>,
    /// Pico-dollars of a month like the window.
    pub month_pico: u128,
    /// Under commitments, where they were told or asked about.
    pub committed: Option<Committed>,
    /// Why what stands around is not in the sums.
    pub around_unknown: Option<Finding>,
}

/// A window under commitments, without what stands around, pico-dollars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    /// On demand; with the contract's discount; with commitments and the discount on the rest.
    pub list_pico: u128,
    pub contracted_pico: u128,
    pub effective_pico: u128,
    /// The same of every hour of the window.
    pub hourly_effective_pico: Vec<u128>,
    /// What is paid for plans and reservations, and what of that nothing used.
    pub committed_pico: u128,
    pub idle_pico: u128,
    pub best: Option<BestPlan>,
    /// What no rate is known for: it stays on demand.
    pub unrated: Vec<String>,
}

/// The Savings Plan of a kind with which the window costs the least.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestPlan {
    /// Of an EC2 Instance Savings Plan.
    pub family: Option<String>,
    /// Pico-dollars an hour.
    pub hourly_pico: u128,
    pub saved_pico: u128,
    /// Of the commitment what is used, and of what it could be applied to how much it is.
    pub utilization: Option<f64>,
    pub coverage: Option<f64>,
    /// At so many percent of the use, what more is paid than with the best plan for that.
    pub regret: Vec<(u32, u128)>,
    /// What no rate is known for: it stays on demand.
    pub unrated: Vec<String>,
}

impl BestPlan {
    /// None was found, and rates are missing: there may be one.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.hourly_pico == 0 && !self.unrated.is_empty()
    }
}

impl SceneReplay {
    /// Pico-dollars of the whole window.
    #[must_use]
    pub fn pico(&self) -> u128 {
        self.hours.iter().map(HourReplay::total).sum()
    }

    /// What of them stands around.
    #[must_use]
    pub fn around_pico(&self) -> u128 {
        self.hours.iter().map(|hour| hour.around_pico).sum()
    }

    /// Of what the dollars of the window are.
    #[must_use]
    pub fn spent(&self, on: Spent) -> u128 {
        self.hours.iter().map(|hour| hour.pico[on as usize]).sum()
    }

    /// Those of which nothing can be said; what is gone costs nothing.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.rows
            .iter()
            .filter_map(|row| Some((row.workload.as_str(), row.outcome.as_ref().err()?)))
            .filter(|(_, why)| why.code != Code::Gone)
    }

    /// Of those that are tasks the sum, and how many were not measured.
    fn sum(&self, part: impl Fn(&Ran) -> Option<u64>) -> Measured {
        let mut out = Measured { sum: 0, measured: 0, not_measured: 0 };
        for ran in self.rows.iter().filter_map(|row| row.outcome.as_ref().ok()) {
            match part(ran) {
                Some(value) => {
                    out.sum += value;
                    out.measured += 1;
                }
                None if ran.task_milliseconds > 0 => out.not_measured += 1,
                None => {}
            }
        }
        out
    }

    #[must_use]
    pub fn short_seconds(&self) -> Measured {
        self.sum(|ran| ran.short_seconds)
    }

    #[must_use]
    pub fn memory_failures(&self) -> Measured {
        self.sum(|ran| ran.memory_failures.map(u64::from))
    }

    #[must_use]
    pub fn waiting_seconds(&self) -> u64 {
        self.hours.iter().map(|hour| hour.waiting_seconds).sum()
    }

    #[must_use]
    pub fn most_instances(&self) -> u64 {
        self.hours.iter().map(|hour| hour.most_instances).max().unwrap_or(0)
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    pub region: String,
    pub month_hours: u32,
    /// Hours since 1970: the first, and how many there are.
    pub first_hour: i64,
    pub hours: usize,
    /// Seconds of them in which somebody was measuring.
    pub live_seconds: u64,
    /// Each scene that was asked for, or why it cannot be played.
    pub scenes: Vec<Result<SceneReplay, (Scene, Finding)>>,
    /// What was billed, where that was told.
    pub billed: Option<BillTold>,
    pub assumptions: Vec<String>,
}

/// A bill beside the scene current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillTold {
    /// One amount for the whole window, pico-dollars.
    Typed(i128),
    /// Its lines.
    Lines(Box<Reconciled>),
}

/// Pico-dollars of the same hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    pub billed: i128,
    pub played: i128,
}

impl Sides {
    /// What of the bill the replay does not say.
    #[must_use]
    pub fn residual(self) -> i128 {
        self.billed - self.played
    }
}

/// A bill held against what was played, in the hours that both are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Of how many hours: none where the two share no whole period of the bill's.
    pub hours: usize,
    /// Hours since 1970: the first of them, and the first after the last.
    pub from_hour: i64,
    pub to_hour: i64,
    /// What the bill is of, where it is of anything.
    pub bill_hours: Option<(i64, i64)>,
    /// At list prices, in the order of [`Spent`].
    pub list: [Sides; 3],
    /// With discounts and commitments, as billed and as they were told.
    pub effective: Sides,
    /// Of the effective bill, what was committed and not used.
    pub unused_pico: i128,
    /// And what is of lines that are longer than the bill's periods, counted by their part.
    pub prorated_pico: i128,
    /// Lines of these hours that are not compared: why, and their effective pico-dollars.
    pub left_out: Vec<(String, i128)>,
}
