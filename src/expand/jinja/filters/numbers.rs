//! Filters on numbers: conversion, rounding, sums.

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, items, kind_of};
use super::super::context::long_integer;
use super::super::error::{fault, undefined};
use super::super::text::{as_float, as_integer};
use super::selection::at_path;
use super::strings::is_space;
use crate::expand::native::decimal_value;

pub(super) fn int(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let default = || arguments.get("default").cloned().unwrap_or_else(|| Value::from(0));
    if value.is_undefined() {
        return Err(undefined(value));
    }
    if let Some(text) = value.as_str() {
        let base = arguments.integer("base")?.unwrap_or(10);
        let base = u32::try_from(base).ok().filter(|base| matches!(base, 0 | 2..=36));
        let number = base.and_then(|base| parse_integer(text, base)).or_else(|| truncated(parse_float(text)?));
        return Ok(number.unwrap_or_else(default));
    }
    if let Some(number) = as_float(value) {
        return match truncated(number) {
            None if number.is_infinite() => Err(fault("infinity has no integer")),
            number => Ok(number.unwrap_or_else(default)),
        };
    }
    match value.kind() {
        ValueKind::Bool => Ok(Value::from(i64::from(value.is_true()))),
        ValueKind::Number => Ok(value.clone()),
        _ => Ok(default()),
    }
}

pub(super) fn truncated(number: f64) -> Option<Value> {
    number.is_finite().then(|| long_integer(&format!("{:.0}", number.trunc() + 0.0).into()))
}

/// Python's `int(text, base)`: spaces around, digits of any script, single underscores between digits.
fn parse_integer(text: &str, base: u32) -> Option<Value> {
    let text = text.trim_matches(is_space);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, of)| Some((lower.strip_prefix(prefix).filter(|_| base == of || base == 0)?, of)));
    let (digits, base) = match prefixed {
        Some((digits, base)) => (digits.strip_prefix('_').unwrap_or(digits), base),
        None if base == 0 && lower.trim_start_matches(['0', '_']).is_empty() => (lower.as_str(), 10),
        None if base == 0 && lower.starts_with('0') => return None,
        None => (lower.as_str(), if base == 0 { 10 } else { base }),
    };
    let ascii = plain_digits(digits, |digit| digit.is_digit(base))?;
    let decimal = crate::expand::native::to_decimal(&ascii, base)?;
    let decimal = decimal.trim_start_matches('0');
    Some(if decimal.is_empty() { Value::from(0) } else { long_integer(&format!("{sign}{decimal}").into()) })
}

/// ASCII digits without the underscores between them.
fn plain_digits(text: &str, is_digit: impl Fn(char) -> bool) -> Option<String> {
    if text.is_empty() || text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    text.chars()
        .filter(|digit| *digit != '_')
        .map(|digit| {
            let ascii = decimal_value(digit).and_then(|value| char::from_digit(value, 10)).unwrap_or(digit);
            is_digit(ascii).then_some(ascii)
        })
        .collect()
}

pub(super) fn float(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let default = || arguments.get("default").cloned().unwrap_or_else(|| Value::from(0.0));
    if value.is_undefined() {
        return Err(undefined(value));
    }
    Ok(match value.kind() {
        ValueKind::String => value.as_str().and_then(parse_float).map_or_else(default, Value::from),
        ValueKind::Bool => Value::from(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => Value::from(f64::try_from(value.clone())?),
        _ => default(),
    })
}

/// Python's `float(text)`.
fn parse_float(text: &str) -> Option<f64> {
    let lower = text.trim_matches(is_space).to_lowercase();
    let (sign, magnitude) = match lower.strip_prefix('-') {
        Some(magnitude) => (-1.0, magnitude),
        None => (1.0, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    match magnitude {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    let around_underscore = |text: &str| {
        let characters: Vec<char> = text.chars().collect();
        characters.windows(3).all(|three| match three {
            [before, '_', after] => decimal_value(*before).is_some() && decimal_value(*after).is_some(),
            _ => true,
        })
    };
    if magnitude.starts_with(['_', '-', '+']) || magnitude.ends_with('_') || !around_underscore(magnitude) {
        return None;
    }
    let ascii: String = magnitude
        .chars()
        .filter(|character| *character != '_')
        .map(|digit| decimal_value(digit).and_then(|value| char::from_digit(value, 10)).unwrap_or(digit))
        .collect();
    let is_number = ascii.chars().all(|character| character.is_ascii_digit() || ".e+-".contains(character));
    if is_number { ascii.parse::<f64>().ok().map(|number| sign * number) } else { None }
}

pub(super) fn abs(_: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(undefined(value));
    }
    if let Some(number) = as_float(value) {
        return Ok(Value::from(number.abs()));
    }
    match as_integer(value).and_then(i128::checked_abs) {
        Some(number) => Ok(integer(number)),
        None => Err(fault(format!("`abs` needs a number, not {}", kind_of(value)))),
    }
}

fn integer(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number), Value::from)
}

pub(super) fn round(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(undefined(value));
    }
    let precision = arguments.integer("precision")?.unwrap_or(0).clamp(-400, 400);
    let precision = i32::try_from(precision).unwrap_or_default();
    let method = arguments.text("method")?.unwrap_or("common");
    let number = match (as_float(value), as_integer(value)) {
        (Some(number), _) => number,
        (None, Some(whole)) if method == "common" => return round_integer(whole, precision),
        (None, Some(_)) => f64::try_from(value.clone())?,
        (None, None) => return Err(fault(format!("`round` needs a number, not {}", kind_of(value)))),
    };
    let scale = 10_f64.powi(precision);
    let rounded = match method {
        "common" => round_half_even(number, precision),
        // Python's `ceil` and `floor` give integers, which have no negative zero.
        "ceil" => ((number * scale).ceil() + 0.0) / scale,
        "floor" => ((number * scale).floor() + 0.0) / scale,
        _ => return Err(fault("the argument `method` of `round` must be \"common\", \"ceil\" or \"floor\"")),
    };
    Ok(Value::from(rounded))
}

