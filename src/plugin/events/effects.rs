//! Effects: what a hook wants to be done, from a closed list. The host does it, if it is granted.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::{self, Post};
use super::line::one_line;
use super::{Hook, Level};
use crate::report::{Rule, rules};

rules! {
    /// A hook wants to write a file outside the directory that is its own.
    ///
    /// ## Why
    /// Files of hooks belong into `artifacts/<env>/hooks/<plugin>/`. A path that leaves it, or goes through a symbolic
    /// link, could replace sources or files of others.
    ///
    /// ## Wrong
    /// ```yaml
    /// {"effects": [{"kind": "write_file", "path": "../../lhp.yaml", "content": "…"}]}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// {"effects": [{"kind": "write_file", "path": "report/summary.json", "content": "…"}]}
    /// ```
    pub static UNSAFE_PATH: Rule = Rule::new("LHP-PLG-055", "unsafe-hook-path");
    /// A hook wants to send something to a host that it may not send to.
    ///
    /// ## Why
    /// A plugin asks for hosts in its manifest, and a project grants them. Nothing is sent to any other host.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: slack-notify
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: slack-notify
    ///       grant: {net: [hooks.slack.com]}
    /// ```
    pub static HOST_NOT_GRANTED: Rule = Rule::new("LHP-PLG-052", "host-not-granted");
}

/// Something that a hook wants to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Shows a line, and adds it to the log of the program.
    Log {
        /// The line.
        message: String,
        /// How bad it is; `debug` lines are shown with `--verbose` only.
        #[serde(default)]
        level: Level,
    },
    /// Writes a file below `artifacts/<env>/hooks/<plugin>/`.
    WriteFile {
        /// Path below that directory, parts joined by `/`.
        path: String,
        /// The text, or a value that is written as JSON.
        content: Value,
    },
    /// Sends JSON to a host that is granted under `permissions.net`.
    HttpPost {
        /// The address, with `http` or `https`.
        url: String,
        /// The body.
        json: Value,
        /// Further headers.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        headers: IndexMap<String, String>,
    },
    /// Adds a measured value to the file of the hook `metrics`.
    Metric {
        /// What is measured.
        name: String,
        /// The value.
        value: f64,
        /// The unit.
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// Words that tell values of one name apart.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    /// Says that the hook failed. What becomes of the run is a matter of its `failure_policy`.
    Fail {
        /// Why.
        message: String,
    },
}

/// A value that a hook measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// `plugin/key` of the hook.
    pub hook: String,
    pub name: String,
    pub value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A line that a hook wants to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    pub text: String,
}

/// Why an effect was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It went wrong; the policy of the hook decides what that means.
    Failed(String),
    /// It is not allowed, whatever the policy of the hook.
    Refused { rule: &'static Rule, message: String, help: String },
}

/// What became of effects.
#[derive(Debug, Default)]
pub struct Done {
    pub lines: Vec<Line>,
    pub metrics: Vec<Metric>,
    pub troubles: Vec<Trouble>,
}

/// Does what hooks want to be done in a project.
#[derive(Debug, Clone)]
pub struct Executor {
    root: PathBuf,
    env: Arc<str>,
}

impl Executor {
    /// For the project at a directory.
    pub fn new(root: impl Into<PathBuf>, env: Arc<str>) -> Self {
        Self { root: root.into(), env }
    }

    /// Does some effects one by one. One that goes wrong does not keep the others from being done.
    pub fn run(&self, hook: &Hook, effects: &[Effect], done: &mut Done) {
        for effect in effects {
            if let Err(trouble) = self.one(hook, effect, done) {
                done.troubles.push(trouble);
            }
        }
    }

    fn one(&self, hook: &Hook, effect: &Effect, done: &mut Done) -> Result<(), Trouble> {
        let hidden = hook.redaction();
        match effect {
            Effect::Log { message, level } => {
                let text = format!("{}: {}", hook.name(), one_line(&hidden.text(message)));
                done.lines.push(Line { level: *level, text });
            }
            Effect::WriteFile { path, content } => {
                let content = hidden.json(content.clone());
                self.write(hook, path, &content)?;
            }
            Effect::HttpPost { url, json, headers } => {
                let post = Post { url, json, headers, timeout: hook.timeout() };
                http::send(hook, &post)?;
            }
            Effect::Metric { name, value, unit, tags } => {
                let tags = tags.iter().map(|(key, value)| (hidden.text(key), hidden.text(value))).collect();
                done.metrics.push(Metric {
                    hook: hook.name(),
                    name: hidden.text(name),
                    value: *value,
                    unit: unit.as_deref().map(|unit| hidden.text(unit)),
                    tags,
                });
            }
            Effect::Fail { message } => return Err(Trouble::Failed(one_line(&hidden.text(message)))),
        }
        Ok(())
    }

    fn write(&self, hook: &Hook, path: &str, content: &Value) -> Result<(), Trouble> {
        let home: PathBuf = ["artifacts", &self.env, "hooks", hook.plugin_id()].iter().collect();
        let refused = |why: &str| Trouble::Refused {
            rule: &UNSAFE_PATH,
            message: format!("hook `{}` wants to write `{}`, which {why}", hook.name(), one_line(path)),
            help: format!("give a path below `{}`, with `/` between its parts", home.display()),
        };
        if let Some(why) = unsafe_path(path) {
            return Err(refused(why));
        }
        let inside = home.join(path);
        if passes_link(&self.root, &inside) {
            return Err(refused("goes through a symbolic link"));
        }
        let text = match content {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).map(|text| text + "\n").unwrap_or_default(),
        };
        write_atomically(&self.root.join(&inside), text.as_bytes())
            .map_err(|error| Trouble::Failed(format!("`{}` cannot be written: {}", inside.display(), error.kind())))
    }
}

/// Why a path of a plugin is not one below a directory of its own.
fn unsafe_path(path: &str) -> Option<&'static str> {
    let parts = Path::new(path).components();
    if path.is_empty() {
        Some("is empty")
    } else if path.contains(['\\', ':']) || path.chars().any(char::is_control) {
        Some("has characters that not every system allows in names")
    } else if parts.into_iter().any(|part| !matches!(part, Component::Normal(_))) || path.ends_with('/') {
        Some("does not stay in its directory")
    } else {
        None
    }
}

/// Whether a part of a path below a directory is a symbolic link.
pub(super) fn passes_link(root: &Path, path: &Path) -> bool {
    let mut full = root.to_path_buf();
    path.components().any(|part| {
        full.push(part);
        full.symlink_metadata().is_ok_and(|found| found.is_symlink())
    })
}

/// Writes a file, which is either as it was before or complete.
pub(super) fn write_atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_hook_stays_in_its_directory() {
        for path in ["a.json", "a/b.json", "a/.hidden"] {
            assert_eq!(unsafe_path(path), None, "{path}");
        }
        for path in ["", "../a", "a/../../b", "/etc/passwd", "a\\b", "c:a", "a\0", "./..", "a/"] {
            assert!(unsafe_path(path).is_some(), "{path}");
        }
    }
}
