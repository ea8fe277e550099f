use proptest::prelude::*;

use super::*;
use crate::emit::testing::{argument_of, awkward_secret_text, awkward_text, canonical};
use crate::emit::{normalise, python};
use crate::source::{SourceMap, Span};
use crate::syntax::{Entry, Mapping, Part, SecretRef};

/// Checks that the value of a literal survives parsing for the oldest Python, normalising and formatting.
fn assert_value(literal: &str, expected: &Text) {
    let source = format!("x = f(\n    {literal}\n)\n");
    python::check(&source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    assert_eq!(argument_of(&source), canonical(expected), "{source}");
    let normalised = normalise(&source);
    assert_eq!(argument_of(&normalised), canonical(expected), "{normalised}");
    let formatted = python::parse_and_format(&normalised).unwrap();
    python::check(&formatted).unwrap_or_else(|error| panic!("{error}\n{formatted}"));
    assert_eq!(argument_of(&formatted), canonical(expected), "{formatted}");
    assert_eq!(normalise(&formatted), formatted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_string_keeps_its_value(text in awkward_text()) {
        let literal = string(&text);
        prop_assert!(!literal.contains('\n'));
        prop_assert!(!literal.chars().any(is_hidden));
        assert_value(&literal, &Text::plain(text));
    }

    #[test]
    fn a_block_keeps_its_value(text in awkward_text()) {
        let literal = block(&text);
        prop_assert!(!literal.chars().any(is_hidden));
        assert_value(&literal, &Text::plain(text));
    }

    #[test]
    fn text_with_secrets_keeps_its_parts(value in awkward_secret_text()) {
        assert_value(&text(&value), &value);
        assert_value(&text_block(&value), &value);
    }

    #[test]
    fn a_float_reads_back(number in any::<f64>()) {
        let shown = float_repr(number);
        prop_assert!(number.is_nan() || shown.parse::<f64>() == Ok(number), "{}", shown);
    }
}

fn with_secret(before: &str, scope: &str, after: &str) -> Text {
    let secret = SecretRef { scope: scope.into(), key: "k".into() };
    Text { parts: vec![Part::Literal(before.into()), Part::Secret(secret), Part::Literal(after.into())] }
}

fn node(value: Value) -> Node {
    let sources = SourceMap::new("");
    Node::new(value, Span::start_of(sources.add("test.yaml", "")))
}

fn text_node(text: &str) -> Node {
    node(Value::String(text.into()))
}

fn map(pairs: Vec<(Node, Node)>) -> Node {
    let entries = pairs.into_iter().map(|(key, value)| Entry { key, value }).collect();
    node(Value::Mapping(Mapping { entries }))
}

#[test]
fn the_quote_that_needs_no_escape_is_taken() {
    assert_eq!(string("plain"), "\"plain\"");
    assert_eq!(string("say \"a\""), "'say \"a\"'");
    assert_eq!(string("it's \"a\""), "\"it's \\\"a\\\"\"");
}

#[test]
fn a_block_shows_lines_and_escapes_blanks_at_their_ends() {
    assert_eq!(block("SELECT \"a\" \n  FROM t"), "\"\"\"SELECT \"a\"\\x20\n  FROM t\"\"\"");
    assert_eq!(block("one line"), "\"one line\"");
}

#[test]
fn text_with_secrets_has_the_expected_form() {
    let call = r#"dbutils.secrets.get(scope="s", key="k")"#;
    let inner = "{dbutils.secrets.get(scope='s', key='k')}";
    assert_eq!(text(&with_secret("", "s", "")), call);
    assert_eq!(text(&with_secret("{a}", "s", "it's")), format!("f\"{{{{a}}}}{inner}it's\""));
    assert_eq!(text(&with_secret("\"", "s", "")), format!("f'\"{}'", inner.replace('\'', "\"")));
    assert_eq!(text_block(&with_secret("a\n", "s", "'b'")), format!("f\"\"\"a\n{inner}'b'\"\"\""));
}

#[test]
fn a_secret_whose_name_needs_escapes_is_joined() {
    assert_eq!(
        text(&with_secret("a", "s\\", "b")),
        r#""".join(["a", dbutils.secrets.get(scope="s\\", key="k"), "b"])"#
    );
}

#[test]
fn floats_are_printed_as_python_prints_them() {
    let cases = [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e22, "1.5e+22"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e-7, "1e-07"),
        (-1.5e-300, "-1.5e-300"),
        (f64::INFINITY, "inf"),
        (f64::NAN, "nan"),
        (123456.789, "123456.789"),
    ];
    for (number, shown) in cases {
        assert_eq!(float_repr(number), shown);
    }
}

#[test]
fn a_tree_becomes_a_literal_with_string_keys() {
    let tree = map(vec![
        (node(Value::Bool(true)), node(Value::Null)),
        (node(Value::Null), node(Value::Bool(false))),
        (node(Value::Float(1.5)), node(Value::Float(f64::NEG_INFINITY))),
        (node(Value::Int(5)), node(Value::Sequence(vec![node(Value::BigInt("12345678901234567890123".into()))]))),
        (text_node("s"), node(Value::Secret(with_secret("", "s", "").into()))),
    ]);
    assert_eq!(
        value(&tree).unwrap(),
        "{\"true\": None, \"null\": False, \"1.5\": float(\"-inf\"), \"5\": [12345678901234567890123], \
         \"s\": dbutils.secrets.get(scope=\"s\", key=\"k\")}"
    );
}

#[test]
fn a_date_has_no_literal_and_is_named() {
    let date = node(Value::Timestamp("2024-01-01".into()));
    let tree = node(Value::Sequence(vec![text_node("a"), date.clone()]));
    assert_eq!(value(&tree).unwrap_err().node, &date);
}

#[test]
fn values_turn_into_text_as_python_turns_them() {
    let shown = |value: Value| python_str(&node(value)).as_plain().unwrap().to_owned();
    assert_eq!(shown(Value::Bool(true)), "True");
    assert_eq!(shown(Value::Null), "None");
    assert_eq!(shown(Value::Float(f64::NAN)), "nan");
    assert_eq!(shown(Value::String("it's".into())), "it's");
    assert_eq!(shown(Value::Timestamp("2024-01-01 10:00:00+00:00".into())), "2024-01-01 10:00:00+00:00");
    let list =
        vec![text_node("it's"), text_node("a\n\u{a0}\u{fe0f}"), map(vec![(node(Value::Bool(true)), text_node("'\""))])];
    assert_eq!(shown(Value::Sequence(list)), "[\"it's\", 'a\\n\\xa0\u{fe0f}', {True: '\\'\"'}]");
}

#[test]
fn dates_inside_lists_are_shown_as_python_shows_them() {
    let cases = [
        ("2024-01-01", "[datetime.date(2024, 1, 1)]"),
        ("2024-01-01 10:00:00", "[datetime.datetime(2024, 1, 1, 10, 0)]"),
        ("2024-01-01 10:00:05.500000", "[datetime.datetime(2024, 1, 1, 10, 0, 5, 500000)]"),
        ("2024-01-01 10:00:00+00:00", "[datetime.datetime(2024, 1, 1, 10, 0, tzinfo=datetime.timezone.utc)]"),
        (
            "2024-01-01 10:00:00-05:30",
            "[datetime.datetime(2024, 1, 1, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=66600)))]",
        ),
    ];
    for (date, shown) in cases {
        let list = node(Value::Sequence(vec![node(Value::Timestamp(date.into()))]));
        assert_eq!(python_str(&list).as_plain(), Some(shown));
    }
}

#[test]
fn an_exact_literal_keeps_the_kinds_of_keys() {
    let span = Span::start_of(SourceMap::new("/").add("a.yaml", ""));
    let node = |value| Node::new(value, span);
    let pair = |key, value| Entry { key: node(key), value: node(value) };
    let inner = Value::Mapping(Mapping { entries: vec![pair(Value::Bool(true), Value::Null)] });
    let items = Value::Sequence(vec![node(inner)]);
    let text = |text: &str| Value::String(text.into());
    let entries = vec![pair(Value::Int(1), text("a")), pair(text("1"), items), pair(Value::Null, Value::Float(1.5))];
    let mapping = node(Value::Mapping(Mapping { entries }));
    assert_eq!(exact(&mapping).unwrap(), r#"{1: "a", "1": [{True: None}], None: 1.5}"#);
    let date = node(Value::Sequence(vec![node(Value::Timestamp("2024-01-01".into()))]));
    assert!(exact(&date).is_err());
}
