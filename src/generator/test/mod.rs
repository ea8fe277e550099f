//! Tests: each defines one temporary table whose expectations say whether the pipeline passes.
//!
//! Names, conditions and columns are SQL by contract and are put into queries as they are; values are quoted.

pub mod all_lookups_found;
pub mod completeness;
pub mod custom_expectations;
pub mod custom_sql;
pub(crate) mod expectation;
pub mod range;
pub mod referential_integrity;
pub mod row_count;
pub mod schema_match;
pub(crate) mod source;
pub mod uniqueness;

use std::sync::Arc;

use minijinja::{Value as TemplateValue, context};

use super::{Context, Fragment, Generator, Section, check_identifier, row, text_of};
use crate::emit::template_text;
use crate::expand::Action;
use crate::report::Report;
use crate::syntax::Text;
use expectation::Expectations;

pub use expectation::{Expectation, OnViolation};

/// The rows of all tests.
pub(super) fn rows() -> Vec<Arc<dyn Generator>> {
    vec![
        row::<all_lookups_found::AllLookupsFound>(),
        row::<completeness::Completeness>(),
        row::<custom_expectations::CustomExpectations>(),
        row::<custom_sql::CustomSql>(),
        row::<range::Range>(),
        row::<referential_integrity::ReferentialIntegrity>(),
        row::<row_count::RowCount>(),
        row::<schema_match::SchemaMatch>(),
        row::<uniqueness::Uniqueness>(),
    ]
}

/// The rule that all tests share: the table of a test is a Python function of the same name.
fn check_table(action: &Action, report: &mut Report) {
    let place = action.get("target").filter(|target| target.is_truthy()).or_else(|| action.get("name"));
    check_identifier(&action.test_table(), place.unwrap_or(&action.node), "a test table", report);
}

/// The fragment of a test. `query` holds the values of the query in the template.
fn fragment(
    template: &str,
    query: TemplateValue,
    expectations: &Expectations,
    action: &Action,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Fragment> {
    let description = match action.get("description").filter(|description| !description.is_null()) {
        Some(description) => text_of(description),
        None => format!("Test: {}", action.key).into(),
    };
    let values = context! {
        table => action.test_table(),
        description => template_text(&description),
        expectations => expectations.values(),
        ..query
    };
    let mut fragment = Fragment::new(Section::Tests, context.render(template, values, action, report)?);
    fragment.imports.push("from pyspark.sql.functions import *".to_owned());
    Some(fragment)
}

/// Texts with something between them.
fn joined(texts: impl IntoIterator<Item = Text>, between: &str) -> Text {
    let mut all = Text::default();
    for (position, text) in texts.into_iter().enumerate() {
        if position > 0 {
            all.push_str(between);
        }
        all.push(&text);
    }
    all
}

/// A text made of pieces.
fn concat(pieces: &[&Text]) -> Text {
    joined(pieces.iter().map(|piece| (*piece).clone()), "")
}
