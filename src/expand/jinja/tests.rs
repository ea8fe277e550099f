use serde_json::Value as Json;

use super::*;
use crate::expand::native::{convert, into_node};
use crate::source::{SourceMap, Span};
use crate::syntax::{self, Node};

fn node(literal: &str) -> Node {
    let sources = SourceMap::new(".");
    let file = sources.add("probes", literal);
    let like = Node::new(syntax::Value::Null, Span::start_of(file));
    into_node(convert(literal).unwrap(), &like)
}

fn fixture() -> Json {
    serde_json::from_str(include_str!("../../../fixtures/jinja/probes.json")).unwrap()
}

/// The complaints about all probes for which `complain` has one; it gets the probe and the text that we print, if any.
fn complaints(complain: impl Fn(&Json, Option<&str>) -> Option<String>) -> String {
    let fixture = fixture();
    let context = context_value(&node(fixture["context"].as_str().unwrap()));
    let jinja = Jinja::new();
    let probes = fixture["probes"].as_array().unwrap();
    let complaint = |probe: &Json| {
        let undefined = if probe["undefined"] == "strict" { Undefined::Strict } else { Undefined::Empty };
        let ours = jinja.render(probe["source"].as_str().unwrap(), &context, undefined);
        complain(probe, ours.as_deref().ok()).map(|wanted| format!("{probe}\n  {wanted}, got {ours:?}\n"))
    };
    probes.iter().filter_map(complaint).collect()
}

#[test]
fn every_probe_gives_what_jinja2_gives() {
    let complaints = complaints(|probe, ours| {
        let agrees = probe.get("differs").is_some() || ours == probe["expected"].as_str();
        (!agrees).then(|| "must be as in Jinja2".to_owned())
    });
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn known_differences_are_as_documented() {
    let complaints = complaints(|probe, ours| {
        probe.get("differs")?;
        if ours == probe["expected"].as_str() {
            return Some("does not differ any more".to_owned());
        }
        (ours != probe["ours"].as_str()).then(|| "differs in another way".to_owned())
    });
    assert!(complaints.is_empty(), "{complaints}");
}
