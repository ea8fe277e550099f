//! Capabilities of plugins as generators: an action goes to the runtime, and what comes back becomes a fragment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Plugin;
use super::manifest::{RuntimeKind, SchemaSource};
use super::runtime::template::TemplateRuntime;
use super::runtime::{Request, Runtime};
use crate::check::CompiledSchema;
use crate::expand::Action;
use crate::generator::{Capability, Context, Fragment, Generator, Section};
use crate::model::ActionType;
use crate::project::Project;
use crate::report::Report;

/// A load, transform, write or test of a plugin.
struct PluginGenerator {
    capability: Capability,
    plugin: Arc<Plugin>,
    index: usize,
    runtime: Arc<dyn Runtime>,
}

/// The generator for an entry of a plugin's `provides`, if it is one of a generator.
pub(super) fn of(
    plugin: &Arc<Plugin>,
    index: usize,
    _project: &Project,
    _report: &mut Report,
) -> Option<Arc<dyn Generator>> {
    let provision = plugin.provision(index)?;
    let kind = provision.kind.action_type()?;
    let runtime: Arc<dyn Runtime> = match plugin.manifest.runtime.kind {
        RuntimeKind::Template => {
            let root =
                plugin.manifest.runtime.root.as_deref().map_or(plugin.root.clone(), |root| plugin.root.join(root));
            Arc::new(TemplateRuntime::new(root, plugin.manifest.limits.fuel))
        }
        _ => return None,
    };
    let schema = match &provision.schema {
        Some(SchemaSource::File(file)) => {
            let path = plugin.root.join(file);
            CompiledSchema::new(move || {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                serde_json::from_str(&text).unwrap_or(serde_json::Value::Bool(true))
            })
        }
        _ => CompiledSchema::new(|| serde_json::Value::Bool(true)),
    };
    let capability = Capability {
        kind,
        name: provision.key.clone(),
        summary: provision.description.clone().unwrap_or_default(),
        schema,
        adds_metadata: provision.operational_metadata,
        plugin: Some(plugin.clone()),
    };
    Some(Arc::new(PluginGenerator { capability, plugin: plugin.clone(), index, runtime }))
}

impl Generator for PluginGenerator {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn check(&self, _: &Action, _: &Project, _: &mut Report) {}

    fn generate(&self, action: &Action, context: &Context<'_>, _report: &mut Report) -> Option<Fragment> {
        let request = Request {
            plugin: &self.plugin,
            provision: self.plugin.provision(self.index)?,
            action,
            context,
            files: BTreeMap::new(),
        };
        let answer = self.runtime.generate(&request).ok()?;
        let section = match self.capability.kind {
            ActionType::Load => Section::Loads,
            ActionType::Transform => Section::Transforms,
            ActionType::Write => Section::Writes,
            ActionType::Test => Section::Tests,
        };
        Some(Fragment {
            imports: answer.imports,
            preamble: answer.pre_pipeline,
            pasted: true,
            ..Fragment::new(section, answer.body)
        })
    }
}
