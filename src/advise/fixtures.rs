//! What tests of several joins are made with.

use super::fleet::{DeploymentRoom, Wanted};
use super::{Month, Settings};
use crate::fit::{Network, Node};
use crate::model::{Policy, Size, World};
use crate::units::MiB;

/// An instance that gives all it has.
pub(super) const NODE: Node =
    Node { network: Network::Bridge, memory_overhead_per_mille: 0, reserved: MiB(0) };

/// Two weeks, sized by percentile and margin, which can be reckoned by hand.
pub(super) const SETTINGS: Settings = Settings {
    policy: Policy {
        risk: None,
        risk_days: 30,
        cpu_percentile_per_mille: 990,
        cpu_headroom_percent: 20,
        memory_margin_percent: 15,
        averages_cpu_percent: 25,
        averages_memory_percent: 25,
        min_readings: 100,
        floor: Size::new(64, 128),
    },
    month: Month { hours: 730, window_seconds: 14 * 86_400 },
    node: NODE,
};

/// ECS on instances in one zone, without anything that is kept.
pub(super) fn wanted() -> Wanted {
    Wanted {
        world: World::Ec2,
        zones: 1,
        survive_a_zone: false,
        deployment_room: DeploymentRoom::None,
        target_capacity: 100,
        most_an_instance: None,
        network: Network::Bridge,
        memory_overhead_per_mille: 0,
        reserved_mib: 0,
        daemons: [0, 0],
        volume_gib: 0,
        families: Vec::new(),
        least_vcpu: 1,
        most_vcpu: 48,
        previous_generations: true,
        burstable: true,
        surplus_credits: false,
        registered: Vec::new(),
        any_architecture: false,
        most_types: None,
        as_today: false,
        month_hours: 730,
        auto_mode: false,
        address_pico: 0,
    }
}

/// The same of `m5.large` alone, with volumes.
pub(super) fn with_m5_large() -> Wanted {
    Wanted { volume_gib: 30, families: vec!["m5.large".to_owned()], ..wanted() }
}
