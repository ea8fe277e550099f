//! Writing a new plugin: all of its files appear at once, or none.

use std::fs;
use std::io;
use std::path::Path;

use super::{OCCUPIED, Scaffold};
use crate::apply::CANNOT_WRITE;
use crate::report::Diagnostic;

/// Writes a new plugin into a directory that does not exist.
///
/// # Errors
/// If something stands at the path, or if it cannot be written.
pub fn write(scaffold: &Scaffold, directory: &Path) -> Result<(), Diagnostic> {
    if fs::symlink_metadata(directory).is_ok() {
        let message = format!("`{}` exists already", directory.display());
        return Err(Diagnostic::error(&OCCUPIED, message).help("choose another name, or another path with `--path`"));
    }
    staged(scaffold, directory).map_err(|error| {
        Diagnostic::error(&CANNOT_WRITE, format!("`{}` cannot be written: {error}", directory.display()))
            .help("check the permissions of the directory above it")
    })
}

fn staged(scaffold: &Scaffold, directory: &Path) -> io::Result<()> {
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let temporary = tempfile::Builder::new().prefix(".lhp-new-").tempdir_in(parent)?;
    for (path, text) in &scaffold.files {
        let path = temporary.path().join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o755))?;
    }
    fs::rename(temporary.path(), directory)
}
