//! From a project to its plugin table.

use std::sync::Arc;

use super::discovery::directories::plugins_in;
use super::{Plugin, Row, Status, Table, generator};
use crate::project::{PluginOptions, PluginSwitch, Project};
use crate::report::Report;
use crate::syntax::{Node, Value};

/// The table of a project: the built-in rows and those of its plugins. None if the project has no plugins, and the
/// built-in table is all there is.
pub fn load(project: &Project, base: &Table, options: &PluginOptions, report: &mut Report) -> Option<Table> {
    let settings = project.loaded.settings.plugins.as_ref();
    let enabled = settings.and_then(|settings| settings.enabled).is_none_or(|flag| flag.0);
    let directory = project.root.join("plugins");
    if options.switch == PluginSwitch::Off || !enabled || !directory.is_dir() {
        return None;
    }
    let mut plugins = plugins_in(&project.sources, &directory, "./plugins", report);
    plugins.iter_mut().for_each(|plugin| equip(plugin, project, options));
    let plugins: Vec<_> = plugins.into_iter().map(Arc::new).collect();
    let mut table = base.clone();
    let mut rows = Vec::new();
    for plugin in &plugins {
        for (index, provision) in plugin.manifest.provides.iter().enumerate() {
            if let Some(made) = generator::of(plugin, index, project, report) {
                table.put(made);
            }
            let (kind, key) = (provision.kind, provision.key.clone());
            rows.push(Row { kind, key, plugin: plugin.clone(), index, status: Status::Active });
        }
    }
    table.extend(plugins, rows);
    Some(table)
}

/// Gives a plugin what the project grants it, and its settings.
fn equip(plugin: &mut Plugin, project: &Project, options: &PluginOptions) {
    let Some(settings) = project.loaded.settings.plugins.as_ref() else { return };
    let granted = settings.used.iter().find(|used| used.id == plugin.id()).and_then(|used| used.grant.as_ref());
    if let Some(granted) = granted {
        let asked = &plugin.manifest.permissions.net;
        plugin.granted.net = asked.iter().filter(|host| granted.net.contains(host)).cloned().collect();
    }
    let root = project.loaded.node.as_ref();
    let values = root.and_then(|root| root.get("plugins")?.get("config")?.get(plugin.manifest.config_key()));
    let Some(mut values) = values.cloned() else { return };
    values.visit_mut(&mut |node: &mut Node| {
        let variable = node.as_str().and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        if let Some(value) = variable.and_then(|name| options.variables.get(name)) {
            node.value = Value::String(value.into());
        }
    });
    let secret = |pointer: &String| {
        let mut steps = pointer.strip_prefix('/')?.split('/');
        steps.try_fold(&values, |node, step| node.get(step))?.as_str().map(Arc::from)
    };
    let pointers = plugin.manifest.config.as_ref().map(|config| config.secret.as_slice()).unwrap_or_default();
    plugin.config.secrets = pointers.iter().filter_map(secret).collect();
    plugin.config.values = Some(values);
}
