//! What the reference tool gets wrong about loads, options, schemas and secrets in texts, done better.
//!
//! The name of a test carries the entry of the list of defects of loads and transforms. Entries about Python modules
//! and Kafka are in `defects_python.rs`, those about schema transforms and data quality in `defects_quality.rs`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::findings::{Outcome, compile_files};
use support::project::Project;

const WRITE: &str = "
  - {name: write, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: x}}
";

/// A flowgroup that loads the view `v` and writes it.
fn flowgroup(source: &str, more: &str) -> String {
    format!(
        "pipeline: p\nflowgroup: f\nactions:\n  - {{name: load, type: load, target: v, {more}source: {source}}}{WRITE}"
    )
}

/// What becomes of a load with this source, beside other files.
fn load(source: &str, files: &[(&str, &str)]) -> Outcome {
    load_with(source, "", files)
}

fn load_with(source: &str, more: &str, files: &[(&str, &str)]) -> Outcome {
    let text = flowgroup(source, more);
    let all: Vec<(&str, &str)> =
        [("pipelines/f.yaml", text.as_str())].into_iter().chain(files.iter().copied()).collect();
    compile_files(&all)
}

/// A load by Auto Loader with more settings.
fn files(settings: &str) -> String {
    format!("{{type: cloudfiles, path: /x, format: json, {settings}}}")
}

fn hints(text: &str) -> Outcome {
    load(&files(&format!("options: {{cloudFiles.schemaHints: {text}}}")), &[])
}

#[track_caller]
fn finds(outcome: &Outcome, expected: &[&str]) {
    assert_eq!(outcome.findings, expected);
}

/// Asserts that nothing is found, and that the code has some text.
#[track_caller]
fn makes(outcome: &Outcome, code: &str) {
    finds(outcome, &[]);
    assert!(outcome.code.contains(code), "{code}\nin\n{}", outcome.code);
}

fn sql(query: &str) -> Outcome {
    load(&format!("{{type: sql, sql: {}}}", serde_json::Value::from(query)), &[])
}

#[test]
fn d01_a_secret_in_sql_of_several_lines_becomes_an_f_string_with_its_lines() {
    let outcome = sql("SELECT *\n  FROM t\n WHERE k = ${secret:s/k}");
    makes(&outcome, "f\"\"\"SELECT *\n  FROM t\n WHERE k = {dbutils.secrets.get(scope=\"s\", key=\"k\")}\"\"\"");
    let file = [("q.sql", "SELECT *\nFROM t\nWHERE k = '${secret:s/k}'\n")];
    let code = "f\"\"\"SELECT *\nFROM t\nWHERE k = '{dbutils.secrets.get(scope=\"s\", key=\"k\")}'\"\"\"";
    makes(&load("{type: sql, sql_path: q.sql}", &file), code);
}

#[test]
fn d02_a_secret_between_quotes_never_reuses_the_quotes_around_it() {
    makes(&sql("a = '${secret:k}'"), "f\"a = '{dbutils.secrets.get(scope='scope', key='k')}'\"");
    makes(&sql("a = \"${secret:k}\""), "f'a = \"{dbutils.secrets.get(scope=\"scope\", key=\"k\")}\"'");
    let both = sql("a = '${secret:k}' AND \"b\" = \\'${secret:k}\\'");
    finds(&both, &[]);
    assert_eq!(both.code.matches("dbutils.secrets.get(").count(), 2, "{}", both.code);
}

#[test]
fn d03_braces_beside_a_secret_are_doubled() {
    makes(&sql("j = '{\"a\": {1}}' || ${secret:k}"), "f\"j = '{{\\\"a\\\": {{1}}}}' || {dbutils.secrets.get(");
    makes(&sql("j = {1}"), "spark.sql(\"j = {1}\")");
}

