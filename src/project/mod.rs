//! The project: a directory and options go in; its settings, environment and files come out.
//!
//! Only the project file and the substitution file are parsed here.

pub(crate) mod discover;
pub(crate) mod environment;
pub(crate) mod file;
mod fnmatch;
pub mod pattern;
pub(crate) mod settings;
pub(crate) mod tokens;
pub mod version;

use std::path::PathBuf;
use std::sync::Arc;

pub use discover::ProjectFiles;
pub use environment::{Environment, ReservedTokens, UNSAFE_NAME, environment_names, is_file_name};
pub use file::{Documents, MISSING_FILE, read_diagnostic, read_documents, read_single, text_file_rule};
pub use fnmatch::fits;
pub use settings::{LANGUAGE_VERSION, LoadedSettings, PROJECT_FILE, find_root, is_switched_on, metadata_columns};
pub use tokens::{TEXT_TOO_LONG, TokenDefinition, TokenValue};

use crate::report::{Policy, Report};
use crate::source::SourceMap;

/// The part of a project that a compile is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    #[default]
    Project,
    /// What these files and directories touch; paths are relative to the root. Flowgroup files touch only what they
    /// define. Whatever flowgroups build on, such as a preset, touches the whole project.
    Files(Vec<PathBuf>),
}

/// What the caller's process decides about a project.
#[derive(Debug, Clone, Default)]
pub struct ProjectOptions {
    /// Name of the environment.
    pub environment: String,
    pub reserved: ReservedTokens,
    /// Compile even if the project asks for another version.
    pub ignore_version: bool,
    pub scope: Scope,
    pub plugins: PluginOptions,
}

/// What the caller's process decides about plugins. By default there is no such process.
#[derive(Debug, Clone, Default)]
pub struct PluginOptions {
    /// The variables of the process.
    pub variables: Variables,
    /// The home directory of the user, which `~` in paths stands for.
    pub home: Option<PathBuf>,
    /// Whether plugins are used at all.
    pub switch: PluginSwitch,
    /// Whether plugins must be what the lock file says.
    pub locking: Locking,
    /// Whether answers of plugins are checked for being the same every time.
    pub verification: Verification,
    /// Whether answers of earlier runs are used.
    pub caching: Caching,
}

/// Whether plugins are used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PluginSwitch {
    #[default]
    AsProject,
    Off,
}

/// Whether plugins must be what the lock file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locking {
    #[default]
    AsProject,
    /// Every difference is an error.
    Demanded,
    /// The lock file is not looked at, for it is about to be written.
    Ignored,
}

/// Whether answers of plugins are checked for being the same every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    #[default]
    Off,
    /// Every request is made twice, and the answers are compared.
    Twice,
}

/// Whether answers that plugins gave in earlier runs are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caching {
    #[default]
    Off,
    On,
}

/// Gives the value of an environment variable. By default none has one.
#[derive(Debug, Clone, Copy)]
pub struct Variables(pub fn(&str) -> Option<String>);

impl Default for Variables {
    fn default() -> Self {
        Self(|_| None)
    }
}

impl Variables {
    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

/// A project that was found and whose settings were read.
#[derive(Debug)]
pub struct Project {
    pub root: PathBuf,
    pub sources: Arc<SourceMap>,
    pub loaded: LoadedSettings,
    pub environment: Environment,
    pub files: ProjectFiles,
    /// What the project says about findings. Whoever shows a report applies it.
    pub policy: Arc<Policy>,
    pub plugin_options: PluginOptions,
}

impl Project {
    /// Opens the project at the root of `sources`. None if its environment has no name or its settings cannot be
    /// used, for then nothing can be said about the rest.
    pub fn open(sources: Arc<SourceMap>, options: &ProjectOptions, report: &mut Report) -> Option<Self> {
        let root = sources.root().to_path_buf();
        let environment = Environment::load(&sources, &options.environment, &options.reserved, report);
        if !is_file_name(&environment.name) {
            return None;
        }
        let loaded = settings::load(&sources, report)?;
        settings::check_version(&loaded, options.ignore_version, report);
        let files = discover::discover(&root, loaded.node.as_ref(), &options.scope, report);
        let policy = Arc::new(settings::policy(&loaded.settings));
        let plugin_options = options.plugins.clone();
        Some(Self { root, sources, loaded, environment, files, policy, plugin_options })
    }

    /// Whether generated Python is formatted.
    pub fn formats(&self) -> bool {
        self.loaded.settings.apply_formatting.is_none_or(|flag| flag.0)
    }
}
