//! Hooks of a run: what a compile collected is delivered, and what hooks say becomes part of the run.

use std::time::Instant;

use super::run::Run;
use crate::apply::Applied;
use crate::compile::{Compilation, RunKind, totals};
use crate::plugin::events::{
    Bus, Collector, Event, EventError, EventType, Extent, Level, Line, Record, Told, milliseconds, now,
};
use crate::report::{Diagnostic, Severity};

/// Delivers the events of a run to its hooks. Does nothing in a project without hooks.
pub struct Delivery<'a> {
    run: &'a Run<'a>,
    bus: Option<(Bus, Collector)>,
    start: f64,
}

impl<'a> Delivery<'a> {
    /// Delivers what a compile collected.
    pub fn start(run: &'a Run<'a>, compilation: &mut Compilation) -> Self {
        let bus = compilation.hooks.clone().map(|hooks| (Bus::new(hooks.clone()), hooks.collector()));
        let start = now() - run.start.elapsed().as_secs_f64();
        let mut delivery = Self { run, bus, start };
        let events = std::mem::take(&mut compilation.events);
        delivery.deliver(compilation, events);
        delivery
    }

    /// Tells that the plan is about to be applied. A hook can still prevent it.
    pub fn before_publish(&mut self, compilation: &mut Compilation) {
        let events = self.make(|collector, events| {
            let files: usize = compilation.plan.trees.iter().map(|tree| tree.files.len()).sum();
            collector.emit(events, EventType::PublishStart, |event| event.with("files", files));
        });
        self.deliver(compilation, events);
    }

    /// Tells what was written: new and changed tables, and that publishing ended. Notes the tables for the next run.
    pub fn after_publish(
        &mut self,
        compilation: &mut Compilation,
        applied: Result<&Applied, &Diagnostic>,
        began: Instant,
        pipeline: Option<&str>,
    ) {
        let Some((_, collector)) = &self.bus else { return };
        let sources = &self.run.session.sources;
        let mut events = Vec::new();
        if applied.is_ok() && collector.wants(&[EventType::TableCreated, EventType::TableUpdated]) {
            events = self.compare(compilation, collector, pipeline);
        }
        collector.emit(&mut events, EventType::PublishEnd, |event| {
            let event = event.with("duration_ms", milliseconds(0.0, began.elapsed().as_secs_f64()));
            match applied {
                Ok(applied) => event
                    .with("written", applied.written.len())
                    .with("unchanged", applied.unchanged)
                    .with("removed", applied.removed.len()),
                Err(diagnostic) => event.with_error(Some(EventError::of(diagnostic, sources))),
            }
        });
        self.deliver(compilation, events);
    }

    /// Compares the tables of good pipelines with those of the last run.
    fn compare(&self, compilation: &Compilation, collector: &Collector, pipeline: Option<&str>) -> Vec<Event> {
        let session = self.run.session;
        let good: Vec<&str> = compilation
            .pipelines
            .iter()
            .filter(|pipeline| compilation.is_good(pipeline))
            .map(|pipeline| pipeline.name.as_str())
            .collect();
        let written: Vec<_> =
            compilation.targets.iter().filter(|target| good.contains(&target.pipeline.as_ref())).cloned().collect();
        let whole = pipeline.is_none() && good.len() == compilation.pipelines.len();
        let extent = if whole { Extent::Everything } else { Extent::Only(&good) };
        let (root, env) = (session.sources.root(), &*self.environment());
        let record = Record::read(root, env);
        let events = record.compare(&written, collector);
        let next = record.after(&written, extent);
        if next != record
            && let Err(error) = next.write(root, env)
        {
            session.debug(&format!("the record of write targets cannot be written: {error}"));
        }
        events
    }

    fn environment(&self) -> std::sync::Arc<str> {
        self.bus.as_ref().map(|(_, collector)| collector.environment().clone()).unwrap_or_default()
    }

    /// Tells how the run went, waits for hooks that nobody waited for, and writes the files of the built-in ones.
    pub fn finish(mut self, compilation: &mut Compilation, kind: RunKind) {
        let sources = &self.run.session.sources;
        let start = self.start;
        let events = self.make(|collector, events| {
            for phase in &compilation.phases {
                collector.emit(events, EventType::TelemetryMetric, |event| {
                    metric(event, phase.name, milliseconds(0.0, phase.took.as_secs_f64()))
                });
            }
            collector.emit(events, EventType::TelemetryMetric, |event| {
                let total = milliseconds(start, event.timestamp);
                metric(event, "total", total)
            });
            if collector.wants(&[EventType::TelemetryLog]) {
                let mut report = compilation.report.clone();
                report.sort(sources);
                for diagnostic in &report.diagnostics {
                    collector.emit(events, EventType::TelemetryLog, |event| log(event, diagnostic, sources));
                }
            }
            if kind == RunKind::Generation {
                collector.emit(events, EventType::GenerationEnd, |event| totals(event, start, compilation));
            }
        });
        self.deliver(compilation, events);
        if let Some((bus, _)) = self.bus.take() {
            let told = bus.finish();
            self.tell(compilation, told);
        }
    }

    fn make(&self, fill: impl FnOnce(&Collector, &mut Vec<Event>)) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some((_, collector)) = &self.bus {
            fill(collector, &mut events);
        }
        events
    }

    fn deliver(&mut self, compilation: &mut Compilation, events: Vec<Event>) {
        if let Some((bus, _)) = &mut self.bus {
            let told = bus.deliver(events);
            self.tell(compilation, told);
        }
    }

    fn tell(&self, compilation: &mut Compilation, told: Told) {
        for line in told.lines {
            self.line(&line);
        }
        compilation.add(told.report, &self.run.session.sources);
    }

    fn line(&self, line: &Line) {
        match line.level {
            Level::Debug => self.run.session.debug(&line.text),
            Level::Info => self.run.session.line(&line.text),
            Level::Warning => self.run.session.line(&format!("warning: {}", line.text)),
            Level::Error => self.run.session.line(&format!("error: {}", line.text)),
        }
    }
}

fn metric(event: Event, phase: &str, took: f64) -> Event {
    let mut event = event.tag("phase", phase);
    event.family.name = Some(format!("phase.{phase}"));
    event.family.value = Some(took);
    event.family.unit = Some("ms".into());
    event
}

fn log(event: Event, diagnostic: &Diagnostic, sources: &crate::source::SourceMap) -> Event {
    let place = diagnostic.labels.first().map(|label| sources.location(label.span));
    let mut event = event
        .with("message", diagnostic.message.clone())
        .with("file", place.as_ref().map(|place| place.path.clone()))
        .with("line", place.map(|place| place.line))
        .with("help", diagnostic.help.clone())
        .tag("code", diagnostic.rule.code)
        .tag("level", diagnostic.severity.word());
    event.pipeline.clone_from(&diagnostic.subject.pipeline);
    event.flowgroup.clone_from(&diagnostic.subject.flowgroup);
    event.action.clone_from(&diagnostic.subject.action);
    if diagnostic.severity == Severity::Error {
        event.error = Some(EventError::of(diagnostic, sources));
    }
    event.family.name = Some(diagnostic.rule.to_string());
    event.family.level = Some(diagnostic.severity.into());
    event
}
