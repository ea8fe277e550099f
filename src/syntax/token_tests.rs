//! What a token is, as a table, and the proof that scanner and grammar agree.

#![allow(clippy::string_slice, reason = "a wrong range must fail the test")]

use pest::Parser;
use pest::iterators::Pair;
use pest_derive::Parser;
use proptest::prelude::*;

use super::*;

#[derive(Parser)]
#[grammar = "../grammar/token.pest"]
struct Grammar;

fn read<'a>(entry: Rule, text: &'a str) -> Vec<Found<'a>> {
    let root = Grammar::parse(entry, text).expect("every text matches").next().expect("one root");
    root.into_inner().filter(|pair| pair.as_rule() != Rule::EOI).map(found).collect()
}

fn found(pair: Pair<'_, Rule>) -> Found<'_> {
    let range = pair.as_span().start()..pair.as_span().end();
    let rule = pair.as_rule();
    let name = pair.into_inner().next().expect("a word or a body").as_str();
    let token = match rule {
        Rule::environment => Token::Environment { name },
        Rule::bare => Token::Bare { name },
        Rule::variable => Token::Variable { name },
        Rule::secret => Token::Secret { body: name },
        other => panic!("{other:?} is no token"),
    };
    Found { token, range }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    scan(text).map(|found| found.token).collect()
}

const fn environment(name: &str) -> Token<'_> {
    Token::Environment { name }
}

const fn bare(name: &str) -> Token<'_> {
    Token::Bare { name }
}

const fn variable(name: &str) -> Token<'_> {
    Token::Variable { name }
}

const fn secret(body: &str) -> Token<'_> {
    Token::Secret { body }
}

#[test]
fn an_environment_token_is_one_word_in_marked_braces() {
    for (text, expected) in [
        ("${a}", vec![environment("a")]),
        ("x${a}y${b_1}z", vec![environment("a"), environment("b_1")]),
        ("${größe}${変数}${٣}", vec![environment("größe"), environment("変数"), environment("٣")]),
        ("$${a}", vec![environment("a")]),
        ("\\${a}", vec![environment("a")]),
        ("${a_${e}}", vec![environment("e")]),
        ("${a}}", vec![environment("a")]),
        ("${secret}", vec![environment("secret")]),
        ("${a", vec![]),
        ("${}", vec![]),
        ("$ {a}", vec![bare("a")]),
    ] {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn dotted_spaced_and_prefixed_names_are_ordinary_text() {
    for text in ["${a.b}", "${ a }", "${a }", "${a:b}", "${a-b}", "${hiveconf:x}", "${a\u{301}}", "no token", ""] {
        assert_eq!(tokens(text), [], "{text}");
    }
}

#[test]
fn a_variable_is_one_word_after_a_percent_sign() {
    for (text, expected) in [
        ("%{a}", vec![variable("a")]),
        ("%%{a}", vec![variable("a")]),
        ("${%{a}}", vec![variable("a")]),
        ("$%{a}", vec![variable("a")]),
        ("%${a}", vec![environment("a")]),
        ("%{a b}", vec![]),
    ] {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn a_bare_token_has_no_mark_before_and_no_brace_around() {
    for (text, expected) in [
        ("{a}", vec![bare("a")]),
        ("{a}{b}", vec![bare("a"), bare("b")]),
        ("{ {a} }", vec![bare("a")]),
        ("{a{b}", vec![bare("b")]),
        ("{{a}}", vec![]),
        ("{{a}", vec![]),
        ("{{{a}", vec![]),
        ("${{a}", vec![]),
        ("%{{a}", vec![]),
        ("{a}}", vec![]),
        ("[0-9]{2,8}", vec![]),
    ] {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn a_secret_reaches_to_the_first_brace_that_closes_no_word() {
    for (text, expected) in [
        ("${secret:s/k}", vec![secret("s/k")]),
        ("${secret:}", vec![secret("")]),
        ("${secret:${e}_sc/k}", vec![secret("${e}_sc/k")]),
        ("${secret:{e}/%{v}} {x}", vec![secret("{e}/%{v}"), bare("x")]),
        ("${secret:a{b c}", vec![secret("a{b c")]),
        ("${secret:a/b}${secret:c}", vec![secret("a/b"), secret("c")]),
        ("${secret:a${b}", vec![environment("b")]),
        ("${secret: ${secret:b", vec![]),
        ("${secrets:a}", vec![]),
        ("{secret:a}", vec![]),
    ] {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn ranges_cover_marks_and_braces() {
    let text = "é ${a} {b} %{c} ${secret:d}";
    let covered: Vec<_> = scan(text).map(|found| &text[found.range]).collect();
    assert_eq!(covered, ["${a}", "{b}", "%{c}", "${secret:d}"]);
}

#[test]
fn passes_for_one_form_look_into_secrets() {
    let text = "${secret:${e}/{b}/%{v}}";
    let only = |found: Vec<Found<'static>>| found.into_iter().map(|found| found.token).collect::<Vec<_>>();
    assert_eq!(only(scan_environment(text).collect()), [environment("e")]);
    assert_eq!(only(scan_bare(text).collect()), [bare("b")]);
    assert_eq!(only(scan_secrets(text).collect()), [secret("${e}/{b}/%{v}")]);
    assert_eq!(only(scan_variables(text).collect()), [variable("v")]);
}

#[test]
fn words_are_letters_digits_and_underscores() {
    for (name, expected) in [("a_1", true), ("ñ", true), ("Ⅷ", true), ("", false), ("a-b", false), ("a\u{301}", false)]
    {
        assert_eq!(is_word(name), expected, "{name}");
    }
}

#[test]
fn many_open_secrets_are_scanned_in_linear_time() {
    assert_eq!(scan(&"${secret:".repeat(200_000)).count(), 0);
}

/// Text made of the characters that matter to tokens, and of some that do not.
fn token_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec!["$", "{", "}", "%", "${", "%{", "a", "_", "é", "1"]),
        2 => prop::sample::select(vec!["${secret:", "secret:", " ", "/", ":", ".", "\n", "\u{301}", "Ⓐ", "{{", "}}"]),
        1 => prop::sample::select(vec!["${a}", "{b}", "%{c}", "${secret:d}"]),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(scan(text).collect::<Vec<_>>(), read(Rule::tokens, text));
    prop_assert_eq!(scan_environment(text).collect::<Vec<_>>(), read(Rule::environments, text));
    prop_assert_eq!(scan_bare(text).collect::<Vec<_>>(), read(Rule::bares, text));
    prop_assert_eq!(scan_secrets(text).collect::<Vec<_>>(), read(Rule::secrets, text));
    prop_assert_eq!(scan_variables(text).collect::<Vec<_>>(), read(Rule::variables, text));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scanner_and_grammar_find_the_same_tokens(text in token_soup()) {
        agree(&text)?;
    }

    #[test]
    fn scanner_and_grammar_agree_on_any_text(text in any::<String>()) {
        agree(&text)?;
    }
}
