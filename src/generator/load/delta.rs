//! `load: delta` — a batch or streaming read of a Delta table.
//!
//! In: catalog, schema and table with reader options, filters and columns. Out: one temporary view.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::options::advise as advise_options;
use crate::generator::read_mode::{self, ReadMode};
use crate::generator::{
    BuiltIn, Context, Fragment, Section, metadata_values, option_pairs, option_value, string_value, text_of,
};
use crate::model::lax::{Anything, Free, Scalar};
use crate::model::{ActionType, TableName};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// An option of a Delta load has no value.
    ///
    /// ## Why
    /// A key without a value is mostly one that was left unfinished. Spark would be given nothing for
    /// it, which is an error or has another meaning than was intended.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   ignoreDeletes:
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   ignoreDeletes: true
    /// ```
    pub static EMPTY_OPTION: Rule = Rule::new("LHP-VAL-010", "empty-delta-option");
    /// Options of a Delta load exclude each other, or one lacks the option that it needs.
    ///
    /// ## Why
    /// Delta refuses such a read when the pipeline runs. The change feed is read from a start on, not at
    /// one version; a stream has no end; and a version and a timestamp cannot both be meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   readChangeFeed: true
    ///   versionAsOf: 7
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   readChangeFeed: true
    ///   startingVersion: 7
    /// ```
    pub static CONFLICTING_OPTIONS: Rule = Rule::new("LHP-VAL-013", "conflicting-delta-options");
}

/// Keys that earlier versions of the language had, and what to write instead.
pub(crate) const REMOVED_KEYS: [(&str, &str); 4] = [
    ("cdc_options", OPTIONS),
    ("cdf_enabled", CHANGE_FEED),
    ("read_change_feed", CHANGE_FEED),
    ("reader_options", OPTIONS),
];

const OPTIONS: &str = "options";
/// The option that asks for the change feed.
const CHANGE_FEED: &str = "readChangeFeed";

/// What to write instead of each removed key, for the schema.
fn removed_keys() -> serde_json::Value {
    let path = |new: &str| if new == OPTIONS { OPTIONS.to_owned() } else { format!("{OPTIONS}.{new}") };
    REMOVED_KEYS.iter().map(|(old, new)| ((*old).to_owned(), serde_json::Value::from(path(new)))).collect()
}

/// Reads the table `catalog.schema.table`. Conditions are applied first, then columns are chosen.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, extend("x-lhp-removed" = removed_keys()))]
pub struct DeltaSource {
    #[serde(flatten)]
    pub name: TableName,
    /// `batch` (default) or `stream`.
    #[serde(rename = "readMode")]
    pub read_mode: Option<String>,
    /// Reader options, such as `readChangeFeed` or `versionAsOf`; none by default.
    #[schemars(extend("x-lhp-code" = "LHP-VAL-008"))]
    pub options: Option<Free>,
    /// Conditions; a row must satisfy all of them. All rows by default.
    pub where_clause: Option<Vec<Scalar>>,
    /// Columns to keep: a list, or one expression. All columns by default.
    pub select_columns: Option<Anything>,
}

/// The generator.
pub struct Delta;

impl BuiltIn for Delta {
    type Settings = DeltaSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "delta";
    const SUMMARY: &'static str = "Read a Delta table, as a batch or as a stream";
    const ADDS_METADATA: bool = true;

    fn check(_: &DeltaSource, action: &Action, _: &Project, report: &mut Report) {
        read_mode::advise(action, ReadMode::Batch, report);
        let Some(options) = action.setting("options") else { return };
        for entry in options.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
            if entry.value.is_null() || entry.value.as_str() == Some("") {
                let key = entry.key.as_str().unwrap_or_default();
                report.push(
                    Diagnostic::error(&EMPTY_OPTION, format!("option `{key}` has no value"))
                        .at(&entry.value, "empty")
                        .help("give the option a value, or remove it"),
                );
                return;
            }
        }
        advise_options(action, "options", &[], report);
        if let Some(diagnostic) = conflict(options, is_stream(action)) {
            report.push(diagnostic);
        }
    }

    fn generate(_: &DeltaSource, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let table = full_name(action)?;
        let clauses = action.setting("where_clause").and_then(Node::as_sequence).unwrap_or_default();
        let options = action.setting("options").and_then(Node::as_mapping);
        let pairs = options.map(|options| options.entries.iter().map(|entry| (&entry.key, option_value(&entry.value))));
        let values = context! {
            target => action.target(),
            description => template_text(
                &action.description().unwrap_or_else(|| format!("Delta source: {}", table.display()).into())),
            stream => is_stream(action),
            options => option_pairs(pairs.into_iter().flatten()),
            table => template_text(&table),
            clauses => clauses.iter().map(string_value).collect::<minijinja::Value>(),
            select => action.setting("select_columns").filter(|columns| columns.is_truthy()).map(template_value),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Loads, context.render("load/delta.py.j2", values, action, report)?))
    }
}

/// `catalog.schema.table`.
fn full_name(action: &Action) -> Option<Text> {
    let mut name = text_of(action.setting("catalog")?);
    for key in ["schema", "table"] {
        name.push_str(".");
        name.push(&text_of(action.setting(key)?));
    }
    Some(name)
}

fn is_stream(action: &Action) -> bool {
    action.read_mode().and_then(Node::as_str) == Some("stream")
}

/// Whether an option is switched on: `true`, `"true"` or `"True"`.
fn is_on(options: &Node, key: &str) -> bool {
    match options.get(key).map(|node| &node.value) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(word)) => matches!(word.as_ref(), "true" | "True"),
        _ => false,
    }
}

/// The first rule of Delta that a set of options breaks (Delta Lake: table batch and streaming reads, change feed).
fn conflict(options: &Node, stream: bool) -> Option<Diagnostic> {
    let has = |key: &str| options.get(key);
    let feed = is_on(options, "readChangeFeed");
    let pair = |left: &str, right: &str| {
        Some(
            Diagnostic::error(&CONFLICTING_OPTIONS, format!("options `{left}` and `{right}` exclude each other"))
                .at(has(right)?, "this option")
                .label(has(left)?.span, "and this one")
                .help("remove one of them"),
        )
    };
    if feed && is_on(options, "skipChangeCommits") {
        return pair("readChangeFeed", "skipChangeCommits");
    }
    for key in ["versionAsOf", "timestampAsOf"] {
        if feed && has(key).is_some() {
            return pair("readChangeFeed", key);
        }
    }
    for (left, right) in [("startingVersion", "startingTimestamp"), ("versionAsOf", "timestampAsOf")] {
        if has(left).is_some() && has(right).is_some() {
            return pair(left, right);
        }
    }
    for key in ["endingVersion", "endingTimestamp"] {
        if let (true, Some(place)) = (stream, has(key)) {
            return Some(
                Diagnostic::error(&CONFLICTING_OPTIONS, format!("option `{key}` cannot be used in a stream"))
                    .at(place, "a stream has no end")
                    .help("remove the option, or use `readMode: batch`"),
            );
        }
    }
    if feed && !stream && has("startingVersion").is_none() && has("startingTimestamp").is_none() {
        return Some(
            Diagnostic::error(&CONFLICTING_OPTIONS, "a batch read of the change feed needs a start")
                .at(has("readChangeFeed")?, "change feed without a start")
                .help("add `startingVersion` or `startingTimestamp`, or use `readMode: stream`"),
        );
    }
    None
}
