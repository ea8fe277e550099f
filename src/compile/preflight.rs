//! Rules on all definitions together, before any of them is expanded.

use rustc_hash::FxHashMap;

use super::{CompileOptions, EmptyProject};
use crate::expand::collect::Collected;
use crate::expand::substitution::UNRESOLVED_TOKEN;
use crate::expand::{Definition, is_true};
use crate::generator::hook;
use crate::generator::python_module::PACKAGE;
use crate::project::{Project, UNSAFE_NAME, is_file_name};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{FileId, Span};
use crate::syntax::yaml::{self, Limits};
use crate::syntax::{BareToken, Node, bare_tokens, token};

rules! {
    /// A project has no flowgroups, so there is nothing to generate.
    ///
    /// ## Why
    /// All files that were generated before would be removed. Mostly the `include` patterns fit no
    /// file, or the command runs in the wrong directory.
    ///
    /// ## Wrong
    /// ```yaml
    /// include:
    ///   - bronce/*.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// include:
    ///   - bronze/*.yaml
    /// ```
    pub static EMPTY_PROJECT: Rule = Rule::new("LHP-CFG-014", "empty-project");
    /// The pipeline that is named on the command line does not exist in this project.
    ///
    /// ## Why
    /// Nothing would be generated, and that would look like success. Upper and lower case count. `lhp
    /// list pipelines` shows the names.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e dev --pipeline bronz
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp generate -e dev --pipeline bronze
    /// ```
    pub static UNKNOWN_PIPELINE: Rule = Rule::new("LHP-VAL-901", "unknown-pipeline");
    /// Two files define a flowgroup of the same name in the same pipeline.
    ///
    /// ## Why
    /// The generated file is named after the flowgroup, so one would replace the other.
    ///
    /// ## Wrong
    /// ```yaml
    /// # pipelines/orders.yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ---
    /// # pipelines/returns.yaml, copied from the first
    /// pipeline: bronze
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # pipelines/returns.yaml
    /// pipeline: bronze
    /// flowgroup: returns
    /// ```
    pub static DUPLICATE_FLOWGROUP: Rule = Rule::new("LHP-VAL-009", "duplicate-flowgroup");
    /// The name of a pipeline or flowgroup contains a token.
    ///
    /// ## Why
    /// Directories and files are named after pipelines and flowgroups as they are written, so the token
    /// stays in their names: `${env}_bronze/orders.py`. Inside the generated module it is replaced.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: ${env}_bronze
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: orders
    /// ```
    pub static TOKEN_IN_NAME: Rule = Rule::new("LHP-CFG-080", "token-in-name").advice();
    /// A flowgroup has the name of something else that is generated into the directory of its pipeline:
    /// `_test_reporting_hook`, `_uc_tagging_hook`, `test_reporting_providers` or
    /// `custom_python_functions`.
    ///
    /// ## Why
    /// Both would be written to the same place, or Python would import one where the other is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: custom_python_functions
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze
    /// flowgroup: python_functions
    /// ```
    pub static RESERVED_NAME: Rule = Rule::new("LHP-CFG-086", "reserved-name");
    /// A file uses the old form `{name}` of a token.
    ///
    /// ## Why
    /// The old form still works, but it will not forever: a text with braces in Python, JSON or a path
    /// can be taken for a token by accident.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: "{catalog}"
    ///   schema: bronze
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: ${catalog}
    ///   schema: bronze
    ///   table: orders
    /// ```
    pub static BARE_TOKEN: Rule = Rule::new("LHP-DEPR-001", "bare-token").warning();
    /// `lhp.yaml` switches on the monitoring pipeline, which this version does not generate.
    ///
    /// ## Why
    /// Nobody should find out in production that the pipeline which watches the others is out of date
    /// or missing.
    ///
    /// ## Wrong
    /// ```yaml
    /// monitoring:
    ///   checkpoint_path: /Volumes/ops/monitoring/checkpoints
    /// ```
    ///
    /// ## Right
    /// Keep generating it with the tool that you used so far, or switch it off:
    /// ```yaml
    /// monitoring:
    ///   enabled: false
    ///   checkpoint_path: /Volumes/ops/monitoring/checkpoints
    /// ```
    pub static MONITORING_NOT_GENERATED: Rule = Rule::new("LHP-CFG-087", "monitoring-not-generated").warning();
    /// There is no substitution file for the environment that is named on the command line, though
    /// there are files for others.
    ///
    /// ## Why
    /// No token has a value then. In a project that uses none everything is generated all the same, but
    /// into a directory that is named after a misspelt environment. `lhp list environments` shows the
    /// names.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e porduction
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp generate -e production
    /// ```
    pub static UNKNOWN_ENVIRONMENT: Rule = Rule::new("LHP-IO-006", "unknown-environment").advice();
}

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
    if !environment.has_file && !environment.known.is_empty() {
        report.push(Diagnostic::advice(&UNKNOWN_ENVIRONMENT, format!("there is no `substitutions/{name}.yaml`")).help(
            match did_you_mean(name, environment.known.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("environments with a file: {}", environment.known.join(", ")),
            },
        ));
    }
    warn_monitoring(project, report);
    check_duplicates(definitions, report);
    for definition in definitions {
        for key in ["pipeline", "flowgroup"] {
            if let Some(node) = definition.node.get(key) {
                check_name(node, key, report);
                advise_token(node, key, project, report);
            }
        }
        definition.node.get("flowgroup").into_iter().for_each(|node| check_reserved(node, report));
    }
    warn_bare_tokens(project, options, collected, definitions, report);
}

