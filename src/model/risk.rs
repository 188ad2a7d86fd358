//! How likely a size is to fall short, and how much of that is taken.

use super::Size;
use crate::units::Usd;

/// Predicted for one size, in millionths; nothing where it was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Probability that memory demand exceeds the size at least once in the days to come.
    pub memory_ppm: Option<u32>,
    /// Share of the time in which CPU demand exceeds the size.
    pub cpu_ppm: Option<u32>,
}

/// The appetite for risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskPolicy {
    /// No size with a larger [`Risk::memory_ppm`] is taken.
    pub memory_ppm: u32,
    pub cpu_ppm: u32,
    /// What a memory failure is reckoned to cost: within the limits more is paid for safety
    /// where that is worth it. Where both costs are nothing the cheapest size within is taken.
    pub failure_cost: Usd,
    /// The same of an hour in which CPU demand exceeds the size.
    pub throttled_hour_cost: Usd,
}

/// A size on sale, with its price and its risks for one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub size: Size,
    /// One task all month.
    pub usd_per_month: Usd,
    pub risk: Risk,
}
