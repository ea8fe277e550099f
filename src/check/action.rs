//! Rules for one resolved action: does it name a generator, and do its settings fit the generator's schema?

use super::file::is_action_key;
use super::violation::{Problem, Violation};
use crate::expand::{Action, named_class, text_source};
use crate::generator::{Capability, check_identifier};
use crate::model::ActionType;
use crate::plugin::unavailable::{Unavailable, class_unavailable, deprecated, near, unavailable};
use crate::plugin::{Table, spec};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, Severity, did_you_mean, rules};
use crate::syntax::Node;

rules! {
    /// An action lacks something that every action of its type needs.
    ///
    /// A load needs `source` with a `type`, and a `target`. A transform needs `transform_type` and a
    /// `target`. A write needs `write_target` with a `type`. A test needs `test_type`.
    ///
    /// ## Why
    /// The type decides which code is generated, and the target is the name by which other actions read
    /// the view. Without them there is nothing to generate.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// ```
    pub static MISSING_PART: Rule = Rule::new("LHP-VAL-007", "missing-part");
    /// A load, transform, write, sink or test is of a type that does not exist.
    ///
    /// ## Why
    /// The type chooses the code that is generated, so there is none for a type that nobody knows.
    /// Mostly the name is misspelt. The message lists all types.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: autoloader
    ///   path: /Volumes/shop/landing/orders
    ///   format: json
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: cloudfiles
    ///   path: /Volumes/shop/landing/orders
    ///   format: json
    /// ```
    pub static UNKNOWN_SUB_TYPE: Rule = Rule::new("LHP-VAL-007", "unknown-sub-type");
    /// A setting that this type of action requires is missing or empty.
    ///
    /// ## Why
    /// The generated code would lack a part without which it cannot run, such as the table to read.
    /// `lhp schema load/delta` prints the settings of a type and says which of them are required.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: delta
    ///   catalog: shop
    ///   schema: sales
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: delta
    ///   catalog: shop
    ///   schema: sales
    ///   table: orders
    /// ```
    pub static MISSING_FIELD: Rule = Rule::new("LHP-VAL-007", "missing-field");
    /// A setting of an action has the wrong type, or is none of the words that are allowed.
    ///
    /// ## Why
    /// The value cannot be used as it stands. Guessing what is meant could give code that runs and does
    /// something else.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: delta
    ///   table: orders
    ///   schema: sales
    ///   catalog: shop
    ///   where_clause: amount > 0
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: delta
    ///   table: orders
    ///   schema: sales
    ///   catalog: shop
    ///   where_clause:
    ///     - amount > 0
    /// ```
    pub static WRONG_FIELD: Rule = Rule::new("LHP-VAL-007", "wrong-field");
    /// The `options` of a load are not a mapping of names to values.
    ///
    /// ## Why
    /// Each entry becomes a call of `.option(name, value)`. A list or a text holds no such names.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: delta
    ///   catalog: shop
    ///   schema: sales
    ///   table: orders
    ///   options:
    ///     - ignoreDeletes
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: delta
    ///   catalog: shop
    ///   schema: sales
    ///   table: orders
    ///   options:
    ///     ignoreDeletes: true
    /// ```
    pub static OPTIONS_NOT_MAPPING: Rule = Rule::new("LHP-VAL-008", "options-not-mapping");
    /// A source or a write target has a setting that its type does not know.
    ///
    /// ## Why
    /// Nothing would read the setting. A misspelt filter or table property would simply not be there,
    /// and nobody would notice until a table holds wrong rows.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: shop
    ///   schema: bronze
    ///   table: orders
    ///   partition_column: [day]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: shop
    ///   schema: bronze
    ///   table: orders
    ///   partition_columns: [day]
    /// ```
    pub static UNKNOWN_FIELD: Rule = Rule::within("LHP-CFG-001", "unknown-field", "LHP-VAL-007").tolerable();
    /// An action has a setting that has no effect on its type.
    ///
    /// ## Why
    /// The setting belongs to another type of action. Nothing reads it here, but whoever reads the file
    /// will think so.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: clean_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_orders
    ///   target: v_clean
    ///   sql: SELECT * FROM v_orders WHERE amount > 0
    ///   enforcement: strict
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: clean_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_orders
    ///   target: v_clean
    ///   sql: SELECT * FROM v_orders WHERE amount > 0
    /// ```
    pub static IGNORED_FIELD: Rule = Rule::new("LHP-CFG-080", "ignored-field").advice();
    /// An entry of `depends_on` is not the name of a view or table.
    ///
    /// ## Why
    /// Entries are compared with the names of views and tables: one to three parts with dots between
    /// them, none of them empty. Anything else never fits one, and the dependency would silently be
    /// missing.
    ///
    /// ## Wrong
    /// ```yaml
    /// depends_on:
    ///   - shop..currencies
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// depends_on:
    ///   - shop.sales.currencies
    /// ```
    pub static BAD_DEPENDS_ON: Rule = Rule::new("LHP-VAL-063", "malformed-depends-on");
}

