//! The lines of a file that labels point at.
//!
//! In: a file and spans in it, however wrong. Out: short visible text in which every span has a
//! valid place. This module draws nothing.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use super::prose::push_visible;
use crate::source::SourceFile;

/// Lines of one span that are shown; of a longer span the start is shown.
const MAX_SPAN_LINES: usize = 6;

/// What an excerpt shows besides the labelled text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Lines before the first and after the last labelled line.
    pub context: usize,
    /// Characters of a line beyond which it is cut.
    pub columns: usize,
    /// Stands for what was cut.
    pub ellipsis: &'static str,
}

/// A labelled place of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Bytes of the excerpt's text.
    pub range: Range<usize>,
    pub text: String,
    /// The 1-based line and column in the file.
    pub place: (usize, usize),
    /// Position among the labels that were passed in.
    pub order: usize,
}

/// Consecutive lines of a file, made visible; every line ends in `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub text: String,
    /// The 1-based number of the first line.
    pub first_line: usize,
    /// In the order of the labels.
    pub marks: Vec<Mark>,
}

/// A label whose span was fitted to the text.
#[derive(Debug, Clone)]
struct Fitted {
    range: Range<usize>,
    lines: Range<usize>,
    text: String,
    order: usize,
}

/// Bytes of the text that the span covers: inside the text, on character boundaries.
pub(super) fn clamp(text: &str, start: u32, end: u32) -> Range<usize> {
    let start = text.floor_char_boundary((start as usize).min(text.len()));
    let end = text.ceil_char_boundary((end as usize).min(text.len()));
    start..end.max(start)
}

/// Cuts out what the labels (start, end, text) point at. The excerpt of the first label comes first.
pub(super) fn excerpts(file: &SourceFile, labels: &[(u32, u32, &str)], frame: Frame) -> Vec<Excerpt> {
    let mut fitted: Vec<Fitted> = Vec::with_capacity(labels.len());
    for (order, (start, end, text)) in labels.iter().enumerate() {
        let next = fit(file, clamp(&file.text, *start, *end), text, order);
        if !fitted.iter().any(|known| known.range == next.range && known.text == next.text) {
            fitted.push(next);
        }
    }
    fitted.sort_by_key(|label| (label.lines.start, label.lines.end));
    let mut clusters: Vec<(Range<usize>, Vec<Fitted>)> = Vec::new();
    for label in fitted {
        match clusters.last_mut() {
            Some((lines, members)) if label.lines.start <= lines.end + 2 * frame.context => {
                lines.end = lines.end.max(label.lines.end);
                members.push(label);
            }
            _ => clusters.push((label.lines.clone(), vec![label])),
        }
    }
    let mut shown: Vec<Excerpt> = clusters.into_iter().map(|(_, members)| cut(file, members, frame)).collect();
    shown.sort_by_key(|excerpt| excerpt.marks.first().map(|mark| mark.order));
    shown
}

/// Drops the line ends a span trails behind it, and shortens a span of many lines.
fn fit(file: &SourceFile, mut range: Range<usize>, label: &str, order: usize) -> Fitted {
    let text = &file.text;
    let covered = text.get(range.clone()).unwrap_or_default();
    let trimmed = range.start + covered.trim_end().len();
    let trails_lines = text.get(trimmed..range.end).is_some_and(|rest| rest.contains('\n'));
    if trails_lines {
        range.end = if trimmed > range.start { trimmed } else { line_at(text, range.start).end };
    }
    let covered = text.get(range.clone()).unwrap_or_default();
    let first = file.line_column(offset(range.start)).0;
    let mut label = label.to_owned();
    let mut count = memchr_iter(b'\n', covered.as_bytes()).take(MAX_SPAN_LINES).count() + 1;
    if count > MAX_SPAN_LINES {
        count = MAX_SPAN_LINES;
        let last = file.line_column(offset(range.end)).0;
        let cut = memchr_iter(b'\n', covered.as_bytes()).nth(MAX_SPAN_LINES - 1).unwrap_or(covered.len());
        range.end = range.start + covered.get(..cut).map_or(0, |kept| kept.trim_end().len());
        let blank = if label.is_empty() { "" } else { " " };
        label = format!("{label}{blank}(continues to line {last})");
    }
    Fitted { range, lines: first..first + count, text: label, order }
}

