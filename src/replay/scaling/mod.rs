//! A service under target tracking on CPU, step by step over its demand.
//!
//! As far as AWS publishes how it works: the high alarm needs three minutes above the target,
//! the low alarm fifteen below nine tenths of it; the count follows the metric in proportion;
//! cooldowns of 300 seconds. Proportionality and the time that a task takes to start are
//! assumptions (`docs/sizing.md`).

mod lanes;
mod policies;

use crate::model::Sample;
use lanes::{FIVE_MINUTES, FiveMinutes, Lanes, SHORTEST_STEP};
pub use policies::{
    Adjustment, Alarm, Change as StepChange, Gathered, Metric, Minute, Policies, Rule, kept,
    minutes,
};
use pulp::{Simd, WithSimd};
use std::collections::VecDeque;

/// One reading's demand, whatever number of tasks served it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Seconds since 1970.
    pub at: i64,
    pub seconds: u32,
    /// CPU units of all tasks together.
    pub cpu: f64,
    /// The hottest task against the mean; one or more.
    pub skew: f64,
    /// MiB of the fullest task, and how many tasks there were.
    pub memory: f64,
    pub tasks: f64,
    /// The hottest task used all it had: it would have needed more.
    pub full: bool,
}

/// As good as all of a size: with more than that a task is short.
pub(super) const FULL: f64 = 0.98;
/// Longer steps hide how fast demand rises.
const LONGEST_STEP: u32 = 300;

/// The readings that tell mean, maximum and number of tasks, of five minutes at the most; the
/// size is what a task had then, in CPU units.
#[must_use]
pub fn steps(samples: &[Sample], size: Option<u32>) -> Vec<Step> {
    let all = all_of(size);
    samples.iter().filter_map(|one| step_of(one, all)).collect()
}

/// From so many CPU units on a task of a size used all it had.
fn all_of(size: Option<u32>) -> f64 {
    size.map_or(f64::INFINITY, |size| f64::from(size) * FULL * NEARLY * NEARLY)
}

fn step_of(one: &Sample, all: f64) -> Option<Step> {
    let tasks = f64::from(one.tasks);
    let (at, seconds) = (one.at, one.period_seconds);
    if tasks <= 0.0 && seconds <= LONGEST_STEP {
        // Scaled to nothing: no demand, and no memory either.
        let (cpu, skew, memory) = (0.0, 1.0, 0.0);
        return Some(Step { at, seconds, cpu, skew, memory, tasks: 1.0, full: false });
    }
    let known = one.cpu_mean >= 0.0 && one.cpu >= 0.0 && one.memory >= 0.0 && tasks >= 1.0;
    (known && seconds <= LONGEST_STEP).then(|| Step {
        at,
        seconds,
        cpu: one.cpu_mean * tasks,
        skew: if one.cpu_mean > 0.0 { (one.cpu / one.cpu_mean).max(1.0) } else { 1.0 },
        memory: one.memory,
        tasks,
        full: one.cpu > all,
    })
}

/// A size and how its number is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub cpu_units: u32,
    pub target_percent: u32,
    pub minimum: u32,
    pub maximum: u32,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scaled {
    /// Tasks of each step that serve, and those that are paid for.
    pub tasks: Vec<u32>,
    pub billed: Vec<u32>,
    pub seconds: u64,
    pub task_seconds: u64,
    pub most: u32,
    /// Steps in which the hottest task would have needed all it has, or more.
    pub short: usize,
}

const HIGH_ALARM_SECONDS: u32 = 180;
const LOW_ALARM_SECONDS: u32 = 900;
const LOW_SHARE: f64 = 0.9;
const COOLDOWN_SECONDS: u32 = 300;
/// From the alarm until a new task serves: an assumption; AWS measured 23 seconds for the task
/// alone, images and health checks come on top.
const START_SECONDS: u32 = 120;
/// What rounding of readings may make of a boundary.
const NEARLY: f64 = 1.0 + 1e-6;

/// Plays the steps through. After a gap the number starts anew from the demand.
#[must_use]
pub fn scaled(steps: &[Step], setting: Setting) -> Scaled {
    let mut out = Scaled {
        tasks: Vec::with_capacity(steps.len()),
        billed: Vec::with_capacity(steps.len()),
        ..Scaled::default()
    };
    let mut state = State::default();
    let mut end = i64::MIN;
    for step in steps {
        if step.at > end.saturating_add(i64::from(LONGEST_STEP)) {
            state = State::begun(setting, step.cpu);
        }
        end = step.at + i64::from(step.seconds);
        let running = state.running(step.at);
        let each = step.cpu / f64::from(running);
        let limit = f64::from(setting.cpu_units) * FULL * NEARLY;
        out.short += usize::from(each * step.skew > limit);
        out.tasks.push(running);
        out.seconds += u64::from(step.seconds);
        // Tasks are billed from their start on.
        let billed = state.desired.max(running);
        out.billed.push(billed);
        out.task_seconds += u64::from(billed) * u64::from(step.seconds);
        out.most = out.most.max(billed);
        state.seen(step, setting, each / f64::from(setting.cpu_units));
    }
    out
}

/// Tasks that were added and do not serve yet: from when on there are how many.
#[derive(Clone, Debug, Default)]
struct Pending(VecDeque<(i64, u32)>);

impl Pending {
    fn add(&mut self, ready: i64, tasks: u32) {
        self.0.push_back((ready, tasks));
    }

