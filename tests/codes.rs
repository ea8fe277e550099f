//! Codes are explained: every code of the reference tool is raised or its absence has a reason, every rule has a
//! page and a project that breaks it, and `docs/codes.md` is what `lhp explain --all` prints.
//!
//! `UPDATE_DOCS=1 cargo test --test codes` writes the page. Read the changes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use lhp::report::absent::{ABSENT, absent};
use lhp::report::{Rule, rules};
use support::package;
use support::project::{Run, lhp};

/// Rules that no directory of files can break, and the test that proves each, as `file::name`.
const WITHOUT_FIXTURE: &[(&str, &str)] = &[
    ("LHP-ACT-002/nothing-generated", "src/compile/module.rs::an_action_without_code_is_never_left_out_silently"),
    ("LHP-CFG-011/no-project", "tests/command_line.rs::no_project_is_a_finding"),
    ("LHP-CFG-031/internal-hook", "src/generator/hook/mod.rs::a_module_that_cannot_be_made_is_a_fault_of_the_program"),
    ("LHP-CFG-031/internal-template", "src/generator/context.rs::a_template_that_fails_is_a_fault_of_the_program"),
    ("LHP-CFG-087/bundle-not-synced", "tests/command_line.rs::a_bundle_whose_resources_are_left_alone_is_a_warning"),
    (
        "LHP-CFG-087/pipeline-config-not-used",
        "tests/faults_outside_files.rs::settings_of_pipelines_are_not_dropped_silently",
    ),
    ("LHP-CFG-088/not-available", "tests/faults_outside_files.rs::sandbox_mode_is_refused_rather_than_left_out"),
    ("LHP-CFG-092/token-sets-differ", "tests/validate_scope.rs::all_environments_are_checked_and_compared"),
    ("LHP-CFG-092/unused-token", "tests/validate_scope.rs::all_environments_are_checked_and_compared"),
    ("LHP-DEPR-005/not-rewritten", "tests/fix.rs::every_case_becomes_what_it_should"),
    ("LHP-GEN-902/internal", "src/cli/mod.rs::a_panic_is_reported_like_other_faults_and_has_an_exit_code_of_its_own"),
    ("LHP-IO-001/missing-directory", "tests/command_line.rs::a_directory_can_be_named_instead_of_entered"),
    ("LHP-IO-001/missing-pipeline-config", "tests/command_line.rs::a_pipeline_config_is_found_before_anything_else"),
    ("LHP-IO-002/unreadable-directory", "tests/odd_inputs.rs::a_directory_that_cannot_be_read_is_named"),
    ("LHP-IO-005/permission-denied", "src/project/file.rs::a_file_without_permission_has_a_rule_of_its_own"),
    ("LHP-IO-006/unknown-environment", "tests/faults_outside_files.rs::an_environment_without_a_file_is_remarked_on"),
    ("LHP-IO-030/file-not-ours", "tests/faults_outside_files.rs::a_file_of_somebody_else_is_not_replaced"),
    ("LHP-IO-030/output-not-ours", "tests/command_line.rs::a_directory_with_sources_is_never_an_output"),
    ("LHP-IO-031/cannot-write", "src/apply/tests/failure.rs::an_error_while_staging_leaves_the_disk_as_it_was"),
    ("LHP-IO-031/changed-meanwhile", "src/apply/rewrite.rs::a_file_that_changed_meanwhile_stops_everything"),
    ("LHP-IO-031/invalid-output-path", "src/apply/tests/failure.rs::nothing_is_written_if_a_path_is_not_allowed"),
    ("LHP-IO-031/path-in-the-way", "tests/faults_outside_files.rs::what_stands_in_the_way_is_named"),
    (
        "LHP-IO-032/damaged-manifest",
        "tests/odd_inputs.rs::a_damaged_list_of_generated_files_is_reported_and_nothing_is_removed_on_its_account",
    ),
    ("LHP-PLG-004/plugin-variable", "tests/plugins_discovery.rs::a_variable_that_is_no_list_is_an_error"),
    ("LHP-PLG-004/source-settings", "tests/plugins_readers.rs::settings_that_cannot_be_used_are_told_with_their_place"),
    ("LHP-PLG-010/source-action", "tests/plugins_readers.rs::settings_come_from_an_action_and_a_file"),
    ("LHP-PLG-005/golden-case", "tests/plugins_toolkit.rs::l_34_what_is_no_golden_case_is_told_with_its_place"),
    ("LHP-PLG-007/incomplete-plugin", "tests/plugins_toolkit.rs::l_33_what_users_would_miss_is_a_matter_of_pedantry"),
    ("LHP-PLG-007/unused-capability", "tests/plugins_toolkit.rs::l_33_what_nobody_can_use_is_remarked"),
    ("LHP-PLG-008/settings-not-edited", "tests/plugins_cli.rs::settings_that_cannot_be_edited_are_left_alone"),
    (
        "LHP-PLG-009/no-scaffold",
        "tests/plugins_toolkit.rs::p_05_what_cannot_be_created_is_refused_and_nothing_is_written",
    ),
    (
        "LHP-PLG-009/occupied-path",
        "tests/plugins_toolkit.rs::p_05_what_cannot_be_created_is_refused_and_nothing_is_written",
    ),
    ("LHP-PLG-010/unknown-plugin-id", "tests/plugins_cli.rs::l_33_an_unknown_id_gets_a_near_match"),
    (
        "LHP-PLG-013/requirement-missing",
        "tests/plugins_matrix.rs::a_python_plugin_without_an_interpreter_or_packages_says_what_to_install",
    ),
    (
        "LHP-PLG-013/runtime-not-available",
        "src/plugin/host/faults.rs::entries_and_runtimes_that_are_not_there_are_told_at_the_manifest",
    ),
    ("LHP-PLG-030/missing-part", "tests/plugins_toolkit.rs::l_33_everything_that_is_wrong_with_a_plugin_has_a_place"),
    ("LHP-PLG-031/key-differs", "tests/plugins_python.rs::a_class_with_another_name_than_the_manifest_is_a_warning"),
    (
        "LHP-PLG-031/unreadable-template",
        "tests/plugins_toolkit.rs::l_33_everything_that_is_wrong_with_a_plugin_has_a_place",
    ),
    ("LHP-PLG-031/wrong-interface", "tests/plugins_matrix.rs::a_plugin_without_its_functions_is_told_which"),
    ("LHP-PLG-032/wrong-interface-version", "tests/plugins_matrix.rs::wrong_version"),
    ("LHP-PLG-033/unknown-import", "tests/plugins_matrix.rs::a_module_with_an_unknown_import_is_told_its_name"),
    (
        "LHP-PLG-042/environment-refused",
        "tests/plugins_matrix.rs::l_10_an_environment_that_the_plugin_refuses_ends_in_its_code",
    ),
    ("LHP-PLG-044/plugin-timeout", "src/plugin/host/faults.rs::faults_of_processes_are_told_at_the_action"),
    (
        "LHP-PLG-047/hook-unfinished",
        "tests/plugins_events.rs::l_27_an_async_hook_that_hangs_is_left_behind_with_a_warning",
    ),
    ("LHP-PLG-047/slow-hook", "src/plugin/events/call.rs::p_14_a_slow_hook_that_is_waited_for_gets_advice"),
    ("LHP-PLG-048/plugin-crashed", "src/plugin/host/faults.rs::faults_of_processes_are_told_at_the_action"),
    ("LHP-PLG-049/malformed-answer", "src/plugin/host/faults.rs::faults_of_processes_are_told_at_the_action"),
    ("LHP-PLG-052/not-granted", "tests/plugins_matrix.rs::permission_denied"),
    ("LHP-PLG-056/leaked-secret", "tests/plugins_broken.rs::a_secret_of_the_settings_is_never_generated"),
    ("LHP-PLG-060/answer-differs", "src/plugin/golden/compare.rs::answers_that_differ_are_shown_line_by_line"),
    ("LHP-PLG-060/not-deterministic", "src/plugin/host/faults.rs::two_answers_to_one_request_are_told_at_the_action"),
    ("LHP-VAL-019/occupied-path", "src/compile/files.rs::a_taken_path_is_refused_whoever_asks"),
    ("LHP-VAL-901/unknown-pipeline", "tests/command_line.rs::an_unknown_pipeline_is_an_error_and_removes_nothing"),
    (
        "LHP-VAL-902/several-pipelines-failed",
        "tests/run_report.rs::several_failed_pipelines_are_summed_up_under_a_code",
    ),
];

