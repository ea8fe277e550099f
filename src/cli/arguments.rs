//! What can be written on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::plugin::arguments::Plugin;
use crate::report::output::Format;

/// Compiles YAML pipeline definitions into Python for Spark declarative pipelines.
#[derive(Debug, Parser)]
#[command(name = "lhp", disable_version_flag = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// Print the version.
    #[arg(long)]
    pub version: bool,
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options before the command.
#[derive(Debug, Args)]
pub struct Global {
    /// Run as if started in this directory.
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Tell more about what is done.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Append what is told to `.lhp/logs/lhp.log`.
    #[arg(long)]
    pub log_file: bool,
    /// Print plain lines only.
    #[arg(long = "no-progress")]
    pub no_progress: bool,
    /// Print the time of each stage.
    #[arg(long, hide = true)]
    pub perf: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate the Python files of the project.
    Generate(Generate),
    /// Check the project as thoroughly as `generate` does, and write nothing.
    Validate(Validate),
    /// Show what `generate` would change.
    Diff(Diff),
    /// Rewrite outdated syntax in the files of the project.
    Fix(Fix),
    /// List presets, templates, blueprints, pipelines, flowgroups or environments.
    #[command(arg_required_else_help = true)]
    List(List),
    /// Show the tokens of an environment with their values.
    Substitutions(Substitutions),
    /// Print or write the JSON Schemas of project files and generators.
    Schema(Schema),
    /// Print or write the reference of project files and generators.
    Docs(Docs),
    /// Explain a code: what is wrong, why it matters, and how to correct it.
    Explain(Explain),
    /// List, check, make and test plugins.
    #[command(arg_required_else_help = true)]
    Plugin(Plugin),
    /// Ask a reader about its source: check, discover, schema, estimate, sample.
    #[command(arg_required_else_help = true)]
    Source(super::source::arguments::Source),
    /// Print a completion script for a shell.
    Completions(Completions),
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// Name of the environment.
    #[arg(short, long)]
    pub env: String,
    /// Only this pipeline.
    #[arg(short, long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Output directory instead of `generated/<env>`, relative to the project root.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    /// Do not format the generated Python.
    #[arg(long)]
    pub no_format: bool,
    /// Number of threads.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub max_workers: Option<i64>,
    /// Has no effect.
    #[arg(long, hide = true)]
    pub force: bool,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// Check only what these files and directories touch; without any, the whole project.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Check every environment that has a substitution file, and compare their tokens.
    #[arg(long, conflicts_with_all = ["env", "files", "stdin_filename"])]
    pub all_envs: bool,
    /// Check standard input as if it were this file.
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pub stdin_filename: Option<PathBuf>,
    /// Name of the environment.
    #[arg(short, long, default_value = "dev")]
    pub env: String,
    /// Only this pipeline.
    #[arg(short, long, value_name = "NAME")]
    pub pipeline: Option<String>,
    #[command(flatten)]
    pub common: Common,
    /// Number of threads.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub max_workers: Option<i64>,
}

/// Arguments that `generate` and `validate` share.
#[derive(Debug, Args)]
pub struct Common {
    /// File with settings of pipelines (also `-pc`), relative to the project root.
    #[arg(long, value_name = "FILE")]
    pub pipeline_config: Option<PathBuf>,
    /// Leave bundle resources alone.
    #[arg(long)]
    pub no_bundle: bool,
    /// Include test actions.
    #[arg(long)]
    pub include_tests: bool,
    /// Show every warning in full.
    #[arg(short = 's', long)]
    pub show_details: bool,
    /// Exit with 1 if there are warnings.
    #[arg(long)]
    pub strict: bool,
    /// Restrict the run to a personal scope.
    #[arg(long, conflicts_with = "pipeline")]
    pub sandbox: bool,
    /// Ask plugins twice, and compare their answers.
    #[arg(long)]
    pub verify_plugins: bool,
    /// Ask plugins again, and keep none of their answers.
    #[arg(long)]
    pub no_cache: bool,
    /// Print plain lines only.
    #[arg(long)]
    pub no_progress: bool,
    /// Print the time of each stage.
    #[arg(long)]
    pub timings: bool,
    /// Form of the findings on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_default_value = true)]
    pub format: Format,
    #[command(flatten)]
    pub plugins: Plugins,
    #[command(flatten)]
    pub limit: Limit,
}

