//! From parsed files to definitions: flowgroups, blueprints and instances, before anything is expanded.

use std::path::PathBuf;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Gaps;
use crate::check::{check_file, check_flowgroup};
use crate::model::FileKind;
use crate::project::{Documents, Project, read_documents};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{FileId, Span};
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
    /// A file among the blueprints has no content, or only comments.
    ///
    /// ## Why
    /// Such a file is most often forgotten or was emptied by mistake, and instances of the blueprint
    /// would fail.
    ///
    /// ## Wrong
    /// ```yaml
    /// # blueprints/shop.yaml
    /// # to be written
    /// ```
    ///
    /// ## Right
    /// Define a blueprint in the file, or delete the file.
    pub static EMPTY_BLUEPRINT: Rule = Rule::new("LHP-CFG-047", "empty-blueprint");
    /// A file among the blueprints has several documents.
    ///
    /// ## Why
    /// Only one blueprint is read from a file, so the others would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: shop
    /// parameters: []
    /// flowgroups: []
    /// ---
    /// name: branch
    /// parameters: []
    /// flowgroups: []
    /// ```
    ///
    /// ## Right
    /// Move the second document to a file of its own, such as `blueprints/branch.yaml`.
    pub static BLUEPRINT_NOT_ALONE: Rule = Rule::new("LHP-CFG-048", "blueprint-not-alone");
    /// A file among the blueprints is not a blueprint: it lacks `parameters` or `flowgroups`, or has
    /// `actions`.
    ///
    /// ## Why
    /// A file there makes nothing by itself, so a flowgroup in this place would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// # blueprints/shop.yaml
    /// name: shop
    /// flowgroups: []
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # blueprints/shop.yaml
    /// name: shop
    /// parameters: []
    /// flowgroups: []
    /// ```
    pub static NOT_A_BLUEPRINT: Rule = Rule::new("LHP-CFG-049", "not-a-blueprint");
}

/// A flowgroup as written in a file or made by a blueprint.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The mapping of the flowgroup, with `pipeline` and `flowgroup` as strings.
    pub node: Node,
    /// Actions of the wrong shape, which are not in the mapping any more.
    pub broken: Vec<Node>,
    /// What else was left out for its shape.
    pub gaps: Gaps,
}

impl Definition {
    /// The name of the pipeline as written, tokens included.
    pub fn pipeline(&self) -> &str {
        self.node.get("pipeline").and_then(Node::as_str).unwrap_or_default()
    }

    /// The name of the flowgroup as written, tokens included.
    pub fn flowgroup(&self) -> &str {
        self.node.get("flowgroup").and_then(Node::as_str).unwrap_or_default()
    }

    /// Where the flowgroup is named.
    pub fn span(&self) -> Span {
        self.node.get("flowgroup").map_or(self.node.span, |name| name.span)
    }
}

/// Everything that the files of a project define.
#[derive(Debug, Default)]
pub struct Collected {
    pub flowgroups: Vec<Definition>,
    pub blueprints: Vec<Node>,
    pub instances: Vec<Node>,
    /// Flowgroup files, for checks on their text.
    pub flowgroup_files: Vec<FileId>,
    /// Whether some file could not be used, so that names may be missing.
    pub incomplete: bool,
}

/// What one file gave.
#[derive(Default)]
struct FileContent {
    file: Option<FileId>,
    flowgroups: Vec<Definition>,
    instance: Option<Node>,
    blueprint: Option<Node>,
    report: Report,
}

