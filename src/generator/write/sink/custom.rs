//! `write: sink`, `sink_type: custom` — append flows into a data source that the user wrote in Python.
//!
//! In: one or several source views and a class of a module, which is copied beside the generated file. Out: the
//! registration of the class, the call that creates the sink, and one flow for each view.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NoEffect, check_literal, check_sink, check_source, comment, fragment, values};
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::python_module::{PACKAGE, call::copy_with, data_source_name};
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::{Anything, Scalar};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Text;

rules! {
    /// The options of a custom sink are not a mapping.
    ///
    /// ## Why
    /// A data source gets its options as names with values. A list or a text stands in the generated
    /// code as it is written, and the pipeline fails when it creates the sink.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: custom
    /// sink_name: audit
    /// module_path: python/audit.py
    /// custom_sink_class: AuditSource
    /// options: [retries, 3]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: custom
    /// sink_name: audit
    /// module_path: python/audit.py
    /// custom_sink_class: AuditSource
    /// options:
    ///   retries: 3
    /// ```
    pub static OPTIONS_SHAPE: Rule = Rule::new("LHP-CFG-080", "custom-sink-options-shape").advice();
}

/// Writes rows through a data source of the user: a class that derives from `pyspark.sql.datasource.DataSource`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CustomSink {
    /// Name of the sink, from which its flows get their names.
    #[schemars(extend("minLength" = 1))]
    pub sink_name: Scalar,
    /// Python file with the class, relative to the project root. It is copied, together with what it imports from its
    /// own directory.
    #[schemars(extend("minLength" = 1))]
    pub module_path: String,
    /// Name of the class. The format of the sink is what its class method `name` returns, by default its own name.
    #[schemars(extend("minLength" = 1))]
    pub custom_sink_class: String,
    /// Options that the class receives, emitted in the order in which they are written.
    pub options: Option<Anything>,
    /// Comment above the sink in the generated file, and description of its flows; by default the description of the
    /// action, or a sentence that names the class.
    pub comment: Option<Scalar>,
    /// Has no effect; the description of the action is what counts.
    pub description: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub bootstrap_servers: Option<NoEffect>,
    /// Has no effect: a setting of Kafka sinks.
    pub topic: Option<NoEffect>,
    /// Has no effect: a setting of batch sinks.
    pub batch_handler: Option<NoEffect>,
}

/// The generator.
pub struct Custom;

impl BuiltIn for Custom {
    type Settings = CustomSink;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "sink/custom";
    const SUMMARY: &'static str = "Write rows through a data source written in Python";
    const ADDS_METADATA: bool = true;

    fn check(_: &CustomSink, action: &Action, _: &Project, report: &mut Report) {
        check_sink(action, &["bootstrap_servers", "topic", "batch_handler"], report);
        check_source(action, report);
        check_literal(action, "options", report);
        if let Some(options) = action.setting("options").filter(|options| options.as_mapping().is_none()) {
            report.push(
                Diagnostic::advice(&OPTIONS_SHAPE, "the options of a sink should be a mapping")
                    .at(options, format!("this is {}", options.kind()))
                    .help("write each option as `name: value` below `options:`"),
            );
        }
    }

    fn generate(
        settings: &CustomSink,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let class = settings.custom_sink_class.as_str();
        let place = action.setting("custom_sink_class")?;
        let module = copy_with(action.setting("module_path")?, class, place, context, report)?;
        let mut default: Text = "Custom sink: ".into();
        default.push_str(class);
        let comment = comment(action, default);
        let description = action.description().unwrap_or_else(|| comment.clone());
        let values = context! {
            class => class,
            format => data_source_name(&module.source, class),
            options => options(action),
            ..values(action, &comment, &description)
        };
        let mut fragment = fragment(context.render("write/sink/custom.py.j2", values, action, report)?);
        fragment.imports.extend([
            format!("import {PACKAGE}"),
            "from pyspark import cloudpickle as _lhp_cloudpickle".to_owned(),
            module.import(class),
        ]);
        fragment.preamble.push(format!("_lhp_cloudpickle.register_pickle_by_value({PACKAGE})"));
        fragment.helpers = module.helpers;
        Some(fragment)
    }
}

/// The options as they are written: none are an empty mapping, and null stays null.
fn options(action: &Action) -> minijinja::Value {
    match action.settings.get("options") {
        Some(options) => template_value(options),
        None => minijinja::Value::from_pairs::<_, &str, minijinja::Value>([]),
    }
}
