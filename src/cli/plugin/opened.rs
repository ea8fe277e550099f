//! The plugins that a command is about: those of the project around it, or outside of one those of the user.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::Exit;
use super::super::arguments::Global;
use super::super::session::{Session, start_directory};
use crate::plugin::{self, Plugin, Table};
use crate::project::{PROJECT_FILE, Project, find_root};
use crate::report::{Diagnostic, Report, Rule, Warnings, did_you_mean, rules};

rules! {
    /// A command names a plugin or a capability that was not found.
    ///
    /// ## Why
    /// `lhp plugin list --all` shows everything that was found. `lhp plugin doctor` says where plugins are looked for.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp plugin info rest_api
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp plugin info rest-api
    /// lhp plugin info load/rest_api
    /// ```
    pub static UNKNOWN_PLUGIN: Rule = Rule::new("LHP-PLG-010", "unknown-plugin-id");
}

/// The environment that settings of plugins are read for.
const ENVIRONMENT: &str = "dev";

/// What stands for the project file outside of a project.
const NO_PROJECT: &str = "name: none\nplugins:\n  directories: [~/.lhp/plugins]\n";

/// A project with its plugins.
pub struct Opened {
    pub session: Session,
    pub project: Project,
    pub table: Table,
    /// What is wrong with the project or its plugins.
    pub report: Report,
    /// Whether there is a project.
    pub in_project: bool,
}

impl Opened {
    /// Finds the plugins. An error that leaves nothing to work with was told already.
    pub fn open(global: &Global) -> Result<Self, Exit> {
        let start = start_directory(global.directory.as_deref());
        let root = start.as_ref().ok().and_then(|start| find_root(start).ok());
        let in_project = root.is_some() || start.is_err();
        let session = match start {
            Ok(start) if !in_project => {
                let session = Session::without_project(start);
                // The file is new to the map, so this cannot fail.
                let _ = session.sources.provide(Path::new(PROJECT_FILE), NO_PROJECT.as_bytes().to_vec());
                session
            }
            _ => Session::open(global)?,
        };
        let mut report = Report::default();
        let options = session.project_options(ENVIRONMENT);
        let project = Project::open(session.sources.clone(), &options, &mut report);
        let Some(project) = project else { return Err(session.give_up(&report)) };
        let built_in = Table::built_in();
        let table = plugin::load(&project, &built_in, &options.plugins, &mut report).unwrap_or(built_in);
        project.policy.apply(&mut report, 0, &session.sources);
        report.sort(&session.sources);
        Ok(Self { session, project, table, report, in_project })
    }

    /// Tells what is wrong with the plugins. Gives the exit code that this asks for.
    pub fn tell(&self) -> Exit {
        self.session.print_report(&self.report, Warnings::Detailed);
        if self.report.has_errors() { Exit::Findings } else { Exit::Success }
    }

    /// The plugin with an id, or the one that provides `kind/key`. Of several, the active one.
    pub fn find(&self, name: &str) -> Result<&Arc<Plugin>, Diagnostic> {
        let active = |plugin: &&Arc<Plugin>| plugin.status == plugin::Status::Active;
        let same = || self.table.plugins().iter().filter(|plugin| plugin.id() == name);
        let rows = || self.table.plugin_rows().iter().filter(|row| is_row(row, name));
        let row = || rows().find(|row| row.status == plugin::Status::Active).or_else(|| rows().next());
        let found = same().find(active).or_else(|| same().next()).or_else(|| row().map(|row| &row.plugin));
        found.ok_or_else(|| self.unknown(name))
    }

    /// The diagnostic for an id that nobody has.
    pub fn unknown(&self, name: &str) -> Diagnostic {
        let mut known: Vec<String> = self.table.plugins().iter().map(|plugin| plugin.id().to_owned()).collect();
        known.extend(self.table.plugin_rows().iter().map(plugin::Row::id));
        let close = did_you_mean(name, known.iter().map(String::as_str));
        let built_in = name.split_once('/').is_some_and(|(kind, key)| {
            let kind = plugin::Kind::parse(kind).and_then(plugin::Kind::action_type);
            kind.is_some_and(|kind| self.table.get(kind, key).is_some())
        });
        let message = match built_in {
            true => format!("`{name}` is not of a plugin, it comes with this program"),
            false => format!("there is no plugin `{name}`"),
        };
        Diagnostic::error(&UNKNOWN_PLUGIN, message).help(match close {
            _ if built_in => format!("`lhp docs {name}` prints its page"),
            Some(close) => format!("did you mean `{close}`?"),
            None => "`lhp plugin list --all` lists what was found, and `lhp plugin doctor` says where it is looked for"
                .to_owned(),
        })
    }

    /// Tells one thing that is wrong, after everything else.
    pub fn fail(mut self, diagnostic: Diagnostic) -> Exit {
        self.report.push(diagnostic);
        self.session.print_report(&self.report, Warnings::Grouped);
        Exit::Findings
    }

    /// The places that are searched for plugins, as the project names them.
    pub fn directories(&self) -> Vec<String> {
        if !self.table.searched().is_empty() {
            return self.table.searched().iter().map(|searched| searched.place.clone()).collect();
        }
        let settings = self.project.loaded.settings.plugins.as_ref();
        let configured = settings.and_then(|settings| settings.directories.clone());
        configured.unwrap_or_else(|| ["~/.lhp/plugins", "./plugins"].map(str::to_owned).to_vec())
    }
}

fn is_row(row: &plugin::Row, name: &str) -> bool {
    name.split_once('/').is_some_and(|(kind, key)| plugin::Kind::parse(kind) == Some(row.kind) && row.key == key)
}

/// A path of the command line, absolute and without links where it exists.
pub fn resolve(global: &Global, path: &Path) -> Result<(PathBuf, PathBuf), Diagnostic> {
    let start = start_directory(global.directory.as_deref())?;
    let wanted = start.join(path);
    Ok((start, std::fs::canonicalize(&wanted).unwrap_or(wanted)))
}
