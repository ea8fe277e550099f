//! Schema definitions: text or a document goes in, checked renames, casts and columns come out.

use super::Enforcement;
use super::conflicts::{self, Form};
use super::entry::{self, Entry, Placed};
use super::written::Written;
use crate::emit::literal::python_str;
use crate::expand::Action;
use crate::generator::Context;
use crate::generator::transform::definition_file;
use crate::project::metadata_columns;
use crate::report::{Diagnostic, Report, Rule, Severity, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::token;
use crate::syntax::yaml::{self, Limits};
use crate::syntax::{Node, Part, SecretRef, Text, Value};

rules! {
    /// The file that `schema_file` of a schema transform names does not exist.
    ///
    /// ## Why
    /// Without it the program does not know which columns to rename and cast. Paths start from the
    /// directory of `lhp.yaml`, not from that of the flowgroup.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema_file: orders.yaml   # the file is schemas/orders.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema_file: schemas/orders.yaml
    /// ```
    pub static MISSING_SCHEMA_FILE: Rule = Rule::within("LHP-IO-001", "missing-schema-file", "LHP-VAL-007");
    /// A schema definition has no columns, or has them in two forms, or is written in a form that does
    /// not exist.
    ///
    /// ## Why
    /// A definition holds either `columns`, with one entry for each column, or the older
    /// `column_mapping` and `type_casting`. With both, nobody can tell in which order they apply; with
    /// neither, the transform would do nothing.
    ///
    /// ## Wrong
    /// ```yaml
    /// columns:
    ///   - "id -> order_id"
    /// type_casting:
    ///   order_id: BIGINT
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// columns:
    ///   - "id -> order_id: BIGINT"
    /// ```
    pub static DEFINITION_FORM: Rule = Rule::new("LHP-VAL-011", "schema-definition-form");
    /// A schema definition says `enforcement`, which only counts in the action.
    ///
    /// ## Why
    /// It is ignored there: unless the action says `enforcement: strict`, all columns are kept. A
    /// definition is about columns, and may be used by several actions; what happens to other columns
    /// is for each of these to say.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml
    /// enforcement: strict
    /// columns:
    ///   - "id: BIGINT"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # the action; the file holds `columns` only
    /// schema_file: schemas/orders.yaml
    /// enforcement: strict
    /// ```
    pub static ENFORCEMENT_INSIDE: Rule = Rule::new("LHP-DEPR-003", "enforcement-in-definition").warning();
    /// The enforcement that is written in the definition has no effect, and the action does otherwise.
    ///
    /// ## Why
    /// The `enforcement` of the action counts. Whoever reads the definition expects the other one, and
    /// columns are kept or dropped that should not be.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml, used by an action without `enforcement`, which is `permissive`
    /// enforcement: strict
    /// columns:
    ///   - id -> order_id
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # in the action; the line in schemas/orders.yaml is removed
    /// enforcement: strict
    /// ```
    pub static ENFORCEMENT_CONTRADICTED: Rule = Rule::new("LHP-DEPR-003", "enforcement-contradicted").warning();
    /// A schema transform renames or casts an operational metadata column of the project.
    ///
    /// ## Why
    /// Metadata columns are defined once, in `lhp.yaml`, and keep name and type all the way to the
    /// table, so that every table of the project has the same ones. A schema transform keeps them
    /// without being told to.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema_inline: |
    ///   id: BIGINT
    ///   _loaded_at -> loaded_at
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema_inline: |
    ///   id: BIGINT
    /// ```
    pub static METADATA_COLUMN: Rule = Rule::new("LHP-VAL-007", "metadata-column-changed");
}

/// The keys that make a mapping a definition.
const KEYS: [&str; 3] = ["columns", "column_mapping", "type_casting"];

/// What a schema transform does, each part in the order of the definition.
pub(super) struct Definition {
    pub renames: Vec<Rename>,
    pub casts: Vec<Cast>,
    /// Columns that are kept as they are.
    pub passed: Vec<String>,
    secrets: Secrets,
}

/// A column gets a new name.
pub(super) struct Rename {
    pub old: String,
    pub new: String,
}

/// A column gets a new type.
pub(super) struct Cast {
    pub column: String,
    pub data_type: String,
}

/// Whether `${secret:…}` in a definition is a secret: in flowgroups it is, in files of their own it is text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Read,
    Text,
}

