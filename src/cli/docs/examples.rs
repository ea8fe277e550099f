//! Examples of the reference: the fixtures of a source checkout go in, flowgroups with their modules come out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::compile::{CompileOptions, compile};
use crate::docs::{Example, Examples, fixture_stem};
use crate::expand::Tests;
use crate::generator::Capability;
use crate::plugin::Table;
use crate::project::ProjectOptions;
use crate::report::{Progress, Severity, Timings};
use crate::source::SourceMap;

/// Where a checkout keeps its fixtures of generators.
const FIXTURES: &str = "fixtures/generators";
/// The project, below the fixtures, in which each of them is compiled.
const PROJECT: &str = "project";
/// How the name of a fixture ends that is an example.
const MINIMAL: &str = "-minimal";

/// The examples of all generators. An error is a message for the user.
pub(super) fn compile_all(start: &Path, table: &Table) -> Result<Examples, String> {
    let fixtures = fixtures(start)?;
    let mut examples = Examples::new();
    for row in table.rows() {
        let capability = row.capability();
        let found = of_generator(&fixtures, capability, table)?;
        examples.insert(format!("{}/{}", capability.kind.word(), capability.name), found);
    }
    Ok(examples)
}

/// The fixtures of the checkout around a directory.
fn fixtures(start: &Path) -> Result<PathBuf, String> {
    let candidates = start.ancestors().map(|directory| directory.join(FIXTURES));
    candidates.into_iter().find(|fixtures| fixtures.join(PROJECT).is_dir()).ok_or_else(|| {
        format!(
            "the examples are not here: neither `{}` nor a directory above it has `{FIXTURES}/{PROJECT}`; run this in \
             a checkout of the source of lhp, or print a page without its examples: `lhp docs load/delta`",
            start.display()
        )
    })
}

/// The examples of a generator: `<name>-minimal.yaml`, then `<name>-<variant>-minimal.yaml` by variant.
fn of_generator(fixtures: &Path, capability: &Capability, table: &Table) -> Result<Vec<Example>, String> {
    let folder = fixtures.join(capability.kind.word());
    let stem = fixture_stem(&capability.name);
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
        let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let variant = name.strip_prefix(&stem).and_then(|rest| rest.strip_suffix(".yaml")?.strip_suffix(MINIMAL));
        match variant.map(|variant| variant.strip_prefix('-').unwrap_or(variant).to_owned()) {
            Some(variant) if name.as_bytes().get(stem.len()) == Some(&b'-') => found.push((variant, path)),
            _ => {}
        }
    }
    found.sort();
    found.into_iter().map(|(variant, path)| compiled(fixtures, variant, &path, table)).collect()
}

/// Compiles a fixture in a copy of its project.
fn compiled(fixtures: &Path, variant: String, fixture: &Path, table: &Table) -> Result<Example, String> {
    let flowgroup = fs::read_to_string(fixture).map_err(|error| unreadable(fixture, &error))?;
    let directory = tempfile::tempdir().map_err(|error| format!("no temporary directory can be made: {error}"))?;
    let target = directory.path().join("pipelines/example.yaml");
    copy(&fixtures.join(PROJECT), directory.path())
        .and_then(|()| fs::create_dir_all(directory.path().join("pipelines")))
        .and_then(|()| fs::write(&target, &flowgroup))
        .map_err(|error| unreadable(&fixtures.join(PROJECT), &error))?;
    let options = CompileOptions {
        project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        ..CompileOptions::default()
    };
    let sources = Arc::new(SourceMap::new(directory.path()));
    let compilation = compile(&sources, table, &options, &Progress::hidden(), &Timings::off());
    if let Some(error) = compilation.report.diagnostics.iter().find(|found| found.severity == Severity::Error) {
        return Err(format!("`{}` cannot be compiled: {}", fixture.display(), error.message));
    }
    let mut example = Example { variant, flowgroup, module: String::new(), helpers: Vec::new() };
    for file in compilation.plan.trees.into_iter().flat_map(|tree| tree.files) {
        // The module stands in the directory of its pipeline, everything that it imports one level deeper.
        if file.path.matches('/').count() == 1 {
            example.module.push_str(&String::from_utf8_lossy(&file.content));
        } else {
            example.helpers.push(file.path);
        }
    }
    Ok(example)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let Ok(relative) = entry.path().strip_prefix(from) else { continue };
        let target = to.join(relative);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}
