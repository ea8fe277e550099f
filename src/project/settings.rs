//! The project file: root finding and `lhp.yaml`.

use std::path::{Path, PathBuf};

use super::file::{UNREADABLE_FILE, read_diagnostic, read_single};
use super::version;
use crate::check::check_file;
use crate::model::{FileKind, MetadataColumn, ProjectSettings, from_node};
use crate::report::{Diagnostic, Report, Rule};
use crate::source::{PathKind, SourceMap, Span};
use crate::syntax::{Node, Value};

/// Name of the project file.
pub const PROJECT_FILE: &str = "lhp.yaml";

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
pub static UNKNOWN_METADATA_COLUMN: Rule = Rule::new("LHP-CFG-005", "unknown-metadata-column");

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
