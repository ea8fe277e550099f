//! What was made against what is expected: both go in, reasons for failure come out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Failure;
use super::case::{Case, Expectation};
use super::finding;
use super::project::Made;
use crate::difference::unified_texts;
use crate::emit::python;
use crate::project::read_single;
use crate::report::{Report, Severity};
use crate::source::SourceMap;

/// Every difference between what was made and what is expected.
pub fn compare(case: &Case, made: &Made) -> Vec<Failure> {
    let has = |expectation: Expectation| case.path(expectation.name()).exists();
    let mut failures = Vec::new();
    failures.extend(findings(case, made));
    if !Expectation::ALL.into_iter().any(has) && failures.is_empty() {
        failures.push(
            Failure::new("nothing is expected of this case", shown(made))
                .help("read what was made, and if it is right, write it down with `lhp plugin test --update`"),
        );
        return failures;
    }
    if has(Expectation::Python) {
        let expected = fs::read_to_string(case.path(Expectation::Python.name())).unwrap_or_default();
        // Where lines are broken depends on the length of names, and means nothing.
        let expected = python::parse_and_format(&expected).unwrap_or(expected);
        let made = made.python.as_deref().unwrap_or_default();
        failures.extend(difference(Expectation::Python.name(), &expected.replace("\r\n", "\n"), made));
    }
    if has(Expectation::Json) {
        let expected = fs::read_to_string(case.path(Expectation::Json.name())).unwrap_or_default();
        let read: Option<serde_json::Value> = serde_json::from_str(&expected).ok();
        // The order of keys means nothing.
        if read.is_none() || read != made.json {
            let made = made.json.as_ref().map(pretty).unwrap_or_default();
            let expected = read.as_ref().map(pretty).unwrap_or(expected);
            failures.extend(difference(Expectation::Json.name(), &expected, &made));
        }
    }
    if has(Expectation::Files) {
        failures.extend(files(&case.path(Expectation::Files.name()), &made.files));
    }
    failures
}

/// Errors where something was made before: nobody wants them written down as what is expected.
pub fn regression(case: &Case, made: &Made) -> Option<Failure> {
    let output = [Expectation::Python, Expectation::Json, Expectation::Files];
    let expected = output.into_iter().find(|expectation| case.path(expectation.name()).exists())?;
    let errors: Vec<_> = made.findings.iter().filter(|found| found.severity == Severity::Error.word()).collect();
    let shown: String = errors.iter().map(|found| found.show()).collect();
    (!errors.is_empty()).then(|| {
        Failure::new(format!("there are errors now, and `{}` is expected", expected.name()), shown)
            .help(format!("correct the plugin, or remove `{}` if the errors are what you want", expected.name()))
    })
}

/// What was made, for people.
fn shown(made: &Made) -> String {
    let mut text = made.python.clone().unwrap_or_default();
    text.push_str(&made.json.as_ref().map(pretty).unwrap_or_default());
    for path in made.files.keys() {
        text.push_str(&format!("with the file `{path}`\n"));
    }
    text
}

/// What was found against what is expected to be found.
pub fn findings(case: &Case, made: &Made) -> Option<Failure> {
    let path = case.path(Expectation::Diagnostics.name());
    if !path.exists() {
        let shown: String = made.findings.iter().map(finding::Finding::show).collect();
        let what = match made.findings.len() {
            0 => return None,
            1 => "there is a finding that nobody expects".to_owned(),
            number => format!("there are {number} findings that nobody expects"),
        };
        return Some(Failure::new(what, shown));
    }
    let sources = SourceMap::new(&case.directory);
    let node = read_single(&sources, &path, &mut Report::default())?;
    let (keys, expected) = finding::expected(&node);
    let made = finding::document_like(&made.findings, &keys);
    difference(Expectation::Diagnostics.name(), &expected, &made)
}

fn difference(name: &str, expected: &str, made: &str) -> Option<Failure> {
    let diff = || unified_texts([&format!("{name} (expected)"), &format!("{name} (made)")], [expected, made]);
    (expected != made).then(|| Failure::new(format!("`{name}` is not what was made"), diff()))
}

/// Compares files by their paths below the directory of expected files.
fn files(directory: &Path, made: &BTreeMap<String, Vec<u8>>) -> Vec<Failure> {
    let expected = read_files(directory);
    let name = |path: &str| format!("{}/{path}", Expectation::Files.name());
    let mut failures = Vec::new();
    for (path, content) in &expected {
        match made.get(path) {
            None => failures.push(Failure::new(format!("`{}` was not made", name(path)), "")),
            Some(other) if other != content => {
                let [expected, made] = [content, other].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                failures.extend(difference(&name(path), &expected, &made));
            }
            Some(_) => {}
        }
    }
    for path in made.keys().filter(|path| !expected.contains_key(*path)) {
        failures.push(Failure::new(format!("`{path}` was made, and is not in `{}`", Expectation::Files.name()), ""));
    }
    failures
}

/// The files below a directory, by path.
pub fn read_files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(directory).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let read = entries.filter_map(|entry| {
        let path = entry.path().strip_prefix(directory).ok()?.to_string_lossy().replace('\\', "/");
        Some((path, fs::read(entry.path()).ok()?))
    });
    read.collect()
}

/// JSON as expectations hold it.
pub fn pretty(json: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string()))
}

/// The difference between two answers to one request.
pub fn repetition(first: &Made, second: &Made) -> Option<String> {
    let whole = |made: &Made| {
        let mut text = shown(made);
        text.push_str(&made.findings.iter().map(finding::Finding::show).collect::<String>());
        text
    };
    let same = first.files == second.files && whole(first) == whole(second);
    let texts = [whole(first), whole(second)];
    let diff = unified_texts(["first call", "second call"], [&texts[0], &texts[1]]);
    (!same).then(|| if diff.is_empty() { "the content of a file differs\n".to_owned() } else { diff })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_differ_are_shown_line_by_line() {
        let made = |text: &str| Made { python: Some(text.to_owned()), ..Made::default() };
        assert_eq!(repetition(&made("a = 1\n"), &made("a = 1\n")), None);
        let difference = repetition(&made("a = 1\n"), &made("a = 2\n")).unwrap();
        assert!(difference.contains("-a = 1\n+a = 2\n"), "{difference}");
    }
}
