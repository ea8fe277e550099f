//! Files beside the pipelines: those of all actions go in, a tree of their own comes out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{CompileOptions, OCCUPIED_PATH};
use crate::apply::MANIFEST;
use crate::generator::ArtifactFile;
use crate::plan::{OutputTree, Ownership, PlannedFile, Prune};
use crate::plugin::host::files::UNSAFE_PATH;
use crate::project::Project;
use crate::report::{Diagnostic, Report};

/// Where files beside the pipelines go.
pub fn artifact_root(project_root: &Path, environment: &str) -> PathBuf {
    project_root.join("artifacts").join(environment)
}

/// The diagnostic for two files of which one would be a directory.
fn in_the_way(file: &ArtifactFile, known: &ArtifactFile) -> Diagnostic {
    let (outer, inner) = if file.path.len() < known.path.len() { (file, known) } else { (known, file) };
    let message = format!(
        "plugins want to write `{}` and `{}`; the first cannot be both a file and a directory",
        outer.path, inner.path
    );
    let mut diagnostic = Diagnostic::error(&UNSAFE_PATH, message).label(file.span, "asks for the one");
    if known.span != file.span {
        diagnostic = diagnostic.label(known.span, "asks for the other");
    }
    diagnostic.help("change the settings of the actions, so that their plugins write other files, or report this to an author of the plugins")
}

/// Files beside the pipelines, by path.
#[derive(Default)]
pub(super) struct Artifacts {
    by_path: BTreeMap<String, ArtifactFile>,
}

impl Artifacts {
    /// Adds files. Several actions may ask for one file if they ask for the same content.
    pub fn extend(&mut self, files: Vec<ArtifactFile>, report: &mut Report) {
        for file in files {
            match self.by_path.get(&file.path) {
                Some(known) if known.content == file.content => {}
                Some(known) => report.push(
                    Diagnostic::error(
                        &OCCUPIED_PATH,
                        format!("two files would both be written to `{}` of the artifacts", file.path),
                    )
                    .label(file.span, "asks for the one")
                    .label(known.span, "asks for the other")
                    .help("change the settings of one of these actions, so that its plugin writes another file"),
                ),
                None => match self.in_the_way(&file.path) {
                    Some(known) => report.push(in_the_way(&file, known)),
                    None => drop(self.by_path.insert(file.path.clone(), file)),
                },
            }
        }
    }

    /// A file that cannot be there together with a path: one of the two would have to be a directory.
    fn in_the_way(&self, path: &str) -> Option<&ArtifactFile> {
        let above = path.match_indices('/').find_map(|(end, _)| self.by_path.get(path.get(..end)?));
        above.or_else(|| {
            let below = format!("{path}/");
            let (first, file) = self.by_path.range(below.clone()..).next()?;
            first.starts_with(&below).then_some(file)
        })
    }

    /// The tree of the files. None if there are none now, and were none before. `whole` says whether these are the files
    /// of all pipelines of the run.
    pub fn tree(self, project: &Project, options: &CompileOptions, whole: bool) -> Option<OutputTree> {
        let root = artifact_root(&project.root, &project.environment.name);
        if self.by_path.is_empty() && !root.join(MANIFEST).is_file() {
            return None;
        }
        let files = self.by_path.into_iter();
        let files = files.map(|(path, file)| PlannedFile { path, content: file.content.into_bytes() }).collect();
        // Which files belong to the other pipelines is known only if they are part of the run.
        let prune = match options.pipeline {
            None if whole => Prune::Everything,
            _ => Prune::Directories(Default::default()),
        };
        Some(OutputTree { root, ownership: Ownership::Proven, prune, files })
    }
}
