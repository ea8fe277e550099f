//! What the reference tool gets wrong about temporary tables, schema transforms and data quality, done better.
//!
//! The name of a test carries the entry of the list of defects: `d15` is entry 15 of loads and transforms,
//! `language_d24` entry 24 of the language.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use lhp::compile::Compilation;
use lhp::report::{Diagnostic, Severity};
use lhp::source::SourceMap;
use support::compile_project;

const FLOWGROUP: &str = "\
pipeline: p
flowgroup: NAME
actions:
  - {name: read, type: load, readMode: stream, target: v, source: {type: delta, catalog: c, schema: s, table: t}}
  - name: change
    type: transform
    target: w
    SETTINGS
  - name: write
    type: write
    source: w
    write_target: {type: streaming_table, catalog: c, schema: s, table: NAME}
";

struct Outcome {
    compilation: Compilation,
    sources: std::sync::Arc<SourceMap>,
    _directory: tempfile::TempDir,
}

/// A project with one flowgroup `f` and one transform of the given settings, and other files.
fn transform(settings: &str, others: &[(&str, &str)]) -> Outcome {
    let flowgroup = flowgroup("f", settings);
    let mut files = vec![("pipelines/f.yaml", flowgroup.as_str())];
    files.extend(others);
    project(&files)
}

fn flowgroup(name: &str, settings: &str) -> String {
    FLOWGROUP.replace("NAME", name).replace("SETTINGS", &settings.replace('\n', "\n    "))
}

fn project(files: &[(&str, &str)]) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let tokens = "dev:\n  catalog: c\nsecrets: {default_scope: main}\n";
    let settings = [("lhp.yaml", "name: defects\nversion: \"1.0\"\n"), ("substitutions/dev.yaml", tokens)];
    for (path, text) in settings.iter().chain(files) {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (compilation, sources) = compile_project(directory.path());
    Outcome { compilation, sources, _directory: directory }
}

fn schema(definition: &str, enforcement: &str) -> Outcome {
    let lines = definition.replace('\n', "\n  ");
    let settings =
        format!("transform_type: schema\nsource: v\nenforcement: {enforcement}\nschema_inline: |\n  {lines}");
    transform(&settings, &[])
}

fn quality(rules: &str) -> Outcome {
    transform("transform_type: data_quality\nsource: v\nexpectations_file: rules.yaml", &[("rules.yaml", rules)])
}

const QUARANTINE: &str = "\
transform_type: data_quality
source: v
expectations_file: rules.yaml
mode: quarantine
quarantine: {dlq_table: c.o.inbox, source_table: c.s.t}";

fn quarantine(rules: &str) -> Outcome {
    transform(QUARANTINE, &[("rules.yaml", rules)])
}

impl Outcome {
    /// The module of flowgroup `f`; fails with the diagnostics if there is none.
    fn module(&self) -> String {
        let mut files = self.compilation.plan.trees.iter().flat_map(|tree| &tree.files);
        let found = files.find(|file| file.path == "p/f.py").map(|file| file.content.clone());
        assert!(found.is_some(), "no module: {:?}", self.messages(Severity::Error));
        String::from_utf8(found.unwrap()).unwrap()
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.compilation.report.diagnostics.iter().filter(move |diagnostic| diagnostic.severity == severity)
    }

    /// Code, message and place of every diagnostic.
    fn messages(&self, severity: Severity) -> Vec<String> {
        self.of(severity)
            .map(|diagnostic| {
                let label = diagnostic.labels.first().unwrap();
                let at = self.sources.location(label.span);
                format!("{} {}:{} {}", diagnostic.rule.code, at.path, at.line, diagnostic.message)
            })
            .collect()
    }

    #[track_caller]
    fn fails_with(&self, expected: &str) {
        assert_eq!(self.messages(Severity::Error), [expected]);
    }

