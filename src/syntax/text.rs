//! Text that may hold secrets.

use std::sync::Arc;

/// A reference to a secret, already resolved to a scope and a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretRef {
    pub scope: Arc<str>,
    pub key: Arc<str>,
}

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    Literal(Arc<str>),
    Secret(SecretRef),
}

/// A string whose secret parts are kept apart from its literal parts.
///
/// Generated code shows a secret as a `dbutils.secrets.get(...)` call and a literal as a string literal;
/// keeping them apart means that neither can be taken for the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Text {
    pub parts: Vec<Part>,
}

impl Text {
    /// Text without secrets.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self { parts: vec![Part::Literal(text.into())] }
    }

    /// The text, if no part of it is a secret.
    pub fn as_plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether some part is a secret.
    pub fn has_secret(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Secret(_)))
    }

    /// Whether the text is certainly empty.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(text) if text.is_empty()))
    }

    /// The text with secrets shown as `${secret:scope/key}`: for comments and messages, never for values.
    pub fn display(&self) -> String {
        let mut shown = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => shown.push_str(text),
                Part::Secret(secret) => shown.push_str(&format!("${{secret:{}/{}}}", secret.scope, secret.key)),
            }
        }
        shown
    }

    /// Applies a function to the literal parts only.
    pub fn map_literals(&self, mut change: impl FnMut(&str) -> String) -> Self {
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => Part::Literal(change(text).into()),
            Part::Secret(secret) => Part::Secret(secret.clone()),
        });
        Self { parts: parts.collect() }
    }

    /// The text without white space at its two ends.
    pub fn trimmed(&self) -> Self {
        let mut parts = self.parts.clone();
        if let Some(Part::Literal(first)) = parts.first_mut() {
            *first = first.trim_start().into();
        }
        if let Some(Part::Literal(last)) = parts.last_mut() {
            *last = last.trim_end().into();
        }
        Self { parts }
    }

    /// Adds literal text at the end.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Literal(last)) = self.parts.last_mut() {
            *last = [last.as_ref(), text].concat().into();
        } else {
            self.parts.push(Part::Literal(text.into()));
        }
    }

    /// Adds other text at the end.
    pub fn push(&mut self, other: &Text) {
        for part in &other.parts {
            match part {
                Part::Literal(text) => self.push_str(text),
                Part::Secret(_) => self.parts.push(part.clone()),
            }
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}
