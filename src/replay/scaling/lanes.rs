//! Target tracking of several settings side by side, in the vectors of the CPU at hand. Counts and
//! seconds are whole numbers held as floats, below 2^53 and so exact.

use super::{
    COOLDOWN_SECONDS, FULL, HIGH_ALARM_SECONDS, LONGEST_STEP, LOW_ALARM_SECONDS, LOW_SHARE, NEARLY,
    START_SECONDS, Setting, Step,
};
use pulp::Simd;

/// Added to a float below it and taken away again it leaves a whole number.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Settings as what a step is held against: `K` vectors.
pub(super) struct Lanes<S: Simd, const K: usize> {
    /// CPU units that a task is short above.
    limit: [S::f64s; K],
    /// CPU units of a whole task, and how many tasks a CPU unit asks for at the target.
    size: [S::f64s; K],
    tasks_a_unit: [S::f64s; K],
    /// CPU units of a task above which the high alarm counts, and below which the low one does.
    high: [S::f64s; K],
    low: [S::f64s; K],
    least: [S::f64s; K],
    most: [S::f64s; K],
}

/// Steps whose additions do not serve yet: no step is shorter, and tasks start in two of those.
const PENDING: usize = 3;
pub(super) const SHORTEST_STEP: u32 = 60;
const _: () = assert!(START_SECONDS <= SHORTEST_STEP * 2);

pub(super) struct State<S: Simd, const K: usize> {
    pub serving: [S::f64s; K],
    pub desired: [S::f64s; K],
    /// Tasks that the last steps added and that do not serve yet, and when they will.
    pending: [[S::f64s; K]; PENDING],
    ready: [i64; PENDING],
    next: usize,
    /// When tasks were last taken away, in seconds.
    last_in: [S::f64s; K],
    high_seconds: [S::f64s; K],
    low_seconds: [S::f64s; K],
}

impl Setting {
    /// CPU units of a task at the target.
    fn target(&self) -> f64 {
        f64::from(self.target_percent) / 100.0 * f64::from(self.cpu_units)
    }
}

/// Lanes that no setting is for do as the last one does.
fn each<S: Simd, const K: usize>(
    simd: S,
    settings: &[Setting],
    of: impl Fn(&Setting) -> f64,
) -> [S::f64s; K] {
    std::array::from_fn(|vector| {
        let lane = |lane: usize| {
            let number = (vector * S::F64_LANES + lane).min(settings.len().saturating_sub(1));
            settings.get(number).map_or(1.0, &of)
        };
        let values: [f64; 8] = std::array::from_fn(lane);
        simd.partial_load_f64s(&values[..S::F64_LANES.min(8)])
    })
}

#[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in their caller")]
impl<S: Simd, const K: usize> Lanes<S, K> {
    #[inline(always)]
    pub fn new(simd: S, settings: &[Setting]) -> Self {
        let each = |of: fn(&Setting) -> f64| each(simd, settings, of);
        Lanes {
            limit: each(|one| f64::from(one.cpu_units) * FULL * NEARLY),
            size: each(|one| f64::from(one.cpu_units)),
            tasks_a_unit: each(|one| 1.0 / (one.target() * NEARLY)),
            // More than all is not seen: the metric ends where the tasks are full.
            high: each(|one| match one.target() * NEARLY {
                high if high < f64::from(one.cpu_units) => high,
                _ => f64::INFINITY,
            }),
            low: each(|one| one.target() * LOW_SHARE / NEARLY),
            least: each(|one| f64::from(one.minimum)),
            most: each(|one| f64::from(one.maximum.max(one.minimum))),
        }
    }

    /// As many as bring the metric to its target.
    #[inline(always)]
    fn wanted(&self, simd: S, vector: usize, cpu: S::f64s) -> S::f64s {
        let whole = simd.splat_f64s(WHOLE);
        let tasks = simd.mul_f64s(cpu, self.tasks_a_unit[vector]);
        // Up: to the nearest, and one more where that is below.
        let nearest = simd.sub_f64s(simd.add_f64s(tasks, whole), whole);
        let more = simd.add_f64s(nearest, simd.splat_f64s(1.0));
        let up = simd.select_f64s(simd.less_than_f64s(nearest, tasks), more, nearest);
        simd.min_f64s(simd.max_f64s(up, self.least[vector]), self.most[vector])
    }
}

