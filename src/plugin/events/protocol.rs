//! The method `event` of the protocol: events go in, effects and diagnostics come out, both as JSON for runtimes that
//! speak it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Effect, Event};
use crate::plugin::Plugin;
use crate::plugin::manifest::Provision;
use crate::plugin::runtime::{Fault, Finding};
use crate::report::Severity;

/// What a hook is asked to react to.
pub struct EventRequest<'a> {
    pub plugin: &'a Plugin,
    pub provision: &'a Provision,
    pub env: &'a str,
    /// At least one.
    pub events: &'a [Event],
}

impl EventRequest<'_> {
    /// The `params` of the request.
    pub fn params(&self) -> Value {
        json!({
            "kind": self.provision.kind,
            "key": self.provision.key,
            "entry": self.provision.entry,
            "events": self.events,
            "context": {"env": self.env},
        })
    }
}

/// What a hook answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventAnswer {
    pub effects: Vec<Effect>,
    pub diagnostics: Vec<Finding>,
}

/// The `result` of the method `event`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventResult {
    /// What the host should do.
    #[serde(default)]
    effects: Vec<Effect>,
    /// What the hook has to say.
    #[serde(default)]
    diagnostics: Vec<EventFinding>,
}

/// What a hook has to say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EventFinding {
    /// How bad it is.
    #[serde(default)]
    severity: FindingSeverity,
    /// The plugin's own code.
    code: Option<String>,
    /// What is wrong.
    message: String,
    /// JSON pointer into the request.
    path: Option<String>,
    /// What to change.
    help: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum FindingSeverity {
    /// The hook failed.
    Error,
    /// Something is probably wrong.
    #[default]
    Warning,
    /// Good to know.
    #[serde(alias = "info")]
    Advice,
}

impl EventAnswer {
    /// The answer as a `result`, as golden cases expect it.
    pub fn to_json(&self) -> Value {
        let finding = |found: &Finding| {
            let severity = found.severity.word();
            let mut value = json!({"severity": severity, "message": found.message});
            for (key, text) in [("code", &found.code), ("path", &found.path), ("help", &found.help)] {
                if let (Some(text), Some(object)) = (text, value.as_object_mut()) {
                    object.insert(key.to_owned(), text.as_str().into());
                }
            }
            value
        };
        let mut result = json!({"effects": self.effects});
        if !self.diagnostics.is_empty() {
            let findings: Value = self.diagnostics.iter().map(finding).collect();
            if let Some(object) = result.as_object_mut() {
                object.insert("diagnostics".to_owned(), findings);
            }
        }
        result
    }

    /// Reads the text of a `result`. Nothing at all means that there is nothing to do.
    ///
    /// # Errors
    /// Text that is not the JSON of an answer.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value = serde_json::from_str(text).map_err(|error| malformed(&error.to_string(), text))?;
        Self::of(value, text)
    }

    /// Reads a `result`.
    ///
    /// # Errors
    /// A value that has not the form of an answer.
    pub fn from_json(value: Value) -> Result<Self, Fault> {
        let text = value.to_string();
        Self::of(value, &text)
    }

    fn of(value: Value, text: &str) -> Result<Self, Fault> {
        if !value.is_object() {
            return Err(malformed("expected an object with `effects`", text));
        }
        let result: EventResult = serde_json::from_value(value).map_err(|error| malformed(&error.to_string(), text))?;
        Ok(result.into())
    }
}

/// How much of an answer is shown that cannot be read.
const SHOWN_CHARACTERS: usize = 200;

fn malformed(error: &str, text: &str) -> Fault {
    let start: String = text.trim().chars().take(SHOWN_CHARACTERS).collect();
    Fault::Malformed { detail: format!("{error}; it begins with `{}`", start.escape_debug()) }
}

impl From<EventResult> for EventAnswer {
    fn from(result: EventResult) -> Self {
        let finding = |found: EventFinding| Finding {
            severity: match found.severity {
                FindingSeverity::Error => Severity::Error,
                FindingSeverity::Warning => Severity::Warning,
                FindingSeverity::Advice => Severity::Advice,
            },
            code: found.code,
            message: found.message,
            path: found.path,
            help: found.help,
        };
        Self { effects: result.effects, diagnostics: result.diagnostics.into_iter().map(finding).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_from_json() {
        let text = r#"{"effects": [{"kind": "log", "message": "hi"}], "diagnostics": [{"message": "odd"}]}"#;
        let answer = EventAnswer::parse(text).unwrap();
        assert_eq!(answer.effects.len(), 1);
        assert_eq!(answer.diagnostics[0].severity, Severity::Warning);
        assert_eq!(EventAnswer::parse(" \n").unwrap(), EventAnswer::default());
    }

    #[test]
    fn what_is_no_answer_is_shown() {
        for text in ["{", "[]", r#"{"effect": []}"#, r#"{"effects": [{"kind": "exec", "command": "rm"}]}"#] {
            assert!(matches!(EventAnswer::parse(text), Err(Fault::Malformed { .. })), "{text}");
        }
    }
}