/// What becomes of plugins in a run.
#[derive(Debug, Default, Args)]
pub struct Plugins {
    /// Use plugins only as they are in `lhp-plugins.lock`.
    #[arg(long)]
    pub locked: bool,
    /// Use no plugins.
    #[arg(long)]
    pub no_plugins: bool,
}

/// How much is told.
#[derive(Debug, Args)]
pub struct Limit {
    /// Show at most so many errors, and count the rest; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub max_errors: usize,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// Name of the environment.
    #[arg(short, long, default_value = "dev")]
    pub env: String,
    /// Only this pipeline.
    #[arg(short, long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Show the changed lines.
    #[arg(short = 's', long)]
    pub show_details: bool,
    /// Include test actions.
    #[arg(long)]
    pub include_tests: bool,
    /// Exit with 1 if there are differences.
    #[arg(long)]
    pub exit_code: bool,
    /// Compare with Python that is not formatted, as `generate --no-format` writes it.
    #[arg(long)]
    pub no_format: bool,
    /// Print plain lines only.
    #[arg(long)]
    pub no_progress: bool,
    /// Form of the differences and findings on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_default_value = true)]
    pub format: DiffFormat,
    #[command(flatten)]
    pub plugins: Plugins,
    #[command(flatten)]
    pub limit: Limit,
}

/// How `diff` tells what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DiffFormat {
    /// One line per file; findings on standard error.
    Human,
    /// One JSON document.
    Json,
}

/// Arguments of `fix`.
#[derive(Debug, Args)]
pub struct Fix {
    /// Only these files, and those below these directories.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Show the changes, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Exit with 1 if there is something to rewrite.
    #[arg(long)]
    pub exit_code: bool,
    /// Only this environment has to stay as it is; may be repeated. All environments by default.
    #[arg(short, long, value_name = "ENV")]
    pub env: Vec<String>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(subcommand)]
    pub what: ListWhat,
}

/// What can be listed.
#[derive(Debug, Subcommand)]
pub enum ListWhat {
    /// Presets with their parents.
    Presets,
    /// Templates with their parameters.
    Templates,
    /// Blueprints with their parameters.
    Blueprints {
        /// Show the instances of each blueprint.
        #[arg(long)]
        instances: bool,
    },
    /// Pipelines with their numbers of flowgroups.
    Pipelines,
    /// Flowgroups with their files.
    Flowgroups,
    /// Environments that have a substitution file.
    Environments,
}

/// Arguments of `substitutions`.
#[derive(Debug, Args)]
pub struct Substitutions {
    /// Name of the environment.
    #[arg(short, long, default_value = "dev")]
    pub env: String,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// A kind of file (`flowgroup`, `preset`, …) or a generator (`load/delta`, …); without it, all are listed.
    pub kind: Option<String>,
    /// Write all schemas into this directory, relative to the current one.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// Arguments of `docs`.
#[derive(Debug, Args)]
pub struct Docs {
    /// A kind of file (`flowgroup`, `preset`, …) or a generator (`load/delta`, …); without it, all are listed.
    #[arg(value_name = "KIND")]
    pub page: Option<String>,
    /// Write the pages, with their examples, into this directory, relative to the current one.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code or a rule, as in `LHP-CFG-010` or `LHP-CFG-010/unresolved-token`; without it, all rules are listed.
    pub code: Option<String>,
    /// Print the pages of all rules.
    #[arg(long, conflicts_with = "code")]
    pub all: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Rewrites the two-letter options of the language's first tool, which this parser does not know.
pub fn normalise(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    arguments
        .into_iter()
        .map(|argument| match argument.to_str() {
            Some("-pc") => "--pipeline-config".into(),
            Some("-jc") => "--job-config".into(),
            Some(text) if text.starts_with("-pc=") => text.replacen("-pc", "--pipeline-config", 1).into(),
            _ => argument,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn two_letter_options_are_understood() {
        let arguments =
            Arguments::try_parse_from(normalise(["lhp", "generate", "-e", "dev", "-pc", "a.yaml"].map(OsString::from)));
        let Ok(Arguments { command: Some(Command::Generate(generate)), .. }) = arguments else { panic!("not parsed") };
        assert_eq!(generate.common.pipeline_config, Some(PathBuf::from("a.yaml")));
    }
}