#[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in their caller")]
impl<S: Simd, const K: usize> State<S, K> {
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        let all = |value| [simd.splat_f64s(value); K];
        State {
            serving: all(0.0),
            desired: all(0.0),
            pending: [all(0.0); PENDING],
            ready: [i64::MAX; PENDING],
            next: 0,
            last_in: all(f64::NEG_INFINITY),
            high_seconds: all(0.0),
            low_seconds: all(0.0),
        }
    }

    /// After a gap the number starts anew from the demand; the end of the step.
    #[inline(always)]
    pub fn begin(&mut self, simd: S, step: &Step, end: i64, lanes: &Lanes<S, K>) -> i64 {
        if step.at > end.saturating_add(i64::from(LONGEST_STEP)) {
            let cpu = simd.splat_f64s(step.cpu);
            *self = State::new(simd);
            for vector in 0..K {
                self.serving[vector] = lanes.wanted(simd, vector, cpu);
                self.desired[vector] = self.serving[vector];
            }
        }
        step.at + i64::from(step.seconds)
    }

    /// Tasks that are ready serve; one where a task is short, else nothing.
    #[inline(always)]
    pub fn serve(&mut self, simd: S, step: &Step, lanes: &Lanes<S, K>) -> [S::f64s; K] {
        for (pending, _) in
            self.pending.iter_mut().zip(&self.ready).filter(|(_, ready)| step.at >= **ready)
        {
            for (serving, pending) in self.serving.iter_mut().zip(pending) {
                *serving = simd.max_f64s(*serving, *pending);
                *pending = simd.splat_f64s(0.0);
            }
        }
        let hottest = simd.splat_f64s(step.cpu * step.skew);
        let (one, none) = (simd.splat_f64s(1.0), simd.splat_f64s(0.0));
        let mut short = [none; K];
        #[expect(clippy::needless_range_loop, reason = "several are walked side by side")]
        for vector in 0..K {
            let enough = simd.mul_f64s(lanes.limit[vector], self.serving[vector]);
            short[vector] = simd.select_f64s(simd.greater_than_f64s(hottest, enough), one, none);
        }
        short
    }

    /// What the alarms make of a step, at its end.
    #[inline(always)]
    pub fn see(&mut self, simd: S, step: &Step, lanes: &Lanes<S, K>) {
        let whole_step = f64::from(step.seconds);
        let end = seconds(step.at) + whole_step;
        // The alarm rings within a long step, not at its end.
        let late = i64::from(step.seconds.saturating_sub(HIGH_ALARM_SECONDS));
        let slot = self.next;
        self.next = (slot + 1) % PENDING;
        self.ready[slot] = step.at + i64::from(step.seconds) - late + i64::from(START_SECONDS);
        let (long, end) = (simd.splat_f64s(whole_step), simd.splat_f64s(end));
        let (cpu, none) = (simd.splat_f64s(step.cpu), simd.splat_f64s(0.0));
        let high_alarm = simd.splat_f64s(f64::from(HIGH_ALARM_SECONDS));
        let low_alarm = simd.splat_f64s(f64::from(LOW_ALARM_SECONDS));
        let cooldown = simd.splat_f64s(f64::from(COOLDOWN_SECONDS));
        let endless = simd.splat_f64s(f64::INFINITY);
        let never = simd.splat_f64s(f64::NEG_INFINITY);
        for vector in 0..K {
            let (serving, desired) = (self.serving[vector], self.desired[vector]);
            let all = simd.mul_f64s(serving, lanes.size[vector]);
            let want = lanes.wanted(simd, vector, simd.min_f64s(cpu, all));
            let above = simd.greater_than_f64s(cpu, simd.mul_f64s(lanes.high[vector], serving));
            let below = simd.less_than_f64s(cpu, simd.mul_f64s(lanes.low[vector], serving));
            let high = simd.add_f64s(self.high_seconds[vector], long);
            let high = simd.select_f64s(above, high, none);
            let low = simd.add_f64s(self.low_seconds[vector], long);
            let low = simd.select_f64s(below, low, none);
            let more = simd.and_m64s(
                simd.greater_than_or_equal_f64s(high, high_alarm),
                simd.greater_than_f64s(want, desired),
            );
            let since = simd.sub_f64s(end, self.last_in[vector]);
            let calm = simd.and_m64s(
                simd.less_than_or_equal_f64s(desired, serving),
                simd.greater_than_or_equal_f64s(since, cooldown),
            );
            // Never at the time of more: then `want` is above `desired`.
            let fewer = simd.and_m64s(
                simd.and_m64s(calm, simd.greater_than_or_equal_f64s(low, low_alarm)),
                simd.less_than_f64s(want, desired),
            );
            self.high_seconds[vector] = high;
            self.low_seconds[vector] = low;
            // As maxima and minima: what is stored under a mask is slow on some CPUs. Times only
            // ever grow.
            let (up, down) =
                (simd.select_f64s(more, want, none), simd.select_f64s(fewer, want, endless));
            let last_in = simd.select_f64s(fewer, end, never);
            self.pending[slot][vector] = up;
            self.last_in[vector] = simd.max_f64s(self.last_in[vector], last_in);
            self.serving[vector] = simd.min_f64s(serving, down);
            self.desired[vector] = simd.min_f64s(simd.max_f64s(desired, up), down);
        }
    }
}

