//! Records of CSV text (RFC 4180): quoted values may hold delimiters, line breaks and doubled quotes.

use lhp_plugin::reader::Failure;

/// The records of a text, one after the other.
pub struct Records {
    text: String,
    /// Where the next record begins (bytes).
    at: usize,
    /// The line in which it begins, 1-based.
    next_line: usize,
    /// The line of the record that was read last.
    line: usize,
    delimiter: char,
}

impl Records {
    pub fn new(text: String, delimiter: char) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, next_line: 1, line: 0, delimiter }
    }

    /// The line in which the record began that was read last.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The values of the next record; none at the end. Empty lines are passed over.
    pub fn next_record(&mut self) -> Result<Option<Vec<String>>, Failure> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            self.line = self.next_line;
            let (values, length, lines) = record(rest, self.delimiter)
                .ok_or_else(|| Failure(format!("the quotes that open in line {} are never closed", self.line)))?;
            self.at += length;
            self.next_line += lines;
            if values.len() > 1 || values.iter().any(|value| !value.is_empty()) {
                return Ok(Some(values));
            }
        }
    }
}

/// The values of the first record of a text, its length in bytes, and its lines. None if its quotes are never closed.
fn record(text: &str, delimiter: char) -> Option<(Vec<String>, usize, usize)> {
    let (mut values, mut value, mut quoted, mut lines) = (Vec::new(), String::new(), false, 0);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        lines += usize::from(character == '\n');
        match character {
            '"' if quoted => match characters.next_if(|(_, next)| *next == '"') {
                Some(_) => value.push('"'),
                None => quoted = false,
            },
            _ if quoted => value.push(character),
            '"' if value.is_empty() => quoted = true,
            '\r' if characters.peek().is_some_and(|(_, next)| *next == '\n') => {}
            '\n' => {
                values.push(value);
                return Some((values, at + 1, lines));
            }
            _ if character == delimiter => values.push(std::mem::take(&mut value)),
            _ => value.push(character),
        }
    }
    values.push(value);
    (!quoted).then_some((values, text.len(), lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Vec<String>> {
        let mut records = Records::new(text.to_owned(), ',');
        std::iter::from_fn(|| records.next_record().unwrap()).collect()
    }

    #[test]
    fn quotes_hold_delimiters_and_line_breaks() {
        assert_eq!(all("a,b\r\n\"1,2\",\"x\ny\"\"z\"\n\nc,"), [["a", "b"], ["1,2", "x\ny\"z"], ["c", ""]]);
        assert!(all("").is_empty());
    }

    #[test]
    fn quotes_that_stay_open_are_told_with_their_line() {
        let mut records = Records::new("a\n\"b\n".to_owned(), ',');
        assert!(records.next_record().unwrap().is_some());
        assert!(records.next_record().is_err_and(|failure| failure.0.contains("line 2")));
    }
}