#[test]
fn d04_a_secret_in_schema_hints_is_read_at_run_time() {
    for text in ["'a STRING COMMENT \"${secret:k}\"'", "'a STRING COMMENT ${secret:k}'"] {
        let outcome = hints(text);
        finds(&outcome, &[]);
        assert!(!outcome.code.contains("${secret") && !outcome.code.contains("__SECRET"), "{}", outcome.code);
        assert_eq!(outcome.code.matches("dbutils.secrets.get(").count(), 1, "{}", outcome.code);
    }
    let reader = load(&files("reader_options: {cloudFiles.schemaHints: 'a ${secret:k}'}"), &[]);
    makes(&reader, "\n    a {dbutils.secrets.get(scope=\"scope\", key=\"k\")}\n");
}

#[test]
fn d05_secrets_whose_names_run_together_stay_apart() {
    let outcome = sql("${secret:sc_a/k} ${secret:sc/a_k}");
    let code = "f\"{dbutils.secrets.get(scope='sc_a', key='k')} {dbutils.secrets.get(scope='sc', key='a_k')}\"";
    makes(&outcome, code);
}

#[test]
fn d06_docstrings_name_secrets_and_never_read_them() {
    let described = load_with(&files("options: {a: b}"), "description: 'see ${secret:k}', ", &[]);
    makes(&described, "    \"\"\"see ${secret:scope/k}\"\"\"\n");
    assert!(!described.code.contains("dbutils"), "{}", described.code);
    let path = load("{type: cloudfiles, path: '/a/${secret:k}', format: json}", &[]);
    makes(&path, "    \"\"\"Load data from json files at /a/${secret:scope/k}\"\"\"\n");
    assert_eq!(path.code.matches("dbutils").count(), 1, "{}", path.code);
    let table = load("{type: delta, catalog: '${secret:k}', schema: s, table: t}", &[]);
    makes(&table, "    \"\"\"Delta source: ${secret:scope/k}.s.t\"\"\"\n");
    assert_eq!(table.code.matches("dbutils").count(), 1, "{}", table.code);
}

#[test]
fn d07_a_bare_token_in_a_sql_file_is_replaced_and_remarked_on() {
    let file = |text| load("{type: sql, sql_path: q.sql}", &[("q.sql", text)]);
    let outcome = file("SELECT '{other}' FROM {catalog}.s.t JOIN {catalog}.s.u");
    finds(&outcome, &["advice LHP-DEPR-001/bare-token-in-file: `{catalog}`"]);
    assert!(outcome.code.contains("SELECT '{other}' FROM c1.s.t JOIN c1.s.u"), "{}", outcome.code);
    makes(&file("SELECT '{other}' FROM ${catalog}.s.t"), "SELECT '{other}' FROM c1.s.t");
}

#[test]
fn d08_tokens_in_schema_files_are_remarked_on() {
    let remark = ["advice LHP-CFG-010/token-not-replaced: `${catalog}`"];
    let columns = "columns: [{name: a, type: STRING, comment: \"in ${catalog}\"}]\n";
    finds(&load(&files("schema_file: s.yaml"), &[("s.yaml", columns)]), &remark);
    let hints = files("options: {cloudFiles.schemaHints: h.ddl}");
    finds(&load(&hints, &[("h.ddl", "a STRING COMMENT '${catalog}'")]), &remark);
    let typed = "columns: [{name: a, type: \"${catalog}\"}]\n";
    finds(&load(&hints.replace("h.ddl", "h.yaml"), &[("h.yaml", typed)]), &remark);
}

#[test]
fn d09_a_token_that_is_a_list_has_a_place_where_it_is_used_and_defined() {
    let tokens = [("substitutions/dev.yaml", "dev:\n  items: [1, 2]\n")];
    let outcome = load("{type: delta, catalog: c, schema: s, table: 't_${items}'}", &tokens);
    finds(&outcome, &["error LHP-CFG-010/collection-token: `${items}` `[1, 2]`"]);
}

#[test]
fn d10_a_condition_that_is_no_list_is_refused() {
    let source = "{type: delta, catalog: c, schema: s, table: t, where_clause: a > 1}";
    finds(&load(source, &[]), &["error LHP-VAL-007/wrong-field: `a > 1`"]);
    let list = load(&source.replace("a > 1", "[a > 1, b > 2]"), &[]);
    makes(&list, "df = df.where(\"a > 1\")\n    df = df.where(\"b > 2\")");
}

