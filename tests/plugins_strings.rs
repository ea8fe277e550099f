//! Whatever text stands in a string of an action of an example plugin, the generated Python holds exactly that text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

#[allow(dead_code, reason = "shared with another test")]
#[path = "string_safety/awkward.rs"]
mod awkward;
mod support;

use awkward::{Awkward, text, text_with_secrets, yaml};
use lhp::syntax::Text;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Mod, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse};
use support::project::Project;
use support::python_text::{canonical, text_of};
use support::{compile_project, copy_tree, package, show};

/// Fields of one flowgroup, each with a marker, and what stands around its text in Python.
const FLOWGROUP: &str = r#"pipeline: p
flowgroup: f
actions:
  - name: load_orders
    type: load
    source:
      type: s3_batch
      bucket: landing
      prefix: <prefix>
      reader_options:
        <option_name>: <option_value>
    target: v_orders
  - name: latest
    type: transform
    transform_type: dedupe
    source: v_orders
    keys: [<key>, other]
    latest_by: <latest_by>
    target: v_latest
  - name: kept
    type: write
    source: v_latest
    write_target: {type: materialized_view, catalog: a, schema: b, table: c}
  - name: export
    type: write
    source: [v_orders, <source>]
    write_target:
      type: sink
      sink_type: jdbc
      sink_name: crm
      url: <url>
      table: <table>
      driver: <driver>
      user: <user>
      password: <password>
  - name: fresh
    type: test
    test_type: freshness
    source: <tested>
    column: <column>
    max_age_hours: 1
"#;

/// A field, what stands before and behind its text in Python, and whether it may hold secrets.
const FIELDS: [(&str, &str, &str, bool); 13] = [
    ("prefix", "s3://landing/", "", false),
    ("option_name", "", "", false),
    ("option_value", "", "", true),
    ("key", "", "", false),
    ("latest_by", "", "", true),
    ("source", "", "", false),
    ("url", "", "", true),
    ("table", "", "", false),
    ("driver", "", "", true),
    ("user", "", "", true),
    ("password", "", "", true),
    ("tested", "", "", false),
    ("column", "", "", true),
];

/// All texts that a module holds.
struct Texts(Vec<Text>);

impl<'a> Visitor<'a> for Texts {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match text_of(expression) {
            Some(text) => self.0.push(canonical(&text)),
            None => walk_expr(self, expression),
        }
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        ruff_python_ast::visitor::walk_stmt(self, statement);
    }
}

fn texts_of(source: &str) -> Vec<Text> {
    let parsed = parse(source, ParseOptions::from(Mode::Module)).unwrap_or_else(|error| panic!("{error}:\n{source}"));
    let mut texts = Texts(Vec::new());
    if let Mod::Module(module) = parsed.syntax() {
        texts.visit_body(&module.body);
    }
    texts.0
}

fn check(values: &[Awkward]) {
    let mut flowgroup = FLOWGROUP.to_owned();
    for ((field, ..), value) in FIELDS.iter().zip(values) {
        flowgroup = flowgroup.replace(&format!("<{field}>"), &yaml(&value.written()));
    }
    let project = Project::new(&[("lhp.yaml", "name: text\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    project.write("pipelines/f.yaml", &flowgroup);
    copy_tree(&package().join("examples/plugins"), &project.path("plugins"));
    let (compilation, sources) = compile_project(project.root());
    assert!(!compilation.report.has_errors(), "{}\n{flowgroup}", show(&compilation, &sources));
    let files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
    let module = files.into_iter().find(|file| file.path == "p/f.py").unwrap();
    let module = str::from_utf8(&module.content).unwrap();
    let found = texts_of(module);
    for ((field, before, behind, _), value) in FIELDS.iter().zip(values) {
        let wanted = canonical(&value.framed(before, behind).meant());
        assert!(found.contains(&wanted), "`{field}` is {wanted:?}, which is not in\n{module}\n{found:?}");
    }
}

#[test]
fn any_text_in_any_field_of_an_example_plugin_reaches_python_unchanged() {
    let strategies: Vec<BoxedStrategy<Awkward>> = FIELDS
        .iter()
        .map(|(_, _, _, secrets)| if *secrets { text_with_secrets().boxed() } else { text().boxed() })
        .collect();
    let config = ProptestConfig { cases: 64, max_shrink_iters: 1_000, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&strategies, |values| {
            check(&values);
            Ok(())
        })
        .unwrap();
}

#[test]
fn texts_that_look_like_code_stay_texts() {
    for hard in [
        "\"",
        "'''",
        "\\",
        "\"\"\"\\",
        "a\n",
        "{{ x }}",
        "{% x %}",
        "${a.b}",
        "#",
        "\u{202e}a",
        "1",
        "null",
        "F.lit(1)",
    ] {
        check(&vec![Awkward::from(hard); FIELDS.len()]);
    }
}
