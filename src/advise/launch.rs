//! How a workload's tasks are bought today: on demand, on Spot, or not as Fargate at all.

use crate::model::{Capacity, Code, Finding, Launch, Purchase, Workload};

/// A part of all task-hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub purchase: Purchase,
    pub above: u64,
    pub below: u64,
}

impl Part {
    /// All of it, bought in one way.
    pub const fn all(purchase: Purchase) -> Self {
        Part { purchase, above: 1, below: 1 }
    }
}

pub(super) const ALL_ON_DEMAND: Part = Part::all(Purchase::OnDemand);

/// The parts of a workload's task-hours by how they are bought on Fargate; on demand where
/// nothing else is known. `tasks_per_mille` is how many run on average, in thousandths: the
/// base of a capacity provider strategy comes first, the rest goes by the weights.
pub(super) fn parts(workload: &Workload, tasks_per_mille: u64) -> Result<Vec<Part>, Finding> {
    let used: Vec<&Launch> =
        workload.launch.iter().filter(|one| one.weight > 0 || one.base > 0).collect();
    let used = if used.is_empty() { workload.launch.iter().collect() } else { used };
    if let Some(other) = used.iter().find(|one| !one.capacity.is_fargate()) {
        return Err(Finding::new(Code::NotOnFargate, name(other)));
    }
    if used.is_empty() {
        return Ok(vec![ALL_ON_DEMAND]);
    }
    let weights: u64 = used.iter().map(|one| u64::from(one.weight)).sum();
    let tasks = tasks_per_mille.max(1);
    let mut left = tasks;
    let bases: Vec<u64> = used
        .iter()
        .map(|one| {
            let base = (u64::from(one.base) * 1000).min(left);
            left -= base;
            base
        })
        .collect();
    let mut parts: Vec<Part> = Vec::new();
    for (launch, base) in used.iter().zip(bases) {
        let (above, below) = if weights == 0 {
            (base, tasks - left)
        } else {
            (base * weights + left * u64::from(launch.weight), tasks * weights)
        };
        if above > 0 && below > 0 {
            parts.push(Part { purchase: purchase(launch.capacity), above, below });
        }
    }
    Ok(if parts.is_empty() { vec![ALL_ON_DEMAND] } else { parts })
}

pub(super) const fn purchase(capacity: Capacity) -> Purchase {
    match capacity {
        Capacity::FargateSpot => Purchase::Spot,
        _ => Purchase::OnDemand,
    }
}

fn name(launch: &Launch) -> String {
    let kind = match launch.capacity {
        Capacity::Ec2 => "EC2 instances",
        Capacity::ManagedInstances => "Managed Instances",
        Capacity::External => "external instances",
        Capacity::Fargate | Capacity::FargateSpot => "Fargate",
    };
    launch.provider.as_ref().map_or_else(|| kind.to_owned(), |name| format!("{kind}, {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(launch: &[(Capacity, u32, u32)]) -> Workload {
        let launch = launch
            .iter()
            .map(|(capacity, weight, base)| Launch {
                capacity: *capacity,
                provider: None,
                weight: *weight,
                base: *base,
            })
            .collect();
        Workload { launch, ..Workload::named("web") }
    }

    fn shares(launch: &[(Capacity, u32, u32)], tasks: u64) -> Vec<(Purchase, f64)> {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let share = |part: Part| (part.purchase, part.above as f64 / part.below as f64);
        parts(&with(launch), tasks * 1000).unwrap().into_iter().map(share).collect()
    }

    #[test]
    fn a_mix_is_bought_by_base_and_weights() {
        use Capacity::{Ec2, Fargate, FargateSpot};
        use Purchase::{OnDemand, Spot};
        assert_eq!(shares(&[], 3), [(OnDemand, 1.0)]);
        assert_eq!(shares(&[(FargateSpot, 1, 0)], 3), [(Spot, 1.0)]);
        assert_eq!(shares(&[(Fargate, 0, 0), (FargateSpot, 1, 0)], 3), [(Spot, 1.0)]);
        assert_eq!(
            shares(&[(Fargate, 1, 0), (FargateSpot, 3, 0)], 8),
            [(OnDemand, 0.25), (Spot, 0.75)]
        );
        // Two of eight as the base, the other six one to two.
        assert_eq!(
            shares(&[(Fargate, 1, 2), (FargateSpot, 2, 0)], 8),
            [(OnDemand, 0.5), (Spot, 0.5)]
        );
        assert_eq!(shares(&[(Fargate, 0, 5), (FargateSpot, 1, 0)], 2), [(OnDemand, 1.0)]);
        assert_eq!(shares(&[(Fargate, 0, 2)], 8), [(OnDemand, 1.0)]);
        let ec2 = parts(&with(&[(Fargate, 1, 0), (Ec2, 1, 0)]), 1000).unwrap_err();
        assert_eq!(ec2.code, Code::NotOnFargate);
    }
}
