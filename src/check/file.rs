//! Files against their schemas: a tree goes in, diagnostics with the codes of its kind of file come out.

use super::schema::{CompiledSchema, Problem, Violation, file_validator};
use crate::model::{Action, FileKind, schema_of};
use crate::report::{Diagnostic, Rule, Severity};
use crate::syntax::Node;
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// A key that nothing reads.
pub static UNKNOWN_KEY: Rule = Rule::new("LHP-CFG-080", "unknown-key");
/// A key that must be there is not.
pub static MISSING_KEY: Rule = Rule::new("LHP-CFG-081", "missing-key");
/// A value has the wrong type or form.
pub static WRONG_TYPE: Rule = Rule::new("LHP-CFG-082", "wrong-type");
/// A name that must not be empty is.
pub static EMPTY_NAME: Rule = Rule::new("LHP-VAL-007", "empty-name");
/// An action type that does not exist.
pub static UNKNOWN_ACTION_TYPE: Rule = Rule::new("LHP-ACT-001", "unknown-action-type");
/// An entry of `depends_on` has the wrong type.
pub static DEPENDS_ON_TYPE: Rule = Rule::new("LHP-VAL-063", "depends-on-type");

static PROJECT_WRONG_TYPE: Rule = Rule::new("LHP-CFG-002", "wrong-type");
static INCLUDE_NOT_LIST: Rule = Rule::new("LHP-CFG-003", "include-not-list");
static INCLUDE_ITEM: Rule = Rule::new("LHP-CFG-004", "include-item");
static METADATA_COLUMN: Rule = Rule::new("LHP-CFG-003", "metadata-column");
static METADATA_PRESET: Rule = Rule::new("LHP-CFG-004", "metadata-preset");
static EVENT_LOG: Rule = Rule::new("LHP-CFG-006", "event-log");
static MONITORING: Rule = Rule::new("LHP-CFG-008", "monitoring");
static TEST_REPORTING: Rule = Rule::new("LHP-CFG-009", "test-reporting");
static UC_TAGGING: Rule = Rule::new("LHP-CFG-009", "uc-tagging");
static WHEEL: Rule = Rule::new("LHP-CFG-060", "wheel");
static SANDBOX: Rule = Rule::new("LHP-CFG-062", "sandbox");
static PRESET_SHAPE: Rule = Rule::within("LHP-CFG-082", "preset-shape", "LHP-ACT-001");
static TEMPLATE_SHAPE: Rule = Rule::within("LHP-CFG-082", "template-shape", "LHP-CFG-027");
static BLUEPRINT_SHAPE: Rule = Rule::new("LHP-CFG-050", "blueprint-shape");
static INSTANCE_SHAPE: Rule = Rule::new("LHP-CFG-054", "instance-shape");
/// A substitution file has the wrong form.
pub static SUBSTITUTION_SHAPE: Rule = Rule::new("LHP-CFG-020", "substitution-shape");
/// A column-schema file has the wrong form.
pub static COLUMN_SCHEMA_SHAPE: Rule = Rule::new("LHP-CFG-067", "schema-file-shape");

/// Validates the tree of a file. Unknown keys are remarks, except where the language refuses them.
pub fn check_file(kind: FileKind, node: &Node) -> Vec<Diagnostic> {
    let Some(schema) = file_validator(kind) else { return Vec::new() };
    schema.violations(node).iter().filter_map(|violation| diagnose(kind, violation)).collect()
}

/// Validates the general shape of an action that did not stand in a file, such as one that a template made.
pub fn check_action_shape(node: &Node) -> Vec<Diagnostic> {
    static SCHEMA: LazyLock<CompiledSchema> =
        LazyLock::new(|| CompiledSchema::new(|| schema_of::<Action>().to_value()));
    let violations = SCHEMA.violations(node).into_iter();
    violations.filter_map(|violation| flowgroup_diagnostic(&violation, "action")).collect()
}

/// Whether some action may have a key. All others are reported with the file that they stand in.
pub(super) fn is_action_key(key: &str) -> bool {
    static KEYS: LazyLock<FxHashSet<String>> = LazyLock::new(|| {
        let schema = schema_of::<Action>().to_value();
        let keys = schema.get("properties").and_then(|properties| properties.as_object()).into_iter().flatten();
        keys.map(|(key, _)| key.clone()).collect()
    });
    KEYS.contains(key)
}

