//! What every command needs first: the directory, the project root, the environment of the process.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Global, Plugins};
use super::telling::Telling;
use super::{Exit, output};
use crate::project::{
    Locking, PROJECT_FILE, PluginOptions, PluginSwitch, ProjectOptions, ReservedTokens, Scope, Variables, find_root,
    is_switched_on,
};
use crate::report::{Diagnostic, Progress, Report, Rule, Stream, Style, Visibility, Warnings, render_all, rules};
use crate::source::{PathKind, SourceMap};

rules! {
    /// The directory that is given with `-C` does not exist, or is a file.
    ///
    /// ## Why
    /// The project is looked for in that directory and in those above it, so without it no project can
    /// be found.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp -C projects/shpo validate
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp -C projects/shop validate
    /// ```
    pub static NO_DIRECTORY: Rule = Rule::new("LHP-IO-001", "missing-directory");
}

/// A command at work in a project.
pub struct Session {
    pub sources: Arc<SourceMap>,
    pub style: Style,
    pub telling: Telling,
    verbose: bool,
    log: Option<PathBuf>,
    hidden_progress: bool,
}

/// The value of an environment variable, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Session {
    /// Finds the project, for a command that tells people only. An error was printed already.
    pub fn open(global: &Global) -> Result<Self, Exit> {
        Self::open_near(global, Telling::default(), None)
    }

    /// Finds the project. An error was told already.
    pub fn open_telling(global: &Global, telling: Telling) -> Result<Self, Exit> {
        Self::open_near(global, telling, None)
    }

    /// Finds the project around the directory of the command, or else around another directory.
    pub fn open_near(global: &Global, telling: Telling, other: Option<&Path>) -> Result<Self, Exit> {
        let style = Style::detect(Stream::stderr(), variable);
        let fail = |diagnostic: Diagnostic| {
            let mut report = Report::default();
            report.push(diagnostic);
            let sources = SourceMap::new("");
            output::stderr(&render_all(&report, &sources, style, None).to_string());
            output::stdout(&telling.early(&report, &sources));
            Exit::Findings
        };
        let directory = start_directory(global.directory.as_deref()).map_err(fail)?;
        let elsewhere = |error| other.and_then(|other| find_root(other).ok()).ok_or(error);
        let root = find_root(&directory).or_else(elsewhere).map_err(fail)?;
        let log = global.log_file.then(|| root.join(".lhp/logs/lhp.log"));
        let session = Self {
            sources: Arc::new(SourceMap::new(root)),
            style,
            telling,
            verbose: global.verbose > 0,
            log,
            hidden_progress: global.no_progress,
        };
        session.debug(&format!("project file: {}", session.sources.root().join(PROJECT_FILE).display()));
        Ok(session)
    }

    /// A session outside of a project, whose paths start from a directory.
    pub fn without_project(directory: PathBuf) -> Self {
        Self {
            sources: Arc::new(SourceMap::new(directory)),
            style: Style::detect(Stream::stderr(), variable),
            telling: Telling::default(),
            verbose: false,
            log: None,
            hidden_progress: true,
        }
    }

    /// The options of the project that come from the process.
    pub fn project_options(&self, environment: &str) -> ProjectOptions {
        let ignore_version = is_switched_on(variable("LHP_IGNORE_VERSION").as_deref());
        if ignore_version {
            output::stderr(
                "WARNING: LHP_IGNORE_VERSION is set: the version requirement of the project is not checked\n",
            );
        }
        ProjectOptions {
            environment: environment.to_owned(),
            reserved: ReservedTokens { workspace_env: variable("WORKSPACE_ENV"), logical_env: variable("LOGICAL_ENV") },
            ignore_version,
            scope: Scope::Project,
            plugins: PluginOptions {
                variables: Variables(variable),
                home: std::env::home_dir(),
                ..PluginOptions::default()
            },
        }
    }

    /// The same options, with what the command line says about plugins.
    pub fn options_with(&self, environment: &str, plugins: &Plugins) -> ProjectOptions {
        let mut options = self.project_options(environment);
        if plugins.locked {
            options.plugins.locking = Locking::Demanded;
        }
        if plugins.no_plugins {
            options.plugins.switch = PluginSwitch::Off;
        }
        options
    }

    /// A display of progress, if there is somebody to see it.
    pub fn progress(&self, hidden: bool) -> Progress {
        let visibility = if hidden || self.hidden_progress {
            Visibility::Hidden
        } else {
            Visibility::detect(Stream::stderr(), variable)
        };
        Progress::new(visibility, self.style)
    }

    /// Prints diagnostics.
    pub fn print_report(&self, report: &Report, warnings: Warnings) {
        let most = self.telling.max_errors();
        let text = render_all(report, &self.sources, self.style, most).warnings(warnings).to_string();
        output::stderr(&text);
        for diagnostic in &report.diagnostics {
            self.log(&crate::report::line(diagnostic, &self.sources));
        }
    }

    /// Tells what kept a command from its work.
    pub fn give_up(&self, report: &Report) -> Exit {
        self.print_report(report, Warnings::Detailed);
        output::stdout(&self.telling.early(report, &self.sources));
        Exit::Findings
    }

    /// Prints a line of the run.
    pub fn line(&self, text: &str) {
        output::stderr(&format!("{text}\n"));
        self.log(text);
    }

    /// Prints a line that only the curious want.
    pub fn debug(&self, text: &str) {
        if self.verbose {
            output::stderr(&format!("DEBUG: {text}\n"));
        }
        self.log(&format!("DEBUG: {text}"));
    }

    fn log(&self, text: &str) {
        use std::io::Write;
        let Some(path) = &self.log else { return };
        if let Some(directory) = path.parent()
            && std::fs::create_dir_all(directory).is_ok()
            // Opening a pipe would wait for somebody to read it.
            && matches!(PathKind::of(path), Ok(None | Some(PathKind::File)))
            && let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path)
        {
            // A log that cannot be written must not stop the work that it tells about.
            let _ = writeln!(file, "{text}");
        }
    }
}

/// The directory to start from, with links resolved.
pub fn start_directory(given: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    let wanted = given.unwrap_or(Path::new("."));
    let found = std::fs::canonicalize(wanted).ok().filter(|path| path.is_dir());
    found.ok_or_else(|| {
        Diagnostic::error(&NO_DIRECTORY, format!("`{}` is not a directory", wanted.display()))
            .help("give an existing directory with `-C`")
    })
}

/// Sets the number of threads: from the command line, else from `LHP_MAX_WORKERS`, else one per processor.
pub fn set_workers(given: Option<i64>) -> Option<NonZeroUsize> {
    let from_variable = || {
        let text = variable("LHP_MAX_WORKERS")?;
        let number = text.trim().parse::<i64>().ok();
        if number.is_none() {
            output::stderr(&format!("WARNING: LHP_MAX_WORKERS is `{text}`, which is not a number\n"));
        }
        number
    };
    // More threads than this only cost time to start.
    let most = std::thread::available_parallelism().map_or(8, NonZeroUsize::get).saturating_mul(8);
    let workers = given.or_else(from_variable).map(|number| usize::try_from(number).unwrap_or(1).clamp(1, most));
    let mut builder = rayon::ThreadPoolBuilder::new().stack_size(8 << 20);
    if let Some(workers) = workers {
        builder = builder.num_threads(workers);
    }
    // The pool can be built only once in a process; a second call keeps the first one, which is what tests need.
    let _ = builder.build_global();
    workers.and_then(NonZeroUsize::new)
}
