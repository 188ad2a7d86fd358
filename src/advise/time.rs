//! How much of a month a workload runs, and how many requests it gets.

use crate::bill;
use crate::fit::Requests;
use crate::model::{Code, Finding, Kind, Platform, Profile, Run, RunsSeen, Signal, Workload};
use crate::units::{Fine, Hour, Quantity, Request};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The month that is priced, and the window that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    pub hours: u32,
    /// Seconds from the estate's first reading to its last: what a task that comes and
    /// goes is measured against.
    pub window_seconds: u64,
}

/// Without a reading of any workload for longer than this, nobody was measuring.
pub(super) const SILENCE_HOURS: i32 = 8 * 24;

/// The window that stands for a month: from the first hour with readings to the last, over
/// all workloads, without the stretches in which there are none for more than eight days.
/// With a finding where there are such stretches.
#[must_use]
pub fn window_seconds<'p>(
    profiles: impl Iterator<Item = &'p Profile>,
    whole_seconds: u64,
) -> (u64, Option<Finding>) {
    let all: BTreeSet<i32> =
        profiles.flat_map(|profile| profile.hours().iter().map(|hour| hour.hour)).collect();
    let silences = all.iter().zip(all.iter().skip(1)).map(|(before, next)| next - before - 1);
    let silences: Vec<i32> = silences.filter(|hours| *hours > SILENCE_HOURS).collect();
    let hours: i64 = silences.iter().map(|hours| i64::from(*hours)).sum();
    let detail = format!("{} days in {} stretches", hours / 24, silences.len());
    let finding = (hours > 0).then(|| Finding::new(Code::WindowSplit, detail));
    (whole_seconds.saturating_sub(hours.unsigned_abs() * 3_600), finding)
}

/// An exact share: of tasks, or of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::advise) struct Share {
    pub above: u128,
    pub below: u128,
}

pub(super) struct Running {
    /// Hours of one task in a month, over all tasks; nothing where it is not known how
    /// much it runs.
    pub task_hours: Option<Quantity<Hour>>,
    pub tasks_per_mille: u64,
    /// Tasks while it runs.
    pub tasks: Share,
    pub finding: Option<Finding>,
}

/// A service runs on average as many tasks as were counted while they were counted; a
/// task runs as long in a month as it did in the window.
pub(super) fn running(
    workload: &Workload,
    profile: &Profile,
    platform: Platform,
    month: Month,
) -> Running {
    let (tasks, finding) = tasks(workload, profile);
    let time = match workload.kind {
        Kind::Service | Kind::Function => Some(Share { above: 1, below: 1 }),
        Kind::Task => {
            let billed = u128::from(billed_seconds(profile, platform));
            let window = u128::from(month.window_seconds).max(billed);
            (billed > 0).then_some(Share { above: billed, below: window })
        }
    };
    // What was measured task by task is counted already.
    let tasks = if profile.runs().is_one_task_each() && workload.kind == Kind::Task {
        Share { above: 1, below: 1 }
    } else {
        tasks
    };
    let of_month = time.map(|time| Share {
        above: tasks.above.saturating_mul(time.above),
        below: tasks.below.saturating_mul(time.below),
    });
    Running {
        task_hours: of_month.map(|share| {
            Quantity::ratio(share.above.saturating_mul(u128::from(month.hours)), share.below)
        }),
        tasks_per_mille: of_month.map_or(0, |share| {
            u64::try_from(share.above.saturating_mul(1000) / share.below).unwrap_or(u64::MAX)
        }),
        tasks,
        finding,
    }
}

/// Of all runs, each at least as long as the shortest that is billed.
fn billed_seconds(profile: &Profile, platform: Platform) -> u64 {
    let shortest = bill::shortest_billed_run(platform);
    profile.runs().iter().map(|run| run.seconds.max(shortest)).sum()
}

/// How many runs, how long and with how much memory; nothing without any.
pub(super) fn runs_seen(profile: &Profile) -> Option<RunsSeen> {
    let runs = profile.runs();
    let mut seconds: Vec<u64> = runs.iter().map(seconds_of).collect();
    seconds.sort_unstable();
    let mut memory: Vec<Fine> = runs.iter().filter_map(|run| run.memory_peak).collect();
    memory.sort_unstable();
    Some(RunsSeen {
        count: runs.len(),
        shortest: *seconds.first()?,
        median: *seconds.get(seconds.len() / 2)?,
        longest: *seconds.last()?,
        memory_median: memory.get(memory.len() / 2).copied(),
        memory_maximum: memory.last().copied(),
    })
}

