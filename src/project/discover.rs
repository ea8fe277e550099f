//! Finding the files of a project by kind. Bodies are not parsed here.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::Scope;
use super::pattern::Pattern;
use super::settings::string_items;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::PathKind;
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
    /// A file, or something else, has the name of a directory of the project, such as `pipelines` or
    /// `presets`.
    ///
    /// ## Why
    /// Without the directory `pipelines` there are no flowgroups, so nothing is generated. Other
    /// directories may be missing; what stands in their place is passed over.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp.yaml
    /// pipelines                # a file
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp.yaml
    /// pipelines/orders.yaml
    /// ```
    pub static NOT_A_DIRECTORY: Rule = Rule::new("LHP-IO-002", "not-a-directory").or_advice();
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
    /// Whether these are all files of the project, and not just those that a run is about.
    pub complete: bool,
}

/// Directories that never hold sources of a project.
const SKIPPED: [&str; 4] = [".git", ".lhp", "generated", "node_modules"];

/// Lists the files of the project at `root`, or those of them that a run is about.
pub fn discover(root: &Path, settings: Option<&Node>, scope: &Scope, report: &mut Report) -> ProjectFiles {
    if let Scope::Files(wanted) = scope {
        let mut own = Report::default();
        let files = list(root, settings, Some(wanted), &mut own);
        let listed: FxHashSet<&Path> = files.flowgroups.iter().chain(&files.instances).map(PathBuf::as_path).collect();
        if wanted.iter().all(|path| {
            let holds_one = || root.join(path).is_dir() && listed.iter().any(|file| file.starts_with(path));
            listed.contains(path.as_path()) || holds_one() || !is_source(root, path)
        }) {
            report.append(own);
            return files;
        }
    }
    list(root, settings, None, report)
}

/// Whether something else than a flowgroup could be built on this file.
fn is_source(root: &Path, path: &Path) -> bool {
    let first = path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let first = first.unwrap_or_default();
    let kinds = ["yaml", "yml", "json", "sql", "ddl", "py"];
    let extension = path.extension().and_then(OsStr::to_str);
    let known = extension.is_some_and(|extension| kinds.contains(&extension)) || root.join(path).is_dir();
    // What lies below `pipelines` and is no flowgroup file was left out by a pattern.
    let left_out = first == "pipelines" && is_yaml(path);
    known && !left_out && !first.starts_with('.') && !SKIPPED.contains(&first.as_str())
}

