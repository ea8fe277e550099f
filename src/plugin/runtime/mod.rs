//! Runtimes: a request goes in, an answer or a fault comes out. Which runtime it is, is known here only.

mod answer;
mod limits;
mod methods;
pub mod native;
mod patience;
pub mod process;
pub mod protocol;
pub mod python;
mod refusal;
mod remote;
pub mod rendering;
mod request;
pub mod template;
mod tokens;
#[cfg(feature = "wasm")]
pub mod wasm;
pub mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;

pub use answer::{Answer, ArtifactText, Finding, Helper};
pub use limits::Limits;
pub(super) use patience::Patience;
pub use request::{CallContext, Request, Wire};
pub use tokens::{SecretTokens, without_tokens};

use crate::plugin::events::{EventAnswer, EventRequest};
use crate::plugin::manifest::RuntimeKind;
use crate::plugin::{Kind, Plugin};
use crate::source::SourceMap;

/// Whether this program can run plugins of a runtime.
pub const fn is_supported(runtime: RuntimeKind) -> bool {
    match runtime {
        RuntimeKind::Template | RuntimeKind::Python | RuntimeKind::Native => true,
        RuntimeKind::Wasm => cfg!(feature = "wasm"),
    }
}

/// What runs the capabilities of one plugin.
pub trait Runtime: Send + Sync {
    /// Whether an entry can be called, as far as that can be told without calling it.
    ///
    /// # Errors
    /// The entry is missing, or is no entry.
    fn check(&self, entry: &str) -> Result<(), Fault>;

    /// Starts what runs a plugin, and says what keeps its capabilities from being called. Each fault comes with the
    /// position of a capability among the plugin's `provides`.
    fn start(&self, plugin: &Plugin) -> Vec<(usize, Fault)> {
        let entries = plugin.manifest.provides.iter().enumerate();
        let entries = entries.filter_map(|(index, row)| Some((index, row.entry.as_deref()?)));
        entries.filter_map(|(index, entry)| Some((index, self.check(entry).err()?))).collect()
    }

    /// What was found odd when the plugin was started, but keeps none of its capabilities from being called. Each remark
    /// comes with the position of a capability among the plugin's `provides`.
    fn remarks(&self) -> Vec<(usize, String)> {
        Vec::new()
    }

    /// The code of one action.
    ///
    /// # Errors
    /// Whatever keeps the plugin from answering. An answer with diagnostics is no fault.
    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault>;

    /// The code of several actions, in their order. Each has a fault of its own.
    fn generate_all(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        requests.iter().map(|request| self.generate(request)).collect()
    }

    /// What the plugin has to say about several actions before their code is asked for, in their order. Most plugins say
    /// nothing.
    fn validate(&self, requests: &[&Request<'_>]) -> Vec<Result<Vec<Finding>, Fault>> {
        requests.iter().map(|_| Ok(Vec::new())).collect()
    }

    /// What a hook wants to be done about events.
    ///
    /// # Errors
    /// Whatever keeps the plugin from answering. An answer with diagnostics is no fault.
    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault>;

    /// What a capability has to say to a question that is not about the code of one action.
    ///
    /// # Errors
    /// Whatever keeps the plugin from answering. What it refuses is no fault.
    fn ask(&self, question: &Question<'_>) -> Result<Reply, Fault> {
        Err(Fault::WrongInterface {
            detail: format!("its runtime knows no `{}` for a {}", question.method, question.kind.word()),
        })
    }
}

/// Contents of the project files that a request may read, by path relative to the project root.
pub type Files = BTreeMap<String, String>;

/// A question about a capability.
pub struct Question<'a> {
    /// A method of the protocol, such as `emit` or `discover`.
    pub method: &'a str,
    pub kind: Kind,
    pub key: &'a str,
    pub entry: &'a str,
    /// What else the method wants to know.
    pub params: Json,
    /// Contents of the project files that the plugin may read.
    pub files: &'a Files,
    /// Whom lines are told that the plugin says besides, if anybody.
    pub listener: Option<&'a dyn Fn(&str)>,
}

impl Question<'_> {
    /// The parameters of the protocol.
    pub fn to_json(&self) -> Json {
        let mut params = self.params.clone();
        if let Some(params) = params.as_object_mut() {
            for (name, value) in [("kind", self.kind.word()), ("key", self.key), ("entry", self.entry)] {
                params.insert(name.to_owned(), value.into());
            }
        }
        params
    }
}

/// What a plugin answers to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Result(Json),
    /// It says what is wrong with the question.
    Refused(Finding),
}

