//! Integers in text: decimal digits of any script go in, 64-bit or longer integers come out.

use super::Native;

/// The code points of the digit zero in every script of Unicode that writes decimals; one to nine follow each.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
    0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit of any script: `7` for `7`, `٧` and `７`.
pub(crate) fn decimal_value(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    let index = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    ZEROS.get(index).map(|zero| code - zero).filter(|value| *value < 10)
}

/// An optional minus sign and at least one decimal digit.
pub(super) fn integer(text: &str) -> Option<Native> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let digits = digits
        .chars()
        .map(|digit| decimal_value(digit).and_then(|value| char::from_digit(value, 10)))
        .collect::<Option<String>>()?;
    Some(from_ascii(negative, &digits))
}

/// The integer that ASCII decimal digits spell.
pub(super) fn from_ascii(negative: bool, digits: &str) -> Native {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Native::Int(0);
    }
    let text = if negative { format!("-{digits}") } else { digits.to_owned() };
    match text.parse() {
        Ok(number) => Native::Int(number),
        Err(_) => Native::BigInt(text.into()),
    }
}

/// The decimal digits of a number that is written in another base.
///
/// Returns `None` if a character is not a digit of that base.
pub(crate) fn to_decimal(digits: &str, base: u32) -> Option<String> {
    // Groups of nine decimal digits, the lowest first.
    const GROUP: u64 = 1_000_000_000;
    let mut groups: Vec<u64> = vec![0];
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(base)?);
        for group in &mut groups {
            let value = *group * u64::from(base) + carry;
            *group = value % GROUP;
            carry = value / GROUP;
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    Some(groups.iter().rev().map(|group| format!("{group:09}")).collect())
}
