//! Would a size have borne what the tasks did?

use super::scaling::FULL;
use crate::model::{Sample, Size};

/// What the hottest and the fullest task had to bear for some time. What was not measured is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Seconds since 1970.
    pub at: i64,
    pub seconds: u32,
    /// CPU units.
    pub cpu: f64,
    /// MiB.
    pub memory: f64,
}

impl Load {
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        let Sample { at, period_seconds: seconds, cpu, memory, .. } = *sample;
        Load { at, seconds, cpu, memory }
    }
}

/// What was too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Borne {
    /// Seconds with readings of CPU, and of those the seconds short of it.
    pub cpu_seconds: u64,
    pub short_seconds: u64,
    /// The same of memory, and how many times it began to be too much.
    pub memory_seconds: u64,
    pub over_seconds: u64,
    pub failures: u32,
}

/// A task is short of CPU from 98 % of its size on (then it would have used more), and fails when
/// it needs more memory than its size. `short` is told when CPU is short.
pub fn borne(
    loads: impl Iterator<Item = Load>,
    size: Size,
    mut short: impl FnMut(i64, u32),
) -> Borne {
    let (cpu, memory) = (f64::from(size.cpu.0) * FULL, f64::from(size.memory.0));
    let mut out = Borne::default();
    let mut failing = false;
    for load in loads {
        let seconds = u64::from(load.seconds);
        if !load.cpu.is_nan() {
            out.cpu_seconds += seconds;
            if load.cpu > cpu * (1.0 + 1e-6) {
                out.short_seconds += seconds;
                short(load.at, load.seconds);
            }
        }
        if !load.memory.is_nan() {
            out.memory_seconds += seconds;
            let over = load.memory > memory;
            out.over_seconds += if over { seconds } else { 0 };
            out.failures += u32::from(over && !failing);
            failing = over;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_short_and_failures_are_counted() {
        let load = |minute: i64, cpu, memory| Load { at: minute * 60, seconds: 60, cpu, memory };
        let nothing = f64::NAN;
        let loads = [
            load(0, 500.0, 900.0),
            load(1, 502.0, 1_025.0),
            load(2, nothing, 1_025.0),
            load(3, 100.0, nothing),
            load(4, 100.0, 1_024.0),
            load(5, 512.0, 2_000.0),
        ];
        let mut when = Vec::new();
        let out = borne(loads.into_iter(), Size::new(512, 1_024), |at, _| when.push(at));
        // 98 % of 512 are 501.76.
        assert_eq!((out.cpu_seconds, out.short_seconds), (300, 120));
        assert_eq!(when, [60, 300]);
        // The second and third minute are one failure, the last another.
        assert_eq!((out.memory_seconds, out.over_seconds, out.failures), (300, 180, 2));
    }
}
