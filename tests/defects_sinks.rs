//! What the reference tool does wrong with sinks and is done better here.
//!
//! The name of a test carries the entry of the list of defects of writes, tests and assembly.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::sync::Arc;

use lhp::compile::Compilation;
use lhp::source::SourceMap;
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::parse_module;
use support::compile_project;

const LOAD: &str = "{name: load, type: load, source: {type: sql, sql: SELECT 1}, target: v}";

/// Compiles flowgroups with a load and one write target each, beside other files.
fn compile_targets(targets: &[(&str, &str, &str)], files: &[(&str, &str)]) -> (Compilation, Arc<SourceMap>) {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lhp.yaml", "name: sinks\nversion: \"1.0\"\n");
    write("substitutions/dev.yaml", "dev: {catalog: c}\n");
    for (pipeline, flowgroup, target) in targets {
        let target = target.replace('\n', "\n      ");
        let text = format!(
            "pipeline: {pipeline}\nflowgroup: {flowgroup}\nactions:\n  - {LOAD}\n  - name: write\n    type: write\n    source: v\n    write_target:\n      type: sink\n      {target}\n"
        );
        write(&format!("pipelines/{pipeline}-{flowgroup}.yaml"), &text);
    }
    files.iter().for_each(|(path, text)| write(path, text));
    compile_project(directory.path())
}

fn compile_target(target: &str, files: &[(&str, &str)]) -> (Compilation, Arc<SourceMap>) {
    compile_targets(&[("p", "f", target)], files)
}

/// The text of the module of flowgroup `f` in pipeline `p`.
fn module(compilation: &Compilation) -> String {
    let files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
    let file = files.into_iter().find(|file| file.path == "p/f.py").unwrap();
    String::from_utf8(file.content.clone()).unwrap()
}

/// Code, message and place of every error.
fn errors(compilation: &Compilation, sources: &SourceMap) -> Vec<String> {
    let errors = compilation.report.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors
        .map(|error| {
            let place = sources.location(error.labels.first().unwrap().span);
            format!("{} {} at {place}", error.rule.code, error.message)
        })
        .collect()
}

/// The text that a function assigns to a name.
fn assigned(module: &str, function: &str, name: &str) -> String {
    let parsed = parse_module(module).unwrap();
    let definitions = parsed.syntax().body.iter().filter_map(Stmt::as_function_def_stmt);
    let definition = definitions.into_iter().find(|definition| definition.name.as_str() == function).unwrap();
    let values = definition.body.iter().filter_map(Stmt::as_assign_stmt);
    let is_name = |target: &Expr| target.as_name_expr().is_some_and(|target| target.id.as_str() == name);
    let value = values.into_iter().find(|assign| assign.targets.iter().any(is_name)).unwrap();
    value.value.as_string_literal_expr().unwrap().value.to_str().to_owned()
}

fn custom(class: &str) -> String {
    format!("sink_type: custom\nsink_name: s\nmodule_path: sinks/a.py\ncustom_sink_class: {class}")
}

#[test]
fn d02_secrets_in_handlers_become_calls_of_python_3_10() {
    let handler = "sink_type: foreachbatch\nsink_name: s\nbatch_handler: |\n  q = f\"\"\"\n  {batch_id} '${secret:a/b}'\n  \"\"\"\n  df.write.option('p', '${secret:a/b}').save(\"{x}${secret:a/b}\")";
    let (compilation, sources) = compile_target(handler, &[]);
    assert_eq!(errors(&compilation, &sources), [""; 0]);
    let module = module(&compilation);
    assert_eq!(module.matches("dbutils.secrets.get(").count(), 3, "{module}");
    assert!(module.contains("f\"{{x}}{dbutils.secrets.get(scope='a', key='b')}\""), "{module}");
    assert!(!module.contains("${secret"), "{module}");
}

#[test]
fn d08_a_handler_that_is_no_text_has_a_place() {
    let (compilation, sources) = compile_target("sink_type: foreachbatch\nsink_name: s\nbatch_handler: 5", &[]);
    assert_eq!(
        errors(&compilation, &sources),
        ["LHP-VAL-007 `batch_handler` must be a string, not the number `5` at pipelines/p-f.yaml:12:22"]
    );
}

