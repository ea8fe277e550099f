//! Moving keys of a source into its `options`: pairs of a mapping and their new names go in, edits come out.
//!
//! Comments move along: those behind a key and those on the lines directly above it. In braces they stay.

use super::edit::Edit;
use super::layout::{Layout, Reason, Surroundings, surroundings, value, within};
use crate::syntax::{Entry, Node, Value};

/// The key of the mapping that the pairs move to.
pub const OPTIONS: &str = "options";

/// A pair that becomes an option.
pub struct Move<'n> {
    pub entry: &'n Entry,
    /// The name of the option.
    pub name: &'n str,
}

/// Moves pairs of `source` into its `options`, which are created if there are none.
pub fn move_into_options(layout: &Layout<'_>, source: &Node, moves: &[Move<'_>]) -> Result<Vec<Edit>, Reason> {
    let options = source.as_mapping().and_then(|mapping| mapping.entry(OPTIONS));
    let foreign = |entry: &Entry| !within(entry.key.span, source.span);
    if moves.iter().map(|moved| moved.entry).chain(options).any(foreign) {
        return Err("a part of these settings is merged from elsewhere".to_owned());
    }
    if let Some(entry) = options {
        layout.separator(entry).or_else(|reason| if is_block(layout, entry) { Ok("") } else { Err(reason) })?;
        if entry.value.as_mapping().is_none() {
            return Err(format!("`{OPTIONS}` is {}, not a mapping", entry.value.kind()));
        }
    }
    match (surroundings(layout, source), options) {
        (Surroundings::Flow, _) => in_flow(layout, source, options, moves),
        (Surroundings::Block, Some(options)) if surroundings(layout, &options.value) == Surroundings::Flow => {
            let mut edits = vec![into_braces(layout, &options.value, moves)?];
            for moved in moves {
                edits.push(layout.remove(source, moved.entry)?);
            }
            Ok(edits)
        }
        (Surroundings::Block, options) => in_block(layout, options, moves),
    }
}

/// Whether the value of a key is a mapping in lines of its own, which nothing but blanks and comments precede.
fn is_block(layout: &Layout<'_>, entry: &Entry) -> bool {
    let between = layout.text.get(entry.key.span.end as usize..entry.value.span.start as usize).unwrap_or_default();
    let mut lines = between.lines();
    let colon = lines.next().map(str::trim).and_then(|first| first.strip_prefix(':')).map(str::trim);
    colon.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        && between.contains('\n')
        && lines.map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

/// The value of an option: as written, with booleans as the words that they were emitted as.
fn option_value(layout: &Layout<'_>, entry: &Entry, into: Surroundings) -> Result<String, Reason> {
    layout.separator(entry)?;
    if let Value::Bool(flag) = entry.value.value {
        return Ok(format!("\"{flag}\""));
    }
    let (_, inner) = layout.scalar(&entry.value)?;
    let written = layout.written(entry.value.span);
    match (&entry.value.value, into) {
        (Value::String(text), Surroundings::Flow) if text.as_ref() == inner && written == inner => {
            Ok(value(inner, into))
        }
        _ => Ok(written.to_owned()),
    }
}

fn in_flow(
    layout: &Layout<'_>,
    source: &Node,
    options: Option<&Entry>,
    moves: &[Move<'_>],
) -> Result<Vec<Edit>, Reason> {
    let gone: Vec<&Entry> = moves.iter().map(|moved| moved.entry).collect();
    if let Some(options) = options {
        let mut edits = layout.remove_from_flow(source, &gone)?;
        edits.push(into_braces(layout, &options.value, moves)?);
        return Ok(edits);
    }
    let Some((first, others)) = gone.split_first() else { return Ok(Vec::new()) };
    let mut edits = if others.is_empty() { Vec::new() } else { layout.remove_from_flow(source, others)? };
    let whole = crate::source::Span { end: first.value.span.end, ..first.key.span };
    edits.push(Edit::replace(whole, format!("{OPTIONS}: {{{}}}", pairs(layout, moves)?)));
    Ok(edits)
}

/// The pairs as they stand in braces.
fn pairs(layout: &Layout<'_>, moves: &[Move<'_>]) -> Result<String, Reason> {
    let pair =
        |moved: &Move<'_>| Ok(format!("{}: {}", moved.name, option_value(layout, moved.entry, Surroundings::Flow)?));
    let all: Result<Vec<String>, Reason> = moves.iter().map(pair).collect();
    all.map(|all| all.join(", "))
}

/// Adds the pairs to a mapping in braces.
fn into_braces(layout: &Layout<'_>, options: &Node, moves: &[Move<'_>]) -> Result<Edit, Reason> {
    let pairs = pairs(layout, moves)?;
    let own = options.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let last =
        own.iter().filter(|entry| within(entry.value.span, options.span)).map(|entry| entry.value.span.end).max();
    match last {
        Some(end) => Ok(Edit::insert(layout.file, end as usize, format!(", {pairs}"))),
        None if own.is_empty() => Ok(Edit::insert(layout.file, options.span.start as usize + 1, pairs)),
        None => Err("the options are merged from elsewhere".to_owned()),
    }
}

