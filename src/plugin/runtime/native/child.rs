//! The process that holds a native library: lines of JSON-RPC go in, lines come out, until the input ends.
//!
//! What the library prints goes to the standard error: the standard output belongs to the protocol.

use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::library::{Handle, Library, LibraryFault, Profile};
use crate::plugin::runtime::protocol::VERSION;

/// Batches of a sample at most, unless the request says otherwise.
const MAX_BATCHES: u64 = 3;

/// How long a library has to finish its work after the host has gone.
const GRACE: Duration = Duration::from_secs(2);

/// So much of an answer that is no JSON is shown (characters).
const SHOWN: usize = 200;

/// Serves requests from the standard input until it ends. Gives the exit code of the process.
pub fn serve() -> i32 {
    let Ok(mut output) = private_output() else { return 3 };
    let Ok(requests) = requests() else { return 3 };
    let mut served = Served::default();
    for line in requests {
        let Ok(request) = serde_json::from_str::<Json>(&line) else { continue };
        let method = request.get("method").and_then(Json::as_str).unwrap_or_default();
        if method == "shutdown" {
            break;
        }
        let mut answer = match served.answer(method, &request) {
            Ok(result) => json!({"jsonrpc": "2.0", "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "error": error}),
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("id".to_owned(), request.get("id").cloned().unwrap_or_default());
        }
        if writeln!(output, "{answer}").and_then(|()| output.flush()).is_err() {
            break;
        }
    }
    if let Some((library, Profile::Lhp)) = served.library.as_ref().map(|loaded| (&loaded.library, loaded.profile)) {
        library.shut_down();
    }
    0
}

/// The lines of the standard input. When they end, nobody waits for an answer any more, so the process ends, whatever the
/// library is doing.
fn requests() -> std::io::Result<Receiver<String>> {
    let (sender, receiver) = channel();
    std::thread::Builder::new().name("plugin requests".to_owned()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                return;
            }
        }
        drop(sender);
        std::thread::sleep(GRACE);
        std::process::exit(0);
    })?;
    Ok(receiver)
}

/// The standard output under another number; what is printed from now on goes to the standard error.
#[cfg(unix)]
fn private_output() -> std::io::Result<File> {
    let private = rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3)?;
    rustix::stdio::dup2_stdout(std::io::stderr())?;
    Ok(File::from(private))
}

#[cfg(not(unix))]
fn private_output() -> std::io::Result<std::io::Stdout> {
    Ok(std::io::stdout())
}

/// A library and what it is.
struct Loaded {
    library: Library,
    profile: Profile,
    create: String,
}

/// What the process holds.
#[derive(Default)]
struct Served {
    library: Option<Loaded>,
}

/// An error object. `kind` tells the host which of its own errors this is.
fn error(kind: &str, message: impl std::fmt::Display) -> Json {
    json!({"code": -32000, "message": message.to_string(), "data": {"kind": kind}})
}

fn library_error(fault: &LibraryFault) -> Json {
    let kind = match fault {
        LibraryFault::Unloadable(_) => "unloadable",
        LibraryFault::MissingSymbol(_) => "wrong_interface",
        LibraryFault::Version(_) => "version",
        LibraryFault::NotUtf8 { .. } => "malformed",
        LibraryFault::Nothing { .. } | LibraryFault::ZeroByte => "internal",
        LibraryFault::Failed { .. } | LibraryFault::Refused => "plugin",
    };
    error(kind, fault)
}

impl Served {
    fn answer(&mut self, method: &str, request: &Json) -> Result<Json, Json> {
        let params = request.get("params").unwrap_or(&Json::Null);
        if method == "initialize" {
            return self.initialize(params);
        }
        let Some(loaded) = &self.library else { return Err(error("internal", "there was no `initialize`")) };
        match loaded.profile {
            Profile::Lhp => loaded.pass_on(request),
            Profile::Dativo => loaded.developer_command(method, params),
        }
    }

