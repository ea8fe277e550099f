//! Tags in a write target: what is written goes in, faults in its form come out.

use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule};
use crate::syntax::{Node, Value};

/// Tags are given both inline and in a file.
pub static TAGS_TWICE: Rule = Rule::new("LHP-VAL-007", "tags-twice");
/// A tag whose key is no text, or whose value is no single value.
pub static MALFORMED_TAG: Rule = Rule::new("LHP-VAL-007", "malformed-tag");

/// Checks the form of `tags` and `tags_file`.
pub(super) fn check_tags(action: &Action, report: &mut Report) {
    let (tags, file) = (action.setting("tags"), action.setting("tags_file"));
    if let (Some(tags), Some(file)) = (tags, file) {
        report.push(
            Diagnostic::error(&TAGS_TWICE, "`tags` and `tags_file` exclude each other")
                .at(file, "tags in a file")
                .label(tags.span, "tags written here")
                .help("keep one of them"),
        );
        return;
    }
    if let Some(file) = file.filter(|file| file.as_str().is_some_and(|path| path.trim().is_empty())) {
        report.push(
            Diagnostic::error(&MALFORMED_TAG, "`tags_file` is blank")
                .at(file, "no path")
                .help("write the path of a file, or remove the key"),
        );
    }
    for entry in tags.and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        if entry.key.as_str().is_none_or(|key| key.trim().is_empty()) {
            report.push(
                Diagnostic::error(&MALFORMED_TAG, "the key of a tag must be text that is not blank")
                    .at(&entry.key, format!("this is {}", entry.key.kind()))
                    .help("put the key in quotes"),
            );
        }
        if matches!(entry.value.value, Value::Sequence(_) | Value::Mapping(_) | Value::Timestamp(_)) {
            report.push(
                Diagnostic::error(&MALFORMED_TAG, "the value of a tag must be text, a number, a boolean or null")
                    .at(&entry.value, format!("this is {}", entry.value.kind()))
                    .help("put the value in quotes"),
            );
        }
    }
}
