//! Rules for one resolved action: does it name a generator, and do its settings fit the generator's schema?

use super::file::is_action_key;
use super::schema::{Problem, Violation};
use crate::expand::Action;
use crate::generator::{Capability, check_identifier};
use crate::model::ActionType;
use crate::plugin::Table;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, Severity, did_you_mean};
use crate::syntax::Node;

/// An action without something that every action of its type needs.
pub static MISSING_PART: Rule = Rule::new("LHP-VAL-007", "missing-part");
/// A load, transform, write or test of a type that does not exist.
pub static UNKNOWN_SUB_TYPE: Rule = Rule::new("LHP-VAL-007", "unknown-sub-type");
/// A required setting is missing.
pub static MISSING_FIELD: Rule = Rule::new("LHP-VAL-007", "missing-field");
/// A setting has the wrong type or form.
pub static WRONG_FIELD: Rule = Rule::new("LHP-VAL-007", "wrong-field");
/// `options` is not a mapping.
pub static OPTIONS_NOT_MAPPING: Rule = Rule::new("LHP-VAL-008", "options-not-mapping");
/// A source or target has a setting that does not exist.
pub static UNKNOWN_FIELD: Rule = Rule::within("LHP-CFG-001", "unknown-field", "LHP-VAL-007");
/// A transform has a setting that nothing reads.
pub static IGNORED_FIELD: Rule = Rule::new("LHP-CFG-080", "ignored-field");
/// An entry of `depends_on` is malformed.
pub static BAD_DEPENDS_ON: Rule = Rule::new("LHP-VAL-063", "malformed-depends-on");

/// How the names of generators for sinks begin.
const SINK: &str = "sink/";

/// Turns the mapping of an action into an [`Action`], or says why it cannot be one.
pub fn classify(index: usize, node: Node, table: &Table, report: &mut Report) -> Option<Action> {
    let name = node.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    let kind = ActionType::parse(node.get("type").and_then(Node::as_str)?)?;
    let missing = |what: &str, place: &Node, help: &str| {
        Diagnostic::error(&MISSING_PART, format!("{} `{name}` has no {what}", kind.word()))
            .at(place, format!("needs {what}"))
            .help(help)
    };
    if kind.defines_view() && !node.get("target").is_some_and(Node::is_truthy) {
        report.push(missing("`target`", &node, "add `target: …` with the name of the view"));
    }
    let (holder_key, word) = match kind {
        ActionType::Load => (Some("source"), "type"),
        ActionType::Write => (Some("write_target"), "type"),
        ActionType::Transform => (None, "transform_type"),
        ActionType::Test => (None, "test_type"),
    };
    let holder = match holder_key {
        None => &node,
        Some(key) => match node.get(key).filter(|holder| holder.is_truthy()) {
            Some(holder) if holder.as_mapping().is_some() => holder,
            Some(holder) => {
                report.push(
                    Diagnostic::error(
                        &WRONG_FIELD,
                        format!("`{key}` of {} `{name}` must be a mapping, not {}", kind.word(), holder.kind()),
                    )
                    .at(holder, "expected a mapping with `type`")
                    .help(format!("write `{key}:` with `type: …` and its settings below it")),
                );
                return None;
            }
            None => {
                report.push(missing(
                    &format!("`{key}`"),
                    &node,
                    &format!("add `{key}:` with `type: …` and its settings"),
                ));
                return None;
            }
        },
    };
    let types = SubTypes::of(kind, holder, word, table);
    let Some(place) = holder.get(types.word).filter(|place| place.is_truthy()) else {
        let help = format!("add `{}: …`; known: {}", types.word, types.names.join(", "));
        report.push(missing(&format!("`{}`", types.word), holder, &help));
        return None;
    };
    if !place.as_str().is_some_and(|written| types.names.contains(&written)) {
        report.push(types.unknown(place));
        return None;
    }
    Action::new(index, &node)
}

/// What can stand under the key that names the generator of an action.
struct SubTypes<'a> {
    /// What the generators make, in a word.
    what: &'static str,
    word: &'static str,
    names: Vec<&'a str>,
    /// Sinks that may have been named in place of the type of a write.
    sinks: Vec<&'a str>,
}