    fn initialize(&mut self, params: &Json) -> Result<Json, Json> {
        let text = |key: &str| params.get(key).and_then(Json::as_str).unwrap_or_default();
        let profile = Profile::parse(text("profile")).ok_or_else(|| error("internal", "there is no such profile"))?;
        let default = if profile == Profile::Dativo { "create_reader" } else { "lhp_call" };
        let create = Some(text("create")).filter(|create| !create.is_empty()).unwrap_or(default).to_owned();
        let library = Library::load(Path::new(text("library"))).map_err(|fault| library_error(&fault))?;
        library.check(profile, &create).map_err(|fault| library_error(&fault))?;
        let loaded = self.library.insert(Loaded { library, profile, create });
        let nothing = || json!({"protocol": VERSION, "features": []});
        Ok(match profile {
            // A library need not know the method; then it answers something else, or an error.
            Profile::Lhp => {
                let answer = loaded.pass_on(&json!({"jsonrpc": "2.0", "method": "initialize", "params": params}));
                answer.ok().filter(Json::is_object).unwrap_or_else(nothing)
            }
            Profile::Dativo => nothing(),
        })
    }
}

impl Loaded {
    /// Gives the request to `lhp_call` as it is.
    fn pass_on(&self, request: &Json) -> Result<Json, Json> {
        let answer = self.library.call(&request.to_string()).map_err(|fault| library_error(&fault))?;
        let Ok(answer) = serde_json::from_str::<Json>(&answer) else {
            return Err(no_json(&answer));
        };
        match (answer.get("result"), answer.get("error").filter(|error| !error.is_null())) {
            (_, Some(error)) => Err(error.clone()),
            (Some(result), None) => Ok(result.clone()),
            (None, None) => Ok(answer),
        }
    }

    fn developer_command(&self, method: &str, params: &Json) -> Result<Json, Json> {
        let config = params.get("config").unwrap_or(&Json::Null).to_string();
        let failed = |fault: LibraryFault| library_error(&fault);
        match method {
            "check" | "discover" => {
                let function = if method == "check" { "check_connection" } else { "discover" };
                let mut handle = self.handle(&config).map_err(failed)?;
                match handle.ask(function).map_err(failed)? {
                    Some(text) => parse(&text),
                    None => Err(error("unsupported", format!("the library has no function `{function}`"))),
                }
            }
            "sample" => {
                let most = params.get("max_batches").and_then(Json::as_u64).unwrap_or(MAX_BATCHES);
                let mut handle = self.handle(&config).map_err(failed)?;
                let mut batches = Vec::new();
                while (batches.len() as u64) < most {
                    match handle.extract_batch().map_err(failed)? {
                        Some(batch) => batches.push(records(&batch)?),
                        None => return Ok(json!({"batches": batches, "complete": true})),
                    }
                }
                Ok(json!({"batches": batches, "complete": false}))
            }
            "write_sample" => {
                let mut handle = self.handle(&config).map_err(failed)?;
                let mut files = Vec::new();
                for batch in params.get("batches").and_then(Json::as_array).into_iter().flatten() {
                    let batch = json!({"records": batch, "file_counter": files.len()}).to_string();
                    match parse(&handle.write_batch(&batch).map_err(failed)?)? {
                        Json::Array(written) => files.extend(written),
                        other => {
                            return Err(error("malformed", format!("what it has written must be a list, not {other}")));
                        }
                    }
                }
                let committed = handle.commit_files(&Json::from(files.clone()).to_string()).map_err(failed)?;
                let committed = committed.map(|text| parse(&text)).transpose()?;
                Ok(json!({"files": files, "commit": committed}))
            }
            other => Err(error("unsupported", format!("a native reader or writer knows no `{other}`"))),
        }
    }

    fn handle(&self, config: &str) -> Result<Handle<'_>, LibraryFault> {
        if self.create.contains("writer") {
            self.library.writer(&self.create, config)
        } else {
            self.library.reader(&self.create, config)
        }
    }
}

/// The records of a batch.
fn records(text: &str) -> Result<Json, Json> {
    let batch = parse(text)?;
    match batch.as_array().is_some_and(|records| records.iter().all(Json::is_object)) {
        true => Ok(batch),
        false => {
            let start: String = text.chars().take(SHOWN).collect();
            Err(error("malformed", format!("a batch must be a list of mappings, and this one is {start}")))
        }
    }
}

fn parse(text: &str) -> Result<Json, Json> {
    serde_json::from_str(text).map_err(|_| no_json(text))
}

/// The error of an answer that is no JSON.
fn no_json(text: &str) -> Json {
    let start: String = text.chars().take(SHOWN).collect();
    error("malformed", format!("it is no JSON, and begins with `{start}`"))
}
