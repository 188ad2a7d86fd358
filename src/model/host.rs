//! What a workload asks of the instance it runs on. Fargate has no such thing.

use serde::{Deserialize, Serialize};

/// From its task definition and service. What is not said is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<NetworkMode>,
    /// Ports of the instance that a task takes, each once, in order. Those that ECS chooses
    /// are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placement_constraints: Vec<PlacementConstraint>,
    /// One task on every instance (scheduling strategy DAEMON).
    #[serde(default, skip_serializing_if = "is_false")]
    pub daemon: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    /// A network interface of its own; the only mode on Fargate.
    Awsvpc,
    Bridge,
    Host,
    None,
}

impl NetworkMode {
    /// As AWS writes it; nothing for one that is not known here.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "awsvpc" => Some(NetworkMode::Awsvpc),
            "bridge" => Some(NetworkMode::Bridge),
            "host" => Some(NetworkMode::Host),
            "none" => Some(NetworkMode::None),
            _ => None,
        }
    }
}

/// Where tasks may be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum PlacementConstraint {
    /// No two tasks of a service on one instance.
    DistinctInstance,
    /// On instances that an expression in the cluster query language holds for.
    MemberOf { expression: String },
}

impl Host {
    /// `fixed` are ports of the host that containers name; with a network interface of its own
    /// a task takes none of the instance's.
    #[must_use]
    pub fn new(network_mode: Option<NetworkMode>, fixed: impl Iterator<Item = u16>) -> Self {
        let own = network_mode == Some(NetworkMode::Awsvpc);
        let mut ports: Vec<u16> = fixed.filter(|port| *port > 0 && !own).collect();
        ports.sort_unstable();
        ports.dedup();
        Host { network_mode, ports, ..Host::default() }
    }

    /// Has each task a network interface of its own? Nothing where that is not known.
    #[must_use]
    pub fn own_interface(&self) -> Option<bool> {
        self.network_mode.map(|mode| mode == NetworkMode::Awsvpc)
    }

    #[must_use]
    pub fn distinct_instances(&self) -> bool {
        self.placement_constraints.contains(&PlacementConstraint::DistinctInstance)
    }

    /// Expressions that hold for every instance it may run on.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        self.placement_constraints.iter().filter_map(|one| match one {
            PlacementConstraint::MemberOf { expression } => Some(expression.as_str()),
            PlacementConstraint::DistinctInstance => None,
        })
    }
}
