//! Settings of plugins: `plugins.config.<key>` goes in; values that fit the plugin's schema, and its secrets, come out.
//!
//! `${NAME}` stands for an environment variable, `${NAME:-text}` has a text for one that is not set, and `$${` for
//! itself. Values of variables never appear in messages.

use std::sync::Arc;

use serde_json::Value as Json;

use super::discovery::Surroundings;
use super::manifest::{LoadedSchema, load_schema};
use super::steps::{Stage, Step};
use super::{Plugin, PluginConfig, Status};
use crate::check::{Problem, Violation};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::{Mapping, Node, Value};

rules! {
    /// The settings of a plugin under `plugins.config` do not fit the schema that it declares, or no plugin has
    /// settings under that key.
    ///
    /// ## Why
    /// The plugin would work with defaults, or with a value that it does not expect, in every action.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   config:
    ///     s3_batch: {defaul_region: us-east-1}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   config:
    ///     s3_batch: {default_region: us-east-1}
    /// ```
    /// `lhp plugin info` prints the settings of a plugin.
    pub static CONFIG: Rule = Rule::new("LHP-PLG-004", "plugin-config");
    /// A setting of a plugin names an environment variable that is not set.
    ///
    /// ## Why
    /// The plugin would get the text `${NAME}` in place of what is meant, such as an address or a password.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e prod # with `webhook_url: ${SLACK_WEBHOOK_URL}` in lhp.yaml
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// SLACK_WEBHOOK_URL=https://hooks.example.invalid/T/B lhp generate -e prod
    /// ```
    /// Where the value may be absent, write what stands for it:
    /// ```yaml
    /// webhook_url: ${SLACK_WEBHOOK_URL:-}
    /// ```
    pub static VARIABLE_NOT_SET: Rule = Rule::new("LHP-PLG-004", "variable-not-set");
    /// A setting of a plugin has `${` without `}`.
    ///
    /// ## Why
    /// As everywhere in a project, such a text stays as it is. The plugin is given `${…` where most often the value of a
    /// variable is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// webhook_url: "${SLACK_WEBHOOK_URL"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// webhook_url: "${SLACK_WEBHOOK_URL}"
    /// ```
    /// For the text itself, write `$${`.
    pub static UNCLOSED_VARIABLE: Rule = Rule::new("LHP-PLG-004", "unclosed-variable").warning();
}

/// Gives every plugin that is used its settings.
pub(super) fn apply(surroundings: &Surroundings<'_>, plugins: &mut [Plugin], report: &mut Report) {
    let block = surroundings.node("config");
    unknown_keys(block, plugins, report);
    for plugin in plugins.iter_mut().filter(|plugin| plugin.is_active()) {
        let key = plugin.manifest.config_key().to_owned();
        let entry = block.and_then(Node::as_mapping).and_then(|block| block.entry(&key));
        let written = entry.map(|entry| &entry.value);
        let schema = match schema_of(surroundings, plugin).transpose() {
            Ok(schema) => schema,
            Err(fault) => {
                let reason = fault.message.clone();
                plugin.stop(Stage::Settings, Status::Invalid(reason), *fault);
                continue;
            }
        };
        let (config, faults) = settings(surroundings, plugin, written, schema.as_ref());
        let error = faults.iter().find(|fault| fault.is_error()).map(|fault| fault.message.clone());
        // The project is wrong here, whether or not an action needs the plugin.
        report.diagnostics.extend(faults);
        if let Some(error) = error {
            plugin.steps.push(Step::stopped(Stage::Settings, error));
            plugin.config = PluginConfig::default();
            continue;
        }
        let text = match (&config.values, schema.is_some()) {
            (Some(_), true) => format!("`plugins.config.{key}` fits the schema"),
            (Some(_), false) => format!("`plugins.config.{key}`, without a schema"),
            (None, _) => "no settings".to_owned(),
        };
        plugin.pass(Stage::Settings, text);
        plugin.config = config;
    }
}

/// Remarks on keys under `plugins.config` that belong to no plugin.
fn unknown_keys(block: Option<&Node>, plugins: &[Plugin], report: &mut Report) {
    let entries = block.and_then(Node::as_mapping).map(|block| block.entries.as_slice()).unwrap_or_default();
    for entry in entries {
        let key = entry.key.plain_text();
        let known = || plugins.iter().map(|plugin| plugin.manifest.config_key());
        if key.starts_with("x-") || known().any(|own| own == key) {
            continue;
        }
        report.push(
            Diagnostic::error(&CONFIG, format!("no plugin has settings under `{key}`"))
                .label(entry.key.span, "unknown")
                .help(match did_you_mean(&key, known()) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "write the id of a plugin, or the key that its manifest declares".to_owned(),
                }),
        );
    }
}

