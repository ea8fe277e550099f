//! `lhp fix`: one directory in `fixtures/fix/` per case, with the files before it and those that it changes.
//!
//! A case lies over `fixtures/fix/project`. Adding a case means adding a directory with `before/` in it; with
//! `UPDATE_FIXTURES=1` the test writes `after/`. Read what it wrote.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lhp::compile::{Compilation, CompileOptions, Formatting, compile};
use lhp::expand::Tests;
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Severity, Timings};
use lhp::source::SourceMap;
use support::project::{Project, tree};
use support::{copy_tree, package};

const CASES: &str = "fixtures/fix";
const ENVIRONMENTS: [&str; 2] = ["dev", "prod"];
/// Cases in which what is to be fixed is an error.
const BROKEN: [&str; 3] = ["delta_keys", "delta_keys-refused", "option_prefix"];

fn cases() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(package().join(CASES))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "project")
        .collect();
    names.sort();
    assert!(names.len() > 10);
    names
}

/// The project of a case before it is fixed.
fn project(case: &str) -> Project {
    let project = Project::copy(&format!("{CASES}/project"));
    copy_tree(&package().join(CASES).join(case).join("before"), project.root());
    project
}

/// The files that differ, as they are afterwards.
fn changed(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    assert!(before.keys().eq(after.keys()), "no file comes or goes");
    let differs = after.iter().filter(|(path, content)| before.get(*path) != Some(content));
    differs.map(|(path, content)| (path.clone(), String::from_utf8(content.clone()).unwrap())).collect()
}

fn compiled(root: &Path, environment: &str) -> Compilation {
    let options = CompileOptions {
        project: ProjectOptions { environment: environment.to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        formatting: Formatting::Off,
        ..CompileOptions::default()
    };
    let sources = Arc::new(SourceMap::new(root));
    compile(&sources, &Table::built_in(), &options, &Progress::hidden(), &Timings::off())
}

/// Every file that the project generates, without errors.
fn generated(root: &Path, environment: &str) -> Option<BTreeMap<String, String>> {
    let compilation = compiled(root, environment);
    let files = compilation.plan.trees.into_iter().flat_map(|tree| tree.files);
    let text = |content: Vec<u8>| String::from_utf8(content).unwrap();
    (!compilation.report.has_errors()).then(|| files.map(|file| (file.path, text(file.content))).collect())
}

/// A Python text in which neighbouring `.option(…)` lines are sorted.
fn with_sorted_options(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|left, right| [left, right].iter().all(|line| line.trim().starts_with(".option("))) {
        run.sort_unstable();
    }
    lines.join("\n")
}

/// Fixes a project and asserts what every fix must keep: the generated files, and that there is nothing left to do.
fn fixed(project: &Project, case: &str) -> BTreeMap<String, String> {
    let before = project.files("");
    let plans = ENVIRONMENTS.map(|environment| generated(project.root(), environment));
    assert_eq!(plans.iter().all(Option::is_none), BROKEN.contains(&case), "{case} has errors where it should");
    let errors = ENVIRONMENTS.map(|environment| compiled(project.root(), environment).report.count(Severity::Error));

    let preview = project.run(&["fix", "--dry-run"]).exits(0);
    assert_eq!(project.files(""), before, "{case}: --dry-run writes nothing");
    project.run(&["fix"]).exits(0);
    let after = project.files("");
    let changes = changed(&before, &after);
    for path in changes.keys() {
        assert!(preview.stdout.contains(&format!("+++ b/{path}\n")), "{case}: {path} is in the preview");
    }
    for ((environment, plan), errors) in ENVIRONMENTS.into_iter().zip(&plans).zip(errors) {
        let now = compiled(project.root(), environment).report.count(Severity::Error);
        assert!(now <= errors, "{case}: no errors are added in {environment}");
        let Some(expected) = plan else { continue };
        let found =
            generated(project.root(), environment).unwrap_or_else(|| panic!("{case} compiles in {environment}"));
        let sorted = |files: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            files.iter().map(|(path, text)| (path.clone(), with_sorted_options(text))).collect()
        };
        assert_eq!(sorted(&found), sorted(expected), "{case} generates the same in {environment}");
    }
    project.run(&["fix", "--exit-code"]).exits(0);
    assert_eq!(project.files(""), after, "{case}: a second run changes nothing");
    changes
}

