//! Plugins in directories: each subdirectory with a manifest is one.

use std::path::{Path, PathBuf};

use crate::plugin::manifest::{MANIFEST_FILE, PluginPermissions, read_manifest};
use crate::plugin::{Origin, Plugin, PluginConfig, Status};
use crate::report::Report;
use crate::source::SourceMap;

/// The plugins in a directory, sorted by path. `shown` is the directory as the project names it.
///
/// A manifest that cannot be read is reported, and the others are found all the same.
pub fn plugins_in(sources: &SourceMap, directory: &Path, shown: &str, report: &mut Report) -> Vec<Plugin> {
    let Ok(listing) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut homes: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    homes.retain(|home| home.join(MANIFEST_FILE).is_file());
    homes.sort();
    let read = homes.into_iter().filter_map(|root| {
        let read = read_manifest(sources, &root, report)?;
        let origin = Origin::Directory(shown.to_owned());
        Some(Plugin {
            manifest: read.manifest,
            node: read.node,
            root,
            origin,
            status: Status::Active,
            granted: PluginPermissions::default(),
            config: PluginConfig::default(),
        })
    });
    read.collect()
}
