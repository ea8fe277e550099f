//! What a template says beside code: the YAML that it rendered goes in, an answer without a body comes out.
//!
//! Values stand in the text as marks, so that they cannot change its structure. In fields that hold code they become
//! literals, as in any template of Python.

use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::emit::value_mark::{as_code, as_text, remark, whole};
use crate::plugin::runtime::protocol::{DiagnosticResult, SeverityResult};
use crate::plugin::runtime::{Answer, ArtifactText, Helper};
use crate::report::did_you_mean;
use crate::source::SourceMap;
use crate::syntax::{Node, Value, yaml};

/// What the file may say.
const KEYS: [&str; 9] =
    ["imports", "pre_pipeline", "helpers", "files", "defines", "reads", "writes", "diagnostics", "depends_on_files"];

/// Reads the rendered text of a template. `file` is the template itself.
pub(super) fn read(text: &str, file: &Path, sources: &SourceMap) -> Result<Answer, String> {
    let id = sources.load(file).map_err(|error| error.to_string())?;
    let parsed = yaml::parse(id, text, &yaml::Limits::default())
        .map_err(|fault| format!("what this template renders is not YAML: {}", fault.message))?;
    let Some(root) = parsed.documents.into_iter().find(|document| !document.is_null()) else {
        return Ok(Answer::default());
    };
    let Json::Object(mut fields) = marked(&root) else {
        return Err(format!("this template must render a mapping with some of {}", KEYS.join(", ")));
    };
    if let Some(unknown) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let close = did_you_mean(unknown, KEYS).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
        return Err(format!("this template renders the unknown key `{unknown}`{close}"));
    }
    Ok(Answer {
        imports: texts(&mut fields, "imports", code)?,
        pre_pipeline: texts(&mut fields, "pre_pipeline", code)?,
        helpers: items(&mut fields, "helpers")?
            .into_iter()
            .map(|item| {
                Ok(Helper {
                    name: required(&item, "helpers", "name", plain)?,
                    content: required(&item, "helpers", "content", code)?,
                })
            })
            .collect::<Result<_, String>>()?,
        files: items(&mut fields, "files")?
            .into_iter()
            .map(|item| {
                Ok(ArtifactText {
                    path: required(&item, "files", "path", plain)?,
                    content: required(&item, "files", "content", plain)?,
                })
            })
            .collect::<Result<_, String>>()?,
        defines: match fields.get("defines") {
            None | Some(Json::Null) => None,
            Some(_) => Some(texts(&mut fields, "defines", plain)?),
        },
        reads: texts(&mut fields, "reads", plain)?,
        writes: texts(&mut fields, "writes", plain)?,
        depends_on_files: texts(&mut fields, "depends_on_files", plain)?,
        diagnostics: items(&mut fields, "diagnostics")?
            .into_iter()
            .map(|item| {
                let severity = optional(&item, "severity", plain)?.map(Json::from);
                let severity = severity.map(serde_json::from_value::<SeverityResult>).transpose();
                let read = DiagnosticResult {
                    severity: severity.map_err(|error| format!("`severity`: {error}"))?.unwrap_or_default(),
                    code: optional(&item, "code", plain)?,
                    message: required(&item, "diagnostics", "message", plain)?,
                    path: optional(&item, "path", plain)?,
                    help: optional(&item, "help", plain)?,
                };
                Ok(read.into())
            })
            .collect::<Result<_, String>>()?,
        ..Answer::default()
    })
}

/// The tree as JSON, in which every text that is a value is still marked.
fn marked(node: &Node) -> Json {
    match &node.value {
        Value::Sequence(items) => items.iter().map(marked).collect(),
        Value::Mapping(mapping) => {
            let entries = mapping.entries.iter().map(|entry| {
                let key = entry.key.plain_text();
                (as_text(&key).unwrap_or_else(|_| key.into_owned()), marked(&entry.value))
            });
            Json::Object(entries.collect())
        }
        Value::String(text) => match whole(text) {
            Some(value) if !value.is_string() => marked_again(value),
            _ => Json::from(text.as_ref()),
        },
        Value::Null => Json::Null,
        _ => Json::from(node.plain_text().as_ref()),
    }
}

/// A list or mapping that was one value: each text in it is a value, too.
fn marked_again(value: Json) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(marked_again).collect(),
        Json::Object(entries) => entries.into_iter().map(|(key, value)| (key, marked_again(value))).collect(),
        Json::String(text) => Json::from(remark(&text)),
        other => other,
    }
}

