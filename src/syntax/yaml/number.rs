//! Numbers of YAML 1.1: recognises plain scalars that are numbers and computes their values.
//!
//! The grammar is that of PyYAML's resolver: octal with a leading zero, base 60, underscores, and floats that
//! need a dot and a signed exponent.

use std::borrow::Cow;

use super::resolve::Invalid;
use crate::syntax::Value;

/// Integers with more decimal digits are refused, as Python refuses to convert them.
const MAX_DIGITS: usize = 4300;

/// Whether plain text is a float.
pub(super) fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let signed = unsigned.len() < text.len();
    let bytes = unsigned.as_bytes();
    if let Some(fraction) = unsigned.strip_prefix('.') {
        return matches!(fraction, "inf" | "Inf" | "INF")
            || !signed && matches!(fraction, "nan" | "NaN" | "NAN")
            || !signed && starts_with_digit(fraction) && is_exponent(rest(fraction, digits(fraction.as_bytes(), 0)));
    }
    if !starts_with_digit(unsigned) {
        return false;
    }
    let mut at = digits(bytes, 0);
    let sexagesimal = skip_sixtieths(bytes, at);
    let is_sexagesimal = sexagesimal > at;
    at = sexagesimal;
    if bytes.get(at) != Some(&b'.') {
        return false;
    }
    let exponent = rest(unsigned, digits(bytes, at + 1));
    if is_sexagesimal { exponent.is_empty() } else { is_exponent(exponent) }
}

