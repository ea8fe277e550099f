//! The methods of protocol 1.0 beside `generate`, `validate` and `event`, as schemas. Workers for Python know all of them; modules and
//! libraries only those that their capabilities need.

use serde_json::{Map, Value as Json, json};

use Need::{Always, Maybe};
use Shape::{Any, Flag, Items, Number, Object, Text};

/// Whether a field is always there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    Maybe,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    Any,
    Text,
    Number,
    Flag,
    Object,
    Items(&'static str),
}

type Field = (&'static str, Shape, Need, &'static str);

/// A method.
struct Method {
    name: &'static str,
    /// Who asks: the host, or the plugin while it works on a request.
    by: &'static str,
    about: &'static str,
    /// Whether its parameters name a capability.
    of_capability: bool,
    params: &'static [Field],
    result: &'static [Field],
}

/// What names a capability.
const CAPABILITY: [Field; 3] = [
    ("plugin", Text, Maybe, "Id of the plugin, for a worker that runs several."),
    ("kind", Text, Always, "Kind of the capability."),
    ("key", Text, Always, "Name of the capability."),
];

const SPEC: Field = ("spec", Object, Always, "The settings that the schema of the capability describes.");
const DIAGNOSTICS: Field = ("diagnostics", Items("object"), Always, "Findings, as in the result of `generate`.");

