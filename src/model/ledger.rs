//! Every workload in every home, with a price or a reason.

use super::{Architecture, Finding, Place, Platform, Purchase, World};
use crate::units::pico_string;

/// Where a workload can live: one of AWS's ways to run it, with what that brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Home {
    Fargate(Platform),
    /// As an expected value: partly interrupted, partly on demand.
    FargateSpot(Architecture),
    /// Its share of an ECS cluster on EC2 instances that holds the whole estate.
    Ecs,
    ManagedInstances,
    /// Its share of the nodes and the control plane.
    EksNodes,
    EksFargate,
    EksAutoMode,
    Lambda(Architecture),
    LambdaManagedInstances,
    /// docker-compose: everything of its environment on one host.
    ComposeOneHost,
    /// Two hosts, each of which holds everything, behind a load balancer.
    ComposeTwoHosts,
    BeanstalkSingle,
    BeanstalkBalanced,
    /// Several containers of an environment on each instance (ECS platform).
    BeanstalkEcs,
}

impl Home {
    pub const ALL: [Home; 18] = [
        Home::Fargate(Platform::LinuxX86),
        Home::Fargate(Platform::LinuxArm),
        Home::Fargate(Platform::WindowsX86),
        Home::FargateSpot(Architecture::X86),
        Home::FargateSpot(Architecture::Arm),
        Home::Ecs,
        Home::ManagedInstances,
        Home::EksNodes,
        Home::EksFargate,
        Home::EksAutoMode,
        Home::Lambda(Architecture::X86),
        Home::Lambda(Architecture::Arm),
        Home::LambdaManagedInstances,
        Home::ComposeOneHost,
        Home::ComposeTwoHosts,
        Home::BeanstalkSingle,
        Home::BeanstalkBalanced,
        Home::BeanstalkEcs,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Home::Fargate(Platform::LinuxX86) => "fargate-x86",
            Home::Fargate(Platform::LinuxArm) => "fargate-arm",
            Home::Fargate(Platform::WindowsX86) => "fargate-windows",
            Home::FargateSpot(Architecture::X86) => "fargate-x86-spot",
            Home::FargateSpot(Architecture::Arm) => "fargate-arm-spot",
            Home::Ecs => "ecs-ec2",
            Home::ManagedInstances => "managed-instances",
            Home::EksNodes => "eks-ec2",
            Home::EksFargate => "eks-fargate",
            Home::EksAutoMode => "eks-auto-mode",
            Home::Lambda(Architecture::X86) => "lambda-x86",
            Home::Lambda(Architecture::Arm) => "lambda-arm",
            Home::LambdaManagedInstances => "lambda-managed-instances",
            Home::ComposeOneHost => "compose-one-host",
            Home::ComposeTwoHosts => "compose-two-hosts",
            Home::BeanstalkSingle => "beanstalk-single",
            Home::BeanstalkBalanced => "beanstalk-balanced",
            Home::BeanstalkEcs => "beanstalk-ecs",
        }
    }

    /// The one of which a placement's price is.
    #[must_use]
    pub const fn place(self) -> Option<Place> {
        match self {
            Home::Fargate(platform) => Some(Place::Fargate(platform, Purchase::OnDemand)),
            Home::Lambda(architecture) => Some(Place::Lambda(architecture)),
            _ => None,
        }
    }

    /// The fleet that it is a share of.
    #[must_use]
    pub const fn world(self) -> Option<World> {
        match self {
            Home::Ecs => Some(World::Ec2),
            Home::ManagedInstances => Some(World::ManagedInstances),
            Home::EksNodes | Home::EksAutoMode => Some(World::Eks),
            _ => None,
        }
    }

    /// One workload can move there by itself, and stays until it is told to go.
    #[must_use]
    pub const fn is_firm(self) -> bool {
        matches!(self, Home::Fargate(_) | Home::Lambda(_))
    }

    /// It needs an image for arm64.
    #[must_use]
    pub const fn is_arm(self) -> bool {
        matches!(
            self,
            Home::Fargate(Platform::LinuxArm)
                | Home::FargateSpot(Architecture::Arm)
                | Home::Lambda(Architecture::Arm)
        )
    }
}

/// One part of a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub what: String,
    /// A month, pico-dollars.
    pub pico: u128,
}

/// What a workload costs in a home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// `512/1024`, `a share of 4 instances`.
    pub what: String,
    pub charges: Vec<Charge>,
    pub assumptions: Vec<String>,
    /// What the fleet costs with it beyond what it costs without, a month, pico-dollars; nothing
    /// where that was not looked at.
    pub marginal: Option<u128>,
}

impl Price {
    #[must_use]
    pub fn pico(&self) -> u128 {
        self.charges.iter().map(|charge| charge.pico).sum()
    }

    pub fn charge(&mut self, what: impl Into<String>, pico: u128) {
        if pico > 0 {
            self.charges.push(Charge { what: what.into(), pico });
        }
    }
}

/// A price, or the reason why there is none.
pub type Entry = Result<Price, Finding>;