/// The runtimes of a project, and what they share.
pub struct Runtimes {
    sources: Arc<SourceMap>,
    python: python::Workers,
}

impl Runtimes {
    /// The runtimes of a project whose files are read through `sources`. Nothing starts before the first request.
    pub fn new(sources: Arc<SourceMap>, interpreter: python::Interpreter) -> Self {
        Self { sources, python: python::Workers::new(interpreter) }
    }

    /// The variables of the process that a Python plugin was granted, with their values.
    pub fn variables(&self, plugin: &Plugin) -> Vec<(String, String)> {
        self.python.variables(plugin)
    }

    /// The versions of required Python packages that are installed, as `name==version`.
    pub fn installed(&self, requirements: &[String]) -> Vec<String> {
        self.python.installed(requirements)
    }

    /// Makes what runs a plugin. Nothing of the plugin runs before the first request.
    ///
    /// # Errors
    /// This program has no such runtime.
    pub fn start(&self, plugin: &Plugin, limits: &Limits) -> Result<Arc<dyn Runtime>, Fault> {
        let sources = self.sources.clone();
        Ok(match plugin.manifest.runtime.kind {
            RuntimeKind::Template => Arc::new(template::TemplateRuntime::new(plugin, limits, sources)),
            #[cfg(feature = "wasm")]
            RuntimeKind::Wasm => Arc::new(wasm::WasmRuntime::new(plugin, limits, sources)),
            #[cfg(not(feature = "wasm"))]
            RuntimeKind::Wasm => return Err(Fault::Unavailable { runtime: "wasm" }),
            RuntimeKind::Python => Arc::new(python::PythonRuntime::new(plugin, limits, sources, &self.python)),
            RuntimeKind::Native => Arc::new(native::NativeRuntime::new(plugin, limits)),
        })
    }
}

/// Why a plugin did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This program does not have the runtime.
    Unavailable { runtime: &'static str },
    /// What the capability starts with is not there.
    NoEntry { detail: String },
    /// What the capability starts with does not have the functions that it must have.
    WrongInterface { detail: String },
    /// The plugin speaks another version of the interface.
    WrongVersion { detail: String },
    /// The plugin was written for another program.
    Incompatible { detail: String },
    /// The plugin asks for something that this program does not offer.
    UnknownImport { detail: String },
    /// A program or package that the plugin needs is not there.
    Missing { detail: String, help: String },
    /// The plugin says that it cannot work in its environment.
    Environment { detail: String },
    /// The plugin wants something that it was not granted, as in `read: ["a.yaml"]`.
    NotGranted { detail: String, grant: String },
    /// A template is wrong, or refused a value.
    Template { message: String, place: Option<TemplatePlace> },
    /// It took too much time. `said` is the end of what it wrote besides its answers.
    Timeout { milliseconds: u64, said: String },
    /// It did too much work.
    OutOfFuel { limit: u64, place: Option<TemplatePlace> },
    /// It wanted too much memory, or answered too much.
    TooLarge { what: String },
    /// It is not asked any more, after several faults like this one.
    GivenUp { cause: Box<Fault> },
    /// The runtime ended. `said` is the end of what it wrote besides its answers.
    Crashed { detail: String, said: String },
    /// The answer has not the form of one; `head` is how it begins.
    Malformed { detail: String, head: String },
}

impl Fault {
    /// The fault of a plugin that is not asked any more.
    fn given_up(cause: &Self) -> Self {
        match cause {
            Self::GivenUp { .. } => cause.clone(),
            cause => Self::GivenUp { cause: Box::new(cause.clone()) },
        }
    }

    /// The fault of a runtime that ended without a word.
    pub fn crashed(detail: impl Into<String>) -> Self {
        Self::Crashed { detail: detail.into(), said: String::new() }
    }

    /// The fault of a runtime that took too much time without a word.
    pub fn timeout(milliseconds: u64) -> Self {
        Self::Timeout { milliseconds, said: String::new() }
    }
}

/// A line of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePlace {
    /// Absolute path of the file.
    pub file: PathBuf,
    /// 1-based.
    pub line: Option<usize>,
}

/// Tokens with one secret, and its token.
#[cfg(test)]
pub(crate) fn wire_tokens_for_tests(scope: &str, key: &str) -> (SecretTokens, String) {
    let mut tokens = SecretTokens::outside("");
    let token = tokens.token(&crate::syntax::SecretRef { scope: scope.into(), key: key.into() });
    (tokens, token)
}
