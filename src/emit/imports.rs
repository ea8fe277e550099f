//! Imports of a module: the statements of its fragments go in, sorted groups come out.

pub use super::detect::detect;

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{Diagnostic, Rule, rules};

rules! {
    /// The module of a flowgroup would import one name from two places.
    ///
    /// ## Why
    /// The second import hides the first, so part of the module would run the wrong function. It
    /// happens when two Python actions use functions of the same name, or when the imports of two
    /// metadata columns do.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {name: clean_orders, type: transform, transform_type: python, source: v_orders, target: v_a,
    ///    module_path: functions/orders.py, function_name: clean}
    /// - {name: clean_returns, type: transform, transform_type: python, source: v_returns, target: v_b,
    ///    module_path: functions/returns.py, function_name: clean}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - {name: clean_orders, type: transform, transform_type: python, source: v_orders, target: v_a,
    ///    module_path: functions/orders.py, function_name: clean_orders}
    /// - {name: clean_returns, type: transform, transform_type: python, source: v_returns, target: v_b,
    ///    module_path: functions/returns.py, function_name: clean_returns}
    /// ```
    pub static IMPORT_COLLISION: Rule = Rule::new("LHP-VAL-021", "import-collision");
}

/// Roots of the modules that are sorted as the standard library.
const STANDARD_LIBRARY: [&str; 18] = [
    "ast",
    "sys",
    "os",
    "re",
    "json",
    "time",
    "datetime",
    "pathlib",
    "typing",
    "dataclasses",
    "functools",
    "itertools",
    "collections",
    "logging",
    "argparse",
    "subprocess",
    "urllib",
    "http",
];

/// Words that mark a third-party import.
const THIRD_PARTY: [&str; 5] = ["pandas", "numpy", "requests", "yaml", "json"];

/// Two statements bind one name to different things.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name `{name}` is imported twice: `{first}` and `{second}`")]
pub struct ImportCollision {
    pub name: String,
    pub first: String,
    pub second: String,
}

impl ImportCollision {
    /// The fault as a user is told it; places are for the caller to add.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(&IMPORT_COLLISION, self.to_string())
            .help("give one of the two another name, or move one of the actions to another flowgroup")
    }
}

/// The import statements of a module, without repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imports {
    /// `from __future__` statements in the order in which they were first seen.
    pub future: Vec<String>,
    /// Standard library, third party, Spark, pipelines, everything else; each sorted by text, none empty.
    pub groups: Vec<Vec<String>>,
}

impl Imports {
    /// The statements as source, groups separated by an empty line.
    pub fn source(&self) -> String {
        let future = (!self.future.is_empty()).then_some(&self.future);
        let groups: Vec<String> = future.into_iter().chain(&self.groups).map(|group| group.join("\n")).collect();
        groups.join("\n\n")
    }
}

/// One imported name of a `from` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name<'a> {
    imported: &'a str,
    alias: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn local(&self) -> &'a str {
        self.alias.unwrap_or(self.imported)
    }

    /// Whether `from module import *` brings this name in.
    fn is_covered_by_star(&self) -> bool {
        self.alias.is_none() && !self.imported.starts_with('_')
    }
}

/// A statement as far as merging looks into it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Statement<'a> {
    From { module: &'a str, names: Vec<Name<'a>> },
    Star { module: &'a str },
    Other,
}

/// Merges the imports of several fragments.
///
/// # Errors
/// A local name that two `from` imports bind to different things.
pub fn merge<'a>(statements: impl IntoIterator<Item = &'a str>) -> Result<Imports, ImportCollision> {
    let mut future: Vec<String> = Vec::new();
    let mut distinct: BTreeSet<&str> = BTreeSet::new();
    for statement in statements.into_iter().map(str::trim).filter(|statement| !statement.is_empty()) {
        if !statement.starts_with("from __future__ ") {
            distinct.insert(statement);
        } else if !future.iter().any(|seen| seen == statement) {
            future.push(statement.to_owned());
        }
    }
    let parsed: Vec<(&str, Statement<'_>)> = distinct.into_iter().map(|text| (text, parse(text))).collect();
    let merged = split_overlaps(without_starred(parsed));
    find_collision(&merged)?;

    let mut groups: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for (text, _) in merged {
        groups.entry(category(&text)).or_default().insert(text);
    }
    Ok(Imports { future, groups: groups.into_values().map(|group| group.into_iter().collect()).collect() })
}

fn parse(text: &str) -> Statement<'_> {
    parse_from(text).unwrap_or(Statement::Other)
}

