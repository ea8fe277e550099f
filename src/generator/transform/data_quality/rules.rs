//! Rules of a data quality transform: a list or mapping goes in, expectations come out.
//!
//! ```yaml
//! expectations:                     # this level may be left out
//!   - {name: known, expression: "id IS NOT NULL", failureAction: drop}
//! ---
//! "id IS NOT NULL": {name: known, action: drop}
//! ```

use super::Mode;
use crate::emit::literal::python_str;
use crate::expand::Action;
use crate::generator::Context;
use crate::generator::transform::definition_file;
use crate::project::MISSING_FILE;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::syntax::{Entry, Mapping, Node, Text, Value};

rules! {
    /// The file of rules of a transform in mode `quarantine` does not exist.
    ///
    /// ## Why
    /// A quarantine sorts rows by its rules and cannot do so without them. The file must be there even
    /// if the rules are written in the action. Paths start from the directory of `lhp.yaml`.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations_file: orders.yaml   # the file is expectations/orders.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations_file: expectations/orders.yaml
    /// ```
    pub static MISSING_QUARANTINE_RULES: Rule = Rule::within("LHP-IO-001", "missing-quarantine-rules", "LHP-VAL-007");
    /// A rule of a data quality transform is not a mapping, or the rules are neither a list nor a
    /// mapping.
    ///
    /// ## Why
    /// Each rule has a name, a SQL condition and what happens to rows that break it. A bare condition
    /// has no name under which Databricks could count the rows.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations:
    ///   - id IS NOT NULL
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: drop
    /// ```
    pub static EXPECTATION_SHAPE: Rule = Rule::new("LHP-VAL-007", "expectation-shape");
    /// The file of rules of a transform in mode `quarantine` holds no rules.
    ///
    /// ## Why
    /// A quarantine separates rows that break a rule from those that do not. Without a rule there is no
    /// condition to write, and the generated code would not run.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations: []
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: drop
    /// ```
    pub static NO_RULES: Rule = Rule::new("LHP-VAL-007", "quarantine-without-rules");
    /// None of the rules that a transform in mode `quarantine` holds under `expectations` has a
    /// condition.
    ///
    /// ## Why
    /// Rules in the action take the place of those in `expectations_file`, and a rule without
    /// `expression` is left out. So this quarantine has no rule at all, and no condition that separates
    /// good rows from bad ones.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     failureAction: drop
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: drop
    /// ```
    pub static NO_INLINE_RULES: Rule = Rule::new("LHP-VAL-014", "quarantine-without-inline-rules");
    /// A rule of a data quality transform, or a part of it, has no effect: a misspelt key, an unknown
    /// word, or a rule without a condition.
    ///
    /// ## Why
    /// What is not understood is passed over. A rule that was meant to drop rows then only counts them,
    /// or is not checked at all, and nobody notices until wrong rows show up in a table.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: dropp
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: drop
    /// ```
    pub static IGNORED_RULE: Rule = Rule::new("LHP-CFG-080", "ignored-expectation").advice();
}

/// What a rule does with rows that break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Fail,
    Drop,
    Warn,
}

/// The words for outcomes.
const WORDS: [&str; 3] = ["fail", "drop", "warn"];
/// The keys of a rule in a list.
const LIST_KEYS: [&str; 6] = ["name", "message", "expression", "constraint", "failureAction", "type"];
/// The keys of a rule in a mapping.
const MAPPING_KEYS: [&str; 2] = ["action", "name"];

/// How rules are written, which decides how they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    List,
    Mapping,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Expectation {
    /// A SQL condition.
    pub expression: Text,
    /// None if the type of the rule is unknown.
    pub outcome: Option<Outcome>,
    /// Where the outcome is written.
    pub outcome_place: Option<Node>,
    /// Where the expression is written.
    pub place: Node,
    name: Option<Text>,
    message: Option<Text>,
    form: Form,
}

impl Expectation {
    /// How the rule is called in the decorators of a view.
    pub fn decorator_label(&self) -> Text {
        let given = match self.form {
            Form::List => self.message.as_ref().or(self.name.as_ref()),
            Form::Mapping => self.name.as_ref(),
        };
        match (given, self.form) {
            (Some(given), _) => given.clone(),
            (None, Form::Mapping) => self.expression.clone(),
            (None, Form::List) => {
                let mut label: Text = "Constraint failed: ".into();
                label.push(&self.expression);
                label
            }
        }
    }

