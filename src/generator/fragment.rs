//! What a generator gives back: a piece of a Python module.

use std::sync::Arc;

use crate::source::Span;

/// The section of a module a fragment belongs to, in the order of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    Loads,
    Transforms,
    DataQuality,
    Writes,
    Tests,
}

/// A file that must stand beside the generated module, for example a copied Python module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperFile {
    /// Relative to the directory of the pipeline, parts joined by `/`.
    pub path: String,
    pub content: Arc<str>,
    /// What the content was made from; two helper files may share a path only if they share an origin. A file with
    /// an empty origin was made up, and gives way to any other file at its path.
    pub origin: String,
    /// Where the project asks for the file.
    pub span: Option<Span>,
}

/// A file beside the pipelines, which the platform does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Relative to the directory of artefacts, parts joined by `/`.
    pub path: String,
    pub content: String,
    /// The action that asks for the file.
    pub span: Span,
}

/// The code of one resolved action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    pub section: Section,
    /// Import statements, one per entry, without line breaks.
    pub imports: Vec<String>,
    /// Statements that must run before everything else in the module.
    pub preamble: Vec<String>,
    /// Fragments with the same group stand together, at the place of the first of them.
    pub group: Option<String>,
    /// Statements that come once, before the bodies of the group.
    pub head: Option<String>,
    /// Top-level statements.
    pub body: String,
    pub helpers: Vec<HelperFile>,
    /// Files beside the pipelines.
    pub artifacts: Vec<ArtifactFile>,
    /// Functions and other Python names of the body, if they do not follow from the action.
    pub defines: Vec<String>,
    /// Whether the body holds code of the user, apart from the expressions of metadata columns.
    pub pasted: bool,
}

impl Fragment {
    /// Top-level statements without anything else.
    pub fn new(section: Section, body: String) -> Self {
        Self {
            section,
            imports: Vec::new(),
            preamble: Vec::new(),
            group: None,
            head: None,
            body,
            helpers: Vec::new(),
            artifacts: Vec::new(),
            defines: Vec::new(),
            pasted: false,
        }
    }
}