    #[track_caller]
    fn advises(&self, expected: &str) {
        assert_eq!(self.messages(Severity::Advice), [expected]);
        assert_eq!(self.messages(Severity::Error), Vec::<String>::new());
        assert_eq!(self.messages(Severity::Warning), Vec::<String>::new());
    }
}

#[test]
fn language_d10_the_placeholder_of_a_temporary_table_stands_for_its_source() {
    let outcome = transform("transform_type: temp_table\nsource: v\nsql: SELECT * FROM {source} x", &[]);
    assert!(outcome.module().contains("spark.sql(\"SELECT * FROM v x\")"), "{}", outcome.module());
    assert!(outcome.compilation.report.diagnostics.is_empty(), "{:?}", outcome.compilation.report);
}

#[test]
fn language_d10_a_token_named_source_keeps_its_value() {
    let settings = "transform_type: temp_table\nsource: v\nsql: SELECT * FROM {source} x";
    let tokens = ("substitutions/dev.yaml", "dev:\n  source: other\n");
    let module = transform(settings, &[tokens]).module();
    assert!(module.contains("spark.sql(\"SELECT * FROM other x\")"), "{module}");
}

#[test]
fn d08_and_language_d24_tokens_in_files_of_rules_are_remarked_on() {
    quality("- {name: a, expression: \"x = '${catalog}'\"}\n")
        .advises("LHP-CFG-010 rules.yaml:1 `${catalog}` is not replaced in this file");
    let definition = [("names.yaml", "columns:\n  - a\n  - \"b: ${type}\"\n")];
    transform("transform_type: schema\nsource: v\nschema_file: names.yaml", &definition)
        .advises("LHP-CFG-010 names.yaml:3 `${type}` is not replaced in this file");
}

#[test]
fn d11_two_quarantines_of_one_view_are_refused_in_the_whole_pipeline() {
    let other = QUARANTINE.replace("source_table: c.s.t", "source_table: c.s.u");
    let outcome = project(&[
        ("pipelines/f.yaml", &flowgroup("f", QUARANTINE)),
        ("pipelines/g.yaml", &flowgroup("g", &other)),
        ("rules.yaml", "- {name: a, expression: x}\n"),
    ]);
    outcome.fails_with("LHP-VAL-007 pipelines/g.yaml:9 the functions of two quarantines are named after `v`");
}

#[test]
fn d12_a_list_of_sources_is_refused() {
    let settings = "transform_type: data_quality\nsource: [v]\nexpectations_file: rules.yaml";
    transform(settings, &[("rules.yaml", "- {name: a, expression: x}\n")])
        .fails_with("LHP-VAL-007 pipelines/f.yaml:9 data quality transform `change` needs one source");
}

#[test]
fn d15_renames_that_catch_each_other_are_refused_where_columns_are_selected() {
    let message = "the second of these renames also renames the new `b`";
    schema("a -> b\nb -> a", "strict").fails_with(&format!("LHP-VAL-011 pipelines/f.yaml:13 {message}"));
    schema("a -> b\nb -> c", "strict").fails_with(&format!("LHP-VAL-011 pipelines/f.yaml:13 {message}"));
    schema("a -> b\nb -> c", "permissive").advises(&format!("LHP-VAL-011 pipelines/f.yaml:13 {message}"));
    assert!(schema("b -> c\na -> b", "strict").compilation.report.diagnostics.is_empty());
}

#[test]
fn d15_a_column_is_not_used_under_the_name_that_it_loses() {
    schema("a -> b\na", "strict")
        .fails_with("LHP-VAL-011 pipelines/f.yaml:13 column `a` is listed under the name that it loses");
    schema("a: INT\na -> b", "permissive")
        .fails_with("LHP-VAL-011 pipelines/f.yaml:13 column `a` is cast under the name that it loses");
}

#[test]
fn d16_columns_must_be_a_list() {
    let definition = [("names.yaml", "columns: {a: INT}\n")];
    transform("transform_type: schema\nsource: v\nschema_file: names.yaml", &definition)
        .fails_with("LHP-VAL-011 names.yaml:1 `columns` must be a list, not a mapping");
}

