//! Templates that a plugin of another runtime renders: a request goes in, text comes out, or why there is none.
//!
//! The work is done by a process of its own, which can be ended when it takes too long or too much memory. The process
//! reads no files: it asks for the source of a template when it meets its name.

mod child;
mod memory;

use std::borrow::Cow;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};

pub use child::serve;

use super::process::{HostCalls, KEPT, Refusal, RemoteError, Worker, WorkerFault, WorkerOptions};
use super::template::{FUEL, source, template_root};
use super::{Fault, Limits, TemplatePlace};
use crate::plugin::Plugin;
use crate::source::SourceMap;

/// The hidden command of this program that renders templates.
pub const COMMAND: &str = "__plugin-templates";

/// A process that is asked to end by the memory it uses ends itself with this code.
const TOO_MUCH_MEMORY: i32 = 46;

/// What the standard error of a process says in the end that wanted more memory than there is: what it says itself, what
/// the allocator says, and what the standard library says about a size that no memory has.
const MEMORY_WORDS: [&str; 3] = [memory::WORDS, "memory allocation of ", "capacity overflow"];

type Source = dyn Fn(&str) -> Result<Option<Cow<'static, str>>, String> + Send + Sync;

/// Renders the templates of one plugin.
pub struct Rendering {
    root: PathBuf,
    sources: Arc<SourceMap>,
    source: Box<Source>,
    fuel: u64,
    memory: u64,
    output: usize,
    /// Processes without work. There are as many as templates were rendered at the same time.
    idle: Mutex<Vec<Worker>>,
}

/// What a template became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub text: String,
    /// Units of work.
    pub fuel: u64,
}

/// Why a template did not become anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRendered {
    pub fault: Fault,
    /// One sentence for the plugin.
    pub message: String,
}

impl Rendering {
    /// For the templates of a plugin. Nothing starts before the first request.
    pub fn new(plugin: &Plugin, limits: &Limits, sources: Arc<SourceMap>) -> Self {
        let root = template_root(plugin);
        Self {
            source: Box::new(source(root.clone(), sources.clone())),
            root,
            sources,
            fuel: limits.fuel.unwrap_or(FUEL),
            memory: limits.memory,
            output: limits.output,
            idle: Mutex::default(),
        }
    }

    /// Units of work that one template may take at most.
    pub fn fuel(&self) -> u64 {
        self.fuel
    }

    /// Renders a template. `request` is JSON: `{"template": name, "context": {…}}`. `fuel` and `time` are what is left
    /// for it.
    ///
    /// # Errors
    /// What is wrong with the template, or what it has too little of.
    pub fn render(&self, request: &str, fuel: u64, time: Duration) -> Result<Rendered, NotRendered> {
        let fuel = self.fuel.min(fuel);
        let idle = self.idle().pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start().map_err(|fault| self.ended(fault, time))?,
        };
        let outcome = worker.call("render", json!({"request": request, "fuel": fuel}), time, &Sources(&self.source));
        if matches!(outcome, Ok(_) | Err(WorkerFault::Remote(_))) {
            self.idle().push(worker);
        }
        match outcome {
            Ok(result) => Ok(Rendered {
                text: result.get("text").and_then(Json::as_str).unwrap_or_default().to_owned(),
                fuel: result.get("fuel").and_then(Json::as_u64).unwrap_or_default(),
            }),
            Err(WorkerFault::Remote(error)) => Err(self.failed(error, fuel)),
            Err(fault) => Err(self.ended(fault, time)),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Worker, WorkerFault> {
        let program = std::env::current_exe().map_err(|error| WorkerFault::Start(error.to_string()))?;
        let mut command = Command::new(program);
        command.args([COMMAND.to_owned(), self.memory.to_string(), self.output.to_string()]);
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // A character takes six bytes at most in JSON.
        Worker::start(command, WorkerOptions { output: self.output.saturating_mul(6).saturating_add(1 << 16) })
    }

    /// What is wrong with a template.
    fn failed(&self, error: RemoteError, fuel: u64) -> NotRendered {
        let text = |key: &str| error.data.get(key).and_then(Json::as_str);
        let line = error.data.get("line").and_then(Json::as_u64).and_then(|line| usize::try_from(line).ok());
        let message = match (text("template"), line) {
            (Some(template), Some(line)) => format!("template `{template}`, line {line}: {}", error.message),
            (Some(template), None) => format!("template `{template}`: {}", error.message),
            (None, _) => error.message.clone(),
        };
        let place = text("template").and_then(|template| {
            let file = self.root.join(template);
            // The name of a template that was refused may lead anywhere.
            let is_template = matches!((self.source)(template), Ok(Some(_)));
            (is_template && self.sources.load(&file).is_ok()).then_some(TemplatePlace { file, line })
        });
        let fault = match text("kind") {
            Some("out_of_fuel") => Fault::OutOfFuel { limit: fuel, place },
            Some("too_large") => Fault::TooLarge { what: message.clone() },
            _ if place.is_some() => Fault::Template { message: error.message, place },
            _ => Fault::Template { message: message.clone(), place },
        };
        NotRendered { fault, message }
    }

    /// What ended a process.
    fn ended(&self, fault: WorkerFault, time: Duration) -> NotRendered {
        let too_large = |what: String| Fault::TooLarge { what };
        let fault = match fault {
            WorkerFault::Timeout { said } => {
                Fault::Timeout { milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX), said }
            }
            WorkerFault::Ended { said, .. } if MEMORY_WORDS.iter().any(|words| said.contains(words)) => {
                too_large(format!("a template of it wanted more memory than {} MiB", self.memory >> 20))
            }
            WorkerFault::TooLarge => too_large(format!("the output has more than {} bytes", self.output)),
            WorkerFault::Ended { how, said } => {
                Fault::Crashed { detail: format!("the process that renders its templates: {how}"), said }
            }
            WorkerFault::Start(reason) => {
                Fault::crashed(format!("the process that renders its templates cannot be started: {reason}"))
            }
            WorkerFault::Malformed(head) => {
                Fault::crashed(format!("the process that renders its templates said `{head}`"))
            }
            WorkerFault::Remote(error) => Fault::crashed(error.message),
        };
        let message = match &fault {
            Fault::TooLarge { what } => what.clone(),
            Fault::Timeout { .. } => "a template took too much time".to_owned(),
            Fault::Crashed { detail, .. } => detail.clone(),
            _ => "a template could not be rendered".to_owned(),
        };
        NotRendered { fault, message }
    }
}

/// The sources of templates, for the process that renders them.
struct Sources<'a>(&'a Source);

impl HostCalls for Sources<'_> {
    fn answer(&self, method: &str, params: &Json, _: Duration) -> Result<Json, Refusal> {
        let refused = |message: String| Refusal { message, data: Json::Null };
        match (method, params.get("name").and_then(Json::as_str)) {
            ("host/source", Some(name)) => (self.0)(name).map(|text| json!({"text": text})).map_err(refused),
            _ => Err(refused(format!("there is no `{method}`"))),
        }
    }
}
