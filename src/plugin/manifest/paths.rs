//! Paths in a manifest: nothing that a plugin names lies outside its directory.

use std::path::{Path, PathBuf};

/// Why a path cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsafePath {
    /// There is no name in it.
    Empty,
    /// It does not start from the directory of the plugin.
    Absolute,
    /// It goes up with `..`.
    Upwards,
    /// A link in it leads out of the directory of the plugin.
    Link,
}

impl UnsafePath {
    /// What is wrong, after "this path".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::Absolute => "is absolute",
            Self::Upwards => "leaves the directory of the plugin with `..`",
            Self::Link => "leaves the directory of the plugin through a link",
        }
    }
}

/// The path of a file of a plugin, whether it exists or not.
///
/// # Errors
/// If the path is not one below the directory of the plugin, or a link leads out of it.
pub fn within(root: &Path, path: &str) -> Result<PathBuf, UnsafePath> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.trim().is_empty() {
        return Err(UnsafePath::Empty);
    }
    if drive || path.starts_with(['/', '\\', '~']) {
        return Err(UnsafePath::Absolute);
    }
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Err(UnsafePath::Upwards);
    }
    let mut whole = root.to_path_buf();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        whole.push(part);
        let linked = std::fs::symlink_metadata(&whole).is_ok_and(|metadata| metadata.is_symlink());
        if linked && !leads_inside(root, &whole) {
            return Err(UnsafePath::Link);
        }
    }
    Ok(whole)
}

/// Whether a link that may be dead leads to a place below a directory.
fn leads_inside(root: &Path, link: &Path) -> bool {
    match (std::fs::canonicalize(root), std::fs::canonicalize(link)) {
        (Ok(root), Ok(target)) => target.starts_with(root),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_directory_of_the_plugin() {
        let root = Path::new("/plugins/s3");
        assert_eq!(within(root, "templates/./a.j2"), Ok(PathBuf::from("/plugins/s3/templates/a.j2")));
        for (path, expected) in [
            ("", UnsafePath::Empty),
            ("/etc/passwd", UnsafePath::Absolute),
            ("C:/Windows", UnsafePath::Absolute),
            ("~/x", UnsafePath::Absolute),
            ("../x", UnsafePath::Upwards),
            ("a/../../x", UnsafePath::Upwards),
            ("a\\..\\x", UnsafePath::Upwards),
        ] {
            assert_eq!(within(root, path), Err(expected), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_may_not_lead_out_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("plugin");
        std::fs::create_dir_all(root.join("templates")).unwrap();
        std::fs::write(directory.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("out")).unwrap();
        std::os::unix::fs::symlink("templates", root.join("in")).unwrap();
        assert_eq!(within(&root, "out"), Err(UnsafePath::Link));
        assert_eq!(within(&root, "in/a.j2"), Ok(root.join("in/a.j2")));
    }
}