fn schema_of(surroundings: &Surroundings<'_>, plugin: &Plugin) -> Option<Result<LoadedSchema, Box<Diagnostic>>> {
    let source = plugin.manifest.config.as_ref()?.schema.as_ref()?;
    let place = plugin.node.get("config").and_then(|config| config.get("schema")).unwrap_or(&plugin.node);
    Some(load_schema(&surroundings.project.sources, &plugin.root, source, place))
}

/// The settings of a plugin, and what is wrong with them.
fn settings(
    surroundings: &Surroundings<'_>,
    plugin: &Plugin,
    written: Option<&Node>,
    schema: Option<&LoadedSchema>,
) -> (PluginConfig, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let Some(written) = written.filter(|node| !node.is_null()) else {
        // Required settings are missing wherever the block is missing.
        if let Some(schema) = schema {
            let empty = Node::new(Value::Mapping(Mapping::default()), place_of_block(surroundings, plugin));
            let compiled = schema.compiled();
            let found = compiled.violations(&empty);
            faults.extend(found.iter().map(|violation| diagnostic(plugin, violation, violation.span)));
        }
        return (PluginConfig::default(), faults);
    };
    let mut values = written.clone();
    substitute(surroundings, &mut values, &mut faults);
    let mut places = Vec::new();
    let pointers = plugin.manifest.config.iter().flat_map(|config| &config.secret);
    for pointer in pointers {
        places.extend(values.pointer(pointer).map(|_| pointer.clone()));
    }
    if let Some(schema) = schema {
        marked(&schema.json, &schema.json, &values, String::new(), 0, &mut places);
    }
    let mut secrets = Vec::new();
    for pointer in &places {
        values.pointer(pointer).into_iter().for_each(|node| texts(node, &mut secrets));
    }
    secrets.sort();
    secrets.dedup();
    if let Some(schema) = schema.filter(|_| !faults.iter().any(Diagnostic::is_error)) {
        let compiled = schema.compiled();
        for violation in compiled.violations(&values) {
            let plain = written_as(written, &violation);
            let hidden = plain.is_none_or(|plain| plain.value != violation.node.value)
                || places
                    .iter()
                    .any(|pointer| values.pointer(pointer).is_some_and(|node| node.span == violation.node.span));
            match (hidden && matches!(violation.problem, Problem::Mismatch { .. }), secret_place(plugin, &violation)) {
                (true, place) => faults.push(without_value(plugin, &violation, place.unwrap_or(violation.span))),
                (false, _) => faults.push(diagnostic(plugin, &violation, violation.span)),
            }
        }
    }
    let mut shown = values.clone();
    places.iter().for_each(|pointer| remove(&mut shown, pointer));
    (PluginConfig { values: Some(values), shown: Some(shown), secrets }, faults)
}

/// Takes away what a JSON pointer leads to. Items of lists become null, so that the others keep their places.
fn remove(node: &mut Node, pointer: &str) {
    let Some(rest) = pointer.strip_prefix('/') else {
        node.value = Value::Null;
        return;
    };
    let (step, rest) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let step = step.replace("~1", "/").replace("~0", "~");
    match &mut node.value {
        Value::Mapping(mapping) if rest.is_empty() => {
            mapping.entries.retain(|entry| entry.key.plain_text() != step.as_str());
        }
        Value::Mapping(mapping) => {
            let inside = mapping.entries.iter_mut().filter(|entry| entry.key.plain_text() == step.as_str());
            inside.for_each(|entry| remove(&mut entry.value, rest));
        }
        Value::Sequence(items) => {
            if let Some(item) = step.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                remove(item, rest);
            }
        }
        _ => {}
    }
}

/// The place that stands for settings that are not there.
fn place_of_block(surroundings: &Surroundings<'_>, plugin: &Plugin) -> Span {
    let block = surroundings.node("config").or(surroundings.block).map(|node| node.span);
    let named = plugin.named.map(|named| named.span);
    named.or(block).unwrap_or_else(|| plugin.span("config"))
}

/// The node of a violation as it stands in the project file.
fn written_as<'a>(written: &'a Node, violation: &Violation<'_>) -> Option<&'a Node> {
    let mut node = written;
    for part in violation.path.split(['.', '[']).filter(|part| !part.is_empty()) {
        let part = part.trim_end_matches(']');
        node = match node.as_sequence() {
            Some(items) => items.get(part.parse::<usize>().ok()?)?,
            None => node.get(part)?,
        };
    }
    Some(node)
}

/// Where a manifest says that a value is a secret, for messages that must not show it.
fn secret_place(plugin: &Plugin, violation: &Violation<'_>) -> Option<Span> {
    let list = plugin.node.get("config")?.get("secret")?;
    let pointer = format!("/{}", violation.path.replace(['.', '['], "/").replace(']', ""));
    let items = list.as_sequence()?;
    items.iter().find(|item| item.as_str() == Some(pointer.as_str())).map(|item| item.span)
}

