//! The template runtime: a capability is a Jinja template, rendered in the environment of the built-in ones.

use std::borrow::Cow;
use std::path::PathBuf;

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::json_templates::JsonTemplates;
use super::{Answer, Fault, Request, Runtime};
use crate::emit::{Templates, template_value};
use crate::generator::metadata_values;
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};

/// Units of work per call, unless the manifest says otherwise.
const FUEL: u64 = 500_000_000;
/// Units of work per call of a hook, unless the manifest says otherwise.
const HOOK_FUEL: u64 = 5_000_000;
/// Size of the answer of a hook, unless the manifest says otherwise (KiB).
const OUTPUT_KB: u64 = 4_096;

/// Renders the templates of one plugin.
#[derive(Debug)]
pub struct TemplateRuntime {
    templates: Templates,
    json: JsonTemplates,
}

impl TemplateRuntime {
    /// A runtime for the templates below a directory.
    pub fn new(root: PathBuf, fuel: Option<u64>) -> Self {
        let json = json_templates(root.clone(), fuel, None);
        let source = move |name: &str| {
            let clean = !name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
            std::fs::read_to_string(root.join(name)).ok().filter(|_| clean).map(Cow::Owned)
        };
        Self { templates: Templates::new(source).with_fuel(fuel.unwrap_or(FUEL)), json }
    }

    /// A runtime for the templates of a plugin.
    pub fn of(plugin: &Plugin) -> Self {
        let (root, limits) = (plugin.template_root(), &plugin.manifest.limits);
        let json = json_templates(root.clone(), limits.fuel, limits.output_kb);
        Self { json, ..Self::new(root, limits.fuel) }
    }
}

fn json_templates(root: PathBuf, fuel: Option<u64>, output_kb: Option<u64>) -> JsonTemplates {
    let bytes = output_kb.unwrap_or(OUTPUT_KB).saturating_mul(1024);
    JsonTemplates::new(root, fuel.unwrap_or(HOOK_FUEL), usize::try_from(bytes).unwrap_or(usize::MAX))
}

impl Runtime for TemplateRuntime {
    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let action = request.action;
        let values = context! {
            action => template_value(&action.node),
            spec => template_value(&action.settings),
            config => request.plugin.config.values.as_ref().map_or(Value::from(()), template_value),
            env => request.context.project.environment.name.as_str(),
            pipeline => request.context.pipeline,
            flowgroup => request.context.flowgroup,
            target => action.target(),
            metadata => metadata_values(action),
            files => Value::from_pairs(request.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))),
        };
        let entry = request.provision.entry.as_deref().unwrap_or_default();
        let body = self.templates.render(entry, values).map_err(Fault::Template)?;
        Ok(Answer { body, ..Answer::default() })
    }
    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        let events: Vec<Value> = request.events.iter().map(|event| Value::from(Serde(event))).collect();
        let event = events.first().cloned().unwrap_or_default();
        let part = |name: &str| event.get_attr(name).unwrap_or_default();
        let values = context! {
            config => request.plugin.config.values.as_ref().map_or(Value::from(()), template_value),
            env => request.env,
            type => part("type"),
            timestamp => part("timestamp"),
            pipeline => part("pipeline"),
            flowgroup => part("flowgroup"),
            action => part("action"),
            metadata => part("metadata"),
            error => part("error"),
            event,
            events,
        };
        let entry = request.provision.entry.as_deref().unwrap_or_default();
        EventAnswer::parse(&self.json.render(entry, values)?)
    }
}
