//! `load: cloudfiles` — a stream of files, read by Auto Loader.
//!
//! In: a path, a format and reader options in four groups. Out: one temporary view, and before it the schema or
//! the schema hints where the author gives them. Options are emitted in the order in which they were written.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cloudfiles_options::{LEGACY_KEYS, UNPREFIXED, full_name};
use crate::emit::literal::python_str;
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::column_schema::{ddl_from_file, is_path, struct_fields};
use crate::generator::options::advise as advise_options;
use crate::generator::{
    BuiltIn, Context, Fragment, Section, metadata_values, option_pairs, option_value, string_value, text_of,
};
use crate::model::ActionType;
use crate::model::lax::{Anything, Free, Scalar};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value, ddl};

rules! {
    /// A load of files or of Kafka topics is to read a batch.
    ///
    /// ## Why
    /// Auto Loader exists as a stream only, and a load of Kafka topics is generated as one. A stream that
    /// reads all that is there and then stops is a matter of the pipeline: let it run triggered.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: cloudfiles
    ///   path: /Volumes/main/landing/orders
    ///   format: json
    ///   readMode: batch
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: cloudfiles
    ///   path: /Volumes/main/landing/orders
    ///   format: json
    ///   readMode: stream
    /// ```
    pub static NOT_A_STREAM: Rule = Rule::new("LHP-VAL-068", "not-a-stream");
    /// An option of Auto Loader lacks the prefix `cloudFiles.`.
    ///
    /// ## Why
    /// Without the prefix the option belongs to the file format, which does not know it. It would have no
    /// effect, and nothing would say so.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   maxFilesPerTrigger: 10
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   cloudFiles.maxFilesPerTrigger: 10
    /// ```
    pub static UNPREFIXED_OPTION: Rule = Rule::new("LHP-CFG-001", "unprefixed-option");
    /// An option of Auto Loader is set twice: under `options`, and by its old key.
    ///
    /// ## Why
    /// Both stand for one option, and only one value can reach Spark. It is not clear which one is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// max_files_per_trigger: 10
    /// options:
    ///   cloudFiles.maxFilesPerTrigger: 20
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   cloudFiles.maxFilesPerTrigger: 20
    /// ```
    pub static OPTION_CONFLICT: Rule = Rule::new("LHP-CFG-001", "option-conflict");
    /// The `schema` of a load of files is neither a path nor a mapping with a key `file`.
    ///
    /// ## Why
    /// It has no effect: Auto Loader infers the columns from the files, and gives them types that nobody
    /// asked for.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema:
    ///   path: schemas/orders.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: schemas/orders.yaml
    /// ```
    pub static IGNORED_SCHEMA: Rule = Rule::new("LHP-CFG-080", "ignored-schema").advice();
    /// A load of files has its schema described in more than one way: by `schema`, by `schema_file`, or
    /// by the option `cloudFiles.schemaHints`.
    ///
    /// ## Why
    /// A schema fixes all columns, and hints correct an inferred one. Auto Loader takes one or the other.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema_file: schemas/orders.yaml
    /// options:
    ///   cloudFiles.schemaHints: id BIGINT
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   cloudFiles.schemaHints: id BIGINT
    /// ```
    pub static SEVERAL_SCHEMAS: Rule = Rule::new("LHP-CFG-001", "several-schemas");
}

