//! `write: sink`, `sink_type: kafka` — append flows into a Kafka topic.
//!
//! In: one or several source views with a column `value`, servers and topic. Out: the call that creates the sink, and
//! one flow for each view. Options are emitted in the order in which they were written, servers and topic first.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NoEffect, check_literal, check_sink, check_source, comment, fragment, values};
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::kafka::{MECHANISM, OAUTH, Words, check_options, words};
use crate::generator::{BuiltIn, Context, Fragment, text_of};
use crate::model::ActionType;
use crate::model::lax::{Free, Scalar};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Entry, Mapping, Node, Text, Value};

rules! {
    /// An option of a Kafka sink says again what `bootstrap_servers` or `topic` says.
    ///
    /// ## Why
    /// The option wins, and the setting above it has no effect. Whoever changes the setting later
    /// changes nothing.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: kafka
    /// sink_name: events
    /// bootstrap_servers: broker:9092
    /// topic: orders
    /// options:
    ///   topic: orders_v2
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: kafka
    /// sink_name: events
    /// bootstrap_servers: broker:9092
    /// topic: orders_v2
    /// ```
    pub static OPTION_WINS: Rule = Rule::new("LHP-CFG-080", "kafka-option-wins").advice();
}

/// Options that settings stand for.
const OPTIONS_OF_SETTINGS: [(&str, &str); 2] = [("bootstrap_servers", "kafka.bootstrap.servers"), ("topic", "topic")];

/// Writes rows to a Kafka topic. The source must have a column `value`, and may have a column `key`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KafkaSink {
    /// Name of the sink, from which its flows get their names.
    #[schemars(extend("minLength" = 1))]
    pub sink_name: Scalar,
    /// Brokers, `host:port` pairs with commas between them, or a list of pairs.
    #[schemars(extend("minLength" = 1, "minItems" = 1))]
    pub bootstrap_servers: Words,
    /// Topic to write to.
    #[schemars(extend("minLength" = 1))]
    pub topic: Scalar,
    /// Writer options; those of the Kafka client begin with `kafka.`.
    pub options: Option<Free>,
    /// Comment above the sink in the generated file, and description of its flows; by default the description of the
    /// action, or a sentence that names the topic.
    pub comment: Option<Scalar>,
    /// Has no effect; the description of the action is what counts.
    pub description: Option<NoEffect>,
    /// Has no effect: a setting of custom and batch sinks.
    pub module_path: Option<NoEffect>,
    /// Has no effect: a setting of custom sinks.
    pub custom_sink_class: Option<NoEffect>,
    /// Has no effect: a setting of batch sinks.
    pub batch_handler: Option<NoEffect>,
}

/// The generator.
pub struct Kafka;

impl BuiltIn for Kafka {
    type Settings = KafkaSink;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "sink/kafka";
    const SUMMARY: &'static str = "Write rows to a Kafka topic";
    const ADDS_METADATA: bool = true;

    fn check(_: &KafkaSink, action: &Action, _: &Project, report: &mut Report) {
        check_sink(action, &["module_path", "custom_sink_class", "batch_handler"], report);
        check_source(action, report);
        for key in ["bootstrap_servers", "topic", "options"] {
            check_literal(action, key, report);
        }
        let Some(given) = action.setting("options") else { return };
        check_options(action, report);
        for (setting, option) in OPTIONS_OF_SETTINGS {
            if let (Some(winner), Some(loser)) = (given.get(option), action.setting(setting)) {
                report.push(
                    Diagnostic::advice(
                        &OPTION_WINS,
                        format!("`{option}` under `options` wins over the setting `{setting}`"),
                    )
                    .at(winner, "this is what counts")
                    .label(loser.span, "this has no effect")
                    .help(format!("remove the option, and write its value under `{setting}`")),
                );
            }
        }
    }

    fn generate(_: &KafkaSink, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let mechanism = action.setting("options").and_then(|given| given.get(MECHANISM)).and_then(Node::as_str);
        let hub = mechanism == Some(OAUTH);
        let mut default: Text = if hub { "Event Hubs sink to " } else { "Kafka sink to " }.into();
        default.push(&text_of(action.setting("topic")?));
        let comment = comment(action, default);
        let description = action.description().unwrap_or_else(|| comment.clone());
        let values = context! {
            options => template_value(&options(action)),
            ..values(action, &comment, &description)
        };
        Some(fragment(context.render("write/sink/kafka.py.j2", values, action, report)?))
    }
}

/// Servers and topic, then the options that are given. An option takes the place of the setting that it repeats.
fn options(action: &Action) -> Node {
    let mut all = Mapping::default();
    for (setting, option) in OPTIONS_OF_SETTINGS {
        if let Some(value) = action.setting(setting) {
            let value = if value.as_sequence().is_some() { joined(value) } else { value.clone() };
            all.insert(Node::string(option, action.settings.span), value);
        }
    }
    let given = action.setting("options").and_then(Node::as_mapping);
    for Entry { key, value } in given.into_iter().flat_map(|given| &given.entries) {
        all.insert(key.clone(), value.clone());
    }
    action.settings.with_value(Value::Mapping(all))
}

/// A list as the text that Kafka reads.
fn joined(list: &Node) -> Node {
    list.with_value(words(list).into())
}
