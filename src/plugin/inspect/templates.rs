//! Templates of a plugin: entries must exist, and every template below the root must be one.

use std::borrow::Cow;
use std::path::Path;

use super::{Inspected, MISSING_PART, UNREADABLE_TEMPLATE};
use crate::emit::Templates;
use crate::plugin::golden::line_span;
use crate::report::{Diagnostic, Report};

/// How the names of templates end.
const SUFFIX: &str = ".j2";

pub(super) fn check(inspected: &Inspected<'_>, report: &mut Report) {
    let manifest = inspected.manifest;
    let directory = manifest.runtime.root.clone().unwrap_or_default();
    let prefix = if directory.is_empty() { String::new() } else { format!("{}/", directory.trim_end_matches('/')) };
    let root = inspected.root.join(&directory);
    for (index, row) in manifest.provides.iter().enumerate() {
        let Some(entry) = &row.entry else {
            if row.kind.action_type().is_some() || row.kind == crate::plugin::Kind::Hook {
                report.push(
                    Diagnostic::error(&MISSING_PART, format!("`{}/{}` has no entry", row.kind.word(), row.key))
                        .label(inspected.provision(index).span, "nothing to start with")
                        .help("name its template with `entry`"),
                );
            }
            continue;
        };
        inspected.file(&format!("{prefix}{entry}"), inspected.span(index, "entry"), report);
    }
    let known = root.clone();
    let templates = Templates::new(move |name| std::fs::read_to_string(known.join(name)).ok().map(Cow::Owned));
    for name in names(&root) {
        if let Err(error) = templates.has(&name) {
            report.push(fault(inspected, &root, &name, error.line, &error.message, "correct the template"));
            continue;
        }
        check_included(inspected, &root, &name, report);
    }
}

fn fault(
    inspected: &Inspected<'_>,
    root: &Path,
    name: &str,
    line: Option<usize>,
    message: &str,
    help: &str,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(&UNREADABLE_TEMPLATE, format!("template `{name}`: {message}")).help(help);
    match inspected.sources.load(&root.join(name)) {
        Ok(file) => diagnostic.label(line_span(inspected.sources, file, line.unwrap_or(1)), "here"),
        Err(_) => diagnostic,
    }
}

/// The templates below a directory, those in golden cases left out.
fn names(root: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    let skipped = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_type().is_dir() && entry.file_name().to_string_lossy().starts_with(['.'])
    };
    let files = entries.filter_entry(|entry| !skipped(entry)).flatten().filter(|entry| entry.file_type().is_file());
    let paths =
        files.filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/")));
    paths.filter(|name| name.ends_with(SUFFIX)).collect()
}

/// Reports templates that a template includes by name and that do not exist.
fn check_included(inspected: &Inspected<'_>, root: &Path, name: &str, report: &mut Report) {
    let Ok(source) = std::fs::read_to_string(root.join(name)) else { return };
    for (number, line) in source.lines().enumerate() {
        for included in line.split("{%").skip(1).filter_map(included) {
            let inside = !included.split('/').any(|part| matches!(part, "" | "." | ".."));
            if inside && root.join(included).is_file() {
                continue;
            }
            let message = match inside {
                true => format!("there is no template `{included}`"),
                false => format!("`{included}` lies outside the templates of the plugin"),
            };
            let help = "paths of templates start from `runtime.root`, or else from the directory of the manifest";
            report.push(fault(inspected, root, name, Some(number + 1), &message, help));
        }
    }
}

/// The template that a statement includes, if it names one and does not say `ignore missing`.
fn included(statement: &str) -> Option<&str> {
    let inner = statement.split("%}").next()?.trim_start_matches(['-', '+']).trim();
    let (word, rest) = inner.split_once(char::is_whitespace)?;
    if !["include", "import", "from", "extends"].contains(&word) || rest.contains("ignore missing") {
        return None;
    }
    let quote = rest.trim_start().chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    rest.trim_start().get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::included;

    #[test]
    fn included_templates_are_found_by_name() {
        assert_eq!(included("- include \"a/b.j2\" %}"), Some("a/b.j2"));
        assert_eq!(included(" from 'm.j2' import x -%}"), Some("m.j2"));
        assert_eq!(included(" include name %}"), None);
        assert_eq!(included(" include 'x.j2' ignore missing %}"), None);
        assert_eq!(included(" if include %}"), None);
    }
}
