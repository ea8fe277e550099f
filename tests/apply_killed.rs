//! A run that is killed at any moment leaves every file entirely old or entirely new, and the next run ends the work.

#![allow(clippy::unwrap_used, clippy::string_slice)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lhp::apply::{MANIFEST, apply};
use lhp::plan::{OutputTree, Ownership, Plan, PlannedFile, Prune};

/// Names the project in which the child process applies plans until it is killed.
const PROJECT: &str = "LHP_TEST_APPLY_UNTIL_KILLED";
const KILLS: usize = 20;

/// Content by path of two states of a project. They share files, and each has files that the other one lacks.
fn states() -> [BTreeMap<String, Vec<u8>>; 2] {
    let mut states = [BTreeMap::new(), BTreeMap::new()];
    for number in 0..24 {
        let pipeline = number % 6;
        for (index, state) in states.iter_mut().enumerate() {
            let line = format!("# state {index}, file {number}\n");
            state.insert(format!("p{pipeline}/same_{number}.py"), format!("# {number}\n").repeat(200).into_bytes());
            state.insert(format!("p{pipeline}/changed_{number}.yml"), line.repeat(300).into_bytes());
            state.insert(format!("p{pipeline}/only_{index}_{number}.bin"), line.repeat(100).into_bytes());
            state.insert(format!("new_{index}_{pipeline}/deep/{number}.py"), line.repeat(100).into_bytes());
        }
    }
    states
}

fn plans(project: &Path) -> [Plan; 2] {
    states().map(|state| {
        let mut trees: Vec<_> = [("generated/dev", Ownership::Convention), ("named", Ownership::Proven)]
            .map(|(root, ownership)| OutputTree {
                root: project.join(root),
                ownership,
                prune: Prune::Everything,
                files: Vec::new(),
            })
            .into();
        for (path, content) in state {
            for tree in &mut trees {
                tree.files.push(PlannedFile { path: path.clone(), content: content.clone() });
            }
        }
        Plan { trees }
    })
}

/// Directories (ending in `/`) and files of a tree, without the manifest.
fn content(root: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != MANIFEST)
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            match entry.file_type().is_dir() {
                true => (format!("{path}/"), Vec::new()),
                false => (path, fs::read(entry.path()).unwrap()),
            }
        })
        .collect()
}

/// A tree as the plan has it: its files and the directories that they need.
fn planned(tree: &OutputTree) -> BTreeMap<String, Vec<u8>> {
    let mut expected = BTreeMap::new();
    for file in &tree.files {
        for (at, _) in file.path.match_indices('/') {
            expected.insert(file.path[..=at].to_owned(), Vec::new());
        }
        expected.insert(file.path.clone(), file.content.clone());
    }
    expected
}

fn assert_old_or_new(tree: &OutputTree, states: &[BTreeMap<String, Vec<u8>>; 2]) {
    for (path, found) in content(&tree.root) {
        if path.ends_with('/') || path.contains(".lhp-tmp-") {
            continue;
        }
        assert!(
            states.iter().any(|state| state.get(&path) == Some(&found)),
            "{path} in {} is neither old nor new ({} bytes)",
            tree.root.display(),
            found.len()
        );
    }
    for path in states[0].keys().filter(|path| path.contains("same_") || path.contains("changed_")) {
        assert!(tree.root.join(path).is_file(), "{path} is planned before and after, and must never be missing");
    }
}

#[test]
fn applies_until_killed() {
    let Some(project) = std::env::var_os(PROJECT) else { return };
    let plans = plans(Path::new(&project));
    println!("\nready");
    for plan in plans.iter().cycle().take(100_000) {
        apply(plan, Path::new(&project), None).unwrap();
    }
}

#[test]
fn a_killed_run_leaves_no_half_file_and_the_next_run_ends_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path();
    let (plans, states) = (plans(project), states());
    let started = Instant::now();
    apply(&plans[0], project, None).unwrap();
    apply(&plans[1], project, None).unwrap();
    let two_runs = started.elapsed().min(Duration::from_secs(1));

    let mut random = std::collections::hash_map::RandomState::new();
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "applies_until_killed", "--nocapture"])
            .env(PROJECT, project)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"), "the child ended before it applied anything");
        let moment = std::hash::BuildHasher::hash_one(&random, kill) % 1_000;
        random = std::collections::hash_map::RandomState::new();
        std::thread::sleep(two_runs * u32::try_from(moment).unwrap() / 1_000);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success(), "the child must not end by itself");

        let plan = &plans[kill % 2];
        interrupted += usize::from(plan.trees.iter().any(|tree| {
            let found = content(&tree.root);
            plans.iter().all(|plan| plan.trees.iter().all(|tree| planned(tree) != found))
        }));
        plan.trees.iter().for_each(|tree| assert_old_or_new(tree, &states));
        apply(plan, project, None).unwrap();
        for tree in &plan.trees {
            let (found, expected) = (content(&tree.root), planned(tree));
            let names = |all: &BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&found), names(&expected));
            assert!(found == expected, "the next run brings every file to its planned content");
        }
    }
    assert!(interrupted > 0, "no kill hit a run in the middle of its work");
}
