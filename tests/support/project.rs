//! Projects in temporary directories, and the built binary run in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

use super::{copy_tree, package};

/// Variables of the process that would change what the program does.
const VARIABLES: [&str; 21] = [
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "ENABLED_PLUGINS",
    "FORCE_COLOR",
    "GITHUB_WORKSPACE",
    "LHP_ENABLED_PLUGINS",
    "LHP_IGNORE_VERSION",
    "LHP_MAX_WORKERS",
    "LHP_NO_PLUGINS",
    "LHP_NO_PROGRESS",
    "LHP_PLUGINS_ALLOW",
    "LHP_PLUGIN_PATH",
    "LHP_PYTHON",
    "LOGICAL_ENV",
    "NO_COLOR",
    "PHLO_NO_AUTO_DISCOVER",
    "RUST_BACKTRACE",
    "VIRTUAL_ENV",
    "WORKSPACE_ENV",
];

/// A project in a temporary directory, which disappears with this value.
pub struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    /// A project made of the given files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        files.iter().for_each(|(path, content)| project.write(path, content));
        project
    }

    /// A copy of a directory of this package.
    pub fn copy(directory: &str) -> Self {
        let project = Self::new(&[]);
        copy_tree(&package().join(directory), project.root());
        project
    }

    /// The directory of the project.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The path of a file of the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The program, about to run in this project.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = lhp(arguments);
        command.current_dir(self.root());
        command
    }

    /// Runs the program in this project.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Content by path of every file below a directory of the project; directories end in `/`.
    pub fn files(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path(below))
    }

    /// Paths of every file below a directory of the project.
    pub fn paths(&self, below: &str) -> Vec<String> {
        self.files(below).into_keys().filter(|path| !path.ends_with('/')).collect()
    }

    /// Paths of every file below a directory of the project, without the list of generated files.
    pub fn generated(&self, below: &str) -> Vec<String> {
        self.paths(below).into_iter().filter(|path| !path.ends_with(lhp::apply::MANIFEST)).collect()
    }
}

/// Content by path of every file below a directory; directories end in `/`. Empty if there is no such directory.
pub fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    if !root.is_dir() {
        return BTreeMap::new();
    }
    walkdir::WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            match entry.file_type().is_dir() {
                true => (format!("{path}/"), Vec::new()),
                false => (path, fs::read(entry.path()).unwrap()),
            }
        })
        .collect()
}

/// The program with arguments, free of variables that would change what it does.
pub fn lhp(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("lhp").unwrap();
    command.args(arguments);
    VARIABLES.iter().for_each(|variable| {
        command.env_remove(variable);
    });
    // Plugins of whoever runs the tests have no place in them.
    command.env("HOME", package().join("no-such-home"));
    command
}

/// How a run of the program went.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Asserts the exit code, and shows what was printed if it is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard error without times.
    pub fn timeless(&self) -> String {
        self.stderr
            .lines()
            .map(|line| match line.rsplit_once(" (") {
                Some((phase, time)) if line.starts_with(['✓', '✗']) && time.ends_with("s)") => phase,
                _ => match line.rsplit_once(" · ") {
                    Some((totals, time)) if time.ends_with('s') => totals,
                    _ => line,
                },
            })
            .map(|line| format!("{line}\n"))
            .collect()
    }
}
