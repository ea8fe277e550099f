//! What can be written after `lhp plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::plugin::Kind;
use crate::plugin::manifest::RuntimeKind;
use crate::report::did_you_mean;

/// Arguments of `plugin`.
#[derive(Debug, Args)]
pub struct Plugin {
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// The commands for plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// List the capabilities of plugins, and with `--builtin` those of this program.
    List(List),
    /// Show what is known about a plugin, and where the project uses it.
    Info(Info),
    /// Check the directory of a plugin, without running it and without a project.
    Validate(Validate),
    /// Load every active plugin of the project once.
    Check(Check),
    /// Explain step by step why a plugin is used or not.
    Doctor(Doctor),
    /// Make a new plugin that works and has tests.
    Create(Create),
    /// Run the golden cases of a plugin, or of every plugin in a directory. Needs no project.
    Test(Test),
    /// Use a plugin: edits `plugins.use` in `lhp.yaml`.
    Enable(Switch),
    /// Use a plugin no more: edits `plugins.use` in `lhp.yaml`.
    Disable(Switch),
    /// Grant a plugin what it asks for, and lock it.
    Trust(Trust),
    /// Write what the plugins of the project are into `lhp-plugins.lock`.
    Lock(Lock),
    /// Compare the plugins of the project with `lhp-plugins.lock`.
    Verify(Verify),
    /// Remove answers of plugins that are kept and were not used for a while.
    Gc(Gc),
    /// Print a JSON Schema for authors of plugins.
    Schema(Schema),
    /// Print the page of a plugin as Markdown.
    Docs(Docs),
    /// Write the Python package that plugins are written and tested against. Needs no network.
    Sdk(Sdk),
}

/// Arguments of `plugin list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only capabilities of this kind; names of other tools (`sources`, `quality`, `custom_reader`, …) are understood.
    #[arg(long = "type", visible_alias = "kind", value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Everything: capabilities of this program too, and plugins without any.
    #[arg(long)]
    pub all: bool,
    /// Also the capabilities of this program.
    #[arg(long)]
    pub builtin: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin info`.
#[derive(Debug, Args)]
pub struct Info {
    /// Id of a plugin, or a capability as `kind/key`.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// Directory of a plugin, or of several.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Also look for what users would miss, such as descriptions, examples and tests.
    #[arg(long)]
    pub pedantic: bool,
    /// Exit with 1 if there are warnings.
    #[arg(long)]
    pub strict: bool,
    /// Print the findings as one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Id of a plugin; without it, all are explained.
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin create`.
#[derive(Debug, Args)]
pub struct Create {
    /// Id of the plugin: lower-case letters and digits, in words joined by `-` or `_`.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it provides.
    #[arg(long, visible_alias = "type", value_name = "KIND", value_parser = kind)]
    pub kind: Kind,
    /// What runs it.
    #[arg(long, value_name = "RUNTIME", default_value = "template", value_parser = runtime)]
    pub runtime: RuntimeKind,
    /// Directory of the plugin, which must not exist; `plugins/NAME` by default.
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
}

/// Arguments of `plugin test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Directory of a plugin, or of several.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Write down what comes out as what is expected.
    #[arg(long)]
    pub update: bool,
    /// Only cases whose name, as `plugin/case`, has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Write a JUnit report.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Arguments of `plugin enable` and `plugin disable`.
#[derive(Debug, Args)]
pub struct Switch {
    /// Id of a plugin.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Arguments of `plugin lock`.
#[derive(Debug, Args)]
pub struct Lock {
    /// Only this plugin; may be repeated. The entries of the others stay as they are.
    #[arg(long, value_name = "ID")]
    pub update: Vec<String>,
    /// Write nothing, and exit with 1 if the file is not what would be written.
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `plugin verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin trust`.
#[derive(Debug, Args)]
pub struct Trust {
    /// Id of the plugin.
    pub id: String,
    /// Show what would be granted and locked, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `plugin gc`.
#[derive(Debug, Args)]
pub struct Gc {
    /// Remove all of them.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `plugin schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// What to describe, such as `manifest`; without it, all names are listed.
    #[arg(value_name = "WHAT")]
    pub what: Option<String>,
}

/// Arguments of `plugin docs`.
#[derive(Debug, Args)]
pub struct Docs {
    /// Id of a plugin, or a capability as `kind/key`.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Arguments of `plugin sdk`.
#[derive(Debug, Args)]
pub struct Sdk {
    /// Directory for the package, which must not exist.
    #[arg(long, value_name = "DIR", default_value = "lhp-plugin-sdk")]
    pub path: PathBuf,
}

/// A kind by its word, or by a name that another tool has for it.
fn kind(word: &str) -> Result<Kind, String> {
    Kind::parse(word).ok_or_else(|| match did_you_mean(word, Kind::ALL.map(Kind::word)) {
        Some(close) => format!("there is no such kind; did you mean `{close}`?"),
        None => format!("kinds are {}", Kind::ALL.map(Kind::word).join(", ")),
    })
}

/// A runtime by its word.
fn runtime(word: &str) -> Result<RuntimeKind, String> {
    let all = [RuntimeKind::Template, RuntimeKind::Wasm, RuntimeKind::Python, RuntimeKind::Native];
    let words = all.map(RuntimeKind::word);
    all.into_iter().find(|runtime| runtime.word() == word).ok_or_else(|| format!("runtimes are {}", words.join(", ")))
}
