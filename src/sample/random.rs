//! Chance in the sample, a stream of its own for each name.

use crate::units::SplitMix64;

pub(super) struct Random(SplitMix64);

impl Random {
    /// One stream for each name.
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = name
            .bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Random(SplitMix64(mixed))
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0.part()
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Bell-shaped around 1, seldom beyond `1 +- 2 * spread`: the mean of four.
    pub fn about_one(&mut self, spread: f64) -> f64 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        1.0 + (sum - 2.0) * spread * 1.732
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}
