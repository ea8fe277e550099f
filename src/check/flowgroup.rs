//! Rules for the actions of one flowgroup together.

use rustc_hash::FxHashMap;

use crate::expand::{Action, SourceName};
use crate::graph::{Order, action_order};
use crate::model::{ActionType, FileKind, file_schema};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::{Node, Value};

rules! {
    /// A flowgroup has no actions: it lists none, and no template gives it some.
    ///
    /// ## Why
    /// The generated module would be empty. Mostly `actions` or `use_template` is misspelt or was
    /// forgotten.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// use_template: copied_table
    /// template_parameters:
    ///   table: orders
    /// ```
    pub static NO_ACTIONS: Rule = Rule::new("LHP-VAL-007", "no-actions");
    /// Two actions of a flowgroup have the same name.
    ///
    /// ## Why
    /// Flows and the tables of tests are named after their actions, and messages name actions to say
    /// what is wrong. Two actions of one name cannot be told apart.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// - name: load
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: returns}
    ///   target: v_returns
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// - name: load_returns
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: returns}
    ///   target: v_returns
    /// ```
    pub static DUPLICATE_ACTION: Rule = Rule::new("LHP-VAL-007", "duplicate-action");
    /// Two actions of a flowgroup define the same view or table. A test without a `target` defines
    /// `tmp_test_<its name>`.
    ///
    /// ## Why
    /// A view can be defined only once: the pipeline would be refused when it starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// - name: load_old_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: archive, table: orders}
    ///   target: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///   target: v_orders
    /// - name: load_old_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: archive, table: orders}
    ///   target: v_old_orders
    /// ```
    pub static DUPLICATE_TARGET: Rule = Rule::new("LHP-VAL-007", "duplicate-target");
    /// A flowgroup has no load, and no write that brings its own data.
    ///
    /// A materialized view with a query of its own and a snapshot table with a source function need no
    /// load. Neither does a flowgroup that consists of tests and transforms.
    ///
    /// ## Why
    /// The other actions would have nothing to read.
    ///
    /// ## Wrong
    /// ```yaml
    /// actions:
    ///   - name: write_orders
    ///     type: write
    ///     source: v_orders
    ///     write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// actions:
    ///   - name: load_orders
    ///     type: load
    ///     source: {type: delta, catalog: shop, schema: sales, table: orders}
    ///     target: v_orders
    ///   - name: write_orders
    ///     type: write
    ///     source: v_orders
    ///     write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    pub static NO_LOAD: Rule = Rule::new("LHP-VAL-007", "no-load");
    /// A flowgroup loads something, and writes nothing.
    ///
    /// ## Why
    /// Views exist only while the pipeline runs. Without a write their rows would never reach a table
    /// or a sink.
    ///
    /// ## Wrong
    /// ```yaml
    /// actions:
    ///   - name: load_orders
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
    ///   - name: write_orders
    ///     type: write
    ///     source: v_orders
    ///     write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    pub static NO_WRITE: Rule = Rule::new("LHP-VAL-007", "no-write");
    /// No action of the flowgroup names the view of a transform as its `source`.
    ///
    /// ## Why
    /// What the transform computes would not reach any table. Mostly one of two names is misspelt, or a
    /// write still reads the view from before the transform.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: clean_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_orders
    ///   target: v_clean
    ///   sql: SELECT * FROM v_orders WHERE amount > 0
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
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
    /// - name: write_orders
    ///   type: write
    ///   source: v_clean
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    pub static UNUSED_VIEW: Rule = Rule::new("LHP-VAL-007", "unused-view").tolerable();
    /// Actions read each other's views in a circle.
    ///
    /// ## Why
    /// None of these views can be computed first, so the pipeline could not run.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: clean_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_marked
    ///   target: v_clean
    ///   sql: SELECT * FROM v_marked WHERE amount > 0
    /// - name: mark_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_clean
    ///   target: v_marked
    ///   sql: SELECT *, amount > 1000 AS is_large FROM v_clean
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
    /// - name: mark_orders
    ///   type: transform
    ///   transform_type: sql
    ///   source: v_clean
    ///   target: v_marked
    ///   sql: SELECT *, amount > 1000 AS is_large FROM v_clean
    /// ```
    pub static VIEW_CYCLE: Rule = Rule::within("LHP-DEP-001", "view-cycle", "LHP-VAL-007");
}

