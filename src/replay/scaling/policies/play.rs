//! The number of tasks, minute by minute.

use super::super::{
    FULL, HIGH_ALARM_SECONDS, LONGEST_STEP, LOW_ALARM_SECONDS, LOW_SHARE, NEARLY, Pending,
    START_SECONDS, Scaled, Step,
};
use super::alarm::{Periods, adjusted, by};
use super::{METRICS, MINUTE, Metric, Minute, Policies, Rule, Values};
use crate::model::Size;
use crate::replay::schedule::Bounds;

/// Plays the minutes through, with bounds of the number of tasks that change, in order of time.
/// After a gap the number starts anew from the demand.
#[must_use]
pub fn kept(minutes: &[Minute], policies: &Policies, bounds: &[Bounds]) -> Scaled {
    let mut bounds = bounds.iter().peekable();
    let mut out = Scaled {
        tasks: Vec::with_capacity(minutes.len()),
        billed: Vec::with_capacity(minutes.len()),
        ..Scaled::default()
    };
    let mut state = State::new(policies);
    let mut end = i64::MIN;
    let limit = f64::from(policies.size.cpu.0) * FULL * NEARLY;
    for minute in minutes {
        let step = &minute.step;
        while let Some(change) = bounds.next_if(|change| change.at <= step.at) {
            state.bounded(change);
        }
        let gap = step.at > end.saturating_add(i64::from(LONGEST_STEP));
        if gap || (state.sleeps() && step.cpu > 0.0) {
            state.begin(minute);
        }
        end = step.at + i64::from(step.seconds);
        let serving = state.serve(step.at);
        out.short += usize::from(step.cpu / f64::from(serving) * step.skew > limit);
        out.tasks.push(serving);
        out.seconds += u64::from(step.seconds);
        let billed = state.desired.max(serving);
        out.billed.push(billed);
        out.task_seconds += u64::from(billed) * u64::from(step.seconds);
        out.most = out.most.max(billed);
        state.see(minute);
    }
    out
}

/// What a policy would have now, and by how it is bound.
#[derive(Clone, Copy, Debug)]
struct Wish {
    rule: usize,
    tasks: u32,
}

struct State<'p> {
    policies: &'p Policies,
    minimum: u32,
    maximum: u32,
    serving: u32,
    desired: u32,
    pending: Pending,
    rules: Vec<Seen>,
}

/// What a rule has seen and done.
#[derive(Clone, Debug)]
struct Seen {
    high_seconds: u32,
    low_seconds: u32,
    alarms: Vec<Periods>,
    /// Until when fewer tasks wait.
    in_until: i64,
    /// Until when what was added counts, and from how many tasks on it was.
    out_until: i64,
    base: u32,
}

impl Seen {
    fn new(rule: &Rule) -> Self {
        let alarms = match rule {
            Rule::Tracking { .. } => 0,
            Rule::Stepped { alarms, .. } => alarms.len(),
        };
        Seen {
            high_seconds: 0,
            low_seconds: 0,
            alarms: vec![Periods::default(); alarms],
            in_until: i64::MIN,
            out_until: i64::MIN,
            base: 0,
        }
    }
}

impl<'p> State<'p> {
    fn new(policies: &'p Policies) -> Self {
        State {
            policies,
            minimum: policies.minimum,
            maximum: policies.maximum,
            serving: 0,
            desired: 0,
            pending: Pending::default(),
            rules: policies.rules.iter().map(Seen::new).collect(),
        }
    }

    fn clamped(&self, tasks: u32) -> u32 {
        tasks.clamp(self.minimum, self.maximum.max(self.minimum))
    }

    /// Other bounds hold from now on: tasks are started or stopped at once, whatever the cooldown.
    fn bounded(&mut self, change: &Bounds) {
        self.minimum = change.minimum.unwrap_or(self.minimum);
        self.maximum = change.maximum.unwrap_or(self.maximum);
        let within = self.clamped(self.desired);
        self.pending.limit(within);
        if within > self.desired {
            self.pending.add(change.at + i64::from(START_SECONDS), within);
        }
        self.desired = within;
        self.serving = self.serving.min(within);
    }

