//! `write: sink`, `sink_type: delta` — append flows into a Delta table or path outside of the pipeline.
//!
//! In: one or several source views and the table or path. Out: the call that creates the sink, and one flow for each
//! view.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NoEffect, check_literal, check_sink, check_source, comment, fragment, values};
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, text_of};
use crate::model::ActionType;
use crate::model::lax::{Anything, Free, Scalar};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A Delta sink has no destination, an empty one, or two.
    ///
    /// ## Why
    /// The options name either a table, as `tableName`, or a `path`. With none the rows have nowhere to
    /// go; with both it is not clear where they go.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   mergeSchema: true
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   tableName: main.archive.orders
    ///   mergeSchema: true
    /// ```
    pub static DESTINATION: Rule = Rule::new("LHP-VAL-007", "delta-sink-destination");
    /// The table of a Delta sink is not named by catalog, schema and table.
    ///
    /// ## Why
    /// The table lies outside of the pipeline, so its catalog and schema do not follow from those of
    /// the pipeline: a Delta sink wants the full name.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: delta
    /// sink_name: archive
    /// options:
    ///   tableName: archive.orders
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
    pub static TABLE_PARTS: Rule = Rule::new("LHP-VAL-007", "delta-sink-table-parts");
}

/// Appends rows to a Delta table or path that does not belong to the pipeline.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeltaSink {
    /// Name of the sink, from which its flows get their names.
    #[schemars(extend("minLength" = 1))]
    pub sink_name: Scalar,
    /// Destination and writer options, emitted in the order in which they are written.
    #[schemars(with = "DeltaSinkOptions")]
    pub options: Free,
    /// Comment above the sink in the generated file, and description of its flows; by default the description of the
    /// action, or a sentence that names the destination.
    pub comment: Option<Scalar>,
    /// Has no effect; the description of the action is what counts.
    pub description: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub bootstrap_servers: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub topic: Option<NoEffect>,
    /// Has no effect: a setting of custom and batch sinks.
    pub module_path: Option<NoEffect>,
    /// Has no effect: a setting of custom sinks.
    pub custom_sink_class: Option<NoEffect>,
    /// Has no effect: a setting of batch sinks.
    pub batch_handler: Option<NoEffect>,
}

/// Options of a Delta sink: exactly one of `tableName` and `path`, and any options of the Delta writer.
#[derive(Debug, JsonSchema)]
pub struct DeltaSinkOptions {
    /// Table to append to, as `catalog.schema.table`.
    #[serde(rename = "tableName")]
    pub table_name: Option<Anything>,
    /// Path of the table to append to.
    pub path: Option<Anything>,
}

/// The generator.
pub struct Delta;

impl BuiltIn for Delta {
    type Settings = DeltaSink;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "sink/delta";
    const SUMMARY: &'static str = "Append rows to a Delta table or path outside of the pipeline";
    const ADDS_METADATA: bool = true;

    fn check(_: &DeltaSink, action: &Action, _: &Project, report: &mut Report) {
        check_sink(
            action,
            &["bootstrap_servers", "topic", "module_path", "custom_sink_class", "batch_handler"],
            report,
        );
        check_source(action, report);
        check_literal(action, "options", report);
        if let Some(options) = action.setting("options") {
            check_destination(options, report);
        }
    }

    fn generate(_: &DeltaSink, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let options = action.setting("options")?;
        let default = match options.get("tableName") {
            Some(table) => {
                let mut text: Text = "Delta sink to ".into();
                text.push(&text_of(table));
                text
            }
            None => "Delta sink to external table".into(),
        };
        let comment = comment(action, default);
        let description = action.description().unwrap_or_else(|| comment.clone());
        let values = context! { options => template_value(options), ..values(action, &comment, &description) };
        Some(fragment(context.render("write/sink/delta.py.j2", values, action, report)?))
    }
}

fn check_destination(options: &Node, report: &mut Report) {
    let destination = |key: &str| options.as_mapping().and_then(|mapping| mapping.entry(key));
    let (table, path) = match (destination("tableName"), destination("path")) {
        (Some(table), Some(path)) => {
            return report.push(
                Diagnostic::error(&DESTINATION, "`tableName` and `path` exclude each other")
                    .at(&path.key, "and a path")
                    .label(table.key.span, "a table")
                    .help("keep one of them"),
            );
        }
        (None, None) => {
            return report.push(
                Diagnostic::error(&DESTINATION, "these options name neither a table nor a path")
                    .at(options, "needs `tableName` or `path`")
                    .help("add `tableName: catalog.schema.table`, or `path: …`"),
            );
        }
        (table, path) => (table, path),
    };
    for entry in [table, path].into_iter().flatten().filter(|entry| !entry.value.is_truthy()) {
        let key = entry.key.as_str().unwrap_or_default();
        report.push(
            Diagnostic::error(&DESTINATION, format!("`{key}` is empty")).at(&entry.value, "needs a value").help(
                match key {
                    "path" => "write the path of a Delta table, or `tableName: catalog.schema.table` instead",
                    _ => "write `catalog.schema.table`, or `path: …` instead",
                },
            ),
        );
    }
    if let Some(name) = table.map(|entry| &entry.value).filter(|name| name.is_truthy() && !has_three_parts(name)) {
        report.push(
            Diagnostic::error(&TABLE_PARTS, format!("`{}` does not name a table in full", text_of(name).display()))
                .at(name, "expected `catalog.schema.table`")
                .help("write catalog, schema and table with dots between them"),
        );
    }
}

/// A secret may stand for any number of parts.
fn has_three_parts(name: &Node) -> bool {
    let text = text_of(name);
    let dots = text.display().matches('.').count();
    dots == 2 || (text.has_secret() && dots < 2)
}