const METHODS: [Method; 15] = [
    Method {
        name: "initialize",
        by: "host",
        about: "Comes before everything else, and again when there are more plugins.",
        of_capability: false,
        params: &[
            ("protocol", Object, Always, "Versions that the host speaks: `min` and `max`."),
            ("host", Object, Maybe, "`name` and `version` of the host."),
            ("plugin", Object, Maybe, "`id` and `version` of the plugin, if it has a module or process of its own."),
            ("config", Object, Maybe, "The settings under `plugins.config`, without secrets."),
            ("limits", Object, Maybe, "`memory_mb`, `output_kb` and `files` of an answer."),
            ("features", Items("string"), Maybe, "Optional methods that the host may call."),
            ("plugins", Items("object"), Maybe, "Plugins for a worker, with their entries, settings and limits."),
            ("library", Text, Maybe, "Path of a native library."),
            ("profile", Text, Maybe, "Functions of a native library: `lhp` or `dativo`."),
            ("create", Text, Maybe, "The function that makes a native reader or writer."),
        ],
        result: &[
            ("protocol", Text, Always, "The version that is spoken."),
            ("features", Items("string"), Always, "Optional methods that can be called."),
            ("plugins", Items("object"), Maybe, "What is known about each plugin and entry."),
            ("problems", Items("object"), Maybe, "What keeps entries from being called."),
        ],
    },
    Method {
        name: "describe",
        by: "host",
        about: "What is known about one entry.",
        of_capability: true,
        params: &[],
        result: &[
            ("form", Text, Always, "What the entry is, such as `plugin`, `generator` or `function`."),
            ("metadata", Object, Maybe, "What the plugin says about itself."),
        ],
    },
    Method {
        name: "emit",
        by: "host",
        about: "What capabilities other than generators and hooks make.",
        of_capability: true,
        params: &[SPEC, ("package", Text, Maybe, "Python package for modules that go along with the pipeline.")],
        result: &[
            ("files", Items("object"), Always, "Files, each with `path` and `content`."),
            ("data", Any, Maybe, "What depends on the kind."),
            DIAGNOSTICS,
        ],
    },
    Method {
        name: "check",
        by: "host",
        about: "Whether the other side can be reached.",
        of_capability: true,
        params: &[SPEC],
        result: &[
            ("success", Flag, Always, "Whether it can."),
            ("message", Text, Maybe, "One sentence."),
            ("error_code", Text, Maybe, "The code of the plugin for what is wrong."),
            ("details", Any, Maybe, "Whatever else there is to say."),
        ],
    },
    Method {
        name: "discover",
        by: "host",
        about: "What can be read.",
        of_capability: true,
        params: &[SPEC],
        result: &[
            ("objects", Items("object"), Always, "Each with `name`, `type` and `description`."),
            ("metadata", Object, Maybe, "Whatever else there is to say."),
        ],
    },
    Method {
        name: "schema",
        by: "host",
        about: "The columns of what is read or made.",
        of_capability: true,
        params: &[SPEC, ("input_schema", Object, Maybe, "Types by column, for a transformation.")],
        result: &[
            ("columns", Object, Maybe, "Types by column."),
            ("ddl", Text, Maybe, "The same in the words of Spark."),
        ],
    },
    Method {
        name: "estimate",
        by: "host",
        about: "How much there is to read.",
        of_capability: true,
        params: &[SPEC],
        result: &[("records", Number, Maybe, "Number of rows, if it is known.")],
    },
    Method {
        name: "sample",
        by: "host",
        about: "Some rows.",
        of_capability: true,
        params: &[SPEC, ("limit", Number, Maybe, "Rows at most."), ("max_batches", Number, Maybe, "Batches at most.")],
        result: &[
            ("rows", Items("object"), Maybe, "The rows, from Python."),
            ("batches", Any, Maybe, "Their number, or from a library the rows batch by batch."),
            ("complete", Flag, Always, "Whether there are no more."),
        ],
    },
    Method {
        name: "write_sample",
        by: "host",
        about: "Writes some rows.",
        of_capability: true,
        params: &[
            SPEC,
            ("asset", Object, Maybe, "What is written."),
            ("output_base", Text, Maybe, "Where to."),
            ("rows", Items("object"), Always, "The rows."),
            ("batch_size", Number, Maybe, "Rows per batch."),
        ],
        result: &[
            ("files", Items("object"), Always, "What was written."),
            ("commit", Any, Maybe, "What the commit answered."),
            ("records", Number, Maybe, "Rows that were written."),
        ],
    },
    Method {
        name: "run_check",
        by: "host",
        about: "A check of quality, on some rows.",
        of_capability: true,
        params: &[
            ("params", Object, Always, "Parameters of the check."),
            ("rows", Items("object"), Always, "The rows."),
            ("columns", Object, Maybe, "Types by column."),
        ],
        result: &[
            ("passed", Flag, Always, "Whether the rows are good enough."),
            ("violations", Number, Always, "Rows that are not."),
            ("total", Number, Always, "All rows."),
            ("violation_rate", Number, Always, "Their ratio."),
            ("details", Any, Maybe, "Which rows are not."),
            ("error", Text, Maybe, "Why nothing could be checked."),
        ],
    },
    Method {
        name: "cli",
        by: "host",
        about: "A command of the plugin.",
        of_capability: true,
        params: &[("args", Any, Always, "Arguments of the command.")],
        result: &[("stdout", Text, Always, "What is printed."), ("exit", Number, Always, "The exit code.")],
    },
    Method {
        name: "shutdown",
        by: "host",
        about: "The end of the process.",
        of_capability: false,
        params: &[],
        result: &[],
    },
    Method {
        name: "host/render",
        by: "plugin",
        about: "Renders a template of the plugin.",
        of_capability: false,
        params: &[
            ("template", Text, Always, "Path below `runtime.root`."),
            ("context", Object, Always, "Values by name."),
        ],
        result: &[("text", Text, Always, "What was rendered.")],
    },
    Method {
        name: "host/read_file",
        by: "plugin",
        about: "Reads a project file that the manifest declares and the project grants.",
        of_capability: false,
        params: &[("path", Text, Always, "Path below the root of the project.")],
        result: &[("content", Text, Always, "Its text.")],
    },
    Method {
        name: "host/log",
        by: "plugin",
        about: "Says something. There is no answer.",
        of_capability: false,
        params: &[
            ("level", Text, Always, "`debug`, `info`, `warning`, `error` or `critical`."),
            ("logger", Text, Maybe, "Who says it."),
            ("message", Text, Always, "What is said."),
        ],
        result: &[],
    },
];

/// The schemas of these methods, by name.
pub(super) fn schemas() -> impl Iterator<Item = (String, Json)> {
    METHODS.iter().map(|method| {
        let named: &[Field] = if method.of_capability { &CAPABILITY } else { &[] };
        let schema = json!({
            "description": method.about,
            "asked_by": method.by,
            "params": object(named.iter().chain(method.params)),
            "result": object(method.result.iter()),
        });
        (method.name.to_owned(), schema)
    })
}

fn object<'a>(fields: impl Iterator<Item = &'a Field>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, shape, need, about) in fields {
        let mut property = shape.schema();
        property.insert("description".to_owned(), (*about).into());
        properties.insert((*name).to_owned(), property.into());
        if *need == Always {
            required.push(*name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required})
}

impl Shape {
    fn schema(self) -> Map<String, Json> {
        let (kind, items) = match self {
            Any => return Map::new(),
            Text => ("string", None),
            Number => ("number", None),
            Flag => ("boolean", None),
            Object => ("object", None),
            Items(of) => ("array", Some(of)),
        };
        let mut schema = Map::from_iter([("type".to_owned(), Json::from(kind))]);
        schema.extend(items.map(|of| ("items".to_owned(), json!({"type": of}))));
        schema
    }
}
