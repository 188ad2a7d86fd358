//! Which of the sizes on sale to take.

use crate::model::{Candidate, Risk, RiskPolicy};
use crate::units::Usd;

const HOURS_A_MONTH: i64 = 730;
const MILLION: i128 = 1_000_000;

/// What a whole month without enough CPU is reckoned to cost.
pub(in crate::size) const fn month_without_cpu(policy: &RiskPolicy) -> Usd {
    Usd(policy.throttled_hour_cost.0.saturating_mul(HOURS_A_MONTH))
}

/// Does a risk keep to the policy's limits? What is not known does.
fn is_within(policy: &RiskPolicy, risk: Risk) -> bool {
    risk.memory_ppm.is_none_or(|ppm| ppm <= policy.memory_ppm)
        && risk.cpu_ppm.is_none_or(|ppm| ppm <= policy.cpu_ppm)
}

/// The price of a month with what its risks cost: failures, and hours without enough CPU, at
/// the policy's prices. Pico-dollars.
fn expected(policy: &RiskPolicy, candidate: &Candidate) -> i128 {
    let failure = i128::from(policy.failure_cost.0);
    let of = |ppm: Option<u32>| i128::from(ppm.unwrap_or(0));
    let memory = failure * of(candidate.risk.memory_ppm);
    let without_cpu = i128::from(month_without_cpu(policy).0);
    let cpu = without_cpu * of(candidate.risk.cpu_ppm);
    i128::from(candidate.usd_per_month.0) * MILLION + memory + cpu
}

/// Of the candidates within the limits the one that is expected to cost the least: its price
/// and its risks. Of equal ones the first. Nothing where none is within.
#[must_use]
pub fn choose(candidates: &[Candidate], policy: &RiskPolicy) -> Option<usize> {
    let within = candidates.iter().enumerate().filter(|(_, one)| is_within(policy, one.risk));
    within.min_by_key(|(_, one)| expected(policy, one)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Size;

    fn candidate(dollars: i64, memory_ppm: u32, cpu_ppm: u32) -> Candidate {
        Candidate {
            size: Size::new(256, 512),
            usd_per_month: Usd(dollars * 1_000_000),
            risk: Risk { memory_ppm: Some(memory_ppm), cpu_ppm: Some(cpu_ppm) },
        }
    }

    fn policy(failure_dollars: i64, hour_cents: i64) -> RiskPolicy {
        RiskPolicy {
            memory_ppm: 100_000,
            cpu_ppm: 10_000,
            failure_cost: Usd(failure_dollars * 1_000_000),
            throttled_hour_cost: Usd(hour_cents * 10_000),
        }
    }

    #[test]
    fn the_cheapest_within_the_limits_unless_failures_cost_more() {
        let all = [
            candidate(10, 200_000, 0),
            candidate(12, 90_000, 20_000),
            candidate(14, 90_000, 0),
            candidate(18, 1_000, 0),
        ];
        assert_eq!(choose(&all, &policy(0, 0)), Some(2));
        // Nine of a hundred failures of $50 are $4.50; four dollars buy nearly all of them.
        assert_eq!(choose(&all, &policy(50, 0)), Some(3));
        assert_eq!(choose(&all[..2], &policy(50, 0)), None);
    }

    #[test]
    fn hours_without_enough_cpu_have_a_price_of_their_own() {
        // One hundredth of a month is 7.3 hours.
        assert_eq!(expected(&policy(100, 250), &candidate(10, 0, 10_000)), 28_250_000_000_000);
        let all = [candidate(10, 0, 10_000), candidate(14, 0, 0)];
        assert_eq!(choose(&all, &policy(1_000, 0)), Some(0));
        assert_eq!(choose(&all, &policy(0, 54)), Some(0), "3.942 dollars of hours");
        assert_eq!(choose(&all, &policy(0, 55)), Some(1), "4.015 dollars");
    }
}
