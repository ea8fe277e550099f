//! The template runtime: a capability is a Jinja template, rendered in the environment of the built-in ones.

use std::borrow::Cow;
use std::path::PathBuf;

use minijinja::{Value, context};

use super::{Answer, Fault, Request, Runtime};
use crate::emit::{Templates, template_value};
use crate::generator::metadata_values;

/// Units of work per call, unless the manifest says otherwise.
const FUEL: u64 = 500_000_000;

/// Renders the templates of one plugin.
#[derive(Debug)]
pub struct TemplateRuntime {
    templates: Templates,
}

impl TemplateRuntime {
    /// A runtime for the templates below a directory.
    pub fn new(root: PathBuf, fuel: Option<u64>) -> Self {
        let source = move |name: &str| {
            let clean = !name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
            std::fs::read_to_string(root.join(name)).ok().filter(|_| clean).map(Cow::Owned)
        };
        Self { templates: Templates::new(source).with_fuel(fuel.unwrap_or(FUEL)) }
    }
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
}
