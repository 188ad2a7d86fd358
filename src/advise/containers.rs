//! What each container of a task used and should be given, where they are measured on their own.

use super::percentiles;
use crate::model::{Advice, Code, Container, ContainerUse, Finding, Policy, Profile, Signal};
use crate::size::{SharedBy, shared_out};
use std::collections::BTreeMap;

/// The answer with every container of the definition, then those that were measured and are in it no
/// more; where a size is recommended, with each container's part of it.
#[must_use]
pub fn with_containers(
    mut advice: Advice,
    measured: &BTreeMap<String, Profile>,
    policy: &Policy,
) -> Advice {
    let defined = &advice.workload.containers;
    let known = |name: &str| defined.iter().any(|one| one.name == name);
    let gone = measured.keys().filter(|name| !known(name)).map(|name| Container::named(name));
    let gone: Vec<Container> = gone.collect();
    let all: Vec<(&Container, Option<&Profile>)> =
        defined.iter().map(|one| (one, measured.get(&one.name))).collect();
    let task = advice.recommended.as_ref().map(|one| one.size).filter(|_| !defined.is_empty());
    let shared = task.and_then(|task| shared_out(&all, task, advice.workload.size, policy));
    // One container has the whole task, whatever it uses.
    let several = defined.len() > 1 && task.is_some();
    let finding = match &shared {
        Some((_, SharedBy::Need)) => None,
        Some((_, SharedBy::Proportion)) => Some("today's proportions are kept"),
        None => Some("nothing is proposed: some have no limits today, or they do not fit"),
    };
    let finding = finding
        .filter(|_| several)
        .map(|detail| Finding::new(Code::ContainersNotMeasured, detail).about(&advice.workload.id));
    let sizes = shared.map(|(sizes, _)| sizes).unwrap_or_default();
    let mut uses: Vec<ContainerUse> = all
        .iter()
        .enumerate()
        .map(|(place, (container, profile))| ContainerUse {
            recommended: sizes.get(place).copied(),
            ..seen(container, *profile)
        })
        .collect();
    uses.extend(gone.iter().map(|one| seen(one, measured.get(&one.name))));
    advice.containers = uses;
    advice.findings.extend(finding);
    advice.findings.sort();
    advice
}

fn seen(container: &Container, profile: Option<&Profile>) -> ContainerUse {
    let seen = |signals| profile.and_then(|profile| percentiles(profile, signals));
    ContainerUse {
        container: container.clone(),
        cpu: seen([Signal::CpuMax, Signal::CpuMean]),
        memory: seen([Signal::MemoryMax, Signal::MemoryMean]),
        recommended: None,
    }
}
