//! The built program from the outside: exit codes, streams, options, and what it does to the disk.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use assert_cmd::Command;
use support::project::{Project, Run, lhp};

const SETTINGS: &str = "name: shop\nversion: \"1.0\"\n";
const TOKENS: &str = "dev:\n  catalog: dev_catalog\nprod:\n  catalog: prod_catalog\n";

/// A flowgroup that copies a table of its own name.
fn flowgroup(pipeline: &str, name: &str) -> String {
    format!(
        "pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    source: {{type: delta, catalog: \"${{catalog}}\", schema: sales, table: {name}}}
    target: v_{name}
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: streaming_table, catalog: \"${{catalog}}\", schema: bronze, table: {name}}}
"
    )
}

/// A project with two pipelines of one flowgroup each.
fn shop() -> Project {
    let project = Project::new(&[("lhp.yaml", SETTINGS), ("substitutions/dev.yaml", TOKENS)]);
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders"));
    project.write("pipelines/refunds.yaml", flowgroup("money", "refunds"));
    project
}

/// Like [`shop`], with the warning that one file uses the old form of tokens.
fn shop_with_warning() -> Project {
    let project = shop();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("${catalog}", "{catalog}"));
    project
}

const BOTH: [&str; 2] = ["money/refunds.py", "raw/orders.py"];

// Exit codes and streams

#[test]
fn the_version_stands_alone_on_standard_output() {
    let outside = tempfile::tempdir().unwrap();
    let run = Run::of(lhp(&["--version"]).current_dir(outside.path())).exits(0);
    assert_eq!(run.stdout, format!("{}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run.stderr, "");
}

#[test]
fn without_a_command_help_goes_to_standard_output_and_the_exit_code_is_2() {
    for arguments in [&[][..], &["list"]] {
        let run = Run::of(&mut lhp(arguments)).exits(2);
        assert!(run.stdout.contains("Usage: lhp"), "{}", run.stdout);
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn help_is_a_success() {
    for arguments in [&["--help"][..], &["generate", "--help"], &["list", "presets", "-h"]] {
        let run = Run::of(&mut lhp(arguments)).exits(0);
        assert!(run.stdout.contains("Usage: lhp"), "{}", run.stdout);
    }
}

#[test]
fn wrong_usage_exits_with_2_and_changes_nothing() {
    let project = shop();
    let before = project.files("");
    for arguments in [
        &["nonsense"][..],
        &["generate"],
        &["generate", "-e"],
        &["generate", "-e", "dev", "--nonsense"],
        &["validate", "--max-workers", "0"],
        &["validate", "--max-workers", "two"],
        &["validate", "--sandbox", "-p", "raw"],
        &["list", "nonsense"],
        &["schema", "nonsense"],
        &["completions", "nonsense"],
        &["validate", "-v"],
    ] {
        let run = project.run(arguments).exits(2);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    assert_eq!(project.files(""), before);
}

#[test]
fn no_project_is_a_finding() {
    let outside = Project::new(&[("notes.txt", "")]);
    for arguments in
        [&["generate", "-e", "dev"][..], &["validate"], &["diff"], &["list", "presets"], &["substitutions"]]
    {
        let run = outside.run(arguments).exits(1);
        assert!(run.stderr.contains("error[LHP-CFG-011/no-project]"), "{}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    assert_eq!(outside.paths(""), ["notes.txt"]);
}

#[test]
fn a_project_is_found_from_a_directory_inside_it() {
    let project = shop();
    let run = Run::of(project.command(&["generate", "-e", "dev"]).current_dir(project.path("pipelines"))).exits(0);
    assert!(run.stderr.contains("2 pipelines generated · 2 files"), "{}", run.stderr);
    assert_eq!(project.generated("generated/dev"), BOTH);
}

#[test]
fn a_directory_can_be_named_instead_of_entered() {
    let project = shop();
    let outside = tempfile::tempdir().unwrap();
    let root = project.root().to_str().unwrap();
    Run::of(lhp(&["-C", root, "generate", "-e", "dev"]).current_dir(outside.path())).exits(0);
    assert_eq!(project.generated("generated/dev"), BOTH);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);

    let run = Run::of(&mut lhp(&["-C", &format!("{root}/nowhere"), "validate"])).exits(1);
    assert!(run.stderr.contains("error[LHP-IO-001/missing-directory]"), "{}", run.stderr);
}

// generate

#[test]
fn generate_writes_one_module_for_each_flowgroup_and_nothing_else() {
    let project = shop();
    let before = project.paths("");
    let run = project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.timeless(),
        "✓ discover\n✓ preflight\n✓ generate\n✓ write\n✓ money  1 file\n✓ raw  1 file\n2 pipelines generated · 2 files\n"
    );
    assert_eq!(project.generated("generated/dev"), BOTH);
    let mut expected = before;
    expected.extend(BOTH.iter().map(|path| format!("generated/dev/{path}")));
    expected.sort();
    assert_eq!(project.generated(""), expected);
}

#[test]
fn each_environment_has_its_own_directory() {
    let project = shop();
    project.write("substitutions/prod.yaml", TOKENS);
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.run(&["generate", "-e", "prod"]).exits(0);
    assert!(project.read("generated/dev/raw/orders.py").contains("dev_catalog.bronze.orders"));
    assert!(project.read("generated/prod/raw/orders.py").contains("prod_catalog.bronze.orders"));
}

#[test]
fn files_that_are_no_longer_planned_are_removed_with_their_directories() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.remove("pipelines/refunds.yaml");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("generated/dev"), ["raw/orders.py"]);
    assert!(!project.path("generated/dev/money").exists());
}

#[test]
fn files_that_lhp_does_not_generate_are_kept() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.write("generated/dev/money/notes.txt", "mine");
    project.write("generated/dev/README.md", "mine");
    project.remove("pipelines/refunds.yaml");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("generated/dev"), ["README.md", "money/notes.txt", "raw/orders.py"]);
}

#[test]
fn one_pipeline_can_be_generated_and_the_others_stay() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let refunds = project.read("generated/dev/money/refunds.py");
    project.write("generated/dev/raw/old.py", "# Generated by lhp - do not edit\n");
    project.write("pipelines/refunds.yaml", flowgroup("money", "chargebacks"));
    let run = project.run(&["generate", "-e", "dev", "-p", "raw"]).exits(0);
    assert!(run.stderr.contains("1 pipeline generated · 1 file"), "{}", run.stderr);
    assert_eq!(project.generated("generated/dev"), BOTH);
    assert_eq!(project.read("generated/dev/money/refunds.py"), refunds);
}

