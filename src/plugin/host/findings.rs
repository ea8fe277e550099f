//! What plugins say about their requests: findings with JSON pointers go in, diagnostics at YAML places come out.

use super::{Call, Place};
use crate::plugin::runtime::Finding;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Pointed;

rules! {
    /// A plugin has found something wrong with an action, or something to remark on.
    ///
    /// ## Why
    /// The plugin knows rules that no schema can state. Its own code stands behind ours, and its
    /// documentation tells more. An error of a plugin counts like any other: nothing is written.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: s3_batch
    ///   bucket: My_Bucket
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: s3_batch
    ///   bucket: my-bucket
    /// ```
    pub static PLUGIN_FINDING: Rule = Rule::new("LHP-PLG-040", "plugin-finding").or_advice();
}

/// Reports what a plugin said.
pub(crate) fn report(findings: &[Finding], call: &Call<'_>, report: &mut Report) {
    report.diagnostics.extend(findings.iter().map(|finding| diagnostic(finding, &call.place)));
}

fn diagnostic(finding: &Finding, place: &Place<'_>) -> Diagnostic {
    let pointer = finding.path.as_deref().unwrap_or_default();
    let Pointed { node, exact } = resolve(pointer, place);
    let own = finding.path.is_none() || pointer.is_empty();
    let label = if own || !exact { "about this" } else { "about this value" };
    let mut diagnostic = Diagnostic::error(&PLUGIN_FINDING, finding.message.trim_end_matches('.').to_owned())
        .severity(finding.severity)
        .at(node, label);
    if node.span.file != place.action.node.span.file {
        diagnostic = diagnostic.label(place.action.node.span, "for this action");
    }
    diagnostic.detail = finding.code.as_deref().map(Into::into);
    let fallback = || format!("plugin `{}` says so; its documentation tells more", place.plugin.id());
    diagnostic.help(finding.help.clone().unwrap_or_else(fallback))
}

/// The node that a pointer into a request leads to.
fn resolve<'a>(pointer: &str, place: &Place<'a>) -> Pointed<'a> {
    let action = place.action;
    let below = |key: &str| {
        let rest = pointer.strip_prefix('/')?.strip_prefix(key)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    };
    if let Some(rest) = below("spec") {
        return action.settings.follow(rest);
    }
    if let (Some(rest), Some(config)) = (below("config"), place.plugin.config.values.as_ref()) {
        return config.follow(rest);
    }
    action.node.follow(below("action").unwrap_or_default())
}
