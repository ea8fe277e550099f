//! JSON Schemas of a plugin: a file or an inline schema goes in, JSON and the tree it stands in come out.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::paths::within;
use super::{MANIFEST_SHAPE, SchemaSource};
use crate::check::{CompiledSchema, to_json};
use crate::project::{read_diagnostic, read_single};
use crate::report::{Diagnostic, Report};
use crate::source::SourceMap;
use crate::syntax::Node;

/// A schema that is one.
#[derive(Debug, Clone)]
pub struct LoadedSchema {
    pub json: Arc<Json>,
    /// The tree of the schema, for the places of what it says.
    pub node: Node,
}

impl LoadedSchema {
    /// The schema, ready to validate.
    pub fn compiled(&self) -> CompiledSchema {
        let json = self.json.clone();
        CompiledSchema::new(move || json.as_ref().clone())
    }
}

/// Reads a schema, inline at `place` or in the file that stands there. What is wrong with it is in the report.
///
/// A file is read once per compile, whoever asks for it.
pub fn load_schema(
    sources: &SourceMap,
    root: &Path,
    source: &SchemaSource,
    place: &Node,
    report: &mut Report,
) -> Option<LoadedSchema> {
    let node = match source {
        SchemaSource::Inline(_) => place.clone(),
        SchemaSource::File(file) => {
            let path = within(root, file).ok()?;
            if let Some(error) = sources.missing(&path) {
                report.push(read_diagnostic(&MANIFEST_SHAPE, &error).label(place.span, "named here"));
                return None;
            }
            let mut found = Report::default();
            let node = read_single(sources, &path, &mut found);
            report.diagnostics.extend(found.diagnostics.into_iter().map(|diagnostic| match diagnostic.is_error() {
                true => Diagnostic { rule: &MANIFEST_SHAPE, ..diagnostic },
                false => diagnostic,
            }));
            node?
        }
    };
    let json = to_json(&node);
    let broken = |message: String, place: &Node| {
        Diagnostic::error(&MANIFEST_SHAPE, format!("this is no JSON Schema: {message}"))
            .label(place.span, "here")
            .help("write a JSON Schema of the draft 2020-12")
    };
    if let Err(error) = jsonschema::draft202012::meta::validate(&json) {
        let pointer = error.instance_path().to_string();
        report.push(broken(error.to_string(), node.pointer(&pointer).unwrap_or(&node)));
        return None;
    }
    let loaded = LoadedSchema { json: Arc::new(json), node };
    if let Some(fault) = loaded.compiled().fault() {
        report.push(broken(fault.to_owned(), &loaded.node));
        return None;
    }
    Some(loaded)
}
