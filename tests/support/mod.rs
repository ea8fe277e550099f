//! What several integration tests need: projects in temporary directories, compiled by the library.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(clippy::panic, dead_code, reason = "each test binary uses its own part, and one that cannot go on must fail")]

pub mod findings;
pub mod plugins;
pub mod project;
pub mod python_text;
pub mod runtimes;
pub mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lhp::compile::{Compilation, CompileOptions, compile};
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Style, Timings, Warnings, render_all};
use lhp::source::SourceMap;

/// The directory of this package.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a directory tree. What a run generated is left out.
pub fn copy_tree(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(|entry| entry.file_name() != "generated") {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Compiles the project at `root` for environment `dev`, test actions included.
pub fn compile_project(root: &Path) -> (Compilation, Arc<SourceMap>) {
    let options = CompileOptions {
        project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        ..CompileOptions::default()
    };
    compile_with(root, &options)
}

/// Compiles the project at `root`.
pub fn compile_with(root: &Path, options: &CompileOptions) -> (Compilation, Arc<SourceMap>) {
    let sources = Arc::new(SourceMap::new(root));
    let table = Table::built_in();
    let compilation = compile(&sources, &table, options, &Progress::hidden(), &Timings::off());
    (compilation, sources)
}

/// Every planned file under its path, and after them the diagnostics, as one text.
pub fn show(compilation: &Compilation, sources: &SourceMap) -> String {
    let mut text = String::new();
    for file in compilation.plan.trees.iter().flat_map(|tree| &tree.files) {
        text.push_str(&format!("==> {} <==\n{}\n", file.path, String::from_utf8_lossy(&file.content)));
    }
    let report = render_all(&compilation.report, sources, Style::default(), None).warnings(Warnings::Detailed);
    text.push_str(&report.to_string());
    text
}
