//! The output of a compile: the directory it goes to, and the plan of its files. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::CompileOptions;
use crate::apply::check_output_root;
use crate::plan::{OutputTree, Ownership, Plan, PlannedFile, Prune};
use crate::project::Project;
use crate::report::Report;

/// Where generated files go.
pub fn output_root(project_root: &Path, options: &CompileOptions) -> PathBuf {
    match &options.output {
        Some(output) => project_root.join(output),
        None => project_root.join("generated").join(&options.project.environment),
    }
}

/// Where generated files go, and whether they may.
pub(super) fn root(project: &Project, options: &CompileOptions, report: &mut Report) -> PathBuf {
    let root = output_root(&project.root, options);
    // The conventional directory is ours, unless it is a link to another one or holds files that this run reads.
    let linked = std::fs::symlink_metadata(&root).is_ok_and(|metadata| metadata.is_symlink());
    let read_from = project.sources.directories().iter().any(|directory| directory.starts_with(&root));
    if (options.output.is_some() || linked || read_from)
        && let Err(diagnostic) = check_output_root(&root, &project.root, &source_directories(project))
    {
        report.push(diagnostic);
    }
    root
}

/// The plan of the files, given by their paths below the root. Of the pipelines in `kept`, nothing is touched.
pub(super) fn plan(
    root: PathBuf,
    files: BTreeMap<String, String>,
    options: &CompileOptions,
    kept: BTreeSet<String>,
) -> Plan {
    let files = files.into_iter().map(|(path, text)| PlannedFile { path, content: text.into_bytes() }).collect();
    let ownership = if options.output.is_some() { Ownership::Proven } else { Ownership::Convention };
    let prune = match &options.pipeline {
        Some(pipeline) if kept.contains(pipeline) => return Plan::default(),
        Some(pipeline) => Prune::Directories([pipeline.clone()].into()),
        None if kept.is_empty() => Prune::Everything,
        None => Prune::AllBut(kept),
    };
    Plan { trees: vec![OutputTree { root, ownership, prune, files }] }
}

/// Directories that hold what a user wrote; nothing is ever generated into them.
fn source_directories(project: &Project) -> Vec<PathBuf> {
    let conventional = [
        "pipelines",
        "presets",
        "templates",
        "blueprints",
        "substitutions",
        "schemas",
        "expectations",
        "sql",
        "schema_transforms",
        "config",
        "resources",
        "src",
    ];
    let read = project.sources.directories();
    conventional.iter().map(|name| project.root.join(name)).filter(|path| path.is_dir()).chain(read).collect()
}
