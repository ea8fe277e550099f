//! Schema validation with places: a tree and a compiled schema go in, violations at nodes come out.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::json::NodeJson;
use super::violation::{Problem, Violation, join_misspelt, keep_one_mismatch};
use super::words;
use crate::model::{FileKind, file_schema};
use crate::report::did_you_mean;
use crate::syntax::{Mapping, Node};

/// A schema that validates trees. It is made and compiled on first use: most runs need few of them.
pub struct CompiledSchema {
    make: Box<dyn Fn() -> Json + Send + Sync>,
    compiled: OnceLock<Result<Compiled, String>>,
}

/// A schema and its validator.
struct Compiled {
    validator: Validator<NodeJson>,
    schema: Json,
}

impl CompiledSchema {
    /// A schema that is made when it is needed.
    pub fn new(make: impl Fn() -> Json + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), compiled: OnceLock::new() }
    }

    /// The schema as JSON.
    pub fn json(&self) -> Json {
        (self.make)()
    }

    /// Whether the schema is one. What is wrong with it is a fault of its author.
    pub fn fault(&self) -> Option<&str> {
        self.compiled().as_ref().err().map(String::as_str)
    }

    /// All violations, in the order of the schema's keywords. A schema that is none refuses everything.
    pub fn violations<'a>(&self, root: &'a Node) -> Vec<Violation<'a>> {
        match self.compiled() {
            Ok(compiled) => compiled.violations(root),
            Err(fault) => vec![Violation {
                node: root,
                span: root.span,
                path: String::new(),
                field: None,
                problem: Problem::Mismatch {
                    expected: format!("valid by a schema that is broken: {fault}"),
                    suggestion: None,
                },
                code: None,
            }],
        }
    }

    fn compiled(&self) -> &Result<Compiled, String> {
        self.compiled.get_or_init(|| {
            let schema = self.json();
            let validator = jsonschema::options_for::<NodeJson>().build(&schema).map_err(|error| error.to_string())?;
            Ok(Compiled { validator, schema })
        })
    }
}

impl Compiled {
    fn violations<'a>(&self, root: &'a Node) -> Vec<Violation<'a>> {
        if self.validator.is_valid(root) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for error in self.validator.iter_errors(root) {
            self.collect(root, &error, &mut found);
        }
        join_misspelt(&mut found);
        keep_one_mismatch(&mut found);
        found
    }

    fn collect<'a>(&self, root: &'a Node, error: &ValidationError<'_>, found: &mut Vec<Violation<'a>>) {
        let pointer = error.instance_path().to_string();
        let Some(place) = Place::find(root, &pointer) else { return };
        let keyword = error.schema_path().to_string();
        let holder = keyword.rsplit_once('/').map_or("", |(holder, _)| holder);
        let schema = self.at(holder).unwrap_or(&self.schema);
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default().to_owned();
                found.push(place.violation(schema, Problem::Missing { key, misspelt: None }));
            }
            ValidationErrorKind::MinLength { limit: 1 } | ValidationErrorKind::MinItems { limit: 1 } => {
                let key = place.field.clone().unwrap_or_default();
                found.push(place.violation(schema, Problem::Missing { key, misspelt: None }));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                found.extend(unexpected.iter().map(|key| place.unknown_key(schema, key)));
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                // A branch that asks for this kind of value is the one that the author meant.
                let meant = context
                    .iter()
                    .filter(|branch| !branch.iter().any(|inner| is_wrong_kind(inner, &pointer)))
                    .min_by_key(|branch| branch.len());
                // Where a scalar has several forms, the words for all of them say more than one of the forms.
                let says_more = |inner: &ValidationError<'_>| {
                    !matches!(inner.kind(), ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Enum { .. })
                        || inner.instance_path().to_string() != pointer
                };
                // Of several words, none is the one that was meant.
                let is_word = |inner: &ValidationError<'_>| {
                    matches!(inner.kind(), ValidationErrorKind::Constant { .. })
                        && inner.instance_path().to_string() == pointer
                };
                let meant = meant.filter(|branch| context.len() == 1 || !branch.iter().all(is_word));
                match meant.filter(|branch| words::own(schema).is_none() || branch.iter().any(says_more)) {
                    Some(branch) => branch.iter().for_each(|inner| self.collect(root, inner, found)),
                    None => {
                        let expected = words::of_union(schema, &self.schema);
                        let expected = expected.unwrap_or_else(|| "another kind of value".to_owned());
                        let mut known = Vec::new();
                        words::constants(schema, &self.schema, &mut known);
                        let written = place.node.as_str().unwrap_or_default();
                        let suggestion =
                            did_you_mean(written, known).filter(|_| !written.is_empty()).map(str::to_owned);
                        found.push(place.violation(schema, Problem::Mismatch { expected, suggestion }));
                    }
                }
            }
            kind => {
                let (expected, suggestion) = words::expected(kind, schema, place.node);
                found.push(place.violation(schema, Problem::Mismatch { expected, suggestion }));
            }
        }
    }

    /// The part of the schema at a path that goes through references.
    fn at(&self, path: &str) -> Option<&Json> {
        path.split('/').skip(1).try_fold(&self.schema, |schema, step| match step {
            "$ref" => self.schema.pointer(schema.get(step)?.as_str()?.trim_start_matches('#')),
            _ => schema.pointer(&format!("/{step}")),
        })
    }
}

