//! Secrets on their way through a plugin: they leave as tokens, and come back as expressions.
//!
//! A token is ordinary text, so a plugin can put it into a longer text. The name of the tokens of a request is chosen
//! so that it occurs nowhere in the request, and it follows from the request alone, so the same request always looks
//! the same.

use super::Fault;
use crate::syntax::{Part, SecretRef, Text};

/// How every token starts.
const START: &str = "__lhp_secret_";

/// The tokens of one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretTokens {
    prefix: String,
    secrets: Vec<SecretRef>,
}

impl SecretTokens {
    /// Tokens whose name does not occur in a text: the request with its secrets written out.
    pub(super) fn outside(text: &str) -> Self {
        let mut attempt = 0_u64;
        loop {
            let digest = xxhash_rust::xxh3::xxh3_64_with_seed(text.as_bytes(), attempt);
            let prefix = format!("{START}{digest:016x}_");
            if !text.contains(&prefix) {
                return Self { prefix, secrets: Vec::new() };
            }
            attempt += 1;
        }
    }

    /// The token of a secret.
    pub(super) fn token(&mut self, secret: &SecretRef) -> String {
        let position = self.secrets.iter().position(|known| known == secret).unwrap_or_else(|| {
            self.secrets.push(secret.clone());
            self.secrets.len() - 1
        });
        format!("{}{position}__", self.prefix)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Whether a text holds a token, or a piece of one.
    pub fn occur_in(&self, text: &str) -> bool {
        !self.is_empty() && text.contains(&self.prefix)
    }

    /// A text with its tokens turned back into secrets. None if a token was damaged.
    pub fn text(&self, written: &str) -> Option<Text> {
        let mut text = Text::default();
        if self.is_empty() {
            text.push_str(written);
            return Some(text);
        }
        let mut rest = written;
        while let Some((before, after)) = rest.split_once(&self.prefix) {
            let (position, after) = after.split_once("__")?;
            let secret = self.secrets.get(position.parse::<usize>().ok()?)?;
            text.push_str(before);
            text.parts.push(Part::Secret(secret.clone()));
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }

    /// A text for people: tokens are shown as the secrets are written in YAML.
    pub fn shown(&self, written: &str) -> String {
        if !self.occur_in(written) {
            return written.to_owned();
        }
        let mut out = String::with_capacity(written.len());
        let mut rest = written;
        while let Some((before, after)) = rest.split_once(&self.prefix) {
            out.push_str(before);
            let known = after.split_once("__").and_then(|(position, after)| {
                let secret = self.secrets.get(position.parse::<usize>().ok()?)?;
                Some((Text { parts: vec![Part::Secret(secret.clone())] }.display(), after))
            });
            let (shown, after) = known.unwrap_or_else(|| ("${secret:…}".to_owned(), after));
            out.push_str(&shown);
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// A text in which no token is left, whatever request it is of: a plugin may repeat what it was asked before.
pub fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(START) {
        out.push_str(before);
        let end = after.split_once('_').and_then(|(digest, after)| {
            let (position, after) = after.split_once("__")?;
            let is_token = digest.len() == 16
                && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
                && position.bytes().all(|byte| byte.is_ascii_digit());
            is_token.then_some(after)
        });
        match end {
            Some(after) => {
                out.push_str("${secret:…}");
                rest = after;
            }
            None => {
                out.push_str(START);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Fault {
    /// The fault with its texts as they are to be shown.
    pub fn shown(self, show: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::NoEntry { detail } => Self::NoEntry { detail: show(&detail) },
            Self::WrongInterface { detail } => Self::WrongInterface { detail: show(&detail) },
            Self::WrongVersion { detail } => Self::WrongVersion { detail: show(&detail) },
            Self::Incompatible { detail } => Self::Incompatible { detail: show(&detail) },
            Self::UnknownImport { detail } => Self::UnknownImport { detail: show(&detail) },
            Self::Missing { detail, help } => Self::Missing { detail: show(&detail), help: show(&help) },
            Self::Environment { detail } => Self::Environment { detail: show(&detail) },
            Self::NotGranted { detail, grant } => Self::NotGranted { detail: show(&detail), grant: show(&grant) },
            Self::Template { message, place } => Self::Template { message: show(&message), place },
            Self::Timeout { milliseconds, said } => Self::Timeout { milliseconds, said: show(&said) },
            Self::TooLarge { what } => Self::TooLarge { what: show(&what) },
            Self::Crashed { detail, said } => Self::Crashed { detail: show(&detail), said: show(&said) },
            Self::Malformed { detail, head } => Self::Malformed { detail: show(&detail), head: show(&head) },
            Self::GivenUp { cause } => Self::GivenUp { cause: Box::new(cause.shown(show)) },
            Self::Unavailable { .. } | Self::OutOfFuel { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_secrets() {
        let secret = SecretRef { scope: "shop".into(), key: "password".into() };
        let mut tokens = SecretTokens::outside("{}");
        let token = tokens.token(&secret);
        assert_eq!(tokens.token(&secret), token);
        let text = tokens.text(&format!("a{token}b")).unwrap();
        assert_eq!(text.display(), "a${secret:shop/password}b");
        assert_eq!(tokens.text(&token.replace("_0__", "_7__")), None);
        assert_eq!(tokens.shown(&format!("a{token}b{token}")), "a${secret:shop/password}b${secret:shop/password}");
        assert_eq!(tokens.shown(&token.replace("_0__", "_7__")), "${secret:…}7__");
        assert_eq!(without_tokens(&format!("a{token}b{token}")), "a${secret:…}b${secret:…}");
        for other in ["__lhp_secret_", "__lhp_secret_abc_0__", "a__b"] {
            assert_eq!(without_tokens(other), other);
        }
    }

    #[test]
    fn no_text_of_a_request_looks_like_a_token() {
        let first = SecretTokens::outside("x");
        let request = first.prefix.clone();
        assert!(!SecretTokens::outside(&request).prefix.is_empty());
        assert_ne!(SecretTokens::outside(&request).prefix, first.prefix);
    }
}
