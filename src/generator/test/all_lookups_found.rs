//! `test: all_lookups_found` — every row finds its values in a lookup table.
//!
//! In: a view or table, a lookup table, and columns. Out: the rows, each with the value that was found.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_full_name, check_pairs, check_source, join_condition, source};
use super::{check_table, concat, fragment};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

/// Finds rows that a lookup table does not know.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AllLookupsFoundTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Full name of the lookup table, `catalog.schema.table`.
    #[schemars(extend("minLength" = 1))]
    pub lookup_table: Text,
    /// Columns to look up; they have the same names in both tables.
    #[schemars(length(min = 1))]
    pub lookup_columns: Vec<Text>,
    /// Columns that the lookup gives, as many as `lookup_columns`. The first one must not be null.
    #[schemars(length(min = 1))]
    pub lookup_result_columns: Vec<Text>,
    /// What happens to a row that finds nothing: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct AllLookupsFound;

impl BuiltIn for AllLookupsFound {
    type Settings = AllLookupsFoundTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "all_lookups_found";
    const SUMMARY: &'static str = "Every row finds its values in a lookup table";

    fn check(_: &AllLookupsFoundTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
        check_full_name(action, "lookup_table", report);
        check_pairs(action, "lookup_columns", "lookup_result_columns", report);
    }

    fn generate(
        settings: &AllLookupsFoundTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let tested = settings.lookup_result_columns.first().cloned().unwrap_or_default();
        let condition = concat(&[&"lookup_".into(), &tested, &" IS NOT NULL".into()]);
        let expectations = Expectations::one("all_lookups_found", condition, settings.on_violation);
        let pairs = join_condition(("s", &settings.lookup_columns), ("l", &settings.lookup_columns));
        let query = context! {
            source => template_text(&source(action, 0)),
            lookup => template_text(&settings.lookup_table),
            tested => template_text(&tested),
            pairs => template_text(&pairs),
        };
        fragment("test/all_lookups_found.py.j2", query, &expectations, action, context, report)
    }
}
