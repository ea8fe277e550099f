//! From a project to its plugin table.

use std::sync::Arc;

use super::discovery::directories::plugins_in;
use super::discovery::interpreter::interpreter;
use super::runtime::Runtimes;
use super::{Row, Status, Table, generator};
use crate::project::{PluginOptions, PluginSwitch, Project};
use crate::report::Report;

/// The table of a project: the built-in rows and those of its plugins. None if the project has no plugins, and the
/// built-in table is all there is.
pub fn load(project: &Project, base: &Table, options: &PluginOptions, report: &mut Report) -> Option<Table> {
    let settings = project.loaded.settings.plugins.as_ref();
    let enabled = settings.and_then(|settings| settings.enabled).is_none_or(|flag| flag.0);
    let directory = project.root.join("plugins");
    if options.switch == PluginSwitch::Off || !enabled || !directory.is_dir() {
        return None;
    }
    let plugins: Vec<_> =
        plugins_in(&project.sources, &directory, "./plugins", report).into_iter().map(Arc::new).collect();
    let runtimes = Arc::new(Runtimes::new(project.sources.clone(), interpreter(project, options)));
    let mut table = base.clone();
    let mut rows = Vec::new();
    for plugin in &plugins {
        for (index, provision) in plugin.manifest.provides.iter().enumerate() {
            if let Some(made) = generator::of(plugin, index, project, &runtimes) {
                table.put(made);
            }
            let (kind, key) = (provision.kind, provision.key.clone());
            rows.push(Row { kind, key, plugin: plugin.clone(), index, status: Status::Active });
        }
    }
    table.extend(plugins, rows);
    Some(table)
}
