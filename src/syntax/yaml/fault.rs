//! The rules of YAML that a text can break, and the diagnostics of those that need no look at the text.

use crate::report::{Diagnostic, Rule, rules};
use crate::source::Span;

/// A fault is boxed, because it is rare and a result that may hold one is returned for every node.
pub(super) type Fault = Box<Diagnostic>;

rules! {
    /// A text that is not valid YAML.
    pub(super) static YAML_SYNTAX: Rule = Rule::new("LHP-CFG-009", "yaml-syntax");
    /// A tag, as in `!name`, that has no meaning here.
    pub(super) static UNKNOWN_TAG: Rule = Rule::new("LHP-CFG-009", "unknown-tag");
    /// A tag for another kind of value than the one that follows it.
    pub(super) static TAG_MISMATCH: Rule = Rule::new("LHP-CFG-009", "tag-mismatch");
    /// An alias, as in `*name`, without an anchor of that name before it.
    pub(super) static UNDEFINED_ALIAS: Rule = Rule::new("LHP-CFG-009", "undefined-alias");
    /// Two anchors of one document have the same name.
    pub(super) static DUPLICATE_ANCHOR: Rule = Rule::new("LHP-CFG-009", "duplicate-anchor");
    /// A list or mapping that contains itself.
    pub(super) static SELF_REFERENCE: Rule = Rule::new("LHP-CFG-009", "self-reference");
    /// A list or mapping in the place of a key.
    pub(super) static UNHASHABLE_KEY: Rule = Rule::new("LHP-CFG-009", "unhashable-key");
    /// A value that looks like a number or date and is none.
    pub(super) static INVALID_SCALAR: Rule = Rule::new("LHP-CFG-009", "invalid-scalar");
    /// A merge key, `<<`, whose value is no mapping.
    pub(super) static INVALID_MERGE: Rule = Rule::new("LHP-CFG-009", "invalid-merge");
    /// The same key twice in one mapping; the last one counts.
    pub(super) static DUPLICATE_KEY: Rule = Rule::new("LHP-YML-001", "duplicate-key").advice();
    /// A document so deep or so large that reading it could exhaust memory.
    pub(super) static LIMIT_EXCEEDED: Rule = Rule::new("LHP-YML-002", "limit-exceeded");
}

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