/// Rules without an example: what is wrong is not in a file of the project.
const WITHOUT_EXAMPLE: &[&str] = &[
    "LHP-ACT-002/nothing-generated",
    "LHP-CFG-031/internal-hook",
    "LHP-CFG-031/internal-template",
    "LHP-GEN-902/internal",
    "LHP-IO-002/unreadable-directory",
    "LHP-IO-002/unreadable-file",
    "LHP-IO-004/not-utf8",
    "LHP-IO-005/permission-denied",
    "LHP-IO-030/file-not-ours",
    "LHP-IO-031/cannot-write",
    "LHP-IO-031/changed-meanwhile",
    "LHP-IO-031/invalid-output-path",
    "LHP-IO-031/path-in-the-way",
    "LHP-IO-032/damaged-manifest",
    "LHP-VAL-019/occupied-path",
    "LHP-VAL-902/several-pipelines-failed",
];

#[test]
fn every_code_of_the_reference_tool_is_raised_or_absent_for_a_reason() {
    let catalogue = fs::read_to_string(package().join("fixtures/codes/lakehouse-plumber-0.9.3.txt")).unwrap();
    assert!(catalogue.lines().count() > 120);
    for code in catalogue.lines() {
        let raised = !rules::find(code).is_empty();
        assert!(raised != absent(code).is_some(), "{code} is either raised by a rule or listed as absent");
    }
    let codes: BTreeSet<&str> = catalogue.lines().collect();
    for absent in ABSENT {
        assert!(codes.contains(absent.code), "{} is a code of the reference tool", absent.code);
        assert!(absent.reason.ends_with('.') && absent.reason.len() > 20, "{} has a reason", absent.code);
    }
    assert!(ABSENT.is_sorted_by_key(|absent| absent.code));
}

