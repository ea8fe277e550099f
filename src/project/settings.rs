//! The project file: root finding and `lhp.yaml`.

use std::path::{Path, PathBuf};

use super::file::{UNREADABLE_FILE, read_diagnostic, read_single};
use super::version;
use crate::check::check_file;
use crate::model::{DiagnosticLevel, FileKind, MetadataColumn, ProjectSettings, from_node};
use crate::report::suppression::suggestion;
use crate::report::{Diagnostic, Policy, Report, Rule, Severity, did_you_mean, rules};
use crate::source::{PathKind, SourceMap, Span};
use crate::syntax::{Node, Value};

/// Name of the project file.
pub const PROJECT_FILE: &str = "lhp.yaml";

rules! {
    /// There is no `lhp.yaml` in the current directory or any directory above it.
    ///
    /// ## Why
    /// The directory of `lhp.yaml` is the root of a project. All paths start from it, and all other
    /// files are found below it.
    ///
    /// ## Wrong
    /// ```sh
    /// cd ~ && lhp validate
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// cd ~/my_project && lhp validate
    /// lhp -C ~/my_project validate
    /// ```
    pub static NO_PROJECT: Rule = Rule::new("LHP-CFG-011", "no-project");
    /// `lhp.yaml` is not a mapping, or one of its values has the wrong type.
    ///
    /// ## Why
    /// Without the settings of the project, such as its include patterns and metadata columns, other
    /// code would be generated than the one that is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: orders
    /// - version: "1.0"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: orders
    /// version: "1.0"
    /// ```
    pub static PROJECT_SHAPE: Rule = Rule::new("LHP-CFG-002", "project-shape");
    /// The project requires another version than the one that this program implements.
    ///
    /// ## Why
    /// `required_lhp_version` protects a project against a tool that generates other code. It speaks of
    /// versions of Lakehouse Plumber, and this program implements 0.9.3 of its language.
    ///
    /// ## Wrong
    /// ```yaml
    /// required_lhp_version: ">=2.0"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// required_lhp_version: ">=0.9,<1.0"
    /// ```
    /// For one run the requirement can be ignored:
    /// ```sh
    /// LHP_IGNORE_VERSION=1 lhp validate
    /// ```
    pub static VERSION_REFUSED: Rule = Rule::new("LHP-CFG-007", "version-refused");
    /// The text of `required_lhp_version` is not a list of version requirements.
    ///
    /// ## Why
    /// It cannot be decided whether this program may compile the project. Each requirement is an
    /// operator and a version, as in Python packages (PEP 440); commas stand between them.
    ///
    /// ## Wrong
    /// ```yaml
    /// required_lhp_version: "0.9.3"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// required_lhp_version: "==0.9.3"
    /// ```
    pub static VERSION_SYNTAX: Rule = Rule::new("LHP-CFG-008", "version-requirement-syntax");
    /// The event log of the project is switched on, but has no catalog or no schema.
    ///
    /// ## Why
    /// The pipelines write their events to a table, whose name needs both.
    ///
    /// ## Wrong
    /// ```yaml
    /// event_log:
    ///   catalog: ops
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// event_log:
    ///   catalog: ops
    ///   schema: logs
    /// ```
    pub static EVENT_LOG_INCOMPLETE: Rule = Rule::new("LHP-CFG-007", "event-log-incomplete");
    /// The key `test_reporting` in `lhp.yaml` has no value.
    ///
    /// ## Why
    /// Results of tests are given to a function of the project, and nothing says to which.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_reporting:
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_reporting:
    ///   module_path: reporting/results.py
    ///   function_name: publish_results
    /// ```
    pub static EMPTY_TEST_REPORTING: Rule = Rule::new("LHP-CFG-009", "empty-test-reporting");
    /// A group of metadata columns under `operational_metadata.presets` names a column that is not
    /// defined under `operational_metadata.columns`.
    ///
    /// ## Why
    /// The column would be missing wherever the group is used. Once a project defines columns, the
    /// built-in ones are gone and must be defined again if they are wanted.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at: F.current_timestamp()
    ///   presets:
    ///     all: [_laoded_at]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at: F.current_timestamp()
    ///   presets:
    ///     all: [_loaded_at]
    /// ```
    pub static UNKNOWN_METADATA_COLUMN: Rule = Rule::new("LHP-CFG-005", "unknown-metadata-column").tolerable();
    /// The levels of findings name a rule that does not exist.
    ///
    /// ## Why
    /// A misspelt code would leave the findings as they are, and nobody would notice.
    ///
    /// ## Wrong
    /// ```yaml
    /// diagnostics:
    ///   LHP-DEPR-01: off
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// diagnostics:
    ///   LHP-DEPR-001: off
    /// ```
    pub static UNKNOWN_RULE: Rule = Rule::new("LHP-CFG-091", "unknown-rule");
    /// The levels of findings lower or switch off errors after which the output would be broken.
    ///
    /// ## Why
    /// With such an error there is no output that could work. Warnings and advice can be switched off, and the few errors
    /// that leave the output usable.
    ///
    /// ## Wrong
    /// ```yaml
    /// diagnostics:
    ///   LHP-CFG-010: off # a token without a value
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// diagnostics:
    ///   LHP-VAL-007/unused-view: warn
    /// ```
    pub static FIXED_LEVEL: Rule = Rule::new("LHP-CFG-091", "fixed-level");
}

