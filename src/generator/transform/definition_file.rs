//! Files that a transform names and that define what it does: schema definitions and expectations.
//!
//! Tokens are not replaced in these files, so what looks like one is worth a remark.

use std::path::Path;

use crate::generator::Context;
use crate::project::{read_diagnostic, read_single, text_file_rule};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::token::{self, Token};
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
    advise_tokens(&document, context, report);
    Some(document)
}

/// Remarks on every `${…}` in the texts below a node.
fn advise_tokens(node: &Node, context: &Context<'_>, report: &mut Report) {
    match &node.value {
        Value::String(text) => {
            let found = token::scan(text);
            for found in found.filter(|found| matches!(found.token, Token::Environment { .. } | Token::Secret { .. })) {
                let written = text.get(found.range).unwrap_or_default();
                report.push(
                    Diagnostic::advice(&TOKEN_NOT_REPLACED, format!("`{written}` is not replaced in this file"))
                        .label(place_of(written, node, context), "stays as it is")
                        .help("write the value itself, or move what stands here to the flowgroup: tokens are replaced there"),
                );
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| advise_tokens(item, context, report)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                advise_tokens(&entry.key, context, report);
                advise_tokens(&entry.value, context, report);
            }
        }
        _ => {}
    }
}

/// The span of a part of a text, or of the whole text where escapes hide the part.
fn place_of(written: &str, node: &Node, context: &Context<'_>) -> Span {
    let whole = node.span;
    let file = context.project.sources.get(whole.file);
    let text = file.text.get(whole.start as usize..whole.end as usize);
    match text.and_then(|text| text.find(written)) {
        Some(at) => Span::new(whole.file, whole.start as usize + at, whole.start as usize + at + written.len()),
        None => whole,
    }
}
