//! Counts of values in fixed logarithmic buckets made only of comparisons, powers of two
//! and floors, so that any SQL engine computes the same counts.

use crate::units::Fine;

/// Values at or above this are refused, not counted (2^23 CPU units or MiB).
pub const VALUE_LIMIT: f64 = 8_388_608.0;

/// Requests of one reading at or above this are refused.
pub const REQUEST_LIMIT: f64 = 1e15;

/// A value in 1/1024 units, rounded down and rounded up. Without a call of `ceil`, which
/// a plain x86-64 has no instruction for.
#[inline]
pub(super) fn fine(value: f64) -> (u64, Fine) {
    debug_assert!((0.0..VALUE_LIMIT).contains(&value));
    let exact = value * 1024.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "the caller keeps values below 2^23, so whole numbers are exact"
    )]
    let (floor, broken) = (exact as u64, exact as u64 as f64 != exact);
    (floor, Fine(floor + u64::from(broken)))
}

const BUCKETS: usize = 256 + 19 * 128;

/// The lower edge, in sixteenths of a unit, of the bucket that holds `sixteenths`:
/// the value cut to its eight leading bits.
#[must_use]
pub const fn bucket_edge(sixteenths: u32) -> u32 {
    let shift = (u32::BITS - sixteenths.leading_zeros()).saturating_sub(8);
    (sixteenths >> shift) << shift
}

/// Buckets are numbered without gaps, so that counts can lie in a plain list.
const fn bucket_number(sixteenths: u32) -> usize {
    let shift = (u32::BITS - sixteenths.leading_zeros()).saturating_sub(8);
    (shift * 128 + (sixteenths >> shift)) as usize
}

/// First value and width of a bucket, in sixteenths of a unit.
const fn bucket_range(number: usize) -> (u64, u64) {
    if number < 256 {
        return (number as u64, 1);
    }
    let shift = (number / 128 - 1) as u64;
    ((number as u64 - shift * 128) << shift, 1 << shift)
}

/// Counts of values in fixed logarithmic buckets, with the exact maximum and sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Number of the bucket that `counts` starts at.
    first: usize,
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    maximum: Fine,
}

impl Histogram {
    /// Counts one value, in whole or broken units. The caller has refused what is
    /// negative, not finite or at [`VALUE_LIMIT`] and above.
    ///
    /// The sum takes 1/1024 units rounded down, as every engine can; the maximum
    /// rounds up to 1/1024, so that it is never below what was seen.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.add_fine(fine(value));
    }

    #[inline]
    pub(super) fn add_fine(&mut self, (floor, ceil): (u64, Fine)) {
        #[expect(clippy::cast_possible_truncation, reason = "below 2^33, so below 2^27 here")]
        // floor(value * 16) == floor(floor(value * 1024) / 64)
        self.count_in(bucket_number((floor >> 6) as u32));
        self.count += 1;
        self.sum += floor;
        self.maximum = self.maximum.max(ceil);
    }

    #[inline]
    fn count_in(&mut self, bucket: usize) {
        match self.counts.get_mut(bucket.wrapping_sub(self.first)) {
            Some(count) => *count += 1,
            None => self.grow_to(bucket, 1),
        }
    }

    #[cold]
    fn grow_to(&mut self, bucket: usize, count: u64) {
        assert!(bucket < BUCKETS, "values stay below the limit");
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = self.first - bucket;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        if bucket - self.first >= self.counts.len() {
            self.counts.resize(bucket - self.first + 1, 0);
        }
        self.counts[bucket - self.first] += count;
    }

    /// Adds another histogram; the order of additions does not matter.
    pub fn merge(&mut self, other: &Histogram) {
        for (place, count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.grow_to(other.first + place, *count);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.maximum = self.maximum.max(other.maximum);
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The exact maximum, rounded up to 1/1024 unit.
    #[must_use]
    pub fn maximum(&self) -> Option<Fine> {
        (self.count > 0).then_some(self.maximum)
    }

    /// The sum in 1/1024 units, each value rounded down.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The mean, rounded up to 1/1024 unit.
    #[must_use]
    pub fn mean(&self) -> Option<Fine> {
        (self.count > 0).then(|| Fine(self.sum.div_ceil(self.count)))
    }

    /// The value at rank `ceil(count * per_mille / 1000)` (nearest rank): the upper edge
    /// of its bucket, or the maximum where that is lower. Never below the true value, at
    /// most one bucket (0.8 %) above.
    #[must_use]
    pub fn percentile(&self, per_mille: u32) -> Option<Fine> {
        let wanted = u128::from(self.count) * u128::from(per_mille.min(1000));
        let rank = u64::try_from(wanted.div_ceil(1000)).expect("at most the count").max(1);
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                let (start, width) = bucket_range(self.first + place);
                return Some(Fine((start + width) * 64).min(self.maximum));
            }
        }
        None
    }

    /// The filled buckets: lower edge in sixteenths of a unit, and count.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(place, count)| (bucket_range(self.first + place).0, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_numbered_without_gaps_and_as_wide_as_the_rule_says() {
        let mut expected_start = 0;
        for number in 0..BUCKETS {
            let (start, width) = bucket_range(number);
            assert_eq!(start, expected_start, "bucket {number}");
            let first = u32::try_from(start).unwrap();
            let last = u32::try_from(start + width - 1).unwrap();
            assert_eq!((bucket_number(first), bucket_number(last)), (number, number));
            assert_eq!((bucket_edge(first), bucket_edge(last)), (first, first));
            assert!(start < 256 && width == 1 || width * 128 <= start, "bucket {number} too wide");
            expected_start = start + width;
        }
        assert_eq!(expected_start, 16 * 8_388_608, "the last bucket ends at the limit");
    }

    #[test]
    fn zero_and_the_largest_value_are_counted() {
        let mut histogram = Histogram::default();
        histogram.add(0.0);
        histogram.add(f64::from_bits(VALUE_LIMIT.to_bits() - 1));
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.percentile(500), Some(Fine(64)));
        assert_eq!(histogram.maximum(), Some(Fine(8_388_608 * 1024)));
        assert_eq!(histogram.buckets().next(), Some((0, 1)));
    }
}
