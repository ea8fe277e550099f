//! Every fault is found in one run, whatever stage finds it; and no fault is reported that only follows from another.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

use support::findings::{compile_files, flowgroup};

/// Asserts that a project has these faults and no others.
#[track_caller]
fn finds(files: &[(&str, &str)], expected: &[&str]) {
    let outcome = compile_files(files);
    let errors: Vec<&String> = outcome.findings.iter().filter(|line| line.starts_with("error ")).collect();
    let expected: Vec<String> = expected.iter().map(|line| format!("error {line}")).collect();
    assert_eq!(errors, expected.iter().collect::<Vec<_>>());
    assert_eq!(outcome.code, "");
}

/// A write of the view `v` into a table of its own.
fn write(name: &str, target: &str) -> String {
    format!(
        "\n  - {{name: {name}, type: write, source: v, write_target: {{type: streaming_table, catalog: c, schema: s, table: {name}, {target}}}}}"
    )
}

#[test]
fn faults_of_all_stages_are_found_in_one_flowgroup() {
    let actions = [
        "\n  - {name: shape, type: laod}",
        "\n  - {name: variable, type: load, source: {type: delta, catalog: c, schema: s, table: '%{nope}'}, target: a}",
        "\n  - {name: token, type: load, source: {type: delta, catalog: '${nope}', schema: s, table: t}, target: b}",
        "\n  - {name: secret, type: load, source: {type: delta, catalog: '${secret:/k}', schema: s, table: t}, target: c}",
        "\n  - {name: kind, type: load, source: {type: dleta}, target: d}",
        "\n  - {name: key, type: load, source: {type: delta, catalog: c, schema: s, table: t, colour: red}, target: e}",
        "\n  - {name: rule, type: load, source: {type: jdbc, url: u, user: u, password: p, driver: d}, target: f}",
        "\n  - {name: column, type: load, source: {type: delta, catalog: c, schema: s, table: t}, target: g, operational_metadata: [broken]}",
        "\n  - {name: file, type: load, source: {type: sql, sql_path: nowhere.sql}, target: h}",
        "\n  - {name: file, type: load, source: {type: delta, catalog: c, schema: s, table: t}, target: i}",
    ];
    let actions = actions.concat() + &write("w", "");
    let flowgroup = flowgroup("f", &actions).replace("actions:", "variables: {x: y}\nactions:");
    let settings = "name: test\noperational_metadata:\n  columns:\n    broken: {expression: 'F.lit(\"${gone}\")', applies_to: [view]}\n";
    finds(
        &[("lhp.yaml", settings), ("pipelines/f.yaml", &flowgroup)],
        &[
            "LHP-CFG-010/unresolved-token: `${gone}`",
            "LHP-ACT-001/unknown-action-type: `laod`",
            "LHP-CFG-011/unknown-variable: `%{nope}`",
            "LHP-CFG-010/unresolved-token: `${nope}`",
            "LHP-CFG-059/empty-secret-reference: `${secret:/k}`",
            "LHP-VAL-007/unknown-sub-type: `dleta`",
            "LHP-CFG-001/unknown-field: `colour`",
            "LHP-VAL-007/jdbc-without-query-or-table: `{type: jdbc, url: u, user: u, password: p, driver: d}`",
            "LHP-IO-001/missing-file: `nowhere.sql`",
            "LHP-VAL-007/duplicate-action: `file` `file`",
        ],
    );
}

#[test]
fn rules_for_all_actions_look_past_those_that_are_broken() {
    let load = |kind: &str| format!("\n  - {{name: l, type: load, source: {{type: {kind}}}, target: v}}");
    let transform = "\n  - {name: t, type: transform, transform_type: sql, source: v, target: w, sql: SELECT 1}";
    let header = "pipeline: p\nflowgroup: f\nactions:";
    finds(
        &[("pipelines/f.yaml", &format!("{header}{}{transform}\n", load("dleta")))],
        &["LHP-VAL-007/no-write: `f`", "LHP-VAL-007/unknown-sub-type: `dleta`", "LHP-VAL-007/unused-view: `w`"],
    );
    // The broken action may be the one that reads the view, and the one that writes.
    let broken = "\n  - {name: x, type: write, source: w, write_target: {type: streaming_tabel}}";
    finds(
        &[("pipelines/f.yaml", &format!("{header}{transform}{broken}\n"))],
        &["LHP-VAL-007/unknown-sub-type: `streaming_tabel`"],
    );
    let broken = "\n  - {name: x, type: write, source: '${view}', write_target: {type: streaming_table}}";
    finds(
        &[("pipelines/f.yaml", &format!("{header}{transform}{broken}\n"))],
        &["LHP-CFG-010/unresolved-token: `${view}`"],
    );
    let broken = "\n  - {name: x, type: wriet, source: w}";
    finds(
        &[("pipelines/f.yaml", &format!("{header}{transform}{broken}\n"))],
        &["LHP-ACT-001/unknown-action-type: `wriet`"],
    );
}

