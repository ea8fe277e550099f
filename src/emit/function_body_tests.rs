//! The promise of [`function_body`]: same statements, whatever strings hold.

use proptest::prelude::*;

use super::super::literal::block;
use super::super::testing::awkward_text;
use super::*;

/// The syntax tree survives the way to disk; `function_body` itself refuses everything else.
fn body(code: &str) -> String {
    function_body(code).unwrap_or_else(|error| panic!("{error}: {code}"))
}

#[test]
fn lines_of_strings_keep_their_place() {
    let code = "sql = \"\"\"\n  SELECT 1\nFROM t\n\"\"\"\nif x:\n\tf(sql,\n  'a\\\nb')\n";
    let expected = "    sql = \"\"\"\n  SELECT 1\nFROM t\n\"\"\"\n    if x:\n    \tf(sql,\n      'a\\\nb')";
    assert_eq!(body(code), expected);
}

#[test]
fn formatted_strings_of_several_lines_keep_their_place() {
    let code = "q = f'''\n  {a +\n b}\n{c:>\n4}'''\nrun(q)";
    assert_eq!(body(code), "    q = f'''\n  {a +\n b}\n{c:>\n4}'''\n    run(q)");
}

#[test]
fn blanks_at_the_end_of_a_line_of_a_string_survive() {
    assert_eq!(body("x = '''a  \nb\\ \n\t\n'''"), "    x = '''a \\x20\nb\\\\\\x20\n\\x09\n'''");
    assert_eq!(body("x = f'''{a} \n{b}'''"), "    x = f'''{a}\\x20\n{b}'''");
}

#[test]
fn blanks_in_raw_strings_survive() {
    assert_eq!(body("x = r'''\\d  \nb'''"), "    x = r'''\\d''' \"  \\n\" r'''b'''");
    assert_eq!(body("x = rb'''a\\' \nb'''"), "    x = rb'''a''' b\"\\\\' \\n\" rb'''b'''");
    assert_eq!(body("x = rf'''{a} \n{b}'''.strip()"), "    x = rf'''{a}''' \" \\n\" rf'''{b}'''.strip()");
}

#[test]
fn empty_lines_around_the_code_are_dropped() {
    assert_eq!(body("\n \n# why\nx = 1\n\n\ny = 2  \n\n"), "    # why\n    x = 1\n\n\n    y = 2");
    assert_eq!(body(" \n"), "");
}

#[test]
fn a_return_may_stand_anywhere() {
    assert_eq!(body("if x:\r\n    return\r\nreturn 1"), "    if x:\n        return\n    return 1");
}

#[test]
fn code_that_does_not_parse_is_refused_with_its_place() {
    let Err(BodyError::Syntax(error)) = function_body("x = 1\ny = = 2") else { panic!("accepted") };
    assert_eq!((error.line, error.column), (2, 5));
    assert!(matches!(function_body("    x = 1"), Err(BodyError::Syntax(_))));
}

#[test]
fn imports_that_only_a_module_can_hold_are_refused() {
    for code in ["x = 1\nfrom __future__ import annotations", "x = 1\nfrom math import *"] {
        let Err(BodyError::ModuleOnly(error)) = function_body(code) else { panic!("accepted: {code}") };
        assert_eq!(error.line, 2, "{code}");
    }
}

proptest! {
    #[test]
    fn strings_with_any_text_keep_their_value(text in awkward_text(), other in awkward_text()) {
        let code = format!("if x:\n    f({},\n{})\ng({})\n", block(&text), block(&other), block(&text));
        prop_assert!(function_body(&code).is_ok(), "{}", code);
    }

    #[test]
    fn raw_strings_keep_their_value(text in "[a\\\\'\" \t\n{}]{0,12}") {
        for prefix in ["r", "R", "rb", "rf", ""] {
            let code = format!("x = {prefix}\"\"\"{text}\"\"\"\ny = 1\n");
            if python::module(&code).is_ok() {
                prop_assert!(function_body(&code).is_ok(), "{}", code);
            }
        }
    }
}
