//! Sinks: each hands the rows of views to something that is not a table of the pipeline.
//!
//! What all sinks share is here: their name, their source views, and one append flow for each view.

pub mod custom;
pub mod delta;
pub mod foreachbatch;
pub(crate) mod handler;
pub mod kafka;

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::{Value as TemplateValue, context};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::check::action::IGNORED_FIELD;
use crate::emit::literal::{self, NotLiteral};
use crate::emit::{is_identifier, template_text};
use crate::expand::Action;
use crate::generator::{Fragment, Generator, Section, check_identifier, row, text_of};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A sink names no view to read.
    ///
    /// ## Why
    /// A sink gets its rows from the views that `source` names. Without one it is created, and nothing
    /// is ever written to it.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   write_target: {type: sink, …}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: sink, …}
    /// ```
    pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "sink-without-source");
    /// The source of a sink is neither the name of a view nor a list of names, or a batch sink has
    /// several.
    ///
    /// ## Why
    /// A sink reads views and tables by name, one flow for each. A batch sink has a single flow, for
    /// its handler is called with the rows of one view.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   view: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// ```
    pub static SOURCE_SHAPE: Rule = Rule::new("LHP-VAL-007", "sink-source-shape");
    /// A sink has a list of sources in which nothing, or an empty item, names a view.
    ///
    /// ## Why
    /// Each item becomes a flow that reads what it names: a name, or a mapping with `view`. A sink
    /// without flows is created, and nothing is ever written to it.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   - table: main.bronze.orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   - main.bronze.orders
    /// ```
    pub static NO_VIEW: Rule = Rule::new("LHP-VAL-007", "sink-source-without-view");
    /// A sink has a source among others from which it reads nothing.
    ///
    /// ## Why
    /// The sinks know the name of a view or table, or a mapping with `view`. Other mappings are passed
    /// over, and their rows never reach the sink.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   - v_orders
    ///   - table: main.bronze.returns
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   - v_orders
    ///   - main.bronze.returns
    /// ```
    pub static SKIPPED_SOURCE: Rule = Rule::new("LHP-CFG-080", "skipped-source").advice();
    /// The name of a sink holds a secret.
    ///
    /// ## Why
    /// Flows and functions get their names from that of the sink, so it must be known when the code is
    /// generated. A secret is only read while the pipeline runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: ${secret:ops/archive_name}
    /// options:
    ///   tableName: main.archive.orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   tableName: main.archive.orders
    /// ```
    pub static SECRET_NAME: Rule = Rule::new("LHP-VAL-007", "secret-in-sink-name");
    /// An option of a sink is a date to YAML.
    ///
    /// ## Why
    /// Options are strings, numbers or booleans, and Python has no literal for a date. In quotes the
    /// date is a string.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   tableName: main.archive.orders
    ///   userMetadata: 2026-01-01
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   tableName: main.archive.orders
    ///   userMetadata: "2026-01-01"
    /// ```
    pub static DATE_VALUE: Rule = Rule::new("LHP-ACT-002", "date-in-sink");
}

/// The rows of all sinks.
pub(super) fn rows() -> Vec<Arc<dyn Generator>> {
    vec![row::<custom::Custom>(), row::<delta::Delta>(), row::<foreachbatch::ForEachBatch>(), row::<kafka::Kafka>()]
}

/// A setting of another sink type: accepted, and without effect.
#[derive(Debug, Clone, Copy)]
pub struct NoEffect;

impl<'de> Deserialize<'de> for NoEffect {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for NoEffect {
    fn schema_name() -> Cow<'static, str> {
        "NoEffect".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"deprecated": true})
    }
}

/// The name of a sink.
fn name(action: &Action) -> Text {
    action.setting("sink_name").map(text_of).unwrap_or_default()
}

/// The name of the flow from the view at a position of the source, counted from 1.
fn flow_name(sink: &str, position: usize) -> String {
    format!("f_{sink}_{position}")
}

/// The names of the flows of a sink.
pub(in crate::generator) fn flow_names(action: &Action) -> Vec<String> {
    let sink = name(action).display();
    (1..=views(action).len()).map(|position| flow_name(&sink, position)).collect()
}

/// The views that a sink reads, in the order in which they are written.
fn views(action: &Action) -> Vec<Text> {
    let source = action.get("source");
    let items = source.and_then(Node::as_sequence).or_else(|| source.map(std::slice::from_ref)).unwrap_or_default();
    items.iter().filter_map(view).collect()
}

