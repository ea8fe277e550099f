//! Code of plugins and users that would end the program, or that Python would refuse: each piece ends in a code with a
//! place and exit code 1.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};
use support::runtimes::{
    BODY, FLOWGROUP, Runtime, project, run, write_good, write_manifest, write_python, write_template,
};

/// A project whose plugin answers with code.
fn with_code(code: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Template, "");
    write_template(&project, code);
    project
}

/// A project whose plugin, in Python, gives a value back.
fn answering(value: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Python, "");
    write_python(&project, &format!("BODY = {}\nreturn {value}", serde_json::Value::from(BODY)));
    project
}

/// Asserts that both commands refuse the code of the plugin at the action, and write nothing.
#[track_caller]
fn refused(project: &Project, message: &str) {
    for command in ["validate", "generate"] {
        let run = run(project, &[command, "-e", "dev"]).exits(1);
        let split = run.stderr.split_once("error[LHP-PLG-043/refused-code]");
        let (_, told) = split.unwrap_or_else(|| panic!("{}", run.stderr));
        assert!(told.contains("lhp-feed") && told.contains("pipelines/orders.yaml"), "{told}");
        assert!(told.contains(message), "{message} in {told}");
        assert!(run.stderr.len() < 20_000, "a message is no copy of the answer");
    }
    assert!(project.paths("generated").is_empty());
}

fn view(expression: &str) -> String {
    format!("@dp.temporary_view()\ndef v_orders():\n    return {expression}\n")
}

#[test]
fn code_that_is_too_deep_is_refused() {
    let open = |open: &str, close: &str, count: usize| view(&format!("{}x{}", open.repeat(count), close.repeat(count)));
    for (code, message) in [
        (open("[", "]", 20_000), "more than 200 brackets are open at once"),
        (open("[", "]", 201), "more than 200 brackets are open at once"),
        (open("f(", ")", 10_000), "more than 200 brackets are open at once"),
        (open("", ".withColumn(\"a\", x)", 10_000), "an expression has more than 2900 levels"),
        (open("lambda:", "", 10_000), "an expression has more than 2900 levels"),
        (open("", ".b", 10_000), "an expression has more than 2900 levels"),
        (open("not ", "", 10_000), "an expression has more than 2900 levels"),
        (open("-", "", 10_000), "an expression has more than 2900 levels"),
        (open("1+", "", 10_000), "an expression has more than 2900 levels"),
        (open("1 if a else ", "", 10_000), "an expression has more than 2900 levels"),
    ] {
        refused(&with_code(&code), message);
    }
    let indented: String = (1..150).map(|at| format!("{}if x:\n", " ".repeat(at))).collect();
    let code = format!("@dp.temporary_view()\ndef v_orders():\n{indented}{}pass\n", " ".repeat(150));
    refused(&with_code(&code), "more than 99 levels of indentation");
}

#[test]
fn code_that_is_nearly_too_deep_is_generated() {
    for expression in [
        format!("{}x{}", "[".repeat(190), "]".repeat(190)),
        format!("x{}", ".withColumn(\"a\", x)".repeat(1_400)),
        format!("{}x", "lambda: ".repeat(2_800)),
        format!("{}x", "-".repeat(2_800)),
        format!("x{}", ".b".repeat(2_800)),
        format!("[{}]", "-a.b(c), ".repeat(20_000)),
    ] {
        let project = with_code(&view(&expression));
        run(&project, &["validate", "-e", "dev"]).exits(0);
        run(&project, &["generate", "--max-workers", "1", "-e", "dev"]).exits(0);
        assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders():"));
    }
}

