//! Finding the files of a project by kind. Bodies are not parsed here.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use walkdir::WalkDir;

use super::pattern::Pattern;
use super::settings::string_items;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Node;

rules! {
    /// A pattern under `include`, `blueprint_include` or `instance_include` cannot be used: it is
    /// empty, or contains `***/`.
    ///
    /// ## Why
    /// It is not clear which files it is to select. `*` stands for any text, also across directories,
    /// so `bronze/*.yaml` selects all files below `bronze`.
    ///
    /// ## Wrong
    /// ```yaml
    /// include:
    ///   - "bronze/***/*.yaml"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// include:
    ///   - "bronze/*.yaml"
    /// ```
    pub static INVALID_PATTERN: Rule = Rule::new("LHP-CFG-005", "invalid-pattern");
    /// A pattern with `**` selects files of a directory whose name only begins like the one in the
    /// pattern.
    ///
    /// ## Why
    /// `bronze/**/*.yaml` reads as "everything below `bronze`", but it also selects `bronze_old`. The
    /// flowgroups found there are part of the output.
    ///
    /// ## Wrong
    /// ```yaml
    /// # there are pipelines/bronze and pipelines/bronze_old
    /// include:
    ///   - "bronze/**/*.yaml"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// include:
    ///   - "bronze/*.yaml"    # `*` also matches files in directories further below
    /// ```
    pub static SIBLING_MATCHED: Rule = Rule::new("LHP-CFG-005", "pattern-matches-sibling").advice();
    /// A directory of the project cannot be listed.
    ///
    /// ## Why
    /// It may hold flowgroups. If they were left out, their generated files would look as if they were
    /// no longer wanted, and be deleted.
    ///
    /// ## Right
    /// Give yourself permission to list the directory, or move it out of the project:
    /// ```sh
    /// chmod u+rx pipelines/orders
    /// ```
    pub static UNREADABLE_DIRECTORY: Rule = Rule::new("LHP-IO-002", "unreadable-directory");
}

/// The YAML files of a project, relative to its root, each list in the order of path parts.
#[derive(Debug, Default)]
pub struct ProjectFiles {
    /// Files with flowgroups.
    pub flowgroups: Vec<PathBuf>,
    pub blueprints: Vec<PathBuf>,
    /// Files that may hold blueprint instances.
    pub instances: Vec<PathBuf>,
    pub presets: Vec<PathBuf>,
    pub templates: Vec<PathBuf>,
}

/// Directories that never hold sources of a project.
const SKIPPED: [&str; 4] = [".git", ".lhp", "generated", "node_modules"];

/// Lists the files of the project at `root`.
pub fn discover(root: &Path, settings: Option<&Node>, report: &mut Report) -> ProjectFiles {
    let pipelines = yaml_files(root, Path::new("pipelines"), report);
    let include = patterns(settings, "include", report);
    let blueprint_include = patterns(settings, "blueprint_include", report);
    let instance_include = patterns(settings, "instance_include", report);

    let below_pipelines = |path: &Path| path.strip_prefix("pipelines").map(slashed).unwrap_or_default();
    let flowgroups = match &include {
        None => pipelines.clone(),
        Some(patterns) => {
            pipelines.iter().filter(|path| selected(patterns, &below_pipelines(path), report)).cloned().collect()
        }
    };
    let from_root = |patterns: &Option<Vec<Selector>>, default: &str, report: &mut Report| match patterns {
        None => yaml_files(root, Path::new(default), report),
        Some(patterns) => {
            let all = yaml_files(root, Path::new(""), report);
            all.into_iter().filter(|path| selected(patterns, &slashed(path), report)).collect()
        }
    };
    let blueprints = from_root(&blueprint_include, "blueprints", report);
    let instances = match instance_include {
        None => pipelines,
        some => from_root(&some, "pipelines", report),
    };
    let yaml_only = |path: &PathBuf| path.extension() == Some(OsStr::new("yaml"));
    let presets = yaml_files(root, Path::new("presets"), report);
    let templates = yaml_files(root, Path::new("templates"), report);
    ProjectFiles {
        flowgroups,
        blueprints,
        instances,
        presets: presets.into_iter().filter(yaml_only).filter(|path| path.components().count() == 2).collect(),
        templates: templates.into_iter().filter(yaml_only).collect(),
    }
}

/// A pattern and where it is written.
struct Selector {
    pattern: Pattern,
    node: Node,
}

/// The patterns under a key of the project file; none if the key is absent or its list empty.
fn patterns(settings: Option<&Node>, key: &str, report: &mut Report) -> Option<Vec<Selector>> {
    let list = settings?.get(key)?;
    let mut found = Vec::new();
    for (text, node) in string_items(Some(list)) {
        match Pattern::new(text) {
            Ok(pattern) => found.push(Selector { pattern, node: node.clone() }),
            Err(problem) => report.push(
                Diagnostic::error(&INVALID_PATTERN, format!("{} cannot be used as a pattern: {problem}", quoted(text)))
                    .at(node, "this pattern")
                    .help("write a pattern such as `bronze/*.yaml` or `**/*.yaml`"),
            ),
        }
    }
    list.is_truthy().then_some(found)
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "`\"\"`".to_owned() } else { format!("`{text}`") }
}

fn selected(selectors: &[Selector], path: &str, report: &mut Report) -> bool {
    let Some(selector) = selectors.iter().find(|selector| selector.pattern.matches(path)) else { return false };
    if selectors
        .iter()
        .filter(|selector| selector.pattern.matches(path))
        .all(|selector| selector.pattern.matched_sibling(path))
    {
        report.push(
            Diagnostic::advice(
                &SIBLING_MATCHED,
                format!("the pattern also selects `{path}`, whose directory only begins like the one in the pattern"),
            )
            .at(&selector.node, "this pattern")
            .help(format!(
                "if that is not meant, write `{}`: `*` also matches files in directories further below",
                selector.node.as_str().unwrap_or_default().replace("/**/", "/")
            )),
        );
    }
    true
}

/// YAML files below a directory of the project, hidden ones included, in the order of path parts.
fn yaml_files(root: &Path, below: &Path, report: &mut Report) -> Vec<PathBuf> {
    let start = root.join(below);
    if !start.is_dir() {
        return Vec::new();
    }
    let skipped: FxHashSet<&OsStr> = SKIPPED.iter().map(OsStr::new).collect();
    let whole_project = below.as_os_str().is_empty();
    let walk = WalkDir::new(&start).into_iter().filter_entry(|entry| {
        !(whole_project && entry.depth() == 1 && entry.file_type().is_dir() && skipped.contains(entry.file_name()))
    });
    let mut files = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
                let is_file = entry.file_type().is_file() || (entry.path_is_symlink() && path.is_file());
                if is_yaml && is_file {
                    files.push(path.strip_prefix(root).unwrap_or(path).to_path_buf());
                }
            }
            Err(error) => {
                report.push(unreadable(root, &error));
            }
        }
    }
    files.sort_by(|left, right| left.components().cmp(right.components()));
    files
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Diagnostic {
    let shown = error.path().map(|path| slashed(path.strip_prefix(root).unwrap_or(path))).unwrap_or_default();
    let kind = error.io_error().map_or(ErrorKind::Other, std::io::Error::kind);
    Diagnostic::error(&UNREADABLE_DIRECTORY, format!("directory `{shown}` cannot be read: {kind}")).help(match kind {
        ErrorKind::PermissionDenied => "give yourself permission to list the directory",
        _ => "repair the directory, or move it out of the project",
    })
}

/// A relative path with `/` between its parts.
fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
