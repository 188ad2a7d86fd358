//! Where today's size cuts demand off, or is not what percentages are of.

use super::Shape;
use crate::model::{Capacity, Code, Policy, Profile, Signal, Size, SizeSince, Workload};
use crate::units::MiB;

/// A task that was killed for want of memory is given so much more, in percent and in MiB
/// at the least: what the Kubernetes Vertical Pod Autoscaler does.
const AFTER_KILL_PERCENT: u32 = 20;
const AFTER_KILL_MIB: u32 = 100;
/// As good as all of the CPU.
const FULL_PERCENT: u64 = 98;
/// Caps are enforced in slices of time: a little more than a size can be read.
const ABOVE_CAP_PERCENT: u64 = 10;
/// Memory in the upper tenth of the size half of the time, and never above it.
const FULL_PER_MILLE: u64 = 900;

pub(super) fn look(workload: &Workload, profile: &Profile, policy: &Policy, shape: &mut Shape) {
    killed(workload, shape);
    soft_limit(workload, shape);
    let Some(size) = workload.size.filter(|_| !workload.size_assumed) else { return };
    ceiling(workload, size, profile, policy, shape);
    memory(workload, size, profile, shape);
}

/// Tasks that were lately killed for want of memory, as far as their ends say so: 137 is
/// also what a task ends with that did not stop in time, which is taken for the worse.
fn killed(workload: &Workload, shape: &mut Shape) {
    let stopped = |reason: &str| -> u32 {
        let of_reason = workload.stops.iter().filter(|stop| stop.reason == reason);
        of_reason.map(|stop| stop.tasks).sum()
    };
    let (certain, likely) = (stopped("OutOfMemory"), stopped("exit 137"));
    if certain + likely == 0 {
        return;
    }
    shape.memory.hold = true;
    shape.memory.cut_off = true;
    if let Some(today) = workload.size.map(|size| size.memory.0).filter(|_| certain > 0) {
        let more = (today * AFTER_KILL_PERCENT).div_ceil(100).max(AFTER_KILL_MIB);
        shape.least_memory = MiB(today.saturating_add(more));
    }
    shape.say(Code::OutOfMemory, format!("{} tasks", certain + likely));
}

fn ceiling(workload: &Workload, size: Size, profile: &Profile, policy: &Policy, shape: &mut Shape) {
    // What was used under a larger size says nothing of this one's ceiling.
    let larger = |one: &SizeSince| one.cpu_units.is_some_and(|units| units > size.cpu);
    if workload.sizes.iter().any(larger) {
        return;
    }
    let Some(signal) = profile.deciding(Signal::CpuMax, Signal::CpuMean) else { return };
    let histogram = profile.signal(signal);
    // More than a size was used: it is no cap, and demand is what was seen.
    let most = histogram.maximum().unwrap_or_default().0;
    if most * 100 > u64::from(size.cpu.0) * 1024 * (100 + ABOVE_CAP_PERCENT) {
        return;
    }
    let used = histogram.percentile(policy.cpu_percentile_per_mille);
    if let Some(used) =
        used.filter(|used| used.0 * 100 >= u64::from(size.cpu.0) * 1024 * FULL_PERCENT)
    {
        shape.cpu.cut_off = true;
        shape.cpu.hold = true;
        shape.say(Code::AtTheCeiling, format!("{} of {} CPU units used", used.ceil(), size.cpu.0));
    }
}

fn memory(workload: &Workload, size: Size, profile: &Profile, shape: &mut Shape) {
    let Some(signal) = profile.deciding(Signal::MemoryMax, Signal::MemoryMean) else { return };
    let limit = u64::from(size.memory.0) * 1024;
    let Some(maximum) = super::super::fixed::maximum(profile) else { return };
    if maximum.0 > limit {
        let seen = maximum.ceil();
        shape.say(Code::OverLimit, format!("{seen} MiB seen, {} MiB allowed", size.memory.0));
        return;
    }
    let median = profile.signal(signal).percentile(500).unwrap_or_default();
    let full = median.0 * 1000 >= limit * FULL_PER_MILLE && workload.sizes.len() < 2;
    if full && workload.stops.is_empty() && !super::heap::is_heap(workload) {
        let detail = format!("{} of {} MiB half of the time", median.ceil(), size.memory.0);
        shape.say(Code::CacheLikely, detail);
        // It would fill what it is given, however much.
        shape.most_memory = Some(size.memory);
        shape.memory.not_chance = true;
    }
}

/// Off Fargate percentages of memory are of the reservations where there are any.
fn soft_limit(workload: &Workload, shape: &mut Shape) {
    let off_fargate = workload.launch.iter().any(|one| {
        matches!(one.capacity, Capacity::Ec2 | Capacity::External | Capacity::ManagedInstances)
    });
    let soft: Vec<&str> = workload
        .containers
        .iter()
        .filter(|one| one.memory_reservation.is_some_and(|soft| Some(soft) != one.memory))
        .map(|one| one.name.as_str())
        .collect();
    if off_fargate && !soft.is_empty() {
        shape.say(Code::SoftLimit, soft.join(", "));
    }
}
