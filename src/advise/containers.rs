//! What each container of a task used, where they are measured on their own.

use super::percentiles;
use crate::model::{Container, ContainerUse, Profile, Signal, Workload};
use std::collections::BTreeMap;

/// Every container of the definition, then those that were measured and are in it no more.
#[must_use]
pub fn containers(workload: &Workload, measured: &BTreeMap<String, Profile>) -> Vec<ContainerUse> {
    let of = |container: &Container| {
        let profile = measured.get(&container.name);
        let seen = |signals| profile.and_then(|profile| percentiles(profile, signals));
        ContainerUse {
            container: container.clone(),
            cpu: seen([Signal::CpuMax, Signal::CpuMean]),
            memory: seen([Signal::MemoryMax, Signal::MemoryMean]),
        }
    };
    let defined = |name: &str| workload.containers.iter().any(|one| one.name == name);
    let gone = measured.keys().filter(|name| !defined(name)).map(|name| Container::named(name));
    workload.containers.iter().cloned().chain(gone).map(|one| of(&one)).collect()
}