/// The same where every step is of five minutes: one is enough for the high alarm, what was started
/// serves in the next, and no cooldown outlasts it.
pub(super) struct FiveMinutes<S: Simd, const K: usize> {
    serving: [S::f64s; K],
    low_steps: [S::f64s; K],
    short: [S::f64s; K],
}

pub(super) const FIVE_MINUTES: u32 = LONGEST_STEP;
const LOW_ALARM_STEPS: f64 = 3.0;

#[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in their caller")]
impl<S: Simd, const K: usize> FiveMinutes<S, K> {
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        let none = [simd.splat_f64s(0.0); K];
        FiveMinutes { serving: none, low_steps: none, short: none }
    }

    /// Steps in which a task was short.
    #[inline(always)]
    pub fn short(self) -> [S::f64s; K] {
        self.short
    }

    #[inline(always)]
    pub fn step(&mut self, simd: S, step: &Step, end: i64, lanes: &Lanes<S, K>) -> i64 {
        let cpu = simd.splat_f64s(step.cpu);
        if step.at > end.saturating_add(i64::from(LONGEST_STEP)) {
            for vector in 0..K {
                self.serving[vector] = lanes.wanted(simd, vector, cpu);
                self.low_steps[vector] = simd.splat_f64s(0.0);
            }
        }
        let hottest = simd.splat_f64s(step.cpu * step.skew);
        let (one, none) = (simd.splat_f64s(1.0), simd.splat_f64s(0.0));
        let alarm = simd.splat_f64s(LOW_ALARM_STEPS);
        for vector in 0..K {
            let serving = self.serving[vector];
            let enough = simd.mul_f64s(lanes.limit[vector], serving);
            let short = simd.select_f64s(simd.greater_than_f64s(hottest, enough), one, none);
            self.short[vector] = simd.add_f64s(self.short[vector], short);
            let all = simd.mul_f64s(serving, lanes.size[vector]);
            let want = lanes.wanted(simd, vector, simd.min_f64s(cpu, all));
            let below = simd.less_than_f64s(cpu, simd.mul_f64s(lanes.low[vector], serving));
            let low = simd.add_f64s(self.low_steps[vector], one);
            let low = simd.select_f64s(below, low, none);
            self.low_steps[vector] = low;
            // Where the load is low no more are wanted, so that what is wanted is fewer.
            let more = simd.max_f64s(serving, want);
            let fewer = simd.greater_than_or_equal_f64s(low, alarm);
            self.serving[vector] = simd.select_f64s(fewer, want, more);
        }
        step.at + i64::from(step.seconds)
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
#[expect(clippy::inline_always, reason = "compiled for the CPU at hand, in its caller")]
#[inline(always)]
fn seconds(at: i64) -> f64 {
    at as f64
}