/// Builds one excerpt. `members` are in the order of lines and not empty.
fn cut(file: &SourceFile, mut members: Vec<Fitted>, frame: Frame) -> Excerpt {
    let text = &file.text;
    let mut first_line = members.first().map_or(1, |label| label.lines.start);
    let mut start = line_at(text, members.iter().map(|label| label.range.start).min().unwrap_or(0)).start;
    for _ in 0..frame.context {
        if start == 0 {
            break;
        }
        start = line_at(text, start - 1).start;
        first_line -= 1;
    }
    let last = members.iter().map(|label| label.range.end).max().unwrap_or(0);
    let mut page = Page::default();
    let mut line = line_at(text, start);
    let mut after = 0;
    loop {
        page.add(text, line.clone(), &members, frame);
        let next = line.end + 1;
        if next > last {
            after += 1;
        }
        if after > frame.context || next > text.len() || (next == text.len() && next > last) {
            break;
        }
        line = line_at(text, next);
    }
    members.sort_by_key(|label| label.order);
    let marks = members
        .into_iter()
        .map(|label| Mark {
            range: page.place(label.range.start)..page.place(label.range.end),
            text: label.text,
            place: file.line_column(offset(label.range.start)),
            order: label.order,
        })
        .collect();
    Excerpt { text: page.text, first_line, marks }
}

/// Visible text, and where the characters of the file went in it.
#[derive(Debug, Default)]
struct Page {
    text: String,
    /// Offset in the file, offset in the text; both ascending.
    places: Vec<(usize, usize)>,
}

impl Page {
    /// Adds one line of the file; `line` excludes its `\n`.
    fn add(&mut self, text: &str, line: Range<usize>, members: &[Fitted], frame: Frame) {
        let content = text.get(line.clone()).unwrap_or_default();
        let content = content.strip_suffix('\r').unwrap_or(content);
        let whole = line.start..line.start + content.len();
        let mut reached = whole.start;
        for piece in pieces(text, &whole, members, frame) {
            if piece.start > reached {
                self.text.push_str(frame.ellipsis);
            }
            for (at, character) in text.get(piece.clone()).unwrap_or_default().char_indices() {
                self.places.push((piece.start + at, self.text.len()));
                match character {
                    '\u{feff}' if piece.start + at == 0 => {}
                    '\t' => self.text.push('\t'),
                    other => push_visible(&mut self.text, other),
                }
            }
            reached = piece.end;
        }
        if reached < whole.end {
            self.text.push_str(frame.ellipsis);
        }
        self.places.push((whole.end, self.text.len()));
        self.places.push((line.end, self.text.len()));
        self.text.push('\n');
    }

    /// Where an offset of the file is in the text.
    fn place(&self, offset: usize) -> usize {
        let at = self.places.partition_point(|(known, _)| *known < offset);
        self.places.get(at).or(self.places.last()).map_or(0, |(_, place)| *place)
    }
}

/// The parts of a line that are shown: all of it, or the surroundings of its labels.
fn pieces(text: &str, line: &Range<usize>, members: &[Fitted], frame: Frame) -> Vec<Range<usize>> {
    let content = text.get(line.clone()).unwrap_or_default();
    let long = content.len() > frame.columns && content.chars().nth(frame.columns).is_some();
    if !long {
        return vec![line.clone()];
    }
    let inside = |at: &usize| (line.start..=line.end).contains(at);
    let mut centres: Vec<usize> = members
        .iter()
        .flat_map(|label| {
            let start = Some(label.range.start).filter(inside);
            start.or_else(|| Some(label.range.end).filter(inside))
        })
        .collect();
    centres.sort_unstable();
    if centres.is_empty() {
        centres.push(line.start);
    }
    let columns = (frame.columns / centres.len()).max(40);
    let mut kept: Vec<Range<usize>> = Vec::with_capacity(centres.len());
    for centre in centres {
        let piece = surroundings(text, line, centre, columns);
        match kept.last_mut() {
            Some(last) if piece.start <= last.end => last.end = last.end.max(piece.end),
            _ => kept.push(piece),
        }
    }
    kept
}

/// At most `columns` characters of the line around an offset, of which a quarter lies before it.
fn surroundings(text: &str, line: &Range<usize>, centre: usize, columns: usize) -> Range<usize> {
    let before = text.get(line.start..centre).unwrap_or_default();
    let start = before.char_indices().rev().nth((columns / 4).saturating_sub(1)).map_or(0, |(at, _)| at) + line.start;
    let rest = text.get(start..line.end).unwrap_or_default();
    let end = rest.char_indices().nth(columns).map_or(line.end, |(at, _)| start + at);
    start..end
}

/// The line around an offset, without its `\n`.
fn line_at(text: &str, offset: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let offset = offset.min(bytes.len());
    let start = bytes.get(..offset).and_then(|before| memrchr(b'\n', before)).map_or(0, |at| at + 1);
    let end = bytes.get(offset..).and_then(|after| memchr(b'\n', after)).map_or(bytes.len(), |at| offset + at);
    start..end
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
