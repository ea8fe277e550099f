//! What a plugin implements, and how a message finds its method.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::{Answer, Diagnostic, Event, EventAnswer, Generate};

/// A plugin. Methods that are not implemented answer that there is nothing to say.
pub trait Plugin {
    /// The code of an action.
    ///
    /// # Errors
    /// Why there is none.
    fn generate(&self, request: &Generate) -> Result<Answer, Diagnostic> {
        Err(Diagnostic::error(format!("this plugin generates no `{}/{}`", request.kind, request.key)))
    }

    /// Rules that a schema cannot state. No code is asked for an action with an error.
    fn validate(&self, _request: &Generate) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// What is to be done about events.
    fn event(&self, _events: &[Event]) -> EventAnswer {
        EventAnswer::default()
    }
}

/// The answer of a plugin to a message, both as JSON. Neither a panic nor a message that is none gets through.
pub fn answer(plugin: &dyn Plugin, message: &str) -> String {
    let reply = catch_unwind(AssertUnwindSafe(|| reply(plugin, message)));
    let reply = reply.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        failure("panic", &format!("the plugin panicked: {}", text.unwrap_or_default()))
    });
    reply.to_string()
}

fn reply(plugin: &dyn Plugin, message: &str) -> Json {
    let Ok(message) = serde_json::from_str::<Json>(message) else {
        return failure("malformed", "the request is no JSON");
    };
    let params = message.get("params").cloned().unwrap_or_default();
    match message.get("method").and_then(Json::as_str).unwrap_or("generate") {
        "initialize" => json!({"result": {"protocol": "1.0", "features": ["validate"]}}),
        "generate" => match serde_json::from_value::<Generate>(params) {
            Ok(request) => {
                let refused = |diagnostic| Answer { diagnostics: vec![diagnostic], ..Answer::default() };
                result(&plugin.generate(&request).unwrap_or_else(refused))
            }
            Err(error) => failure("malformed", &error.to_string()),
        },
        "validate" => match requests(params) {
            Ok(requests) => result(&json!({"diagnostics": findings(plugin, &requests)})),
            Err(error) => failure("malformed", &error.to_string()),
        },
        "event" => match serde_json::from_value::<Vec<Event>>(params.get("events").cloned().unwrap_or_default()) {
            Ok(events) => result(&plugin.event(&events)),
            Err(error) => failure("malformed", &error.to_string()),
        },
        other => failure("unsupported", &format!("this plugin knows no `{other}`")),
    }
}

/// The actions of `validate`, each with what names the capability.
fn requests(params: Json) -> Result<Vec<Generate>, serde_json::Error> {
    let Json::Object(mut shared) = params else { return Ok(Vec::new()) };
    let specs: Vec<Map<String, Json>> = serde_json::from_value(shared.remove("specs").unwrap_or_else(|| json!([])))?;
    let whole = |spec| serde_json::from_value(Json::Object(shared.clone().into_iter().chain(spec).collect()));
    specs.into_iter().map(whole).collect()
}

/// What a plugin has to say about actions, each finding with the position of its action.
fn findings(plugin: &dyn Plugin, requests: &[Generate]) -> Vec<Json> {
    let mut found = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        for mut diagnostic in plugin.validate(request) {
            diagnostic.path = diagnostic.path.map(|path| format!("/specs/{index}{path}"));
            let mut diagnostic = json!(diagnostic);
            if let Some(fields) = diagnostic.as_object_mut() {
                fields.insert("index".to_owned(), index.into());
            }
            found.push(diagnostic);
        }
    }
    found
}

fn result(value: &impl Serialize) -> Json {
    json!({"result": value})
}

fn failure(kind: &str, message: &str) -> Json {
    json!({"error": {"code": -32000, "message": message, "data": {"kind": kind}}})
}