    /// The most of those that are ready.
    fn ready(&mut self, at: i64) -> u32 {
        let mut most = 0;
        while let Some((_, tasks)) = self.0.pop_front_if(|(ready, _)| at >= *ready) {
            most = most.max(tasks);
        }
        most
    }

    fn limit(&mut self, most: u32) {
        for (_, tasks) in &mut self.0 {
            *tasks = (*tasks).min(most);
        }
    }
}

#[derive(Clone, Debug, Default)]
struct State {
    serving: u32,
    desired: u32,
    pending: Pending,
    high_seconds: u32,
    low_seconds: u32,
    last_in: i64,
}

impl State {
    fn begun(setting: Setting, cpu: f64) -> Self {
        let tasks = wanted(setting, cpu);
        State { serving: tasks, desired: tasks, last_in: i64::MIN / 2, ..State::default() }
    }

    fn running(&mut self, at: i64) -> u32 {
        self.serving = self.serving.max(self.pending.ready(at));
        self.serving
    }

    /// What the alarms make of a step, at its end.
    fn seen(&mut self, step: &Step, setting: Setting, used: f64) {
        let target = f64::from(setting.target_percent) / 100.0;
        let end = step.at + i64::from(step.seconds);
        let count = |on: bool, so_far: u32| if on { so_far + step.seconds } else { 0 };
        // More than all is not seen: the metric ends where the tasks are full.
        let seen = used.min(1.0);
        self.high_seconds = count(seen > target * NEARLY, self.high_seconds);
        self.low_seconds = count(seen < target * LOW_SHARE / NEARLY, self.low_seconds);
        let want = wanted(setting, seen * f64::from(self.serving) * f64::from(setting.cpu_units));
        if self.high_seconds >= HIGH_ALARM_SECONDS && want > self.desired {
            self.desired = want;
            // The alarm rings within a long step, not at its end.
            let rung = end - i64::from(step.seconds.saturating_sub(HIGH_ALARM_SECONDS));
            self.pending.add(rung + i64::from(START_SECONDS), want);
        }
        let calm =
            self.desired == self.serving && end - self.last_in >= i64::from(COOLDOWN_SECONDS);
        if self.low_seconds >= LOW_ALARM_SECONDS && calm && want < self.desired {
            self.desired = want;
            self.serving = want;
            self.last_in = end;
        }
    }
}

/// As many as bring the metric to its target.
fn wanted(setting: Setting, cpu: f64) -> u32 {
    let target = f64::from(setting.target_percent) / 100.0 * f64::from(setting.cpu_units);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tasks; `as` saturates"
    )]
    let tasks = (cpu / target / NEARLY).ceil() as u32;
    tasks.clamp(setting.minimum, setting.maximum.max(setting.minimum))
}

/// In how many steps a task is short, under each of some settings: what [`scaled`] says, for many
/// of them at once, with the vectors that the CPU at hand has.
#[must_use]
pub fn short_steps(steps: &[Step], settings: &[Setting]) -> Vec<usize> {
    // Shorter ones have more tasks on their way than lanes keep.
    if steps.iter().any(|step| step.seconds < SHORTEST_STEP) {
        return settings.iter().map(|setting| scaled(steps, *setting).short).collect();
    }
    let five_minutes = steps.iter().all(|step| step.seconds == FIVE_MINUTES);
    pulp::Arch::new().dispatch(ShortSteps { steps, settings, five_minutes })
}

struct ShortSteps<'s> {
    steps: &'s [Step],
    settings: &'s [Setting],
    /// Each step is as long.
    five_minutes: bool,
}

/// Vectors at a time: as many as keep the CPU busy while each waits for its last result.
const VECTORS: usize = 4;

impl ShortSteps<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in its caller")]
    fn of_any_length<S: Simd>(&self, simd: S, lanes: &Lanes<S, VECTORS>) -> [S::f64s; VECTORS] {
        let mut state = lanes::State::new(simd);
        let mut short = [simd.splat_f64s(0.0); VECTORS];
        let mut end = i64::MIN;
        for step in self.steps {
            end = state.begin(simd, step, end, lanes);
            let now = state.serve(simd, step, lanes);
            for vector in 0..VECTORS {
                short[vector] = simd.add_f64s(short[vector], now[vector]);
            }
            state.see(simd, step, lanes);
        }
        short
    }
}

impl WithSimd for ShortSteps<'_> {
    type Output = Vec<usize>;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in its caller")]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<usize> {
        let mut counts = Vec::with_capacity(self.settings.len());
        for chunk in self.settings.chunks(VECTORS * S::F64_LANES) {
            let lanes = Lanes::<S, VECTORS>::new(simd, chunk);
            let short = if self.five_minutes {
                let mut state = FiveMinutes::new(simd);
                let mut end = i64::MIN;
                for step in self.steps {
                    end = state.step(simd, step, end, &lanes);
                }
                state.short()
            } else {
                self.of_any_length(simd, &lanes)
            };
            let mut each = [0.0; 8 * VECTORS];
            for (vector, values) in short.iter().zip(each.chunks_mut(S::F64_LANES)) {
                simd.partial_store_f64s(values, *vector);
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count of steps"
            )]
            counts.extend(each[..chunk.len()].iter().map(|count| *count as usize));
        }
        counts
    }
}

#[cfg(test)]
mod tests;
