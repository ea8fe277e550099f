//! How a YAML file is laid out: a text and nodes of its tree go in; lines, indentation and styles come out.
//!
//! What cannot be edited safely is refused with a reason in the user's terms, which completes "not rewritten: …".

use std::ops::Range;

use crate::source::{FileId, Span};
use crate::syntax::yaml::{Limits, parse};
use crate::syntax::{Entry, Node};

use super::edit::Edit;

/// Why something is not rewritten.
pub type Reason = String;

/// A file about to be edited.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'t> {
    pub file: FileId,
    pub text: &'t str,
}

/// Quotes around a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
}

impl Style {
    /// A text in these quotes. The text is as written, escapes included.
    pub fn around(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Single => format!("'{text}'"),
            Self::Double => format!("\"{text}\""),
        }
    }
}

/// What kind of collection surrounds a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    Block,
    Flow,
}

impl<'t> Layout<'t> {
    /// The text at a span.
    pub fn written(&self, span: Span) -> &'t str {
        self.slice(span.start as usize..span.end as usize)
    }

    fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Where the line of an offset starts, a byte-order mark left out.
    pub fn line_start(&self, at: usize) -> usize {
        let start = self.slice(0..at).rfind('\n').map_or(0, |line_break| line_break + 1);
        if start == 0 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start }
    }

    /// Where the line of an offset ends, its line break left out.
    pub fn line_end(&self, at: usize) -> usize {
        let end = self.next_line(at);
        let line = self.slice(at..end);
        at + line.trim_end_matches('\n').trim_end_matches('\r').len()
    }

    /// Where the line after that of an offset starts.
    pub fn next_line(&self, at: usize) -> usize {
        self.slice(at..self.text.len()).find('\n').map_or(self.text.len(), |offset| at + offset + 1)
    }

    /// The line break that the line of an offset ends with; that of the first line if it has none.
    pub fn line_break(&self, at: usize) -> &'static str {
        let own = self.slice(self.line_end(at)..self.next_line(at));
        let first = self.slice(self.line_end(0)..self.next_line(0));
        if if own.is_empty() { first } else { own } == "\r\n" { "\r\n" } else { "\n" }
    }

    /// The column of a key of a block mapping: what stands in front of it are blanks and marks of lists and keys.
    pub fn indent(&self, key: Span) -> Result<usize, Reason> {
        let before = self.slice(self.line_start(key.start as usize)..key.start as usize);
        match before.chars().all(|letter| matches!(letter, ' ' | '-' | '?' | ':')) {
            true => Ok(before.len()),
            false => Err("something else stands on the same line".to_owned()),
        }
    }

    /// Whether only blanks stand in front of an offset.
    pub fn starts_line(&self, at: usize) -> bool {
        self.slice(self.line_start(at)..at).chars().all(|letter| letter == ' ')
    }

    /// What separates a key from its value: a colon and blanks.
    pub fn separator(&self, entry: &Entry) -> Result<&'t str, Reason> {
        let between = self.slice(entry.key.span.end as usize..entry.value.span.start as usize);
        let behind = between.trim_start_matches([' ', '\t']).strip_prefix(':');
        match behind {
            Some(blank)
                if entry.value.span.start > entry.key.span.end && blank.trim_matches([' ', '\t']).is_empty() =>
            {
                Ok(between)
            }
            _ => Err("the value is an alias, has an anchor or a tag, or starts on a line of its own".to_owned()),
        }
    }

    /// The quotes of a scalar that stands on one line, and the text between them as written.
    pub fn scalar(&self, node: &Node) -> Result<(Style, &'t str), Reason> {
        let written = self.written(node.span);
        if written.contains(['\n', '\r']) || written.starts_with(['|', '>']) {
            return Err("the value takes several lines".to_owned());
        }
        let inner = |quote: char| written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let style = match written.chars().next() {
            Some('\'') => inner('\'').map(|inner| (Style::Single, inner)),
            Some('"') => inner('"').map(|inner| (Style::Double, inner)),
            Some('{' | '[') | None => None,
            Some(_) => Some((Style::Plain, written)),
        };
        style.ok_or_else(|| "the value is not a single text".to_owned())
    }

    /// What follows on the line of an offset: nothing, or a comment with the blanks before it.
    pub fn comment_behind(&self, end: usize) -> Result<&'t str, Reason> {
        let rest = self.slice(end..self.line_end(end));
        match rest.trim_start_matches([' ', '\t']) {
            "" => Ok(""),
            comment if comment.starts_with('#') => Ok(rest.trim_end()),
            _ => Err("something else stands on the same line".to_owned()),
        }
    }

    /// Gives a key another name. Its quotes stay.
    pub fn rename(&self, key: &Node, name: &str) -> Result<Edit, Reason> {
        let (style, inner) = self.scalar(key)?;
        match key.as_str() {
            Some(text) if text == inner => Ok(Edit::replace(key.span, style.around(name))),
            _ => Err("the key is an alias or is written with escapes".to_owned()),
        }
    }

    /// Takes a pair out of a mapping. A comment behind it stays.
    pub fn remove(&self, mapping: &Node, entry: &Entry) -> Result<Edit, Reason> {
        if surroundings(self, mapping) == Surroundings::Flow {
            let edit = self.remove_from_flow(mapping, &[entry])?.into_iter().next();
            return edit.ok_or_else(|| "the key is merged from elsewhere".to_owned());
        }
        let (start, end) = (entry.key.span.start as usize, entry.value.span.end as usize);
        if !self.starts_line(start) {
            return Err("the key does not start its line".to_owned());
        }
        let comment = self.comment_behind(end)?;
        Ok(match comment.is_empty() {
            true => Edit::remove(self.file, self.line_start(start), self.next_line(end)),
            false => Edit::remove(self.file, start, end + comment.len() - comment.trim_start().len()),
        })
    }

    /// Takes pairs out of a mapping in braces, each with one of the commas around it. At least one pair must stay.
    pub fn remove_from_flow(&self, mapping: &Node, removed: &[&Entry]) -> Result<Vec<Edit>, Reason> {
        let inside = |span: Span| within(span, mapping.span);
        let mut entries: Vec<&Entry> =
            mapping.as_mapping().map(|mapping| mapping.entries.iter().collect()).unwrap_or_default();
        entries.retain(|entry| inside(entry.key.span));
        entries.sort_by_key(|entry| entry.key.span.start);
        let is_removed = |entry: &Entry| removed.iter().any(|other| other.key.span == entry.key.span);
        let Some(first_kept) = entries.iter().position(|entry| !is_removed(entry)) else {
            return Err("nothing else stands in the same braces".to_owned());
        };
        let mut ranges = Vec::new();
        if let (Some(first), Some(kept), true) = (entries.first(), entries.get(first_kept), first_kept > 0) {
            ranges.push(first.key.span.start as usize..kept.key.span.start as usize);
        }
        for pair in entries.windows(2).skip(first_kept) {
            if let [before, entry] = pair
                && is_removed(entry)
            {
                ranges.push(before.value.span.end as usize..entry.value.span.end as usize);
            }
        }
        if ranges.iter().any(|range| self.slice(range.clone()).contains('#')) {
            return Err("a comment stands between the braces".to_owned());
        }
        Ok(ranges.into_iter().map(|range| Edit::remove(self.file, range.start, range.end)).collect())
    }
}

