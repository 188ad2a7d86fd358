//! A service that scales by itself: size, number of tasks and target looked for together over
//! the replayed demand. A size alone will not do: smaller tasks only bring more of them.

use super::Settings;
use crate::fit::FargateTable;
use crate::model::{Candidate, Demand, Policy, Risk, Sample, Scaling, ScalingPlan, Size, Workload};
use crate::replay::{Scaled, Setting, Step, scaled, short_steps, steps};
use crate::size::memory_within;
use crate::size::risk::{History, Parameters, Peaks};
use crate::units::{CpuUnits, Hour, MiB, Quantity, Usd, UsdPerHour};
use std::collections::BTreeSet;

/// Targets that are tried, in percent.
const TARGETS: std::ops::RangeInclusive<u32> = 6..=16;
const TARGET_STEP: u32 = 5;
/// So much more demand than was seen must be borne, in percent.
const GROWTH_PERCENT: f64 = 20.0;
/// A plan may be short as often as today's was, up to this share of all steps, in thousandths: a
/// task that is short brings others only after minutes.
const SHORT_PER_MILLE: usize = 5;
/// The maximum is so many times what the replay needed.
const ROOM: u32 = 2;
/// What runs today is kept unless another setting costs so much less, in percent: what is
/// recommended must not change with every week.
const WORTH_CHANGING_PERCENT: i128 = 5;
const FEWEST_DAYS: i64 = 7;
const DAY: i64 = 86_400;

/// What is recommended, and what it would have run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Solved {
    pub plan: ScalingPlan,
    pub size: Size,
    /// No less memory is within the limits.
    pub memory: MiB,
    /// Tasks times seconds, and the seconds they are of.
    pub task_seconds: u64,
    pub seconds: u64,
    pub memory_ppm: Option<u32>,
    pub usd_a_task: Usd,
}

/// What is looked through.
pub(super) struct Search<'s> {
    steps: Vec<Step>,
    /// The same with room for growth.
    grown: Vec<Step>,
    table: &'s FargateTable,
    policy: &'s Policy,
    month: Quantity<Hour>,
    /// Nothing less of memory.
    floor: MiB,
    fewest: u32,
    /// MiB more for each CPU unit more of a task's load.
    slope: f64,
    /// Steps in which a task may be short.
    allowed: usize,
    today: Option<(Size, Setting)>,
}

impl<'s> Search<'s> {
    /// Nothing where it does not scale by itself, or a week was not measured finely enough.
    pub fn new(
        workload: &Workload,
        samples: &[Sample],
        table: &'s FargateTable,
        settings: &'s Settings,
        floor: MiB,
    ) -> Option<Self> {
        let scaling = workload.scaling.as_ref().filter(|one| scales(one))?;
        let steps = steps(samples, workload.size.map(|size| size.cpu.0));
        let covered: i64 = steps.iter().map(|step| i64::from(step.seconds)).sum();
        if covered < FEWEST_DAYS * DAY - DAY {
            return None;
        }
        let full = steps.iter().filter(|step| step.full).count();
        let more = 1.0 + GROWTH_PERCENT / 100.0;
        Some(Search {
            grown: steps.iter().map(|step| Step { cpu: step.cpu * more, ..*step }).collect(),
            slope: slope(&steps),
            allowed: full.min(steps.len() * SHORT_PER_MILLE / 1000),
            steps,
            table,
            policy: &settings.policy,
            month: Quantity::whole(u64::from(settings.month.hours)),
            floor,
            fewest: scaling.minimum_tasks.clamp(1, 2),
            // What was measured was not short: no replay is needed to say so.
            today: today(workload, scaling)
                .filter(|_| full * 1000 <= samples.len() * SHORT_PER_MILLE),
        })
    }

