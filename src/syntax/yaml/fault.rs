//! The rules of YAML that a text can break, and the diagnostics of those that need no look at the text.

use crate::report::{Diagnostic, Rule};
use crate::source::Span;

/// A fault is boxed, because it is rare and a result that may hold one is returned for every node.
pub(super) type Fault = Box<Diagnostic>;

pub(super) static YAML_SYNTAX: Rule = Rule::new("LHP-CFG-009", "yaml-syntax");
pub(super) static UNKNOWN_TAG: Rule = Rule::new("LHP-CFG-009", "unknown-tag");
pub(super) static TAG_MISMATCH: Rule = Rule::new("LHP-CFG-009", "tag-mismatch");
pub(super) static UNDEFINED_ALIAS: Rule = Rule::new("LHP-CFG-009", "undefined-alias");
pub(super) static DUPLICATE_ANCHOR: Rule = Rule::new("LHP-CFG-009", "duplicate-anchor");
pub(super) static SELF_REFERENCE: Rule = Rule::new("LHP-CFG-009", "self-reference");
pub(super) static UNHASHABLE_KEY: Rule = Rule::new("LHP-CFG-009", "unhashable-key");
pub(super) static INVALID_SCALAR: Rule = Rule::new("LHP-CFG-009", "invalid-scalar");
pub(super) static INVALID_MERGE: Rule = Rule::new("LHP-CFG-009", "invalid-merge");
pub(super) static DUPLICATE_KEY: Rule = Rule::new("LHP-YML-001", "duplicate-key");
pub(super) static LIMIT_EXCEEDED: Rule = Rule::new("LHP-YML-002", "limit-exceeded");

/// A list or mapping where a key must stand.
pub(super) fn unhashable_key(kind: &str, span: Span, written: &str) -> Fault {
    let help = if written.starts_with("{{") {
        format!("put the value in quotes, so that YAML does not read its braces: `\"{written}\"`")
    } else if written.starts_with(['{', '[']) {
        format!("put it in quotes if it is text: `\"{written}\"`")
    } else {
        "use text, a number, a boolean or a date as the key; put text like `{{ x }}` or `{x}` in quotes".to_owned()
    };
    let fault = Diagnostic::error(&UNHASHABLE_KEY, format!("{kind} cannot be the key of a mapping"));
    Box::new(fault.label(span, "used as a key here").help(help))
}

/// A limit that a text exceeds.
pub(super) fn limit_exceeded(what: String, span: Span, help: &str) -> Fault {
    Box::new(Diagnostic::error(&LIMIT_EXCEEDED, what).label(span, "the limit is reached here").help(help))
}
