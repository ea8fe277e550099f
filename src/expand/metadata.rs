//! Operational metadata: which columns an action adds, and the Python expression of each.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::substitution::{Place, Source};
use crate::emit::imports;
use crate::model::MetadataColumn;
use crate::project::{Project, metadata_columns};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::{Node, Text, token};

rules! {
    /// The expression of a metadata column still contains `${`, `%{` or `{{` after its tokens were
    /// replaced.
    ///
    /// ## Why
    /// The expression becomes Python code, where these characters mean something else. Variables of
    /// flowgroups and parameters of templates are not known in `lhp.yaml`; known are the tokens of the
    /// environment, `${pipeline_name}`, `${flowgroup_name}` and, in loads of tables, `${source_table}`.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _region:
    ///       expression: F.lit('%{region}')
    ///       applies_to: [view]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _region:
    ///       expression: F.lit('${region}')   # a token of substitutions/dev.yaml
    ///       applies_to: [view]
    /// ```
    pub static UNRESOLVED_EXPRESSION: Rule = Rule::new("LHP-CFG-010", "unresolved-token-in-expression");
    /// The expression of a metadata column contains a secret.
    ///
    /// ## Why
    /// A metadata column is written to the table, so everyone who may read the table would read the
    /// secret.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _source_key:
    ///       expression: F.lit('${secret:shop/password}')
    ///       applies_to: [view]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _source_key:
    ///       expression: F.lit('${shop_name}')
    ///       applies_to: [view]
    /// ```
    pub static SECRET_IN_EXPRESSION: Rule = Rule::new("LHP-CFG-070", "secret-in-expression");
    /// A list of operational metadata columns names a column that is not defined.
    ///
    /// ## Why
    /// The name is ignored, and the column is missing in the table. As soon as `lhp.yaml` defines
    /// columns of its own, they replace all built-in ones, such as `_source_file`.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata: [_source_fiel]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata: [_source_file]
    /// ```
    pub static UNKNOWN_COLUMN: Rule = Rule::new("LHP-CFG-085", "unknown-metadata-column").advice();
    /// `operational_metadata: true` does not select any column.
    ///
    /// ## Why
    /// Only lists of names select columns. `true` reads as if it selected all of them, but the
    /// generated code has none. `false` in an action does switch off the columns of that action.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// operational_metadata: true
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// operational_metadata: [_ingestion_timestamp, _source_file]
    /// ```
    pub static TRUE_SELECTS_NOTHING: Rule = Rule::new("LHP-CFG-085", "true-selects-nothing").advice();
}

/// A column that the project defines, or one of the built-in ones.
#[derive(Debug, Clone)]
struct Definition {
    expression: String,
    span: Option<Span>,
    for_views: bool,
    imports: Vec<String>,
}

/// The metadata columns of a project.
#[derive(Debug)]
pub struct MetadataColumns {
    columns: std::collections::BTreeMap<String, Definition>,
    detected: Detected,
}

/// The imports that expressions need, by expression.
type Detected = Mutex<FxHashMap<String, Vec<String>>>;

/// A metadata column of one action, ready to be emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Python source.
    pub expression: String,
    pub imports: Vec<String>,
    /// Where the expression is written, or where a built-in column is selected.
    pub span: Span,
}

/// The columns that a project has if it defines none.
const BUILT_IN: [(&str, &str); 5] = [
    ("_ingestion_timestamp", "F.current_timestamp()"),
    ("_source_file", "F.input_file_name()"),
    ("_pipeline_run_id", "F.lit(spark.conf.get(\"pipelines.id\", \"unknown\"))"),
    ("_pipeline_name", "F.lit(\"${pipeline_name}\")"),
    ("_flowgroup_name", "F.lit(\"${flowgroup_name}\")"),
];

/// The names of the columns that every project has unless it defines its own.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().map(|(name, _)| name)
}

impl MetadataColumns {
    /// The columns that can be selected in a project.
    pub fn of(project: &Project) -> Self {
        let defined = metadata_columns(&project.loaded);
        let own = |(name, column, span): (String, MetadataColumn, Span)| {
            let full = column.full();
            let definition = Definition {
                expression: full.expression,
                span: Some(span),
                for_views: full.applies_to.iter().any(|kind| kind == "view"),
                imports: full.additional_imports.unwrap_or_default(),
            };
            (name, definition)
        };
        let built_in = |(name, expression): (&str, &str)| {
            let definition =
                Definition { expression: expression.to_owned(), span: None, for_views: true, imports: Vec::new() };
            (name.to_owned(), definition)
        };
        let columns = if defined.is_empty() {
            BUILT_IN.into_iter().map(built_in).collect()
        } else {
            defined.into_iter().map(own).collect()
        };
        Self { columns, detected: Mutex::default() }
    }

