//! A small seeded generator: `SplitMix64` (Steele, Lea, Flood 2014).

pub(super) struct Random(u64);

impl Random {
    /// One stream for each name.
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = name
            .bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Random(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept exactly")]
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
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
