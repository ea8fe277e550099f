//! A SARIF 2.1.0 log (OASIS), for code scanning.
//!
//! Every finding is in it, because one that is missing would count as fixed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128;

use super::{Context, Place};
use crate::project::PROJECT_FILE;
use crate::report::{Diagnostic, Label, Report, Rule, Severity, Subject};
use crate::source::SourceMap;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What stands for the root of the repository, which only the reader knows.
const BASE: &str = "%SRCROOT%";

/// Characters that a path of a URI does not hold as they are.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The log, with one run.
pub(super) fn document(report: &Report, sources: &SourceMap, context: &Context) -> String {
    let mut rules: Vec<&'static Rule> = report.diagnostics.iter().map(|diagnostic| diagnostic.rule).collect();
    rules.sort_by_key(|rule| (rule.code, rule.name));
    rules.dedup();
    let mut seen = FxHashMap::default();
    let results: Vec<Json> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let index = rules.iter().position(|rule| *rule == diagnostic.rule);
            result(diagnostic, index.unwrap_or_default(), fingerprint(diagnostic, sources, &mut seen), sources, context)
        })
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(descriptor).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("lhp-{}/{}/", context.command, context.environment)},
            "invocations": [{"executionSuccessful": true}],
            "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// A rule with its documentation.
fn descriptor(rule: &'static Rule) -> Json {
    let page = rule.page();
    let mut tags = vec![rule.code];
    tags.extend(rule.family);
    json!({
        "id": rule.to_string(),
        "name": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": rule.summary()},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": tags},
    })
}

fn result(diagnostic: &Diagnostic, index: usize, fingerprint: String, sources: &SourceMap, context: &Context) -> Json {
    let mut text = diagnostic.message.clone();
    text.extend(diagnostic.help.iter().map(|help| format!("\nhelp: {help}")));
    let mut place = match diagnostic.labels.first() {
        Some(label) => location(&Place::of(label.span, sources), context),
        // Code scanning takes no finding without a file.
        None => json!({"physicalLocation": {"artifactLocation": artifact(PROJECT_FILE, context)}}),
    };
    if let (Some(subject), Some(place)) = (logical(&diagnostic.subject), place.as_object_mut()) {
        place.insert("logicalLocations".to_owned(), json!([subject]));
    }
    let others = diagnostic.labels.iter().skip(1).chain(&diagnostic.origins);
    let related: Vec<Json> = others.enumerate().map(|(id, label)| related(id + 1, label, sources, context)).collect();
    json!({
        "ruleId": diagnostic.rule.to_string(),
        "ruleIndex": index,
        "level": level(diagnostic.severity),
        "message": {"text": text},
        "locations": [place],
        "relatedLocations": related,
        "partialFingerprints": {"lhpFinding/v1": fingerprint},
    })
}

fn location(place: &Place, context: &Context) -> Json {
    json!({"physicalLocation": {
        "artifactLocation": artifact(&place.file, context),
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
            "byteOffset": place.offset,
            "byteLength": place.end_offset - place.offset,
        },
    }})
}

fn related(id: usize, label: &Label, sources: &SourceMap, context: &Context) -> Json {
    let mut place = location(&Place::of(label.span, sources), context);
    if let Some(place) = place.as_object_mut() {
        place.insert("id".to_owned(), id.into());
        let text = if label.text.is_empty() { "see here" } else { label.text.as_str() };
        place.insert("message".to_owned(), json!({"text": text}));
    }
    place
}

/// A file by its URI: below the root of the repository, or absolute.
fn artifact(path: &str, context: &Context) -> Json {
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    if absolute {
        let path = path.trim_start_matches('/');
        return json!({"uri": format!("file:///{}", utf8_percent_encode(path, PATH))});
    }
    let path = format!("{}{path}", context.prefix);
    json!({"uri": utf8_percent_encode(&path, PATH).to_string(), "uriBaseId": BASE})
}

/// `pipeline.flowgroup.action`, as far as it is known.
fn logical(subject: &Subject) -> Option<Json> {
    let parts = [("pipeline", &subject.pipeline), ("flowgroup", &subject.flowgroup), ("action", &subject.action)];
    let known: Vec<(&str, &str)> =
        parts.into_iter().filter_map(|(kind, name)| Some((kind, name.as_deref()?))).collect();
    let (kind, name) = *known.last()?;
    let full = known.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(".");
    Some(json!({"name": name, "fullyQualifiedName": full, "kind": kind}))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// What identifies a finding while lines move: rule, subject, file, message and the text of the line, and a number for
/// findings that have all of these in common.
fn fingerprint(diagnostic: &Diagnostic, sources: &SourceMap, seen: &mut FxHashMap<u128, usize>) -> String {
    let mut parts = vec![diagnostic.rule.to_string(), diagnostic.message.clone()];
    let subject = &diagnostic.subject;
    parts.extend(
        [&subject.pipeline, &subject.flowgroup, &subject.action]
            .map(|part| part.as_deref().unwrap_or_default().to_owned()),
    );
    if let Some(label) = diagnostic.labels.first() {
        let place = Place::of(label.span, sources);
        let text = &sources.get(label.span.file).text;
        parts.push(text.lines().nth(place.line - 1).unwrap_or_default().trim().to_owned());
        parts.push(place.file);
    }
    let hash = xxh3_128(parts.join("\0").as_bytes());
    let number = seen.entry(hash).or_default();
    *number += 1;
    format!("{hash:032x}:{number}")
}
