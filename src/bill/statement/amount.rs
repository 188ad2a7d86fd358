//! Dollars as bills write them.

/// Decimals that are kept: pico-dollars.
const DECIMALS: i32 = 12;

/// `0.0012`, `-3`, `4.44E-5` in pico-dollars, half of one away from zero; nothing of anything else.
pub(super) fn pico(text: &str) -> Option<i128> {
    let (sign, size) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (mantissa, exponent) = match size.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().ok()?),
        None => (size, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
        return None;
    }
    // Beyond these none are seen of a double's.
    let part = &part[..part.len().min(22)];
    if whole.trim_start_matches('0').len() > 12 {
        return None;
    }
    let all: i128 = format!("{whole}{part}").parse().ok()?;
    let shift = DECIMALS + i32::from(exponent) - i32::try_from(part.len()).ok()?;
    let size = match u32::try_from(shift) {
        Ok(up) => all.checked_mul(10_i128.checked_pow(up)?)?,
        Err(_) => match 10_i128.checked_pow(shift.unsigned_abs()) {
            Some(down) => (all + down / 2) / down,
            None => 0,
        },
    };
    (size <= 1_000_000_000_000_000_000_000_000).then_some(sign * size)
}

#[cfg(test)]
mod tests {
    use super::pico;

    #[test]
    fn an_amount_is_read_to_the_pico_dollar() {
        for (text, expected) in [
            ("0", 0),
            ("1", 1_000_000_000_000),
            ("-0.5", -500_000_000_000),
            ("0.000000000001", 1),
            ("0.0000000000005", 1),
            ("0.00000000000049", 0),
            ("4.44E-5", 44_400_000),
            ("1e3", 1_000_000_000_000_000),
            ("1E-30", 0),
            (".25", 250_000_000_000),
            ("0.011244444444444444444444444444", 11_244_444_444),
        ] {
            assert_eq!(pico(text), Some(expected), "{text}");
        }
        for text in ["", "-", "1,5", "$3", "1.2.3", "NaN", "1e999", "e5", "9999999999999"] {
            assert_eq!(pico(text), None, "{text}");
        }
    }
}
