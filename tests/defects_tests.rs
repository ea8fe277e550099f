//! Defects of the reference tool in tests, test reporting and tags, and how this program does better.
//!
//! The name of a test carries the entry of the list of defects of writes, tests and assembly.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lhp::compile::{Compilation, CompileOptions, compile};
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Diagnostic, Progress, Severity, Timings};
use lhp::source::SourceMap;

const LOAD_AND_WRITE: &str = "
  - name: load_orders
    type: load
    readMode: stream
    source: {type: delta, catalog: c, schema: s, table: orders}
    target: v_orders
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: streaming_table, catalog: c, schema: s, table: orders_copy}
";

const REPORTING: &str = "test_reporting: {module_path: report.py, function_name: publish}\n";
const PROVIDER: &str = "def publish(results, config, context, spark):\n    return {}\n";

/// A project in a temporary directory.
struct Case {
    directory: tempfile::TempDir,
}

impl Case {
    fn new(settings: &str) -> Self {
        let case = Self { directory: tempfile::tempdir().unwrap() };
        let case = case.file("lhp.yaml", &format!("name: case\n{settings}"));
        case.file("substitutions/dev.yaml", "dev: {catalog: c, owner: sales}\n")
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A flowgroup of pipeline `p` with a load, a write and more actions.
    fn actions(self, actions: &str) -> Self {
        let text = format!("pipeline: p\nflowgroup: f\nactions:{LOAD_AND_WRITE}{actions}");
        self.file("pipelines/f.yaml", &text)
    }

    fn compile(&self, tests: Tests, pipeline: Option<&str>) -> Compilation {
        let root: &Path = self.directory.path();
        let options = CompileOptions {
            project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
            tests,
            pipeline: pipeline.map(str::to_owned),
            ..CompileOptions::default()
        };
        let table = Table::built_in();
        compile(&Arc::new(SourceMap::new(root)), &table, &options, &Progress::hidden(), &Timings::off())
    }

    fn compiled(&self) -> Compilation {
        self.compile(Tests::Included, None)
    }
}

/// The one error of a compile.
#[track_caller]
fn only_error(compilation: &Compilation) -> &Diagnostic {
    let errors: Vec<&Diagnostic> = compilation.report.diagnostics.iter().filter(|found| found.is_error()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(compilation.plan.trees.is_empty(), "nothing may be written");
    assert!(!errors.first().unwrap().labels.is_empty(), "an error has a place");
    errors.first().unwrap()
}

#[track_caller]
fn rule(diagnostic: &Diagnostic) -> (&str, &str) {
    (diagnostic.rule.code, diagnostic.rule.name)
}

#[track_caller]
fn text_of(compilation: &Compilation, path: &str) -> String {
    let mut files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
    let file = files.find(|file| file.path == path);
    assert!(file.is_some(), "{path}: {:?}", compilation.report);
    String::from_utf8(file.unwrap().content.clone()).unwrap()
}

fn advice(compilation: &Compilation) -> Vec<(&str, &str)> {
    let found = compilation.report.diagnostics.iter().filter(|found| found.severity == Severity::Advice);
    found.map(rule).collect()
}

#[test]
fn excluded_tests_may_be_broken_but_not_of_an_unknown_type() {
    let case = Case::new("").actions("  - {name: broken, type: test, test_type: range, source: t}\n");
    assert!(!case.compile(Tests::Excluded, None).report.has_errors());
    assert!(case.compiled().report.has_errors());
    let case = Case::new("").actions("  - {name: broken, type: test, test_type: nonsense}\n");
    for tests in [Tests::Excluded, Tests::Included] {
        assert_eq!(rule(only_error(&case.compile(tests, None))), ("LHP-VAL-007", "unknown-sub-type"));
    }
}

#[test]
fn a_key_that_a_test_does_not_use_does_no_harm() {
    let case = Case::new("unused: 1\n")
        .actions("  - {name: t, type: test, test_type: row_count, source: [a, b], once: true, sql_path: x.sql}\n");
    let compilation = case.compiled();
    assert!(!compilation.report.has_errors(), "{:?}", compilation.report);
    assert_eq!(
        advice(&compilation),
        [("LHP-CFG-080", "unknown-key"); 1]
            .iter()
            .copied()
            .chain([("LHP-CFG-080", "ignored-field"); 2])
            .collect::<Vec<_>>()
    );
}

#[test]
fn d03_secrets_in_a_provider_are_read_at_run_time() {
    let provider = format!("TOKEN = \"${{secret:scope/key}}\"\nCATALOG = '${{catalog}}'\n\n\n{PROVIDER}");
    let case = Case::new(REPORTING)
        .file("report.py", &provider)
        .actions("  - {name: t, type: test, test_type: row_count, source: [a, b], test_id: T1}\n");
    let text = text_of(&case.compiled(), "p/test_reporting_providers/report.py");
    assert!(text.starts_with("# LHP-SOURCE: report.py\n"), "{text}");
    assert!(text.contains("TOKEN = dbutils.secrets.get(scope=\"scope\", key=\"key\")"), "{text}");
    assert!(text.contains("CATALOG = \"c\"") && !text.contains("__SECRET"), "{text}");
}

#[test]
fn d07_duplicate_test_tables_are_found_before_anything_is_written() {
    let test = "  - {name: t, type: test, test_type: row_count, source: [a, b], test_id: T1}\n";
    let case = Case::new(REPORTING)
        .file("report.py", PROVIDER)
        .file("pipelines/g.yaml", &format!("pipeline: p\nflowgroup: g\nactions:\n{test}"))
        .actions(test);
    let compilation = case.compiled();
    let error = only_error(&compilation);
    assert_eq!(rule(error), ("LHP-CFG-009", "duplicate-test-table"));
    assert_eq!(error.labels.len(), 2);
}

#[test]
fn d07_illegal_tags_are_found_before_anything_is_written() {
    for (tags, name) in [
        ("{'a:b': x}", "illegal-tag"),
        ("{a: ' x'}", "illegal-tag"),
        (&format!("{{a: {}}}", "x".repeat(257)) as &str, "illegal-tag"),
    ] {
        let write = format!(
            "  - {{name: w, type: write, source: v_orders, write_target: {{type: streaming_table, catalog: c, schema: s, table: t, tags: {tags}}}}}\n"
        );
        assert_eq!(rule(only_error(&Case::new("").actions(&write).compiled())), ("LHP-CFG-066", name), "{tags}");
        let off = Case::new("uc_tagging: {enabled: false}\n").actions(&write).compiled();
        assert!(!off.report.has_errors(), "{tags}: {:?}", off.report);
    }
}

#[test]
fn d08_a_wrong_type_has_a_place() {
    let case =
        Case::new("").actions("  - {name: t, type: test, test_type: row_count, source: [a, b], tolerance: 1.5}\n");
    assert_eq!(rule(only_error(&case.compiled())), ("LHP-CFG-082", "wrong-type"));
}

#[test]
fn d08_an_incomplete_expectation_has_a_place() {
    let case = Case::new("").actions(
        "  - {name: t, type: test, test_type: custom_expectations, source: v_orders, expectations: [{name: a}]}\n",
    );
    let compilation = case.compiled();
    let error = only_error(&compilation);
    assert_eq!((rule(error), error.rule.family), (("LHP-VAL-007", "incomplete-expectation"), Some("LHP-ACT-002")));
}

#[test]
fn d11_an_unknown_severity_of_an_expectation_is_rejected() {
    let case = Case::new("").actions(
        "  - {name: t, type: test, test_type: custom_sql, sql: SELECT 1, expectations: [{name: a, expression: b, on_violation: explode}]}\n",
    );
    assert_eq!(rule(only_error(&case.compiled())), ("LHP-VAL-007", "wrong-field"));
}

#[test]
fn d11_unknown_keys_of_hooks_are_remarked_on() {
    let settings =
        "uc_tagging: {enabeld: false}\ntest_reporting: {module_path: report.py, function_name: publish, config: {}}\n";
    let compilation = Case::new(settings).file("report.py", PROVIDER).actions("").compile(Tests::Excluded, None);
    assert!(!compilation.report.has_errors(), "{:?}", compilation.report);
    assert_eq!(advice(&compilation), [("LHP-CFG-080", "unknown-key"); 2]);
}

#[test]
fn d13_values_of_a_range_are_escaped() {
    let case = Case::new("").actions(
        "  - {name: t, type: test, test_type: range, source: v_orders, column: a, min_value: it's, max_value: '\\'}\n",
    );
    let text = text_of(&case.compiled(), "p/f.py");
    assert!(text.contains(r#"{"value_in_range": "a >= 'it\\'s' AND a <= '\\\\'"}"#), "{text}");
}

#[test]
fn d13_a_mapping_names_the_table_to_read() {
    let table = "{catalog: c, schema: s, table: orders}";
    let case = Case::new("").actions(&format!(
        "  - {{name: t, type: test, test_type: row_count, source: [{table}, {{view: v_orders}}]}}\n"
    ));
    let text = text_of(&case.compiled(), "p/f.py");
    assert!(text.contains("FROM c.s.orders)") && text.contains("FROM v_orders)"), "{text}");
    let case = Case::new("")
        .actions("  - {name: t, type: test, test_type: completeness, source: {a: b}, required_columns: [a]}\n");
    assert_eq!(rule(only_error(&case.compiled())), ("LHP-VAL-007", "unusable-test-source"));
}

#[test]
fn the_catalog_of_compared_tables_is_quoted_where_sql_needs_it() {
    let case = Case::new("").actions(
        "  - {name: t, type: test, test_type: schema_match, source: main-eu.s.a, reference: main.s.all orders}\n",
    );
    let text = text_of(&case.compiled(), "p/f.py");
    assert!(text.contains("FROM `main-eu`.information_schema.columns\n"), "{text}");
    assert!(text.contains("FROM main.information_schema.columns\n"), "{text}");
    assert!(text.contains("table_catalog = 'main-eu'") && text.contains("table_name = 'all orders'"), "{text}");
}

#[test]
fn d16_the_table_of_a_test_cannot_shadow_another_view() {
    let case = Case::new("").actions(
        "  - {name: a, type: test, test_type: row_count, source: [a, b]}
  - {name: b, type: test, test_type: row_count, source: [a, b], target: tmp_test_a}\n",
    );
    assert_eq!(rule(only_error(&case.compiled())), ("LHP-VAL-007", "duplicate-target"));
}

#[test]
fn d20_a_transform_that_only_a_test_reads_is_used() {
    let case = Case::new("").actions(
        "  - {name: t, type: transform, transform_type: sql, source: v_orders, sql: SELECT 1, target: v_checked}
  - {name: c, type: test, test_type: completeness, source: v_checked, required_columns: [a]}\n",
    );
    for tests in [Tests::Excluded, Tests::Included] {
        assert!(!case.compile(tests, None).report.has_errors());
    }
}

#[test]
fn d21_a_test_id_of_a_template_counts() {
    let template = "name: checked\nparameters: []\nactions:\n  - {name: t, type: test, test_type: row_count, source: [a, b], test_id: '${owner}-1'}\n";
    let flowgroup = format!("pipeline: p\nflowgroup: f\nuse_template: checked\nactions:{LOAD_AND_WRITE}");
    let case = Case::new(REPORTING)
        .file("report.py", PROVIDER)
        .file("templates/checked.yaml", template)
        .file("pipelines/f.yaml", &flowgroup);
    let text = text_of(&case.compiled(), "p/_test_reporting_hook.py");
    assert!(text.contains(r#"_TEST_ID_MAP = {"tmp_test_t": "sales-1"}"#), "{text}");
}

#[test]
fn d21_pipelines_may_use_the_same_test_tables() {
    let test = "  - {name: t, type: test, test_type: row_count, source: [a, b], test_id: T1}\n";
    let case = Case::new(REPORTING)
        .file("report.py", PROVIDER)
        .file("pipelines/g.yaml", &format!("pipeline: q\nflowgroup: g\nactions:\n{test}"))
        .actions(test);
    let compilation = case.compiled();
    assert!(!compilation.report.has_errors(), "{:?}", compilation.report);
    for pipeline in ["p", "q"] {
        text_of(&compilation, &format!("{pipeline}/_test_reporting_hook.py"));
    }
}

#[test]
fn missing_test_ids_are_an_error_of_the_whole_project_only() {
    let case = Case::new(REPORTING).file("report.py", PROVIDER).actions("");
    assert_eq!(rule(only_error(&case.compiled())), ("LHP-CFG-032", "no-test-id"));
    assert!(!case.compile(Tests::Included, Some("p")).report.has_errors());
    assert!(!case.compile(Tests::Excluded, None).report.has_errors());
}

#[test]
fn a_provider_is_checked() {
    let test = "  - {name: t, type: test, test_type: row_count, source: [a, b], test_id: T1}\n";
    let provider = |text: &str| Case::new(REPORTING).file("report.py", text).actions(test);
    assert_eq!(
        rule(only_error(&provider("def other(): pass\n").compiled())),
        ("LHP-CFG-032", "missing-provider-function")
    );
    let broken = provider("def publish(:\n").compiled();
    let error = only_error(&broken);
    assert_eq!((rule(error), error.rule.family), (("LHP-IO-003", "provider-syntax"), Some("LHP-CFG-033")));
    let missing = Case::new(REPORTING).actions(test);
    for tests in [Tests::Excluded, Tests::Included] {
        assert_eq!(rule(only_error(&missing.compile(tests, None))), ("LHP-CFG-032", "missing-reporting-file"));
    }
}

#[test]
fn settings_of_hooks_are_checked() {
    for settings in [
        "test_reporting:\n",
        "test_reporting: [a]\n",
        "test_reporting: {module_path: report.py}\n",
        "test_reporting: {module_path: report.py, function_name: 1}\n",
        "uc_tagging: 1\n",
        "uc_tagging: {enabled: null}\n",
        "uc_tagging: {enabled: 'yes'}\n",
        "uc_tagging: {tag_update_concurrency: 21}\n",
        "uc_tagging: {tag_update_concurrency: true}\n",
        "uc_tagging: {max_allowable_consecutive_failures: -1}\n",
    ] {
        let compilation = Case::new(settings).actions("").compiled();
        assert_eq!(only_error(&compilation).rule.code, "LHP-CFG-009", "{settings}");
    }
    for settings in ["uc_tagging:\n", "uc_tagging: {}\n", "uc_tagging: {max_allowable_consecutive_failures: null}\n"] {
        assert!(!Case::new(settings).actions("").compiled().report.has_errors(), "{settings}");
    }
}

#[test]
fn tags_cannot_be_secrets() {
    for tags in ["{a: '${secret:scope/key}'}", "{'${secret:scope/key}': a}"] {
        let case = Case::new("").actions(&format!(
            "  - {{name: w, type: write, source: v_orders, write_target: {{type: streaming_table, catalog: c, schema: s, table: t, tags: {tags}}}}}\n"
        ));
        assert_eq!(rule(only_error(&case.compiled())), ("LHP-VAL-008", "secret-tag"));
    }
}

/// A flowgroup that writes one table with more settings.
fn tagged(settings: &str) -> Case {
    Case::new("").file("schemas/t.yaml", "table: other\ntags: {a: b}\ncolumns: [{name: id, type: BIGINT}]\n").actions(
        &format!(
            "  - {{name: w, type: write, source: v_orders, write_target: {{type: streaming_table, catalog: c, schema: s, table: t, {settings}}}}}\n"
        ),
    )
}

#[test]
fn tags_that_are_not_set_are_remarked_on() {
    assert_eq!(advice(&tagged("tags_file: schemas/t.yaml").compiled()), [("LHP-CFG-068", "tags-of-other-table")]);
    assert_eq!(advice(&tagged("table_schema: schemas/t.yaml").compiled()), [("LHP-CFG-069", "unused-tags")]);
    assert_eq!(advice(&tagged("temporary: true, tags: {a: b}").compiled()), [("LHP-CFG-069", "tags-without-effect")]);
}

#[test]
fn the_form_of_tags_is_checked() {
    for tags in ["{a: [1]}", "{1: a}", "{' ': a}", "{a: 2024-01-01}"] {
        let compilation = tagged(&format!("tags: {tags}")).compiled();
        assert_eq!(rule(only_error(&compilation)), ("LHP-VAL-007", "malformed-tag"), "{tags}");
    }
    for (file, code) in [
        ("tags: {a: '${unknown}'}", "LHP-CFG-010"),
        ("tags: {a: [1]}", "LHP-CFG-067"),
        ("table: 5", "LHP-CFG-067"),
        ("columns: [{type: INT, tags: {a: b}}]", "LHP-CFG-067"),
        ("columns: [{name: a, tags: [b]}]", "LHP-CFG-067"),
        ("columns: [{name: a, tags: {a: b}}, {name: a, tags: {}}]", "LHP-CFG-067"),
        ("extra: 1", "LHP-CFG-067"),
        ("[a]", "LHP-CFG-067"),
    ] {
        let case = tagged("tags_file: schemas/x.yaml").file("schemas/x.yaml", file);
        assert_eq!(only_error(&case.compiled()).rule.code, code, "{file}");
    }
}

#[test]
fn undeclared_tags_keep_empty_sets_alive() {
    let write = "  - {name: w, type: write, source: v_orders, write_target: {type: streaming_table, catalog: c, schema: s, table: t, tags: {}}}\n";
    let kept = Case::new("uc_tagging: {remove_undeclared_tags: true}\n").actions(write).compiled();
    assert!(text_of(&kept, "p/_uc_tagging_hook.py").contains("_TABLE_TAGS = {\"c.s.t\": {}}"));
    let dropped = Case::new("").actions(write).compiled();
    assert!(dropped.plan.trees.iter().flat_map(|tree| &tree.files).all(|file| !file.path.contains("_uc_tagging")));
}
