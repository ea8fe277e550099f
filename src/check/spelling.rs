//! Pipelines that only look different: names with tokens are compared by what the tokens stand for.
//!
//! Flowgroups are grouped into pipelines by their names as written, for so are the directories they are generated to.
//! On the platform, `${env}_bronze` and `dev_bronze` are one pipeline, or two that get in each other's way.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::pipeline::SEVERAL_CREATORS;
use crate::expand::Resolved;
use crate::report::{Diagnostic, Report, Rule, Subject, rules};
use crate::source::Span;

rules! {
    /// Two flowgroups have the same name in the same pipeline once tokens in their names are replaced.
    ///
    /// ## Why
    /// Each is generated into a directory of its own, named as it is written. On the platform they meet
    /// in one pipeline, or one pipeline takes the place of the other.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml says env: dev
    /// pipeline: ${env}_bronze
    /// flowgroup: orders
    /// ---
    /// # pipelines/returns.yaml
    /// pipeline: dev_bronze
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # pipelines/returns.yaml
    /// pipeline: dev_bronze
    /// flowgroup: returns
    /// ```
    pub static SAME_FLOWGROUP: Rule = Rule::new("LHP-VAL-009", "flowgroup-in-two-spellings").advice();
}

/// What is to be known of a flowgroup in order to compare it with those of other spellings.
#[derive(Debug)]
pub struct Spelling {
    /// Pipeline and flowgroup as written.
    written: (Arc<str>, Arc<str>),
    pipeline: Arc<str>,
    flowgroup: Arc<str>,
    /// Where the flowgroup is named.
    place: Span,
    tables: Vec<Creation>,
}

/// A table that a flowgroup creates.
#[derive(Debug)]
struct Creation {
    table: String,
    action: Arc<str>,
    place: Span,
}

impl Spelling {
    /// Looks at a flowgroup whose pipeline and name are written so.
    pub fn of(pipeline: &str, flowgroup: &str, place: Span, resolved: &Resolved) -> Self {
        let creation = |action: &crate::expand::Action| {
            let table = action.table().filter(|_| action.creates_table())?.display();
            let place = action.setting("table").unwrap_or(&action.node).span;
            Some(Creation { table, action: action.name.clone(), place })
        };
        Self {
            written: (pipeline.into(), flowgroup.into()),
            pipeline: resolved.pipeline.clone(),
            flowgroup: resolved.flowgroup.clone(),
            place,
            tables: resolved.actions.iter().filter_map(creation).collect(),
        }
    }

    fn subject(&self) -> Subject {
        let (pipeline, flowgroup) = (Some(self.pipeline.clone()), Some(self.flowgroup.clone()));
        Subject { pipeline, flowgroup, action: None }
    }
}

/// Compares the flowgroups of a project. What is written alike was compared before. Gives the pipelines, as written,
/// in which something is wrong.
pub fn check<'a>(all: &'a [Spelling], report: &mut Report) -> Vec<&'a str> {
    let mut faulty = Vec::new();
    let mut flowgroups: FxHashMap<(&str, &str), &Spelling> = FxHashMap::default();
    let mut tables: FxHashMap<(&str, &str), (&Spelling, &Creation)> = FxHashMap::default();
    // A name that could not be resolved is empty.
    for one in all.iter().filter(|one| !one.pipeline.is_empty() && !one.flowgroup.is_empty()) {
        match flowgroups.get(&(one.pipeline.as_ref(), one.flowgroup.as_ref())) {
            Some(first) if first.written == one.written => {}
            Some(first) => push(same_flowgroup(first, one), one, report),
            None => drop(flowgroups.insert((&one.pipeline, &one.flowgroup), one)),
        }
        for creation in &one.tables {
            match tables.get(&(one.pipeline.as_ref(), creation.table.as_str())) {
                Some((first, _)) if first.written.0 == one.written.0 => {}
                Some((first, earlier)) => {
                    faulty.extend([first.written.0.as_ref(), one.written.0.as_ref()]);
                    push(same_table(first, earlier, one, creation), one, report);
                }
                None => drop(tables.insert((&one.pipeline, &creation.table), (one, creation))),
            }
        }
    }
    faulty
}

fn push(diagnostic: Diagnostic, about: &Spelling, report: &mut Report) {
    let from = report.diagnostics.len();
    report.push(diagnostic);
    report.set_subject(from, &about.subject());
}

fn same_flowgroup(first: &Spelling, second: &Spelling) -> Diagnostic {
    let (flowgroup, pipeline) = (&second.flowgroup, &second.pipeline);
    Diagnostic::advice(
        &SAME_FLOWGROUP,
        format!("flowgroup `{flowgroup}` of pipeline `{pipeline}` is defined twice, in two spellings"),
    )
    .label(second.place, "defined again")
    .label(first.place, "first defined here")
    .help("rename one of them; tokens in names are replaced before the platform sees them")
}

fn same_table(first: &Spelling, earlier: &Creation, second: &Spelling, creation: &Creation) -> Diagnostic {
    let (table, pipeline) = (&creation.table, &second.pipeline);
    let title = |one: &Spelling, creation: &Creation| format!("{}.{}", one.flowgroup, creation.action);
    Diagnostic::error(
        &SEVERAL_CREATORS,
        format!("several actions create the table `{table}` in pipeline `{pipeline}`, which is written in two ways"),
    )
    .label(creation.place, format!("created again by `{}` of `{}`", title(second, creation), second.written.0))
    .label(earlier.place, format!("first created by `{}` of `{}`", title(first, earlier), first.written.0))
    .help("write the name of the pipeline in one way, and keep one creator of the table")
}