#[test]
fn an_unknown_pipeline_is_an_error_and_removes_nothing() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let before = project.files("");
    for command in ["generate", "validate", "diff"] {
        let run = project.run(&[command, "-e", "dev", "-p", "row"]).exits(1);
        assert!(run.stderr.contains("error[LHP-VAL-901/unknown-pipeline]"), "{}", run.stderr);
        assert!(run.stderr.contains("help: did you mean `raw`?"), "{}", run.stderr);
        let run = project.run(&[command, "-e", "dev", "-p", "other"]).exits(1);
        assert!(run.stderr.contains("help: pipelines of this project: money, raw"), "{}", run.stderr);
    }
    assert_eq!(project.files(""), before);
}

#[test]
fn the_output_can_go_to_a_directory_of_its_own() {
    let project = shop();
    project.run(&["generate", "-e", "dev", "-o", "build/python"]).exits(0);
    assert_eq!(project.generated("build/python"), BOTH);
    assert!(!project.path("generated").exists());
}

#[test]
fn a_directory_with_sources_is_never_an_output() {
    let project = shop();
    let before = project.files("");
    for output in ["pipelines", ".", "..", "./pipelines/..", "pipelines/bronze", "substitutions", ".lhp", "lhp.yaml"] {
        let run = project.run(&["generate", "-e", "dev", "-o", output]).exits(1);
        assert!(run.stderr.contains("error[LHP-IO-030/"), "-o {output}: {}", run.stderr);
        assert_eq!(project.files(""), before, "-o {output}");
    }
}

#[test]
fn what_else_lies_in_a_named_output_is_kept() {
    let project = shop();
    for path in ["notes/plan.txt", "notes/raw/mine.py", "notes/mine.py"] {
        project.write(path, "mine");
    }
    project.run(&["generate", "-e", "dev", "-o", "notes"]).exits(0);
    project.remove("pipelines/refunds.yaml");
    project.run(&["generate", "-e", "dev", "-o", "notes"]).exits(0);
    assert_eq!(project.generated("notes"), ["mine.py", "plan.txt", "raw/mine.py", "raw/orders.py"]);
}

#[test]
fn an_environment_cannot_name_another_directory() {
    let project = shop();
    let before = project.files("");
    for environment in ["..", "../pipelines", "a/b", "a\\b", "", " ", "a\nb", "\u{1b}[31m"] {
        for command in ["generate", "validate", "diff", "substitutions"] {
            let run = project.run(&[command, "-e", environment]).exits(1);
            assert_eq!(run.stderr.matches("\nerror[").count(), usize::from(!run.stderr.starts_with("error[")));
            assert!(
                run.stderr.contains("error[LHP-CFG-086/unsafe-name]"),
                "{command} -e {environment}: {}",
                run.stderr
            );
            assert!(!run.stderr.contains('\u{1b}') && run.stdout.is_empty(), "{:?}", run.stderr);
            assert_eq!(project.files(""), before, "-e {environment}");
        }
    }
}

