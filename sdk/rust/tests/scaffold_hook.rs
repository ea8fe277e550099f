//! The source in Rust that new hooks for the runtime `wasm` come with, and its own tests.

#[path = "../../../templates/plugin/wasm/hook/rust/src/lib.rs"]
mod plugin;
