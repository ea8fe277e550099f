//! The `lhp` program: arguments in, exit code out.

use std::panic::catch_unwind;

use lhp::cli::{Exit, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let exit = catch_unwind(|| run(std::env::args_os())).unwrap_or_else(|_| {
        lhp::cli::report_panic();
        Exit::Internal
    });
    // Everything is written; freeing thousands of trees one by one would only take time.
    std::process::exit(exit.code());
}
