//! What the reference tool gets wrong about Python modules and Kafka, done better.
//!
//! The name of a test carries the entry of the list of defects: `d13` is entry 13 of loads and transforms,
//! `writes_d10` entry 10 of writes and assembly, `language_d23` entry 23 of the language.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use lhp::compile::Compilation;
use lhp::report::Severity;
use support::compile_project;

/// A project in which one Python load reads with `code/main.py`, and other files.
fn python_load(main: &str, others: &[(&str, &str)]) -> Outcome {
    let mut files = vec![("pipelines/a.yaml", LOAD), ("code/main.py", main)];
    files.extend(others);
    project(&files)
}

/// A project in which a Python transform with the given settings calls `code/main.py`.
fn python_transform(settings: &str, main: &str) -> Outcome {
    let flowgroup = TRANSFORM.replace("SETTINGS", settings);
    project(&[("pipelines/a.yaml", flowgroup.as_str()), ("code/main.py", main)])
}

/// A project with one load of the given settings.
fn load(settings: &str, others: &[(&str, &str)]) -> Outcome {
    let flowgroup = LOAD.replace("{type: python, module_path: code/main.py}", settings);
    let mut files = vec![("pipelines/a.yaml", flowgroup.as_str())];
    files.extend(others);
    project(&files)
}

const LOAD: &str = "\
pipeline: p
flowgroup: f
actions:
  - name: read
    type: load
    source: {type: python, module_path: code/main.py}
    target: v_rows
  - name: write
    type: write
    source: v_rows
    write_target: {type: streaming_table, catalog: c, schema: s, table: t}
";

const TRANSFORM: &str = "\
pipeline: p
flowgroup: f
actions:
  - name: change
    type: transform
    transform_type: python
    target: v_changed
    module_path: code/main.py
    SETTINGS
  - {name: read, type: load, target: v_rows, source: {type: sql, sql: SELECT 1}}
  - name: write
    type: write
    source: v_changed
    write_target: {type: streaming_table, catalog: c, schema: s, table: t}
";

const TOKENS: &str = "\
dev:
  catalog: dev_cat
  quoted: say \"hi\"
  windows: C:\\new
  braces: \"{0}\"
  hidden: ${secret:vault/inner}
secrets: {default_scope: main}
";

const FUNCTION: &str = "def get_df(spark, parameters):\n    return spark.range(1)\n";

struct Outcome {
    compilation: Compilation,
    _directory: tempfile::TempDir,
}

fn project(files: &[(&str, &str)]) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let settings = [("lhp.yaml", "name: defects\nversion: \"1.0\"\n"), ("substitutions/dev.yaml", TOKENS)];
    for (path, text) in settings.iter().chain(files) {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (compilation, _) = compile_project(directory.path());
    Outcome { compilation, _directory: directory }
}

impl Outcome {
    /// The text of a planned file; fails with the diagnostics if there is none.
    fn file(&self, path: &str) -> String {
        let mut files = self.compilation.plan.trees.iter().flat_map(|tree| &tree.files);
        let found = files.find(|file| file.path == path).map(|file| file.content.clone());
        assert!(found.is_some(), "no {path}: {:?}", self.messages(Severity::Error));
        String::from_utf8(found.unwrap()).unwrap()
    }

    fn copy(&self, name: &str) -> String {
        self.file(&format!("p/custom_python_functions/{name}"))
    }

    fn has(&self, path: &str) -> bool {
        self.compilation.plan.trees.iter().flat_map(|tree| &tree.files).any(|file| file.path == path)
    }

    fn messages(&self, severity: Severity) -> Vec<String> {
        let all = self.compilation.report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        all.map(|diagnostic| format!("{} {}", diagnostic.rule.code, diagnostic.message)).collect()
    }

    #[track_caller]
    fn fails_with(&self, expected: &str) {
        let errors = self.messages(Severity::Error);
        assert!(errors.iter().any(|error| error.contains(expected)), "{errors:?}");
    }

    #[track_caller]
    fn advises(&self, expected: &str) {
        let advice = self.messages(Severity::Advice);
        assert!(advice.iter().any(|remark| remark.contains(expected)), "{advice:?}");
        assert_eq!(self.messages(Severity::Error), Vec::<String>::new());
        assert_eq!(self.messages(Severity::Warning), Vec::<String>::new());
    }
}