#[test]
fn other_parts_of_an_answer_are_refused_like_the_body() {
    let deep = "'x = ' + '[' * 20000 + ']' * 20000";
    for (value, message) in [
        (format!("{{'body': BODY, 'pre_pipeline': [{deep}]}}"), "more than 200 brackets"),
        (format!("{{'body': BODY, 'helpers': [{{'name': 'h', 'content': {deep}}}]}}"), "more than 200 brackets"),
        ("{'body': BODY, 'imports': ['import ' + 'a' + '.a' * 20000]}".to_owned(), "no import statement"),
        ("{'body': BODY, 'pre_pipeline': ['x = 1 # \\0']}".to_owned(), "a null character"),
        ("{'body': BODY, 'helpers': [{'name': 'h', 'content': 'x = 1\\0'}]}".to_owned(), "a null character"),
        ("{'body': BODY, 'pre_pipeline': ['return']}".to_owned(), "outside"),
        ("{'body': BODY, 'helpers': [{'name': 'h', 'content': 'break'}]}".to_owned(), "`break` outside loop"),
        ("{'body': BODY, 'helpers': [{'name': 'h' * 250, 'content': ''}]}".to_owned(), "which is too long"),
    ] {
        refused(&answering(&value), message);
    }
}

#[test]
fn code_that_python_refuses_is_refused() {
    for (code, message) in [
        (format!("{BODY}# a\0b\n"), "a null character"),
        (view("await x"), "`await`"),
        (BODY.replace("v_orders()", "v_orders(a, a)"), "a"),
        (BODY.replace("    return", "    break\n    return"), "`break` outside loop"),
        (BODY.replace("    return", "    nonlocal zz\n    return"), "zz"),
        (BODY.replace("    return", "    *a = [1]\n    return"), "starred"),
        (view(&"9".repeat(5_000)), "a number of more than 4300 digits"),
    ] {
        refused(&with_code(&code), message);
    }
}

#[test]
fn statements_that_python_refuses_are_refused_in_raw_plugins_too() {
    for (statement, message) in [("nonlocal zz", "nonlocal"), ("return 1", "outside"), ("*a = [1]", "starred")] {
        let project = with_code(&format!("{BODY}\n\n{statement}\n"));
        let manifest = project.read("plugins/feed/plugin.yaml");
        project.write("plugins/feed/plugin.yaml", manifest + "    raw: true\n");
        refused(&project, message);
    }
}

#[test]
fn a_byte_order_mark_before_code_is_taken_off() {
    let mark = "'\\ufeff'";
    let value = format!(
        "{{'body': {mark} + BODY, 'pre_pipeline': [{mark} + 'X = 1'], 'helpers': [{{'name': 'h', 'content': {mark} + \
         'Y = 2\\n'}}]}}"
    );
    let project = answering(&value);
    run(&project, &["generate", "-e", "dev"]).exits(0);
    for path in ["orders.py", "custom_python_functions/lhp_feed_h.py"] {
        assert!(!project.read(&format!("generated/dev/bronze/{path}")).contains('\u{feff}'), "{path}");
    }
    refused(&with_code(&format!("{BODY}\u{feff}x = 1\n")), "");
}

#[test]
fn a_function_of_a_plugin_hides_none_of_a_built_in_action() {
    let project = with_code(&format!("def orders():\n    pass\n\n\n{BODY}"));
    refused_twice(&project, "two actions of this flowgroup define the function `orders`");
    let other = FLOWGROUP.replace(
        "  - name: write_orders",
        "  - {name: load_more, type: load, source: {type: delta, catalog: shop, schema: a, table: b}, target: v_more}\n  \
         - name: write_orders",
    );
    let project = with_code(&format!("def v_more():\n    pass\n\n\n{BODY}"));
    project.write("pipelines/orders.yaml", other);
    refused_twice(&project, "two actions of this flowgroup define the function `v_more`");
    let project = with_code(&format!("def of_the_plugin():\n    pass\n\n\n{BODY}"));
    run(&project, &["generate", "-e", "dev"]).exits(0);
}

