//! Task definitions. A revision never changes, so each is asked for once.

use crate::model::{
    Architecture, Container, Heap, Host, NetworkMode, OperatingSystem, PlacementConstraint, Size,
    SizeSince,
};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::send;
use crate::units::{CpuUnits, MiB};
use aws_sdk_ecs::types::{
    ContainerDefinition, CpuArchitecture, NetworkMode as NetworkModeName, PortMapping,
    ResourceType, TaskDefinition, TaskDefinitionField,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const DESCRIBE: Operation =
    Operation { name: "DescribeTaskDefinition", action: "ecs:DescribeTaskDefinition" };

/// What matters of a revision.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub revision: String,
    task_cpu: Option<CpuUnits>,
    task_memory: Option<MiB>,
    pub containers: Vec<Container>,
    pub architecture: Architecture,
    pub operating_system: OperatingSystem,
    pub ephemeral_gib: Option<u32>,
    pub host: Host,
    pub tags: BTreeMap<String, String>,
}

#[derive(Default)]
pub(super) struct Definitions {
    known: HashMap<String, Arc<Definition>>,
}

impl Definitions {
    pub async fn get(&mut self, client: &Client, arn: &str) -> Result<Arc<Definition>, Failure> {
        if let Some(known) = self.known.get(arn) {
            return Ok(Arc::clone(known));
        }
        let answer = client
            .call(DESCRIBE, Group::Definitions, || async {
                let request = client.ecs.describe_task_definition().task_definition(arn);
                send!(request.include(TaskDefinitionField::Tags))
            })
            .await?;
        let tags = super::tags(answer.tags());
        let definition = answer.task_definition().map(|one| definition(one, tags));
        let definition = Arc::new(definition.unwrap_or_else(|| Definition::unknown(arn)));
        self.known.insert(arn.to_owned(), Arc::clone(&definition));
        Ok(definition)
    }
}

fn definition(one: &TaskDefinition, tags: BTreeMap<String, String>) -> Definition {
    let family = one.family().unwrap_or_default();
    let platform = one.runtime_platform();
    let arm = platform.and_then(|one| one.cpu_architecture()) == Some(&CpuArchitecture::Arm64);
    let windows = platform
        .and_then(|one| one.operating_system_family())
        .is_some_and(|family| family.as_str().starts_with("WINDOWS"));
    Definition {
        revision: format!("{family}:{}", one.revision()),
        task_cpu: one.cpu().and_then(|text| text.parse().ok()).map(CpuUnits),
        task_memory: one.memory().and_then(|text| text.parse().ok()).map(MiB),
        containers: one.container_definitions().iter().map(container).collect(),
        architecture: if arm { Architecture::Arm } else { Architecture::X86 },
        operating_system: if windows { OperatingSystem::Windows } else { OperatingSystem::Linux },
        ephemeral_gib: one
            .ephemeral_storage()
            .and_then(|storage| u32::try_from(storage.size_in_gib()).ok())
            .filter(|gib| (20..=200).contains(gib)),
        host: host(one),
        tags,
    }
}

fn host(one: &TaskDefinition) -> Host {
    let mappings = one.container_definitions().iter().flat_map(ContainerDefinition::port_mappings);
    let in_host = one.network_mode() == Some(&NetworkModeName::Host);
    // In the host's own network the container's port is the host's.
    let port = |mapping: &PortMapping| {
        let container = mapping.container_port().filter(|_| in_host);
        mapping.host_port().filter(|port| *port > 0).or(container)
    };
    let fixed = mappings.filter_map(port).filter_map(|port| u16::try_from(port).ok());
    let mode = one.network_mode().and_then(|mode| NetworkMode::from_name(mode.as_str()));
    // Without a mode it is Docker's own: bridge.
    let mut host = Host::new(mode.or(Some(NetworkMode::Bridge)), fixed);
    let expressions = one.placement_constraints().iter().filter_map(|one| one.expression());
    host.placement_constraints = expressions.map(member_of).collect();
    host
}

pub(super) fn member_of(expression: &str) -> PlacementConstraint {
    PlacementConstraint::MemberOf { expression: expression.to_owned() }
}

