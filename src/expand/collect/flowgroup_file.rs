//! A file of flowgroups: its documents go in, the flowgroups or the instance of a blueprint that they hold come out.

use rustc_hash::FxHashMap;

use super::{Definition, FileContent, first_key, is_blueprint, is_instance};
use crate::check::{check_file, check_flowgroup};
use crate::expand::Gaps;
use crate::model::FileKind;
use crate::project::Documents;
use crate::report::{Diagnostic, Rule, rules};
use crate::source::Span;
use crate::syntax::{Entry, Node, Step, Value};

rules! {
    /// A file below `pipelines/` has no content, or only comments.
    ///
    /// ## Why
    /// Such a file is most often forgotten or was emptied by mistake.
    ///
    /// ## Wrong
    /// ```yaml
    /// # pipelines/orders.yaml
    /// # to be written
    /// ```
    ///
    /// ## Right
    /// Define a flowgroup in the file, or delete the file.
    pub static EMPTY_FLOWGROUP_FILE: Rule = Rule::new("LHP-CFG-005", "empty-flowgroup-file").tolerable();
    /// A document below `pipelines/` is a list or a single value instead of a mapping.
    ///
    /// ## Why
    /// A flowgroup is a mapping with the keys `pipeline`, `flowgroup` and `actions`. Several flowgroups
    /// in one file are several documents, or a list below the key `flowgroups`.
    ///
    /// ## Wrong
    /// ```yaml
    /// - pipeline: bronze
    ///   flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// flowgroups:
    ///   - pipeline: bronze
    ///     flowgroup: orders
    /// ```
    pub static NOT_A_FLOWGROUP: Rule = Rule::new("LHP-CFG-082", "not-a-flowgroup");
    /// A blueprint stands among the flowgroups.
    ///
    /// ## Why
    /// Blueprints are read from `blueprints/`, or from where `blueprint_include` in `lhp.yaml` says.
    /// Below `pipelines/` a blueprint would be a flowgroup without actions.
    ///
    /// ## Wrong
    /// ```text
    /// pipelines/shop.yaml    # has `parameters:` and `flowgroups:`
    /// ```
    ///
    /// ## Right
    /// ```text
    /// blueprints/shop.yaml
    /// ```
    pub static MISPLACED_BLUEPRINT: Rule = Rule::new("LHP-CFG-040", "misplaced-blueprint");
    /// One file has flowgroups of their own as well as a `flowgroups` list.
    ///
    /// ## Why
    /// Settings of a document with a list are taken over by the flowgroups of that list only. Side by
    /// side in one file it is easily misread to which flowgroups they belong.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ---
    /// pipeline: bronze
    /// flowgroups:
    ///   - flowgroup: items
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroups:
    ///   - flowgroup: orders
    ///   - flowgroup: items
    /// ```
    pub static MIXED_FORMS: Rule = Rule::new("LHP-VAL-014", "mixed-forms");
    /// Two flowgroups of one file have the same name.
    ///
    /// ## Why
    /// This is an error even if they belong to different pipelines: most often a flowgroup was copied
    /// and one of the copies was to be renamed.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ---
    /// pipeline: bronze
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ---
    /// pipeline: bronze
    /// flowgroup: items
    /// ```
    pub static DUPLICATE_IN_FILE: Rule = Rule::new("LHP-VAL-013", "duplicate-in-file");
    /// An instance of a blueprint shares its file with other documents.
    ///
    /// ## Why
    /// Only one instance is read from a file, so the other documents would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop
    /// parameters: { shop: north }
    /// ---
    /// use_blueprint: shop
    /// parameters: { shop: south }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # pipelines/north.yaml
    /// use_blueprint: shop
    /// parameters: { shop: north }
    /// ```
    /// and the other one in `pipelines/south.yaml`.
    pub static INSTANCE_NOT_ALONE: Rule = Rule::new("LHP-CFG-052", "instance-not-alone");
}

