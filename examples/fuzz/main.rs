//! Breaks the YAML of the fixture projects at random and watches how the compiler takes it.
//!
//! ```sh
//! cargo run --example fuzz -- 600          # for ten minutes, with a seed of its own
//! cargo run --example fuzz -- 60 12345     # again from this seed
//! ```
//!
//! Every case must end without a panic and without a fault that the program calls its own; every error must have help,
//! and a place unless its rule is known to have none; labels must lie inside their files; a project with errors must
//! have an empty plan, and one without must have the same plan twice. A case that breaks a promise is printed with its
//! change and kept in `target/fuzz`. The exit code is 1 if there was one.
//!
//! If the process itself dies, the last case is still in the directory that was printed first.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for developers, which may stop when it is wrong"
)]

mod judge;
mod mutate;
mod projects;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lhp::compile::Compilation;
use lhp::plugin::Table;
use lhp::source::SourceMap;
use mutate::Random;
use projects::{invalid_projects, read, valid_projects, write};

/// A case that takes longer than this is a finding.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the last panic said.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(seconds)), seed) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: fuzz SECONDS [SEED]");
        return ExitCode::from(2);
    };
    let seed = match seed {
        Some(Ok(seed)) => seed,
        _ => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into(),
    };
    rayon::ThreadPoolBuilder::new().stack_size(8 << 20).build_global().unwrap();
    std::panic::set_hook(Box::new(|panic| *PANIC.lock().unwrap() = panic.to_string()));
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (valid, invalid) = (valid_projects(package), invalid_projects(package));
    let directory = tempfile::Builder::new().prefix("lhp-fuzz-").disable_cleanup(true).tempdir().unwrap();
    let count = valid.len() + invalid.len();
    println!("{count} projects, seed {seed}, last case in {}", directory.path().display());

    let mut run = Run {
        table: Table::built_in(),
        kept: package.join("target/fuzz"),
        findings: BTreeSet::new(),
        rules: BTreeMap::new(),
    };
    let (mut random, start, mut cases, mut refused) = (Random::new(seed), Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        // From a project that is refused already, little can be learnt about what comes after the check that refuses it.
        let projects = if random.one_in(6) { &invalid } else { &valid };
        let project = &projects[random.below(projects.len())];
        let root = directory.path().join("case");
        let _ = fs::remove_dir_all(&root);
        let (files, change) = mutate::project(project, projects, &mut random);
        write(&root, &files);
        refused += u64::from(run.case(&root, &change, &mut random));
        cases += 1;
        if cases.is_multiple_of(500) {
            println!("{cases} cases, {refused} refused, {} findings", run.findings.len());
        }
    }
    let _ = fs::remove_dir_all(directory.path());
    println!("{cases} cases, {refused} refused, {} findings; rules that were broken:", run.findings.len());
    for (rule, count) in &run.rules {
        println!("{count:>7}  {rule}");
    }
    if run.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is known after some cases.
struct Run {
    table: Table,
    kept: PathBuf,
    /// One line for each kind of finding.
    findings: BTreeSet<String>,
    /// How often each rule was reported.
    rules: BTreeMap<String, usize>,
}

impl Run {
    /// Compiles one case and judges the result. Says whether the project was refused.
    fn case(&mut self, root: &Path, change: &str, random: &mut Random) -> bool {
        let start = Instant::now();
        let Some((compilation, sources)) = self.compile(root, change) else { return true };
        if start.elapsed() > PATIENCE {
            self.found("slow", &format!("took {:.1} s", start.elapsed().as_secs_f64()), change, root);
        }
        for diagnostic in &compilation.report.diagnostics {
            *self.rules.entry(format!("{}/{}", diagnostic.rule.code, diagnostic.rule.name)).or_default() += 1;
        }
        let judged = catch_unwind(AssertUnwindSafe(|| judge::faults(&compilation, &sources)));
        let faults = judged.unwrap_or_else(|_| vec![("panic while judging".to_owned(), last_panic())]);
        for (kind, details) in faults {
            self.found(&kind, &details, change, root);
        }
        let refused = compilation.report.has_errors();
        if random.one_in(8)
            && let Some((again, _)) = self.compile(root, change)
            && !judge::same(&compilation, &again)
        {
            self.found("not deterministic", "two compiles of one project differ", change, root);
        }
        refused
    }

    fn compile(&mut self, root: &Path, change: &str) -> Option<(Compilation, Arc<SourceMap>)> {
        let sources = Arc::new(SourceMap::new(root));
        let run = || projects::compile(&sources, &self.table);
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(compilation) => Some((compilation, sources)),
            Err(_) => {
                let panic = last_panic();
                self.found(&format!("panic: {}", panic.lines().next().unwrap_or_default()), &panic, change, root);
                None
            }
        }
    }

    /// Notes a finding; the first one of each kind is printed and kept.
    fn found(&mut self, kind: &str, details: &str, change: &str, root: &Path) {
        if self.findings.insert(kind.to_owned()) {
            let place = self.kept.join(format!("{}", self.findings.len()));
            let _ = fs::remove_dir_all(&place);
            write(&place, &read(root));
            println!("\nFINDING {kind}\n{details}\nafter: {change}\nkept in {}\n", place.display());
        }
    }
}

fn last_panic() -> String {
    PANIC.lock().unwrap().clone()
}
