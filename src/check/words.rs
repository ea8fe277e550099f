//! What a schema expects, in words that fit between "must be" and a comma.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value as Json;

use crate::report::did_you_mean;
use crate::syntax::{Node, Value};

/// Types in the order in which they are named.
const TYPES: [(&str, &str); 6] = [
    ("string", "a string"),
    ("integer", "an integer"),
    ("number", "a number"),
    ("boolean", "a boolean"),
    ("array", "a list"),
    ("object", "a mapping"),
];

/// What was expected at a node, and the nearest allowed word.
pub(super) fn expected(kind: &ValidationErrorKind, schema: &Json, node: &Node) -> (String, Option<String>) {
    if let Some(words) = own(schema) {
        return (words, None);
    }
    let words = match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => types(&[kind.as_str()]),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
            types(&kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let words = options.iter().filter_map(Json::as_str);
            let suggestion = node.as_str().and_then(|word| did_you_mean(word, words));
            // Beside words, a flag is a word that YAML reads as one, and null stands for an absent value.
            let has_words = options.iter().any(Json::is_string);
            let is_silent = |option: &Json| option.is_null() || (has_words && option.is_boolean());
            let named = options.iter().filter(|option| !is_silent(option));
            let list = named.map(in_quotes).collect::<Vec<_>>().join(", ");
            return (format!("one of {list}"), suggestion.map(str::to_owned));
        }
        ValidationErrorKind::Constant { expected_value } if expected_value.is_number() => {
            format!("the number `{expected_value}`")
        }
        ValidationErrorKind::Constant { expected_value } => in_quotes(expected_value),
        ValidationErrorKind::Minimum { limit } => format!("at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        ValidationErrorKind::MinLength { limit } => format!("a string of at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("a string of at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("a list of at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("a list of at most {limit} items"),
        ValidationErrorKind::UniqueItems => "a list without repetitions".to_owned(),
        ValidationErrorKind::Pattern { pattern } => format!("a string of the form `{pattern}`"),
        other => format!("a value that satisfies `{}`", other.keyword()),
    };
    (words, None)
}

/// A value that a schema names, as it stands in messages.
fn in_quotes(value: &Json) -> String {
    match value.as_str() {
        Some(word) => format!("`{word}`"),
        None => format!("`{value}`"),
    }
}

/// What a union asks for: its own `x-lhp-expects`, or what its branches ask for.
pub(super) fn of_union(schema: &Json, root: &Json) -> Option<String> {
    if let Some(words) = own(schema) {
        return Some(words);
    }
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        return of_union(root.pointer(reference.trim_start_matches('#'))?, root);
    }
    if let Some(branches) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array) {
        let mut words: Vec<String> = branches.iter().filter_map(|branch| of_union(branch, root)).collect();
        // A word that stands for a flag says more than the flag.
        if words.iter().any(|word| word.starts_with('`')) {
            words.retain(|word| word != "true or false");
        }
        return (!words.is_empty()).then(|| alternatives(&words));
    }
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(format!("`{word}`"));
    }
    let kinds: Vec<&str> = match schema.get("type")? {
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
        kind => vec![kind.as_str()?],
    };
    Some(types(&kinds)).filter(|words| !words.is_empty())
}

/// The words that a union allows.
pub(super) fn constants<'a>(schema: &'a Json, root: &'a Json, found: &mut Vec<&'a str>) {
    if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        root.pointer(target.trim_start_matches('#')).into_iter().for_each(|target| constants(target, root, found));
    }
    for branch in ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten() {
        constants(branch, root, found);
    }
    found.extend(schema.get("const").and_then(Json::as_str));
}

/// The words that a schema has for what it asks for.
pub(super) fn own(schema: &Json) -> Option<String> {
    schema.get("x-lhp-expects").and_then(Json::as_str).map(str::to_owned)
}

/// Names of JSON types as words. An absent value is never asked for.
fn types(kinds: &[&str]) -> String {
    let words: Vec<&str> = TYPES.iter().filter(|(name, _)| kinds.contains(name)).map(|(_, words)| *words).collect();
    match words.as_slice() {
        ["a boolean"] => "true or false".to_owned(),
        words => alternatives(words),
    }
}

/// `a, b or c`.
fn alternatives<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
        None => String::new(),
    }
}

/// What was found instead, to follow what was expected: a short value itself, else its kind.
pub(super) fn found(node: &Node, expected: &str) -> String {
    let of_words = expected.starts_with(['`', '1']) || expected.starts_with("one of");
    let of_form = ["a string ", "a word ", "lower-case "].iter().any(|words| expected.starts_with(words));
    let kind = match &node.value {
        Value::Bool(_) => "the boolean",
        Value::Int(_) | Value::Float(_) | Value::BigInt(_) => "the number",
        Value::Timestamp(_) => "the date",
        Value::Null => return "but it is empty".to_owned(),
        Value::String(text) if text.is_empty() => return "not an empty string".to_owned(),
        Value::String(text) if text.chars().count() <= 40 => "the string",
        Value::String(text) if of_form => return format!("not a string of {} characters", text.chars().count()),
        _ => return format!("not {}", node.kind()),
    };
    let text = match node.value {
        Value::Float(number) => format!("{number:?}").into(),
        _ => node.plain_text(),
    };
    // The kind is what is wrong if the text looks right.
    let looks_right = expected.contains(&format!("`{text}`"));
    if of_words && !looks_right { format!("not `{text}`") } else { format!("not {kind} `{text}`") }
}

/// What stands at the place of a value of the wrong type.
pub(super) fn label(expected: &str) -> String {
    /// Longer ones would not fit beside the place, and the message has them.
    const LONGEST: usize = 80;
    match expected.starts_with('`') && expected.len() > LONGEST {
        true => "none of the words for this".to_owned(),
        false => format!("expected {expected}"),
    }
}

/// Whether a value is what is expected, but for its quotes.
fn is_quoted(node: &Node, expected: &str) -> bool {
    let Some(text) = node.as_str() else { return false };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty()
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|digit| digit.is_ascii_digit() || digit == '.')
        && text.parse::<f64>().is_ok();
    let is_flag = matches!(text, "true" | "false");
    let wants_number = ["an integer", "a number", "the number"].iter().any(|words| expected.contains(words));
    let wants_this = expected.contains(&format!("`{text}`"));
    (is_number && (wants_number || wants_this)) || (is_flag && (expected == "true or false" || wants_this))
}

/// What to do about a value of the wrong type.
pub(super) fn help(node: &Node, expected: &str) -> String {
    let unquoted =
        matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::BigInt(_) | Value::Timestamp(_));
    let looks_right = || expected.contains(&format!("`{}`", node.plain_text()));
    if unquoted && (expected.starts_with("a string") || looks_right()) {
        "put the value in quotes".to_owned()
    } else if is_quoted(node, expected) {
        "write it without quotes".to_owned()
    } else if expected == "a list" && node.as_mapping().is_none() {
        "write a list: put the value on a line of its own, after `- `".to_owned()
    } else if ["at least", "at most", "more than", "less than"].iter().any(|limit| expected.starts_with(limit)) {
        format!("write a number that is {expected}")
    } else {
        format!("write {expected} here")
    }
}