/// Reads the flowgroups of a file. An instance of a blueprint counts if it is the only document.
pub(super) fn read(documents: Documents, may_be_instance: bool, content: &mut FileContent) {
    let Documents { file, documents } = documents;
    let documents: Vec<Node> = documents.into_iter().filter(|node| !node.is_null()).collect();
    if documents.is_empty() {
        content.report.push(
            Diagnostic::error(&EMPTY_FLOWGROUP_FILE, "this flowgroup file is empty")
                .label(Span::start_of(file), "no flowgroup here")
                .help("define a flowgroup, or delete the file"),
        );
        return;
    }
    let several = documents.len() > 1;
    let mut several_instances = false;
    let mut forms: [Option<Span>; 2] = [None, None];
    for node in documents {
        if node.as_mapping().is_none() {
            content.report.push(
                Diagnostic::error(&NOT_A_FLOWGROUP, format!("a flowgroup must be a mapping, not {}", node.kind()))
                    .at(&node, "expected `pipeline:`, `flowgroup:` and `actions:`")
                    .help("write the keys of a flowgroup, or delete this document"),
            );
        } else if is_blueprint(&node) {
            content.report.push(
                Diagnostic::error(&MISPLACED_BLUEPRINT, "this is a blueprint, but it stands among the flowgroups")
                    .label(key_span(&node, "parameters"), "only blueprints have these")
                    .help("move the file to `blueprints/`"),
            );
        } else if is_instance(&node) {
            if several && !several_instances {
                several_instances = true;
                content.report.push(
                    Diagnostic::error(
                        &INSTANCE_NOT_ALONE,
                        "a blueprint instance must be the only document of its file",
                    )
                    .label(first_key(&node), "this instance")
                    .through(node.via.as_ref())
                    .help("move the instance to a file of its own"),
                );
            } else if may_be_instance && !several {
                content.instance = Some(node);
            }
        } else if node.get("flowgroups").is_some() {
            forms[1].get_or_insert(key_span(&node, "flowgroups"));
            read_array(&node, content);
        } else {
            forms[0].get_or_insert(first_key(&node));
            add_flowgroup(node, &[], content);
        }
    }
    if let [Some(plain), Some(array)] = forms {
        content.report.push(
            Diagnostic::error(&MIXED_FORMS, "this file mixes plain flowgroups with a `flowgroups:` list")
                .label(array, "a list of flowgroups")
                .label(plain, "a plain flowgroup")
                .help("use one form in a file: move the others to a file of their own"),
        );
    }
    report_duplicates(content);
}

/// The span of a key of a document, which is easier to read than that of its value.
fn key_span(node: &Node, key: &str) -> Span {
    node.as_mapping().and_then(|mapping| mapping.entry(key)).map_or(node.span, |entry| entry.key.span)
}

fn report_duplicates(content: &mut FileContent) {
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    for definition in &content.flowgroups {
        if let Some(first) = seen.insert(definition.flowgroup(), definition.span()) {
            content.report.push(
                Diagnostic::error(
                    &DUPLICATE_IN_FILE,
                    format!("flowgroup `{}` is defined twice in this file", definition.flowgroup()),
                )
                .label(definition.span(), "defined again")
                .label(first, "first defined here")
                .help("rename one of them"),
            );
        }
    }
}

/// Adds the flowgroup of a mapping, without the parts that have the wrong shape. Faults at the places in `known` were
/// reported already.
fn add_flowgroup(mut node: Node, known: &[Span], content: &mut FileContent) {
    let shape = check_flowgroup(&node);
    let place = |found: &Diagnostic| found.labels.first().map(|label| label.span);
    let is_news = |found: &Diagnostic| !place(found).is_some_and(|place| known.contains(&place));
    content.report.diagnostics.extend(shape.diagnostics.into_iter().filter(is_news));
    if !shape.usable {
        return;
    }
    let mut gaps = Gaps::default();
    let mut broken = Vec::new();
    if let Some(mapping) = node.as_mapping_mut() {
        for key in &shape.broken_keys {
            gaps.note(key);
            mapping.remove(key);
        }
        if let Some(Node { value: Value::Sequence(actions), .. }) = mapping.get_mut("actions") {
            let mut position = 0;
            broken.extend(actions.extract_if(.., |_| {
                position += 1;
                shape.broken_actions.contains(&(position - 1))
            }));
        }
    }
    content.flowgroups.push(Definition { node, broken, gaps });
}

/// Keys that the flowgroups of an array take over from their document.
const INHERITED: [&str; 5] = ["pipeline", "use_template", "presets", "operational_metadata", "job_name"];

fn read_array(document: &Node, content: &mut FileContent) {
    let Some(reported) = check_array(document, content) else { return };
    let mapping = document.as_mapping();
    let inherited: Vec<Entry> = INHERITED
        .iter()
        .filter_map(|key| {
            let mut entry = mapping?.entry(key)?.clone();
            let span = entry.key.span;
            entry.value.add_step(&Step::Document, span);
            Some(entry)
        })
        .collect();
    for item in document.get("flowgroups").and_then(Node::as_sequence).unwrap_or_default() {
        let mut node = item.clone();
        let Some(own) = node.as_mapping_mut() else { continue };
        for entry in &inherited {
            if entry.key.as_str().is_some_and(|key| !own.contains(key)) {
                own.entries.push(entry.clone());
            }
        }
        add_flowgroup(node, &reported, content);
    }
}

/// Checks a document with an array, and gives the places of everything that was reported. None if what is wrong does
/// not lie inside one of the flowgroups, so that none of them can be used.
fn check_array(document: &Node, content: &mut FileContent) -> Option<Vec<Span>> {
    let found = check_file(FileKind::FlowgroupArray, document);
    let items = document.get("flowgroups").and_then(Node::as_sequence).unwrap_or_default();
    let within = |place: Span| items.iter().any(|item| item.span.contains(place));
    let place = |found: &Diagnostic| found.labels.first().map(|label| label.span);
    let usable = found.iter().filter(|found| found.is_error()).all(|found| place(found).is_some_and(within));
    let places = found.iter().filter_map(place).collect();
    content.report.diagnostics.extend(found);
    usable.then_some(places)
}
