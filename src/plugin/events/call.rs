//! One call of a hook: events go in, what it did and what is wrong come out.

use std::time::{Duration, Instant};

use super::effects::{Done, Executor, Metric, Trouble};
use super::line::one_line;
use super::{Effect, Event, EventAnswer, EventRequest, Hook, Hooks, Line};
use crate::plugin::manifest::FailurePolicy;
use crate::plugin::runtime::{Fault, Finding, TemplatePlace};
use crate::report::{Diagnostic, Report, Rule, Severity, Subject, rules};
use crate::source::{SourceMap, Span};

rules! {
    /// A hook failed whose `failure_policy` is `fail`. The unit that its event was about has an error.
    ///
    /// ## Why
    /// Such a hook is a gate: what it does not accept must not be published.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {kind: hook, key: gate, entry: gate.json.j2, events: [pipeline.end], failure_policy: fail}
    /// ```
    /// ```json
    /// {"effects": [{"kind": "fail", "message": "pipeline `bronze` has no owner"}]}
    /// ```
    ///
    /// ## Right
    /// Correct what the hook complains about. If the run should go on without it, let it only warn:
    /// ```yaml
    /// - {kind: hook, key: gate, entry: gate.json.j2, events: [pipeline.end], failure_policy: log}
    /// ```
    pub static HOOK_FAILED: Rule = Rule::new("LHP-PLG-047", "hook-failed");
    /// A hook failed, and its `failure_policy` lets the run go on.
    ///
    /// ## Why
    /// What the hook should have done was not done: a message was not sent, or a file was not written.
    ///
    /// ## Wrong
    /// ```json
    /// {"effects": [{"kind": "http_post", "url": "http://localhost:9/", "json": {}}]}
    /// ```
    ///
    /// ## Right
    /// Correct the hook, or its settings. A hook whose failures do not matter says so:
    /// ```yaml
    /// - {kind: hook, key: notify, entry: notify.json.j2, events: [pipeline.error], failure_policy: ignore}
    /// ```
    pub static HOOK_WARNING: Rule = Rule::new("LHP-PLG-047", "hook-warning").warning();
    /// A hook that the run waits for took more than a quarter of a second.
    ///
    /// ## Why
    /// Hooks run between the phases of a run, so that everybody waits for them.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {kind: hook, key: notify, entry: notify.json.j2, events: ["action.*"]}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - {kind: hook, key: notify, entry: notify.json.j2, events: ["action.*"], mode: async, batch: {max: 100}}
    /// ```
    pub static SLOW_HOOK: Rule = Rule::new("LHP-PLG-047", "slow-hook").advice();
    /// A hook has something to say about the run.
    ///
    /// ## Why
    /// The author of the hook thought that you would want to know.
    ///
    /// ## Wrong
    /// ```json
    /// {"diagnostics": [{"severity": "warning", "code": "OWN-1", "message": "pipeline `bronze` has no owner"}]}
    /// ```
    ///
    /// ## Right
    /// Follow the advice of the hook. Its findings can be silenced as those of other rules can.
    pub static HOOK_FINDING: Rule = Rule::new("LHP-PLG-040", "hook-finding").warning().or_advice();
}

/// A hook that the run waits for is slow if a call takes longer.
const SLOW: Duration = Duration::from_millis(250);

/// What became of a call.
#[derive(Debug, Default)]
pub struct Called {
    pub events: usize,
    pub took: Duration,
    pub lines: Vec<Line>,
    pub metrics: Vec<Metric>,
    pub troubles: Vec<Trouble>,
    /// Warnings and remarks of the hook.
    findings: Vec<Finding>,
    /// Where a template failed.
    place: Option<TemplatePlace>,
    subject: Subject,
}

/// Calls a hook with some events, and does what it asks for.
pub fn call(hook: &Hook, events: &[Event], executor: &Executor) -> Called {
    let start = Instant::now();
    let (effects, mut called) = rehearse(hook, events);
    let mut done = Done::default();
    executor.run(hook, &effects, &mut done);
    (called.lines, called.metrics) = (done.lines, done.metrics);
    called.troubles.splice(0..0, done.troubles);
    called.took = start.elapsed();
    called
}

