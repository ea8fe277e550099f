//! Commands that show what a project consists of: `list`, `substitutions`, and completions.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::package;
use support::project::{Project, Run, lhp};

const SETTINGS: &str = "name: shop\nversion: \"1.0\"\n";

#[test]
fn a_project_can_be_listed() {
    let project = Project::copy("fixtures/projects/energy_grid");
    let before = project.files("");
    let mut text = String::new();
    for arguments in [
        &["list", "presets"][..],
        &["list", "templates"],
        &["list", "blueprints"],
        &["list", "blueprints", "--instances"],
        &["list", "pipelines"],
        &["list", "flowgroups"],
        &["list", "environments"],
        &["substitutions"],
        &["substitutions", "-e", "prod"],
    ] {
        let run = project.run(arguments).exits(0);
        assert_eq!(run.stderr, "", "{arguments:?}");
        text.push_str(&format!("==> lhp {} <==\n{}\n", arguments.join(" "), run.stdout));
    }
    assert_eq!(project.files(""), before);
    insta::with_settings!({
        snapshot_path => package().join("snapshots/listings"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("energy_grid", text) });
}

#[test]
fn an_empty_project_lists_nothing() {
    let project = Project::new(&[("lhp.yaml", SETTINGS)]);
    for what in ["presets", "templates", "blueprints", "pipelines", "flowgroups", "environments"] {
        let run = project.run(&["list", what]).exits(0);
        assert!(run.stdout.starts_with(&format!("No {what} found\n")), "{}", run.stdout);
    }
    let run = project.run(&["substitutions", "-e", "dev"]).exits(0);
    assert!(run.stdout.contains("${logical_env}\tdev\n"), "{}", run.stdout);
}

#[test]
fn reserved_tokens_follow_the_environment_of_the_process() {
    let project = Project::new(&[("lhp.yaml", SETTINGS)]);
    let run = Run::of(project.command(&["substitutions"]).env("WORKSPACE_ENV", "ws_7").env("LOGICAL_ENV", "staging"))
        .exits(0);
    assert!(run.stdout.contains("${logical_env}\tstaging\n${workspace_env}\tws_7\n"), "{}", run.stdout);
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = Run::of(&mut lhp(&["completions", shell])).exits(0);
        assert!(run.stdout.contains("generate"), "{shell}");
        assert_eq!(run.stderr, "");
    }
}