#[test]
fn every_case_becomes_what_it_should() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/fix"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for case in cases() {
        let shown = project(&case).run(&["fix"]).exits(0);
        settings.bind(|| insta::assert_snapshot!(case.as_str(), format!("{}{}", shown.stdout, shown.stderr)));
        let changes = fixed(&project(&case), &case);
        let place = package().join(CASES).join(&case).join("after");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            let _ = fs::remove_dir_all(&place);
            for (path, text) in &changes {
                fs::create_dir_all(place.join(path).parent().unwrap()).unwrap();
                fs::write(place.join(path), text).unwrap();
            }
        }
        let expected: BTreeMap<String, String> = tree(&place)
            .into_iter()
            .filter(|(path, _)| !path.ends_with('/'))
            .map(|(path, content)| (path, String::from_utf8(content).unwrap()))
            .collect();
        assert_eq!(changes, expected, "{case}");
    }
}

#[test]
fn line_endings_and_byte_order_marks_stay() {
    let dressed = |text: &str, mark: &str| format!("{mark}{}", text.replace('\n', "\r\n"));
    for case in cases() {
        for mark in ["", "\u{feff}"] {
            let project = project(&case);
            let files = project.files("");
            for (path, content) in &files {
                let mark = if path.ends_with(".yaml") { mark } else { "" };
                if !path.ends_with('/') {
                    project.write(path, dressed(std::str::from_utf8(content).unwrap(), mark));
                }
            }
            project.run(&["fix"]).exits(0);
            for (path, content) in tree(&package().join(CASES).join(&case).join("after")) {
                let mark = if path.ends_with(".yaml") { mark } else { "" };
                if !path.ends_with('/') {
                    assert_eq!(
                        project.read(&path),
                        dressed(std::str::from_utf8(&content).unwrap(), mark),
                        "{case} {path}"
                    );
                }
            }
        }
    }
}

/// YAML and SQL with the old form of tokens, where the text shows a token.
fn with_bare_tokens(text: &str) -> String {
    let mut old = String::new();
    for line in text.split_inclusive('\n') {
        // Without quotes a brace at the start of a value would be a mapping.
        let safe = line.contains(['"', '\'']) || !line.contains(": $") || text.contains("SELECT");
        let comment = line.trim_start().starts_with('#');
        let secret = line.contains("${secret");
        let line = if safe && !comment && !secret { line.replace("${", "{") } else { line.to_owned() };
        old.push_str(&line);
    }
    old
}

#[test]
fn fixing_undoes_what_made_a_project_old() {
    for name in ["coffee_shop", "energy_grid", "hospital"] {
        let project = Project::copy(&format!("fixtures/projects/{name}"));
        let modern = project.files("");
        let run = project.run(&["fix"]).exits(0);
        assert_eq!(run.stdout, "", "{name} is modern: {}", run.stderr);
        assert_eq!(project.files(""), modern);
        let expected = generated(project.root(), "dev").unwrap();

        let old = modern.iter().filter(|(path, _)| {
            path.ends_with(".yaml") && ["pipelines/", "presets/", "templates/"].iter().any(|top| path.starts_with(top))
        });
        let mut changed = 0;
        for (path, content) in old {
            let old = with_bare_tokens(std::str::from_utf8(content).unwrap());
            changed += usize::from(old.as_bytes() != content.as_slice());
            project.write(path, old);
        }
        assert!(changed > 2, "{name} uses tokens");
        assert_eq!(generated(project.root(), "dev").as_ref(), Some(&expected), "{name}: the old form means the same");
        let run = project.run(&["fix"]).exits(0);
        assert_eq!(project.files(""), modern, "{name}: {}{}", run.stdout, run.stderr);
    }
}