/// Calls a hook with some events, and gives what it asks for without doing it.
pub fn rehearse(hook: &Hook, events: &[Event]) -> (Vec<Effect>, Called) {
    let start = Instant::now();
    let mut called = Called { events: events.len(), subject: common_subject(events), ..Called::default() };
    let mut effects = Vec::new();
    match answer(hook, events) {
        Ok(answer) => {
            effects = answer.effects;
            let (errors, findings) =
                answer.diagnostics.into_iter().partition(|found| found.severity == Severity::Error);
            called.findings = findings;
            let errors: Vec<Finding> = errors;
            called.troubles.extend(errors.into_iter().map(|found| Trouble::Failed(said(hook, &found))));
        }
        Err(fault) => {
            if let Fault::Template { place, .. } | Fault::OutOfFuel { place, .. } = &fault {
                called.place.clone_from(place);
            }
            called.troubles.push(Trouble::Failed(one_line(&hook.redaction().text(&describe(&fault)))));
        }
    }
    called.took = start.elapsed();
    (effects, called)
}

/// What a hook answers to some events. Nothing that it asks for is done.
///
/// # Errors
/// Whatever keeps the hook from answering.
pub fn answer(hook: &Hook, events: &[Event]) -> Result<EventAnswer, Fault> {
    let provision = hook.provision().filter(|_| !events.is_empty());
    let Some(provision) = provision else { return Ok(EventAnswer::default()) };
    let env = events.first().map(|event| event.env.clone()).unwrap_or_default();
    hook.ask(&EventRequest { plugin: hook.plugin(), provision, env: &env, events })
}

/// What all hooks that take some of these events answer, one call after the other. Nothing that they ask for is done.
///
/// # Errors
/// The first fault of a hook.
pub fn answers(hooks: &Hooks, events: &[Event]) -> Result<EventAnswer, Fault> {
    let mut all = EventAnswer::default();
    for hook in hooks.all() {
        let taken: Vec<Event> = events.iter().filter(|event| hook.takes(event)).cloned().collect();
        for batch in taken.chunks(hook.batch()) {
            let mut one = answer(hook, batch)?;
            all.effects.append(&mut one.effects);
            all.diagnostics.append(&mut one.diagnostics);
        }
    }
    Ok(all)
}

fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Unavailable { runtime } => format!("this version does not run plugins of type `{runtime}`"),
        Fault::NoEntry { detail }
        | Fault::WrongInterface { detail }
        | Fault::WrongVersion { detail }
        | Fault::Incompatible { detail }
        | Fault::UnknownImport { detail }
        | Fault::Environment { detail } => detail.clone(),
        Fault::Missing { detail, help } => format!("{detail}: {help}"),
        Fault::NotGranted { detail, grant } => format!("{detail}; to allow it, grant `{grant}`"),
        Fault::Template { message, .. } => message.clone(),
        Fault::GivenUp { cause } => format!("it is not told any more, after several times: {}", describe(cause)),
        Fault::Timeout { milliseconds, .. } => format!("no answer within {milliseconds} ms"),
        Fault::OutOfFuel { limit, .. } => format!("it did more work than its limit of {limit} units allows"),
        Fault::TooLarge { what } => format!("{what} is too large"),
        Fault::Crashed { detail, said } => match said.lines().last() {
            Some(last) => format!("{detail}; it said last: {}", last.trim()),
            None => detail.clone(),
        },
        Fault::Malformed { detail, head } => {
            let head = if head.is_empty() { String::new() } else { format!("; it begins with `{}`", head.trim()) };
            format!("its answer cannot be read: {detail}{head}")
        }
    }
}

/// What a hook said, with its own code.
fn said(hook: &Hook, finding: &Finding) -> String {
    let code = finding.code.as_deref().map_or_else(String::new, |code| format!(" ({code})"));
    one_line(&hook.redaction().text(&format!("{}{code}", finding.message)))
}

/// The unit that all events are about.
fn common_subject(events: &[Event]) -> Subject {
    let Some(first) = events.first() else { return Subject::default() };
    let all = |part: fn(&Event) -> &Option<std::sync::Arc<str>>| {
        part(first).clone().filter(|_| events.iter().all(|event| part(event) == part(first)))
    };
    let pipeline = all(|event| &event.pipeline);
    let flowgroup = all(|event| &event.flowgroup).filter(|_| pipeline.is_some());
    let action = all(|event| &event.action).filter(|_| flowgroup.is_some());
    Subject { pipeline, flowgroup, action }
}