    /// The cheapest setting that would have borne everything with room for growth; what runs
    /// today where that is nearly as good. Nothing where no size on sale bears it.
    pub fn solve(&self) -> Option<Solved> {
        let mut best: Option<(i128, Solved)> = None;
        let mut sold: Vec<u32> = self.table.all().map(|(size, _)| size.cpu.0).collect();
        sold.sort_unstable();
        sold.dedup();
        for cpu_units in sold {
            for setting in self.fewest_that_bear(cpu_units) {
                let Some(solved) = self.judged(setting, None) else { continue };
                let cost = cost(&solved);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, solved));
                }
            }
        }
        let (least, best) = best?;
        let kept = self.today.and_then(|(size, setting)| {
            let kept = self.judged(setting, Some(size))?;
            (cost(&kept) * (100 - WORTH_CHANGING_PERCENT) <= least * 100).then_some(kept)
        });
        Some(kept.unwrap_or(best))
    }

    /// For each target that can do it the smallest minimum with which no task would have been
    /// short of CPU; all targets side by side.
    fn fewest_that_bear(&self, cpu_units: u32) -> Vec<Setting> {
        // As many as bear the highest demand all the time, if tasks alone can.
        let all_the_time = |step: &Step| step.cpu * step.skew / f64::from(cpu_units);
        let most = self.grown.iter().map(all_the_time).fold(1.0, f64::max).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of tasks; `as` saturates"
        )]
        let most = (most as u32).max(self.fewest);
        let setting = |(target, minimum): (u32, u32)| Setting {
            cpu_units,
            target_percent: target * TARGET_STEP,
            minimum,
            maximum: u32::MAX,
        };
        let bear = |tried: &[(u32, u32)]| {
            self.bear(&tried.iter().copied().map(setting).collect::<Vec<_>>())
        };
        let first: Vec<(u32, u32)> = TARGETS.map(|target| (target, self.fewest)).collect();
        // Target, too few, enough; the same number where the fewest do.
        let mut open: Vec<(u32, u32, u32)> = first
            .iter()
            .zip(bear(&first))
            .map(|((target, fewest), bears)| {
                (*target, *fewest, if bears { *fewest } else { most.saturating_add(1) })
            })
            .collect();
        let last: Vec<(u32, u32)> =
            open.iter().map(|(target, _, enough)| (*target, *enough)).collect();
        let mut able = bear(&last).into_iter();
        open.retain(|_| able.next() == Some(true));
        loop {
            let between = |(_, short, enough): &&mut (u32, u32, u32)| *enough - *short > 1;
            let mut tried: Vec<&mut (u32, u32, u32)> = open.iter_mut().filter(between).collect();
            if tried.is_empty() {
                break;
            }
            let middles: Vec<(u32, u32)> =
                tried.iter().map(|one| (one.0, u32::midpoint(one.1, one.2))).collect();
            for ((one, (_, middle)), bears) in tried.iter_mut().zip(&middles).zip(bear(&middles)) {
                if bears { one.2 = *middle } else { one.1 = *middle }
            }
        }
        open.into_iter().map(|(target, _, enough)| setting((target, enough))).collect()
    }

    /// Is a task short of CPU no more often than may be, under each of some settings? More demand
    /// also starts from more tasks, so that neither of the two implies the other.
    fn bear(&self, settings: &[Setting]) -> Vec<bool> {
        let grown = short_steps(&self.grown, settings);
        let as_it_was = short_steps(&self.steps, settings);
        grown.into_iter().zip(as_it_was).map(|both| both.0.max(both.1) <= self.allowed).collect()
    }

    /// What a setting costs, with the memory that its tasks need; at a size that is given, if
    /// that will do.
    fn judged(&self, setting: Setting, given: Option<Size>) -> Option<Solved> {
        let out = scaled(&self.steps, setting);
        let (history, maximum) = self.memory_under(&out);
        let need = memory_within(&history, maximum, self.policy).max(self.floor);
        let demand = Demand { cpu: CpuUnits(setting.cpu_units), memory: need };
        let size = match given {
            None => self.table.cheapest(demand).filter(|size| size.cpu == demand.cpu)?,
            // A little beyond the limits is no reason to change it again.
            Some(size) => {
                let lenient = memory_within(&history, maximum, &lenient(self.policy));
                (size.memory >= lenient && size.memory >= self.floor).then_some(size)?
            }
        };
        let price = self.table.price(size)?;
        let maximum_tasks = match given {
            Some(_) => setting.maximum,
            None => out.most.saturating_mul(ROOM),
        };
        Some(Solved {
            plan: ScalingPlan {
                minimum_tasks: setting.minimum,
                maximum_tasks,
                target_percent: setting.target_percent,
                most_tasks: out.most,
            },
            size,
            memory: need,
            task_seconds: out.task_seconds,
            seconds: out.seconds,
            memory_ppm: self.memory_ppm(&history, size.memory),
            usd_a_task: self.usd(price)?,
        })
    }

    fn usd(&self, price: UsdPerHour) -> Option<Usd> {
        Some(price.times(self.month).ok()?.usd)
    }

    fn memory_ppm(&self, history: &History, memory: MiB) -> Option<u32> {
        self.policy.risk?;
        let days = f64::from(self.policy.risk_days);
        history.memory_risk(Parameters::shipped(), memory, days)
    }

    /// The peaks of memory's days, and the highest, with the load that a task has then.
    fn memory_under(&self, out: &Scaled) -> (History, f64) {
        let mut peaks = Peaks::default();
        let mut maximum = 0.0_f64;
        for (step, tasks) in self.steps.iter().zip(&out.tasks) {
            let more = step.cpu / f64::from(*tasks) - step.cpu / step.tasks;
            let memory = (step.memory + self.slope * more).max(0.0);
            maximum = maximum.max(memory);
            peaks.add(step.at.div_euclid(DAY), memory);
        }
        (History::of_memory_peaks(&peaks), maximum)
    }
}

/// A month's cost in a unit that is the same for all.
fn cost(solved: &Solved) -> i128 {
    i128::from(solved.usd_a_task.0) * i128::from(solved.task_seconds)
        / i128::from(solved.seconds.max(1))
}

