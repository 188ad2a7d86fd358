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
const COOLDOWN: f64 = 300.0;
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
    let lanes = Lanes::new(&[setting]);
    let mut state = State::default();
    let mut end = i64::MIN;
    for step in steps {
        state.begin_after_gap(step, end, &lanes);
        end = step.at + i64::from(step.seconds);
        let [short] = state.serve(step, &lanes);
        let [tasks] = state.serving.map(whole);
        let [desired] = state.desired.map(whole);
        // Tasks are billed from their start on.
        let billed = desired.max(tasks);
        out.short += usize::from(short > 0.0);
        out.tasks.push(tasks);
        out.billed.push(billed);
        out.seconds += u64::from(step.seconds);
        out.task_seconds += u64::from(billed) * u64::from(step.seconds);
        out.most = out.most.max(billed);
        state.see(step, &lanes);
    }
    out
}

/// So many settings are played side by side.
pub const SIDE_BY_SIDE: usize = 8;

/// In how many steps a task is short, under each of some settings: what [`scaled`] says, for all of
/// them at once and with the vectors that the CPU has.
#[must_use]
pub fn short_steps(steps: &[Step], settings: &[Setting]) -> Vec<usize> {
    let arch = pulp::Arch::new();
    let chunks = settings.chunks(SIDE_BY_SIDE);
    let counts = chunks.flat_map(|chunk| {
        let counts = arch.dispatch(|| count_short(steps, chunk));
        counts.into_iter().take(chunk.len())
    });
    counts.collect()
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled for the CPU that is there, in its caller")]
fn count_short(steps: &[Step], settings: &[Setting]) -> [usize; SIDE_BY_SIDE] {
    let lanes = Lanes::<SIDE_BY_SIDE>::new(settings);
    let mut state = State::default();
    let mut short = [0.0; SIDE_BY_SIDE];
    let mut end = i64::MIN;
    for step in steps {
        state.begin_after_gap(step, end, &lanes);
        end = step.at + i64::from(step.seconds);
        let now = state.serve(step, &lanes);
        for lane in 0..SIDE_BY_SIDE {
            short[lane] += now[lane];
        }
        state.see(step, &lanes);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of steps")]
    let whole = short.map(|count| count as usize);
    whole
}

/// Settings side by side, as what a step is held against.
struct Lanes<const N: usize> {
    /// With more CPU a task is short.
    limit: [f64; N],
    /// CPU units of a whole task, and how many tasks a CPU unit asks for at the target.
    size: [f64; N],
    tasks_a_unit: [f64; N],
    /// CPU units of a task above which the high alarm counts, and below which the low one does.
    high: [f64; N],
    low: [f64; N],
    least: [f64; N],
    most: [f64; N],
}

impl<const N: usize> Lanes<N> {
    /// Lanes that no setting is for do as the last one does.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled for the CPU that is there, in its caller")]
    fn new(settings: &[Setting]) -> Self {
        let each = |of: fn(&Setting) -> f64| {
            std::array::from_fn(|lane| settings.get(lane).or(settings.last()).map_or(1.0, of))
        };
        Lanes {
            limit: each(|one| f64::from(one.cpu_units) * FULL * NEARLY),
            size: each(|one| f64::from(one.cpu_units)),
            tasks_a_unit: each(|one| 1.0 / (one.target() * NEARLY)),
            // More than all is not seen: the metric ends where the tasks are full.
            high: each(|one| match one.target() * NEARLY {
                high if high < f64::from(one.cpu_units) => high,
                _ => f64::INFINITY,
            }),
            low: each(|one| one.target() * LOW_SHARE),
            least: each(|one| f64::from(one.minimum)),
            most: each(|one| f64::from(one.maximum.max(one.minimum))),
        }
    }

    /// As many as bring the metric to its target.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled for the CPU that is there, in its caller")]
    fn wanted(&self, lane: usize, cpu: f64) -> f64 {
        (cpu * self.tasks_a_unit[lane]).ceil().max(self.least[lane]).min(self.most[lane])
    }
}

impl Setting {
    /// CPU units of a task at the target.
    fn target(&self) -> f64 {
        f64::from(self.target_percent) / 100.0 * f64::from(self.cpu_units)
    }
}

/// Whole numbers, held as floats so that lanes are alike.
#[derive(Clone, Copy, Debug)]
struct State<const N: usize> {
    serving: [f64; N],
    desired: [f64; N],
    /// When those that were added serve, and when tasks were last taken away, in seconds.
    ready: [f64; N],
    last_in: [f64; N],
    high_seconds: [f64; N],
    low_seconds: [f64; N],
}

impl<const N: usize> Default for State<N> {
    fn default() -> Self {
        State {
            serving: [0.0; N],
            desired: [0.0; N],
            ready: [0.0; N],
            last_in: [f64::NEG_INFINITY; N],
            high_seconds: [0.0; N],
            low_seconds: [0.0; N],
        }
    }
}

#[expect(clippy::inline_always, reason = "compiled for the CPU that is there, in their caller")]
impl<const N: usize> State<N> {
    #[inline(always)]
    fn begin_after_gap(&mut self, step: &Step, end: i64, lanes: &Lanes<N>) {
        if step.at > end.saturating_add(i64::from(LONGEST_STEP)) {
            let tasks = std::array::from_fn(|lane| lanes.wanted(lane, step.cpu));
            *self = State { serving: tasks, desired: tasks, ..State::default() };
        }
    }

    /// Tasks that are ready serve; one where a task is short, else nothing.
    #[inline(always)]
    fn serve(&mut self, step: &Step, lanes: &Lanes<N>) -> [f64; N] {
        let (at, hottest) = (seconds(step.at), step.cpu * step.skew);
        std::array::from_fn(|lane| {
            if at >= self.ready[lane] {
                self.serving[lane] = self.serving[lane].max(self.desired[lane]);
            }
            f64::from(u8::from(hottest > lanes.limit[lane] * self.serving[lane]))
        })
    }

    /// What the alarms make of a step, at its end.
    #[inline(always)]
    fn see(&mut self, step: &Step, lanes: &Lanes<N>) {
        let long = f64::from(step.seconds);
        let end = seconds(step.at) + long;
        // The alarm rings within a long step, not at its end.
        let late = f64::from(step.seconds.saturating_sub(HIGH_ALARM_SECONDS));
        let ready = end - late + f64::from(START_SECONDS);
        let counted = |on: bool, so_far: f64| if on { so_far + long } else { 0.0 };
        for lane in 0..N {
            let (serving, desired) = (self.serving[lane], self.desired[lane]);
            let seen = step.cpu.min(serving * lanes.size[lane]);
            let want = lanes.wanted(lane, seen);
            let high = counted(step.cpu > lanes.high[lane] * serving, self.high_seconds[lane]);
            let low = counted(step.cpu < lanes.low[lane] * serving, self.low_seconds[lane]);
            let more = high >= f64::from(HIGH_ALARM_SECONDS) && want > desired;
            let calm = desired == serving && !more && end - self.last_in[lane] >= COOLDOWN;
            let fewer = low >= f64::from(LOW_ALARM_SECONDS) && calm && want < desired;
            self.high_seconds[lane] = high;
            self.low_seconds[lane] = low;
            self.ready[lane] = if more { ready } else { self.ready[lane] };
            self.last_in[lane] = if fewer { end } else { self.last_in[lane] };
            self.serving[lane] = if fewer { want } else { serving };
            self.desired[lane] = if more || fewer { want } else { desired };
        }
    }
}

/// Below 2^53, so exact.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled for the CPU that is there, in its caller")]
fn seconds(at: i64) -> f64 {
    at as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of tasks; `as` saturates"
)]
fn whole(tasks: f64) -> u32 {
    tasks as u32
}

#[cfg(test)]
mod tests;
