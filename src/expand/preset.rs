//! Presets: shared settings are merged into the actions of a flowgroup.
//!
//! The value of a preset wins over the value written in the action. That is how existing projects are compiled;
//! where it changes an explicit value, the user is told.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::check::check_file;
use crate::model::FileKind;
use crate::project::{Project, read_single};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::syntax::{Entry, Mapping, Node, Step, Value};

rules! {
    /// A flowgroup, a template or another preset names a preset that does not exist.
    ///
    /// ## Why
    /// Its settings would be missing in the generated code. A preset is found by the `name` in its
    /// file, not by the name of the file, and files of presets lie directly in `presets/` and end in
    /// `.yaml`.
    ///
    /// ## Wrong
    /// ```yaml
    /// # presets/bronze.yaml has `name: bronze`
    /// pipeline: bronze
    /// flowgroup: orders
    /// presets: [bronce]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// presets: [bronze]
    /// ```
    pub static UNKNOWN_PRESET: Rule = Rule::new("LHP-ACT-001", "unknown-preset");
    /// Some presets extend each other in a circle.
    ///
    /// ## Why
    /// A preset starts from the settings of the one that it extends. In a circle there is no first
    /// one to start from.
    ///
    /// ## Wrong
    /// ```yaml
    /// # presets/base.yaml
    /// name: base
    /// extends: bronze
    /// ```
    /// ```yaml
    /// # presets/bronze.yaml
    /// name: bronze
    /// extends: base
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # presets/base.yaml
    /// name: base
    /// ```
    pub static PRESET_CYCLE: Rule = Rule::new("LHP-DEP-022", "preset-cycle");
    /// Two files of presets have the same `name`.
    ///
    /// ## Why
    /// A preset is found by its `name`, so it would be a matter of chance which of the two files
    /// applies.
    ///
    /// ## Wrong
    /// ```yaml
    /// # presets/bronze.yaml
    /// name: bronze
    /// ```
    /// ```yaml
    /// # presets/bronze_copy.yaml
    /// name: bronze
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # presets/bronze.yaml
    /// name: bronze
    /// ```
    /// ```yaml
    /// # presets/bronze_copy.yaml
    /// name: bronze_copy
    /// ```
    pub static DUPLICATE_PRESET: Rule = Rule::new("LHP-ACT-001", "duplicate-preset");
    /// A preset changes a value that is written in the action itself.
    ///
    /// ## Why
    /// Presets are stronger than actions: the value in the action has no effect, although it looks
    /// like the more special one. The generated code has the value of the preset.
    ///
    /// ## Wrong
    /// ```yaml
    /// # presets/bronze.yaml
    /// name: bronze
    /// defaults:
    ///   write_actions:
    ///     streaming_table:
    ///       comment: Bronze layer
    /// ```
    /// ```yaml
    /// presets: [bronze]
    /// actions:
    ///   - name: write_orders
    ///     type: write
    ///     write_target: { type: streaming_table, comment: Orders as the shop sent them }
    /// ```
    ///
    /// ## Right
    /// Remove one of the two values: the one in the action if the preset is right, or the one in the
    /// preset if actions are to choose.
    pub static PRESET_OVERRIDES: Rule = Rule::new("LHP-CFG-083", "preset-overrides-value").advice();
    /// A preset has settings under `transform_actions`.
    ///
    /// ## Why
    /// Presets work on loads and writes only. Settings of transforms have no effect, and nothing else
    /// would tell.
    ///
    /// ## Wrong
    /// ```yaml
    /// # presets/silver.yaml
    /// name: silver
    /// defaults:
    ///   transform_actions:
    ///     sql:
    ///       readMode: stream
    /// ```
    ///
    /// ## Right
    /// Write the settings in the actions, or in a template that all flowgroups use:
    /// ```yaml
    /// - name: clean_orders
    ///   type: transform
    ///   transform_type: sql
    ///   readMode: stream
    /// ```
    pub static IGNORED_TABLE: Rule = Rule::new("LHP-CFG-080", "ignored-preset-table").advice();
    /// A preset uses `database_suffix`, the old name of `schema_suffix`.
    ///
    /// ## Why
    /// Both names do the same: the text is appended to the schema of the table. The old one is only
    /// kept for old projects, and there is no `database` to which it could belong.
    ///
    /// ## Wrong
    /// ```yaml
    /// defaults:
    ///   write_actions:
    ///     streaming_table:
    ///       database_suffix: _sandbox
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// defaults:
    ///   write_actions:
    ///     streaming_table:
    ///       schema_suffix: _sandbox
    /// ```
    pub static DATABASE_SUFFIX: Rule = Rule::new("LHP-DEPR-004", "database-suffix").warning();
}

/// The presets of a project, with inheritance resolved.
#[derive(Debug, Default)]
pub struct Presets {
    resolved: FxHashMap<Arc<str>, Option<Node>>,
    names: Vec<Arc<str>>,
    /// Whether some preset file could not be used, so that names may be missing.
    incomplete: bool,
}