/// The error for a flowgroup without actions. A key that nobody knows may be meant for the one that brings them.
pub fn no_actions(flowgroup: &Node, place: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(&NO_ACTIONS, "this flowgroup has no actions");
    let schema = file_schema(FileKind::Flowgroup).to_value();
    let known = |key: &str| schema.pointer("/properties").is_some_and(|properties| properties.get(key).is_some());
    let entries = flowgroup.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let unknown: Vec<(&str, &Node)> = entries
        .iter()
        .filter_map(|entry| Some((entry.key.as_str()?, &entry.key)))
        .filter(|(key, _)| !known(key))
        .collect();
    for wanted in ["actions", "use_template"] {
        let close = did_you_mean(wanted, unknown.iter().map(|(key, _)| *key));
        if let Some((written, key)) = unknown.iter().find(|(key, _)| Some(*key) == close) {
            return diagnostic
                .label(key.span, "no such key")
                .label(place, "nothing to do")
                .help(format!("write `{wanted}` instead of `{written}`"));
        }
    }
    diagnostic.label(place, "nothing to do").help("add actions, or use a template")
}

/// What belongs to a flowgroup beside the actions that are to be emitted.
#[derive(Debug, Clone, Copy)]
pub struct Others<'a> {
    /// Test actions that are not part of this run; what they read counts as used.
    pub excluded: &'a [Node],
    /// Actions with a fault that was reported. They count as what they seem to be.
    pub broken: &'a [Node],
    /// Whether actions are missing of which nothing is known.
    pub incomplete: bool,
    /// Whether presets are missing that would bring more settings.
    pub partial: bool,
}

/// What the rules for a flowgroup found out.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The order in which the actions are emitted; none if they wait for each other.
    pub order: Option<Vec<usize>>,
    /// Positions of actions that take a name from an earlier one.
    pub duplicates: Vec<usize>,
}

/// Checks the actions of a flowgroup together. A rule that a missing action could satisfy is not applied.
pub fn check(actions: &[Action], others: &Others<'_>, place: Span, report: &mut Report) -> Verdict {
    let mut verdict = Verdict::default();
    let nodes: Vec<&Node> = actions.iter().map(|action| &action.node).chain(others.broken).collect();
    for (key, rule, words) in
        [("name", &DUPLICATE_ACTION, "two actions are named"), ("target", &DUPLICATE_TARGET, "two actions define")]
    {
        verdict.duplicates.extend(check_duplicates(&nodes, key, rule, words, report));
    }
    check_test_tables(actions, report);
    if !others.incomplete {
        check_presence(actions, others, place, report);
        check_unused(actions, others, report);
    }
    match action_order(actions) {
        Order::Sorted(order) => verdict.order = Some(order),
        Order::Cycle(cycle) => report_cycle(actions, &cycle, report),
    }
    verdict
}

/// Reports every name that is taken already, and gives the positions of those who take it.
fn check_duplicates(nodes: &[&Node], key: &str, rule: &'static Rule, words: &str, report: &mut Report) -> Vec<usize> {
    let mut seen: FxHashMap<&str, &Node> = FxHashMap::default();
    let mut duplicates = Vec::new();
    for (position, action) in nodes.iter().enumerate() {
        if key == "target" && kind_of(action) == Some(ActionType::Write) {
            continue;
        }
        let Some(node) = action.get(key) else { continue };
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else { continue };
        if let Some(first) = seen.insert(text, node) {
            duplicates.push(position);
            report.push(
                Diagnostic::error(rule, format!("{words} `{text}`"))
                    .at(node, "the second one")
                    .label(first.span, "the first one")
                    .help("rename one of them"),
            );
        }
    }
    duplicates
}

fn kind_of(action: &Node) -> Option<ActionType> {
    ActionType::parse(action.get("type")?.as_str()?)
}

/// A test without a target names its table after itself; nothing else may have that name.
fn check_test_tables(actions: &[Action], report: &mut Report) {
    for test in actions.iter().filter(|action| action.kind == ActionType::Test && action.target().is_none()) {
        let table = test.test_table();
        let same = |other: &&Action| other.target() == Some(table.as_str()) && other.kind != ActionType::Write;
        let Some(other) = actions.iter().find(same) else { continue };
        let (own, target) = (test.get("name"), other.get("target"));
        report.push(
            Diagnostic::error(&DUPLICATE_TARGET, format!("two actions define `{table}`"))
                .at(own.unwrap_or(&test.node), format!("the table of this test is named `{table}`"))
                .label(target.unwrap_or(&other.node).span, "this action defines it too")
                .help("give one of them another `target`"),
        );
    }
}