/// As [`refused`], by a message about two actions.
#[track_caller]
fn refused_twice(project: &Project, message: &str) {
    let run = run(project, &["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains(&format!("error[LHP-PLG-043/refused-code]: {message}")), "{}", run.stderr);
    assert!(run.stderr.contains("pipelines/orders.yaml"), "{}", run.stderr);
}

#[test]
fn paths_that_no_file_system_takes_are_told_at_the_action() {
    let file = |path: &str| format!("{{'path': {path}, 'content': 'x'}}");
    for (files, message) in [
        ([file("'a'"), file("'a/b'")].join(", "), "plugins want to write `a` and `a/b`"),
        ([file("'s/a/b/c'"), file("'s/a'")].join(", "), "plugins want to write `s/a` and `s/a/b/c`"),
        (file("'x' * 256"), "which is too long"),
        (file("'ä' * 128"), "which is too long"),
        (file("'/'.join(['x' * 200] * 10)"), "which is too long"),
    ] {
        let project = answering(&format!("{{'body': BODY, 'files': [{files}]}}"));
        let run = run(&project, &["generate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-055/unsafe-path]"), "{}", run.stderr);
        assert!(run.stderr.contains(message) && run.stderr.contains("pipelines/orders.yaml"), "{}", run.stderr);
        assert!(project.paths("generated").is_empty() && project.paths("artifacts").is_empty());
    }
    let good = [file("'a.b'"), file("'a/b'"), file("'a-b'"), file("'x' * 255")].join(", ");
    let project = answering(&format!("{{'body': BODY, 'files': [{good}]}}"));
    run(&project, &["generate", "-e", "dev"]).exits(0);
}

#[test]
fn two_plugins_cannot_write_a_file_and_a_directory_of_one_name() {
    let project = answering(
        "{'body': BODY.replace('v_orders', action['target']), 'files': [{'path': action['source']['path'], 'content': 'x'}]}",
    );
    let flowgroup = |name: &str, path: &str| {
        FLOWGROUP.replace("orders", name).replace(&format!("/Volumes/shop/{name}"), path).replace("bronze", name)
    };
    project.write("pipelines/orders.yaml", flowgroup("orders", "a"));
    project.write("pipelines/returns.yaml", flowgroup("returns", "a/b"));
    let run = run(&project, &["generate", "-e", "dev"]).exits(1);
    let message = "error[LHP-PLG-055/unsafe-path]: plugins want to write `a` and `a/b`";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    for place in ["pipelines/orders.yaml", "pipelines/returns.yaml"] {
        assert!(run.stderr.contains(place), "{place}: {}", run.stderr);
    }
}

/// A project without plugins, with the files of a test.
fn without_plugins(action: &str, files: &[(&str, &str)]) -> Run {
    let flowgroup = format!(
        "pipeline: bronze\nflowgroup: orders\nactions:\n{action}  - name: write_orders\n    type: write\n    source: \
         v_orders\n    write_target: {{type: materialized_view, catalog: shop, schema: bronze, table: orders}}\n"
    );
    let project = Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    files.iter().for_each(|(path, content)| project.write(path, content));
    project.write("pipelines/orders.yaml", flowgroup);
    project.run(&["generate", "-e", "dev"])
}

#[test]
fn code_of_users_that_is_too_deep_is_told_where_it_stands() {
    let deep = format!("X = {}1\n\n\ndef load(spark, parameters):\n    return spark\n", "1 + ".repeat(20_000));
    let python = "  - {name: load_orders, type: load, source: {type: python, module_path: code/a.py, function_name: \
                  load}, target: v_orders}\n";
    let run = without_plugins(python, &[("code/a.py", &deep)]).exits(1);
    assert!(
        run.stderr.contains("`code/a.py` is no Python that can run: an expression has more than"),
        "{}",
        run.stderr
    );
    let delta = "  - {name: load_orders, type: load, operational_metadata: [_deep], source: {type: delta, catalog: shop, \
                 schema: a, table: b}, target: v_orders}\n";
    for expression in
        [format!("F.lit({}1{})", "[".repeat(20_000), "]".repeat(20_000)), format!("F.lit({}1)", "-".repeat(20_000))]
    {
        let settings = format!(
            "name: shop\noperational_metadata:\n  columns:\n    _deep: {{expression: \"{expression}\", applies_to: [view, \
             materialized_view]}}\n"
        );
        let run = without_plugins(delta, &[("lhp.yaml", &settings)]).exits(1);
        assert!(run.stderr.contains("the expression of column `_deep` is not valid Python: "), "{}", run.stderr);
    }
}

#[test]
fn a_good_plugin_stays_good() {
    let project = project();
    write_good(&project, Runtime::Template);
    run(&project, &["generate", "-e", "dev"]).exits(0);
}
