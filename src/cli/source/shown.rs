//! Answers of readers as people and programs read them.

use serde_json::{Map, Value as Json, json};

use crate::cli::list::Listing;

/// What a reader answered.
pub struct Answer {
    method: &'static str,
    value: Json,
}

impl Answer {
    /// The answer to a method, in the form that all runtimes share.
    pub fn of(method: &str, value: Json) -> Self {
        let (method, value) = match method {
            "check" => ("check", checked(value)),
            "discover" => ("discover", with(value, json!({"objects": [], "metadata": {}}))),
            "schema" => ("schema", with(value, json!({"columns": null, "ddl": null}))),
            "estimate" => ("estimate", with(value, json!({"records": null}))),
            _ => ("sample", sampled(value)),
        };
        Self { method, value }
    }

    /// Whether the answer is a good one. Only a check can end badly.
    pub fn is_good(&self) -> bool {
        self.method != "check" || self.part("success").as_bool() == Some(true)
    }

    /// The answer for programs.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(&self.value).unwrap_or_default())
    }

    /// The answer for people.
    pub fn text(&self) -> String {
        match self.method {
            "check" => self.check(),
            "discover" => self.discover(),
            "schema" => self.schema(),
            "estimate" => match self.part("records") {
                Json::Null => "The reader does not know how many records there are\n".to_owned(),
                records => format!("About {} records\n", cell(records)),
            },
            _ => self.sample(),
        }
    }

    fn part(&self, key: &str) -> &Json {
        self.value.get(key).unwrap_or(&Json::Null)
    }

    fn check(&self) -> String {
        let word = if self.is_good() { "ok" } else { "failed" };
        let mut out = match self.part("message").as_str().unwrap_or_default() {
            "" => format!("{word}\n"),
            message => format!("{word}: {message}\n"),
        };
        if let Some(code) = self.part("error_code").as_str() {
            out.push_str(&format!("  error_code: {code}\n"));
        }
        for (name, value) in self.part("details").as_object().into_iter().flatten() {
            out.push_str(&format!("  {name}: {}\n", cell(value)));
        }
        out
    }

    fn discover(&self) -> String {
        let mut listing = Listing::new("Objects".to_owned(), &["Name", "Type", "Description"], "objects");
        for object in self.part("objects").as_array().into_iter().flatten() {
            let field = |key: &str| object.get(key).map_or_else(|| "-".to_owned(), cell);
            let name = if object.is_object() { field("name") } else { cell(object) };
            listing.row(vec![name, field("type"), field("description")]);
        }
        for (name, value) in self.part("metadata").as_object().into_iter().flatten() {
            listing.note(&format!("{name}: {}\n", cell(value)));
        }
        listing.render()
    }

    fn schema(&self) -> String {
        let Some(columns) = self.part("columns").as_object() else {
            return "The reader does not know its columns; only its records tell\n".to_owned();
        };
        let mut listing = Listing::new("Columns".to_owned(), &["Name", "Type"], "columns");
        columns.iter().for_each(|(name, type_)| listing.row(vec![name.clone(), cell(type_)]));
        if let Some(ddl) = self.part("ddl").as_str() {
            listing.note(&format!("{ddl}\n"));
        }
        listing.render()
    }

    fn sample(&self) -> String {
        let rows: Vec<&Json> = self.part("rows").as_array().into_iter().flatten().collect();
        let mut names: Vec<&str> = Vec::new();
        for name in rows.iter().filter_map(|row| row.as_object()).flat_map(Map::keys) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let batches = cell(self.part("batches"));
        let end = if self.part("complete").as_bool() == Some(true) { "that is all" } else { "there may be more" };
        if rows.is_empty() {
            return format!("No records in {batches} batches\n");
        }
        let mut listing = Listing::new("Records".to_owned(), &names, "records");
        for row in rows {
            listing.row(names.iter().map(|name| row.get(name).map_or_else(|| "-".to_owned(), cell)).collect());
        }
        listing.note(&format!("In {batches} batches; {end}\n"));
        listing.render()
    }
}

/// A value in a table.
fn cell(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// An object with what it lacks.
fn with(value: Json, defaults: Json) -> Json {
    let (Json::Object(mut value), Json::Object(defaults)) = (value, defaults) else { return Json::Null };
    for (key, default) in defaults {
        value.entry(key).or_insert(default);
    }
    Json::Object(value)
}

/// The outcome of a check; a library may answer with true or false alone.
fn checked(value: Json) -> Json {
    let value = if value.is_boolean() { json!({"success": value}) } else { value };
    with(value, json!({"success": false, "message": "", "error_code": null, "details": {}}))
}

/// The records of a sample; a library answers with batches.
fn sampled(value: Json) -> Json {
    let Some(batches) = value.get("batches").and_then(Json::as_array) else {
        return with(value, json!({"rows": [], "batches": 0, "complete": false}));
    };
    let rows: Vec<Json> = batches.iter().flat_map(|batch| batch.as_array().cloned().unwrap_or_default()).collect();
    let complete = value.get("complete").cloned().unwrap_or(Json::Bool(false));
    json!({"rows": rows, "batches": batches.len(), "complete": complete})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_02_a_check_that_fails_is_no_good_answer() {
        let failed = Answer::of("check", json!({"success": false, "message": "no key", "error_code": "AUTH"}));
        assert!(!failed.is_good());
        assert_eq!(failed.text(), "failed: no key\n  error_code: AUTH\n");
        assert!(Answer::of("check", Json::Bool(true)).is_good());
        assert!(!Answer::of("check", json!("what?")).is_good());
    }

    #[test]
    fn batches_of_a_library_are_records_like_others() {
        let answer = Answer::of("sample", json!({"batches": [[{"a": 1}], [{"b": null}]], "complete": true}));
        assert!(answer.text().starts_with("Records\na\tb\n1\t-\n-\t-\nTotal records: 2\n"), "{}", answer.text());
        assert!(answer.text().ends_with("In 2 batches; that is all\n"));
    }
}
