//! What is sold: shapes and prices, each figure with its date and source.

use super::{Architecture, OperatingSystem, PlanRate, PlanType, Rated, Size, Terms};
use crate::units::{
    CpuUnits, Gb, GbHour, GbMonth, GbSecond, Hour, MetricMonth, MiB, MillionObservations, Price,
    Request, UsdPerGbHour, UsdPerVcpuHour, VcpuHour,
};
use std::sync::Arc;

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// As the source gives it, mostly `2026-09-29`; some sources are undated.
    pub date: String,
    /// Ids explained in the book's list of sources.
    pub source: String,
    pub confidence: String,
}

/// A price with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced<U> {
    pub price: Price<U>,
    pub provenance: Arc<Provenance>,
}

/// What a Fargate task runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    LinuxX86,
    LinuxArm,
    WindowsX86,
}

impl Platform {
    pub const ALL: [Platform; 3] = [Platform::LinuxX86, Platform::LinuxArm, Platform::WindowsX86];

    /// As the price book and the command line write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Platform::LinuxX86 => "linux-x86",
            Platform::LinuxArm => "linux-arm",
            Platform::WindowsX86 => "windows-x86",
        }
    }

    /// What a workload runs on today; Windows knows no ARM on Fargate.
    #[must_use]
    pub const fn of(system: OperatingSystem, architecture: Architecture) -> Self {
        match (system, architecture) {
            (OperatingSystem::Windows, _) => Platform::WindowsX86,
            (OperatingSystem::Linux, Architecture::X86) => Platform::LinuxX86,
            (OperatingSystem::Linux, Architecture::Arm) => Platform::LinuxArm,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purchase {
    OnDemand,
    Spot,
}

impl Purchase {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Purchase::OnDemand => "on-demand",
            Purchase::Spot => "spot",
        }
    }
}

/// One valid combination of task CPU and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FargateSize {
    pub size: Size,
    pub linux: bool,
    pub windows: bool,
}

impl FargateSize {
    #[must_use]
    pub const fn runs(&self, platform: Platform) -> bool {
        match platform {
            Platform::LinuxX86 | Platform::LinuxArm => self.linux,
            Platform::WindowsX86 => self.windows,
        }
    }
}

/// What Fargate charges on one platform. A part without a source is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FargateRates {
    pub platform: Platform,
    pub purchase: Purchase,
    pub vcpu: Option<Priced<VcpuHour>>,
    pub memory: Option<Priced<GbHour>>,
    /// Windows only, for each vCPU-hour, beside `vcpu`.
    pub os_licence: Option<Priced<VcpuHour>>,
    /// For what is above 20 GiB.
    pub ephemeral: Option<Priced<GbHour>>,
}

/// The prices that every task on a platform needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRates {
    /// vCPU and, on Windows, the licence.
    pub vcpu: UsdPerVcpuHour,
    pub memory: UsdPerGbHour,
}

impl FargateRates {
    /// Both rates, or nothing where one has no source.
    #[must_use]
    pub fn task_rates(&self) -> Option<TaskRates> {
        let vcpu = self.vcpu.as_ref()?.price;
        let licence = match self.platform {
            Platform::WindowsX86 => self.os_licence.as_ref()?.price,
            Platform::LinuxX86 | Platform::LinuxArm => UsdPerVcpuHour::pico(0),
        };
        Some(TaskRates { vcpu: vcpu + licence, memory: self.memory.as_ref()?.price })
    }
}

/// An EC2 instance type, on demand, Linux, shared tenancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceOffer {
    pub instance_type: String,
    pub price: Priced<Hour>,
    /// Nothing for a few retired types, whose shape has no source.
    pub shape: Option<InstanceShape>,
}

/// What an instance is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceShape {
    pub cpu: CpuUnits,
    pub memory: MiB,
    pub architecture: Architecture,
    /// Burstable types: what one vCPU may use all the time, in thousandths.
    pub baseline_per_mille: Option<u32>,
    pub gpus: u32,
    pub bare_metal: bool,
    pub current_generation: bool,
    pub max_enis: Option<u32>,
    pub ipv4_per_eni: Option<u32>,
    /// Tasks with an address of their own when trunking is on, where AWS published it.
    pub tasks_with_trunking: Option<u32>,
}

/// One step of a price that falls with volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier<U> {
    /// In the unit of the price, each month.
    pub from: u64,
    /// Exclusive; the last tier has none. Where the next tier's price has no
    /// source, the tiers end here and volume beyond it has no price.
    pub to: Option<u64>,
    pub price: Priced<U>,
}

