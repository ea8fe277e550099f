//! Capabilities of plugins as generators: an action goes to the runtime, and what comes back becomes a fragment.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::host::{self, Call};
use super::runtime::protocol::{Platform, Upstream};
use super::runtime::{Answer, CallContext, Fault, Limits, Request, Runtime, Runtimes};
use super::spec::{self, SettingsSchema};
use super::{Kind, Plugin, kinds};
use crate::expand::Action;
use crate::generator::{Capability, Context, Fragment, Generator};
use crate::project::{Project, Verification};
use crate::report::Report;

/// A load, transform, write or test of a plugin.
struct PluginGenerator {
    capability: Capability,
    plugin: Arc<Plugin>,
    index: usize,
    schema: SettingsSchema,
    limits: Limits,
    runtimes: Arc<Runtimes>,
    /// Made when it is first needed.
    runtime: OnceLock<Result<Arc<dyn Runtime>, Fault>>,
}

/// The generator for an entry of a plugin's `provides`, if it is one of a generator.
pub(super) fn of(
    plugin: &Arc<Plugin>,
    index: usize,
    project: &Project,
    runtimes: &Arc<Runtimes>,
) -> Option<Arc<dyn Generator>> {
    let provision = plugin.provision(index)?;
    match provision.kind {
        Kind::Reader => return kinds::reader::of(plugin, index, project, runtimes),
        Kind::Writer => return kinds::writer::of(plugin, index, project, runtimes),
        _ => {}
    }
    let kind = provision.kind.action_type()?;
    let entry = plugin.provision_node(index);
    let sources = &project.sources;
    let schema =
        SettingsSchema::new(provision.schema.as_ref(), entry.get("schema").unwrap_or(entry), &plugin.root, sources);
    let capability = Capability {
        kind,
        name: provision.key.clone(),
        summary: provision.description.clone().or_else(|| provision.title.clone()).unwrap_or_default(),
        schema: schema.compiled(),
        adds_metadata: provision.operational_metadata,
        plugin: Some(plugin.clone()),
        reads: provision.reads.clone(),
        takes_text: provision.source_string,
        host_keys: Vec::new(),
    };
    let allowed = project.loaded.settings.plugins.as_ref().and_then(|plugins| plugins.limits.as_ref());
    Some(Arc::new(PluginGenerator {
        capability,
        plugin: plugin.clone(),
        index,
        schema,
        limits: Limits::of(&plugin.manifest.limits, allowed),
        runtimes: runtimes.clone(),
        runtime: OnceLock::new(),
    }))
}

impl PluginGenerator {
    fn runtime(&self) -> Result<&Arc<dyn Runtime>, Fault> {
        let made = self.runtime.get_or_init(|| self.runtimes.start(&self.plugin, &self.limits));
        made.as_ref().map_err(Clone::clone)
    }

    /// Asks the plugin, twice if its answers are to be compared.
    fn ask(&self, request: &Request<'_>, verification: Verification) -> Result<Result<Answer, Fault>, host::Differs> {
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(fault) => return Ok(Err(fault)),
        };
        let answer = runtime.generate(request);
        if verification == Verification::Twice && self.plugin.manifest.is_deterministic() {
            host::compare(&answer, &runtime.generate(request))?;
        }
        Ok(answer)
    }
}

impl Generator for PluginGenerator {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn check(&self, action: &Action, project: &Project, report: &mut Report) {
        let Some(provision) = self.plugin.provision(self.index) else { return };
        if let Some(fault) = self.schema.fault(&self.capability.schema) {
            report.push(fault);
        }
        spec::check_read_mode(action, provision, report);
        let entry = Request::entry_of(provision);
        if let Err(fault) = self.runtime().and_then(|runtime| runtime.check(entry)) {
            let place = host::Place { plugin: &self.plugin, index: self.index, action, sources: &project.sources };
            report.push(host::of_fault(&fault, &place));
        }
    }

    fn generate(&self, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let provision = self.plugin.provision(self.index)?;
        let call = Call {
            place: host::Place { plugin: &self.plugin, index: self.index, action, sources: &context.project.sources },
            provision,
            context,
            limits: &self.limits,
        };
        let request = request(&call, host::read_files(&call, report)?);
        match self.ask(&request, context.project.plugin_options.verification) {
            Ok(Ok(answer)) => host::fragment(answer, &call, report),
            Ok(Err(fault)) => {
                report.push(host::of_fault(&fault, &call.place));
                None
            }
            Err(differs) => {
                report.push(host::of_difference(&differs, &call.place));
                None
            }
        }
    }
}

fn request<'a>(call: &Call<'a>, files: BTreeMap<String, String>) -> Request<'a> {
    let (context, provision, action) = (call.context, call.provision, call.place.action);
    let upstream = action.sources().into_iter().map(|source| {
        let defines = |other: &&&Action| other.target() == Some(source.name.as_str());
        let action = context.actions.iter().find(defines).map(|other| other.name.to_string());
        Upstream { name: source.name, action }
    });
    Request {
        kind: provision.kind,
        key: &provision.key,
        entry: Request::entry_of(provision),
        action,
        config: call.place.plugin.config.values.as_ref(),
        context: CallContext {
            project: context.project.loaded.settings.name.as_deref(),
            env: &context.project.environment.name,
            pipeline: context.pipeline,
            flowgroup: context.flowgroup,
            job_name: context.job_name,
            presets: context.presets,
            read_mode: spec::read_mode(action, provision),
            platform: Platform::default(),
        },
        upstream: upstream.collect(),
        files,
    }
}
