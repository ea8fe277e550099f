//! Files against their schemas: a tree goes in, diagnostics with the codes of its kind of file come out.

use super::project_file;
use super::schema::{CompiledSchema, file_validator};
use super::violation::{Problem, Violation};
use crate::generator::built_in;
use crate::model::{Action, ActionType, FileKind, schema_of};
use crate::plugin::manifest::MANIFEST_SHAPE;
use crate::report::{Diagnostic, Rule, Severity, rules};
use crate::syntax::Node;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::LazyLock;

rules! {
    /// A file has a key that nothing reads.
    ///
    /// Keys at the top of a file that begin with `x-`, `_` or `.` are left alone: they are customary
    /// for holding anchors.
    ///
    /// ## Why
    /// The setting has no effect. Mostly it is misspelt, stands at the wrong indentation, or was
    /// removed from the language.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: orders
    /// version: "1.0"
    /// aply_formatting: false
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: orders
    /// version: "1.0"
    /// apply_formatting: false
    /// ```
    pub static UNKNOWN_KEY: Rule = Rule::new("LHP-CFG-080", "unknown-key").advice();
    /// A flowgroup or an action lacks a key that it must have.
    ///
    /// A flowgroup needs `pipeline` and `flowgroup`, an action needs `name` and `type`.
    ///
    /// ## Why
    /// The generated file is named after the pipeline and the flowgroup, and the type of an action
    /// decides what is generated.
    ///
    /// ## Wrong
    /// ```yaml
    /// flowgroup: orders
    /// actions:
    ///   - name: load_orders
    ///     type: load
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// actions:
    ///   - name: load_orders
    ///     type: load
    /// ```
    pub static MISSING_KEY: Rule = Rule::new("LHP-CFG-081", "missing-key");
    /// A value in a flowgroup or an action has the wrong type, such as a mapping where a list is
    /// needed.
    ///
    /// ## Why
    /// The value cannot be used as it stands, and the rest of the flowgroup depends on it.
    ///
    /// ## Wrong
    /// ```yaml
    /// actions:
    ///   load_orders:
    ///     type: load
    ///     source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///     target: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// actions:
    ///   - name: load_orders
    ///     type: load
    ///     source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///     target: v_orders
    /// ```
    pub static WRONG_TYPE: Rule = Rule::new("LHP-CFG-082", "wrong-type");
    /// The name of a pipeline, a flowgroup or an action is empty.
    ///
    /// ## Why
    /// Files, flows and messages are named after them.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: ""
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ```
    pub static EMPTY_NAME: Rule = Rule::new("LHP-VAL-007", "empty-name");
    /// An action has a `type` that does not exist. There are `load`, `transform`, `write` and `test`.
    ///
    /// ## Why
    /// The type decides which code is generated for the action, so there is none for a type that nobody
    /// knows.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: read
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// ```
    pub static UNKNOWN_ACTION_TYPE: Rule = Rule::new("LHP-ACT-001", "unknown-action-type");
    /// `depends_on` is not a list, or an entry of it is not a text.
    ///
    /// ## Why
    /// An entry is the name of a view or table. Nothing else can be compared with names, and the
    /// dependency would be missing.
    ///
    /// ## Wrong
    /// ```yaml
    /// depends_on:
    ///   - table: shop.sales.currencies
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// depends_on:
    ///   - shop.sales.currencies
    /// ```
    pub static DEPENDS_ON_TYPE: Rule = Rule::new("LHP-VAL-063", "depends-on-type");
    /// A preset file lacks its `name`, or one of its values has the wrong type.
    ///
    /// ## Why
    /// Flowgroups ask for a preset by its name, and its settings are merged into their actions. With a
    /// wrong form they would be missing in all of them.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: bronze
    /// defaults:
    ///   - write_actions
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: bronze
    /// defaults:
    ///   write_actions:
    ///     streaming_table:
    ///       table_properties: {delta.enableRowTracking: "true"}
    /// ```
    static PRESET_SHAPE: Rule = Rule::within("LHP-CFG-082", "preset-shape", "LHP-ACT-001");
    /// A template file lacks its `name`, or one of its values has the wrong type.
    ///
    /// ## Why
    /// Every flowgroup that uses the template gets its actions from it, so none of them can be
    /// generated.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: copied_table
    /// parameters:
    ///   table: required
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: copied_table
    /// parameters:
    ///   - name: table
    ///     required: true
    /// ```
    static TEMPLATE_SHAPE: Rule = Rule::within("LHP-CFG-082", "template-shape", "LHP-CFG-027");
    /// A blueprint file lacks `name`, `parameters` or `flowgroups`, or one of its values has the wrong
    /// type.
    ///
    /// ## Why
    /// Every instance of the blueprint gets its flowgroups from it, so none of them can be generated.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: shop
    /// parameters:
    ///   - shop
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: shop
    /// parameters:
    ///   - name: shop
    ///     required: true
    /// ```
    static BLUEPRINT_SHAPE: Rule = Rule::new("LHP-CFG-050", "blueprint-shape");
    /// A value in an instance of a blueprint has the wrong type.
    ///
    /// ## Why
    /// The flowgroups of the instance are made from the blueprint and what the instance sets. With a
    /// wrong form it is not known what is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop
    /// parameters:
    ///   shop: north
    /// overrides: all
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// parameters:
    ///   shop: north
    /// ```
    static INSTANCE_SHAPE: Rule = Rule::new("LHP-CFG-054", "instance-shape");
    /// A substitution file is not made of blocks of tokens, or its `secrets` have the wrong form.
    ///
    /// ## Why
    /// Tokens and secrets of this environment would be unknown everywhere.
    ///
    /// ## Wrong
    /// ```yaml
    /// - catalog: dev_catalog
    /// - landing: /Volumes/dev_catalog/landing
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// dev:
    ///   catalog: dev_catalog
    ///   landing: /Volumes/dev_catalog/landing
    /// ```
    pub static SUBSTITUTION_SHAPE: Rule = Rule::new("LHP-CFG-020", "substitution-shape");
    /// A schema file is not a mapping, has a key that schema files do not have, or a value of the wrong
    /// type.
    ///
    /// ## Why
    /// The columns of a table or a view are made from the file. A misspelt key would change the table
    /// without a word.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: orders
    /// colums:
    ///   - {name: order_id, type: BIGINT}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: orders
    /// columns:
    ///   - {name: order_id, type: BIGINT}
    /// ```
    pub static COLUMN_SCHEMA_SHAPE: Rule = Rule::new("LHP-CFG-067", "schema-file-shape");
}

