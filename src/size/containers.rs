//! A task's size, shared out among its containers.

use super::fixed;
use crate::model::{Container, ContainerSize, Policy, Profile, Size};
use crate::units::{CpuUnits, MiB};

/// The least that ECS takes for a container.
const LEAST_CPU: u32 = 2;
const LEAST_MIB: u32 = 6;

/// What each container is given, in the order of the containers: reservations and CPU shares
/// add up to the task's size. By what each needs, where all are measured; else in today's
/// proportions. Nothing where neither is known, and then that is said by the caller.
#[must_use]
pub fn shared_out(
    containers: &[(&Container, Option<&Profile>)],
    task: Size,
    today: Option<Size>,
    policy: &Policy,
) -> Option<(Vec<ContainerSize>, SharedBy)> {
    let needs: Option<Vec<(u64, u64)>> =
        containers.iter().map(|(_, profile)| profile.and_then(|one| need(one, policy))).collect();
    let (weights, by) = match needs {
        Some(needs) => (needs, SharedBy::Need),
        None => (proportions(containers, today)?, SharedBy::Proportion),
    };
    let cpu = split(task.cpu.0, &weights.iter().map(|one| one.0).collect::<Vec<_>>(), LEAST_CPU)?;
    let memory =
        split(task.memory.0, &weights.iter().map(|one| one.1).collect::<Vec<_>>(), LEAST_MIB)?;
    let size = |place: usize| {
        let reservation = memory[place];
        let limit = containers[place].0.memory.map(|today| match by {
            // Never below what it used, nor above what the task has.
            SharedBy::Need => u32::try_from(weights[place].1).unwrap_or(u32::MAX),
            SharedBy::Proportion => today.0,
        });
        ContainerSize {
            cpu: CpuUnits(cpu[place]),
            memory_reservation: MiB(reservation),
            // ECS wants a limit above the reservation; the task's own memory limits all.
            memory: limit
                .map(|limit| limit.max(reservation + 1).min(task.memory.0))
                .filter(|limit| *limit > reservation)
                .map(MiB),
        }
    };
    Some(((0..containers.len()).map(size).collect(), by))
}

/// What shares go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedBy {
    Need,
    Proportion,
}

/// CPU units and MiB by percentile and margin; nothing where one was not measured.
fn need(profile: &Profile, policy: &Policy) -> Option<(u64, u64)> {
    let cpu = fixed::cpu(profile, policy, None)?.need.0;
    let memory = fixed::memory(profile, policy, None, &profile.daily_memory_peaks())?.need.0;
    Some((u64::from(cpu.max(1)), u64::from(memory.max(1))))
}

/// What they are given today. Containers without CPU shares have what the others leave, in
/// equal parts, or as much as the largest where that is not known.
fn proportions(
    containers: &[(&Container, Option<&Profile>)],
    today: Option<Size>,
) -> Option<Vec<(u64, u64)>> {
    let set = || containers.iter().filter_map(|(one, _)| one.cpu).map(|cpu| u64::from(cpu.0));
    let without = containers.iter().filter(|(one, _)| one.cpu.is_none()).count() as u64;
    let left = today.map(|size| u64::from(size.cpu.0).saturating_sub(set().sum()));
    let each = left.and_then(|left| left.checked_div(without)).filter(|each| *each > 0);
    let each = each.unwrap_or_else(|| set().max().unwrap_or(1));
    let given = |container: &Container| {
        let cpu = container.cpu.map_or(each, |cpu| u64::from(cpu.0));
        let memory = container.memory_reservation.or(container.memory)?;
        Some((cpu, u64::from(memory.0)))
    };
    containers.iter().map(|(container, _)| given(container)).collect()
}

