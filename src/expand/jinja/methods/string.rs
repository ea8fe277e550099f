//! Methods of strings.

use minijinja::formatting::{FormatStyle, format as format_text};
use minijinja::value::Tuple;
use minijinja::{Error, Value};

use super::super::arguments::{Arguments, kind_of};
use super::super::error::fault;
use super::super::filters::{self, centered, is_space};
use super::text_case::{self, swap_case, title_case};
use super::{Method, method};
use crate::expand::native::decimal_value;

pub(super) const METHODS: &[Method] = &[
    method("capitalize", &[], 0, |value, _| changed(value, filters::capitalized)),
    method("casefold", &[], 0, |value, _| changed(value, text_case::fold_case)),
    method("center", &["width", "fillchar"], 1, center),
    method("count", &["sub", "start", "end"], 1, count),
    method("endswith", &["suffix", "start", "end"], 1, |value, arguments| {
        affix(value, arguments, "suffix", |text, suffix| text.ends_with(suffix))
    }),
    method("expandtabs", &["tabsize"], 0, expandtabs),
    method("find", &["sub", "start", "end"], 1, |value, arguments| {
        Ok(Value::from(place(value, arguments, Side::Left)?.map_or(-1, |at| i64::try_from(at).unwrap_or(-1))))
    }),
    method("index", &["sub", "start", "end"], 1, |value, arguments| found(place(value, arguments, Side::Left)?)),
    method("isalnum", &[], 0, |value, _| every(value, |letter| letter.is_alphanumeric())),
    method("isalpha", &[], 0, |value, _| every(value, |letter| letter.is_alphabetic())),
    method("isascii", &[], 0, |value, _| Ok(Value::from(text(value).is_ascii()))),
    method("isdecimal", &[], 0, |value, _| every(value, |digit| decimal_value(digit).is_some())),
    method("isdigit", &[], 0, |value, _| every(value, |digit| decimal_value(digit).is_some() || is_other_digit(digit))),
    method("isidentifier", &[], 0, |value, _| Ok(Value::from(is_identifier(text(value))))),
    method("islower", &[], 0, |value, _| {
        Ok(Value::from(super::super::predicates::has_case(text(value), char::is_lowercase, char::is_uppercase)))
    }),
    method("isnumeric", &[], 0, |value, _| every(value, |digit| digit.is_numeric())),
    method("isprintable", &[], 0, |value, _| {
        Ok(Value::from(text(value).chars().all(super::super::text::is_printable)))
    }),
    method("isspace", &[], 0, |value, _| every(value, is_space)),
    method("istitle", &[], 0, |value, _| Ok(Value::from(text_case::is_title(text(value))))),
    method("isupper", &[], 0, |value, _| {
        Ok(Value::from(super::super::predicates::has_case(text(value), char::is_uppercase, char::is_lowercase)))
    }),
    method("join", &["iterable"], 1, join),
    method("ljust", &["width", "fillchar"], 1, |value, arguments| justify(value, arguments, Side::Left)),
    method("lower", &[], 0, |value, _| changed(value, str::to_lowercase)),
    method("lstrip", &["chars"], 0, |value, arguments| strip(value, arguments, true, false)),
    method("partition", &["sep"], 1, |value, arguments| partition(value, arguments, Side::Left)),
    method("removeprefix", &["prefix"], 1, |value, arguments| {
        let prefix = arguments.text("prefix")?.unwrap_or_default();
        changed(value, |text| text.strip_prefix(prefix).unwrap_or(text).to_owned())
    }),
    method("removesuffix", &["suffix"], 1, |value, arguments| {
        let suffix = arguments.text("suffix")?.unwrap_or_default();
        changed(value, |text| text.strip_suffix(suffix).unwrap_or(text).to_owned())
    }),
    method("replace", &["old", "new", "count"], 2, replace),
    method("rfind", &["sub", "start", "end"], 1, |value, arguments| {
        Ok(Value::from(place(value, arguments, Side::Right)?.map_or(-1, |at| i64::try_from(at).unwrap_or(-1))))
    }),
    method("rindex", &["sub", "start", "end"], 1, |value, arguments| found(place(value, arguments, Side::Right)?)),
    method("rjust", &["width", "fillchar"], 1, |value, arguments| justify(value, arguments, Side::Right)),
    method("rpartition", &["sep"], 1, |value, arguments| partition(value, arguments, Side::Right)),
    method("rsplit", &["sep", "maxsplit"], 0, |value, arguments| split(value, arguments, Side::Right)),
    method("rstrip", &["chars"], 0, |value, arguments| strip(value, arguments, false, true)),
    method("split", &["sep", "maxsplit"], 0, |value, arguments| split(value, arguments, Side::Left)),
    method("splitlines", &["keepends"], 0, |value, arguments| {
        Ok(filters::split_lines(text(value), arguments.flag("keepends", false)).into_iter().map(Value::from).collect())
    }),
    method("startswith", &["prefix", "start", "end"], 1, |value, arguments| {
        affix(value, arguments, "prefix", |text, prefix| text.starts_with(prefix))
    }),
    method("strip", &["chars"], 0, |value, arguments| strip(value, arguments, true, true)),
    method("swapcase", &[], 0, |value, _| changed(value, swap_case)),
    method("title", &[], 0, |value, _| changed(value, title_case)),
    method("upper", &[], 0, |value, _| changed(value, str::to_uppercase)),
    method("zfill", &["width"], 1, zfill),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// `start` and `end` of a Python slice, as indexes within a length.
pub(super) struct Bounds {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Bounds {
    pub(super) fn of(arguments: &Arguments, start: &str, end: &str, length: usize) -> Result<Self, Error> {
        let place = |index: i64| match usize::try_from(index) {
            Ok(index) => index,
            Err(_) => length.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)),
        };
        let start = arguments.integer(start)?.map_or(0, place);
        let end = arguments.integer(end)?.map_or(length, place).min(length);
        Ok(Self { start, end })
    }

    /// The part of a text; nothing if it starts behind its end.
    fn within<'text>(arguments: &Arguments, text: &'text str) -> Result<Option<(usize, &'text str)>, Error> {
        let Self { start, end } = Self::of(arguments, "start", "end", text.chars().count())?;
        if start > end {
            return Ok(None);
        }
        let byte = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
        Ok(text.get(byte(start)..byte(end)).map(|part| (start, part)))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn changed(value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    Ok(Value::from(change(text(value))))
}

fn every(value: &Value, rule: impl Fn(char) -> bool) -> Result<Value, Error> {
    Ok(Value::from(!text(value).is_empty() && text(value).chars().all(rule)))
}

/// Digits that are not decimal: superscripts, subscripts and circled digits.
fn is_other_digit(character: char) -> bool {
    matches!(character,
        '²' | '³' | '¹' | '\u{1369}'..='\u{1371}' | '\u{19DA}' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼'
        | '⒈'..='⒐' | '⓪' | '⓵'..='⓽' | '⓿' | '❶'..='❾' | '➀'..='➈' | '➊'..='➒')
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

fn strip(value: &Value, arguments: &Arguments, left: bool, right: bool) -> Result<Value, Error> {
    let characters = arguments.text("chars")?;
    let matches = |character: char| characters.map_or_else(|| is_space(character), |set| set.contains(character));
    let mut stripped = text(value);
    if left {
        stripped = stripped.trim_start_matches(matches);
    }
    if right {
        stripped = stripped.trim_end_matches(matches);
    }
    Ok(Value::from(stripped))
}

fn replace(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let old = arguments.text("old")?.unwrap_or_default();
    let new = arguments.text("new")?.unwrap_or_default();
    let count = arguments.integer("count")?.and_then(|count| usize::try_from(count).ok());
    changed(value, |text| match count {
        Some(count) => text.replacen(old, new, count),
        None => text.replace(old, new),
    })
}

fn split(value: &Value, arguments: &Arguments, side: Side) -> Result<Value, Error> {
    let limit = arguments.integer("maxsplit")?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let parts: Vec<&str> = match (arguments.text("sep")?, side) {
        (Some(""), _) => return Err(fault("the separator of `split` is empty")),
        (Some(separator), Side::Left) => text(value).splitn(limit.saturating_add(1), separator).collect(),
        (Some(separator), Side::Right) => {
            let mut parts: Vec<&str> = text(value).rsplitn(limit.saturating_add(1), separator).collect();
            parts.reverse();
            parts
        }
        (None, side) => words(text(value), limit, side),
    };
    Ok(parts.into_iter().map(Value::from).collect())
}

/// The words between white space, the rest after so many splits in one piece.
fn words(text: &str, limit: usize, side: Side) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_matches(is_space);
    while !rest.is_empty() {
        let cut = if words.len() < limit {
            match side {
                Side::Left => rest.split_once(is_space).map(|(word, rest)| (word, rest.trim_start_matches(is_space))),
                Side::Right => rest.rsplit_once(is_space).map(|(rest, word)| (word, rest.trim_end_matches(is_space))),
            }
        } else {
            // The rest keeps the white space at its far end.
            let (head, tail) = (text.trim_start_matches(is_space), text.trim_end_matches(is_space));
            let kept = match side {
                Side::Left => head.get(head.len() - rest.len() - (text.len() - tail.len())..),
                Side::Right => tail.get(..rest.len() + (text.len() - head.len())),
            };
            words.push(kept.unwrap_or(rest));
            break;
        };
        let (word, left) = cut.unwrap_or((rest, ""));
        words.push(word);
        rest = left;
    }
    if side == Side::Right {
        words.reverse();
    }
    words
}

fn partition(value: &Value, arguments: &Arguments, side: Side) -> Result<Value, Error> {
    let text = text(value);
    let separator = arguments.text("sep")?.unwrap_or_default();
    let cut = match side {
        _ if separator.is_empty() => return Err(fault("the separator of `partition` is empty")),
        Side::Left => text.split_once(separator),
        Side::Right => text.rsplit_once(separator),
    };
    let parts = match (cut, side) {
        (Some((before, after)), _) => [before, separator, after],
        (None, Side::Left) => [text, "", ""],
        (None, Side::Right) => ["", "", text],
    };
    Ok(Value::from(Tuple::from(parts.map(Value::from))))
}

fn join(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let iterable = arguments.get("iterable").cloned().unwrap_or_default();
    let mut parts = Vec::new();
    for (index, item) in iterable.try_iter()?.enumerate() {
        match item.as_str() {
            Some(part) => parts.push(part.to_owned()),
            None => {
                return Err(super::super::error::refusal(
                    format!("item {index} of `join` is {}, not a string", kind_of(&item)),
                    "use the filter `join`, which takes values of all kinds",
                ));
            }
        }
    }
    Ok(Value::from(parts.join(text(value))))
}

fn affix(
    value: &Value,
    arguments: &Arguments,
    parameter: &str,
    holds: impl Fn(&str, &str) -> bool,
) -> Result<Value, Error> {
    let affixes: Vec<Value> = match arguments.get(parameter) {
        Some(affixes) if affixes.is_tuple() => affixes.try_iter()?.collect(),
        affix => affix.cloned().into_iter().collect(),
    };
    let Some((_, part)) = Bounds::within(arguments, text(value))? else { return Ok(Value::from(false)) };
    for affix in &affixes {
        let affix =
            affix.as_str().ok_or_else(|| fault(format!("the {parameter} must be a string, not {}", kind_of(affix))))?;
        if holds(part, affix) {
            return Ok(Value::from(true));
        }
    }
    Ok(Value::from(false))
}

/// The index, in characters, of the first or last place of a substring.
fn place(value: &Value, arguments: &Arguments, side: Side) -> Result<Option<usize>, Error> {
    let wanted = arguments.text("sub")?.unwrap_or_default();
    let Some((start, part)) = Bounds::within(arguments, text(value))? else { return Ok(None) };
    let at = match side {
        Side::Left => part.find(wanted),
        Side::Right => part.rfind(wanted),
    };
    Ok(at.and_then(|at| part.get(..at)).map(|before| start + before.chars().count()))
}

fn found(place: Option<usize>) -> Result<Value, Error> {
    place.map(Value::from).ok_or_else(|| fault("the text does not contain what `index` looks for"))
}

fn count(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let wanted = arguments.text("sub")?.unwrap_or_default();
    let part = Bounds::within(arguments, text(value))?;
    Ok(Value::from(part.map_or(0, |(_, part)| part.matches(wanted).count())))
}

fn fill(arguments: &Arguments) -> Result<char, Error> {
    let fill = arguments.text("fillchar")?.unwrap_or(" ");
    let mut characters = fill.chars();
    match (characters.next(), characters.next()) {
        (Some(fill), None) => Ok(fill),
        _ => Err(fault("the fill character must be exactly one character")),
    }
}

fn center(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let (width, fill) = (arguments.size("width")?.unwrap_or(0), fill(arguments)?);
    changed(value, |text| centered(text, width, fill))
}

fn justify(value: &Value, arguments: &Arguments, side: Side) -> Result<Value, Error> {
    let width = arguments.size("width")?.unwrap_or(0);
    let margin = width.saturating_sub(text(value).chars().count());
    let padding: String = std::iter::repeat_n(fill(arguments)?, margin).collect();
    changed(value, |text| if side == Side::Left { format!("{text}{padding}") } else { format!("{padding}{text}") })
}

fn zfill(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let text = text(value);
    let margin = arguments.size("width")?.unwrap_or(0).saturating_sub(text.chars().count());
    let (sign, digits) = text.split_at_checked(usize::from(text.starts_with(['+', '-']))).unwrap_or(("", text));
    Ok(Value::from(format!("{sign}{}{digits}", "0".repeat(margin))))
}

fn expandtabs(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let size = arguments.size("tabsize")?.unwrap_or(8);
    let mut expanded = String::new();
    let mut column = 0;
    for character in text(value).chars() {
        match character {
            '\t' => {
                let width = if size == 0 { 0 } else { size - column % size };
                expanded.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                expanded.push(character);
                column = 0;
            }
            other => {
                expanded.push(other);
                column += 1;
            }
        }
    }
    Ok(Value::from(expanded))
}

/// `str.format` takes any arguments, so it has no signature.
pub(super) fn format(value: &Value, given: &[Value]) -> Result<Value, Error> {
    format_text(FormatStyle::StrFormat, text(value), given).map(Value::from)
}
