//! Files in which tokens are not replaced: what looks like a token there is worth a remark.

use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{FileId, Span};
use crate::syntax::token::{self, Found, Token};
use crate::syntax::{Node, Value};

rules! {
    /// A file of rules or a schema definition contains what looks like a token, but tokens are not
    /// replaced there.
    ///
    /// ## Why
    /// Tokens are replaced in flowgroups, SQL files and Python modules. In files of rules and schema
    /// definitions the text stays as it is and reaches Spark, which cannot parse a condition with
    /// `${…}` in it.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {name: known, expression: "shop IN (${shops})", failureAction: drop}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - {name: known, expression: "shop IN (1, 2)", failureAction: drop}
    /// ```
    pub static TOKEN_NOT_REPLACED: Rule = Rule::new("LHP-CFG-010", "token-not-replaced").advice();
}

/// Remarks on every `${…}` in the text of a file.
pub fn advise_file(file: FileId, project: &Project, report: &mut Report) {
    let text = project.sources.get(file).text.clone();
    for Found { range, .. } in tokens(&text) {
        let written = text.get(range.clone()).unwrap_or_default();
        report.push(not_replaced(written, Span::new(file, range.start, range.end)));
    }
}

/// Remarks on every `${…}` in the texts below a node.
pub fn advise_tree(node: &Node, project: &Project, report: &mut Report) {
    match &node.value {
        Value::String(text) => {
            for found in tokens(text) {
                let written = text.get(found.range).unwrap_or_default();
                report.push(not_replaced(written, place_of(written, node, project)));
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| advise_tree(item, project, report)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                advise_tree(&entry.key, project, report);
                advise_tree(&entry.value, project, report);
            }
        }
        _ => {}
    }
}

fn tokens(text: &str) -> impl Iterator<Item = Found<'_>> {
    token::scan(text).filter(|found| matches!(found.token, Token::Environment { .. } | Token::Secret { .. }))
}

fn not_replaced(written: &str, place: Span) -> Diagnostic {
    Diagnostic::advice(&TOKEN_NOT_REPLACED, format!("`{written}` is not replaced in this file"))
        .label(place, "stays as it is")
        .help("write the value itself, or move what stands here to the flowgroup: tokens are replaced there")
}

/// The span of a part of a text, or of the whole text where escapes hide the part.
fn place_of(written: &str, node: &Node, project: &Project) -> Span {
    project.sources.find(node.span, written).unwrap_or(node.span)
}
