//! What every compile promises, whatever the project looks like.

use lhp::compile::Compilation;
use lhp::report::{Diagnostic, Style, Warnings, line, render_all};
use lhp::source::SourceMap;

/// Rules of faults that have no place in a file.
const WITHOUT_PLACE: [&str; 5] =
    ["empty-project", "unknown-environment", "unreadable-directory", "unknown-pipeline", "output-not-ours"];

/// Rules by which the program says that it is to blame.
const OWN_FAULTS: [&str; 3] = ["internal-template", "invalid-generated-code", "internal"];

/// Broken promises, as their kind and details.
pub fn faults(compilation: &Compilation, sources: &SourceMap) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for diagnostic in &compilation.report.diagnostics {
        faults.extend(diagnostic_faults(diagnostic, sources).into_iter().map(|fault| {
            (format!("{fault} ({}/{})", diagnostic.rule.code, diagnostic.rule.name), line(diagnostic, sources))
        }));
    }
    let planned = compilation.plan.trees.iter().map(|tree| tree.files.len()).sum::<usize>();
    if compilation.report.has_errors() && planned > 0 {
        faults.push(("files are planned in spite of errors".to_owned(), format!("{planned} files")));
    }
    for detail in [Warnings::Grouped, Warnings::Detailed] {
        let style = Style { colour: true, unicode: true, width: Some(40) };
        let shown = render_all(&compilation.report, sources, style, None).warnings(detail).to_string();
        if compilation.report.has_errors() && shown.is_empty() {
            faults.push(("nothing is shown in spite of errors".to_owned(), String::new()));
        }
    }
    for file in compilation.plan.trees.iter().flat_map(|tree| &tree.files) {
        let leaves = file.path.split('/').any(|part| matches!(part, "" | "." | ".."));
        if leaves || file.path.contains(['\\', '\0', '\n']) {
            faults.push(("a planned path is not safe".to_owned(), format!("{:?}", file.path)));
        }
    }
    faults
}

fn diagnostic_faults(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<&'static str> {
    let mut faults = Vec::new();
    // Pasted expressions are the author's code.
    let of_expression = diagnostic.message.starts_with("the expression of column");
    if OWN_FAULTS.contains(&diagnostic.rule.name) && !of_expression {
        faults.push("the program blames itself");
    }
    if diagnostic.labels.is_empty() && !WITHOUT_PLACE.contains(&diagnostic.rule.name) {
        faults.push("no place");
    }
    if diagnostic.help.as_deref().unwrap_or_default().is_empty() {
        faults.push("no help");
    }
    if diagnostic.message.trim().is_empty() || diagnostic.message.ends_with('.') {
        faults.push("a message that is no sentence without a stop");
    }
    for label in diagnostic.labels.iter().chain(&diagnostic.origins) {
        let file = sources.get(label.span.file);
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        if file.path.is_empty() {
            faults.push("a label in no file");
        } else if start > end || file.text.get(start..end).is_none() {
            faults.push("a label outside of its file");
        }
        if label.text.is_empty() {
            faults.push("a label without text");
        }
    }
    faults
}

/// Whether two compiles gave the same.
pub fn same(left: &Compilation, right: &Compilation) -> bool {
    let messages = |compilation: &Compilation| -> Vec<String> {
        compilation.report.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect()
    };
    let files = |compilation: &Compilation| -> Vec<(String, Vec<u8>)> {
        let files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
        files.map(|file| (file.path.clone(), file.content.clone())).collect()
    };
    messages(left) == messages(right) && files(left) == files(right)
}
