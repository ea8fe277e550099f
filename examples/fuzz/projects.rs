//! Projects to be broken: the fixtures, read into memory, written again and compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lhp::compile::{Compilation, CompileOptions, EmptyProject, compile as compile_project};
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Timings};
use lhp::source::SourceMap;

/// Text by path of one project.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Compiles a project for environment `dev` as `generate --include-tests` does.
pub fn compile(sources: &Arc<SourceMap>, table: &Table) -> Compilation {
    let options = CompileOptions {
        project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        empty: EmptyProject::Refused,
        ..CompileOptions::default()
    };
    compile_project(sources, table, &options, &Progress::hidden(), &Timings::off())
}

/// The example projects, and one project for each fixture of a generator.
pub fn valid_projects(package: &Path) -> Vec<Files> {
    let mut projects = projects_in(&package.join("fixtures/projects"));
    let generators = package.join("fixtures/generators");
    let base = read(&generators.join("project"));
    for (path, content) in read(&generators).into_iter().filter(|(path, _)| !path.starts_with("project/")) {
        let mut files = base.clone();
        files.insert(format!("pipelines/{path}"), content);
        projects.push(files);
    }
    projects
}

/// The projects below `fixtures/invalid`.
pub fn invalid_projects(package: &Path) -> Vec<Files> {
    projects_in(&package.join("fixtures/invalid"))
}

fn projects_in(directory: &Path) -> Vec<Files> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// All files of a directory.
pub fn read(root: &Path) -> Files {
    walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
            (path, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Writes the files of a project below a directory.
pub fn write(root: &Path, files: &Files) {
    fs::create_dir_all(root).unwrap();
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}
