//! Files of results: an answer goes in, JSON comes out, and the other way round.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Key;
use crate::plugin::runtime::{Answer, ArtifactText, Finding, Helper, SecretTokens};
use crate::report::Severity;

/// Version of the form of these files.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    format: u32,
    key: String,
    /// Whose answer it is, for people.
    plugin: String,
    /// Digest of the answer, against damage.
    sum: String,
    answer: T,
}

/// An answer without its tokens: those follow from the request.
#[derive(Serialize, Deserialize)]
struct Stored {
    body: String,
    imports: Vec<String>,
    pre_pipeline: Vec<String>,
    helpers: Vec<(String, String)>,
    defines: Option<Vec<String>>,
    reads: Vec<String>,
    writes: Vec<String>,
    files: Vec<(String, String)>,
    diagnostics: Vec<StoredFinding>,
    depends_on_files: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredFinding {
    /// Whether it is a warning; it is advice otherwise. Answers with errors are not kept.
    warning: bool,
    code: Option<String>,
    message: String,
    path: Option<String>,
    help: Option<String>,
}

/// The text of the file for the code of an action. None if it has errors.
pub(super) fn text(key: &Key, plugin: &str, answer: &Answer) -> Option<String> {
    let has_errors = answer.diagnostics.iter().any(Finding::is_error);
    if has_errors { None } else { write(key, plugin, Stored::from(answer)) }
}

/// The code in the text of a file. None if it is not that of the key, or damaged.
pub(super) fn read(text: &str, key: &Key) -> Option<Answer> {
    entry::<Stored>(text, key).map(Answer::from)
}

/// The text of the file for the result of a question.
pub(super) fn result_text(key: &Key, plugin: &str, result: &Json) -> Option<String> {
    write(key, plugin, result)
}

/// The result in the text of a file. None if it is not that of the key, or damaged.
pub(super) fn read_result(text: &str, key: &Key) -> Option<Json> {
    entry(text, key)
}

fn write<T: Serialize>(key: &Key, plugin: &str, answer: T) -> Option<String> {
    let sum = sum(&answer)?;
    let entry = Entry { format: FORMAT, key: key.digits().to_owned(), plugin: plugin.to_owned(), sum, answer };
    serde_json::to_string(&entry).ok()
}

fn entry<T: Serialize + DeserializeOwned>(text: &str, key: &Key) -> Option<T> {
    let entry: Entry<T> = serde_json::from_str(text).ok()?;
    let whole = entry.format == FORMAT && entry.key == key.digits() && sum(&entry.answer)? == entry.sum;
    whole.then_some(entry.answer)
}

fn sum(answer: &impl Serialize) -> Option<String> {
    let text = serde_json::to_vec(answer).ok()?;
    Some(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&text)))
}

impl From<&Answer> for Stored {
    fn from(answer: &Answer) -> Self {
        let helper = |helper: &Helper| (helper.name.clone(), helper.content.clone());
        let file = |file: &ArtifactText| (file.path.clone(), file.content.clone());
        let finding = |finding: &Finding| StoredFinding {
            warning: finding.severity == Severity::Warning,
            code: finding.code.clone(),
            message: finding.message.clone(),
            path: finding.path.clone(),
            help: finding.help.clone(),
        };
        Self {
            body: answer.body.clone(),
            imports: answer.imports.clone(),
            pre_pipeline: answer.pre_pipeline.clone(),
            helpers: answer.helpers.iter().map(helper).collect(),
            defines: answer.defines.clone(),
            reads: answer.reads.clone(),
            writes: answer.writes.clone(),
            files: answer.files.iter().map(file).collect(),
            diagnostics: answer.diagnostics.iter().map(finding).collect(),
            depends_on_files: answer.depends_on_files.clone(),
        }
    }
}

impl From<Stored> for Answer {
    fn from(stored: Stored) -> Self {
        let finding = |finding: StoredFinding| Finding {
            severity: if finding.warning { Severity::Warning } else { Severity::Advice },
            code: finding.code,
            message: finding.message,
            path: finding.path,
            help: finding.help,
        };
        Self {
            body: stored.body,
            imports: stored.imports,
            pre_pipeline: stored.pre_pipeline,
            helpers: stored.helpers.into_iter().map(|(name, content)| Helper { name, content }).collect(),
            defines: stored.defines,
            reads: stored.reads,
            writes: stored.writes,
            files: stored.files.into_iter().map(|(path, content)| ArtifactText { path, content }).collect(),
            diagnostics: stored.diagnostics.into_iter().map(finding).collect(),
            depends_on_files: stored.depends_on_files,
            tokens: SecretTokens::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Common;
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let key = Common::for_tests("a").key(&json!({}));
        let mut answer = Answer {
            body: "def f():\n    return 'ü'\n".to_owned(),
            imports: vec!["import os".to_owned()],
            helpers: vec![Helper { name: "h".to_owned(), content: "x = 1\n".to_owned() }],
            defines: Some(vec!["f".to_owned()]),
            files: vec![ArtifactText { path: "a.json".to_owned(), content: "{}".to_owned() }],
            diagnostics: vec![Finding {
                severity: Severity::Warning,
                code: Some("S-1".to_owned()),
                message: "m".to_owned(),
                path: Some("/spec".to_owned()),
                help: None,
            }],
            ..Answer::default()
        };
        assert_eq!(read(&text(&key, "p", &answer).unwrap(), &key).as_ref(), Some(&answer));
        answer.diagnostics[0].severity = Severity::Error;
        assert_eq!(text(&key, "p", &answer), None);
    }
}
