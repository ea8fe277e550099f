//! Discovery: the places where plugins can be go in, plugins come out. Nothing of a plugin runs, and no interpreter
//! starts.

pub mod directories;
mod entry_points;
mod environment;
pub(crate) mod interpreter;
pub(crate) mod reference;
pub(crate) mod uses;
pub(crate) mod variables;

use std::path::{Component, Path, PathBuf};

use crate::model::{EntryPoints, PluginSettings};
use crate::plugin::manifest::package_id;
use crate::plugin::{Place, Plugin};
use crate::project::{PluginOptions, Project, is_switched_on};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::syntax::Node;

pub(crate) use uses::{NOT_FOUND, Source, Wanted, wanted};
pub(crate) use variables::{Enabled, list};

rules! {
    /// An entry of `plugins.directories` is no directory.
    ///
    /// ## Why
    /// Plugins that should be in it are not found, and the first action that needs one is told that its type does not
    /// exist. The directories that are searched by default, `~/.lhp/plugins` and `./plugins`, need not exist.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   directories: [./plugin]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   directories: [./plugins]
    /// ```
    pub static NO_DIRECTORY: Rule = Rule::new("LHP-PLG-010", "plugin-directory-missing").warning();
}

/// What finding and choosing plugins needs to know.
pub(crate) struct Surroundings<'a> {
    pub project: &'a Project,
    pub options: &'a PluginOptions,
    /// The block `plugins` of the project file, or an empty one.
    pub settings: &'a PluginSettings,
    /// The tree of that block.
    pub block: Option<&'a Node>,
}

impl Surroundings<'_> {
    /// A path as a setting gives it: `~` is the home directory, and relative paths start from the project root.
    pub fn absolute(&self, path: &str) -> PathBuf {
        let below_home = path.strip_prefix("~/").or((path == "~").then_some(""));
        let whole = match (below_home, &self.options.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.project.root.join(path),
        };
        // A path that leaves the project must not look like one that stays in it.
        let mut plain = PathBuf::new();
        for part in whole.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                other => plain.push(other),
            }
        }
        plain
    }

    /// How far a directory is from the project.
    pub fn place(&self, directory: &Path) -> Place {
        if directory.starts_with(&self.project.root) { Place::Project } else { Place::Outside }
    }

    /// The node of a setting below `plugins`.
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.block?.get(key)
    }
}

/// A place that was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// The place as it is configured, or the path that it stands for.
    pub place: String,
    /// The directory itself.
    pub directory: PathBuf,
    /// Whether there is such a directory.
    pub exists: bool,
    /// So many plugins are in it.
    pub found: usize,
}

/// A plugin that was found, and how its place compares with others.
pub(crate) struct Candidate {
    pub plugin: Plugin,
    /// Places with lower numbers win.
    pub rank: usize,
    /// The entry of `plugins.use` that names this very place, by its position.
    pub used_by: Option<usize>,
}

/// What was found.
pub(crate) struct Discovered {
    pub candidates: Vec<Candidate>,
    pub searched: Vec<Searched>,
}

/// Directories that are searched by default. With a project that asks for plugins, those of the user come first, as
/// documented; one that does not ask has its own.
pub(crate) const HOME_DIRECTORY: &str = "~/.lhp/plugins";
pub(crate) const PROJECT_DIRECTORY: &str = "./plugins";

/// Finds all plugins.
pub(crate) fn discover(surroundings: &Surroundings<'_>, wanted: &[Wanted], report: &mut Report) -> Discovered {
    let sources = &surroundings.project.sources;
    let mut found = Discovered { candidates: Vec::new(), searched: Vec::new() };
    for (position, wanted) in wanted.iter().enumerate() {
        if let Some((Source::Directory(path), span)) = &wanted.source {
            let directory = surroundings.absolute(path);
            let plugin = uses::open(surroundings, wanted, path, &directory, *span, report);
            let candidate = plugin.map(|plugin| Candidate { plugin, rank: 0, used_by: Some(position) });
            found.candidates.extend(candidate);
        }
    }
    for (rank, shown) in directories(surroundings).into_iter().enumerate() {
        let directory = surroundings.absolute(&shown);
        let place = surroundings.place(&directory);
        let plugins = directories::plugins_in(sources, &directory, &shown, place);
        found.searched.push(Searched {
            place: shown,
            exists: !plugins.is_empty() || directory.is_dir(),
            directory,
            found: plugins.len(),
        });
        found.candidates.extend(plugins.into_iter().map(|plugin| Candidate { plugin, rank: rank + 1, used_by: None }));
    }
    tell_missing(surroundings, report);
    let installed = rank_of_packages(&found);
    for directory in packages(surroundings, wanted) {
        let plugins = entry_points::plugins_in(sources, &directory, wanted);
        found.searched.push(Searched {
            place: directory.display().to_string(),
            exists: directory.is_dir(),
            directory,
            found: plugins.len(),
        });
        for plugin in plugins {
            let by_package = wanted.iter().position(|wanted| {
                matches!(&wanted.source, Some((Source::Package { name, .. }, _)) if package_id(name) == plugin.package)
            });
            found.candidates.push(Candidate { plugin: plugin.plugin, rank: installed, used_by: by_package });
        }
    }
    found
}

