//! What stands at a path: asked before anything is opened, because opening a pipe can wait forever.

use std::fs::FileType;
use std::io;
use std::path::Path;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    File,
    Directory,
    /// A symbolic link that leads to nothing, or in a circle.
    DeadLink,
    Pipe,
    Socket,
    Device,
    /// Something else that is no ordinary file.
    Other,
}

impl PathKind {
    /// What is at a path, links followed; nothing if there is nothing.
    ///
    /// # Errors
    ///
    /// If that may not be known, for example because a directory on the way may not be entered.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Some(Self::of_type(metadata.file_type()))),
            Err(_) if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) => Ok(Some(Self::DeadLink)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether something is at a path, even if it is not what was looked for.
    pub fn is_anything(path: &Path) -> bool {
        !matches!(Self::of(path), Ok(None))
    }

    #[cfg(unix)]
    fn of_type(kind: FileType) -> Self {
        use std::os::unix::fs::FileTypeExt;
        match kind {
            kind if kind.is_file() => Self::File,
            kind if kind.is_dir() => Self::Directory,
            kind if kind.is_fifo() => Self::Pipe,
            kind if kind.is_socket() => Self::Socket,
            kind if kind.is_block_device() || kind.is_char_device() => Self::Device,
            _ => Self::Other,
        }
    }

    #[cfg(not(unix))]
    fn of_type(kind: FileType) -> Self {
        match kind {
            kind if kind.is_file() => Self::File,
            kind if kind.is_dir() => Self::Directory,
            _ => Self::Other,
        }
    }
}

impl std::fmt::Display for PathKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::DeadLink => "a link that leads nowhere",
            Self::Pipe => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "no ordinary file",
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_unless_they_lead_nowhere() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        for (link, target) in [("to_file", "file"), ("to_directory", "."), ("dead", "nowhere"), ("circle", "circle")] {
            symlink(target, at(link)).unwrap();
        }
        let kind = |name: &str| PathKind::of(&at(name)).unwrap();
        assert_eq!(kind("to_file"), Some(PathKind::File));
        assert_eq!(kind("to_directory"), Some(PathKind::Directory));
        assert_eq!([kind("dead"), kind("circle")], [Some(PathKind::DeadLink); 2]);
        assert_eq!([kind("nothing"), kind("file/below")], [None; 2]);
        assert_eq!(PathKind::of(Path::new("/dev/null")).unwrap(), Some(PathKind::Device));
    }
}