/// Lists the files of a project. With `wanted`, only these flowgroups and instances are listed.
fn list(root: &Path, settings: Option<&Node>, wanted: Option<&[PathBuf]>, report: &mut Report) -> ProjectFiles {
    let candidates = |below: &Path, report: &mut Report| match wanted {
        None => yaml_files(root, below, report),
        Some(wanted) => wanted_files(root, below, wanted, report),
    };
    let pipelines = candidates(Path::new("pipelines"), report);
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
    let matching = |patterns: &[Selector], all: &[PathBuf], report: &mut Report| {
        all.iter().filter(|path| selected(patterns, &slashed(path), report)).cloned().collect()
    };
    let everything = OnceCell::new();
    let whole_project = |report: &mut Report| everything.get_or_init(|| yaml_files(root, Path::new(""), report));
    let blueprints = match &blueprint_include {
        None => yaml_files(root, Path::new("blueprints"), report),
        Some(patterns) => matching(patterns, whole_project(report), report),
    };
    let instances = match &instance_include {
        None => pipelines,
        Some(patterns) if wanted.is_some() => matching(patterns, &candidates(Path::new(""), report), report),
        Some(patterns) => matching(patterns, whole_project(report), report),
    };
    let yaml_only = |path: &PathBuf| path.extension() == Some(OsStr::new("yaml"));
    let presets = yaml_files(root, Path::new("presets"), report);
    let templates = yaml_files(root, Path::new("templates"), report);
    let substitutions = Path::new("substitutions");
    if !root.join(substitutions).is_dir() {
        report.diagnostics.extend(not_a_directory(&root.join(substitutions), substitutions));
    }
    ProjectFiles {
        flowgroups,
        blueprints,
        instances,
        presets: presets.into_iter().filter(yaml_only).filter(|path| path.components().count() == 2).collect(),
        templates: templates.into_iter().filter(yaml_only).collect(),
        complete: wanted.is_none(),
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

/// The wanted YAML files that lie below a directory of the project; those of wanted directories are looked up.
fn wanted_files(root: &Path, below: &Path, wanted: &[PathBuf], report: &mut Report) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in wanted {
        if root.join(path).is_dir() {
            files.extend(yaml_files(root, path, report));
        } else if is_yaml(path) {
            files.push(path.clone());
        }
    }
    files.retain(|path| path.starts_with(below));
    files.sort_by(|left, right| left.components().cmp(right.components()));
    files.dedup();
    files
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// YAML files below a directory of the project, hidden ones included, in the order of path parts.
///
/// What has the name of a YAML file and cannot be opened, such as a pipe, is listed too, so that reading it says so.
fn yaml_files(root: &Path, below: &Path, report: &mut Report) -> Vec<PathBuf> {
    let start = root.join(below);
    if !start.is_dir() {
        report.diagnostics.extend(not_a_directory(&start, below));
        return Vec::new();
    }
    let skipped: &[&str] = if below.as_os_str().is_empty() { &SKIPPED } else { &[] };
    let Walk { files, faults } = walk(root, below, skipped);
    faults.iter().for_each(|(directory, error)| report.push(unreadable(directory, error)));
    files
}

/// What was found below a directory. Paths are relative to the root.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    faults: Vec<(PathBuf, io::Error)>,
}

/// Walks through a directory, and through those in it at the same time, but for the skipped ones. Links to directories
/// are not followed.
fn walk(root: &Path, directory: &Path, skipped: &[&str]) -> Walk {
    let list = || {
        let entries = fs::read_dir(root.join(directory))?;
        entries.map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)))).collect()
    };
    let mut entries: Vec<(OsString, FileType)> = match list() {
        Ok(entries) => entries,
        Err(error) => return Walk { files: Vec::new(), faults: vec![(directory.to_path_buf(), error)] },
    };
    entries.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    let visit = |found: Walk, (name, kind): (OsString, FileType)| {
        let path = directory.join(&name);
        if !kind.is_dir() {
            return if is_yaml_file(root, &path, &name, kind) { found.with(path) } else { found };
        }
        if skipped.iter().any(|skipped| *skipped == name) { found } else { found.and(walk(root, &path, &[])) }
    };
    entries.into_par_iter().fold(Walk::default, visit).reduce(Walk::default, Walk::and)
}

impl Walk {
    fn with(mut self, file: PathBuf) -> Self {
        self.files.push(file);
        self
    }

    fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.faults.extend(other.faults);
        self
    }
}

/// Whether the name is that of a YAML file, and no directory has it.
fn is_yaml_file(root: &Path, path: &Path, name: &OsStr, kind: FileType) -> bool {
    // Links of this name are the locks of an editor, which lead nowhere on purpose.
    let is_lock = || name.to_string_lossy().starts_with(".#");
    is_yaml(path) && !(kind.is_symlink() && (is_lock() || root.join(path).is_dir()))
}

/// Remarks on something that takes the place of a directory. Without flowgroups there is no project, so there it is
/// an error; the other directories need not exist.
fn not_a_directory(start: &Path, below: &Path) -> Option<Diagnostic> {
    let kind = PathKind::of(start).ok().flatten()?;
    let message = format!("`{}` is {kind}, not a directory", below.display());
    let diagnostic = match below == Path::new("pipelines") {
        true => Diagnostic::error(&NOT_A_DIRECTORY, message),
        false => Diagnostic::advice(&NOT_A_DIRECTORY, message),
    };
    Some(diagnostic.help("make it a directory, or give it another name"))
}

fn unreadable(directory: &Path, error: &io::Error) -> Diagnostic {
    let (shown, kind) = (slashed(directory), error.kind());
    Diagnostic::error(&UNREADABLE_DIRECTORY, format!("directory `{shown}` cannot be read: {kind}")).help(match kind {
        ErrorKind::PermissionDenied => "give yourself permission to list the directory",
        _ => "repair the directory, or move it out of the project",
    })
}

/// A relative path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let mut text = String::with_capacity(path.as_os_str().len());
    for part in path.components() {
        text.push_str(if text.is_empty() { "" } else { "/" });
        text.push_str(&part.as_os_str().to_string_lossy());
    }
    text
}