/// Reads files below a path as they arrive. Options come from `options`, `reader_options` and `format_options`, in
/// this order; one that is set again keeps its place and gets the later value. The schema is inferred unless
/// `schema`, `schema_file` or the option `cloudFiles.schemaHints` describes it, of which only one may.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CloudFilesSource {
    /// Directory or glob to read.
    #[schemars(extend("minLength" = 1))]
    pub path: Scalar,
    /// Format of the files, such as `csv`, `json` or `parquet`.
    #[schemars(extend("minLength" = 1))]
    pub format: Scalar,
    /// Only `stream`.
    #[serde(rename = "readMode")]
    pub read_mode: Option<String>,
    /// Reader options with their full names, such as `cloudFiles.schemaHints`; none by default.
    #[schemars(extend("x-lhp-code" = "LHP-VAL-008"))]
    pub options: Option<Free>,
    /// More reader options, whose names are not checked; none by default.
    #[schemars(extend("x-lhp-code" = "LHP-VAL-008"))]
    pub reader_options: Option<Free>,
    /// Options of the format; the name of the format is put before each key, as in `csv.header`. None by default.
    #[schemars(extend("x-lhp-code" = "LHP-VAL-008"))]
    pub format_options: Option<Free>,
    /// Explicit schema: the path of a column-schema file, or a mapping with the key `file`.
    pub schema: Option<Anything>,
    /// Explicit schema: the path of a column-schema file.
    pub schema_file: Option<String>,
    /// Old form of option `cloudFiles.schemaLocation`.
    pub schema_location: Option<Anything>,
    /// Old form of option `cloudFiles.inferColumnTypes`.
    pub schema_infer_column_types: Option<Anything>,
    /// Old form of option `cloudFiles.maxFilesPerTrigger`.
    pub max_files_per_trigger: Option<Anything>,
    /// Old form of option `cloudFiles.schemaEvolutionMode`.
    pub schema_evolution_mode: Option<Anything>,
    /// Old form of option `cloudFiles.rescuedDataColumn`.
    pub rescue_data_column: Option<Anything>,
}

/// The generator.
pub struct CloudFiles;

/// The option that holds schema hints.
const HINTS: &str = "cloudFiles.schemaHints";
/// The option that holds the format.
const FORMAT: &str = "cloudFiles.format";

impl BuiltIn for CloudFiles {
    type Settings = CloudFilesSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "cloudfiles";
    const SUMMARY: &'static str = "Read files as a stream with Auto Loader";
    const ADDS_METADATA: bool = true;

    fn check(_: &CloudFilesSource, action: &Action, _: &Project, report: &mut Report) {
        if let Some(mode) = action.read_mode().filter(|mode| mode.as_str() != Some("stream")) {
            report.push(
                Diagnostic::error(&NOT_A_STREAM, format!("load `{}` can only read a stream", action.name))
                    .at(mode, "not a stream")
                    .help("write `readMode: stream`, or remove the key"),
            );
        }
        check_option_names(action, report);
        for group in ["options", "reader_options", "format_options"] {
            advise_options(action, group, &[HINTS], report);
        }
        check_schema_forms(action, report);
    }

    fn generate(_: &CloudFilesSource, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let target = action.target()?;
        let path = action.setting("path")?;
        let format = python_str(action.setting("format")?);
        let mut fragment = Fragment::new(Section::Loads, String::new());
        let schema = match explicit_schema(action) {
            Some(file) => {
                let (fields, mut types) = struct_fields(file, context, report)?;
                types.extend(["StructType", "StructField"]);
                let import = |name: &str| format!("from pyspark.sql.types import {name}");
                fragment.imports = types.into_iter().map(import).collect();
                Some(context! { variable => variable(action, context, schema_variable), fields => fields })
            }
            None => None,
        };
        let hints = match hints(action) {
            Some(hints) => Some(context! {
                variable => variable(action, context, hints_variable),
                text => hints_text(hints, action, context, report)?,
            }),
            None => None,
        };
        let description = match action.description() {
            Some(description) => description,
            None => {
                let mut text = Text::plain("Load data from ");
                text.push(&format);
                text.push_str(" files at ");
                text.push(&text_of(path));
                text
            }
        };
        let values = context! {
            target => target,
            description => template_text(&description),
            schema => schema,
            hints => hints,
            options => option_pairs(options(action, &format).iter().map(|(key, value)| (key, value.clone()))),
            path => string_value(path),
            metadata => metadata_values(action),
        };
        fragment.body = context.render("load/cloudfiles.py.j2", values, action, report)?;
        Some(fragment)
    }
}

