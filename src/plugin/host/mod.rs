//! What the host does with answers, whatever runtime they come from: an answer goes in, a fragment comes out.
//!
//! The host owns names, sections, imports, helper modules, files and metadata columns. An answer that it cannot use is
//! reported at the action, and at the line of the plugin's own file where there is one.

pub(crate) mod code;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod findings;
mod in_template;
mod metadata;
mod said;
pub(crate) mod secrets;
mod verify;

use crate::expand::Action;
use crate::generator::{Context, Fragment, Section};
use crate::model::ActionType;
use crate::plugin::Plugin;
use crate::plugin::manifest::Provision;
use crate::plugin::runtime::{Answer, Limits};
use crate::report::Report;
use crate::source::SourceMap;

pub(crate) use faults::{REQUIREMENT_MISSING, of_check, of_difference, of_fault};
pub(crate) use files::read_files;
pub(crate) use verify::{Differs, compare};

/// Whom something is about: a capability of a plugin, asked for one action.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub plugin: &'a Plugin,
    /// Position among the plugin's `provides`.
    pub index: usize,
    pub action: &'a Action,
    pub sources: &'a SourceMap,
}

/// A call of a capability, and what its answer is judged by.
pub(crate) struct Call<'a> {
    pub place: Place<'a>,
    pub provision: &'a Provision,
    pub context: &'a Context<'a>,
    pub limits: &'a Limits,
}

/// Makes a fragment of an answer. None if something is wrong with it; the report says what.
pub(crate) fn fragment(answer: Answer, call: &Call<'_>, report: &mut Report) -> Option<Fragment> {
    let before = report.blocking();
    if !admit(&answer, call, report) {
        return None;
    }
    let code = code::read(&answer, call, report);
    let helpers = files::helpers(&answer, call, report);
    let artifacts = files::artifacts(&answer, call, report);
    let code = code.filter(|_| report.blocking() == before)?;
    Some(Fragment {
        imports: code.imports,
        preamble: code.preamble,
        helpers,
        artifacts,
        defines: code.defines,
        ..Fragment::new(section(call.place.action.kind), code.body)
    })
}

/// Whether an answer may be looked at: it is not too large, holds no secret of the plugin, and names no error.
pub(crate) fn admit(answer: &Answer, call: &Call<'_>, report: &mut Report) -> bool {
    let before = report.blocking();
    files::check_size(answer, call, report);
    secrets::check_leaks(answer, call, report);
    secrets::check_tokens(answer, call, report);
    if report.blocking() == before {
        findings::report(&answer.diagnostics, call, report);
    }
    report.blocking() == before
}

fn section(kind: ActionType) -> Section {
    match kind {
        ActionType::Load => Section::Loads,
        ActionType::Transform => Section::Transforms,
        ActionType::Write => Section::Writes,
        ActionType::Test => Section::Tests,
    }
}
