//! Specifier sets and versions, as tables. The expectations are those of Python's `packaging`,
//! asked with pre-releases allowed only where a specifier names one.

#![allow(clippy::string_slice, reason = "a wrong range must fail the test")]

use super::*;

fn read(text: &str) -> Requirement {
    requirement(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
}

/// Rows of a set, versions that meet it, and versions that do not.
fn assert_rows(rows: &[(&str, &str, &str)]) {
    for (text, met, unmet) in rows {
        let requirement = read(text);
        for version in met.split_whitespace() {
            assert!(requirement.allows(version), "{text} should allow {version}");
        }
        for version in unmet.split_whitespace() {
            assert!(!requirement.allows(version), "{text} should not allow {version}");
        }
    }
}

#[test]
fn a_set_without_clauses_demands_nothing() {
    assert_rows(&[("", "0.9 1.0a1 garbage", ""), ("  ", "0.9", ""), (" , ", "0.9", "")]);
}

#[test]
fn clauses_compare_releases() {
    assert_rows(&[
        (">=0.9.3", "0.9.3 0.9.3.post1 0.9.3+loc 0.9.4 1 v1.0 1!1.0", "0.9 garbage"),
        ("> 0.9.3", "0.9.4 1.10", "0.9.3 0.9.3.post1 0.9.3+loc"),
        (">0.9.3.post1", "0.9.4", "0.9.3.post1"),
        ("<1.0", "0.9.4", "1 1.0.0 1.0.post1"),
        ("<=0.9.3", "0.9.3 0.9.3+loc", "0.9.3.post1 0.9.4"),
        ("<1.0.post1", "1.0", "1.0.post1"),
        (">1.0.post0", "1.0.post1 1.0-1", "1.0"),
        (">1.0", "1.0.0.0.1", "1.0.post1 1.0.post1+x"),
        (">=1!0", "1!1.0", "2.0"),
    ]);
}

#[test]
fn equality_ignores_trailing_zeros_and_unnamed_local_labels() {
    assert_rows(&[
        ("==1", "1 1.0 1.0.0 1.0+x v1.0", "1.0.post1 1.0.0.0.1"),
        ("==1.0+X", "1.0+x", "1.0"),
        ("!=1.0+x", "1.0 2.0", "1.0+x"),
        ("!=1.0", "2.0", "1.0+x 1"),
        ("===1.0", "1.0", "1 1.0.0 v1.0"),
        ("===garbage", "garbage GARBAGE", "1.0"),
    ]);
}

#[test]
fn wildcards_compare_number_by_number() {
    assert_rows(&[
        ("==0.9.*", "0.9 0.9.3 0.9.3.post1", "1.0"),
        ("==1.0.0.*", "1 1.0 1.0.0.0.1", "1.2"),
        ("==1.2.3.*", "1.2.3", "1.2 1"),
        ("!=1.2.3.*", "1.2 1", "1.2.3"),
        ("==1!1.*", "1!1.0", "1.0"),
    ]);
}

#[test]
fn compatible_releases_keep_all_numbers_but_the_last() {
    assert_rows(&[
        ("~=0.9.3", "0.9.3 0.9.4 0.9.3.post1", "0.9 1.0"),
        ("~=1.0", "1 1.2.3 1.10", "2.0 1!1.0"),
        ("~=1.0.post1", "1.0.post1 1.2", "1.0"),
        ("~=1!1.0", "1!1.0", "1.0"),
    ]);
}

#[test]
fn all_clauses_must_be_met() {
    assert_rows(&[(">=0.9.3, <1.0, !=0.9.4", "0.9.3 0.9.5", "0.9.4 1.0 0.9"), (">=0.9,\n <1,", "0.9.3", "1.0")]);
}

#[test]
fn pre_releases_are_excluded_unless_a_clause_names_one() {
    assert_rows(&[
        (">=0.9.3", "", "0.9.4rc1 2.0rc1 1.2.0.dev3"),
        ("!=1.0a1", "1.0", "1.0a2"),
        ("==0.9.*", "", "0.9.3a1"),
        (">=1.0a1", "1.0a1 1.0c1 2.0rc1", "1.0.dev1 0.9.3"),
        (">=1.0,<2.0rc2", "2.0rc1 1.2.0.dev3", "1.0a1"),
        ("<1.0rc1", "1.0a1 1.0.dev1", "1.0rc1"),
        ("<1.0", "0.9", "1.0a1"),
        ("<1.0a1.post1", "1.0a1 1.0.dev1", "1.0"),
        (">1.0a1", "1.0a2 1.0.post1", "1.0a1.post1"),
        (">1.0.dev1", "1.0a1.post1 1.0.post1", "1.0.dev1"),
        ("==1.0A1", "1.0a1", "1.0"),
        ("===1.0a1", "1.0A1", "1.0"),
        ("~=1.0a1", "1.0a1 1.2.0.dev3", "2.0rc1"),
    ]);
}

#[test]
fn every_spelling_of_a_version_is_read() {
    for text in [
        "==v1.0",
        ">=V1.0",
        "==1.0-1",
        "==1.0-rc.1",
        "==1.0alpha",
        "==1.0preview_2",
        "==1.0.r3",
        "==1.0rev3",
        "==1.0-a",
        "<1.0.dev",
        ">=01.0",
        "==1.0+LOCAL_1-a",
        "~=1.2a1",
        "\t>=1.0\u{a0}",
        ">=1,,<2",
        ">=1.0.0.0.0",
        "== 1!2.*",
    ] {
        assert!(requirement(text).is_ok(), "{text}");
    }
}

#[test]
fn an_error_points_at_the_wrong_clause() {
    for (text, place, message) in [
        ("0.9.3", "0.9.3", "`0.9.3` has no comparison operator"),
        (">=1, v0.9.3 ", "v0.9.3", "`v0.9.3` has no comparison operator"),
        (">=0.9, ~=1 , <2", "~=1", "`~=` needs a version of at least two numbers, not `1`"),
        (">=1 <2", ">=1 <2", "`>=1 <2` is not one clause"),
        (">=1;<2", ">=1;<2", "`>=1;<2` is not one clause"),
        ("<2, >=", ">=", "`>=` is followed by no version"),
        ("=>1", "=>1", "`=>1` is not a version clause"),
        ("=1.0", "=1.0", "`=1.0` is not a version clause"),
        ("^1.0", "^1.0", "`^1.0` is not a version clause"),
        ("> =1", "> =1", "`=1` in `> =1` is not a version"),
        (">=1.*", ">=1.*", "`>=` does not take a version that ends in `.*`"),
        (">=1.0+x", ">=1.0+x", "`>=` does not take a version with a local label"),
        ("~=1.0+x", "~=1.0+x", "`~=` does not take a version with a local label"),
        (">=1.x", ">=1.x", "`1.x` in `>=1.x` is not a version"),
        ("==*", "==*", "`*` in `==*` is not a version"),
        ("==1.0a1.*", "==1.0a1.*", "`1.0a1.*` in `==1.0a1.*` is not a version"),
        (">=１.0", ">=１.0", "`１.0` in `>=１.0` is not a version"),
        ("== 1.0 post1", "== 1.0 post1", "`== 1.0 post1` is not a version clause"),
        ("latest", "latest", "`latest` is not a version clause"),
    ] {
        let error = requirement(text).expect_err(text);
        assert_eq!((&text[error.range], error.message.as_str()), (place, message), "{text}");
        assert!(!error.help.is_empty());
    }
}

#[test]
fn help_shows_a_clause_that_works() {
    for (text, help) in [
        ("0.9.3", "write `==0.9.3` for exactly this version, or `>=0.9.3` for this and later ones"),
        ("^1.2", "use one of `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===` and a version, for example `>=1.2`"),
        (">=1.*", "write `>=1`, or use `==` or `!=`"),
        ("~=1", "write `~=1.0` with the numbers you mean, or `>=1`"),
        ("<1.0+x", "write `<1.0`"),
    ] {
        assert_eq!(requirement(text).expect_err(text).help, help, "{text}");
    }
}
