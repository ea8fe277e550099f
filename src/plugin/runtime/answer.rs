//! Answers: JSON that a plugin sent goes in, what it says comes out.

use serde_json::Value as Json;

use super::protocol::{DiagnosticResult, GenerateResult, IndexedDiagnostic, SeverityResult, ValidateResult};
use super::{Fault, SecretTokens};
use crate::report::Severity;

/// So much of a malformed answer is shown (bytes).
const SHOWN: usize = 200;

/// What a capability answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Top-level statements.
    pub body: String,
    /// Import statements.
    pub imports: Vec<String>,
    /// Statements that must run before everything else in the module.
    pub pre_pipeline: Vec<String>,
    /// Python modules beside the generated one.
    pub helpers: Vec<Helper>,
    /// Names that the body defines; the names that are found in it if the plugin does not say.
    pub defines: Option<Vec<String>>,
    /// Tables that are read and written.
    pub reads: Vec<String>,
    pub writes: Vec<String>,
    /// Other files, by path relative to the artifact root.
    pub files: Vec<ArtifactText>,
    pub diagnostics: Vec<Finding>,
    /// Project files that the answer depends on.
    pub depends_on_files: Vec<String>,
    /// Tokens that stand for secrets in the texts of the answer.
    pub tokens: SecretTokens,
}

/// A Python module that a plugin brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub name: String,
    pub content: String,
}

/// A file that a plugin writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactText {
    pub path: String,
    pub content: String,
}

/// What a plugin has to say about its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The plugin's own code, as in `S3-001`.
    pub code: Option<String>,
    pub message: String,
    /// JSON pointer into the request, as in `/spec/format`.
    pub path: Option<String>,
    pub help: Option<String>,
}

impl Answer {
    /// Reads the result of `generate`. `tokens` are those of the request.
    ///
    /// # Errors
    /// A result of another form.
    pub fn from_json(result: &Json, tokens: SecretTokens) -> Result<Self, Fault> {
        // Fields by position would be understood, too.
        if !result.is_object() {
            return Err(Fault::malformed("it is not an object", &result.to_string()));
        }
        let read: GenerateResult = serde_json::from_value(result.clone())
            .map_err(|error| Fault::malformed(&error.to_string(), &result.to_string()))?;
        Ok(Self { tokens, ..Self::from(read) })
    }

    /// Reads the text of a result of `generate`.
    ///
    /// # Errors
    /// Text that is no JSON, or JSON of another form.
    pub fn from_text(text: &str, tokens: SecretTokens) -> Result<Self, Fault> {
        let json: Json = serde_json::from_str(text).map_err(|error| Fault::malformed(&error.to_string(), text))?;
        Self::from_json(&json, tokens)
    }

    /// All texts of the answer: they end up in files, in messages, or among the answers that are kept.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let helpers = self.helpers.iter().flat_map(|helper| [helper.name.as_str(), helper.content.as_str()]);
        let files = self.files.iter().flat_map(|file| [file.path.as_str(), file.content.as_str()]);
        let findings = self.diagnostics.iter().flat_map(|finding| {
            let (help, code, path) = (finding.help.as_deref(), finding.code.as_deref(), finding.path.as_deref());
            [Some(finding.message.as_str()), help, code, path].into_iter().flatten()
        });
        let names = self.defines.iter().flatten().chain(&self.reads).chain(&self.writes);
        std::iter::once(self.body.as_str())
            .chain(self.imports.iter().chain(&self.pre_pipeline).map(String::as_str))
            .chain(helpers)
            .chain(files)
            .chain(names.chain(&self.depends_on_files).map(String::as_str))
            .chain(findings)
    }
}

impl From<GenerateResult> for Answer {
    fn from(read: GenerateResult) -> Self {
        let helper = |helper: super::protocol::HelperResult| Helper { name: helper.name, content: helper.content };
        let file = |file: super::protocol::FileResult| ArtifactText { path: file.path, content: file.content };
        Self {
            body: read.body,
            imports: read.imports,
            pre_pipeline: read.pre_pipeline,
            helpers: read.helpers.into_iter().map(helper).collect(),
            defines: read.defines,
            reads: read.reads,
            writes: read.writes,
            files: read.files.into_iter().map(file).collect(),
            diagnostics: read.diagnostics.into_iter().map(Finding::from).collect(),
            depends_on_files: read.depends_on_files,
            tokens: SecretTokens::default(),
        }
    }
}

impl From<DiagnosticResult> for Finding {
    fn from(read: DiagnosticResult) -> Self {
        let severity = match read.severity {
            SeverityResult::Error => Severity::Error,
            SeverityResult::Warning => Severity::Warning,
            SeverityResult::Advice => Severity::Advice,
        };
        Self { severity, code: read.code, message: read.message, path: read.path, help: read.help }
    }
}

impl Finding {
    /// The finding with its texts as they are to be shown.
    pub fn shown(self, show: impl Fn(&str) -> String) -> Self {
        Self {
            severity: self.severity,
            code: self.code.map(|code| show(&code)),
            message: show(&self.message),
            path: self.path,
            help: self.help.map(|help| show(&help)),
        }
    }