/// Whether plain text is an integer.
pub(super) fn is_integer(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |digits: &str, allowed: fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || allowed(byte))
    };
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return all(digits, |byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = unsigned.strip_prefix('0') {
        return digits.is_empty() || all(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    let bytes = unsigned.as_bytes();
    starts_with_digit(unsigned) && skip_sixtieths(bytes, digits(bytes, 0)) == bytes.len()
}

/// The value of an integer, plain or tagged `!!int`.
pub(super) fn integer(text: &str) -> Result<Value, Invalid> {
    let clean = without_underscores(text);
    let (negative, unsigned) = sign(clean.trim());
    let invalid = || Invalid::number(text, "an integer");
    let (digits, radix) = if let Some(digits) = unsigned.strip_prefix("0b") {
        (digits, 2)
    } else if let Some(digits) = unsigned.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = unsigned.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (digits.strip_prefix(['o', 'O']).unwrap_or(digits), 8)
    } else if let Some((first, sixtieths)) = unsigned.split_once(':') {
        return sexagesimal(first, sixtieths)
            .ok_or_else(invalid)?
            .value(negative)
            .ok_or_else(|| Invalid::too_long(text));
    } else {
        (unsigned, 10)
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(invalid());
    }
    if let Ok(magnitude) = u64::from_str_radix(digits, radix) {
        return Ok(signed(magnitude, negative));
    }
    Natural::parse(digits, radix).and_then(|natural| natural.value(negative)).ok_or_else(|| Invalid::too_long(text))
}

/// The value of a float, plain or tagged `!!float`.
pub(super) fn float(text: &str) -> Result<f64, Invalid> {
    let clean = without_underscores(text).to_lowercase();
    let (negative, unsigned) = sign(&clean);
    let magnitude = match unsigned {
        ".inf" => Some(f64::INFINITY),
        ".nan" => Some(f64::NAN),
        _ if unsigned.contains(':') => {
            let mut base = 1.0_f64;
            let mut sum = Some(0.0);
            for part in unsigned.rsplit(':') {
                let digit: Option<f64> = part.trim().parse().ok();
                sum = sum.zip(digit).map(|(sum, digit)| sum + digit * base);
                base *= 60.0;
            }
            sum.filter(|_| base.is_finite())
        }
        _ => unsigned.trim().parse().ok(),
    };
    let magnitude = magnitude.ok_or_else(|| Invalid::number(text, "a number"))?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn signed(magnitude: u64, negative: bool) -> Value {
    let number = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
    i64::try_from(number).map_or_else(|_| Value::BigInt(number.to_string().into()), Value::Int)
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// Skips digits and underscores.
fn digits(bytes: &[u8], from: usize) -> usize {
    let run = bytes.iter().skip(from).take_while(|byte| **byte == b'_' || byte.is_ascii_digit()).count();
    from + run
}

/// Skips groups like `:5` and `:59`.
fn skip_sixtieths(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&b':') {
        at = match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(b'0'..=b'5'), Some(b'0'..=b'9')) => at + 3,
            (Some(b'0'..=b'9'), _) => at + 2,
            _ => return at,
        };
    }
    at
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

/// Whether text is empty or an exponent with a sign.
fn is_exponent(text: &str) -> bool {
    let Some(exponent) = text.strip_prefix(['e', 'E']) else { return text.is_empty() };
    exponent
        .strip_prefix(['-', '+'])
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn sexagesimal(first: &str, sixtieths: &str) -> Option<Natural> {
    let mut natural = Natural::parse(first, 10)?;
    for part in sixtieths.split(':') {
        natural.multiply_add(60, part.parse().ok()?)?;
    }
    Some(natural)
}

/// A natural number of any size up to [`MAX_DIGITS`]: groups of nine decimal digits, lowest first.
struct Natural(Vec<u32>);

impl Natural {
    const GROUP: u64 = 1_000_000_000;

    fn parse(digits: &str, radix: u32) -> Option<Self> {
        let mut natural = Self(Vec::new());
        if digits.is_empty() {
            return None;
        }
        for digit in digits.chars() {
            natural.multiply_add(radix, digit.to_digit(radix)?)?;
        }
        Some(natural)
    }

    /// Fails when the number gets too long, so that work stays bounded.
    fn multiply_add(&mut self, factor: u32, summand: u32) -> Option<()> {
        let mut carry = u64::from(summand);
        for group in &mut self.0 {
            let product = u64::from(*group) * u64::from(factor) + carry;
            *group = (product % Self::GROUP) as u32;
            carry = product / Self::GROUP;
        }
        while carry > 0 {
            self.0.push((carry % Self::GROUP) as u32);
            carry /= Self::GROUP;
        }
        (self.0.len() <= MAX_DIGITS / 9 + 1).then_some(())
    }

    fn value(&self, negative: bool) -> Option<Value> {
        let mut groups = self.0.iter().rev();
        let mut digits = groups.next().map_or_else(|| "0".to_owned(), u32::to_string);
        groups.for_each(|group| digits.push_str(&format!("{group:09}")));
        if digits.len() > MAX_DIGITS {
            return None;
        }
        if let Ok(magnitude) = digits.parse() {
            return Some(signed(magnitude, negative));
        }
        let sign = if negative { "-" } else { "" };
        Some(Value::BigInt(format!("{sign}{digits}").into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> i64 {
        assert!(is_integer(text) && !is_float(text), "{text}");
        match integer(text) {
            Ok(Value::Int(number)) => number,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn integers_may_be_octal_hexadecimal_binary_and_sexagesimal() {
        let cases = [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("-7", -7),
            ("010", 8),
            ("0777", 511),
            ("-010", -8),
            ("0_7", 7),
            ("0_", 0),
            ("0x1F", 31),
            ("0xf_f", 255),
            ("-0x10", -16),
            ("0b11", 3),
            ("0b1_0", 2),
            ("1_000", 1000),
            ("1:30", 90),
            ("190:20:30", 685_230),
            ("-1:30", -90),
            ("1_0:20", 620),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(int(text), expected, "{text}");
        }
    }

    #[test]
    fn near_integers_stay_text() {
        for text in
            ["08", "09", "0o10", "1_0:2_0", "1:60", "1:", "_1", "0b", "0x", "0b2", "1a", "+", "-", "- 1", "0:30"]
        {
            assert!(!is_integer(text), "{text}");
        }
    }

    #[test]
    fn big_integers_keep_all_their_digits() {
        let cases = [
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775809", "-9223372036854775809"),
            ("123_456_789_012_345_678_901_234_567_890", "123456789012345678901234567890"),
            ("0xffffffffffffffffffff", "1208925819614629174706175"),
            ("-0x10000000000000000", "-18446744073709551616"),
            ("01777777777777777777777", "18446744073709551615"),
            ("100000000000000000000:30", "6000000000000000000030"),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), Ok(Value::BigInt(expected.into())), "{text}");
        }
    }

    #[test]
    fn integers_of_more_than_4300_digits_are_refused() {
        let digits = "9".repeat(MAX_DIGITS);
        assert_eq!(integer(&digits), Ok(Value::BigInt(digits.as_str().into())));
        assert!(integer(&format!("{digits}9")).is_err());
        assert!(integer(&format!("0x{}", "f".repeat(1_000_000))).is_err());
        assert!(integer(&format!("1{}", ":59".repeat(1_000_000))).is_err());
    }

    #[test]
    fn digits_made_of_underscores_alone_are_invalid() {
        for text in ["0b_", "0x__"] {
            assert!(is_integer(text) && integer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_need_a_dot_and_a_signed_exponent() {
        let cases = [
            (".5", 0.5),
            ("5.", 5.0),
            ("1.0e+3", 1000.0),
            ("1.e+3", 1000.0),
            ("685_230.15", 685_230.15),
            ("-1.5", -1.5),
            ("+1.5E-2", 0.015),
            (".5e+1", 5.0),
            ("20:30.5", 1230.5),
            ("-1:0.", -60.0),
            (".inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
            ("1.0e+999", f64::INFINITY),
            ("0.1_", 0.1),
        ];
        for (text, expected) in cases {
            assert!(is_float(text), "{text}");
            assert_eq!(float(text), Ok(expected), "{text}");
        }
        assert!(is_float(".NaN") && float(".NaN").is_ok_and(f64::is_nan));
        for text in ["1e3", "1.0e3", "1e+3", "12e03", "+.5", "-.5", ".", "._", ".e+1", "-.nan", "1:60.5", "1:0.5e+1"] {
            assert!(!is_float(text), "{text}");
        }
    }
}
