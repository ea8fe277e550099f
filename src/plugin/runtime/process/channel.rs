//! The pipes of a worker: lines of its protocol go to a queue, what it says besides is kept as a tail.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So much of what a worker says besides its protocol is kept (bytes).
const TAIL: usize = 4096;

/// How long the end of a stream is waited for after its process has ended.
const LEFT_BEHIND: Duration = Duration::from_millis(250);

/// What comes from the protocol pipe.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Text(Vec<u8>),
    /// A line of more than the limit; the rest of the stream is not read.
    TooLong,
}

/// Reads lines in a thread of its own. The queue ends with the stream.
///
/// # Errors
/// The machine starts no more threads.
pub fn lines(source: impl Read + Send + 'static, limit: usize) -> std::io::Result<Receiver<Line>> {
    let (sender, receiver) = sync_channel(16);
    std::thread::Builder::new().name("plugin output".to_owned()).spawn(move || read_lines(source, limit, &sender))?;
    Ok(receiver)
}

fn read_lines(source: impl Read, limit: usize, sender: &SyncSender<Line>) {
    let mut reader = BufReader::new(source);
    loop {
        let mut line = Vec::new();
        let bound = limit as u64 + 1;
        match reader.by_ref().take(bound).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == bound => {
                // Nobody waits for the rest.
                let _ = sender.send(Line::TooLong);
                return;
            }
            Ok(_) => {
                if sender.send(Line::Text(line)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Writes what is sent to the queue in a thread of its own: a worker that does not read must not hold up its host. The
/// stream ends with the queue.
///
/// # Errors
/// The machine starts no more threads.
pub fn writer(mut target: impl Write + Send + 'static) -> std::io::Result<Sender<Vec<u8>>> {
    let (sender, receiver) = channel::<Vec<u8>>();
    std::thread::Builder::new().name("plugin input".to_owned()).spawn(move || {
        for line in receiver {
            if target.write_all(&line).and_then(|()| target.flush()).is_err() {
                return;
            }
        }
    })?;
    Ok(sender)
}

/// The end of what a worker says besides its protocol.
#[derive(Debug)]
pub struct Tail {
    text: Arc<Mutex<Vec<u8>>>,
    /// Disconnected when the stream has ended.
    ended: Receiver<()>,
}

impl Tail {
    /// Reads a stream in a thread of its own.
    ///
    /// # Errors
    /// The machine starts no more threads.
    pub fn of(source: impl Read + Send + 'static) -> std::io::Result<Self> {
        let text = Arc::new(Mutex::new(Vec::new()));
        let kept = text.clone();
        let (alive, ended) = channel();
        std::thread::Builder::new().name("plugin messages".to_owned()).spawn(move || {
            keep_end(source, &kept);
            drop(alive);
        })?;
        Ok(Self { text, ended })
    }

    /// Waits until the stream has ended, which the end of the process brings about. Another process that holds the
    /// stream, which the worker has left behind, is not waited for.
    pub fn finish(&self) {
        let _ = self.ended.recv_timeout(LEFT_BEHIND);
    }

    /// What was said last, and forgets it.
    pub fn take(&self) -> String {
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&std::mem::take(&mut *text)).trim().to_owned()
    }
}

/// Reads a stream to its end, and keeps the last bytes.
fn keep_end(mut source: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                let mut text = kept.lock().unwrap_or_else(PoisonError::into_inner);
                text.extend_from_slice(buffer.get(..count).unwrap_or_default());
                let excess = text.len().saturating_sub(TAIL);
                text.drain(..excess);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
