//! Plugins are asked for many actions at once: first what they have to say about them, then for the code of those that
//! are good. Each action keeps its own answer, fault and place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};
use support::runtimes::{
    BODY, HOME, OTHER, Runtime, answer, guest, project, run, write_c, write_manifest, write_python, write_wat,
};

/// Flowgroups with one load of the plugin each; `path` says what its setting is.
fn write_flowgroups(project: &Project, count: usize, path: impl Fn(usize) -> String) {
    project.remove("pipelines/orders.yaml");
    for number in 0..count {
        project.write(
            &format!("pipelines/f{number:02}.yaml"),
            format!(
                "pipeline: bronze\nflowgroup: f{number:02}\nactions:\n  - name: load_orders\n    type: load\n    \
                 source: {{type: feed, path: {}}}\n    target: v_orders\n  - {{name: w, type: write, source: v_orders, \
                 write_target: {{type: materialized_view, catalog: c, schema: b, table: t{number}}}}}\n",
                path(number)
            ),
        );
    }
}

/// A Python generator that refuses some paths before it makes code, and notes in a file what it is asked.
const CHECKING: &str = "import os

NOTES = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'notes')


def note(what):
    with open(NOTES, 'a') as file:
        file.write(what + '\\n')


class Feed:
    def validate(self, action, context):
        path = action.source['path']
        note('validate ' + path)
        if path == 'raise':
            raise ValueError('this path is cursed')
        if path == 'crash':
            os._exit(9)
        if path.startswith('/bad'):
            return [{'severity': 'error', 'code': 'F-1', 'message': f'{path} is no volume', 'path': '/spec/path',
                     'help': 'write /Volumes/...'}]
        if path.startswith('/old'):
            return [{'severity': 'warning', 'message': f'{path} is an old volume', 'path': '/spec/path'}]
        return []

    def generate(self, action, context):
        path = action.source['path']
        note('generate ' + path)
        if path == 'crash-later':
            os._exit(9)
        return BODY
";

fn checking(more: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Python, more);
    let manifest = project.read(&format!("{HOME}/plugin.yaml")).replace("feed:generate", "feed:Feed");
    project.write(&format!("{HOME}/plugin.yaml"), manifest);
    project.write(&format!("{HOME}/src/feed.py"), format!("BODY = {BODY:?}\n{CHECKING}"));
    project
}

/// What the plugin was asked, sorted.
fn notes(project: &Project) -> Vec<String> {
    let mut notes: Vec<String> = project.read("notes").lines().map(str::to_owned).collect();
    notes.sort();
    notes
}

/// The diagnostics of a run that begin with a header.
fn told<'a>(run: &'a Run, header: &str) -> Vec<&'a str> {
    let starts = run.stderr.match_indices(header).filter_map(|(at, _)| run.stderr.get(at..));
    starts.map(|rest| rest.split("\n\n").next().unwrap()).collect()
}

#[test]
fn what_a_plugin_refuses_beforehand_is_told_at_each_action_and_no_code_is_asked_for() {
    let project = checking("");
    write_flowgroups(&project, 20, |number| format!("/{}/{number:02}", if number % 5 == 3 { "bad" } else { "good" }));
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    let found = told(&run, "error[LHP-PLG-040/plugin-finding (F-1)]");
    assert_eq!(found.len(), 4, "{}", run.stderr);
    for (number, found) in [3, 8, 13, 18].iter().zip(found) {
        assert!(found.contains(&format!("/bad/{number:02} is no volume")), "{found}");
        assert!(found.contains(&format!("-[pipelines/f{number:02}.yaml:6:32]")), "{found}");
        assert!(found.contains("help: write /Volumes/..."), "{found}");
    }
    let notes = notes(&project);
    assert_eq!(notes.iter().filter(|note| note.starts_with("validate ")).count(), 20, "{notes:?}");
    assert_eq!(notes.iter().filter(|note| note.starts_with("generate ")).count(), 16, "{notes:?}");
    assert!(!notes.iter().any(|note| note.starts_with("generate /bad")), "{notes:?}");
}

