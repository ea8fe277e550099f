//! The plugin table: kind and name of a capability go in, its generator comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cache::Results;
use super::discovery::Searched;
use super::runtime::Runtimes;
use super::{Kind, Plugin, Status};
use crate::generator::{Generator, built_in};
use crate::model::ActionType;
use crate::report::did_you_mean;
use crate::source::Span;

/// A capability that a plugin declares.
#[derive(Clone)]
pub struct Row {
    pub kind: Kind,
    pub key: String,
    pub plugin: Arc<Plugin>,
    /// Position among the plugin's `provides`.
    pub index: usize,
    pub status: Status,
    /// Whether it takes the place of something that is built in.
    pub overrides_built_in: bool,
}

impl Row {
    /// `kind/key`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.word(), self.key)
    }

    /// Whether actions of a type ask for it by a name.
    pub fn answers(&self, kind: ActionType, name: &str) -> bool {
        self.kind.action_type() == Some(kind) && self.kind.action_key(&self.key) == name
    }
}

/// All capabilities that a project can use.
#[derive(Clone, Default)]
pub struct Table {
    generators: BTreeMap<(ActionType, String), Arc<dyn Generator>>,
    rows: Vec<Row>,
    plugins: Vec<Arc<Plugin>>,
    searched: Vec<Searched>,
    missing: Vec<Missing>,
    off: Option<String>,
    enabled_by: Option<&'static str>,
    runtimes: Option<Arc<Runtimes>>,
    results: Option<Arc<Results>>,
}

/// A plugin that somebody asks for, and that was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub id: String,
    /// Where it is asked for.
    pub span: Span,
    /// Capabilities that it had when the lock file was written, as `kind/key`.
    pub provides: Vec<String>,
}

impl Table {
    /// The table of the built-in generators.
    pub fn built_in() -> Self {
        Self::of(built_in())
    }

    /// A table of some generators. Of two with one name the later one counts.
    pub(crate) fn of(rows: impl IntoIterator<Item = Arc<dyn Generator>>) -> Self {
        let rows = rows.into_iter().map(|row| {
            let capability = row.capability();
            ((capability.kind, capability.name.clone()), row)
        });
        Self { generators: rows.collect(), ..Self::default() }
    }

    /// Adds the plugins that were found, and what they declare.
    pub(super) fn extend(&mut self, plugins: Vec<Arc<Plugin>>, rows: Vec<Row>) {
        self.plugins.extend(plugins);
        self.rows.extend(rows);
    }

    /// Says where plugins were looked for, and which were not found.
    pub(super) fn note_search(&mut self, searched: Vec<Searched>, missing: Vec<Missing>) {
        self.searched = searched;
        self.missing = missing;
    }

    /// Says which variable of the process decides which plugins are used, if one does.
    pub(super) fn note_enabled(&mut self, variable: Option<&'static str>) {
        self.enabled_by = variable;
    }

    /// The variable of the process that decides which plugins are used, in place of the project.
    pub fn enabled_by(&self) -> Option<&'static str> {
        self.enabled_by
    }

    /// Says what runs the plugins.
    pub(super) fn note_runtimes(&mut self, runtimes: Arc<Runtimes>) {
        self.runtimes = Some(runtimes);
    }

    /// What runs the plugins; none if there are none.
    pub fn runtimes(&self) -> Option<&Arc<Runtimes>> {
        self.runtimes.as_ref()
    }

    /// Says where answers of earlier runs are.
    pub(super) fn note_results(&mut self, results: Option<Arc<Results>>) {
        self.results = results;
    }

    /// The answers of earlier runs, if they are to be used.
    pub fn results(&self) -> Option<&Arc<Results>> {
        self.results.as_ref()
    }

    /// Says that plugins are switched off, and by what.
    pub(super) fn switch_off(&mut self, by: &str) {
        self.off = Some(by.to_owned());
    }

    /// Puts a generator into its place, or in the place of another one.
    pub(super) fn put(&mut self, generator: Arc<dyn Generator>) {
        let capability = generator.capability();
        self.generators.insert((capability.kind, capability.name.clone()), generator);
    }

    /// The generator for a kind and name.
    pub fn get(&self, kind: ActionType, name: &str) -> Option<&Arc<dyn Generator>> {
        self.generators.get(&(kind, name.to_owned()))
    }

    /// All generators, by kind and name.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<dyn Generator>> {
        self.generators.values()
    }

    /// What plugins declare, used or not, in the order in which they were found.
    pub fn plugin_rows(&self) -> &[Row] {
        &self.rows
    }

    /// The plugins that were found, used or not, in the order in which they were found.
    pub fn plugins(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// The capabilities of plugins that are used.
    pub fn active_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.status == Status::Active)
    }

    /// The capability of a plugin that is used under a kind and name, if it is one of a plugin.
    pub fn active_row(&self, kind: ActionType, key: &str) -> Option<&Row> {
        self.active_rows().find(|row| row.answers(kind, key))
    }

    /// The places where plugins were looked for.
    pub fn searched(&self) -> &[Searched] {
        &self.searched
    }

    /// The plugins that somebody asks for, and that were not found.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// What switched plugins off, if something did.
    pub fn switched_off(&self) -> Option<&str> {
        self.off.as_deref()
    }

    /// The names of a kind, sorted.
    pub fn names(&self, kind: ActionType) -> impl Iterator<Item = &str> {
        self.generators.keys().filter(move |(row, _)| *row == kind).map(|(_, name)| name.as_str())
    }

    /// The name closest to a misspelt one.
    pub fn near(&self, kind: ActionType, name: &str) -> Option<&str> {
        did_you_mean(name, self.names(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_of_a_built_in_generator_is_one() {
        for row in Table::built_in().rows() {
            let capability = row.capability();
            assert_eq!(capability.schema.fault(), None, "{} {}", capability.kind.word(), capability.name);
        }
    }
}
