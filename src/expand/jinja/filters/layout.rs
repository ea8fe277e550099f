//! Filters on text as a block: truncating, indenting, centring.

use std::borrow::Cow;

use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, defined, kind_of, text};
use super::super::error::{fault, undefined};
use super::split_lines;
use super::strings::like;

/// How far text may exceed the length before `truncate` cuts it.
const LEEWAY: usize = 5;

pub(super) fn truncate(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    defined(state, value)?;
    if value.is_undefined() {
        return Ok(value.clone());
    }
    let text = value.as_str().ok_or_else(|| fault(format!("`truncate` needs text, not {}", kind_of(value))))?;
    let length = arguments.size("length")?.unwrap_or(255);
    let end = arguments.text("end")?.unwrap_or("...");
    let leeway = arguments.size("leeway")?.unwrap_or(LEEWAY);
    let kept = length
        .checked_sub(end.chars().count())
        .ok_or_else(|| fault(format!("`truncate` needs a length of at least {}", end.chars().count())))?;
    if text.chars().count() <= length + leeway {
        return Ok(value.clone());
    }
    let cut: String = text.chars().take(kept).collect();
    let cut = match cut.rsplit_once(' ') {
        Some((words, _)) if !arguments.flag("killwords", false) => words,
        _ => &cut,
    };
    Ok(like(value, format!("{cut}{end}")))
}

pub(super) fn indent(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(undefined(value));
    }
    let text = value.as_str().ok_or_else(|| fault(format!("`indent` needs text, not {}", kind_of(value))))?;
    let indention = match arguments.some("width").and_then(Value::as_str) {
        Some(width) => Cow::Borrowed(width),
        None => Cow::Owned(" ".repeat(arguments.size("width")?.unwrap_or(4))),
    };
    let blank = arguments.flag("blank", false);
    let with_end = format!("{text}\n");
    let mut indented = String::new();
    for (index, line) in split_lines(&with_end, false).into_iter().enumerate() {
        if index > 0 {
            indented.push('\n');
        }
        let wanted = if index == 0 { arguments.flag("first", false) } else { blank || !line.is_empty() };
        if wanted {
            indented.push_str(&indention);
        }
        indented.push_str(line);
    }
    Ok(like(value, indented))
}

pub(super) fn center(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    Ok(like(value, centered(&text(state, value)?, arguments.size("width")?.unwrap_or(80), ' ')))
}

/// Python's `str.center`: of an odd margin the larger half goes left if the width is odd, else right.
pub(in super::super) fn centered(text: &str, width: usize, fill: char) -> String {
    let margin = width.saturating_sub(text.chars().count());
    let left = margin / 2 + (margin & width & 1);
    let pad = |count| std::iter::repeat_n(fill, count);
    pad(left).chain(text.chars()).chain(pad(margin - left)).collect()
}
