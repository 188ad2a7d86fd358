//! Sizes as ECS takes them: `1024`, `1 vCPU`, `.5 vCPU`; `2048`, `2GB`, `0.5 GB`.

use crate::units::{CpuUnits, MiB};

/// Nothing has that many CPU units or MiB.
const LIMIT: u32 = 8_388_608;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a size: {expected} is expected")]
pub struct SizeError {
    text: String,
    expected: &'static str,
}

/// CPU: units, or vCPU with the word.
///
/// # Errors
/// [`SizeError`] for anything else.
pub fn cpu_size(text: &str) -> Result<CpuUnits, SizeError> {
    scaled(text, "vcpu", "1024 or \"1 vCPU\"").map(CpuUnits)
}

/// Memory: MiB, or GB (which AWS counts as 1024 MiB) with the word.
///
/// # Errors
/// [`SizeError`] for anything else.
pub fn memory_size(text: &str) -> Result<MiB, SizeError> {
    scaled(text, "gb", "2048 or \"2 GB\"").map(MiB)
}

pub(super) fn whole(text: &str) -> Result<u32, SizeError> {
    let expected = "a whole number of CPU units or MiB";
    let number = text.trim().parse().ok().filter(|number| *number < LIMIT);
    number.ok_or_else(|| SizeError { text: text.to_owned(), expected })
}

/// A whole number, or a decimal number of 1024 of them followed by `word`.
fn scaled(text: &str, word: &str, expected: &'static str) -> Result<u32, SizeError> {
    let wrong = || SizeError { text: text.to_owned(), expected };
    let lower = text.trim().to_ascii_lowercase();
    let Some(number) = lower.strip_suffix(word) else {
        return lower.parse().ok().filter(|number| *number < LIMIT).ok_or_else(wrong);
    };
    let number = number.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty())
        || !digits(whole)
        || !digits(decimals)
        || decimals.len() > 9
    {
        return Err(wrong());
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
    let fraction: u64 = format!("{decimals:0<9}").parse().map_err(|_| wrong())?;
    // Exact: 1024 times a billionth must come out whole.
    let exact = fraction * 1024;
    if !exact.is_multiple_of(1_000_000_000) {
        return Err(wrong());
    }
    let all = whole.checked_mul(1024).and_then(|all| all.checked_add(exact / 1_000_000_000));
    all.and_then(|all| u32::try_from(all).ok()).filter(|all| *all < LIMIT).ok_or_else(wrong)
}