fn round_integer(number: i128, precision: i32) -> Result<Value, Error> {
    let Some(unit) = precision.checked_neg().and_then(|places| u32::try_from(places).ok()).filter(|places| *places > 0)
    else {
        return Ok(integer(number));
    };
    let Some(unit) = 10_i128.checked_pow(unit) else { return Ok(Value::from(0)) };
    let (quotient, remainder) = (number.div_euclid(unit), number.rem_euclid(unit));
    let up = remainder > unit - remainder || (remainder == unit - remainder && quotient % 2 != 0);
    let rounded = quotient.checked_add(i128::from(up)).and_then(|quotient| quotient.checked_mul(unit));
    rounded.map(integer).ok_or_else(|| fault("the rounded number is too large"))
}

/// Rounds the exact value of a float; a value exactly between two goes to the even one.
fn round_half_even(number: f64, precision: i32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    match usize::try_from(precision) {
        // Formatting rounds the exact value, and ties to even.
        Ok(places) => format!("{number:.places$}").parse().unwrap_or(number),
        Err(_) => {
            let scale = 10_f64.powi(-precision);
            if scale.is_finite() { (number / scale).round_ties_even() * scale } else { 0.0_f64.copysign(number) }
        }
    }
}

pub(super) fn sum(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let mut total = arguments.get("start").cloned().unwrap_or_else(|| Value::from(0));
    for item in items(state, value)? {
        let item = match arguments.some("attribute") {
            Some(path) => at_path(&item, path)?,
            None => item,
        };
        total = added(&total, &item)?;
    }
    Ok(total)
}

fn added(total: &Value, item: &Value) -> Result<Value, Error> {
    if item.is_undefined() {
        return Err(undefined(item));
    }
    if let (Some(left), Some(right)) = (as_integer(total), as_integer(item)) {
        return left.checked_add(right).map(integer).ok_or_else(|| fault("the sum is too large"));
    }
    let number = |value: &Value| as_float(value).or_else(|| as_integer(value).map(|whole| whole as f64));
    if let (Some(left), Some(right)) = (number(total), number(item)) {
        return Ok(Value::from(left + right));
    }
    if total.kind() == ValueKind::Seq && item.kind() == ValueKind::Seq && total.is_tuple() == item.is_tuple() {
        let items: Vec<Value> = total.try_iter()?.chain(item.try_iter()?).collect();
        return Ok(if total.is_tuple() { Value::from(Tuple::from(items)) } else { Value::from(items) });
    }
    Err(fault(format!("`sum` cannot add {} to {}", kind_of(item), kind_of(total))))
}

pub(super) fn filesizeformat(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(undefined(value));
    }
    let bytes = match value.as_str() {
        Some(text) => parse_float(text),
        None => as_float(value).or_else(|| as_integer(value).map(|whole| whole as f64)),
    };
    let bytes = bytes.ok_or_else(|| fault("`filesizeformat` needs a number"))?;
    let (base, units) = if arguments.flag("binary", false) {
        (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"])
    } else {
        (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    if bytes == 1.0 {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!("{:.0} Bytes", bytes.trunc())));
    }
    let mut amount = bytes / base;
    let mut names = units.into_iter();
    let mut unit = names.next().unwrap_or_default();
    for name in names {
        if amount < base {
            break;
        }
        amount /= base;
        unit = name;
    }
    Ok(Value::from(format!("{amount:.1} {unit}")))
}
