//! `lhp validate` on a part of a project, on text that was not saved, and on all environments.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run, lhp};

/// A flowgroup with a token, which writes into a table of its own.
fn flowgroup(name: &str, token: &str) -> String {
    format!(
        "pipeline: raw\nflowgroup: {name}\npresets: [base]\nactions:\n  - name: load_{name}\n    type: load\n    \
         source: {{type: delta, catalog: \"${{{token}}}\", schema: s, table: {name}}}\n    target: v_{name}\n  \
         - name: write_{name}\n    type: write\n    source: v_{name}\n    \
         write_target: {{type: streaming_table, catalog: c, schema: bronze, table: {name}}}\n"
    )
}

/// A project in which `broken.yaml` uses a token without a value.
fn project() -> Project {
    Project::new(&[
        ("lhp.yaml", "name: shop\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev:\n  catalog: dev_catalog\n"),
        ("presets/base.yaml", "name: base\nversion: \"1.0\"\n"),
        ("pipelines/good/orders.yaml", &flowgroup("orders", "catalog")),
        ("pipelines/bad/broken.yaml", &flowgroup("broken", "catalgo")),
    ])
}

fn reports_broken(run: &Run) -> bool {
    run.stderr.contains("error[LHP-CFG-010/unresolved-token]") && run.stderr.contains("pipelines/bad/broken.yaml:7:")
}

#[test]
fn only_the_named_files_are_checked() {
    let project = project();
    let run = project.run(&["validate", "pipelines/good/orders.yaml"]).exits(0);
    assert!(run.stderr.contains("1 validated"), "{}", run.stderr);
    let run = project.run(&["validate", "pipelines/bad/broken.yaml", "pipelines/good/orders.yaml"]).exits(1);
    assert!(reports_broken(&run), "{}", run.stderr);
}

#[test]
fn a_directory_stands_for_its_files() {
    let project = project();
    project.run(&["validate", "pipelines/good"]).exits(0);
    assert!(reports_broken(&project.run(&["validate", "pipelines/bad"]).exits(1)));
    assert!(reports_broken(&project.run(&["validate", "pipelines"]).exits(1)));
    assert!(reports_broken(&project.run(&["validate", "."]).exits(1)));
}

#[test]
fn what_flowgroups_build_on_touches_the_whole_project() {
    let project = project();
    project.write("sql/a.sql", "SELECT 1");
    for path in ["presets/base.yaml", "presets", "lhp.yaml", "substitutions/dev.yaml", "sql/a.sql"] {
        let run = project.run(&["validate", path, "pipelines/good/orders.yaml"]).exits(1);
        assert!(reports_broken(&run), "{path}: {}", run.stderr);
    }
}

#[test]
fn files_that_no_flowgroup_is_built_on_are_left_out() {
    let project = project();
    for path in ["README.md", "generated/dev/raw/orders.py", ".github/workflows/ci.yaml"] {
        project.write(path, "name: x\n");
        let run = project.run(&["validate", path, "pipelines/good/orders.yaml"]).exits(0);
        assert!(run.stderr.contains("1 validated"), "{path}: {}", run.stderr);
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("a.yaml");
    std::fs::write(&path, "a: 1\n").unwrap();
    let run = project.run(&["validate", path.to_str().unwrap()]).exits(0);
    assert_eq!(run.stderr, "none of these files belongs to the project\n");
}

#[test]
fn the_creator_of_a_table_may_be_in_a_file_that_is_not_checked() {
    let project = project();
    let appending = flowgroup("late", "catalog").replace("table: late}\n", "table: orders, create_table: false}\n");
    let appending = appending.replacen("table: orders, create_table: false", "table: late", 1);
    project.write("pipelines/good/late.yaml", &appending);
    assert!(appending.contains("create_table: false"), "{appending}");
    project.run(&["validate", "pipelines/good/late.yaml"]).exits(0);
    project.remove("pipelines/good/orders.yaml");
    project.remove("pipelines/bad/broken.yaml");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("LHP-VAL-009/no-creator"), "{}", run.stderr);
}

