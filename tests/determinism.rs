//! The projects in `fixtures/projects/`: what they become depends on nothing but their files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use lhp::apply::MANIFEST;
use lhp::emit::python;
use support::package;
use support::project::Project;

fn projects() -> Vec<String> {
    let directories = fs::read_dir(package().join("fixtures/projects")).unwrap();
    let mut names: Vec<String> = directories.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn environments(project: &Project) -> Vec<String> {
    let names = project.paths("substitutions");
    names.iter().filter_map(|name| name.strip_suffix(".yaml")).map(str::to_owned).collect()
}

#[test]
fn the_number_of_workers_changes_no_byte() {
    for name in projects() {
        let mut outputs = Vec::new();
        for workers in ["1", "2", "8"] {
            let project = Project::copy(&format!("fixtures/projects/{name}"));
            let mut runs = BTreeMap::new();
            for environment in environments(&project) {
                let run = project.run(&["generate", "-e", &environment, "--max-workers", workers, "-s"]).exits(0);
                runs.insert(environment, run.timeless());
            }
            outputs.push((runs, project.files("generated")));
        }
        assert!(outputs.iter().all(|output| output == &outputs[0]), "{name}");
        assert!(outputs[0].1.keys().any(|path| path.ends_with(".py")), "{name} becomes Python");
    }
}

#[test]
fn the_order_of_files_on_disk_changes_no_byte() {
    for name in projects() {
        let project = Project::copy(&format!("fixtures/projects/{name}"));
        project.run(&["generate", "-e", "dev"]).exits(0);
        let files = project.files("");
        let again = Project::new(&[]);
        for (path, content) in files.iter().rev() {
            if !path.starts_with("generated/") && !path.ends_with('/') {
                again.write(path, content);
            }
        }
        again.run(&["generate", "-e", "dev"]).exits(0);
        assert!(again.files("generated") == project.files("generated"), "{name}");
    }
}

#[test]
fn a_second_run_touches_no_file() {
    for name in projects() {
        let project = Project::copy(&format!("fixtures/projects/{name}"));
        project.run(&["generate", "-e", "dev"]).exits(0);
        let past = SystemTime::now() - Duration::from_secs(3_600);
        let paths = project.paths("generated/dev");
        for path in &paths {
            let file = fs::File::options().write(true).open(project.path(&format!("generated/dev/{path}"))).unwrap();
            file.set_modified(past).unwrap();
        }
        project.run(&["generate", "-e", "dev"]).exits(0);
        assert_eq!(project.paths("generated/dev"), paths, "{name}");
        for path in paths.iter().filter(|path| *path != MANIFEST) {
            let modified = fs::metadata(project.path(&format!("generated/dev/{path}"))).unwrap().modified().unwrap();
            assert_eq!(modified, past, "{name}: {path} is unchanged and must not be written");
        }
    }
}

#[test]
fn the_projects_compile_without_a_word_of_warning() {
    for name in projects() {
        let project = Project::copy(&format!("fixtures/projects/{name}"));
        for environment in environments(&project) {
            for command in ["validate", "generate"] {
                let run = project.run(&[command, "-e", &environment, "--strict", "-s"]).exits(0);
                let report: Vec<&str> = run.stderr.lines().filter(|line| !line.starts_with('✓')).collect();
                assert_eq!(report.len(), 1, "{name}, {command} -e {environment}:\n{}", run.stderr);
            }
            project.run(&["diff", "-e", &environment, "--exit-code"]).exits(0);
        }
    }
}

#[test]
fn every_generated_module_is_formatted_python() {
    for name in projects() {
        let project = Project::copy(&format!("fixtures/projects/{name}"));
        project.run(&["generate", "-e", "dev"]).exits(0);
        for path in project.generated("generated/dev") {
            let text = project.read(&format!("generated/dev/{path}"));
            assert_eq!(python::parse_and_format(&text).as_ref(), Ok(&text), "{name}: {path}");
        }
    }
}

#[test]
fn the_coffee_shop_becomes_the_code_of_its_snapshot() {
    let project = Project::copy("fixtures/projects/coffee_shop");
    project.run(&["generate", "-e", "dev"]).exits(0);
    let text: String = project
        .generated("generated/dev")
        .iter()
        .map(|path| format!("==> {path} <==\n{}\n", project.read(&format!("generated/dev/{path}"))))
        .collect();
    insta::with_settings!({
        snapshot_path => package().join("snapshots/projects"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("coffee_shop", text) });
}
