//! A worker process that answers requests: JSON-RPC 2.0, one object per line. A worker that fails takes nobody along.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::channel::{Line, Tail, lines, writer};

/// How long a worker has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How often a worker that does not answer is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// So much of an answer that cannot be read is shown (bytes).
const SHOWN: usize = 200;

/// Bounds of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Longest line that it may write (bytes).
    pub output: usize,
}

/// What a worker may ask its host for while it works on a request.
pub trait HostCalls {
    /// Answers a method such as `host/render`, within the time that is left for the request.
    ///
    /// # Errors
    /// Why there is no answer.
    fn answer(&self, method: &str, params: &Json, left: Duration) -> Result<Json, Refusal>;
}

/// An error that a worker answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteError {
    pub code: i64,
    pub message: String,
    pub data: Json,
}

impl RemoteError {
    /// Reads the error of a message.
    pub fn of(error: &Json) -> Self {
        Self {
            code: error.get("code").and_then(Json::as_i64).unwrap_or_default(),
            message: error.get("message").unwrap_or(error).as_str().unwrap_or("no reason given").to_owned(),
            data: error.get("data").cloned().unwrap_or_default(),
        }
    }
}

/// What a host answers when it does not do what a worker asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// One sentence for the worker.
    pub message: String,
    pub data: Json,
}

/// Why a worker did not answer.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkerFault {
    /// It could not be started.
    Start(String),
    Timeout {
        said: String,
    },
    /// It ended.
    Ended {
        how: String,
        said: String,
    },
    /// The line is longer than allowed.
    TooLarge,
    /// What it wrote is no answer; the text shows its beginning.
    Malformed(String),
    Remote(RemoteError),
}

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    /// Lines for the worker; its input ends when this is dropped.
    requests: Option<Sender<Vec<u8>>>,
    answers: Receiver<Line>,
    tail: Tail,
    last: u64,
}

