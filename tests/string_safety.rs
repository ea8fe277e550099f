//! Whatever text stands in a field, the generated Python holds exactly that text.
//!
//! The fields are listed in `string_safety/fields.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

#[path = "string_safety/awkward.rs"]
mod awkward;
#[path = "string_safety/fields.rs"]
mod fields;
#[path = "string_safety/find.rs"]
mod find;
mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use awkward::{Awkward, text, text_with_secrets};
use fields::{Ends, FLOWGROUPS, Field, Secrets, fields};
use find::Module;
use lhp::compile::{CompileOptions, compile};
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Style, Timings, Warnings, render_all};
use lhp::source::SourceMap;
use lhp::syntax::Text;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::project::Project;

static TABLE: LazyLock<Table> = LazyLock::new(Table::built_in);

/// Compiles all flowgroups, and gives the modules by the names of the flowgroups.
fn modules(texts: &[(Field, Awkward)]) -> BTreeMap<String, String> {
    let project =
        Project::new(&[("lhp.yaml", "name: text\nversion: \"1.0\"\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    for (name, flowgroup) in FLOWGROUPS {
        let mut yaml = (*flowgroup).to_owned();
        for (field, text) in texts.iter().filter(|(field, _)| field.flowgroup == *name) {
            yaml = yaml.replacen(&format!("<{}>", field.marker), &text.after(field.before).yaml(), 1);
        }
        project.write(&format!("pipelines/{name}.yaml"), yaml);
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
    let mut all = Text::default();
    let [before, after] = field.around;
    let meant = text.after(field.before).meant();
    all.push_str(before);
    all.push(&if field.ends == Ends::Trimmed { meant.trimmed() } else { meant });
    all.push_str(after);
    canonical(&all)
}

fn canonical(text: &Text) -> Text {
    let mut merged = Text::default();
    merged.push(text);
    merged
}

fn without_space(text: &Text) -> String {
    let space = |letter: &char| letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}');
    text.display().chars().filter(|letter| !space(letter)).collect()
}

fn check(texts: &[(Field, Awkward)]) {
    let modules = modules(texts);
    let parsed: BTreeMap<&str, Module> =
        modules.iter().map(|(path, source)| (path.as_str(), Module::parse(source))).collect();
    for (field, text) in texts {
        let path = format!("p/{}.py", field.flowgroup);
        let context = || format!("{} in {}\n{}", field.marker, path, modules[&path]);
        let found = parsed[path.as_str()].text(field.place).unwrap_or_else(|| panic!("not found: {}", context()));
        let wanted = expected(field, text);
        if field.ends == Ends::Prose {
            assert_eq!(without_space(&found), without_space(&wanted), "{}", context());
        } else {
            assert_eq!(canonical(&found), wanted, "{}", context());
        }
    }
}

/// A text for every field.
fn texts() -> impl Strategy<Value = Vec<(Field, Awkward)>> {
    let strategies: Vec<BoxedStrategy<(Field, Awkward)>> = fields()
        .into_iter()
        .map(|field| {
            let any = if field.secrets == Secrets::Allowed { text_with_secrets().boxed() } else { text().boxed() };
            let blank =
                move |text: Awkward| if field.ends == Ends::Trimmed && text.is_blank() { "x".into() } else { text };
            any.prop_map(move |text| (field, blank(text))).boxed()
        })
        .collect();
    strategies
}

#[test]
fn every_marker_has_a_field_and_every_field_a_marker() {
    let mut markers: Vec<String> = Vec::new();
    for (name, flowgroup) in FLOWGROUPS {
        for part in flowgroup.split('<').skip(1) {
            markers.push(format!("{name}.{}", part.split_once('>').unwrap().0));
        }
    }
    let mut fields: Vec<String> =
        fields().iter().map(|field| format!("{}.{}", field.flowgroup, field.marker)).collect();
    markers.sort();
    fields.sort();
    assert_eq!(markers, fields);
}

#[test]
fn any_text_in_any_field_reaches_python_unchanged() {
    let config = ProptestConfig { cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() };
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
        let all: Vec<(Field, Awkward)> = fields()
            .into_iter()
            .map(|field| {
                let text = Awkward::from(hard);
                (field, if field.ends == Ends::Trimmed && text.is_blank() { "x".into() } else { text })
            })
            .collect();
        check(&all);
    }
}
