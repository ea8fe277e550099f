//! Workers for Python plugins: started when there is work for them, shared by plugins and threads.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value as Json, json};

use super::{metadata, sources};
use crate::plugin::runtime::Fault;
use crate::plugin::runtime::patience::{self, Overdue};
use crate::plugin::runtime::process::{HostCalls, KEPT, Worker, WorkerFault, WorkerOptions};
use crate::plugin::runtime::remote::{self, CallError};

/// Workers at most.
const MOST: usize = 4;

/// How long a worker has to start (plugins are loaded within the bounds of their first request).
const START: Duration = Duration::from_secs(30);

/// Longest message of a worker (bytes); plugins have bounds of their own.
const LINE: usize = 64 << 20;

/// A Python interpreter and the variables that plugins were granted.
#[derive(Debug, Clone, Default)]
pub struct Interpreter {
    /// The program. None if there is no Python.
    pub program: Option<PathBuf>,
    /// Granted variables with their values.
    pub variables: Vec<(String, String)>,
    /// Directories of installed packages, if a plugin needs some.
    pub packages: Vec<PathBuf>,
}

/// Whom requests are for, and how they are made.
pub(super) struct Call<'a> {
    pub plugin: &'a str,
    pub introduction: &'a Json,
    pub method: &'a str,
    /// Time for each request.
    pub limit: Duration,
    /// Whom lines are told that the worker says besides.
    pub listener: Option<&'a dyn Fn(&str)>,
}

/// Workers of plugins that may know the same.
#[derive(Debug)]
pub(super) struct Pool {
    program: Option<PathBuf>,
    variables: Vec<(String, String)>,
    most: usize,
    state: Mutex<State>,
    /// Signalled when a worker is free or gone.
    free: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Introduced>,
    /// Workers that exist, idle or busy.
    count: usize,
    overdue: FxHashMap<String, Overdue>,
}

/// A worker and the plugins that it knows.
#[derive(Debug)]
struct Introduced {
    worker: Worker,
    known: FxHashSet<String>,
}

impl Pool {
    /// A pool without workers. Each of them will get the variables.
    pub fn new(program: Option<PathBuf>, variables: Vec<(String, String)>) -> Self {
        let most = rayon::current_num_threads().clamp(1, MOST);
        Self { program, variables, most, state: Mutex::default(), free: Condvar::new() }
    }