    /// The names that the given selections choose, each with the place of its selection.
    pub fn select<'a>(&self, selections: &[Option<&'a Node>], report: &mut Report) -> Vec<(String, &'a Node)> {
        let mut chosen: Vec<(String, &Node)> = Vec::new();
        for selection in selections.iter().flatten() {
            if selection.as_bool() == Some(true) {
                report.push(
                    Diagnostic::advice(&TRUE_SELECTS_NOTHING, "`operational_metadata: true` adds no column")
                        .at(selection, "selects nothing")
                        .help(self.how_to_select()),
                );
            }
            for item in selection.as_sequence().unwrap_or_default() {
                let Some(name) = item.as_str() else { continue };
                match self.columns.get(name) {
                    Some(column) if column.for_views => {
                        if chosen.iter().all(|(known, _)| known != name) {
                            chosen.push((name.to_owned(), item));
                        }
                    }
                    Some(_) => {}
                    None => report.push(
                        Diagnostic::advice(&UNKNOWN_COLUMN, format!("there is no metadata column `{name}`"))
                            .at(item, "ignored")
                            .help(match did_you_mean(name, self.columns.keys().map(String::as_str)) {
                                Some(close) => format!("did you mean `{close}`?"),
                                None => "define it under `operational_metadata.columns` in `lhp.yaml`".to_owned(),
                            }),
                    ),
                }
            }
        }
        chosen.sort_by(|left, right| left.0.cmp(&right.0));
        chosen
    }

    fn how_to_select(&self) -> String {
        let names: Vec<&str> =
            self.columns.iter().filter(|(_, column)| column.for_views).map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] => "define columns with `applies_to: [view]` in `lhp.yaml`, and list their names here".to_owned(),
            names => format!("list the names of the columns: `[{}]`", names.join(", ")),
        }
    }

    /// The expression of a selected column for one action.
    pub fn column(&self, name: &str, place: &Node, context: &ColumnContext<'_>, report: &mut Report) -> Option<Column> {
        let definition = self.columns.get(name)?;
        let mut expression = definition.expression.clone();
        for (token, value) in context.values() {
            if let Some(value) = value.filter(|_| expression.contains(token)) {
                // The token may stand inside a string literal of the expression, whichever quotes it uses.
                let escaped = match value.contains(['\\', '"', '\'']) {
                    true => &value.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'"),
                    false => value,
                };
                expression = expression.replace(token, escaped);
            }
        }
        let span = definition.span.unwrap_or(place.span);
        let before = report.diagnostics.len();
        let text = if expression.contains("${") {
            let secret = token::scan_secrets(&expression).next().and_then(|found| expression.get(found.range));
            let text = if secret.is_some() { Text::default() } else { context.resolve(&expression, span, report) };
            if secret.is_some() || text.has_secret() {
                let exact = secret.and_then(|written| context.source.sources.find(span, written));
                report.push(
                    Diagnostic::error(
                        &SECRET_IN_EXPRESSION,
                        format!("the expression of column `{name}` uses a secret"),
                    )
                    .label(exact.unwrap_or(span), "a secret in an expression")
                    .label(place.span, "the column is selected here")
                    .help("read the secret in the pipeline code, not in a column expression"),
                );
                return None;
            }
            text.as_plain().unwrap_or_default().to_owned()
        } else {
            expression
        };
        let leftover = ["${", "%{", "{{"].into_iter().find(|marker| text.contains(marker));
        if report.diagnostics.len() == before
            && let Some(marker) = leftover
        {
            report.push(
                Diagnostic::error(
                    &UNRESOLVED_EXPRESSION,
                    format!("the expression of column `{name}` still contains `{marker}`"),
                )
                .label(span, "this expression")
                .label(place.span, "the column is selected here")
                .help(
                    "variables and parameters are not known here: use tokens of the environment, `${pipeline_name}`, \
                     `${flowgroup_name}`, or `${source_table}` in loads of tables",
                ),
            );
        }
        if report.diagnostics.len() > before {
            return None;
        }
        let mut imports = self.detect(&text);
        imports.extend(definition.imports.iter().cloned());
        Some(Column { name: name.to_owned(), expression: text, imports, span })
    }
}

impl MetadataColumns {
    /// The imports that an expression needs. Most expressions are those of many actions, and are read once.
    fn detect(&self, expression: &str) -> Vec<String> {
        let known = || self.detected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(imports) = known().get(expression) {
            return imports.clone();
        }
        let imports = imports::detect(expression);
        known().insert(expression.to_owned(), imports.clone());
        imports
    }
}

/// What the expressions of one action may refer to.
pub struct ColumnContext<'a> {
    pub pipeline: Arc<str>,
    pub flowgroup: Arc<str>,
    pub source_table: Option<String>,
    pub source: &'a Source<'a>,
}

impl ColumnContext<'_> {
    fn values(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("${pipeline_name}", Some(&self.pipeline)),
            ("${flowgroup_name}", Some(&self.flowgroup)),
            ("${source_table}", self.source_table.as_deref()),
        ]
    }

    fn resolve(&self, expression: &str, span: Span, report: &mut Report) -> Text {
        self.source.environment_only(expression, Place::File(span), report)
    }
}
