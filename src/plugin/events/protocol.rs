//! The method `event` of the protocol: events go in, effects and diagnostics come out, both as JSON for runtimes that
//! speak it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Effect, Event};
use crate::plugin::manifest::Provision;
use crate::plugin::runtime::protocol::DiagnosticResult;
use crate::plugin::runtime::{Fault, Finding, wire};
use crate::plugin::{Kind, Plugin};

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
    pub fn params(&self) -> EventParams<'_> {
        EventParams {
            kind: self.provision.kind,
            key: &self.provision.key,
            entry: self.provision.entry.as_deref(),
            events: self.events,
            config: self.plugin.config.values.as_ref().map_or_else(|| json!({}), wire::json),
            context: EventContext { env: self.env },
        }
    }

    /// The `params` as JSON, for runtimes that speak it.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self.params()).unwrap_or_default()
    }
}

/// The `params` of the method `event`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventParams<'a> {
    /// Always `hook`.
    pub kind: Kind,
    /// The name of the hook.
    pub key: &'a str,
    /// What the runtime starts with.
    pub entry: Option<&'a str>,
    /// At least one event, in their order.
    pub events: &'a [Event],
    /// The settings of the plugin, secrets included.
    pub config: Value,
    /// Where the events come from.
    pub context: EventContext<'a>,
}

/// Where events come from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventContext<'a> {
    /// Name of the environment.
    pub env: &'a str,
}

/// What a hook answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventAnswer {
    pub effects: Vec<Effect>,
    pub diagnostics: Vec<Finding>,
}

/// The `result` of the method `event`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct EventResult {
    /// What the host should do.
    #[serde(default)]
    effects: Vec<Effect>,
    /// What the hook has to say.
    #[serde(default)]
    diagnostics: Vec<DiagnosticResult>,
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

    /// Reads the text of a template, which has no keys of later versions. Nothing at all means that there is nothing to do.
    ///
    /// # Errors
    /// Text that is not the JSON of an answer.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| Fault::malformed(&error.to_string(), text))?;
        let known = |key: &String| ["effects", "diagnostics"].contains(&key.as_str());
        if let Some(key) = value.as_object().and_then(|object| object.keys().find(|key| !known(key))) {
            return Err(Fault::malformed(&format!("there is no key `{key}`"), text));
        }
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
            return Err(Fault::malformed("it is not an object", text));
        }
        let result: EventResult =
            serde_json::from_value(value).map_err(|error| Fault::malformed(&error.to_string(), text))?;
        Ok(Self { effects: result.effects, diagnostics: result.diagnostics.into_iter().map(Finding::from).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Severity;

    #[test]
    fn an_answer_is_read_from_json() {
        let text = r#"{"effects": [{"kind": "log", "message": "hi"}], "diagnostics": [{"message": "odd"}]}"#;
        let answer = EventAnswer::parse(text).unwrap();
        assert_eq!(answer.effects.len(), 1);
        assert_eq!(answer.diagnostics[0].severity, Severity::Error, "what is said without a level is an error");
        assert_eq!(EventAnswer::parse(" \n").unwrap(), EventAnswer::default());
    }

    #[test]
    fn what_is_no_answer_is_shown() {
        for text in ["{", "[]", r#"{"effect": []}"#, r#"{"effects": [{"kind": "exec", "command": "rm"}]}"#] {
            assert!(matches!(EventAnswer::parse(text), Err(Fault::Malformed { .. })), "{text}");
        }
    }
}
