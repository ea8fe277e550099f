//! Rules on all definitions together, before any of them is expanded.

use rustc_hash::FxHashMap;

use super::{CompileOptions, EmptyProject};
use crate::expand::Definition;
use crate::expand::collect::Collected;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, did_you_mean};
use crate::source::{FileId, Span};
use crate::syntax::{Node, token};

/// Generation of a project without flowgroups.
pub static EMPTY_PROJECT: Rule = Rule::new("LHP-CFG-014", "empty-project");
/// A pipeline name on the command line that the project does not have.
pub static UNKNOWN_PIPELINE: Rule = Rule::new("LHP-VAL-901", "unknown-pipeline");
/// The same flowgroup of the same pipeline twice.
pub static DUPLICATE_FLOWGROUP: Rule = Rule::new("LHP-VAL-009", "duplicate-flowgroup");
/// A name that cannot be the name of a file or directory.
pub static UNSAFE_NAME: Rule = Rule::new("LHP-CFG-086", "unsafe-name");
/// A file uses the old form of tokens.
pub static BARE_TOKEN: Rule = Rule::new("LHP-DEPR-001", "bare-token");
/// There is no substitution file for the environment.
pub static UNKNOWN_ENVIRONMENT: Rule = Rule::new("LHP-IO-006", "unknown-environment");

/// Checks names, duplicates and deprecated syntax.
pub(super) fn check(
    project: &Project,
    options: &CompileOptions,
    collected: &Collected,
    definitions: &[Definition],
    report: &mut Report,
) {
    let environment = &project.environment;
    let name = &environment.name;
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name == "." || name == ".." {
        report.push(
            Diagnostic::error(&UNSAFE_NAME, format!("`{name}` cannot be the name of an environment"))
                .help("give the name of a file in `substitutions/`, without its extension"),
        );
    } else if !environment.has_file && !environment.known.is_empty() {
        report.push(Diagnostic::advice(&UNKNOWN_ENVIRONMENT, format!("there is no `substitutions/{name}.yaml`")).help(
            match did_you_mean(name, environment.known.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("environments with a file: {}", environment.known.join(", ")),
            },
        ));
    }
    check_duplicates(definitions, report);
    for definition in definitions {
        for key in ["pipeline", "flowgroup"] {
            if let Some(node) = definition.node.get(key) {
                check_name(node, key, report);
            }
        }
    }
    warn_bare_tokens(project, options, collected, definitions, report);
}

fn check_duplicates(definitions: &[Definition], report: &mut Report) {
    let mut seen: FxHashMap<(&str, &str), Span> = FxHashMap::default();
    for definition in definitions {
        let key = (definition.pipeline(), definition.flowgroup());
        match seen.get(&key) {
            // Twice in one file has a message of its own.
            Some(first) if first.file == definition.span().file => {}
            Some(first) => report.push(
                Diagnostic::error(
                    &DUPLICATE_FLOWGROUP,
                    format!("flowgroup `{}` of pipeline `{}` is defined twice", key.1, key.0),
                )
                .label(definition.span(), "defined again")
                .label(*first, "first defined here")
                .help("rename one of them"),
            ),
            None => {
                seen.insert(key, definition.span());
            }
        }
    }
}

fn check_name(node: &Node, key: &str, report: &mut Report) {
    let name = node.as_str().unwrap_or_default();
    let unsafe_name = name == "."
        || name == ".."
        || name.starts_with(".lhp")
        || name.trim().is_empty()
        || name.len() > 200
        || name.contains(|letter: char| letter == '/' || letter == '\\' || letter.is_control());
    if unsafe_name {
        report.push(
            Diagnostic::error(
                &UNSAFE_NAME,
                format!("`{name}` cannot be the name of a {key}, for files are named after it"),
            )
            .at(node, "not usable as a file name")
            .help("use letters, digits, `_`, `-` and `.`"),
        );
    }
}

/// One warning per file that uses `{token}`; with a pipeline chosen, only for its files.
fn warn_bare_tokens(
    project: &Project,
    options: &CompileOptions,
    collected: &Collected,
    definitions: &[Definition],
    report: &mut Report,
) {
    let chosen = |file: FileId| match &options.pipeline {
        None => true,
        Some(pipeline) => {
            definitions.iter().any(|definition| definition.span().file == file && definition.pipeline() == pipeline)
        }
    };
    for &file in collected.flowgroup_files.iter().filter(|file| chosen(**file)) {
        let source = project.sources.get(file);
        let mut tokens = token::scan_bare(&source.text);
        if let Some(first) = tokens.next() {
            let name = first.token.name().unwrap_or_default();
            let more = tokens.count();
            let message = match more {
                0 => format!("`{{{name}}}` is the old form of a token"),
                _ => format!("`{{{name}}}` and {more} more in this file are the old form of tokens"),
            };
            report.push(
                Diagnostic::warning(&BARE_TOKEN, message)
                    .label(Span::new(file, first.range.start, first.range.end), "old form")
                    .help(format!("write `${{{name}}}`")),
            );
        }
    }
}

/// The definitions that a run is about.
pub(super) fn select(
    options: &CompileOptions,
    definitions: Vec<Definition>,
    incomplete: bool,
    report: &mut Report,
) -> Vec<Definition> {
    if definitions.is_empty() && options.empty == EmptyProject::Refused && !incomplete && !report.has_errors() {
        report.push(
            Diagnostic::error(&EMPTY_PROJECT, "this project has no flowgroups")
                .help("add a flowgroup below `pipelines/`, or check the `include` patterns in `lhp.yaml`"),
        );
    }
    let Some(pipeline) = &options.pipeline else { return definitions };
    let mut names: Vec<String> = definitions.iter().map(|definition| definition.pipeline().to_owned()).collect();
    let chosen: Vec<Definition> =
        definitions.into_iter().filter(|definition| definition.pipeline() == pipeline).collect();
    if chosen.is_empty() && !incomplete {
        names.sort();
        names.dedup();
        report.push(Diagnostic::error(&UNKNOWN_PIPELINE, format!("there is no pipeline `{pipeline}`")).help(
            match did_you_mean(pipeline, names.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None if names.is_empty() => "this project has no pipelines".to_owned(),
                None => format!("pipelines of this project: {}", names.join(", ")),
            },
        ));
    }
    chosen
}
