//! The native runtime: a capability is a function of a library, in a process that exists for this library.

mod child;
mod library;
mod settings;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

pub use child::serve;
pub use library::{Library, LibraryFault, Profile};

use super::patience::{self, Overdue};
use super::process::{HostCalls, KEPT, Refusal, Worker, WorkerFault, WorkerOptions};
use super::remote::{self, CallError, VALIDATE};
use super::{Answer, Fault, Finding, Limits, Question, Reply, Request, Runtime};
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::plugin::manifest::NativeProfile;

/// The hidden command of this program that holds a library.
pub const COMMAND: &str = "__native-plugin";

/// Time per call, unless somebody says otherwise (ms).
const TIMEOUT: u64 = 10_000;

/// The platform that this program runs on, as manifests name it.
pub const PLATFORM: &str = env!("LHP_TARGET");

/// The script that builds the library of a plugin, if its author has one.
const BUILD_SCRIPT: &str = "build.sh";

/// How the script is run.
pub const BUILD_COMMAND: &str = "sh build.sh";

/// Calls the library of one plugin.
pub struct NativeRuntime {
    library: Result<PathBuf, Fault>,
    root: PathBuf,
    profile: &'static str,
    /// The parameters of `initialize`.
    introduction: Json,
    output: usize,
    timeout: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    worker: Option<Worker>,
    /// The optional methods that the library knows.
    features: Vec<String>,
    overdue: Overdue,
}

impl State {
    /// Counts what took too long.
    fn note(&mut self, error: &CallError) {
        if let CallError::Fault(fault) = error {
            self.overdue.note(fault);
        }
    }
}

impl NativeRuntime {
    /// A runtime for the library of a plugin.
    pub fn new(plugin: &Plugin, limits: &Limits) -> Self {
        let libraries = &plugin.manifest.runtime.libraries;
        let library = libraries.get(PLATFORM).map(|file| plugin.root.join(file)).ok_or_else(|| Fault::Missing {
            detail: format!("it has no library for `{PLATFORM}`"),
            help: match libraries.is_empty() {
                true => format!("add `runtime.libraries.{PLATFORM}` to its `plugin.yaml`"),
                false => format!("it has libraries for {}", libraries.keys().cloned().collect::<Vec<_>>().join(", ")),
            },
        });
        Self {
            library,
            root: plugin.root.clone(),
            profile: match plugin.manifest.runtime.profile {
                Some(NativeProfile::Dativo) => "dativo",
                _ => "lhp",
            },
            introduction: remote::introduction(plugin, limits),
            output: limits.output.saturating_mul(2).saturating_add(1 << 16),
            timeout: limits.timeout.unwrap_or(TIMEOUT),
            state: Mutex::default(),
        }
    }

    /// Sends a request to the process of the library, which is started if there is none.
    pub fn send(&self, create: &str, method: &str, params: Json) -> Result<Json, Fault> {
        Ok(self.exchange(create, method, params, None)?)
    }

    fn exchange(
        &self,
        create: &str,
        method: &str,
        params: Json,
        listener: Option<&dyn Fn(&str)>,
    ) -> Result<Json, CallError> {
        let limit = Duration::from_millis(self.timeout);
        let mut state = self.state();
        let work = |worker: &mut Worker| vec![worker.call(method, params, limit, &NoHost)];
        let answered = self.attempt(&mut state, create, work)?.pop();
        if let Some(listener) = listener
            && let Some(worker) = state.worker.take()
        {
            // Who listens wants to hear everything, and asks once.
            worker.end().lines().for_each(listener);
        }
        answered.unwrap_or_else(|| Err(Fault::crashed("it gave no answer").into()))
    }

