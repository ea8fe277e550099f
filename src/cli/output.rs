//! The two streams. A closed pipe ends the output, not the program.

use std::io::Write;

/// Writes to standard output.
pub fn stdout(text: &str) {
    let mut stream = std::io::stdout().lock();
    // A reader that has gone away (`lhp list | head`) is no fault.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Writes to standard error.
pub fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
