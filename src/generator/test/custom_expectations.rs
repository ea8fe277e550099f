//! `test: custom_expectations` — expectations on the rows of a view or table.
//!
//! In: a view or table, and expectations. Out: a table with the same rows.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{self, Expectation, Expectations, OnViolation};
use super::source::{check_source, source};
use super::{check_table, fragment};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

/// Tests the rows of a view or table.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CustomExpectationsTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Conditions on the rows.
    #[schemars(length(min = 1))]
    pub expectations: Vec<Expectation>,
    /// Has no effect: each of the `expectations` has its own.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct CustomExpectations;

impl BuiltIn for CustomExpectations {
    type Settings = CustomExpectationsTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "custom_expectations";
    const SUMMARY: &'static str = "The rows of a view or table meet expectations";

    fn check(_: &CustomExpectationsTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
        expectation::check(action, report);
    }

    fn generate(
        settings: &CustomExpectationsTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let expectations = Expectations::written(action, &settings.expectations);
        let query = context! { columns => "*", source => template_text(&source(action, 0)) };
        fragment("test/select.py.j2", query, &expectations, action, context, report)
    }
}