    /// How the rule is called in a quarantine that has `earlier` rules before it.
    pub fn quarantine_label(&self, earlier: usize) -> Text {
        match (self.name.as_ref().or(self.message.as_ref()), self.form) {
            (Some(given), _) => given.clone(),
            (None, Form::Mapping) => self.expression.clone(),
            (None, Form::List) => format!("rule_{earlier}").into(),
        }
    }
}

/// The rules of an action: its own, those in its source, or those of its file.
pub(super) fn of(action: &Action, mode: Mode, context: &Context<'_>, report: &mut Report) -> Option<Vec<Expectation>> {
    let path = action.setting("expectations_file")?;
    let missing = if mode == Mode::Quarantine { &MISSING_QUARANTINE_RULES } else { &MISSING_FILE };
    let inline =
        [action.setting("expectations"), action.setting("source").and_then(|source| source.get("expectations"))];
    if let Some(inline) = inline.into_iter().flatten().find(|rules| rules.is_truthy()) {
        if mode == Mode::Quarantine {
            definition_file::read(path, missing, context, report)?;
        }
        let rules = read(inline, report)?;
        return some_rules(rules, mode, &NO_INLINE_RULES, inline, report);
    }
    let document = definition_file::read(path, missing, context, report)?;
    let rules = match document.as_mapping().and_then(|mapping| mapping.get("expectations")) {
        Some(rules) if !rules.is_truthy() => Vec::new(),
        Some(rules) => read(rules, report)?,
        None if matches!(document.value, Value::Sequence(_) | Value::Mapping(_)) => read(&document, report)?,
        None => Vec::new(),
    };
    if rules.is_empty() && mode == Mode::Dqe {
        report.push(
            Diagnostic::advice(&IGNORED_RULE, "this file holds no rules")
                .at(&document, "nothing is checked")
                .label(path.span, "named here")
                .help("add rules under `expectations:`"),
        );
    }
    some_rules(rules, mode, &NO_RULES, &document, report)
}

/// A quarantine without rules would have no condition for failed rows.
fn some_rules(
    rules: Vec<Expectation>,
    mode: Mode,
    rule: &'static Rule,
    place: &Node,
    report: &mut Report,
) -> Option<Vec<Expectation>> {
    if rules.is_empty() && mode == Mode::Quarantine {
        report.push(
            Diagnostic::error(rule, "a quarantine needs at least one rule")
                .at(place, "no rule with an `expression`")
                .help("add a rule, such as `- {name: known, expression: id IS NOT NULL}`"),
        );
        return None;
    }
    Some(rules)
}

fn read(rules: &Node, report: &mut Report) -> Option<Vec<Expectation>> {
    let mut found = Vec::new();
    let mut broken = false;
    let mut keep = |outcome: Result<Option<Expectation>, Diagnostic>, report: &mut Report| match outcome {
        Ok(expectation) => found.extend(expectation),
        Err(fault) => {
            report.push(fault);
            broken = true;
        }
    };
    match &rules.value {
        Value::Sequence(items) => items.iter().for_each(|item| {
            let outcome = of_item(item, report);
            keep(outcome, report);
        }),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| {
            let outcome = of_pair(entry, report);
            keep(outcome, report);
        }),
        _ => keep(Err(shape(rules, "rules must be a list or a mapping")), report),
    }
    (!broken).then_some(found)
}

fn shape(node: &Node, message: &str) -> Diagnostic {
    Diagnostic::error(&EXPECTATION_SHAPE, message)
        .at(node, format!("this is {}", node.kind()))
        .help("write each rule as `- {name: known, expression: id IS NOT NULL, failureAction: drop}`")
}

/// The text of a part of a rule that is given. Numbers and booleans are text here.
fn part(mapping: &Mapping, key: &str) -> Result<Option<Text>, Diagnostic> {
    match mapping.get(key).filter(|node| node.is_truthy()) {
        None => Ok(None),
        Some(node) if matches!(node.value, Value::Sequence(_) | Value::Mapping(_)) => {
            Err(shape(node, &format!("`{key}` of a rule must be text")))
        }
        Some(node) => Ok(Some(python_str(node))),
    }
}