/// Rules for every sink: a name that Python can hold, and settings that have an effect.
pub(crate) fn check_sink(action: &Action, without_effect: &[&str], report: &mut Report) {
    check_name(action, report);
    for key in without_effect {
        if let Some(place) = action.setting(key) {
            report.push(
                Diagnostic::advice(&IGNORED_FIELD, format!("`{key}` has no effect on this type of sink"))
                    .at(place, "nothing reads this")
                    .help(format!("remove `{key}`")),
            );
        }
    }
    let batch = action.get("readMode").filter(|mode| mode.as_str() == Some("batch"));
    let once = action.get("once").filter(|_| action.once());
    for (place, setting, reason) in
        [(batch, "readMode: batch", "a sink always reads a stream"), (once, "once", "a sink never stops by itself")]
    {
        if let Some(place) = place {
            report.push(
                Diagnostic::advice(&IGNORED_FIELD, format!("`{setting}` has no effect on a sink"))
                    .at(place, "nothing reads this")
                    .help(format!("remove the key: {reason}")),
            );
        }
    }
}

fn check_name(action: &Action, report: &mut Report) {
    let Some(place) = action.setting("sink_name") else { return };
    match name(action).as_plain() {
        Some(name) if !is_identifier(&flow_name(name, 1)) => check_identifier(name, place, "a sink", report),
        Some(_) => {}
        None => report.push(
            Diagnostic::error(&SECRET_NAME, "the name of a sink cannot hold a secret")
                .at(place, "a secret")
                .help("write the name itself, or use a token"),
        ),
    }
}

/// Rules for the source of a sink that reads one or several views.
pub(crate) fn check_source(action: &Action, report: &mut Report) {
    let missing = |place: &Node| {
        Diagnostic::error(&NO_SOURCE, format!("sink `{}` has no source", action.name))
            .at(place, "no view to read")
            .help("add `source: …` with the name of a view")
    };
    let Some(source) = action.get("source").filter(|source| source.is_truthy()) else {
        return report.push(missing(action.get("source").unwrap_or(&action.node)));
    };
    let items = match &source.value {
        Value::String(_) | Value::Secret(_) => return,
        Value::Sequence(items) => items,
        _ => return report.push(wrong_shape(source, "write the name of a view, or a list of names")),
    };
    let reads_something = items.iter().any(|item| view(item).is_some());
    for item in items.iter().filter(|item| view(item).is_none()) {
        let (message, label) = ("the sink reads nothing from this item of its source", "names no view");
        let help = "write the name of the view or table as a text, or under `view`";
        // Lists with such mappings work, though not as their author may think.
        let diagnostic = if reads_something && item.as_mapping().is_some() {
            Diagnostic::advice(&SKIPPED_SOURCE, message)
        } else {
            Diagnostic::error(&NO_VIEW, message)
        };
        report.push(diagnostic.at(item, label).help(help));
    }
}

fn wrong_shape(source: &Node, help: &str) -> Diagnostic {
    Diagnostic::error(&SOURCE_SHAPE, format!("the source of this sink cannot be {}", source.kind()))
        .at(source, format!("this is {}", source.kind()))
        .help(help)
}

/// The view that an item of a source names.
fn view(item: &Node) -> Option<Text> {
    let named = if item.as_mapping().is_some() { item.get("view")? } else { item };
    Some(text_of(named)).filter(|_| named.is_truthy())
}

/// Checks that a setting can be written as a Python literal.
fn check_literal(action: &Action, key: &str, report: &mut Report) {
    let Some(value) = action.setting(key) else { return };
    if let Err(NotLiteral { node }) = literal::value(value) {
        report.push(
            Diagnostic::error(&DATE_VALUE, format!("`{key}` holds a date, which has no literal form in Python"))
                .at(node, "YAML reads this as a date")
                .help(format!("put quotes around it: `\"{}\"`", text_of(node).display())),
        );
    }
}

/// What a reader is told about a sink: the comment that is written, else the description, else a sentence.
pub(crate) fn comment(action: &Action, default: Text) -> Text {
    let written = action.setting("comment").filter(|comment| comment.is_truthy()).map(text_of);
    written.or_else(|| action.description()).unwrap_or(default)
}

/// Values that the templates of all sinks use. `comment` stands above the sink.
pub(crate) fn values(action: &Action, comment: &Text, description: &Text) -> TemplateValue {
    let sink = name(action);
    let flow = |(position, view): (usize, Text)| {
        context! { name => flow_name(&sink.display(), position + 1), view => template_text(&view) }
    };
    context! {
        name => template_text(&sink),
        comment => template_text(comment),
        description => template_text(description),
        flows => views(action).into_iter().enumerate().map(flow).collect::<TemplateValue>(),
        metadata => crate::generator::metadata_values(action),
        needs_value => action.key.as_ref() == "sink/kafka",
    }
}

/// The fragment of a sink.
pub(crate) fn fragment(body: String) -> Fragment {
    let mut fragment = Fragment::new(Section::Writes, body);
    fragment.imports.push("from pyspark.sql import functions as F".to_owned());
    fragment
}
