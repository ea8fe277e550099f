//! The interface of plugins, through the C functions that the host calls.
#![allow(missing_docs)]

use std::ffi::{CStr, CString, c_char, c_void};

use lhp_plugin::reader::{Failure, Reader, Settings};
use lhp_plugin::{Answer, Diagnostic, Effect, Event, EventAnswer, Generate, Plugin, python, testing};
use serde_json::{Value as Json, json};

struct Tables;

impl Plugin for Tables {
    fn generate(&self, request: &Generate) -> Result<Answer, Diagnostic> {
        let table = request.spec_text("table").ok_or_else(|| Diagnostic::error("no table").at("/spec").code("T-1"))?;
        assert_ne!(table, "panic", "this table panics");
        Ok(Answer::new(format!("def v():\n    return {}\n", python::string(table))).import("import os"))
    }

    fn validate(&self, request: &Generate) -> Vec<Diagnostic> {
        let taken = ["information_schema"];
        let table = request.spec_text("table").filter(|table| taken.contains(table));
        table
            .map(|table| Diagnostic::error(format!("`{table}` is taken")).at("/spec/table").code("T-2"))
            .into_iter()
            .collect()
    }

    fn event(&self, events: &[Event]) -> EventAnswer {
        let effects = events.iter().map(|event| Effect::Log { level: None, message: event.kind.clone() });
        EventAnswer { effects: effects.collect(), ..EventAnswer::default() }
    }
}

lhp_plugin::export!(Tables);

struct Numbers {
    next: u64,
    fails: bool,
}

impl Reader for Numbers {
    fn create(settings: Settings) -> Result<Self, Failure> {
        if settings.connection.contains_key("refuse") {
            return Err(Failure("no such server".to_owned()));
        }
        Ok(Self { next: 0, fails: settings.connection.contains_key("fail") })
    }

    fn next_batch(&mut self) -> Result<Option<Vec<Json>>, Failure> {
        self.next += 1;
        match self.next {
            1 => Ok(Some(Vec::new())),
            2 | 3 => Ok(Some(vec![json!({"id": self.next})])),
            _ if self.fails => Err(Failure("the line is cut".to_owned())),
            _ => Ok(None),
        }
    }
}

lhp_plugin::export_reader!(Numbers);

unsafe extern "C" {
    fn lhp_abi() -> u32;
    fn lhp_call(request: *const c_char) -> *mut c_char;
    fn lhp_free(answer: *mut c_char);
    fn create_reader(config: *const c_char) -> *mut c_void;
    fn extract_batch(handle: *mut c_void) -> *const c_char;
    fn last_error(handle: *mut c_void) -> *const c_char;
    fn free_reader(handle: *mut c_void);
    fn free_string(text: *const c_char);
}

fn call(method: &str, params: &Json) -> Json {
    let request = CString::new(json!({"id": 1, "method": method, "params": params}).to_string()).unwrap();
    let answer = unsafe { lhp_call(request.as_ptr()) };
    let text = unsafe { CStr::from_ptr(answer) }.to_str().unwrap().to_owned();
    unsafe { lhp_free(answer) };
    serde_json::from_str(&text).unwrap()
}

fn read(config: &Json) -> (Vec<String>, Option<String>) {
    let config = CString::new(config.to_string()).unwrap();
    let handle = unsafe { create_reader(config.as_ptr()) };
    let take = |text: *const c_char| {
        (!text.is_null()).then(|| {
            let copy = unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
            unsafe { free_string(text) };
            copy
        })
    };
    let mut batches = Vec::new();
    while let Some(batch) = take(unsafe { extract_batch(handle) }) {
        batches.push(batch);
    }
    let error = take(unsafe { last_error(handle) });
    unsafe { free_reader(handle) };
    (batches, error)
}

#[test]
fn a_request_becomes_code() {
    assert_eq!(unsafe { lhp_abi() }, 1);
    let request = json!(testing::load("tables", "v").spec("table", "a\"b"));
    let answer = call("generate", &request);
    assert_eq!(answer["result"]["body"], "def v():\n    return \"a\\\"b\"\n");
    assert_eq!(answer["result"]["imports"], json!(["import os"]));
}

#[test]
fn a_refusal_is_a_diagnostic_and_a_panic_an_error() {
    let answer = call("generate", &json!(testing::load("tables", "v")));
    let expected = json!([{"severity": "error", "code": "T-1", "message": "no table", "path": "/spec"}]);
    assert_eq!(answer["result"]["diagnostics"], expected);
    let answer = call("generate", &json!(testing::load("tables", "v").spec("table", "panic")));
    assert_eq!(answer["error"]["data"]["kind"], "panic");
    assert!(answer["error"]["message"].as_str().unwrap().contains("this table panics"));
}

#[test]
fn hooks_see_events() {
    let event = json!({"type": "pipeline.start", "seq": 3, "later": 1});
    let answer = call("event", &json!({"events": [event]}));
    assert_eq!(answer["result"]["effects"], json!([{"kind": "log", "level": null, "message": "pipeline.start"}]));
    assert_eq!(call("fly", &json!({}))["error"]["data"]["kind"], "unsupported");
}

#[test]
fn an_empty_batch_is_no_end_and_a_failure_is_none_either() {
    let rows = vec!["[{\"id\":2}]".to_owned(), "[{\"id\":3}]".to_owned()];
    assert_eq!(read(&json!({})), (rows.clone(), None));
    assert_eq!(read(&json!({"connection": {"fail": 1}})), (rows, Some("the line is cut".to_owned())));
    assert_eq!(read(&json!({"connection": {"refuse": 1}})), (Vec::new(), Some("no such server".to_owned())));
}

#[test]
fn names_and_literals_are_python() {
    assert!(python::is_name("v_orders") && !python::is_name("class") && !python::is_name("1a") && !python::is_name(""));
    assert_eq!(python::string("\u{202e}\u{0}"), "\"\\u202e\\x00\"");
}

#[test]
fn actions_are_judged_before_their_code_is_asked_for() {
    assert_eq!(call("initialize", &json!({}))["result"]["features"], json!(["validate"]));
    let spec = |table: &str| json!(testing::load("tables", "v").spec("table", table));
    let params = json!({"kind": "load", "key": "tables", "specs": [spec("orders"), spec("information_schema")]});
    let told = call("validate", &params);
    let expected = json!([{"index": 1, "severity": "error", "code": "T-2", "message": "`information_schema` is taken",
        "path": "/specs/1/spec/table"}]);
    assert_eq!(told["result"]["diagnostics"], expected);
    let alone = testing::validate(&Tables, &testing::load("tables", "v").spec("table", "information_schema")).unwrap();
    assert_eq!(alone[0].path.as_deref(), Some("/spec/table"));
    assert_eq!(testing::validate(&Tables, &testing::load("tables", "v")), Ok(Vec::new()));
}
