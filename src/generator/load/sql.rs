//! `load: sql` — a view over a SQL query.
//!
//! In: a query, inline or in a file. Out: one temporary view. Inline text is emitted as it is.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values};
use crate::model::ActionType;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Text;

rules! {
    /// A SQL load has neither `sql` nor `sql_path`.
    ///
    /// ## Why
    /// The view is the result of a query. Without one there is nothing to define it by.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: sql
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: sql
    ///   sql: SELECT * FROM main.sales.orders WHERE amount > 0
    /// ```
    pub static NO_QUERY: Rule = Rule::new("LHP-VAL-001", "sql-load-without-query");
}

/// Runs a SQL query. `sql` wins over `sql_path`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SqlSource {
    /// The query.
    pub sql: Option<Text>,
    /// File with the query, relative to the project root.
    pub sql_path: Option<String>,
}

/// The generator.
pub struct Sql;

impl BuiltIn for Sql {
    type Settings = SqlSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "sql";
    const SUMMARY: &'static str = "Define a view by a SQL query";
    const ADDS_METADATA: bool = true;

    fn check(settings: &SqlSource, action: &Action, _: &Project, report: &mut Report) {
        if settings.sql.is_none() && settings.sql_path.as_deref().unwrap_or_default().is_empty() {
            report.push(
                Diagnostic::error(&NO_QUERY, format!("load `{}` has no query", action.name))
                    .at(&action.settings, "needs a query")
                    .help("add `sql: …` or `sql_path: …`"),
            );
        }
    }

    fn generate(settings: &SqlSource, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let sql = match &settings.sql {
            Some(sql) => sql.clone(),
            None => context.read_text(action.setting("sql_path")?, report)?,
        };
        let values = context! {
            target => action.target(),
            description => template_text(&action.description().unwrap_or_else(|| format!("SQL source: {}", action.name).into())),
            sql => template_text(&sql),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Loads, context.render("load/sql.py.j2", values, action, report)?))
    }
}
