//! Whether a directory of results is the project's own: links may lead anywhere, and what is written there is not ours.

use std::io;
use std::path::Path;

/// Refuses a directory that a link leads out of the project. It need not exist yet.
///
/// # Errors
/// It lies outside.
pub(super) fn check(root: &Path, directory: &Path) -> io::Result<()> {
    let home = root.canonicalize()?;
    // What does not exist will be made below what does; a link that leads nowhere does not count as nothing.
    let existing = directory.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok()).unwrap_or(root);
    let real = existing.canonicalize();
    if real.is_ok_and(|real| real.starts_with(&home)) {
        return Ok(());
    }
    let shown = existing.strip_prefix(root).unwrap_or(existing);
    Err(io::Error::other(format!("`{}` is a link that leads out of the project", shown.display())))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::create_dir_all;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_links_within_the_project_are_followed() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = root.path();
        create_dir_all(root.join("a/b")).unwrap();
        assert!(check(root, &root.join("a/b/c/d")).is_ok());
        symlink(root.join("a"), root.join("within")).unwrap();
        assert!(check(root, &root.join("within/b")).is_ok());
        symlink(outside.path(), root.join("a/out")).unwrap();
        let error = check(root, &root.join("a/out/new")).unwrap_err();
        assert_eq!(error.to_string(), "`a/out` is a link that leads out of the project");
        symlink(outside.path().join("absent"), root.join("nowhere")).unwrap();
        assert!(check(root, &root.join("nowhere/x")).is_err());
    }
}
