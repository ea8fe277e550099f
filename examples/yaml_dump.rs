//! Prints how YAML files are parsed: paths come in on standard input, one line of JSON per path goes out.
//!
//! `tests/tools/yaml_parity.py` compares these lines with PyYAML. With `--time` it prints only how long parsing took.

use std::io::{BufRead, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use lhp::report::Diagnostic;
use lhp::source::SourceMap;
use lhp::syntax::yaml::{Limits, parse};
use lhp::syntax::{Node, Value};
use serde_json::json;

fn main() -> std::io::Result<()> {
    let only_time = std::env::args().any(|argument| argument == "--time");
    let sources = SourceMap::new(std::env::current_dir()?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut files = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let path = PathBuf::from(line?);
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        let id = sources.add(path.to_string_lossy(), text);
        files.push((path, id, sources.get(id)));
    }
    let started = Instant::now();
    let mut documents = 0;
    for (path, id, file) in &files {
        let outcome = parse(*id, &file.text, &Limits::default());
        if only_time {
            documents += outcome.map_or(0, |parsed| parsed.documents.len());
            continue;
        }
        let shown = match outcome {
            Ok(parsed) => json!({
                "path": path,
                "documents": parsed.documents.iter().map(node).collect::<Vec<_>>(),
                "warnings": parsed.warnings.iter().map(|warning| fault(warning, &sources)).collect::<Vec<_>>(),
            }),
            Err(error) => json!({ "path": path, "error": fault(&error, &sources) }),
        };
        writeln!(out, "{shown}")?;
    }
    if only_time {
        writeln!(out, "{} files, {documents} documents, {:?}", files.len(), started.elapsed())?;
    }
    out.flush()
}

/// Kind, value, start and end in bytes.
fn node(node: &Node) -> serde_json::Value {
    let (kind, value) = match &node.value {
        Value::Null => ("null", json!(null)),
        Value::Bool(flag) => ("bool", json!(flag)),
        Value::Int(number) => ("int", json!(number.to_string())),
        Value::BigInt(digits) => ("int", json!(**digits)),
        // Bits compare exactly; all not-a-numbers are one value.
        Value::Float(number) if number.is_nan() => ("float", json!("nan")),
        Value::Float(number) => ("float", json!(format!("{:016x}", number.to_bits()))),
        Value::Timestamp(text) => ("timestamp", json!(**text)),
        Value::String(text) => ("str", json!(**text)),
        Value::Secret(text) => ("secret", json!(text.display())),
        Value::Sequence(items) => ("seq", items.iter().map(self::node).collect()),
        Value::Mapping(mapping) => (
            "map",
            mapping.entries.iter().map(|entry| json!([self::node(&entry.key), self::node(&entry.value)])).collect(),
        ),
    };
    json!([kind, value, node.span.start, node.span.end])
}

fn fault(diagnostic: &Diagnostic, sources: &SourceMap) -> serde_json::Value {
    let labels: Vec<_> = diagnostic
        .labels
        .iter()
        .map(|label| json!([sources.location(label.span).to_string(), label.span.start, label.span.end, label.text]))
        .collect();
    json!({
        "code": diagnostic.rule.code,
        "rule": diagnostic.rule.name,
        "message": diagnostic.message,
        "labels": labels,
        "help": diagnostic.help,
    })
}