/// Reads all flowgroup, instance and blueprint files, in parallel.
pub fn collect(project: &Project, report: &mut Report) -> Collected {
    let files = &project.files;
    let flowgroup_set: FxHashSet<&PathBuf> = files.flowgroups.iter().collect();
    let instance_set: FxHashSet<&PathBuf> = files.instances.iter().collect();
    let mut paths: Vec<&PathBuf> = files.flowgroups.iter().collect();
    paths.extend(files.instances.iter().filter(|path| !flowgroup_set.contains(path)));

    let contents: Vec<FileContent> = paths
        .par_iter()
        .map(|path| {
            let mut content = FileContent::default();
            let Some(documents) = read_documents(&project.sources, path, &mut content.report) else { return content };
            content.file = Some(documents.file);
            if flowgroup_set.contains(path) {
                read_flowgroups(documents, instance_set.contains(path), &mut content);
            } else if let Some(first) = documents.documents.into_iter().next().filter(is_instance) {
                content.instance = Some(first);
            }
            content
        })
        .collect();
    let blueprints: Vec<FileContent> = files
        .blueprints
        .par_iter()
        .map(|path| {
            let mut content = FileContent::default();
            if let Some(documents) = read_documents(&project.sources, path, &mut content.report) {
                read_blueprint(documents, &mut content);
            }
            content
        })
        .collect();

    let mut collected = Collected::default();
    let mut instance_order: FxHashMap<String, Node> = FxHashMap::default();
    for (path, content) in paths.into_iter().zip(contents) {
        collected.incomplete |= content.report.blocking() > 0;
        report.append(content.report);
        collected.flowgroups.extend(content.flowgroups);
        if flowgroup_set.contains(path) {
            collected.flowgroup_files.extend(content.file);
        }
        if let Some(instance) = content.instance {
            instance_order.insert(path.to_string_lossy().into_owned(), instance);
        }
    }
    collected.instances =
        files.instances.iter().filter_map(|path| instance_order.remove(path.to_string_lossy().as_ref())).collect();
    for content in blueprints {
        collected.incomplete |= content.report.has_errors();
        report.append(content.report);
        collected.blueprints.extend(content.blueprint);
    }
    collected
}

/// Whether a document uses a blueprint.
pub(crate) fn is_instance(node: &Node) -> bool {
    let Some(mapping) = node.as_mapping() else { return false };
    let legacy = mapping.get("blueprint").is_some_and(|name| name.as_str().is_some())
        && !mapping.contains("flowgroups")
        && !mapping.contains("actions");
    mapping.contains("use_blueprint") || legacy
}

/// Whether a document defines a blueprint.
fn is_blueprint(node: &Node) -> bool {
    let Some(mapping) = node.as_mapping() else { return false };
    mapping.contains("parameters") && mapping.contains("flowgroups") && !mapping.contains("actions")
}

/// The span of a key of a document, which is easier to read than that of its value.
fn key_span(node: &Node, key: &str) -> Span {
    node.as_mapping().and_then(|mapping| mapping.entry(key)).map_or(node.span, |entry| entry.key.span)
}

/// The span of the first key, which is easier to read than that of a whole document.
pub(super) fn first_key(node: &Node) -> Span {
    node.as_mapping().and_then(|mapping| mapping.entries.first()).map_or(node.span, |entry| entry.key.span)
}

fn read_flowgroups(documents: Documents, may_be_instance: bool, content: &mut FileContent) {
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

fn read_blueprint(documents: Documents, content: &mut FileContent) {
    let Documents { file, documents } = documents;
    let mut documents = documents.into_iter().filter(|node| !matches!(node.value, Value::Null));
    let Some(node) = documents.next() else {
        content.report.push(
            Diagnostic::error(&EMPTY_BLUEPRINT, "this blueprint file is empty")
                .label(Span::start_of(file), "no blueprint here")
                .help("define a blueprint, or delete the file"),
        );
        return;
    };
    if let Some(second) = documents.next() {
        content.report.push(
            Diagnostic::error(&BLUEPRINT_NOT_ALONE, "a blueprint must be the only document of its file")
                .label(first_key(&second), "the second document")
                .help("move each blueprint to a file of its own"),
        );
        return;
    }
    if !is_blueprint(&node) {
        content.report.push(
            Diagnostic::error(&NOT_A_BLUEPRINT, "this file stands among the blueprints but is not one")
                .label(Span::start_of(file), "a blueprint has `parameters:` and `flowgroups:`, and no `actions:`")
                .help("add the missing keys (`parameters: []` if there are none), or move the file to `pipelines/`"),
        );
        return;
    }
    let found = check_file(FileKind::Blueprint, &node);
    let usable = !found.iter().any(Diagnostic::is_error);
    content.report.diagnostics.extend(found);
    if usable {
        content.blueprint = Some(node);
    }
}
