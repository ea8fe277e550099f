//! Runtimes in processes of their own: requests go to a worker, answers come back, and a crash ends the worker only.

mod channel;
#[cfg(test)]
mod tests;
mod worker;

pub use worker::{HostCalls, Refusal, RemoteError, Worker, WorkerFault, WorkerOptions};

/// Variables that a worker keeps: what programs need to run at all. Everything else must be granted.
pub(super) const KEPT: [&str; 12] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
];
