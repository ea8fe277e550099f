//! Secrets of a plugin's settings never appear in what is shown or stored.

use std::sync::Arc;

use serde_json::Value;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Replaces secrets in texts.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// Longest first, so that a secret that is part of another one leaves nothing of the other.
    secrets: Vec<Arc<str>>,
}

impl Redaction {
    /// Hides some texts.
    pub fn new(secrets: &[Arc<str>]) -> Self {
        let mut secrets: Vec<_> = secrets.iter().filter(|secret| !secret.is_empty()).cloned().collect();
        secrets.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        Self { secrets }
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_ref(), HIDDEN))
    }

    /// The value without secrets in its texts and keys.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (self.text(key), self.value(value))).collect())
            }
            other => other.clone(),
        }
    }
}

/// Text of a plugin on one line, without characters that would steer a terminal.
pub fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_in_texts_keys_and_nested_values() {
        let hidden = Redaction::new(&["abc".into(), "abcdef".into(), "".into()]);
        assert_eq!(hidden.text("x abcdef y abc"), "x *** y ***");
        let value = serde_json::json!({"abc": [1, {"k": "zabcz"}]});
        assert_eq!(hidden.value(&value), serde_json::json!({"***": [1, {"k": "z***z"}]}));
    }

    #[test]
    fn text_of_a_plugin_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[2J"), "a b\\u{1b}[2J");
    }
}
