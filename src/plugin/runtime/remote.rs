//! Messages for plugins that are no templates: a request becomes a message, and what comes back an answer or a fault.

use serde_json::{Map, Value as Json, json};

use super::patience::Patience;
use super::process::{RemoteError, WorkerFault};
use super::protocol::{VERSION, ValidateResult};
use super::refusal;
use super::wire::json as plain;
use super::{Answer, Fault, Files, Finding, Limits, Question, Reply, Request, SecretTokens, Wire};
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::report::Severity;

/// The optional method for rules that a schema cannot state.
pub(super) const VALIDATE: &str = "validate";

/// A message of the protocol, for runtimes without a channel of their own.
#[cfg(feature = "wasm")]
pub(super) fn message(method: &str, params: Json) -> String {
    serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

/// What a plugin answered to a message.
#[cfg(feature = "wasm")]
pub(super) fn result(text: &str) -> Result<Json, CallError> {
    let mut reply: Json = serde_json::from_str(text).map_err(|error| Fault::malformed(&error.to_string(), text))?;
    match (reply.get_mut("result").map(Json::take), reply.get("error").filter(|error| !error.is_null())) {
        (_, Some(error)) => Err(CallError::Remote(RemoteError::of(error))),
        (Some(result), None) => Ok(result),
        // A plugin may leave the envelope out.
        (None, None) => Ok(reply),
    }
}

/// Asks for the code of an action by a function that sends parameters and gives the result.
pub(super) fn generate(
    request: &Request<'_>,
    send: impl FnOnce(Json) -> Result<Json, CallError>,
) -> Result<Answer, Fault> {
    let Wire { params, tokens } = request.to_json();
    answer(send(params), tokens)
}

/// Asks for the code of several actions by a function that sends the parameters of all of them and gives all results.
pub(super) fn generate_all(
    requests: &[&Request<'_>],
    send: impl FnOnce(Vec<Json>) -> Vec<Result<Json, CallError>>,
) -> Vec<Result<Answer, Fault>> {
    let (params, tokens): (Vec<Json>, Vec<SecretTokens>) =
        requests.iter().map(|request| request.to_json()).map(|wire| (wire.params, wire.tokens)).unzip();
    send(params).into_iter().zip(tokens).map(|(outcome, tokens)| answer(outcome, tokens)).collect()
}

fn answer(outcome: Result<Json, CallError>, tokens: SecretTokens) -> Result<Answer, Fault> {
    match outcome {
        Ok(result) => Answer::from_json(&result, tokens),
        Err(CallError::Remote(error)) => answer_of_error(&error, tokens),
        Err(CallError::Fault(fault)) => Err(fault),
    }
}

/// Asks what a plugin has to say about actions by a function that sends parameters and gives the result. They are sent
/// together; if that fails, or leaves open which action a finding is about, each of them is sent by itself.
pub(super) fn validate(
    requests: &[&Request<'_>],
    send: impl Fn(Json, &Files) -> Result<Json, CallError>,
) -> Vec<Result<Vec<Finding>, Fault>> {
    let ask = |requests: &[&Request<'_>]| {
        let files = requests.iter().flat_map(|request| request.files.clone()).collect();
        send(validate_params(requests), &files)
    };
    if requests.len() > 1
        && let Ok(result) = ask(requests)
        && let Ok(Some(found)) = ValidateResult::read(&result).map(|told| told.by_request(requests.len()))
    {
        return found.into_iter().map(Ok).collect();
    }
    let mut patience = Patience::default();
    let one = |request: &&Request<'_>| {
        patience.check()?;
        match ask(&[*request]) {
            Ok(result) => Ok(ValidateResult::read(&result)?.of_one()),
            Err(CallError::Remote(error)) => Ok(answer_of_error(&error, SecretTokens::default())?.diagnostics),
            Err(CallError::Fault(fault)) => {
                patience.note(&fault);
                Err(fault)
            }
        }
    };
    requests.iter().map(one).collect()
}

/// The parameters of `validate` for requests to one capability.
fn validate_params(requests: &[&Request<'_>]) -> Json {
    let mut params = Map::new();
    let mut specs = Vec::with_capacity(requests.len());
    for request in requests {
        let Json::Object(mut spec) = request.to_json().params else { continue };
        for name in ["kind", "key", "entry"] {
            params.extend(spec.remove(name).map(|value| (name.to_owned(), value)));
        }
        specs.push(Json::Object(spec));
    }
    params.insert("specs".to_owned(), specs.into());
    params.into()
}

/// The optional methods that a plugin knows, from its answer to `initialize`. A plugin that does not know `initialize`
/// knows none of them.
///
/// # Errors
/// It speaks another version of the protocol, or says it in another form.
pub(super) fn features(answer: &Json) -> Result<Vec<String>, Fault> {
    let given = |key: &str| answer.get(key).filter(|value| !value.is_null());
    if let Some(version) = given("protocol") {
        let text = version.as_str().unwrap_or_default();
        let detail = match major(text) {
            None => format!("its `protocol` is {version}, and must be text of two numbers, as in \"{VERSION}\""),
            own if own == major(VERSION) => String::new(),
            Some(_) => {
                format!("it speaks version {text} of the protocol, and this program speaks version {VERSION}")
            }
        };
        if !detail.is_empty() {
            return Err(Fault::WrongVersion { detail });
        }
    }
    let Some(features) = given("features") else { return Ok(Vec::new()) };
    let texts = features.as_array().and_then(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    texts.ok_or_else(|| Fault::malformed("its `features` are no list of texts", &features.to_string()))
}

/// The first number of a version of the protocol.
fn major(version: &str) -> Option<&str> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    version.split_once('.').filter(|(major, minor)| number(major) && number(minor)).map(|(major, _)| major)
}

/// The parameters of `initialize` for a plugin that has a process or module of its own.
pub(super) fn introduction(plugin: &Plugin, limits: &Limits) -> Json {
    json!({
        "protocol": {"min": VERSION, "max": VERSION},
        "host": {"name": "lhp", "version": env!("CARGO_PKG_VERSION")},
        "plugin": {"id": plugin.id(), "version": plugin.manifest.version},
        // Code that is generated has no use for secrets; hooks are given them with their events.
        "config": plugin.config.shown.as_ref().map_or_else(|| json!({}), plain),
        "limits": {"memory_mb": limits.memory >> 20, "output_kb": limits.output >> 10, "files": limits.files},
        "features": [VALIDATE],
    })
}

/// Asks a question by a function that sends parameters and gives the result.
pub(super) fn ask(question: &Question<'_>, send: impl FnOnce(Json) -> Result<Json, CallError>) -> Result<Reply, Fault> {
    match send(question.to_json()) {
        Ok(result) => Ok(Reply::Result(result)),
        Err(CallError::Remote(error)) => match error.is_told() {
            true => Ok(Reply::Refused(finding(&error))),
            false => Err(fault_of(&error)),
        },
        Err(CallError::Fault(fault)) => Err(fault),
    }
}

/// Asks what is to be done about events by a function that sends parameters and gives the result.
pub(super) fn event(
    request: &EventRequest<'_>,
    send: impl FnOnce(Json) -> Result<Json, CallError>,
) -> Result<EventAnswer, Fault> {
    let params = request.to_json();
    match send(params) {
        Ok(result) => {
            let failures = failures(&result);
            let mut answer = EventAnswer::from_json(result)?;
            answer.diagnostics.extend(failures);
            Ok(answer)
        }
        Err(CallError::Remote(error)) => {
            let told = answer_of_error(&error, SecretTokens::default())?;
            Ok(EventAnswer { diagnostics: told.diagnostics, ..EventAnswer::default() })
        }
        Err(CallError::Fault(fault)) => Err(fault),
    }
}

/// What handlers raised while others went on. A handler that was registered with a policy of its own keeps it.
fn failures(result: &Json) -> Vec<Finding> {
    let all = result.get("failures").and_then(Json::as_array).into_iter().flatten();
    all.filter_map(|failure| {
        let text = |key: &str| failure.get(key).and_then(Json::as_str);
        let severity = match text("failure_policy") {
            Some("ignore") => return None,
            Some("log") => Severity::Warning,
            _ => Severity::Error,
        };
        let error =
            RemoteError { code: 0, message: text("message").unwrap_or("it failed").to_owned(), data: failure.clone() };
        let found = finding(&error);
        let handler = text("hook").map(|hook| format!("handler `{hook}`: ")).unwrap_or_default();
        Some(Finding { severity, message: format!("{handler}{}", found.message), ..found })
    })
    .collect()
}

/// Why a call gave no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// The plugin says why.
    Remote(RemoteError),
    Fault(Fault),
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Remote(error) => fault_of(&error),
            CallError::Fault(fault) => fault,
        }
    }
}