    /// As many as target tracking aims at; where that says nothing as many as there were, or as
    /// ring no alarm.
    fn begin(&mut self, minute: &Minute) {
        self.rules = self.policies.rules.iter().map(Seen::new).collect();
        self.pending = Pending::default();
        let tracked = self.policies.rules.iter().map(|rule| self.aimed(rule, minute));
        let tracked = tracked.collect::<Option<Vec<u32>>>();
        let tasks = if let Some(each) = tracked {
            each.into_iter().max().unwrap_or(self.minimum)
        } else {
            let least = self.clamped(whole(minute.step.tasks.round()));
            let (mut few, mut enough) = (least, self.clamped(u32::MAX));
            while few < enough {
                let middle = few + (enough - few) / 2;
                if self.rings_at(minute, middle) {
                    few = middle + 1;
                } else {
                    enough = middle;
                }
            }
            enough
        };
        self.desired = self.clamped(tasks);
        self.serving = self.desired;
    }

    /// The number of tasks with which a rule's metric is at its target.
    fn aimed(&self, rule: &Rule, minute: &Minute) -> Option<u32> {
        let Rule::Tracking { metric, target, .. } = rule else { return None };
        let alone = self.values(minute, 1, false)[*metric as usize];
        let follows = !matches!(metric, Metric::Memory | Metric::FullestMemory);
        (follows && alone.is_finite()).then(|| whole((alone / target / NEARLY).ceil()))
    }

    /// Would so many tasks ask for more?
    fn rings_at(&self, minute: &Minute, tasks: u32) -> bool {
        let values = self.values(minute, tasks, true);
        let follows = |metric: Metric| !matches!(metric, Metric::Memory | Metric::FullestMemory);
        self.policies.rules.iter().any(|rule| match rule {
            Rule::Tracking { metric, target, .. } => {
                follows(*metric) && values[*metric as usize] > target * NEARLY
            }
            Rule::Stepped { alarms, change, minimum, adjustments, .. } => {
                alarms.iter().any(|alarm| {
                    let value = values[alarm.metric as usize];
                    let more = |by| adjusted(tasks, by, *change, *minimum) > tasks;
                    alarm.above
                        && follows(alarm.metric)
                        && alarm.breached(value)
                        && by(adjustments, true, value - alarm.threshold).is_some_and(more)
                })
            }
        })
    }

    fn serve(&mut self, at: i64) -> u32 {
        self.serving = self.serving.max(self.pending.ready(at));
        self.serving
    }

    /// It has no task, and without one no metric: what starts it is none of its policies.
    fn sleeps(&self) -> bool {
        self.serving == 0 && self.desired == 0
    }

    /// What CloudWatch would have of so many tasks. Where CPU is capped no more than all of it is
    /// seen.
    fn values(&self, minute: &Minute, tasks: u32, seen: bool) -> Values {
        let Step { cpu, skew, memory, tasks: then, .. } = minute.step;
        let count = f64::from(tasks.max(1));
        let Size { cpu: units, memory: mib } = self.policies.size;
        let most = if seen && self.policies.cpu_capped { 100.0 } else { f64::INFINITY };
        let each = cpu / count;
        let percent = 100.0 / f64::from(units.0);
        let more = self.policies.memory_slope * (each - cpu / then);
        let reserved = f64::from(mib.0) * self.policies.reserved_share;
        // What is not known stays so.
        let of_memory = |memory: f64| match memory + more {
            used if used < 0.0 => 0.0,
            used => used / reserved * 100.0,
        };
        let values = [
            (each * percent).min(most),
            (each * skew * percent).min(most),
            of_memory(minute.memory_mean),
            of_memory(memory),
            minute.requests / count * f64::from(MINUTE) / f64::from(minute.step.seconds),
        ];
        // Without a task there is no metric.
        if seen && tasks == 0 { [f64::NAN; METRICS] } else { values }
    }

