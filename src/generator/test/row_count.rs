//! `test: row_count` — two tables have the same number of rows, give or take a tolerance.
//!
//! In: two views or tables. Out: a table with one row that holds both counts.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_source, source};
use super::{check_table, fragment};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::{LaxInt, SourceShape};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A test of row counts does not have exactly two sources.
    ///
    /// ## Why
    /// It counts the rows of two tables and compares the numbers.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: row_count
    /// source: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: row_count
    /// source: [v_orders, main.bronze.orders]
    /// ```
    pub static NOT_TWO_SOURCES: Rule = Rule::new("LHP-VAL-007", "not-two-sources");
}

/// Compares the numbers of rows of two tables.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RowCountTest {
    /// The two views or tables to compare.
    pub source: SourceShape,
    /// Largest difference that is accepted; 0 by default.
    pub tolerance: Option<LaxInt>,
    /// What happens when the numbers differ: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct RowCount;

impl BuiltIn for RowCount {
    type Settings = RowCountTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "row_count";
    const SUMMARY: &'static str = "Two tables have the same number of rows";

    fn check(_: &RowCountTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        let Some(place) = action.setting("source") else { return };
        if place.as_sequence().map(<[Node]>::len) == Some(2) {
            check_source(action, 2, report);
        } else {
            report.push(
                Diagnostic::error(&NOT_TWO_SOURCES, format!("test `{}` must compare exactly two tables", action.name))
                    .at(place, "expected a list of two")
                    .help("write `source: [first_table, second_table]`"),
            );
        }
    }

    fn generate(
        settings: &RowCountTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let tolerance = settings.tolerance.unwrap_or_default().0;
        let condition = format!("abs(source_count - target_count) <= {tolerance}");
        let expectations = Expectations::one("row_count_match", condition, settings.on_violation);
        let query = context! {
            source => template_text(&source(action, 0)),
            target => template_text(&source(action, 1)),
        };
        fragment("test/row_count.py.j2", query, &expectations, action, context, report)
    }
}
