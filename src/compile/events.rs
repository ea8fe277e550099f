//! Events of a compile: what became of pipelines, flowgroups and actions goes in, events in their order come out.
//!
//! Moments are noted where the work is done, in parallel; events are made pipeline by pipeline, once its diagnostics are
//! settled. Nothing is noted if nobody wants events.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Compilation, PipelineOutcome};
use crate::expand::Resolved;
use crate::graph::{self, Lineage, Step};
use crate::model::ActionType;
use crate::plugin::events::{Collector, Event, EventError, EventType, Target, milliseconds, now, targets};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Severity};
use crate::source::{SourceMap, Span};

/// Which events of its own a run has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunKind {
    /// Nobody is told.
    #[default]
    Silent,
    /// `validation.*`.
    Validation,
    /// `generation.*` around `validation.*`.
    Generation,
}

/// When something began and ended (seconds since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Moment {
    start: f64,
    end: f64,
}

/// The events of actions.
const ACTIONS: &[EventType] = &[EventType::ActionStart, EventType::ActionEnd, EventType::ActionError];

/// When the actions of a flowgroup were generated.
#[derive(Debug)]
pub(super) struct Moments {
    actions: Option<FxHashMap<Arc<str>, Moment>>,
}

impl Moment {
    /// Notes when the work for actions begins and ends, if somebody wants to know.
    pub fn of<T>(collector: &Collector, work: impl FnOnce() -> T) -> (T, Option<Self>) {
        if !collector.wants(ACTIONS) {
            return (work(), None);
        }
        let start = now();
        let outcome = work();
        (outcome, Some(Self { start, end: now() }))
    }
}

impl Moments {
    pub fn new(collector: &Collector) -> Self {
        Self { actions: collector.wants(ACTIONS).then(FxHashMap::default) }
    }

    /// Notes when the work for an action began and ended.
    pub fn note(&mut self, action: &Arc<str>, moment: Option<Moment>) {
        if let (Some(actions), Some(moment)) = (&mut self.actions, moment) {
            actions.insert(action.clone(), moment);
        }
    }
}

/// What is kept of a flowgroup for its events.
#[derive(Debug)]
pub(super) struct FlowgroupTrace {
    flowgroup: Arc<str>,
    moment: Moment,
    moments: Moments,
    actions: Vec<ActionTrace>,
    /// Whether a module can be made of it.
    complete: bool,
}

/// What is kept of an action for its events.
#[derive(Debug)]
struct ActionTrace {
    name: Arc<str>,
    place: Span,
    /// None if it has a fault.
    known: Option<(ActionType, Arc<str>, Option<String>)>,
}

impl FlowgroupTrace {
    /// What is to be kept of a flowgroup that is done, if anything.
    pub fn of(
        file: &str,
        start: f64,
        resolved: &Resolved,
        moments: Moments,
        usable: bool,
        collector: &Collector,
    ) -> Option<Self> {
        if !collector.is_on() {
            return None;
        }
        let action = |(name, place): &(Arc<str>, Span)| {
            let known = resolved.actions.iter().find(|action| action.name == *name);
            let known =
                known.map(|action| (action.kind, action.key.clone(), action.table().map(|table| table.display())));
            ActionTrace { name: name.clone(), place: *place, known }
        };
        Some(Self {
            flowgroup: file.into(),
            moment: Moment { start, end: now() },
            moments,
            actions: resolved.declared.iter().map(action).collect(),
            complete: resolved.complete && usable,
        })
    }

