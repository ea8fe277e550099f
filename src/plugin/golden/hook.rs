//! Events of a case: they go to the hooks of the plugin, and what these answer comes out.
//!
//! Effects are not carried out: a test is about what a hook asks for.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Tested;
use super::case::Case;
use super::project::{ENVIRONMENT, Made, findings, project_options, stage};
use crate::plugin::Table;
use crate::plugin::events::call::rehearse;
use crate::plugin::events::{Event, Hook, Hooks};
use crate::project::Project;
use crate::report::Report;
use crate::source::SourceMap;

/// Gives events to every hook of the plugin that subscribes to one of them.
pub fn call(tested: &Tested<'_>, case: &Case, events: &[Event]) -> io::Result<Made> {
    let staged = stage(tested, case)?;
    let sources = Arc::new(SourceMap::new(staged.root()));
    let mut report = Report::default();
    let start = Instant::now();
    let answers = answers(&sources, tested.manifest.id.as_str(), events, &mut report);
    let mut made = Made { took: start.elapsed(), json: answers, ..Made::default() };
    made.findings = findings(&report, &sources, tested, case, &staged);
    Ok(made)
}

fn answers(sources: &Arc<SourceMap>, id: &str, events: &[Event], report: &mut Report) -> Option<Json> {
    let options = project_options();
    let project = Project::open(sources.clone(), &options, report)?;
    let table = crate::plugin::load(&project, &Table::built_in(), &options.plugins, report)?;
    let hooks = Hooks::of(&project, &table, &options.plugins, report)?;
    let mut effects = Vec::new();
    for hook in hooks.all().iter().filter(|hook| hook.plugin().id() == id) {
        effects.extend(effects_of(hook, events, sources, report));
    }
    (!report.has_errors()).then(|| json!({"effects": effects}))
}

/// What one hook asks for.
fn effects_of(hook: &Hook, events: &[Event], sources: &SourceMap, report: &mut Report) -> Vec<Json> {
    let numbered = events.iter().zip(1..).map(|(event, seq)| {
        let env = if event.env.is_empty() { ENVIRONMENT.into() } else { event.env.clone() };
        Event { seq, env, ..event.clone() }
    });
    let taken: Vec<Event> = numbered.filter(|event| hook.takes(event)).collect();
    let mut effects = Vec::new();
    for batch in taken.chunks(hook.batch()) {
        let (wanted, called) = rehearse(hook, batch);
        called.report(hook, sources, false, report);
        // What a case has in its settings stands beside it in clear text, so nothing has to be hidden.
        effects.extend(wanted.iter().filter_map(|effect| serde_json::to_value(effect).ok()));
    }
    effects
}