/// What a plugin wants its user to know is a finding; everything else is a fault.
fn answer_of_error(error: &RemoteError, tokens: SecretTokens) -> Result<Answer, Fault> {
    match error.is_told() {
        true => Ok(Answer { diagnostics: vec![finding(error)], tokens, ..Answer::default() }),
        false => Err(fault_of(error)),
    }
}

/// An exception in the words of the plugin, with the place in its code.
fn finding(error: &RemoteError) -> Finding {
    let own = error.data.get("diagnostic").unwrap_or(&Json::Null);
    let text = |key: &str| own.get(key).and_then(Json::as_str).map(str::to_owned);
    let raised = (error.kind() == "exception").then(|| error.data.get("type")?.as_str()).flatten();
    let mut message = text("message").unwrap_or_else(|| error.message.clone());
    if let Some(raised) = raised.filter(|raised| !message.starts_with(raised)) {
        message = format!("{raised}: {message}");
    }
    let place = error.data.get("file").and_then(Json::as_str).map(|file| match error.data.get("line") {
        Some(Json::Number(line)) => format!("raised in {file}, line {line}"),
        _ => format!("raised in {file}"),
    });
    let help = match (text("help"), place) {
        (Some(help), Some(place)) => Some(format!("{help} ({place})")),
        (help, place) => help.or(place),
    };
    Finding { severity: Severity::Error, code: text("code"), message, path: text("path"), help }
}