impl Worker {
    /// Starts a worker in a process group of its own, so that what it starts ends with it.
    ///
    /// # Errors
    /// The program does not exist, or the machine starts no more processes.
    pub fn start(mut command: Command, options: WorkerOptions) -> Result<Self, WorkerFault> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let failed = |error: std::io::Error| WorkerFault::Start(error.to_string());
        let mut child = command.spawn().map_err(failed)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(requests), Some(output), Some(errors)) = pipes else {
            return Err(WorkerFault::Start("it has no pipes".to_owned()));
        };
        let requests = writer(requests).map_err(failed)?;
        let answers = lines(output, options.output).map_err(failed)?;
        let tail = Tail::of(errors).map_err(failed)?;
        Ok(Self { child, requests: Some(requests), answers, tail, last: 0 })
    }

    /// Sends a request and waits for its answer, answering the questions of the worker in between.
    ///
    /// # Errors
    /// The worker gave no answer, or an error. After any error but [`WorkerFault::Remote`] it is of no more use.
    pub fn call(
        &mut self,
        method: &str,
        params: Json,
        limit: Duration,
        host: &dyn HostCalls,
    ) -> Result<Json, WorkerFault> {
        let id = self.post(method, &params)?;
        self.wait(id, limit, host)
    }

    /// Sends requests of one method at once, and waits for their answers, which come one after the other. The limit is
    /// that of each request, counted from the answer to the one before. Every request comes with its host.
    ///
    /// Gives an outcome for each request up to the first that made the worker useless, and at least one.
    pub fn call_all<'a>(
        &mut self,
        method: &str,
        requests: impl Iterator<Item = (&'a Json, &'a dyn HostCalls)>,
        limit: Duration,
    ) -> Vec<Result<Json, WorkerFault>> {
        let posted: Vec<_> = requests.map(|(params, host)| (self.post(method, params), host)).collect();
        let mut outcomes = Vec::with_capacity(posted.len());
        for (id, host) in posted {
            let outcome = id.and_then(|id| self.wait(id, limit, host));
            let usable = matches!(outcome, Ok(_) | Err(WorkerFault::Remote(_)));
            outcomes.push(outcome);
            if !usable {
                break;
            }
        }
        outcomes
    }

    /// Sends a request, and gives its id.
    fn post(&mut self, method: &str, params: &Json) -> Result<u64, WorkerFault> {
        self.last += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}))?;
        Ok(self.last)
    }

    /// Waits for the answer to the request with this id.
    fn wait(&mut self, id: u64, limit: Duration, host: &dyn HostCalls) -> Result<Json, WorkerFault> {
        let deadline = Instant::now() + limit;
        loop {
            let line = match self.next_line(deadline) {
                Ok(Line::Text(line)) => line,
                Ok(Line::TooLong) => return Err(self.give_up(|_| WorkerFault::TooLarge)),
                Err(RecvTimeoutError::Timeout) => return Err(self.give_up(|said| WorkerFault::Timeout { said })),
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            };
            let Ok(message) = serde_json::from_slice::<Json>(&line) else { return Err(self.malformed(&line)) };
            match Message::of(&message, id) {
                Some(Message::Result(result)) => return Ok(result.clone()),
                Some(Message::Error(error)) => return Err(WorkerFault::Remote(error)),
                Some(Message::Question { id, method, params }) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let answer = host.answer(method, params, left);
                    if Instant::now() >= deadline {
                        return Err(self.give_up(|said| WorkerFault::Timeout { said }));
                    }
                    self.reply(id, answer)?;
                }
                None => return Err(self.malformed(&line)),
            }
        }
    }

    /// The next line. A worker that has ended writes none, even if a process that it left behind holds its output.
    fn next_line(&mut self, deadline: Instant) -> Result<Line, RecvTimeoutError> {
        let mut has_ended = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.answers.recv_timeout(left.min(GLANCE)) {
                Err(RecvTimeoutError::Timeout) if has_ended => return Err(RecvTimeoutError::Disconnected),
                Err(RecvTimeoutError::Timeout) if left > GLANCE => {
                    // What it wrote before it ended may still be on its way.
                    has_ended = matches!(self.child.try_wait(), Ok(Some(_)));
                }
                other => return other,
            }
        }
    }

    /// Sends a message that wants no answer.
    ///
    /// # Errors
    /// The worker has ended.
    pub fn tell(&mut self, message: &Json) -> Result<(), WorkerFault> {
        self.send(message)
    }

    /// Asks the worker to end, and ends it if it does not.
    pub fn shut_down(mut self) {
        self.ask_to_end();
    }

    /// Ends the worker, and gives what it said since it was last asked, to its last word.
    pub fn end(mut self) -> String {
        self.ask_to_end();
        self.kill();
        self.tail.finish();
        self.tail.take()
    }

    fn ask_to_end(&mut self) {
        let request = json!({"jsonrpc": "2.0", "method": "shutdown", "params": {}});
        if self.send(&request).is_ok() {
            self.requests = None;
            let deadline = Instant::now() + GRACE;
            // The stream of answers ends with the worker.
            while self.next_line(deadline).is_ok() {}
        }
    }

    fn reply(&mut self, id: &Json, answer: Result<Json, Refusal>) -> Result<(), WorkerFault> {
        // Messages without an id want no answer.
        if id.is_null() {
            return Ok(());
        }
        self.send(&match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(Refusal { message, data }) => {
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32000, "message": message, "data": data}})
            }
        })
    }

    fn send(&mut self, message: &Json) -> Result<(), WorkerFault> {
        let mut line = message.to_string().into_bytes();
        line.push(b'\n');
        let sent = self.requests.as_ref().is_some_and(|requests| requests.send(line).is_ok());
        if sent { Ok(()) } else { Err(self.ended()) }
    }

    fn malformed(&mut self, line: &[u8]) -> WorkerFault {
        let start = String::from_utf8_lossy(line.get(..SHOWN).unwrap_or(line)).trim_end().to_owned();
        self.give_up(|_| WorkerFault::Malformed(start))
    }

    /// Ends a worker that cannot be talked to any more.
    fn give_up(&mut self, fault: impl FnOnce(String) -> WorkerFault) -> WorkerFault {
        self.kill();
        fault(self.tail.take())
    }

    fn ended(&mut self) -> WorkerFault {
        let status = self.wait_a_moment();
        self.kill();
        self.tail.finish();
        let how = status.map_or_else(|| "it closed its output".to_owned(), describe);
        WorkerFault::Ended { how, said: self.tail.take() }
    }

    /// A process that closed its pipes is about to end by itself.
    fn wait_a_moment(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + Duration::from_millis(500);
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
                _ => return None,
            }
        }
    }

    /// Ends the worker and everything that it started. It may have ended already.
    fn kill(&mut self) {
        #[cfg(unix)]
        if let Ok(raw) = i32::try_from(self.child.id())
            && let Some(group) = rustix::process::Pid::from_raw(raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.requests = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, in words.
fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => " (illegal instruction)",
            6 => " (abort)",
            7 => " (bus error)",
            8 => " (arithmetic error)",
            9 => " (killed)",
            11 => " (segmentation fault)",
            _ => "",
        };
        return format!("it was ended by signal {signal}{name}");
    }
    match status.code() {
        Some(code) => format!("it ended itself with exit code {code}"),
        None => "it ended".to_owned(),
    }
}

/// A line of a worker.
enum Message<'a> {
    Result(&'a Json),
    Error(RemoteError),
    Question { id: &'a Json, method: &'a str, params: &'a Json },
}

impl<'a> Message<'a> {
    /// Sorts a line. None if it is neither a question nor the answer to the request with this id.
    fn of(message: &'a Json, id: u64) -> Option<Self> {
        const NOTHING: &Json = &Json::Null;
        let part = |key: &str| message.get(key).unwrap_or(NOTHING);
        if let Some(method) = part("method").as_str() {
            return Some(Self::Question { id: part("id"), method, params: part("params") });
        }
        if part("id").as_u64() != Some(id) {
            return None;
        }
        if let Some(error) = message.get("error").filter(|error| !error.is_null()) {
            return Some(Self::Error(RemoteError::of(error)));
        }
        message.get("result").map(Self::Result)
    }
}
