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
use crate::generator::column_schema::quoted;
use crate::generator::{BuiltIn, Context, Fragment};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A table whose columns are to be compared has a name with backticks, a secret or an empty part.
    ///
    /// ## Why
    /// The parts of the name are compared with those in the information schema, which holds them as they
    /// are. With backticks in the name no table is found, and every column would count as a difference.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: schema_match
    /// source: main.bronze.orders
    /// reference: main.sales.`all orders`
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: schema_match
    /// source: main.bronze.orders
    /// reference: main.sales.all orders
    /// ```
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
    let fault = match name.as_plain() {
        None => "a secret has no place in this name",
        Some(plain) if plain.contains('`') => "looked up as it is, with the backticks",
        Some(_) => "a part of this name is empty",
    };
    let help = match name.as_plain().map(|plain| plain.replace('`', "")).filter(|plain| is_full(plain)) {
        Some(plain) => format!("write `{plain}`: blanks and signs need no backticks here"),
        None => "write `catalog.schema.table`".to_owned(),
    };
    Diagnostic::error(&NOT_A_PLAIN_NAME, "the columns of this table cannot be looked up by its name")
        .at(place, fault)
        .help(help)
}

/// Catalog, schema and table of a full name.
fn parts(name: &Text) -> Option<TemplateValue> {
    let parts: Vec<&str> = name.as_plain()?.split('.').collect();
    let [catalog, schema, table] = *parts.as_slice() else { return None };
    let plain = is_full(name.as_plain()?) && !parts.iter().any(|part| part.contains('`'));
    let holder = quoted(catalog);
    plain.then(|| context! { catalog => catalog, holder => holder, schema => schema, table => table })
}

/// Whether no part of a name is blank.
fn is_full(name: &str) -> bool {
    name.split('.').all(|part| !part.trim().is_empty())
}
