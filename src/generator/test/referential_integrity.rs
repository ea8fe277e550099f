//! `test: referential_integrity` — every row has a partner in another table.
//!
//! In: a view or table, a reference table and pairs of columns. Out: the rows, each with a column of its partner.

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

/// Finds rows without a partner in a reference table.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReferentialIntegrityTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Full name of the reference table, `catalog.schema.table`.
    #[schemars(extend("minLength" = 1))]
    pub reference: Text,
    /// Columns of the source that refer to the reference table.
    #[schemars(length(min = 1))]
    pub source_columns: Vec<Text>,
    /// Columns of the reference table, paired with `source_columns` by position. The first one must not be null.
    #[schemars(length(min = 1))]
    pub reference_columns: Vec<Text>,
    /// What happens to a row without a partner: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct ReferentialIntegrity;

impl BuiltIn for ReferentialIntegrity {
    type Settings = ReferentialIntegrityTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "referential_integrity";
    const SUMMARY: &'static str = "Every row has a partner in another table";

    fn check(_: &ReferentialIntegrityTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
        check_full_name(action, "reference", report);
        check_pairs(action, "source_columns", "reference_columns", report);
    }

    fn generate(
        settings: &ReferentialIntegrityTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let tested = settings.reference_columns.first().cloned().unwrap_or_default();
        let condition = concat(&[&"ref_".into(), &tested, &" IS NOT NULL".into()]);
        let expectations = Expectations::one("referential_integrity", condition, settings.on_violation);
        let pairs = join_condition(("s", &settings.source_columns), ("r", &settings.reference_columns));
        let query = context! {
            source => template_text(&source(action, 0)),
            reference => template_text(&settings.reference),
            tested => template_text(&tested),
            pairs => template_text(&pairs),
        };
        fragment("test/referential_integrity.py.j2", query, &expectations, action, context, report)
    }
}