/// Validates the tree of a file. Unknown keys are remarks, except where the language refuses them.
pub fn check_file(kind: FileKind, node: &Node) -> Vec<Diagnostic> {
    let Some(schema) = file_validator(kind) else { return Vec::new() };
    schema.violations(node).iter().filter_map(|violation| diagnose(kind, violation)).collect()
}

/// What is wrong with the shape of a flowgroup, and which parts of it are the worse for it.
pub struct FlowgroupShape {
    pub diagnostics: Vec<Diagnostic>,
    /// Positions of actions that cannot be used.
    pub broken_actions: BTreeSet<usize>,
    /// Other keys whose values cannot be used.
    pub broken_keys: BTreeSet<String>,
    /// Whether the rest is a flowgroup: it has a pipeline, a name and values for its variables.
    pub usable: bool,
}

/// Validates the shape of a flowgroup with everything that it inherits.
pub fn check_flowgroup(node: &Node) -> FlowgroupShape {
    let mut shape = FlowgroupShape {
        diagnostics: Vec::new(),
        broken_actions: BTreeSet::new(),
        broken_keys: BTreeSet::new(),
        usable: true,
    };
    let Some(schema) = file_validator(FileKind::Flowgroup) else { return shape };
    for violation in schema.violations(node) {
        if is_for_plugin(node, &violation.path, &violation.problem) {
            continue;
        }
        let Some(diagnostic) = diagnose(FileKind::Flowgroup, &violation) else { continue };
        if diagnostic.is_error() {
            shape.note(&violation.path);
        }
        shape.diagnostics.push(diagnostic);
    }
    shape
}

impl FlowgroupShape {
    /// Notes what an error at a path spoils.
    fn note(&mut self, path: &str) {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (key, rest) = path.split_at_checked(end).unwrap_or((path, ""));
        let position = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')?.0.parse().ok());
        match (key, position) {
            ("actions", Some(position)) => drop(self.broken_actions.insert(position)),
            ("presets" | "use_template" | "template_parameters" | "operational_metadata" | "job_name", _) => {
                self.broken_keys.insert(key.to_owned());
            }
            _ => self.usable = false,
        }
    }
}

/// Validates the general shape of an action that did not stand in a file, such as one that a template made.
pub fn check_action_shape(node: &Node) -> Vec<Diagnostic> {
    static SCHEMA: LazyLock<CompiledSchema> =
        LazyLock::new(|| CompiledSchema::new(|| schema_of::<Action>().to_value()));
    let violations = SCHEMA.violations(node).into_iter();
    let violations = violations.filter(|violation| !is_setting_for_plugin(node, &violation.path, &violation.problem));
    violations.filter_map(|violation| flowgroup_diagnostic(&violation, "action")).collect()
}

