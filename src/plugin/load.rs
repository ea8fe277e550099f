//! From a project to its plugin table: find, choose, select, trust, give settings, and settle collisions.

use std::sync::Arc;

use super::cache::Results;
use super::discovery::interpreter::interpreter;
use super::discovery::reference::{of_actions, of_files};
use super::discovery::{
    Candidate, Enabled, HOME_DIRECTORY, NOT_FOUND, PROJECT_DIRECTORY, Source, Surroundings, Wanted, discover, wanted,
};
use super::runtime::Runtimes;
use super::steps::{Stage, Step};
use super::table::Missing;
use super::trust::lock::{self, Lock};
use super::{Origin, Plugin, Status, Table, collisions, generator, selection, settings, trust};
use crate::model::PluginSettings;
use crate::project::{Caching, Locking, PluginOptions, PluginSwitch, Project, is_switched_on};
use crate::report::{Diagnostic, Report, Severity, did_you_mean};

/// The table of a project: the built-in rows and those of its plugins. None if the project has no plugins, and the
/// built-in table is all there is.
pub fn load(project: &Project, base: &Table, options: &PluginOptions, report: &mut Report) -> Option<Table> {
    let none = PluginSettings::default();
    let surroundings = Surroundings {
        project,
        options,
        settings: project.loaded.settings.plugins.as_ref().unwrap_or(&none),
        block: project.loaded.node.as_ref().and_then(|node| node.get("plugins")).filter(|node| !node.is_null()),
    };
    if !has_something(&surroundings) {
        return None;
    }
    if let Some(by) = switched_off(&surroundings) {
        let mut table = base.clone();
        table.switch_off(by);
        return Some(table);
    }
    let enabled = Enabled::read(&surroundings, report);
    let wanted = wanted(&surroundings, report);
    let mut found = discover(&surroundings, &wanted, report);
    refer(&surroundings, enabled.as_ref(), &mut found.candidates);
    if surroundings.block.is_some() {
        // Without the block nobody could have named them, and nothing of them may run.
        let plugins = of_actions(&surroundings, &wanted).into_iter();
        found.candidates.extend(plugins.map(|plugin| Candidate { plugin, rank: 0, used_by: None }));
    }
    let lock = match options.locking {
        // Who writes the file does not mind what was in it.
        Locking::Ignored => Lock::read(&project.sources, &mut Report::default()),
        _ => Lock::read(&project.sources, report),
    };
    let mut plugins = selection::choose(&surroundings, &wanted, enabled.as_ref(), found.candidates);
    let missing = missing(&surroundings, &wanted, enabled.as_ref(), lock.as_ref(), &plugins, report);
    if plugins.is_empty() && missing.is_empty() && surroundings.block.is_none() && enabled.is_none() {
        return None;
    }
    selection::select(&surroundings, &wanted, enabled.as_ref(), &mut plugins, report);
    trust::judge(&surroundings, &wanted, lock.as_ref(), &mut plugins, report);
    settings::apply(&surroundings, &mut plugins, report);
    selection::tell(&surroundings, &plugins, report);
    let plugins: Vec<Arc<Plugin>> = plugins.into_iter().map(Arc::new).collect();
    let rows = collisions::rows(&surroundings, base, &plugins, report);
    let runtimes = Arc::new(Runtimes::new(project.sources.clone(), interpreter(&surroundings, &plugins)));
    let results = (options.caching == Caching::On).then(|| Arc::new(Results::of(&project.root)));
    let mut table = base.clone();
    for row in rows.iter().filter(|row| row.status == super::Status::Active) {
        if let Some(made) = generator::of(&row.plugin, row.index, project, &runtimes, results.as_ref()) {
            table.put(made);
        }
    }
    table.extend(plugins, rows);
    table.note_search(found.searched, missing);
    table.note_enabled(enabled.as_ref().map(|enabled| enabled.variable));
    table.note_runtimes(runtimes);
    table.note_results(results);
    Some(table)
}

/// Whether anything asks for plugins. Most projects end here, after a look at two directories.
fn has_something(surroundings: &Surroundings<'_>) -> bool {
    let named = ["LHP_ENABLED_PLUGINS", "ENABLED_PLUGINS", "LHP_PLUGIN_PATH"];
    surroundings.block.is_some()
        || surroundings.absolute(PROJECT_DIRECTORY).is_dir()
        || (surroundings.options.home.is_some() && surroundings.absolute(HOME_DIRECTORY).is_dir())
        || named.iter().any(|name| surroundings.options.variables.get(name).is_some())
        || (surroundings.options.locking == Locking::Demanded && lock::exists(&surroundings.project.root))
}