impl Called {
    /// Whether something was wrong.
    pub fn failed(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// What people are told about the call.
    pub fn report(&self, hook: &Hook, sources: &SourceMap, waited: bool, report: &mut Report) {
        let from = report.diagnostics.len();
        for trouble in &self.troubles {
            match trouble {
                Trouble::Failed(why) => self.failure(hook, why, sources, report),
                Trouble::Refused { rule, message, help } => report.push(
                    Diagnostic::error(rule, message.clone())
                        .label(hook.span("entry"), "the hook is declared here")
                        .help(help.clone()),
                ),
            }
        }
        for finding in &self.findings {
            let diagnostic = Diagnostic::warning(&HOOK_FINDING, said(hook, finding))
                .severity(finding.severity)
                .label(hook.span("entry"), format!("hook `{}` says so", hook.name()));
            let help = finding.help.as_deref().map(|help| hook.redaction().text(help));
            report.push(diagnostic.maybe_help(help));
        }
        if waited && !self.failed() && self.took > SLOW {
            report.push(
                Diagnostic::advice(&SLOW_HOOK, format!("the run waited for hook `{}`", hook.name()))
                    .label(hook.span("entry"), "this hook took more than 250 ms")
                    .help("let it run with `mode: async`, or give it several events at once with `batch`"),
            );
        }
        report.set_subject(from, &self.subject);
    }

    fn failure(&self, hook: &Hook, why: &str, sources: &SourceMap, report: &mut Report) {
        let message = format!("hook `{}` failed: {why}", hook.name());
        let diagnostic = match hook.policy() {
            FailurePolicy::Ignore => return,
            FailurePolicy::Log => Diagnostic::warning(&HOOK_WARNING, message),
            FailurePolicy::Fail | FailurePolicy::Raise => Diagnostic::error(&HOOK_FAILED, message),
        };
        let diagnostic = match self.place.as_ref().and_then(|place| span_of(place, sources)) {
            Some(span) => diagnostic.label(span, "the template fails here").label(hook.span("entry"), "used here"),
            None => diagnostic.label(hook.span("entry"), "the hook is declared here"),
        };
        report.push(diagnostic.help(match hook.policy() {
            FailurePolicy::Fail => {
                "correct what the hook complains about, or the hook; with `failure_policy: log` it would only warn"
            }
            _ => "correct the hook or its settings; with `failure_policy: ignore` it would fail silently",
        }));
    }
}

/// The line of a template.
fn span_of(place: &TemplatePlace, sources: &SourceMap) -> Option<Span> {
    let file = sources.load(&place.file).ok()?;
    let source = sources.get(file);
    let mut start = 0;
    for (number, text) in source.text.split_inclusive('\n').enumerate() {
        if Some(number + 1) == place.line {
            let shown = text.trim_end();
            let indent = shown.len() - shown.trim_start().len();
            return Some(Span::new(file, start + indent, start + shown.len()));
        }
        start += text.len();
    }
    Some(Span::start_of(file))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::plugin::{Table, load};
    use crate::project::{Project, ProjectOptions};

    /// The report of a call that took some time.
    fn report(took: Duration, waited: bool) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("lhp.yaml", "name: shop\n");
        write("plugins/slow/h.json.j2", "");
        let manifest = "schema: 1\nid: slow\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n  - {kind: hook, key: h, entry: h.json.j2, events: [\"*\"]}\n";
        write("plugins/slow/plugin.yaml", manifest);
        let sources = Arc::new(SourceMap::new(root.path()));
        let options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
        let mut report = Report::default();
        let project = Project::open(sources.clone(), &options, &mut Report::default()).unwrap();
        let table = load(&project, &Table::built_in(), &options.plugins, &mut report).unwrap();
        let hooks = Hooks::of(&project, &table, &options.plugins, &mut report).unwrap();
        let called = Called { events: 1, took, ..Called::default() };
        called.report(&hooks.all()[0], &sources, waited, &mut report);
        report.diagnostics.iter().map(|found| format!("{} {}", found.severity.word(), found.rule)).collect()
    }

    #[test]
    fn p_14_a_slow_hook_that_is_waited_for_gets_advice() {
        assert_eq!(report(Duration::from_millis(251), true), ["advice LHP-PLG-047/slow-hook"]);
        assert_eq!(report(Duration::from_millis(251), false), Vec::<String>::new());
        assert_eq!(report(Duration::from_millis(250), true), Vec::<String>::new());
    }
}
