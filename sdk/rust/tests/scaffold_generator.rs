//! The source in Rust that new generators for the runtime `wasm` come with, and its own tests.

#[path = "../../../templates/plugin/wasm/generator/rust/src/lib.rs"]
mod plugin;
