//! Tests of a plugin without a host.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::{Answer, Context, Diagnostic, Event, EventAnswer, Generate, Plugin, Severity};

/// A request for a load that defines a view.
pub fn load(key: &str, target: &str) -> Generate {
    request("load", key, json!({"name": format!("load_{target}"), "type": "load", "target": target}))
}

/// A request for a transform that reads one view and defines another.
pub fn transform(key: &str, source: &str, target: &str) -> Generate {
    let action = json!({
        "name": format!("make_{target}"), "type": "transform", "transform_type": key, "source": source, "target": target
    });
    request("transform", key, action).spec("source", source)
}

/// A request for a write of a view.
pub fn write(key: &str, source: &str) -> Generate {
    request("write", key, json!({"name": format!("write_{source}"), "type": "write", "source": source}))
}

/// A request for a test.
pub fn test(key: &str, name: &str) -> Generate {
    request("test", key, json!({"name": name, "type": "test", "test_type": key}))
}

fn request(kind: &str, key: &str, action: Json) -> Generate {
    let context = Context {
        project: Some("demo".to_owned()),
        env: "dev".to_owned(),
        pipeline: "bronze".to_owned(),
        flowgroup: "orders".to_owned(),
        read_mode: "batch".to_owned(),
        ..Context::default()
    };
    Generate {
        kind: kind.to_owned(),
        key: key.to_owned(),
        entry: key.to_owned(),
        action,
        spec: json!({}),
        config: json!({}),
        context,
        ..Generate::default()
    }
}

impl Generate {
    /// The same request with one more setting.
    #[must_use]
    pub fn spec(mut self, key: &str, value: impl Into<Json>) -> Self {
        if let Some(spec) = self.spec.as_object_mut() {
            spec.insert(key.to_owned(), value.into());
        }
        self
    }

    /// The same request with one more project file.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.files.insert(path.to_owned(), content.to_owned());
        self
    }
}

/// The answer of a plugin, through the same JSON that the host sends and reads.
///
/// # Errors
/// The first error that the plugin reports, or its panic.
pub fn generate(plugin: &dyn Plugin, request: &Generate) -> Result<Answer, Diagnostic> {
    let answer: Answer = call(plugin, "generate", json!(request))?;
    match answer.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        Some(error) => Err(error.clone()),
        None => Ok(answer),
    }
}

/// What a plugin has to say about an action before its code is asked for.
///
/// # Errors
/// The panic of the plugin.
pub fn validate(plugin: &dyn Plugin, request: &Generate) -> Result<Vec<Diagnostic>, Diagnostic> {
    let params = json!({"kind": request.kind, "key": request.key, "entry": request.entry, "specs": [request]});
    let told: Told = call(plugin, "validate", params)?;
    let strip = |mut diagnostic: Diagnostic| {
        diagnostic.path = diagnostic.path.map(|path| path.strip_prefix("/specs/0").unwrap_or(&path).to_owned());
        diagnostic
    };
    Ok(told.diagnostics.into_iter().map(strip).collect())
}

/// What a plugin answers to `validate`.
#[derive(Deserialize)]
struct Told {
    diagnostics: Vec<Diagnostic>,
}

/// What a plugin wants to be done about events.
///
/// # Errors
/// The panic of the plugin.
pub fn event(plugin: &dyn Plugin, events: &[Event]) -> Result<EventAnswer, Diagnostic> {
    call(plugin, "event", json!({"events": events}))
}

fn call<T: serde::de::DeserializeOwned>(plugin: &dyn Plugin, method: &str, params: Json) -> Result<T, Diagnostic> {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let reply: Json = serde_json::from_str(&crate::answer(plugin, &message)).unwrap_or_default();
    match (reply.get("result"), reply.get("error")) {
        (Some(result), _) => {
            serde_json::from_value(result.clone()).map_err(|error| Diagnostic::error(error.to_string()))
        }
        (None, error) => {
            let message = error.and_then(|error| error.get("message")).and_then(Json::as_str);
            Err(Diagnostic::error(message.unwrap_or("the plugin gave no answer")))
        }
    }
}
