//! How likely a size is to fall short: of memory at least once in the days to come, of CPU
//! in which share of the time.
//!
//! Both are regressions over thresholds, with parameters fitted on the past and future of
//! many workloads (`docs/sizing.md`): what is asked of a workload is its daily peaks and the
//! counts of its profile. Floats are statistics here; what leaves is rounded to millionths.

mod choice;
mod cpu;
mod memory;
mod parameters;
mod peaks;
mod regression;

pub use choice::choose;
pub(super) use choice::month_without_cpu;
pub use parameters::{Parameters, ParametersError};
pub use peaks::Peaks;
pub use regression::{Example, Link, Sign, fit};

use crate::model::{Kind, Profile, Risk, Signal, Size, Workload};
use crate::units::{CpuUnits, MiB};
use cpu::CpuHistory;
use memory::MemoryHistory;

/// With maxima of fewer days nothing is predicted: the model was fitted on eight and more.
pub const FEWEST_DAYS: usize = 8;

/// What is known of a workload, and how much is to come in the unit it is known in: days, or
/// runs of a task that ends by itself.
#[derive(Clone, Debug)]
pub struct Outlook {
    pub history: History,
    pub ahead: f64,
}

impl Outlook {
    /// Of so many days to come: a task runs as often as it did in its window.
    #[must_use]
    pub fn of(workload: &Workload, profile: &Profile, days: u32) -> Self {
        let days = f64::from(days);
        // Runs that follow each other too closely to be told apart are looked at day by day.
        let history = History::of(profile);
        if workload.kind != Kind::Task || profile.runs().len() < history.memory_days() {
            return Outlook { history, ahead: days };
        }
        #[expect(clippy::cast_precision_loss, reason = "statistics")]
        let (runs, seconds) = (profile.runs().len() as f64, profile.window_seconds() as f64);
        let ahead = days * 86_400.0 * runs / seconds.max(86_400.0);
        Outlook { history: History::of_runs(profile), ahead }
    }
}

/// What is known of a workload, prepared for many questions.
#[derive(Clone, Debug)]
pub struct History {
    memory: Option<MemoryHistory>,
    cpu: Option<CpuHistory>,
}