const LOAD: &str = "\
pipeline: p
flowgroup: f
actions:
  - name: l
    type: load
    source: {type: delta, catalog: \"{catalog}\", schema: s, table: t}
    target: v
  - name: w
    type: write
    source: v
    write_target: {type: streaming_table, catalog: \"{catalog}\", schema: s, table: t}
";

/// A project with the same outdated flowgroup in two files.
fn two_files() -> Project {
    let tokens = "dev:\n  catalog: main\n";
    Project::new(&[
        ("lhp.yaml", "name: p\n"),
        ("substitutions/dev.yaml", tokens),
        ("pipelines/a/one.yaml", LOAD),
        ("pipelines/b/two.yaml", &LOAD.replace("flowgroup: f", "flowgroup: g")),
    ])
}

#[test]
fn a_preview_is_a_diff_and_only_exit_code_makes_it_fail() {
    let project = two_files();
    let run = project.run(&["fix", "--dry-run"]).exits(0);
    assert!(run.stdout.starts_with("--- a/pipelines/a/one.yaml\n+++ b/pipelines/a/one.yaml\n@@ -3,9 +3,9 @@\n"));
    assert!(run.stdout.contains("\n+    source: {type: delta, catalog: \"${catalog}\", schema: s, table: t}\n"));
    assert!(run.stderr.ends_with("4 places would be fixed in 2 files\n"), "{}", run.stderr);
    project.run(&["fix", "--dry-run", "--exit-code"]).exits(1);
    project.run(&["fix", "--exit-code"]).exits(1);
    let run = project.run(&["fix", "--dry-run", "--exit-code"]).exits(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "nothing to fix\n"));
}

#[test]
fn files_and_directories_limit_the_edits() {
    let project = two_files();
    let run = project.run(&["fix", "pipelines/b"]).exits(0);
    assert_eq!(run.stdout, "~ fixed  pipelines/b/two.yaml  2 places\n  bare-token  ×2\n");
    assert_eq!(project.read("pipelines/a/one.yaml"), LOAD);

    let mut below = project.command(&["fix", "one.yaml", "../../lhp.yaml"]);
    below.current_dir(project.path("pipelines/a"));
    assert!(support::project::Run::of(&mut below).exits(0).stdout.contains("pipelines/a/one.yaml"));

    let run = project.run(&["fix", "pipelines/c.yaml"]).exits(1);
    assert!(run.stderr.contains("`pipelines/c.yaml` does not exist"), "{}", run.stderr);
}

#[test]
fn environments_can_be_left_out_of_account() {
    let project = two_files();
    project.write("substitutions/prod.yaml", "prod: {}\n");
    let run = project.run(&["fix"]).exits(0);
    assert!(run.stderr.contains("environment `prod` has no token `catalog`"), "{}", run.stderr);
    assert!(run.stderr.ends_with("nothing fixed · 4 places not fixed\n"), "{}", run.stderr);
    let run = project.run(&["fix", "-e", "dev"]).exits(0);
    assert!(run.stderr.ends_with("4 places fixed in 2 files\n"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_stays_and_does_not_stop_the_rest() {
    let project = two_files();
    let broken = "pipeline: \"{catalog}\nflowgroup: f\n";
    project.write("pipelines/a/one.yaml", broken);
    let run = project.run(&["fix"]).exits(0);
    assert!(run.stdout.starts_with("~ fixed  pipelines/b/two.yaml"), "{}{}", run.stdout, run.stderr);
    assert_eq!(project.read("pipelines/a/one.yaml"), broken);
}

#[test]
fn a_project_that_cannot_be_opened_is_refused() {
    let project = two_files();
    project.write("lhp.yaml", "name: [p\n");
    let run = project.run(&["fix"]).exits(1);
    assert!(run.stderr.contains("error[LHP-CFG-009/yaml-syntax]"), "{}", run.stderr);
    assert_eq!(project.read("pipelines/a/one.yaml"), LOAD);
}

#[test]
fn a_file_that_cannot_be_written_stops_everything() {
    let project = two_files();
    let path = project.path("pipelines/b/two.yaml");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let before = project.files("");
    let run = project.run(&["fix"]).exits(1);
    assert!(run.stderr.contains("pipelines/b/two.yaml`: permission denied"), "{}", run.stderr);
    assert_eq!(project.files(""), before);
}

#[cfg(unix)]
#[test]
fn files_behind_links_are_not_edited() {
    let project = two_files();
    let elsewhere = Project::new(&[("two.yaml", &project.read("pipelines/b/two.yaml"))]);
    project.remove("pipelines/b/two.yaml");
    std::os::unix::fs::symlink(elsewhere.path("two.yaml"), project.path("pipelines/b/two.yaml")).unwrap();
    let before = elsewhere.read("two.yaml");
    let run = project.run(&["fix"]).exits(0);
    assert!(run.stderr.contains("the path of this file leads through a link"), "{}", run.stderr);
    assert!(run.stdout.starts_with("~ fixed  pipelines/a/one.yaml"));
    assert_eq!(elsewhere.read("two.yaml"), before);
    assert!(fs::symlink_metadata(project.path("pipelines/b/two.yaml")).unwrap().is_symlink());
}