/// The fault behind an error that a plugin, or the worker around it, answered with.
pub(super) fn fault_of(error: &RemoteError) -> Fault {
    let detail = error.message.clone();
    let names = |key: &str| -> Vec<&str> {
        let listed = error.data.get(key).and_then(Json::as_array);
        listed
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().or_else(|| item.get("requirement")?.as_str()))
            .collect()
    };
    match error.kind() {
        "entry_not_found" | "import" | "unloadable" => Fault::NoEntry { detail },
        "wrong_interface" | "unsupported" => {
            let missing = names("missing");
            let known = missing.is_empty() || missing.iter().all(|name| detail.contains(name));
            Fault::WrongInterface { detail: if known { detail } else { format!("{detail}: {}", missing.join(", ")) } }
        }
        "version" => Fault::WrongVersion { detail },
        "packages" => Fault::Missing {
            help: format!("install into the environment of the project: {}", names("packages").join(", ")),
            detail,
        },
        "environment" => {
            let missing = names("packages");
            let missing = if missing.is_empty() { String::new() } else { format!("; missing: {}", missing.join(", ")) };
            Fault::Environment { detail: format!("{detail}{missing}") }
        }
        "too_large" | "out_of_memory" => Fault::TooLarge { what: detail },
        "malformed" | "protocol" => Fault::Malformed { detail, head: String::new() },
        "host" => refusal::fault(error.data.get("host").unwrap_or(&Json::Null), detail),
        _ => Fault::crashed(detail),
    }
}

impl RemoteError {
    /// Whether it is for the user of the plugin. What has no kind, or one that nobody knows, is.
    fn is_told(&self) -> bool {
        !matches!(
            self.kind(),
            "entry_not_found"
                | "import"
                | "unloadable"
                | "wrong_interface"
                | "unsupported"
                | "version"
                | "packages"
                | "environment"
                | "too_large"
                | "out_of_memory"
                | "malformed"
                | "protocol"
                | "host"
                | "exit"
                | "interrupted"
                | "recursion"
                | "internal"
        )
    }

    /// Which error it is.
    fn kind(&self) -> &str {
        self.data.get("kind").and_then(Json::as_str).unwrap_or_default()
    }
}

