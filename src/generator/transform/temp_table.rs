//! `transform: temp_table` — a table that lives as long as the run of the pipeline.
//!
//! In: a view, and optionally a query over it, in which `{source}` stands for the view. Out: one temporary table.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::only_view;
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::read_mode::{self, ReadMode};
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values, string_value, text_of};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A temporary table reads nothing.
    ///
    /// ## Why
    /// A temporary table keeps the rows of a view for the length of a run. The source is needed even if
    /// `sql` says what to read: it puts the actions into order.
    ///
    /// ## Wrong
    /// ```yaml
    /// sql: SELECT * FROM v_orders WHERE amount > 0
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// sql: SELECT * FROM {source} WHERE amount > 0
    /// ```
    pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "temp-table-without-source");
    /// The source of a temporary table is not the name of exactly one view.
    ///
    /// ## Why
    /// A temporary table holds the rows of one view, which `{source}` stands for in its query. What
    /// else the query reads is named in the query itself, and under `depends_on`.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: [v_orders, v_shops]
    /// sql: SELECT * FROM v_orders JOIN v_shops USING (shop)
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// sql: SELECT * FROM {source} JOIN v_shops USING (shop)
    /// depends_on: [v_shops]
    /// ```
    pub static SEVERAL_SOURCES: Rule = Rule::new("LHP-VAL-016", "temp-table-source");
}

/// What stands for the source in the query.
const SOURCE_PLACE: &str = "{source}";

/// Defines a temporary table where other transforms define a view: its rows are stored until the run ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TempTableTransform {
    /// View to read, or a mapping with the key `view`.
    pub source: Option<SourceShape>,
    /// Query that defines the table; `{source}` in it stands for the view. By default all rows of the view.
    pub sql: Option<Text>,
}

/// The generator.
pub struct TempTable;

impl BuiltIn for TempTable {
    type Settings = TempTableTransform;
    const KIND: ActionType = ActionType::Transform;
    const NAME: &'static str = "temp_table";
    const SUMMARY: &'static str = "Keep the rows of a view or query in a table for the length of a run";
    const ADDS_METADATA: bool = true;

    fn check(_: &TempTableTransform, action: &Action, _: &Project, report: &mut Report) {
        read_mode::advise(action, ReadMode::Batch, report);
        if only_view(action).is_some() {
            return;
        }
        report.push(match action.setting("source").filter(|source| source.is_truthy()) {
            None => Diagnostic::error(&NO_SOURCE, format!("temporary table `{}` has no source", action.name))
                .at(&action.node, "needs `source`")
                .help("add `source: …` with the name of a view"),
            Some(source) => Diagnostic::error(&SEVERAL_SOURCES, "a temporary table reads one view")
                .at(source, format!("this is {}", source.kind()))
                .help("write `source: …` with the name of one view; name others in `sql` and `depends_on`"),
        });
    }

    fn generate(
        settings: &TempTableTransform,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let source = only_view(action)?;
        let target = action.target()?;
        let name = text_of(source);
        let description = action.description().unwrap_or_else(|| format!("Temporary table: {target}").into());
        let sql = settings.sql.as_ref().filter(|sql| !sql.is_empty()).map(|sql| with_source(sql, &name));
        let values = context! {
            target => target,
            description => template_text(&description),
            sql => sql.as_ref().map(template_text),
            stream => action.read_mode().and_then(Node::as_str) == Some("stream"),
            source => string_value(source),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Transforms, context.render("transform/temp_table.py.j2", values, action, report)?))
    }
}

/// A query with the name of the source in its places.
fn with_source(sql: &Text, source: &Text) -> Text {
    let mut out = Text::default();
    for part in &sql.parts {
        let crate::syntax::Part::Literal(text) = part else {
            out.parts.push(part.clone());
            continue;
        };
        for (position, piece) in text.split(SOURCE_PLACE).enumerate() {
            if position > 0 {
                out.push(source);
            }
            out.push_str(piece);
        }
    }
    out
}
