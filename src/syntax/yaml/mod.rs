//! YAML: text goes in, one tree per document comes out, in which every key and value has its span.
//!
//! The dialect is that of PyYAML's safe loader on libyaml: YAML 1.1 scalars, merge keys, anchors within a
//! document. This module knows nothing about pipelines.

mod anchor;
mod collection;
pub mod comment;
mod compose;
mod event;
mod extent;
pub(crate) mod fault;
mod mapping;
mod number;
mod resolve;
mod syntax;
#[cfg(test)]
mod tests;
mod timestamp;

use crate::report::Diagnostic;
use crate::source::FileId;
use crate::syntax::Node;

/// How large and how deep a text may get, so that no file can exhaust memory or the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of lists and mappings within each other, after aliases are expanded.
    pub depth: usize,
    /// Keys and values of all documents of a text, each alias counted with everything it stands for.
    pub nodes: usize,
    /// Repeated keys, each of which is a warning.
    pub duplicates: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, nodes: 1_000_000, duplicates: 1_000 }
    }
}

/// The documents of a text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// One tree per document; an empty document is a null. Empty text and text of comments has no documents.
    pub documents: Vec<Node>,
    /// Repeated keys, in the order of the text.
    pub warnings: Vec<Diagnostic>,
}

/// Parses the text of a file.
///
/// ```
/// use lhp::syntax::yaml::{Limits, parse};
///
/// let text = "once: yes\n---\n";
/// let file = lhp::source::SourceMap::new(".").add("orders.yaml", text);
/// let parsed = parse(file, text, &Limits::default()).map_err(|fault| fault.message)?;
/// assert_eq!(parsed.documents[0].get("once").and_then(|node| node.as_bool()), Some(true));
/// assert!(parsed.documents[1].is_null());
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// The first fault: what libyaml refuses to read, what PyYAML refuses to construct, or a limit that is exceeded.
#[allow(clippy::result_large_err, reason = "a fault ends the work on a file, and its size is that of every diagnostic")]
pub fn parse(file: FileId, text: &str, limits: &Limits) -> Result<Parsed, Diagnostic> {
    compose::Composer::new(file, text, limits).and_then(compose::Composer::documents).map_err(|fault| *fault)
}
