//! `test: custom_sql` — expectations on the result of a query.
//!
//! In: a query, and expectations on its rows. Out: a table with the result.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{self, Expectation, Expectations, OnViolation};
use super::{check_table, fragment};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

/// Tests the result of a query.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CustomSqlTest {
    /// The query.
    #[schemars(extend("minLength" = 1))]
    pub sql: Text,
    /// Views that the query reads. Only the order of actions depends on them.
    pub source: Option<SourceShape>,
    /// Conditions on the rows of the result; none by default.
    pub expectations: Option<Vec<Expectation>>,
    /// Has no effect: each of the `expectations` has its own.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct CustomSql;

impl BuiltIn for CustomSql {
    type Settings = CustomSqlTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "custom_sql";
    const SUMMARY: &'static str = "The result of a query meets expectations";

    fn check(_: &CustomSqlTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        expectation::check(action, report);
    }

    fn generate(
        settings: &CustomSqlTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let expectations = Expectations::written(action, settings.expectations.as_deref().unwrap_or_default());
        let query = context! { sql => template_text(&settings.sql.trimmed()) };
        fragment("test/custom_sql.py.j2", query, &expectations, action, context, report)
    }
}
