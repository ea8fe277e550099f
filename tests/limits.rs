//! Tokens and variables that lead through too many others, or make texts too long: the run says so and ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};

/// A flowgroup with more keys, and with a description of its load.
fn flowgroup(keys: &str, description: &str) -> String {
    format!(
        "pipeline: raw
flowgroup: orders
{keys}actions:
  - name: load_orders
    type: load
    description: \"{description}\"
    source: {{type: delta, catalog: c, schema: s, table: orders}}
    target: v_orders
  - name: write_orders
    type: write
    source: v_orders
    write_target: {{type: streaming_table, catalog: c, schema: bronze, table: orders}}
"
    )
}

fn generate(substitutions: &str, flowgroup: &str) -> Run {
    let project = Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", substitutions)]);
    project.write("pipelines/orders.yaml", flowgroup);
    let run = project.run(&["generate", "-e", "dev"]);
    assert_eq!(project.path("generated").exists(), run.code == 0, "{}", run.stderr);
    run
}

/// Entries of which each uses the next one: `x0: ${x1}`, `x1: ${x2}`.
fn chain(mark: char, length: usize) -> String {
    let links = (0..length).map(|at| format!("  x{at}: \"{mark}{{x{}}}\"\n", at + 1));
    links.chain([format!("  x{length}: end\n")]).collect()
}

/// Entries of which each is twice as long as the one before; `x0` has 1 KiB.
fn doubling(mark: char, count: usize) -> String {
    let pair = |at: usize| format!("{mark}{{x{at}}}").repeat(2);
    let entries = (1..=count).map(|at| format!("  x{at}: \"{}\"\n", pair(at - 1)));
    std::iter::once(format!("  x0: {}\n", "x".repeat(1024))).chain(entries).collect()
}

/// Asserts that a run failed with one error: its title, its message and its place.
#[track_caller]
fn fails_with(run: &Run, title: &str, place: &str) {
    assert_eq!(run.code, 1, "{}", run.stderr);
    let titles: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(titles, [title], "{}", run.stderr);
    assert!(run.stderr.contains(&format!(",-[{place}]")), "{}", run.stderr);
    assert!(run.stderr.contains("\n  help: "), "{}", run.stderr);
}

#[test]
fn chains_of_tokens_have_a_limit() {
    let uses = flowgroup("", "${x0}");
    generate(&format!("dev:\n{}", chain('$', 200)), &uses).exits(0);
    fails_with(
        &generate(&format!("dev:\n{}", chain('$', 1000)), &uses),
        "error[LHP-YML-002/tokens-nested-too-deeply]: the value of token `x0` leads through more than 200 other tokens",
        "substitutions/dev.yaml:2:7",
    );
}

#[test]
fn chains_of_variables_have_a_limit() {
    generate("dev: {}\n", &flowgroup(&format!("variables:\n{}", chain('%', 200)), "%{x0}")).exits(0);
    fails_with(
        &generate("dev: {}\n", &flowgroup(&format!("variables:\n{}", chain('%', 1000)), "%{x0}")),
        "error[LHP-YML-002/variables-nested-too-deeply]: \
         the value of variable `x0` leads through more than 200 other variables",
        "pipelines/orders.yaml:4:7",
    );
}

#[test]
fn values_of_tokens_have_a_longest_length() {
    let uses = flowgroup("", "${x13}");
    fails_with(
        &generate(&format!("dev:\n{}", doubling('$', 13)), &uses),
        "error[LHP-YML-002/text-too-long]: \
         the value of token `x11` is longer than 1 MiB when the tokens in it are replaced",
        "substitutions/dev.yaml:13:8",
    );
}

#[test]
fn values_of_variables_have_a_longest_length() {
    let uses = flowgroup(&format!("variables:\n{}", doubling('%', 13)), "%{x13} %{x9}");
    fails_with(
        &generate("dev: {}\n", &uses),
        "error[LHP-YML-002/text-too-long]: \
         the value of variable `x11` is longer than 1 MiB when the variables in it are replaced",
        "pipelines/orders.yaml:15:8",
    );
}

#[test]
fn texts_have_a_longest_length() {
    fails_with(
        &generate(&format!("dev:\n{}", doubling('$', 10)), &flowgroup("", &"${x10}".repeat(17))),
        "error[LHP-YML-002/text-too-long]: this text is longer than 16 MiB when its tokens are replaced",
        "pipelines/orders.yaml:6:19",
    );
    let variables = format!("variables:\n{}", doubling('%', 10));
    fails_with(
        &generate("dev: {}\n", &flowgroup(&variables, &"%{x10}".repeat(17))),
        "error[LHP-YML-002/text-too-long]: this text is longer than 16 MiB when its variables are replaced",
        "pipelines/orders.yaml:18:18",
    );
}
