//! What a text means.

use super::{assert_values, parsed, refused, shown_all};

#[test]
fn plain_scalars_follow_yaml_1_1() {
    assert_values(&[
        ("[yes, No, ON, tRUE, y]", r#"[true, false, true, "tRUE", "y"]"#),
        ("[~, null, nULL, ]", r#"[null, null, "nULL"]"#),
        ("[010, 08, 0o10, 0x1F, 0b11, 1_000, +12]", r#"[8, "08", "0o10", 31, 3, 1000, 12]"#),
        ("- 1:30\n- 190:20:30\n- 20:30.5\n- 1_0:2_0\n", r#"[90, 685230, 1230.5, "1_0:2_0"]"#),
        ("[.5, 5., 1.0e+3, .inf, -.INF, .NaN]", "[0.5, 5.0, 1000.0, inf, -inf, NaN]"),
        ("[1e3, 1.0e3, 1e+3, +.5]", r#"["1e3", "1.0e3", "1e+3", "+.5"]"#),
        ("[2024-01-01, 2024-01-01T10:00:00Z, 2024-1-1]", r#"[<2024-01-01>, <2024-01-01 10:00:00+00:00>, "2024-1-1"]"#),
        ("123456789012345678901234567890", "123456789012345678901234567890n"),
    ]);
}

#[test]
fn quoted_and_block_scalars_are_text() {
    assert_values(&[
        (r#"['1', "yes", '', "2024-01-01"]"#, r#"["1", "yes", "", "2024-01-01"]"#),
        ("a: |\n  1\n", r#"{"a": "1\n"}"#),
        ("a: >-\n  x\n  y\n\n  z\n", r#"{"a": "x y\nz"}"#),
        ("a: |\n  x\n  y", r#"{"a": "x\ny"}"#),
        ("a: 'x\n  y'\nb: \"\\x41\\u00e9\"\n", r#"{"a": "x y", "b": "Aé"}"#),
        ("a:\r\n  - |\r\n    x\r\n    y\r\n", r#"{"a": ["x\ny\n"]}"#),
    ]);
}

#[test]
fn tokens_of_templates_and_environments_are_plain_text() {
    assert_values(&[
        ("a: ${catalog}.x", r#"{"a": "${catalog}.x"}"#),
        ("a: x_%{y}", r#"{"a": "x_%{y}"}"#),
        ("a: '{{ p }}'", r#"{"a": "{{ p }}"}"#),
        ("a: {x}", r#"{"a": {"x": null}}"#),
    ]);
}

#[test]
fn each_document_is_a_node_also_if_it_is_null() {
    assert_values(&[
        ("", ""),
        ("# only a comment\n", ""),
        ("\u{feff}# only a comment\n", ""),
        ("---\n", "null"),
        ("a: 1\n---\n---\nb: 2\n", r#"{"a": 1} --- null --- {"b": 2}"#),
        ("a: 1\n...\n---\nb: 2\n", r#"{"a": 1} --- {"b": 2}"#),
        ("%YAML 1.2\n---\nyes\n", "true"),
    ]);
    assert_eq!(refused("a: 1\n...\nb: 2\n").rule.name, "yaml-syntax");
}

#[test]
fn a_leading_byte_order_mark_is_no_part_of_the_text() {
    assert_values(&[("\u{feff}a: 1\nb: 2\n", r#"{"a": 1, "b": 2}"#)]);
}

#[test]
fn tags_of_the_core_are_accepted_on_any_quotes() {
    assert_values(&[
        ("[!!str 12, !!int '12', !!float 12, !!bool 'Yes', !!null x]", r#"["12", 12, 12.0, true, null]"#),
        ("[! 12, ! '12', !!timestamp 2024-1-2, !!str , !!null ]", r#"[12, 12, <2024-01-02>, "", null]"#),
        ("[!!map {a: 1}, !!seq [b], ! {c: 2}, ! [d]]", r#"[{"a": 1}, ["b"], {"c": 2}, ["d"]]"#),
        ("%TAG !e! tag:yaml.org,2002:\n---\n!e!int '3'\n", "3"),
        ("!<tag:yaml.org,2002:str> 1", r#""1""#),
    ]);
}

#[test]
fn sets_ordered_mappings_and_pairs_become_ordinary_collections() {
    assert_values(&[
        ("!!set {a, b: 1}", r#"{"a": null, "b": null}"#),
        ("!!omap [b: 1, a: 2]", r#"{"b": 1, "a": 2}"#),
        ("!!omap\n- a: 1\n- a: 2\n", r#"{"a": 2}"#),
        ("!!pairs [a: 1, a: [2]]", r#"[["a", 1], ["a", [2]]]"#),
        ("- &x {a: 1}\n- !!omap [*x, b: 2]\n", r#"[{"a": 1}, {"a": 1, "b": 2}]"#),
    ]);
}

#[test]
fn keys_keep_their_kind() {
    assert_values(&[
        ("{1: a, '1': b, ~: c, 1.5: d}", r#"{1: "a", "1": "b", null: "c", 1.5: "d"}"#),
        ("2024-01-01: a\n? # none\n: b\n", r#"{<2024-01-01>: "a", null: "b"}"#),
        ("{=: a}", r#"{"=": "a"}"#),
        ("? a\n? b\n", r#"{"a": null, "b": null}"#),
    ]);
}

#[test]
fn aliases_repeat_values_within_their_document() {
    assert_values(&[
        ("a: &x {b: [1]}\nc: *x\n", r#"{"a": {"b": [1]}, "c": {"b": [1]}}"#),
        ("- &a key\n- *a : 1\n", r#"["key", {"key": 1}]"#),
        ("- &e\n- *e\n", "[null, null]"),
        ("--- &x a\n--- &x b\n", r#""a" --- "b""#),
    ]);
    assert_eq!(refused("--- &x a\n--- *x\n").rule.name, "undefined-alias");
}

#[test]
fn merged_pairs_come_first_and_own_keys_override_them() {
    let base = "x: &x {p: 1, q: 2}\ny: &y {q: 3, r: 4}\n";
    let merged = |mapping: &str| {
        let text = format!("{base}z: {mapping}\n");
        let all = shown_all(&parsed(&text));
        all.split("\"z\": ").nth(1).map(|rest| rest.trim_end_matches('}').to_owned()).unwrap_or_default()
    };
    assert_eq!(merged("{<<: *x}"), r#"{"p": 1, "q": 2"#);
    assert_eq!(merged("{s: 0, <<: *x}"), r#"{"p": 1, "q": 2, "s": 0"#);
    assert_eq!(merged("{<<: *x, q: 9}"), r#"{"p": 1, "q": 9"#);
    assert_eq!(merged("{q: 9, <<: *x}"), r#"{"p": 1, "q": 9"#);
    assert_eq!(merged("{<<: [*x, *y]}"), r#"{"q": 2, "r": 4, "p": 1"#);
    assert_eq!(merged("{<<: *x, <<: *y}"), r#"{"p": 1, "q": 3, "r": 4"#);
    assert_eq!(merged("{<<: {<<: *x, s: 5}}"), r#"{"p": 1, "q": 2, "s": 5"#);
    assert_eq!(merged("{'<<': 1}"), r#"{"<<": 1"#);
}

#[test]
fn overriding_a_merged_key_is_no_repetition() {
    assert!(parsed("a: &x {p: 1}\nb: {<<: *x, p: 2}\nc: {<<: [*x, *x]}\n").warnings.is_empty());
}

#[test]
fn the_last_of_two_equal_keys_wins_at_the_place_of_the_first() {
    assert_values(&[("{a: 1, b: 2, a: 3}", r#"{"a": 3, "b": 2}"#), ("{1: a, 1.0: b, true: c}", r#"{1: "c"}"#)]);
}
