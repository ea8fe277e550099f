//! Expansion: definitions go in, resolved flowgroups come out. One file per step, in the order of the steps:
//! blueprint, local variable, template, preset, substitution, namespace, operational metadata.
//!
//! Every value keeps the chain of steps by which it came. Nothing is printed or written here.

mod action;
pub mod blueprint;
pub mod collect;
mod flowgroup;
pub mod jinja;
pub mod metadata;
pub mod namespace;
pub mod native;
pub mod preset;
pub(crate) mod secret;
pub mod substitution;
pub mod template;
pub mod variable;

pub use action::{Action, SourceName, is_file_reference, is_true, named_class, table_name, text_source};
pub use collect::Definition;
pub use flowgroup::{Expanded, Gaps, expand};

use std::sync::Arc;

use crate::project::Project;
use crate::report::{Rule, rules};
use crate::source::Span;
use metadata::MetadataColumns;
use preset::Presets;
use template::Templates;

rules! {
    /// The name of a pipeline, flowgroup, action or view contains a secret.
    ///
    /// ## Why
    /// These names become names of files, functions and views in the generated code. A secret is only
    /// known when the pipeline runs, and must not appear in code.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   target: v_${secret:shop/name}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   target: v_orders
    /// ```
    pub static SECRET_NAME: Rule = Rule::new("LHP-VAL-008", "secret-name");
}

/// Whether test actions are part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tests {
    #[default]
    Excluded,
    Included,
}

/// What all flowgroups of a project share.
pub struct Shared<'a> {
    pub project: &'a Project,
    pub presets: Presets,
    pub templates: Templates,
    pub columns: MetadataColumns,
    pub tests: Tests,
}

/// A flowgroup whose actions passed their checks.
#[derive(Debug)]
pub struct Resolved {
    /// Name of the pipeline, tokens replaced.
    pub pipeline: Arc<str>,
    /// Name of the flowgroup, tokens replaced.
    pub flowgroup: Arc<str>,
    /// Name of the job that it belongs to.
    pub job_name: Option<Arc<str>>,
    /// Presets that it lists.
    pub presets: Vec<Arc<str>>,
    /// Its own actions, then those of its template; without those that have a fault.
    pub actions: Vec<Action>,
    /// Positions of the actions in the order in which they are emitted.
    pub order: Vec<usize>,
    /// Names and places of all actions, with or without a fault, in their order; only if somebody wants to know.
    pub declared: Vec<(Arc<str>, Span)>,
    /// Whether nothing is wrong with the flowgroup, so that a module can be made of it.
    pub complete: bool,
}