#[test]
fn python_can_be_left_unformatted() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let formatted = project.read("generated/dev/raw/orders.py");
    project.run(&["generate", "-e", "dev", "--no-format"]).exits(0);
    let plain = project.read("generated/dev/raw/orders.py");
    assert_ne!(plain, formatted);
    assert_eq!(lhp::emit::python::parse_and_format(&plain).unwrap(), formatted);
    project.run(&["diff", "--exit-code"]).exits(1);
    project.run(&["diff", "--exit-code", "--no-format"]).exits(0);

    project.write("lhp.yaml", format!("{SETTINGS}apply_formatting: false\n"));
    project.run(&["diff", "--exit-code"]).exits(0);
}

#[test]
fn any_number_of_workers_is_accepted_by_generate() {
    let project = shop();
    for workers in ["1", "0", "-3", "7"] {
        project.run(&["generate", "-e", "dev", "--max-workers", workers]).exits(0);
    }
    let run = Run::of(project.command(&["generate", "-e", "dev"]).env("LHP_MAX_WORKERS", "many")).exits(0);
    assert!(run.stderr.starts_with("WARNING: LHP_MAX_WORKERS is `many`"), "{}", run.stderr);
}

#[test]
fn a_pipeline_config_is_found_before_anything_else() {
    let project = shop();
    for option in ["-pc", "--pipeline-config"] {
        let run = project.run(&["generate", "-e", "dev", option, "config/pipelines.yaml"]).exits(1);
        assert!(run.stderr.starts_with("error[LHP-IO-001/missing-pipeline-config]"), "{}", run.stderr);
        assert!(!project.path("generated").exists());
    }
    project.write("config/pipelines.yaml", "project_defaults: [\n");
    for command in ["generate", "validate"] {
        let run = project.run(&[command, "-e", "dev", "-pc", "config/pipelines.yaml"]).exits(1);
        assert!(run.stderr.starts_with("error[LHP-CFG-009/yaml-syntax]"), "{}", run.stderr);
        assert!(run.stderr.contains(",-[config/pipelines.yaml:"), "{}", run.stderr);
        let run = project.run(&[command, "-e", "dev", "-pc", "config"]).exits(1);
        assert!(run.stderr.contains("`config` is a directory, not a file"), "{}", run.stderr);
    }
    project.write("config/pipelines.yaml", "project_defaults:\n  serverless: true\n");
    for command in ["generate", "validate"] {
        project.run(&[command, "-e", "dev", "-pc", "config/pipelines.yaml"]).exits(0);
    }
}

#[test]
fn a_project_without_flowgroups_is_valid_but_cannot_be_generated() {
    let project = Project::new(&[("lhp.yaml", SETTINGS)]);
    let run = project.run(&["validate"]).exits(0);
    assert!(run.timeless().ends_with("0 validated\n"), "{}", run.stderr);
    project.run(&["diff", "--exit-code"]).exits(0);
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-CFG-014/empty-project]"), "{}", run.stderr);
    assert_eq!(project.paths(""), ["lhp.yaml"]);
}

// validate

#[test]
fn validate_writes_nothing() {
    let project = shop();
    let before = project.files("");
    let run = project.run(&["validate"]).exits(0);
    assert_eq!(run.stdout, "");
    assert_eq!(run.timeless(), "✓ discover\n✓ preflight\n✓ validate\n✓ money  0 files\n✓ raw  0 files\n2 validated\n");
    assert_eq!(project.files(""), before);
}

#[test]
fn validate_reports_every_faulty_file() {
    let project = shop();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    project.write("pipelines/refunds.yaml", "pipeline: money\nflowgroup: [refunds\n");
    let run = project.run(&["validate"]).exits(1);
    for title in ["error[LHP-VAL-007/unknown-sub-type]", "error[LHP-CFG-009/yaml-syntax]"] {
        assert!(run.stderr.contains(title), "{title}:\n{}", run.stderr);
    }
    assert!(run.stderr.ends_with("2 errors\n"), "{}", run.stderr);
}

// Warnings

