//! `lhp plugin list`: the rows of the plugin table.

use serde::Serialize;

use super::arguments::List;
use super::document;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::list::Listing;
use crate::cli::{Exit, output};
use crate::plugin::document::origin;
use crate::plugin::{Kind, Status};

/// The document of `--json`.
#[derive(Serialize)]
struct Document {
    /// Version of this form. New fields may appear without a new version.
    version: u32,
    rows: Vec<Line>,
}

/// One capability, or with `--all` a plugin without any.
#[derive(Serialize)]
struct Line {
    /// `kind/key`; absent for a plugin without capabilities.
    id: Option<String>,
    kind: Option<&'static str>,
    key: Option<String>,
    /// The id of the plugin; absent for what comes with this program.
    plugin: Option<String>,
    version: String,
    runtime: &'static str,
    origin: String,
    status: &'static str,
    reason: Option<String>,
    /// Whether `plugins.override` chose it.
    r#override: bool,
    description: Option<String>,
}

/// Lists rows.
pub fn run(global: &Global, arguments: &List) -> Exit {
    let opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let lines = lines(&opened, arguments);
    let exit = opened.tell();
    if arguments.json {
        output::stdout(&document(&Document { version: 1, rows: lines }));
        return exit;
    }
    let header = ["Id", "Plugin", "Version", "Runtime", "Origin", "Status", "Note"];
    let mut listing = Listing::new("Plugins".to_owned(), &header, "capabilities");
    for line in lines {
        let note = match (&line.reason, line.r#override) {
            (Some(reason), _) => reason.clone(),
            (None, true) => "chosen by plugins.override".to_owned(),
            (None, false) => "-".to_owned(),
        };
        let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let cells = [dash(line.id), dash(line.plugin), line.version, line.runtime.to_owned(), line.origin];
        listing.row(cells.into_iter().chain([line.status.to_owned(), note]).collect());
    }
    output::stdout(&match listing.is_empty() {
        true => empty(&opened),
        false => listing.render(),
    });
    exit
}

/// What is said if there is nothing to list.
fn empty(opened: &Opened) -> String {
    format!(
        "No plugins found\nThey are looked for in {}; `lhp plugin create` makes one, and `--builtin` lists what comes with lhp\n",
        opened.directories().join(", ")
    )
}

fn lines(opened: &Opened, arguments: &List) -> Vec<Line> {
    let table = &opened.table;
    let overrides = opened.project.loaded.settings.plugins.as_ref().map(|settings| &settings.overrides);
    let chosen = |id: &str| overrides.and_then(|all| all.get(id));
    let wanted = |kind: Kind| arguments.kind.is_none_or(|wanted| wanted == kind);
    let mut lines = Vec::new();
    if arguments.builtin || arguments.all {
        lines.extend(built_in(opened, &wanted));
    }
    for row in table.plugin_rows().iter().filter(|row| wanted(row.kind)) {
        let (id, manifest) = (row.id(), &row.plugin.manifest);
        lines.push(Line {
            kind: Some(row.kind.word()),
            key: Some(row.key.clone()),
            plugin: Some(manifest.id.clone()),
            version: manifest.version.clone(),
            runtime: manifest.runtime.kind.word(),
            origin: origin(&row.plugin.origin),
            status: row.status.word(),
            reason: row.status.reason().map(str::to_owned),
            r#override: row.status == Status::Active && chosen(&id).is_some_and(|winner| *winner == manifest.id),
            description: manifest.provides.get(row.index).and_then(|row| row.description.clone()),
            id: Some(id),
        });
    }
    for plugin in table.plugins().iter().filter(|plugin| arguments.all && plugin.manifest.provides.is_empty()) {
        lines.push(Line {
            id: None,
            kind: None,
            key: None,
            plugin: Some(plugin.id().to_owned()),
            version: plugin.manifest.version.clone(),
            runtime: plugin.manifest.runtime.kind.word(),
            origin: origin(&plugin.origin),
            status: plugin.status.word(),
            reason: plugin.status.reason().map(str::to_owned),
            r#override: false,
            description: plugin.manifest.description.clone(),
        });
    }
    lines.sort_by_key(|line| {
        let kind = line.kind.and_then(Kind::parse);
        (kind.is_none(), kind, line.key.clone(), line.plugin.clone())
    });
    lines
}

/// What comes with this program.
fn built_in<'a>(opened: &'a Opened, wanted: &'a dyn Fn(Kind) -> bool) -> impl Iterator<Item = Line> + 'a {
    let built_in = crate::plugin::Table::built_in();
    let rows: Vec<(Kind, String, String)> = built_in
        .rows()
        .map(|row| row.capability())
        .map(|row| (Kind::from(row.kind), row.name.clone(), row.summary.clone()))
        .collect();
    rows.into_iter().filter(|(kind, ..)| wanted(*kind)).map(|(kind, key, summary)| {
        let id = format!("{}/{key}", kind.word());
        let other = kind.action_type().and_then(|kind| opened.table.get(kind, &key));
        let other = other.and_then(|row| row.capability().plugin.as_ref());
        let status = match other {
            Some(plugin) => Status::Shadowed(format!("plugin {} has its place", plugin.id())),
            None => Status::Active,
        };
        Line {
            id: Some(id),
            kind: Some(kind.word()),
            key: Some(key),
            plugin: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runtime: "rust",
            origin: "built in".to_owned(),
            status: status.word(),
            reason: status.reason().map(str::to_owned),
            r#override: false,
            description: Some(summary),
        }
    })
}
