//! Proof by compiling: a project with changed files goes in; what its generated files mean comes out.
//!
//! Every environment is compiled, test actions included. Nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::meaning::same_meaning;
use crate::compile::{Compilation, CompileOptions, Formatting, compile};
use crate::expand::Tests;
use crate::plugin::Table;
use crate::project::ProjectOptions;
use crate::report::{Progress, Report, Timings};
use crate::source::SourceMap;

/// What may be different after a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Nothing.
    Equal,
    /// A pipeline that has errors before may have others afterwards, because the fix takes away those that hid them.
    Repairs,
}

/// What a project means in one environment.
pub struct Outcome {
    environment: String,
    /// Every file that could be generated, by path.
    files: BTreeMap<String, Vec<u8>>,
    errors: Vec<Found>,
    pub report: Report,
}

/// An error, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    rule: (&'static str, &'static str),
    message: String,
    pipeline: Option<Arc<str>>,
}

/// Compiles a project for each environment.
pub fn outcomes(sources: &Arc<SourceMap>, table: &Table, environments: &[ProjectOptions]) -> Vec<Outcome> {
    environments
        .iter()
        .map(|project| {
            let options = CompileOptions {
                project: project.clone(),
                tests: Tests::Included,
                formatting: Formatting::Off,
                ..CompileOptions::default()
            };
            let compilation = compile(sources, table, &options, &Progress::hidden(), &Timings::off());
            Outcome::new(project.environment.clone(), compilation)
        })
        .collect()
}

impl Outcome {
    fn new(environment: String, compilation: Compilation) -> Self {
        let faults: Vec<_> = compilation.report.diagnostics.iter().filter(|found| found.is_error()).collect();
        let errors = faults
            .iter()
            .map(|diagnostic| Found {
                rule: (diagnostic.rule.code, diagnostic.rule.name),
                message: diagnostic.message.clone(),
                pipeline: diagnostic.subject.pipeline.clone(),
            })
            .collect();
        let mut files: BTreeMap<String, Vec<u8>> =
            compilation.unplanned.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        // What is generated in spite of an error is nobody's intention.
        for subject in faults.iter().map(|fault| &fault.subject) {
            if let (Some(pipeline), Some(flowgroup)) = (&subject.pipeline, &subject.flowgroup) {
                files.remove(&format!("{pipeline}/{flowgroup}.py"));
            }
        }
        // The first tree holds the modules, which are also what is known of a project with errors.
        for (index, tree) in compilation.plan.trees.into_iter().enumerate() {
            let root = if index > 0 { format!("{}/", tree.root.display()) } else { String::new() };
            files.extend(tree.files.into_iter().map(|file| (format!("{root}{}", file.path), file.content)));
        }
        Self { environment, files, errors, report: compilation.report }
    }
}

/// The first difference in meaning, as the end of a sentence; none if there is none.
pub fn difference(before: &[Outcome], after: &[Outcome], tolerance: Tolerance) -> Option<String> {
    before.iter().zip(after).find_map(|(before, after)| {
        let environment = &before.environment;
        match new_error(before, after, tolerance) {
            Some(message) => Some(format!("it would lead to an error in environment `{environment}`: {message}")),
            None => changed_file(before, after).map(|what| format!("{what} in environment `{environment}`")),
        }
    })
}

/// The message of an error that was not there before.
fn new_error(before: &Outcome, after: &Outcome, tolerance: Tolerance) -> Option<String> {
    let mut known = before.errors.clone();
    let had_errors = |found: &Found| before.errors.iter().any(|other| other.pipeline == found.pipeline);
    let new = after.errors.iter().find(|found| match known.iter().position(|other| other == *found) {
        Some(position) => {
            known.swap_remove(position);
            false
        }
        None => tolerance == Tolerance::Equal || !had_errors(found),
    });
    new.map(|found| found.message.clone())
}

/// New files are fine: they belong to flowgroups that could not be generated before.
fn changed_file(before: &Outcome, after: &Outcome) -> Option<String> {
    before.files.iter().find_map(|(path, content)| match after.files.get(path) {
        Some(other) if same_meaning(content, other) => None,
        Some(_) => Some(format!("it would change what `{path}` does")),
        None => Some(format!("`{path}` would no longer be generated")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(files: &[(&str, &str)], errors: &[(&str, &str)]) -> [Outcome; 1] {
        let found = |(pipeline, message): &(&str, &str)| Found {
            rule: ("LHP-VAL-007", "r"),
            message: (*message).to_owned(),
            pipeline: Some((*pipeline).into()),
        };
        [Outcome {
            environment: "dev".to_owned(),
            files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
            errors: errors.iter().map(found).collect(),
            report: Report::default(),
        }]
    }

    #[test]
    fn files_must_stay_and_mean_the_same() {
        let before = outcome(&[("p/a.py", "a = 1\n")], &[]);
        let found = |files: &[(&str, &str)]| difference(&before, &outcome(files, &[]), Tolerance::Repairs);
        assert_eq!(found(&[("p/a.py", "a = 1\n"), ("p/b.py", "")]), None);
        assert_eq!(
            found(&[("p/a.py", "a = 2\n")]).as_deref(),
            Some("it would change what `p/a.py` does in environment `dev`")
        );
        assert!(found(&[]).is_some_and(|what| what.contains("no longer be generated")));
    }

    #[test]
    fn errors_must_not_become_more() {
        let before = outcome(&[], &[("p", "x"), ("p", "x")]);
        let found = |errors: &[(&str, &str)], tolerance| difference(&before, &outcome(&[], errors), tolerance);
        assert_eq!(found(&[("p", "x")], Tolerance::Equal), None);
        assert!(found(&[("p", "x"), ("p", "x"), ("p", "x")], Tolerance::Equal).is_some());
        assert!(found(&[("p", "y")], Tolerance::Equal).is_some());
        assert_eq!(found(&[("p", "y")], Tolerance::Repairs), None);
        assert!(found(&[("q", "y")], Tolerance::Repairs).is_some());
    }
}
