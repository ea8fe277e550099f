//! Expectations of a test, by what happens when one is not met.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::text_of;
use crate::model::lax::Scalar;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// An expectation of a test has no `name` or no `expression`.
    ///
    /// ## Why
    /// The expression is the condition that each row is to satisfy, and the name is what it is counted
    /// under in the event log.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: custom_expectations
    /// source: v_orders
    /// expectations:
    ///   - name: positive_amount
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: custom_expectations
    /// source: v_orders
    /// expectations:
    ///   - name: positive_amount
    ///     expression: amount > 0
    /// ```
    pub static INCOMPLETE_EXPECTATION: Rule = Rule::within("LHP-VAL-007", "incomplete-expectation", "LHP-ACT-002");
    /// Two expectations of a test have the same name and the same severity.
    ///
    /// ## Why
    /// Names are unique in the generated code, so only the last one is tested. The first one has no
    /// effect, although it looks as if it had.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations:
    ///   - name: valid_amount
    ///     expression: amount > 0
    ///   - name: valid_amount
    ///     expression: amount < 100000
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: positive_amount
    ///     expression: amount > 0
    ///   - name: plausible_amount
    ///     expression: amount < 100000
    /// ```
    pub static REPEATED_EXPECTATION: Rule = Rule::new("LHP-VAL-007", "repeated-expectation").advice();
    /// A test with expectations of its own has an `on_violation`, which is not used.
    ///
    /// ## Why
    /// Each expectation says for itself what happens to a row that does not satisfy it; without a word it
    /// is `fail`. The update may fail although the test looks as if it only warned.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: custom_expectations
    /// source: v_orders
    /// on_violation: warn
    /// expectations:
    ///   - name: positive_amount
    ///     expression: amount > 0
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: custom_expectations
    /// source: v_orders
    /// expectations:
    ///   - name: positive_amount
    ///     expression: amount > 0
    ///     on_violation: warn
    /// ```
    pub static SEVERITY_WITHOUT_EFFECT: Rule = Rule::new("LHP-VAL-007", "severity-without-effect").advice();
}

/// What happens when an expectation is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-lhp-expects" = "`fail`, `warn` or `drop`"))]
pub enum OnViolation {
    /// The update fails.
    #[default]
    Fail,
    /// The row is kept and counted.
    Warn,
    /// The row is dropped and counted.
    Drop,
    /// Empty text stands for the default.
    #[serde(rename = "")]
    Unset,
}

/// A condition on the rows of a test.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Expectation {
    /// Name under which the result is counted.
    pub name: Option<Scalar>,
    /// SQL condition that a good row satisfies.
    pub expression: Option<Scalar>,
    /// What happens to a row that does not: `fail` (default), `warn` or `drop`.
    pub on_violation: Option<OnViolation>,
}

/// Names and expressions in the order in which they are written, for each severity.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    fail: Vec<(Text, Text)>,
    warn: Vec<(Text, Text)>,
    drop: Vec<(Text, Text)>,
}

impl Expectations {
    /// The one expectation of a test.
    pub(super) fn one(name: &str, expression: impl Into<Text>, on_violation: Option<OnViolation>) -> Self {
        let mut expectations = Self::default();
        expectations.add(name.into(), expression.into(), on_violation);
        expectations
    }

    /// The expectations that the author wrote.
    pub(super) fn written(action: &Action, entries: &[Expectation]) -> Self {
        let mut expectations = Self::default();
        for (node, entry) in nodes(action).iter().zip(entries) {
            let part = |key: &str| node.get(key).map(text_of).unwrap_or_default();
            expectations.add(part("name"), part("expression"), entry.on_violation);
        }
        expectations
    }

    /// A name that is there already gets the new expression and keeps its position.
    fn add(&mut self, name: Text, expression: Text, on_violation: Option<OnViolation>) {
        let group = match on_violation.unwrap_or_default() {
            OnViolation::Fail | OnViolation::Unset => &mut self.fail,
            OnViolation::Warn => &mut self.warn,
            OnViolation::Drop => &mut self.drop,
        };
        match group.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = expression,
            None => group.push((name, expression)),
        }
    }

    /// Decorators with their expectations; a severity without expectations has no decorator.
    pub(super) fn values(&self) -> TemplateValue {
        let groups =
            [("expect_all_or_fail", &self.fail), ("expect_all_or_drop", &self.drop), ("expect_all", &self.warn)];
        let used = groups.into_iter().filter(|(_, group)| !group.is_empty());
        used.map(|(decorator, group)| {
            let pairs = group.iter().map(|(name, expression)| (template_text(name), template_text(expression)));
            context! { decorator => decorator, conditions => TemplateValue::from_pairs(pairs) }
        })
        .collect()
    }
}

/// The rules for expectations that the author wrote.
pub(super) fn check(action: &Action, report: &mut Report) {
    let entries = nodes(action);
    for (position, entry) in entries.iter().enumerate() {
        for key in ["name", "expression"] {
            if entry.get(key).is_none_or(Node::is_null) {
                report.push(
                    Diagnostic::error(&INCOMPLETE_EXPECTATION, format!("an expectation has no `{key}`"))
                        .at(entry, format!("needs `{key}`"))
                        .help(format!("add `{key}: …`")),
                );
            }
        }
        let same = |other: &&Node| ["name", "on_violation"].iter().all(|key| value(other, key) == value(entry, key));
        if let Some(later) = entries.iter().skip(position + 1).find(same)
            && let (Some(name), Some(place)) = (entry.get("name"), later.get("name"))
        {
            report.push(
                Diagnostic::advice(
                    &REPEATED_EXPECTATION,
                    format!("two expectations are named `{}`, and only the last one counts", text_of(name).display()),
                )
                .at(place, "replaces the first one")
                .label(name.span, "the first one")
                .help("rename one of them"),
            );
        }
    }
    if let Some(place) = action.setting("on_violation").filter(|place| place.is_truthy()) {
        report.push(
            Diagnostic::advice(
                &SEVERITY_WITHOUT_EFFECT,
                format!("`on_violation` has no effect on a {} test", action.key),
            )
            .at(place, "not used")
            .help("set `on_violation` on each of the `expectations`"),
        );
    }
}

fn value<'a>(entry: &'a Node, key: &str) -> Option<&'a crate::syntax::Value> {
    entry.get(key).map(|node| &node.value)
}

fn nodes(action: &Action) -> &[Node] {
    action.setting("expectations").and_then(Node::as_sequence).unwrap_or_default()
}
