//! Whether this program can use the plugin: what a project would find out when it asks for it.

use super::{Inspected, UNUSED};
use crate::plugin::Kind;
use crate::plugin::selection::unfit;
use crate::plugin::trust::wrong_artifacts;
use crate::report::{Diagnostic, Report};

pub(super) fn check(inspected: &Inspected<'_>, report: &mut Report) {
    let (manifest, node) = (inspected.manifest, inspected.node);
    report.diagnostics.extend(unfit(manifest, node).map(|(_, why)| why));
    let (_, wrong) = wrong_artifacts(inspected.sources, inspected.root, manifest, node);
    report.diagnostics.extend(wrong.into_iter().map(|wrong| wrong.why));
    if manifest.provides.is_empty() && manifest.bundle.is_empty() {
        let place = node.get("provides").or_else(|| node.get("id")).unwrap_or(node);
        report.push(
            Diagnostic::warning(&UNUSED, format!("the plugin `{}` provides nothing", manifest.id))
                .label(place.span, "neither `provides` nor `bundle` has an entry")
                .help("add a capability to `provides`, or the ids of other plugins to `bundle`"),
        );
    }
    for (index, row) in manifest.provides.iter().enumerate() {
        if let Some(reason) = row.kind.unused_reason() {
            let used: Vec<&str> = Kind::ALL.into_iter().filter(|kind| kind.is_supported()).map(Kind::word).collect();
            report.push(
                Diagnostic::warning(&UNUSED, format!("`{}/{}` is not used: {reason}", row.kind.word(), row.key))
                    .label(inspected.span(index, "kind"), "listed as incompatible")
                    .help(format!("it is listed, and nothing more; this version uses {}", used.join(", "))),
            );
        }
    }
}