    /// Sends requests to the process at once. A process that one of them ended is replaced for those after it.
    fn exchange_all(&self, method: &str, requests: &[Json]) -> Vec<Result<Json, CallError>> {
        let limit = Duration::from_millis(self.timeout);
        let mut state = self.state();
        patience::ask_all(requests, |rest| {
            let rest = rest.iter().map(|params| -> (&Json, &dyn HostCalls) { (params, &NoHost) });
            self.attempt(&mut state, "", |worker| worker.call_all(method, rest, limit))
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a process that has loaded the library work. Gives the outcomes, of which only the last one can be that of a
    /// process that is of no more use.
    fn attempt(
        &self,
        state: &mut State,
        create: &str,
        work: impl FnOnce(&mut Worker) -> Vec<Result<Json, WorkerFault>>,
    ) -> Result<Vec<Result<Json, CallError>>, CallError> {
        let library = self.library()?;
        state.overdue.check()?;
        let mut worker = match state.worker.take() {
            Some(worker) => worker,
            None => self
                .start_worker(library, create)
                .map(|(worker, features)| {
                    state.features = features;
                    worker
                })
                .inspect_err(|error| state.note(error))?,
        };
        let outcomes = work(&mut worker);
        // After anything but an error of the library itself, the process is of no more use.
        if matches!(outcomes.last(), None | Some(Ok(_) | Err(WorkerFault::Remote(_)))) {
            state.worker = Some(worker);
        }
        let failed = |fault| remote::fault_of_worker(fault, self.timeout);
        let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map_err(failed)).collect();
        if let Some(Err(error)) = outcomes.last() {
            state.note(error);
        }
        Ok(outcomes)
    }

    /// Whether the library knows an optional method.
    fn knows(&self, method: &str) -> Result<bool, Fault> {
        let mut state = self.state();
        if state.worker.is_none() {
            self.attempt(&mut state, "", |_| Vec::new())?;
        }
        Ok(state.features.iter().any(|feature| feature == method))
    }

    /// The file of the library.
    fn library(&self) -> Result<&PathBuf, Fault> {
        let library = self.library.as_ref().map_err(Clone::clone)?;
        if library.is_file() {
            return Ok(library);
        }
        let detail = format!("there is no library `{}`", library.file_name().unwrap_or_default().to_string_lossy());
        Err(match build_help(&self.root) {
            Some(help) => Fault::Missing { detail: format!("{detail}: it was not built yet"), help },
            None => Fault::NoEntry { detail },
        })
    }

    /// A process that has loaded the library and found in it what the profile demands, with the optional methods that
    /// the library knows.
    fn start_worker(&self, library: &Path, create: &str) -> Result<(Worker, Vec<String>), CallError> {
        let failed = |fault| remote::fault_of_worker(fault, self.timeout);
        let program = std::env::current_exe().map_err(|error| failed(WorkerFault::Start(error.to_string())))?;
        let mut command = Command::new(program);
        command.arg(COMMAND).env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        let mut worker = Worker::start(command, WorkerOptions { output: self.output }).map_err(failed)?;
        let mut settings = self.introduction.clone();
        if let Some(settings) = settings.as_object_mut() {
            let own = [
                ("library", library.to_string_lossy().as_ref().into()),
                ("profile", self.profile.into()),
                ("create", create.into()),
            ];
            settings.extend(own.map(|(name, value): (&str, Json)| (name.to_owned(), value)));
        }
        let limit = Duration::from_millis(self.timeout);
        let answer = worker.call("initialize", settings, limit, &NoHost).map_err(failed)?;
        Ok((worker, remote::features(&answer)?))
    }
}

/// How the library of a plugin is built, if its directory says that.
pub fn build_help(root: &Path) -> Option<String> {
    root.join(BUILD_SCRIPT).is_file().then(|| format!("run `{BUILD_COMMAND}` in the directory of the plugin"))
}

/// A library asks for nothing.
struct NoHost;

impl HostCalls for NoHost {
    fn answer(&self, method: &str, _: &Json, _: Duration) -> Result<Json, Refusal> {
        Err(Refusal { message: format!("there is no `{method}` for native plugins"), data: Json::Null })
    }
}

impl Runtime for NativeRuntime {
    fn check(&self, _: &str) -> Result<(), Fault> {
        self.library().map(drop)
    }

    fn start(&self, plugin: &Plugin) -> Vec<(usize, Fault)> {
        let started = |entry: &str| -> Result<(), Fault> {
            // A library of readers says which function makes them.
            let create = if self.profile == "dativo" { entry.rsplit(':').next().unwrap_or_default() } else { "" };
            self.start_worker(self.library()?, create)?.0.shut_down();
            Ok(())
        };
        let entries = plugin.manifest.provides.iter().enumerate();
        let entries = entries.filter_map(|(index, row)| Some((index, row.entry.as_deref()?)));
        entries.filter_map(|(index, entry)| Some((index, started(entry).err()?))).collect()
    }

    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        remote::generate(request, |params| self.exchange("", "generate", params, None))
    }

    fn generate_all(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        remote::generate_all(requests, |params| self.exchange_all("generate", &params))
    }

    fn validate(&self, requests: &[&Request<'_>]) -> Vec<Result<Vec<Finding>, Fault>> {
        match self.knows(VALIDATE) {
            Ok(true) => remote::validate(requests, |params, _| self.exchange("", VALIDATE, params, None)),
            Ok(false) => requests.iter().map(|_| Ok(Vec::new())).collect(),
            Err(fault) => requests.iter().map(|_| Err(fault.clone())).collect(),
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<Reply, Fault> {
        let send = |mut params: Json| {
            if let Some(all) = params.as_object_mut() {
                let config = settings::of(question.kind, question.key, all.get("spec"));
                all.entry("config").or_insert(config);
            }
            self.exchange(question.entry, question.method, params, question.listener)
        };
        remote::ask(question, send)
    }

    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        remote::event(request, |params| self.exchange("", "event", params, None))
    }
}
