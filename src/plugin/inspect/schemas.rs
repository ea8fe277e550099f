//! Schemas of a plugin: each must be a JSON Schema.

use serde_json::Value as Json;

use super::{BROKEN_SCHEMA, Inspected};
use crate::check::{CompiledSchema, node_json};
use crate::plugin::golden::line_span;
use crate::plugin::manifest::SchemaSource;
use crate::report::{Diagnostic, Report};
use crate::source::Span;
use crate::syntax::Node;

/// A schema of a plugin.
pub(super) struct PluginSchema {
    pub json: Json,
    /// Where it is named in the manifest.
    pub place: Span,
    /// What it is a schema of, for people.
    pub of: String,
}

/// Reads every schema of a plugin.
pub(super) fn check(inspected: &Inspected<'_>, report: &mut Report) -> Vec<PluginSchema> {
    let mut found = Vec::new();
    for (index, row) in inspected.manifest.provides.iter().enumerate() {
        let named = [("schema", &row.schema), ("params", &row.params), ("args", &row.args)];
        for (key, source) in named {
            let of = format!("{}/{}", row.kind.word(), row.key);
            let Some(node) = inspected.provision(index).get(key) else { continue };
            found.extend(source.as_ref().and_then(|source| read(inspected, source, node, of, report)));
        }
    }
    if let Some(source) = inspected.manifest.config.as_ref().and_then(|config| config.schema.as_ref()) {
        let node = inspected.node.get("config").and_then(|config| config.get("schema")).unwrap_or(inspected.node);
        found.extend(read(inspected, source, node, "the settings in `plugins.config`".to_owned(), report));
    }
    found
}

fn read(
    inspected: &Inspected<'_>,
    source: &SchemaSource,
    node: &Node,
    of: String,
    report: &mut Report,
) -> Option<PluginSchema> {
    let place = node.span;
    let broken = |message: String| Diagnostic::error(&BROKEN_SCHEMA, message);
    let (json, name) = match source {
        SchemaSource::Inline(_) => (node_json(node), "this schema".to_owned()),
        SchemaSource::File(name) => {
            let path = inspected.file(name, place, report)?;
            let file = inspected.sources.load(&path).ok()?;
            let text = inspected.sources.get(file).text.clone();
            match serde_json::from_str::<Json>(&text) {
                Ok(json) => (json, format!("`{name}`")),
                Err(error) => {
                    report.push(
                        broken(format!("`{name}` is not JSON: {error}"))
                            .label(line_span(inspected.sources, file, error.line()), "here")
                            .label(place, "named here")
                            .help("correct the JSON"),
                    );
                    return None;
                }
            }
        }
    };
    let schema = json.clone();
    if let Some(fault) = CompiledSchema::new(move || schema.clone()).fault() {
        report.push(
            broken(format!("{name} is not a JSON Schema: {fault}"))
                .label(place, "this schema")
                .help("correct the schema (draft 2020-12)"),
        );
        return None;
    }
    Some(PluginSchema { json, place, of })
}
