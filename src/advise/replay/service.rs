//! Tasks of a service: how many ran, or would have; what they bore, and what they cost.

use super::purchase::{RATE_FOR, Rates};
use super::{Actor, Player, Stage, month_seconds};
use crate::advise::scaling;
use crate::advise::time::{self, SILENCE_HOURS};
use crate::model::{Advice, Finding, Kind, Platform, Ran, Sample, Size, Spent};
use crate::replay::{
    self, Borne, Bounds, HOUR, Load, Policies, Scaled, Setting, Step, Track, borne, minutes,
    scaled, steps, within_hours,
};

/// What keeps the number of tasks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    /// As is recommended.
    Tracked(Setting),
    /// By its own policies, and the bounds that scheduled actions set.
    ByPolicies(Policies, Vec<Bounds>),
}

/// How a recommendation keeps the number of its tasks, with this size; nothing where the number
/// stays as it was counted.
pub(super) fn recommended(advice: &Advice, size: Size) -> Option<Kept> {
    let recommended = advice.recommended.as_ref()?;
    let plan = recommended.scaling?;
    let setting = Setting {
        cpu_units: size.cpu.0,
        target_percent: plan.target_percent,
        minimum: plan.minimum_tasks,
        maximum: plan.maximum_tasks,
    };
    // What is kept runs as it ran.
    let kept = scaling::is_kept(&advice.workload, size, setting);
    (!kept).then_some(Kept::Tracked(setting))
}

/// What tasks did, whatever they cost.
pub(super) struct Acted {
    pub track: Track,
    pub borne: Borne,
    /// When CPU was short.
    pub short: Vec<(i64, u32)>,
}

impl Acted {
    fn new(track: Track, loads: impl Iterator<Item = Load>, size: Size) -> Self {
        let mut short = Vec::new();
        let borne = borne(loads, size, |at, seconds| short.push((at, seconds)));
        Acted { track, borne, short }
    }
}

impl Player<'_> {
    /// Plays a service or a job with a size; without rates it is paid for elsewhere.
    pub(super) fn tasks(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
        size: Size,
        kept: Option<Kept>,
        rates: Option<&Rates<'_>>,
    ) -> Result<Ran, Finding> {
        if actor.advice.workload.kind == Kind::Task {
            return self.runs(stage, actor, size, rates);
        }
        let acted = self.acted(actor, size, kept);
        let paid = rates.map(|rates| spend(stage, &acted.track, rates));
        Ok(self.ran(stage, &acted, paid))
    }

    /// What its tasks do under a setting, or as they were counted.
    pub(super) fn acted(&self, actor: Actor<'_>, size: Size, kept: Option<Kept>) -> Acted {
        let workload = &actor.advice.workload;
        let today = workload.size.map(|size| size.cpu.0);
        let played = kept.and_then(|kept| played(kept, actor.samples, today));
        if let Some((steps, out)) = played {
            let billed = steps.iter().zip(&out.billed);
            let track = Track::of(billed.map(|(step, tasks)| (step.at, step.seconds, *tasks)));
            let slope = scaling::slope(&steps);
            let loads = steps.iter().zip(&out.tasks).map(|(step, tasks)| load(step, *tasks, slope));
            // Readings that are too coarse to be played get the mean.
            let all = Track::recorded(actor.samples, 0);
            return Acted::new(filled(track).covering(&all), loads, size);
        }
        let loads = actor.samples.iter().map(Load::of);
        if actor.samples.is_empty() {
            let tasks = workload.tasks.unwrap_or(1).saturating_mul(1000);
            return Acted::new(Track::assumed(self.window.seconds(), tasks), loads, size);
        }
        let platform = Platform::of(workload.operating_system, workload.architecture);
        let running = time::running(workload, actor.profile, platform, self.settings.month);
        let mean = running.tasks.above * 1000 / running.tasks.below.max(1);
        let track = Track::recorded(actor.samples, u32::try_from(mean).unwrap_or(u32::MAX));
        Acted::new(filled(track), loads, size)
    }

    /// A month like the window. What was there nearly all the time is taken to be there all of it.
    pub(super) fn month(&self, paid: u128, seconds: u64) -> u128 {
        let live = self.window.live_seconds();
        let all = if seconds >= live / 100 * 99 { seconds } else { live };
        let all = u128::from(all.max(1));
        (paid * month_seconds(self.settings) + all / 2) / all
    }

    /// Its row, and what of it belongs to the hours; `paid` in pico-dollars.
    pub(super) fn ran(&self, stage: &mut Stage, acted: &Acted, paid: Option<u128>) -> Ran {
        let Acted { track, borne, short } = acted;
        track.by_hour(|hour, seconds, tasks| {
            if let Some(at) = stage.at(hour) {
                at.task_milliseconds += u64::from(seconds) * u64::from(tasks);
            }
        });
        fall_short(stage, short);
        Ran {
            pico: paid,
            month_pico: paid.map(|paid| self.month(paid, track.seconds())),
            task_milliseconds: track.task_milliseconds(),
            most_tasks_milli: track.most_milli(),
            short_seconds: (borne.cpu_seconds > 0).then_some(borne.short_seconds),
            memory_failures: (borne.memory_seconds > 0).then_some(borne.failures),
            most_at_once: None,
            filled_seconds: track.filled_seconds(),
        }
    }
}

