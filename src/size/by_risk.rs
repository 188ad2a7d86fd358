//! The rule of risk: the smallest CPU and memory whose predicted risk is within the limits,
//! and more where that costs less than the failures, or hours without enough CPU, it saves.

use super::risk::{FEWEST_DAYS, History, Outlook, Parameters, month_without_cpu};
use crate::model::{
    CpuBasis, CpuRule, MemoryBasis, MemoryRule, MonthRates, Policy, Profile, RiskPolicy, Signal,
};
use crate::units::{CpuUnits, Fine, MiB, Usd, whole_up};

/// As large a value as any reading has.
const LARGEST: u32 = 8_388_608;
const UNITS: i128 = 1_024;

/// Whose risks are asked for, and by which appetite.
pub(super) struct Question<'q> {
    pub outlook: &'q Outlook,
    pub parameters: &'q Parameters,
    pub policy: RiskPolicy,
    pub rates: Option<MonthRates>,
}

impl Question<'_> {
    /// Nothing where maxima were not measured for long enough, or demand reaches beyond
    /// anything on sale.
    pub fn cpu(&self, profile: &Profile) -> Option<CpuBasis> {
        let signal = profile.deciding(Signal::CpuMax, Signal::CpuMean)?;
        if signal != Signal::CpuMax || self.outlook.history.cpu_days() < FEWEST_DAYS {
            return None;
        }
        let risk = |units| self.outlook.history.cpu_risk(self.parameters, CpuUnits(units));
        let least = least(self.policy.cpu_ppm, risk)?;
        let failure = month_without_cpu(&self.policy);
        let need = best(least, self.rates.map(|rates| rates.vcpu), failure, risk);
        let rule = CpuRule::Risk { limit_ppm: self.policy.cpu_ppm };
        Some(CpuBasis { signal, rule, least: CpuUnits(least), need: CpuUnits(need) })
    }

    /// The same of memory; `maximum` is the most seen.
    pub fn memory(&self, profile: &Profile, maximum: Fine) -> Option<MemoryBasis> {
        let signal = profile.deciding(Signal::MemoryMax, Signal::MemoryMean)?;
        if signal != Signal::MemoryMax || self.outlook.history.memory_days() < FEWEST_DAYS {
            return None;
        }
        let risk =
            |mib| self.outlook.history.memory_risk(self.parameters, MiB(mib), self.outlook.ahead);
        let least = least(self.policy.memory_ppm, risk)?;
        let gib = self.rates.map(|rates| rates.gib);
        let need = best(least, gib, self.policy.failure_cost, risk);
        let rule = MemoryRule::Risk { limit_ppm: self.policy.memory_ppm };
        Some(MemoryBasis { signal, maximum, rule, least: MiB(least), need: MiB(need) })
    }
}

/// The least memory within the limits, of a history of days and its maximum in MiB; where no
/// risk can be predicted, the maximum and a margin.
#[must_use]
pub fn memory_within(history: &History, maximum: f64, policy: &Policy) -> MiB {
    let days = f64::from(policy.risk_days);
    let risk = |mib| history.memory_risk(Parameters::shipped(), MiB(mib), days);
    let by_risk = policy
        .risk
        .filter(|_| history.memory_days() >= FEWEST_DAYS)
        .and_then(|appetite| least(appetite.memory_ppm, risk));
    let margin = 1.0 + f64::from(policy.memory_margin_percent) / 100.0;
    MiB(by_risk.unwrap_or_else(|| whole_up(maximum * margin).unwrap_or(LARGEST)))
}

/// The smallest value whose risk is within a limit, by halving: a larger one is never riskier.
fn least(limit_ppm: u32, risk: impl Fn(u32) -> Option<u32>) -> Option<u32> {
    let within = |value| risk(value).is_some_and(|ppm| ppm <= limit_ppm);
    let (mut below, mut enough) = (0, LARGEST);
    if !within(enough) {
        return None;
    }
    while enough - below > 1 {
        let middle = u32::midpoint(below, enough);
        if within(middle) { enough = middle } else { below = middle }
    }
    Some(enough)
}

/// From the least on, in steps of a 64th, where price and expected failures together are the
/// least; the least itself where prices are not known.
fn best(least: u32, price: Option<Usd>, failure: Usd, risk: impl Fn(u32) -> Option<u32>) -> u32 {
    let Some(price) = price.filter(|price| price.0 > 0) else { return least };
    let failures = |value| i128::from(risk(value).unwrap_or(0)) * i128::from(failure.0) / 1_000_000;
    let more = |value: u32| i128::from(value - least) * i128::from(price.0) / UNITS;
    let (mut best, mut lowest) = (least, failures(least));
    let mut value = least;
    loop {
        value = value.saturating_add((value / 64).max(1));
        // What is paid more can save no more than everything.
        if value >= LARGEST || more(value) >= lowest {
            return best;
        }
        let costs = more(value) + failures(value);
        if costs < lowest {
            (best, lowest) = (value, costs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_where_the_risk_crosses_the_limit() {
        let risk = |value: u32| Some(1_000_000 / value.max(1));
        for limit in [1, 7, 1_000, 999_999, 1_000_000] {
            let found = least(limit, risk).unwrap();
            assert!(risk(found).unwrap() <= limit);
            assert!(found == 1 || risk(found - 1).unwrap() > limit, "{limit}: {found}");
        }
        assert_eq!(least(0, |_| Some(1)), None);
        assert_eq!(least(0, |_| None), None);
    }

    #[test]
    fn more_is_taken_where_it_saves_more_than_it_costs() {
        // A risk of a tenth up to 1100, none beyond.
        let risk = |value: u32| Some(if value > 1_100 { 0 } else { 100_000 });
        let dollars = |count: i64| Usd(count * 1_000_000);
        let at = |price, failure| best(1_024, price, failure, risk);
        // About 110 more of 1024 at $10: a dollar and more.
        assert_eq!(at(Some(dollars(10)), dollars(5)), 1_024);
        assert!((1_101..1_130).contains(&at(Some(dollars(10)), dollars(20))));
        assert_eq!(at(None, dollars(1_000)), 1_024);
        assert_eq!(at(Some(dollars(10)), dollars(0)), 1_024);
    }
}
