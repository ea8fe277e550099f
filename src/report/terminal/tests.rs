use std::sync::Arc;

use super::*;
use crate::report::Rule;
use crate::syntax::{Step, Via};

const PLAIN: Style = Style { colour: false, unicode: false, width: None };
const BOXES: Style = Style { colour: false, unicode: true, width: None };
static TOKEN: Rule = Rule::new("LHP-CFG-010", "unresolved-token");
static UNKNOWN: Rule = Rule::within("LHP-CFG-001", "unknown-field", "LHP-VAL-007");
static DEPRECATED: Rule = Rule::new("LHP-DEPR-002", "database-field");

const FLOWGROUP: &str = "\
pipeline: bronze
flowgroup: customers
actions:
  - name: load_customers
    type: load
    source:
      type: delta
      catalog: ${nope}
      table: customers
    target: v_customers
  - name: write_customers
    type: write
    source: v_customer
";

/// A source map with one file, and the span of a part of it.
struct Case {
    sources: SourceMap,
    file: FileId,
    text: String,
}

impl Case {
    fn new(text: &str) -> Self {
        let sources = SourceMap::new("/project");
        let file = sources.add("pipelines/bronze/customers.yaml", text);
        Self { sources, file, text: text.to_owned() }
    }

    fn span(&self, part: &str) -> Span {
        let start = self.text.find(part).expect("the part occurs in the text");
        Span::new(self.file, start, start + part.len())
    }