fn seconds_of(run: &Run) -> u64 {
    run.end.saturating_sub(run.start).unsigned_abs()
}

/// Where the longest run of a task is not known, the longest that was seen.
pub(super) fn with_longest_run<'w>(workload: &'w Workload, profile: &Profile) -> Cow<'w, Workload> {
    // More were counted than can be told apart: none is known.
    let apart = profile.requests().is_none_or(|count| count <= profile.runs().len() as u64);
    let seen = profile.runs().iter().map(seconds_of).max().filter(|_| apart);
    let seen =
        seen.filter(|_| workload.kind == Kind::Task && workload.longest_run_seconds.is_none());
    match seen {
        Some(seconds) => {
            let longest_run_seconds = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
            Cow::Owned(Workload { longest_run_seconds, ..workload.clone() })
        }
        None => Cow::Borrowed(workload),
    }
}

/// Tasks at a time: as counted, else as wanted, else one.
fn tasks(workload: &Workload, profile: &Profile) -> (Share, Option<Finding>) {
    let covered = profile.covered_seconds();
    match (profile.task_seconds(), workload.tasks) {
        (Some((running, counted)), _) if counted > 0 => {
            let hours = |seconds: u64| seconds / 3_600;
            let partly = counted < covered / 10 * 9;
            let finding = partly.then(|| {
                let detail = format!("counted in {} of {} hours", hours(counted), hours(covered));
                Finding::new(Code::TasksAssumed, detail)
            });
            (Share { above: u128::from(running), below: u128::from(counted) }, finding)
        }
        (_, Some(wanted)) => (Share { above: u128::from(wanted), below: 1 }, None),
        (_, None) => {
            let assumed = workload.kind == Kind::Service;
            let finding = assumed.then(|| Finding::new(Code::TasksAssumed, String::new()));
            (Share { above: 1, below: 1 }, finding)
        }
    }
}

/// Requests of the window, with the CPU they used: the mean CPU of a task (where only
/// maxima were measured, those: an upper bound) times the tasks that ran meanwhile.
pub(super) fn requests(
    workload: &Workload,
    profile: &Profile,
    running: &Running,
) -> Option<Requests> {
    // Runs of a task are its requests, where none were counted.
    let runs = u64::try_from(profile.runs().len()).unwrap_or(u64::MAX);
    let by_runs = workload.kind == Kind::Task && profile.requests().is_none() && runs > 0;
    // Of tasks that run side by side each is one.
    let tasks = running.tasks;
    let each = u128::from(runs).saturating_mul(tasks.above).div_ceil(tasks.below.max(1));
    let each = u64::try_from(each).unwrap_or(u64::MAX);
    let count = if by_runs { each } else { profile.requests()? };
    let seconds = if by_runs { profile.covered_seconds() } else { profile.request_seconds() };
    let [mean, maximum] =
        [Signal::CpuMean, Signal::CpuMax].map(|signal| profile.signal(signal).mean());
    let cpu = mean.or(maximum).map(|units| {
        // 1/1024 units of 1/1024 vCPU, times tasks and seconds, in thousandths
        let exact = u128::from(units.0)
            .saturating_mul(u128::from(seconds))
            .saturating_mul(running.tasks.above)
            .saturating_mul(1000);
        let below = running.tasks.below.saturating_mul(1024 * 1024);
        u64::try_from(exact / below).unwrap_or(u64::MAX)
    });
    // Thousandths of a second times a twentieth of a vCPU.
    let idle = u128::from(seconds).saturating_mul(running.tasks.above).saturating_mul(50)
        / running.tasks.below.max(1);
    let idle = if workload.kind == Kind::Task { 0 } else { idle };
    let idle_milliseconds = u64::try_from(idle).unwrap_or(u64::MAX);
    Some(Requests { count, cpu_milliseconds: cpu, idle_milliseconds })
}

/// Requests of a month: a service's as often as while they were counted; a task's as
/// often as in the window.
pub(super) fn month_requests(
    count: u64,
    workload: &Workload,
    profile: &Profile,
    month: Month,
) -> Quantity<Request> {
    let counted = profile.request_seconds();
    let seconds = match workload.kind {
        Kind::Service | Kind::Function => counted,
        Kind::Task => month.window_seconds.max(counted),
    };
    let month = u128::from(month.hours) * 3_600;
    Quantity::ratio(u128::from(count) * month, u128::from(seconds.max(1)))
}

/// The same of all that were counted.
pub(super) fn counted_requests(
    workload: &Workload,
    profile: &Profile,
    month: Month,
) -> Option<Quantity<Request>> {
    Some(month_requests(profile.requests()?, workload, profile, month))
}
