//! Keys of results: whatever an answer depends on goes in, a digest comes out.

use std::fmt::Write;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::plugin::Plugin;
use crate::plugin::manifest::RuntimeKind;
use crate::plugin::runtime::{Runtimes, protocol, python};
use crate::plugin::trust::digest;

/// Most files and bytes of a plugin whose results are kept: a digest of more takes longer than it saves.
const MOST_FILES: usize = 4_096;
const MOST_BYTES: u64 = 64 << 20;

/// Name of a result: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The path of its file below the directory of results.
    pub(super) fn path(&self) -> String {
        let (shard, rest) = self.0.split_at_checked(2).unwrap_or(("", &self.0));
        format!("{shard}/{rest}.json")
    }
}

/// What all requests to a plugin have in common.
#[derive(Debug, Clone)]
pub(in crate::plugin) struct Common(Sha256);

impl Common {
    /// For an active plugin. None if its files cannot be read, or are too many.
    pub(in crate::plugin) fn of(plugin: &Plugin, runtimes: &Runtimes) -> Option<Self> {
        let tree = digest::of_tree_within(&plugin.root, MOST_FILES, MOST_BYTES).ok()??;
        let mut parts = vec![
            protocol::VERSION.to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
            plugin.id().to_owned(),
            plugin.manifest.runtime.kind.word().to_owned(),
            tree,
        ];
        if plugin.manifest.runtime.kind == RuntimeKind::Python {
            parts.push(python::modules_digest());
            parts.extend(runtimes.installed(&plugin.manifest.requires.packages));
            // Workers know all settings, secrets included, which requests do not hold.
            for secret in &plugin.config.secrets {
                parts.push(digest::of_bytes(secret.as_bytes()));
            }
            for (name, value) in runtimes.variables(plugin) {
                parts.push(format!("{name}={}", digest::of_bytes(value.as_bytes())));
            }
        }
        Some(Self::of_parts(parts.iter().map(String::as_str)))
    }

    fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut whole = Sha256::new();
        for part in parts {
            // Lengths keep the parts apart.
            whole.update((part.len() as u64).to_le_bytes());
            whole.update(part.as_bytes());
        }
        Self(whole)
    }

    /// The key of a request with these parameters. They are taken as they are sent: plugins see the order of keys.
    pub(in crate::plugin) fn key(&self, params: &Json) -> Key {
        let mut whole = self.0.clone();
        whole.update(serde_json::to_vec(params).unwrap_or_default());
        let digits = whole.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Key(digits)
    }

    #[cfg(test)]
    pub(super) fn for_tests(plugin: &str) -> Self {
        Self::of_parts([plugin])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_depends_on_every_part() {
        let key = |parts: &[&str], params: Json| Common::of_parts(parts.iter().copied()).key(&params);
        let first = key(&["a", "bc"], json!({"x": 1, "y": 2}));
        assert_eq!(first, key(&["a", "bc"], json!({"x": 1, "y": 2})));
        assert_ne!(first, key(&["ab", "c"], json!({"x": 1, "y": 2})));
        assert_ne!(first, key(&["a", "bc"], json!({"x": 1, "y": 3})));
        assert_ne!(first, key(&["a", "bc"], json!({"y": 2, "x": 1})), "the order of keys is something to see");
        assert_eq!(first.path().len(), 2 + 1 + 62 + 5);
    }
}
