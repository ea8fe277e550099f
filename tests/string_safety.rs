//! Whatever text stands in a field, the generated Python holds exactly that text.
//!
//! The fields are listed in `string_safety/fields.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

#[path = "string_safety/awkward.rs"]
mod awkward;
#[path = "string_safety/coverage.rs"]
mod coverage;
#[path = "string_safety/fields/mod.rs"]
mod fields;
#[path = "string_safety/find.rs"]
mod find;
mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use awkward::{Awkward, text, text_with_secrets, yaml};
use fields::{Ends, Field, Form, Secrets, Sql, fields, sources};
use find::Module;
use lhp::compile::{CompileOptions, compile};
use lhp::emit::literal;
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Style, Timings, Warnings, render_all};
use lhp::source::SourceMap;
use lhp::syntax::{Part, Text};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::project::Project;
use support::python_text::canonical;

static TABLE: LazyLock<Table> = LazyLock::new(Table::built_in);

const SETTINGS: &str = "\
name: text
version: \"1.0\"
test_reporting: {module_path: code/report.py, function_name: publish, config_file: code/report.yaml}
";

/// The marker of a field as it stands in its file, and what is put in its place.
fn written(field: &Field, text: &Awkward) -> (String, String) {
    let marker = format!("<{}>", field.marker);
    let value = text.framed(field.frame[0], field.frame[1]);
    let inside = match field.form {
        Form::Python => return (format!("\"{marker}\""), literal::string(&value.written())),
        Form::Raw => return (marker, value.written()),
        Form::Yaml => value.written(),
        Form::Backticked => format!("`{}`", value.mapped(|text| text.replace('`', "``")).written()),
        Form::PythonInYaml => literal::block(&value.written()),
    };
    let [before, behind] = field.shell;
    (marker, yaml(&format!("{before}{inside}{behind}")))
}

/// Compiles all files, and gives the modules by their paths.
fn modules(texts: &[(Field, Awkward)]) -> BTreeMap<String, String> {
    let project = Project::new(&[("lhp.yaml", SETTINGS), ("substitutions/dev.yaml", "dev: {}\n")]);
    for source in sources() {
        let mut content = source.text.to_owned();
        for (field, text) in texts.iter().filter(|(field, _)| field.file == source.name) {
            let (marker, text) = written(field, text);
            content = content.replacen(&marker, &text, 1);
        }
        project.write(source.path, content);
    }
    let options = CompileOptions {
        project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        ..CompileOptions::default()
    };
    let sources = Arc::new(SourceMap::new(project.root()));
    let compilation = compile(&sources, &TABLE, &options, &Progress::hidden(), &Timings::off());
    let report = render_all(&compilation.report, &sources, Style::default(), None).warnings(Warnings::Detailed);
    assert!(!compilation.report.has_errors(), "{report}");
    let files = compilation.plan.trees.into_iter().flat_map(|tree| tree.files);
    files.map(|file| (file.path, String::from_utf8(file.content).unwrap())).collect()
}

/// The text that a field must become.
fn expected(field: &Field, text: &Awkward) -> Text {
    let mut value = text.framed(field.frame[0], field.frame[1]).meant();
    if field.sql == Sql::String {
        value = value.map_literals(|literal| literal.replace('\\', "\\\\").replace('\'', "\\'"));
    }
    if field.ends == Ends::Trimmed {
        value = canonical(&value).trimmed();
    }
    let mut all = Text::default();
    for (index, piece) in field.around.iter().enumerate() {
        if index > 0 {
            all.push(&value);
        }
        all.push_str(piece);
    }
    canonical(&all)
}

fn without_space(text: &Text) -> String {
    let space = |letter: &char| letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}');
    text.display().chars().filter(|letter| !space(letter)).collect()
}

/// The text as one string in which a secret cannot be taken for text that looks like one.
fn flat(text: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Literal(literal) => literal.to_string(),
        Part::Secret(secret) => format!("\u{f8ff}{secret:?}\u{f8ff}"),
    };
    text.parts.iter().map(part).collect()
}

fn check(texts: &[(Field, Awkward)]) {
    let modules = modules(texts);
    let parsed: BTreeMap<&str, Module> =
        modules.iter().map(|(path, source)| (path.as_str(), Module::parse(source))).collect();
    for (field, text) in texts {
        let path = field.module.map_or_else(|| format!("p/{}.py", field.file), str::to_owned);
        let context = || format!("{} of {} in {}\n{}", field.marker, field.file, path, modules[&path]);
        let found = parsed[path.as_str()].text(field.place).unwrap_or_else(|| panic!("not found: {}", context()));
        let wanted = expected(field, text);
        match field.ends {
            Ends::Prose => assert_eq!(without_space(&found), without_space(&wanted), "{}", context()),
            Ends::Part => assert!(flat(&found).contains(&flat(&wanted)), "{wanted:?} in {found:?}: {}", context()),
            Ends::Kept | Ends::Trimmed => assert_eq!(found, wanted, "{}", context()),
        }
    }
}

/// The text for a field that is closest to the given one.
fn fitted(field: &Field, text: Awkward) -> Awkward {
    let text = if field.without.is_empty() { text } else { text.without(field.without) };
    if field.ends == Ends::Trimmed && text.is_blank() { "x".into() } else { text }
}

/// A text for every field.
fn texts() -> impl Strategy<Value = Vec<(Field, Awkward)>> {
    let strategies: Vec<BoxedStrategy<(Field, Awkward)>> = fields()
        .into_iter()
        .map(|field| {
            let any = if field.secrets == Secrets::Allowed { text_with_secrets().boxed() } else { text().boxed() };
            any.prop_map(move |text| (field, fitted(&field, text))).boxed()
        })
        .collect();
    strategies
}

#[test]
fn every_marker_has_a_field_and_every_field_a_marker() {
    let mut markers: Vec<String> = Vec::new();
    for source in sources() {
        for part in source.text.split('<').skip(1) {
            markers.push(format!("{}: {}", source.name, part.split_once('>').unwrap().0));
        }
    }
    let mut fields: Vec<String> = fields().iter().map(|field| format!("{}: {}", field.file, field.marker)).collect();
    markers.sort();
    fields.sort();
    assert_eq!(markers, fields);
}

#[test]
fn any_text_in_any_field_reaches_python_unchanged() {
    let config = ProptestConfig { cases: 96, max_shrink_iters: 2_000, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&texts(), |texts| {
            check(&texts);
            Ok(())
        })
        .unwrap();
}

#[test]
fn texts_that_once_were_hard_reach_python_unchanged() {
    for hard in [
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "\\\"",
        "a\\",
        "a\"",
        "\"\"\"\"",
        "\n",
        "a\n",
        "a \n b\t\n",
        "{x}",
        "{{x}}",
        "{{ x }}",
        "{% if %}",
        "${a.b}",
        "$",
        "${",
        "%{ x }",
        "\0",
        "\u{202e}abc\u{2066}",
        "\\ud800",
        "\\N{DASH}",
        "# x",
        "x\r\ny",
        "\u{feff}x",
        "null",
        "true",
        "1",
        "1e3",
        "2024-01-01",
        "[a, b]",
        "{a: b}",
        "F.lit(1)",
        "it's \"quoted\" {and} braced\nin 'two' lines",
    ] {
        let all: Vec<(Field, Awkward)> =
            fields().into_iter().map(|field| (field, fitted(&field, Awkward::from(hard)))).collect();
        check(&all);
    }
}
