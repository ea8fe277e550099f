//! `test: uniqueness` — no two rows have the same values in some columns.
//!
//! In: a view or table and its key columns. Out: a table with one row for each key that occurs more than once.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_source, source};
use super::{check_table, fragment, joined};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

/// Finds keys that occur more than once.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UniquenessTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Columns that together must be unique.
    #[schemars(length(min = 1))]
    pub columns: Vec<Text>,
    /// SQL condition; only rows that satisfy it are looked at. All rows by default.
    pub filter: Option<Text>,
    /// What happens when a key is not unique: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct Uniqueness;

impl BuiltIn for Uniqueness {
    type Settings = UniquenessTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "uniqueness";
    const SUMMARY: &'static str = "No two rows have the same values in some columns";

    fn check(_: &UniquenessTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
    }

    fn generate(
        settings: &UniquenessTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let expectations = Expectations::one("no_duplicates", "duplicate_count == 0", settings.on_violation);
        let filter = settings.filter.as_ref().map(Text::trimmed).filter(|filter| !filter.is_empty());
        let query = context! {
            source => template_text(&source(action, 0)),
            columns => template_text(&joined(settings.columns.iter().cloned(), ", ")),
            filter => filter.as_ref().map(template_text),
        };
        fragment("test/uniqueness.py.j2", query, &expectations, action, context, report)
    }
}
