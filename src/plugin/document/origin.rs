//! Origins in words.

use crate::plugin::Origin;

/// Where a plugin comes from, for people.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Used => "plugins.use".to_owned(),
        Origin::Directory(directory) => directory.clone(),
        Origin::EntryPoint(package) => format!("package {package}"),
        Origin::Environment => "environment".to_owned(),
        Origin::Action => "action".to_owned(),
    }
}
