//! `write: sink`, `sink_type: foreachbatch` — a function of the user that is called for every batch of rows.
//!
//! In: one source view and the body of the function, inline or in a file. Out: the function, and one flow into it.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NoEffect, check_sink, comment, fragment, handler, name, values, wrong_shape};
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, check_identifier};
use crate::model::ActionType;
use crate::model::lax::Scalar;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A batch sink has no handler, an empty one, or two.
    ///
    /// ## Why
    /// The handler says what happens to each batch of rows: Python statements under `batch_handler`, or
    /// in the file that `module_path` names. Without one the rows would be lost; of two, one would have
    /// no effect.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: audit
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: audit
    /// batch_handler: |
    ///   df.write.mode("append").saveAsTable("main.ops.audit")
    /// ```
    pub static HANDLER: Rule = Rule::new("LHP-VAL-007", "batch-sink-handler");
    /// A batch sink has the name of something that generated code uses: `F`, `dbutils`, `dp` or
    /// `spark`.
    ///
    /// ## Why
    /// The name of a batch sink is the name of its function. A function named `spark` would hide the
    /// Spark session from the rest of the generated file, which then fails when the pipeline starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: spark
    /// batch_handler: df.count()
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: audit
    /// batch_handler: df.count()
    /// ```
    pub static RESERVED_NAME: Rule = Rule::new("LHP-CFG-031", "reserved-sink-name");
}

/// Names that generated code uses and that a function must not take.
const RESERVED: [&str; 4] = ["F", "dbutils", "dp", "spark"];

/// Calls a handler for every batch of rows. The handler is the body of a function with the parameters `df` and
/// `batch_id`: exactly one of `batch_handler` and `module_path` gives it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BatchSink {
    /// Name of the sink and of its function.
    #[schemars(extend("minLength" = 1))]
    pub sink_name: Scalar,
    /// Python statements of the handler.
    pub batch_handler: Option<Text>,
    /// File with the Python statements of the handler, relative to the project root. They become part of the generated
    /// file; the file is not copied.
    pub module_path: Option<String>,
    /// Comment above the sink in the generated file; by default the description of the action, or a sentence that
    /// names the action.
    pub comment: Option<Scalar>,
    /// Has no effect; the description of the action is what counts.
    pub description: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub bootstrap_servers: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub topic: Option<NoEffect>,
    /// Has no effect: a setting of custom sinks.
    pub custom_sink_class: Option<NoEffect>,
    /// Has no effect: the handler itself decides how it writes.
    pub options: Option<NoEffect>,
}

/// The generator.
pub struct ForEachBatch;

impl BuiltIn for ForEachBatch {
    type Settings = BatchSink;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "sink/foreachbatch";
    const SUMMARY: &'static str = "Call a Python handler for every batch of rows";
    const ADDS_METADATA: bool = true;

    fn check(_: &BatchSink, action: &Action, _: &Project, report: &mut Report) {
        check_sink(action, &["bootstrap_servers", "topic", "custom_sink_class", "options"], report);
        check_function_name(action, report);
        match action.get("source").map(|source| (source, &source.value)) {
            Some((source, Value::Sequence(_) | Value::Mapping(_))) if source.is_truthy() => {
                report.push(wrong_shape(source, "write the name of one view; several views need a sink each"));
            }
            _ => super::check_source(action, report),
        }
        check_handler(action, report);
    }

    fn generate(_: &BatchSink, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let body = handler::body(action, context, report)?;
        let default: Text = format!("ForEachBatch sink: {}", action.name).into();
        let comment = comment(action, default.clone());
        let description = action.description().unwrap_or(default);
        let values = context! { body => body, ..values(action, &comment, &description) };
        let code = context.render("write/sink/foreachbatch.py.j2", values, action, report)?;
        Some(Fragment { pasted: true, ..fragment(code) })
    }
}

fn check_function_name(action: &Action, report: &mut Report) {
    let (name, Some(place)) = (name(action), action.setting("sink_name")) else { return };
    let Some(name) = name.as_plain() else { return };
    if RESERVED.contains(&name) {
        report.push(
            Diagnostic::error(&RESERVED_NAME, format!("a batch sink cannot be named `{name}`"))
                .at(place, "its function would hide what generated code needs")
                .help("choose another name"),
        );
    } else if crate::emit::is_identifier(&super::flow_name(name, 1)) {
        // The rules for all sinks have said what is wrong with other names.
        check_identifier(name, place, "a batch sink, for it names a function", report);
    }
}

fn check_handler(action: &Action, report: &mut Report) {
    let inline = action.setting("batch_handler");
    let file = action.setting("module_path").filter(|path| path.is_truthy());
    match (inline, file) {
        (Some(inline), Some(file)) => report.push(
            Diagnostic::error(&HANDLER, "`batch_handler` and `module_path` exclude each other")
                .at(file, "a handler in a file")
                .label(inline.span, "a handler written here")
                .help("keep one of them"),
        ),
        (Some(inline), None) if is_blank(inline) => report.push(
            Diagnostic::error(&HANDLER, "`batch_handler` is empty")
                .at(inline, "no statements")
                .help("write the Python statements that handle a batch, with `df` and `batch_id`"),
        ),
        (None, None) => report.push(
            Diagnostic::error(&HANDLER, format!("sink `{}` has no handler", action.name))
                .at(&action.settings, "needs `batch_handler` or `module_path`")
                .help("write Python statements under `batch_handler`, or name a file under `module_path`"),
        ),
        _ => {}
    }
}

fn is_blank(handler: &Node) -> bool {
    handler.as_text().is_none_or(|text| text.trimmed().is_empty())
}