/// The version of the reference tool whose projects this program compiles.
///
/// `required_lhp_version` in existing projects speaks of that tool's versions.
pub const LANGUAGE_VERSION: &str = "0.9.3";

/// The nearest directory, from `start` upwards, that holds a project file.
pub fn find_root(start: &Path) -> Result<PathBuf, Diagnostic> {
    let holds_one = |directory: &&Path| PathKind::is_anything(&directory.join(PROJECT_FILE));
    let Some(root) = start.ancestors().find(holds_one) else {
        return Err(Diagnostic::error(
            &NO_PROJECT,
            format!("there is no `{PROJECT_FILE}` in `{}` or above it", start.display()),
        )
        .help("change into a project directory, or name one with `-C DIR`"));
    };
    match SourceMap::new("").missing(&root.join(PROJECT_FILE)) {
        Some(error) => Err(read_diagnostic(&UNREADABLE_FILE, &error)),
        None => Ok(root.to_path_buf()),
    }
}

/// The settings and the tree they come from.
#[derive(Debug, Default)]
pub struct LoadedSettings {
    pub settings: ProjectSettings,
    pub node: Option<Node>,
}

/// Reads `lhp.yaml`. An empty mapping, an empty list, `false` and a lone `---` mean "no settings".
pub fn load(sources: &SourceMap, report: &mut Report) -> Option<LoadedSettings> {
    let node = read_single(sources, Path::new(PROJECT_FILE), report)?;
    if node.as_mapping().is_none() {
        if !node.is_truthy() {
            return Some(LoadedSettings::default());
        }
        report.push(
            Diagnostic::error(&PROJECT_SHAPE, format!("`{PROJECT_FILE}` must be a mapping, not {}", node.kind()))
                .at(&node, "expected `key: value` lines")
                .help("write settings such as `name: my_project`"),
        );
        return None;
    }
    let before = report.diagnostics.len();
    report.diagnostics.extend(check_file(FileKind::Project, &node));
    if report.diagnostics.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    match from_node::<ProjectSettings>(&node) {
        Ok(settings) => {
            check_blocks(&settings, &node, report);
            Some(LoadedSettings { settings, node: Some(node) })
        }
        Err(error) => {
            report.push(
                Diagnostic::error(&PROJECT_SHAPE, format!("`{PROJECT_FILE}` cannot be used: {error}"))
                    .label(error.span.unwrap_or(node.span), "this is wrong")
                    .help("correct it; names and texts that look like something else belong in quotes"),
            );
            None
        }
    }
}

/// Rules that a schema cannot state.
fn check_blocks(settings: &ProjectSettings, node: &Node, report: &mut Report) {
    if let Some(place) = node.get("test_reporting").filter(|place| place.is_null()) {
        report.push(
            Diagnostic::error(&EMPTY_TEST_REPORTING, "`test_reporting` is empty")
                .at(place, "expected `module_path` and `function_name`")
                .help("name the module and the function that results are given to, or remove the key"),
        );
    }
    let event_log = node.as_mapping().and_then(|mapping| mapping.entry("event_log"));
    if let (Some(log), Some(place)) = (&settings.event_log, event_log)
        && log.enabled.is_none_or(|enabled| enabled.0)
    {
        let empty = |value: &Option<String>| value.as_deref().unwrap_or_default().is_empty();
        for (key, missing) in [("catalog", empty(&log.catalog)), ("schema", empty(&log.schema))] {
            if missing {
                report.push(
                    Diagnostic::error(&EVENT_LOG_INCOMPLETE, format!("the event log has no `{key}`"))
                        .at(&place.key, "switched on here")
                        .help(format!("add `{key}: …`, or `enabled: false`")),
                );
            }
        }
    }
    check_levels(settings, node, report);
    let Some(metadata) = &settings.operational_metadata else { return };
    for (name, preset) in &metadata.presets {
        let place =
            node.get("operational_metadata").and_then(|block| block.get("presets")).and_then(|all| all.get(name));
        let place = place.map(|place| place.get("columns").unwrap_or(place));
        for (position, column) in preset.columns().iter().enumerate() {
            if metadata.columns.contains_key(column) {
                continue;
            }
            let item = place.and_then(|list| list.as_sequence()?.get(position)).or(place);
            report.push(
                Diagnostic::error(
                    &UNKNOWN_METADATA_COLUMN,
                    format!("metadata preset `{name}` names the unknown column `{column}`"),
                )
                .label(item.map_or(node.span, |item| item.span), "no column has this name")
                .help(match did_you_mean(column, metadata.columns.keys().map(String::as_str)) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "define the column under `operational_metadata.columns`, or remove it here".to_owned(),
                }),
            );
        }
    }
}

