//! The temporary project of a case: its files go in, what the compiler made of the action comes out.
//!
//! The plugin lies in the project as a copy, and is granted everything that it asks for: a test is about what a plugin
//! does, and not about what a project lets it do.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::case::{CONFIG, Case, FILES, INPUT, directory};
use super::finding::{self, Finding};
use super::{Tested, plugin_directories};
use crate::compile::{CompileOptions, Flowgroups, compile};
use crate::emit::python;
use crate::expand::Tests;
use crate::plugin::Table;
use crate::plugin::manifest::{self, MANIFEST_FILE, PluginPermissions};
use crate::project::{PROJECT_FILE, ProjectOptions};
use crate::report::{Progress, Report, Severity, Timings};
use crate::source::SourceMap;

/// The environment of every case.
pub const ENVIRONMENT: &str = "dev";
/// The pipeline of every case.
pub const PIPELINE: &str = "golden";
/// The file with the action, in the temporary project.
const FLOWGROUP: &str = "pipelines/golden.yaml";
/// What stands in front of each line of the action.
const INDENT: &str = "    ";
/// Directories that no plugin needs to run.
const LEFT_OUT: [&str; 7] = [".git", ".venv", "__pycache__", "build", "dist", "node_modules", "target"];

/// What was made of a case.
#[derive(Debug, Default)]
pub struct Made {
    /// Imports and statements of the module.
    pub python: Option<String>,
    /// What a hook answered.
    pub json: Option<serde_json::Value>,
    /// Files beside the module, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    pub findings: Vec<Finding>,
    pub took: Duration,
}

impl Made {
    /// The size of everything that was made.
    pub fn bytes(&self) -> usize {
        let json = self.json.as_ref().map_or(0, |json| json.to_string().len());
        self.python.as_ref().map_or(0, String::len) + json + self.files.values().map(Vec::len).sum::<usize>()
    }
}

/// A temporary project, which disappears with this value.
pub struct Staged {
    directory: tempfile::TempDir,
    /// The plugin in the temporary project, relative to its root.
    plugin: String,
    /// Line of `lhp.yaml` after which the settings of the plugin stand, and how far they are indented.
    config: Option<(usize, usize)>,
}

impl Staged {
    /// The root of the project.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }
}

