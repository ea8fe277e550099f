//! `transform: sql` — a view defined by a SQL query over other views.
//!
//! In: a query, inline or in a file. Out: one temporary view. `source` only says what the query depends on.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A SQL transform has no query.
    ///
    /// ## Why
    /// The view that the transform defines is the result of its query: inline under `sql`, or in the
    /// file that `sql_path` names.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// sql: SELECT * FROM stream(v_orders) WHERE amount > 0
    /// ```
    pub static NO_QUERY: Rule = Rule::new("LHP-VAL-007", "sql-transform-without-query");
    /// A SQL transform does not name the views that its query reads.
    ///
    /// ## Why
    /// The names put the actions into order and tell which views are used; the query itself does not.
    /// Give one name, or a list of names.
    ///
    /// ## Wrong
    /// ```yaml
    /// sql: SELECT * FROM stream(v_orders) WHERE amount > 0
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// sql: SELECT * FROM stream(v_orders) WHERE amount > 0
    /// ```
    pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "sql-transform-without-source");
}

/// Runs a SQL query over other views. `sql` wins over `sql_path`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SqlTransform {
    /// Views that the query reads.
    pub source: Option<SourceShape>,
    /// The query.
    pub sql: Option<Text>,
    /// File with the query, relative to the project root.
    pub sql_path: Option<String>,
}

/// The generator.
pub struct Sql;

impl BuiltIn for Sql {
    type Settings = SqlTransform;
    const KIND: ActionType = ActionType::Transform;
    const NAME: &'static str = "sql";
    const SUMMARY: &'static str = "Define a view by a SQL query over other views";
    const ADDS_METADATA: bool = true;

    fn check(settings: &SqlTransform, action: &Action, _: &Project, report: &mut Report) {
        let given = |text: Option<&Text>| text.is_some_and(|text| !text.is_empty());
        if !given(settings.sql.as_ref()) && settings.sql_path.as_deref().unwrap_or_default().is_empty() {
            report.push(
                Diagnostic::error(&NO_QUERY, format!("transform `{}` has no query", action.name))
                    .at(&action.node, "needs a query")
                    .help("add `sql: …` or `sql_path: …`"),
            );
        }
        if !action.setting("source").is_some_and(Node::is_truthy) {
            report.push(
                Diagnostic::error(&NO_SOURCE, format!("transform `{}` names no source", action.name))
                    .at(&action.node, "needs `source`")
                    .help("add `source: …` with the views that the query reads"),
            );
        }
    }

    fn generate(
        settings: &SqlTransform,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let sql = match settings.sql.as_ref().filter(|sql| !sql.is_empty()) {
            Some(sql) => sql.trimmed(),
            None => context.read_text(action.setting("sql_path")?, report)?,
        };
        let description = action.description().unwrap_or_else(|| format!("SQL transform: {}", action.name).into());
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            sql => template_text(&sql),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Transforms, context.render("transform/sql.py.j2", values, action, report)?))
    }
}