/// A load and a write that get catalog and schema from presets, and a fault that presets cannot heal.
const NEEDY: &str = "
  - {name: l, type: load, source: {type: delta, table: t, colour: red}, target: v}
  - {name: w, type: write, source: v, write_target: {type: streaming_table, table: x}}
  - {name: m, type: write, source: v, write_target: {type: streaming_table, database: s, table: y, mode: cdc}}
";

#[test]
fn a_preset_that_cannot_be_used_is_the_only_reason_why_its_settings_are_missing() {
    let flowgroup = |presets: &str| format!("pipeline: p\nflowgroup: f\npresets: {presets}\nactions:{NEEDY}");
    let colour = "LHP-CFG-001/unknown-field: `colour`";
    let unknown = "LHP-ACT-001/unknown-preset: `gone`";
    finds(&[("pipelines/f.yaml", &flowgroup("[gone]"))], &[unknown, colour]);
    let house = ("presets/house.yaml", "name: house\nextends: gone\ndefaults: {}\n");
    finds(&[("pipelines/f.yaml", &flowgroup("[house]")), house], &[colour, unknown]);
    let broken = ("presets/house.yaml", "name: house\ndefaults: [\n");
    finds(&[("pipelines/f.yaml", &flowgroup("[house]")), broken], &[colour, "LHP-CFG-009/yaml-syntax: ``"]);
    finds(&[("pipelines/f.yaml", &flowgroup("house"))], &["LHP-CFG-082/wrong-type: `house`", colour]);
    finds(
        &[("pipelines/f.yaml", &flowgroup("['%{gone}']").replace("presets", "variables: {a: b}\npresets"))],
        &["LHP-CFG-011/unknown-variable: `%{gone}`", colour],
    );
}

#[test]
fn a_template_that_cannot_be_used_is_the_only_reason_why_its_actions_are_missing() {
    let own =
        "\n  - {name: l, type: load, source: {type: delta, catalog: c, schema: s, table: t, colour: red}, target: v}
  - {name: t, type: transform, transform_type: sql, source: v, target: w, sql: SELECT 1}\n";
    let flowgroup = |use_template: &str| format!("pipeline: p\nflowgroup: f\n{use_template}\nactions:{own}");
    let colour = "LHP-CFG-001/unknown-field: `colour`";
    finds(&[("pipelines/f.yaml", &flowgroup("use_template: gone"))], &["LHP-CFG-027/unknown-template: `gone`", colour]);
    let template = |actions: &str| format!("name: t\nparameters: [{{name: a, required: true}}]\nactions:\n{actions}");
    let write = "  - {name: w, type: write, source: w, write_target: {type: streaming_table, catalog: c, schema: s, table: '{{ a }}'}}\n";
    finds(
        &[("pipelines/f.yaml", &flowgroup("use_template: t")), ("templates/t.yaml", &template(write))],
        &["LHP-CFG-012/missing-template-parameter: `t` `a`", colour],
    );
    let broken = write.replace("'{{ a }}'", "\"{{ a | }}\"");
    let given = "use_template: t\ntemplate_parameters: {a: x}";
    finds(
        &[("pipelines/f.yaml", &flowgroup(given)), ("templates/t.yaml", &template(&broken))],
        &[colour, "LHP-CFG-027/template-syntax: `}}`"],
    );
    finds(
        &[("pipelines/f.yaml", &flowgroup("use_template: [t]")), ("templates/t.yaml", &template(write))],
        &["LHP-CFG-082/wrong-type: `[t]`", colour],
    );
    finds(
        &[("pipelines/f.yaml", "pipeline: p\nflowgroup: f\nuse_template: gone\n")],
        &["LHP-CFG-027/unknown-template: `gone`"],
    );
}

#[test]
fn tokens_of_a_file_that_cannot_be_read_are_not_missed() {
    let flowgroup =
        flowgroup("f", &write("w", "mode: '${mode}', colour: red")).replace("target: v", "target: '${view}'");
    finds(
        &[("substitutions/dev.yaml", "dev: [\n"), ("pipelines/f.yaml", &flowgroup)],
        &["LHP-CFG-009/yaml-syntax: ``"],
    );
}

#[test]
fn a_variable_without_a_value_is_not_missed_where_it_is_used() {
    let flowgroup = flowgroup("f", &write("w", "comment: '%{a}'"))
        .replace("actions:", "variables: {a: '%{b}', b: '%{a}'}\nactions:");
    finds(&[("pipelines/f.yaml", &flowgroup)], &["LHP-CFG-011/variable-cycle: `'%{b}'`"]);
}