/// The fault of a worker.
pub(super) fn fault_of_worker(fault: WorkerFault, milliseconds: u64) -> CallError {
    CallError::Fault(match fault {
        WorkerFault::Remote(error) => return CallError::Remote(error),
        WorkerFault::Start(reason) => Fault::Missing {
            detail: format!("its process cannot be started: {reason}"),
            help: "install the program, or correct its path".to_owned(),
        },
        WorkerFault::Timeout { said } => Fault::Timeout { milliseconds, said },
        WorkerFault::Ended { how, said } => Fault::Crashed { detail: how, said },
        WorkerFault::TooLarge => Fault::TooLarge { what: "its answer is longer than allowed".to_owned() },
        WorkerFault::Malformed(head) => {
            Fault::Malformed { detail: "it is no message of the protocol".to_owned(), head }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(kind: &str, more: Json) -> RemoteError {
        let mut data = json!({"kind": kind});
        for (key, value) in more.as_object().into_iter().flatten() {
            data[key] = value.clone();
        }
        RemoteError { code: -32000, message: "no bucket is named".to_owned(), data }
    }

    #[test]
    fn what_a_plugin_refuses_is_a_finding_with_its_place() {
        let refused =
            error("rejected", json!({"file": "loader.py", "line": 7, "diagnostic": {"path": "/spec/bucket"}}));
        let answer = answer_of_error(&refused, SecretTokens::default()).unwrap();
        let found = &answer.diagnostics[0];
        assert_eq!((found.message.as_str(), found.path.as_deref()), ("no bucket is named", Some("/spec/bucket")));
        assert_eq!(found.help.as_deref(), Some("raised in loader.py, line 7"));
        let raised = error("exception", json!({"type": "KeyError"}));
        let answer = answer_of_error(&raised, SecretTokens::default()).unwrap();
        assert_eq!(answer.diagnostics[0].message, "KeyError: no bucket is named");
    }

    #[test]
    fn an_error_without_a_kind_is_what_the_plugin_says() {
        for error in [
            json!({"code": -32000, "message": "no bucket is named"}),
            json!({"code": 7, "message": "no bucket is named", "data": {"more": 1}}),
            json!({"message": "no bucket is named", "data": {"kind": "of our own"}}),
            json!("no bucket is named"),
        ] {
            let answer = answer_of_error(&RemoteError::of(&error), SecretTokens::default()).unwrap();
            let found: Vec<_> = answer.diagnostics.iter().map(|found| (found.is_error(), &*found.message)).collect();
            assert_eq!(found, [(true, "no bucket is named")], "{error}");
        }
        for kind in ["exit", "internal", "malformed", "unsupported"] {
            answer_of_error(&error(kind, json!({})), SecretTokens::default()).unwrap_err();
        }
    }

    #[cfg(feature = "wasm")]
    #[test]
    fn no_error_beside_a_result_is_none() {
        let reply = |text: &str| result(text).unwrap();
        assert_eq!(reply(r#"{"result": {"body": ""}, "error": null}"#), json!({"body": ""}));
        assert!(matches!(result(r#"{"result": null, "error": {"message": "no"}}"#), Err(CallError::Remote(_))));
    }

    #[test]
    fn another_protocol_or_one_in_another_form_is_refused() {
        for fine in [json!({"protocol": "1.0"}), json!({"protocol": "1.7"}), json!({"protocol": null}), json!("hello")]
        {
            assert_eq!(features(&fine), Ok(Vec::new()), "{fine}");
        }
        let known = json!({"protocol": "1.0", "features": ["validate", "later"]});
        assert_eq!(features(&known), Ok(vec!["validate".to_owned(), "later".to_owned()]));
        for refused in [json!("2.0"), json!(2), json!(1.0), json!("1"), json!("one.0"), json!("1.x"), json!(["1.0"])] {
            let answered = features(&json!({"protocol": refused, "features": []}));
            assert!(matches!(answered, Err(Fault::WrongVersion { .. })), "{refused}: {answered:?}");
        }
        for odd in [json!("validate"), json!(["validate", 1]), json!({"validate": true})] {
            let answered = features(&json!({"protocol": "1.0", "features": odd}));
            assert!(matches!(answered, Err(Fault::Malformed { .. })), "{odd}: {answered:?}");
        }
    }

    #[test]
    fn errors_of_a_worker_are_faults_of_their_kind() {
        let missing = json!({"packages": [{"requirement": "boto3>=1.26.0"}]});
        let expected = "no bucket is named; missing: boto3>=1.26.0".to_owned();
        assert_eq!(fault_of(&error("environment", missing)), Fault::Environment { detail: expected });
        let methods = error("wrong_interface", json!({"missing": ["get_generator_class"]}));
        let expected = "no bucket is named: get_generator_class".to_owned();
        assert_eq!(fault_of(&methods), Fault::WrongInterface { detail: expected });
        let refused = error("host", json!({"host": {"code": "LHP-PLG-052", "grant": "read: [\"a\"]"}}));
        assert!(matches!(fault_of(&refused), Fault::NotGranted { .. }));
        assert!(matches!(fault_of(&error("exit", json!({}))), Fault::Crashed { .. }));
    }
}
