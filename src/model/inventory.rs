//! What is known of a workload beside its readings, once its account was asked.

use super::Size;
use crate::units::{CpuUnits, MiB};
use serde::{Deserialize, Serialize};

/// On what capacity tasks are placed; several with their weights make a mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    pub capacity: Capacity,
    /// The capacity provider's own name, where it is not one of AWS's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Share of the tasks beyond the bases, relative to the other weights.
    pub weight: u32,
    /// So many tasks at least.
    #[serde(default)]
    pub base: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    Fargate,
    FargateSpot,
    Ec2,
    ManagedInstances,
    /// ECS Anywhere.
    External,
}

impl Capacity {
    #[must_use]
    pub const fn is_fargate(self) -> bool {
        matches!(self, Capacity::Fargate | Capacity::FargateSpot)
    }
}

/// How a service replaces its tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_healthy_percent: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_percent: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<String>,
}

/// A size and from when on it was in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeSince {
    /// Seconds since 1970: when tasks of this revision were first started.
    pub since: i64,
    /// From then on only tasks of this revision ran; until then the two were mixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<i64>,
    /// Something else ran, and what is not known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
    /// `family:revision`.
    pub revision: String,
    /// What percentages of CPU were of; nothing where no CPU is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_units: Option<CpuUnits>,
    /// What percentages of memory were of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<MiB>,
}

impl SizeSince {
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        Some(Size { cpu: self.cpu_units?, memory: self.memory_mib? })
    }
}

/// Why tasks stopped lately, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub reason: String,
    pub tasks: u32,
}

/// What is particular to a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    pub memory_mib: MiB,
    pub timeout_seconds: u32,
    /// `Zip` or `Image`.
    pub package: String,
    /// Temporary storage; 512 MiB come free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temp_mib: Option<MiB>,
}

/// An EC2 instance of a cluster, with what tasks can have of it and what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub account: String,
    pub region: String,
    pub cluster: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// `i-0123456789abcdef0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ec2_instance_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_provider: Option<String>,
    pub status: String,
    pub running_tasks: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Size>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Size>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