/// Two loads by Auto Loader into the given views.
fn two_views(first: &str, second: &str, settings: [&str; 2]) -> Outcome {
    let action = |view: &str, settings: &str| {
        format!("\n  - {{name: load_{view}, type: load, target: {view}, source: {}}}", files(settings))
    };
    let write = WRITE.replace("source: v,", &format!("source: [{first}, {second}],"));
    let text = format!(
        "pipeline: p\nflowgroup: f\nactions:{}{}{write}",
        action(first, settings[0]),
        action(second, settings[1])
    );
    compile_files(&[("pipelines/f.yaml", &text), ("s.yaml", "columns: [{name: a, type: STRING}]\n")])
}

#[test]
fn d11_every_view_reads_hints_of_its_own() {
    let hints = |text: &str| format!("options: {{cloudFiles.schemaHints: {text}}}");
    let outcome = two_views("v_x", "v_x_raw", [&hints("a INT"), &hints("b INT")]);
    finds(&outcome, &[]);
    for (variable, view) in [("x_schema_hints", "v_x"), ("_x_schema_hints", "v_x_raw")] {
        assert!(outcome.code.contains(&format!("\n{variable} = ")), "{}", outcome.code);
        let (_, body) = outcome.code.split_once(&format!("def {view}():")).unwrap();
        let (body, _) = body.split_once("return df").unwrap();
        assert!(body.contains(&format!("(\"cloudFiles.schemaHints\", {variable})")), "{body}");
    }
    let schemas = two_views("v_é", "v_è", ["schema_file: s.yaml", "schema_file: s.yaml"]);
    makes(&schemas, "\n_v___schema = StructType(");
    makes(&schemas, "\nv___schema = StructType(");
}

#[test]
fn d11_a_view_with_a_digit_gets_a_variable_that_python_accepts() {
    let outcome = two_views("v_1a", "v_b", ["options: {cloudFiles.schemaHints: a INT}", "options: {a: b}"]);
    makes(&outcome, "\n_1a_schema_hints = ");
}

#[test]
fn d11_views_of_one_name_in_two_flowgroups_of_a_pipeline_are_remarked_on() {
    let one = flowgroup("{type: sql, sql: SELECT 1}", "");
    let two =
        one.replace("flowgroup: f", "flowgroup: g").replace("table: x", "table: y").replace("name: write", "name: put");
    let remark = ["advice LHP-VAL-007/duplicate-view-name: `v` `v`"];
    finds(&compile_files(&[("pipelines/f.yaml", &one), ("pipelines/g.yaml", &two)]), &remark);
    let other = two.replace("pipeline: p", "pipeline: q");
    finds(&compile_files(&[("pipelines/f.yaml", &one), ("pipelines/g.yaml", &other)]), &[]);
}

#[test]
fn d17_hints_are_split_between_columns_only() {
    let outcome = hints("'a MAP<STRING,INT>, b STRING COMMENT \"x,y/z.json\", c DECIMAL(10,2)'");
    makes(&outcome, "\n    a MAP<STRING, INT>,\n    b STRING COMMENT \"x,y/z.json\",\n    c DECIMAL(10,2)\n");
    let none = hints("null");
    finds(&none, &[]);
    assert!(!none.code.contains("schemaHints") && !none.code.contains("None"), "{}", none.code);
    finds(&hints("hints/gone.yaml"), &["error LHP-IO-001/missing-file: `hints/gone.yaml`"]);
}

#[test]
fn d18_types_that_become_text_are_remarked_on() {
    let typed = |data_type: &str| {
        let columns = format!("columns: [{{name: a, type: \"{data_type}\"}}]\n");
        load(&files("schema_file: s.yaml"), &[("s.yaml", &columns)])
    };
    for data_type in ["DECIMAL(10, 2)", "SMALLINT", "ARRAY<INT>", "VARCHAR(10)"] {
        let remark = format!("advice LHP-CFG-080/column-read-as-text: `\"{data_type}\"`");
        let outcome = typed(data_type);
        finds(&outcome, &[&remark]);
        assert!(outcome.code.contains("StructField(\"a\", StringType(), True, {})"), "{}", outcome.code);
    }
    makes(&typed("decimal(10,2)"), "StructField(\"a\", DecimalType(10, 2), True, {})");
    makes(&typed("string"), "StructField(\"a\", StringType(), True, {})");
}

