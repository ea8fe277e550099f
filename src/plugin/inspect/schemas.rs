//! Schemas of a plugin: each must be a JSON Schema.

use serde_json::Value as Json;

use super::Inspected;
use crate::plugin::manifest::{SchemaSource, load_schema};
use crate::report::Report;
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
    match load_schema(inspected.sources, inspected.root, source, node) {
        Ok(loaded) => Some(PluginSchema { json: loaded.json.as_ref().clone(), place: node.span, of }),
        Err(fault) => {
            report.push(*fault);
            None
        }
    }
}