/// How the names of generators for sinks begin.
const SINK: &str = "sink/";

/// The key that names the type of a sink.
const SINK_TYPE: &str = "sink_type";

/// Turns the mapping of an action into an [`Action`], or says why it cannot be one and gives it back.
pub fn classify(index: usize, node: Node, table: &Table, report: &mut Report) -> Result<Action, Node> {
    match find_generator(&node, table, report) {
        Some(()) => Action::new(index, node).map(|action| with_row(action, table)),
        None => Err(node),
    }
}

/// Checks that the mapping of an action names a generator.
fn find_generator(node: &Node, table: &Table, report: &mut Report) -> Option<()> {
    let name = node.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    let kind = ActionType::parse(node.get("type").and_then(Node::as_str)?)?;
    let missing = |what: &str, place: &Node, help: &str| {
        Diagnostic::error(&MISSING_PART, format!("{} `{name}` has no {what}", kind.word()))
            .at(place, format!("needs {what}"))
            .help(help)
    };
    if kind.defines_view() && !node.get("target").is_some_and(Node::is_truthy) {
        report.push(missing("`target`", node, "add `target: …` with the name of the view"));
    }
    let (holder_key, word) = match kind {
        ActionType::Load => (Some("source"), "type"),
        ActionType::Write => (Some("write_target"), "type"),
        ActionType::Transform => (None, "transform_type"),
        ActionType::Test => (None, "test_type"),
    };
    let holder = match holder_key {
        None => node,
        Some(key) => match node.get(key).filter(|holder| holder.is_truthy()) {
            Some(holder) if holder.as_mapping().is_some() => holder,
            Some(holder) if kind == ActionType::Load && is_text_of_plugin(holder, table) => {
                return Some(());
            }
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
                    node,
                    &format!("add `{key}:` with `type: …` and its settings"),
                ));
                return None;
            }
        },
    };
    if let Some((class, key)) = named_class(kind, holder) {
        if table.get(kind, &key).is_none() {
            report.diagnostics.extend(class_unavailable(table, kind, &key, class));
            return None;
        }
        return Some(());
    }
    let types = || SubTypes::of(kind, holder, word, table);
    let word = if is_sink(kind, holder) { SINK_TYPE } else { word };
    let Some(place) = holder.get(word).filter(|place| place.is_truthy()) else {
        let types = types();
        let help = format!("add `{}: …`; known: {}", types.word, types.names.join(", "));
        let what = match holder_key {
            Some(key) => format!("`{}` under `{key}`", types.word),
            None => format!("`{}`", types.word),
        };
        report.push(missing(&what, holder, &help));
        return None;
    };
    let known = |written: &str| match is_sink(kind, holder) {
        true => table.get(kind, &format!("{SINK}{written}")).is_some(),
        false => !written.starts_with(SINK) && table.get(kind, written).is_some(),
    };
    if !place.as_str().is_some_and(known) {
        let types = types();
        let written = place.as_str().map(|written| types.key(written));
        match written.map_or(Unavailable::Unknown, |written| unavailable(table, kind, &written, place)) {
            Unavailable::Unknown => report.push(types.unknown(place, table, kind)),
            Unavailable::Because(diagnostic) => report.push(*diagnostic),
            Unavailable::Told => {}
        }
        return None;
    }
    if let (false, Some(written)) = (table.plugin_rows().is_empty(), place.as_str()) {
        report.diagnostics.extend(deprecated(table, kind, &types().key(written), place));
    }
    Some(())
}

/// Whether an action writes into a sink, which is named by two keys: `type: sink`, and `sink_type`.
fn is_sink(kind: ActionType, holder: &Node) -> bool {
    kind == ActionType::Write && holder.get("type").and_then(Node::as_str) == Some("sink")
}

/// Whether a `source` is text that begins with the name of a load that takes such text.
fn is_text_of_plugin(source: &Node, table: &Table) -> bool {
    let row = text_source(source).and_then(|(key, _)| table.get(ActionType::Load, key));
    row.is_some_and(|row| row.capability().takes_text)
}

/// The action with what its row in the table says about it.
fn with_row(mut action: Action, table: &Table) -> Action {
    let Some(row) = table.get(action.kind, &action.key) else { return action };
    let capability = row.capability();
    action.by_plugin = capability.plugin.is_some();
    for pointer in &capability.reads {
        let found = action.settings.follow(pointer);
        if found.exact && !found.node.is_null() {
            action.reads.push(found.node.clone());
        }
    }
    action
}

