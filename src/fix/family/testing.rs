//! One file through one family, for tests: its text goes in; the rewritten text and the refusals come out.

use std::path::Path;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::check::edited;
use crate::fix::scope::Kind;
use crate::project::{Environment, ReservedTokens};
use crate::report::{Diagnostic, Report, Rule};
use crate::source::{SourceMap, Span};
use crate::syntax::yaml::{Limits, parse};

/// A file with all fixes of a family, and the reasons of those that were refused.
pub fn rewritten(family: &dyn Family, kind: Kind, text: &str) -> (String, Vec<String>) {
    rewritten_after(family, kind, text, &[])
}

/// The same, after the compiler reported rules at parts of the text.
pub fn rewritten_after(
    family: &dyn Family,
    kind: Kind,
    text: &str,
    reported: &[(&'static Rule, &str)],
) -> (String, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("substitutions")).unwrap();
    std::fs::write(directory.path().join("substitutions/dev.yaml"), "dev: {catalog: c, bronze: b, list: [1]}").unwrap();
    let sources = SourceMap::new(directory.path());
    let mut report = Report::default();
    let environment = Environment::load(&sources, "dev", &ReservedTokens::default(), &mut report);
    let file = sources.add("dev.yaml", text);
    for (rule, part) in reported {
        let at = text.find(part).unwrap();
        report.push(Diagnostic::warning(rule, "").label(Span::new(file, at, at + part.len()), ""));
    }
    let project = Knowledge { environments: &[environment], reports: vec![&report] };
    let documents = match kind {
        Kind::Sql => Vec::new(),
        _ => parse(file, text, &Limits::default()).unwrap().documents,
    };
    let parsed = Parsed { path: Path::new("substitutions/dev.yaml"), kind, file, text, documents: &documents };
    let mut found = Proposals::default();
    if family.concerns(kind, text) {
        family.propose(&parsed, &project, &mut found);
    }
    assert!(found.fixes.iter().all(|fix| fix.name == family.name()));
    let fixes: Vec<_> = found.fixes.iter().collect();
    let text = edited(&parsed, &fixes, family, &project).unwrap();
    (text, found.refusals.into_iter().map(|refusal| refusal.reason).collect())
}

/// The rewritten file, of which nothing may be refused.
#[track_caller]
pub fn only_rewritten(family: &dyn Family, kind: Kind, text: &str) -> String {
    let (text, refused) = rewritten(family, kind, text);
    assert_eq!(refused, Vec::<String>::new());
    text
}
