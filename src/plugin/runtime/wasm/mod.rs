//! The WASM runtime: a capability is a function of a module that runs in a sandbox.
//!
//! Every call gets an instance of its own. It can read the files that its request carries, and render templates of its
//! plugin; there is nothing else that it could reach.

mod faults;
mod guest;
mod imports;
mod meter;
#[cfg(test)]
mod tests;
mod trouble;
mod wasi;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rayon::prelude::*;
use serde_json::Value as Json;

pub use faults::{CallFault, LoadFault};
pub use guest::{Bounds, Guest, HostAccess, Level, NotPermitted, Reply};

use super::patience::{Overdue, Patience};
use super::remote::{self, CallError, VALIDATE};
use super::rendering::{NotRendered, Rendered, Rendering};
use super::{Answer, Fault, Files, Finding, Limits, Request, Runtime};
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::source::SourceMap;

use trouble::Trouble;

/// Units of work per call, unless somebody says otherwise.
const FUEL: u64 = 500_000_000;

/// Time per call, unless somebody says otherwise (ms).
const TIMEOUT: u64 = 10_000;

/// Actions that are worked on at the same time. After some of them it is decided whether to go on, so the number is the
/// same for every machine.
const AT_ONCE: usize = 4;

/// Largest module (bytes).
const MAX_MODULE: u64 = 64 << 20;

/// Calls the module of one plugin.
pub struct WasmRuntime {
    /// The module, or the fault that the plugin names none.
    module: Option<PathBuf>,
    bounds: Bounds,
    templates: Arc<Rendering>,
    /// Read and checked when it is first needed.
    guest: OnceLock<Result<Guest, Fault>>,
    /// The parameters of `initialize`.
    introduction: Json,
    /// The optional methods that the module knows.
    features: OnceLock<Result<Vec<String>, Fault>>,
    overdue: Mutex<Overdue>,
}

impl WasmRuntime {
    /// A runtime for the module of a plugin.
    pub fn new(plugin: &Plugin, limits: &Limits, sources: Arc<SourceMap>) -> Self {
        Self {
            module: plugin.manifest.runtime.module.as_deref().map(|module| plugin.root.join(module)),
            bounds: Bounds {
                fuel: limits.fuel.unwrap_or(FUEL),
                memory: usize::try_from(limits.memory).unwrap_or(usize::MAX),
                output: limits.output,
                time: Duration::from_millis(limits.timeout.unwrap_or(TIMEOUT)),
            },
            templates: Arc::new(Rendering::new(plugin, limits, sources)),
            guest: OnceLock::new(),
            introduction: remote::introduction(plugin, limits),
            features: OnceLock::new(),
            overdue: Mutex::default(),
        }
    }

    fn guest(&self) -> Result<&Guest, Fault> {
        self.guest.get_or_init(|| load(self.module.as_deref())).as_ref().map_err(Clone::clone)
    }

    /// Sends a message to a new instance. Gives the result, and what went wrong meanwhile.
    fn send(&self, method: &str, params: Json, files: Files) -> Result<(Json, Trouble), CallError> {
        self.overdue().check()?;
        let host = Arc::new(Host { files, templates: self.templates.clone() });
        let message = remote::message(method, params);
        let reply = self.guest()?.call(message.as_bytes(), host, self.bounds).map_err(|fault| self.fault_of(fault));
        let reply = reply.inspect_err(|fault| self.overdue().note(fault))?;
        let errors = reply.logs.into_iter().filter(|(level, _)| *level == Level::Error).map(|(_, text)| text);
        let trouble = Trouble { errors: errors.collect(), failed: reply.failed };
        Ok((remote::result(&String::from_utf8_lossy(&reply.output))?, trouble))
    }

    fn overdue(&self) -> MutexGuard<'_, Overdue> {
        self.overdue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the module knows an optional method. It is asked once, before anything else is.
    fn knows(&self, method: &str) -> Result<bool, Fault> {
        let ask = || match self.send("initialize", self.introduction.clone(), Files::new()) {
            Ok((answer, _)) => remote::features(&answer),
            Err(CallError::Fault(
                fault @ (Fault::Timeout { .. } | Fault::OutOfFuel { .. } | Fault::TooLarge { .. }),
            )) => Err(fault),
            // A module need not know the method; what is wrong with it besides, its code will tell.
            Err(_) => Ok(Vec::new()),
        };
        let features = self.features.get_or_init(ask).as_ref().map_err(Clone::clone)?;
        Ok(features.iter().any(|feature| feature == method))
    }

