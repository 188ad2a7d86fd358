//! What runs: services, tasks and functions.

use super::{Deployment, Function, Heap, Host, Launch, Scaling, SizeSince, Stop};
use crate::units::{CpuUnits, MiB};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that is sized as a whole: an ECS service, a task family, a function.
///
/// What is not known is absent, never a made-up value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Unique in an estate, e.g. `prod/web`.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where it runs, and whose prices hold for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    #[serde(default)]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(default)]
    pub architecture: Architecture,
    /// What its image is to be had for, where that is known: its own architecture among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image_architectures: Vec<Architecture>,
    #[serde(default)]
    pub operating_system: OperatingSystem,
    /// The size of one task today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// The size was assumed to make sense of percentages; it was not read anywhere.
    #[serde(default, skip_serializing_if = "is_false")]
    pub size_assumed: bool,
    /// How many other sizes there were within the readings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size_changes: u32,
    /// Running (services) tasks wanted, where the readings do not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<Container>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Mean duration of a request, for the question whether Lambda could serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_milliseconds: Option<u32>,
    /// The longest run of a task that ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_run_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gpus: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_gib: Option<u32>,
    /// The image, for the question whether Lambda takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_mib: Option<u32>,
    /// The larger of a request's body and its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_kib: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub launch: Vec<Launch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// The sizes it had, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeSince>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// When it was first found to be gone, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Workload {
    /// Are its figures ones that a workload can have?
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{:?}: {what}", self.id));
        if self.id.is_empty() {
            return wrong("an id is expected");
        }
        let possible = |value: u32| (1..8_388_608).contains(&value);
        if self.size.is_some_and(|size| !possible(size.cpu.0) || !possible(size.memory.0)) {
            return wrong("size is none that anything has");
        }
        if self.tasks.is_some_and(|tasks| tasks > 1_000_000) {
            return wrong("tasks are more than a million");
        }
        let images = &self.image_architectures;
        if !images.is_empty() && !images.contains(&self.architecture) {
            return wrong("image_architectures does not name its own architecture");
        }
        if self.gpus > 64 {
            return wrong("gpus are more than any instance has");
        }
        if self.ephemeral_gib.is_some_and(|gib| !(20..=200).contains(&gib)) {
            return wrong("ephemeral_gib is not from 20 to 200");
        }
        Ok(())
    }

    /// Is its image to be had for an architecture? Nothing where that is not known.
    #[must_use]
    pub fn has_image_for(&self, architecture: Architecture) -> Option<bool> {
        match self.image_architectures.as_slice() {
            _ if architecture == self.architecture => Some(true),
            [] => None,
            known => Some(known.contains(&architecture)),
        }
    }

    /// A service of which only the name is known.
    #[must_use]
    pub fn named(id: &str) -> Self {
        Workload { id: id.to_owned(), ..Workload::default() }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Service,
    /// Started by a schedule or by hand; ends by itself.
    Task,
    /// A Lambda function.
    Function,
}

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    #[default]
    X86,
    Arm,
}

impl Architecture {
    /// As images are called.
    #[must_use]
    pub const fn image(self) -> &'static str {
        match self {
            Architecture::X86 => "x86-64",
            Architecture::Arm => "arm64",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatingSystem {
    #[default]
    Linux,
    Windows,
}

/// What a workload speaks to its callers, where it has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Http,
    Tcp,
    /// Nothing calls it: it fetches its own work.
    None,
}

/// The size of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Size {
    #[serde(rename = "cpu_units")]
    pub cpu: CpuUnits,
    #[serde(rename = "memory_mib")]
    pub memory: MiB,
}

impl Size {
    #[must_use]
    pub const fn new(cpu_units: u32, memory_mib: u32) -> Self {
        Size { cpu: CpuUnits(cpu_units), memory: MiB(memory_mib) }
    }

    /// `512/1024`, as people say it.
    #[must_use]
    pub fn short(self) -> String {
        format!("{}/{}", self.cpu.0, self.memory.0)
    }
}

/// One container of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// CPU shares: a floor under contention on Linux, not a cap.
    #[serde(default, rename = "cpu_units", skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuUnits>,
    /// Hard limit: above it the container is killed.
    #[serde(default, rename = "memory_mib", skip_serializing_if = "Option::is_none")]
    pub memory: Option<MiB>,
    /// Soft limit.
    #[serde(default, rename = "memory_reservation_mib", skip_serializing_if = "Option::is_none")]
    pub memory_reservation: Option<MiB>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gpus: u32,
    /// A runtime whose heap decides its memory, where one is recognized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap: Option<Heap>,
}

impl Container {
    /// A container of which only the name is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Container { name: name.to_owned(), ..Container::default() }
    }
}
