//! A JUnit report: pipelines are test suites, flowgroups are test cases, and their errors are failures.
//!
//! What belongs to no pipeline is in the suite `project`, with a test case for each file.

use std::io;

use indexmap::IndexMap;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Context, Place};
use crate::report::prose::{one_line, visible};
use crate::report::{Diagnostic, Report, Severity};
use crate::source::SourceMap;

/// The suite of what belongs to no pipeline, and its test case for what has no place.
const PROJECT: &str = "project";

/// Findings by test case and test suite.
type Suites<'a> = IndexMap<&'a str, IndexMap<String, Vec<&'a Diagnostic>>>;

/// The report. Every error is in it, because a missing failure would look like a test that passed.
pub(super) fn document(report: &Report, sources: &SourceMap, context: &Context) -> String {
    let suites = suites(report, sources, context);
    // Memory can always be written to.
    let bytes = write(&suites, sources, context).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn suites<'a>(report: &'a Report, sources: &SourceMap, context: &'a Context) -> Suites<'a> {
    let mut suites = Suites::from([(PROJECT, IndexMap::from([(PROJECT.to_owned(), Vec::new())]))]);
    for (pipeline, flowgroups) in &context.pipelines {
        suites.entry(pipeline).or_default().extend(flowgroups.iter().map(|name| (name.clone(), Vec::new())));
    }
    for diagnostic in &report.diagnostics {
        let (suite, case) = match (diagnostic.subject.pipeline.as_deref(), diagnostic.subject.flowgroup.as_deref()) {
            (Some(pipeline), flowgroup) => (pipeline, flowgroup.unwrap_or(pipeline).to_owned()),
            (None, _) => {
                let place = diagnostic.labels.first().map(|label| Place::of(label.span, sources).file);
                (PROJECT, place.unwrap_or_else(|| PROJECT.to_owned()))
            }
        };
        suites.entry(suite).or_default().entry(case).or_default().push(diagnostic);
    }
    suites
}

fn write(suites: &Suites<'_>, sources: &SourceMap, context: &Context) -> io::Result<Vec<u8>> {
    let fails = |found: &Vec<&Diagnostic>| found.iter().any(|diagnostic| is_failure(diagnostic, context));
    let failures = |cases: &IndexMap<String, Vec<&Diagnostic>>| cases.values().filter(|found| fails(found)).count();
    let tests: usize = suites.values().map(IndexMap::len).sum();
    let failed: usize = suites.values().map(failures).sum();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", one_line(&format!("lhp {} {}", context.command, context.environment)).as_str()))
        .with_attributes(counts(tests, failed).iter().map(|(name, count)| (*name, count.as_str())))
        .write_inner_content(|writer| {
            for (name, cases) in suites {
                writer
                    .create_element("testsuite")
                    .with_attribute(("name", attribute(name).as_str()))
                    .with_attributes(
                        counts(cases.len(), failures(cases)).iter().map(|(name, count)| (*name, count.as_str())),
                    )
                    .write_inner_content(|writer| {
                        cases
                            .iter()
                            .try_for_each(|(case, found)| test_case(writer, name, case, found, sources, context))
                    })?;
            }
            Ok(())
        })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn counts(tests: usize, failures: usize) -> [(&'static str, String); 4] {
    [
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", "0".to_owned()),
    ]
}

/// One test case with at most one failure, since many readers show only the first.
fn test_case(
    writer: &mut Writer<Vec<u8>>,
    suite: &str,
    case: &str,
    found: &[&Diagnostic],
    sources: &SourceMap,
    context: &Context,
) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", attribute(case).as_str()))
        .with_attribute(("classname", attribute(suite).as_str()));
    let (failures, remarks): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        found.iter().partition(|diagnostic| is_failure(diagnostic, context));
    if found.is_empty() {
        return element.write_empty().map(drop);
    }
    let inner = element.write_inner_content(|writer| {
        if let Some(first) = failures.first() {
            let more = failures.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            writer
                .create_element("failure")
                .with_attribute(("message", attribute(&format!("{}{more}", first.message)).as_str()))
                .with_attribute(("type", first.rule.to_string().as_str()))
                .write_text_content(BytesText::new(&paragraphs(&failures, sources)))?;
        }
        if !remarks.is_empty() {
            writer.create_element("system-out").write_text_content(BytesText::new(&paragraphs(&remarks, sources)))?;
        }
        Ok(())
    });
    inner.map(drop)
}

fn is_failure(diagnostic: &Diagnostic, context: &Context) -> bool {
    diagnostic.is_error() || (context.strict && diagnostic.severity == Severity::Warning)
}

/// Each finding with its place, the way the value came, and help.
fn paragraphs(found: &[&Diagnostic], sources: &SourceMap) -> String {
    let place = |span| {
        let Place { file, line, column, .. } = Place::of(span, sources);
        format!("{}:{line}:{column}", one_line(&file))
    };
    let mut text = String::new();
    for diagnostic in found {
        let Diagnostic { rule, severity, message, labels, origins, help, .. } = diagnostic;
        text.push_str(&format!("{}[{rule}]: {message}\n", severity.word()));
        for label in labels.iter().chain(origins) {
            let text_of = if label.text.is_empty() { "here" } else { label.text.as_str() };
            text.push_str(&format!("  {}: {text_of}\n", place(label.span)));
        }
        text.extend(help.iter().map(|help| format!("  help: {help}\n")));
    }
    readable(&text)
}

/// A text that XML can hold: what it forbids, even as a reference, is spelled out.
fn readable(text: &str) -> String {
    visible(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

fn attribute(text: &str) -> String {
    readable(&one_line(text))
}
