//! Delivering events to hooks: at barriers, in a fixed order, at most once.
//!
//! Hooks that the run waits for are called at the barrier; the others on a thread of their own, whose work is waited
//! for at the end. Nothing here prints.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::built_in::Summary;
use super::call::{Called, call};
use super::effects::{Executor, Line};
use super::{Event, Hooks};
use crate::plugin::manifest::EventMode;
use crate::report::{Diagnostic, Report, Rule, rules};

rules! {
    /// Hooks with `mode: async` had not ended when the run was over.
    ///
    /// ## Why
    /// The run waits for them as long as the longest of their time limits allows, and not longer. The events that were
    /// left are not delivered.
    ///
    /// ## Wrong
    /// ```yaml
    /// limits: {timeout_ms: 10}
    /// ```
    ///
    /// ## Right
    /// Give the plugin more time, or let its hook take many events at once:
    /// ```yaml
    /// limits: {timeout_ms: 5000}
    /// provides:
    ///   - {kind: hook, key: notify, entry: notify.json.j2, events: ["action.*"], mode: async, batch: {max: 200}}
    /// ```
    pub static HOOK_UNFINISHED: Rule = Rule::new("LHP-PLG-047", "hook-unfinished").warning();
    /// The file of the hook `logging` or `metrics`, or the record of write targets, cannot be written.
    ///
    /// ## Why
    /// Everything else was done, but nobody can read later what happened.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   hooks:
    ///     logging: {path: pipelines/events.jsonl/}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   hooks:
    ///     logging: {path: .lhp/logs/events.jsonl}
    /// ```
    pub static CANNOT_WRITE_EVENTS: Rule = Rule::new("LHP-PLG-047", "cannot-write-events").warning();
}

/// Events for a hook that nobody waits for.
struct Job {
    hook: usize,
    events: Vec<Event>,
}

/// The thread of hooks that nobody waits for.
struct Worker {
    jobs: Sender<Job>,
    answers: Receiver<(usize, Called)>,
    /// For each hook, how many events it was given and has not answered yet.
    outstanding: Vec<usize>,
}

/// What there is to tell after events were delivered.
#[derive(Debug, Default)]
pub struct Told {
    pub report: Report,
    pub lines: Vec<Line>,
}

/// Delivers the events of a run.
pub struct Bus {
    hooks: Arc<Hooks>,
    executor: Executor,
    delivered: u64,
    worker: Option<Worker>,
    /// The lines of the hook `logging`.
    log: Option<String>,
    /// The sums of the hook `metrics`.
    summary: Option<Summary>,
}

impl Bus {
    /// A bus for some hooks.
    pub fn new(hooks: Arc<Hooks>) -> Self {
        Self {
            executor: Executor::new(&hooks.root, hooks.env.clone()),
            delivered: 0,
            worker: None,
            log: hooks.logging.is_some().then(String::new),
            summary: hooks.metrics.is_some().then(|| Summary::new(&hooks.env)),
            hooks,
        }
    }

    /// Delivers events, and waits for the hooks that are waited for.
    ///
    /// Each hook gets its events in their order, as many at once as it takes; one hook after the other, in the order of
    /// priority, plugin and key.
    pub fn deliver(&mut self, mut events: Vec<Event>) -> Told {
        for event in &mut events {
            self.delivered += 1;
            event.seq = self.delivered;
            if let Some(log) = &mut self.log {
                log.push_str(&serde_json::to_string(event).unwrap_or_default());
                log.push('\n');
            }
            if let Some(summary) = &mut self.summary {
                summary.add(event);
            }
        }
        let mut told = Told::default();
        let hooks = self.hooks.clone();
        for (position, hook) in hooks.all.iter().enumerate() {
            let taken: Vec<&Event> = events.iter().filter(|event| hook.takes(event)).collect();
            for batch in taken.chunks(hook.batch()) {
                let batch: Vec<Event> = batch.iter().copied().cloned().collect();
                let left = match hook.mode() {
                    EventMode::Async => self.queue(Job { hook: position, events: batch }),
                    EventMode::Sync => Some(batch),
                };
                if let Some(batch) = left {
                    let called = call(hook, &batch, &self.executor);
                    self.note(position, called, hook.mode(), &mut told);
                }
            }
        }
        told
    }