fn diagnose(kind: FileKind, violation: &Violation<'_>) -> Option<Diagnostic> {
    match kind {
        FileKind::Flowgroup | FileKind::FlowgroupArray => {
            let what = if violation.path.contains("actions[") { "action" } else { kind.title() };
            flowgroup_diagnostic(violation, what)
        }
        FileKind::Blueprint => {
            let found = flowgroup_diagnostic(violation, kind.title())?;
            Some(if found.is_error() { Diagnostic { rule: &BLUEPRINT_SHAPE, ..found } } else { found })
        }
        _ => {
            let unknown = matches!(violation.problem, Problem::Unknown { .. });
            let refused = matches!(kind, FileKind::Instance | FileKind::ColumnSchema);
            let rule = if unknown && !refused { &UNKNOWN_KEY } else { file_rule(kind, violation) };
            let severity = if unknown && !refused { Severity::Advice } else { Severity::Error };
            if unknown && !refused && is_parking_place(violation) {
                return None;
            }
            Some(violation.diagnostic(rule, kind.title()).severity(severity))
        }
    }
}

fn flowgroup_diagnostic(violation: &Violation<'_>, what: &str) -> Option<Diagnostic> {
    let rule = match &violation.problem {
        Problem::Unknown { .. } if is_parking_place(violation) => return None,
        Problem::Unknown { .. } => {
            return Some(violation.diagnostic(&UNKNOWN_KEY, what).severity(Severity::Advice));
        }
        Problem::Missing { key, .. } if violation.field.as_deref() == Some(key.as_str()) => &EMPTY_NAME,
        Problem::Missing { .. } => &MISSING_KEY,
        Problem::Mismatch { .. } => match violation.field.as_deref() {
            Some("type") if what == "action" => &UNKNOWN_ACTION_TYPE,
            Some("depends_on") => &DEPENDS_ON_TYPE,
            _ => &WRONG_TYPE,
        },
    };
    Some(violation.diagnostic(rule, what))
}

/// Keys at the top of a file that only hold anchors are customary; they begin with `x-`, `_` or `.`.
fn is_parking_place(violation: &Violation<'_>) -> bool {
    matches!(&violation.problem, Problem::Unknown { key, .. } if violation.path.is_empty() && key.starts_with(['_', '.']) || matches!(&violation.problem, Problem::Unknown { key, .. } if key.starts_with("x-")))
}

fn file_rule(kind: FileKind, violation: &Violation<'_>) -> &'static Rule {
    match kind {
        FileKind::Project => project_rule(&violation.path),
        FileKind::Preset => &PRESET_SHAPE,
        FileKind::Template => &TEMPLATE_SHAPE,
        FileKind::Blueprint => &BLUEPRINT_SHAPE,
        FileKind::Instance => &INSTANCE_SHAPE,
        FileKind::Substitution => &SUBSTITUTION_SHAPE,
        FileKind::ColumnSchema => &COLUMN_SCHEMA_SHAPE,
        FileKind::Flowgroup | FileKind::FlowgroupArray => &WRONG_TYPE,
    }
}

/// The code of a block of the project file.
fn project_rule(path: &str) -> &'static Rule {
    let (block, rest) = match path.find(['.', '[']) {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    match block {
        "include" | "blueprint_include" | "instance_include" if rest.is_empty() => &INCLUDE_NOT_LIST,
        "include" | "blueprint_include" | "instance_include" => &INCLUDE_ITEM,
        "operational_metadata" if rest.starts_with(".columns") => &METADATA_COLUMN,
        "operational_metadata" if rest.starts_with(".presets") => &METADATA_PRESET,
        "event_log" => &EVENT_LOG,
        "monitoring" => &MONITORING,
        "test_reporting" => &TEST_REPORTING,
        "uc_tagging" => &UC_TAGGING,
        "wheel" => &WHEEL,
        "sandbox" => &SANDBOX,
        _ => &PROJECT_WRONG_TYPE,
    }
}