impl History {
    /// Of a profile: the hottest task where that was measured, else the mean over tasks.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let memory = profile.deciding(Signal::MemoryMax, Signal::MemoryMean);
        let cpu = profile.deciding(Signal::CpuMax, Signal::CpuMean);
        History {
            memory: memory.and_then(|_| MemoryHistory::new(&Peaks::of_memory(profile))),
            cpu: cpu.and_then(|signal| {
                CpuHistory::new(profile.signal(signal), &Peaks::of_cpu(profile))
            }),
        }
    }

    /// Of what ends by itself: memory is looked at run by run.
    #[must_use]
    pub fn of_runs(profile: &Profile) -> Self {
        let memory = profile.deciding(Signal::MemoryMax, Signal::MemoryMean);
        let memory = memory.and_then(|_| MemoryHistory::new(&Peaks::of_runs(profile)));
        History { memory, ..Self::of(profile) }
    }

    /// Of the daily peaks of memory alone.
    #[must_use]
    pub fn of_memory_peaks(peaks: &Peaks) -> Self {
        History { memory: MemoryHistory::new(peaks), cpu: None }
    }

    /// Days (or runs) with readings of memory.
    #[must_use]
    pub fn memory_days(&self) -> usize {
        self.memory.as_ref().map_or(0, MemoryHistory::days)
    }

    /// Days with readings of CPU.
    #[must_use]
    pub fn cpu_days(&self) -> usize {
        self.cpu.as_ref().map_or(0, CpuHistory::days)
    }

    /// The most memory seen, in MiB.
    #[must_use]
    pub fn memory_maximum(&self) -> Option<f64> {
        self.memory.as_ref().map(MemoryHistory::maximum)
    }

    /// The most CPU seen, in CPU units.
    #[must_use]
    pub fn cpu_maximum(&self) -> Option<f64> {
        self.cpu.as_ref().map(CpuHistory::maximum)
    }

    /// What memory says at a threshold in MiB, for fitting parameters.
    #[must_use]
    pub fn memory_features(&self, mib: f64, days: f64) -> Option<[f64; memory::FEATURES]> {
        Some(self.memory.as_ref()?.features(mib, days))
    }

    /// What CPU says at a threshold in CPU units, for fitting parameters.
    #[must_use]
    pub fn cpu_features(&self, units: f64) -> Option<[f64; cpu::FEATURES]> {
        Some(self.cpu.as_ref()?.features(units))
    }

    /// Share of the CPU readings above a threshold.
    #[must_use]
    pub fn cpu_share_above(&self, units: f64) -> Option<f64> {
        Some(self.cpu.as_ref()?.share_above(units))
    }

    /// Probability that memory exceeds a size at least once in so many days.
    #[must_use]
    pub fn memory_risk(&self, parameters: &Parameters, memory: MiB, days: f64) -> Option<u32> {
        let of = self.memory.as_ref()?;
        let sum = |mib| regression::dot(&parameters.memory, &of.features(mib, days));
        let sum = at_least_as_above(f64::from(memory.0), of.maximum(), sum);
        Some(ppm(Link::ComplementaryLogLog.mean(sum)))
    }

    /// Share of the time in which CPU demand exceeds a size.
    #[must_use]
    pub fn cpu_risk(&self, parameters: &Parameters, cpu: CpuUnits) -> Option<u32> {
        let of = self.cpu.as_ref()?;
        let sum = |units| regression::dot(&parameters.cpu, &of.features(units));
        Some(ppm(Link::Logit.mean(at_least_as_above(f64::from(cpu.0), of.maximum(), sum))))
    }

    /// Of many sizes at once, in their order: what sizes share is worked out once.
    #[must_use]
    pub fn risks(&self, parameters: &Parameters, sizes: &[Size], days: f64) -> Vec<Risk> {
        let mut memory: Vec<(MiB, Option<u32>)> = Vec::new();
        let mut cpu: Vec<(CpuUnits, Option<u32>)> = Vec::new();
        let risk = |size: &Size| Risk {
            memory_ppm: kept(&mut memory, size.memory, || {
                self.memory_risk(parameters, size.memory, days)
            }),
            cpu_ppm: kept(&mut cpu, size.cpu, || self.cpu_risk(parameters, size.cpu)),
        };
        sizes.iter().map(risk).collect()
    }

    /// Both, each where it was measured.
    #[must_use]
    pub fn risk(&self, parameters: &Parameters, size: Size, days: f64) -> Risk {
        Risk {
            memory_ppm: self.memory_risk(parameters, size.memory, days),
            cpu_ppm: self.cpu_risk(parameters, size.cpu),
        }
    }
}

/// What was worked out before, or is now.
fn kept<K: Copy + Ord, V: Copy>(all: &mut Vec<(K, V)>, key: K, value: impl FnOnce() -> V) -> V {
    match all.binary_search_by_key(&key, |(known, _)| *known) {
        Ok(place) => all[place].1,
        Err(place) => {
            all.insert(place, (key, value()));
            all[place].1
        }
    }
}

/// What is predicted falls with the threshold on either side of the record, but nothing makes
/// both meet: below it is at least what it is right above.
fn at_least_as_above(threshold: f64, record: f64, sum: impl Fn(f64) -> f64) -> f64 {
    if threshold > record { sum(threshold) } else { sum(threshold).max(sum(record.next_up())) }
}

/// In millionths, rounded to the nearest.
fn ppm(share: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shares lie between nothing and one"
    )]
    let ppm = (share.clamp(0.0, 1.0) * 1e6).round() as u32;
    ppm
}

/// What features of memory are called in the parameters' file.
pub const MEMORY_FEATURES: [(&str, Sign); memory::FEATURES] = memory::NAMES;
/// The same of CPU.
pub const CPU_FEATURES: [(&str, Sign); cpu::FEATURES] = cpu::NAMES;

#[cfg(test)]
mod tests;
