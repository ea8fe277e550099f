//! Time of the stages on the fixture projects: `cargo bench`.
//!
//! Whole-process measurements against the reference tool are made by `benches/compare.py`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that cannot go on must stop")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lhp::compile::{CompileOptions, Formatting, compile};
use lhp::plugin::events::{Collector, EventType};
use lhp::plugin::{self, Table};
use lhp::project::{Project, ProjectOptions};
use lhp::report::{Progress, Report, Timings};
use lhp::source::SourceMap;
use lhp::syntax::yaml;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects").join(name)
}

/// The text of every flowgroup file of a project.
fn texts(project: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(project.join("pipelines")).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| std::fs::read_to_string(entry.path()).unwrap())
        .collect()
}

fn parsing(criterion: &mut Criterion) {
    let texts = texts(&fixture("energy_grid"));
    let file = SourceMap::new("").add("a.yaml", "");
    criterion.bench_function("parse YAML of energy_grid", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(yaml::parse(file, text, &yaml::Limits::default()).unwrap());
            }
        });
    });
}

fn compiling(criterion: &mut Criterion) {
    let table = Table::built_in();
    for (name, formatting) in [("formatted", Formatting::AsProject), ("not formatted", Formatting::Off)] {
        criterion.bench_function(&format!("compile energy_grid, {name}"), |bencher| {
            bencher.iter(|| {
                let options = CompileOptions {
                    project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
                    formatting,
                    ..CompileOptions::default()
                };
                let sources = Arc::new(SourceMap::new(fixture("energy_grid")));
                black_box(compile(&sources, &table, &options, &Progress::hidden(), &Timings::off()))
            });
        });
    }
}

fn generators(criterion: &mut Criterion) {
    criterion.bench_function("build the generator table", |bencher| bencher.iter(Table::built_in));
}

/// A project with many loads of one kind, in flowgroups of ten.
fn project_of_loads(root: &Path, source: &str, actions: usize) {
    std::fs::create_dir_all(root.join("pipelines")).unwrap();
    std::fs::create_dir_all(root.join("substitutions")).unwrap();
    std::fs::write(root.join("lhp.yaml"), "name: loads\n").unwrap();
    std::fs::write(root.join("substitutions/dev.yaml"), "dev: {}\n").unwrap();
    for flowgroup in 0..actions / 10 {
        let mut text = format!("pipeline: p\nflowgroup: f{flowgroup}\nactions:\n");
        for action in 0..10 {
            text.push_str(&format!(
                "  - {{name: l{action}, type: load, source: {source}, target: v{flowgroup}_{action}}}\n"
            ));
        }
        text.push_str(&format!(
            "  - {{name: w, type: write, source: v{flowgroup}_0,\n     \
             write_target: {{type: materialized_view, catalog: a, schema: b, table: t{flowgroup}}}}}\n"
        ));
        std::fs::write(root.join(format!("pipelines/f{flowgroup}.yaml")), text).unwrap();
    }
}

/// The difference of the two rows, divided by 1000, is what an action costs more because a plugin brings its type.
fn plugins(criterion: &mut Criterion) {
    let table = Table::built_in();
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/plugins/s3_batch");
    let rows = [
        ("built-in loads", "{type: delta, catalog: a, schema: b, table: c}"),
        ("loads of a template plugin", "{type: s3_batch, bucket: landing, prefix: orders/, format: json}"),
    ];
    for (name, source) in rows {
        let project = tempfile::tempdir().unwrap();
        project_of_loads(project.path(), source, 1000);
        for entry in walkdir::WalkDir::new(&plugin).into_iter().map(Result::unwrap) {
            let target = project.path().join("plugins/s3_batch").join(entry.path().strip_prefix(&plugin).unwrap());
            match entry.file_type().is_dir() {
                true => std::fs::create_dir_all(target).unwrap(),
                false => drop(std::fs::copy(entry.path(), target).unwrap()),
            }
        }
        criterion.bench_function(&format!("compile 1000 {name}"), |bencher| {
            bencher.iter(|| {
                let options = CompileOptions {
                    project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
                    formatting: Formatting::Discarded,
                    ..CompileOptions::default()
                };
                let sources = Arc::new(SourceMap::new(project.path()));
                let compilation = compile(&sources, &table, &options, &Progress::hidden(), &Timings::off());
                assert!(!compilation.report.has_errors());
                black_box(compilation)
            });
        });
    }
}

/// Time to find the plugins of a project; without any it must not be noticed.
fn finding_plugins(criterion: &mut Criterion) {
    let base = Table::built_in();
    for count in [0, 50] {
        let root = tempfile::tempdir().unwrap();
        project_of_loads(root.path(), "{type: delta, catalog: a, schema: b, table: c}", 10);
        for number in 0..count {
            let home = root.path().join(format!("plugins/p{number}"));
            std::fs::create_dir_all(&home).unwrap();
            let manifest = format!(
                "schema: 1\nid: unused-{number}\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n  - {{kind: load, key: \
                 unused_{number}, entry: load.py.j2}}\n"
            );
            std::fs::write(home.join("plugin.yaml"), manifest).unwrap();
            std::fs::write(home.join("load.py.j2"), "x\n").unwrap();
        }
        let options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
        criterion.bench_function(&format!("find {count} plugins"), |bencher| {
            bencher.iter_batched(
                || {
                    let sources = Arc::new(SourceMap::new(root.path()));
                    Project::open(sources, &options, &mut Report::default()).unwrap()
                },
                |project| black_box(plugin::load(&project, &base, &options.plugins, &mut Report::default())),
                BatchSize::SmallInput,
            );
        });
    }
}

/// What an event costs that no hook waits for; the budget is a microsecond.
fn events(criterion: &mut Criterion) {
    let collector = Collector::default();
    let name: Arc<str> = "bronze".into();
    criterion.bench_function("an event without subscribers", |bencher| {
        let mut events = Vec::new();
        bencher.iter(|| {
            let collector = black_box(&collector);
            collector.emit(&mut events, EventType::ActionEnd, |event| {
                event.about(&name, Some(&name), Some(&name)).with("duration_ms", 1.5)
            });
            black_box(&events);
        });
    });
}

criterion_group!(benches, parsing, compiling, generators, plugins, finding_plugins, events);
criterion_main!(benches);
