//! Findings of a case, and their form in `expected_diagnostics.yaml`.

use super::GOLDEN_CASE;
use crate::fix::layout::{Surroundings, value};
use crate::report::{Diagnostic, Report, did_you_mean};
use crate::source::SourceMap;
use crate::syntax::Node;

/// The keys of an expected finding. All of them may be left out, and those that are there must be equal.
const KEYS: [&str; 5] = ["code", "severity", "message", "at", "help"];

/// A finding, with its place in the files of the case or of the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// As in `LHP-PLG-041/action-settings`.
    pub code: String,
    pub severity: &'static str,
    pub message: String,
    /// `file:line:column`.
    pub at: Option<String>,
    pub help: Option<String>,
}

/// The finding of a diagnostic, whose place is in files as they are.
pub fn of(diagnostic: &Diagnostic, sources: &SourceMap) -> Finding {
    let at = diagnostic.labels.first().map(|label| sources.location(label.span).to_string());
    Finding {
        code: diagnostic.rule.to_string(),
        severity: diagnostic.severity.word(),
        message: diagnostic.message.clone(),
        at,
        help: diagnostic.help.clone(),
    }
}

impl Finding {
    /// For people.
    pub fn show(&self) -> String {
        let mut text = format!("{}[{}]: {}\n", self.severity, self.code, self.message);
        if let Some(at) = &self.at {
            text.push_str(&format!("  at: {at}\n"));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("  help: {help}\n"));
        }
        text
    }

    fn field(&self, key: &str) -> Option<&str> {
        match key {
            "code" => Some(&self.code),
            "severity" => Some(self.severity),
            "message" => Some(&self.message),
            "at" => self.at.as_deref(),
            "help" => self.help.as_deref(),
            _ => None,
        }
    }

    /// The item of `expected_diagnostics.yaml`, with some of its keys.
    fn item(&self, keys: &[&str]) -> String {
        let pairs = keys.iter().filter_map(|key| Some(format!("{key}: {}\n", plain_or_quoted(self.field(key)?))));
        let text: String =
            pairs.enumerate().map(|(at, pair)| format!("{}{pair}", if at == 0 { "- " } else { "  " })).collect();
        if text.is_empty() { "- {}\n".to_owned() } else { text }
    }
}

/// Findings as `expected_diagnostics.yaml` holds them.
pub fn document(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.item(&KEYS)).collect()
}

/// Findings with the keys that are expected of each; those that nobody expects with all keys.
pub fn document_like(findings: &[Finding], expected: &[Vec<&str>]) -> String {
    let all = KEYS.to_vec();
    let keyed = findings.iter().enumerate().map(|(at, finding)| (finding, expected.get(at).unwrap_or(&all)));
    keyed.map(|(finding, keys)| finding.item(keys)).collect()
}

/// The keys of each expected finding, and the document in the form of [`document`].
pub fn expected(node: &Node) -> (Vec<Vec<&str>>, String) {
    let items = node.as_sequence().unwrap_or_default();
    let keys: Vec<Vec<&str>> =
        items.iter().map(|item| KEYS.into_iter().filter(|key| item.get(key).is_some()).collect()).collect();
    let text = items
        .iter()
        .zip(&keys)
        .map(|(item, keys)| {
            let pairs = keys.iter().enumerate().map(|(at, key)| {
                let value = item.get(key).map(|value| value.plain_text().into_owned()).unwrap_or_default();
                format!("{}{key}: {}\n", if at == 0 { "- " } else { "  " }, plain_or_quoted(&value))
            });
            let text: String = pairs.collect();
            if text.is_empty() { "- {}\n".to_owned() } else { text }
        })
        .collect();
    (keys, text)
}

/// Whether a tree has the form of expected findings.
pub fn check(node: &Node, report: &mut Report) {
    let wrong = |node: &Node, message: &str| {
        Diagnostic::error(&GOLDEN_CASE, message)
            .at(node, "this is wrong")
            .help(format!("write a list of mappings with some of the keys {}", KEYS.join(", ")))
    };
    let Some(items) = node.as_sequence() else {
        report.push(wrong(node, "expected findings must be a list"));
        return;
    };
    for item in items {
        let Some(mapping) = item.as_mapping() else {
            report.push(wrong(item, "an expected finding must be a mapping"));
            continue;
        };
        for entry in &mapping.entries {
            let key = entry.key.plain_text();
            if !KEYS.contains(&key.as_ref()) {
                let help = did_you_mean(&key, KEYS).map(|close| format!("did you mean `{close}`?"));
                report.push(wrong(&entry.key, &format!("an expected finding has no key `{key}`")).maybe_help(help));
            }
        }
    }
}

/// A text as a YAML value on one line.
fn plain_or_quoted(text: &str) -> String {
    match text.contains(char::is_control) {
        true => serde_json::Value::from(text).to_string(),
        false => value(text, Surroundings::Block),
    }
}