#[test]
fn warnings_are_grouped_unless_details_are_wanted() {
    let project = shop_with_warning();
    let run = project.run(&["validate"]).exits(0);
    assert!(run.stderr.contains("⚠ 1 warning (1 type) — run with --show-details to list\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("pipelines/orders.yaml"), "{}", run.stderr);
    for option in ["-s", "--show-details"] {
        let run = project.run(&["validate", option]).exits(0);
        assert!(run.stderr.contains("warning[LHP-DEPR-001/bare-token]"), "{}", run.stderr);
        assert!(run.stderr.contains("pipelines/orders.yaml:6:37"), "{}", run.stderr);
    }
}

#[test]
fn strict_runs_fail_on_warnings_and_say_why() {
    let project = shop_with_warning();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let run = project.run(&["validate", "--strict"]).exits(1);
    assert!(run.stderr.contains("warnings count as errors because of --strict"), "{}", run.stderr);
    project.remove("generated/dev/raw/orders.py");
    project.run(&["generate", "-e", "dev", "--strict"]).exits(1);
    assert_eq!(project.generated("generated/dev"), BOTH, "warnings never keep files from being written");
    shop().run(&["generate", "-e", "dev", "--strict"]).exits(0);
}

#[test]
fn advice_does_not_make_strict_runs_fail() {
    let project = shop();
    project.write("pipelines/orders.yaml", format!("{}colour: red\n", flowgroup("raw", "orders")));
    let run = project.run(&["validate", "--strict"]).exits(0);
    assert!(run.stderr.contains("ℹ 1 remark (1 type)"), "{}", run.stderr);
}

#[test]
fn a_bundle_whose_resources_are_left_alone_is_a_warning() {
    let project = shop();
    project.write("databricks.yml", "bundle:\n  name: shop\n");
    let run = project.run(&["generate", "-e", "dev", "-s"]).exits(0);
    assert!(run.stderr.contains("warning[LHP-CFG-087/bundle-not-synced]"), "{}", run.stderr);
    project.run(&["validate", "--strict"]).exits(1);
    project.run(&["generate", "-e", "dev", "--no-bundle", "--strict"]).exits(0);
}

#[test]
fn another_version_can_be_ignored_but_not_silently() {
    let project = shop();
    project.write("lhp.yaml", format!("{SETTINGS}required_lhp_version: \"<0.5\"\n"));
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-CFG-007/version-refused]"), "{}", run.stderr);
    for value in ["1", "true", "YES"] {
        let run = Run::of(project.command(&["validate"]).env("LHP_IGNORE_VERSION", value)).exits(0);
        assert!(run.stderr.starts_with("WARNING: LHP_IGNORE_VERSION is set"), "{}", run.stderr);
    }
    Run::of(project.command(&["validate"]).env("LHP_IGNORE_VERSION", "0")).exits(1);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let project = shop_with_warning();
    let run = |variables: &[(&str, &str)]| {
        let mut command: Command = project.command(&["validate"]);
        variables.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        Run::of(&mut command).exits(0).stderr
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(run(&[("FORCE_COLOR", "1")]).contains('\u{1b}'));
    assert!(!run(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}

// diff

#[test]
fn diff_tells_what_generate_would_do_and_does_nothing() {
    let project = shop();
    let run = project.run(&["diff"]).exits(0);
    assert_eq!(run.stdout, "+ would-create  money/refunds.py\n+ would-create  raw/orders.py\n");
    project.run(&["diff", "--exit-code"]).exits(1);
    assert!(!project.path("generated").exists());

    project.run(&["generate", "-e", "dev"]).exits(0);
    let run = project.run(&["diff", "--exit-code"]).exits(0);
    assert!(run.stdout.starts_with("No changes"), "{}", run.stdout);

    project.write("pipelines/refunds.yaml", flowgroup("money", "chargebacks"));
    project.write(
        "pipelines/orders.yaml",
        flowgroup("raw", "orders").replace("table: orders}\n    target", "table: sales}\n    target"),
    );
    let before = project.files("");
    let run = project.run(&["diff", "--exit-code"]).exits(1);
    assert_eq!(
        run.stdout,
        "+ would-create  money/chargebacks.py\n~ modified  raw/orders.py\n- orphan  money/refunds.py\n"
    );
    let run = project.run(&["diff", "-s"]).exits(0);
    assert!(run.stdout.contains("--- raw/orders.py (on disk)\n+++ raw/orders.py (planned)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\n+    df = spark.read.table(\"dev_catalog.sales.sales\")\n"), "{}", run.stdout);
    let run = project.run(&["diff", "-p", "raw"]).exits(0);
    assert_eq!(run.stdout, "~ modified  raw/orders.py\n");
    assert_eq!(project.files(""), before);
}

#[test]
fn diff_of_a_faulty_project_shows_the_fault() {
    let project = shop();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    let run = project.run(&["diff"]).exits(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("error[LHP-VAL-007/unknown-sub-type]"), "{}", run.stderr);
}

// Logs

#[test]
fn what_is_told_can_be_logged() {
    let project = shop();
    project.run(&["--log-file", "generate", "-e", "dev"]).exits(0);
    let log = project.read(".lhp/logs/lhp.log");
    assert!(log.contains("2 pipelines generated"), "{log}");
    let run = project.run(&["-v", "generate", "-e", "dev"]).exits(0);
    assert!(run.stderr.contains("DEBUG: 0 files written, 2 unchanged, 0 removed"), "{}", run.stderr);
}
