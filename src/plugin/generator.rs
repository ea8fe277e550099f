//! Capabilities of plugins as generators: an action goes to the runtime, and what comes back becomes a fragment.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::cache::{Fresh, Key, Known, Results};
use super::host::{self, Call};
use super::manifest::RuntimeKind;
use super::runtime::protocol::{Platform, Upstream};
use super::runtime::{
    Answer, CallContext, Fault, Finding, Limits, Request, Runtime, Runtimes, SecretTokens, without_tokens,
};
use super::spec::{self, SettingsSchema};
use super::{Kind, Plugin, kinds};
use crate::expand::Action;
use crate::generator::{Capability, Context, Fragment, Generated, Generator};
use crate::project::{Project, Verification};
use crate::report::{Diagnostic, Report, Severity};

/// Actions that a plugin is asked for at once. The same for every machine, so that it is told the same everywhere.
const BATCH: usize = 16;

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
    /// Answers of earlier runs.
    results: Option<Known>,
}

/// What became of a request.
struct Asked {
    answer: Result<Answer, Fault>,
    /// The answer as it is to be kept, if it is new.
    fresh: Option<Fresh>,
    /// How a second answer differs, of a plugin that does not say that there is only one.
    differs: Option<host::Differs>,
}

impl From<Result<Answer, Fault>> for Asked {
    fn from(answer: Result<Answer, Fault>) -> Self {
        Self { answer, fresh: None, differs: None }
    }
}

/// A request, and what was answered to it in an earlier run.
struct Pending<'a> {
    request: Request<'a>,
    known: Option<(Key, Option<Answer>)>,
}

impl Pending<'_> {
    fn is_known(&self) -> bool {
        matches!(self.known, Some((_, Some(_))))
    }
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
        Kind::Reader => return kinds::reader::of(plugin, index, project, runtimes, results),
        Kind::Writer => return kinds::writer::of(plugin, index, project, runtimes, results),
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
            .map(Known::of),
    }))
}

impl PluginGenerator {
    fn runtime(&self) -> Result<&Arc<dyn Runtime>, Fault> {
        let made = self.runtime.get_or_init(|| self.runtimes.start(&self.plugin, &self.limits));
        made.as_ref().map_err(Clone::clone)
    }

    /// The answers to requests: those of earlier runs, or those of the plugin. If answers are to be compared, the plugin
    /// is asked once more than needed.
    fn ask(&self, pending: Vec<Pending<'_>>, verification: Verification) -> Vec<Result<Asked, host::Differs>> {
        let manifest = &self.plugin.manifest;
        let verified = verification == Verification::Twice && manifest.deterministic != Some(false);
        let requests = |wanted: &dyn Fn(&Pending<'_>) -> bool| -> Vec<&Request<'_>> {
            pending.iter().filter(|one| wanted(one)).map(|one| &one.request).collect()
        };
        let mut answers = self.answers(&requests(&|one| verified || !one.is_known())).into_iter();
        // What was answered in an earlier run need not be asked twice.
        let mut again = self.answers(&requests(&|one| verified && !one.is_known())).into_iter();
        let nothing = || Err(Fault::crashed("it gave no answer"));
        let asked = pending.into_iter().map(|Pending { known, .. }| match known {
            Some((_, Some(answer))) if !verified => Ok(Ok(answer).into()),
            Some((key, Some(earlier))) => {
                let answer = answers.next().unwrap_or_else(nothing);
                host::compare(&Ok(earlier), &answer).inspect_err(|_| {
                    self.results.iter().for_each(|results| results.doubt(&key));
                })?;
                Ok(answer.into())
            }
            known => {
                let answer = answers.next().unwrap_or_else(nothing);
                let differs = again.next().and_then(|second| host::compare(&answer, &second).err());
                if let Some(differs) = differs {
                    return match manifest.is_deterministic() {
                        true => Err(differs),
                        false => Ok(Asked { differs: Some(differs), ..answer.into() }),
                    };
                }
                let fresh = known.zip(answer.as_ref().ok()).and_then(|((key, _), answer)| {
                    let plugin = format!("{} {}", manifest.id, manifest.version);
                    Fresh::of(&key, &plugin, answer)
                });
                Ok(Asked { answer, fresh, differs: None })
            }
        });
        asked.collect()
    }

    /// What the plugin answers to requests, in their order. Secrets are named as in YAML in what it tells the user.
    fn answers(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        let mut answers = self.told(requests);
        let speaks = |answer: &Result<Answer, Fault>| answer.as_ref().map_or(true, |told| !told.diagnostics.is_empty());
        if !answers.iter().any(speaks) {
            return answers;
        }
        // What a plugin says of one action, such as its last words, may be about another one.
        let tokens = requests.iter().map(|request| request.to_json().tokens).filter(|tokens| !tokens.is_empty());
        let tokens: Vec<SecretTokens> = tokens.collect();
        let show =
            |text: &str| without_tokens(&tokens.iter().fold(text.to_owned(), |text, tokens| tokens.shown(&text)));
        for answer in answers.iter_mut().filter(|answer| speaks(answer)) {
            match answer {
                Ok(told) => told.diagnostics = told.diagnostics.drain(..).map(|found| found.shown(show)).collect(),
                Err(fault) => *fault = fault.clone().shown(&show),
            }
        }
        answers
    }

    /// What the plugin answers to requests. It is asked first what it has to say about the actions; for those with which
    /// something is wrong, it makes no code.
    fn told(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        if requests.is_empty() {
            return Vec::new();
        }
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(fault) => return requests.iter().map(|_| Err(fault.clone())).collect(),
        };
        let told = runtime.validate(requests);
        let passes =
            |told: &Result<Vec<Finding>, Fault>| told.as_ref().is_ok_and(|found| !found.iter().any(Finding::is_error));
        let good: Vec<&Request<'_>> =
            requests.iter().zip(&told).filter(|(_, told)| passes(told)).map(|(request, _)| *request).collect();
        let mut generated = match good.as_slice() {
            [] => Vec::new(),
            [one] => vec![runtime.generate(one)],
            several => runtime.generate_all(several),
        }
        .into_iter();
        let answer = |told: Result<Vec<Finding>, Fault>| {
            let generated = if passes(&told) { generated.next() } else { None };
            let found = told?;
            match generated {
                Some(answer) => answer.map(|mut answer| {
                    answer.diagnostics.splice(..0, found);
                    answer
                }),
                None => Ok(Answer { diagnostics: found, ..Answer::default() }),
            }
        };
        told.into_iter().map(answer).collect()
    }