#[test]
fn a_missing_file_is_an_error() {
    let run = project().run(&["validate", "pipelines/none.yaml"]).exits(1);
    assert!(run.stderr.contains("error[LHP-IO-001/missing-file]: file `pipelines/none.yaml` does not exist"));
}

#[test]
fn the_project_is_found_from_the_file() {
    let project = project();
    let file = project.path("pipelines/bad/broken.yaml");
    let run = Run::of(lhp(&["validate", file.to_str().unwrap()]).current_dir("/")).exits(1);
    assert!(reports_broken(&run), "{}", run.stderr);
}

#[test]
fn text_that_was_not_saved_is_read_from_standard_input() {
    let project = project();
    let check =
        |path: &str, text: String| Run::of(project.command(&["validate", "--stdin-filename", path]).write_stdin(text));
    let run = check("pipelines/good/orders.yaml", flowgroup("orders", "catlog")).exits(1);
    assert!(run.stderr.contains("pipelines/good/orders.yaml:7:"), "{}", run.stderr);
    check("pipelines/bad/broken.yaml", flowgroup("broken", "catalog")).exits(0);
    check("pipelines/good/new.yaml", flowgroup("new", "catalog")).exits(0);
    let run = check("substitutions/dev.yaml", "dev: {catalog: a, catalgo: b}\n".to_owned()).exits(0);
    assert!(run.stderr.contains("1 validated"), "{}", run.stderr);
    let run = Run::of(
        project
            .command(&["validate", "--stdin-filename", "pipelines/good/orders.yaml"])
            .write_stdin(b"a: \xff".to_vec()),
    )
    .exits(1);
    assert!(run.stderr.contains("is not UTF-8"), "{}", run.stderr);
    let huge = vec![b' '; usize::try_from(lhp::source::MAX_FILE_BYTES).unwrap() + 1];
    let run =
        Run::of(project.command(&["validate", "--stdin-filename", "pipelines/good/orders.yaml"]).write_stdin(huge))
            .exits(1);
    assert!(run.stderr.contains("are refused"), "{}", run.stderr);
}

#[test]
fn all_environments_are_checked_and_compared() {
    let project = project();
    project.write("pipelines/bad/broken.yaml", flowgroup("broken", "region"));
    project.write("substitutions/dev.yaml", "dev:\n  catalog: dev\n  region: eu\n  left_over: 1\n");
    project.write("substitutions/prod.yaml", "prod:\n  catalog: prod\n");
    let run = project.run(&["validate", "--all-envs", "-s"]).exits(1);
    for part in [
        "✓ dev  1 validated, 0 failed\n",
        "✗ prod  0 validated, 1 failed\n",
        "token `region` has no value in environment `prod`",
        "warning[LHP-CFG-092/token-sets-differ]: token `region` is defined for `dev`, but not for `prod`",
        "substitutions/dev.yaml:3:11",
        "advice[LHP-CFG-092/unused-token]: no file of the project uses token `left_over`",
        "help: add `region: …` to `substitutions/prod.yaml`, or remove it here",
    ] {
        assert!(run.stderr.contains(part), "{part} in\n{}", run.stderr);
    }
    project.write("substitutions/prod.yaml", "prod:\n  catalog: prod\n  region: us\n  left_over: 1\n");
    project.run(&["validate", "--all-envs", "--strict"]).exits(0);
}

#[test]
fn a_fault_of_every_environment_is_reported_once() {
    let project = project();
    project.write("substitutions/prod.yaml", "prod:\n  catalog: prod\n");
    project.write(
        "pipelines/bad/broken.yaml",
        flowgroup("broken", "catalog").replace("presets: [base]", "presets: [bas]"),
    );
    let run = project.run(&["validate", "--all-envs"]).exits(1);
    assert_eq!(run.stderr.matches("error[LHP-ACT-001/unknown-preset]: there is no preset `bas`\n").count(), 1);
    assert!(!run.stderr.contains("(environment"), "{}", run.stderr);
}