/// What Lambda charges on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaRates {
    pub architecture: Architecture,
    pub duration: Vec<Tier<GbSecond>>,
    pub request: Option<Priced<Request>>,
    /// For what is above 512 MB.
    pub ephemeral: Option<Priced<GbSecond>>,
    pub provisioned_concurrency: Option<Priced<GbSecond>>,
    pub provisioned_duration: Option<Priced<GbSecond>>,
    /// Free each month, both architectures together.
    pub free_gb_seconds: u64,
    pub free_requests: u64,
}

/// All that is sold in one region, as far as it has a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    pub region: String,
    /// Sorted by CPU, then memory.
    pub fargate_sizes: Vec<FargateSize>,
    pub fargate: Vec<FargateRates>,
    /// Sorted by price, then name.
    pub instances: Vec<InstanceOffer>,
    pub lambda: Vec<LambdaRates>,
    /// The EKS control plane: standard support, and what extended support adds.
    pub eks_cluster: Option<Priced<Hour>>,
    pub eks_extended: Option<Priced<Hour>>,
    /// Load balancers for HTTP and for TCP, and a public IPv4 address.
    pub alb: Option<Priced<Hour>>,
    pub nlb: Option<Priced<Hour>>,
    pub public_ipv4: Option<Priced<Hour>>,
    /// A NAT gateway, without the data that passes it.
    pub nat: Option<Priced<Hour>>,
    /// The data that passes it.
    pub nat_data: Option<Priced<Gb>>,
    /// What CloudWatch Logs takes in.
    pub logs: Option<Priced<Gb>>,
    /// Container Insights on ECS: metrics of the standard kind, the enhanced kind, at the first
    /// tier; and on EKS.
    pub metric: Option<Priced<MetricMonth>>,
    pub metric_enhanced: Option<Priced<MetricMonth>>,
    pub observations: Option<Priced<MillionObservations>>,
    /// A volume of the gp3 kind.
    pub gp3: Option<Priced<GbMonth>>,
    /// CPU of T2, T3 and T3a beyond their baseline, on Linux. That of T4g has no source.
    pub surplus_credits: Option<Priced<VcpuHour>>,
    /// What Savings Plans charge.
    pub plan_rates: Vec<PlanRate>,
    /// First and last date of the figures used.
    pub as_of: (String, String),
}

impl Catalog {
    #[must_use]
    pub fn fargate(&self, platform: Platform, purchase: Purchase) -> Option<&FargateRates> {
        self.fargate.iter().find(|rates| rates.platform == platform && rates.purchase == purchase)
    }

    #[must_use]
    pub fn lambda(&self, architecture: Architecture) -> Option<&LambdaRates> {
        self.lambda.iter().find(|rates| rates.architecture == architecture)
    }

    /// What a plan charges, pico-dollars for a whole one; nothing where that is not known.
    #[must_use]
    pub fn plan_rate(&self, plan: PlanType, terms: Terms, rated: &Rated) -> Option<u64> {
        let same = |one: &&PlanRate| one.plan == plan && one.terms == terms && one.rated == *rated;
        self.plan_rates.iter().find(same).map(|one| one.pico)
    }

    #[must_use]
    pub fn instance(&self, instance_type: &str) -> Option<&InstanceOffer> {
        self.instances.iter().find(|offer| offer.instance_type == instance_type)
    }

    /// Is this a size that Fargate sells on the platform?
    #[must_use]
    pub fn sells(&self, platform: Platform, size: Size) -> bool {
        self.fargate_sizes.iter().any(|sold| sold.size == size && sold.runs(platform))
    }

    /// The valid sizes nearest to one that is not: for each CPU step next to it
    /// (the one below, the same, the one above) the nearest memory at or above,
    /// else the largest.
    #[must_use]
    pub fn nearest_sizes(&self, platform: Platform, size: Size) -> Vec<Size> {
        let sold: Vec<Size> = self
            .fargate_sizes
            .iter()
            .filter(|sold| sold.runs(platform))
            .map(|sold| sold.size)
            .collect();
        let below = sold.iter().map(|s| s.cpu).filter(|cpu| *cpu < size.cpu).max();
        let above = sold.iter().map(|s| s.cpu).filter(|cpu| *cpu > size.cpu).min();
        let steps = [below, Some(size.cpu), above];
        steps
            .into_iter()
            .flatten()
            .filter_map(|cpu| {
                let at_cpu = || sold.iter().filter(move |s| s.cpu == cpu);
                let fitting = at_cpu().find(|s| s.memory >= size.memory);
                fitting.or_else(|| at_cpu().next_back()).copied()
            })
            .collect()
    }
}
