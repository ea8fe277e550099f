//! `lhp list`: what a project consists of.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use super::arguments::{Global, List, ListWhat};
use super::run::shown;
use super::session::Session;
use super::{Exit, output};
use crate::expand::collect::{Collected, collect};
use crate::expand::{Definition, blueprint};
use crate::project::{Project, read_single};
use crate::report::{Report, Warnings};
use crate::source::Span;
use crate::syntax::Node;

/// A titled table: aligned on a terminal, tab-separated elsewhere.
pub struct Listing {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    noun: &'static str,
    extra: String,
}

impl Listing {
    /// A table without rows. `noun` names many rows, as in `presets`.
    pub fn new(title: String, header: &[&str], noun: &'static str) -> Self {
        Self {
            title,
            header: header.iter().map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect(),
            rows: Vec::new(),
            noun,
            extra: String::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds text that follows the table.
    pub fn note(&mut self, text: &str) {
        self.extra.push_str(text);
    }

    /// The whole text.
    pub fn render(&self) -> String {
        if self.rows.is_empty() {
            return format!("No {} found\nDefine some, or check the patterns in lhp.yaml\n", self.noun);
        }
        let header = &self.header;
        let lines = std::iter::once(header).chain(&self.rows);
        let body: String = if std::io::stdout().is_terminal() {
            let width = |column: usize| {
                let cells = std::iter::once(header).chain(&self.rows).filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            };
            let widths: Vec<usize> = (0..header.len()).map(width).collect();
            let aligned = |row: &Vec<String>| {
                let cells: Vec<String> =
                    row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
                format!("{}\n", cells.join("  ").trim_end())
            };
            lines.map(aligned).collect()
        } else {
            lines.map(|row| format!("{}\n", row.join("\t"))).collect()
        };
        let extra = if self.extra.is_empty() { String::new() } else { format!("\n{}", self.extra) };
        format!("{}\n{body}Total {}: {}\n{extra}", self.title, self.noun, self.rows.len())
    }
}

/// Lists what the arguments ask for.
pub fn run(global: &Global, arguments: &List) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let mut report = Report::default();
    let project = Project::open(session.sources.clone(), &session.project_options("dev"), &mut report);
    let policy = project.as_ref().map(|project| project.policy.clone()).unwrap_or_default();
    let listing = project.filter(|_| report.blocking() == 0).map(|project| match &arguments.what {
        ListWhat::Presets => presets(&project, &mut report),
        ListWhat::Templates => templates(&project, &mut report),
        ListWhat::Blueprints { instances } => blueprints(&project, *instances, &mut report),
        ListWhat::Pipelines => pipelines(&project, &mut report),
        ListWhat::Flowgroups => flowgroups(&project, &mut report),
        ListWhat::Environments => environments(&project),
    });
    policy.apply(&mut report, 0, &session.sources);
    report.sort(&session.sources);
    session.print_report(&report, Warnings::Grouped);
    if let Some(listing) = listing {
        output::stdout(&listing.render());
    }
    if report.has_errors() { Exit::Findings } else { Exit::Success }
}

/// A field of a definition as text; `-` if it is absent.
fn field(node: &Node, key: &str) -> String {
    let value = node.get(key).filter(|value| !value.is_null());
    value.map_or_else(|| "-".to_owned(), |value| crate::emit::literal::python_str(value).display())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn presets(project: &Project, report: &mut Report) -> Listing {
    let mut listing = Listing::new("Presets".to_owned(), &["Name", "File", "Version", "Extends"], "presets");
    for path in &project.files.presets {
        let Some(node) = read_single(&project.sources, path, report) else { continue };
        let version = node.get("version").map_or_else(|| "1.0".to_owned(), |_| field(&node, "version"));
        listing.row(vec![field(&node, "name"), file_name(path), version, field(&node, "extends")]);
        if node.get("description").is_some_and(Node::is_truthy) {
            listing.note(&format!("{}\n  {}\n", field(&node, "name"), field(&node, "description")));
        }
    }
    listing
}

fn list_len(node: &Node, key: &str) -> usize {
    node.get(key).and_then(Node::as_sequence).map_or(0, <[Node]>::len)
}

/// `required/total` of the parameters of a template or blueprint.
fn parameter_counts(node: &Node) -> String {
    let all = node.get("parameters").and_then(Node::as_sequence).unwrap_or_default();
    let required = all.iter().filter(|parameter| parameter.get("required").is_some_and(Node::is_truthy)).count();
    format!("{required}/{}", all.len())
}

fn templates(project: &Project, report: &mut Report) -> Listing {
    let header = ["Name", "File", "Version", "Params", "Actions"];
    let mut listing = Listing::new("Templates".to_owned(), &header, "templates");
    for path in &project.files.templates {
        let Some(node) = read_single(&project.sources, path, report) else { continue };
        if node.get("name").is_none() {
            continue;
        }
        let version = node.get("version").map_or_else(|| "1.0".to_owned(), |_| field(&node, "version"));
        let actions = list_len(&node, "actions").to_string();
        listing.row(vec![field(&node, "name"), file_name(path), version, parameter_counts(&node), actions]);
        listing.note(&format!("{}\n", field(&node, "name")));
        if node.get("description").is_some_and(Node::is_truthy) {
            listing.note(&format!("  {}\n", field(&node, "description")));
        }
        for parameter in node.get("parameters").and_then(Node::as_sequence).unwrap_or_default() {
            let required = parameter.get("required").is_some_and(Node::is_truthy);
            let kind = parameter.get("type").map_or_else(|| "any".to_owned(), |_| field(parameter, "type"));
            let need = if required { "required" } else { "optional" };
            listing.note(&format!("  - {} ({kind}, {need})\n", field(parameter, "name")));
            for key in ["description", "default"] {
                if parameter.get(key).is_some() {
                    listing.note(&format!("      {key}: {}\n", field(parameter, key)));
                }
            }
        }
    }
    listing
}

fn blueprints(project: &Project, instances: bool, report: &mut Report) -> Listing {
    let header = ["Name", "Version", "Description", "Params", "Specs", "Instances"];
    let mut listing = Listing::new("Blueprints".to_owned(), &header, "blueprints");
    let collected = collect(project, report);
    let reference =
        |node: &Node| node.get("use_blueprint").or_else(|| node.get("blueprint"))?.as_str().map(str::to_owned);
    let mut sorted: Vec<&Node> = collected.blueprints.iter().collect();
    sorted.sort_by_key(|node| field(node, "name"));
    for node in sorted {
        let name = field(node, "name");
        let users: Vec<&Node> =
            collected.instances.iter().filter(|instance| reference(instance).as_deref() == Some(&name)).collect();
        let version = node.get("version").map_or_else(|| "1.0".to_owned(), |_| field(node, "version"));
        listing.row(vec![
            name.clone(),
            version,
            field(node, "description"),
            parameter_counts(node),
            list_len(node, "flowgroups").to_string(),
            users.len().to_string(),
        ]);
        if instances {
            listing.note(&format!("{name} ({})\n", file_of(project, node.span)));
            for instance in users {
                note_instance(project, &collected, node, instance, &mut listing);
            }
        }
    }
    listing
}

/// The flowgroups and pipelines that one instance makes.
fn note_instance(project: &Project, collected: &Collected, blueprint: &Node, instance: &Node, listing: &mut Listing) {
    let alone = Collected {
        blueprints: vec![blueprint.clone()],
        instances: vec![instance.clone()],
        incomplete: collected.incomplete,
        ..Collected::default()
    };
    let made = blueprint::expand(&alone, &mut Report::default());
    let mut names: Vec<&str> = made.iter().map(Definition::pipeline).collect();
    names.sort_unstable();
    names.dedup();
    let file = file_of(project, instance.span);
    listing.note(&format!("  {}: {} flowgroups in {}\n", file_name(Path::new(&file)), made.len(), names.join(", ")));
}

fn file_of(project: &Project, span: Span) -> String {
    project.sources.get(span.file).path.clone()
}

/// All flowgroups of a project, those of blueprints included.
fn definitions(project: &Project, report: &mut Report) -> Vec<Definition> {
    let collected = collect(project, report);
    let mut all = collected.flowgroups.clone();
    all.extend(blueprint::expand(&collected, report));
    all
}

fn pipelines(project: &Project, report: &mut Report) -> Listing {
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for definition in definitions(project, report) {
        *counts.entry(definition.pipeline().into()).or_default() += 1;
    }
    let mut listing = Listing::new("Pipelines".to_owned(), &["Name", "Flowgroups"], "pipelines");
    for (name, count) in counts {
        listing.row(vec![name.to_string(), count.to_string()]);
    }
    listing
}

fn flowgroups(project: &Project, report: &mut Report) -> Listing {
    let mut listing = Listing::new("Flowgroups".to_owned(), &["Pipeline", "Flowgroup", "File"], "flowgroups");
    let mut all = definitions(project, report);
    all.sort_by(|left, right| (left.pipeline(), left.flowgroup()).cmp(&(right.pipeline(), right.flowgroup())));
    for definition in all {
        let file = file_of(project, definition.span());
        listing.row(vec![definition.pipeline().to_owned(), definition.flowgroup().to_owned(), file]);
    }
    listing
}

fn environments(project: &Project) -> Listing {
    let mut listing = Listing::new("Environments".to_owned(), &["Name", "File"], "environments");
    for name in &project.environment.known {
        let path = project.root.join("substitutions").join(format!("{name}.yaml"));
        listing.row(vec![name.clone(), shown(&path, &project.root)]);
    }
    listing
}
