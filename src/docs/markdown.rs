//! As much Markdown as the reference needs: tables, code, anchors.

use std::fmt::Write;

/// Text as code.
pub(super) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A table with a header.
pub(super) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = String::new();
    let mut line = |cells: [&str; N]| writeln!(text, "| {} |", cells.join(" | "));
    // Writing to a string cannot fail.
    let _ = line(header);
    let _ = line(["---"; N]);
    for row in rows {
        let cells = row.map(|cell| cell_text(&cell));
        let _ = line(cells.each_ref().map(String::as_str));
    }
    text
}

/// Text in one line, in which nothing ends the cell or begins a tag.
fn cell_text(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    // Every second part lies within backticks, where a bracket is only a bracket.
    let parts = joined.split('`').enumerate();
    let parts = parts.map(|(number, part)| if number % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

/// The anchor of a heading.
pub(super) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// A fenced block.
pub(super) fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}

/// A sentence with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_to_its_line_and_column() {
        let rows = [["a\nb".to_owned(), "x | y <z> `<z>`".to_owned()]];
        assert_eq!(table(["k", "v"], rows), "| k | v |\n| --- | --- |\n| a b | x \\| y &lt;z> `<z>` |\n");
    }

    #[test]
    fn anchors_are_those_of_the_book() {
        assert_eq!(anchor("`columns.<name>` of Every load"), "columnsname-of-every-load");
    }
}
