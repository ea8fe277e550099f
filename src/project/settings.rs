//! The project file: root finding and `lhp.yaml`.

use std::path::{Path, PathBuf};

use super::file::read_single;
use super::version;
use crate::check::check_file;
use crate::model::{DiagnosticLevel, FileKind, MetadataColumn, ProjectSettings, from_node};
use crate::report::suppression::suggestion;
use crate::report::{Diagnostic, Policy, Report, Rule, Severity, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, Value};

/// Name of the project file.
pub const PROJECT_FILE: &str = "lhp.yaml";

rules! {
    /// There is no project here.
    pub static NO_PROJECT: Rule = Rule::new("LHP-CFG-011", "no-project");
    /// The project file is not a mapping, or a value has the wrong type.
    pub static PROJECT_SHAPE: Rule = Rule::new("LHP-CFG-002", "project-shape");
    /// The version of this program is not in the range that the project asks for.
    pub static VERSION_REFUSED: Rule = Rule::new("LHP-CFG-007", "version-refused");
    /// The version requirement cannot be understood.
    pub static VERSION_SYNTAX: Rule = Rule::new("LHP-CFG-008", "version-requirement-syntax");
    /// The event log is switched on but has no place.
    pub static EVENT_LOG_INCOMPLETE: Rule = Rule::new("LHP-CFG-007", "event-log-incomplete");
    /// Test reporting without settings.
    pub static EMPTY_TEST_REPORTING: Rule = Rule::new("LHP-CFG-009", "empty-test-reporting");
    /// A group of metadata columns names a column that is not defined.
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
    start.ancestors().find(|directory| directory.join(PROJECT_FILE).is_file()).map(Path::to_path_buf).ok_or_else(|| {
        Diagnostic::error(&NO_PROJECT, format!("there is no `{PROJECT_FILE}` in `{}` or above it", start.display()))
            .help("change into a project directory, or name one with `-C DIR`")
    })
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
                Diagnostic::error(&PROJECT_SHAPE, format!("a value in `{PROJECT_FILE}` has the wrong type: {error}"))
                    .label(error.span.unwrap_or(node.span), "this value")
                    .help("correct the value"),
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
    if let (Some(log), Some(place)) = (&settings.event_log, node.get("event_log"))
        && log.enabled.is_none_or(|enabled| enabled.0)
    {
        let empty = |value: &Option<String>| value.as_deref().unwrap_or_default().is_empty();
        for (key, missing) in [("catalog", empty(&log.catalog)), ("schema", empty(&log.schema))] {
            if missing {
                report.push(
                    Diagnostic::error(&EVENT_LOG_INCOMPLETE, format!("the event log has no `{key}`"))
                        .at(place, "switched on here")
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
        for column in preset.columns().iter().filter(|column| !metadata.columns.contains_key(*column)) {
            report.push(
                Diagnostic::error(
                    &UNKNOWN_METADATA_COLUMN,
                    format!("metadata preset `{name}` names the unknown column `{column}`"),
                )
                .label(place.map_or(node.span, |place| place.span), "named here")
                .help("define the column under `operational_metadata.columns`, or remove it from the preset"),
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
            .help("write an operator and a version, as in `>=0.9,<1.0`"),
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
