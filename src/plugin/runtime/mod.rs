//! Runtimes: a request goes in, an answer or a fault comes out. Which runtime it is, is known here only.

pub mod json_templates;
pub mod template;

use std::collections::BTreeMap;

use crate::expand::Action;
use crate::generator::Context;
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::plugin::manifest::{Provision, RuntimeKind};

/// Whether this program can run plugins of a runtime.
pub const fn is_supported(runtime: RuntimeKind) -> bool {
    matches!(runtime, RuntimeKind::Template)
}

/// What runs the capabilities of one plugin.
pub trait Runtime: Send + Sync {
    /// The code of one action.
    ///
    /// # Errors
    /// Whatever keeps the plugin from answering. An answer with diagnostics is no fault.
    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault>;

    /// What a hook wants to be done about events.
    ///
    /// # Errors
    /// Whatever keeps the plugin from answering. An answer with diagnostics is no fault.
    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault>;
}

/// What a capability is asked to generate.
pub struct Request<'a> {
    pub plugin: &'a Plugin,
    pub provision: &'a Provision,
    pub action: &'a Action,
    pub context: &'a Context<'a>,
    /// Contents of the project files that it may read, by path relative to the project root.
    pub files: BTreeMap<String, String>,
}

/// What a capability answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Top-level statements.
    pub body: String,
    /// Import statements, one per entry.
    pub imports: Vec<String>,
    /// Statements that must run before everything else in the module.
    pub pre_pipeline: Vec<String>,
    /// Python modules beside the generated one.
    pub helpers: Vec<Helper>,
    /// Names that the body defines; the names of its functions if the plugin does not say.
    pub defines: Option<Vec<String>>,
    /// Tables that are read and written.
    pub reads: Vec<String>,
    pub writes: Vec<String>,
    /// Other files, by path relative to the artifact root.
    pub files: BTreeMap<String, String>,
    pub diagnostics: Vec<Finding>,
    /// Project files that the answer depends on.
    pub depends_on_files: Vec<String>,
}

/// A Python module that a plugin brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub name: String,
    pub content: String,
}

/// What a plugin has to say about its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: crate::report::Severity,
    /// The plugin's own code, as in `S3-001`.
    pub code: Option<String>,
    pub message: String,
    /// JSON pointer into the request, as in `/spec/format`.
    pub path: Option<String>,
    pub help: Option<String>,
}

/// Why a plugin did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A template is wrong, or refused a value.
    Template(crate::emit::RenderError),
    /// It took too much time.
    Timeout { milliseconds: u64 },
    /// It did too much work.
    OutOfFuel { limit: u64 },
    /// It wanted too much memory, or answered too much.
    TooLarge { what: String },
    /// The runtime ended.
    Crashed { detail: String },
    /// The answer has not the form of one.
    Malformed { detail: String },
}