/// A preset of a list cannot be used, so that settings may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

/// A list of presets, merged.
pub struct Applied {
    pub defaults: Node,
}

impl Presets {
    /// Reads every preset of the project and merges each with its parents.
    pub fn load(project: &Project, report: &mut Report) -> Self {
        let mut files: IndexMap<Arc<str>, Node> = IndexMap::new();
        let mut presets = Self::default();
        for path in &project.files.presets {
            match read_preset(project, path, report) {
                Some((name, node)) => {
                    if let Some(first) = files.get(&name) {
                        let place = |node: &Node| node.get("name").map_or(node.span, |name| name.span);
                        report.push(
                            Diagnostic::error(&DUPLICATE_PRESET, format!("two presets are named `{name}`"))
                                .label(place(&node), "second preset of this name")
                                .label(place(first), "first preset of this name")
                                .help("rename one of them"),
                        );
                    }
                    files.insert(name, node);
                }
                None => presets.incomplete = true,
            }
        }
        presets.names = files.keys().cloned().collect();
        presets.names.sort();
        for name in files.keys() {
            presets.resolve(name, &files, &mut Vec::new(), report);
        }
        presets
    }

    /// Names of all presets, sorted.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn resolve(
        &mut self,
        name: &Arc<str>,
        files: &IndexMap<Arc<str>, Node>,
        path: &mut Vec<Arc<str>>,
        report: &mut Report,
    ) {
        if self.resolved.contains_key(name) {
            return;
        }
        let Some(node) = files.get(name) else { return };
        let own = node.get("defaults").filter(|defaults| !defaults.is_null()).cloned();
        let own = own.unwrap_or_else(|| Node::new(Value::Mapping(Mapping::default()), node.span));
        let parent = node.get("extends").filter(|parent| parent.is_truthy());
        let Some((parent, parent_name)) = parent.and_then(|parent| Some((parent, parent.as_str()?))) else {
            self.resolved.insert(name.clone(), Some(own));
            return;
        };
        path.push(name.clone());
        if let Some(start) = path.iter().position(|step| step.as_ref() == parent_name) {
            let chain: Vec<&str> = path.iter().skip(start).map(AsRef::as_ref).chain([parent_name]).collect();
            report.push(
                Diagnostic::error(&PRESET_CYCLE, format!("presets extend each other: {}", chain.join(" → ")))
                    .at(parent, "closes the cycle")
                    .help("remove one `extends`"),
            );
            for step in path.iter() {
                self.resolved.insert(step.clone(), None);
            }
            path.pop();
            return;
        }
        if !files.contains_key(parent_name) {
            if !self.incomplete {
                report.push(self.unknown(parent_name, parent, "parent preset"));
            }
            self.resolved.insert(name.clone(), None);
            path.pop();
            return;
        }
        self.resolve(&parent_name.into(), files, path, report);
        path.pop();
        if self.resolved.contains_key(name) {
            return;
        }
        let merged = match self.resolved.get(parent_name) {
            Some(Some(base)) => Some(merge(base, &own)),
            _ => None,
        };
        self.resolved.insert(name.clone(), merged);
    }

    fn unknown(&self, name: &str, place: &Node, what: &str) -> Diagnostic {
        let close = did_you_mean(name, self.names.iter().map(AsRef::as_ref));
        let known = self.names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        Diagnostic::error(&UNKNOWN_PRESET, format!("there is no {what} `{name}`")).at(place, "not found").help(
            match close {
                Some(close) => format!("did you mean `{close}`?"),
                None if known.is_empty() => "define it in a file in `presets/`".to_owned(),
                None => format!("known presets: {known}"),
            },
        )
    }

    /// Merges a list of presets. None if the list is empty.
    ///
    /// # Errors
    ///
    /// If one of them cannot be used, which was reported here or when the presets were read.
    pub fn apply_list(&self, list: &[Node], report: &mut Report) -> Result<Option<Applied>, Unusable> {
        let mut merged: Option<Node> = None;
        let mut usable = true;
        for item in list {
            let Some(name) = item.as_str() else { continue };
            match self.resolved.get(name) {
                Some(Some(defaults)) => {
                    let mut defaults = defaults.clone();
                    defaults.add_step(&Step::Preset(name.into()), item.span);
                    merged = Some(match merged {
                        Some(base) => merge(&base, &defaults),
                        None => defaults,
                    });
                }
                Some(None) => usable = false,
                None => {
                    if !self.incomplete {
                        report.push(self.unknown(name, item, "preset"));
                    }
                    usable = false;
                }
            }
        }
        if usable { Ok(merged.map(|defaults| Applied { defaults })) } else { Err(Unusable) }
    }
}

