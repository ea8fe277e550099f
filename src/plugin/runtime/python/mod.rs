//! The Python runtime: a capability is a class or function of a Python module, called by a worker process.
//!
//! Workers are shared by all plugins of a project and start when they are first needed. `sdk/python/PROTOCOL.md`
//! describes what is said.

mod metadata;
mod pool;
mod sources;
mod workers;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};

pub use pool::Interpreter;
pub use sources::{PIPELINE_MODULE, modules_digest, package};
pub use workers::Workers;

use super::process::{HostCalls, Refusal, RemoteError};
use super::refusal;
use super::remote::{self, CallError};
use super::rendering::Rendering;
use super::wire::json as plain;
use super::{Answer, Fault, Files, Finding, Limits, Question, Reply, Request, Runtime};
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::plugin::manifest::{Jinja, Provision, Shim};
use crate::source::SourceMap;

/// Time per call, unless somebody says otherwise (ms).
const TIMEOUT: u64 = 30_000;

/// Calls the Python code of one plugin.
pub struct PythonRuntime {
    plugin: String,
    /// What workers are told about the plugin.
    introduction: Json,
    pool: Arc<pool::Pool>,
    timeout: u64,
    templates: Rendering,
    /// What the classes say differently than the manifest, once they were loaded.
    remarks: Mutex<Vec<(usize, String)>>,
}

impl PythonRuntime {
    /// A runtime for the code of a plugin.
    pub fn new(plugin: &Plugin, limits: &Limits, sources: Arc<SourceMap>, workers: &Workers) -> Self {
        Self {
            plugin: plugin.id().to_owned(),
            introduction: introduction(plugin, limits),
            pool: workers.pool(plugin),
            timeout: limits.timeout.unwrap_or(TIMEOUT),
            templates: Rendering::new(plugin, limits, sources),
            remarks: Mutex::default(),
        }
    }

    /// Requests of a method; who listens hears what the worker says besides.
    fn call<'a>(&'a self, method: &'a str, listener: Option<&'a dyn Fn(&str)>) -> pool::Call<'a> {
        pool::Call {
            plugin: &self.plugin,
            introduction: &self.introduction,
            method,
            limit: Duration::from_millis(self.timeout),
            listener,
        }
    }

    fn exchange(&self, call: &pool::Call<'_>, params: Json, files: &Files) -> Result<Json, CallError> {
        let host = Host { files, templates: &self.templates, listener: call.listener };
        self.pool.call(call, &self.addressed(params), &host)
    }

    /// Parameters that say which plugin they are for.
    fn addressed(&self, mut params: Json) -> Json {
        if let Some(params) = params.as_object_mut() {
            params.insert("plugin".to_owned(), self.plugin.as_str().into());
        }
        params
    }
}

impl Runtime for PythonRuntime {
    fn check(&self, _: &str) -> Result<(), Fault> {
        self.pool.check()
    }

    fn start(&self, plugin: &Plugin) -> Vec<(usize, Fault)> {
        let host = Host { files: &Files::new(), templates: &self.templates, listener: None };
        let limit = Duration::from_millis(self.timeout);
        match self.pool.introduce(&self.plugin, &self.introduction, limit, &host) {
            Ok(answer) => match metadata::refusal(&answer) {
                Some(refusal) => vec![(0, refusal)],
                None => {
                    let (odd, wrong): (Vec<_>, Vec<_>) =
                        problems(&answer, plugin).into_iter().partition(|(_, problem)| is_warning(problem));
                    let odd = odd.into_iter().map(|(index, problem)| (index, problem.message));
                    *self.remarks.lock().unwrap_or_else(PoisonError::into_inner) = odd.collect();
                    wrong.into_iter().map(|(index, problem)| (index, remote::fault_of(&problem))).collect()
                }
            },
            Err(error) => vec![(0, error.into())],
        }
    }

