//! From a resolved flowgroup to the text of its module: generate, assemble, parse back, format.

use super::Flowgroups;
use super::batches::{Batched, Ready};
use super::events::{Moment, Moments};
use super::names::check_names;
use super::proven::ProvenCode;
use crate::emit::imports::ImportCollision;
use crate::emit::{self, ModuleHeader, python};
use crate::expand::substitution::Source;
use crate::expand::{Action, Resolved, Shared};
use crate::generator::python_module::Modules;
use crate::generator::{ArtifactFile, Context, Fragment, HelperFile};
use crate::plugin::Table;
use crate::plugin::events::Collector;
use crate::report::{Diagnostic, Report, Rule, Severity, Subject, Timings, rules};
use crate::source::Span;

rules! {
    /// No code was generated for an action, and no reason was given.
    ///
    /// ## Why
    /// This is a fault of `lhp`, not of your project. A module without the action would be wrong
    /// without anybody noticing, so nothing is written.
    ///
    /// ## Right
    /// Please report it with the action that the message shows. Until it is corrected, write the action
    /// in another way, or move it to a flowgroup of its own.
    pub static NOTHING_GENERATED: Rule = Rule::new("LHP-ACT-002", "nothing-generated");
}

/// What happens to the text of a module after assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formatting {
    /// As the project file says; formatted by default.
    #[default]
    AsProject,
    /// Parsed back, but not formatted.
    Off,
    /// Parsed back wherever code of the user is part of it, and then dropped: there will be no plan.
    Discarded,
}

/// A finished module and the files that must stand beside it.
pub(super) struct Module {
    pub text: String,
    pub helpers: Vec<HelperFile>,
    pub artifacts: Vec<ArtifactFile>,
}

/// What all modules of a run share.
pub(super) struct Surroundings<'a> {
    pub shared: &'a Shared<'a>,
    pub table: &'a Table,
    pub templates: &'a emit::Templates,
    pub modules: &'a Modules,
    pub source: &'a Source<'a>,
    pub proven: &'a ProvenCode,
    pub flowgroups: Flowgroups,
    pub timings: &'a Timings,
    pub collector: &'a Collector,
}

/// Builds the module of the flowgroup that is named at `place`. None if something is wrong with it; the report says what.
///
/// Of a flowgroup that has faults already, the other actions are generated for the sake of theirs.
pub(super) fn build(
    place: Span,
    resolved: &Resolved,
    surroundings: &Surroundings<'_>,
    formatting: Formatting,
    ready: Ready,
    moments: &mut Moments,
    report: &mut Report,
) -> Option<Module> {
    let timings = surroundings.timings;
    let mut fragments = timings.parallel("generate", || generate(resolved, surroundings, ready, moments, report))?;
    if !resolved.complete {
        return None;
    }
    let before = report.blocking();
    check_names(resolved, &fragments, report);
    if report.blocking() > before {
        return None;
    }
    let header = ModuleHeader { pipeline: &resolved.pipeline, flowgroup: &resolved.flowgroup };
    let proven = formatting == Formatting::Discarded
        && timings.parallel("parse and format", || surroundings.proven.holds(resolved, &fragments));
    let assembled = timings.parallel("assemble", || match proven {
        true => emit::check_imports(&fragments).map(|()| String::new()),
        false => emit::assemble(header, &fragments),
    });
    let text = match assembled {
        Ok(text) => text,
        Err(emit::AssembleError::ImportCollision(collision)) => {
            report.push(located(&collision, place, resolved, &fragments));
            return None;
        }
    };
    let format = formatting == Formatting::AsProject && surroundings.shared.project.formats();
    let finished = timings.parallel("parse and format", || match formatting {
        _ if proven => Ok(String::new()),
        Formatting::Discarded => python::check(&text).map(|()| String::new()),
        _ if format => python::parse_and_format(&text),
        _ => python::check(&text).map(|()| text.clone()),
    });
    match finished {
        Ok(text) => {
            let helpers = fragments.iter_mut().flat_map(|fragment| std::mem::take(&mut fragment.helpers)).collect();
            let artifacts = fragments.into_iter().flat_map(|fragment| fragment.artifacts).collect();
            Some(Module { text, helpers, artifacts })
        }
        Err(_) if let Some(fault) = broken_column(resolved) => {
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

/// A collision at the actions and columns that ask for the two imports, or else at the flowgroup.
fn located(collision: &ImportCollision, place: Span, resolved: &Resolved, fragments: &[Fragment]) -> Diagnostic {
    let actions = || resolved.order.iter().filter_map(|position| resolved.actions.get(*position));
    let origin = |statement: &str| {
        let asks = |imports: &[String]| imports.iter().any(|import| import.trim() == statement);
        let column = actions().flat_map(|action| &action.metadata).find(|column| asks(&column.imports));
        column.map(|column| column.span).or_else(|| {
            let (action, _) = actions().zip(fragments).find(|(_, fragment)| asks(&fragment.imports))?;
            Some(action.setting("function_name").unwrap_or(&action.node).span)
        })
    };
    let mut diagnostic = collision.diagnostic();
    for statement in [&collision.second, &collision.first] {
        if let Some(span) = origin(statement) {
            diagnostic = diagnostic.label(span, format!("needs `{statement}`"));
        }
    }
    if diagnostic.labels.is_empty() { diagnostic.label(place, "in the module of this flowgroup") } else { diagnostic }
}

/// The first metadata expression or import that is not Python by itself: the likely reason why a module is not.
fn broken_column(resolved: &Resolved) -> Option<Diagnostic> {
    resolved.actions.iter().flat_map(|action| &action.metadata).find_map(|column| {
        let fault = |what: String, source: &str| {
            let message = python::check(source).err()?.message;
            Some((format!("the {what} of column `{}` is not valid Python: {message}", column.name), what))
        };
        let (message, what) = fault("expression".to_owned(), &format!("(\n{}\n)\n", column.expression))
            .or_else(|| column.imports.iter().find_map(|import| fault(format!("import `{import}`"), import)))?;
        let diagnostic = Diagnostic::error(&python::INVALID_CODE, message);
        Some(diagnostic.label(column.span, "the column is defined here").help(format!("correct the {what}")))
    })
}

/// The actions of a flowgroup in the order in which they are emitted.
pub(super) fn in_order(resolved: &Resolved) -> Vec<&Action> {
    resolved.order.iter().filter_map(|position| resolved.actions.get(*position)).collect()
}

/// What the generator of an action may use. `ordered` are all actions of the flowgroup.
pub(super) fn context_of<'a>(
    action: &Action,
    ordered: &'a [&'a Action],
    resolved: &'a Resolved,
    surroundings: &'a Surroundings<'_>,
) -> Context<'a> {
    Context {
        project: surroundings.shared.project,
        source: surroundings.source,
        templates: surroundings.templates,
        modules: surroundings.modules,
        pipeline: &resolved.pipeline,
        flowgroup: &resolved.flowgroup,
        job_name: resolved.job_name.as_deref(),
        presets: &resolved.presets,
        actions: ordered,
        creator: creator_of(action, ordered),
    }
}

