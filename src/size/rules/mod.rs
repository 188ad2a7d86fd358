//! Rules of other tools, for comparison: what each would ask for, before it is rounded to a
//! size on sale. Sources and test vectors are in `docs/sizing.md`.

mod vpa;

use crate::model::Sample;

/// A rule by the tool it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    Krr,
    Vpa,
    Kubecost,
    CloudFix,
    /// AWS's published default for EC2, applied to ECS; its rule for ECS is not published.
    ComputeOptimizerEc2Default,
    /// The maximum that was seen.
    Max,
}

/// CPU units and MiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    pub cpu: f64,
    pub memory: f64,
}

/// A thousandth of a core.
const MILLICORE: f64 = 1.024;
/// With fewer krr says that there is not enough data (its `points_required`).
const KRR_FEWEST_POINTS: usize = 100;

impl Rule {
    pub const ALL: [Rule; 6] = [
        Rule::Krr,
        Rule::Vpa,
        Rule::Kubecost,
        Rule::CloudFix,
        Rule::ComputeOptimizerEc2Default,
        Rule::Max,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Krr => "krr",
            Rule::Vpa => "vpa",
            Rule::Kubecost => "kubecost",
            Rule::CloudFix => "cloudfix",
            Rule::ComputeOptimizerEc2Default => "compute-optimizer-ec2-default",
            Rule::Max => "max",
        }
    }

    /// What it asks for, given samples in order of time; nothing where CPU or memory was
    /// never measured, or too seldom for the rule.
    #[must_use]
    pub fn ask(self, samples: &[Sample]) -> Option<Ask> {
        let cpu = sorted(samples, |sample| sample.cpu);
        let memory = sorted(samples, |sample| sample.memory);
        let (cpu_max, memory_max) = (*cpu.last()?, *memory.last()?);
        Some(match self {
            Rule::Krr if cpu.len().min(memory.len()) < KRR_FEWEST_POINTS => return None,
            // Quantiles as Prometheus takes them; floors of 10 millicores and 100 MiB.
            Rule::Krr => Ask {
                cpu: (quantile(&cpu, 0.95) / 1024.0 * 1000.0).ceil().max(10.0) * MILLICORE,
                memory: (memory_max * 1.15).ceil().max(100.0),
            },
            Rule::Vpa => vpa::ask(samples)?,
            Rule::Kubecost => Ask {
                cpu: (cpu_max / 0.7).max(10.0 * MILLICORE),
                memory: (memory_max / 0.7).max(20.0),
            },
            // The highest of hourly 99th percentiles; of the few values of an hour that is
            // the highest.
            Rule::CloudFix => Ask { cpu: cpu_max * 1.2, memory: memory_max * 1.2 },
            Rule::ComputeOptimizerEc2Default => {
                Ask { cpu: nearest_rank(&cpu, 995) / 0.8, memory: memory_max / 0.8 }
            }
            Rule::Max => Ask { cpu: cpu_max, memory: memory_max },
        })
    }
}

fn sorted(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = samples.iter().map(value).filter(|one| !one.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Between two values in proportion, as Prometheus does.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    let rank = share * (sorted.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among the samples"
    )]
    let below = rank.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = rank - rank.floor();
    sorted[below] * (1.0 - part) + sorted[above] * part
}

fn nearest_rank(sorted: &[f64], per_mille: usize) -> f64 {
    sorted[(sorted.len() * per_mille).div_ceil(1000).max(1) - 1]
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers, exactly")]
mod tests {
    use super::*;

    /// One task, a sample a minute.
    fn samples(days: i64, cpu: impl Fn(i64) -> f64, memory: impl Fn(i64) -> f64) -> Vec<Sample> {
        (0..days * 1_440)
            .map(|minute| Sample {
                cpu: cpu(minute) * 1024.0,
                memory: memory(minute),
                ..Sample::unknown(minute * 60, 60)
            })
            .collect()
    }

    fn millicores(ask: Ask) -> f64 {
        ask.cpu / MILLICORE
    }

    #[test]
    fn a_flat_half_core_and_512_mib() {
        let all = samples(8, |_| 0.5, |_| 512.0);
        let ask = |rule: Rule| rule.ask(&all).unwrap();
        let krr = ask(Rule::Krr);
        assert_eq!((millicores(krr).round(), krr.memory), (500.0, 589.0));
        let vpa = ask(Rule::Vpa);
        assert_eq!(millicores(vpa).round(), 587.0);
        assert_eq!((vpa.memory * 1_048_576.0).round(), 628_694_953.0);
        let kubecost = ask(Rule::Kubecost);
        assert_eq!(millicores(kubecost).round(), 714.0);
        assert!((kubecost.memory - 731.4).abs() < 0.05);
        let cloudfix = ask(Rule::CloudFix);
        assert!((cloudfix.cpu - 0.6 * 1024.0).abs() < 1e-9);
        assert_eq!(cloudfix.memory.round(), 614.0);
        assert_eq!(ask(Rule::Max), Ask { cpu: 512.0, memory: 512.0 });
        assert_eq!(ask(Rule::ComputeOptimizerEc2Default).cpu, 640.0);
    }

    #[test]
    fn bursts_and_a_single_peak() {
        // 0.8 core for 8 % of the minutes; 400 MiB with a peak of 900 on one day of 14.
        let burst = |minute: i64| if minute % 25 < 2 { 0.8 } else { 0.2 };
        let peak = |minute: i64| if minute / 1_440 == 7 { 900.0 } else { 400.0 };
        let all = samples(14, burst, peak);
        let ask = |rule: Rule| rule.ask(&all).unwrap();
        assert_eq!((millicores(ask(Rule::Krr)).round(), ask(Rule::Krr).memory), (800.0, 1_035.0));
        assert_eq!(millicores(ask(Rule::Vpa)).round(), 247.0, "it misses the bursts");
        assert_eq!(millicores(ask(Rule::Kubecost)).round(), 1_143.0);
        assert_eq!(ask(Rule::Kubecost).memory.round(), 1_286.0);
    }

    #[test]
    fn nothing_measured_is_nothing_asked() {
        let none = samples(1, |_| f64::NAN, |_| 100.0);
        assert!(Rule::ALL.iter().all(|rule| rule.ask(&none).is_none()));
        assert!(Rule::ALL.iter().all(|rule| rule.ask(&[]).is_none()));
    }
}
