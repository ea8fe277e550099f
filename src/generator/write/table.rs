//! What streaming tables and materialized views share: the name and the properties of a table.
//!
//! In: the settings of an action that passed the rules. Out: keyword arguments. What may be set is here, too.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::{template_text, template_value};
use crate::expand::{Action, is_true};
use crate::generator::column_schema::ddl_text;
use crate::generator::{Context, string_value, text_of};
use crate::model::lax::{Free, LaxBool, Scalar};
use crate::report::Report;
use crate::syntax::{Node, Text};

/// What an author may write about any table, whatever fills it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TableProperties {
    /// Properties of the table; none by default.
    pub table_properties: Option<Free>,
    /// Spark settings of the query; none by default.
    pub spark_conf: Option<Free>,
    /// Columns to partition by. Excludes clustering.
    pub partition_columns: Option<Vec<Text>>,
    /// Columns to cluster by. Excludes `partition_columns`.
    pub cluster_columns: Option<Vec<Text>>,
    /// Let the platform choose the clustering columns; off by default.
    pub cluster_by_auto: Option<bool>,
    /// Storage path; managed by the catalog by default.
    pub path: Option<Scalar>,
    /// Column definitions, or a file that holds them; inferred by default.
    pub table_schema: Option<Text>,
    /// Row filter clause; none by default.
    pub row_filter: Option<Text>,
    /// Keep the table for the lifetime of the pipeline only; off by default.
    pub temporary: Option<bool>,
}

/// Who sees a table, and how it is labelled.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Publication {
    /// Do not publish the table; off by default.
    pub private: Option<LaxBool>,
    /// Tags of the table. Excludes `tags_file`.
    pub tags: Option<Free>,
    /// File with tags of the table and of its columns, relative to the project root. Excludes `tags`.
    pub tags_file: Option<Text>,
}

/// The full name of the table of an action.
pub(super) fn full_name(action: &Action) -> Text {
    action.table().cloned().unwrap_or_default()
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

/// The first source that an action names.
pub(super) fn first_source(action: &Action) -> Option<&Node> {
    let source = action.get("source")?;
    match source.as_sequence() {
        Some(items) => items.first(),
        None => Some(source).filter(|source| !source.is_null()),
    }
}