fn check_levels(settings: &ProjectSettings, node: &Node, report: &mut Report) {
    let places = node.get("diagnostics").and_then(Node::as_mapping);
    for (selector, level) in settings.diagnostics.iter().flatten() {
        let place = places.and_then(|places| places.entry(selector)).map_or(node.span, |entry| entry.key.span);
        let found = rules::find(selector);
        if found.is_empty() {
            report.push(
                Diagnostic::error(&UNKNOWN_RULE, format!("there is no rule `{selector}`"))
                    .label(place, "unknown")
                    .help(suggestion(selector)),
            );
        } else if *level != DiagnosticLevel::Error && !found.iter().any(|rule| rule.can_be_lowered()) {
            report.push(
                Diagnostic::error(&FIXED_LEVEL, format!("the level of `{selector}` can only be `error`"))
                    .label(place, "without these errors, the output would be broken")
                    .help("remove this line, and correct what the errors are about"),
            );
        }
    }
}

/// What a project says about findings.
pub fn policy(settings: &ProjectSettings) -> Policy {
    let severity = |level: &DiagnosticLevel| match level {
        DiagnosticLevel::Error => Some(Severity::Error),
        DiagnosticLevel::Warn => Some(Severity::Warning),
        DiagnosticLevel::Advice => Some(Severity::Advice),
        DiagnosticLevel::Off => None,
    };
    let levels = settings.diagnostics.iter().flatten();
    Policy::new(levels.map(|(selector, level)| (selector.clone(), severity(level))).collect())
}

/// Whether this program may compile the project.
pub fn check_version(loaded: &LoadedSettings, ignore: bool, report: &mut Report) {
    let Some(node) = loaded.node.as_ref().and_then(|node| node.get("required_lhp_version")) else { return };
    let Some(text) = node.as_str().filter(|text| !text.is_empty()) else { return };
    if ignore {
        return;
    }
    match version::requirement(text) {
        Err(error) => report.push(
            Diagnostic::error(
                &VERSION_SYNTAX,
                format!("the version requirement `{text}` cannot be understood: {}", error.message),
            )
            .label(part_of(node, &error.range), "here")
            .help(error.help),
        ),
        Ok(requirement) if !requirement.allows(LANGUAGE_VERSION) => report.push(
            Diagnostic::error(
                &VERSION_REFUSED,
                format!("this project requires version `{text}`, and this program implements {LANGUAGE_VERSION}"),
            )
            .at(node, "required here")
            .help("change the requirement, use another version, or set LHP_IGNORE_VERSION=1"),
        ),
        Ok(_) => {}
    }
}

/// The span of a part of a scalar, if the scalar is written without escapes; else the whole scalar.
fn part_of(node: &Node, range: &std::ops::Range<usize>) -> Span {
    let quoted = node.as_str().map(|text| node.span.len().saturating_sub(text.len()));
    match quoted {
        Some(extra @ (0 | 2)) => {
            let start = node.span.start as usize + extra / 2;
            Span::new(node.span.file, start + range.start, start + range.end)
        }
        _ => node.span,
    }
}

/// Metadata columns that a project defines, with the place of each.
pub fn metadata_columns(loaded: &LoadedSettings) -> Vec<(String, MetadataColumn, Span)> {
    let defined = loaded.settings.operational_metadata.iter().flat_map(|metadata| metadata.columns.iter());
    let place = |name: &str| {
        let block = loaded.node.as_ref()?.get("operational_metadata")?.get("columns")?.get(name)?;
        Some(block.get("expression").unwrap_or(block).span)
    };
    defined.filter_map(|(name, column)| Some((name.clone(), column.clone(), place(name)?))).collect()
}

/// Whether a value of an environment variable switches something on.
pub fn is_switched_on(value: Option<&str>) -> bool {
    value.is_some_and(|value| ["1", "true", "yes"].iter().any(|word| word.eq_ignore_ascii_case(value)))
}

/// Items of a list of strings with their nodes.
pub fn string_items(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    node.and_then(Node::as_sequence).unwrap_or_default().iter().filter_map(|item| match &item.value {
        Value::String(text) => Some((text.as_ref(), item)),
        _ => None,
    })
}
