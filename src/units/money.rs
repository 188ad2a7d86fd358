//! Amounts of money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount in micro-dollars. A total is the sum of its lines.
///
/// Adding saturates at nine trillion dollars; a single amount is refused
/// above a billion (see [`crate::units::AmountTooLarge`]), so a sum reaches
/// that only with thousands of impossible lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(pub i64);

impl Usd {
    pub const ZERO: Usd = Usd(0);

    /// Two decimals without sign or grouping, half a cent away from zero: `-12.35`.
    #[must_use]
    pub fn cents_string(self) -> String {
        let cents = self.cents();
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
    }

    /// Six decimals, exactly as held.
    #[must_use]
    pub fn micro_string(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micro = self.0.unsigned_abs();
        format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000)
    }

    /// Whole cents, half a cent away from zero.
    #[must_use]
    pub fn cents(self) -> i64 {
        let away = if self.0 < 0 { -5_000 } else { 5_000 };
        self.0.saturating_add(away) / 10_000
    }

    /// Rounded to whole cents, as it is shown.
    #[must_use]
    pub fn to_cents(self) -> Usd {
        Usd(self.cents().saturating_mul(10_000))
    }

    /// As a float of dollars, for charts only.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for charts")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Usd {
    /// `$1,234.57`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        let sign = if cents < 0 { "-" } else { "" };
        let text = format!(
            "{sign}${}.{:02}",
            grouped(cents.unsigned_abs() / 100),
            cents.unsigned_abs() % 100
        );
        f.pad(&text)
    }
}

/// `12,345,678`
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Add for Usd {
    type Output = Usd;
    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Usd) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Usd;
    fn sub(self, other: Usd) -> Usd {
        Usd(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(micro: i64, shown: &str, cents: &str) {
        assert_eq!(Usd(micro).to_string(), shown);
        assert_eq!(Usd(micro).cents_string(), cents);
    }

    #[test]
    fn amounts_print_in_cents_with_groups() {
        check(9_009_950, "$9.01", "9.01");
        check(1_234_567_894_999, "$1,234,567.89", "1234567.89");
        check(-5_000, "-$0.01", "-0.01");
        check(-4_999, "$0.00", "0.00");
        check(0, "$0.00", "0.00");
        assert_eq!(Usd(-1_000_001).micro_string(), "-1.000001");
    }
}