/// A pair on lines of its own, and the comments that belong to it.
struct Lines {
    start: usize,
    end: usize,
    /// Without indentation and line breaks.
    lines: Vec<String>,
}

fn in_block(layout: &Layout<'_>, options: Option<&Entry>, moves: &[Move<'_>]) -> Result<Vec<Edit>, Reason> {
    let blocks: Vec<Lines> = moves.iter().map(|moved| lines(layout, moved)).collect::<Result<_, _>>()?;
    let (Some(first), Some(key)) = (blocks.first(), moves.first().map(|moved| moved.entry.key.span)) else {
        return Ok(Vec::new());
    };
    let line_break = layout.line_break(key.start as usize);
    let paste = |indent: usize, before: &str, after: &str| -> String {
        let lines = blocks.iter().flat_map(|block| &block.lines);
        lines.map(|line| format!("{before}{}{line}{after}", " ".repeat(indent))).collect()
    };
    if let Some(options) = options {
        let own = options.value.as_mapping().and_then(|mapping| mapping.entries.first());
        let own = own.filter(|entry| within(entry.key.span, options.value.span));
        let Some(own) = own else { return Err("the options are merged from elsewhere".to_owned()) };
        let indent = layout.indent(own.key.span)?;
        let at = layout.line_end(options.value.span.end as usize);
        let mut edits: Vec<Edit> =
            blocks.iter().map(|block| Edit::remove(layout.file, block.start, block.end)).collect();
        edits.push(Edit::insert(layout.file, at, paste(indent, line_break, "")));
        return Ok(edits);
    }
    let indent = layout.indent(key)?;
    let ends_file = layout.text.get(first.start..first.end).is_some_and(|lines| !lines.ends_with('\n'));
    let header = format!("{}{OPTIONS}:{line_break}", " ".repeat(indent));
    let mut text = header + &paste(indent + 2, "", line_break);
    if ends_file {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    let mut edits = vec![Edit::replace(crate::source::Span::new(layout.file, first.start, first.end), text)];
    edits.extend(blocks.iter().skip(1).map(|block| Edit::remove(layout.file, block.start, block.end)));
    Ok(edits)
}

fn lines(layout: &Layout<'_>, moved: &Move<'_>) -> Result<Lines, Reason> {
    let (key, end) = (moved.entry.key.span.start as usize, moved.entry.value.span.end as usize);
    if !layout.starts_line(key) {
        return Err("the key does not start its line".to_owned());
    }
    let comment = layout.comment_behind(end)?;
    let pair = format!("{}: {}{comment}", moved.name, option_value(layout, moved.entry, Surroundings::Block)?);
    let mut start = layout.line_start(key);
    let indentation = layout.text.get(start..key).unwrap_or_default();
    let mut lines = vec![pair];
    while let Some(above) = start.checked_sub(1).map(|line_break| layout.line_start(line_break))
        && above < start
        && let Some(comment) =
            layout.text.get(above..layout.line_end(above)).and_then(|line| line.strip_prefix(indentation))
        && comment.starts_with('#')
    {
        lines.insert(0, comment.to_owned());
        start = above;
    }
    Ok(Lines { start, end: layout.next_line(end), lines })
}