/// Whether a violation says that the value at a place is of the wrong kind altogether.
fn is_wrong_kind(error: &ValidationError<'_>, pointer: &str) -> bool {
    error.instance_path().to_string() == pointer
        && match error.kind() {
            ValidationErrorKind::Type { .. } => true,
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                context.iter().all(|branch| branch.iter().any(|inner| is_wrong_kind(inner, pointer)))
            }
            _ => false,
        }
}

/// A node found by a JSON pointer.
struct Place<'a> {
    node: &'a Node,
    path: String,
    field: Option<String>,
}

impl<'a> Place<'a> {
    fn find(root: &'a Node, pointer: &str) -> Option<Self> {
        let mut place = Self { node: root, path: String::new(), field: None };
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            if let Some(items) = place.node.as_sequence() {
                place.node = items.get(step.parse::<usize>().ok()?)?;
                place.path.push_str(&format!("[{step}]"));
            } else {
                let entries = &place.node.as_mapping()?.entries;
                place.node = &entries.iter().find(|entry| entry.key.plain_text() == step.as_str())?.value;
                if !place.path.is_empty() {
                    place.path.push('.');
                }
                place.path.push_str(&step);
                place.field = Some(step);
            }
        }
        Some(place)
    }

    /// A violation of a part of the schema at this place.
    fn violation(&self, schema: &Json, problem: Problem) -> Violation<'a> {
        Violation {
            node: self.node,
            span: self.node.span,
            path: self.path.clone(),
            field: self.field.clone(),
            problem,
            code: schema.get("x-lhp-code").and_then(Json::as_str).map(str::to_owned),
        }
    }

    /// A key of the mapping at this place that the schema does not know.
    fn unknown_key(&self, schema: &Json, key: &str) -> Violation<'a> {
        let properties = schema.get("properties").and_then(Json::as_object);
        let known = properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str));
        let replacement = schema.get("x-lhp-removed").and_then(|removed| removed.get(key)).and_then(Json::as_str);
        let replacement = replacement.map(str::to_owned);
        let suggestion = did_you_mean(key, known).filter(|_| replacement.is_none()).map(str::to_owned);
        let written = |mapping: &'a Mapping| mapping.entries.iter().find(|entry| entry.key.plain_text() == key);
        let node = self.node.as_mapping().and_then(written).map_or(self.node, |entry| &entry.key);
        let problem = Problem::Unknown { key: key.to_owned(), suggestion, replacement };
        Violation { node, span: node.span, ..self.violation(schema, problem) }
    }
}

/// The schema of a kind of file, compiled once per process.
pub fn file_validator(kind: FileKind) -> Option<&'static CompiledSchema> {
    static SCHEMAS: OnceLock<FxHashMap<FileKind, CompiledSchema>> = OnceLock::new();
    let all = || {
        let schema = |kind| (kind, CompiledSchema::new(move || file_schema(kind).to_value()));
        FileKind::ALL.into_iter().map(schema).collect()
    };
    SCHEMAS.get_or_init(all).get(&kind)
}