/// Checks the type of a test that is not part of the run. A type with a token is only known when it is.
pub fn check_excluded_test(node: &Node, table: &Table, report: &mut Report) {
    let Some(place) = node.get("test_type") else { return };
    let known = |word: &str| word.contains(['$', '%', '{']) || table.get(ActionType::Test, word).is_some();
    if place.as_str().is_some_and(|word| !word.is_empty() && !known(word)) {
        let written = place.as_str().unwrap_or_default();
        match unavailable(table, ActionType::Test, written, place) {
            Unavailable::Unknown => {
                let types = SubTypes::of(ActionType::Test, node, "test_type", table);
                report.push(types.unknown(place, table, ActionType::Test));
            }
            Unavailable::Because(diagnostic) => report.push(*diagnostic),
            Unavailable::Told => {}
        }
    }
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
    fn of(kind: ActionType, holder: &Node, word: &'static str, table: &'a Table) -> Self {
        let sinks: Vec<&str> = table.names(kind).filter_map(|name| name.strip_prefix(SINK)).collect();
        if is_sink(kind, holder) {
            return Self { what: "sink", word: SINK_TYPE, names: sinks, sinks: Vec::new() };
        }
        let mut names: Vec<&str> = table.names(kind).filter(|name| !name.starts_with(SINK)).collect();
        if !sinks.is_empty() {
            names.push("sink");
            names.sort_unstable();
        }
        Self { what: kind.word(), word, names, sinks }
    }

    /// The key of the row that a written type asks for.
    fn key(&self, written: &str) -> String {
        if self.word == "sink_type" { format!("{SINK}{written}") } else { written.to_owned() }
    }

    fn unknown(&self, place: &Node, table: &Table, kind: ActionType) -> Diagnostic {
        let Some(written) = place.as_str() else {
            return Diagnostic::error(&WRONG_FIELD, format!("`{}` must be a word, not {}", self.word, place.kind()))
                .at(place, "expected the name of a type")
                .help(format!("known types: {}", self.names.join(", ")));
        };
        let help = if self.sinks.contains(&written) {
            format!("write `type: sink` and `sink_type: {written}`")
        } else if let Some(close) = did_you_mean(written, self.names.iter().copied()) {
            format!("did you mean `{close}`? Known types: {}", self.names.join(", "))
        } else if let Some(close) = near(table, kind, &self.key(written)) {
            close
        } else if let Some(by) = table.switched_off() {
            format!("known types: {}; plugins are switched off by {by}", self.names.join(", "))
        } else {
            format!("known types: {}", self.names.join(", "))
        };
        Diagnostic::error(&UNKNOWN_SUB_TYPE, format!("there is no {} of type `{written}`", self.what))
            .at(place, "unknown type")
            .help(help)
    }
}

/// Whether everything that belongs to an action is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// A preset that cannot be used would have brought more settings.
    Partial,
}

/// Checks an action against its generator: schema first, then the generator's own rules.
///
/// Of a partial action only what is there is judged.
pub fn check(action: &Action, extent: Extent, table: &Table, project: &Project, report: &mut Report) {
    check_depends_on(action, report);
    if let (true, Some(target)) = (action.kind.defines_view(), action.target()) {
        check_identifier(target, action.get("target").unwrap_or(&action.node), "a view", report);
    }
    let Some(generator) = table.get(action.kind, &action.key) else { return };
    let found = match generator.capability() {
        capability if capability.plugin.is_some() => spec::violations(action, extent == Extent::Partial, capability),
        capability => violations(action, extent, capability),
    };
    let broken = found.iter().any(Diagnostic::blocks);
    report.diagnostics.extend(found);
    if !broken && extent == Extent::Whole {
        generator.check(action, project, report);
    }
}

fn violations(action: &Action, extent: Extent, capability: &Capability) -> Vec<Diagnostic> {
    let mut found = capability.schema.violations(&action.settings);
    if found.is_empty() {
        return Vec::new();
    }
    if extent == Extent::Partial {
        found.retain(|violation| !matches!(violation.problem, Problem::Missing { misspelt: None, .. }));
    }
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
        Problem::Unknown { key, suggestion, .. } if violation.path.is_empty() => {
            Diagnostic::advice(&IGNORED_FIELD, format!("`{key}` has no effect in this {what}"))
                .at(violation.node, "nothing reads this")
                .help(match suggestion {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("remove `{key}`: it belongs to another type of {}", capability.kind.word()),
                })
        }
        Problem::Unknown { .. } => violation.diagnostic(&IGNORED_FIELD, &what).severity(Severity::Advice),
        Problem::Missing { .. } => violation.diagnostic(&MISSING_FIELD, &what),
        Problem::Mismatch { .. } if violation.code.as_deref() == Some("LHP-VAL-008") => {
            violation.diagnostic(&OPTIONS_NOT_MAPPING, &what)
        }
        Problem::Mismatch { .. } => violation.diagnostic(&WRONG_FIELD, &what),
    };
    found.iter().filter(|violation| !elsewhere(violation)).map(diagnose).collect()
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