#[test]
fn d19_options_become_the_values_that_spark_reads() {
    let rescue = load(&files("rescue_data_column: r"), &[]);
    makes(&rescue, ".option(\"cloudFiles.rescuedDataColumn\", \"r\")");
    let infinite = load(&files("options: {a: .inf, b: .nan}"), &[]);
    makes(&infinite, ".option(\"a\", \"inf\")\n        .option(\"b\", \"nan\")");
    finds(
        &load("{type: cloudfiles, path: [/x, /y], format: json}", &[]),
        &["error LHP-VAL-007/wrong-field: `[/x, /y]`"],
    );
    finds(
        &load(&files("options: {a: null, b: [1]}, reader_options: {c: {d: 1}}"), &[]),
        &[
            "advice LHP-VAL-010/option-without-value: `null`",
            "advice LHP-CFG-080/structured-option: `[1]`",
            "advice LHP-CFG-080/structured-option: `{d: 1}`",
        ],
    );
}

#[test]
fn d20_settings_of_loads_without_effect_are_remarked_on() {
    let delta = "{type: delta, catalog: c, schema: s, table: t}";
    finds(&load_with(delta, "readMode: stram, ", &[]), &["advice LHP-VAL-068/unknown-read-mode: `stram`"]);
    finds(&load_with(delta, "redMode: stream, ", &[]), &["advice LHP-CFG-080/unknown-key: `redMode`"]);
    let metadata = |value: &str| load_with(delta, &format!("operational_metadata: {value}, "), &[]).findings;
    assert_eq!(metadata("true"), ["advice LHP-CFG-085/true-selects-nothing: `true`"]);
    assert_eq!(metadata("[_gone]"), ["advice LHP-CFG-085/unknown-metadata-column: `_gone`"]);
    let schema = load(&files("schema: {path: s.yaml}"), &[]);
    finds(&schema, &["advice LHP-CFG-080/ignored-schema: `{path: s.yaml}`"]);
}

#[test]
fn d21_blank_options_are_no_options() {
    for source in [
        "{type: cloudfiles, path: /x, format: json, options: , reader_options: , format_options: }",
        "{type: delta, catalog: c, schema: s, table: t, options: , where_clause: , select_columns: }",
        "{type: kafka, bootstrap_servers: b, subscribe: t, options: }",
    ] {
        finds(&load(source, &[]), &[]);
    }
}

#[test]
fn d22_keys_of_options_become_text() {
    let outcome = load(&files("options: {5: a, true: b, null: c}"), &[]);
    makes(&outcome, ".option(\"5\", \"a\")\n        .option(\"True\", \"b\")\n        .option(\"None\", \"c\")");
    makes(&load("{type: kafka, bootstrap_servers: b, subscribe: t, options: {5: a}}", &[]), ".option(\"5\", \"a\")");
    finds(&load(&files("options: [a]"), &[]), &["error LHP-VAL-008/options-not-mapping: `[a]`"]);
}

#[test]
fn d23_values_of_a_wrong_type_have_a_place() {
    let transform = |settings: &str| {
        let text = flowgroup("{type: sql, sql: SELECT 1}", "").replace("source: v,", "source: w,").replace(
            "\n  - {name: write",
            &format!("\n  - {{name: t, type: transform, source: v, target: w, {settings}}}\n  - {{name: write"),
        );
        compile_files(&[("pipelines/f.yaml", &text), ("a.py", "def f(df, spark, parameters):\n    return df\n")])
            .findings
    };
    let quarantine = "transform_type: data_quality, expectations_file: e.yaml, mode: quarantine";
    for (settings, expected) in [
        ("transform_type: sqll, sql: x", "LHP-VAL-007/unknown-sub-type: `sqll`"),
        ("transform_type: sql, sql: 5", "LHP-CFG-082/wrong-type: `5`"),
        (
            "transform_type: python, module_path: a.py, function_name: f, parameters: [1]",
            "LHP-CFG-082/wrong-type: `[1]`",
        ),
        (&format!("{quarantine}, quarantine: {{dlq_table: a.b.c}}"), "LHP-CFG-081/missing-key: `{dlq_table: a.b.c}`"),
    ] {
        assert_eq!(transform(settings), [format!("error {expected}")], "{settings}");
    }
}

