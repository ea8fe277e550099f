//! `lhp validate --all-envs`: every environment is checked, and then all are compared.

use indexmap::IndexMap;

use super::Exit;
use super::arguments::Validate;
use super::run::Run;
use crate::check::environments;
use crate::compile::{Compilation, CompileOptions, Formatting};
use crate::plugin::Table;
use crate::project::{Environment, ProjectOptions, environment_names};
use crate::report::{Diagnostic, Report, Rule, Severity};
use crate::source::Span;

/// Checks the project in all environments that have a substitution file.
pub fn validate(run: &Run<'_>, table: &Table, arguments: &Validate, project: &ProjectOptions) -> Exit {
    let session = run.session;
    let known = environment_names(&session.sources);
    let names = if known.is_empty() { vec![arguments.env.clone()] } else { known };
    let mut found = Vec::new();
    let mut loaded = Vec::new();
    let mut last = Compilation::default();
    for name in &names {
        let project = ProjectOptions { environment: name.clone(), ..project.clone() };
        let options = CompileOptions {
            project: project.clone(),
            pipeline: arguments.pipeline.clone(),
            formatting: Formatting::Discarded,
            ..CompileOptions::default()
        };
        let compilation = run.compile(table, options, Report::default());
        let errors = compilation.report.count(Severity::Error);
        let mark = if errors == 0 { "✓" } else { "✗" };
        session.line(&format!("{mark} {name}  {} validated, {errors} failed", compilation.good_pipelines()));
        found.push((name.as_str(), compilation.report.clone()));
        last = compilation;
        // What is wrong with the file itself was reported by the compile.
        loaded.push(Environment::load(&session.sources, name, &project.reserved, &mut Report::default()));
    }
    let mut differences = Report::default();
    environments::check(session.sources.root(), &loaded.iter().collect::<Vec<_>>(), &mut differences);
    last.replace_report(merge(found));
    for difference in differences.diagnostics {
        last.push(difference, &session.sources);
    }
    run.finish(&mut last, Vec::new())
}

/// What makes diagnostics of two environments the same: rule, place and message.
type Key = (&'static Rule, Option<Span>, String);

/// Each diagnostic once. One that not every environment has says which have it.
fn merge(found: Vec<(&str, Report)>) -> Report {
    let all = found.len();
    let mut merged: IndexMap<Key, (Diagnostic, Vec<&str>)> = IndexMap::new();
    for (name, report) in found {
        for diagnostic in report.diagnostics {
            let place = diagnostic.labels.first().map(|label| label.span);
            let key = (diagnostic.rule, place, diagnostic.message.clone());
            let (_, names) = merged.entry(key).or_insert_with(|| (diagnostic, Vec::new()));
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
    }
    let mut report = Report::default();
    for (mut diagnostic, names) in merged.into_values() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        if names.len() < all && !names.iter().any(|name| diagnostic.message.contains(name)) {
            diagnostic.message = format!("{} (environment {})", diagnostic.message, names.join(", "));
        }
        report.push(diagnostic);
    }
    report
}