impl<'a> SubTypes<'a> {
    /// A sink is named by two keys: `type: sink`, and `sink_type`.
    fn of(kind: ActionType, holder: &Node, word: &'static str, table: &'a Table) -> Self {
        let sinks: Vec<&str> = table.names(kind).filter_map(|name| name.strip_prefix(SINK)).collect();
        if kind == ActionType::Write && holder.get("type").and_then(Node::as_str) == Some("sink") {
            return Self { what: "sink", word: "sink_type", names: sinks, sinks: Vec::new() };
        }
        let mut names: Vec<&str> = table.names(kind).filter(|name| !name.starts_with(SINK)).collect();
        if !sinks.is_empty() {
            names.push("sink");
            names.sort_unstable();
        }
        Self { what: kind.word(), word, names, sinks }
    }

    fn unknown(&self, place: &Node) -> Diagnostic {
        let Some(written) = place.as_str() else {
            return Diagnostic::error(&WRONG_FIELD, format!("`{}` must be a word, not {}", self.word, place.kind()))
                .at(place, "expected the name of a type")
                .help(format!("known types: {}", self.names.join(", ")));
        };
        let help = if self.sinks.contains(&written) {
            format!("write `type: sink` and `sink_type: {written}`")
        } else if let Some(close) = did_you_mean(written, self.names.iter().copied()) {
            format!("did you mean `{close}`? Known types: {}", self.names.join(", "))
        } else {
            format!("known types: {}", self.names.join(", "))
        };
        Diagnostic::error(&UNKNOWN_SUB_TYPE, format!("there is no {} of type `{written}`", self.what))
            .at(place, "unknown type")
            .help(help)
    }
}

/// Checks an action against its generator: schema first, then the generator's own rules.
pub fn check(action: &Action, table: &Table, project: &Project, report: &mut Report) {
    check_depends_on(action, report);
    if let (true, Some(target)) = (action.kind.defines_view(), action.target()) {
        check_identifier(target, action.get("target").unwrap_or(&action.node), "a view", report);
    }
    let Some(generator) = table.get(action.kind, &action.key) else { return };
    let found = violations(action, generator.capability());
    let broken = found.iter().any(Diagnostic::is_error);
    report.diagnostics.extend(found);
    if !broken {
        generator.check(action, project, report);
    }
}

fn violations(action: &Action, capability: &Capability) -> Vec<Diagnostic> {
    let what = match capability.name.strip_prefix(SINK) {
        Some(sink) => format!("{sink} sink"),
        None => format!("{} {}", capability.name, capability.kind.word()),
    };
    let strict = matches!(action.kind, ActionType::Load | ActionType::Write);
    let elsewhere = |violation: &&Violation<'_>| {
        let top = violation.path.is_empty() && !strict;
        matches!(&violation.problem, Problem::Unknown { key, .. } if top && !is_action_key(key))
    };
    let diagnose = |violation: &Violation<'_>| match &violation.problem {
        Problem::Unknown { .. } if strict => violation.diagnostic(&UNKNOWN_FIELD, &what),
        Problem::Unknown { .. } => violation.diagnostic(&IGNORED_FIELD, &what).severity(Severity::Advice),
        Problem::Missing { .. } => violation.diagnostic(&MISSING_FIELD, &what),
        Problem::Mismatch { .. } if violation.code.as_deref() == Some("LHP-VAL-008") => {
            violation.diagnostic(&OPTIONS_NOT_MAPPING, &what)
        }
        Problem::Mismatch { .. } => violation.diagnostic(&WRONG_FIELD, &what),
    };
    capability
        .schema
        .violations(&action.settings)
        .iter()
        .filter(|violation| !elsewhere(violation))
        .map(diagnose)
        .collect()
}

fn check_depends_on(action: &Action, report: &mut Report) {
    for entry in action.get("depends_on").and_then(Node::as_sequence).unwrap_or_default() {
        let text = entry.as_str().unwrap_or_default();
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() > 3 || parts.iter().any(|part| part.trim().is_empty()) {
            report.push(
                Diagnostic::error(&BAD_DEPENDS_ON, format!("`{text}` is not the name of a view or table"))
                    .at(entry, "malformed")
                    .help("write one to three names with dots between them, as in `catalog.schema.table`"),
            );
        }
    }
}
