//! JSON as Python's `json.loads` reads it.
//!
//! Text goes in, a value comes out, or nothing if the text is not JSON. Unlike stricter readers it takes
//! `NaN` and `Infinity`, keeps integers of any size, gives a repeated key its last value, and refuses
//! control characters and half surrogate pairs in strings.

use super::{MAX_DEPTH, Native, Pairs, digits};

/// Reads a whole text.
pub(super) fn read(text: &str) -> Option<Native> {
    let mut reader = Reader { rest: text, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'text> {
    rest: &'text str,
    depth: usize,
}

impl<'text> Reader<'text> {
    fn value(&mut self) -> Option<Native> {
        const NAMES: [(&str, Native); 6] = [
            ("null", Native::Null),
            ("true", Native::Bool(true)),
            ("false", Native::Bool(false)),
            ("NaN", Native::Float(f64::NAN)),
            ("Infinity", Native::Float(f64::INFINITY)),
            ("-Infinity", Native::Float(f64::NEG_INFINITY)),
        ];
        match self.rest.bytes().next()? {
            b'"' => self.string().map(|text| Native::String(text.into())),
            b'[' => self.nested(Self::list),
            b'{' => self.nested(Self::map),
            _ => match NAMES.iter().find(|(name, _)| self.rest.starts_with(name)) {
                Some((name, value)) => self.take(name).then(|| value.clone()),
                None => self.number(),
            },
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Native>) -> Option<Native> {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { None } else { read(self) };
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Option<Native> {
        let mut items = Vec::new();
        self.members("[", "]", |reader| {
            items.push(reader.value()?);
            Some(())
        })?;
        Some(Native::List(items))
    }

    fn map(&mut self) -> Option<Native> {
        let mut pairs = Pairs::default();
        self.members("{", "}", |reader| {
            let key = Native::String(reader.string()?.into());
            reader.skip_space();
            reader.take(":").then_some(())?;
            reader.skip_space();
            let value = reader.value()?;
            pairs.insert(key, value).ok()
        })?;
        Some(Native::Map(pairs.pairs))
    }

    fn members(&mut self, open: &str, close: &str, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(open).then_some(())?;
        self.skip_space();
        if self.take(close) {
            return Some(());
        }
        loop {
            member(self)?;
            self.skip_space();
            if self.take(close) {
                return Some(());
            }
            self.take(",").then_some(())?;
            self.skip_space();
        }
    }

    fn number(&mut self) -> Option<Native> {
        let negative = self.take("-");
        let whole = self.digits();
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        // A point or an exponent without digits is not part of the number; what follows then fails to parse.
        let mut literal = whole.to_owned();
        let before = self.rest;
        if self.take(".") {
            match self.digits() {
                "" => self.rest = before,
                digits => literal.extend([".", digits]),
            }
        }
        let before = self.rest;
        if self.take("e") || self.take("E") {
            let sign = if self.take("-") {
                "-"
            } else {
                self.take("+");
                ""
            };
            match self.digits() {
                "" => self.rest = before,
                digits => literal.extend(["e", sign, digits]),
            }
        }
        if literal.len() == whole.len() {
            return Some(digits::from_ascii(negative, whole));
        }
        let number: f64 = literal.parse().ok()?;
        Some(Native::Float(if negative { -number } else { number }))
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"").then_some(())?;
        let mut text = String::new();
        loop {
            let mut characters = self.rest.chars();
            let character = characters.next()?;
            self.rest = characters.as_str();
            match character {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => return None,
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(match character {
            '"' | '\\' | '/' => character,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.code_unit()?;
                if !(0xD800..0xDC00).contains(&first) {
                    return char::from_u32(first);
                }
                self.take("\\u").then_some(())?;
                let second = self.code_unit()?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                char::from_u32(0x10000 + ((first - 0xD800) << 10) + second)?
            }
            _ => return None,
        })
    }

    fn code_unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn digits(&mut self) -> &'text str {
        let end = self.rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}