/// What switched plugins off.
fn switched_off(surroundings: &Surroundings<'_>) -> Option<&'static str> {
    if surroundings.options.switch == PluginSwitch::Off {
        return Some("`--no-plugins`");
    }
    if is_switched_on(surroundings.options.variables.get("LHP_NO_PLUGINS").as_deref()) {
        return Some("the variable `LHP_NO_PLUGINS`");
    }
    let enabled = surroundings.settings.enabled.as_ref().is_none_or(|flag| flag.0);
    (!enabled).then_some("`plugins.enabled` in `lhp.yaml`")
}

/// Adds the classes and symbols that the process names.
fn refer(surroundings: &Surroundings<'_>, enabled: Option<&Enabled>, candidates: &mut Vec<Candidate>) {
    for entry in enabled.iter().flat_map(|enabled| &enabled.entries) {
        let Some(reference) = &entry.reference else { continue };
        let mut root = surroundings.absolute(&reference.holder);
        root.pop();
        let plugin = reference.plugin(&entry.text, entry.span, root.join(&entry.text), &[], Origin::Environment);
        candidates.push(Candidate { plugin, rank: 0, used_by: None });
    }
}

/// Reports plugins that are asked for and were not found.
fn missing(
    surroundings: &Surroundings<'_>,
    wanted: &[Wanted],
    enabled: Option<&Enabled>,
    lock: Option<&Lock>,
    plugins: &[Plugin],
    report: &mut Report,
) -> Vec<Missing> {
    let variables = &surroundings.options.variables;
    let known = |id: &str| plugins.iter().any(|plugin| plugin.id() == id);
    let provides =
        |id: &str| lock.and_then(|lock| lock.entry(id)).map(|entry| entry.provides.clone()).unwrap_or_default();
    let near = |id: &str, otherwise: String| match did_you_mean(id, plugins.iter().map(Plugin::id)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => otherwise,
    };
    let otherwise = match is_switched_on(variables.get("PHLO_NO_AUTO_DISCOVER").as_deref()) {
        true => "say where it is with `source: path:…`; packages are not searched, for `PHLO_NO_AUTO_DISCOVER` is set",
        false => "say where it is with `source: path:…`, or install its package",
    };
    let mut found = Vec::new();
    let used = wanted.iter().filter(|wanted| wanted.enabled && enabled.is_none());
    for wanted in used {
        let package = match &wanted.source {
            Some((Source::Package { name, .. }, span)) => Some((name, *span)),
            _ => None,
        };
        let is_there = match package {
            Some((name, _)) => {
                plugins.iter().any(|plugin| plugin.id() == wanted.id && selection::is_package(plugin, name))
            }
            None => known(&wanted.id),
        };
        if is_there {
            continue;
        }
        found.push(Missing { id: wanted.id.clone(), span: wanted.named.span, provides: provides(&wanted.id) });
        let diagnostic = match (&wanted.source, package) {
            (None, _) => Diagnostic::error(&NOT_FOUND, format!("the plugin `{}` was not found", wanted.id))
                .label(wanted.named.span, "asked for here")
                .help(near(&wanted.id, otherwise.to_owned())),
            (_, Some((name, span))) => Diagnostic::error(
                &NOT_FOUND,
                format!("the package `{name}` has no plugin `{}`, or is not installed", wanted.id),
            )
            .label(span, "looked for here")
            .help(format!("install it with `pip install {name}` into the environment that `discovery.python` names")),
            // What is wrong with the directory was told when it was opened.
            _ => continue,
        };
        report.push(diagnostic);
    }
    for (enabled, entry) in enabled.iter().flat_map(|enabled| enabled.entries.iter().map(move |entry| (enabled, entry)))
    {
        if entry.reference.is_some() || known(&entry.text) {
            continue;
        }
        let own = enabled.is_own();
        found.push(Missing { id: entry.text.clone(), span: entry.span, provides: provides(&entry.text) });
        report.push(
            Diagnostic::error(
                &NOT_FOUND,
                format!("the plugin `{}`, which `{}` names, was not found", entry.text, enabled.variable),
            )
            .label(entry.span, "asked for here")
            .help(near(&entry.text, "correct the variable; `lhp plugin list` shows what was found".to_owned()))
            // Other programs read a variable of this name too.
            .severity(if own { Severity::Error } else { Severity::Warning }),
        );
    }
    // A plugin that was locked and is gone explains types that nobody knows.
    for entry in lock.iter().flat_map(|lock| &lock.content.plugins) {
        if !known(&entry.id) && !found.iter().any(|missing| missing.id == entry.id) {
            let span = lock.map(|lock| lock.span(&surroundings.project.sources, &entry.id, &entry.id));
            found.extend(span.map(|span| Missing { id: entry.id.clone(), span, provides: entry.provides.clone() }));
        }
    }
    found
}

/// Adds the classes and functions of files that actions name (`custom_reader`, `custom_writer`), for lists. A project
/// that asks for plugins has them in its table already; in another one they are there, and nobody runs them.
pub fn add_references(project: &Project, table: &mut Table) {
    let mut known: Vec<String> = table.plugins().iter().map(|plugin| plugin.manifest.id.clone()).collect();
    let found = with_surroundings(project, |surroundings| of_files(surroundings, std::iter::empty()));
    for mut plugin in found {
        if !known.contains(&plugin.manifest.id) {
            known.push(plugin.manifest.id.clone());
            if plugin.is_active() {
                let text = "code of files runs only if the project names it";
                plugin.steps.push(Step::stopped(Stage::Filter, text));
                plugin.status = Status::Available;
            }
            let plugin = Arc::new(plugin);
            let rows = collisions::rows_of(&plugin).collect();
            table.extend(vec![plugin], rows);
        }
    }
}

/// What runs plugins in a project, for those that are named on the command line.
pub fn runtimes(project: &Project) -> Runtimes {
    with_surroundings(project, |surroundings| Runtimes::new(project.sources.clone(), interpreter(surroundings, &[])))
}

fn with_surroundings<T>(project: &Project, work: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let none = PluginSettings::default();
    work(&Surroundings {
        project,
        options: &project.plugin_options,
        settings: project.loaded.settings.plugins.as_ref().unwrap_or(&none),
        block: project.loaded.node.as_ref().and_then(|node| node.get("plugins")).filter(|node| !node.is_null()),
    })
}
