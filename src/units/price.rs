//! Prices, the quantities they are for, and the one place where money is rounded.
//!
//! A [`Price`] carries what it is a price *of* in its type, so that prices of
//! unlike things cannot be added and a price meets only its own quantity:
//!
//! ```compile_fail
//! use loadline::units::{UsdPerGbHour, UsdPerVcpuHour};
//! let sum = UsdPerVcpuHour::pico(1) + UsdPerGbHour::pico(1);
//! ```
//! ```compile_fail
//! use loadline::units::{Quantity, GbHour, UsdPerVcpuHour};
//! let amount = UsdPerVcpuHour::pico(1).times(Quantity::<GbHour>::whole(1));
//! ```

use super::Usd;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Add;
use std::str::FromStr;

/// What a price is a price of.
pub trait Unit: Copy + fmt::Debug {
    /// As bills write it: `vCPU-hour`.
    const NAME: &'static str;
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident $name:literal $alias:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $unit;
        impl Unit for $unit {
            const NAME: &'static str = $name;
        }
        #[doc = concat!("Pico-dollars for one ", $name, ".")]
        pub type $alias = Price<$unit>;
    )*};
}

units! {
    /// An hour of one thing: an instance, a cluster, an address.
    Hour "hour" UsdPerHour;
    /// An hour of one vCPU.
    VcpuHour "vCPU-hour" UsdPerVcpuHour;
    /// An hour of one GB; AWS counts 1024 MiB.
    GbHour "GB-hour" UsdPerGbHour;
    /// A second of one GB, as Lambda counts.
    GbSecond "GB-second" UsdPerGbSecond;
    /// A month of one GB, as volumes are sold.
    GbMonth "GB-month" UsdPerGbMonth;
    /// One GB of data.
    Gb "GB" UsdPerGb;
    /// A month of one metric.
    MetricMonth "metric-month" UsdPerMetricMonth;
    /// A million values that Container Insights takes in on EKS.
    MillionObservations "1,000,000 observations" UsdPerMillionObservations;
    /// One request.
    Request "request" UsdPerRequest;
    /// A thousand metrics asked of `CloudWatch`, as GetMetricData is billed.
    ThousandMetrics "1,000 metrics" UsdPerThousandMetrics;
}

/// Pico-dollars (10^-12) for one `U`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price<U> {
    pico: u64,
    of: PhantomData<U>,
}

/// How much of a `U`: an exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity<U> {
    numerator: u128,
    denominator: u128,
    of: PhantomData<U>,
}

/// What a quantity costs: rounded to micro-dollars, and before that rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Rounded half up to micro-dollars: what is added and shown.
    pub usd: Usd,
    /// Pico-dollars, half up: twelve decimals for who wants to check.
    pub pico: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one line of this bill is over a billion dollars; check the counts and hours")]
pub struct AmountTooLarge;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a price: digits with at most twelve decimals are expected, like 0.04048")]
pub struct NotAPrice(String);

impl<U: Unit> Price<U> {
    #[must_use]
    pub const fn pico(pico: u64) -> Self {
        Price { pico, of: PhantomData }
    }

    #[must_use]
    pub const fn as_pico(self) -> u64 {
        self.pico
    }

    /// What `quantity` costs. The only place where money is rounded: half up, to micro-dollars.
    ///
    /// # Errors
    /// [`AmountTooLarge`] above a billion dollars.
    pub fn times(self, quantity: Quantity<U>) -> Result<Amount, AmountTooLarge> {
        const BILLION_IN_PICO: u128 = 1_000_000_000 * 1_000_000_000_000;
        const PICO_PER_MICRO: u128 = 1_000_000;
        let Quantity { numerator, denominator, .. } = quantity;
        let exact = numerator.checked_mul(u128::from(self.pico)).ok_or(AmountTooLarge)?;
        if exact / denominator > BILLION_IN_PICO {
            return Err(AmountTooLarge);
        }
        let micro = half_up(exact, denominator.checked_mul(PICO_PER_MICRO).ok_or(AmountTooLarge)?);
        let pico = half_up(exact, denominator);
        Ok(Amount {
            usd: Usd(i64::try_from(micro).expect("under a billion dollars")),
            pico: i128::try_from(pico).expect("under a billion dollars"),
        })
    }
}

/// `numerator / denominator`, halves up.
fn half_up(numerator: u128, denominator: u128) -> u128 {
    let whole = numerator / denominator;
    let rest = numerator % denominator;
    whole + u128::from(rest >= denominator - rest)
}

impl<U: Unit> Add for Price<U> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Price::pico(self.pico.saturating_add(other.pico))
    }
}

impl<U: Unit> FromStr for Price<U> {
    type Err = NotAPrice;

    /// From a decimal string; a float is never in between.
    fn from_str(text: &str) -> Result<Self, NotAPrice> {
        let wrong = || NotAPrice(text.to_owned());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 12 {
            return Err(wrong());
        }
        let pico: u64 = format!("{whole}{decimals:0<12}").parse().map_err(|_| wrong())?;
        Ok(Price::pico(pico))
    }
}

impl<U: Unit> fmt::Display for Price<U> {
    /// Dollars without trailing zeros: `0.04048`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&pico_string(i128::from(self.pico)))
    }
}

