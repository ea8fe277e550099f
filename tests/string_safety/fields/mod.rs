//! The table of free string fields of `fixtures/strings/`: where each is written, and where its value stands in Python.
//!
//! A file holds a marker such as `<path>` where the text of a field is to be written. A field of another generator
//! needs a marker in a file and a line in the table of its kind; `coverage.rs` says which fields lack one.

mod loads;
mod project;
mod tests;
mod transforms;
mod writes;

use super::find::Find;

/// What a field is, and what becomes of its text.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name of the file with the marker.
    pub file: &'static str,
    /// The marker, without its brackets.
    pub marker: &'static str,
    /// The generated module in which the text is to be found; that of the flowgroup by default.
    pub module: Option<&'static str>,
    pub place: Find,
    /// How the text is written into the file.
    pub form: Form,
    /// What stands around the text in the file and does not belong to its value.
    pub shell: [&'static str; 2],
    /// What is written before and after the awkward text as a part of the value.
    pub frame: [&'static str; 2],
    /// What the generator puts around the value, and between its copies if there are several.
    pub around: &'static [&'static str],
    /// Characters that the text of this field cannot hold.
    pub without: &'static str,
    /// Whether single quotes and backslashes get a backslash, as in a SQL string.
    pub sql: Sql,
    pub ends: Ends,
    pub secrets: Secrets,
}

/// How a text is written into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a YAML string.
    Yaml,
    /// As it is.
    Raw,
    /// Between backticks, in a YAML string.
    Backticked,
    /// As a Python literal, in a YAML string.
    PythonInYaml,
    /// As the inside of a Python literal between double quotes.
    Python,
}

/// What a text is in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sql {
    /// A piece of SQL itself, or not in SQL at all.
    Plain,
    /// The inside of a string.
    String,
}

/// What happens to white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Nothing.
    Kept,
    /// White space at both ends is taken away.
    Trimmed,
    /// White space anywhere may change, as in a docstring, where secrets are named and not read.
    Prose,
    /// Other text stands before and after it.
    Part,
}

/// Whether a field may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    Allowed,
    /// Keys of mappings, names of Python functions, files in which nothing is replaced.
    Refused,
}

const fn field(file: &'static str, marker: &'static str, place: Find) -> Field {
    Field {
        file,
        marker,
        module: None,
        place,
        form: Form::Yaml,
        shell: ["", ""],
        frame: ["", ""],
        around: &["", ""],
        without: "",
        sql: Sql::Plain,
        ends: Ends::Kept,
        secrets: Secrets::Allowed,
    }
}

impl Field {
    const fn plain(self) -> Self {
        Self { secrets: Secrets::Refused, ..self }
    }

    const fn trimmed(self) -> Self {
        Self { ends: Ends::Trimmed, ..self }
    }

    const fn prose(self) -> Self {
        Self { ends: Ends::Prose, ..self }
    }

    const fn part(self) -> Self {
        Self { ends: Ends::Part, ..self }
    }

    const fn after(self, before: &'static str) -> Self {
        self.framed(before, "")
    }

    const fn framed(self, before: &'static str, behind: &'static str) -> Self {
        Self { frame: [before, behind], ..self }
    }

    const fn within(self, around: &'static [&'static str]) -> Self {
        Self { around, ..self }
    }

    const fn without(self, characters: &'static str) -> Self {
        Self { without: characters, ..self }
    }

    const fn sql_string(self) -> Self {
        Self { sql: Sql::String, ..self }
    }

    const fn written(self, form: Form, before: &'static str, behind: &'static str) -> Self {
        Self { form, shell: [before, behind], ..self }
    }

    const fn in_module(self, path: &'static str) -> Self {
        Self { module: Some(path), ..self }
    }
}

/// A file of the project that is compiled.
pub struct Source {
    pub name: &'static str,
    /// Where it stands in the project.
    pub path: &'static str,
    pub text: &'static str,
}

macro_rules! flowgroups {
    ($($name:literal),* $(,)?) => {
        [$(Source {
            name: $name,
            path: concat!("pipelines/", $name, ".yaml"),
            text: include_str!(concat!("../../../fixtures/strings/", $name, ".yaml")),
        }),*]
    };
}

macro_rules! files {
    ($($name:literal => $path:literal),* $(,)?) => {
        [$(Source {
            name: $name,
            path: $path,
            text: include_str!(concat!("../../../fixtures/strings/files/", $name)),
        }),*]
    };
}

/// The flowgroups.
pub const FLOWGROUPS: &[Source] = &flowgroups![
    "cdc",
    "cloudfiles",
    "custom_datasource",
    "delta",
    "jdbc",
    "kafka",
    "materialized_view",
    "python",
    "quality",
    "quarantine",
    "quarantine_source",
    "schema",
    "sinks",
    "snapshot",
    "sql",
    "streaming_table",
    "temp_table",
    "tests",
];

/// The files that flowgroups and the project name.
pub const FILES: &[Source] = &files![
    "arrows.yaml" => "schemas/arrows.yaml",
    "columns.ddl" => "schemas/columns.ddl",
    "columns.yaml" => "schemas/columns.yaml",
    "definition.yaml" => "schemas/definition.yaml",
    "list.yaml" => "expectations/list.yaml",
    "mapping.yaml" => "expectations/mapping.yaml",
    "pairs.yaml" => "schemas/pairs.yaml",
    "query.sql" => "sql/query.sql",
    "report.py" => "code/report.py",
    "report.yaml" => "code/report.yaml",
    "rows.py" => "code/rows.py",
    "snapshots.py" => "code/snapshots.py",
    "tags.yaml" => "schemas/tags.yaml",
    "tides.py" => "code/tides.py",
];

/// All files.
pub fn sources() -> impl Iterator<Item = &'static Source> {
    FLOWGROUPS.iter().chain(FILES)
}

/// All fields.
pub fn fields() -> Vec<Field> {
    [loads::FIELDS, transforms::FIELDS, writes::FIELDS, tests::FIELDS, project::FIELDS].concat()
}
