//! Today's instances beside the plan's, and the way from one to the other.

use super::Wanted;
use super::offers::volume_pico;
use crate::model::{Catalog, FleetPlan, Instance, Step, Today, World};
use crate::units::UsdPerHour;
use std::collections::{BTreeMap, BTreeSet};

/// Nothing where no instances were seen.
pub(super) fn today(
    instances: &[Instance],
    catalog: &Catalog,
    wanted: &Wanted,
    plan: &FleetPlan,
) -> Option<Today> {
    let mut there: BTreeMap<String, u64> = BTreeMap::new();
    for instance in instances.iter().filter(|one| one.region == catalog.region) {
        let name = instance.instance_type.clone().unwrap_or_else(|| "?".to_owned());
        *there.entry(name).or_insert(0) += 1;
    }
    if there.is_empty() {
        return None;
    }
    let mut then: BTreeMap<String, u64> = BTreeMap::new();
    for one in plan.filled.iter().filter(|one| one.instance) {
        *then.entry(one.instance_type().to_owned()).or_insert(0) += u64::from(one.count);
    }
    // With a volume, as the plan's instances have one.
    let volume = volume_pico(catalog, &Wanted { world: World::Ec2, ..wanted.clone() });
    let price = |name: &str| {
        let alone = catalog.instance(name)?.price.price.as_pico();
        Some(UsdPerHour::pico(alone + volume.unwrap_or(0)))
    };
    let types: Vec<_> =
        there.iter().map(|(name, count)| (name.clone(), *count, price(name))).collect();
    let hourly = |(_, count, price): &(String, u64, Option<UsdPerHour>)| {
        Some(u128::from((*price)?.as_pico()) * u128::from(*count))
    };
    let names: BTreeSet<&String> = there.keys().chain(then.keys()).collect();
    let (mut add, mut drop) = (Vec::new(), Vec::new());
    for name in names {
        let (now, later) = (there.get(name).copied(), then.get(name).copied());
        let (now, later) = (now.unwrap_or(0), later.unwrap_or(0));
        if later > now {
            add.push((name.clone(), later - now));
        } else if now > later {
            drop.push((name.clone(), now - later));
        }
    }
    let steps = steps(&there, &add, &drop, catalog);
    Some(Today { pico_an_hour: types.iter().map(hourly).sum(), types, add, drop, steps })
}

/// First what is new, then, type by type, what is old: the room there is never falls below
/// what the plan has, nor, before the last new instance runs, below what there is today.
fn steps(
    there: &BTreeMap<String, u64>,
    add: &[(String, u64)],
    drop: &[(String, u64)],
    catalog: &Catalog,
) -> Vec<Step> {
    let size = |name: &str| {
        let shape = catalog.instance(name).and_then(|offer| offer.shape);
        shape.map_or((0, 0), |shape| (u64::from(shape.cpu.0), u64::from(shape.memory.0)))
    };
    let (mut instances, mut cpu_units, mut memory_mib) = (0, 0, 0);
    for (name, count) in there {
        let (cpu, memory) = size(name);
        instances += count;
        cpu_units += cpu * count;
        memory_mib += memory * count;
    }
    let mut steps = Vec::new();
    for (name, count) in add {
        let (cpu, memory) = size(name);
        instances += count;
        cpu_units += cpu * count;
        memory_mib += memory * count;
        let what = format!("start {count} x {name}");
        steps.push(Step { what, instances, cpu_units, memory_mib });
    }
    for (name, count) in drop {
        let (cpu, memory) = size(name);
        instances -= count;
        cpu_units -= cpu * count;
        memory_mib -= memory * count;
        let what = format!("drain {count} x {name}, then stop them");
        steps.push(Step { what, instances, cpu_units, memory_mib });
    }
    steps
}
