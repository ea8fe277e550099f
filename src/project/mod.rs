//! The project: a directory and options go in; its settings, environment and files come out.
//!
//! Only the project file and the substitution file are parsed here.

pub(crate) mod discover;
pub(crate) mod environment;
pub(crate) mod file;
mod fnmatch;
pub mod pattern;
pub(crate) mod settings;
pub mod version;

use std::path::PathBuf;
use std::sync::Arc;

pub use discover::ProjectFiles;
pub use environment::{Environment, ReservedTokens, TokenDefinition, TokenValue, environment_names};
pub use file::{Documents, MISSING_FILE, read_diagnostic, read_documents, read_single, text_file_rule};
pub use settings::{LANGUAGE_VERSION, LoadedSettings, PROJECT_FILE, find_root, is_switched_on, metadata_columns};

use crate::report::Report;
use crate::source::SourceMap;

/// What the caller's process decides about a project.
#[derive(Debug, Clone, Default)]
pub struct ProjectOptions {
    /// Name of the environment.
    pub environment: String,
    pub reserved: ReservedTokens,
    /// Compile even if the project asks for another version.
    pub ignore_version: bool,
}

/// A project that was found and whose settings were read.
#[derive(Debug)]
pub struct Project {
    pub root: PathBuf,
    pub sources: Arc<SourceMap>,
    pub loaded: LoadedSettings,
    pub environment: Environment,
    pub files: ProjectFiles,
}

impl Project {
    /// Opens the project at the root of `sources`. None if its settings cannot be used, for then nothing can
    /// be said about the rest.
    pub fn open(sources: Arc<SourceMap>, options: &ProjectOptions, report: &mut Report) -> Option<Self> {
        let root = sources.root().to_path_buf();
        let loaded = settings::load(&sources, report)?;
        settings::check_version(&loaded, options.ignore_version, report);
        let files = discover::discover(&root, loaded.node.as_ref(), report);
        let environment = Environment::load(&sources, &options.environment, &options.reserved, report);
        Some(Self { root, sources, loaded, environment, files })
    }

    /// Whether generated Python is formatted.
    pub fn formats(&self) -> bool {
        self.loaded.settings.apply_formatting.is_none_or(|flag| flag.0)
    }
}