#[test]
fn d16_a_column_may_be_named_columns() {
    let module = schema("columns: STRING", "strict").module();
    assert!(module.contains("df.withColumn(\"columns\", F.col(\"columns\").cast(\"STRING\"))"), "{module}");
    assert!(module.contains("columns_to_select = [\"columns\"]"), "{module}");
}

#[test]
fn d20_rules_without_effect_are_remarked_on() {
    quality("- {name: a, expression: x}\n- {name: a, expression: y}\n")
        .advises("LHP-CFG-080 rules.yaml:2 two rules are named `a`; the last one counts");
    let misspelt = quality("- {name: a, expresion: x}\n");
    let remarks =
        ["`expresion` is no key of a rule", "a rule without an expression is not used", "this file holds no rules"];
    let mut found = misspelt.messages(Severity::Advice);
    found.sort();
    let mut expected = remarks.map(|remark| format!("LHP-CFG-080 rules.yaml:1 {remark}"));
    expected.sort();
    assert_eq!(found, expected);
    quality("- {name: a, expression: x, type: expect_or_stop}\n")
        .advises("LHP-CFG-080 rules.yaml:1 a rule of an unknown type is used in quarantines only");
    quality("- {name: a, expression: x, failureAction: dorp}\n")
        .advises("LHP-CFG-080 rules.yaml:1 `failureAction` knows `fail`, `drop` and `warn` only");
}

#[test]
fn d20_keys_of_other_transforms_are_remarked_on() {
    let outcome = transform("transform_type: temp_table\nsource: v\nsql_path: x.sql", &[]);
    outcome.advises("LHP-CFG-080 pipelines/f.yaml:10 `sql_path` has no effect in this temp_table transform");
    assert!(outcome.module().contains("spark.read.table(\"v\")"));
}

#[test]
fn d22_rules_that_are_no_mappings_are_located() {
    quality("- {name: a, expression: x}\n- y\n").fails_with("LHP-VAL-007 rules.yaml:2 a rule must be a mapping");
    quality("\"x\": drop\n").fails_with("LHP-VAL-007 rules.yaml:1 a rule must be a mapping");
    quality("- {name: a, expression: [x]}\n")
        .fails_with("LHP-VAL-007 rules.yaml:1 `expression` of a rule must be text");
    assert!(
        quality("- {name: 2024-01-01, expression: 1, failureAction: }\n").module().contains("{\"2024-01-01\": \"1\"}")
    );
}

#[test]
fn d24_validation_reads_the_files_of_transforms() {
    // Generation and validation compute the same plan, so a diagnostic of one is a diagnostic of the other.
    transform("transform_type: data_quality\nsource: v\nexpectations_file: gone.yaml", &[])
        .fails_with("LHP-IO-001 pipelines/f.yaml:10 file `gone.yaml` does not exist");
    schema("a -> b\n\na b", "strict").fails_with(
        "LHP-VAL-011 pipelines/f.yaml:14 this line is not a column entry: expected `->`, `:` or the end of the entry, found `b`",
    );
}

#[test]
fn d25_actions_that_a_quarantine_takes_as_drop_are_remarked_on() {
    quarantine("- {name: a, expression: x, failureAction: fail}\n")
        .advises("LHP-CFG-080 rules.yaml:1 in a quarantine this rule does not stop the run: the row is set aside");
    quarantine("\"x\": {action: warn}\n")
        .advises("LHP-CFG-080 rules.yaml:1 in a quarantine this rule does not let the row pass: the row is set aside");
}

