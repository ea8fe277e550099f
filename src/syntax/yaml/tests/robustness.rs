//! No text can make the parser panic, run long or use much memory.

use proptest::prelude::*;

use super::{covered, file, refused};
use crate::syntax::yaml::{Limits, Parsed, parse};
use crate::syntax::{Node, Value};

fn assert_limit(text: &str) {
    let fault = refused(text);
    assert_eq!((fault.rule.code, fault.rule.name), ("LHP-YML-002", "limit-exceeded"), "{}", fault.message);
}

#[test]
fn lists_and_mappings_are_at_most_128_deep() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(file(), &nested(128), &Limits::default()).is_ok());
    assert_limit(&nested(129));
    assert_limit(&"- ".repeat(100_000));
    assert_limit(&"{".repeat(100_000));
    assert_limit(&"? ".repeat(100_000));
    let limits = Limits { depth: 2, ..Limits::default() };
    assert!(parse(file(), "a: [b]", &limits).is_ok());
    assert!(parse(file(), "a: [{b: c}]", &limits).is_err());
}

#[test]
fn aliases_add_to_the_depth() {
    let mut text = format!("a0: &a0 {}{}\n", "[".repeat(100), "]".repeat(100));
    text.push_str(&format!("a1: &a1 {}*a0{}\n", "[".repeat(27), "]".repeat(27)));
    assert!(parse(file(), &text, &Limits::default()).is_ok());
    text.push_str("a2: [*a1]\n");
    assert_limit(&text);
}

#[test]
fn aliases_count_with_all_they_stand_for() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_limit(&text);
}

#[test]
fn copies_for_nested_anchors_count_too() {
    let starts: String = (0..100).map(|level| format!("&a{level} [")).collect();
    let text = format!("{starts}{}{}", vec!["x"; 20_000].join(", "), "]".repeat(100));
    assert_limit(&text);
}

#[test]
fn repeated_keys_and_tag_directives_are_bounded() {
    assert_limit(&"a: 1\n".repeat(1_002));
    let directives: String = (0..1_100).map(|number| format!("%TAG !a{number}! x\n")).collect();
    assert_limit(&format!("{directives}---\na\n"));
}

#[test]
fn mappings_with_many_keys_are_read() {
    let text: String = (0..20_000).map(|number| format!("key{number}: {number}\n")).collect();
    let parsed = parse(file(), &text, &Limits::default()).unwrap();
    assert_eq!(parsed.documents[0].as_mapping().map(|mapping| mapping.entries.len()), Some(20_000));
}

/// Every span lies in the text, on borders of characters.
fn assert_spans(text: &str, parsed: &Parsed) {
    fn check(node: &Node, text: &str) {
        covered(text, node.span);
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| check(item, text)),
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| {
                check(&entry.key, text);
                check(&entry.value, text);
            }),
            _ => {}
        }
    }
    parsed.documents.iter().for_each(|node| check(node, text));
    parsed.warnings.iter().flat_map(|warning| &warning.labels).for_each(|label| _ = covered(text, label.span));
}

fn assert_sound(text: &str) {
    match parse(file(), text, &Limits::default()) {
        Ok(parsed) => assert_spans(text, &parsed),
        Err(fault) => {
            assert!(!fault.labels.is_empty() && fault.help.is_some(), "{}", fault.message);
            fault.labels.iter().for_each(|label| _ = covered(text, label.span));
        }
    }
}

const PIECES: [&str; 60] = [
    "a",
    "b: ",
    "- ",
    "? ",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\t",
    " ",
    "  ",
    "# c",
    " #",
    "'",
    "\"",
    "''",
    "\\",
    "\\x4",
    "|",
    ">",
    "|-2",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    ", ",
    "&a ",
    "*a",
    "&b",
    "*b ",
    "!",
    "!!str ",
    "!!int ",
    "!!set ",
    "!!omap ",
    "!!pairs ",
    "!x ",
    "!<y> ",
    "%",
    "%TAG",
    "%{x}",
    "@",
    "`",
    "<<: ",
    "=",
    "~",
    "---\n",
    "...\n",
    "é",
    "\u{2028}",
    "\u{85}",
    "\u{feff}",
    "\0",
    "0x_",
    "2024-13-01",
    "1:30",
];

const SAMPLE: &str = "pipeline: bronze\nflowgroup: orders # c\nvariables: &v\n  a: 'x'\n  b: \"y\\n\"\nactions:\n  - name: load\n    \
    source: {type: sql, <<: *v}\n    sql: |\n      SELECT *\n      FROM ${x}\n    on: [2024-01-01, 1.5, 0x1F, ~]\n---\n? k\n: !!set {a, b}\n";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn any_mixture_of_yaml_is_parsed_or_refused(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        assert_sound(&pieces.concat());
    }

    #[test]
    fn any_change_of_a_file_is_parsed_or_refused(
        changes in prop::collection::vec((0..SAMPLE.len(), 0..4_usize, prop::sample::select(&PIECES[..])), 1..5),
    ) {
        let mut text = SAMPLE.to_owned();
        for (at, removed, inserted) in changes {
            let at = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((at + removed).min(text.len())).max(at);
            text.replace_range(at..end, inserted);
        }
        assert_sound(&text);
    }
}
