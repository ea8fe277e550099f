//! What a project can say about findings: comments that suppress them, and levels in `lhp.yaml`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

#[path = "suppressions/comments.rs"]
mod comments;
#[path = "suppressions/levels.rs"]
mod levels;

use support::project::Project;

/// A flowgroup `one` that loads from a catalog, passes the rows through a SQL transform, and writes them.
const FLOWGROUP: &str = "pipeline: raw
flowgroup: one
actions:
  - name: load_one
    type: load
    source: {type: delta, catalog: c, schema: s, table: one}
    target: v_one
  - name: clean_one
    type: transform
    transform_type: sql
    source: v_one
    sql: SELECT * FROM v_one
    target: v_clean
  - name: write_one
    type: write
    source: v_clean
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: one
";

/// A project of one flowgroup, changed by replacements.
fn project(changes: &[(&str, &str)]) -> Project {
    let project = Project::new(&[
        ("lhp.yaml", "name: shop\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev:\n  catalog: dev_catalog\n"),
    ]);
    let mut text = FLOWGROUP.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    project.write("pipelines/one.yaml", text);
    project
}

/// `severity[CODE/rule]` of every finding, with its line.
fn findings(project: &Project, more: &[&str]) -> Vec<String> {
    let run = project.run(&[&["validate", "--format", "short"][..], more].concat());
    let short = |line: &str| {
        let (place, rest) = line.split_once(": ").unwrap();
        match rest.split_once("]: ") {
            Some((title, _)) => format!("{} {title}]", place.rsplit(':').nth(1).unwrap()),
            None => place.to_owned(),
        }
    };
    run.stdout.lines().map(short).collect()
}
