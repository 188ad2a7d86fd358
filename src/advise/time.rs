//! How much of a month a workload runs, and how many requests it gets.

use crate::fit::Requests;
use crate::model::{Code, Finding, Kind, Profile, Signal, Workload};
use crate::units::{Hour, Quantity};

/// The month that is priced, and the window that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    pub hours: u32,
    /// Seconds from the estate's first reading to its last: what a task that comes and
    /// goes is measured against.
    pub window_seconds: u64,
}

pub(super) struct Running {
    /// Hours of one task in a month, over all tasks.
    pub task_hours: Quantity<Hour>,
    /// Seconds of one task in the readings.
    pub task_seconds: u64,
    pub tasks_per_mille: u64,
    pub finding: Option<Finding>,
}

/// A service runs on average as many tasks as were counted while it was measured; a
/// task runs as long in a month as it did in the window.
pub(super) fn running(workload: &Workload, profile: &Profile, month: Month) -> Running {
    let covered = profile.covered_seconds();
    let counted = profile.task_seconds();
    let wanted = workload.tasks;
    let task_seconds = counted.unwrap_or(covered * u64::from(wanted.unwrap_or(1)));
    let measured_over = match workload.kind {
        Kind::Service => covered,
        Kind::Task => month.window_seconds.max(covered),
    };
    let assumed = counted.is_none() && wanted.is_none() && workload.kind == Kind::Service;
    let finding = assumed.then(|| Finding::new(Code::TasksAssumed, String::new()));
    if measured_over == 0 {
        // Without readings a service is taken to run as it is wanted to.
        let tasks = u64::from(wanted.unwrap_or(1)) * u64::from(workload.kind == Kind::Service);
        let task_hours = Quantity::whole(tasks * u64::from(month.hours));
        return Running { task_hours, task_seconds: 0, tasks_per_mille: tasks * 1000, finding };
    }
    let task_hours = Quantity::ratio(
        u128::from(task_seconds) * u128::from(month.hours),
        u128::from(measured_over),
    );
    let tasks_per_mille =
        u64::try_from(u128::from(task_seconds) * 1000 / u128::from(measured_over))
            .unwrap_or(u64::MAX);
    Running { task_hours, task_seconds, tasks_per_mille, finding }
}

/// Requests of the window, with the CPU they used: the mean CPU of a task over its time.
pub(super) fn requests(profile: &Profile, task_seconds: u64) -> Option<Requests> {
    let count = profile.requests()?;
    let cpu = profile.signal(Signal::CpuMean).mean().map(|mean| {
        // 1/1024 units of 1/1024 vCPU, times seconds, in thousandths
        let exact = u128::from(mean.0) * u128::from(task_seconds) * 1000 / (1024 * 1024);
        u64::try_from(exact).unwrap_or(u64::MAX)
    });
    Some(Requests { count, cpu_milliseconds: cpu })
}

/// Requests of a month: those of the window, stretched to it.
pub(super) fn month_requests(
    count: u64,
    profile: &Profile,
    month: Month,
) -> Quantity<crate::units::Request> {
    let seconds = month.window_seconds.max(profile.window_seconds()).max(1);
    Quantity::ratio(u128::from(count) * u128::from(month.hours) * 3_600, u128::from(seconds))
}