    /// Whether it keeps everything from being written.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl ValidateResult {
    /// Reads a result of `validate`.
    ///
    /// # Errors
    /// A result of another form.
    pub fn read(result: &Json) -> Result<Self, Fault> {
        if !result.is_object() {
            return Err(Fault::malformed("it is not an object", &result.to_string()));
        }
        serde_json::from_value(result.clone())
            .map_err(|error| Fault::malformed(&error.to_string(), &result.to_string()))
    }

    /// The findings about the only action.
    pub fn of_one(self) -> Vec<Finding> {
        self.diagnostics.into_iter().map(|found| found.located().1).collect()
    }

    /// The findings about each of several actions. None if one of them says of none of the actions that it is about it.
    pub fn by_request(self, count: usize) -> Option<Vec<Vec<Finding>>> {
        let mut found = vec![Vec::new(); count];
        for diagnostic in self.diagnostics {
            let (index, finding) = diagnostic.located();
            found.get_mut(index?)?.push(finding);
        }
        Some(found)
    }
}

impl IndexedDiagnostic {
    /// The position of its action, and the finding with a path from the parameters of that action.
    fn located(self) -> (Option<usize>, Finding) {
        let mut finding = Finding::from(self.finding);
        let mut index = self.index;
        let inner = finding.path.as_deref().and_then(|path| {
            let rest = path.strip_prefix("/specs/")?;
            let end = rest.find('/').unwrap_or(rest.len());
            let (position, inner) = rest.split_at_checked(end)?;
            Some((position.parse::<usize>().ok()?, inner.to_owned()))
        });
        if let Some((position, inner)) = inner {
            index = index.or(Some(position));
            finding.path = Some(inner).filter(|path| !path.is_empty());
        }
        (index, finding)
    }
}

impl Fault {
    /// The fault of an answer that has not the form of one.
    pub fn malformed(detail: &str, answer: &str) -> Self {
        let mut end = answer.len().min(SHOWN);
        while !answer.is_char_boundary(end) {
            end -= 1;
        }
        Self::Malformed { detail: detail.to_owned(), head: answer.get(..end).unwrap_or_default().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_of_the_protocol_is_understood() {
        let result = json!({
            "body": "@dp.temporary_view()\ndef v_orders():\n    return 1\n",
            "imports": ["import os"], "pre_pipeline": [],
            "helpers": [{"name": "s3_helpers", "content": "def f(): ...\n"}],
            "defines": ["v_orders"], "reads": [], "writes": [], "files": [],
            "diagnostics": [{"severity": "warning", "code": "S3-001", "message": "m", "path": "/spec/format", "help": "h"}],
            "depends_on_files": ["schemas/orders.yaml"], "of_a_later_version": true
        });
        let answer = Answer::from_json(&result, SecretTokens::default()).unwrap();
        assert_eq!(answer.defines.as_deref(), Some(["v_orders".to_owned()].as_slice()));
        assert_eq!(answer.diagnostics[0].severity, Severity::Warning);
        assert_eq!(Answer::from_json(&json!({}), SecretTokens::default()), Ok(Answer::default()));
    }

    #[test]
    fn findings_about_several_actions_say_which_one_they_are_about() {
        let read = |diagnostics: Json| ValidateResult::read(&json!({"diagnostics": diagnostics})).unwrap();
        let told = read(json!([
            {"message": "a", "path": "/specs/1/spec/bucket"},
            {"message": "b", "index": 0},
            {"message": "c", "index": 1, "path": "/specs/1"},
        ]));
        let found = told.by_request(2).unwrap();
        let shown =
            |at: usize| found[at].iter().map(|one| (one.message.as_str(), one.path.as_deref())).collect::<Vec<_>>();
        assert_eq!(shown(0), [("b", None)]);
        assert_eq!(shown(1), [("a", Some("/spec/bucket")), ("c", None)]);
        for of_none in [json!([{"message": "a"}]), json!([{"message": "a", "index": 2}])] {
            assert_eq!(read(of_none).by_request(2), None);
        }
        let one = read(json!([{"message": "a", "path": "/spec/bucket"}])).of_one();
        assert_eq!(one[0].path.as_deref(), Some("/spec/bucket"));
    }

    #[test]
    fn an_answer_of_another_form_is_shown_in_part() {
        let text = format!("[\"{}\"]", "ä".repeat(300));
        let Err(Fault::Malformed { head, .. }) = Answer::from_text(&text, SecretTokens::default()) else { panic!() };
        assert!(head.len() <= 200 && head.starts_with("[\"ää"), "{head}");
        let wrong = Answer::from_json(&json!({"body": 1}), SecretTokens::default());
        assert!(matches!(wrong, Err(Fault::Malformed { .. })), "{wrong:?}");
        assert!(matches!(Answer::from_text("Traceback", SecretTokens::default()), Err(Fault::Malformed { .. })));
    }
}