    /// The events of the flowgroup and its actions.
    fn emit(
        &self,
        pipeline: &Arc<str>,
        errors: &[&Diagnostic],
        sources: &SourceMap,
        collector: &Collector,
        events: &mut Vec<Event>,
    ) {
        let own: Vec<&Diagnostic> = errors
            .iter()
            .copied()
            .filter(|found| found.subject.flowgroup.as_deref() == Some(self.flowgroup.as_ref()))
            .collect();
        let about = |event: Event| event.about(pipeline, Some(&self.flowgroup), None);
        let actions = self.actions.len();
        collector.emit(events, EventType::FlowgroupStart, |event| {
            about(event).at(self.moment.start).with("actions", actions)
        });
        for action in &self.actions {
            let found = own.iter().find(|found| action.is_subject(found));
            let moment = self.moments.actions.as_ref().and_then(|moments| moments.get(&action.name));
            let moment = moment.copied().unwrap_or(Moment { start: self.moment.start, end: self.moment.end });
            let about =
                |event: Event| action.describe(event.about(pipeline, Some(&self.flowgroup), Some(&action.name)));
            collector.emit(events, EventType::ActionStart, |event| about(event).at(moment.start));
            let kind = if found.is_some() { EventType::ActionError } else { EventType::ActionEnd };
            collector.emit(events, kind, |event| {
                about(event)
                    .at(moment.end)
                    .with("duration_ms", milliseconds(moment.start, moment.end))
                    .with_error(found.map(|found| EventError::of(found, sources)))
            });
        }
        let failed = !own.is_empty() || !self.complete;
        let kind = if failed { EventType::FlowgroupError } else { EventType::FlowgroupEnd };
        collector.emit(events, kind, |event| {
            about(event)
                .at(self.moment.end)
                .with("actions", actions)
                .with("errors", own.len())
                .with("duration_ms", milliseconds(self.moment.start, self.moment.end))
                .with_error(own.first().map(|found| EventError::of(found, sources)))
        });
    }
}

impl ActionTrace {
    /// Whether a diagnostic of the flowgroup is about this action: it says so, or it points into the action.
    fn is_subject(&self, found: &Diagnostic) -> bool {
        match &found.subject.action {
            Some(action) => *action == self.name,
            None => found.labels.first().is_some_and(|label| self.place.contains(label.span)),
        }
    }

    fn describe(&self, event: Event) -> Event {
        let Some((kind, key, table)) = &self.known else { return event };
        let mut event = event.tag("type", kind.word()).tag("capability", &**key);
        event.family.asset_key.clone_from(table);
        event
    }
}

/// What is kept of a pipeline.
#[derive(Debug, Default)]
pub(super) struct PipelineTrace {
    pub name: Arc<str>,
    pub events: Vec<Event>,
    pub steps: Vec<Step>,
    pub targets: Vec<Target>,
    moment: Moment,
    first_error: Option<EventError>,
}

impl PipelineTrace {
    /// A pipeline that begins now.
    pub fn start(name: &str, collector: &Collector) -> Self {
        if !collector.is_on() {
            return Self::default();
        }
        let moment = Moment { start: now(), end: 0.0 };
        Self { name: name.into(), moment, ..Self::default() }
    }

    /// Keeps what is made of what.
    pub fn keep(&mut self, flowgroups: &[&Resolved], collector: &Collector) {
        if collector.wants(&[EventType::LineageEdges]) {
            self.steps = flowgroups.iter().flat_map(|flowgroup| graph::steps(flowgroup)).collect();
        }
        if collector.wants(&[EventType::TableCreated, EventType::TableUpdated]) {
            self.targets = flowgroups.iter().flat_map(|flowgroup| targets(&self.name, flowgroup)).collect();
        }
    }

    /// Makes the events of the pipeline, up to its end.
    pub fn close(&mut self, flowgroups: &[FlowgroupTrace], report: &Report, project: &Project, collector: &Collector) {
        if !collector.is_on() {
            return;
        }
        let errors: Vec<&Diagnostic> = report.diagnostics.iter().filter(|found| found.is_error()).collect();
        let sources = &project.sources;
        let name = &self.name;
        collector.emit(&mut self.events, EventType::PipelineStart, |event| {
            event.about(name, None, None).at(self.moment.start).with("flowgroups", flowgroups.len())
        });
        for flowgroup in flowgroups {
            flowgroup.emit(name, &errors, sources, collector, &mut self.events);
        }
        self.first_error = errors.first().map(|found| EventError::of(found, sources));
        self.moment.end = now();
    }