fn read_preset(project: &Project, path: &Path, report: &mut Report) -> Option<(Arc<str>, Node)> {
    let node = read_single(&project.sources, path, report)?;
    let found = check_file(FileKind::Preset, &node);
    let usable = !found.iter().any(Diagnostic::is_error);
    report.diagnostics.extend(found);
    if let Some(entry) = node.get("defaults").and_then(Node::as_mapping).and_then(|all| all.entry("transform_actions"))
        && entry.value.is_truthy()
    {
        report.push(
            Diagnostic::advice(&IGNORED_TABLE, "presets have no effect on transforms")
                .at(&entry.key, "not used")
                .help("write the settings in the actions, or in a template"),
        );
    }
    let name = node.get("name")?.as_str()?.into();
    usable.then_some((name, node))
}

/// Merges two trees: mappings key by key, everything else is replaced. Two lists under the key
/// `operational_metadata` are united.
pub fn merge(base: &Node, over: &Node) -> Node {
    let (Some(left), Some(right)) = (base.as_mapping(), over.as_mapping()) else { return over.clone() };
    let mut merged = left.clone();
    for Entry { key, value } in &right.entries {
        match merged.entries.iter_mut().find(|entry| entry.key.value == key.value) {
            Some(entry) if key.as_str() == Some("operational_metadata") => entry.value = unite(&entry.value, value),
            Some(entry) => entry.value = merge(&entry.value, value),
            None => merged.entries.push(Entry { key: key.clone(), value: value.clone() }),
        }
    }
    base.with_value(Value::Mapping(merged))
}

fn unite(base: &Node, over: &Node) -> Node {
    let (Some(left), Some(right)) = (base.as_sequence(), over.as_sequence()) else { return merge(base, over) };
    let mut items = left.to_vec();
    for item in right {
        if items.iter().all(|known| known.value != item.value) {
            items.push(item.clone());
        }
    }
    base.with_value(Value::Sequence(items))
}

impl Applied {
    /// Merges the settings into the actions of a flowgroup.
    pub fn apply(&self, actions: &mut [Node], report: &mut Report) {
        let table = |key: &str| self.defaults.get(key).and_then(Node::as_mapping);
        let (loads, writes) = (table("load_actions"), table("write_actions"));
        for action in actions {
            match action.get("type").and_then(Node::as_str) {
                Some("load") => {
                    if let Some(table) = loads {
                        merge_settings(action, "source", table, report);
                    }
                }
                Some("write") => {
                    if let Some(table) = writes {
                        let key = if action.get("write_target").is_some() { "write_target" } else { "source" };
                        merge_settings(action, key, table, report);
                        append_suffix(action, key, report);
                    }
                }
                _ => {}
            }
        }
    }

    /// Operational metadata columns that the presets select.
    pub fn metadata(&self) -> Option<&Node> {
        self.defaults.get("operational_metadata").filter(|node| node.as_sequence().is_some())
    }
}

fn merge_settings(action: &mut Node, key: &str, table: &Mapping, report: &mut Report) {
    let Some(settings) = action.as_mapping_mut().and_then(|mapping| mapping.get_mut(key)) else { return };
    let Some(kind) = settings.get("type").and_then(Node::as_str) else { return };
    let Some(preset) = table.get(kind).filter(|preset| preset.as_mapping().is_some()) else { return };
    report_overrides(settings, preset, report);
    *settings = merge(settings, preset);
}

fn report_overrides(written: &Node, preset: &Node, report: &mut Report) {
    let (Some(left), Some(right)) = (written.as_mapping(), preset.as_mapping()) else {
        if written.value != preset.value {
            report.push(
                Diagnostic::advice(&PRESET_OVERRIDES, "a preset replaces this value")
                    .label(written.span, "the value written here is not used")
                    .label(preset.span, "the value of the preset is used")
                    .through(preset.via.as_ref())
                    .help("remove one of the two values"),
            );
        }
        return;
    };
    for entry in &right.entries {
        if let Some(own) = entry.key.as_str().and_then(|key| left.get(key)) {
            report_overrides(own, &entry.value, report);
        }
    }
}

/// Appends `schema_suffix` to the schema and drops the key.
fn append_suffix(action: &mut Node, key: &str, report: &mut Report) {
    let Some(target) = action.as_mapping_mut().and_then(|mapping| mapping.get_mut(key)).and_then(Node::as_mapping_mut)
    else {
        return;
    };
    let old = target.remove("database_suffix");
    if let Some(entry) = &old {
        report.push(
            Diagnostic::warning(&DATABASE_SUFFIX, "`database_suffix` is the old name of `schema_suffix`")
                .at(&entry.key, "old name")
                .help("write `schema_suffix`, which `lhp fix` does"),
        );
    }
    let Some(suffix) = target.remove("schema_suffix").or(old) else { return };
    let Some(suffix) = suffix.value.as_str().map(str::to_owned) else { return };
    let key = if target.contains("schema") { "schema" } else { "database" };
    if let Some(place) = target.get_mut(key)
        && let Some(text) = place.as_str()
    {
        place.value = Value::String(format!("{text}{suffix}").into());
    }
}