#[test]
fn d30_rows_for_which_a_rule_is_null_are_set_aside() {
    let module = quarantine("- {name: positive, expression: amount > 0}\n").module();
    // A condition that is null is neither true nor false: without a default, the row would reach neither side.
    assert!(module.contains(".where(F.coalesce(F.expr(_INVERSE_FILTER_v), F.lit(True)))"), "{module}");
    assert!(module.contains("F.when(\n        F.coalesce(F.expr(\"NOT (amount > 0)\"), F.lit(True)),"), "{module}");
    assert!(module.contains("_INVERSE_FILTER_v = \"NOT ((amount > 0))\""), "{module}");
}

#[test]
fn d30_the_row_is_converted_once() {
    let module = quarantine("- {name: positive, expression: amount > 0}\n").module();
    assert_eq!(module.matches("F.parse_json(").count(), 1, "{module}");
    assert!(!module.contains("\"_row_json\""), "{module}");
}

#[test]
fn d31_repaired_columns_are_found_whatever_their_names() {
    let module = quarantine("- {name: positive, expression: amount > 0}\n").module();
    // A path of a variant cannot quote every name; a key of a map can be any text.
    let code = "row, path = F.try_variant_get(row, \"$\", \"map<string,variant>\")[field.name], \"$\"";
    assert!(module.contains(&format!("if not field.name.isidentifier():\n        # A path has no way to write every name, but a map has.\n        {code}")), "{module}");
    // Both sides of the union have the columns of the clean one, in their order.
    assert!(module.contains("columns = spark.readStream.table(\"_clean_v\").schema.fields"), "{module}");
}

#[test]
fn shared_rows_name_both_places() {
    let other = QUARANTINE.replace("c.o.inbox", "C.O.Inbox").replace("source: v", "source: x.y.z");
    let outcome = project(&[
        ("pipelines/f.yaml", &flowgroup("f", QUARANTINE)),
        ("pipelines/g.yaml", &flowgroup("g", &other)),
        ("rules.yaml", "- {name: a, expression: x}\n"),
    ]);
    outcome.fails_with("LHP-VAL-069 pipelines/g.yaml:12 two quarantines keep the same rows of `C.O.Inbox`");
    let labels = outcome.of(Severity::Error).flat_map(|diagnostic| &diagnostic.labels);
    let files: Vec<String> = labels.map(|label| outcome.sources.location(label.span).path).collect();
    assert_eq!(files, ["pipelines/g.yaml", "pipelines/f.yaml"]);
}

#[test]
fn a_quarantine_without_rules_is_refused() {
    quarantine("expectations: []\n").fails_with("LHP-VAL-007 rules.yaml:1 a quarantine needs at least one rule");
    let settings = format!("{QUARANTINE}\nexpectations: [{{name: a}}]");
    transform(&settings, &[("rules.yaml", "- {name: a, expression: x}\n")])
        .fails_with("LHP-VAL-014 pipelines/f.yaml:13 a quarantine needs at least one rule");
}

#[test]
fn tables_of_a_quarantine_have_three_parts() {
    transform(&QUARANTINE.replace("c.o.inbox", "inbox"), &[("rules.yaml", "- {name: a, expression: x}\n")])
        .fails_with("LHP-VAL-007 pipelines/f.yaml:12 `dlq_table` must name catalog, schema and table");
}

#[test]
fn secrets_work_in_rules_and_definitions() {
    let settings = format!("{QUARANTINE}\nexpectations: [{{name: a, expression: \"k = '${{secret:s/k}}'\"}}]");
    let settings = settings.replace("source_table: c.s.t", "source_table: \"c.s.${secret:table}\"");
    let module = transform(&settings, &[("rules.yaml", "- {name: a, expression: x}\n")]).module();
    assert!(module.contains("F.expr(f\"NOT (k = '{dbutils.secrets.get("), "{module}");
    assert!(module.contains("SOURCE_TABLE_v = f\"c.s.{dbutils.secrets.get("), "{module}");
    let module = schema("`${secret:column}` -> a: ${secret:type}", "strict").module();
    assert!(
        module.contains("df.withColumnRenamed(dbutils.secrets.get(scope=\"main\", key=\"column\"), \"a\")"),
        "{module}"
    );
}
