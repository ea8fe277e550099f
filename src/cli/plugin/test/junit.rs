//! Golden cases as a JUnit report: plugins are test suites.

use std::io;

use indexmap::IndexMap;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::plugin::golden::CaseOutcome;
use crate::report::prose::visible;

/// The report.
pub(super) fn document(outcomes: &[CaseOutcome]) -> String {
    // Memory can always be written to.
    String::from_utf8(write(outcomes).unwrap_or_default()).unwrap_or_default()
}

fn write(outcomes: &[CaseOutcome]) -> io::Result<Vec<u8>> {
    let mut suites: IndexMap<&str, Vec<&CaseOutcome>> = IndexMap::new();
    for outcome in outcomes {
        suites.entry(&outcome.plugin).or_default().push(outcome);
    }
    let failed = |cases: &[&CaseOutcome]| cases.iter().filter(|case| !case.failures().is_empty()).count();
    let all: Vec<&CaseOutcome> = outcomes.iter().collect();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "lhp plugin test"))
        .with_attribute(("tests", all.len().to_string().as_str()))
        .with_attribute(("failures", failed(&all).to_string().as_str()))
        .write_inner_content(|writer| {
            for (plugin, cases) in &suites {
                writer
                    .create_element("testsuite")
                    .with_attribute(("name", *plugin))
                    .with_attribute(("tests", cases.len().to_string().as_str()))
                    .with_attribute(("failures", failed(cases).to_string().as_str()))
                    .write_inner_content(|writer| cases.iter().try_for_each(|case| test_case(writer, case)))?;
            }
            Ok(())
        })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn test_case(writer: &mut Writer<Vec<u8>>, case: &CaseOutcome) -> io::Result<()> {
    let time = format!("{:.3}", case.took.as_secs_f64());
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", visible(&case.case).as_str()))
        .with_attribute(("classname", case.plugin.as_str()))
        .with_attribute(("time", time.as_str()));
    let [first, ..] = case.failures() else { return element.write_empty().map(drop) };
    element
        .write_inner_content(|writer| {
            let details: Vec<String> =
                case.failures().iter().map(|failure| format!("{}\n{}", failure.what, failure.detail)).collect();
            writer
                .create_element("failure")
                .with_attribute(("message", visible(&first.what).as_str()))
                .write_text_content(BytesText::new(&visible(&details.join("\n"))))
                .map(drop)
        })
        .map(drop)
}
