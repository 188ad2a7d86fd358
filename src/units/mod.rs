//! Quantities and money as whole numbers, each unit a type of its own.
//!
//! Floats come in at the doors (readings) and go out at the doors (charts);
//! every conversion here says which way it rounds.

mod money;
mod price;
mod random;

pub use money::{Usd, grouped};
pub use price::{
    Amount, AmountTooLarge, Gb, GbHour, GbMonth, GbSecond, Hour, MetricMonth, MillionObservations,
    NotAPrice, Price, Quantity, Request, ThousandMetrics, Unit, UsdPerGb, UsdPerGbHour,
    UsdPerGbMonth, UsdPerGbSecond, UsdPerHour, UsdPerMetricMonth, UsdPerMillionObservations,
    UsdPerRequest, UsdPerThousandMetrics, UsdPerVcpuHour, VcpuHour, pico_string,
};

pub use random::SplitMix64;

use serde::{Deserialize, Serialize};
use std::fmt;

/// CPU share. 1024 units are one vCPU, as ECS counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CpuUnits(pub u32);

/// Memory. What AWS writes as "GB" for a task is 1024 of these.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MiB(pub u32);

/// A length of time in whole seconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seconds(pub u64);

/// A value in 1/1024 of its unit (CPU units or MiB): what readings are summed in.
///
/// Two of these may stand for different units; they live only inside a
/// [`crate::model::Histogram`], whose signal says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fine(pub u64);

impl Fine {
    /// Whole units, rounded up: a plan must hold at least what was seen.
    #[must_use]
    pub fn ceil(self) -> u32 {
        u32::try_from(self.0.div_ceil(1024)).expect("readings are below 2^23 units")
    }

    /// As a float, for charts and statistics only.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1024.0
    }
}

/// Rounds up to whole units (CPU units or MiB): a plan must hold at least what was seen.
/// Nothing for what is negative, not a number or beyond `u32`.
#[must_use]
pub fn whole_up(value: f64) -> Option<u32> {
    let whole = value.ceil();
    let fits = (0.0..=f64::from(u32::MAX)).contains(&whole);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "guarded by `fits`"
    )]
    fits.then_some(whole as u32)
}

impl fmt::Display for CpuUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units", self.0)
    }
}

impl fmt::Display for MiB {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0)
    }
}

/// The seconds of a month of so many hours (730 unless told otherwise).
#[must_use]
pub fn month(hours: u32) -> Seconds {
    Seconds(u64::from(hours) * 3_600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_round_up_to_whole_units() {
        assert_eq!(whole_up(255.000_1), Some(256));
        assert_eq!(whole_up(512.0), Some(512));
        assert_eq!(whole_up(-0.5), Some(0));
        assert_eq!(whole_up(-1.0), None);
        assert_eq!(whole_up(f64::NAN), None);
        assert_eq!(whole_up(f64::INFINITY), None);
        assert_eq!(whole_up(4_294_967_296.0), None);
    }

    #[test]
    fn fine_values_round_up() {
        assert_eq!(Fine(1024).ceil(), 1);
        assert_eq!(Fine(1025).ceil(), 2);
        assert_eq!(Fine(0).ceil(), 0);
    }
}
