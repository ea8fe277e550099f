//! The page of a plugin as Markdown, from its manifest and schemas.

use super::information::{config_schema, permissions};
use super::schema_json;
use crate::docs::{fenced, keys_table, markdown_table, text_sentence};
use crate::plugin::manifest::Provision;
use crate::plugin::{Kind, Plugin};

/// The page of a plugin.
pub fn page(plugin: &Plugin) -> String {
    let manifest = &plugin.manifest;
    let title = manifest.name.as_deref().unwrap_or(&manifest.id);
    let mut parts = vec![format!("# {title}")];
    parts.extend(manifest.description.as_deref().map(text_sentence));
    parts.push(facts(plugin));
    if !manifest.bundle.is_empty() {
        parts.push(format!(
            "It brings the plugins {}.",
            manifest.bundle.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
        ));
    }
    for (index, row) in manifest.provides.iter().enumerate() {
        parts.extend(capability(plugin, index, row));
    }
    if let Some(schema) = config_schema(plugin) {
        parts.push("## Settings of the plugin".to_owned());
        parts.push(format!("They stand in `lhp.yaml`, under `plugins.config.{}`.", manifest.config_key()));
        parts.push(keys_table(&schema));
        let secrets = manifest.config.as_ref().map(|config| config.secret.clone()).unwrap_or_default();
        if !secrets.is_empty() {
            let names: Vec<String> = secrets
                .iter()
                .map(|pointer| format!("`{}`", pointer.trim_start_matches('/').replace('/', ".")))
                .collect();
            parts.push(format!("Secret, and never shown: {}.", names.join(", ")));
        }
    }
    let asked: Vec<[String; 2]> = permissions(&manifest.permissions)
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| {
            [format!("`{name}`"), values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")]
        })
        .collect();
    if !asked.is_empty() {
        parts.push("## Permissions".to_owned());
        parts.push("The plugin asks for these; a project grants them under `plugins.use`.".to_owned());
        parts.push(markdown_table(["permission", "for"], asked));
    }
    let text: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    format!("{}\n", text.join("\n\n"))
}

/// A table of what the manifest says about the plugin as a whole.
fn facts(plugin: &Plugin) -> String {
    let manifest = &plugin.manifest;
    let link = |url: &Option<String>| url.clone();
    let facts = [
        ("id", Some(format!("`{}`", manifest.id))),
        ("version", Some(manifest.version.clone())),
        ("author", manifest.author.as_ref().map(ToString::to_string)),
        ("licence", manifest.license.clone()),
        ("runtime", Some(format!("`{}`", manifest.runtime.kind.word()))),
        ("needs lhp", manifest.requires.lhp.as_ref().map(|version| format!("`{version}`"))),
        ("needs packages", Some(manifest.requires.packages.join(", ")).filter(|packages| !packages.is_empty())),
        ("homepage", link(&manifest.homepage)),
        ("repository", link(&manifest.repository)),
        ("documentation", link(&manifest.documentation_url)),
        ("support", link(&manifest.support_url)),
        ("tags", Some(manifest.tags.join(", ")).filter(|tags| !tags.is_empty())),
    ];
    let rows = facts.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
    markdown_table(["", ""], rows)
}

/// The section of a capability.
fn capability(plugin: &Plugin, index: usize, row: &Provision) -> Vec<String> {
    let mut parts = vec![format!("## {}/{}", row.kind.word(), row.key)];
    parts.extend(row.description.as_deref().map(text_sentence));
    parts.extend(row.deprecated.as_ref().map(|old| match &old.replacement {
        Some(other) => format!("**Deprecated.** Use `{other}` instead."),
        None => "**Deprecated.**".to_owned(),
    }));
    parts.push(chosen_by(row));
    let schema = row.schema.as_ref().zip(plugin.provision_node(index).get("schema"));
    if let Some(schema) = schema.and_then(|(source, node)| schema_json(source, node, &plugin.root)) {
        parts.push(keys_table(&schema));
    }
    for name in &row.examples {
        if let Ok(text) = std::fs::read_to_string(plugin.root.join(name)) {
            parts.push(format!("`{name}`:"));
            parts.push(fenced("yaml", &text));
        }
    }
    parts
}

/// What somebody writes to get the capability.
fn chosen_by(row: &Provision) -> String {
    let key = &row.key;
    match (row.kind, key.split_once('/')) {
        (Kind::Load, _) => {
            format!("A load uses it if its `source` says `type: {key}`. Its settings stand beside `type`.")
        }
        (Kind::Transform, _) => {
            format!("A transform uses it if it says `transform_type: {key}`. Its settings stand in the action.")
        }
        (Kind::Write, Some(("sink", sub))) => format!(
            "A write uses it if its `write_target` says `type: sink` and `sink_type: {sub}`. Its settings stand beside them."
        ),
        (Kind::Write, _) => {
            format!("A write uses it if its `write_target` says `type: {key}`. Its settings stand beside `type`.")
        }
        (Kind::Test, _) => format!("A test uses it if it says `test_type: {key}`. Its settings stand in the action."),
        (Kind::Hook, _) => {
            let events: Vec<String> = row.events.iter().map(|event| format!("`{event}`")).collect();
            format!("It is given the events {}.", events.join(", "))
        }
        (kind, _) => format!("It is a {} named `{key}`.", kind.word().replace('_', " ")),
    }
}
