//! Reading golden cases: a directory of a plugin goes in, its cases with what is wrong with each come out.

use std::path::{Path, PathBuf};

use super::GOLDEN_CASE;
use crate::emit::python;
use crate::model::ActionType;
use crate::plugin::Kind;
use crate::plugin::events::Event;
use crate::plugin::manifest::Manifest;
use crate::project::read_single;
use crate::report::{Diagnostic, Report, did_you_mean};
use crate::source::{SourceMap, Span};
use crate::syntax::Node;
use crate::syntax::json as node_json;

/// The directory of cases, unless the manifest says otherwise.
const DIRECTORY: &str = "tests";

/// What the plugin is asked.
pub const INPUT: &str = "input.yaml";
/// The settings of the plugin, as under `plugins.config`.
pub const CONFIG: &str = "config.yaml";
/// Files of the project.
pub const FILES: &str = "files";

/// What can be expected of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// Imports and statements of the module.
    Python,
    /// What a hook answers.
    Json,
    /// Files beside the module.
    Files,
    /// Findings.
    Diagnostics,
}

impl Expectation {
    pub const ALL: [Self; 4] = [Self::Python, Self::Json, Self::Files, Self::Diagnostics];

    /// The name of the file or directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "expected.py",
            Self::Json => "expected.json",
            Self::Files => "expected_files",
            Self::Diagnostics => "expected_diagnostics.yaml",
        }
    }
}

/// What a plugin is asked.
#[derive(Debug, Clone)]
pub enum Input {
    Action(Node),
    Events(Vec<Event>),
}

/// A golden case.
#[derive(Debug)]
pub struct Case {
    /// Name of its directory.
    pub name: String,
    pub directory: PathBuf,
    /// None if it could not be read.
    pub input: Option<Input>,
    /// `kind/key` of what is called; for events only `hook`.
    pub capability: Option<String>,
    /// What is wrong with it as a case.
    pub faults: Vec<Diagnostic>,
}

