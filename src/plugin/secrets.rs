//! Secrets that must neither be shown nor kept: their values go in, texts without them come out, however a text spells
//! them.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::emit::literal;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Shorter texts stand everywhere by chance.
const SHORTEST: usize = 4;

/// Values that must not be shown.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// All spellings of the values, the longest first: one may be part of another.
    spellings: Vec<String>,
    /// Values that are too short to be looked for in longer texts.
    short: Vec<String>,
}

impl Secrets {
    /// Secrets that are hidden wherever they stand, however short they are.
    pub fn hidden_everywhere(values: &[Arc<str>]) -> Self {
        let mut secrets = Self::default();
        values.iter().for_each(|value| secrets.spellings.extend(spellings(value)));
        secrets.sort();
        secrets
    }

    /// Secrets of which the short ones are hidden only where they stand alone.
    pub fn of(values: &[Arc<str>]) -> Self {
        let mut secrets = Self::default();
        secrets.add_all(values);
        secrets
    }

    /// Adds a value.
    pub fn add(&mut self, value: &str) {
        match value.chars().count() {
            0 => {}
            length if length < SHORTEST => self.short.push(value.to_owned()),
            _ => {
                self.spellings.extend(spellings(value));
                self.sort();
            }
        }
    }

    /// Adds values.
    pub fn add_all(&mut self, values: &[Arc<str>]) {
        values.iter().for_each(|value| self.add(value));
    }

    /// Adds all texts and numbers of a value.
    pub fn add_json(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.add(text),
            Json::Number(number) => self.add(&number.to_string()),
            Json::Array(items) => items.iter().for_each(|item| self.add_json(item)),
            Json::Object(entries) => entries.values().for_each(|value| self.add_json(value)),
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn sort(&mut self) {
        self.spellings.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        self.spellings.dedup();
    }

    /// Whether a text holds one.
    pub fn occur_in(&self, text: &str) -> bool {
        self.spellings.iter().any(|spelling| text.contains(spelling.as_str()))
    }

    /// Whether a value holds one in its texts, numbers and keys.
    pub fn occur_in_json(&self, value: &Json) -> bool {
        match value {
            Json::String(text) => self.occur_in(text),
            Json::Number(number) => self.occur_in(&number.to_string()),
            Json::Array(items) => items.iter().any(|item| self.occur_in_json(item)),
            Json::Object(entries) => entries.iter().any(|(key, value)| self.occur_in(key) || self.occur_in_json(value)),
            Json::Null | Json::Bool(_) => false,
        }
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.spellings.iter().fold(text.to_owned(), |text, spelling| {
            if text.contains(spelling.as_str()) { text.replace(spelling.as_str(), HIDDEN) } else { text }
        })
    }

    /// A value without secrets in its texts, numbers and keys.
    pub fn json(&self, value: Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.whole(&text)),
            Json::Number(number) => {
                let written = number.to_string();
                let shown = self.whole(&written);
                if shown == written { Json::Number(number) } else { HIDDEN.into() }
            }
            Json::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Json::Object(entries) => {
                Json::Object(entries.into_iter().map(|(key, value)| (self.text(&key), self.json(value))).collect())
            }
            other => other,
        }
    }

    /// A text that is all of a value.
    fn whole(&self, text: &str) -> String {
        if self.short.iter().any(|short| short == text) { HIDDEN.to_owned() } else { self.text(text) }
    }
}

/// The ways in which a program may write a text down: as it is, in JSON, and in Python.
fn spellings(value: &str) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    let plain = |character: char| character == ' ' || character.is_ascii_alphanumeric();
    let mut found = vec![value.to_owned()];
    if value.chars().all(plain) {
        return found;
    }
    let json = within_quotes(&Json::from(value).to_string());
    let ascii = escaped(&json, |code, out| {
        code.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
            out.push_str(&format!("\\u{unit:04x}"));
        })
    });
    let upper = escaped(&json, |code, out| {
        code.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
            out.push_str(&format!("\\u{unit:04X}"));
        })
    });
    for spelling in [json, ascii, upper] {
        found.push(spelling.replace('/', "\\/"));
        // JSON in a text of JSON, such as a message that quotes a request.
        found.push(within_quotes(&Json::from(spelling.as_str()).to_string()));
        found.push(spelling);
    }
    for quote in ['\'', '"'] {
        let python = python(value, quote);
        found.push(escaped(&python, push_python));
        found.push(python);
    }
    found.push(within_quotes(&literal::string(value)));
    found.sort();
    found.dedup();
    found
}

fn within_quotes(literal: &str) -> String {
    literal.get(1..literal.len().saturating_sub(1)).unwrap_or(literal).to_owned()
}

/// A text in which an escape stands for every character that is not ASCII.
fn escaped(text: &str, push: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() { out.push(character) } else { push(character, &mut out) }
    }
    out
}

fn push_python(character: char, out: &mut String) {
    let code = u32::from(character);
    out.push_str(&match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    });
}

/// What `repr()` puts between quotes.
fn python(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => out.extend(['\\', character]),
            _ if character.is_control() => push_python(character, &mut out),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_in_texts_keys_and_nested_values() {
        let hidden = Secrets::hidden_everywhere(&["abc".into(), "abcdef".into(), "".into()]);
        assert_eq!(hidden.text("x abcdef y abc"), "x *** y ***");
        let value = json!({"abc": [1, {"k": "zabcz"}]});
        assert_eq!(hidden.json(value), json!({"***": [1, {"k": "z***z"}]}));
    }

    #[test]
    fn short_values_are_hidden_where_they_stand_alone() {
        let mut secrets = Secrets::default();
        secrets.add_json(&json!({"key": "hunter2", "pin": 123_456, "more": ["hunter2-and-more", "abc", 7]}));
        assert_eq!(secrets.text("hunter2 hunter2-and-more abc 123456"), "*** *** abc ***");
        let hidden = secrets.json(json!({"hunter2": [123_456, "x hunter2", "abc", "abcd", 7, 77], "n": 8}));
        assert_eq!(hidden, json!({"***": ["***", "x ***", "***", "abcd", "***", 77], "n": 8}));
    }

    #[test]
    fn every_spelling_of_a_secret_is_known() {
        for secret in ["p\"q'\\r/s", "schlüssel", "a\tb\nc", "k\u{1f511}ys", "it's", "say \"so\"", "\u{7f}\u{a0}x y"] {
            let hidden = Secrets::of(&[secret.into()]);
            let nested = Json::from(json!({"key": secret}).to_string()).to_string();
            for text in [secret.to_owned(), json!([secret]).to_string(), literal::string(secret), nested] {
                assert!(hidden.occur_in(&text), "{secret:?} in {text}");
                assert!(!hidden.text(&text).contains(secret), "{text}");
            }
            assert!(hidden.occur_in_json(&json!({"a": [{"b": format!("x{secret}y")}]})));
        }
        // As `json.dumps`, `repr` and `ascii` of Python write them.
        let written = [
            ("schlüssel", r"schl\u00fcssel"),
            ("schlüssel", r"schl\xfcssel"),
            ("k\u{1f511}ys", r"k\ud83d\udd11ys"),
            ("k\u{1f511}ys", r"k\U0001f511ys"),
            ("it's \"so\"", r#"it\'s "so""#),
            ("it's so", r"it's so"),
            ("a/b\"c", r#"a\/b\"c"#),
        ];
        for (secret, text) in written {
            assert_eq!(Secrets::of(&[secret.into()]).text(text), "***", "{text}");
        }
        assert!(!Secrets::of(&["abc".into()]).occur_in("abc"));
    }
}