fn check_presence(actions: &[Action], others: &Others<'_>, place: Span, report: &mut Report) {
    let broken: Option<Vec<ActionType>> = others.broken.iter().map(kind_of).collect();
    // What an action of an unknown type was meant to be, nobody knows.
    let Some(broken) = broken else { return };
    let has = |kind: ActionType| actions.iter().any(|action| action.kind == kind) || broken.contains(&kind);
    if has(ActionType::Test) && !has(ActionType::Load) && !has(ActionType::Write) {
        return;
    }
    // A write of which not all is known may be one that needs no load.
    let may_be_self_contained = others.partial || broken.contains(&ActionType::Write);
    if !has(ActionType::Load) && !may_be_self_contained && !actions.iter().any(is_self_contained) {
        report.push(
            Diagnostic::error(&NO_LOAD, "this flowgroup loads nothing")
                .label(place, "no action of type `load`")
                .help("add a load, or give a materialized view a query of its own"),
        );
    }
    if !has(ActionType::Write) {
        report.push(
            Diagnostic::error(&NO_WRITE, "this flowgroup writes nothing")
                .label(place, "no action of type `write`")
                .help("add a write"),
        );
    }
}

/// Whether a write needs no load: a materialized view with a query, or a snapshot function.
fn is_self_contained(action: &Action) -> bool {
    let given = |key: &str| action.setting(key).is_some_and(Node::is_truthy);
    action.kind == ActionType::Write
        && match action.key.as_ref() {
            "materialized_view" => given("sql") || given("sql_path"),
            "streaming_table" => {
                action.setting("mode").and_then(Node::as_str) == Some("snapshot_cdc")
                    && action
                        .setting("snapshot_cdc_config")
                        .and_then(|config| config.get("source_function"))
                        .is_some_and(Node::is_truthy)
            }
            // A write of a plugin may bring its own rows.
            _ => action.by_plugin && action.get("source").is_none_or(Node::is_null),
        }
}

fn check_unused(actions: &[Action], others: &Others<'_>, report: &mut Report) {
    let mut mentioned = Vec::new();
    others.broken.iter().for_each(|action| texts(action, &mut mentioned));
    if mentioned.iter().any(|text| text.contains('{')) {
        // Some token in it may have stood for a view.
        return;
    }
    let read_by_tests: Vec<String> = others.excluded.iter().flat_map(source_texts).collect();
    let read: Vec<SourceName<'_>> = actions.iter().flat_map(Action::sources).collect();
    let sources: Vec<&str> =
        read.iter().map(|source| source.name.as_str()).chain(read_by_tests.iter().map(String::as_str)).collect();
    for action in actions.iter().filter(|action| action.kind == ActionType::Transform) {
        let is_read = |target: &str| sources.contains(&target) || mentioned.iter().any(|text| text == target);
        let Some(target) = action.target().filter(|target| !is_read(target)) else { continue };
        let place = action.get("target").unwrap_or(&action.node);
        // A name that some action defines is not a misspelling of this one.
        let unknown = sources.iter().filter(|source| !actions.iter().any(|action| action.target() == Some(**source)));
        let close = did_you_mean(target, unknown.copied());
        let reader = read.iter().find(|source| Some(source.name.as_str()) == close);
        let mut diagnostic = Diagnostic::error(&UNUSED_VIEW, format!("nothing reads the view `{target}`"))
            .at(place, "defined here, never used as a `source`");
        if let Some(reader) = reader {
            diagnostic = diagnostic.label(reader.node.span, "no action of this flowgroup defines this view");
        }
        report.push(diagnostic.help(match close {
            Some(close) => format!("an action reads `{close}`: is one of the two misspelt?"),
            None => "name the view as the `source` of another action, or remove this transform".to_owned(),
        }));
    }
}

/// All texts of an action whose parts nobody can name.
fn texts(node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::String(text) => found.push(text.to_string()),
        Value::Sequence(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| texts(&entry.value, found)),
        _ => {}
    }
}

/// The texts in the source of an action that is not part of this run.
fn source_texts(action: &Node) -> Vec<String> {
    let Some(source) = action.get("source") else { return Vec::new() };
    let items = source.as_sequence().unwrap_or(std::slice::from_ref(source));
    items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

fn report_cycle(actions: &[Action], cycle: &[usize], report: &mut Report) {
    let members: Vec<&Action> = cycle.iter().filter_map(|position| actions.get(*position)).collect();
    let mut names: Vec<&str> = members.iter().map(|action| action.name.as_ref()).collect();
    names.extend(names.first().copied());
    let mut diagnostic = Diagnostic::error(&VIEW_CYCLE, format!("actions depend on each other: {}", names.join(" → ")));
    for action in &members {
        let node = action.get("source").unwrap_or(&action.node);
        diagnostic = diagnostic.label(node.span, format!("`{}` reads this", action.name));
    }
    report.push(diagnostic.help("let one of them read something else"));
}