#[test]
fn a_parameter_without_a_value_is_not_missed_in_the_names_of_a_blueprint() {
    let text = flowgroup("f", &write("w", "comment: '%{a}'")).replace('\n', "\n    ");
    let blueprint = format!(
        "name: b\nparameters: [{{name: a, default: '%{{b}}'}}, {{name: b, default: '%{{a}}'}}]\nflowgroups:\n  - {}\n",
        text.trim_end().replace("pipeline: p", "pipeline: 'p_%{a}'")
    );
    finds(
        &[("blueprints/b.yaml", &blueprint), ("pipelines/i.yaml", "use_blueprint: b\n")],
        &["LHP-CFG-011/variable-cycle: `'%{b}'`"],
    );
}

#[test]
fn the_flowgroups_of_an_array_are_judged_one_by_one() {
    let text = "pipeline: p
flowgroups:
  - flowgroup: a
    actions:
      - {name: l, type: load, source: {type: dleta}, target: v}
      - {name: w, type: wriet}
  - flowgroup: b
    actions: {}
  - flowgroup: c
    actions:
      - {name: l, type: load, source: {type: delta, catalog: '${gone}', schema: s, table: t}, target: v}
      - {name: w, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
";
    finds(
        &[("pipelines/f.yaml", text)],
        &[
            "LHP-VAL-007/unknown-sub-type: `dleta`",
            "LHP-ACT-001/unknown-action-type: `wriet`",
            "LHP-CFG-082/wrong-type: `{}`",
            "LHP-CFG-010/unresolved-token: `${gone}`",
        ],
    );
}

#[test]
fn a_table_of_a_flowgroup_with_a_fault_is_compared_with_those_of_others() {
    let broken = "\n  - {name: l2, type: load, source: {type: dleta}, target: z}";
    let one = flowgroup("one", &(write("x", "") + broken));
    let two = flowgroup("two", &write("x", ""));
    finds(
        &[("pipelines/one.yaml", &one), ("pipelines/two.yaml", &two)],
        &["LHP-VAL-007/unknown-sub-type: `dleta`", "LHP-CFG-004/several-creators: `x` `x`"],
    );
    // Whether another flowgroup creates a table is not known as long as one of its actions is.
    let user = flowgroup("two", &write("x", "create_table: false"));
    let creator = flowgroup("one", &write("x", "colour: red"));
    finds(&[("pipelines/one.yaml", &creator), ("pipelines/two.yaml", &user)], &["LHP-CFG-001/unknown-field: `colour`"]);
}

// Names that are written in two ways

#[test]
fn a_table_that_one_pipeline_creates_in_two_spellings_is_an_error() {
    let first = flowgroup("one", &write("x", "")).replace("pipeline: p", "pipeline: bronze_c1");
    let second = flowgroup("two", &write("x", "")).replace("pipeline: p", "pipeline: bronze_${catalog}");
    finds(
        &[("pipelines/one.yaml", &first), ("pipelines/two.yaml", &second)],
        &["LHP-CFG-004/several-creators: `x` `x`"],
    );
}

#[test]
fn a_flowgroup_in_two_spellings_is_remarked() {
    for (pipelines, names) in [(["p_c1", "p_${catalog}"], ["f", "f"]), (["p", "p"], ["f_c1", "f_${catalog}"])] {
        let flowgroup = |at: usize, table: &str| {
            let text = flowgroup(names[at], &write(table, ""));
            text.replace("pipeline: p", &format!("pipeline: {}", pipelines[at]))
        };
        let (first, second) = (flowgroup(0, "x"), flowgroup(1, "y"));
        let outcome = compile_files(&[("pipelines/a.yaml", &first), ("pipelines/b.yaml", &second)]);
        let labels = format!("`{}` `{}`", names[1], names[0]);
        let spelling = format!("advice LHP-VAL-009/flowgroup-in-two-spellings: {labels}");
        let token = outcome.findings.iter().filter(|found| !found.starts_with("advice LHP-CFG-080/token-in-name"));
        assert_eq!(token.collect::<Vec<_>>(), [&spelling]);
        assert!(outcome.code.contains("c.s.x") && outcome.code.contains("c.s.y"), "{}", outcome.code);
    }
}

#[test]
fn different_pipelines_may_create_the_same_table() {
    let first = flowgroup("one", &write("x", "")).replace("pipeline: p", "pipeline: p_${workspace_env}");
    let second = flowgroup("one", &write("x", "")).replace("pipeline: p", "pipeline: p_${catalog}");
    let outcome = compile_files(&[("pipelines/one.yaml", &first), ("pipelines/two.yaml", &second)]);
    let others = outcome.findings.iter().filter(|found| !found.starts_with("advice LHP-CFG-080/token-in-name"));
    assert_eq!(others.collect::<Vec<_>>(), [""; 0]);
}