fn diagnostic(plugin: &Plugin, violation: &Violation<'_>, span: Span) -> Diagnostic {
    let mut diagnostic = violation.diagnostic(&CONFIG, &format!("settings block of `{}`", plugin.id()));
    if let Some(label) = diagnostic.labels.first_mut() {
        label.span = span;
    }
    if let Problem::Missing { key, misspelt: None } = &violation.problem {
        let path = if violation.path.is_empty() { key.clone() } else { format!("{}.{key}", violation.path) };
        let config = plugin.manifest.config_key();
        diagnostic = diagnostic.help(format!("write `{path}: …` under `plugins.config.{config}`"));
    }
    diagnostic
}

/// A diagnostic for a value that must not be shown.
fn without_value(plugin: &Plugin, violation: &Violation<'_>, span: Span) -> Diagnostic {
    let field = violation.field.as_deref().unwrap_or("this value");
    let expected = match &violation.problem {
        Problem::Mismatch { expected, .. } => expected.as_str(),
        _ => "another value",
    };
    let path = format!("plugins.config.{}.{}", plugin.manifest.config_key(), violation.path);
    Diagnostic::error(&CONFIG, format!("`{field}` must be {expected}, and what stands under `{path}` is not"))
        .label(span, format!("expected {expected}"))
        .help("correct the value; it is not shown because it may be a secret")
}

/// Puts the values of environment variables into texts.
fn substitute(surroundings: &Surroundings<'_>, node: &mut Node, faults: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| substitute(surroundings, item, faults)),
        Value::Mapping(mapping) => {
            mapping.entries.iter_mut().for_each(|entry| substitute(surroundings, &mut entry.value, faults));
        }
        Value::String(text) if text.contains("${") => {
            let span = node.span;
            let value = replaced(surroundings, text, span, faults);
            node.value = Value::String(value.into());
        }
        _ => {}
    }
}

fn replaced(surroundings: &Surroundings<'_>, text: &str, span: Span, faults: &mut Vec<Diagnostic>) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        whole.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            let place = surroundings.project.sources.find(span, &format!("${{{after}")).unwrap_or(span);
            faults.push(
                Diagnostic::warning(&UNCLOSED_VARIABLE, "`${` is not closed here, so it stays as it is")
                    .label(place, "no `}` follows")
                    .help("write `${NAME}` for an environment variable, or `$${` for the text itself"),
            );
            whole.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        match surroundings.options.variables.get(name.trim()).or(default.map(str::to_owned)) {
            Some(value) => whole.push_str(&value),
            None => {
                let place = surroundings.project.sources.find(span, &format!("${{{inside}}}")).unwrap_or(span);
                faults.push(
                    Diagnostic::error(&VARIABLE_NOT_SET, format!("the environment variable `{name}` is not set"))
                        .label(place, "needed here")
                        .help(format!("set it, or write `${{{name}:-…}}` with what stands for it")),
                );
            }
        }
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// Collects the texts of a value that is a secret.
fn texts(node: &Node, secrets: &mut Vec<Arc<str>>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| texts(item, secrets)),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| texts(&entry.value, secrets)),
        Value::Null | Value::Bool(_) => {}
        _ => {
            let text = node.plain_text();
            if !text.is_empty() {
                secrets.push(text.as_ref().into());
            }
        }
    }
}

/// Collects pointers of the values that a schema marks as secrets.
fn marked(root: &Json, schema: &Json, node: &Node, pointer: String, depth: usize, places: &mut Vec<String>) {
    // A schema that refers to itself ends with the value; one that does so without going down ends here.
    if depth > 64 {
        return;
    }
    let is = |key: &str| schema.get(key).and_then(Json::as_bool) == Some(true);
    let password = schema.get("format").and_then(Json::as_str) == Some("password");
    if is("x-secret") || is("writeOnly") || password {
        places.push(pointer);
        return;
    }
    if let Some(target) = schema.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix('#'))
        && let Some(target) = root.pointer(target)
    {
        marked(root, target, node, pointer.clone(), depth + 1, places);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for branch in schema.get(key).and_then(Json::as_array).into_iter().flatten() {
            marked(root, branch, node, pointer.clone(), depth + 1, places);
        }
    }
    if let Some(items) = node.as_sequence() {
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = schema.get("items") {
                marked(root, schema, item, format!("{pointer}/{index}"), depth + 1, places);
            }
        }
    }
    let entries = node.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    for entry in entries {
        let key = entry.key.plain_text();
        let own = schema.get("properties").and_then(|properties| properties.get(key.as_ref()));
        let other = schema.get("additionalProperties").filter(|schema| schema.is_object());
        if let Some(schema) = own.or(other) {
            let step = key.replace('~', "~0").replace('/', "~1");
            marked(root, schema, &entry.value, format!("{pointer}/{step}"), depth + 1, places);
        }
    }
}
