//! Schema validation with places: a tree and a compiled schema go in, violations at nodes come out.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::json::{NodeJson, key_text};
use crate::model::{FileKind, file_schema};
use crate::report::{Diagnostic, Rule, did_you_mean};
use crate::source::Span;
use crate::syntax::{Node, Value};

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

/// What is wrong at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A required key is absent, null or empty; a key that nobody knows may be meant for it.
    Missing { key: String, misspelt: Option<String> },
    /// A key that the schema does not know: maybe a misspelt one, maybe one that something else replaced
    /// (`x-lhp-removed`).
    Unknown { key: String, suggestion: Option<String>, replacement: Option<String> },
    /// A value of the wrong type or form.
    Mismatch { expected: String, suggestion: Option<String> },
}

/// A place where a tree does not fit its schema.
#[derive(Debug, Clone)]
pub struct Violation<'a> {
    /// The value, the mapping that lacks a key, or the key that is one too many or misspelt.
    pub node: &'a Node,
    /// Where to point: the value, or the unknown key.
    pub span: Span,
    /// Keys and indexes from the root of the tree, as in `actions[0].source.path`.
    pub path: String,
    /// The last key of the path, if there is one.
    pub field: Option<String>,
    pub problem: Problem,
    /// The code that the schema demands for this violation (`x-lhp-code`).
    pub code: Option<String>,
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
        let code = schema.get("x-lhp-code").and_then(Json::as_str).map(str::to_owned);
        let violation = |problem: Problem, span: Span| Violation {
            node: place.node,
            span,
            path: place.path.clone(),
            field: place.field.clone(),
            problem,
            code: code.clone(),
        };
        let span = place.node.span;
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default().to_owned();
                found.push(violation(Problem::Missing { key, misspelt: None }, span));
            }
            ValidationErrorKind::MinLength { limit: 1 } | ValidationErrorKind::MinItems { limit: 1 } => {
                let key = place.field.clone().unwrap_or_default();
                found.push(violation(Problem::Missing { key, misspelt: None }, span));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known: Vec<&str> = schema
                    .get("properties")
                    .and_then(Json::as_object)
                    .map(|properties| properties.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                for key in unexpected {
                    let entry = place
                        .node
                        .as_mapping()
                        .and_then(|mapping| mapping.entries.iter().find(|entry| key_text(&entry.key) == key.as_str()));
                    let removed = schema.get("x-lhp-removed").and_then(|removed| removed.get(key));
                    let replacement = removed.and_then(Json::as_str).map(str::to_owned);
                    let close = did_you_mean(key, known.iter().copied()).filter(|_| replacement.is_none());
                    let suggestion = close.map(str::to_owned);
                    let node = entry.map_or(place.node, |entry| &entry.key);
                    let problem = Problem::Unknown { key: key.clone(), suggestion, replacement };
                    found.push(Violation { node, ..violation(problem, node.span) });
                }
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                // A branch that asks for this kind of value is the one that the author meant.
                let meant = context
                    .iter()
                    .filter(|branch| !branch.iter().any(|inner| is_wrong_kind(inner, &pointer)))
                    .min_by_key(|branch| branch.len());
                match meant {
                    Some(branch) => branch.iter().for_each(|inner| self.collect(root, inner, found)),
                    None => {
                        let expected = self.expectation(schema).unwrap_or_else(|| "another kind of value".to_owned());
                        found.push(violation(Problem::Mismatch { expected, suggestion: None }, span));
                    }
                }
            }
            kind => {
                let (expected, suggestion) = describe(kind, schema, place.node);
                found.push(violation(Problem::Mismatch { expected, suggestion }, span));
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

    /// What a union asks for, in words: its own `x-lhp-expects` or that of one of its branches.
    fn expectation(&self, schema: &Json) -> Option<String> {
        if let Some(words) = schema.get("x-lhp-expects").and_then(Json::as_str) {
            return Some(words.to_owned());
        }
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            return self.expectation(self.schema.pointer(reference.trim_start_matches('#'))?);
        }
        if let Some(branches) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array) {
            let words: Vec<String> = branches.iter().filter_map(|branch| self.expectation(branch)).collect();
            return (!words.is_empty()).then(|| alternatives(&words));
        }
        let kinds = match schema.get("type")? {
            Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
            kind => vec![kind.as_str()?],
        };
        let words: Vec<&str> = kinds.into_iter().filter(|kind| *kind != "null").map(type_words).collect();
        (!words.is_empty()).then(|| alternatives(&words))
    }
}

/// `a, b or c`.
fn alternatives<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
        None => String::new(),
    }
}

/// Makes one violation of a missing key and an unknown one that looks like a misspelling of it.
fn join_misspelt(found: &mut Vec<Violation<'_>>) {
    let mut at = 0;
    while let Some(unknown) = found.get(at) {
        let Problem::Unknown { key: written, suggestion: Some(meant), .. } = unknown.problem.clone() else {
            at += 1;
            continue;
        };
        let (node, span, path) = (unknown.node, unknown.span, unknown.path.clone());
        let missing = found.iter_mut().find(|other| {
            other.path == path && matches!(&other.problem, Problem::Missing { key, misspelt: None } if *key == meant)
        });
        match missing {
            Some(missing) => {
                missing.problem = Problem::Missing { key: meant, misspelt: Some(written) };
                (missing.node, missing.span) = (node, span);
                found.remove(at);
            }
            None => at += 1,
        }
    }
}