#[test]
fn warnings_from_beforehand_are_told_in_every_run_and_come_with_the_kept_code() {
    let project = checking("deterministic: true\n");
    write_flowgroups(&project, 3, |number| format!("/old/{number}"));
    for _ in 0..2 {
        let run = run(&project, &["generate", "-e", "dev", "--show-details"]).exits(0);
        assert_eq!(told(&run, "warning[LHP-PLG-040/plugin-finding]").len(), 3, "{}", run.stderr);
    }
    assert_eq!(notes(&project).len(), 6, "the second run asks nothing");
}

#[test]
fn an_exception_about_one_action_leaves_the_others_their_code() {
    let project = checking("");
    write_flowgroups(&project, 5, |number| if number == 2 { "raise".to_owned() } else { format!("/good/{number}") });
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    let found = told(&run, "error[LHP-PLG-040/plugin-finding]");
    assert_eq!(found.len(), 1, "{}", run.stderr);
    assert!(found[0].contains("this path is cursed") && found[0].contains("-[pipelines/f02.yaml:"), "{}", found[0]);
    assert_eq!(notes(&project).iter().filter(|note| note.starts_with("generate ")).count(), 4);
}

#[test]
fn a_crash_over_one_action_is_told_there_only() {
    for path in ["crash", "crash-later"] {
        let project = checking("");
        write_flowgroups(&project, 20, |number| if number == 7 { path.to_owned() } else { format!("/good/{number}") });
        project.write("pipelines/returns.yaml", OTHER);
        let run = run(&project, &["validate", "-e", "dev"]).exits(1);
        let found = told(&run, "error[LHP-PLG-048/plugin-crashed]");
        assert_eq!(found.len(), 1, "{path}: {}", run.stderr);
        assert!(found[0].contains("-[pipelines/f07.yaml:"), "{path}: {}", found[0]);
        assert!(run.stderr.contains("error[LHP-CFG-010"), "{path}: {}", run.stderr);
        let made = notes(&project);
        for number in (0..20).filter(|number| *number != 7) {
            assert!(made.contains(&format!("generate /good/{number}")), "{path}: {made:?}");
        }
    }
}

#[test]
fn two_crashes_are_two_errors_and_condemn_no_other_action() {
    for path in ["crash", "crash-later"] {
        let project = checking("");
        let bad = |number: usize| if [3, 7].contains(&number) { path.to_owned() } else { format!("/good/{number}") };
        write_flowgroups(&project, 20, bad);
        let run = run(&project, &["validate", "-e", "dev"]).exits(1);
        let found = told(&run, "error[LHP-PLG-048/plugin-crashed]");
        assert_eq!(found.len(), 2, "{path}: {}", run.stderr);
        for (number, found) in [3, 7].iter().zip(found) {
            assert!(found.contains(&format!("-[pipelines/f0{number}.yaml:")), "{path}: {found}");
        }
    }
}

/// The diagnostics of a run, without its summary.
fn diagnostics(run: &Run) -> &str {
    run.stderr.find("\nerror[").and_then(|at| run.stderr.get(at..)).unwrap()
}

#[test]
fn three_crashes_of_a_batch_end_it_and_the_rest_is_the_same_for_every_number_of_threads() {
    let project = checking("");
    let bad = |number: usize| if number % 2 == 1 { "crash-later".to_owned() } else { format!("/good/{number}") };
    write_flowgroups(&project, 12, bad);
    for number in 0..8 {
        let flowgroup = project.read("pipelines/f00.yaml").replace("pipeline: bronze", &format!("pipeline: p{number}"));
        project.write(&format!("pipelines/p{number}.yaml"), flowgroup);
    }
    let first = run(&project, &["validate", "-e", "dev", "--max-workers", "1"]).exits(1);
    // Numbers 1, 3 and 5 crash, and those from 6 on are not asked any more.
    let crashed = told(&first, "error[LHP-PLG-048/plugin-crashed]: plugin `lhp-feed` crashed: ");
    let given_up = told(&first, "error[LHP-PLG-048/plugin-crashed]: plugin `lhp-feed` is not asked any more, ");
    assert_eq!((crashed.len(), given_up.len()), (3, 6), "{}", first.stderr);
    assert!(
        given_up[0].contains("after several faults like this: plugin `lhp-feed` crashed: it ended"),
        "{}",
        given_up[0]
    );
    for threads in ["2", "8"] {
        let again = run(&project, &["validate", "-e", "dev", "--max-workers", threads]).exits(1);
        assert_eq!(diagnostics(&again), diagnostics(&first), "{threads}");
    }
    // Other pipelines are not touched.
    project.write("lhp.yaml", project.read("lhp.yaml").replace("plugins:\n", "plugins:\n  on_error: isolate\n"));
    run(&project, &["generate", "-e", "dev", "--max-workers", "8"]).exits(1);
    let written: Vec<String> = project.paths("generated/dev");
    assert_eq!(written.iter().filter(|path| path.ends_with("f00.py")).count(), 8, "{written:?}");
}