/// Whether a mapping is written in braces.
pub fn surroundings(layout: &Layout<'_>, mapping: &Node) -> Surroundings {
    if layout.written(mapping.span).starts_with('{') { Surroundings::Flow } else { Surroundings::Block }
}

/// Whether a span lies in another one.
pub fn within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The mapping in which a key is written, aliases and merged mappings aside.
pub fn owner(document: &Node, key: Span) -> Option<&Node> {
    if let Some(items) = document.as_sequence() {
        return items.iter().find_map(|item| owner(item, key));
    }
    let mapping = document.as_mapping()?;
    let below = mapping.entries.iter().find_map(|entry| owner(&entry.value, key));
    let own = || within(key, document.span) && mapping.entries.iter().any(|entry| entry.key.span == key);
    below.or_else(|| own().then_some(document))
}

/// A text as a value: without quotes if YAML reads it as this very text, else in double quotes.
pub fn value(text: &str, surroundings: Surroundings) -> String {
    let sample = match surroundings {
        Surroundings::Block => format!("k: {text}\n"),
        Surroundings::Flow => format!("{{k: {text}}}\n"),
    };
    let file = crate::source::SourceMap::new("").add("", "");
    let parsed = parse(file, &sample, &Limits::default());
    let plain = parsed.is_ok_and(|parsed| {
        matches!(parsed.documents.as_slice(), [document]
            if document.as_mapping().is_some_and(|mapping| mapping.entries.len() == 1)
                && document.get("k").and_then(Node::as_str) == Some(text))
    });
    match plain && !text.is_empty() && !text.starts_with(['\'', '"', '|', '>', '&', '*', '!']) {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::edit::apply;
    use crate::source::SourceMap;

    fn with<T>(text: &str, check: impl FnOnce(Layout<'_>, &Node) -> T) -> T {
        let file = SourceMap::new("").add("a.yaml", text);
        let parsed = parse(file, text, &Limits::default()).unwrap();
        check(Layout { file, text }, &parsed.documents[0])
    }

    fn removed(text: &str, key: &str) -> Result<String, Reason> {
        with(text, |layout, document| {
            let edit = layout.remove(document, document.as_mapping().unwrap().entry(key).unwrap())?;
            Ok(apply(text, [&edit]).unwrap())
        })
    }

    #[test]
    fn a_pair_is_removed_with_its_line_and_leaves_its_comment() {
        assert_eq!(removed("a: 1\r\nb: 2\r\nc: 3\r\n", "b").unwrap(), "a: 1\r\nc: 3\r\n");
        assert_eq!(removed("a: 1\nb: 2  # why\nc: 3\n", "b").unwrap(), "a: 1\n# why\nc: 3\n");
        assert_eq!(removed("\u{feff}a: 1\nb: 2", "a").unwrap(), "\u{feff}b: 2");
        assert_eq!(removed("a: 1\nb:\n  - 2\n  - 3\nc: 4\n", "b").unwrap(), "a: 1\nc: 4\n");
    }

    #[test]
    fn a_pair_in_braces_is_removed_with_a_comma() {
        assert_eq!(removed("{a: 1, b: 2, c: 3}", "a").unwrap(), "{b: 2, c: 3}");
        assert_eq!(removed("{a: 1, b: 2, c: 3}", "c").unwrap(), "{a: 1, b: 2}");
        assert_eq!(removed("{a: 1,\n b: 2,\n c: 3}", "b").unwrap(), "{a: 1,\n c: 3}");
        assert!(removed("{a: 1, # why\n b: 2}", "b").unwrap_err().contains("comment"));
        assert!(removed("{a: 1}", "a").is_err());
    }

    #[test]
    fn several_pairs_in_braces_are_removed_together() {
        let text = "{a: 1, b: 2, c: 3, d: 4, e: 5}";
        let edited = with(text, |layout, document| {
            let mapping = document.as_mapping().unwrap();
            let gone: Vec<&Entry> = ["a", "b", "d"].iter().map(|key| mapping.entry(key).unwrap()).collect();
            apply(text, &layout.remove_from_flow(document, &gone).unwrap())
        });
        assert_eq!(edited.as_deref(), Some("{c: 3, e: 5}"));
    }

    #[test]
    fn keys_keep_their_quotes_and_hidden_keys_are_refused() {
        let renamed = |text: &str| {
            with(text, |layout, document| {
                let edit = layout.rename(&document.as_mapping().unwrap().entries[0].key, "new")?;
                Ok::<_, Reason>(apply(text, [&edit]).unwrap())
            })
        };
        assert_eq!(renamed("'old': 1\n").unwrap(), "'new': 1\n");
        assert_eq!(renamed("{\"old\":1}").unwrap(), "{\"new\":1}");
        assert!(renamed("\"o\\x6cd\": 1\n").is_err());
    }

    #[test]
    fn anchors_tags_and_distant_values_are_not_taken_for_separators() {
        let separator = |text: &str| {
            with(text, |layout, document| {
                layout.separator(document.as_mapping().unwrap().entry("a").unwrap()).map(str::to_owned)
            })
        };
        assert_eq!(separator("a :  1\n").unwrap(), " :  ");
        for text in ["a: &x 1\n", "a: !!str 1\n", "a:\n  1\n", "b: &x 1\na: *x\n", "a: # c\n  1\n"] {
            assert!(separator(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_quoted_where_they_would_change() {
        assert_eq!(value("a b", Surroundings::Block), "a b");
        assert_eq!(value("a, b", Surroundings::Block), "a, b");
        for text in ["a, b", "a}", "1", "yes", "", "a: b", "a #b", "*a", "'a'", "\\"] {
            let file = SourceMap::new("").add("", "");
            let written = format!("{{k: {}}}", value(text, Surroundings::Flow));
            let parsed = parse(file, &written, &Limits::default()).unwrap();
            assert_eq!(parsed.documents[0].get("k").and_then(Node::as_str), Some(text), "{written}");
        }
    }
}
