//! Commitments against an hour's use, in AWS's order: Reserved Instances, EC2 Instance Savings
//! Plans, Compute Savings Plans, and the rest on demand.
//!
//! Within a plan what is saved the most in percent comes first, of equal savings the lowest rate
//! (Savings Plans user guide, "Understanding how Savings Plans apply to your usage"). What an
//! hour does not use of a commitment is lost.

mod best;
mod reserved;

pub use best::{Best, best};
pub use reserved::Reserved;

/// Parts of a unit in which use is counted.
pub const PARTS: u64 = 1_000_000;

/// What was used of one thing in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// `r5.4xlarge`, `Fargate vCPU`.
    pub what: String,
    /// In millionths: of an instance, a vCPU, a GB.
    pub parts: u64,
    /// Pico-dollars for a whole one: on demand, by a Compute Savings Plan, and by an EC2 Instance
    /// Savings Plan; nothing where a plan is not applied to it.
    pub on_demand: u64,
    pub compute: Option<u64>,
    pub ec2: Option<u64>,
    pub region: String,
    /// Where it is an instance.
    pub instance: Option<Instance>,
}

/// What decides which reservation or plan is applied to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// `r5.4xlarge`.
    pub instance_type: String,
    pub zone: String,
    /// Linux on shared tenancy: a regional reservation of another size is as good.
    pub size_flexible: bool,
    /// As a reservation names it: `Linux/UNIX`, `Windows`.
    pub platform: String,
}

/// A Savings Plan: pico-dollars an hour, used or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub kind: PlanKind,
    pub hourly: u128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanKind {
    Compute,
    /// Of one family in one region: `r5`.
    Ec2 {
        family: String,
        region: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commitments {
    pub reserved: Vec<Reserved>,
    pub plans: Vec<Plan>,
}

/// An hour settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// By thing that was used, parts on demand still and what they cost, pico-dollars.
    pub on_demand: Vec<(u64, u128)>,
    /// By reservation, instances that were not used, in parts.
    pub idle: Vec<u64>,
    /// By plan, what of the hour's commitment was used.
    pub used: Vec<u128>,
    /// All of it: reservations, plans and the rest.
    pub total: u128,
}

impl Used {
    /// Pico-dollars of some parts at a price.
    pub(super) fn cost(parts: u64, price: u64) -> u128 {
        (u128::from(parts) * u128::from(price) + u128::from(PARTS / 2)) / u128::from(PARTS)
    }

    #[must_use]
    pub fn family(&self) -> Option<&str> {
        self.instance.as_ref()?.instance_type.split('.').next()
    }

    /// By a plan, where it is applied to it.
    fn rate(&self, kind: &PlanKind) -> Option<u64> {
        match kind {
            PlanKind::Compute => self.compute,
            PlanKind::Ec2 { family, region } => {
                self.ec2.filter(|_| self.family() == Some(family) && self.region == *region)
            }
        }
    }
}

/// What an hour costs.
#[must_use]
pub fn settle(hour: &[Used], commitments: &Commitments) -> Settled {
    let mut left: Vec<u64> = hour.iter().map(|one| one.parts).collect();
    let (idle, mut total) = reserved::apply(hour, &commitments.reserved, &mut left);
    let mut used = vec![0; commitments.plans.len()];
    for ec2 in [true, false] {
        for (plan, used) in commitments.plans.iter().zip(&mut used) {
            if matches!(plan.kind, PlanKind::Ec2 { .. }) == ec2 {
                *used = apply(hour, plan, &mut left);
                total += plan.hourly;
            }
        }
    }
    let on_demand: Vec<(u64, u128)> =
        hour.iter().zip(left).map(|(one, left)| (left, Used::cost(left, one.on_demand))).collect();
    total += on_demand.iter().map(|(_, cost)| cost).sum::<u128>();
    Settled { on_demand, idle, used, total }
}

/// What a plan is applied to, first what it saves the most of, with its rate.
fn ladder(hour: &[Used], kind: &PlanKind) -> Vec<(usize, u64)> {
    let mut order: Vec<(usize, u64)> = hour
        .iter()
        .enumerate()
        .filter_map(|(number, one)| Some((number, one.rate(kind)?)))
        .filter(|(number, _)| hour[*number].on_demand > 0)
        .collect();
    order.sort_by(|(one, rate), (other, others)| {
        // rate / on demand < other's rate / other's on demand, without dividing
        let (a, b) = (u128::from(*rate), u128::from(*others));
        let (c, d) = (u128::from(hour[*one].on_demand), u128::from(hour[*other].on_demand));
        (a * d).cmp(&(b * c)).then(rate.cmp(others)).then(one.cmp(other))
    });
    order
}

/// Takes what it covers from what is left; what of the commitment is used.
fn apply(hour: &[Used], plan: &Plan, left: &mut [u64]) -> u128 {
    let mut rest = plan.hourly;
    for (number, rate) in ladder(hour, &plan.kind) {
        let all = Used::cost(left[number], rate);
        if all <= rest {
            rest -= all;
            left[number] = 0;
            continue;
        }
        let covered = rest * u128::from(PARTS) / u128::from(rate.max(1));
        left[number] -= u64::try_from(covered).unwrap_or(u64::MAX).min(left[number]);
        return plan.hourly;
    }
    plan.hourly - rest
}

#[cfg(test)]
mod tests;