/// Half as much risk again.
fn lenient(policy: &Policy) -> Policy {
    let risk = policy.risk.map(|risk| crate::model::RiskPolicy {
        memory_ppm: risk.memory_ppm.saturating_mul(3) / 2,
        ..risk
    });
    Policy { risk, memory_margin_percent: policy.memory_margin_percent / 2, ..*policy }
}

/// Those whose number of tasks changes by itself: their readings are needed one by one.
#[must_use]
pub fn scale(workloads: &[Workload]) -> BTreeSet<&str> {
    let by_itself = |one: &&Workload| one.scaling.as_ref().is_some_and(scales);
    workloads.iter().filter(by_itself).map(|one| one.id.as_str()).collect()
}

/// Does the number of tasks change by itself?
pub(super) fn scales(scaling: &Scaling) -> bool {
    scaling.maximum_tasks > scaling.minimum_tasks && !scaling.policies.is_empty()
}

/// One target tracking policy on CPU, and nothing else: what is proposed, and can be kept.
pub(super) fn today(workload: &Workload, scaling: &Scaling) -> Option<(Size, Setting)> {
    let [policy] = scaling.policies.as_slice() else { return None };
    let on_cpu = policy.kind == "TargetTrackingScaling"
        && policy.metric.as_deref() == Some("ECSServiceAverageCPUUtilization");
    let target: f64 = policy.target.as_ref().filter(|_| on_cpu)?.parse().ok()?;
    let size = workload.size?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a percentage; `as` saturates"
    )]
    let target_percent = (target.round() as u32).clamp(1, 100);
    let (minimum, maximum) = (scaling.minimum_tasks.max(1), scaling.maximum_tasks);
    Some((size, Setting { cpu_units: size.cpu.0, target_percent, minimum, maximum }))
}

/// The names of policies that are not such a one.
pub(super) fn replaced(scaling: &Scaling) -> Vec<String> {
    let plain = scaling.policies.len() == 1
        && scaling.policies.iter().all(|policy| {
            policy.kind == "TargetTrackingScaling"
                && policy.metric.as_deref() == Some("ECSServiceAverageCPUUtilization")
        });
    let named = scaling.policies.iter().filter(|_| !plain);
    named.map(|policy| format!("{} ({})", policy.name, policy.kind)).collect()
}

/// How memory follows a task's load: the slope of a straight line through all steps (least
/// squares) and twice its standard error more, never downwards. Where tasks always carried about
/// the same the slope is not well known, and the error is large.
pub(super) fn slope(steps: &[Step]) -> f64 {
    let steps: Vec<&Step> = steps.iter().filter(|step| step.memory > 0.0).collect();
    #[expect(clippy::cast_precision_loss, reason = "statistics")]
    let count = steps.len() as f64;
    let load = |step: &&Step| step.cpu / step.tasks;
    let mean_load = steps.iter().map(load).sum::<f64>() / count;
    let mean_memory = steps.iter().map(|step| step.memory).sum::<f64>() / count;
    let (mut both, mut loads, mut memories) = (0.0, 0.0, 0.0);
    for step in &steps {
        let (x, y) = (load(step) - mean_load, step.memory - mean_memory);
        both += x * y;
        loads += x * x;
        memories += y * y;
    }
    if count < 3.0 || loads <= 0.0 {
        return 0.0;
    }
    let left = (memories - both * both / loads).max(0.0);
    let error = (left / (count - 2.0) / loads).sqrt();
    (both / loads + 2.0 * error).max(0.0)
}

/// Is a setting what runs today?
pub(super) fn is_kept(workload: &Workload, size: Size, setting: Setting) -> bool {
    let today = workload.scaling.as_ref().and_then(|scaling| today(workload, scaling));
    today == Some((size, setting))
}

impl Solved {
    /// Hours of one task in a month, over all tasks.
    pub fn task_hours(&self, month_hours: u32) -> Quantity<Hour> {
        let hours = u128::from(self.task_seconds) * u128::from(month_hours);
        Quantity::ratio(hours, u128::from(self.seconds.max(1)))
    }

    pub fn tasks_per_mille(&self) -> u64 {
        self.task_seconds.saturating_mul(1000) / self.seconds.max(1)
    }

    /// The size with what is known of its risk: CPU was replayed, not predicted.
    pub fn candidate(&self) -> Candidate {
        let risk = Risk { memory_ppm: self.memory_ppm, cpu_ppm: None };
        Candidate { size: self.size, usd_per_month: self.usd_a_task, risk }
    }

    /// Is it what runs today?
    pub fn is_today(&self, workload: &Workload) -> bool {
        is_kept(workload, self.size, self.setting())
    }

    fn setting(&self) -> Setting {
        Setting {
            cpu_units: self.size.cpu.0,
            target_percent: self.plan.target_percent,
            minimum: self.plan.minimum_tasks,
            maximum: self.plan.maximum_tasks,
        }
    }
}
