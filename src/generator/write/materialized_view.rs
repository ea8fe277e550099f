//! `write: materialized_view` — a table that is computed from a view or a query.
//!
//! In: a source view or a query, and the properties of the table. Out: one decorated function.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::source::{at_item, view_name};
use super::table::{
    Form, Keyword, Publication, TableProperties, comment, first_source, full_name, keyword, properties,
};
use super::table_rules;
use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, check_identifier, text_of};
use crate::model::lax::{Anything, Scalar};
use crate::model::{ActionType, TableName};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Kind, Node, Text};

rules! {
    /// A materialized view has neither a source nor a query.
    ///
    /// ## Why
    /// The rows of a materialized view are those of a view, which `source` names, or of a query under
    /// `sql` or `sql_path`. Without one there is nothing to compute.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: materialized_view
    ///   catalog: main
    ///   schema: gold
    ///   table: orders_by_day
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: materialized_view
    ///   catalog: main
    ///   schema: gold
    ///   table: orders_by_day
    ///   sql: SELECT day, count(*) AS orders FROM v_orders GROUP BY day
    /// ```
    pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "view-without-source");
    /// A materialized view has several sources or two queries, of which it reads only one.
    ///
    /// ## Why
    /// A materialized view is computed from the first view in `source`, or from one query: `sql` wins
    /// over `sql_path`. The rows of the others are missing in the table.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: [v_orders, v_returns]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   # type, catalog, schema and table as before; no `source`
    ///   sql: SELECT * FROM v_orders UNION ALL SELECT * FROM v_returns
    /// ```
    pub static IGNORED_SOURCE: Rule = Rule::new("LHP-CFG-080", "ignored-source").advice();
    /// The source of a materialized view is not the name of a view, or the item that is read names
    /// none.
    ///
    /// ## Why
    /// A materialized view reads one view or table by its name. What is more than that, such as a
    /// filter, belongs into a query.
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
    pub static SOURCE_SHAPE: Rule = Rule::new("LHP-VAL-007", "view-source-shape");
}

/// The table holds the rows of a query, or of one view, and the platform keeps it up to date. `sql` wins over `sql_path`, and both win over `source`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MaterializedViewTarget {
    #[serde(flatten)]
    pub name: TableName,
    /// Has no effect: a materialized view always creates its table.
    pub create_table: Option<Anything>,
    /// Comment of the table; `Materialized view: <table>` by default.
    pub comment: Option<Scalar>,
    /// Has no effect.
    pub description: Option<Anything>,
    /// Query that computes the table.
    pub sql: Option<Text>,
    /// File with the query, relative to the project root.
    pub sql_path: Option<String>,
    #[serde(flatten)]
    pub properties: TableProperties,
    /// When the table is refreshed; with the pipeline by default.
    pub refresh_schedule: Option<Scalar>,
    /// How the table is refreshed; the platform decides by default.
    pub refresh_policy: Option<RefreshPolicy>,
    #[serde(flatten)]
    pub publication: Publication,
}

/// How a materialized view is refreshed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefreshPolicy {
    Auto,
    Incremental,
    IncrementalStrict,
    Full,
}

/// The generator.
pub struct MaterializedView;

/// Keyword arguments of `@dp.materialized_view` after name, comment and table properties.
const KEYWORDS: [Keyword; 11] = [
    keyword("spark_conf", "spark_conf", Form::Literal),
    keyword("partition_cols", "partition_columns", Form::Literal),
    keyword("cluster_by", "cluster_columns", Form::Literal),
    keyword("cluster_by_auto", "cluster_by_auto", Form::Flag),
    keyword("path", "path", Form::Text),
    keyword("schema", "table_schema", Form::Columns),
    keyword("row_filter", "row_filter", Form::Text),
    keyword("temporary", "temporary", Form::Flag),
    keyword("refresh_schedule", "refresh_schedule", Form::Text),
    keyword("refresh_policy", "refresh_policy", Form::Text),
    keyword("private", "private", Form::Flag),
];

/// What the function of a materialized view returns.
enum Query {
    Sql(Text),
    Table(Text),
}

impl BuiltIn for MaterializedView {
    type Settings = MaterializedViewTarget;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "materialized_view";
    const SUMMARY: &'static str = "Compute a table from a view or a query";

    fn check(_: &MaterializedViewTarget, action: &Action, _: &Project, report: &mut Report) {
        table_rules::check(action, report);
        if let Some(table) = action.setting("table") {
            check_identifier(&function_name(action), table, "a function, so not of a materialized view either", report);
        }
        check_query(action, report);
    }

