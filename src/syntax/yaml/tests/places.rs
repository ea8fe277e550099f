//! Where keys and values stand.

use super::{covered, parsed};
use crate::syntax::{Node, Value};

/// The text of every key and value, outermost first.
fn written(text: &str) -> Vec<String> {
    fn collect(node: &Node, text: &str, found: &mut Vec<String>) {
        found.push(covered(text, node.span).to_owned());
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| collect(item, text, found)),
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| {
                collect(&entry.key, text, found);
                collect(&entry.value, text, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    parsed(text).documents.iter().for_each(|node| collect(node, text, &mut found));
    found
}

#[test]
fn scalars_span_their_quotes() {
    assert_eq!(written("a: 'b'"), ["a: 'b'", "a", "'b'"]);
    assert_eq!(written("ä: \"ö\\n\" # c"), ["ä: \"ö\\n\"", "ä", "\"ö\\n\""]);
    assert_eq!(written("\u{feff}a: b"), ["a: b", "a", "b"]);
}

#[test]
fn anchors_and_tags_are_no_part_of_a_value() {
    assert_eq!(written("- &x !!str b"), ["- &x !!str b", "b"]);
    assert_eq!(written("- !!map # why\n  &b b: [&c c]\n")[1..], ["&b b: [&c c]", "b", "[&c c]", "c"]);
    assert_eq!(written("[!!str , &e ]"), ["[!!str , &e ]", "", ""]);
}

#[test]
fn block_collections_end_with_their_last_value() {
    let text = "a:\n  b: 1\n  c:\n    - x\n    - y # why\n\n# next\nd: 2\n\n";
    assert_eq!(
        written(text),
        [
            "a:\n  b: 1\n  c:\n    - x\n    - y # why\n\n# next\nd: 2",
            "a",
            "b: 1\n  c:\n    - x\n    - y",
            "b",
            "1",
            "c",
            "- x\n    - y",
            "x",
            "y",
            "d",
            "2",
        ]
    );
}

#[test]
fn flow_collections_span_their_brackets() {
    assert_eq!(
        written("a: { b: [1, 2 ] }  # c\n"),
        ["a: { b: [1, 2 ] }", "a", "{ b: [1, 2 ] }", "b", "[1, 2 ]", "1", "2"]
    );
    assert_eq!(written("[a: b , c]"), ["[a: b , c]", "a: b", "a", "b", "c"]);
}

#[test]
fn block_scalars_end_with_their_last_line_of_text() {
    assert_eq!(written("a: |+\n  x\n  # y\n\n\nb: 1\n")[1..3], ["a", "|+\n  x\n  # y"]);
    assert_eq!(written("a: |\n\nb: 1\n")[2], "|");
}

#[test]
fn an_absent_value_stands_behind_its_colon() {
    let text = "a:   # c\nb: {c: , d }\n? e # f\n";
    let document = &parsed(text).documents[0];
    let inner = document.get("b").unwrap();
    let behind = |written: &str| text.find(written).map(|at| at + written.len());
    let place = |node: Option<&Node>| node.filter(|node| node.span.is_empty()).map(|node| node.span.start as usize);
    assert_eq!(place(document.get("a")), behind("a:"));
    assert_eq!(place(inner.get("c")), behind("c:"));
    assert_eq!(place(inner.get("d")), behind("d"));
    assert_eq!(place(document.get("e")), behind("? e"));
    assert_eq!(covered(text, inner.span), "{c: , d }");
}

#[test]
fn a_repeated_value_stands_where_its_anchor_is() {
    let text = "a: &x [1]\nb: *x\n";
    let document = &parsed(text).documents[0];
    assert_eq!(document.get("a").map(|node| node.span), document.get("b").map(|node| node.span));
    assert_eq!(document.span.end as usize, text.trim_end().len());
}

#[test]
fn merged_pairs_stand_where_they_are_written_and_overriding_keys_at_their_own_place() {
    let text = "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n";
    let merged = &parsed(text).documents[0];
    let entries = &merged.get("b").and_then(Node::as_mapping).unwrap().entries;
    let starts: Vec<_> = entries.iter().map(|entry| entry.key.span.start as usize).collect();
    assert_eq!(starts, [text.find("p:").unwrap(), text.rfind("q:").unwrap()]);
}