/// In whole parts that add up, each at least so much: by weight, what is left over going to
/// those that rounding took the most from. Nothing where there is not enough for all.
fn split(total: u32, weights: &[u64], least: u32) -> Option<Vec<u32>> {
    let count = u32::try_from(weights.len()).ok().filter(|count| *count > 0)?;
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 || total < count.checked_mul(least)? {
        return None;
    }
    let exact = |weight: &u64| u128::from(total) * u128::from(*weight);
    let whole = |weight: &u64| u32::try_from(exact(weight) / sum).expect("a part of the total");
    let mut parts: Vec<u32> = weights.iter().map(whole).collect();
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    by_loss.sort_by_key(|place| std::cmp::Reverse(exact(&weights[*place]) % sum));
    let left = total - parts.iter().sum::<u32>();
    for place in by_loss.into_iter().take(usize::try_from(left).expect("fewer than there are")) {
        parts[place] += 1;
    }
    // Those that have too little are given of what the largest have.
    while let Some(small) = parts.iter().position(|part| *part < least) {
        let large = (0..parts.len()).max_by_key(|place| parts[*place])?;
        parts[small] += 1;
        parts[large] -= 1;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reading, Signal};
    use proptest::prelude::*;

    const POLICY: Policy = Policy {
        risk: None,
        risk_days: 30,
        cpu_percentile_per_mille: 990,
        cpu_headroom_percent: 20,
        memory_margin_percent: 15,
        averages_cpu_percent: 250,
        averages_memory_percent: 25,
        min_readings: 100,
        floor: Size::new(64, 128),
    };

    fn used(cpu: f64, memory: f64) -> Profile {
        let mut profile = Profile::default();
        let reading =
            |at| Reading::new(at, 300).with(Signal::CpuMax, cpu).with(Signal::MemoryMax, memory);
        for step in 0..100 {
            profile.add(&reading(step * 300));
        }
        profile
    }

    fn container(name: &str, cpu: u32, soft: Option<u32>, hard: Option<u32>) -> Container {
        Container {
            cpu: (cpu > 0).then_some(CpuUnits(cpu)),
            memory_reservation: soft.map(MiB),
            memory: hard.map(MiB),
            ..Container::named(name)
        }
    }

    fn size(cpu: u32, reservation: u32, limit: Option<u32>) -> ContainerSize {
        let memory_reservation = MiB(reservation);
        ContainerSize { cpu: CpuUnits(cpu), memory_reservation, memory: limit.map(MiB) }
    }

    #[test]
    fn measured_containers_share_by_need() {
        let app = container("app", 100, Some(100), Some(4_000));
        let proxy = container("proxy", 100, Some(3_000), None);
        let (large, small) = (used(300.0, 800.0), used(100.0, 100.0));
        let all = [(&app, Some(&large)), (&proxy, Some(&small))];
        let (sizes, by) = shared_out(&all, Size::new(512, 1024), None, &POLICY).unwrap();
        assert_eq!(by, SharedBy::Need);
        // 360 to 120, and 920 to 115.
        assert_eq!(sizes, [size(384, 910, Some(920)), size(128, 114, None)]);
        let (sizes, _) = shared_out(&all[..1], Size::new(512, 1024), None, &POLICY).unwrap();
        assert_eq!(sizes, [size(512, 1024, None)], "the task's memory is its limit");
    }

    #[test]
    fn others_keep_their_proportions() {
        let app = container("app", 300, Some(600), Some(800));
        let proxy = container("proxy", 100, None, Some(200));
        let all = [(&app, Some(&used(300.0, 800.0))), (&proxy, None)];
        let (sizes, by) = shared_out(&all, Size::new(256, 512), None, &POLICY).unwrap();
        assert_eq!(by, SharedBy::Proportion);
        assert_eq!(sizes, [size(192, 384, Some(512)), size(64, 128, Some(200))]);
        // One without shares has what is left of today's.
        let side = container("side", 32, Some(256), None);
        let main = container("main", 0, Some(3_840), None);
        let all = [(&main, None), (&side, None)];
        let (sizes, _) =
            shared_out(&all, Size::new(256, 1024), Some(Size::new(1024, 4096)), &POLICY).unwrap();
        assert_eq!(sizes, [size(248, 960, None), size(8, 64, None)]);
        let bare = container("bare", 0, None, None);
        assert_eq!(
            shared_out(&[(&app, None), (&bare, None)], Size::new(256, 512), None, &POLICY),
            None
        );
    }

    proptest! {
        #[test]
        fn parts_add_up(
            total in prop_oneof![0_u32..100, 1_000_u32..200_000],
            weights in prop::collection::vec(prop_oneof![Just(0_u64), 1..5_u64, 1..u64::from(u32::MAX)], 0..12),
            least in 0_u32..8,
        ) {
            let count = u32::try_from(weights.len()).unwrap();
            let possible = count > 0 && total >= count * least && weights.iter().any(|one| *one > 0);
            let parts = split(total, &weights, least);
            prop_assert_eq!(parts.is_some(), possible);
            if let Some(parts) = parts {
                prop_assert_eq!(parts.iter().sum::<u32>(), total);
                prop_assert!(parts.iter().all(|part| *part >= least));
                for (one, weight) in parts.iter().zip(&weights) {
                    for (other, lighter) in parts.iter().zip(&weights) {
                        prop_assert!(weight < lighter || one + 1 >= *other, "the heavier has no less");
                    }
                }
            }
        }
    }
}