    /// Waits for the hooks that nobody waited for, and writes the files of the hooks that come with the program.
    pub fn finish(mut self) -> Told {
        let mut told = Told::default();
        self.flush(&mut told);
        let hooks = self.hooks.clone();
        let read = hooks.sources.paths();
        let log = hooks.logging.as_ref().map(|settings| &settings.0).zip(self.log.take());
        let summary = hooks.metrics.as_ref().map(|settings| &settings.0).zip(self.summary.take());
        let files = [log, summary.map(|(place, summary)| (place, summary.text()))];
        for (place, text) in files.into_iter().flatten() {
            if let Err(why) = place.write(&hooks.root, &read, text.as_bytes()) {
                let path = place.path.display();
                let diagnostic =
                    Diagnostic::warning(&CANNOT_WRITE_EVENTS, format!("`{path}` cannot be written: {why}"))
                        .help("give a path inside the project that can be written");
                told.report.push(match place.span {
                    Some(span) => diagnostic.label(span, "this path"),
                    None => diagnostic,
                });
            }
        }
        told
    }

    fn note(&mut self, position: usize, mut called: Called, mode: EventMode, told: &mut Told) {
        let Some(hook) = self.hooks.all.get(position) else { return };
        called.report(hook, &self.hooks.sources, mode == EventMode::Sync, &mut told.report);
        told.lines.append(&mut called.lines);
        if let Some(summary) = &mut self.summary {
            summary.add_call(hook.name(), called.events, called.failed(), called.took);
            summary.add_metrics(std::mem::take(&mut called.metrics));
        }
    }

    /// Puts events into the queue. Gives them back if there is no thread to handle them.
    fn queue(&mut self, job: Job) -> Option<Vec<Event>> {
        if self.worker.is_none() {
            self.worker = Worker::start(&self.hooks, &self.executor);
        }
        let Some(worker) = &mut self.worker else { return Some(job.events) };
        let (hook, count) = (job.hook, job.events.len());
        match worker.jobs.send(job) {
            Ok(()) => {
                if let Some(outstanding) = worker.outstanding.get_mut(hook) {
                    *outstanding += count;
                }
                None
            }
            Err(refused) => Some(refused.0.events),
        }
    }

    fn flush(&mut self, told: &mut Told) {
        let Some(Worker { jobs, answers, mut outstanding }) = self.worker.take() else { return };
        drop(jobs);
        let hooks = self.hooks.clone();
        let waiting = hooks.all.iter().zip(&outstanding).filter(|(_, outstanding)| **outstanding > 0);
        let patience = waiting.map(|(hook, _)| hook.timeout()).max().unwrap_or(Duration::ZERO);
        let deadline = Instant::now() + patience;
        let mut answered = Vec::new();
        let left = || deadline.saturating_duration_since(Instant::now());
        while let Ok((hook, called)) = answers.recv_timeout(left()) {
            if let Some(count) = outstanding.get_mut(hook) {
                *count = count.saturating_sub(called.events);
            }
            answered.push((hook, called));
        }
        // The answers of one hook came in the order of its events.
        answered.sort_by_key(|(hook, _)| *hook);
        answered.into_iter().for_each(|(hook, called)| self.note(hook, called, EventMode::Async, told));
        for (hook, left) in hooks.all.iter().zip(outstanding).filter(|(_, left)| *left > 0) {
            let events = if left == 1 { "1 event was".to_owned() } else { format!("{left} events were") };
            let message = format!("{events} not handled by hook `{}` in time", hook.name());
            told.report.push(
                Diagnostic::warning(&HOOK_UNFINISHED, message)
                    .label(hook.span("entry"), format!("the run waited {} ms for it", patience.as_millis()))
                    .help("raise `limits.timeout_ms`, or let the hook take more events at once with `batch`"),
            );
        }
    }
}

impl Worker {
    fn start(hooks: &Arc<Hooks>, executor: &Executor) -> Option<Self> {
        let (jobs, queue) = channel::<Job>();
        let (answer, answers) = channel();
        let (shared, executor) = (hooks.clone(), executor.clone());
        let work = move || {
            for job in queue {
                let Some(hook) = shared.all.get(job.hook) else { continue };
                let called = call(hook, &job.events, &executor);
                if answer.send((job.hook, called)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("hooks".to_owned()).spawn(work).ok()?;
        Some(Self { jobs, answers, outstanding: vec![0; hooks.all.len()] })
    }
}
