//! JSON Schemas of a plugin: a file or an inline schema goes in, JSON and the tree it stands in come out.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::SchemaSource;
use super::paths::within;
use crate::check::CompiledSchema;
use crate::project::{read_diagnostic, read_single};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, json};

rules! {
    /// A schema that a plugin declares, for the settings of actions or for its own, is missing, cannot be read, or is no
    /// JSON Schema.
    ///
    /// ## Why
    /// Without the schema nobody knows whether settings are right, so the plugin is not asked for code. `lhp plugin
    /// validate` finds it too.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - kind: load
    ///     key: s3_batch
    ///     entry: s3_batch.py.j2
    ///     schema: {type: objekt}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - kind: load
    ///     key: s3_batch
    ///     entry: s3_batch.py.j2
    ///     schema: {type: object}
    /// ```
    pub static PLUGIN_SCHEMA: Rule = Rule::new("LHP-PLG-003", "plugin-schema");
}

/// A schema as JSON and as a tree.
#[derive(Debug, Clone)]
pub struct LoadedSchema {
    pub json: Arc<Json>,
    /// The tree of the schema, for the places of what it says.
    pub node: Node,
    /// Its file, and where the manifest names it. None if it stands in the manifest.
    file: Option<(String, Span)>,
}

impl LoadedSchema {
    /// A schema that everything fits. `place` stands for it.
    pub fn of_anything(place: &Node) -> Self {
        Self { json: Arc::new(Json::Bool(true)), node: place.clone(), file: None }
    }

    /// The schema, ready to validate.
    pub fn compiled(&self) -> CompiledSchema {
        let json = self.json.clone();
        CompiledSchema::new(move || json.as_ref().clone())
    }

    /// Why it is no JSON Schema, if it is none. `compiled` is what was made of it.
    pub fn fault(&self, compiled: &CompiledSchema) -> Option<Diagnostic> {
        let fault = compiled.fault()?;
        // A place inside the schema is known if a rule of schemas is broken.
        let error = jsonschema::draft202012::meta::validate(&self.json).err();
        let place = error.and_then(|error| self.node.pointer(error.instance_path().as_str()));
        let what = self.file.as_ref().map_or_else(|| "this schema".to_owned(), |(file, _)| format!("`{file}`"));
        let diagnostic = Diagnostic::error(&PLUGIN_SCHEMA, format!("{what} is not a JSON Schema: {fault}"))
            .label(place.unwrap_or(&self.node).span, "this is wrong")
            .help("correct the schema in the plugin (draft 2020-12); `lhp plugin validate` checks it");
        Some(match &self.file {
            Some((_, named)) => diagnostic.label(*named, "named here"),
            None => diagnostic,
        })
    }
}

/// Reads what should be a schema, inline at `place` or in the file that stands there. JSON is YAML, so one reader serves
/// both. A file is read once per compile, whoever asks for it.
///
/// # Errors
/// If the file cannot be read.
pub fn read_schema(
    sources: &SourceMap,
    root: &Path,
    source: &SchemaSource,
    place: &Node,
) -> Result<LoadedSchema, Box<Diagnostic>> {
    let SchemaSource::File(file) = source else {
        return Ok(LoadedSchema { json: Arc::new(json(place)), node: place.clone(), file: None });
    };
    let path = within(root, file).map_err(|problem| {
        Diagnostic::error(&PLUGIN_SCHEMA, format!("`{file}` is no file of this plugin"))
            .label(place.span, format!("this path {}", problem.reason()))
            .help("put the file into the directory of the manifest, and write its path from there")
    })?;
    if let Some(error) = sources.missing(&path) {
        return Err(Box::new(read_diagnostic(&PLUGIN_SCHEMA, &error).label(place.span, "named here")));
    }
    let mut report = Report::default();
    let node = read_single(sources, &path, &mut report).ok_or_else(|| {
        let fault = report.diagnostics.into_iter().find(Diagnostic::is_error);
        let message = fault.as_ref().map_or_else(|| "it is empty".to_owned(), |fault| fault.message.clone());
        let mut diagnostic = Diagnostic::error(&PLUGIN_SCHEMA, format!("`{file}` is not JSON: {message}"));
        for label in fault.into_iter().flat_map(|fault| fault.labels) {
            diagnostic = diagnostic.label(label.span, label.text);
        }
        diagnostic.label(place.span, "named here").help("correct the file in the plugin")
    })?;
    Ok(LoadedSchema { json: Arc::new(json(&node)), node, file: Some((file.clone(), place.span)) })
}

/// Reads a schema that has to be one.
///
/// # Errors
/// If it cannot be read, or is no JSON Schema.
pub fn load_schema(
    sources: &SourceMap,
    root: &Path,
    source: &SchemaSource,
    place: &Node,
) -> Result<LoadedSchema, Box<Diagnostic>> {
    let loaded = read_schema(sources, root, source, place)?;
    match loaded.fault(&loaded.compiled()) {
        Some(fault) => Err(Box::new(fault)),
        None => Ok(loaded),
    }
}