/// Pico-dollars as decimal dollars without trailing zeros: `0.04048`, `12`, `-0.5`.
#[must_use]
pub fn pico_string(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let size = pico.unsigned_abs();
    let text = format!("{sign}{}.{:012}", size / 1_000_000_000_000, size % 1_000_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl<U: Unit> Quantity<U> {
    #[must_use]
    pub const fn whole(count: u64) -> Self {
        Quantity { numerator: count as u128, denominator: 1, of: PhantomData }
    }

    /// An exact fraction, kept in lowest terms.
    ///
    /// # Panics
    /// If the denominator is zero.
    #[must_use]
    pub fn ratio(numerator: u128, denominator: u128) -> Self {
        assert!(denominator > 0, "a quantity has a denominator");
        let shared = greatest_common_divisor(numerator, denominator);
        Quantity {
            numerator: numerator / shared,
            denominator: denominator / shared,
            of: PhantomData,
        }
    }

    /// `numerator / denominator` of something else for each of these: hours of a task
    /// become vCPU-hours. Beyond any number that could be billed it stays at the largest,
    /// which [`Price::times`] refuses.
    ///
    /// # Panics
    /// If the denominator is zero.
    #[must_use]
    pub fn each<V: Unit>(self, numerator: u64, denominator: u64) -> Quantity<V> {
        let above = self.numerator.checked_mul(u128::from(numerator));
        let below = self.denominator.checked_mul(u128::from(denominator));
        match (above, below) {
            (Some(above), Some(below)) => Quantity::ratio(above, below),
            _ => Quantity { numerator: u128::MAX, denominator: 1, of: PhantomData },
        }
    }

    /// From a decimal string of at most twelve decimals, without a sign.
    ///
    /// # Errors
    /// [`NotAPrice`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAPrice> {
        let pico: Price<U> = text.parse()?;
        Ok(Quantity::ratio(u128::from(pico.pico), 1_000_000_000_000))
    }

    /// Rounded up to a whole number.
    #[must_use]
    pub fn ceil(self) -> u128 {
        self.numerator.div_ceil(self.denominator)
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Compares exactly with a whole number.
    #[must_use]
    pub const fn at_most(self, whole: u64) -> bool {
        self.numerator <= (whole as u128).saturating_mul(self.denominator)
    }

    /// Both together. Like [`Quantity::each`] it stays at the largest number there is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        let below = self.denominator.checked_mul(other.denominator);
        match (left.zip(right).and_then(|(a, b)| a.checked_add(b)), below) {
            (Some(above), Some(below)) => Quantity::ratio(above, below),
            _ => Quantity { numerator: u128::MAX, denominator: 1, of: PhantomData },
        }
    }

    /// `self - whole`, or nothing left.
    #[must_use]
    pub fn saturating_sub(self, whole: u64) -> Self {
        let less = u128::from(whole).saturating_mul(self.denominator);
        Quantity::ratio(self.numerator.saturating_sub(less), self.denominator)
    }

    /// The smaller of this and a whole number.
    #[must_use]
    pub fn at_most_of(self, whole: u64) -> Self {
        if self.at_most(whole) { self } else { Quantity::whole(whole) }
    }
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl<U: Unit> fmt::Display for Quantity<U> {
    /// At most six decimals, half up, without trailing zeros: `182.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.numerator / self.denominator, self.numerator % self.denominator);
        let parts = rest.checked_mul(1_000_000).map_or(0, |rest| half_up(rest, self.denominator));
        // The saturated quantity has no more digits to show.
        let micro = whole.saturating_mul(1_000_000).saturating_add(parts);
        let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> UsdPerHour {
        text.parse().expect("a price")
    }

    #[test]
    fn decimal_strings_become_pico_dollars_and_back() {
        for text in ["0.04048", "0.0000166667", "12", "0.000000000001", "30.1312"] {
            assert_eq!(price(text).to_string(), text);
        }
        assert_eq!(price("0.04048").as_pico(), 40_480_000_000);
    }

    #[test]
    fn what_is_not_a_price_is_refused() {
        for text in ["", "-1", "1e3", ".5", "0.0000000000001", "1.2.3", "NaN", "99999999999", "0,5"]
        {
            assert!(text.parse::<UsdPerHour>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_amount_is_rounded_once_half_up_to_micro_dollars() {
        let amount = |pico, n, d| UsdPerHour::pico(pico).times(Quantity::ratio(n, d)).unwrap();
        assert_eq!(amount(499_999, 1, 1).usd, Usd(0));
        assert_eq!(amount(500_000, 1, 1).usd, Usd(1));
        assert_eq!(amount(40_480_000_000, 730, 4).usd, Usd(7_387_600));
        assert_eq!(amount(1, 1, 3).pico, 0);
        assert_eq!(amount(2, 1, 3).pico, 1);
    }

    #[test]
    fn impossible_amounts_are_refused_and_do_not_overflow() {
        let price = price("100");
        assert_eq!(price.times(Quantity::whole(u64::MAX)), Err(AmountTooLarge));
        assert_eq!(price.times(Quantity::ratio(u128::MAX, 1)), Err(AmountTooLarge));
        assert!(price.times(Quantity::whole(10_000_000)).is_ok());
        assert_eq!(price.times(Quantity::whole(10_000_001)), Err(AmountTooLarge));
    }

    #[test]
    fn quantities_print_as_bills_do() {
        assert_eq!(Quantity::<Hour>::ratio(365, 2).to_string(), "182.5");
        assert_eq!(Quantity::<Hour>::ratio(1, 3).to_string(), "0.333333");
        assert_eq!(Quantity::<Hour>::whole(0).to_string(), "0");
    }
}