/// Monitoring is a pipeline of its own, which is not generated yet; nobody should find that out in production.
fn warn_monitoring(project: &Project, report: &mut Report) {
    let Some(block) = project.loaded.node.as_ref().and_then(|node| node.get("monitoring")) else { return };
    if block.get("enabled").is_none_or(is_true) {
        report.push(
            Diagnostic::warning(&MONITORING_NOT_GENERATED, "the monitoring pipeline is not generated by this version")
                .at(block, "switched on here")
                .help("keep generating it with the tool that you used so far, or set `enabled: false`"),
        );
    }
}

/// Without a file for the environment every token is unknown: one diagnostic says it better than one for each use.
pub(super) fn fold_unknown_environment(project: &Project, report: &mut Report) {
    let environment = &project.environment;
    if environment.has_file || environment.known.is_empty() {
        return;
    }
    let is_token = |diagnostic: &Diagnostic| std::ptr::eq(diagnostic.rule, &UNRESOLVED_TOKEN);
    let uses = report.diagnostics.iter().filter(|diagnostic| is_token(diagnostic)).count();
    let Some(first) = report.diagnostics.iter().position(is_token).filter(|_| uses > 1) else { return };
    let mut position = 0;
    report.diagnostics.retain(|diagnostic| {
        position += 1;
        !is_token(diagnostic) || position == first + 1
    });
    if let Some(kept) = report.diagnostics.get_mut(first) {
        kept.message = format!("{}, and neither have {} other uses of tokens", kept.message, uses - 1);
    }
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
    if !is_file_name(name) {
        report.push(
            Diagnostic::error(
                &UNSAFE_NAME,
                format!("`{}` cannot be the name of a {key}, for files are named after it", name.escape_debug()),
            )
            .at(node, "not usable as a file name")
            .help("use letters, digits, `_`, `-` and `.`"),
        );
    }
}

/// Files are named before tokens are replaced, so they keep what is written.
fn advise_token(node: &Node, key: &str, project: &Project, report: &mut Report) {
    let Some(name) = node.as_str().filter(|name| name.contains('{')) else { return };
    let known = |found: token::Found<'_>| found.token.name().and_then(|name| project.environment.token(name)).is_some();
    if token::scan_environment(name).chain(token::scan_bare(name)).any(known) {
        let what = if key == "pipeline" { "directory" } else { "file" };
        report.push(
            Diagnostic::advice(&TOKEN_IN_NAME, format!("the {what} of this {key} is named `{name}`, with the token"))
                .at(node, "replaced inside the generated module only")
                .help("write the name itself"),
        );
    }
}

/// Whether a flowgroup of this name would get into the way of something else in the directory of its pipeline.
fn check_reserved(node: &Node, report: &mut Report) {
    let name = node.as_str().unwrap_or_default();
    if hook::modules().chain([PACKAGE]).any(|taken| taken == name) {
        report.push(
            Diagnostic::error(&RESERVED_NAME, format!("`{name}` cannot be the name of a flowgroup"))
                .at(node, "a file or directory of this name is generated for other purposes")
                .help("choose another name"),
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
        let tokens = known_bare_tokens(project, file);
        if let Some((first, others)) = tokens.split_first() {
            let name = &first.name;
            let message = match others.len() {
                0 => format!("`{{{name}}}` is the old form of a token"),
                more => format!("`{{{name}}}` and {more} more in this file are the old form of tokens"),
            };
            report.push(
                Diagnostic::warning(&BARE_TOKEN, message)
                    .label(first.span, "old form")
                    .help(format!("write `${{{name}}}`, which `lhp fix` does")),
            );
        }
    }
}

/// The tokens in the values of a file that are written in the old form, in the order of the text.
fn known_bare_tokens(project: &Project, file: FileId) -> Vec<BareToken> {
    let source = project.sources.get(file);
    let known = |name: &str| project.environment.token(name).is_some();
    // Few files have any, so a second look at the tree costs nothing where there is nothing to find.
    if !token::scan_bare(&source.text).filter_map(|found| found.token.name()).any(known) {
        return Vec::new();
    }
    let Ok(parsed) = yaml::parse(file, &source.text, &Limits::default()) else { return Vec::new() };
    let all = parsed.documents.iter().flat_map(|document| bare_tokens(document, &source.text));
    let mut found: Vec<BareToken> = all.filter(|token| known(&token.name)).collect();
    found.sort_by_key(|token| token.span.start);
    found.dedup_by_key(|token| token.span);
    found
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
