//! The process that renders templates: lines of JSON-RPC go in, lines come out, until the input ends.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use super::memory::Watch;
use crate::emit::{RenderCause, RenderError, Templates};

/// Serves requests from the standard input until it ends. The arguments are the bounds of memory and output (bytes).
/// Gives the exit code of the process.
pub fn serve(arguments: &[OsString]) -> i32 {
    let bound = |index: usize| arguments.get(index)?.to_str()?.parse().ok();
    let (Some(memory), Some(output)) = (bound(0), bound(1)) else { return 3 };
    let Ok(host) = Host::start() else { return 3 };
    let host = Arc::new(host);
    let asked = host.clone();
    let mut templates =
        Templates::loading(move |name| asked.source(name)).with_limit(usize::try_from(output).unwrap_or(usize::MAX));
    let Ok(watch) = Watch::start(memory) else { return 3 };
    while let Some(line) = host.next() {
        let answer = watch.during(|| {
            let request: Json = serde_json::from_str(&line).unwrap_or_default();
            drop(line);
            if request.get("method").and_then(Json::as_str) != Some("render") {
                return None;
            }
            let outcome = render(&mut templates, request.get("params").unwrap_or(&Json::Null));
            let (key, content) = match outcome {
                Ok(result) => ("result", result),
                Err(error) => ("error", error),
            };
            Some(json!({"jsonrpc": "2.0", "id": request.get("id"), key: content}).to_string())
        });
        match answer {
            Some(answer) if host.say(&answer).is_ok() => {}
            _ => break,
        }
    }
    0
}

fn render(templates: &mut Templates, params: &Json) -> Result<Json, Json> {
    let request: Json = serde_json::from_str(params.get("request").and_then(Json::as_str).unwrap_or_default())
        .map_err(|error| json!({"code": -32602, "message": error.to_string()}))?;
    let template = request.get("template").and_then(Json::as_str).unwrap_or_default();
    let fuel = params.get("fuel").and_then(Json::as_u64).unwrap_or_default();
    let context = Value::from(Serde(request.get("context").unwrap_or(&Json::Null)));
    match templates.render_within(template, context, fuel) {
        Ok((text, fuel)) => Ok(json!({"text": text, "fuel": fuel})),
        Err(error) => Err(described(&error)),
    }
}

fn described(error: &RenderError) -> Json {
    let kind = match error.cause {
        RenderCause::Missing | RenderCause::Template => "template",
        RenderCause::OutOfFuel => "out_of_fuel",
        RenderCause::TooLarge => "too_large",
    };
    let data = json!({"kind": kind, "template": error.template, "line": error.line});
    json!({"code": -32000, "message": error.message, "data": data})
}

/// The other end of the pipes.
struct Host {
    lines: Mutex<Receiver<String>>,
}

impl Host {
    /// Reads the standard input in a thread of its own: when it ends, nobody waits for a template any more, so the process
    /// ends whatever it is doing.
    fn start() -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        std::thread::Builder::new().name("requests".to_owned()).spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    return;
                }
            }
            std::process::exit(0);
        })?;
        Ok(Self { lines: Mutex::new(receiver) })
    }

    fn next(&self) -> Option<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn say(&self, line: &str) -> std::io::Result<()> {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{line}").and_then(|()| output.flush())
    }

    /// The source of a template.
    fn source(&self, name: &str) -> Result<Option<Cow<'static, str>>, String> {
        let question = json!({"jsonrpc": "2.0", "id": "source", "method": "host/source", "params": {"name": name}});
        let gone = |_| "there is nobody to ask for it".to_owned();
        self.say(&question.to_string()).map_err(gone)?;
        let answer = self.next().and_then(|line| serde_json::from_str::<Json>(&line).ok()).unwrap_or_default();
        if let Some(reason) = answer.pointer("/error/message").and_then(Json::as_str) {
            return Err(reason.to_owned());
        }
        Ok(answer.pointer("/result/text").and_then(Json::as_str).map(|text| Cow::Owned(text.to_owned())))
    }
}