/// One workload's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub workload: String,
    /// As it runs today on Fargate, with what stands around it, pico-dollars a month.
    pub today: Option<u128>,
    /// What makes its prices doubtful.
    pub findings: Vec<Finding>,
    /// In the order of [`Home::ALL`].
    pub homes: Vec<(Home, Entry)>,
    pub verdict: Conclusion,
}

impl Row {
    /// Its price there; nothing where there is a reason against it.
    #[must_use]
    pub fn parts(&self, home: Home) -> Option<&Price> {
        self.homes.iter().find(|(one, _)| *one == home)?.1.as_ref().ok()
    }

    /// Pico-dollars a month; nothing where there is a reason against it.
    #[must_use]
    pub fn price(&self, home: Home) -> Option<u128> {
        let (_, entry) = self.homes.iter().find(|(one, _)| *one == home)?;
        entry.as_ref().ok().map(Price::pico)
    }
}

/// Which home is the cheapest, and how sure that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conclusion {
    /// The cheapest of those it can move to by itself.
    pub firm: Option<Home>,
    /// The cheapest of all, if the whole estate moves.
    pub any: Option<Home>,
    /// Homes that come out cheaper than the firm one where prices are ten percent off.
    pub within_price: Vec<Home>,
    /// The same where a CPU there is thirty percent slower or faster.
    pub within_speed: Vec<Home>,
    /// Both for the cheapest of all, among all.
    pub any_within_price: Vec<Home>,
    pub any_within_speed: Vec<Home>,
}

/// The estate in one home: what fits there, and what the rest costs where it is cheapest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeTotal {
    pub home: Home,
    pub fits: usize,
    pub pico: u128,
    /// Of the others, by their cheapest firm home; nothing where one has none.
    pub rest: usize,
    pub rest_pico: Option<u128>,
}

/// What is to be said of the estate as one; pico-dollars a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EstateVerdict {
    /// Of those that are known, and of how many they are not.
    pub today_pico: u128,
    pub today_unknown: usize,
    /// Each in the cheapest home that it can move to by itself.
    pub alone_pico: u128,
    pub alone_known: usize,
    pub alone_unknown: usize,
    /// The same where Spot will do too.
    pub with_spot_pico: u128,
    /// The home with which all of it is cheapest, as a [`HomeTotal`] says; without images that
    /// have to be made first.
    pub cheapest: Option<(Home, u128)>,
    /// Homes that come out cheaper where prices are ten percent off.
    pub within_price: Vec<Home>,
    /// The same where a CPU there is thirty percent slower or faster.
    pub within_speed: Vec<Home>,
    /// Workloads whose readings say too little.
    pub thin: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub region: String,
    pub month_hours: u32,
    pub rows: Vec<Row>,
    pub totals: Vec<HomeTotal>,
    pub verdict: EstateVerdict,
    /// What was taken for granted in all rows, and what is the same everywhere.
    pub assumptions: Vec<String>,
}

/// What would have to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Tasks like this one on an instance, in millionths.
    TasksAnInstance { instance_type: String, holds: u32 },
    /// Hours that one task runs each day, in millionths, beside an instance of its own.
    HoursADay { instance_type: String },
    /// Requests a month, each as today.
    RequestsAMonth,
    /// Of the tasks those on Spot, in millionths.
    SpotShare,
    /// What a commitment or a contract takes off, in millionths.
    Discount { on: String },
    /// Of the estate's instances what tasks take, a vCPU counted as nine GB, in millionths.
    Density,
    /// Tasks of all services at their most: all services so many times as large.
    Tasks,
    /// Hours that it runs each day, in millionths, beside the cheapest of what is not paid by them.
    Hours,
    /// Committed to a Compute Savings Plan for a year without an upfront payment, millionths of a
    /// dollar an hour.
    Commitment { on: String },
}

/// Where the cheapest home changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakEven {
    pub workload: String,
    pub question: Question,
    /// In the question's unit.
    pub at: u64,
    /// The same today, where that is known.
    pub now: Option<u64>,
    /// The cheaper home below and above.
    pub below: String,
    pub above: String,
    /// A month there, pico-dollars, on both sides.
    pub both: [u128; 2],
}

impl BreakEven {
    /// In place of a workload's name.
    pub const ESTATE: &str = "(estate)";
}

/// A month's cost over something, in two homes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curves {
    pub names: [String; 2],
    /// In the question's unit: percent of an instance that tasks take, or requests a month; and
    /// pico-dollars.
    pub points: Vec<(u64, [u128; 2])>,
}

/// Cost over memory: MiB of one task with so many CPU units; Fargate, and an instance of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByMemory {
    pub cpu_units: u32,
    pub points: Vec<(u32, [Option<u128>; 2])>,
    /// One's own workloads: MiB that a task of them needs, and its month on Fargate.
    pub own: Vec<(String, u32, u128)>,
}

/// Pico-dollars a month as dollars with cents, halves up.
#[must_use]
pub fn cents(pico: u128) -> String {
    let cents = (pico + 5_000_000_000) / 10_000_000_000;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Pico-dollars as decimal dollars.
#[must_use]
pub fn exact(pico: u128) -> String {
    pico_string(i128::try_from(pico).unwrap_or(i128::MAX))
}