fn container(one: &ContainerDefinition) -> Container {
    let positive = |value: i32| u32::try_from(value).ok().filter(|value| *value > 0);
    let gpus =
        one.resource_requirements().iter().filter(|need| *need.r#type() == ResourceType::Gpu);
    Container {
        name: one.name().unwrap_or_default().to_owned(),
        image: one.image().map(str::to_owned),
        cpu: positive(one.cpu()).map(CpuUnits),
        memory: one.memory().and_then(positive).map(MiB),
        memory_reservation: one.memory_reservation().and_then(positive).map(MiB),
        gpus: gpus
            .filter_map(|need| need.value().parse::<u32>().ok())
            .fold(0_u32, u32::saturating_add),
        heap: Heap::of(
            one.image(),
            one.entry_point().iter().chain(one.command()).map(String::as_str),
            one.environment().iter().filter_map(|pair| Some((pair.name()?, pair.value()?))),
        ),
    }
}

impl Definition {
    /// Of a revision that could not be read any more.
    fn unknown(arn: &str) -> Self {
        Definition {
            revision: super::last_part(arn).to_owned(),
            task_cpu: None,
            task_memory: None,
            containers: Vec::new(),
            architecture: Architecture::X86,
            operating_system: OperatingSystem::Linux,
            ephemeral_gib: None,
            host: Host::default(),
            tags: BTreeMap::new(),
        }
    }

    /// What a task can have.
    pub fn size(&self, on_fargate: bool) -> Option<Size> {
        let memory =
            self.task_memory.or_else(|| self.sum(|one| one.memory.or(one.memory_reservation)));
        Some(Size {
            cpu: self.cpu_base()?,
            memory: if on_fargate { self.task_memory? } else { memory? },
        })
    }

    /// What CPUUtilization is a percentage of: the task's CPU, else the containers'
    /// together.
    fn cpu_base(&self) -> Option<CpuUnits> {
        let all = self.containers.iter().filter_map(|one| one.cpu);
        let sum = all.fold(0_u32, |sum, cpu| sum.saturating_add(cpu.0));
        self.task_cpu.or((sum > 0).then_some(CpuUnits(sum)))
    }

    /// What MemoryUtilization is a percentage of. On Fargate the task's memory; elsewhere
    /// soft limits where there are any, so that more than 100 % can be seen.
    fn memory_base(&self, on_fargate: bool) -> Option<MiB> {
        let soft = self.containers.iter().any(|one| one.memory_reservation.is_some());
        if !on_fargate && soft {
            return self.sum(|one| one.memory_reservation.or(one.memory));
        }
        self.task_memory.or_else(|| self.sum(|one| one.memory))
    }

    /// Over all containers, where each has one.
    fn sum(&self, of: impl Fn(&Container) -> Option<MiB>) -> Option<MiB> {
        let all: Option<Vec<MiB>> = self.containers.iter().map(of).collect();
        let sum = all?.into_iter().fold(0_u32, |sum, memory| sum.saturating_add(memory.0));
        (sum > 0).then_some(MiB(sum))
    }

    pub fn since(&self, since: i64, on_fargate: bool) -> SizeSince {
        SizeSince {
            since,
            settled: Some(since),
            unknown: false,
            revision: self.revision.clone(),
            cpu_units: self.cpu_base(),
            memory_mib: self.memory_base(on_fargate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(cpu: u32, memory: Option<u32>, soft: Option<u32>) -> Container {
        Container {
            name: "c".to_owned(),
            image: None,
            cpu: (cpu > 0).then_some(CpuUnits(cpu)),
            memory: memory.map(MiB),
            memory_reservation: soft.map(MiB),
            gpus: 0,
            heap: None,
        }
    }

    #[test]
    fn percentages_are_of_what_the_definition_asks_for() {
        let mut one = Definition::unknown("arn:aws:ecs:r:1:task-definition/web:7");
        assert_eq!(one.revision, "web:7");
        assert_eq!((one.size(false), one.cpu_base()), (None, None));
        one.containers = vec![container(100, Some(512), Some(256)), container(28, Some(128), None)];
        assert_eq!(one.since(0, false).size(), Some(Size::new(128, 384)), "soft limits, then hard");
        assert_eq!(one.size(false), Some(Size::new(128, 640)), "hard limits are what it can have");
        one.task_cpu = Some(CpuUnits(256));
        one.task_memory = Some(MiB(1024));
        assert_eq!(one.since(0, true).size(), Some(Size::new(256, 1024)));
        assert_eq!(one.since(0, false).memory_mib, Some(MiB(384)));
        assert_eq!(one.size(false), Some(Size::new(256, 1024)));
        one.containers.push(container(0, None, None));
        one.task_memory = None;
        assert_eq!(one.since(0, false).memory_mib, None, "a container without a limit");
    }
}
