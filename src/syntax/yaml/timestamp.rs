//! Dates and times of YAML 1.1: text goes in, what Python's `str()` shows for the value comes out.

use super::resolve::Invalid;

/// The parts of a timestamp as written, before anything is known about their ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timestamp<'text> {
    year: u32,
    month: u32,
    day: u32,
    time: Option<Time<'text>>,
    /// Whether month and day have two digits each.
    padded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Time<'text> {
    hour: u32,
    minute: u32,
    second: u32,
    fraction: &'text str,
    /// Minutes east of Greenwich.
    offset: Option<i32>,
}

/// Splits text that has the shape of a timestamp.
pub(super) fn read(text: &str) -> Option<Timestamp<'_>> {
    let mut cursor = Cursor { text };
    let year = cursor.number(4, 4)?;
    cursor.literal('-')?;
    let before_month = cursor.text.len();
    let month = cursor.number(1, 2)?;
    cursor.literal('-')?;
    let day = cursor.number(1, 2)?;
    let padded = before_month - cursor.text.len() == 5;
    let time = if cursor.text.is_empty() { None } else { Some(cursor.time()?) };
    cursor.text.is_empty().then_some(Timestamp { year, month, day, time, padded })
}

impl Timestamp<'_> {
    /// Whether plain text of this shape is a timestamp without a tag: a lone date needs its zeroes.
    pub fn is_implicit(&self) -> bool {
        self.time.is_some() || self.padded
    }

    /// What Python's `str()` shows; an error if there is no such day or time.
    pub fn display(&self, text: &str) -> Result<String, Invalid> {
        let invalid = || Invalid {
            message: format!("`{text}` has the form of a date, but there is no such date or time"),
            help: format!("correct the date, or write it in quotes if it is text: `\"{text}\"`"),
        };
        let Self { year, month, day, .. } = *self;
        if year == 0 || day == 0 || day > days_in_month(year, month) {
            return Err(invalid());
        }
        let mut shown = format!("{year:04}-{month:02}-{day:02}");
        let Some(time) = self.time else { return Ok(shown) };
        let Time { hour, minute, second, fraction, offset } = time;
        let day_minutes = 24 * 60;
        if hour > 23 || minute > 59 || second > 59 || offset.is_some_and(|offset| offset.abs() >= day_minutes) {
            return Err(invalid());
        }
        shown.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
        let micros = fraction.get(..6).unwrap_or(fraction);
        if micros.bytes().any(|digit| digit != b'0') {
            shown.push_str(&format!(".{micros:0<6}"));
        }
        if let Some(offset) = offset {
            let sign = if offset < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
            shown.push_str(&format!("{sign}{hours:02}:{minutes:02}"));
        }
        Ok(shown)
    }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

struct Cursor<'text> {
    text: &'text str,
}

impl<'text> Cursor<'text> {
    fn literal(&mut self, expected: char) -> Option<()> {
        self.text = self.text.strip_prefix(expected)?;
        Some(())
    }

    fn digits(&mut self, most: usize) -> &'text str {
        let run = self.text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.text.split_at_checked(run).unwrap_or_default();
        self.text = rest;
        digits
    }

    fn number(&mut self, fewest: usize, most: usize) -> Option<u32> {
        let digits = self.digits(most);
        if digits.len() < fewest { None } else { digits.parse().ok() }
    }

    fn time(&mut self) -> Option<Time<'text>> {
        match self.text.strip_prefix(['T', 't']) {
            Some(rest) => self.text = rest,
            None => self.blanks()?,
        }
        let hour = self.number(1, 2)?;
        self.literal(':')?;
        let minute = self.number(2, 2)?;
        self.literal(':')?;
        let second = self.number(2, 2)?;
        let fraction = if self.literal('.').is_some() { self.digits(usize::MAX) } else { "" };
        let offset = if self.text.is_empty() { None } else { Some(self.offset()?) };
        Some(Time { hour, minute, second, fraction, offset })
    }

    fn blanks(&mut self) -> Option<()> {
        let rest = self.text.trim_start_matches([' ', '\t']);
        let found = rest.len() < self.text.len();
        self.text = rest;
        found.then_some(())
    }

    fn offset(&mut self) -> Option<i32> {
        let _ = self.blanks();
        if self.literal('Z').is_some() {
            return Some(0);
        }
        let sign = if self.literal('-').is_some() {
            -1
        } else {
            self.literal('+')?;
            1
        };
        let hours = self.number(1, 2)?;
        let minutes = if self.literal(':').is_some() { self.number(2, 2)? } else { 0 };
        i32::try_from(hours * 60 + minutes).ok().map(|minutes| sign * minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_shown_as_python_shows_them() {
        let cases = [
            ("2024-01-01", "2024-01-01"),
            ("0001-02-28", "0001-02-28"),
            ("2024-02-29", "2024-02-29"),
            ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
            ("2024-01-01T10:00:00Z", "2024-01-01 10:00:00+00:00"),
            ("2024-1-2t1:02:03.5 +5:30", "2024-01-02 01:02:03.500000+05:30"),
            ("2024-01-01 \t 10:00:00.1234567-08", "2024-01-01 10:00:00.123456-08:00"),
            ("2024-01-01 10:00:00.", "2024-01-01 10:00:00"),
            ("2024-01-01 10:00:00.0000009", "2024-01-01 10:00:00"),
            ("2024-01-01 10:00:00 +01:90", "2024-01-01 10:00:00+02:30"),
            ("2024-01-01 10:00:00 -00:00", "2024-01-01 10:00:00+00:00"),
        ];
        for (text, expected) in cases {
            let timestamp = read(text).unwrap();
            assert!(timestamp.is_implicit(), "{text}");
            assert_eq!(timestamp.display(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_lone_date_without_padding_is_a_timestamp_only_with_a_tag() {
        let timestamp = read("2024-1-1").unwrap();
        assert!(!timestamp.is_implicit());
        assert_eq!(timestamp.display("2024-1-1").as_deref(), Ok("2024-01-01"));
    }

    #[test]
    fn impossible_dates_and_times_are_invalid() {
        for text in [
            "2024-13-01",
            "2024-00-01",
            "2023-02-29",
            "2024-01-00",
            "0000-01-01",
            "2024-01-01 24:00:00",
            "2024-01-01 10:60:00",
            "2024-01-01 10:00:60",
            "2024-01-01 10:00:00+24:00",
            "2024-01-01 10:00:00-23:60",
        ] {
            assert!(read(text).unwrap().display(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_text_has_not_the_shape_of_a_timestamp() {
        for text in [
            "2024-01",
            "24-01-01",
            "2024-01-01 10:00",
            "2024-01-01T",
            "2024-01-01x",
            "2024-01-01 10:00:00z",
            "20240-01-01",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
