//! Files around an answer: project files that go into a request, modules and artefacts that come out of an answer.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::Call;
use super::code::{CODE_REFUSED, first_line, without_mark};
use super::faults::{TOO_LARGE, at_action};
use super::secrets::resolve;
use crate::emit::{GENERATED, comment, is_identifier, python};
use crate::generator::python_module::{PACKAGE, missing_packages};
use crate::generator::{ArtifactFile, HelperFile};
use crate::plugin::runtime::Answer;
use crate::project::pattern::Pattern;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Pointed, Value};

rules! {
    /// A path leaves the directory that it must stay in: a file that a plugin writes must lie below
    /// `artifacts/<env>/`, and a file that it reads must lie in the project. Or no file can have the path: it is too
    /// long, or another file has the name of one of its directories.
    ///
    /// ## Why
    /// A plugin is asked for code. It may not replace other files of yours, and it may not read files that
    /// have nothing to do with the project.
    ///
    /// ## Wrong
    /// ```yaml
    /// files:
    ///   - path: ../../lhp.yaml
    ///     content: ""
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// files:
    ///   - path: s3/orders.json
    ///     content: ""
    /// ```
    pub static UNSAFE_PATH: Rule = Rule::new("LHP-PLG-055", "unsafe-path");
}

/// What file systems take (bytes).
const LONGEST_NAME: usize = 255;
/// With the path of the project before it, it must stay below what systems take (bytes).
const LONGEST_PATH: usize = 1_024;
/// The name of a module without its extension, and without what is added while it is written (bytes).
const LONGEST_MODULE: usize = 200;

/// The contents of the project files that a request carries: those that the settings name, and those that the plugin
/// may read. None if one of the former cannot be read; the report says why.
pub(crate) fn read_files(call: &Call<'_>, report: &mut Report) -> Option<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let before = report.blocking();
    for pointer in &call.provision.files {
        let Pointed { node, exact: true } = call.place.action.settings.follow(pointer) else { continue };
        for node in node.as_sequence().unwrap_or(std::slice::from_ref(node)) {
            read_named(node, call, &mut files, report);
        }
    }
    granted(call, &mut files);
    (report.blocking() == before).then_some(files)
}

fn read_named(node: &Node, call: &Call<'_>, files: &mut BTreeMap<String, String>, report: &mut Report) {
    let Value::String(written) = &node.value else { return };
    if written.is_empty() {
        return;
    }
    let project = call.context.project;
    let path = written.replace('\\', "/");
    let inside = |path: &Path| match (project.root.join(path).canonicalize(), project.root.canonicalize()) {
        (Ok(real), Ok(root)) => real.starts_with(root),
        // What does not exist is reported as missing.
        _ => true,
    };
    if !is_relative_and_plain(&path) || !inside(Path::new(&path)) {
        report.push(
            Diagnostic::error(&UNSAFE_PATH, format!("`{written}` is not a file of the project"))
                .at(node, "leaves the project")
                .help("name a file below the directory of `lhp.yaml`, without `..`"),
        );
        return;
    }
    if let Some(span) = call.context.load(node, report) {
        files.insert(path, project.sources.get(span.file).text.clone());
    }
}

/// Adds the files that the plugin was allowed to read.
fn granted(call: &Call<'_>, files: &mut BTreeMap<String, String>) {
    let project = call.context.project;
    for text in &call.place.plugin.granted.read {
        let Ok(pattern) = Pattern::new(text) else { continue };
        let fixed: Vec<&str> = text.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
        let start = fixed.join("/");
        if !start.is_empty() && !is_relative_and_plain(&start) {
            continue;
        }
        let hidden = |name: &str| name.starts_with('.') || matches!(name, "generated" | "artifacts");
        let entries = walkdir::WalkDir::new(project.root.join(&start)).sort_by_file_name().into_iter();
        let entries =
            entries.filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_str().is_some_and(hidden));
        for entry in entries.flatten().filter(|entry| entry.file_type().is_file()) {
            let shown = project.sources.display_path(entry.path());
            if pattern.matches(&shown)
                && let Ok(file) = project.sources.load(Path::new(&shown))
            {
                files.insert(shown, project.sources.get(file).text.clone());
            }
        }
    }
}

/// Whether a path has nothing but names in it.
fn is_relative_and_plain(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0', ':'])
        && !path.split('/').any(str::is_empty)
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
        && !path.split('/').any(|part| part == ".")
}

