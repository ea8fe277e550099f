//! The dialect as a specification: what is accepted, what it means, and where it stands.

mod faults;
mod places;
mod robustness;
mod values;

use super::{Limits, Parsed, parse};
use crate::report::Diagnostic;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Node, Value};

fn file() -> FileId {
    SourceMap::new("/").add("a.yaml", "")
}

fn parsed(text: &str) -> Parsed {
    parse(file(), text, &Limits::default()).unwrap_or_else(|fault| panic!("{text:?}: {}", fault.message))
}

fn refused(text: &str) -> Diagnostic {
    match parse(file(), text, &Limits::default()) {
        Err(fault) => fault,
        Ok(parsed) => panic!("{text:?} is accepted: {}", shown_all(&parsed)),
    }
}

/// The part of a text that a span covers.
fn covered(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_else(|| panic!("{span:?} is no part of {text:?}"))
}

/// The part of the text at a label of a diagnostic.
fn labelled<'text>(text: &'text str, fault: &Diagnostic, label: usize) -> &'text str {
    covered(text, fault.labels[label].span)
}

/// All documents in a compact notation, separated by ` --- `.
fn shown_all(parsed: &Parsed) -> String {
    parsed.documents.iter().map(shown).collect::<Vec<_>>().join(" --- ")
}

/// A value in a compact notation: strings in quotes, dates in angle brackets.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(digits) => format!("{digits}n"),
        Value::Float(number) => format!("{number:?}"),
        Value::Timestamp(text) => format!("<{text}>"),
        Value::String(text) => format!("{text:?}"),
        Value::Secret(text) => text.display(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Mapping(mapping) => {
            let pair = |entry: &crate::syntax::Entry| format!("{}: {}", shown(&entry.key), shown(&entry.value));
            format!("{{{}}}", mapping.entries.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

fn assert_values(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown_all(&parsed(text)), *expected, "{text:?}");
    }
}