/// Seconds short of CPU, to their hours.
pub(super) fn fall_short(stage: &mut Stage, short: &[(i64, u32)]) {
    for (at, seconds) in short {
        within_hours(*at, at + i64::from(*seconds), |hour, seconds| {
            if let Some(at) = stage.at(hour) {
                at.short_seconds += u64::from(seconds);
            }
        });
    }
}

/// Its steps, and how many tasks they have; nothing where no reading is fine enough.
fn played(kept: Kept, samples: &[Sample], today: Option<u32>) -> Option<(Vec<Step>, Scaled)> {
    let (steps, out) = match kept {
        Kept::Tracked(setting) => {
            let steps = steps(samples, today);
            let out = scaled(&steps, setting);
            (steps, out)
        }
        Kept::ByPolicies(mut policies, bounds) => {
            policies.memory_slope = scaling::slope(&steps(samples, today));
            let minutes = minutes(samples, today);
            let out = replay::kept(&minutes, &policies, &bounds);
            (minutes.into_iter().map(|minute| minute.step).collect(), out)
        }
    };
    (!steps.is_empty()).then_some((steps, out))
}

/// What the hottest and the fullest of so many tasks bear: memory follows load.
fn load(step: &Step, tasks: u32, slope: f64) -> Load {
    let each = step.cpu / f64::from(tasks.max(1));
    let more = each - step.cpu / step.tasks;
    let memory = (step.memory + slope * more).max(0.0);
    Load { at: step.at, seconds: step.seconds, cpu: each * step.skew, memory }
}

/// Longer gaps are those in which nobody was measuring.
fn filled(track: Track) -> Track {
    track.filled(i64::from(SILENCE_HOURS) * HOUR)
}

/// Pays for a track by the hour.
pub(super) fn spend(stage: &mut Stage, track: &Track, rates: &Rates<'_>) -> u128 {
    let mut all = 0;
    let mut open: Option<(i64, [u128; 3])> = None;
    let mut close = |(hour, [units, on_demand, running]): (i64, [u128; 3])| {
        let pico = (units + RATE_FOR / 2) / RATE_FOR;
        stage.spend(hour, Spent::Fargate, pico);
        let running = u64::try_from(running).unwrap_or(u64::MAX);
        stage.use_fargate(hour, rates, running, on_demand / 1_000_000);
        all += pico;
    };
    track.by_hour(|hour, seconds, tasks| {
        let (tasks_seconds, rate) = (u128::from(seconds) * u128::from(tasks), rates.at(tasks));
        let units = [tasks_seconds * rate.pico, tasks_seconds * rate.on_demand_ppm, tasks_seconds];
        match &mut open {
            Some((one, sum)) if *one == hour => {
                sum[0] += units[0];
                sum[1] += units[1];
                sum[2] += units[2];
            }
            _ => {
                if let Some(done) = open.replace((hour, units)) {
                    close(done);
                }
            }
        }
    });
    if let Some(done) = open {
        close(done);
    }
    all
}