#[test]
fn d04_a_secret_that_is_a_whole_string_becomes_a_call() {
    let copy = python_load(&format!("KEY = \"${{secret:vault/key}}\"\n\n{FUNCTION}"), &[]).copy("main.py");
    assert!(copy.contains("KEY = dbutils.secrets.get(scope=\"vault\", key=\"key\")\n"), "{copy}");
    assert!(copy.contains("from databricks.sdk.runtime import dbutils"), "{copy}");
    assert!(!copy.contains("__SECRET"), "{copy}");
}

#[test]
fn d04_a_secret_inside_a_string_becomes_an_f_string_with_doubled_braces() {
    let main = format!("URL = r'{{a}}\\d?k=${{secret:key}}' \"!\"\n\n{FUNCTION}");
    let copy = python_load(&main, &[]).copy("main.py");
    let expected = r#"URL = f"{{a}}\\d?k={dbutils.secrets.get(scope='main', key='key')}!""#;
    assert!(copy.contains(expected), "{copy}");
}

#[test]
fn d04_a_secret_in_an_f_string_uses_the_other_quotes() {
    let main = format!(
        "def url(n):\n    return f\"{{n}}/${{secret:vault/key}}\" '${{secret:key}}' + f\"{{str('${{secret:key}}x')}}\"\n\n\n{FUNCTION}"
    );
    let copy = python_load(&main, &[]).copy("main.py");
    assert!(copy.contains(r#"f"{n}/{dbutils.secrets.get(scope='vault', key='key')}""#), "{copy}");
    assert!(copy.contains(r#"f"{dbutils.secrets.get(scope='main', key='key')}""#), "{copy}");
    assert!(copy.contains(r#"f"{str((dbutils.secrets.get(scope='main', key='key') + 'x'))}""#), "{copy}");
    lhp::emit::python::check(&copy).unwrap();
}

#[test]
fn d04_secrets_in_comments_and_docstrings_stay_text() {
    let main = format!("\"\"\"Uses ${{secret:key}}.\"\"\"\n# ${{secret:key}}\n\n\n{FUNCTION}");
    let copy = python_load(&main, &[]).copy("main.py");
    assert!(copy.contains("\"\"\"Uses ${secret:key}.\"\"\"\n# ${secret:key}\n"), "{copy}");
    assert!(!copy.contains("dbutils"), "{copy}");
}

#[test]
fn d04_a_secret_where_no_call_can_stand_is_an_error() {
    python_load(&format!("KEY = b\"${{secret:key}}\"\n\n{FUNCTION}"), &[])
        .fails_with("LHP-VAL-008 secret `key` cannot");
    python_load(
        &format!("def f(x):\n    match x:\n        case \"${{secret:key}}\":\n            pass\n\n\n{FUNCTION}"),
        &[],
    )
    .fails_with("LHP-VAL-008 secret `key` cannot");
}

#[test]
fn d04_a_token_that_holds_a_secret_is_resolved() {
    let main = format!("A = \"${{hidden}}\"\nB = f\"{{A}}${{hidden}}\"\n\n\n{FUNCTION}");
    let copy = python_load(&main, &[]).copy("main.py");
    assert!(copy.contains("A = dbutils.secrets.get(scope=\"vault\", key=\"inner\")"), "{copy}");
    assert!(copy.contains("B = f\"{A}{dbutils.secrets.get(scope='vault', key='inner')}\""), "{copy}");
}

#[test]
fn language_d25_names_of_secrets_in_modules_are_checked() {
    python_load(&format!("KEY = \"${{secret:sc ope/key}}\"\n\n{FUNCTION}"), &[]).fails_with("LHP-VAL-008");
    python_load(&format!("KEY = \"${{secret:scope/}}\"\n\n{FUNCTION}"), &[]).fails_with("LHP-CFG-059");
}

#[test]
fn language_d23_bare_tokens_in_modules_are_replaced_in_strings_only() {
    let main = format!("def f(catalog):\n    return f\"{{catalog}}.{{other}}\", {{catalog}}\n\n\n{FUNCTION}");
    let outcome = python_load(&main, &[]);
    let copy = outcome.copy("main.py");
    assert!(copy.contains("return f\"dev_cat.{other}\", {catalog}\n"), "{copy}");
    outcome.advises("LHP-DEPR-001 `{catalog}` is replaced by the value of token `catalog`");
}

#[test]
fn d07_a_bare_token_in_a_plain_string_is_replaced_and_remarked_on() {
    let outcome = python_load(&format!("T = \"{{catalog}}.s.t\"\n\n\n{FUNCTION}"), &[]);
    assert!(outcome.copy("main.py").contains("T = \"dev_cat.s.t\"\n"));
    outcome.advises("LHP-DEPR-001 `{catalog}` is replaced by the value of token `catalog`");
}

#[test]
fn writes_d15_values_of_tokens_cannot_break_the_literal_around_them() {
    let main = format!(
        "A = \"${{quoted}}\"\nB = '${{windows}}'\nC = f\"${{braces}}{{A}}\"\nD = r\"${{windows}}.\"\nE = f\"${{catalog}}.{{A}}\"  # ${{quoted}}\n\n\n{FUNCTION}"
    );
    let copy = python_load(&main, &[]).copy("main.py");
    for line in [
        "A = 'say \"hi\"'",
        "B = \"C:\\\\new\"",
        "C = f\"{{0}}{A}\"",
        "D = r\"C:\\new.\"",
        "E = f\"dev_cat.{A}\"  # say \"hi\"",
    ] {
        assert!(copy.contains(line), "{line} in {copy}");
    }
    python_load(&format!("A = r\"${{quoted}}\"\n\n\n{FUNCTION}"), &[]).fails_with("LHP-CFG-010 the value of token");
}

#[test]
fn d13_dotted_sources_become_variables_of_their_own() {
    let main = "def run(dataframes, spark, parameters):\n    return dataframes[0]\n";
    let outcome = python_transform("source: [v_rows, c.s.t, c_s_t]\n    function_name: run", main);
    let module = outcome.file("p/f.py");
    assert!(module.contains("    c_s_t_df = spark.read.table(\"c.s.t\")\n"), "{module}");
    assert!(module.contains("    _c_s_t_df = spark.read.table(\"c_s_t\")\n"), "{module}");
    assert!(module.contains("dataframes = [v_rows_df, c_s_t_df, _c_s_t_df]"), "{module}");
}

#[test]
fn d13_a_function_with_the_name_of_the_view_is_imported_under_another() {
    let main = "def v_changed(df, spark, parameters):\n    return df\n";
    let module = python_transform("source: v_rows\n    function_name: v_changed", main).file("p/f.py");
    assert!(module.contains("from custom_python_functions.main import v_changed as _v_changed\n"), "{module}");
    assert!(module.contains("df = _v_changed(v_rows_df, spark, parameters)"), "{module}");
}

const SOURCE: &str = "{type: custom_datasource, module_path: code/tide.py, custom_datasource_class: Tide}";

#[test]
fn d14_the_format_is_what_the_class_itself_returns() {
    let annotated = "class Tide(DataSource):\n    @classmethod\n    def name(cls) -> str:\n        \"\"\"Doc.\"\"\"\n        return 'tide'\n\n\nclass Wind(DataSource):\n    @classmethod\n    def name(cls):\n        return 'wind'\n";
    let module = load(SOURCE, &[("code/tide.py", annotated)]).file("p/f.py");
    assert!(module.contains("format(\"tide\")"), "{module}");
    let unnamed = annotated.replace("name(cls) -> str", "other(cls)");
    let module = load(SOURCE, &[("code/tide.py", &unnamed)]).file("p/f.py");
    assert!(module.contains("format(\"Tide\")"), "{module}");
}

#[test]
fn d14_constants_and_local_bases_are_followed() {
    let source = "NAME = \"${catalog}_tide\"\n\n\nclass Base:\n    @classmethod\n    def name(cls):\n        return NAME\n\n\nclass Tide(Base):\n    pass\n";
    let module = load(SOURCE, &[("code/tide.py", source)]).file("p/f.py");
    assert!(module.contains("format(\"dev_cat_tide\")"), "{module}");
}

#[test]
fn d14_a_class_that_cannot_be_imported_is_an_error() {
    let outcome = load(SOURCE, &[("code/tide.py", "class Other:\n    pass\n")]);
    outcome.fails_with("LHP-IO-004 `code/tide.py` does not define `Tide`");
    assert_eq!(outcome.compilation.report.diagnostics[0].labels.len(), 2);
    for unsure in ["from sea import *\n", "globals()['Tide'] = type('Tide', (), {})\n", "Tide = make()\n"] {
        let outcome = load(SOURCE, &[("code/tide.py", unsure)]);
        assert!(outcome.file("p/f.py").contains("import Tide\n"), "{unsure}");
        assert!(outcome.compilation.report.diagnostics.is_empty(), "{unsure}");
    }
}

#[test]
fn d14_a_computed_name_is_asked_for_at_run_time() {
    let source = "class Tide:\n    @classmethod\n    def name(cls):\n        return cls.__module__\n";
    let outcome = load(SOURCE, &[("code/tide.py", source)]);
    assert!(outcome.file("p/f.py").contains(".format(Tide.name())"), "{}", outcome.file("p/f.py"));
    assert!(outcome.compilation.report.diagnostics.is_empty());
}

#[test]
fn d19_lists_and_mappings_become_kafka_text() {
    let kafka = "{type: kafka, bootstrap_servers: [a:1, b:2], subscribe: [x, y]}";
    let module = load(kafka, &[]).file("p/f.py");
    assert!(module.contains("(\"kafka.bootstrap.servers\", \"a:1,b:2\")"), "{module}");
    assert!(module.contains("(\"subscribe\", \"x,y\")"), "{module}");
    let kafka = "{type: kafka, bootstrap_servers: a:1, assign: {\"t\\\"1\": [0, 1], u: [2]}}";
    let module = load(kafka, &[]).file("p/f.py");
    assert!(module.contains(r#"("assign", '{"t\\"1": [0, 1], "u": [2]}')"#), "{module}");
}

#[test]
fn d19_an_empty_choice_of_topics_is_an_error_unless_an_option_makes_it() {
    load("{type: kafka, bootstrap_servers: a:1, subscribe: \"\"}", &[]).fails_with("LHP-VAL-007 `subscribe` of load");
    let option = "{type: kafka, bootstrap_servers: a:1, subscribe: \"\", options: {subscribe: x}}";
    assert!(load(option, &[]).file("p/f.py").contains("(\"subscribe\", \"x\")"));
}

#[test]
fn d19_an_option_without_a_value_is_remarked_on() {
    let kafka = "{type: kafka, bootstrap_servers: a:1, subscribe: x, options: {startingOffsets: }}";
    load(kafka, &[]).advises("option `startingOffsets` has no value");
}

#[test]
fn d20_a_misspelt_read_mode_is_remarked_on() {
    let main = "def run(df, spark, parameters):\n    return df\n";
    let outcome = python_transform("source: v_rows\n    function_name: run\n    readMode: streem", main);
    assert!(outcome.file("p/f.py").contains("spark.read.table"));
    outcome.advises("LHP-VAL-068 a read mode is either");
}

#[test]
fn d22_a_date_among_parameters_has_a_place() {
    let outcome =
        load("{type: python, module_path: code/main.py, parameters: {a: [2024-01-01]}}", &[("code/main.py", FUNCTION)]);
    outcome.fails_with("LHP-ACT-002 a parameter holds a date");
    assert!(!outcome.compilation.report.diagnostics[0].labels.is_empty());
}

#[test]
fn d22_options_that_are_no_mapping_have_a_place() {
    let source = SOURCE.replace('}', ", options: [1]}");
    load(&source, &[("code/tide.py", "class Tide:\n    pass\n")]).fails_with("LHP-VAL-008 `options` must be a mapping");
}

const TWO_LOADS: &str = "\
pipeline: p
flowgroup: f
actions:
  - {name: one, type: load, target: v_one, source: {type: python, module_path: FIRST}}
  - {name: two, type: load, target: v_two, source: {type: python, module_path: SECOND}}
  - name: write
    type: write
    source: [v_one, v_two]
    write_target: {type: streaming_table, catalog: c, schema: s, table: t}
";

fn two_loads(first: &str, second: &str, files: &[(&str, &str)]) -> Outcome {
    let flowgroup = TWO_LOADS.replace("FIRST", first).replace("SECOND", second);
    let mut all = vec![("pipelines/a.yaml", flowgroup.as_str())];
    all.extend(files);
    project(&all)
}

#[test]
fn d26_one_file_named_in_two_ways_is_no_conflict() {
    let outcome = two_loads("m/x.py", "./m/../m/x.py", &[("m/x.py", FUNCTION)]);
    assert!(outcome.copy("x.py").starts_with("# LHP-SOURCE: m/x.py\n"));
}

#[test]
fn d26_an_entry_module_may_be_a_helper_of_another() {
    let main = format!("from x import other\n\n\n{FUNCTION}");
    let helper = FUNCTION.replace("get_df", "other");
    let files = [("m/x.py", helper.as_str()), ("m/main.py", &main)];
    let outcome = two_loads("m/main.py", "m/x.py, function_name: other", &files);
    assert!(outcome.copy("main.py").contains("from custom_python_functions.x import other\n"));
    assert!(outcome.has("p/custom_python_functions/x.py"));
}

#[test]
fn d26_a_conflict_names_both_places_and_nothing_is_planned() {
    let outcome = two_loads("m/x.py", "n/x.py", &[("m/x.py", FUNCTION), ("n/x.py", FUNCTION)]);
    outcome.fails_with("LHP-VAL-019 `m/x.py` and `n/x.py` would both be copied");
    assert_eq!(outcome.compilation.report.diagnostics[0].labels.len(), 2);
    assert!(outcome.compilation.plan.trees.is_empty());
}

#[test]
fn d27_relative_imports_beside_the_entry_module_are_copied() {
    let main = format!("from . import near\n\n\n{FUNCTION}");
    let outcome = python_load(&main, &[("code/near.py", "X = 1\n")]);
    assert!(outcome.has("p/custom_python_functions/near.py"));
}

#[test]
fn d27_relative_imports_that_find_nothing_are_remarked_on() {
    python_load(&format!("from .gone import x\n\n\n{FUNCTION}"), &[]).advises("this relative import finds no module");
}

#[test]
fn d27_the_standard_library_is_not_the_file_beside() {
    let main = format!("import json\n\n\n{FUNCTION}");
    let outcome = python_load(&main, &[("code/json.py", "X = 1\n")]);
    assert!(!outcome.has("p/custom_python_functions/json.py"));
    outcome.advises("`import json` means the standard library");
}

#[test]
fn d27_a_file_that_is_no_module_name_has_a_place() {
    let outcome = load("{type: python, module_path: code/my-main.py}", &[("code/my-main.py", FUNCTION)]);
    outcome.fails_with("LHP-CFG-031 `my-main` cannot be the name of a Python module");
}

#[test]
fn d27_a_missing_function_is_an_error() {
    python_load("def other():\n    pass\n", &[]).fails_with("LHP-IO-004 `code/main.py` does not define `get_df`");
    python_transform("source: v_rows\n    function_name: run", "class Other:\n    def run(self):\n        pass\n")
        .fails_with("LHP-IO-004 `code/main.py` does not define `run`");
    assert!(python_load("from shared import *\n", &[]).file("p/f.py").contains("import get_df\n"));
}

#[test]
fn writes_d10_modules_of_folders_without_init_are_copied() {
    let main = format!("from ns import inner\n\n\n{FUNCTION}");
    let outcome = python_load(&main, &[("code/ns/inner.py", "X = 1\n"), ("code/ns/other.py", "X = 1\n")]);
    assert!(outcome.copy("main.py").contains("from custom_python_functions.ns import inner\n"));
    assert!(outcome.has("p/custom_python_functions/ns/inner.py"));
    assert!(outcome.has("p/custom_python_functions/ns/__init__.py"));
    assert!(!outcome.has("p/custom_python_functions/ns/other.py"));
}

#[test]
fn writes_d10_modules_that_such_a_folder_lacks_are_remarked_on() {
    let main = format!("from ns.gone import x\n\n\n{FUNCTION}");
    python_load(&main, &[("code/ns/inner.py", "X = 1\n")]).advises("`ns.gone` is not found in the folder `ns`");
}

#[test]
fn writes_d29_the_header_of_a_copy_does_not_depend_on_the_machine() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("shared");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("x.py"), FUNCTION).unwrap();
    let path = folder.join("x.py").to_str().unwrap().replace('\\', "/");
    let outcome = load(&format!("{{type: python, module_path: \"{path}\"}}"), &[]);
    assert!(outcome.copy("x.py").starts_with("# LHP-SOURCE: shared/x.py\n"), "{}", outcome.copy("x.py"));
}

#[test]
fn d28_strings_of_several_lines_keep_their_blanks() {
    let main = format!("T = \"\"\"a  \n\tb\u{2028}c\n\"\"\"\n\n\n{FUNCTION}");
    let copy = python_load(&main, &[]).copy("main.py");
    assert!(copy.contains("T = \"\"\"a  \n\tb\u{2028}c\n\"\"\"\n"), "{copy}");
}

#[test]
fn d24_faults_of_modules_have_a_place_in_the_python_file() {
    let outcome = python_load(&format!("import near\n\n\n{FUNCTION}"), &[("code/near.py", "X = 1\n")]);
    outcome.fails_with("LHP-VAL-024 `near` is a local module and imported as a whole");
    let labels = &outcome.compilation.report.diagnostics[0].labels;
    assert_ne!(labels[0].span.file, labels[1].span.file);
    assert_eq!(labels[0].span.start, 7);
}

#[test]
fn deep_expressions_do_not_end_the_program() {
    let main = format!("X = {}1\n\n\n{FUNCTION}", "1 + ".repeat(20_000));
    python_load(&main, &[]).fails_with("is no Python that can run: an expression has more than 2900 levels");
    let main = format!("X = {}1\n\n\n{FUNCTION}", "1 + ".repeat(2_500));
    assert!(python_load(&main, &[]).has("p/custom_python_functions/main.py"));
}