    /// What the alarms make of a minute, at its end.
    fn see(&mut self, minute: &Minute) {
        let values = self.values(minute, self.serving, true);
        let step = &minute.step;
        let end = step.at + i64::from(step.seconds);
        let mut wishes = Vec::new();
        let (mut tracked, mut all_low) = (Vec::new(), true);
        for number in 0..self.rules.len() {
            if let Rule::Tracking { scale_in, .. } = &self.policies.rules[number] {
                let wish = self.tracked(number, &values, step);
                let seen = &self.rules[number];
                wishes.extend((seen.high_seconds >= HIGH_ALARM_SECONDS).then_some(wish));
                if *scale_in {
                    all_low &= seen.low_seconds >= LOW_ALARM_SECONDS && end >= seen.in_until;
                    tracked.push(wish);
                }
            } else {
                wishes.extend(self.stepped(number, &values, step, end));
            }
        }
        if all_low && let Some(most) = tracked.into_iter().max_by_key(|wish| wish.tasks) {
            wishes.push(most);
        }
        if let Some(most) = wishes.iter().copied().max_by_key(|wish| wish.tasks) {
            self.act(most, &wishes, end);
        }
    }

    /// What target tracking would have, and how long its alarms have been on.
    fn tracked(&mut self, number: usize, values: &Values, step: &Step) -> Wish {
        let Rule::Tracking { metric, target, .. } = &self.policies.rules[number] else {
            return Wish { rule: number, tasks: self.desired };
        };
        let value = values[*metric as usize];
        let seen = &mut self.rules[number];
        let count = |on: bool, so_far: u32| if on { so_far + step.seconds } else { 0 };
        seen.high_seconds = count(value > target * NEARLY, seen.high_seconds);
        seen.low_seconds = count(value < target * LOW_SHARE / NEARLY, seen.low_seconds);
        let want = f64::from(self.serving) * value / target / NEARLY;
        Wish { rule: number, tasks: self.clamped(whole(want.ceil())) }
    }

    /// What a policy of steps would have, for each of its alarms that rings.
    fn stepped(&mut self, number: usize, values: &Values, step: &Step, end: i64) -> Vec<Wish> {
        let Rule::Stepped { alarms, adjustments, .. } = &self.policies.rules[number] else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        for (alarm, periods) in alarms.iter().zip(&mut self.rules[number].alarms) {
            let value = values[alarm.metric as usize];
            if !value.is_nan() && periods.see(alarm, value, step) {
                steps.extend(by(adjustments, alarm.above, periods.value - alarm.threshold));
            }
        }
        steps.into_iter().filter_map(|by| self.wish(number, by, end)).collect()
    }

    /// What a step comes to; nothing while it waits.
    fn wish(&self, number: usize, by: i32, end: i64) -> Option<Wish> {
        let Rule::Stepped { change, minimum, .. } = &self.policies.rules[number] else {
            return None;
        };
        let seen = &self.rules[number];
        let adds = adjusted(self.desired, by, *change, *minimum) > self.desired;
        let base = if adds && end < seen.out_until { seen.base } else { self.desired };
        let tasks = adjusted(base, by, *change, *minimum);
        // What was added before may be more; adding never takes away.
        let tasks = self.clamped(if adds { tasks.max(self.desired) } else { tasks });
        let waits = tasks < self.desired && end < seen.in_until;
        (!waits).then_some(Wish { rule: number, tasks })
    }

    /// Does what the largest wish says. What was added counts for all policies that wanted to add.
    fn act(&mut self, wish: Wish, wishes: &[Wish], end: i64) {
        let before = self.desired;
        if wish.tasks > before {
            let ready = end + i64::from(START_SECONDS);
            self.pending.add(ready, wish.tasks);
            self.desired = wish.tasks;
            for one in wishes.iter().filter(|one| one.tasks > before) {
                let Rule::Stepped { cooldown, .. } = &self.policies.rules[one.rule] else {
                    continue;
                };
                let seen = &mut self.rules[one.rule];
                if end >= seen.out_until {
                    seen.base = before;
                }
                seen.out_until = ready + i64::from(*cooldown);
            }
            // It ends the cooldown of taking away.
            for seen in &mut self.rules {
                seen.in_until = i64::MIN;
            }
        } else if wish.tasks < before && before == self.serving {
            let cooldown = match &self.policies.rules[wish.rule] {
                Rule::Tracking { scale_in_cooldown, .. } => *scale_in_cooldown,
                Rule::Stepped { cooldown, .. } => *cooldown,
            };
            self.rules[wish.rule].in_until = end + i64::from(cooldown);
            self.desired = wish.tasks;
            self.serving = wish.tasks;
            // What was added before is gone.
            for seen in &mut self.rules {
                seen.out_until = i64::MIN;
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn whole(tasks: f64) -> u32 {
    tasks as u32
}
