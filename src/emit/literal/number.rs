//! Numbers as Python prints them.

/// Python's `repr()` of a float: the shortest digits that read back, `1e+16`, `1e-05`, `inf`, `nan`.
pub fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let mut decimal = number.to_string();
        if !decimal.contains('.') {
            decimal.push_str(".0");
        }
        return decimal;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// A Python expression with the value of a float.
pub(super) fn float_source(number: f64) -> String {
    if number.is_finite() { float_repr(number) } else { format!("float(\"{}\")", float_repr(number)) }
}

/// The JSON text of a float, as Python's `json` writes it.
pub(super) fn float_json(number: f64) -> String {
    match float_repr(number).as_str() {
        "nan" => "NaN".to_owned(),
        "inf" => "Infinity".to_owned(),
        "-inf" => "-Infinity".to_owned(),
        finite => finite.to_owned(),
    }
}
