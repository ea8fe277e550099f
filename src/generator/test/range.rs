//! `test: range` — the values of a column lie between two bounds.
//!
//! In: a view or table, a column and one or two bounds. Out: a table with this column.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::{Expectations, OnViolation};
use super::source::{check_source, source};
use super::{check_table, concat, fragment, joined};
use crate::emit::{sql_string, template_text};
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, text_of};
use crate::model::ActionType;
use crate::model::lax::{Anything, SourceShape};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A range test has neither `min_value` nor `max_value`.
    ///
    /// ## Why
    /// Every value lies in a range without bounds: there is nothing to test.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: range
    /// source: v_orders
    /// column: amount
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: range
    /// source: v_orders
    /// column: amount
    /// min_value: 0
    /// ```
    pub static NO_BOUND: Rule = Rule::new("LHP-VAL-007", "range-without-bound");
    /// A bound of a range test is a list or a mapping.
    ///
    /// ## Why
    /// The values of the column are compared with the bound, so it must be a single value: text, a
    /// number, a boolean or a date.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: range
    /// source: v_orders
    /// column: amount
    /// min_value: [0, 100]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: range
    /// source: v_orders
    /// column: amount
    /// min_value: 0
    /// max_value: 100
    /// ```
    pub static UNUSABLE_BOUND: Rule = Rule::new("LHP-VAL-007", "unusable-bound");
}

/// Finds values outside of a range.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RangeTest {
    /// View or table to test; of a list, the first.
    pub source: SourceShape,
    /// Column to test.
    #[schemars(extend("minLength" = 1))]
    pub column: Text,
    /// Smallest value that is accepted: text, a number, a boolean or a date. Spark casts it to the type of the column,
    /// so a fraction needs a column of fractions. No lower bound by default.
    pub min_value: Option<Anything>,
    /// Largest value that is accepted. No upper bound by default.
    pub max_value: Option<Anything>,
    /// What happens to a row outside of the range: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
    /// Identifier under which the result is reported.
    pub test_id: Option<Text>,
}

/// The generator.
pub struct Range;

impl BuiltIn for Range {
    type Settings = RangeTest;
    const KIND: ActionType = ActionType::Test;
    const NAME: &'static str = "range";
    const SUMMARY: &'static str = "The values of a column lie between two bounds";

    fn check(_: &RangeTest, action: &Action, _: &Project, report: &mut Report) {
        check_table(action, report);
        check_source(action, 1, report);
        let bounds: Vec<&Node> = ["min_value", "max_value"].into_iter().filter_map(|key| action.setting(key)).collect();
        if bounds.is_empty() {
            report.push(
                Diagnostic::error(&NO_BOUND, format!("test `{}` has no bounds", action.name))
                    .at(&action.node, "needs `min_value` or `max_value`")
                    .help("add `min_value: …`, `max_value: …` or both"),
            );
        }
        for bound in bounds.iter().filter(|bound| matches!(bound.value, Value::Sequence(_) | Value::Mapping(_))) {
            report.push(
                Diagnostic::error(&UNUSABLE_BOUND, format!("a bound must be a single value, not {}", bound.kind()))
                    .at(bound, "this bound")
                    .help("write text, a number, a boolean or a date"),
            );
        }
    }

    fn generate(settings: &RangeTest, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let bounds = [(" >= ", "min_value"), (" <= ", "max_value")];
        let conditions = bounds.into_iter().filter_map(|(operator, key)| {
            Some(concat(&[&settings.column, &operator.into(), &quoted(action.setting(key)?)]))
        });
        let expectations = Expectations::one("value_in_range", joined(conditions, " AND "), settings.on_violation);
        let query = context! {
            source => template_text(&source(action, 0)),
            columns => template_text(&settings.column),
        };
        fragment("test/select.py.j2", query, &expectations, action, context, report)
    }
}

/// A bound as a SQL string. Spark casts it to the type of the column. Dates are written as ISO 8601 has them.
fn quoted(bound: &Node) -> Text {
    let text = match &bound.value {
        Value::Timestamp(date) => {
            let iso = date.replacen(' ', "T", 1);
            iso.strip_suffix("+00:00").map_or_else(|| iso.clone(), |utc| format!("{utc}Z")).into()
        }
        _ => text_of(bound),
    };
    let quote = Text::plain("'");
    let escaped = text.map_literals(|literal| {
        let quoted = sql_string(literal);
        quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or_default().to_owned()
    });
    concat(&[&quote, &escaped, &quote])
}
