//! Small projects written in a test, and their diagnostics as short lines.

use std::fs;
use std::path::Path;

use lhp::compile::Compilation;
use lhp::source::{SourceMap, Span};
use tempfile::TempDir;

use super::compile_project;

/// What became of a small project.
pub struct Outcome {
    /// One line for each diagnostic: severity, code, rule, and the text under each label.
    pub findings: Vec<String>,
    /// All planned files, one after the other.
    pub code: String,
}

/// A load for flowgroups whose writes a test is about.
pub const LOAD: &str = "
  - {name: load, type: load, source: {type: delta, catalog: c, schema: s, table: t}, target: v}";

/// Compiles a project of one flowgroup, given as the items of its `actions`.
pub fn compile_actions(actions: &str) -> Outcome {
    compile_files(&[("pipelines/one.yaml", &flowgroup("one", actions))])
}

/// The text of a flowgroup of pipeline `p` that loads the view `v`.
pub fn flowgroup(name: &str, actions: &str) -> String {
    format!("pipeline: p\nflowgroup: {name}\nactions:{LOAD}{actions}\n")
}

/// The text of another flowgroup of pipeline `p`, which loads the view `u` and reads it in place of `v`.
pub fn other_flowgroup(name: &str, actions: &str) -> String {
    flowgroup(name, actions).replace("target: v}", "target: u}").replace("source: v", "source: u")
}

/// Compiles a project of some files.
pub fn compile_files(files: &[(&str, &str)]) -> Outcome {
    let directory = project(files);
    let (compilation, sources) = compile_project(directory.path());
    Outcome { findings: findings(&compilation, &sources), code: code(&compilation) }
}

/// A project with a project file, an environment and the given files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let basics = [
        ("lhp.yaml", "name: test\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev:\n  catalog: c1\nsecrets:\n  default_scope: scope\n"),
    ];
    for (path, text) in basics.iter().chain(files) {
        write(&directory.path().join(path), text);
    }
    directory
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn findings(compilation: &Compilation, sources: &SourceMap) -> Vec<String> {
    let under = |span: Span| {
        let text = sources.get(span.file).text.get(span.start as usize..span.end as usize).unwrap().to_owned();
        let first = text.lines().next().unwrap_or_default().trim_end().to_owned();
        if text.trim_end().contains('\n') { format!("`{first}`…") } else { format!("`{first}`") }
    };
    let line = |diagnostic: &lhp::report::Diagnostic| {
        let severity = format!("{:?}", diagnostic.severity).to_lowercase();
        let labels: Vec<String> = diagnostic.labels.iter().map(|label| under(label.span)).collect();
        format!("{severity} {}/{}: {}", diagnostic.rule.code, diagnostic.rule.name, labels.join(" "))
    };
    compilation.report.diagnostics.iter().map(line).collect()
}

fn code(compilation: &Compilation) -> String {
    let files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
    files.map(|file| format!("# {}\n{}", file.path, String::from_utf8_lossy(&file.content))).collect()
}