#[test]
fn d24_validate_reports_what_generate_would_refuse() {
    let kafka = "{type: kafka, bootstrap_servers: b, subscribe: t, options: {group.id: g}}";
    for (source, more, code) in [
        (&files("options: {a: b}") as &str, "readMode: batch, ", "LHP-VAL-068"),
        (&files("options: {maxFilesPerTrigger: 1}"), "", "LHP-CFG-001"),
        (&files("schema_location: /a, options: {cloudFiles.schemaLocation: /b}"), "", "LHP-CFG-001"),
        (&files("schema_file: gone.yaml"), "", "LHP-IO-001"),
        (&files("options: {cloudFiles.schemaHints: gone.ddl}"), "", "LHP-IO-001"),
        (
            "{type: delta, catalog: c, schema: s, table: t, options: {versionAsOf: 1, timestampAsOf: x}}",
            "",
            "LHP-VAL-013",
        ),
        ("{type: delta, catalog: c, schema: s, table: t, options: {a: ''}}", "", "LHP-VAL-010"),
        ("{type: sql}", "", "LHP-VAL-001"),
        ("{type: python, module_path: gone.py}", "", "LHP-IO-001"),
        ("{type: custom_datasource, module_path: gone.py, custom_datasource_class: A}", "", "LHP-IO-001"),
        (kafka, "", "LHP-CFG-001"),
    ] {
        let project = Project::new(&[
            ("lhp.yaml", "name: test\nversion: \"1.0\"\n"),
            ("substitutions/dev.yaml", "dev: {}\n"),
            ("pipelines/f.yaml", &flowgroup(source, more)),
        ]);
        let run = project.run(&["validate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains(&format!("error[{code}/")), "{source}: {}", run.stderr);
        assert!(run.stderr.contains(",-[pipelines/f.yaml:4:"), "{source}: {}", run.stderr);
    }
}

#[test]
fn d25_messages_name_the_fields_that_they_are_about() {
    let project = Project::new(&[
        ("lhp.yaml", "name: test\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev: {}\n"),
        ("pipelines/f.yaml", &flowgroup(&files("schema: a.yaml, schema_file: b.yaml"), "")),
    ]);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("`schema_file` and `schema` both describe the schema"), "{}", run.stderr);
    project.write("pipelines/f.yaml", flowgroup(&files("shcema: a.yaml"), ""));
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(
        run.stderr.contains("error[LHP-CFG-001/unknown-field (LHP-VAL-007)]: unknown key `shcema`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("help: did you mean `schema`?"), "{}", run.stderr);
}

#[test]
fn d29_presets_that_replace_a_value_or_reach_nothing_are_remarked_on() {
    let preset = |defaults: &str| format!("name: base\nversion: \"1.0\"\ndefaults:\n  {defaults}\n");
    let source = "{type: delta, catalog: c, schema: s, table: t, readMode: batch}";
    let with_preset = |defaults: &str| {
        let text = flowgroup(source, "").replace("flowgroup: f\n", "flowgroup: f\npresets: [base]\n");
        compile_files(&[("pipelines/f.yaml", &text), ("presets/base.yaml", &preset(defaults))])
    };
    let replaced = with_preset("load_actions: {delta: {readMode: stream}}");
    finds(&replaced, &["advice LHP-CFG-083/preset-overrides-value: `batch` `stream`"]);
    assert!(replaced.code.contains("spark.readStream.table"), "{}", replaced.code);
    finds(&with_preset("load_actions: {delta: {options: {a: b}}}"), &[]);
    let unused = with_preset("transform_actions: {sql: {sql: SELECT 2}}");
    finds(&unused, &["advice LHP-CFG-080/ignored-preset-table: `transform_actions`"]);
}
