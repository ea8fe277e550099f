//! `load: kafka` — a streaming read of Kafka topics.
//!
//! In: brokers, one way to choose topics, and options. Out: one temporary view with the rows as Kafka gives them.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cloudfiles::NOT_A_STREAM;
use crate::emit::literal::python_str;
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::kafka::{Words, words};
use crate::generator::options::advise as advise_options;
use crate::generator::{BuiltIn, Context, Fragment, Section, kafka, metadata_values, option_pairs, option_value};
use crate::model::ActionType;
use crate::model::lax::{Anything, Free};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A Kafka load does not say which topics it reads, or says so in several ways.
    ///
    /// ## Why
    /// Spark wants exactly one of `subscribe`, `subscribePattern` and `assign`; with none or with two the
    /// stream does not start.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: kafka
    ///   bootstrap_servers: kafka.example.com:9092
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: kafka
    ///   bootstrap_servers: kafka.example.com:9092
    ///   subscribe: orders
    /// ```
    pub static TOPIC_SELECTION: Rule = Rule::new("LHP-VAL-007", "kafka-topic-selection");
}

/// The view has the columns of Kafka records, such as `key` and `value`, which are binary. Exactly one of `subscribe`,
/// `subscribePattern` and `assign` chooses the topics.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KafkaSource {
    /// Brokers, `host:port` pairs with commas between them, or a list of pairs.
    #[schemars(extend("minLength" = 1, "minItems" = 1))]
    pub bootstrap_servers: Words,
    /// Topics to read, with commas between them, or a list.
    pub subscribe: Option<Words>,
    /// Regular expression; topics whose names match are read.
    #[serde(rename = "subscribePattern")]
    pub subscribe_pattern: Option<Words>,
    /// Partitions to read: a mapping from topics to partition numbers, or its JSON text.
    pub assign: Option<Anything>,
    /// Options of Spark's Kafka reader; those of the Kafka client begin with `kafka.`. None by default.
    #[schemars(extend("x-lhp-code" = "LHP-VAL-008"))]
    pub options: Option<Free>,
    /// Must be `stream`, which is the default.
    #[serde(rename = "readMode")]
    pub read_mode: Option<String>,
}

/// The ways to choose topics, the preferred one first.
const SELECTIONS: [&str; 3] = ["subscribe", "subscribePattern", "assign"];
/// The option that holds the brokers.
const SERVERS: &str = "kafka.bootstrap.servers";

/// The generator.
pub struct Kafka;

impl BuiltIn for Kafka {
    type Settings = KafkaSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "kafka";
    const SUMMARY: &'static str = "Read Kafka topics as a stream";
    const ADDS_METADATA: bool = true;

    fn check(_: &KafkaSource, action: &Action, _: &Project, report: &mut Report) {
        if let Some(mode) = action.read_mode().filter(|mode| mode.as_str() != Some("stream")) {
            report.push(
                Diagnostic::error(&NOT_A_STREAM, format!("load `{}` can only read a stream", action.name))
                    .at(mode, "not a stream")
                    .help("write `readMode: stream`, or remove the key"),
            );
        }
        check_selection(action, report);
        kafka::check_options(action, report);
        advise_options(action, "options", &[], report);
    }

    fn generate(_: &KafkaSource, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let servers = words(action.setting("bootstrap_servers")?);
        let options = options(action, &servers);
        let description = action.description().unwrap_or_else(|| {
            let mut text = Text::plain("Load data from Kafka topics at ");
            text.push(&servers);
            text
        });
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            options => option_pairs(options.iter().map(|(key, value)| (key, value.clone()))),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Loads, context.render("load/kafka.py.j2", values, action, report)?))
    }
}

fn check_selection(action: &Action, report: &mut Report) {
    let given: Vec<(&str, &Node)> = SELECTIONS.iter().filter_map(|key| Some((*key, action.setting(key)?))).collect();
    let set_as_option = |key: &str| action.setting("options").is_some_and(|options| options.get(key).is_some());
    match given.as_slice() {
        [] => report.push(
            Diagnostic::error(&TOPIC_SELECTION, format!("load `{}` does not say which topics to read", action.name))
                .at(&action.settings, "needs `subscribe`, `subscribePattern` or `assign`")
                .help("add `subscribe: …` with the names of the topics"),
        ),
        [(key, only)] if !only.is_truthy() && !set_as_option(key) => report.push(
            Diagnostic::error(&TOPIC_SELECTION, format!("`{key}` of load `{}` is empty", action.name))
                .at(only, "chooses no topic")
                .help("name the topics to read"),
        ),
        [(left, first), (right, second), ..] => report.push(
            Diagnostic::error(&TOPIC_SELECTION, format!("`{left}` and `{right}` both choose topics"))
                .at(second, "this one")
                .label(first.span, "and this one")
                .help("keep one of them"),
        ),
        _ => {}
    }
}

/// Brokers, topics, then the author's options, which may set the first two again.
fn options(action: &Action, servers: &Text) -> Vec<(Node, TemplateValue)> {
    let own_key = |key: &str| Node::string(key, action.settings.span);
    let mut all = vec![(own_key(SERVERS), template_text(servers))];
    let selection =
        SELECTIONS.iter().find_map(|key| Some((*key, action.setting(key).filter(|node| node.is_truthy())?)));
    if let Some((key, node)) = selection {
        let text = if node.as_mapping().is_some() { json(node) } else { words(node) };
        all.push((own_key(key), template_text(&text)));
    }
    for entry in action.setting("options").and_then(Node::as_mapping).into_iter().flat_map(|all| &all.entries) {
        let value = option_value(&entry.value);
        match all.iter_mut().find(|(known, _)| known.value == entry.key.value) {
            Some((_, known)) => *known = value,
            None => all.push((entry.key.clone(), value)),
        }
    }
    all
}

/// A tree as JSON text.
fn json(node: &Node) -> Text {
    let mut text = Text::default();
    push_json(&mut text, node);
    text
}

fn push_json(out: &mut Text, node: &Node) {
    let quoted = |text: &Text| {
        let mut inside = Text::plain("\"");
        inside.push(&text.map_literals(|literal| {
            let quoted = serde_json::Value::from(literal).to_string();
            quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
        }));
        inside.push_str("\"");
        inside
    };
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => out.push(&python_str(node)),
        Value::Timestamp(_) | Value::String(_) | Value::Secret(_) => out.push(&quoted(&python_str(node))),
        Value::Sequence(items) => {
            out.push_str("[");
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                push_json(out, item);
            }
            out.push_str("]");
        }
        Value::Mapping(mapping) => {
            out.push_str("{");
            for (index, entry) in mapping.entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push(&quoted(&python_str(&entry.key)));
                out.push_str(": ");
                push_json(out, &entry.value);
            }
            out.push_str("}");
        }
    }
}
