//! What most commands for plugins need: the project, its plugin table, and what is wrong with them.

use std::path::Path;
use std::sync::Arc;

use crate::cli::Exit;
use crate::cli::arguments::Global;
use crate::cli::session::Session;
use crate::plugin::{self, Table};
use crate::project::{Locking, PROJECT_FILE, Project, ProjectOptions};
use crate::report::{Diagnostic, Report, Warnings};
use crate::source::SourceMap;

/// The environment whose settings are read; plugins are the same in all of them.
const ENVIRONMENT: &str = "dev";

/// A project with its plugins.
pub struct Opened {
    pub session: Session,
    pub project: Project,
    pub table: Table,
    pub report: Report,
}

impl Opened {
    /// Opens the project and finds its plugins. What keeps it from being opened was printed already.
    pub fn new(global: &Global, locking: Locking) -> Result<Self, Exit> {
        let session = Session::open(global)?;
        Self::of(session, locking)
    }

    /// The same project, read once more, with another text of its file.
    pub fn with(mut self, project_file: &str, locking: Locking) -> Result<Self, Exit> {
        self.session.sources = Arc::new(SourceMap::new(self.session.sources.root()));
        // The file is new to the map, so this fails for what is too large only, which is told when it is read.
        let _ = self.session.sources.provide(Path::new(PROJECT_FILE), project_file.as_bytes().to_vec());
        Self::of(self.session, locking)
    }

    fn of(session: Session, locking: Locking) -> Result<Self, Exit> {
        let mut report = Report::default();
        let mut options: ProjectOptions = session.project_options(ENVIRONMENT);
        options.plugins.locking = locking;
        let Some(project) = Project::open(session.sources.clone(), &options, &mut report) else {
            session.print_report(&report, Warnings::Detailed);
            return Err(Exit::Findings);
        };
        // What else is wrong with the project is for `lhp validate`.
        let mut report = Report::default();
        let base = Table::built_in();
        let table = plugin::load(&project, &base, &options.plugins, &mut report).unwrap_or(base);
        project.policy.apply(&mut report, 0, &session.sources);
        report.sort(&session.sources);
        Ok(Self { session, project, table, report })
    }

    /// The project in an environment.
    ///
    /// # Errors
    /// What keeps it from being opened.
    pub fn of_environment(&self, environment: &str) -> Result<Project, Vec<Diagnostic>> {
        let mut report = Report::default();
        let options = self.session.project_options(environment);
        Project::open(self.session.sources.clone(), &options, &mut report).ok_or(report.diagnostics)
    }

    /// Prints what was found, and gives the exit code for it.
    pub fn tell(&self) -> Exit {
        self.session.print_report(&self.report, Warnings::Detailed);
        if self.report.has_errors() { Exit::Findings } else { Exit::Success }
    }
}