fn entries<'a>(action: &'a Action, key: &str) -> impl Iterator<Item = (&'a Node, &'a Node)> {
    let mapping = action.setting(key).and_then(Node::as_mapping);
    mapping.into_iter().flat_map(|mapping| mapping.entries.iter().map(|entry| (&entry.key, &entry.value)))
}

fn check_option_names(action: &Action, report: &mut Report) {
    for (key, _) in entries(action, "options") {
        let name = key.as_str().unwrap_or_default();
        if UNPREFIXED.contains(&name) {
            report.push(
                Diagnostic::error(&UNPREFIXED_OPTION, format!("option `{name}` lacks its prefix"))
                    .at(key, "no prefix")
                    .help(format!("write `{}`, which `lhp fix` does", full_name(name))),
            );
        }
    }
    for (legacy, option) in LEGACY_KEYS {
        let (Some(old), Some(new)) =
            (action.setting(legacy), action.setting("options").and_then(|all| all.get(option)))
        else {
            continue;
        };
        report.push(
            Diagnostic::error(&OPTION_CONFLICT, format!("`{legacy}` and option `{option}` set the same thing"))
                .at(old, "set here")
                .label(new.span, "and here")
                .help(format!("remove `{legacy}`")),
        );
    }
}

fn check_schema_forms(action: &Action, report: &mut Report) {
    let forms: Vec<(&str, &Node)> = [
        ("schema_file", action.setting("schema_file")),
        ("schema", action.setting("schema")),
        (HINTS, action.setting("options").and_then(|options| options.get(HINTS))),
    ]
    .into_iter()
    .filter_map(|(name, node)| Some((name, node?)))
    .collect();
    if let [(first_name, first), (second_name, second), ..] = forms.as_slice() {
        report.push(
            Diagnostic::error(&SEVERAL_SCHEMAS, format!("`{first_name}` and `{second_name}` both describe the schema"))
                .at(second, "this one")
                .label(first.span, "and this one")
                .help("keep one of them"),
        );
    }
    let schema = action.setting("schema").filter(|schema| schema.is_truthy() && explicit_schema(action).is_none());
    if let Some(schema) = schema {
        report.push(
            Diagnostic::advice(&IGNORED_SCHEMA, "this schema names no file, so the schema is inferred")
                .at(schema, "no path, and no key `file`")
                .help("write `schema: …` with the path of a column-schema file"),
        );
    }
}

/// The node that names the file of an explicit schema.
fn explicit_schema(action: &Action) -> Option<&Node> {
    let schema = action.setting("schema").and_then(|schema| match &schema.value {
        Value::String(_) => Some(schema),
        _ => schema.get("file"),
    });
    action.setting("schema_file").or(schema).filter(|node| node.is_truthy())
}

/// The schema hints, and whether they may name a file.
fn hints(action: &Action) -> Option<(&Node, bool)> {
    let option = |key: &str| action.setting(key).and_then(|options| options.get(HINTS)).filter(|node| !node.is_null());
    option("reader_options").map(|node| (node, false)).or_else(|| option("options").map(|node| (node, true)))
}

