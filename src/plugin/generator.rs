//! Capabilities of plugins as generators: an action goes to the runtime, and what comes back becomes a fragment.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::cache::{Common, Fresh, Key, Results};
use super::host::{self, Call};
use super::manifest::RuntimeKind;
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
    results: Option<KnownResults>,
}

/// Answers of earlier runs.
struct KnownResults {
    all: Arc<Results>,
    /// What the requests to the plugin have in common; made when it is first needed.
    common: OnceLock<Option<Common>>,
}

/// What became of a request.
struct Asked {
    answer: Result<Answer, Fault>,
    /// The answer as it is to be kept, if it is new.
    fresh: Option<Fresh>,
}

/// The generator for an entry of a plugin's `provides`, if it is one of a generator.
pub(super) fn of(
    plugin: &Arc<Plugin>,
    index: usize,
    project: &Project,
    runtimes: &Arc<Runtimes>,
    results: Option<&Arc<Results>>,
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
        // A template is rendered as fast as a file is read.
        results: results
            .filter(|_| plugin.manifest.runtime.kind != RuntimeKind::Template && plugin.manifest.is_deterministic())
            .map(|all| KnownResults { all: all.clone(), common: OnceLock::new() }),
    }))
}

impl PluginGenerator {
    fn runtime(&self) -> Result<&Arc<dyn Runtime>, Fault> {
        let made = self.runtime.get_or_init(|| self.runtimes.start(&self.plugin, &self.limits));
        made.as_ref().map_err(Clone::clone)
    }

    /// The answer to a request: that of an earlier run, or that of the plugin. If answers are to be compared, the plugin
    /// is asked once more than needed.
    fn ask(&self, request: &Request<'_>, verification: Verification) -> Result<Asked, host::Differs> {
        let known = self.results.as_ref().and_then(|results| results.look(&self.plugin, &self.runtimes, request));
        let verified = verification == Verification::Twice && self.plugin.manifest.is_deterministic();
        if let Some((_, Some(answer))) = &known
            && !verified
        {
            return Ok(Asked { answer: Ok(answer.clone()), fresh: None });
        }
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(fault) => return Ok(Asked { answer: Err(fault), fresh: None }),
        };
        let answer = runtime.generate(request);
        match known {
            Some((key, Some(earlier))) => {
                host::compare(&Ok(earlier), &answer).inspect_err(|_| {
                    self.results.iter().for_each(|results| results.all.doubt(&key));
                })?;
                Ok(Asked { answer, fresh: None })
            }
            known => {
                if verified {
                    host::compare(&answer, &runtime.generate(request))?;
                }
                let fresh = known.zip(answer.as_ref().ok()).and_then(|((key, _), answer)| {
                    let plugin = format!("{} {}", self.plugin.id(), self.plugin.manifest.version);
                    Fresh::of(&key, &plugin, answer)
                });
                Ok(Asked { answer, fresh })
            }
        }
    }
}

impl KnownResults {
    /// The key of a request, and the answer to it if there is one. None if no answer of the plugin is kept.
    fn look(&self, plugin: &Plugin, runtimes: &Runtimes, request: &Request<'_>) -> Option<(Key, Option<Answer>)> {
        let common = self.common.get_or_init(|| Common::of(plugin, runtimes)).as_ref()?;
        let wire = request.to_json();
        let key = common.key(&wire.params);
        let answer = self.all.look(&key).map(|answer| Answer { tokens: wire.tokens, ..answer });
        Some((key, answer))
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
        // A module is not even read if all answers are known; what is wrong with it is told when one is not.
        if self.results.is_some() && self.plugin.manifest.runtime.kind == RuntimeKind::Wasm {
            return;
        }
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
            Ok(Asked { answer: Ok(answer), fresh }) => {
                let fragment = host::fragment(answer, &call, report)?;
                // Only what is good is kept: an answer that was refused may hold a secret.
                if let Some((results, fresh)) = self.results.as_ref().zip(fresh) {
                    results.all.learn(fresh);
                }
                Some(fragment)
            }
            Ok(Asked { answer: Err(fault), .. }) => {
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
        // Code that is generated has no use for secrets; hooks and commands are given them.
        config: call.place.plugin.config.shown.as_ref(),
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