fn parse_from(text: &str) -> Option<Statement<'_>> {
    // Statements with comments, continuations or company are left as their author wrote them.
    if text.contains(['#', ';', '\\']) {
        return None;
    }
    let (module, names) = text.strip_prefix("from ")?.split_once(" import ")?;
    let (module, names) = (module.trim(), names.trim());
    if names == "*" {
        return Some(Statement::Star { module });
    }
    let names = names.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(names);
    let names: Option<Vec<Name<'_>>> =
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(parse_name).collect();
    Some(Statement::From { module, names: names? })
}

fn parse_name(text: &str) -> Option<Name<'_>> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(imported), None, None, None) => Some(Name { imported, alias: None }),
        (Some(imported), Some("as"), Some(alias), None) => Some(Name { imported, alias: Some(alias) }),
        _ => None,
    }
}

/// Drops what a star import of the same module brings in anyway.
fn without_starred<'a>(parsed: Vec<(&'a str, Statement<'a>)>) -> Vec<(String, Statement<'a>)> {
    let starred: BTreeSet<&str> = parsed
        .iter()
        .filter_map(|(_, statement)| match statement {
            Statement::Star { module } => Some(*module),
            _ => None,
        })
        .collect();
    let mut kept = Vec::with_capacity(parsed.len());
    for (text, statement) in parsed {
        match statement {
            Statement::From { module, names } if starred.contains(module) => {
                let rest: Vec<Name<'_>> = names.into_iter().filter(|name| !name.is_covered_by_star()).collect();
                kept.extend(rest.into_iter().map(|name| single(module, name)));
            }
            Statement::Other if text.strip_prefix("import ").is_some_and(|module| starred.contains(module.trim())) => {}
            statement => kept.push((text.to_owned(), statement)),
        }
    }
    kept
}

/// Splits the `from` statements that bind a name which another statement takes from the same module too.
fn split_overlaps(statements: Vec<(String, Statement<'_>)>) -> Vec<(String, Statement<'_>)> {
    let mut binders: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (_, statement) in &statements {
        if let Statement::From { module, names } = statement {
            for name in names {
                *binders.entry((module, name.local())).or_default() += 1;
            }
        }
    }
    let overlaps = |module: &str, names: &[Name<'_>]| {
        names.iter().any(|name| binders.get(&(module, name.local())).is_some_and(|&count| count > 1))
    };
    let mut split: BTreeMap<String, Statement<'_>> = BTreeMap::new();
    for (text, statement) in &statements {
        match statement {
            Statement::From { module, names } if overlaps(module, names) => {
                split.extend(names.iter().map(|name| single(module, name.clone())));
            }
            statement => {
                split.insert(text.clone(), statement.clone());
            }
        }
    }
    split.into_iter().collect()
}

fn single<'a>(module: &'a str, name: Name<'a>) -> (String, Statement<'a>) {
    let text = match name.alias {
        Some(alias) => format!("from {module} import {} as {alias}", name.imported),
        None => format!("from {module} import {}", name.imported),
    };
    (text, Statement::From { module, names: vec![name] })
}

fn find_collision(statements: &[(String, Statement<'_>)]) -> Result<(), ImportCollision> {
    let mut bound: BTreeMap<&str, ((&str, &str), &str)> = BTreeMap::new();
    for (text, statement) in statements {
        let Statement::From { module, names } = statement else { continue };
        for name in names {
            let (target, first) = bound.entry(name.local()).or_insert(((module, name.imported), text));
            if *target != (*module, name.imported) {
                let (name, first) = (name.local().to_owned(), (*first).to_owned());
                return Err(ImportCollision { name, first, second: text.clone() });
            }
        }
    }
    Ok(())
}

fn category(text: &str) -> u8 {
    let module = text.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(',');
    let root = module.split('.').next().unwrap_or_default();
    if STANDARD_LIBRARY.contains(&root) {
        0
    } else if text.contains("pipelines") {
        3
    } else if text.contains("spark") {
        2
    } else if THIRD_PARTY.iter().any(|word| text.contains(word)) {
        1
    } else {
        4
    }
}

#[cfg(test)]
#[path = "imports_tests.rs"]
mod tests;
