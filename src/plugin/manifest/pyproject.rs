//! Manifests in `pyproject.toml`: the table `[tool.lhp.plugin]` goes in, a tree with places comes out.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::read::MANIFEST_UNREADABLE;
use crate::project::{read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Entry, Mapping, Node, Value};

/// The file of a Python project.
pub(super) const FILE: &str = "pyproject.toml";

/// What a file with a manifest contains.
pub(super) const HEADER: &str = "tool.lhp.plugin";

/// The tree of the table.
pub(super) fn read(sources: &SourceMap, path: &Path, report: &mut Report) -> Option<Node> {
    let file = match sources.load(path) {
        Ok(file) => file,
        Err(error) => {
            report.push(read_diagnostic(text_file_rule(error.problem), &error));
            return None;
        }
    };
    let source = sources.get(file);
    let wrong = |message: String, span: Span| {
        Diagnostic::error(&MANIFEST_UNREADABLE, message)
            .label(span, "here")
            .help("write the manifest as the table `[tool.lhp.plugin]`")
    };
    let document = match DeTable::parse(&source.text) {
        Ok(document) => document,
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            let message = format!("`{}` is no TOML: {}", source.path, error.message());
            report.push(wrong(message, Span::new(file, range.start, range.end)));
            return None;
        }
    };
    let table = |table: &Spanned<DeValue<'_>>| matches!(table.get_ref(), DeValue::Table(_)).then_some(());
    let root = document.get_ref().get("tool").and_then(|tool| tool.get_ref().get("lhp"));
    let Some(found) = root.and_then(|lhp| lhp.get_ref().get("plugin")).filter(|found| table(found).is_some()) else {
        report.push(wrong(format!("`{}` has no table `[tool.lhp.plugin]`", source.path), Span::start_of(file)));
        return None;
    };
    Some(node(found, file))
}

fn node(value: &Spanned<DeValue<'_>>, file: FileId) -> Node {
    let span = Span::new(file, value.span().start, value.span().end);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::String(text.as_ref().into()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            match i64::from_str_radix(digits, number.radix()) {
                Ok(number) => Value::Int(number),
                Err(_) => Value::BigInt(digits.into()),
            }
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(date) => Value::Timestamp(date.to_string().into()),
        DeValue::Array(items) => Value::Sequence(items.iter().map(|item| node(item, file)).collect()),
        DeValue::Table(table) => Value::Mapping(Mapping {
            entries: table
                .iter()
                .map(|(key, value)| Entry {
                    key: Node::string(key.get_ref().as_ref(), Span::new(file, key.span().start, key.span().end)),
                    value: node(value, file),
                })
                .collect(),
        }),
    };
    Node::new(value, span)
}
