//! Text that is hard to write down, with secrets in it, and how YAML writes it.

use lhp::syntax::token::{scan_environment, scan_secrets, scan_variables};
use lhp::syntax::{Part, SecretRef, Text};
use proptest::prelude::*;

use super::support::python_text::PIECES;

/// Text and secrets as an author may write them.
#[derive(Debug, Clone)]
pub struct Awkward {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Secret { scope: String, key: String },
}

/// Text without secrets.
pub fn text() -> impl Strategy<Value = Awkward> {
    prop::collection::vec(piece(), 0..9).prop_map(|pieces| Awkward { pieces }).prop_map(Awkward::usable)
}

/// Text that may hold secrets.
pub fn text_with_secrets() -> impl Strategy<Value = Awkward> {
    let secret = ("[a-z][a-z0-9_-]{0,6}", "[A-Za-z0-9_-]{1,6}").prop_map(|(scope, key)| Piece::Secret { scope, key });
    prop::collection::vec(prop_oneof![5 => piece(), 1 => secret], 0..9)
        .prop_map(|pieces| Awkward { pieces })
        .prop_map(Awkward::usable)
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[a-z ]{0,6}",
        1 => any::<char>().prop_map(String::from),
    ]
    .prop_map(Piece::Text)
}

impl Awkward {
    /// The text, or other text if this one holds a token or variable by accident or is empty.
    fn usable(self) -> Self {
        let written = self.written();
        let secrets = self.pieces.iter().filter(|piece| matches!(piece, Piece::Secret { .. })).count();
        let names = scan_environment(&written).chain(scan_variables(&written));
        let as_meant = names.count() == 0 && scan_secrets(&written).count() == secrets;
        if as_meant && !written.is_empty() { self } else { Self::from("x") }
    }

    /// The text as it stands in the project, secrets as references.
    pub fn written(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Secret { scope, key } => format!("${{secret:{scope}/{key}}}"),
            })
            .collect()
    }

    /// The text that the generated Python must hold.
    pub fn meant(&self) -> Text {
        let mut text = Text::default();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Secret { scope, key } => {
                    text.parts.push(Part::Secret(SecretRef { scope: scope.as_str().into(), key: key.as_str().into() }))
                }
            }
        }
        text
    }

    /// The same text with other text before and after it.
    pub fn framed(&self, before: &str, behind: &str) -> Self {
        let text = |text: &str| Piece::Text(text.to_owned());
        let pieces = [text(before)].into_iter().chain(self.pieces.iter().cloned()).chain([text(behind)]).collect();
        Self { pieces }
    }

    /// The text without some characters.
    pub fn without(&self, characters: &str) -> Self {
        self.mapped(|text| text.replace(|letter| characters.contains(letter), "")).usable()
    }

    /// The text with its literal parts changed.
    pub fn mapped(&self, change: impl Fn(&str) -> String) -> Self {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Piece::Text(change(text)),
            Piece::Secret { .. } => piece.clone(),
        });
        Self { pieces: pieces.collect() }
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.written().trim().is_empty()
    }
}

impl From<&str> for Awkward {
    fn from(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }
}

/// A text in double quotes, as YAML writes it: everything that YAML could change is an escape.
pub fn yaml(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            'é' | '数' | '😀' => out.push(character),
            _ => match u32::from(character) {
                code @ ..=0xff => out.push_str(&format!("\\x{code:02X}")),
                code @ ..=0xffff => out.push_str(&format!("\\u{code:04X}")),
                code => out.push_str(&format!("\\U{code:08X}")),
            },
        }
    }
    out.push('"');
    out
}