#[test]
fn d09_the_format_is_what_the_class_itself_says() {
    let module_text = "class Own:\n    @classmethod\n    def name(cls) -> str:\n        return \"own\"\n\n\nclass Silent:\n    pass\n\n\nclass Later:\n    @classmethod\n    def name(cls):\n        return 'later'\n";
    for (class, format) in [("Own", "own"), ("Silent", "Silent"), ("Later", "later")] {
        let (compilation, sources) = compile_target(&custom(class), &[("sinks/a.py", module_text)]);
        assert_eq!(errors(&compilation, &sources), [""; 0]);
        let module = module(&compilation);
        assert!(module.contains(&format!("format=\"{format}\"")), "{module}");
    }
}

#[test]
fn d09_a_class_that_cannot_be_imported_is_an_error() {
    let (compilation, sources) = compile_target(&custom("Nope"), &[("sinks/a.py", "class Other:\n    pass\n")]);
    let expected = "LHP-IO-004 `sinks/a.py` does not define `Nope` at pipelines/p-f.yaml:13:26";
    assert_eq!(errors(&compilation, &sources), [expected]);
    let (compilation, sources) = compile_target(&custom("Nope"), &[("sinks/a.py", "from nopes import *\n")]);
    assert_eq!(errors(&compilation, &sources), [""; 0]);
    assert!(module(&compilation).contains("format=Nope.name()"), "{}", module(&compilation));
}

#[test]
fn d16_two_sinks_of_one_name_in_a_pipeline_are_remarked_on() {
    let target = "sink_type: delta\nsink_name: s\noptions: {path: /x}";
    let (compilation, sources) = compile_targets(&[("p", "f", target), ("p", "g", target)], &[]);
    assert_eq!(errors(&compilation, &sources), [""; 0]);
    let advice = |compilation: &lhp::compile::Compilation| {
        compilation.report.diagnostics.iter().filter(|found| found.rule.name == "duplicate-sink-name").count()
    };
    assert_eq!(advice(&compilation), 1);

    let (compilation, _) = compile_targets(&[("p", "f", target), ("q", "f", target)], &[]);
    assert_eq!(advice(&compilation), 0);
}

#[test]
fn d25_strings_of_handlers_keep_their_value() {
    let statements = "text = \"\"\"a  \n    b\n\tc\\\n d\n\"\"\"\nraw = r'''\\d \n  e'''\nif df:\n\treturn\n";
    let (compilation, sources) = compile_target(
        "sink_type: foreachbatch\nsink_name: s\nmodule_path: handlers/h.py",
        &[("handlers/h.py", statements)],
    );
    assert_eq!(errors(&compilation, &sources), [""; 0]);
    let module = module(&compilation);
    assert_eq!(assigned(&module, "s", "text"), "a  \n    b\n\tc d\n", "{module}");
    assert_eq!(assigned(&module, "s", "raw"), "\\d \n  e", "{module}");
    assert!(module.lines().all(|line| line.trim_end() == line), "{module}");
}

#[test]
fn d28_faults_of_handlers_point_at_their_line() {
    let inline = "sink_type: foreachbatch\nsink_name: s\nbatch_handler: |\n  x = 1\n  y = = 2";
    let (compilation, sources) = compile_target(inline, &[]);
    let expected = "LHP-CFG-031 this handler is not valid Python: Expected an expression at pipelines/p-f.yaml:14:9";
    assert_eq!(errors(&compilation, &sources), [expected]);

    let file = "sink_type: foreachbatch\nsink_name: s\nmodule_path: handlers/h.py";
    let (compilation, sources) = compile_target(file, &[("handlers/h.py", "x = '${catalog}'\nfrom math import *\n")]);
    let expected = "LHP-CFG-031 an import of `*` cannot stand in a function at handlers/h.py:2:1";
    assert_eq!(errors(&compilation, &sources), [expected]);
}
