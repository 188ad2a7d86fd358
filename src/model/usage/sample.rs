//! What rules of sizing look at: one reading, as far as a size is concerned.

use super::{Reading, Signal};

/// CPU and memory of the hottest task where that was measured, else of the mean. NaN is what
/// was not measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds since 1970: the start of the period.
    pub at: i64,
    pub period_seconds: u32,
    /// Running tasks; one where they were not counted.
    pub tasks: f32,
    pub tasks_counted: bool,
    /// Requests of the period.
    pub requests: f32,
    /// CPU units.
    pub cpu: f64,
    /// The mean over tasks, where their number was counted too.
    pub cpu_mean: f64,
    /// MiB.
    pub memory: f64,
    /// The mean over tasks.
    pub memory_mean: f64,
}

impl Sample {
    /// A period of which nothing is known.
    #[must_use]
    pub fn unknown(at: i64, period_seconds: u32) -> Self {
        Sample::of(&Reading::new(at, period_seconds))
    }

    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        let either =
            |maximum, mean| reading.get(maximum).or_else(|| reading.get(mean)).unwrap_or(f64::NAN);
        #[expect(clippy::cast_possible_truncation, reason = "a number of tasks, and of requests")]
        let [tasks, requests] = [reading.get(Signal::Tasks), reading.requests()]
            .map(|value| value.map(|value| value as f32));
        Sample {
            at: reading.at,
            period_seconds: reading.period_seconds,
            tasks: tasks.unwrap_or(1.0),
            tasks_counted: tasks.is_some(),
            requests: requests.unwrap_or(f32::NAN),
            cpu: either(Signal::CpuMax, Signal::CpuMean),
            cpu_mean: reading
                .get(Signal::CpuMean)
                .filter(|_| reading.get(Signal::Tasks).is_some())
                .unwrap_or(f64::NAN),
            memory: either(Signal::MemoryMax, Signal::MemoryMean),
            memory_mean: reading.get(Signal::MemoryMean).unwrap_or(f64::NAN),
        }
    }

    /// As a reading of its own.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let known = |value: f64| (!value.is_nan()).then_some(value);
        Reading::new(self.at, self.period_seconds)
            .with(Signal::CpuMax, known(self.cpu))
            .with(Signal::MemoryMax, known(self.memory))
            .with(Signal::Tasks, f64::from(self.tasks))
            .with_requests(known(f64::from(self.requests)))
    }
}
