//! Secrets on their way through a plugin: they leave as tokens, and come back as expressions.
//!
//! A token is ordinary text, so a plugin can put it into a longer text. The name of the tokens of a request is chosen
//! so that it occurs nowhere in the request, and it follows from the request alone, so the same request always looks
//! the same.

use crate::syntax::{SecretRef, Text};

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
            let prefix = format!("__lhp_secret_{digest:016x}_");
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
            text.parts.push(crate::syntax::Part::Secret(secret.clone()));
            rest = after;
        }
        text.push_str(rest);
        Some(text)
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
    }

    #[test]
    fn no_text_of_a_request_looks_like_a_token() {
        let first = SecretTokens::outside("x");
        let request = first.prefix.clone();
        assert!(!SecretTokens::outside(&request).prefix.is_empty());
        assert_ne!(SecretTokens::outside(&request).prefix, first.prefix);
    }
}
