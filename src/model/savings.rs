//! What Savings Plans charge for what they cover.

use super::{Architecture, Platform, Provenance};
use crate::units::UsdPerHour;
use std::sync::Arc;

/// Which usage a plan is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanType {
    /// Any instance, Fargate, Lambda.
    Compute,
    /// Instances of one family in one region.
    Ec2Instance,
}

impl PlanType {
    pub const ALL: [PlanType; 2] = [PlanType::Compute, PlanType::Ec2Instance];

    /// As the book and files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            PlanType::Compute => "compute",
            PlanType::Ec2Instance => "ec2-instance",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payment {
    NoUpfront,
    PartialUpfront,
    AllUpfront,
}

impl Payment {
    pub const ALL: [Payment; 3] =
        [Payment::NoUpfront, Payment::PartialUpfront, Payment::AllUpfront];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Payment::NoUpfront => "no-upfront",
            Payment::PartialUpfront => "partial-upfront",
            Payment::AllUpfront => "all-upfront",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// How long a plan is for, and when it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    pub years: u32,
    pub payment: Payment,
}

/// A Savings Plan that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPlan {
    pub plan: PlanType,
    /// Paid each hour, used or not.
    pub usd_an_hour: UsdPerHour,
    pub terms: Terms,
    /// Family and region of an EC2 Instance Savings Plan.
    pub of: Option<(String, String)>,
}

/// Reserved Instances that somebody has: Linux on shared tenancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldInstances {
    pub instance_type: String,
    pub count: u32,
    /// Of one, with its share of what was paid upfront.
    pub usd_an_hour: UsdPerHour,
    pub region: String,
    /// For its type in one zone alone.
    pub zonal: bool,
}

/// What is committed to AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub plans: Vec<HeldPlan>,
    pub instances: Vec<HeldInstances>,
    /// What could not be read or is not applied, in words.
    pub missing: Vec<String>,
}

/// What plans have rates for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rated {
    /// An hour of a vCPU, of a GB.
    FargateVcpu(Platform),
    FargateMemory(Platform),
    /// A GB-second.
    LambdaDuration(Architecture),
    /// An hour of an instance with Linux on shared tenancy.
    Instance(String),
}

impl Rated {
    /// As the book writes it.
    #[must_use]
    pub fn from_names(item: &str, variant: &str) -> Option<Self> {
        let platform = || Platform::ALL.into_iter().find(|one| one.name() == variant);
        match (item, variant) {
            ("fargate-vcpu", _) => platform().map(Rated::FargateVcpu),
            ("fargate-memory", _) => platform().map(Rated::FargateMemory),
            ("lambda-duration", "x86") => Some(Rated::LambdaDuration(Architecture::X86)),
            ("lambda-duration", "arm") => Some(Rated::LambdaDuration(Architecture::Arm)),
            ("instance", name) => Some(Rated::Instance(name.to_owned())),
            _ => None,
        }
    }

    /// From AWS's usage type, with or without the region's prefix: `USE1-Fargate-GB-Hours`.
    #[must_use]
    pub fn from_usage_type(usage_type: &str) -> Option<Self> {
        const FARGATE: [(&str, Rated); 4] = [
            ("Fargate-vCPU-Hours:perCPU", Rated::FargateVcpu(Platform::LinuxX86)),
            ("Fargate-ARM-vCPU-Hours:perCPU", Rated::FargateVcpu(Platform::LinuxArm)),
            ("Fargate-GB-Hours", Rated::FargateMemory(Platform::LinuxX86)),
            ("Fargate-ARM-GB-Hours", Rated::FargateMemory(Platform::LinuxArm)),
        ];
        const LAMBDA: [(&str, Rated); 2] = [
            ("Lambda-GB-Second-ARM", Rated::LambdaDuration(Architecture::Arm)),
            ("Lambda-GB-Second", Rated::LambdaDuration(Architecture::X86)),
        ];
        // `USE1-` or nothing before it, so that `SpotUsage-` and the like are other things.
        let is = |name: &str| {
            let before = usage_type.strip_suffix(name)?;
            let region = before.strip_suffix('-').unwrap_or(before);
            let plain =
                region.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            plain.then_some(())
        };
        let named = FARGATE.into_iter().chain(LAMBDA);
        if let Some((_, rated)) = named.into_iter().find(|(name, _)| is(name).is_some()) {
            return Some(rated);
        }
        let (box_usage, name) = usage_type.split_once(':')?;
        let region = box_usage.strip_suffix("BoxUsage")?;
        let plain = region.is_empty() || (region.ends_with('-') && !region.contains("Unused"));
        (plain && name.contains('.')).then(|| Rated::Instance(name.to_owned()))
    }
}

/// One rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRate {
    pub region: String,
    pub plan: PlanType,
    pub terms: Terms,
    pub rated: Rated,
    /// Pico-dollars for a whole one.
    pub pico: u64,
    pub provenance: Arc<Provenance>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_are_told_apart() {
        let x86 = Platform::LinuxX86;
        for (text, rated) in [
            ("USE1-Fargate-GB-Hours", Some(Rated::FargateMemory(x86))),
            ("Fargate-vCPU-Hours:perCPU", Some(Rated::FargateVcpu(x86))),
            ("EUW1-Fargate-ARM-GB-Hours", Some(Rated::FargateMemory(Platform::LinuxArm))),
            ("USE1-SpotUsage-Fargate-GB-Hours", None),
            ("Fargate-EphemeralStorage-GB-Hours", None),
            ("Lambda-GB-Second", Some(Rated::LambdaDuration(Architecture::X86))),
            ("EU-Lambda-GB-Second-ARM", Some(Rated::LambdaDuration(Architecture::Arm))),
            ("Lambda-Provisioned-GB-Second", None),
            ("BoxUsage:m5.large", Some(Rated::Instance("m5.large".to_owned()))),
            ("EUC1-BoxUsage:c7g.xlarge", Some(Rated::Instance("c7g.xlarge".to_owned()))),
            ("EUW1-DedicatedUsage:c1.medium", None),
            ("SpotUsage:m5.large", None),
        ] {
            assert_eq!(Rated::from_usage_type(text), rated, "{text}");
        }
    }
}
