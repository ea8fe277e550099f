//! The hooks that come with the program: `logging` writes every event as a line of JSON, `metrics` sums a run up.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::effects::{Metric, UNSAFE_PATH, passes_link, write_atomically};
use super::{Event, EventType};
use crate::model::BuiltInHooks;
use crate::project::Project;
use crate::report::{Diagnostic, Report};
use crate::source::Span;
use crate::syntax::Node;

/// Where the hook `logging` writes to.
#[derive(Debug)]
pub struct LoggingSettings(pub(super) Place);

/// Where the hook `metrics` writes to.
#[derive(Debug)]
pub struct MetricsSettings(pub(super) Place);

/// A file of a hook, relative to the project root.
#[derive(Debug)]
pub(super) struct Place {
    pub path: PathBuf,
    pub span: Option<Span>,
}

impl LoggingSettings {
    /// The settings of a project, if it switches the hook on.
    pub(super) fn of(hooks: &BuiltInHooks, project: &Project, report: &mut Report) -> Option<Self> {
        let settings = hooks.logging.as_ref()?;
        place("logging", settings.path.as_deref(), ".lhp/logs/events.jsonl", project, report).map(Self)
    }
}

impl MetricsSettings {
    /// The settings of a project, if it switches the hook on.
    pub(super) fn of(hooks: &BuiltInHooks, project: &Project, report: &mut Report) -> Option<Self> {
        let settings = hooks.metrics.as_ref()?;
        let usual = format!("artifacts/{}/metrics.json", project.environment.name);
        place("metrics", settings.path.as_deref(), &usual, project, report).map(Self)
    }
}

fn place(hook: &str, given: Option<&str>, usual: &str, project: &Project, report: &mut Report) -> Option<Place> {
    let path = PathBuf::from(given.unwrap_or(usual));
    let steps = ["plugins", "hooks", hook, "path"];
    let root = project.loaded.node.as_ref();
    let node = root.and_then(|root| steps.iter().try_fold(root, |node: &Node, step| node.get(step)));
    let span = node.map(|node| node.span);
    let refuse = |report: &mut Report, why: &str| {
        let message = format!("hook `{hook}` cannot write `{}`, which {why}", path.display());
        let diagnostic = Diagnostic::error(&UNSAFE_PATH, message)
            .help(format!("give the path of a file inside the project, such as `{usual}`"));
        report.push(match span {
            Some(span) => diagnostic.label(span, "this path"),
            None => diagnostic,
        });
        None
    };
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || path.file_name().is_none() {
        return refuse(report, "is not a path inside the project");
    }
    if passes_link(&project.root, &path) {
        return refuse(report, "goes through a symbolic link");
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    // Whatever people write into a project has another ending, so that no setting can replace it.
    if !["json", "jsonl", "ndjson", "log"].contains(&extension) {
        return refuse(report, "does not end in `.json`, `.jsonl`, `.ndjson` or `.log`");
    }
    Some(Place { path, span })
}

impl Place {
    /// Replaces the content of the file.
    ///
    /// # Errors
    /// If the file cannot be written, or was read by the run.
    pub(super) fn write(&self, root: &Path, read: &[PathBuf], content: &[u8]) -> Result<(), String> {
        let full = root.join(&self.path);
        if read.iter().any(|path| root.join(path) == full) {
            return Err("it is a source of the project".to_owned());
        }
        write_atomically(&full, content).map_err(|error| error.kind().to_string())
    }
}

/// What a run did, for the file of the hook `metrics`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    version: &'static str,
    env: String,
    /// How many events of each type there were.
    events: BTreeMap<&'static str, usize>,
    /// Counts of the last event of the run.
    summary: Map<String, Value>,
    /// Measured by the program, by name.
    measured: BTreeMap<String, Measured>,
    /// How the hooks of plugins did.
    hooks: BTreeMap<String, HookCount>,
    /// Measured by hooks.
    metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
struct Measured {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

/// How a hook did.
#[derive(Debug, Default, Serialize)]
struct HookCount {
    calls: usize,
    events: usize,
    failures: usize,
    milliseconds: f64,
}

impl Summary {
    pub fn new(env: &str) -> Self {
        Self { version: super::PAYLOAD_VERSION, env: env.to_owned(), ..Self::default() }
    }

    /// Counts an event.
    pub fn add(&mut self, event: &Event) {
        *self.events.entry(event.kind.name()).or_default() += 1;
        match (event.kind, &event.family.name, event.family.value) {
            (EventType::TelemetryMetric, Some(name), Some(value)) => {
                let unit = event.family.unit.as_deref().map(str::to_owned);
                self.measured.insert(name.clone(), Measured { value, unit });
            }
            (EventType::ValidationEnd | EventType::PublishEnd | EventType::GenerationEnd, ..) => {
                self.summary.extend(event.metadata.clone());
            }
            _ => {}
        }
    }

    /// Counts a call of a hook.
    pub fn add_call(&mut self, hook: String, events: usize, failed: bool, took: Duration) {
        let count = self.hooks.entry(hook).or_default();
        count.calls += 1;
        count.events += events;
        count.failures += usize::from(failed);
        count.milliseconds += took.as_secs_f64() * 1e3;
    }

    /// Adds what hooks measured.
    pub fn add_metrics(&mut self, metrics: Vec<Metric>) {
        self.metrics.extend(metrics);
    }

    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
