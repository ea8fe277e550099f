//! Settings of actions against what a plugin declares: an action and a row go in, what does not fit comes out.
//!
//! Nothing of the plugin runs. The places are those of the action, wherever its settings came from.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

use super::manifest::{LoadedSchema, Provision, ReadMode, SchemaSource, read_schema};
use crate::check::{CompiledSchema, Problem, Violation};
use crate::expand::Action;
use crate::generator::Capability;
use crate::model::ActionType;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::SourceMap;
use crate::syntax::Node;

rules! {
    /// The settings of an action do not fit the schema that a plugin declares for them.
    ///
    /// ## Why
    /// The plugin is asked for code only with settings that it knows. A key that nobody reads, or a value
    /// of the wrong type, would give code that does something else.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: s3_batch
    ///   buckets: landing
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: s3_batch
    ///   bucket: landing
    /// ```
    pub static PLUGIN_SETTING: Rule = Rule::new("LHP-PLG-041", "plugin-setting");
    /// A load is to be read in a mode that its plugin does not have.
    ///
    /// ## Why
    /// The plugin says under `modes` how its rows can be read. The first one is taken if the action says
    /// nothing.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   readMode: stream
    ///   source: {type: s3_batch, bucket: landing}
    ///   target: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   readMode: batch
    ///   source: {type: s3_batch, bucket: landing}
    ///   target: v_orders
    /// ```
    pub static PLUGIN_READ_MODE: Rule = Rule::new("LHP-PLG-041", "plugin-read-mode");
}

/// The schema of a row's settings, read when it is first needed.
pub(super) struct SettingsSchema {
    read: Arc<OnceLock<Result<LoadedSchema, Box<Diagnostic>>>>,
    load: Arc<dyn Fn() -> Result<LoadedSchema, Box<Diagnostic>> + Send + Sync>,
}

impl SettingsSchema {
    /// The schema at a place in the manifest. Without one, everything fits.
    pub fn new(source: Option<&SchemaSource>, node: &Node, root: &Path, sources: &Arc<SourceMap>) -> Self {
        let (source, node) = (source.cloned(), node.clone());
        let (root, sources) = (root.to_path_buf(), sources.clone());
        let load = move || match &source {
            Some(source) => read_schema(&sources, &root, source, &node),
            None => Ok(LoadedSchema::of_anything(&node)),
        };
        Self { read: Arc::default(), load: Arc::new(load) }
    }

    /// The schema for validation. One that cannot be read accepts everything: that it cannot is told by [`Self::fault`].
    pub fn compiled(&self) -> CompiledSchema {
        let (read, load) = (self.read.clone(), self.load.clone());
        CompiledSchema::new(move || match read.get_or_init(|| load()) {
            Ok(loaded) => loaded.json.as_ref().clone(),
            Err(_) => Json::Bool(true),
        })
    }

    /// What is wrong with the schema.
    pub fn fault(&self, compiled: &CompiledSchema) -> Option<Diagnostic> {
        match self.read.get_or_init(|| (self.load)()) {
            Ok(loaded) => loaded.fault(compiled),
            Err(fault) => Some(fault.as_ref().clone()),
        }
    }
}

/// What is wrong with the settings of an action. Of settings that are not all known, none is missing.
pub(crate) fn violations(action: &Action, partial: bool, capability: &Capability) -> Vec<Diagnostic> {
    let what = match capability.name.strip_prefix("sink/") {
        Some(sink) => format!("{sink} sink"),
        None => format!("{} {}", capability.name, capability.kind.word()),
    };
    // Transforms and tests share a mapping with keys that any action may have.
    let shared = matches!(action.kind, ActionType::Transform | ActionType::Test);
    let common = |violation: &Violation<'_>| match &violation.problem {
        Problem::Unknown { key, .. } => {
            violation.path.is_empty()
                && (key.starts_with("x-")
                    || capability.host_keys.contains(&key.as_str())
                    || (shared && matches!(key.as_str(), "source")))
        }
        Problem::Missing { misspelt, .. } => partial && misspelt.is_none(),
        Problem::Mismatch { .. } => false,
    };
    // A schema that is none is reported when the generator is asked.
    if capability.schema.fault().is_some() {
        return Vec::new();
    }
    let found = capability.schema.violations(&action.settings);
    let found = found.iter().filter(|violation| !common(violation));
    found.map(|violation| violation.diagnostic(&PLUGIN_SETTING, &what)).collect()
}

/// How the rows of an action are read: as it says, else in the first mode of the row.
pub(super) fn read_mode(action: &Action, provision: &Provision) -> ReadMode {
    let written = action.read_mode().and_then(Node::as_str);
    let known = [ReadMode::Batch, ReadMode::Stream].into_iter().find(|mode| Some(mode.word()) == written);
    known.or_else(|| provision.modes.first().copied()).unwrap_or(match action.kind {
        ActionType::Load | ActionType::Write => ReadMode::Stream,
        ActionType::Transform | ActionType::Test => ReadMode::Batch,
    })
}

/// Checks the read mode of an action against the modes of the row.
pub(super) fn check_read_mode(action: &Action, provision: &Provision, report: &mut Report) {
    let Some(node) = action.read_mode() else { return };
    let modes: Vec<&str> = match provision.modes.as_slice() {
        [] => vec![ReadMode::Batch.word(), ReadMode::Stream.word()],
        modes => modes.iter().map(|mode| mode.word()).collect(),
    };
    let written = node.as_str().unwrap_or_default();
    if modes.contains(&written) {
        return;
    }
    let shown = node.as_str().map_or_else(|| node.kind().to_string(), |word| format!("`{word}`"));
    let what = format!("{} {}", provision.key, action.kind.word());
    report.push(
        Diagnostic::error(&PLUGIN_READ_MODE, format!("a {what} cannot be read in the mode {shown}"))
            .at(node, "no mode of this type")
            .help(match did_you_mean(written, modes.iter().copied()) {
                Some(close) => format!("write `{close}`"),
                None => format!("write {}, or leave it out", modes.join(" or ")),
            }),
    );
}