#[test]
fn an_action_that_never_ends_costs_the_others_of_its_batch_nothing() {
    let project = project();
    write_manifest(&project, Runtime::Python, "limits: {timeout_ms: 1500}\n");
    write_python(
        &project,
        &format!("if action.source['path'] == 'hang':\n    while True:\n        pass\nreturn {BODY:?}"),
    );
    write_flowgroups(&project, 6, |number| if number == 1 { "hang".to_owned() } else { format!("/good/{number}") });
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    let found = told(&run, "error[LHP-PLG-044/plugin-timeout]");
    assert_eq!(found.len(), 1, "{}", run.stderr);
    assert!(found[0].contains("-[pipelines/f01.yaml:"), "{}", found[0]);
    assert!(run.stderr.contains("\n1 error, "), "{}", run.stderr);
}

/// A library that notes every method that it is asked, with the number of actions.
fn noting(features: &str, validate: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Native, "");
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let source = format!(
        r#"#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
uint32_t lhp_abi(void) {{ return 1; }}
void lhp_free(char *text) {{ free(text); }}
static int asks(const char *request, const char *method) {{
    char field[64];
    snprintf(field, sizeof field, "\"method\":\"%s\"", method);
    return strstr(request, field) != NULL;
}}
char *lhp_call(const char *request) {{
    const char *method = asks(request, "initialize") ? "initialize" : asks(request, "validate") ? "validate" : "generate";
    int actions = 0;
    for (const char *at = request; (at = strstr(at, "\"upstream\":")) != NULL; at++) actions++;
    FILE *notes = fopen("notes", "a");
    fprintf(notes, "%s %d\n", method, actions);
    fclose(notes);
    if (!strcmp(method, "initialize")) return strdup({features});
    if (!strcmp(method, "validate")) return strdup({validate});
    return strdup({code});
}}
"#,
        features = text(features),
        validate = text(validate),
        code = text(&answer()),
    );
    write_c(&project, &source);
    project
}

