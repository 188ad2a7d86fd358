//! Jobs: each run paid by its seconds, at least by the shortest that is billed.

use super::purchase::{RATE_FOR, Rates};
use super::service::fall_short;
use super::{Actor, Player, Stage, month_seconds};
use crate::advise::time;
use crate::bill;
use crate::model::{Code, Finding, Platform, Ran, Run, Size, Spent};
use crate::replay::{HOUR, Load, Track, borne, within_hours};

impl Player<'_> {
    pub(super) fn runs(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
        size: Size,
        rates: Option<&Rates<'_>>,
    ) -> Result<Ran, Finding> {
        let workload = &actor.advice.workload;
        let platform = Platform::of(workload.operating_system, workload.architecture);
        let running = time::running(workload, actor.profile, platform, self.settings.month);
        let mean = running.tasks;
        if actor.profile.runs().is_empty() {
            return Err(Finding::new(Code::NoReadings, String::new()));
        }
        let milli = u32::try_from(mean.above * 1000 / mean.below.max(1)).unwrap_or(u32::MAX);
        let shortest = bill::shortest_billed_run(platform);
        let billed: u64 = actor.profile.runs().iter().map(|run| run.seconds.max(shortest)).sum();
        let (mut paid, mut task_milliseconds, mut most) = (0, 0, milli);
        for (hour, seconds, counted) in Self::parts(actor, shortest, milli) {
            let tasks = counted.unwrap_or(milli);
            most = most.max(tasks);
            task_milliseconds += seconds * u64::from(tasks);
            if let Some(at) = stage.at(hour) {
                at.task_milliseconds += seconds * u64::from(tasks);
            }
            let Some(rates) = rates else { continue };
            let rate = rates.at(tasks);
            // The mean is no whole number of thousandths.
            let units = |value: u128| match counted {
                Some(tasks) => u128::from(seconds) * u128::from(tasks) * value,
                None => u128::from(seconds) * 1000 * (value * mean.above / mean.below.max(1)),
            };
            let pico = (units(rate.pico) + RATE_FOR / 2) / RATE_FOR;
            stage.spend(hour, Spent::Fargate, pico);
            let on_demand = units(rate.on_demand_ppm) / 1_000_000;
            stage.use_fargate(hour, rates, seconds * u64::from(tasks), on_demand);
            paid += pico;
        }
        let mut short = Vec::new();
        let loads = actor.samples.iter().map(Load::of);
        let borne = borne(loads, size, |at, seconds| short.push((at, seconds)));
        fall_short(stage, &short);
        let window = u128::from(self.settings.month.window_seconds.max(billed)).max(1);
        let month = month_seconds(self.settings);
        Ok(Ran {
            pico: rates.map(|_| paid),
            month_pico: rates.map(|_| (paid * month + window / 2) / window),
            task_milliseconds,
            most_tasks_milli: most,
            short_seconds: (borne.cpu_seconds > 0).then_some(borne.short_seconds),
            memory_failures: (borne.memory_seconds > 0).then_some(borne.failures),
            most_at_once: None,
            filled_seconds: 0,
        })
    }

    /// How many of its tasks ran at a time; nothing where no run is known.
    pub(super) fn run_track(&self, actor: Actor<'_>) -> Option<Track> {
        let workload = &actor.advice.workload;
        let platform = Platform::of(workload.operating_system, workload.architecture);
        let runs = actor.profile.runs();
        if runs.is_empty() {
            return None;
        }
        let mean = time::running(workload, actor.profile, platform, self.settings.month).tasks;
        let milli = u32::try_from(mean.above * 1000 / mean.below.max(1)).unwrap_or(u32::MAX);
        if !runs.is_one_task_each() && actor.samples.iter().any(|one| one.tasks_counted) {
            return Some(Track::recorded(actor.samples, milli));
        }
        let each = milli.div_ceil(1_000);
        let mut changes: Vec<(i64, i64)> = Vec::new();
        for run in runs.iter() {
            changes.extend([(run.start, 1), (run.end.max(run.start + 1), -1)]);
        }
        changes.sort_unstable();
        let mut now = 0_i64;
        let periods = changes.iter().zip(changes.iter().skip(1)).map(|(one, next)| {
            now += one.1;
            let tasks = u32::try_from(now).unwrap_or(0).saturating_mul(each);
            (one.0, u32::try_from(next.0 - one.0).unwrap_or(u32::MAX), tasks)
        });
        Some(Track::of(periods.collect::<Vec<_>>().into_iter()))
    }

    /// Hours since 1970 with seconds of tasks, and how many of them were counted; the mean where
    /// they were not, or where each run is one task.
    fn parts(actor: Actor<'_>, shortest: u64, milli: u32) -> Vec<(i64, u64, Option<u32>)> {
        let runs = actor.profile.runs();
        let counted = actor.samples.iter().any(|one| one.tasks_counted);
        if runs.is_one_task_each() || !counted {
            let all = runs.iter().flat_map(|run| parts(run, shortest));
            return all.map(|(hour, seconds)| (hour, seconds, None)).collect();
        }
        let mut all = Vec::new();
        let track = Track::recorded(actor.samples, milli);
        track.by_hour(|hour, seconds, tasks| all.push((hour, seconds.into(), Some(tasks))));
        // What the minimum adds.
        let short = runs.iter().filter(|run| run.seconds < shortest);
        all.extend(short.map(|run| (run.start.div_euclid(HOUR), shortest - run.seconds, None)));
        all
    }
}

/// A run's billed seconds by hour since 1970: spread evenly, what the minimum adds in the first.
fn parts(run: &Run, shortest: u64) -> Vec<(i64, u64)> {
    let whole = (run.end - run.start).unsigned_abs().max(1);
    let mut parts = Vec::new();
    let (mut passed, mut given) = (0, 0);
    within_hours(run.start, run.end.max(run.start + 1), |hour, seconds| {
        passed += u64::from(seconds);
        let until = run.seconds * passed / whole;
        parts.push((hour, until - given));
        given = until;
    });
    if let Some((_, first)) = parts.first_mut() {
        *first += shortest.saturating_sub(run.seconds);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: i64, end: i64, seconds: u64) -> Run {
        Run { start, end, seconds, cpu_peak: None, memory_peak: None }
    }

    #[test]
    fn a_run_is_billed_in_its_hours_and_for_a_minute_at_least() {
        assert_eq!(parts(&run(3_500, 3_530, 30), 60), [(0, 60)]);
        assert_eq!(parts(&run(3_540, 7_260, 3_720), 60), [(0, 60), (1, 3_600), (2, 60)]);
        // A pause within a run is not paid for.
        let thirds = parts(&run(0, 10_800, 1_000), 60);
        assert_eq!(thirds.iter().map(|part| part.1).sum::<u64>(), 1_000);
        assert_eq!(thirds, [(0, 333), (1, 333), (2, 334)]);
        assert_eq!(parts(&run(7_200, 7_200, 0), 300), [(2, 300)]);
    }
}
