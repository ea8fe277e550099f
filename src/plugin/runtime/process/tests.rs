use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::*;

/// A host that knows one template.
struct Host;

impl HostCalls for Host {
    fn answer(&self, method: &str, params: &Json, _: Duration) -> Result<Json, Refusal> {
        match method {
            "host/render" => Ok(json!({"text": params["template"]})),
            other => Err(Refusal { message: format!("there is no `{other}`"), data: Json::Null }),
        }
    }
}

/// A worker whose answer to each request is made by Python statements, which see `request` and can `answer(…)`.
fn worker(statements: &str) -> Worker {
    let program = format!(
        "import json, os, sys\n\
         def send(message):\n    sys.stdout.write(json.dumps(message) + '\\n'); sys.stdout.flush()\n\
         def answer(result):\n    send({{'jsonrpc': '2.0', 'id': request['id'], 'result': result}})\n\
         for line in sys.stdin:\n    request = json.loads(line)\n    if request['method'] == 'shutdown':\n        break\n    {}\n",
        statements.replace('\n', "\n    ")
    );
    let mut command = Command::new("python3");
    command.args(["-I", "-S", "-u", "-c", &program]);
    Worker::start(command, WorkerOptions { output: 1 << 16 }).unwrap()
}

fn ask(worker: &mut Worker) -> Result<Json, WorkerFault> {
    worker.call("generate", json!({"a": [1, "ü\n"]}), Duration::from_secs(20), &Host)
}

#[test]
fn answers_come_back() {
    let mut echo = worker("answer(request['params'])");
    for _ in 0..3 {
        assert_eq!(ask(&mut echo).unwrap(), json!({"a": [1, "ü\n"]}));
    }
    echo.shut_down();
}

#[test]
fn the_worker_can_ask_back() {
    let mut asking = worker(
        "send({'jsonrpc': '2.0', 'id': 'q', 'method': 'host/render', 'params': {'template': 'x.j2'}})\n\
         first = json.loads(sys.stdin.readline())['result']['text']\n\
         send({'jsonrpc': '2.0', 'id': 'r', 'method': 'host/fly', 'params': {}})\n\
         second = json.loads(sys.stdin.readline())['error']['message']\n\
         send({'jsonrpc': '2.0', 'method': 'host/render', 'params': {'template': 'nobody waits'}})\n\
         answer([first, second])",
    );
    assert_eq!(ask(&mut asking).unwrap(), json!(["x.j2", "there is no `host/fly`"]));
}

fn ask_all(worker: &mut Worker, requests: &[Json], limit: Duration) -> Vec<Result<Json, WorkerFault>> {
    worker.call_all("generate", requests.iter().map(|request| -> (&Json, &dyn HostCalls) { (request, &Host) }), limit)
}

#[test]
fn requests_that_are_sent_at_once_are_answered_in_their_order() {
    let mut echo = worker("answer(request['params'])");
    let requests: Vec<Json> = (0..100).map(|number| json!([number, "x".repeat(1000)])).collect();
    let answers: Vec<Json> =
        ask_all(&mut echo, &requests, Duration::from_secs(20)).into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, requests);
}

#[test]
fn requests_that_are_sent_at_once_end_with_the_one_that_ends_the_worker() {
    let mut fragile = worker(
        "if request['params'] == 2: os._exit(7)\nif request['params'] == 1: send({'id': request['id'], 'error': {'code': 1, 'message': 'no'}})\nelse: answer('good')",
    );
    let outcomes = ask_all(&mut fragile, &[json!(0), json!(1), json!(2), json!(3)], Duration::from_secs(20));
    let [Ok(good), Err(WorkerFault::Remote(no)), Err(WorkerFault::Ended { how, .. })] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!((good, no.message.as_str(), how.as_str()), (&json!("good"), "no", "it ended itself with exit code 7"));
}

#[test]
fn errors_of_the_worker_are_passed_on() {
    let mut failing = worker(
        "send({'jsonrpc': '2.0', 'id': request['id'], 'error': {'code': 7, 'message': 'no bucket', 'data': {'kind': 'plugin'}}})",
    );
    let expected = RemoteError { code: 7, message: "no bucket".to_owned(), data: json!({"kind": "plugin"}) };
    assert_eq!(ask(&mut failing), Err(WorkerFault::Remote(expected.clone())));
    assert_eq!(ask(&mut failing), Err(WorkerFault::Remote(expected)), "it can still be talked to");
}

