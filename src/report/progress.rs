//! A progress bar for work that takes noticeable time.
//!
//! In: phases and finished items, from any thread. Out: one transient line on standard error of a
//! terminal, shown only if the work is still going after a moment; nothing anywhere else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::prose::one_line;
use super::style::{Stream, Style};

/// Work shorter than this shows no progress.
const DELAY: Duration = Duration::from_millis(200);
const REFRESH: Duration = Duration::from_millis(80);
const REFRESHES_PER_SECOND: u8 = 12;

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Shown,
    Hidden,
}

impl Visibility {
    /// What a stream and the environment ask for: a terminal, and neither `CI` nor `LHP_NO_PROGRESS`
    /// (any non-empty value), nor `TERM=dumb`. `variable` looks up an environment variable.
    pub fn detect(stream: Stream, variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        match stream {
            Stream::Terminal { .. } if !given("CI") && !given("LHP_NO_PROGRESS") && !dumb => Self::Shown,
            _ => Self::Hidden,
        }
    }
}

/// Shows how far the work is. Clones share one bar; a hidden one costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    display: Option<Arc<Display>>,
}

#[derive(Debug)]
struct Display {
    bar: ProgressBar,
    unicode: bool,
    /// Set once the bar is on the terminal; names of items matter only then.
    revealed: Arc<AtomicBool>,
    /// Waits for the delay to pass; ends when its sender is dropped.
    waiting: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Progress {
    /// Progress that shows nothing.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Progress on standard error.
    pub fn new(visibility: Visibility, style: Style) -> Self {
        match visibility {
            Visibility::Shown => Self { display: Some(Arc::new(Display::new(style, DELAY))) },
            Visibility::Hidden => Self::hidden(),
        }
    }

    /// Starts a phase of `total` items; without a total only that it goes on is shown.
    pub fn phase(&self, name: &str, total: Option<usize>) {
        if let Some(display) = &self.display {
            display.phase(name, total);
        }
    }

    /// Counts one finished item.
    pub fn advance(&self, item: &str) {
        if let Some(display) = &self.display {
            display.bar.inc(1);
            if display.revealed.load(Ordering::Relaxed) {
                display.bar.set_message(one_line(item));
            }
        }
    }

    /// Writes to the terminal without the bar getting in the way.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.display {
            Some(display) => display.bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the bar. Dropping the last clone does the same.
    pub fn finish(&self) {
        if let Some(display) = &self.display {
            display.finish();
        }
    }
}

impl Display {
    fn new(style: Style, delay: Duration) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let revealed = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = channel();
        let waiting = {
            let (bar, revealed) = (bar.clone(), Arc::clone(&revealed));
            std::thread::Builder::new()
                .name("progress".to_owned())
                .spawn(move || reveal_after(delay, &receiver, &bar, &revealed))
                .ok()
        };
        let waiting = Mutex::new(waiting.map(|thread| (sender, thread)));
        Self { bar, unicode: style.unicode, revealed, waiting }
    }

    fn phase(&self, name: &str, total: Option<usize>) {
        self.bar.set_style(look(total.is_some(), self.unicode));
        self.bar.reset();
        match total {
            Some(total) => self.bar.set_length(total as u64),
            None => self.bar.unset_length(),
        }
        self.bar.set_prefix(one_line(name));
        self.bar.set_message("");
    }

    fn finish(&self) {
        // The thread must be gone before the line is cleared, or it might draw it again.
        if let Some((sender, thread)) = locked(&self.waiting).take() {
            drop(sender);
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.finish();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reveal_after(delay: Duration, finished: &Receiver<()>, bar: &ProgressBar, revealed: &AtomicBool) {
    if finished.recv_timeout(delay) == Err(RecvTimeoutError::Timeout) {
        reveal(bar, ProgressDrawTarget::stderr_with_hz(REFRESHES_PER_SECOND), revealed);
        bar.enable_steady_tick(REFRESH);
    }
}

fn reveal(bar: &ProgressBar, target: ProgressDrawTarget, revealed: &AtomicBool) {
    bar.set_draw_target(target);
    revealed.store(true, Ordering::Relaxed);
}

/// The parts of the line; a phase without a total has no bar.
fn look(counted: bool, unicode: bool) -> ProgressStyle {
    let template = if counted {
        "{spinner} {prefix} {bar:10} {pos}/{len} {elapsed} {wide_msg}"
    } else {
        "{spinner} {prefix} {elapsed} {wide_msg}"
    };
    let (spinner, bar) = if unicode { ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ", "█░") } else { ("|/-\\ ", "#.") };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .tick_chars(spinner)
        .progress_chars(bar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;

    /// A terminal that remembers what was written.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> std::io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> std::io::Result<()> {
            locked(&self.0).push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> std::io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn detect(stream: Stream, variables: &[(&str, &str)]) -> Visibility {
        Visibility::detect(stream, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_an_interactive_terminal_shows_progress() {
        let terminal = Stream::Terminal { width: None };
        assert_eq!(detect(terminal, &[("CI", "")]), Visibility::Shown);
        assert_eq!(detect(terminal, &[("CI", "0")]), Visibility::Hidden);
        assert_eq!(detect(terminal, &[("LHP_NO_PROGRESS", "1")]), Visibility::Hidden);
        assert_eq!(detect(terminal, &[("TERM", "dumb")]), Visibility::Hidden);
        assert_eq!(detect(Stream::Other, &[]), Visibility::Hidden);
    }

    #[test]
    fn hidden_progress_runs_what_it_suspends_for() {
        let progress = Progress::new(Visibility::Hidden, Style::default());
        progress.phase("compile", Some(3));
        progress.advance("a");
        assert_eq!(progress.suspend(|| 5), 5);
        progress.finish();
    }

    #[test]
    fn work_that_ends_before_the_delay_is_never_revealed() {
        let display = Display::new(Style::default(), Duration::from_secs(3600));
        display.phase("compile", Some(3));
        display.finish();
        assert!(!display.revealed.load(Ordering::Relaxed));
        assert!(display.bar.is_finished());
    }

    #[test]
    fn a_revealed_bar_shows_phase_position_and_item() {
        let display = Arc::new(Display::new(Style::default(), Duration::from_secs(3600)));
        let paper = Paper::default();
        reveal(&display.bar, ProgressDrawTarget::term_like(Box::new(paper.clone())), &display.revealed);
        let progress = Progress { display: Some(display) };
        progress.phase("compile", Some(4));
        std::thread::scope(|scope| {
            for name in ["customers", "orders"] {
                let progress = progress.clone();
                scope.spawn(move || progress.advance(name));
            }
        });
        progress.advance("items");
        if let Some(display) = &progress.display {
            display.bar.force_draw();
        }
        let written = locked(&paper.0).clone();
        assert!(written.contains("compile") && written.contains("3/4") && written.contains("items"), "{written}");
    }
}
