//! What is refused, where the fault is shown, and what the author is told to change.

use super::{labelled, parsed, refused};

/// Checks the rule, the text at the first label, and part of the help.
fn assert_fault(text: &str, rule: &str, place: &str, help: &str) {
    let fault = refused(text);
    assert_eq!(fault.rule.name, rule, "{text:?}: {}", fault.message);
    assert_eq!(fault.rule.code, "LHP-CFG-009", "{text:?}");
    assert_eq!(labelled(text, &fault, 0), place, "{text:?}: {}", fault.message);
    let found = fault.help.unwrap_or_default();
    assert!(found.contains(help), "{text:?}: {found}");
    assert!(!fault.message.ends_with('.'), "{}", fault.message);
}

#[test]
fn tabs_are_no_indentation() {
    assert_fault("a:\n\tb: 1\n", "yaml-syntax", "\t", "replace the tab by spaces");
    assert_fault("a: 1\n\tb: 2\n", "yaml-syntax", "\t", "replace the tab by spaces");
    assert_fault("a:\n  b: 1\n  \t\tc: 2\n", "yaml-syntax", "\t\t", "replace the tab by spaces");
}

#[test]
fn text_that_starts_with_a_reserved_character_needs_quotes() {
    assert_fault("a: %{x}/b # c\n", "yaml-syntax", "%{x}/b", r#"`"%{x}/b"`"#);
    assert_fault("a: [%{x}, b]\n", "yaml-syntax", "%{x}, b", "in quotes");
    assert_fault("a: @x\n", "yaml-syntax", "@x", r#"`"@x"`"#);
    assert_fault("a: `x`\n", "yaml-syntax", "`x`", "in quotes");
    assert_fault("a: @\"x\"\n", "yaml-syntax", "@\"x\"", r#"`'@"x"'`"#);
    assert_fault("a: *.csv\n", "yaml-syntax", "*.csv", r#"`"*.csv"`"#);
    assert_fault("a: & b\n", "yaml-syntax", "& b", r#"`"& b"`"#);
    assert_fault("a: ? b\n", "yaml-syntax", "? b", r#"`"? b"`"#);
    assert_fault("a: !{x}\n", "yaml-syntax", "!", "in quotes");
    assert_fault("a: > 5\n", "yaml-syntax", "5", r#"`"> 5"`"#);
    assert_fault("%{x}\na: 1\n", "yaml-syntax", "%{x}", "in quotes");
}

#[test]
fn a_second_colon_in_a_value_needs_quotes() {
    assert_fault("a: b: c # d\n", "yaml-syntax", ":", r#"`a: "b: c"`"#);
    assert_fault("- name: x: y\n", "yaml-syntax", ":", r#"`name: "x: y"`"#);
}

#[test]
fn a_missing_closing_quote_is_shown_at_its_opening_quote() {
    assert_fault("a: 'foo\nb: 1\n", "yaml-syntax", "'", "closing quote");
    assert_fault("a: \"foo\n---\nb: 1\n", "yaml-syntax", "\"", "closing quote");
    let text = "z: \"x\n  y\"\na: \"foo\nb: \"bar\"\nc: 1\n";
    let fault = refused(text);
    assert_eq!(fault.labels[1].span.start as usize, text.find("\"foo").unwrap());
    assert!(fault.help.is_some_and(|help| help.contains("add the closing quote")));
}

#[test]
fn a_quoted_text_of_several_lines_is_not_taken_for_an_open_quote() {
    let fault = refused("z: \"x\n  y\"\na: 1\n  b: 2\n");
    assert_eq!(fault.labels.len(), 1);
}

#[test]
fn text_behind_a_closing_quote_or_bracket_is_shown() {
    assert_fault("a: 'it's'\n", "yaml-syntax", "s", "write `''` for `'`");
    assert_fault("a: [b] c\n", "yaml-syntax", "c", "in quotes");
}

#[test]
fn wrong_indentation_is_shown_with_what_it_must_fit() {
    assert_fault("a:\n    b: 1\n  c: 2\n", "yaml-syntax", "c", "the same indentation");
    assert_fault("a: b\n  c: d\n", "yaml-syntax", "c", "the same indentation");
    assert_fault("a:\n  - x: 1\n    y: 2\n  z: 3\n", "yaml-syntax", "z", "like the keys of the item");
    assert_fault("a: 1\n- b\n", "yaml-syntax", "-", "below a key without a value");
    assert_fault("  a: 1\nb: 2\n", "yaml-syntax", "b", "one indentation");
    let text = "a:\n  - b\n c: 1\n";
    assert_eq!(labelled(text, &refused(text), 1), "a");
}

#[test]
fn a_line_without_a_colon_is_shown_as_a_whole() {
    assert_fault("a: 1\nfoo bar\nb: 2\n", "yaml-syntax", "foo bar", "add `: `");
    assert_fault("a: 1\nb:2\nc: 3\n", "yaml-syntax", "b:2", "add `: `");
    assert_fault(&format!("{}: 1\n", "x".repeat(1025)), "yaml-syntax", &"x".repeat(1025), "shorten the key");
}

#[test]
fn an_open_bracket_is_shown_with_its_start() {
    let text = "a: [1, 2\nb: 3\n";
    assert_fault(text, "yaml-syntax", ":", "end with `]`");
    assert_eq!(labelled(text, &refused(text), 1), "[");
    assert_fault("a: [1, , 2]\n", "yaml-syntax", ",", "write a value");
    assert_fault("a: - b\n", "yaml-syntax", "-", "lines of its own");
}

#[test]
fn unknown_escapes_and_control_characters_are_shown() {
    assert_fault("a: \"C:\\dir\"\n", "yaml-syntax", "\\d", "single quotes");
    assert_fault("a: \"\\xZZ\"\n", "yaml-syntax", "\\x", "single quotes");
    assert_fault("a: \u{7}\n", "yaml-syntax", "\u{7}", "\\u0007");
    assert_fault("\u{feff}a: \0\n", "yaml-syntax", "\0", "delete it");
}

#[test]
fn collections_cannot_be_keys() {
    assert_fault("a: {{ p }}\n", "unhashable-key", "{{ p }}", r#"`"{{ p }}"`"#);
    assert_fault("a: {{ p }}_{{ q }} # c\n", "unhashable-key", "{{ p }}", r#"`"{{ p }}_{{ q }}"`"#);
    assert_fault("a: [{{ p }}]\n", "unhashable-key", "{{ p }}", r#"`"{{ p }}"`"#);
    assert_fault("{x}: 1\n", "unhashable-key", "{x}", "in quotes");
    assert_fault("[x]: 1\n", "unhashable-key", "[x]", "in quotes");
    assert_fault("? - a\n  - b\n: c\n", "unhashable-key", "- a\n  - b", "in quotes");
    assert_fault("a: &x [1]\n*x : 2\n", "unhashable-key", "*x", "as the key");
}

#[test]
fn scalars_without_a_value_are_invalid() {
    assert_fault("a: 2024-13-01\n", "invalid-scalar", "2024-13-01", r#"`"2024-13-01"`"#);
    assert_fault("a: =\n", "invalid-scalar", "=", "in quotes");
    assert_fault("a: <<\n", "invalid-scalar", "<<", "in quotes");
    assert_fault("a: 0x_\n", "invalid-scalar", "0x_", "in quotes");
    assert_fault("a: !!int b\n", "invalid-scalar", "b", "an integer");
    assert_fault("a: !!bool maybe\n", "invalid-scalar", "maybe", "`true` or `false`");
}

#[test]
fn tags_must_be_known_and_fit_their_value() {
    assert_fault("a: !x b\n", "unknown-tag", "!x", "remove the tag");
    assert_fault("a: &y !x [b]\n", "unknown-tag", "!x", "remove the tag");
    assert_fault("a: !!python/name:os.system ''\n", "unknown-tag", "!!python/name:os.system", "remove the tag");
    assert_fault("a: !!binary aGk=\n", "unknown-tag", "!!binary", "as text");
    assert_fault("a: !!int [1]\n", "tag-mismatch", "!!int", "remove the tag");
    assert_fault("a: !!map x\n", "tag-mismatch", "!!map", "remove the tag");
    assert_fault("a: !!seq {x: 1}\n", "tag-mismatch", "!!seq", "remove the tag");
    assert_fault("a: !!set [x]\n", "tag-mismatch", "!!set", "remove the tag");
    assert_fault("a: !!omap [x]\n", "tag-mismatch", "x", "one `- key: value`");
    assert_fault("a: !!pairs [{x: 1, y: 2}]\n", "tag-mismatch", "{x: 1, y: 2}", "one `- key: value`");
}

#[test]
fn merges_take_mappings_only() {
    assert_fault("<<: 5\n", "invalid-merge", "5", "<<: *name");
    assert_fault("<<: [{a: 1}, b]\n", "invalid-merge", "b", "<<: *name");
    assert_fault("<<:\n", "invalid-merge", "", "<<: *name");
}

#[test]
fn anchors_are_defined_once_and_before_their_aliases() {
    assert_fault("a: *csv\n", "undefined-alias", "*csv", "in quotes");
    assert_fault("a: &base 1\nb: *bsae\n", "undefined-alias", "*bsae", "did you mean `*base`?");
    assert_fault("a: &x 1\nb: &x 2\n", "duplicate-anchor", "&x", "another name");
    assert_fault("a: &x [*x]\n", "self-reference", "*x", "move the alias");
    assert_fault("a: &x {<<: *x}\n", "self-reference", "*x", "move the alias");
}

#[test]
fn a_repeated_key_is_a_warning_at_both_places() {
    let text = "a: 1\nb: 2\na: 3\n";
    let warnings = parsed(text).warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].rule.code, warnings[0].rule.name), ("LHP-YML-001", "duplicate-key"));
    assert!(!warnings[0].is_error());
    let starts: Vec<_> = warnings[0].labels.iter().map(|label| label.span.start).collect();
    assert_eq!(starts, [10, 0]);
    assert!(warnings[0].message.contains("`a`"));
    assert_eq!(parsed("{1: a, true: b, 1.0: c}").warnings.len(), 2);
}