    /// Makes a fragment of what became of a request.
    fn fragment(&self, asked: Result<Asked, host::Differs>, call: &Call<'_>, report: &mut Report) -> Option<Fragment> {
        if let Ok(Asked { differs: Some(differs), .. }) = &asked {
            let told = host::of_difference(differs, &call.place);
            let help =
                "take time, chance and state out of the plugin, or declare `deterministic: false` if it must be so";
            report.push(Diagnostic { severity: Severity::Warning, ..told }.help(help));
        }
        match asked {
            Ok(Asked { answer: Ok(answer), fresh, .. }) => {
                let fragment = host::fragment(answer, call, report)?;
                // Only what is good is kept: an answer that was refused may hold a secret.
                if let Some((results, fresh)) = self.results.as_ref().zip(fresh) {
                    results.learn(fresh);
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

    fn call<'a>(&'a self, action: &'a Action, context: &'a Context<'a>) -> Option<Call<'a>> {
        Some(Call {
            place: host::Place { plugin: &self.plugin, index: self.index, action, sources: &context.project.sources },
            provision: self.plugin.provision(self.index)?,
            context,
            limits: &self.limits,
        })
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
        let made = self.generate_all(&[(action, context)]).pop()?;
        report.append(made.report);
        made.fragment
    }

    fn batch(&self) -> usize {
        match self.plugin.manifest.runtime.kind {
            // A template is rendered where it is needed.
            RuntimeKind::Template => 1,
            RuntimeKind::Wasm | RuntimeKind::Python | RuntimeKind::Native => BATCH,
        }
    }

    fn generate_all(&self, actions: &[(&Action, &Context<'_>)]) -> Vec<Generated> {
        let mut made: Vec<Generated> = actions.iter().map(|_| Generated::default()).collect();
        let (mut calls, mut pending, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for ((action, context), made) in actions.iter().zip(&mut made) {
            let Some(call) = self.call(action, context) else { continue };
            let Some(files) = host::read_files(&call, &mut made.report) else { continue };
            let request = request(&call, files);
            let known = self.results.as_ref().and_then(|results| results.look(&self.plugin, &self.runtimes, &request));
            calls.push(call);
            pending.push(Pending { request, known });
            open.push(made);
        }
        let verification = actions.first().map(|(_, context)| context.project.plugin_options.verification);
        let asked = self.ask(pending, verification.unwrap_or_default());
        for ((asked, call), made) in asked.into_iter().zip(&calls).zip(open) {
            made.fragment = self.fragment(asked, call, &mut made.report);
        }
        made
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