impl Definition {
    /// The text behind a name or type of this definition.
    pub fn text(&self, text: &str) -> Text {
        if self.secrets == Secrets::Text {
            return text.into();
        }
        let mut result = Text::default();
        let mut from = 0;
        for found in token::scan_secrets(text) {
            let Some((scope, key)) = found.token.body().and_then(|body| body.split_once('/')) else { continue };
            result.push_str(text.get(from..found.range.start).unwrap_or_default());
            result.parts.push(Part::Secret(SecretRef { scope: scope.into(), key: key.into() }));
            from = found.range.end;
        }
        result.push_str(text.get(from..).unwrap_or_default());
        result
    }
}

/// The definition of an action. None if it is wrong; the report says why.
pub(super) fn of(
    action: &Action,
    enforcement: Enforcement,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Definition> {
    let errors = report.count(Severity::Error);
    let (entries, form, secrets) = match action.setting("schema_inline") {
        Some(inline) => {
            let secrets = if matches!(inline.value, Value::Secret(_)) { Secrets::Read } else { Secrets::Text };
            let (entries, form) = of_inline(inline, enforcement, context, report)?;
            (entries, form, secrets)
        }
        None => {
            let path = action.setting("schema_file")?;
            let document = definition_file::read(path, &MISSING_SCHEMA_FILE, context, report)?;
            let (entries, form) = of_document(&document, enforcement, context, report)?;
            (entries, form, Secrets::Text)
        }
    };
    conflicts::check(&entries, form, enforcement, report);
    check_metadata(&entries, context, report);
    (report.count(Severity::Error) == errors).then(|| definition(entries, secrets))
}

fn definition(entries: Vec<Entry>, secrets: Secrets) -> Definition {
    let mut definition = Definition { renames: Vec::new(), casts: Vec::new(), passed: Vec::new(), secrets };
    for entry in entries {
        let column = entry.target.as_ref().unwrap_or(&entry.source).text.clone();
        match (&entry.target, entry.data_type) {
            (None, None) => definition.passed.push(column.clone()),
            (_, Some(data_type)) => definition.casts.push(Cast { column: column.clone(), data_type: data_type.text }),
            _ => {}
        }
        if entry.target.is_some() {
            definition.renames.push(Rename { old: entry.source.text, new: column });
        }
    }
    definition
}

/// Text is YAML if it is a mapping with one of the keys of a definition; otherwise it has one entry per line.
fn of_inline(
    inline: &Node,
    enforcement: Enforcement,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<(Vec<Entry>, Form)> {
    let text = inline.as_text()?.display();
    if text.trim().is_empty() {
        report.push(
            Diagnostic::error(&DEFINITION_FORM, "this schema definition is empty")
                .at(inline, "no columns")
                .help("write one column per line, such as `old -> new: BIGINT`"),
        );
        return None;
    }
    let written = Written::of(inline, &text, &context.project.sources);
    let place = |span: Span| written.span(span.start as usize..span.end as usize);
    match yaml::parse(inline.span.file, &text, &Limits::default()) {
        Ok(parsed) => {
            if let [document] = parsed.documents.as_slice()
                && is_definition(document)
            {
                let mut document = document.clone();
                document.visit_mut(&mut |node| {
                    node.span = place(node.span);
                    node.via = inline.via.clone();
                });
                report.diagnostics.extend(parsed.warnings.into_iter().map(|warning| moved(warning, place)));
                return of_document(&document, enforcement, context, report);
            }
        }
        Err(fault) if has_header(&text) => {
            let fault = moved(fault, place);
            let message = format!("`columns:` begins YAML that cannot be read: {}", fault.message);
            report.push(
                Diagnostic { rule: &DEFINITION_FORM, message, ..fault }
                    .through(inline.via.as_ref())
                    .help("write each column as `- \"old -> new: TYPE\"`, in quotes, or leave the line `columns:` out"),
            );
            return None;
        }
        Err(_) => {}
    }
    Some((entry::of_lines(inline, &text, context, report)?, Form::Arrows))
}

/// A text under one of the keys is the type in an entry for a column that is named like the key.
fn is_definition(document: &Node) -> bool {
    let holds = |key: &&str| document.get(key).is_some_and(|value| value.as_str().is_none());
    KEYS.iter().any(holds)
}

/// Whether the first line with text is `columns:`, maybe with a comment.
fn has_header(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    first.strip_prefix("columns:").is_some_and(|rest| rest.trim().is_empty() || rest.trim().starts_with('#'))
}

/// A diagnostic about a text, moved to where the text stands.
fn moved(mut diagnostic: Diagnostic, place: impl Fn(Span) -> Span) -> Diagnostic {
    for label in &mut diagnostic.labels {
        label.span = place(label.span);
    }
    diagnostic
}

fn of_document(
    document: &Node,
    enforcement: Enforcement,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<(Vec<Entry>, Form)> {
    let fault = |message: String| Diagnostic::error(&DEFINITION_FORM, message);
    let Some(mapping) = document.as_mapping() else {
        report.push(
            fault(format!("a schema definition must be a mapping, not {}", document.kind()))
                .at(document, "expected `columns:`")
                .help("list the columns under `columns:`"),
        );
        return None;
    };
    if let Some(entry) = mapping.entry("enforcement") {
        report.push(enforcement_inside(&entry.key, &python_str(&entry.value).display(), enforcement));
    }
    let pairs = ["column_mapping", "type_casting"].map(|key| (key, mapping.entry(key)));
    let old = pairs.iter().find_map(|(_, entry)| *entry);
    match (mapping.entry("columns"), old) {
        (Some(new), Some(old)) => {
            report.push(
                fault("a schema definition has either `columns` or `column_mapping` and `type_casting`".to_owned())
                    .at(&new.key, "the new form")
                    .label(old.key.span, "the old form")
                    .help("move all columns to `columns`"),
            );
            None
        }
        (None, None) => {
            let keys = mapping.entries.iter().map(|entry| &entry.key);
            let misspelt = keys.into_iter().find_map(|key| Some((key, did_you_mean(key.as_str()?, KEYS)?)));
            let fault = fault("this schema definition has no columns".to_owned());
            report.push(match misspelt {
                Some((key, known)) => fault.at(key, "nothing reads this").help(format!("did you mean `{known}`?")),
                None => fault.at(document, "no `columns`").help("list the columns under `columns:`"),
            });
            None
        }
        (Some(columns), None) => Some((of_columns(&columns.value, context, report)?, Form::Arrows)),
        (None, Some(_)) => {
            let mut entries = Vec::new();
            for (key, block) in pairs {
                let Some(block) = block else { continue };
                for (source, text) in entry::of_pairs(&block.value, key, report)? {
                    entries.push(match key {
                        "type_casting" => Entry { source, target: None, data_type: Some(text) },
                        _ => Entry { source, target: Some(text), data_type: None },
                    });
                }
            }
            Some((entries, Form::Pairs))
        }
    }
}

/// An enforcement that is written in the definition, and that of the action, which counts.
fn enforcement_inside(key: &Node, written: &str, enforcement: Enforcement) -> Diagnostic {
    let (word, effect) = match enforcement {
        Enforcement::Strict => ("strict", "keeps only the columns of the definition"),
        Enforcement::Permissive => ("permissive", "keeps all columns"),
    };
    if written == word {
        Diagnostic::warning(&ENFORCEMENT_INSIDE, "`enforcement` has no effect inside a schema definition")
            .at(key, "ignored")
            .help("remove it here, which `lhp fix` does; the action says the same")
    } else {
        Diagnostic::warning(
            &ENFORCEMENT_CONTRADICTED,
            format!("`enforcement: {written}` has no effect inside a schema definition, and the action {effect}"),
        )
        .at(key, "ignored")
        .help(format!("write `enforcement: {written}` in the action if that is meant, and remove it here"))
    }
}

fn of_columns(columns: &Node, context: &Context<'_>, report: &mut Report) -> Option<Vec<Entry>> {
    let Some(items) = columns.as_sequence().filter(|items| !items.is_empty()) else {
        let empty = columns.is_null() || columns.as_sequence().is_some();
        let message = if empty {
            "`columns` is empty".to_owned()
        } else {
            format!("`columns` must be a list, not {}", columns.kind())
        };
        report.push(
            Diagnostic::error(&DEFINITION_FORM, message)
                .at(columns, "expected a list of columns")
                .help("write each column as `- \"old -> new: TYPE\"`, in quotes"),
        );
        return None;
    };
    let entries: Vec<Option<Entry>> = items.iter().map(|item| entry::of_item(item, context, report)).collect();
    entries.into_iter().collect()
}

/// Metadata columns of the project keep their names and types.
fn check_metadata(entries: &[Entry], context: &Context<'_>, report: &mut Report) {
    let known = metadata_columns(&context.project.loaded);
    let mut refuse = |placed: &Placed, change: &str| {
        let Some((name, _, span)) = known.iter().find(|(name, ..)| *name == placed.text) else { return };
        report.push(
            Diagnostic::error(&METADATA_COLUMN, format!("metadata column `{name}` cannot be {change}"))
                .label(placed.span, format!("{change} here"))
                .label(*span, "defined here")
                .help("remove the column from the schema definition, or change its expression in `lhp.yaml`"),
        );
    };
    for entry in entries {
        if entry.target.is_some() {
            refuse(&entry.source, "renamed");
        }
        if entry.data_type.is_some() {
            refuse(entry.target.as_ref().unwrap_or(&entry.source), "cast");
        }
    }
}
