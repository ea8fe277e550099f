//! Bare tokens of a document: a tree and its text go in, every `{name}` in its values with its place comes out.
//!
//! Keys and comments hold no tokens. What stands inside `{{ … }}`, `{% … %}` or `{# … #}` belongs to a template.

use std::ops::Range;
use std::sync::Arc;

use super::token;
use super::{Node, Value};
use crate::source::Span;

/// A `{name}` in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BareToken {
    pub name: Arc<str>,
    /// The token itself, braces included; the whole scalar if escapes hide it.
    pub span: Span,
    /// Whether `span` is the token itself.
    pub exact: bool,
    /// The last key on the way to the value, if there is one.
    pub key: Option<Arc<str>>,
}

/// The bare tokens in the values below a node, which was parsed from `text`, in the order of the tree.
///
/// A value that is repeated by an alias is listed once for each alias.
pub fn bare_tokens(node: &Node, text: &str) -> Vec<BareToken> {
    let mut found = Vec::new();
    collect(node, text, None, &mut found);
    found
}

/// The ranges of the bare tokens of a text, without those that belong to a template.
pub fn scan_outside_templates(text: &str) -> impl Iterator<Item = token::Found<'_>> {
    let templates = template_parts(text);
    token::scan_bare(text).filter(move |found| {
        templates.iter().all(|part| found.range.end <= part.start || found.range.start >= part.end)
    })
}

fn collect(node: &Node, text: &str, key: Option<&Arc<str>>, found: &mut Vec<BareToken>) {
    match &node.value {
        Value::String(value) if value.contains('{') => of_scalar(node.span, value, text, key, found),
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, text, key, found)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                let name = match &entry.key.value {
                    Value::String(name) => Some(name),
                    _ => None,
                };
                collect(&entry.value, text, name, found);
            }
        }
        _ => {}
    }
}

fn of_scalar(whole: Span, value: &str, text: &str, key: Option<&Arc<str>>, found: &mut Vec<BareToken>) {
    let names: Vec<&str> = scan_outside_templates(value).filter_map(|found| found.token.name()).collect();
    if names.is_empty() {
        return;
    }
    let (from, written) = content(whole, text);
    let places: Vec<_> = scan_outside_templates(written).collect();
    // Only if the text shows the same tokens as the value is each of them where it seems to be.
    let exact = places.iter().filter_map(|place| place.token.name()).eq(names.iter().copied());
    for (index, name) in names.into_iter().enumerate() {
        let place = places.get(index).filter(|_| exact);
        let span = place.map_or(whole, |place| Span::new(whole.file, from + place.range.start, from + place.range.end));
        found.push(BareToken { name: name.into(), span, exact, key: key.cloned() });
    }
}

/// The text of a scalar without the header of a block, and where it starts.
fn content(span: Span, text: &str) -> (usize, &str) {
    let start = span.start as usize;
    let written = text.get(start..span.end as usize).unwrap_or_default();
    if !written.starts_with(['|', '>']) {
        return (start, written);
    }
    let header = written.find('\n').map_or(written.len(), |at| at + 1);
    (start + header, written.get(header..).unwrap_or_default())
}

/// The parts of a text that a template engine reads.
fn template_parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|offset| at + offset) {
        let close = match text.as_bytes().get(open + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => "",
        };
        let end = (!close.is_empty())
            .then(|| text.get(open + 2..).and_then(|rest| rest.find(close)).map(|offset| open + 2 + offset + 2))
            .flatten();
        parts.extend(end.map(|end| open..end));
        at = end.unwrap_or(open + 1);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::yaml::{Limits, parse};

    /// What stands at the places of the tokens of a file; `-` for those that escapes hide.
    fn found(yaml: &str) -> Vec<String> {
        let file = SourceMap::new("").add("a.yaml", yaml);
        let parsed = parse(file, yaml, &Limits::default()).unwrap();
        let tokens = parsed.documents.iter().flat_map(|document| bare_tokens(document, yaml));
        let shown = |token: BareToken| match token.exact {
            true => yaml.get(token.span.start as usize..token.span.end as usize).unwrap().to_owned(),
            false => format!("- {}", token.name),
        };
        tokens.map(shown).collect()
    }

    #[test]
    fn values_hold_tokens_and_keys_and_comments_do_not() {
        assert_eq!(found("a: 'x{b}' # {c}\n\"{d}\": e{f}\ng: [\"{h}{i}\"]\n"), ["{b}", "{f}", "{h}", "{i}"]);
        assert_eq!(found("a: | # {b}\n  {c}\n  d {e}\nf: >-\n  g\n  {h}\n"), ["{c}", "{e}", "{h}"]);
        assert_eq!(found("a: {b}\n"), Vec::<String>::new());
    }

    #[test]
    fn other_marks_and_templates_are_left_alone() {
        assert_eq!(found("a: \"${b} %{c} {{d}} {{ {e} }} {% if {f} %} {# {g} #} {h}\"\n"), ["{h}"]);
        assert_eq!(found("a: \"{{ open {b}\"\n"), ["{b}"]);
        assert_eq!(found("a: \"${secret:{scope}/k}\"\n"), ["{scope}"]);
    }

    #[test]
    fn escapes_hide_the_place() {
        assert_eq!(found("a: \"{b}\\x7bc}\"\n"), ["- b", "- c"]);
        assert_eq!(found("a: \"\\t{b}\"\n"), ["{b}"]);
    }

    #[test]
    fn an_alias_repeats_the_place() {
        assert_eq!(found("x-a: &a\n  k: \"{b}\"\nc: *a\n"), ["{b}", "{b}"]);
    }
}