/// Keeps the last mismatch at each place: a value of the wrong type is also none of the allowed words.
fn keep_one_mismatch(found: &mut Vec<Violation<'_>>) {
    let mut later: FxHashSet<String> = FxHashSet::default();
    let mut kept: Vec<_> = std::mem::take(found).into_iter().rev().collect();
    kept.retain(|violation| {
        !matches!(violation.problem, Problem::Mismatch { .. }) || later.insert(violation.path.clone())
    });
    kept.reverse();
    *found = kept;
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
                place.node = &entries.iter().find(|entry| key_text(&entry.key) == step.as_str())?.value;
                if !place.path.is_empty() {
                    place.path.push('.');
                }
                place.path.push_str(&step);
                place.field = Some(step);
            }
        }
        Some(place)
    }
}

fn type_words(kind: &str) -> &str {
    match kind {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        "null" => "null",
        other => other,
    }
}

/// What was expected, in words, and the nearest allowed word.
fn describe(kind: &ValidationErrorKind, schema: &Json, node: &Node) -> (String, Option<String>) {
    if let Some(words) = schema.get("x-lhp-expects").and_then(Json::as_str) {
        return (words.to_owned(), None);
    }
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => (type_words(kind.as_str()).to_owned(), None),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
            let words: Vec<&str> =
                kinds.iter().map(|kind| kind.as_str()).filter(|kind| *kind != "null").map(type_words).collect();
            (alternatives(&words), None)
        }
        ValidationErrorKind::Enum { options } => {
            let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let suggestion = node.as_str().and_then(|word| did_you_mean(word, words.iter().copied()));
            let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            (format!("one of {list}"), suggestion.map(str::to_owned))
        }
        ValidationErrorKind::Minimum { limit } => (format!("at least {limit}"), None),
        ValidationErrorKind::Maximum { limit } => (format!("at most {limit}"), None),
        ValidationErrorKind::Pattern { pattern } => (format!("text of the form `{pattern}`"), None),
        other => (format!("a value that satisfies `{}`", other.keyword()), None),
    }
}

/// Whether what is expected is a limit for numbers.
fn is_limit(expected: &str) -> bool {
    expected.starts_with("at least ") || expected.starts_with("at most ")
}

impl Violation<'_> {
    /// The diagnostic for this violation under a given rule. `what` names what is validated.
    pub fn diagnostic(&self, rule: &'static Rule, what: &str) -> Diagnostic {
        let field = self.field.as_deref().unwrap_or(what);
        match &self.problem {
            Problem::Missing { key, misspelt: Some(written) } => {
                Diagnostic::error(rule, format!("`{key}` is missing in this {what}"))
                    .label(self.span, "no such key")
                    .through(self.node.via.as_ref())
                    .help(format!("write `{key}` instead of `{written}`"))
            }
            Problem::Missing { key, misspelt: None } => {
                let empty = self.field.as_deref() == Some(key.as_str());
                let verb = if empty { "is empty" } else { "is missing" };
                Diagnostic::error(rule, format!("`{key}` {verb} in this {what}"))
                    .label(self.span, if empty { "needs a value" } else { "needs this key" })
                    .through(self.node.via.as_ref())
                    .help(format!("give `{key}` a value"))
            }
            Problem::Unknown { key, suggestion, replacement } => {
                Diagnostic::error(rule, format!("unknown key `{key}` in this {what}"))
                    .label(self.span, "not known here")
                    .through(self.node.via.as_ref())
                    .help(match (replacement, suggestion) {
                        (Some(new), _) => format!("write `{new}` instead, which `lhp fix` does"),
                        (None, Some(known)) => format!("did you mean `{known}`?"),
                        (None, None) => format!("remove `{key}`, or check its indentation"),
                    })
            }
            Problem::Mismatch { expected, suggestion } => {
                let found = match self.node.as_str() {
                    Some(text) if text.len() <= 40 => format!("`{text}`"),
                    _ => match (&self.node.value, is_limit(expected)) {
                        (Value::Int(number), true) => number.to_string(),
                        (Value::Float(number), true) => number.to_string(),
                        _ => self.node.kind().to_string(),
                    },
                };
                let subject = if self.path.ends_with(']') { "an item of " } else { "" };
                Diagnostic::error(rule, format!("{subject}`{field}` must be {expected}, not {found}"))
                    .label(self.span, format!("expected {expected}"))
                    .through(self.node.via.as_ref())
                    .help(match suggestion {
                        Some(word) => format!("did you mean `{word}`?"),
                        None if expected == "a list" && self.node.as_mapping().is_none() => {
                            "write a list: put the value on a line of its own, after `- `".to_owned()
                        }
                        None if expected == "a mapping" && self.path.ends_with(']') => {
                            "write a mapping: lines of the form `key: value`, the first one after `- `".to_owned()
                        }
                        None if expected == "a mapping" => {
                            format!("write a mapping: indented lines of the form `key: value` below `{field}:`")
                        }
                        None if is_limit(expected) => format!("write a number that is {expected}"),
                        None => format!("write {expected} here"),
                    })
            }
        }
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