#[test]
fn d_07_all_actions_of_a_pipeline_are_validated_in_few_messages() {
    let project = noting(r#"{"result": {"protocol": "1.0", "features": ["validate"]}}"#, r#"{"diagnostics": []}"#);
    write_flowgroups(&project, 20, |number| format!("/good/{number}"));
    run(&project, &["validate", "-e", "dev", "--max-workers", "1"]).exits(0);
    let notes = notes(&project);
    let asked = |method: &str| notes.iter().filter(|note| note.starts_with(method)).cloned().collect::<Vec<_>>();
    assert_eq!(asked("initialize"), ["initialize 0"]);
    assert_eq!(asked("validate"), ["validate 16", "validate 4"]);
    assert_eq!(asked("generate").len(), 20);
}

#[test]
fn d_07_a_plugin_that_does_not_say_that_it_can_validate_is_not_asked_to() {
    for features in ["{}", "nonsense", r#"{"error": {"code": -32601, "message": "what?"}}"#] {
        let project = noting(features, "never");
        write_flowgroups(&project, 3, |number| format!("/good/{number}"));
        run(&project, &["validate", "-e", "dev"]).exits(0);
        assert!(!notes(&project).iter().any(|note| note.starts_with("validate")), "{features}");
    }
}

#[test]
fn d_07_findings_that_do_not_say_which_action_they_are_about_are_asked_for_one_by_one() {
    let told_of_none = r#"{"diagnostics": [{"severity": "warning", "message": "an old path", "path": "/spec/path"}]}"#;
    let project = noting(r#"{"features": ["validate"]}"#, told_of_none);
    write_flowgroups(&project, 3, |number| format!("/good/{number}"));
    let run = run(&project, &["validate", "-e", "dev", "--show-details"]).exits(0);
    let found = told(&run, "warning[LHP-PLG-040/plugin-finding]");
    assert_eq!(found.len(), 3, "{}", run.stderr);
    assert!(found.iter().all(|found| found.contains(".yaml:6:32]")), "{}", run.stderr);
    assert_eq!(notes(&project).iter().filter(|note| *note == "validate 1").count(), 3);
}

#[test]
fn d_07_a_plugin_of_another_version_of_the_protocol_is_refused() {
    let project = noting(r#"{"protocol": "2.0", "features": ["validate"]}"#, "never");
    write_flowgroups(&project, 2, |number| format!("/good/{number}"));
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    assert_eq!(told(&run, "error[LHP-PLG-032/").len(), 1, "it is about the plugin: {}", run.stderr);
    assert!(run.stderr.contains("it speaks version 2.0 of the protocol"), "{}", run.stderr);
}

#[test]
fn a_library_that_crashes_when_it_is_introduced_is_told_at_its_actions() {
    let project = noting("", "");
    let source = "#include <stdint.h>\n#include <stdlib.h>\nuint32_t lhp_abi(void) { return 1; }\nvoid lhp_free(char \
                  *text) { free(text); }\nchar *lhp_call(const char *request) { abort(); }\n";
    write_c(&project, source);
    write_flowgroups(&project, 2, |number| format!("/good/{number}"));
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    assert_eq!(told(&run, "error[LHP-PLG-048/plugin-crashed]").len(), 2, "{}", run.stderr);
    assert!(run.stderr.contains("signal 6 (abort)"), "{}", run.stderr);
}

#[cfg(feature = "wasm")]
#[test]
fn d_07_a_module_is_asked_what_it_has_to_say_before_its_code() {
    let project = project();
    write_manifest(&project, Runtime::Wasm, "");
    // The method stands after `{"id":1,"jsonrpc":"2.0","method":"`, and its first letter tells which one it is.
    let features = r#"{"protocol": "1.0", "features": ["validate"]}"#;
    let findings = r#"{"diagnostics": [{"index": 1, "message": "not this one", "path": "/specs/1/spec/path"}]}"#;
    let data = |at: usize, text: &str| {
        let bytes: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {at}) \"{bytes}\")")
    };
    let at = r#"{"id":1,"jsonrpc":"2.0","method":""#.len();
    let body = format!(
        "(local $letter i32) (local.set $letter (i32.load8_u (i32.add (local.get $at) (i32.const {at}))))
        (if (i32.eq (local.get $letter) (i32.const {i})) (then (return (call $pack (i32.const 4096) (i32.const {})))))
        (if (i32.eq (local.get $letter) (i32.const {v})) (then (return (call $pack (i32.const 8192) (i32.const {})))))
        (call $answer)",
        features.len(),
        findings.len(),
        i = u32::from(b'i'),
        v = u32::from(b'v'),
    );
    write_wat(&project, &guest("", &format!("{}{}", data(4096, features), data(8192, findings)), &body));
    write_flowgroups(&project, 3, |number| format!("/good/{number}"));
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    let found = told(&run, "error[LHP-PLG-040/plugin-finding]");
    assert_eq!(found.len(), 1, "{}", run.stderr);
    assert!(found[0].contains("not this one") && found[0].contains("-[pipelines/f01.yaml:6:32]"), "{}", found[0]);
}

#[test]
fn batches_make_the_same_code_whatever_the_number_of_threads() {
    let modules = |threads: &str| {
        let project = checking("");
        write_flowgroups(&project, 40, |number| format!("/good/{number}"));
        run(&project, &["generate", "-e", "dev", "--max-workers", threads]).exits(0);
        project.files("generated")
    };
    assert_eq!(modules("1"), modules("4"));
}
