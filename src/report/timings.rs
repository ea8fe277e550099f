//! Where the time of a run goes.
//!
//! In: stages measured as they run, from any thread. Out: the table for `--timings`. A stage that
//! runs in parallel is summed over its threads, apart from the stages that follow one another.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Durations by stage. `Timings::off` measures nothing.
#[derive(Debug)]
pub struct Timings {
    clocks: Option<Mutex<Clocks>>,
}

#[derive(Debug, Default)]
struct Clocks {
    /// In the order in which the stages ran.
    wall: Vec<(&'static str, Duration)>,
    parallel: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Timings that measure.
    pub fn on() -> Self {
        Self { clocks: Some(Mutex::default()) }
    }

    /// Timings that only run what they are given.
    pub const fn off() -> Self {
        Self { clocks: None }
    }

    /// Runs a stage and counts the time that passed. Call it from one thread and do not nest it.
    pub fn stage<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        self.measure(name, work, |clocks| &mut clocks.wall)
    }

    /// Runs a piece of a parallel section and adds its time to those of all threads.
    pub fn parallel<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        self.measure(name, work, |clocks| &mut clocks.parallel)
    }

    /// The table: stages with their times and shares; empty if nothing was measured.
    pub fn render(&self) -> String {
        self.clocks.as_ref().map(|clocks| table(&locked(clocks))).unwrap_or_default()
    }

    fn measure<T>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T,
        select: impl FnOnce(&mut Clocks) -> &mut Vec<(&'static str, Duration)>,
    ) -> T {
        let Some(clocks) = &self.clocks else { return work() };
        let start = Instant::now();
        let result = work();
        add(select(&mut locked(clocks)), name, start.elapsed());
        result
    }
}

fn locked(clocks: &Mutex<Clocks>) -> MutexGuard<'_, Clocks> {
    clocks.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(rows: &mut Vec<(&'static str, Duration)>, name: &'static str, time: Duration) {
    match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, total)) => *total += time,
        None => rows.push((name, time)),
    }
}

fn table(clocks: &Clocks) -> String {
    const PARALLEL: &str = "in parallel, all threads";
    let names = clocks.wall.iter().chain(&clocks.parallel).map(|(name, _)| name.chars().count());
    let Some(width) = names.max() else { return String::new() };
    let width = width.max(PARALLEL.len());
    let mut out = String::new();
    if !clocks.wall.is_empty() {
        rows(&mut out, "stage", width, &clocks.wall);
    }
    if !clocks.parallel.is_empty() {
        // Which thread came first differs from run to run; the longest first does not mislead.
        let mut parallel = clocks.parallel.clone();
        parallel.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        let blank = if out.is_empty() { "" } else { "\n" };
        out.push_str(blank);
        rows(&mut out, PARALLEL, width, &parallel);
    }
    out
}

fn rows(out: &mut String, title: &str, width: usize, rows: &[(&'static str, Duration)]) {
    let total: Duration = rows.iter().map(|(_, time)| time).sum();
    let _ = writeln!(out, "{title:width$}  {:>9}  {:>6}", "time", "share");
    for (name, time) in rows.iter().copied().chain([("total", total)]) {
        let share = if total.is_zero() { 0.0 } else { 100.0 * time.as_secs_f64() / total.as_secs_f64() };
        let _ = writeln!(out, "{name:width$}  {:>8.3}s  {share:>5.1}%", time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_the_order_of_stages_and_sorts_parallel_work() {
        let clocks = Clocks {
            wall: vec![("discover", Duration::from_millis(250)), ("compile", Duration::from_millis(750))],
            parallel: vec![("check", Duration::from_millis(100)), ("expand", Duration::from_millis(1500))],
        };
        let expected = "\
stage                          time   share
discover                     0.250s   25.0%
compile                      0.750s   75.0%
total                        1.000s  100.0%

in parallel, all threads       time   share
expand                       1.500s   93.8%
check                        0.100s    6.2%
total                        1.600s  100.0%
";
        assert_eq!(table(&clocks), expected);
    }

    #[test]
    fn timings_that_are_off_run_the_work_and_show_nothing() {
        let timings = Timings::off();
        assert_eq!(timings.stage("discover", || timings.parallel("parse", || 7)), 7);
        assert_eq!(timings.render(), "");
        assert_eq!(Timings::on().render(), "");
    }

    #[test]
    fn threads_add_to_the_same_stage() {
        let timings = Timings::on();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| timings.parallel("expand", || ()));
            }
        });
        timings.stage("compile", || ());
        let shown = timings.render();
        assert_eq!(shown.matches("expand").count(), 1);
        assert_eq!(shown.matches("compile").count(), 1);
    }
}
