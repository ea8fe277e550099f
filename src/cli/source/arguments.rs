//! What can be written after `lhp source`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `source`.
#[derive(Debug, Args)]
pub struct Source {
    #[command(subcommand)]
    pub command: SourceCommand,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Test the connection; exits with 1 if there is none. Works for writers, too.
    Check(About),
    /// List what the source has to offer.
    Discover(About),
    /// Show the columns that the reader knows.
    Schema(About),
    /// Tell about how many records there are.
    Estimate(About),
    /// Read the first records.
    Sample(Sample),
}

/// What a question is about.
#[derive(Debug, Args)]
pub struct About {
    /// Id of a plugin, `reader/key`, or a class or function of a file, as in `readers/api.py:Reader` or `libcsv.so:create_reader`.
    #[arg(value_name = "READER", required_unless_present = "plugin")]
    pub reader: Option<String>,
    /// The same, as an option.
    #[arg(long, value_name = "READER", conflicts_with = "reader")]
    pub plugin: Option<String>,
    /// YAML file with the settings: `connection`, `credentials`, `objects`, …; `${NAME}` is an environment variable.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Take the settings of an action of the project. Those of `--config` are put over them.
    #[arg(long, value_name = "FLOWGROUP/ACTION")]
    pub action: Option<String>,
    /// Name of the environment of the action.
    #[arg(short, long, default_value = "dev")]
    pub env: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `source sample`.
#[derive(Debug, Args)]
pub struct Sample {
    #[command(flatten)]
    pub about: About,
    /// Records at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub limit: u64,
    /// Batches at most.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub batches: u64,
}