#[test]
fn every_rule_has_a_complete_page() {
    let lacks = |rule: &&Rule| {
        let page = rule.page();
        let example = page.contains("\n## Wrong\n") && page.contains("\n## Right\n");
        !page.contains("\n## Why\n") || !(example || WITHOUT_EXAMPLE.contains(&rule.to_string().as_str()))
    };
    let incomplete: Vec<String> = rules::all().iter().copied().filter(lacks).map(Rule::to_string).collect();
    assert_eq!(incomplete, Vec::<String>::new());
}

#[test]
fn every_rule_has_a_project_that_breaks_it() {
    let directories = fs::read_dir(package().join("fixtures/invalid")).unwrap();
    let fixtures: BTreeSet<String> = directories
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split_once('.').map_or(name.clone(), |(rule, _)| rule.to_owned()))
        .collect();
    let exempt: BTreeSet<&str> = WITHOUT_FIXTURE.iter().map(|(rule, _)| *rule).collect();
    let lacks = |rule: &&Rule| !fixtures.contains(&rule.to_string().replace('/', "-"));
    let missing: Vec<String> = rules::all().iter().copied().filter(lacks).map(Rule::to_string).collect();
    assert_eq!(missing, exempt.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>());
    for (rule, test) in WITHOUT_FIXTURE {
        let (file, name) = test.split_once("::").unwrap();
        let source = fs::read_to_string(package().join(file)).unwrap();
        assert!(source.contains(&format!("fn {name}(")), "{rule} is proven by {test}");
    }
}

#[test]
fn the_page_of_codes_is_current() {
    let path = package().join("docs/codes.md");
    let written = Run::of(&mut lhp(&["explain", "--all"])).exits(0).stdout;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    let difference = similar::TextDiff::from_lines(&stored, &written);
    let difference = difference.unified_diff().header("stored", "written").to_string();
    assert!(stored == written, "run `UPDATE_DOCS=1 cargo test --test codes` and read the changes\n{difference}");
}

#[test]
fn a_code_is_explained_in_the_terminal() {
    let run = Run::of(&mut lhp(&["explain", "LHP-CFG-010"])).exits(0);
    assert!(run.stdout.starts_with("# LHP-CFG-010/") && run.stdout.contains("\n# LHP-CFG-010/unresolved-token\n"));
    let one = Run::of(&mut lhp(&["explain", "unresolved-token"])).exits(0);
    assert!(one.stdout.starts_with("# LHP-CFG-010/unresolved-token\n"), "{}", one.stdout);
    let absent = Run::of(&mut lhp(&["explain", "gen-901"])).exits(0);
    assert!(absent.stdout.starts_with("# LHP-GEN-901\n\nNever reported."), "{}", absent.stdout);
    let list = Run::of(&mut lhp(&["explain"])).exits(0);
    assert!(list.stdout.contains("\nLHP-CFG-010/unresolved-token\t"), "{}", list.stdout);
}

#[test]
fn an_unknown_code_is_wrong_usage_with_a_guess() {
    let run = Run::of(&mut lhp(&["explain", "LHP-CFG-0100"])).exits(2);
    assert!(run.stderr.contains("there is no code `LHP-CFG-0100`; did you mean `LHP-CFG-010`?"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
