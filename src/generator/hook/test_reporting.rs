//! Test reporting: a hook that hands the results of tests to a function of the user.
//!
//! In: the tests of a pipeline that have a `test_id`. Out: the hook, and a copy of the user's module.

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Value as TemplateValue, context};
use rustc_hash::FxHashMap;

use super::{Hook, HookFile, Pipeline, Surroundings, provider};
use crate::emit::template_text;
use crate::expand::{Action, Tests};
use crate::generator::text_of;
use crate::model::ActionType;
use crate::project::{Project, read_diagnostic};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A file that `test_reporting` names does not exist.
    ///
    /// ## Why
    /// The module receives the results of the tests, and the settings are handed to it. Paths start from
    /// the directory of `lhp.yaml`.
    ///
    /// ## Wrong
    /// ```yaml
    /// # there is only reporting/provider.py
    /// test_reporting:
    ///   module_path: provider.py
    ///   function_name: report
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_reporting:
    ///   module_path: reporting/provider.py
    ///   function_name: report
    /// ```
    pub static MISSING_REPORTING_FILE: Rule = Rule::new("LHP-CFG-032", "missing-reporting-file");
    /// Test reporting is switched on and tests are generated, but none of them has a `test_id`.
    ///
    /// ## Why
    /// Only tests with a `test_id` are reported, so no result would ever arrive.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: check_orders
    ///   type: test
    ///   test_type: uniqueness
    ///   source: v_orders
    ///   columns: [order_id]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: check_orders
    ///   type: test
    ///   test_type: uniqueness
    ///   source: v_orders
    ///   columns: [order_id]
    ///   test_id: T-1
    /// ```
    pub static NO_TEST_ID: Rule = Rule::new("LHP-CFG-032", "no-test-id");
    /// Two reported tests of a pipeline have the same `target`, or the same name and no `target`.
    ///
    /// ## Why
    /// The results of a test are found by the table that it defines. With one table for two tests it would
    /// not be known to which `test_id` a result belongs.
    ///
    /// ## Wrong
    /// ```yaml
    /// # in flowgroup orders
    /// - { name: check_orders, type: test, target: checked, test_id: T-1, … }
    /// # in flowgroup returns
    /// - { name: check_returns, type: test, target: checked, test_id: T-2, … }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # in flowgroup orders
    /// - { name: check_orders, type: test, target: checked_orders, test_id: T-1, … }
    /// # in flowgroup returns
    /// - { name: check_returns, type: test, target: checked_returns, test_id: T-2, … }
    /// ```
    pub static DUPLICATE_TEST_TABLE: Rule = Rule::new("LHP-CFG-009", "duplicate-test-table");
}

/// The hook.
pub struct TestReportingHook;

/// Name of the module.
const MODULE: &str = "_test_reporting_hook";

impl Hook for TestReportingHook {
    fn modules(&self) -> &'static [&'static str] {
        &[MODULE, provider::PACKAGE]
    }

    fn check(&self, surroundings: &Surroundings<'_>, files: Option<&BTreeMap<String, String>>, report: &mut Report) {
        let project = surroundings.project;
        let Some(block) = block(project) else { return };
        for key in ["module_path", "config_file"] {
            let Some(path) = block.get(key).filter(|path| path.is_truthy()) else { continue };
            let written = path.as_str().unwrap_or_default();
            if let Some(error) = project.sources.missing(Path::new(&written.replace('\\', "/"))) {
                report.push(read_diagnostic(&MISSING_REPORTING_FILE, &error).at(path, "needed for test reporting"));
            }
        }
        let generated = files.filter(|files| !files.is_empty() && surroundings.tests == Tests::Included);
        if report.blocking() > 0 {
            return;
        }
        let hook_file = format!("/{MODULE}.py");
        if generated.is_some_and(|files| !files.keys().any(|path| path.ends_with(&hook_file))) {
            report.push(
                Diagnostic::error(&NO_TEST_ID, "tests are reported, but no test has a `test_id`")
                    .label(block.span, "switched on here")
                    .help("add `test_id: …` to the tests to report, or remove `test_reporting`"),
            );
        }
    }

    fn files(&self, pipeline: &Pipeline<'_>, surroundings: &Surroundings<'_>, report: &mut Report) -> Vec<HookFile> {
        let project = surroundings.project;
        let Some(block) = block(project).filter(|_| surroundings.tests == Tests::Included) else { return Vec::new() };
        let Some(tests) = reported(pipeline, report).filter(|tests| !tests.is_empty()) else { return Vec::new() };
        // What is missing altogether was reported for the project.
        let here = |key: &str| {
            let path = block.get(key)?.as_str()?.replace('\\', "/");
            project.root.join(path).is_file().then(|| block.get(key)).flatten()
        };
        let (Some(module_path), Some(function)) = (here("module_path"), block.get("function_name")) else {
            return Vec::new();
        };
        let settings = match here("config_file") {
            Some(path) => provider::settings(path, project, surroundings.source, report),
            None => Some("{}".to_owned()),
        };
        let provider = provider::copy(module_path, function, surroundings, report);
        let (Some(settings), Some(provider)) = (settings, provider) else { return Vec::new() };
        let tests = tests.into_iter().map(|(table, id)| (TemplateValue::from(table), template_text(&id)));
        let values = context! {
            pipeline => pipeline.name,
            provider => provider.module,
            function => function.as_str(),
            tests => TemplateValue::from_pairs(tests),
            settings => settings,
        };
        let hook = surroundings.module(MODULE, "hook/test_reporting.py.j2", values, report);
        hook.into_iter().chain(provider.files).collect()
    }
}

/// The block of the project file.
fn block(project: &Project) -> Option<&Node> {
    project.loaded.settings.test_reporting.as_ref()?;
    project.loaded.node.as_ref()?.get("test_reporting")
}

/// The identifier under which the result of a test is reported.
fn test_id(action: &Action) -> Option<Text> {
    let id = action.get("test_id").filter(|id| action.kind == ActionType::Test && id.is_truthy());
    id.map(text_of)
}

/// Tables and identifiers of the tests of a pipeline that are reported. None if two of them share a table.
fn reported(pipeline: &Pipeline<'_>, report: &mut Report) -> Option<Vec<(String, Text)>> {
    let mut tests: Vec<(String, Text)> = Vec::new();
    let mut places: FxHashMap<String, &Node> = FxHashMap::default();
    let mut clash = false;
    for action in pipeline.actions() {
        let Some(id) = test_id(action) else { continue };
        let table = action.test_table();
        let place = action.get("target").or_else(|| action.get("name")).unwrap_or(&action.node);
        if let Some(first) = places.insert(table.clone(), place) {
            clash = true;
            report.push(
                Diagnostic::error(
                    &DUPLICATE_TEST_TABLE,
                    format!("two tests of pipeline `{}` define the table `{table}`", pipeline.name),
                )
                .at(place, "the second one")
                .label(first.span, "the first one")
                .help("give one of the tests another `target`"),
            );
        }
        tests.push((table, id));
    }
    (!clash).then_some(tests)
}
