//! Events of a case: they go to the hooks of the plugin, and what these answer comes out.
//!
//! Effects are not carried out: a test is about what a hook asks for.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::{Value as Json, json};

use super::Tested;
use super::case::Case;
use super::project::{ENVIRONMENT, Made, findings, project_options, stage};
use crate::check::node_json;
use crate::emit::{Templates, template_value};
use crate::plugin::inspect::UNREADABLE_TEMPLATE;
use crate::plugin::manifest::Provision;
use crate::plugin::{Kind, Plugin, Table};
use crate::project::Project;
use crate::report::{Diagnostic, Report};
use crate::source::SourceMap;
use crate::syntax::Node;

/// Gives events to every hook of the plugin that subscribes to one of them.
pub fn call(tested: &Tested<'_>, case: &Case, events: &[Node]) -> io::Result<Made> {
    let staged = stage(tested, case)?;
    let sources = Arc::new(SourceMap::new(staged.root()));
    let mut report = Report::default();
    let start = Instant::now();
    let answers = answers(&sources, events, &mut report);
    let mut made = Made { took: start.elapsed(), json: answers, ..Made::default() };
    made.findings = findings(&report, &sources, tested, case, &staged);
    Ok(made)
}

fn answers(sources: &Arc<SourceMap>, events: &[Node], report: &mut Report) -> Option<Json> {
    let options = project_options();
    let project = Project::open(sources.clone(), &options, report)?;
    let table = crate::plugin::load(&project, &Table::built_in(), &options.plugins, report)?;
    let (mut effects, mut diagnostics) = (Vec::new(), Vec::new());
    for row in table.plugin_rows().iter().filter(|row| row.kind == Kind::Hook) {
        let Some(provision) = row.plugin.provision(row.index) else { continue };
        for event in events.iter().filter(|event| subscribes(provision, event)) {
            match answer(&row.plugin, provision, event) {
                Ok(mut answer) => {
                    let mut take = |key: &str| answer.get_mut(key).and_then(Json::as_array_mut).map(std::mem::take);
                    effects.extend(take("effects").unwrap_or_default());
                    diagnostics.extend(take("diagnostics").unwrap_or_default());
                }
                Err(message) => report.push(
                    Diagnostic::error(&UNREADABLE_TEMPLATE, format!("hook `{}`: {message}", provision.key))
                        .label(row.plugin.provision_span(row.index, "entry"), "this template")
                        .help("let the template write a JSON object with `effects`"),
                ),
            }
        }
    }
    let mut answer = json!({"effects": effects});
    if let (Some(answer), false) = (answer.as_object_mut(), diagnostics.is_empty()) {
        answer.insert("diagnostics".to_owned(), diagnostics.into());
    }
    Some(answer)
}

/// What a hook answers to one event.
fn answer(plugin: &Plugin, provision: &Provision, event: &Node) -> Result<Json, String> {
    let root = plugin.manifest.runtime.root.as_deref().map_or(plugin.root.clone(), |root| plugin.root.join(root));
    let templates = Templates::new(move |name| std::fs::read_to_string(root.join(name)).ok().map(Cow::Owned));
    let event = Value::from(Serde(complete(event)));
    let values = context! {
        event => event.clone(),
        events => vec![event],
        config => plugin.config.values.as_ref().map_or(Value::from(()), template_value),
        env => ENVIRONMENT,
    };
    let entry = provision.entry.as_deref().unwrap_or_default();
    let text = templates.render(entry, values).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("the answer is not JSON: {error}"))
}

/// An event with all keys that every event has.
fn complete(event: &Node) -> Json {
    let mut whole = json!({
        "version": "1.0", "seq": 1, "type": null, "timestamp": 0.0, "env": ENVIRONMENT, "pipeline": null,
        "flowgroup": null, "action": null, "metadata": {}, "error": null, "tags": {},
    });
    if let (Some(whole), Json::Object(given)) = (whole.as_object_mut(), node_json(event)) {
        whole.extend(given);
    }
    whole
}

fn subscribes(provision: &Provision, event: &Node) -> bool {
    let name = event.get("type").and_then(Node::as_str).unwrap_or_default();
    provision.events.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => wanted == name,
    })
}