/// Compiles the action of a case.
pub fn call(tested: &Tested<'_>, case: &Case) -> io::Result<Made> {
    let staged = stage(tested, case)?;
    let sources = Arc::new(SourceMap::new(staged.root()));
    let options = CompileOptions {
        project: project_options(),
        tests: Tests::Included,
        flowgroups: Flowgroups::Parts,
        ..CompileOptions::default()
    };
    let start = Instant::now();
    let compilation = compile(&sources, &Table::built_in(), &options, &Progress::hidden(), &Timings::off());
    let mut made = Made { took: start.elapsed(), ..Made::default() };
    made.findings = findings(&compilation.report, &sources, tested, case, &staged);
    let generated = format!("generated/{ENVIRONMENT}/{PIPELINE}/");
    for tree in &compilation.plan.trees {
        for file in &tree.files {
            let path = tree.root.join(&file.path);
            let shown = path.strip_prefix(staged.root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            match shown.strip_prefix(&generated) {
                Some(inner) if !inner.contains('/') && inner == format!("{}.py", flowgroup(case)) => {
                    made.python = Some(statements(&String::from_utf8_lossy(&file.content)));
                }
                inner => drop(made.files.insert(inner.unwrap_or(&shown).to_owned(), file.content.clone())),
            }
        }
    }
    Ok(made)
}

/// The options of the temporary project. No variable of the process is seen in it.
pub fn project_options() -> ProjectOptions {
    ProjectOptions { environment: ENVIRONMENT.to_owned(), ignore_version: true, ..ProjectOptions::default() }
}

/// The name of the flowgroup of a case.
fn flowgroup(case: &Case) -> String {
    case.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
}

/// Imports and statements of a module: what the host adds to every module is left out.
fn statements(module: &str) -> String {
    let mut kept: Vec<&str> = module.lines().skip_while(|line| line.starts_with('#')).collect();
    if let Some(at) = kept.iter().position(|line| line.starts_with("PIPELINE_ID = ")) {
        kept.drain(at..(at + 2).min(kept.len()));
        let is_title = |line: &&str| line.starts_with("# ") && line.ends_with("----------");
        if let Some(title) = kept.iter().skip(at).position(is_title) {
            kept.remove(at + title);
        }
    }
    let text: String = kept.iter().map(|line| format!("{line}\n")).collect();
    python::parse_and_format(&text).unwrap_or(text)
}

/// Writes the project of a case.
pub fn stage(tested: &Tested<'_>, case: &Case) -> io::Result<Staged> {
    let temporary = tempfile::Builder::new().prefix("lhp-golden-").tempdir()?;
    let root = temporary.path();
    let files = case.path(FILES);
    if files.is_dir() {
        copy(&files, root, &|_| true)?;
    }
    let plugin = format!("plugins/{}", tested.manifest.id);
    let cases = directory(tested.root, tested.manifest);
    copy(tested.root, &root.join(&plugin), &|path| path != cases)?;
    for (id, home) in companions(tested) {
        copy(&home, &root.join("plugins").join(id), &|_| true)?;
    }
    let config = write_settings(tested, case, root)?;
    let substitutions = root.join("substitutions").join(format!("{ENVIRONMENT}.yaml"));
    if !substitutions.exists() {
        write(&substitutions, &format!("{ENVIRONMENT}: {{}}\n"))?;
    }
    let action = fs::read_to_string(case.path(INPUT))?;
    let text =
        format!("pipeline: {PIPELINE}\nflowgroup: {}\nactions:\n  -\n{}", flowgroup(case), indented(&action, INDENT));
    write(&root.join(FLOWGROUP), &text)?;
    Ok(Staged { plugin, config, directory: temporary })
}

/// Writes `lhp.yaml`, and says where the settings of the plugin stand in it.
fn write_settings(tested: &Tested<'_>, case: &Case, root: &Path) -> io::Result<Option<(usize, usize)>> {
    let path = root.join(PROJECT_FILE);
    let mut text = match fs::read_to_string(&path) {
        Ok(text) => format!("{}\n", text.trim_end()),
        Err(_) => "name: golden\n".to_owned(),
    };
    let grant = permissions(&tested.manifest.permissions);
    let mut block = format!(
        "plugins:\n  directories: [./plugins]\n  trust: {{require_lock: never}}\n  use:\n    - id: {}\n      grant: {grant}\n",
        tested.manifest.id
    );
    if tested.manifest.runtime.kind == manifest::RuntimeKind::Native {
        block.push_str("      allow_native: true\n");
    }
    let mut place = None;
    if let Ok(config) = fs::read_to_string(case.path(CONFIG)) {
        block.push_str(&format!("  config:\n    {}:\n", tested.manifest.config_key()));
        place = Some((text.lines().count() + block.lines().count(), INDENT.len() + 2));
        block.push_str(&indented(&config, &format!("{INDENT}  ")));
    }
    text.push_str(&block);
    write(&path, &text)?;
    Ok(place)
}

fn permissions(asked: &PluginPermissions) -> serde_json::Value {
    let all = [("read", &asked.read), ("env", &asked.env), ("net", &asked.net), ("exec", &asked.exec)];
    let given = all.into_iter().filter(|(_, values)| !values.is_empty());
    given.map(|(name, values)| (name.to_owned(), serde_json::json!(values))).collect::<serde_json::Map<_, _>>().into()
}

/// Plugins beside the tested one that it needs.
fn companions(tested: &Tested<'_>) -> Vec<(String, PathBuf)> {
    let needed = &tested.manifest.requires.plugins;
    let Some(parent) = tested.root.parent().filter(|_| !needed.is_empty()) else { return Vec::new() };
    let sources = SourceMap::new(parent);
    let homes = plugin_directories(parent).into_iter().filter(|home| home != tested.root);
    let read = homes.filter_map(|home| {
        let read = manifest::read_manifest(&sources, &home, &mut Report::default())?;
        Some((read.manifest.id, home))
    });
    read.filter(|(id, _)| needed.contains_key(id)).collect()
}

/// Text with something in front of each line. The mark of a document is left out, and its line stays.
fn indented(text: &str, indent: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let mut marked = false;
    let lines = text.lines().map(|line| {
        if line.trim_end() == "---" && !std::mem::replace(&mut marked, true) {
            return "\n".to_owned();
        }
        if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") }
    });
    lines.collect()
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let left_out = |path: &Path| path.file_name().is_some_and(|name| LEFT_OUT.iter().any(|known| name == *known));
    let entries = walkdir::WalkDir::new(from).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| entry.depth() == 0 || (wanted(entry.path()) && !left_out(entry.path())));
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else if entry.path().is_file() {
            target.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Errors, and whatever plugins have to say. Remarks on the form of the temporary project are left out.
pub fn findings(
    report: &Report,
    sources: &SourceMap,
    tested: &Tested<'_>,
    case: &Case,
    staged: &Staged,
) -> Vec<Finding> {
    let told = report
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error || found.rule.code.starts_with("LHP-PLG-"));
    told.map(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| sources.location(label.span));
        let at = place.map(|place| {
            let (path, line, column) = original(&place.path, place.line, place.column, tested, case, staged);
            format!("{path}:{line}:{column}")
        });
        Finding { at, ..finding::of(diagnostic, sources) }
    })
    .collect()
}

/// The place in the directory of the plugin for a place in the temporary project.
fn original(
    path: &str,
    line: usize,
    column: usize,
    tested: &Tested<'_>,
    case: &Case,
    staged: &Staged,
) -> (String, usize, usize) {
    let own = |name: &str| {
        let path = case.path(name);
        path.strip_prefix(tested.root).unwrap_or(&path).to_string_lossy().replace('\\', "/")
    };
    if path == FLOWGROUP {
        // The header of the flowgroup has four lines.
        return (own(INPUT), line.saturating_sub(4).max(1), column.saturating_sub(INDENT.len()).max(1));
    }
    if let (PROJECT_FILE, Some((above, indent))) = (path, staged.config)
        && line > above
    {
        return (own(CONFIG), line - above, column.saturating_sub(indent).max(1));
    }
    match path.strip_prefix(&staged.plugin).and_then(|rest| rest.strip_prefix('/')) {
        Some(inner) => (inner.to_owned(), line, column),
        None if path == PROJECT_FILE || path == MANIFEST_FILE => (path.to_owned(), line, column),
        None => (own(&format!("{FILES}/{path}")), line, column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_module_has_is_left_out() {
        let module = "# Generated by lhp - x\n#\n# Pipeline: golden\n\nfrom pyspark import pipelines as dp\n\nPIPELINE_ID = \"golden\"\nFLOWGROUP_ID = \"a\"\n\n# Loads ------------------------------------------\n\n\n@dp.temporary_view()\ndef v():\n    return 1\n";
        let expected = "from pyspark import pipelines as dp\n\n\n@dp.temporary_view()\ndef v():\n    return 1\n";
        assert_eq!(statements(module), expected);
    }

    #[test]
    fn lines_keep_their_numbers_when_they_are_indented() {
        assert_eq!(indented("---\nname: a\n\nsource: |\n  x\n", "  "), "\n  name: a\n\n  source: |\n    x\n");
    }
}