/// Reports answers that are larger than they may be.
pub(super) fn check_size(answer: &Answer, call: &Call<'_>, report: &mut Report) {
    let size: usize = answer.texts().map(str::len).sum();
    let count = answer.helpers.len() + answer.files.len();
    let id = call.place.plugin.id();
    let limits = call.limits;
    let (what, key) = if size > limits.output {
        (format!("plugin `{id}` answered {size} bytes, and may answer {}", limits.output), "output_kb")
    } else if count > limits.files {
        (format!("plugin `{id}` answered {count} files, and may answer {}", limits.files), "files")
    } else {
        return;
    };
    report.push(
        at_action(&TOO_LARGE, what, &call.place).help(format!(
            "make the plugin write less, or raise `limits.{key}` in its `plugin.yaml` and in `lhp.yaml`"
        )),
    );
}

/// The Python modules that an answer brings along.
pub(super) fn helpers(answer: &Answer, call: &Call<'_>, report: &mut Report) -> Vec<HelperFile> {
    let plugin = call.place.plugin;
    let mut helpers = Vec::new();
    for helper in &answer.helpers {
        let refuse = |message: String| {
            at_action(&CODE_REFUSED, message, &call.place).help("report this to the author of the plugin")
        };
        let stem = format!("{}_{}", plugin.id().replace('-', "_"), helper.name);
        if !is_identifier(&helper.name) || stem.len() > LONGEST_MODULE {
            let why = if is_identifier(&helper.name) { "is too long" } else { "is not a Python name" };
            let name = first_line(&helper.name);
            report.push(refuse(format!("plugin `{}` names a helper module `{name}`, which {why}", plugin.id())));
            continue;
        }
        let content = match resolve(without_mark(&helper.content), &answer.tokens) {
            Ok(content) => content,
            Err(message) => {
                report.push(refuse(format!("helper module `{}` of plugin `{}`: {message}", helper.name, plugin.id())));
                continue;
            }
        };
        let checked = match call.context.modules.formats() {
            true => python::parse_strictly_and_format(&content),
            false => python::check_strictly(&content).map(|()| content.clone()),
        };
        let text = match checked {
            Ok(text) => text,
            Err(error) => {
                let line = first_line(content.lines().nth(error.line.saturating_sub(1)).unwrap_or_default());
                report.push(refuse(format!(
                    "helper module `{}` of plugin `{}` is not valid Python: {} in line {}, `{line}`",
                    helper.name,
                    plugin.id(),
                    error.message,
                    error.line
                )));
                continue;
            }
        };
        let header = format!(
            "{GENERATED} - do not edit, the next run overwrites this file.\n#\n# Plugin: {}\n\n",
            comment(plugin.id())
        );
        let digest = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        helpers.push(HelperFile {
            path: format!("{PACKAGE}/{stem}.py"),
            content: format!("{header}{}", crate::emit::normalise(&text)).into(),
            origin: format!("{} of plugin {} ({digest:016x})", helper.name, plugin.id()),
            span: Some(call.place.action.node.span),
        });
    }
    let packages = missing_packages(&helpers);
    helpers.extend(packages);
    helpers
}

/// The files that an answer writes beside the pipelines.
pub(super) fn artifacts(answer: &Answer, call: &Call<'_>, report: &mut Report) -> Vec<ArtifactFile> {
    let mut artifacts = Vec::new();
    for file in &answer.files {
        let ours = file.path.split('/').any(|part| part.starts_with(".lhp"));
        let shown = first_line(&file.path);
        if !is_relative_and_plain(&file.path) || ours {
            let message = format!("plugin `{}` wants to write `{shown}`", call.place.plugin.id());
            report.push(at_action(&UNSAFE_PATH, message, &call.place).help(
                "a plugin may write below `artifacts/<env>/` only, with relative paths without `..`; report this to its author",
            ));
        } else if file.path.len() > LONGEST_PATH || file.path.split('/').any(|part| part.len() > LONGEST_NAME) {
            let message = format!("plugin `{}` wants to write `{shown}…`, which is too long", call.place.plugin.id());
            report.push(at_action(&UNSAFE_PATH, message, &call.place).help(format!(
                "a name has at most {LONGEST_NAME} bytes and a path {LONGEST_PATH}; report this to the author of the plugin",
            )));
        } else if answer.tokens.occur_in(&file.content) {
            let message = format!(
                "plugin `{}` wants to write a secret of the action into `{}`",
                call.place.plugin.id(),
                file.path
            );
            report.push(
                at_action(&super::secrets::LEAKED_SECRET, message, &call.place)
                    .help("a secret can stand in Python only, where it is looked up when the pipeline runs"),
            );
        } else {
            artifacts.push(ArtifactFile {
                path: file.path.clone(),
                content: file.content.clone(),
                span: call.place.action.node.span,
            });
        }
    }
    artifacts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_where_they_belong() {
        for path in ["a", "a/b.json", "a.b/c-d"] {
            assert!(is_relative_and_plain(path), "{path}");
        }
        for path in ["", "/a", "..", "a/../b", "a//b", "./a", "a/", "C:/a", "a\\b", "a/./b", "a\0"] {
            assert!(!is_relative_and_plain(path), "{path}");
        }
    }
}
