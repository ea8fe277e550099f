//! `test: completeness` — some columns are never null.
//!
//! In: a view or table and its required columns. Out: a table with these columns.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_source, source};
use super::{check_table, concat, fragment, joined};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

/// Finds rows that lack a value.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CompletenessTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Columns that must not be null.
    #[schemars(length(min = 1))]
    pub required_columns: Vec<Text>,
    /// What happens to a row that lacks a value: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct Completeness;

impl BuiltIn for Completeness {
    type Settings = CompletenessTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "completeness";
    const SUMMARY: &'static str = "Some columns are never null";

    fn check(_: &CompletenessTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
    }

    fn generate(
        settings: &CompletenessTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let given = settings.required_columns.iter().map(|column| concat(&[column, &" IS NOT NULL".into()]));
        let expectations = Expectations::one("required_fields_complete", joined(given, " AND "), settings.on_violation);
        let query = context! {
            source => template_text(&source(action, 0)),
            columns => template_text(&joined(settings.required_columns.iter().cloned(), ", ")),
        };
        fragment("test/select.py.j2", query, &expectations, action, context, report)
    }
}