    /// Makes the last event of the pipeline, once it is known how it went.
    pub fn end(&mut self, outcome: &PipelineOutcome, collector: &Collector) {
        let failed = outcome.errors > 0 || !outcome.complete;
        let kind = if failed { EventType::PipelineError } else { EventType::PipelineEnd };
        collector.emit(&mut self.events, kind, |event| {
            event
                .about(&self.name, None, None)
                .at(self.moment.end)
                .with("flowgroups", outcome.flowgroups.len())
                .with("files", outcome.files)
                .with("errors", outcome.errors)
                .with("duration_ms", milliseconds(self.moment.start, self.moment.end))
                .with_error(error_of(outcome, self.first_error.as_ref()))
        });
    }

    /// The event that says that the pipeline did not pass, if it did not.
    fn verdict(&self, outcome: &PipelineOutcome, collector: &Collector, events: &mut Vec<Event>) {
        if outcome.errors == 0 && outcome.complete {
            return;
        }
        collector.emit(events, EventType::ValidationError, |event| {
            event
                .about(&self.name, None, None)
                .with("errors", outcome.errors)
                .with_error(error_of(outcome, self.first_error.as_ref()))
        });
    }
}

/// The first error of a pipeline; one that several pipelines have in common has no place.
fn error_of(outcome: &PipelineOutcome, known: Option<&EventError>) -> Option<EventError> {
    let common = || {
        let (rule, message) = outcome.first_error.as_ref()?;
        Some(EventError { code: rule.code.to_owned(), message: message.clone(), file: None, line: None })
    };
    known.cloned().or_else(common)
}

/// Gathers the events of a run, in their order.
pub(super) fn gather(
    run: RunKind,
    start: f64,
    pipelines: Vec<PipelineTrace>,
    compilation: &mut Compilation,
    collector: &Collector,
) {
    let mut events = Vec::new();
    let at_start = |event: Event| event.at(start).with("pipelines", compilation.pipelines.len());
    if run == RunKind::Generation {
        collector.emit(&mut events, EventType::GenerationStart, at_start);
    }
    collector.emit(&mut events, EventType::ValidationStart, at_start);
    let lineage = match collector.wants(&[EventType::LineageEdges]) {
        true => {
            let steps: Vec<(&str, &[Step])> =
                pipelines.iter().map(|pipeline| (&*pipeline.name, pipeline.steps.as_slice())).collect();
            graph::lineage(&steps)
        }
        false => Lineage::default(),
    };
    let mut verdicts = Vec::new();
    for (mut pipeline, outcome) in pipelines.into_iter().zip(&compilation.pipelines) {
        pipeline.verdict(outcome, collector, &mut verdicts);
        events.append(&mut pipeline.events);
        compilation.targets.append(&mut pipeline.targets);
    }
    events.append(&mut verdicts);
    collector.emit(&mut events, EventType::ValidationEnd, |event| totals(event, start, compilation));
    collector.emit(&mut events, EventType::LineageEdges, |event| {
        let pairs = lineage.flowgroups.iter().map(|(from, to)| serde_json::json!([from, to]));
        let mut event = event.with("flowgroups", pairs.collect::<Vec<_>>());
        event.family.edges = Some(lineage.edges.iter().cloned().collect());
        event.family.asset_keys = Some(lineage.tables.iter().cloned().collect());
        event
    });
    compilation.events = events;
}

/// Adds the counts of a run to its last event.
pub(crate) fn totals(event: Event, start: f64, compilation: &Compilation) -> Event {
    let pipelines = &compilation.pipelines;
    let end = event.timestamp;
    event
        .with("pipelines", pipelines.len())
        .with("failed_pipelines", pipelines.len() - compilation.good_pipelines())
        .with("flowgroups", pipelines.iter().map(|pipeline| pipeline.flowgroups.len()).sum::<usize>())
        .with("modules", compilation.files())
        .with("errors", compilation.report.count(Severity::Error))
        .with("warnings", compilation.report.count(Severity::Warning))
        .with("duration_ms", milliseconds(start, end))
}
