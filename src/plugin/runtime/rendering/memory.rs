//! How much memory this process uses, and the end of it if that is too much.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::Duration;

use super::TOO_MUCH_MEMORY;

/// What a process says last that uses too much.
pub(super) const WORDS: &str = "more memory is used than allowed";

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(1);

/// A thread that ends this process when it uses too much memory for some work.
pub(super) struct Watch {
    is_working: Arc<AtomicBool>,
    thread: Thread,
}

impl Watch {
    /// Allows so many bytes more than are used now.
    ///
    /// # Errors
    /// The machine starts no more threads.
    pub fn start(bound: u64) -> std::io::Result<Self> {
        let is_working = Arc::new(AtomicBool::new(false));
        let working = is_working.clone();
        let gauge = Gauge::new();
        let most = gauge.used().map(|used| used.saturating_add(bound));
        let watch = move || {
            loop {
                if !working.load(Ordering::Acquire) {
                    std::thread::park();
                    continue;
                }
                // Where it cannot be measured, the machine is the bound.
                if let (Some(used), Some(most)) = (gauge.used(), most)
                    && used > most
                {
                    // Whoever does not read it sees the exit code.
                    let _ = writeln!(std::io::stderr(), "{WORDS}");
                    std::process::exit(TOO_MUCH_MEMORY);
                }
                std::thread::sleep(GLANCE);
            }
        };
        let thread = std::thread::Builder::new().name("memory".to_owned()).spawn(watch)?;
        Ok(Self { is_working, thread: thread.thread().clone() })
    }

    /// Does some work under watch.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.is_working.store(true, Ordering::Release);
        self.thread.unpark();
        let done = work();
        self.is_working.store(false, Ordering::Release);
        done
    }
}

/// Measures the resident memory of this process.
#[cfg(target_os = "linux")]
struct Gauge {
    file: Option<std::fs::File>,
    page: u64,
}

#[cfg(target_os = "linux")]
impl Gauge {
    fn new() -> Self {
        let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
        Self { file: std::fs::File::open("/proc/self/statm").ok(), page }
    }

    /// Bytes.
    fn used(&self) -> Option<u64> {
        let mut text = [0; 128];
        let length = std::os::unix::fs::FileExt::read_at(self.file.as_ref()?, &mut text, 0).ok()?;
        let pages: u64 = std::str::from_utf8(text.get(..length)?).ok()?.split(' ').nth(1)?.parse().ok()?;
        Some(pages.saturating_mul(self.page))
    }
}

#[cfg(not(target_os = "linux"))]
struct Gauge;

#[cfg(not(target_os = "linux"))]
impl Gauge {
    fn new() -> Self {
        Self
    }

    /// Bytes.
    fn used(&self) -> Option<u64> {
        u64::try_from(memory_stats::memory_stats()?.physical_mem).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_taken_is_seen() {
        let gauge = Gauge::new();
        let before = gauge.used().unwrap();
        let taken = vec![1_u8; 64 << 20];
        assert!(gauge.used().unwrap() > before + (32 << 20));
        assert_eq!(taken.last(), Some(&1));
    }
}
