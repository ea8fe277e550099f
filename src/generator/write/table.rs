//! What streaming tables and materialized views share: the properties of a table and their rules.

use minijinja::{Value as TemplateValue, context};

use crate::emit::literal::python_str;
use crate::emit::{template_text, template_value};
use crate::expand::{Action, is_true};
use crate::generator::column_schema::ddl_text;
use crate::generator::{Context, string_value, text_of};
use crate::report::{Diagnostic, Report, Rule};
use crate::syntax::{Kind, Node, Text};

/// A table is partitioned and clustered at the same time.
pub static PARTITION_AND_CLUSTER: Rule = Rule::new("LHP-VAL-007", "partition-and-cluster");
/// A key of a property mapping that YAML does not read as a string.
pub static KEY_NOT_STRING: Rule = Rule::new("LHP-VAL-007", "key-not-string");
/// Tags are given both inline and in a file.
pub static TAGS_TWICE: Rule = Rule::new("LHP-VAL-007", "tags-twice");

/// Rules for the properties of a table.
pub(super) fn check_properties(action: &Action, report: &mut Report) {
    for key in ["spark_conf", "table_properties"] {
        let entries = action.setting(key).and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice());
        for entry in entries.unwrap_or_default().iter().filter(|entry| entry.key.kind() != Kind::String) {
            let name = python_str(&entry.key).display();
            report.push(
                Diagnostic::error(
                    &KEY_NOT_STRING,
                    format!("the key `{name}` of `{key}` must be a string, not {}", entry.key.kind()),
                )
                .at(&entry.key, "not a string")
                .help(format!("put quotes around it: `\"{name}\"`")),
            );
        }
    }
    let set = |key: &str| action.setting(key).filter(|node| node.is_truthy());
    if let Some(partition) = set("partition_columns") {
        for key in ["cluster_columns", "cluster_by_auto"] {
            if let Some(cluster) = set(key) {
                report.push(
                    Diagnostic::error(
                        &PARTITION_AND_CLUSTER,
                        format!("`partition_columns` and `{key}` exclude each other"),
                    )
                    .at(cluster, "clustered here")
                    .label(partition.span, "partitioned here")
                    .help("keep one of them"),
                );
            }
        }
    }
    if let (Some(tags), Some(file)) = (action.setting("tags"), action.setting("tags_file")) {
        report.push(
            Diagnostic::error(&TAGS_TWICE, "`tags` and `tags_file` exclude each other")
                .at(file, "tags in a file")
                .label(tags.span, "tags written here")
                .help("keep one of them"),
        );
    }
}

/// The full name of the table of an action.
pub(super) fn full_name(action: &Action) -> Text {
    action.table().unwrap_or_default()
}

/// Keyword arguments that create a table, as pairs of name and value in the order in which they are emitted.
///
/// A value that is false, empty or null drops its keyword.
pub(super) fn properties(
    action: &Action,
    keywords: &[Keyword],
    context: &Context<'_>,
    report: &mut Report,
) -> Option<TemplateValue> {
    let mut pairs = Vec::new();
    for keyword in keywords {
        let Some(node) = action.setting(keyword.key).filter(|node| node.is_truthy()) else { continue };
        let value = match keyword.form {
            Form::Literal => template_value(node),
            Form::Text => string_value(node),
            Form::Flag if is_true(node) => TemplateValue::from(true),
            Form::Flag => continue,
            Form::Columns => template_text(&ddl_text(node, context, report)?),
        };
        let block = matches!(keyword.form, Form::Columns);
        pairs.push(context! { name => keyword.name, value => value, block => block });
    }
    Some(pairs.into_iter().collect())
}

/// How the value of a keyword is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As the Python literal of the YAML value.
    Literal,
    /// As a string.
    Text,
    /// As `True`.
    Flag,
    /// As column definitions, inline or from a file.
    Columns,
}

/// A keyword argument and the key of the write target that it comes from.
pub(super) struct Keyword {
    pub name: &'static str,
    pub key: &'static str,
    pub form: Form,
}

/// Shorthand for tables of keywords.
pub(super) const fn keyword(name: &'static str, key: &'static str, form: Form) -> Keyword {
    Keyword { name, key, form }
}

/// The comment of a table: the one that is written, else a sentence that names the table.
pub(super) fn comment(action: &Action, kind: &str) -> TemplateValue {
    match action.setting("comment") {
        Some(comment) => string_value(comment),
        None => {
            let mut text: Text = format!("{kind}: ").into();
            text.push(&action.setting("table").map(text_of).unwrap_or_default());
            template_text(&text)
        }
    }
}

/// Text that a node holds, or that the nodes of a list hold.
pub(super) fn first_source(action: &Action) -> Option<&Node> {
    let source = action.get("source")?;
    match source.as_sequence() {
        Some(items) => items.first(),
        None => Some(source).filter(|source| !source.is_null()),
    }
}