/// Remarks on entries of `plugins.directories` that are no directories. Those that are searched by default need not exist.
fn tell_missing(surroundings: &Surroundings<'_>, report: &mut Report) {
    let nodes = surroundings.node("directories").and_then(Node::as_sequence).unwrap_or_default();
    let by_default = [HOME_DIRECTORY, PROJECT_DIRECTORY].map(|path| surroundings.absolute(path));
    for (written, node) in surroundings.settings.directories.iter().flatten().zip(nodes) {
        let directory = surroundings.absolute(written);
        let needs_home = written.starts_with('~') && surroundings.options.home.is_none();
        if needs_home || by_default.contains(&directory) || directory.is_dir() {
            continue;
        }
        let told = match directory.exists() {
            true => Diagnostic::warning(&NO_DIRECTORY, format!("`{written}` is not a directory"))
                .at(node, "not a directory")
                .help("name the directory that has one directory per plugin"),
            false => Diagnostic::warning(&NO_DIRECTORY, format!("the plugin directory `{written}` does not exist"))
                .at(node, "no such directory")
                .help(match beside(&directory) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "create it, or correct the path; it starts from the directory of `lhp.yaml`".to_owned(),
                }),
        };
        report.push(told);
    }
}

/// The name of a directory beside a missing one that is close to its name.
fn beside(missing: &Path) -> Option<String> {
    let listing = std::fs::read_dir(missing.parent()?).ok()?.flatten();
    let directories = listing.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = directories.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let close = did_you_mean(missing.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(close.to_owned())
}

fn rank_of_packages(found: &Discovered) -> usize {
    found.searched.len() + 1
}

/// The directories that are searched, as they are configured.
pub(crate) fn directories(surroundings: &Surroundings<'_>) -> Vec<String> {
    let configured = surroundings.settings.directories.clone();
    let mut all = configured.unwrap_or_else(|| {
        let mut own = vec![HOME_DIRECTORY.to_owned(), PROJECT_DIRECTORY.to_owned()];
        if surroundings.block.is_none() {
            own.reverse();
        }
        own
    });
    let further = surroundings.options.variables.get("LHP_PLUGIN_PATH").unwrap_or_default();
    all.extend(std::env::split_paths(&further).filter_map(|path| {
        let text = path.to_str()?.to_owned();
        (!text.is_empty()).then_some(text)
    }));
    let mut known = rustc_hash::FxHashSet::default();
    all.retain(|directory| known.insert(surroundings.absolute(directory)));
    all.retain(|directory| !directory.starts_with('~') || surroundings.options.home.is_some());
    all
}

/// How packages are searched, in this run.
pub(crate) fn entry_points(surroundings: &Surroundings<'_>) -> EntryPoints {
    let off = is_switched_on(surroundings.options.variables.get("PHLO_NO_AUTO_DISCOVER").as_deref());
    let configured = surroundings.settings.discovery.as_ref().and_then(|discovery| discovery.entry_points);
    match configured.unwrap_or_default() {
        _ if off => EntryPoints::Off,
        EntryPoints::Listed if surroundings.block.is_none() => EntryPoints::Off,
        mode => mode,
    }
}

/// The directories of installed packages that are searched.
fn packages(surroundings: &Surroundings<'_>, wanted: &[Wanted]) -> Vec<PathBuf> {
    let asked = wanted.iter().any(|wanted| matches!(wanted.source, Some((Source::Package { .. }, _))));
    if entry_points(surroundings) == EntryPoints::Off && !asked {
        return Vec::new();
    }
    environment::site_packages(surroundings)
}
