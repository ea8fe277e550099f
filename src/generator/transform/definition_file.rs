//! Files that a transform names and that define what it does: schema definitions and expectations.
//!
//! Tokens are not replaced in these files, so what looks like one is worth a remark.

use std::path::Path;

use crate::generator::{Context, unreplaced};
use crate::project::{read_diagnostic, read_single, text_file_rule};
use crate::report::{Report, Rule};
use crate::syntax::Node;

/// The document of a YAML or JSON file. A file that does not exist breaks the rule `missing`.
pub(super) fn read(path: &Node, missing: &'static Rule, context: &Context<'_>, report: &mut Report) -> Option<Node> {
    let relative = path.as_str()?.replace('\\', "/");
    let sources = &context.project.sources;
    if let Err(error) = sources.load(Path::new(&relative)) {
        let rule = if error.problem.is_absence() { missing } else { text_file_rule(error.problem) };
        report.push(read_diagnostic(rule, &error).at(path, "named here"));
        return None;
    }
    let before = report.diagnostics.len();
    let document = read_single(sources, Path::new(&relative), report);
    for diagnostic in report.diagnostics.iter_mut().skip(before) {
        *diagnostic = diagnostic.clone().label(path.span, "the file is named here");
    }
    let document = document?;
    unreplaced::advise_tree(&document, context.project, report);
    Some(document)
}