impl Case {
    /// The path of a file of the case.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The directory of the golden cases of a plugin.
pub fn directory(root: &Path, manifest: &Manifest) -> PathBuf {
    root.join(manifest.tests.as_deref().unwrap_or(DIRECTORY))
}

/// The golden cases of a plugin, sorted by name.
pub fn cases(sources: &SourceMap, root: &Path, manifest: &Manifest) -> Vec<Case> {
    let listing = std::fs::read_dir(directory(root, manifest)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = listing.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_'])));
    found.sort();
    found.into_iter().map(|path| read(sources, path, manifest)).collect()
}

fn read(sources: &SourceMap, directory: PathBuf, manifest: &Manifest) -> Case {
    let mut report = Report::default();
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut case = Case { name, directory, input: None, capability: None, faults: Vec::new() };
    check_names(sources, &case, &mut report);
    let path = case.path(INPUT);
    match sources.missing(&path) {
        Some(error) => report.push(
            Diagnostic::error(&GOLDEN_CASE, error.to_string())
                .help(format!("write the action, or for a hook an event, into `{INPUT}`")),
        ),
        None => {
            if let Some(node) = read_single(sources, &path, &mut report) {
                read_input(&mut case, node, manifest, &mut report);
            }
        }
    }
    let config = case.path(CONFIG);
    if config.exists()
        && let Some(node) = read_single(sources, &config, &mut report)
        && node.as_mapping().is_none()
    {
        report.push(
            Diagnostic::error(&GOLDEN_CASE, format!("`{CONFIG}` must be a mapping, not {}", node.kind()))
                .at(&node, "expected settings")
                .help("write the settings as they stand under the key of the plugin in `plugins.config`"),
        );
    }
    check_expectations(sources, &case, &mut report);
    case.faults = report.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    case
}

/// Refuses files that nobody reads.
fn check_names(sources: &SourceMap, case: &Case, report: &mut Report) {
    let known: Vec<&str> = [INPUT, CONFIG, FILES].into_iter().chain(Expectation::ALL.map(Expectation::name)).collect();
    let listing = std::fs::read_dir(&case.directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = listing.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let ignored = |name: &str| name.starts_with('.') || name.to_lowercase().starts_with("readme");
    for name in names.iter().filter(|name| !known.contains(&name.as_str()) && !ignored(name)) {
        let shown = sources.display_path(&case.path(name));
        let help = match did_you_mean(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!(
                "a case may hold {}",
                known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        report.push(Diagnostic::error(&GOLDEN_CASE, format!("nothing reads `{shown}`")).help(help));
    }
}

fn read_input(case: &mut Case, node: Node, manifest: &Manifest, report: &mut Report) {
    let kind = |node: &Node| node.get("type").and_then(Node::as_str).and_then(ActionType::parse);
    let is_event = |node: &Node| node.get("type").and_then(Node::as_str).is_some_and(|name| name.contains('.'));
    if let Some(kind) = kind(&node) {
        let key = action_key(kind, &node);
        // Readers are loads of their own kind, and writers sinks.
        let rows = manifest.provides.iter().filter(|row| row.kind.action_type() == Some(kind));
        let rows: Vec<(String, Kind, &str)> =
            rows.map(|row| (row.kind.action_key(&row.key), row.kind, row.key.as_str())).collect();
        let provided: Vec<&str> = rows.iter().map(|(key, _, _)| key.as_str()).collect();
        let called = |key: &str| rows.iter().find(|(known, _, _)| known == key);
        match key {
            Some((key, _)) if called(&key).is_some() => {
                case.capability = called(&key).map(|(_, kind, key)| format!("{}/{key}", kind.word()));
            }
            Some((key, place)) => {
                let close = did_you_mean(&key, provided.iter().copied());
                let help = match (close, provided.as_slice()) {
                    (Some(close), _) => format!("did you mean `{close}`?"),
                    (None, []) => format!("this plugin provides no {}", Kind::from(kind).word()),
                    (None, all) => format!("this plugin provides {}", all.join(", ")),
                };
                report.push(
                    Diagnostic::error(
                        &GOLDEN_CASE,
                        format!("`{}/{key}` is not a capability of plugin `{}`", Kind::from(kind).word(), manifest.id),
                    )
                    .label(place, "not provided here")
                    .help(help),
                );
            }
            // The action is told what it lacks when it is compiled.
            None => {}
        }
        case.input = Some(Input::Action(node));
    } else if is_event(&node) || node.as_sequence().is_some_and(|all| !all.is_empty() && all.iter().all(is_event)) {
        case.capability = Some(Kind::Hook.word().to_owned());
        let events = node.as_sequence().unwrap_or(std::slice::from_ref(&node));
        let read: Vec<Event> = events.iter().filter_map(|event| read_event(event, report)).collect();
        case.input = Some(Input::Events(read));
    } else {
        report.push(
            Diagnostic::error(&GOLDEN_CASE, format!("`{INPUT}` holds neither an action nor events"))
                .at(&node, "this is neither")
                .help("write one action, whose `type` is load, transform, write or test, or an event, whose `type` is as in `pipeline.start`"),
        );
    }
}

/// An event; what is wrong with it is in the report.
fn read_event(node: &Node, report: &mut Report) -> Option<Event> {
    match serde_json::from_value(node_json(node)) {
        Ok(event) => Some(event),
        Err(error) => {
            let place = node.get("type").unwrap_or(node);
            report.push(
                Diagnostic::error(&GOLDEN_CASE, format!("this is no event: {error}"))
                    .at(place, "not an event")
                    .help("`lhp plugin schema event` describes events"),
            );
            None
        }
    }
}

/// The name of the capability that an action asks for, and where it stands.
pub fn action_key(kind: ActionType, action: &Node) -> Option<(String, Span)> {
    let text = |node: &Node| Some((node.as_str()?.to_owned(), node.span));
    match kind {
        ActionType::Load => text(action.get("source")?.get("type")?),
        ActionType::Transform => text(action.get("transform_type")?),
        ActionType::Test => text(action.get("test_type")?),
        ActionType::Write => {
            let target = action.get("write_target")?;
            let (name, span) = text(target.get("type")?)?;
            match target.get("sink_type").and_then(text).filter(|_| name == "sink") {
                Some((sub, span)) => Some((format!("{name}/{sub}"), span)),
                None => Some((name, span)),
            }
        }
    }
}

/// Whether expectations can be read, and fit to the input.
fn check_expectations(sources: &SourceMap, case: &Case, report: &mut Report) {
    for (expectation, wanted) in [(Expectation::Python, "an action"), (Expectation::Json, "events")] {
        let path = case.path(expectation.name());
        let fits = match case.input {
            Some(Input::Action(_)) => expectation == Expectation::Python,
            Some(Input::Events(_)) => expectation == Expectation::Json,
            None => true,
        };
        if !path.is_file() {
            continue;
        }
        let Ok(file) = sources.load(&path) else { continue };
        let text = sources.get(file).text.clone();
        let shown = sources.display_path(&path);
        if !fits {
            report.push(
                Diagnostic::error(&GOLDEN_CASE, format!("`{shown}` is expected of {wanted} only"))
                    .label(Span::start_of(file), "not for this input")
                    .help("remove it, and let `--update` write what fits"),
            );
            continue;
        }
        let fault = match expectation {
            Expectation::Python => python::check(&text).err().map(|error| (error.line, error.message)),
            _ => serde_json::from_str::<serde_json::Value>(&text).err().map(|error| (error.line(), error.to_string())),
        };
        if let Some((line, message)) = fault {
            report.push(
                Diagnostic::error(&GOLDEN_CASE, format!("`{shown}` cannot be read: {message}"))
                    .label(line_span(sources, file, line), "here")
                    .help("correct it, or let `--update` write it"),
            );
        }
    }
    let path = case.path(Expectation::Diagnostics.name());
    if path.exists()
        && let Some(node) = read_single(sources, &path, report)
    {
        super::finding::check(&node, report);
    }
}

/// The span of a line, which counts from 1.
pub fn line_span(sources: &SourceMap, file: crate::source::FileId, line: usize) -> Span {
    let text = &sources.get(file).text;
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, |line| line.trim_end().len());
    Span::new(file, start, start + length)
}
