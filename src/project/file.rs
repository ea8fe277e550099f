//! Reading YAML files of a project: a path goes in, the documents of the file come out.

use std::path::Path;

use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{FileId, PathKind, ReadError, ReadProblem, SourceMap, Span};
use crate::syntax::Node;
use crate::syntax::yaml::{self, Limits};

rules! {
    /// A file that the project names does not exist.
    ///
    /// ## Why
    /// Its content, such as a query, a schema or a function, is needed for the generated code. Paths
    /// start from the directory of `lhp.yaml`, not from the file in which they are written.
    ///
    /// ## Wrong
    /// ```yaml
    /// # pipelines/orders.yaml, with the query in sql/orders.sql
    /// sql_path: ../sql/orders.sql
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// sql_path: sql/orders.sql
    /// ```
    pub static MISSING_FILE: Rule = Rule::new("LHP-IO-001", "missing-file");
    /// A file of the project cannot be read: it is not UTF-8, is a directory, is larger than 64 MiB, or
    /// the file system refuses it.
    ///
    /// ## Why
    /// Nothing is generated from a part of a project, because files of the missing part would look as
    /// if they were no longer wanted.
    ///
    /// ## Right
    /// Save the file as UTF-8, give yourself permission to read it, or correct the path that names it:
    /// ```sh
    /// iconv -f latin1 -t utf-8 orders.yaml > orders.utf8.yaml && mv orders.utf8.yaml orders.yaml
    /// ```
    pub static UNREADABLE_FILE: Rule = Rule::new("LHP-IO-002", "unreadable-file");
    /// A file that must hold exactly one YAML document is empty, or holds several.
    ///
    /// ## Why
    /// `lhp.yaml`, presets, templates, substitution files and files of schemas or expectations are one
    /// document each. Settings in a second document would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev: { catalog: dev_catalog }
    /// ---
    /// secrets: { default_scope: shop }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev: { catalog: dev_catalog }
    /// secrets: { default_scope: shop }
    /// ```
    pub static DOCUMENT_COUNT: Rule = Rule::new("LHP-IO-003", "document-count");
    /// A text file, such as a SQL file, is not UTF-8.
    ///
    /// ## Why
    /// Its characters beyond ASCII would be wrong in the generated code, if they could be read at all.
    ///
    /// ## Right
    /// Save the file as UTF-8. The message shows the first byte that is not UTF-8.
    /// ```sh
    /// iconv -f latin1 -t utf-8 orders.sql > orders.utf8.sql && mv orders.utf8.sql orders.sql
    /// ```
    pub static NOT_UTF8: Rule = Rule::new("LHP-IO-004", "not-utf8");
    /// A text file, such as a SQL file, may not be read by you.
    ///
    /// ## Why
    /// Its content is needed for the generated code.
    ///
    /// ## Right
    /// Give yourself permission to read the file:
    /// ```sh
    /// chmod u+r sql/orders.sql
    /// ```
    pub static PERMISSION_DENIED: Rule = Rule::new("LHP-IO-005", "permission-denied");
}

/// The documents of a YAML file, null documents included.
pub struct Documents {
    pub file: FileId,
    pub documents: Vec<Node>,
}

/// Reads and parses a YAML file. What the parser warns about goes to the report.
pub fn read_documents(sources: &SourceMap, path: &Path, report: &mut Report) -> Option<Documents> {
    let file = match sources.load(path) {
        Ok(file) => file,
        Err(error) => {
            let rule = if error.problem.is_absence() { &MISSING_FILE } else { &UNREADABLE_FILE };
            report.push(read_diagnostic(rule, &error));
            return None;
        }
    };
    let source = sources.get(file);
    match yaml::parse(file, &source.text, &Limits::default()) {
        Ok(parsed) => {
            report.diagnostics.extend(parsed.warnings);
            Some(Documents { file, documents: parsed.documents })
        }
        Err(diagnostic) => {
            report.push(diagnostic);
            None
        }
    }
}

/// Reads a YAML file that must hold exactly one document.
pub fn read_single(sources: &SourceMap, path: &Path, report: &mut Report) -> Option<Node> {
    let Documents { file, mut documents } = read_documents(sources, path, report)?;
    if documents.len() > 1 {
        let second = documents.get(1).map_or(Span::start_of(file), |node| node.span);
        report.push(
            Diagnostic::error(
                &DOCUMENT_COUNT,
                format!("`{}` holds {} documents", sources.get(file).path, documents.len()),
            )
            .label(second, "the second document")
            .help("keep one document in this file: remove the `---` line and what follows it"),
        );
        return None;
    }
    let only = documents.pop();
    if only.is_none() {
        report.push(
            Diagnostic::error(&DOCUMENT_COUNT, format!("`{}` is empty", sources.get(file).path))
                .label(Span::start_of(file), "nothing is defined here")
                .help("write the settings into this file, or delete it"),
        );
    }
    only
}

/// The diagnostic for a file that cannot be read.
pub fn read_diagnostic(rule: &'static Rule, error: &ReadError) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(rule, error.to_string());
    if let Some(place) = error.place {
        diagnostic = diagnostic.label(place, "the first byte that is not UTF-8");
    }
    diagnostic.help(match error.problem {
        ReadProblem::Missing => "create the file, or correct the path; paths start from the directory of `lhp.yaml`",
        ReadProblem::Denied => "give yourself permission to read the file",
        ReadProblem::NotUtf8 => "save the file as UTF-8",
        ReadProblem::NotAFile(PathKind::DeadLink) => "remove the link, or put back what it leads to",
        ReadProblem::NotAFile(_) => "put a file in its place, or correct the path",
        ReadProblem::TooLarge { .. } => "split the file",
        ReadProblem::Other(_) => "check the file system",
    })
}

/// The rule for a text file that cannot be read.
pub fn text_file_rule(problem: ReadProblem) -> &'static Rule {
    match problem {
        problem if problem.is_absence() => &MISSING_FILE,
        ReadProblem::Denied => &PERMISSION_DENIED,
        ReadProblem::NotUtf8 => &NOT_UTF8,
        _ => &UNREADABLE_FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_permission_has_a_rule_of_its_own() {
        let error = ReadError { path: "sql/orders.sql".to_owned(), problem: ReadProblem::Denied, place: None };
        let found = read_diagnostic(text_file_rule(error.problem), &error);
        assert_eq!(found.rule.to_string(), "LHP-IO-005/permission-denied");
        assert_eq!(found.message, "file `sql/orders.sql` may not be read: permission denied");
        assert_eq!(found.help.as_deref(), Some("give yourself permission to read the file"));
    }
}
