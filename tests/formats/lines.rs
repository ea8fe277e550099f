//! `--format short` and `--format github`: one line per finding, whatever the project is like.

use super::awkward::{awkward, clean, flowgroup};
use super::stored;
use super::support::project::{Project, Run};

fn validate(project: &Project, format: &str) -> String {
    project.run(&["validate", "--format", format]).stdout
}

#[test]
fn short_lines_name_the_place_the_rule_and_the_message() {
    stored("awkward_short", &validate(&awkward(), "short"));
}

#[test]
fn github_commands_are_escaped() {
    stored("awkward_github", &validate(&awkward(), "github"));
}

#[test]
fn columns_are_left_out_where_a_place_spans_lines() {
    let project = clean();
    let text = flowgroup("raw", "orders", "c").replace("catalog: \"c\"", "catalog: {a: 1,\n      b: 2}");
    project.write("pipelines/orders.yaml", text);
    let out = validate(&project, "github");
    assert!(out.contains("orders.yaml,line=6,endLine=7,title="), "{out}");
}

#[test]
fn github_paths_start_at_the_checkout() {
    let outer = Project::new(&[]);
    for (path, content) in clean().files("").iter().filter(|(path, _)| !path.ends_with('/')) {
        outer.write(&format!("a,b/shop/{path}"), content);
    }
    outer.write("a,b/shop/pipelines/orders.yaml", flowgroup("raw", "orders", "${nope}"));
    let mut command = outer.command(&["-C", "a,b/shop", "validate", "--format", "github"]);
    let run = Run::of(command.env("GITHUB_WORKSPACE", outer.root())).exits(1);
    assert!(run.stdout.starts_with("::error file=a%2Cb/shop/pipelines/orders.yaml,line=6,"), "{}", run.stdout);
}

#[test]
fn errors_beyond_the_limit_are_counted() {
    let project = clean();
    for name in ["a", "b", "c", "d"] {
        project.write(&format!("pipelines/{name}.yaml"), flowgroup("raw", name, &format!("${{{name}}}")));
    }
    let run = project.run(&["validate", "--format", "short", "--max-errors", "1"]).exits(1);
    assert!(run.stdout.ends_with("environment `dev`\n… and 3 more errors\n"), "{}", run.stdout);
    assert!(run.stderr.contains("\n… and 3 more errors\n\n4 errors\n"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error[").count(), 1);
    let run = project.run(&["validate", "--format", "github", "--max-errors", "3"]).exits(1);
    assert!(run.stdout.ends_with("::error title=lhp::… and 1 more error\n"), "{}", run.stdout);
}