type Read = fn(&Json) -> Result<String, String>;

fn code(value: &Json) -> Result<String, String> {
    as_code(&scalar(value)?).map_err(|error| detail(&error))
}

fn plain(value: &Json) -> Result<String, String> {
    as_text(&scalar(value)?).map_err(|error| detail(&error))
}

fn detail(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.to_string(), str::to_owned)
}

fn scalar(value: &Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        _ => Err("expected text".to_owned()),
    }
}

/// A list of texts, or one text.
fn texts(fields: &mut Map<String, Json>, key: &str, read: Read) -> Result<Vec<String>, String> {
    let wrong = |message: String| format!("`{key}`: {message}");
    match fields.remove(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => items.iter().map(|item| read(item).map_err(wrong)).collect(),
        Some(one) => Ok(vec![read(&one).map_err(wrong)?]),
    }
}

/// A list of mappings.
fn items(fields: &mut Map<String, Json>, key: &str) -> Result<Vec<Map<String, Json>>, String> {
    let wrong = || format!("`{key}` must be a list of mappings");
    match fields.remove(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => {
            let mapping = |item| match item {
                Json::Object(fields) => Ok(fields),
                _ => Err(wrong()),
            };
            items.into_iter().map(mapping).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn optional(item: &Map<String, Json>, key: &str, read: Read) -> Result<Option<String>, String> {
    let value = item.get(key).filter(|value| !value.is_null());
    value.map(read).transpose().map_err(|message| format!("`{key}`: {message}"))
}

fn required(item: &Map<String, Json>, list: &str, key: &str, read: Read) -> Result<String, String> {
    optional(item, key, read)?.ok_or_else(|| format!("an item of `{list}` lacks `{key}`"))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;
    use crate::emit::Templates;

    fn rendered(template: &'static str, values: minijinja::Value) -> Result<Answer, String> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.meta.yaml.j2");
        std::fs::write(&file, template).unwrap();
        let templates = Templates::new(move |_| Some(template.into()));
        let text = templates.render_marked("a.meta.yaml.j2", values).map_err(|error| error.to_string())?;
        read(&text, &file, &SourceMap::new(directory.path()))
    }

    #[test]
    fn values_never_change_the_structure() {
        let hard = "x\"\n'\n- y: ${z}\n# \\";
        let template = "diagnostics:\n- {severity: warning, message: \"a {{ v }} b\", path: '/spec/{{ v }}'}\n\
            - message: {{ v }}\nreads: [{{ v }}, c.{{ v }}]\n# {{ v }}\n";
        let answer = rendered(template, context! { v => hard }).unwrap();
        assert_eq!(answer.diagnostics[0].message, format!("a {hard} b"));
        assert_eq!(answer.diagnostics[0].path.as_deref(), Some(format!("/spec/{hard}").as_str()));
        assert_eq!(answer.diagnostics[1].message, hard);
        assert_eq!(answer.reads, [hard.to_owned(), format!("c.{hard}")]);
    }

    #[test]
    fn values_in_code_are_literals_unless_they_are_said_to_be_code() {
        let template = "imports:\n- from {{ m | ident }} import x\npre_pipeline: ['a = {{ v }}']\n\
            helpers:\n- name: {{ m }}\n  content: |\n    def f():\n        return {{ v }}\n";
        let answer = rendered(template, context! { v => "os.system('x')", m => "pkg" }).unwrap();
        assert_eq!(answer.imports, ["from pkg import x"]);
        assert_eq!(answer.pre_pipeline, ["a = \"os.system('x')\""]);
        assert_eq!(answer.helpers[0].content, "def f():\n    return \"os.system('x')\"\n");
    }

    #[test]
    fn lists_may_be_values() {
        let answer = rendered("reads: {{ tables }}\ndefines: []\n", context! { tables => ["a", "b"] }).unwrap();
        assert_eq!((answer.reads, answer.defines), (vec!["a".to_owned(), "b".to_owned()], Some(Vec::new())));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let fails = |template, message: &str| {
            let error = rendered(template, context! {}).unwrap_err();
            assert!(error.contains(message), "{error}");
        };
        fails("import: []\n", "did you mean `imports`?");
        fails("- a\n", "must render a mapping");
        fails("a: [\n", "is not YAML");
        fails("files: {a: b}\n", "list of mappings");
        fails("helpers: [{name: a}]\n", "lacks `content`");
        assert_eq!(rendered("{% if false %}a{% endif %}\n", context! {}), Ok(Answer::default()));
    }
}
