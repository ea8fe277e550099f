//! Which files a pattern selects, as a table, and a second statement of the rules to compare with.

use proptest::prelude::*;

use super::*;

const FILES: [&str; 11] = [
    "a.yaml",
    "bronze/a.yaml",
    "bronze/x/b.yaml",
    "bronze_old/b.yaml",
    "bronze_old/y/z.yaml",
    "silver/a.yaml",
    "silver/[u.yaml",
    "silver/-.yaml",
    "br[a/q.yaml",
    "bronze.yaml",
    "silver/bronze/k.yaml",
];

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn assert_selected(text: &str, expected: &[&str]) {
    let pattern = pattern(text);
    let selected: Vec<_> = FILES.into_iter().filter(|file| pattern.matches(file)).collect();
    assert_eq!(selected, expected, "{text}");
}

#[test]
fn a_pattern_without_wildcards_is_a_file_name_or_a_path() {
    assert_selected("a.yaml", &["a.yaml", "bronze/a.yaml", "silver/a.yaml"]);
    assert_selected("bronze/a.yaml", &["bronze/a.yaml"]);
    assert_selected("bronze", &[]);
    assert_selected("./a.yaml", &[]);
    assert_selected("silver/[u.yaml", &["silver/[u.yaml"]);
}

#[test]
fn sets_count_as_wildcards_in_paths_only() {
    assert_selected("[ab].yaml", &["a.yaml"]);
    assert_selected("bronze/[a].yaml", &["bronze/a.yaml"]);
    assert_selected("silver/[[]u.yaml", &["silver/[u.yaml"]);
    assert_selected("silver/[!a].yaml", &["silver/-.yaml"]);
    assert_selected("[abc", &[]);
}

#[test]
fn one_star_also_matches_slashes() {
    assert_selected("*.yaml", &FILES);
    assert_selected("bronze/*.yaml", &["bronze/a.yaml", "bronze/x/b.yaml"]);
    assert_selected("silver?a.yaml", &["silver/a.yaml"]);
    assert_selected("silver/*[u.yaml", &["silver/[u.yaml"]);
    assert_selected("*/", &[]);
}

#[test]
fn two_stars_without_a_directory_look_at_the_file_name() {
    assert_selected("**/*.yaml", &FILES);
    assert_selected("/**/*.yaml", &FILES);
    assert_selected("***", &FILES);
    assert_selected(
        "**/[ab].yaml",
        &["a.yaml", "bronze/a.yaml", "bronze/x/b.yaml", "bronze_old/b.yaml", "silver/a.yaml"],
    );
    assert_selected("**/bronze/*.yaml", &[]);
    assert_selected("**", &[]);
}

#[test]
fn two_stars_after_a_directory_also_match_its_namesakes() {
    let namesakes = ["bronze/a.yaml", "bronze/x/b.yaml", "bronze_old/b.yaml", "bronze_old/y/z.yaml"];
    assert_selected("bronze/**/*.yaml", &namesakes);
    assert_selected("bronze//**//*.yaml", &namesakes);
    assert_selected(
        "bronze**/*.yaml",
        &["bronze/a.yaml", "bronze/x/b.yaml", "bronze_old/b.yaml", "bronze_old/y/z.yaml"],
    );
    assert_selected("bronze/**/x/*.yaml", &["bronze/x/b.yaml"]);
    assert_selected("bronze/**", &["bronze/a.yaml", "bronze/x/b.yaml"]);
    assert_selected("bronze/**/", &[]);
    assert_selected("silver/**/k.yaml", &["silver/bronze/k.yaml"]);
    assert_selected("./**/*.yaml", &FILES);
    assert_selected("bronze/**/**/*.yaml", &[]);
}

#[test]
fn a_namesake_of_the_directory_is_told_apart() {
    let siblings = |text: &str| {
        let pattern = pattern(text);
        FILES.into_iter().filter(|file| pattern.matched_sibling(file)).collect::<Vec<_>>()
    };
    assert_eq!(siblings("bronze/**/*.yaml"), ["bronze_old/b.yaml", "bronze_old/y/z.yaml"]);
    assert_eq!(siblings("bronze*/**/*.yaml"), [""; 0]);
    assert_eq!(siblings("bronze/**"), [""; 0]);
    assert_eq!(siblings("**/*.yaml"), [""; 0]);
    assert_eq!(siblings("bronze/*.yaml"), [""; 0]);
}

#[test]
fn a_text_that_is_no_pattern_is_refused() {
    for (text, problem) in [
        ("", PatternProblem::Empty),
        ("***/", PatternProblem::TripleStar),
        ("a/***/b", PatternProblem::TripleStar),
        ("[unclosed", PatternProblem::Unclosed),
        ("x[unclosed]y", PatternProblem::Unclosed),
    ] {
        assert_eq!(Pattern::new(text), Err(problem), "{text}");
    }
}

#[test]
fn patterns_that_select_nothing_are_known() {
    for text in ["**", "**/", "**/bronze/*.yaml", "a/**/b/**/c", "bronze/", "bronze/**/"] {
        assert!(pattern(text).never_matches(), "{text}");
    }
    for text in ["**/*.yaml", "***", "bronze/**", "bronze", "*", "!a.yaml"] {
        assert!(!pattern(text).never_matches(), "{text}");
    }
}

#[test]
fn an_exclamation_mark_excludes_nothing() {
    assert!(pattern("!bronze/**").looks_like_exclusion());
    assert_selected("!bronze/**", &[]);
}

/// The rules once more, as they are told to users: slow, and without sets.
fn selects(pattern: &str, path: &str) -> bool {
    fn wild(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('*', rest)), _) => (0..=text.len()).any(|taken| wild(rest, &text[taken..])),
            (Some(('?', rest)), Some((_, text))) => wild(rest, text),
            (Some((own, rest)), Some((other, text))) => own == other && wild(rest, text),
            (Some(_), None) => false,
        }
    }
    let fnmatch =
        |text: &str, pattern: &str| wild(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
    let name = path.rsplit('/').next().unwrap();
    let parts: Vec<&str> = pattern.split("**").collect();
    match parts[..] {
        [_] if pattern.contains(['*', '?']) => fnmatch(path, pattern),
        [_] => name == pattern || fnmatch(path, pattern),
        [left, right] => {
            let (prefix, suffix) = (left.trim_end_matches('/'), right.trim_start_matches('/'));
            let segments: Vec<&str> = path.split('/').collect();
            let or_dot = |joined: String| if joined.is_empty() { ".".to_owned() } else { joined };
            if prefix.is_empty() {
                return fnmatch(name, suffix);
            }
            let below = (0..=segments.len()).any(|count| {
                fnmatch(&or_dot(segments[..count].join("/")), &format!("{prefix}*"))
                    && fnmatch(&or_dot(segments[count..].join("/")), suffix)
            });
            below || fnmatch(path, pattern)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_for_any_pattern_and_path(
        pattern in prop::collection::vec(prop::sample::select(vec!["a", "b", "/", "*", "**", "?", "."]), 1..8),
        path in "[ab.]{1,3}(/[ab.]{1,3}){0,3}",
    ) {
        let text = pattern.concat();
        if let Ok(pattern) = Pattern::new(&text) {
            prop_assert_eq!(pattern.matches(&path), selects(&text, &path), "{} {}", text, path);
            prop_assert!(!(pattern.never_matches() && pattern.matches(&path)), "{} {}", text, path);
        }
    }
}
