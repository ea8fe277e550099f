//! Digests: files and directories go in, SHA-256 as hexadecimal text comes out.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// How a digest is written in manifests.
const PREFIX: &str = "sha256:";

/// Names that do not belong to a plugin: what version control and interpreters leave behind.
const SKIPPED: [&str; 6] = [".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".lhp"];

/// The digits of a digest such as `sha256:…`, in lower case.
pub(crate) fn parse(text: &str) -> Option<String> {
    let digits = text.strip_prefix(PREFIX).unwrap_or(text);
    let whole = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| digits.to_ascii_lowercase())
}

/// The digest of bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The digest of a file.
pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    if !path.is_file() {
        return Err(io::Error::from(io::ErrorKind::NotFound));
    }
    Ok(of_bytes(&std::fs::read(path)?))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of all files below a directory: their paths with `/` between the parts, and what is in them.
///
/// It is the same on every platform. Links count with the path that they hold.
pub(crate) fn of_tree(root: &Path) -> io::Result<String> {
    Ok(of_tree_within(root, usize::MAX, u64::MAX)?.unwrap_or_default())
}

/// The same, unless there are more files, or more bytes in them.
pub(crate) fn of_tree_within(root: &Path, files_at_most: usize, bytes_at_most: u64) -> io::Result<Option<String>> {
    let mut bytes: u64 = 0;
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    let walk = walkdir::WalkDir::new(root).min_depth(1).into_iter();
    let wanted = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        !SKIPPED.contains(&name.as_ref()) && !name.ends_with(".pyc")
    };
    for entry in walk.filter_entry(wanted) {
        let entry = entry?;
        // Pipes and sockets hold nothing, and reading them would wait for somebody to write.
        if entry.file_type().is_file() || entry.file_type().is_symlink() {
            let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
            files.push((below.to_string_lossy().replace('\\', "/"), entry.path().to_path_buf()));
            if bytes_at_most < u64::MAX {
                bytes = bytes.saturating_add(entry.metadata()?.len());
            }
            if files.len() > files_at_most || bytes > bytes_at_most {
                return Ok(None);
            }
        }
    }
    files.sort();
    let mut whole = Sha256::new();
    for (name, path) in files {
        let content = match std::fs::read_link(&path) {
            Ok(target) => target.to_string_lossy().replace('\\', "/").into_bytes(),
            Err(_) => std::fs::read(&path)?,
        };
        // Lengths keep names and contents apart.
        whole.update((name.len() as u64).to_le_bytes());
        whole.update(name.as_bytes());
        whole.update((content.len() as u64).to_le_bytes());
        whole.update(&content);
    }
    Ok(Some(hexadecimal(&whole.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_sha256sum() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(of_bytes(b""), empty);
        assert_eq!(parse(&format!("sha256:{}", empty.to_uppercase())).as_deref(), Some(empty));
        assert_eq!(parse("sha256:12"), None);
    }

    #[test]
    fn the_digest_of_a_tree_sees_names_and_contents_but_no_leftovers() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("a/__pycache__")).unwrap();
        std::fs::write(root.join("a/x"), "1").unwrap();
        let first = of_tree(root).unwrap();
        std::fs::write(root.join("a/__pycache__/x.pyc"), "cache").unwrap();
        assert_eq!(of_tree(root).unwrap(), first);
        std::fs::rename(root.join("a/x"), root.join("a/y")).unwrap();
        let renamed = of_tree(root).unwrap();
        std::fs::write(root.join("a/y"), "2").unwrap();
        assert!(first != renamed && renamed != of_tree(root).unwrap());
    }
}