    fn render(&self, diagnostic: &Diagnostic, style: Style) -> String {
        render(diagnostic, &self.sources, style)
    }
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/report"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

fn token_error(span: Span) -> Diagnostic {
    Diagnostic::error(&TOKEN, "token `${nope}` has no value in environment `dev`").label(span, "not defined")
}

#[test]
fn a_plain_error_shows_code_place_snippet_subject_and_help() {
    let case = Case::new(FLOWGROUP);
    let mut diagnostic = token_error(case.span("${nope}")).help("define `nope` in `substitutions/dev.yaml`");
    diagnostic.subject.pipeline = Some("bronze".into());
    diagnostic.subject.flowgroup = Some("customers".into());
    snapshot("plain_error", &case.render(&diagnostic, PLAIN));
    snapshot("plain_error_boxes", &case.render(&diagnostic, BOXES));
}

#[test]
fn colours_are_ansi_sequences() {
    let case = Case::new(FLOWGROUP);
    let shown = case.render(&token_error(case.span("${nope}")), Style { colour: true, ..BOXES });
    snapshot("colours", &shown.replace('\u{1b}', "ESC"));
}

#[test]
fn labels_of_one_file_share_a_box_if_they_are_close() {
    let case = Case::new(FLOWGROUP);
    let near = Diagnostic::error(&TOKEN, "type does not fit")
        .label(case.span("delta"), "this type")
        .label(case.span("type: load"), "needs this action");
    let far = Diagnostic::error(&TOKEN, "no action produces `v_customer`")
        .label(case.span("v_customer\n"), "read here")
        .label(case.span("load_customers"), "produces `v_customers`");
    snapshot("two_labels_near", &case.render(&near, PLAIN));
    snapshot("two_labels_far", &case.render(&far, PLAIN));
}

#[test]
fn labels_of_several_files_get_a_box_each() {
    let case = Case::new(FLOWGROUP);
    let other = case.sources.add("pipelines/bronze/copy.yaml", "pipeline: bronze\nflowgroup: customers\n");
    let diagnostic = Diagnostic::error(&TOKEN, "flowgroup `customers` is defined twice")
        .label(case.span("customers"), "defined here")
        .label(Span::new(other, 28, 37), "and here");
    snapshot("labels_in_two_files", &case.render(&diagnostic, PLAIN));
}

#[test]
fn the_origin_chain_follows_in_order() {
    let case = Case::new(FLOWGROUP);
    let user = case.sources.add("pipelines/user.yaml", "pipeline: raw\nuse_template: ingest\nparameters:\n  a: 1\n");
    let token = case.sources.add("substitutions/dev.yaml", "dev:\n  catalog: ${nope}\n");
    let used = Via::new(Step::Template("ingest".into()), Span::new(user, 28, 34), None);
    let chain = Via::new(Step::Token("catalog".into()), Span::new(token, 7, 14), Some(used));
    let diagnostic = token_error(case.span("${nope}")).through(Some(&chain)).help("define `nope`");
    snapshot("origin_chain", &case.render(&diagnostic, PLAIN));
}

#[test]
fn a_diagnostic_without_a_place_has_a_message_and_help() {
    let case = Case::new("");
    let diagnostic = Diagnostic::error(&TOKEN, "no `lhp.yaml` was found").help("run `lhp init`");
    snapshot("no_label", &case.render(&diagnostic, PLAIN));
    assert_eq!(line(&diagnostic, &case.sources), "error[LHP-CFG-010/unresolved-token]: no `lhp.yaml` was found");
}

#[test]
fn tabs_wide_characters_and_bidi_controls_keep_the_underline_in_place() {
    let case = Case::new("a:\tb\nключ: 数据 x\u{202e}y\u{2066}z \u{1b}[31m wrong\n");
    let tab = Diagnostic::error(&TOKEN, "tab").label(case.span("b"), "after a tab");
    let wide = Diagnostic::error(&TOKEN, "wide").label(case.span("wrong"), "after \u{1b}[31m and \u{202e}");
    let shown = format!("{}{}", case.render(&tab, PLAIN), case.render(&wide, PLAIN));
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{2066}']));
    snapshot("unicode", &shown);
}

#[test]
fn crlf_text_looks_like_lf_text() {
    let crlf = Case::new(&FLOWGROUP.replace('\n', "\r\n"));
    let plain = Case::new(FLOWGROUP);
    let shown = crlf.render(&token_error(crlf.span("${nope}")), PLAIN);
    assert_eq!(shown, plain.render(&token_error(plain.span("${nope}")), PLAIN));
    let end = crlf.span("bronze\r\n");
    snapshot("crlf_line_end", &crlf.render(&token_error(end), PLAIN));
}

#[test]
fn a_very_long_line_is_cut_around_its_labels() {
    let text = format!("a: [{}wrong, {}]\n", "x, ".repeat(200_000), "y, ".repeat(200_000));
    let case = Case::new(&text);
    let diagnostic = token_error(case.span("wrong")).label(case.span("y, ]"), "also");
    let shown = case.render(&diagnostic, PLAIN);
    assert!(shown.lines().all(|line| line.chars().count() < 300));
    snapshot("very_long_line", &shown);
    let narrow = case.render(&token_error(case.span("wrong")), Style { width: Some(60), ..BOXES });
    assert!(narrow.lines().all(|line| line.chars().count() <= 70), "{narrow}");
}

#[test]
fn an_empty_file_still_shows_its_label() {
    let case = Case::new("");
    let diagnostic =
        Diagnostic::error(&TOKEN, "the file is empty").label(Span::start_of(case.file), "expected a flowgroup");
    snapshot("empty_file", &case.render(&diagnostic, PLAIN));
}

#[test]
fn a_family_code_is_shown_beside_the_own_code() {
    let case = Case::new(FLOWGROUP);
    let diagnostic = Diagnostic::error(&UNKNOWN, "unknown field `actionz`").label(case.span("actions"), "unknown");
    snapshot("family_code", &case.render(&diagnostic, PLAIN));
    assert_eq!(
        line(&diagnostic, &case.sources),
        "pipelines/bronze/customers.yaml:3:1: error[LHP-CFG-001/unknown-field (LHP-VAL-007)]: unknown field `actionz`"
    );
}

#[test]
fn spans_of_many_lines_are_shortened_and_trailing_line_ends_dropped() {
    let case = Case::new(FLOWGROUP);
    let block = case.span("type: load\n    source:\n");
    let all = Span::new(case.file, 0, FLOWGROUP.len());
    let shown = format!("{}{}", case.render(&token_error(block), PLAIN), case.render(&token_error(all), PLAIN));
    snapshot("span_of_many_lines", &shown);
}

#[test]
fn impossible_spans_do_not_panic() {
    let case = Case::new("ключ: é\n\n");
    let other = case.sources.add("b.yaml", "\u{feff}a: b\r");
    for file in [case.file, other] {
        for start in 0..16 {
            for end in [0, 1, 3, 5, 7, 9, 12, 14, 1000, u32::MAX as usize] {
                let span = Span { file, start, end: end as u32 };
                let diagnostic = token_error(span).label(Span { file, start: 3, end: 1 }, "").label(span, "again");
                for style in [PLAIN, Style { width: Some(1), ..BOXES }] {
                    assert!(case.render(&diagnostic, style).contains("not defined"));
                }
                assert!(line(&diagnostic, &case.sources).contains(".yaml:"));
            }
        }
    }
}

#[test]
fn the_short_form_is_one_line() {
    let case = Case::new(FLOWGROUP);
    let diagnostic = Diagnostic::warning(&TOKEN, "two\n  lines").label(case.span("${nope}"), "");
    assert_eq!(
        line(&diagnostic, &case.sources),
        "pipelines/bronze/customers.yaml:8:16: warning[LHP-CFG-010/unresolved-token]: two lines"
    );
}

#[test]
fn prose_wraps_on_a_terminal_only() {
    let case = Case::new(FLOWGROUP);
    let words = "word ".repeat(40);
    let diagnostic = Diagnostic::error(&TOKEN, words.trim()).help(words.trim());
    assert_eq!(case.render(&diagnostic, PLAIN).lines().count(), 2);
    let narrow = case.render(&diagnostic, Style { width: Some(60), ..BOXES });
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
}

fn mixed_report(case: &Case) -> Report {
    let mut report = Report::default();
    for part in ["delta", "customers", "bronze"] {
        let message = "field `database` is deprecated, and this message is long enough that it is cut";
        report.push(Diagnostic::warning(&DEPRECATED, message).label(case.span(part), "here"));
    }
    report.push(Diagnostic::warning(&TOKEN, "short").label(case.span("actions"), "here"));
    report.push(token_error(case.span("${nope}")));
    report.push(token_error(case.span("type: load")));
    report.sort(&case.sources);
    report
}

#[test]
fn warnings_are_grouped_by_code_unless_details_are_asked_for() {
    let case = Case::new(FLOWGROUP);
    let report = mixed_report(&case);
    let grouped = render_all(&report, &case.sources, PLAIN, None);
    snapshot("warnings_grouped", &grouped.to_string());
    snapshot("warnings_detailed", &grouped.warnings(Warnings::Detailed).to_string());
}

#[test]
fn a_cap_limits_what_is_shown_but_not_what_is_counted() {
    let case = Case::new(FLOWGROUP);
    let shown = render_all(&mixed_report(&case), &case.sources, PLAIN, Some(1)).to_string();
    assert_eq!(shown.matches("error[").count(), 1);
    assert!(shown.contains("… and 1 more error\n") && shown.ends_with("2 errors, 4 warnings\n"), "{shown}");
}

#[test]
fn a_report_without_diagnostics_renders_nothing() {
    let case = Case::new("");
    assert_eq!(render_all(&Report::default(), &case.sources, PLAIN, None).to_string(), "");
}

#[test]
fn the_subject_names_what_is_known() {
    let full = Subject { pipeline: None, flowgroup: Some(Arc::from("a")), action: Some(Arc::from("b")) };
    assert_eq!(subject(&full).as_deref(), Some("flowgroup `a`, action `b`"));
    assert_eq!(subject(&Subject::default()), None);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_with_any_spans_renders(
        text in "[a \t\r\n\u{feff}é数\u{202e}]{0,80}",
        filler in 0_usize..200,
        spans in proptest::collection::vec((0_u32..400, 0_u32..400), 1..5),
    ) {
        let case = Case::new(&format!("{text}{}{text}", "z".repeat(filler)));
        let mut diagnostic = Diagnostic::error(&TOKEN, text.as_str());
        for (start, end) in spans {
            diagnostic = diagnostic.label(Span { file: case.file, start, end }, "labelled");
        }
        for style in [PLAIN, Style { colour: true, unicode: true, width: Some(50) }] {
            let shown = case.render(&diagnostic, style);
            assert!(shown.contains("labelled") && !shown.contains(['\r', '\u{202e}', '\u{feff}']));
            assert!(!shown.contains("Failed to read") && !shown.contains("--> pipelines"));
        }
    }
}
