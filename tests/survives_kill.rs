//! `lhp generate` that is killed at any moment leaves every file entirely old or entirely new, and the next run gives
//! exactly what a run that was never disturbed gives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lhp::apply::MANIFEST;
use support::project::{Project, lhp, tree};

const FLOWGROUPS: usize = 300;
const KILLS: usize = 12;

/// Content by path of generated files.
type Files = BTreeMap<String, Vec<u8>>;

/// Two states of a project. They share some modules, differ in others, and each has modules that the other lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Old,
    New,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "newer",
        }
    }

    /// Writes the sources of this state over those of the other one.
    fn write(self, project: &Project) {
        project.write("substitutions/dev.yaml", format!("dev:\n  catalog: {}\n", self.word()));
        let _ = std::fs::remove_dir_all(project.path("pipelines"));
        for number in 0..FLOWGROUPS {
            let (name, catalog) = match number % 3 {
                0 => (format!("same_{number}"), "shared"),
                1 => (format!("changed_{number}"), "\"${catalog}\""),
                _ => (format!("only_{}_{number}", self.word()), "\"${catalog}\""),
            };
            let pipeline = format!("pipeline_{}", number % 12);
            project.write(
                &format!("pipelines/{pipeline}/{name}.yaml"),
                format!(
                    "pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    source: {{type: delta, catalog: {catalog}, schema: sales, table: {name}}}
    target: v_{name}
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: streaming_table, catalog: {catalog}, schema: bronze, table: {name}}}
"
                ),
            );
        }
    }

    /// What a run that nothing disturbs generates.
    fn clean_result(self) -> Files {
        let project = project(self);
        project.run(&["generate", "-e", "dev"]).exits(0);
        generated(project.root())
    }
}

fn project(state: State) -> Project {
    let project = Project::new(&[("lhp.yaml", "name: large\nversion: \"1.0\"\n")]);
    state.write(&project);
    project
}

/// The generated modules, without the list of them and without what an unfinished run prepared.
fn generated(root: &Path) -> Files {
    let mut files = tree(&root.join("generated/dev"));
    files.retain(|path, _| !path.ends_with('/') && path != MANIFEST && !path.contains(".lhp-tmp-"));
    files
}

/// Lengths of files. The two states give the files that they do not share different lengths.
fn lengths(paths: &[PathBuf]) -> Vec<Option<u64>> {
    paths.iter().map(|path| std::fs::metadata(path).ok().map(|metadata| metadata.len())).collect()
}

/// When a run is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// At any moment.
    Random,
    /// As soon as it was seen to replace, add or remove a file.
    Replacing,
}

/// A random share of a time.
fn share_of(time: Duration) -> Duration {
    let random = RandomState::new().hash_one(0) % 1_000;
    time * u32::try_from(random).unwrap() / 1_000
}

/// Starts a run and kills it. `changing` are files that differ between the states.
fn run_and_kill(project: &Project, run: Duration, moment: Moment, changing: &[PathBuf]) {
    let before = lengths(changing);
    let program = lhp(&[]).get_program().to_owned();
    let mut child = Command::new(program)
        .args(["generate", "-e", "dev"])
        .current_dir(project.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    match moment {
        Moment::Random => std::thread::sleep(share_of(run)),
        Moment::Replacing => {
            while lengths(changing) == before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(100));
            }
        }
    }
    // A run that ended before it was to be killed is a run that was not disturbed.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_killed_run_leaves_old_and_new_files_and_the_next_run_ends_the_work() {
    let clean = [State::Old.clean_result(), State::New.clean_result()];
    assert_eq!(clean[0].len(), FLOWGROUPS);
    assert_ne!(clean[0], clean[1]);

    let project = project(State::Old);
    project.run(&["generate", "-e", "dev"]).exits(0);
    State::New.write(&project);
    let start = Instant::now();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let run = start.elapsed();
    let differs = |path: &&String| clean[0].get(*path) != clean[1].get(*path);
    let changing: BTreeSet<&String> = clean.iter().flat_map(|files| files.keys()).filter(differs).collect();
    let changing: Vec<PathBuf> =
        changing.into_iter().step_by(3).map(|path| project.path("generated/dev").join(path)).collect();

    let mut mixtures = 0;
    for kill in 0..KILLS {
        let (state, before) = if kill % 2 == 0 { (State::Old, &clean[1]) } else { (State::New, &clean[0]) };
        let expected = &clean[kill % 2];
        state.write(&project);
        let moment = if kill % 3 == 0 { Moment::Random } else { Moment::Replacing };
        run_and_kill(&project, run, moment, &changing);

        let found = generated(project.root());
        for (path, content) in &found {
            assert!(
                [before, expected].iter().any(|files| files.get(path) == Some(content)),
                "{path} is neither old nor new ({} bytes)",
                content.len()
            );
        }
        for path in before.keys().filter(|path| expected.contains_key(*path)) {
            assert!(found.contains_key(path), "{path} exists before and after, and must never be missing");
        }
        mixtures += usize::from(found != *before && found != *expected);

        project.run(&["generate", "-e", "dev"]).exits(0);
        assert!(generated(project.root()) == *expected, "the next run ends the work");
        let left: Vec<_> = project.paths("generated").into_iter().filter(|path| path.contains(".lhp-tmp-")).collect();
        assert_eq!(left, Vec::<String>::new(), "the next run sweeps up");
    }
    assert!(mixtures > 0, "no kill hit a run in the middle of its work");
    println!("{mixtures} of {KILLS} kills hit a run while it replaced files");
}