/// The text of the hints: one column in a line.
fn hints_text(
    (node, may_be_file): (&Node, bool),
    _action: &Action,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<TemplateValue> {
    // As a template value, so that secrets travel through what is done to the text.
    let written = template_text(&python_str(node));
    let written = written.as_str().unwrap_or_default();
    let text = if may_be_file && is_path(written, context) {
        let lower = written.to_lowercase();
        if lower.ends_with(".ddl") || lower.ends_with(".sql") {
            context.read_verbatim(node, report)?
        } else {
            ddl_from_file(node, context, report)?
        }
    } else {
        written.to_owned()
    };
    let columns: Vec<String> =
        ddl::split_columns(&text).into_iter().map(str::trim).filter(|part| !part.is_empty()).map(spaced).collect();
    if columns.is_empty() {
        return Some(TemplateValue::from("\n"));
    }
    Some(TemplateValue::from(format!("\n    {}\n", columns.join(",\n    "))))
}

/// A column definition with a blank after each comma between the fields of a struct or the types of a map.
fn spaced(column: &str) -> String {
    let mut text = String::with_capacity(column.len());
    let mut quote = None;
    let mut parentheses = 0_usize;
    let mut letters = column.chars().peekable();
    while let Some(letter) = letters.next() {
        text.push(letter);
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(letter),
            (None, '(') => parentheses += 1,
            (None, ')') => parentheses = parentheses.saturating_sub(1),
            (None, ',') if parentheses == 0 => {
                while letters.next_if(|next| next.is_whitespace()).is_some() {}
                text.push(' ');
            }
            _ => {}
        }
    }
    text
}

/// The reader options: `options`, `reader_options`, `format_options`, old keys, and the format if it is not set yet.
fn options(action: &Action, format: &Text) -> Vec<(Node, TemplateValue)> {
    let mut all: Vec<(Node, TemplateValue)> = Vec::new();
    let mut set = |key: Node, value: TemplateValue| match all.iter_mut().find(|(known, _)| known.value == key.value) {
        Some((_, known)) => *known = value,
        None => all.push((key, value)),
    };
    for group in ["options", "reader_options"] {
        for (key, value) in entries(action, group).filter(|(key, _)| key.as_str() != Some(HINTS)) {
            set(key.clone(), option_value(value));
        }
    }
    for (key, value) in entries(action, "format_options") {
        let mut prefix = format.clone();
        prefix.push_str(".");
        let name = python_str(key);
        let mut full = if name.display().starts_with(&prefix.display()) { Text::default() } else { prefix };
        full.push(&name);
        set(key.with_value(full.into()), option_value(value));
    }
    for (legacy, option) in LEGACY_KEYS {
        if let Some(value) = action.setting(legacy) {
            let value = match value.value {
                Value::Bool(flag) => TemplateValue::from(if flag { "true" } else { "false" }),
                _ => option_value(value),
            };
            set(Node::string(option, action.settings.span), value);
        }
    }
    if all.iter().all(|(key, _)| key.as_str() != Some(FORMAT)) {
        all.push((Node::string(FORMAT, action.settings.span), template_text(format)));
    }
    all
}

/// A name with every character replaced that a Python name cannot hold.
fn sanitised(target: &str) -> String {
    target.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '_' }).collect()
}

/// The name for the variable that holds the schema of an action, if it has one.
fn schema_variable(action: &Action) -> Option<String> {
    explicit_schema(action)?;
    Some(format!("{}_schema", sanitised(action.target()?)))
}

/// The name for the variable that holds the hints of an action, if it has some.
fn hints_variable(action: &Action) -> Option<String> {
    hints(action)?;
    let name = format!("{}_schema_hints", action.target()?.replace("v_", "").replace("_raw", ""));
    Some(if crate::emit::is_identifier(&name) { name } else { format!("_{}", sanitised(&name)) })
}

/// A variable of the module. Views read it when they run, so two of them must not share one.
fn variable(action: &Action, context: &Context<'_>, name: fn(&Action) -> Option<String>) -> String {
    let is_own = |other: &&&Action| other.kind == ActionType::Load && other.key.as_ref() == CloudFiles::NAME;
    let mut taken: Vec<String> = Vec::new();
    for other in context.actions.iter().filter(is_own) {
        let Some(mut found) = name(other) else { continue };
        while taken.contains(&found) {
            found.insert(0, '_');
        }
        if other.index == action.index {
            return found;
        }
        taken.push(found);
    }
    name(action).unwrap_or_default()
}