#[test]
fn a_worker_that_takes_too_long_is_ended() {
    let mut sleeping = worker("import time; sys.stderr.write('busy'); sys.stderr.flush(); time.sleep(1000)");
    let start = Instant::now();
    let outcome = sleeping.call("generate", Json::Null, Duration::from_millis(700), &Host);
    assert!(matches!(outcome, Err(WorkerFault::Timeout { .. })), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(500));
    assert!(matches!(ask(&mut sleeping), Err(WorkerFault::Ended { .. })));
}

#[test]
fn a_worker_that_ends_says_how() {
    let mut leaving = worker("sys.stderr.write('I had enough'); os._exit(3)");
    let expected =
        WorkerFault::Ended { how: "it ended itself with exit code 3".to_owned(), said: "I had enough".to_owned() };
    assert_eq!(ask(&mut leaving), Err(expected));
    let mut crashing = worker("os.kill(os.getpid(), 11)");
    let Err(WorkerFault::Ended { how, .. }) = ask(&mut crashing) else { panic!() };
    assert_eq!(how, "it was ended by signal 11 (segmentation fault)");
}

#[test]
fn what_is_no_answer_is_shown() {
    for garbage in ["print('hello')", "print('[1]')", "send({'id': 99, 'result': 1})", "send({'id': request['id']})"] {
        let outcome = ask(&mut worker(garbage));
        assert!(matches!(outcome, Err(WorkerFault::Malformed(_))), "{garbage}: {outcome:?}");
    }
    assert_eq!(ask(&mut worker("print('x' * 1000)")), Err(WorkerFault::Malformed("x".repeat(200))));
}

#[test]
fn a_line_of_more_than_the_limit_is_not_kept() {
    assert_eq!(ask(&mut worker("answer('x' * 70000)")), Err(WorkerFault::TooLarge));
}

#[test]
fn only_the_end_of_what_is_said_is_kept() {
    let mut talking = worker("sys.stderr.write('a' * 10000 + 'end'); sys.stderr.flush(); os._exit(1)");
    let Err(WorkerFault::Ended { said, .. }) = ask(&mut talking) else { panic!() };
    assert!(said.len() == 4096 && said.ends_with("end"));
}

#[test]
fn a_program_that_does_not_exist_cannot_be_started() {
    let outcome = Worker::start(Command::new("/nowhere/python"), WorkerOptions { output: 10 });
    assert!(matches!(outcome, Err(WorkerFault::Start(_))));
}

#[test]
fn a_worker_that_reads_nothing_holds_nobody_up() {
    let mut command = Command::new("python3");
    command.args(["-I", "-S", "-c", "import time; time.sleep(1000)"]);
    let mut deaf = Worker::start(command, WorkerOptions { output: 1 << 16 }).unwrap();
    let request = Json::from("x".repeat(10_000_000));
    let outcome = deaf.call("generate", request, Duration::from_millis(300), &Host);
    assert!(matches!(outcome, Err(WorkerFault::Timeout { .. })), "{outcome:?}");
}

/// Starts a process that lives on in a session of its own, and holds the streams of the worker.
const LEAVE_BEHIND: &str = "import subprocess\nleft = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n";

/// Ends what a worker has left behind.
fn end_left_behind(worker_said: &str) {
    let process: i32 = worker_said.trim().parse().unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn what_a_worker_leaves_behind_is_not_waited_for() {
    let left = LEAVE_BEHIND;
    let statements = format!("{left}sys.stderr.write(str(left.pid) + '\\n'); sys.stderr.flush(); os._exit(7)");
    let mut ending = worker(&statements);
    let outcome = ending.call("generate", Json::Null, Duration::from_secs(500), &Host);
    let Err(WorkerFault::Ended { how, said }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(how, "it ended itself with exit code 7");
    end_left_behind(&said);
    let mut answering = worker(&format!("{left}answer(left.pid)"));
    let process = ask(&mut answering).unwrap();
    // Who asks the worker to end hears what it said, and does not wait for others.
    assert_eq!(answering.end(), "");
    end_left_behind(&process.to_string());
}
