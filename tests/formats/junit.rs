//! `--format junit`: well-formed XML with a test case for each flowgroup.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use super::awkward::{awkward, clean, flowgroup};
use super::stored;

/// `suite/case` of every test case that failed; panics unless the text is well-formed XML 1.0.
#[track_caller]
pub fn failures(xml: &str) -> Vec<String> {
    cases(xml).into_iter().filter_map(|(case, failed)| failed.then_some(case)).collect()
}

/// Every test case with whether it failed.
#[track_caller]
fn cases(xml: &str) -> Vec<(String, bool)> {
    let allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(xml.chars().find(|character| !allowed(*character)), None);
    let mut reader = Reader::from_str(xml);
    reader.config_mut().enable_all_checks(true);
    let mut cases = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return cases,
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == "testcase" => {
                let value = |name: &str| {
                    let attribute = element.try_get_attribute(name).unwrap().unwrap();
                    attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned()
                };
                cases.push((format!("{}/{}", value("classname"), value("name")), false));
            }
            Event::Start(element) if element.name().as_ref() == "failure" => cases.last_mut().unwrap().1 = true,
            _ => {}
        }
    }
}

#[test]
fn every_flowgroup_is_a_test_case() {
    let xml = clean().run(&["validate", "--format", "junit"]).exits(0).stdout;
    let names: Vec<String> = cases(&xml).into_iter().map(|(case, _)| case).collect();
    assert_eq!(names, ["project/project", "money/refunds", "raw/orders"]);
}

#[test]
fn errors_are_failures_of_their_flowgroups() {
    let xml = awkward().run(&["validate", "--format", "junit"]).exits(1).stdout;
    stored("awkward_junit", &xml);
    assert_eq!(failures(&xml), ["project/pipelines/bell.yaml", "copies/one", "odd/odd"]);
}

#[test]
fn numbers_of_tests_and_failures_are_right() {
    let xml = awkward().run(&["validate", "--format", "junit"]).exits(1).stdout;
    let head = xml.lines().nth(1).unwrap();
    let expected = format!("tests=\"{}\" failures=\"{}\"", cases(&xml).len(), failures(&xml).len());
    assert!(head.contains(&expected), "{head}");
}

#[test]
fn warnings_fail_only_if_they_count() {
    let project = clean();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders", "{catalog}"));
    let validate = ["validate", "--format", "junit"];
    assert_eq!(failures(&project.run(&validate).exits(0).stdout), Vec::<String>::new());
    let strict = project.run(&[&validate[..], &["--strict"]].concat()).exits(1).stdout;
    assert_eq!(failures(&strict), ["project/pipelines/orders.yaml"]);
}

#[test]
fn a_limit_hides_no_failure() {
    let project = awkward();
    let all = failures(&project.run(&["validate", "--format", "junit"]).stdout);
    let limited = project.run(&["validate", "--format", "junit", "--max-errors", "1"]).stdout;
    assert_eq!(failures(&limited), all);
}
