//! From a resolved flowgroup to the text of its module: generate, assemble, parse back, format.

use crate::emit::{self, ModuleHeader, python};
use crate::expand::substitution::Source;
use crate::expand::{Action, Resolved, Shared};
use crate::generator::python_module::Modules;
use crate::generator::{Context, Fragment, HelperFile};
use crate::plugin::Table;
use crate::report::{Diagnostic, Report, Rule, Severity, Subject, Timings};
use crate::source::Span;

/// A generator gave neither code nor a reason.
pub static NOTHING_GENERATED: Rule = Rule::new("LHP-ACT-002", "nothing-generated");

/// What happens to the text of a module after assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formatting {
    /// As the project file says; formatted by default.
    #[default]
    AsProject,
    /// Parsed back, but not formatted.
    Off,
}

/// A finished module and the files that must stand beside it.
pub(super) struct Module {
    pub text: String,
    pub helpers: Vec<HelperFile>,
}

/// What all modules of a run share.
pub(super) struct Surroundings<'a> {
    pub shared: &'a Shared<'a>,
    pub table: &'a Table,
    pub templates: &'a emit::Templates,
    pub modules: &'a Modules,
    pub source: &'a Source<'a>,
    pub timings: &'a Timings,
}

/// Builds the module of the flowgroup that is named at `place`. None if some action cannot be generated; the report says why.
pub(super) fn build(
    place: Span,
    resolved: &Resolved,
    surroundings: &Surroundings<'_>,
    formatting: Formatting,
    report: &mut Report,
) -> Option<Module> {
    let timings = surroundings.timings;
    let mut fragments = timings.parallel("generate", || generate(resolved, surroundings, report))?;
    let header = ModuleHeader { pipeline: &resolved.pipeline, flowgroup: &resolved.flowgroup };
    let assembled = timings.parallel("assemble", || emit::assemble(header, &fragments));
    let text = match assembled {
        Ok(text) => text,
        Err(emit::AssembleError::ImportCollision(collision)) => {
            report.push(collision.diagnostic().label(place, "in the module of this flowgroup"));
            return None;
        }
    };
    let format = formatting == Formatting::AsProject && surroundings.shared.project.formats();
    let finished = timings.parallel("parse and format", || {
        if format { python::parse_and_format(&text) } else { python::check(&text).map(|()| emit::normalise(&text)) }
    });
    match finished {
        Ok(text) => {
            let helpers = fragments.iter_mut().flat_map(|fragment| std::mem::take(&mut fragment.helpers)).collect();
            Some(Module { text, helpers })
        }
        Err(_) if let Some(fault) = broken_expression(resolved) => {
            report.push(fault);
            None
        }
        Err(error) => {
            let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default().trim();
            report.push(
                Diagnostic::error(
                    &python::INVALID_CODE,
                    format!("the generated module is not valid Python: {} in `{line}`", error.message),
                )
                .label(place, "the module of this flowgroup")
                .help("check metadata expressions and their imports, which are pasted as code; if there are none, please report this"),
            );
            None
        }
    }
}

/// The first metadata expression that is not Python by itself: the likely reason why a module is not.
fn broken_expression(resolved: &Resolved) -> Option<Diagnostic> {
    resolved.actions.iter().flat_map(|action| &action.metadata).find_map(|column| {
        let error = python::check(&format!("(\n{}\n)\n", column.expression)).err()?;
        Some(
            Diagnostic::error(
                &python::INVALID_CODE,
                format!("the expression of column `{}` is not valid Python: {}", column.name, error.message),
            )
            .label(column.span, "this expression")
            .help("correct the expression"),
        )
    })
}

/// The fragments of all actions, in the order in which they are emitted.
fn generate(resolved: &Resolved, surroundings: &Surroundings<'_>, report: &mut Report) -> Option<Vec<Fragment>> {
    let shared = surroundings.shared;
    let ordered: Vec<&Action> = resolved.order.iter().filter_map(|position| resolved.actions.get(*position)).collect();
    let mut fragments = Vec::with_capacity(ordered.len());
    for action in &ordered {
        let Some(generator) = surroundings.table.get(action.kind, &action.key) else { continue };
        let context = Context {
            project: shared.project,
            source: surroundings.source,
            templates: surroundings.templates,
            modules: surroundings.modules,
            pipeline: &resolved.pipeline,
            flowgroup: &resolved.flowgroup,
            actions: &ordered,
            creator: creator_of(action, &ordered),
        };
        let (from, errors) = (report.diagnostics.len(), report.count(Severity::Error));
        let fragment = generator.generate(action, &context, report);
        if fragment.is_none() && report.count(Severity::Error) == errors {
            report.push(
                Diagnostic::error(
                    &NOTHING_GENERATED,
                    format!("nothing could be generated for action `{}`", action.name),
                )
                .at(&action.node, "this action")
                .help("this is a fault of lhp; please report it with this action"),
            );
        }
        report.set_subject(from, &Subject { action: Some(action.name.clone()), ..Subject::default() });
        if report.count(Severity::Error) > errors {
            continue;
        }
        if let Some(mut fragment) = fragment {
            if generator.capability().adds_metadata {
                fragment.imports.extend(action.metadata.iter().flat_map(|column| column.imports.iter().cloned()));
            }
            fragments.push(fragment);
        }
    }
    (fragments.len() == ordered.len()).then_some(fragments)
}

/// The first action of the flowgroup that creates the table into which an action writes, else the first that writes
/// into it.
fn creator_of<'a>(action: &Action, ordered: &[&'a Action]) -> Option<&'a Action> {
    let table = action.table()?;
    let mut writes = ordered.iter().filter(|other| other.table().as_ref() == Some(&table)).copied();
    let first = writes.next()?;
    Some(if first.creates_table() { first } else { writes.find(|other| other.creates_table()).unwrap_or(first) })
}
