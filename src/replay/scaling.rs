//! A service under target tracking on CPU, step by step over its demand.
//!
//! As far as AWS publishes how it works: the high alarm needs three minutes above the target,
//! the low alarm fifteen below nine tenths of it; the count follows the metric in proportion;
//! cooldowns of 300 seconds. Proportionality and the time that a task takes to start are
//! assumptions (`docs/sizing.md`).

use crate::model::Sample;

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
    let all = size.map_or(f64::INFINITY, |size| f64::from(size) * FULL * NEARLY * NEARLY);
    let step = |one: &Sample| {
        let tasks = f64::from(one.tasks);
        if tasks <= 0.0 && one.period_seconds <= LONGEST_STEP {
            // Scaled to nothing: no demand, and no memory either.
            let (at, seconds) = (one.at, one.period_seconds);
            return Some(Step {
                at,
                seconds,
                cpu: 0.0,
                skew: 1.0,
                memory: 0.0,
                tasks: 1.0,
                full: false,
            });
        }
        let known = one.cpu_mean >= 0.0 && one.cpu >= 0.0 && one.memory >= 0.0 && tasks >= 1.0;
        (known && one.period_seconds <= LONGEST_STEP).then(|| Step {
            at: one.at,
            seconds: one.period_seconds,
            cpu: one.cpu_mean * tasks,
            skew: if one.cpu_mean > 0.0 { (one.cpu / one.cpu_mean).max(1.0) } else { 1.0 },
            memory: one.memory,
            tasks,
            full: one.cpu > all,
        })
    };
    samples.iter().filter_map(step).collect()
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
const COOLDOWN_SECONDS: i64 = 300;
/// From the alarm until a new task serves: an assumption; AWS measured 23 seconds for the task
/// alone, images and health checks come on top.
const START_SECONDS: u32 = 120;
/// What rounding of readings may make of a boundary.
const NEARLY: f64 = 1.0 + 1e-6;

/// Plays the steps through. Before a gap's end the number starts anew from the demand.
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

#[derive(Clone, Copy, Debug, Default)]
struct State {
    serving: u32,
    desired: u32,
    /// When those that were added serve.
    ready: i64,
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
        if self.desired > self.serving && at >= self.ready {
            self.serving = self.desired;
        }
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
        self.low_seconds = count(seen < target * LOW_SHARE, self.low_seconds);
        let want = wanted(setting, seen * f64::from(self.serving) * f64::from(setting.cpu_units));
        if self.high_seconds >= HIGH_ALARM_SECONDS && want > self.desired {
            self.desired = want;
            // The alarm rings within a long step, not at its end.
            let rung = end - i64::from(step.seconds.saturating_sub(HIGH_ALARM_SECONDS));
            self.ready = rung + i64::from(START_SECONDS);
        }
        let calm = self.desired == self.serving && end - self.last_in >= COOLDOWN_SECONDS;
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

#[cfg(test)]
mod tests {
    use super::*;

    const SETTING: Setting =
        Setting { cpu_units: 1_024, target_percent: 50, minimum: 2, maximum: 10 };

    fn steps_of(cpu: &[f64], seconds: u32) -> Vec<Step> {
        let at = |number: usize| i64::try_from(number).unwrap() * i64::from(seconds);
        let step = |(number, cpu): (usize, &f64)| Step {
            at: at(number),
            seconds,
            cpu: *cpu,
            skew: 1.0,
            memory: 100.0,
            tasks: 2.0,
            full: false,
        };
        cpu.iter().enumerate().map(step).collect()
    }

    #[test]
    fn more_tasks_come_after_the_alarm_and_their_start() {
        // Two tasks at a target of 512 each; demand jumps to what four take.
        let mut cpu = vec![1_000.0; 5];
        cpu.extend([2_000.0; 10]);
        let out = scaled(&steps_of(&cpu, 60), SETTING);
        // Three minutes of alarm, two of start: the sixth minute has four.
        assert_eq!(out.tasks, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4]);
        assert_eq!(out.short, 0, "two full tasks bear it meanwhile");
        assert_eq!(out.most, 4);
        // Billed from the alarm on: nine minutes of two but one, then four.
        assert_eq!(out.task_seconds, (8 * 2 + 7 * 4) * 60);
    }

    #[test]
    fn steps_of_five_minutes_are_followed_by_the_next() {
        let out = scaled(&steps_of(&[1_000.0, 2_000.0, 2_000.0, 4_000.0, 4_000.0], 300), SETTING);
        assert_eq!(out.tasks, [2, 2, 4, 4, 8]);
        assert_eq!(out.short, 0);
        let hot: Vec<Step> = steps_of(&[1_000.0, 2_000.0], 300)
            .into_iter()
            .map(|step| Step { skew: 1.5, ..step })
            .collect();
        assert_eq!(scaled(&hot, SETTING).short, 1, "the hottest needs 1500");
    }

    #[test]
    fn fewer_after_a_quarter_of_an_hour_and_never_below_the_minimum() {
        let mut cpu = vec![4_000.0; 2];
        cpu.extend([100.0; 6]);
        let out = scaled(&steps_of(&cpu, 300), SETTING);
        assert_eq!(out.tasks, [8, 8, 8, 8, 8, 2, 2, 2]);
    }

    #[test]
    fn the_metric_ends_where_tasks_are_full() {
        // Eight tasks' worth of demand on two: full tasks ask for twice as many at a time.
        let out = scaled(&steps_of(&[4_000.0; 4], 300), Setting { minimum: 2, ..SETTING });
        assert_eq!(out.tasks[0], 8, "it starts from the demand");
        let mut cpu = vec![500.0; 1];
        cpu.extend([8_000.0; 4]);
        let out = scaled(&steps_of(&cpu, 300), SETTING);
        assert_eq!((out.tasks, out.short), (vec![2, 2, 4, 8, 10], 2));
    }

    #[test]
    fn a_gap_begins_anew() {
        let mut all = steps_of(&[4_000.0; 2], 300);
        all.extend(steps_of(&[500.0; 2], 300).into_iter().map(|s| Step { at: s.at + 90_000, ..s }));
        assert_eq!(scaled(&all, SETTING).tasks, [8, 8, 2, 2]);
    }
}