    /// Whether a worker could be started.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.program().map(drop)
    }

    fn program(&self) -> Result<&PathBuf, Fault> {
        self.program.as_ref().ok_or_else(|| Fault::Missing {
            detail: "there is no Python interpreter".to_owned(),
            help: "install Python 3.9 or later, or name one under `plugins.discovery.python`".to_owned(),
        })
    }

    /// Sends a request to a worker, which learns about the plugin first if it does not know it.
    pub(super) fn call(&self, call: &Call<'_>, params: &Json, host: &dyn HostCalls) -> Result<Json, CallError> {
        self.attempt(call, host, |worker| vec![worker.call(call.method, params.clone(), call.limit, host)])?
            .pop()
            .unwrap_or_else(|| Err(Fault::crashed("it gave no answer").into()))
    }

    /// Sends requests to one worker at once. A worker that one of them ended is replaced for those after it.
    pub(super) fn call_all(
        &self,
        call: &Call<'_>,
        requests: &[(Json, &dyn HostCalls)],
    ) -> Vec<Result<Json, CallError>> {
        patience::ask_all(requests, |rest| {
            let Some((_, host)) = rest.first() else { return Ok(Vec::new()) };
            let rest = rest.iter().map(|(params, host)| (params, *host));
            self.attempt(call, *host, |worker| worker.call_all(call.method, rest, call.limit))
        })
    }

    /// Lets a worker that knows the plugin work. Gives the outcomes, of which only the last one can be that of a worker
    /// that is of no more use.
    fn attempt(
        &self,
        call: &Call<'_>,
        host: &dyn HostCalls,
        work: impl FnOnce(&mut Worker) -> Vec<Result<Json, WorkerFault>>,
    ) -> Result<Vec<Result<Json, CallError>>, CallError> {
        self.lock().overdue.get(call.plugin).map_or(Ok(()), Overdue::check)?;
        let mut worker = self.take()?;
        let outcomes = match introduce(&mut worker, call, host) {
            Ok(None) => work(&mut worker.worker),
            Ok(Some(refusal)) => {
                self.lock().idle.push(worker);
                self.free.notify_one();
                return Err(refusal.into());
            }
            Err(fault) => vec![Err(fault)],
        };
        let usable = matches!(outcomes.last(), Some(Ok(_) | Err(WorkerFault::Remote(_))));
        let milliseconds = u64::try_from(call.limit.as_millis()).unwrap_or(u64::MAX);
        let failed = |fault| remote::fault_of_worker(fault, milliseconds);
        let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map_err(failed)).collect();
        // Who listens wants to hear everything, and asks once.
        let kept = match call.listener {
            Some(listener) if usable => {
                worker.worker.end().lines().for_each(listener);
                None
            }
            Some(_) | None => usable.then_some(worker),
        };
        let mut state = self.lock();
        if let Some(worker) = kept {
            state.idle.push(worker);
        } else {
            state.count -= 1;
        }
        if let (false, Some(Err(CallError::Fault(fault)))) = (usable, outcomes.last()) {
            state.overdue.entry(call.plugin.to_owned()).or_default().note(fault);
        }
        drop(state);
        self.free.notify_one();
        Ok(outcomes)
    }

    /// Tells a worker about a plugin, and gives what it says about it.
    pub(super) fn introduce(
        &self,
        plugin: &str,
        introduction: &Json,
        limit: Duration,
        host: &dyn HostCalls,
    ) -> Result<Json, CallError> {
        let mut worker = self.take()?;
        let outcome = worker.worker.call("initialize", initialization(introduction, "warning"), limit.max(START), host);
        let usable = matches!(outcome, Ok(_) | Err(WorkerFault::Remote(_)));
        let milliseconds = u64::try_from(limit.max(START).as_millis()).unwrap_or(u64::MAX);
        let mut state = self.lock();
        if usable {
            worker.known.insert(plugin.to_owned());
            state.idle.push(worker);
        } else {
            state.count -= 1;
        }
        drop(state);
        self.free.notify_one();
        outcome.map_err(|fault| remote::fault_of_worker(fault, milliseconds))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker that is free: an idle one, a new one, or the next one that becomes free.
    fn take(&self) -> Result<Introduced, CallError> {
        let mut state = self.lock();
        loop {
            if let Some(idle) = state.idle.pop() {
                return Ok(idle);
            }
            if state.count < self.most {
                state.count += 1;
                break;
            }
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.start().inspect_err(|_| {
            self.lock().count -= 1;
            self.free.notify_one();
        })
    }

    fn start(&self) -> Result<Introduced, CallError> {
        let mut command = Command::new(self.program()?);
        // `-I` would ignore the seed of hashes, without which sets have another order in every run. There are no other
        // variables for Python, and the current directory is taken off the path.
        let program = format!("import sys\nsys.path[:] = [path for path in sys.path if path]\n{}", sources::BOOTSTRAP);
        command.args(["-s", "-B", "-u", "-c", &program]).env_clear();
        command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("PYTHONHASHSEED", "0").env("PYTHONSAFEPATH", "1");
        let failed = |fault| remote::fault_of_worker(fault, 0);
        let mut worker = Worker::start(command, WorkerOptions { output: LINE }).map_err(failed)?;
        worker.tell(sources::message()).map_err(failed)?;
        Ok(Introduced { worker, known: FxHashSet::default() })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for introduced in state.idle.drain(..) {
            introduced.worker.shut_down();
        }
    }
}

/// Tells a worker about the plugin of requests, unless it knows it. Gives the reason why the plugin must not be used, if
/// its classes say something that its manifest did not.
fn introduce(worker: &mut Introduced, call: &Call<'_>, host: &dyn HostCalls) -> Result<Option<Fault>, WorkerFault> {
    if worker.known.contains(call.plugin) {
        return Ok(None);
    }
    // What is wrong with an entry is told again by each request for it, so its problems are not needed here.
    let parameters = initialization(call.introduction, if call.listener.is_some() { "info" } else { "warning" });
    let answer = worker.worker.call("initialize", parameters, call.limit.max(START), host)?;
    let refusal = metadata::refusal(&answer);
    if refusal.is_none() {
        worker.known.insert(call.plugin.to_owned());
    }
    Ok(refusal)
}

/// Parameters of `initialize` for one plugin.
fn initialization(introduction: &Json, log_level: &str) -> Json {
    json!({
        "protocol": {"min": "1.0", "max": "1.0"},
        "host": {"name": "lhp", "version": env!("CARGO_PKG_VERSION")},
        "log_level": log_level,
        "plugins": [introduction],
    })
}
