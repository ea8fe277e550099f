//! Secrets of developer commands: values that must not be printed go in, texts without them come out.

use std::sync::Arc;

use serde_json::Value as Json;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Shorter texts stand everywhere by chance.
const SHORTEST: usize = 4;

/// Values that must not be printed.
#[derive(Default)]
pub struct Secrets {
    /// The longest ones first: one may be part of another.
    values: Vec<String>,
}

impl Secrets {
    /// Adds a value.
    pub fn add(&mut self, value: &str) {
        if value.chars().count() >= SHORTEST && !self.values.iter().any(|known| known == value) {
            self.values.push(value.to_owned());
            self.values.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        }
    }

    /// Adds the secrets of a plugin's settings.
    pub fn add_all(&mut self, values: &[Arc<str>]) {
        values.iter().for_each(|value| self.add(value));
    }

    /// Adds all texts of a value.
    pub fn add_json(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.add(text),
            Json::Number(number) => self.add(&number.to_string()),
            Json::Array(items) => items.iter().for_each(|item| self.add_json(item)),
            Json::Object(entries) => entries.values().for_each(|value| self.add_json(value)),
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
    }

    /// A value without secrets.
    pub fn json(&self, value: Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.text(&text)),
            Json::Number(number) if self.values.contains(&number.to_string()) => HIDDEN.into(),
            Json::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Json::Object(entries) => {
                Json::Object(entries.into_iter().map(|(key, value)| (self.text(&key), self.json(value))).collect())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let mut secrets = Secrets::default();
        secrets.add_json(&json!({"key": "hunter2", "pin": 123_456, "more": ["hunter2-and-more", "abc"]}));
        assert_eq!(secrets.text("hunter2 hunter2-and-more abc 123456"), "*** *** abc ***");
        let hidden = secrets.json(json!({"hunter2": [123_456, "x hunter2"], "n": 7}));
        assert_eq!(hidden, json!({"***": ["***", "x ***"], "n": 7}));
    }
}