/// The fragments of all actions, in the order in which they are emitted. Some may be ready.
fn generate(
    resolved: &Resolved,
    surroundings: &Surroundings<'_>,
    mut ready: Ready,
    moments: &mut Moments,
    report: &mut Report,
) -> Option<Vec<Fragment>> {
    let ordered = in_order(resolved);
    let mut fragments = Vec::with_capacity(ordered.len());
    for action in &ordered {
        let Some(generator) = surroundings.table.get(action.kind, &action.key) else { continue };
        let (from, errors) = (report.diagnostics.len(), report.count(Severity::Error));
        let (fragment, moment) = match ready.remove(&action.index) {
            Some(Batched { generated, moment }) => {
                report.append(generated.report);
                (generated.fragment, moment)
            }
            None => {
                let context = context_of(action, &ordered, resolved, surroundings);
                Moment::of(surroundings.collector, || generator.generate(action, &context, report))
            }
        };
        moments.note(&action.name, moment);
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
    let mut writes = ordered.iter().filter(|other| other.table() == Some(table)).copied();
    let first = writes.next()?;
    Some(if first.creates_table() { first } else { writes.find(|other| other.creates_table()).unwrap_or(first) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;
    use crate::compile::{CompileOptions, compile};
    use crate::expand::Tests;
    use crate::generator::{BuiltIn, row};
    use crate::model::ActionType;
    use crate::project::ProjectOptions;
    use crate::report::Progress;
    use crate::source::SourceMap;

    #[derive(Deserialize, JsonSchema)]
    struct NoSettings {}

    /// A generator that gives neither code nor a reason.
    struct Silent;

    impl BuiltIn for Silent {
        type Settings = NoSettings;
        const KIND: ActionType = ActionType::Test;
        const NAME: &'static str = "silent";
        const SUMMARY: &'static str = "Says nothing";

        fn generate(_: &NoSettings, _: &Action, _: &Context<'_>, _: &mut Report) -> Option<Fragment> {
            None
        }
    }

    #[test]
    fn an_action_without_code_is_never_left_out_silently() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("pipelines")).unwrap();
        std::fs::write(root.path().join("lhp.yaml"), "name: shop\n").unwrap();
        let flowgroup = "pipeline: p\nflowgroup: f\nactions:\n- {name: mute, type: test, test_type: silent}\n";
        std::fs::write(root.path().join("pipelines/f.yaml"), flowgroup).unwrap();
        let sources = Arc::new(SourceMap::new(root.path()));
        let project = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
        let options = CompileOptions { project, tests: Tests::Included, ..CompileOptions::default() };
        let table = Table::of([row::<Silent>()]);
        let compilation = compile(&sources, &table, &options, &Progress::hidden(), &Timings::off());
        let found: Vec<_> = compilation.report.diagnostics.iter().map(|found| found.rule.to_string()).collect();
        assert_eq!(found, ["LHP-ACT-002/nothing-generated"]);
        assert!(compilation.plan.trees.is_empty());
    }
}
