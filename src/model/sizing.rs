//! How a workload is sized, and what a size rests on.

use super::{Demand, Finding, RiskPolicy, Signal, Size};
use crate::units::{CpuUnits, Fine, MiB, Usd};

/// How to size. Every default is written once, in the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The appetite for risk; with none the rule of percentile and margin is used throughout.
    pub risk: Option<RiskPolicy>,
    /// Days to come that memory risks are of.
    pub risk_days: u32,
    /// Of the hottest task's CPU readings, in thousandths, where no risk can be predicted.
    pub cpu_percentile_per_mille: u32,
    /// On top of that percentile.
    pub cpu_headroom_percent: u32,
    /// On top of the memory maximum, where no risk can be predicted.
    pub memory_margin_percent: u32,
    /// On top of these, where only means were measured: what a mean hides.
    pub averages_cpu_percent: u32,
    pub averages_memory_percent: u32,
    /// Fewer readings than this never size down.
    pub min_readings: u64,
    /// Nothing is sized below this.
    pub floor: Size,
}

/// What a month of a vCPU and of a GiB costs: what safety is weighed against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthRates {
    pub vcpu: Usd,
    pub gib: Usd,
}

/// What the CPU demand rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuBasis {
    pub signal: Signal,
    pub rule: CpuRule,
    /// No less will do.
    pub least: CpuUnits,
    /// What is best held, at least that; before floor and restraint.
    pub need: CpuUnits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuRule {
    /// So much of the time may demand exceed it, in millionths.
    Risk { limit_ppm: u32 },
    /// A percentile and headroom.
    Percentile { percentile: Fine, headroom_percent: u32 },
}

/// What the memory demand rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBasis {
    pub signal: Signal,
    pub maximum: Fine,
    pub rule: MemoryRule,
    /// No less will do.
    pub least: MiB,
    /// What is best held, at least that; before floor and restraint.
    pub need: MiB,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryRule {
    /// So likely may it be exceeded within the days asked for, in millionths.
    Risk { limit_ppm: u32 },
    /// The larger of the maximum with a margin and, from three days on, the mean of the daily
    /// peaks with three times their mean deviation.
    Margin { margin_percent: u32, daily: Option<Fine> },
}

/// A demand with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizing {
    pub cpu: Option<CpuBasis>,
    pub memory: Option<MemoryBasis>,
    /// The readings of the part suffice to size it down on.
    pub may_shrink_cpu: bool,
    pub may_shrink_memory: bool,
    /// CPU demand above today's size is not known.
    pub cpu_cut_off: bool,
    /// No less memory, whatever was used.
    pub memory_floor: MiB,
    /// No smaller size is within the limits; nothing where a part was neither measured nor
    /// known.
    pub least: Option<Demand>,
    /// What is best held: the least, and more where that costs less than what it saves.
    pub demand: Option<Demand>,
    pub findings: Vec<Finding>,
}