    fn fault_of(&self, fault: CallFault) -> Fault {
        match fault {
            CallFault::OutOfFuel => Fault::OutOfFuel { limit: self.bounds.fuel, place: None },
            CallFault::Timeout => Fault::timeout(u64::try_from(self.bounds.time.as_millis()).unwrap_or(u64::MAX)),
            CallFault::Memory => {
                Fault::TooLarge { what: format!("it wanted more memory than {} MiB", self.bounds.memory >> 20) }
            }
            CallFault::Output { size } => Fault::TooLarge {
                what: format!("its answer has {size} bytes; more than {} are not allowed", self.bounds.output),
            },
            CallFault::Trap(detail) => Fault::crashed(detail),
            CallFault::NotPermitted(file) => Fault::NotGranted {
                detail: format!("it may not read `{}`", file.path),
                grant: format!("read: [{}]", Json::from(file.path)),
            },
            CallFault::Malformed(detail) => Fault::Malformed { detail, head: String::new() },
            CallFault::Load(fault) => fault_of_load(&fault),
            // A template that may use what is left runs out when the call does.
            CallFault::Host(Fault::OutOfFuel { limit, place }) if limit < self.templates.fuel() => {
                Fault::OutOfFuel { limit: self.bounds.fuel, place }
            }
            CallFault::Host(Fault::Timeout { .. }) => self.fault_of(CallFault::Timeout),
            CallFault::Host(fault) => fault,
        }
    }
}

/// Whether a file is a module that this program can run. Nothing of it runs.
///
/// # Errors
/// It is none, exports too little, or imports what this program does not offer.
pub fn inspect(module: &Path) -> Result<(), Fault> {
    load(Some(module)).map(drop)
}

fn load(module: Option<&Path>) -> Result<Guest, Fault> {
    let Some(module) = module else {
        return Err(Fault::NoEntry { detail: "the manifest names no `runtime.module`".to_owned() });
    };
    let name = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let absent = |error: std::io::Error| Fault::NoEntry { detail: format!("`{name}` cannot be read: {error}") };
    let metadata = std::fs::metadata(module).map_err(absent)?;
    if !metadata.is_file() {
        return Err(Fault::NoEntry { detail: format!("`{name}` is not a file") });
    }
    if metadata.len() > MAX_MODULE {
        return Err(Fault::TooLarge { what: format!("`{name}` has more than {MAX_MODULE} bytes") });
    }
    Guest::load(&std::fs::read(module).map_err(absent)?).map_err(|fault| fault_of_load(&fault))
}

fn fault_of_load(fault: &LoadFault) -> Fault {
    let detail = fault.to_string();
    match fault {
        LoadFault::Invalid(_) => Fault::NoEntry { detail },
        LoadFault::MissingExport { .. } | LoadFault::WrongExport { .. } => Fault::WrongInterface { detail },
        LoadFault::UnknownImport { .. } | LoadFault::WrongImport { .. } => Fault::UnknownImport { detail },
        LoadFault::Version { .. } => Fault::WrongVersion { detail },
        LoadFault::Start(_) => Fault::crashed(detail),
    }
}

impl Runtime for WasmRuntime {
    fn check(&self, _: &str) -> Result<(), Fault> {
        self.guest().map(drop)
    }

    fn start(&self, _: &Plugin) -> Vec<(usize, Fault)> {
        let host = Arc::new(Host { files: Files::new(), templates: self.templates.clone() });
        let started =
            self.guest().and_then(|guest| guest.start(host, self.bounds).map_err(|fault| self.fault_of(fault)));
        let started = started.and_then(|()| self.knows(VALIDATE).map(drop));
        started.err().map(|fault| (0, fault)).into_iter().collect()
    }

    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let mut trouble = Trouble::default();
        let answer = remote::generate(request, |params| {
            let (result, met) = self.send("generate", params, request.files.clone())?;
            trouble = met;
            Ok(result)
        })?;
        trouble.explain(answer)
    }

    fn generate_all(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        let mut patience = Patience::default();
        let mut answers = Vec::with_capacity(requests.len());
        for few in requests.chunks(AT_ONCE) {
            if let Err(given_up) = patience.check() {
                answers.extend(few.iter().map(|_| Err(given_up.clone())));
                continue;
            }
            let made: Vec<_> = few.par_iter().map(|request| self.generate(request)).collect();
            // A trap takes no time.
            let stopped = made.iter().filter_map(|answer| answer.as_ref().err());
            stopped.filter(|fault| !matches!(fault, Fault::Crashed { .. })).for_each(|fault| patience.note(fault));
            answers.extend(made);
        }
        answers
    }

    fn validate(&self, requests: &[&Request<'_>]) -> Vec<Result<Vec<Finding>, Fault>> {
        match self.knows(VALIDATE) {
            Ok(true) => remote::validate(requests, |params, files| Ok(self.send(VALIDATE, params, files.clone())?.0)),
            Ok(false) => requests.iter().map(|_| Ok(Vec::new())).collect(),
            Err(fault) => requests.iter().map(|_| Err(fault.clone())).collect(),
        }
    }

    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        self.knows(VALIDATE)?;
        remote::event(request, |params| Ok(self.send("event", params, Files::new())?.0))
    }
}

/// What a guest can reach.
struct Host {
    files: Files,
    templates: Arc<Rendering>,
}

impl HostAccess for Host {
    fn read_file(&self, path: &str) -> Result<Option<String>, NotPermitted> {
        match self.files.get(path) {
            Some(content) => Ok(Some(content.clone())),
            None => Err(NotPermitted { path: path.to_owned() }),
        }
    }

    fn render(&self, request: &str, fuel: u64, time: Duration) -> Result<Rendered, NotRendered> {
        self.templates.render(request, fuel, time)
    }
}