/// A rule of a list. None if it has no expression.
fn of_item(item: &Node, report: &mut Report) -> Result<Option<Expectation>, Diagnostic> {
    let Some(mapping) = item.as_mapping() else { return Err(shape(item, "a rule must be a mapping")) };
    advise_keys(mapping, &LIST_KEYS, report);
    let key = if part(mapping, "constraint")?.is_some() { "constraint" } else { "expression" };
    let (Some(expression), Some(place)) = (part(mapping, key)?, mapping.get(key)) else {
        report.push(
            Diagnostic::advice(&IGNORED_RULE, "a rule without an expression is not used")
                .at(item, "no `expression`")
                .help("add `expression: …` with a SQL condition"),
        );
        return Ok(None);
    };
    let action = mapping.get("failureAction").filter(|node| !node.is_null());
    let kind = mapping.get("type").filter(|node| !node.is_null());
    let (outcome, outcome_place) = match (action.and_then(outcome_of), kind) {
        (Some(outcome), _) => (Some(outcome), action),
        (None, kind) => {
            action.into_iter().for_each(|action| advise_word(action, "failureAction", report));
            match kind.map(|kind| (kind, kind.as_str())) {
                None => (Some(Outcome::Warn), None),
                Some((kind, Some("expect"))) => (Some(Outcome::Warn), Some(kind)),
                Some((kind, Some("expect_or_drop"))) => (Some(Outcome::Drop), Some(kind)),
                Some((kind, Some("expect_or_fail"))) => (Some(Outcome::Fail), Some(kind)),
                Some((kind, _)) => {
                    advise_type(kind, report);
                    (None, None)
                }
            }
        }
    };
    Ok(Some(Expectation {
        expression,
        outcome,
        outcome_place: outcome_place.cloned(),
        place: place.clone(),
        name: part(mapping, "name")?,
        message: part(mapping, "message")?,
        form: Form::List,
    }))
}

/// A rule of a mapping: its expression is the key.
fn of_pair(entry: &Entry, report: &mut Report) -> Result<Option<Expectation>, Diagnostic> {
    let Some(mapping) = entry.value.as_mapping() else {
        return Err(shape(&entry.value, "a rule must be a mapping").help("write `{action: drop, name: known}`"));
    };
    advise_keys(mapping, &MAPPING_KEYS, report);
    let action = mapping.get("action").filter(|node| !node.is_null());
    let outcome = action.and_then(outcome_of);
    if let (Some(action), None) = (action, outcome) {
        advise_word(action, "action", report);
    }
    let name = mapping.get("name").filter(|name| !name.is_null());
    if let Some(name) = name {
        part(mapping, "name").map_err(|fault| fault.at(name, "the name of a rule"))?;
    }
    Ok(Some(Expectation {
        expression: python_str(&entry.key),
        outcome: outcome.or(Some(Outcome::Warn)),
        outcome_place: action.filter(|_| outcome.is_some()).cloned(),
        place: entry.key.clone(),
        name: name.map(python_str),
        message: None,
        form: Form::Mapping,
    }))
}

fn outcome_of(node: &Node) -> Option<Outcome> {
    match node.as_str()?.to_lowercase().as_str() {
        "fail" => Some(Outcome::Fail),
        "drop" => Some(Outcome::Drop),
        "warn" => Some(Outcome::Warn),
        _ => None,
    }
}

fn advise_word(node: &Node, key: &str, report: &mut Report) {
    let close = node.as_str().and_then(|word| did_you_mean(word, WORDS));
    report.push(
        Diagnostic::advice(&IGNORED_RULE, format!("`{key}` knows `fail`, `drop` and `warn` only"))
            .at(node, "ignored")
            .help(match close {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("write one of them, or remove `{key}`"),
            }),
    );
}

fn advise_type(node: &Node, report: &mut Report) {
    let types = ["expect", "expect_or_drop", "expect_or_fail"];
    let close = node.as_str().and_then(|word| did_you_mean(word, types));
    report.push(
        Diagnostic::advice(&IGNORED_RULE, "a rule of an unknown type is used in quarantines only")
            .at(node, "unknown type")
            .help(match close {
                Some(word) => format!("did you mean `{word}`?"),
                None => "write `failureAction: fail`, `drop` or `warn` instead".to_owned(),
            }),
    );
}

/// Remarks on keys that are misspelt.
fn advise_keys(mapping: &Mapping, known: &[&'static str], report: &mut Report) {
    for entry in &mapping.entries {
        let Some(key) = entry.key.as_str().filter(|key| !known.contains(key)) else { continue };
        if let Some(close) = did_you_mean(key, known.iter().copied()) {
            report.push(
                Diagnostic::advice(&IGNORED_RULE, format!("`{key}` is no key of a rule"))
                    .at(&entry.key, "ignored")
                    .help(format!("did you mean `{close}`?")),
            );
        }
    }
}
