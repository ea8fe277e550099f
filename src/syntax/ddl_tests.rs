//! What a column list is, as tables.

#![allow(clippy::string_slice, reason = "a wrong range must fail the test")]

use proptest::prelude::*;

use super::*;

type Parts<'a> = (&'a str, &'a str, bool, Option<&'a str>);

fn assert_columns(text: &str, expected: &[Parts<'_>]) {
    let columns = columns(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    let parts: Vec<Parts<'_>> = columns
        .iter()
        .map(|column| {
            let comment = column.comment.as_ref().map(|comment| comment.value.as_ref());
            (column.name.value.as_ref(), column.data_type.value, column.not_null.is_some(), comment)
        })
        .collect();
    assert_eq!(parts, expected, "{text:?}");
}

#[test]
fn a_column_is_a_name_and_a_type() {
    for (text, expected) in [
        ("a INT, b STRING", &[("a", "INT", false, None), ("b", "STRING", false, None)][..]),
        ("a: INT", &[("a", "INT", false, None)]),
        ("`a, b` INT", &[("a, b", "INT", false, None)]),
        ("`a``b`INT", &[("a`b", "INT", false, None)]),
        ("a.element.`x y` INT", &[("a.element.x y", "INT", false, None)]),
        ("größe DOUBLE", &[("größe", "DOUBLE", false, None)]),
        ("a INT,", &[("a", "INT", false, None)]),
        ("  \n", &[]),
    ] {
        assert_columns(text, expected);
    }
}

#[test]
fn brackets_and_quotes_protect_commas() {
    for data_type in [
        "DECIMAL(10, 2)",
        "DECIMAL (10,2)",
        "ARRAY<STRUCT<x: INT, y: INT>>",
        "MAP<STRING, DECIMAL(10, 2)>",
        "STRUCT<`a,>b`: INT COMMENT 'x, > y', c: INT NOT NULL>",
        "INTERVAL DAY TO SECOND",
        "STRING COLLATE UTF8_LCASE",
        "STRING DEFAULT 'a, (b'",
        "INT CHECK (a < 3, ')')",
        "commented",
        "NOTHING",
    ] {
        assert_columns(&format!("a {data_type}, b INT"), &[("a", data_type, false, None), ("b", "INT", false, None)]);
    }
}

#[test]
fn not_null_and_comment_follow_the_type_in_any_case() {
    for (text, expected) in [
        ("a INT NOT NULL", ("a", "INT", true, None)),
        ("a INT not\n null comment 'x, y'", ("a", "INT", true, Some("x, y"))),
        ("a DECIMAL(1,0)NOT NULL", ("a", "DECIMAL(1,0)", true, None)),
        ("a ARRAY<INT> COMMENT \"b\"", ("a", "ARRAY<INT>", false, Some("b"))),
        ("a INT COMMENT 'it''s'", ("a", "INT", false, Some("it's"))),
        ("a INT COMMENT 'it\\'s\\n'", ("a", "INT", false, Some("it's\n"))),
        ("a INT COMMENT ''", ("a", "INT", false, Some(""))),
        ("comment STRING", ("comment", "STRING", false, None)),
    ] {
        assert_columns(text, &[expected]);
    }
}

#[test]
fn remarks_between_columns_are_blanks() {
    assert_columns(
        "-- key, unique\na INT, -- it's\n/* (b, */ b INT -- end",
        &[("a", "INT", false, None), ("b", "INT", false, None)],
    );
}

#[test]
fn ranges_show_the_parts_as_written() {
    let text = " x INT, `a` INT NOT NULL COMMENT 'c' ,";
    let columns = columns(text).expect("two columns");
    let column = columns.last().expect("a column");
    assert_eq!(&text[column.range.clone()], "`a` INT NOT NULL COMMENT 'c'");
    assert_eq!(&text[column.name.range.clone()], "`a`");
    assert_eq!(&text[column.data_type.range.clone()], "INT");
    assert_eq!(column.not_null.clone().map(|range| &text[range]), Some("NOT NULL"));
    assert_eq!(column.comment.as_ref().map(|comment| &text[comment.range.clone()]), Some("'c'"));
}

#[test]
fn what_is_no_list_is_reported_where_it_goes_wrong() {
    for (text, place, message) in [
        ("a", "", "expected a data type, but the text ends here"),
        ("a INT,, b INT", ", ", "expected a column name or the end of the list, found `,`"),
        ("a (1)", "(1)", "expected a data type, found `(1)`"),
        ("a DECIMAL(10, 2", "", "expected `)`, but the text ends here"),
        ("a ARRAY<INT", "", "expected `>`, but the text ends here"),
        ("`a INT", "", "expected a closing backtick, but the text ends here"),
        ("a INT COMMENT 'x", "", "expected a closing quote, but the text ends here"),
        ("a INT NOT NULL b", "b", "expected `,`, `COMMENT` or the end of the list, found `b`"),
    ] {
        let error = columns(text).expect_err(text);
        assert_eq!((&text[error.range.clone()], error.message.as_str()), (place.trim(), message), "{text:?}");
    }
}

#[test]
fn any_text_can_be_split() {
    for (text, expected) in [
        ("a ARRAY<STRUCT<x: INT, y: INT>>, b INT", &["a ARRAY<STRUCT<x: INT, y: INT>>", "b INT"][..]),
        ("a INT COMMENT 'x (', b INT", &["a INT COMMENT 'x ('", "b INT"]),
        ("a INT,,b INT", &["a INT", "b INT"]),
        (",a INT", &["a INT"]),
        (" a INT , ", &["a INT"]),
        (" , ", &[]),
        ("a INT\n, b\n INT", &["a INT", "b\n INT"]),
        ("a (1,2", &["a (1,2"]),
        ("a((1,2),3),b", &["a((1,2),3)", "b"]),
        ("a ) , b, (c, d)", &["a ) , b, (c", "d)"]),
        ("a,\u{a0}b", &["a", "b"]),
    ] {
        assert_eq!(split_columns(text), expected, "{text:?}");
    }
}

#[test]
fn nesting_beyond_the_limit_is_an_error_and_wide_lists_are_not() {
    let wide = vec!["a DECIMAL(10, 2)"; 5000].join(", ");
    assert_eq!(columns(&wide).map(|columns| columns.len()), Ok(5000));
    let most = format!("a {}INT{}", "ARRAY<".repeat(MOST_BRACKETS), ">".repeat(MOST_BRACKETS));
    assert_eq!(columns(&most).map(|columns| columns.len()), Ok(1));
    let deep = format!("b INT, a X{}", "(".repeat(1_000_000));
    assert_eq!(columns(&deep).map_err(|error| error.range.start), Err(7));
    assert_eq!(split_columns(&deep).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_angles_and_quotes_the_commas_outside_parentheses_decide(text in "[ab. ,()\n]{0,24}") {
        let ranges = pieces(&text);
        let expected: Vec<&str> = ranges.iter().filter_map(|range| text.get(range.clone())).collect();
        prop_assert_eq!(split_columns(&text), expected);
        if let Ok(columns) = columns(&text) {
            prop_assert_eq!(columns.into_iter().map(|column| column.range).collect::<Vec<_>>(), ranges);
        }
    }

    #[test]
    fn splitting_never_loses_a_column_name(text in "[a-c `'\"<>(),:.\\\\-]{0,30}") {
        let split = split_columns(&text);
        prop_assert!(split.iter().all(|piece| !piece.is_empty() && *piece == piece.trim()));
        if let Ok(columns) = columns(&text) {
            prop_assert_eq!(split.len(), columns.len());
        }
    }
}
