//! Rules across the environments of a project: the tokens of all of them go in, tokens that nobody uses or that some
//! environment lacks come out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use walkdir::WalkDir;

use crate::project::Environment;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;

rules! {
    /// A token is defined for some environments and not for others.
    ///
    /// ## Why
    /// A flowgroup that begins to use this token works in the environments that define it, and fails in the others,
    /// often only when it is deployed there. `lhp validate --all-envs` compares all substitution files.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   catalog: dev_catalog
    ///   landing: /Volumes/dev/landing
    ///
    /// # substitutions/prod.yaml
    /// prod:
    ///   catalog: prod_catalog
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/prod.yaml
    /// prod:
    ///   catalog: prod_catalog
    ///   landing: /Volumes/prod/landing
    /// ```
    pub static TOKEN_SETS_DIFFER: Rule = Rule::new("LHP-CFG-092", "token-sets-differ").warning();
    /// A token is defined, and no file of the project uses it.
    ///
    /// ## Why
    /// It is probably left over, or its name is misspelt where it should be used. `lhp validate --all-envs` looks for
    /// `${name}` and `{name}` in all files of the project.
    ///
    /// ## Wrong
    /// ```yaml
    /// dev:
    ///   catalog: dev_catalog
    ///   catalogue: dev_catalog   # only ${catalog} is used
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// dev:
    ///   catalog: dev_catalog
    /// ```
    pub static UNUSED_TOKEN: Rule = Rule::new("LHP-CFG-092", "unused-token").advice();
}

/// Files larger than this hold data, not definitions (bytes).
const MAX_DEFINITION_BYTES: u64 = 4 << 20;

/// Compares the tokens of all environments of the project at `root`.
pub fn check(root: &Path, environments: &[&Environment], report: &mut Report) {
    let mut definitions: BTreeMap<Arc<str>, Vec<(&str, Span)>> = BTreeMap::new();
    // What an unreadable file defines is not known.
    for environment in environments.iter().filter(|environment| !environment.unreadable) {
        for token in environment.tokens() {
            if let Some(span) = token.span {
                definitions.entry(token.name.clone()).or_default().push((&environment.name, span));
            }
        }
    }
    let names: Vec<&str> =
        environments.iter().filter(|environment| !environment.unreadable).map(|e| e.name.as_str()).collect();
    let used = used_names(root, &definitions);
    for (token, places) in &definitions {
        let Some((_, first)) = places.first() else { continue };
        if !used.contains(token) {
            report.push(
                Diagnostic::advice(&UNUSED_TOKEN, format!("no file of the project uses token `{token}`"))
                    .label(*first, "defined here")
                    .help("remove it, or check the names of the tokens that are used"),
            );
        }
        let having: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
        let lacking: Vec<&str> = names.iter().copied().filter(|name| !having.contains(name)).collect();
        if !lacking.is_empty() {
            report.push(
                Diagnostic::warning(
                    &TOKEN_SETS_DIFFER,
                    format!("token `{token}` is defined for {}, but not for {}", listed(&having), listed(&lacking)),
                )
                .label(*first, "defined here")
                .help(match lacking.as_slice() {
                    [only] => format!("add `{token}: …` to `substitutions/{only}.yaml`, or remove it here"),
                    _ => {
                        format!("add `{token}: …` to the substitution files of {}, or remove it here", listed(&lacking))
                    }
                }),
            );
        }
    }
}

/// `` `a`, `b` and `c` ``.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The tokens that occur in braces in some file of the project. Settings of bundles and jobs use tokens too, so every
/// text file counts.
fn used_names(root: &Path, definitions: &BTreeMap<Arc<str>, Vec<(&str, Span)>>) -> BTreeSet<Arc<str>> {
    let mut open: Vec<(&Arc<str>, String)> = definitions.keys().map(|name| (name, format!("{{{name}}}"))).collect();
    let mut used = BTreeSet::new();
    let hidden = |name: &str| name.len() > 1 && name.starts_with('.') || name == "generated" || name == "node_modules";
    let walk = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !hidden(&entry.file_name().to_string_lossy())) {
        if open.is_empty() {
            break;
        }
        let Ok(entry) = entry else { continue };
        let small = entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_DEFINITION_BYTES);
        let Some(text) = small.then(|| std::fs::read(entry.path()).ok()).flatten() else { continue };
        open.retain(|(name, written)| {
            let found = memchr::memmem::find(&text, written.as_bytes()).is_some();
            if found {
                used.insert((*name).clone());
            }
            !found
        });
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