    fn remarks(&self) -> Vec<(usize, String)> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let call = self.call("generate", None);
        remote::generate(request, |params| self.exchange(&call, params, &request.files))
    }

    fn generate_all(&self, requests: &[&Request<'_>]) -> Vec<Result<Answer, Fault>> {
        let hosts: Vec<Host<'_>> = requests
            .iter()
            .map(|request| Host { files: &request.files, templates: &self.templates, listener: None })
            .collect();
        remote::generate_all(requests, |params| {
            let addressed = params.into_iter().map(|params| self.addressed(params));
            let hosts = hosts.iter().map(|host| -> &dyn HostCalls { host });
            self.pool.call_all(&self.call("generate", None), &addressed.zip(hosts).collect::<Vec<_>>())
        })
    }

    fn validate(&self, requests: &[&Request<'_>]) -> Vec<Result<Vec<Finding>, Fault>> {
        let call = self.call("validate", None);
        remote::validate(requests, |params, files| self.exchange(&call, params, files))
    }

    fn ask(&self, question: &Question<'_>) -> Result<Reply, Fault> {
        let call = self.call(question.method, question.listener);
        remote::ask(question, |params| self.exchange(&call, params, question.files))
    }

    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        let call = self.call("event", None);
        remote::event(request, |params| self.exchange(&call, params, &Files::new()))
    }
}

/// What a worker could not load, or found odd.
fn problems(answer: &Json, plugin: &Plugin) -> Vec<(usize, RemoteError)> {
    let all = answer.get("problems").and_then(Json::as_array).into_iter().flatten();
    all.map(|problem| {
        let entry = |key: &str| problem.get("entry")?.get(key)?.as_str();
        let named = |row: &Provision| Some(row.kind.word()) == entry("kind") && Some(row.key.as_str()) == entry("key");
        let index = plugin.manifest.provides.iter().position(named).unwrap_or_default();
        let message = problem.get("message").and_then(Json::as_str).unwrap_or_default().to_owned();
        (index, RemoteError { code: 0, message, data: problem.clone() })
    })
    .collect()
}

/// Whether a problem keeps nothing from being called.
fn is_warning(problem: &RemoteError) -> bool {
    problem.data.get("severity").and_then(Json::as_str) == Some("warning")
}

fn introduction(plugin: &Plugin, limits: &Limits) -> Json {
    let manifest = &plugin.manifest;
    let shims: Vec<&str> = manifest
        .runtime
        .shims
        .iter()
        .map(|shim| match shim {
            Shim::Lhp => "lhp",
            Shim::Phlo => "phlo",
            Shim::Dativo => "dativo",
        })
        .collect();
    let entries = manifest.provides.iter().filter_map(|provision| {
        let entry = provision.entry.as_deref()?;
        Some(json!({"kind": provision.kind.word(), "key": provision.key, "entry": entry}))
    });
    json!({
        "id": plugin.id(),
        "version": manifest.version,
        "root": plugin.root.to_string_lossy(),
        "path": manifest.runtime.path,
        "shims": shims,
        "jinja": if manifest.runtime.jinja == Some(Jinja::Python) { "python" } else { "host" },
        "entries": entries.collect::<Vec<Json>>(),
        "config": plugin.config.values.as_ref().map_or_else(|| json!({}), plain),
        "packages": manifest.requires.packages,
        "limits": {"output_kb": limits.output >> 10},
    })
}

/// What a worker can ask for while it works on a request.
struct Host<'a> {
    files: &'a Files,
    templates: &'a Rendering,
    listener: Option<&'a dyn Fn(&str)>,
}

impl HostCalls for Host<'_> {
    fn answer(&self, method: &str, params: &Json, left: Duration) -> Result<Json, Refusal> {
        let text = |key: &str| params.get(key).and_then(Json::as_str).unwrap_or_default();
        let refused = |message: String| Refusal { message, data: Json::Null };
        match method {
            "host/render" => {
                let request = json!({"template": text("template"), "context": params.get("context")}).to_string();
                let rendered = self.templates.render(&request, u64::MAX, left);
                rendered.map(|rendered| json!({"text": rendered.text})).map_err(|failed| refusal::of(&failed))
            }
            "host/read_file" => match self.files.get(text("path")) {
                Some(content) => Ok(json!({"content": content})),
                None => Err(Refusal {
                    message: format!("it may not read `{}`", text("path")),
                    data: json!({"code": "LHP-PLG-052", "grant": format!("read: [{}]", Json::from(text("path")))}),
                }),
            },
            "host/log" => {
                if let Some(listener) = self.listener {
                    listener(&format!("{} {}: {}", text("level"), text("logger"), text("message")));
                }
                Ok(Json::Null)
            }
            other => Err(refused(format!("there is no `{other}`"))),
        }
    }
}
