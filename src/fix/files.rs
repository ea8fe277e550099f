//! The files that may be edited: a project goes in, their paths and kinds come out.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::scope::Kind;
use crate::generator::transform::schema::definition::ENFORCEMENT_INSIDE;
use crate::project::ProjectFiles;
use crate::report::Report;
use crate::source::SourceMap;

/// What a user wants to have edited.
pub struct Selection {
    root: PathBuf,
    only: Vec<PathBuf>,
}

impl Selection {
    /// Edits below these files and directories; everywhere if there are none.
    pub fn new(root: &Path, only: &[PathBuf]) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        Self { root, only: only.to_vec() }
    }

    /// Whether a file of the project is selected.
    pub fn contains(&self, path: &Path) -> bool {
        let absolute = self.root.join(path);
        self.only.is_empty() || self.only.iter().any(|selected| absolute.starts_with(selected))
    }

    /// Whether a path leads to another place than it seems, so that an edit would change a file elsewhere.
    pub fn is_link(&self, path: &Path) -> bool {
        let absolute = self.root.join(path);
        std::fs::canonicalize(&absolute).map_or(true, |real| real != absolute)
    }
}

/// The files of a project that may hold outdated syntax, with paths relative to its root.
///
/// `reports` are the diagnostics of a compile that read all its files from `sources`.
pub fn candidates<'r>(
    files: &ProjectFiles,
    environments: impl Iterator<Item = &'r str>,
    sources: &SourceMap,
    reports: impl Iterator<Item = &'r Report>,
) -> BTreeMap<PathBuf, Kind> {
    let mut found: BTreeMap<PathBuf, Kind> = BTreeMap::new();
    let mut add = |paths: &[PathBuf], kind: Kind| {
        for path in paths {
            found.entry(path.clone()).or_insert(kind);
        }
    };
    add(&files.flowgroups, Kind::Pipelines);
    add(&files.instances, Kind::Pipelines);
    add(&files.blueprints, Kind::Actions);
    add(&files.templates, Kind::Actions);
    add(&files.presets, Kind::Preset);
    for environment in environments {
        let path = Path::new("substitutions").join(format!("{environment}.yaml"));
        if sources.root().join(&path).is_file() {
            add(&[path], Kind::Substitution);
        }
    }
    let loaded = sources.paths();
    let relative = |path: &Path| path.strip_prefix(sources.root()).ok().map(Path::to_path_buf);
    let sql = loaded.iter().filter(|path| path.extension() == Some(OsStr::new("sql")));
    add(&sql.filter_map(|path| relative(path)).collect::<Vec<_>>(), Kind::Sql);
    for report in reports {
        let ours = report.diagnostics.iter().filter(|diagnostic| diagnostic.rule.code == ENFORCEMENT_INSIDE.code);
        let labels = ours.filter_map(|diagnostic| diagnostic.labels.first());
        let paths: Vec<PathBuf> = labels.map(|label| PathBuf::from(&sources.get(label.span.file).path)).collect();
        add(&paths, Kind::Definition);
    }
    found
}
