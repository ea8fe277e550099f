//! Runtimes in processes of their own: requests go to a worker, answers come back, and a crash ends the worker only.

mod channel;
#[cfg(test)]
mod tests;
mod worker;

pub use worker::{HostCalls, RemoteError, Worker, WorkerFault, WorkerOptions};
