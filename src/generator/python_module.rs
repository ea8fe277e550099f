//! Python modules of the user: the path of an entry module goes in; the files that must stand beside the
//! generated module come out.
//!
//! Modules are copied, never inlined: local imports are followed and rewritten, tokens and secrets resolved.

mod bindings;
pub mod call;
pub(crate) mod closure;
mod deep;
mod definitions;
mod header;
mod imports;
mod literals;
pub(crate) mod rewrite;
pub(crate) mod secrets;
mod single;
mod standard_library;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use rustc_hash::FxHashMap;

pub use bindings::{Presence, presence};
pub use closure::{MISSING_LOCAL_MODULE, PLAIN_LOCAL_IMPORT, PYTHON_SYNTAX, ROOT_IS_PACKAGE, UNFOLLOWED_IMPORT};
pub use definitions::{data_source_name, similar};
pub(crate) use header::missing_packages;
pub use rewrite::{BARE_TOKEN, UNFIT_TOKEN};
pub use secrets::{UNFIT_SECRET, code_with_calls};
pub use single::copy_alone;

use super::{Context, HelperFile, check_identifier};
use crate::emit::python;
use crate::expand::substitution::Source;
use crate::project::{read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report};
use crate::source::{FileId, Span};
use crate::syntax::Node;

/// The package into which modules of the user are copied, below the directory of the pipeline.
pub const PACKAGE: &str = "custom_python_functions";

/// A module of the user, ready to stand beside generated modules.
#[derive(Debug, Clone)]
pub struct CopiedModule {
    /// Name of the module in the package.
    pub stem: String,
    /// The module itself, the modules that it imports, and the files that make their directories packages.
    pub helpers: Vec<HelperFile>,
    /// Text of the entry module with tokens and secrets resolved, without the header of the copy.
    pub source: Arc<str>,
    /// The entry module as the user wrote it.
    pub file: FileId,
}

impl CopiedModule {
    /// The statement that imports a name from the copy.
    pub fn import(&self, name: &str) -> String {
        format!("from {PACKAGE}.{} import {name}", self.stem)
    }
}

/// How copies are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Formatted,
    AsWritten,
}

/// The modules that were copied in this run: a module that many actions use is read and rewritten once.
#[derive(Debug)]
pub struct Modules {
    layout: Layout,
    known: RwLock<FxHashMap<PathBuf, Arc<OnceLock<Outcome>>>>,
}

/// What became of an entry module, whoever asked for it.
#[derive(Debug)]
struct Outcome {
    module: Option<CopiedModule>,
    diagnostics: Vec<Diagnostic>,
}

impl Modules {
    /// No modules yet.
    pub fn new(layout: Layout) -> Self {
        Self { layout, known: RwLock::default() }
    }

    /// Whether copies are formatted.
    pub fn formats(&self) -> bool {
        self.layout == Layout::Formatted
    }

    fn slot(&self, path: &Path) -> Arc<OnceLock<Outcome>> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(path).cloned();
        known.unwrap_or_else(|| {
            let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            known.entry(path.to_path_buf()).or_default().clone()
        })
    }
}

/// Where an entry module stands: its directory is the root of its local imports.
struct Entry {
    directory: PathBuf,
    name: String,
}

/// Copies the module at a path, with everything that it imports from its own directory.
///
/// `path` is the node with the path, relative to the project root. None if something is wrong; the report says what.
pub fn copy(path: &Node, context: &Context<'_>, report: &mut Report) -> Option<CopiedModule> {
    let written = path.as_str()?.replace('\\', "/");
    let stem = Path::new(&written).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let entry = entry_at(&context.project.root, &written);
    let file = entry.directory.join(&entry.name);
    if let Err(error) = context.project.sources.load(&file) {
        report.push(read_diagnostic(text_file_rule(error.problem), &error).at(path, "named here"));
        return None;
    }
    let before = report.diagnostics.len();
    check_identifier(&stem, path, "a Python module", report);
    if report.diagnostics.len() > before {
        return None;
    }
    let slot = context.modules.slot(&file);
    let outcome = slot.get_or_init(|| {
        deep::on_deep_stack(|| {
            let mut diagnostics = Vec::new();
            let module = build(&entry, &stem, context.source, context.modules.layout, &mut diagnostics);
            Outcome { module, diagnostics }
        })
    });
    let named_here = |diagnostic: &Diagnostic| diagnostic.clone().at(path, "the module is named here");
    report.diagnostics.extend(outcome.diagnostics.iter().map(named_here));
    let mut module = outcome.module.clone()?;
    module.helpers.iter_mut().for_each(|helper| helper.span = Some(path.span));
    Some(module)
}

/// The real place of an entry module: two ways to write one path must not become two modules.
fn entry_at(root: &Path, written: &str) -> Entry {
    let full = root.join(written);
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = full.parent().unwrap_or(root);
    let Ok(real) = directory.canonicalize() else { return Entry { directory: directory.to_path_buf(), name } };
    let inside = root.canonicalize().ok().and_then(|root| real.strip_prefix(root).ok().map(Path::to_path_buf));
    Entry { directory: inside.map_or(real, |inside| root.join(inside)), name }
}

fn build(
    entry: &Entry,
    stem: &str,
    source: &Source<'_>,
    layout: Layout,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<CopiedModule> {
    let members = closure::collect(&entry.directory, &entry.name, source.sources, diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let mut helpers = Vec::with_capacity(members.len() + 1);
    let mut first = None;
    for member in &members {
        let written = source.sources.get(member.file);
        let text = rewrite::rewrite(&written.text, member, source, diagnostics);
        let text = secrets::resolve(text, member.file, source, diagnostics);
        let relative = if first.is_none() { format!("{stem}.py") } else { member.relative.clone() };
        let place = header::place(&written.path, &entry.directory, &member.relative);
        let copy = lay_out(header::with_header(&place, &text), layout);
        helpers.push(HelperFile {
            path: format!("{PACKAGE}/{relative}"),
            content: copy.into(),
            origin: written.path.clone(),
            span: None,
        });
        first.get_or_insert_with(|| (Arc::from(text), member.file));
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    helpers.extend(header::missing_packages(&helpers));
    let (source, file) = first?;
    Some(CopiedModule { stem: stem.to_owned(), helpers, source, file })
}

/// The text of a Python file that is not copied but becomes part of a pipeline file, with its bare tokens replaced.
pub fn with_bare_tokens(file: FileId, source: &Source<'_>, report: &mut Report) -> String {
    let written = source.sources.get(file);
    let text = written.text.trim_start_matches('\u{feff}');
    let replaced = python::with_room(text, || {
        let parsed = python::module(text)?;
        Ok(rewrite::with_bare_tokens(text, parsed.syntax(), file, source, &mut report.diagnostics))
    });
    // Whoever uses the text reports that it is not Python.
    replaced.flatten().unwrap_or_else(|_| text.to_owned())
}

/// Text that the formatter cannot handle is valid nevertheless, and stays as it is.
fn lay_out(text: String, layout: Layout) -> String {
    match layout {
        Layout::Formatted => python::format(&text).unwrap_or(text),
        Layout::AsWritten => text,
    }
}

/// A place in a file.
fn span_at(file: FileId, range: ruff_text_size::TextRange) -> Span {
    Span::new(file, range.start().to_usize(), range.end().to_usize())
}
