//! Draws one excerpt with its labels underlined.
//!
//! In: an excerpt, whose places are valid. Out: a box drawn by miette, headed by
//! `path:line:column` on a line that is never wrapped.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents, ThemeCharacters, ThemeStyles,
};

use super::excerpt::Excerpt;
use super::style::Style;

/// An excerpt with the name of its file, in the form that miette draws.
#[derive(Debug)]
struct Snippet<'a> {
    path: &'a str,
    excerpt: &'a Excerpt,
}

impl std::fmt::Display for Snippet<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet<'_> {}

impl miette::Diagnostic for Snippet<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.marks.iter().enumerate().map(|(position, mark)| {
            let text = Some(mark.text.clone()).filter(|text| !text.is_empty());
            let span = SourceSpan::from(mark.range.clone());
            if position == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl SourceCode for Snippet<'_> {
    /// Asked for context, gives the whole excerpt; asked for none, gives the place that heads the box.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.excerpt.text.as_bytes();
        let name = self.path.to_owned();
        let contents = if lines_before > 0 {
            let lines = memchr::memchr_iter(b'\n', text).count();
            MietteSpanContents::new_named(name, text, (0, text.len()).into(), self.excerpt.first_line - 1, 0, lines)
        } else {
            let (line, column) = self.excerpt.marks.first().map_or((1, 1), |mark| mark.place);
            let data = text.get(span.offset()..span.offset() + span.len()).ok_or(MietteError::OutOfBounds)?;
            MietteSpanContents::new_named(name, data, *span, line - 1, column - 1, 1)
        };
        Ok(Box::new(contents))
    }
}

/// Draws the excerpt; `path` and the texts of its labels are visible text already.
pub(super) fn draw(out: &mut String, path: &str, excerpt: &Excerpt, style: Style) {
    let theme = GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_context_lines(1)
        .with_wrap_lines(false)
        .with_urls(false)
        .without_syntax_highlighting();
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, &Snippet { path, excerpt }).is_ok() {
        // Our message is empty, since the header stands above the box; its line is left out.
        drawn.trim_start_matches('\n').lines().for_each(|line| {
            out.push_str(line.trim_end());
            out.push('\n');
        });
    } else if let Some(mark) = excerpt.marks.first() {
        out.push_str(&format!("  --> {path}:{}:{}\n", mark.place.0, mark.place.1));
    }
}
