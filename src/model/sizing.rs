//! How a workload is sized, and what a size rests on.

use super::{Demand, Finding, Signal, Size};
use crate::units::{CpuUnits, Fine, MiB};

/// How to size. Every default is written once, in the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Of the hottest task's CPU readings, in thousandths.
    pub cpu_percentile_per_mille: u32,
    /// On top of that percentile.
    pub cpu_headroom_percent: u32,
    /// On top of the memory maximum.
    pub memory_margin_percent: u32,
    /// On top of either, where only means were measured.
    pub averages_headroom_percent: u32,
    /// Fewer readings than this never size down.
    pub min_readings: u64,
    /// Nothing is sized below this.
    pub floor: Size,
}

/// What the CPU demand rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuBasis {
    pub signal: Signal,
    pub percentile: Fine,
    pub headroom_percent: u32,
    /// With headroom, before floor and restraint.
    pub need: CpuUnits,
}

/// What the memory demand rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBasis {
    pub signal: Signal,
    pub maximum: Fine,
    pub margin_percent: u32,
    /// Mean of the daily peaks and three times their mean deviation; at least three days.
    pub daily: Option<Fine>,
    /// The larger of both, before floor and restraint.
    pub need: MiB,
}

/// A demand with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizing {
    pub cpu: Option<CpuBasis>,
    pub memory: Option<MemoryBasis>,
    /// The readings of the part suffice to size it down on.
    pub may_shrink_cpu: bool,
    pub may_shrink_memory: bool,
    /// Nothing where a part was neither measured nor known.
    pub demand: Option<Demand>,
    pub findings: Vec<Finding>,
}