/// Whether a violation at a path of a flowgroup is about a setting of an action whose type is not built in.
fn is_for_plugin(flowgroup: &Node, path: &str, problem: &Problem) -> bool {
    let Some((position, rest)) = path.strip_prefix("actions[").and_then(|rest| rest.split_once(']')) else {
        return false;
    };
    let actions = flowgroup.get("actions").and_then(Node::as_sequence).unwrap_or_default();
    let action = position.parse::<usize>().ok().and_then(|position| actions.get(position));
    action.is_some_and(|action| is_setting_for_plugin(action, rest.trim_start_matches('.'), problem))
}

/// Whether a violation at a path of an action is about a setting of a transform or test that is not built in. Such a
/// setting is for the plugin to judge that brings the type; if none does, the type itself is reported.
fn is_setting_for_plugin(action: &Node, path: &str, problem: &Problem) -> bool {
    let kind = match action.get("type").and_then(Node::as_str).and_then(ActionType::parse) {
        Some(kind @ (ActionType::Transform | ActionType::Test)) => kind,
        _ => return false,
    };
    let word = if kind == ActionType::Transform { "transform_type" } else { "test_type" };
    let Some(name) = action.get(word).and_then(Node::as_str) else { return false };
    let key = match (path, problem) {
        ("", Problem::Unknown { key, .. }) => key,
        ("", _) => return false,
        (path, _) => path.split(['.', '[']).next().unwrap_or_default(),
    };
    let common = key == "source" || key == "type" || key == word || kind.common_keys().contains(&key);
    !common && !is_built_in(kind, name)
}

/// Whether a transform or test is one of this program.
fn is_built_in(kind: ActionType, name: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<(ActionType, String)>> = LazyLock::new(|| {
        let rows = built_in();
        rows.iter().map(|row| (row.capability().kind, row.capability().name.clone())).collect()
    });
    NAMES.contains(&(kind, name.to_owned()))
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
            let refused = matches!(kind, FileKind::Instance | FileKind::ColumnSchema | FileKind::Plugin)
                || (kind == FileKind::Project && violation.path.split('.').next() == Some("plugins"));
            let rule = if unknown && !refused { &UNKNOWN_KEY } else { file_rule(kind, violation) };
            let severity = if unknown && !refused { Severity::Advice } else { Severity::Error };
            if unknown && (!refused || kind == FileKind::Plugin) && is_parking_place(violation) {
                return None;
            }
            Some(violation.diagnostic(rule, &holder(violation, kind.title())).severity(severity))
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

/// What has the key that a violation is about: the file, or the block in it.
fn holder(violation: &Violation<'_>, file: &str) -> String {
    let path = match &violation.problem {
        Problem::Missing { key, .. } if violation.field.as_deref() == Some(key.as_str()) => {
            violation.path.rsplit_once('.').map_or("", |(holder, _)| holder)
        }
        _ => violation.path.as_str(),
    };
    match path.rsplit_once('.').map_or(path, |(_, last)| last) {
        "" => file.to_owned(),
        block => match block.split_once('[') {
            Some((list, _)) => format!("item of `{list}`"),
            None => format!("`{block}` block"),
        },
    }
}

/// Keys at the top of a file that only hold anchors are customary; they begin with `x-`, `_` or `.`.
fn is_parking_place(violation: &Violation<'_>) -> bool {
    matches!(&violation.problem, Problem::Unknown { key, .. } if violation.path.is_empty() && key.starts_with(['_', '.']) || matches!(&violation.problem, Problem::Unknown { key, .. } if key.starts_with("x-")))
}

fn file_rule(kind: FileKind, violation: &Violation<'_>) -> &'static Rule {
    match kind {
        FileKind::Project => project_file::rule_of(&violation.path),
        FileKind::Preset => &PRESET_SHAPE,
        FileKind::Template => &TEMPLATE_SHAPE,
        FileKind::Blueprint => &BLUEPRINT_SHAPE,
        FileKind::Instance => &INSTANCE_SHAPE,
        FileKind::Substitution => &SUBSTITUTION_SHAPE,
        FileKind::ColumnSchema => &COLUMN_SCHEMA_SHAPE,
        FileKind::Plugin => &MANIFEST_SHAPE,
        FileKind::Flowgroup | FileKind::FlowgroupArray => &WRONG_TYPE,
    }
}