    fn generate(
        settings: &MaterializedViewTarget,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let table = full_name(action);
        let (sql, view) = match query(settings, action, context, report)? {
            Query::Sql(sql) => (Some(template_text(&sql)), None),
            Query::Table(view) => (None, Some(template_text(&view))),
        };
        let description = action.description().unwrap_or_else(|| {
            let mut text: Text = "Materialized view ".into();
            text.push(&table);
            text
        });
        let table_properties = action.setting("table_properties").map(template_value);
        let values = context! {
            name => template_text(&table),
            comment => comment(action, "Materialized view"),
            table_properties => table_properties.unwrap_or_else(|| {
                minijinja::Value::from_pairs::<_, &str, minijinja::Value>([])
            }),
            properties => properties(action, &KEYWORDS, context, report)?,
            function => function_name(action),
            description => template_text(&description),
            sql => sql,
            view => view,
        };
        let mut fragment =
            Fragment::new(Section::Writes, context.render("write/materialized_view.py.j2", values, action, report)?);
        fragment.group = Some(format!("table {}", table.display()));
        Some(fragment)
    }
}

/// A materialized view needs a query or a source, and reads only one source.
fn check_query(action: &Action, report: &mut Report) {
    let source = action.get("source").filter(|source| source.is_truthy());
    let query = |key: &str| action.setting(key).is_some_and(Node::is_truthy);
    if let Some(source) = source.filter(|source| !matches!(source.kind(), Kind::String | Kind::Sequence)) {
        report.push(
            Diagnostic::error(
                &SOURCE_SHAPE,
                format!("the source of a materialized view must be a name or a list, not {}", source.kind()),
            )
            .at(source, format!("this is {}", source.kind()))
            .help("write the name of a view, or a query under `write_target.sql`"),
        );
        return;
    }
    if reads_table(action) {
        match (source, first_source(action)) {
            (None, _) => report.push(
                Diagnostic::error(&NO_SOURCE, format!("write `{}` has neither a source nor a query", action.name))
                    .at(action.setting("sql").unwrap_or(&action.node), "nothing to compute from")
                    .help("add `source: …`, or `sql: …` under `write_target`"),
            ),
            (_, Some(first)) if view_name(first).is_none() => {
                report.push(at_item(Diagnostic::error(&SOURCE_SHAPE, "this source names no view"), first));
            }
            _ => {}
        }
    }
    let ignored = match source.and_then(Node::as_sequence) {
        Some([first, second, ..]) if reads_table(action) => Some((
            Diagnostic::advice(&IGNORED_SOURCE, "a materialized view reads only the first of its sources")
                .at(second, "not read")
                .label(first.span, "read"),
            "remove it, or bring the sources together in a query under `write_target.sql`",
        )),
        // A query that a template rendered from the file stands in that file.
        _ if query("sql") && query("sql_path") => {
            let written = action.setting("sql").map(|sql| sql.span.file);
            let path = action.setting("sql_path").filter(|path| Some(path.span.file) == written);
            let label = action.setting("sql").map(|sql| (sql.span, "this query wins"));
            path.zip(label).map(|(path, (sql, wins))| {
                let remark = Diagnostic::advice(&IGNORED_SOURCE, "`sql_path` has no effect beside `sql`");
                (remark.at(path, "not read").label(sql, wins), "keep one of them")
            })
        }
        _ => None,
    };
    if let Some((remark, help)) = ignored {
        report.push(remark.help(help));
    }
}

/// Whether the function reads its source, for want of a query. A blank `sql` wins over `sql_path` nevertheless.
fn reads_table(action: &Action) -> bool {
    match action.setting("sql").and_then(Node::as_text) {
        Some(sql) => sql.trimmed().is_empty(),
        None => !action.setting("sql_path").is_some_and(Node::is_truthy),
    }
}

/// The function that computes a table is named like the table.
pub(in crate::generator) fn function_name(action: &Action) -> String {
    action.setting("table").map(|table| text_of(table).display().replace('.', "_")).unwrap_or_default()
}

fn query(
    settings: &MaterializedViewTarget,
    action: &Action,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Query> {
    if reads_table(action) {
        return first_source(action).and_then(view_name).map(Query::Table);
    }
    match (&settings.sql, action.setting("sql_path")) {
        (Some(sql), _) => Some(Query::Sql(sql.trimmed())),
        (None, path) => Some(Query::Sql(context.read_text(path?, report)?)),
    }
}
