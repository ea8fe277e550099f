//! `test: schema_match` — two tables have the same columns with the same types.
//!
//! In: the full names of two tables. Out: a table with one row for each difference.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_full_name, check_source, source};
use super::{check_table, fragment};
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A name that cannot be looked up in the information schema.
    pub static NOT_A_PLAIN_NAME: Rule = Rule::new("LHP-VAL-022", "not-a-plain-name");
}

/// Compares the columns of two tables.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SchemaMatchTest {
    /// Full name of the table to test, `catalog.schema.table`.
    pub source: SourceShape,
    /// Full name of the table to compare with, `catalog.schema.table`.
    #[schemars(extend("minLength" = 1))]
    pub reference: Text,
    /// What happens when the columns differ: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct SchemaMatch;

impl BuiltIn for SchemaMatch {
    type Settings = SchemaMatchTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "schema_match";
    const SUMMARY: &'static str = "Two tables have the same columns with the same types";

    fn check(settings: &SchemaMatchTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
        let names = [("source", source(action, 0)), ("reference", settings.reference.clone())];
        for (key, name) in names {
            let before = report.diagnostics.len();
            check_full_name(action, key, report);
            let Some(place) = action.setting(key) else { continue };
            if report.diagnostics.len() == before && !name.is_empty() && parts(&name).is_none() {
                report.push(not_plain(&name, place));
            }
        }
    }

    fn generate(
        settings: &SchemaMatchTest,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let expectations = Expectations::one("schemas_match", "false", settings.on_violation);
        let query = context! {
            source => parts(&source(action, 0))?,
            reference => parts(&settings.reference)?,
        };
        fragment("test/schema_match.py.j2", query, &expectations, action, context, report)
    }
}

fn not_plain(name: &Text, place: &Node) -> Diagnostic {
    let message = format!("the columns of `{}` cannot be looked up", name.display());
    Diagnostic::error(&NOT_A_PLAIN_NAME, message)
        .at(place, "not a plain full name")
        .help("write `catalog.schema.table` without backticks, secrets and empty parts")
}

/// Catalog, schema and table of a full name.
fn parts(name: &Text) -> Option<TemplateValue> {
    let parts: Vec<&str> = name.as_plain()?.split('.').collect();
    let [catalog, schema, table] = *parts.as_slice() else { return None };
    let plain = parts.iter().all(|part| !part.trim().is_empty() && !part.contains('`'));
    plain.then(|| context! { catalog => catalog, schema => schema, table => table })
}
