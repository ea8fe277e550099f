//! What a compile learned about results goes to the disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::sweep::{self, Removal};
use super::{DIRECTORY, Gathered, Key, SHARD, inside};

/// How names of files begin that are not finished yet.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// Keeps results out of version control.
const IGNORE: &str = "# Made by lhp. Can be deleted at any time.\n*\n";

impl Gathered {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.used.is_empty() && self.wrong.is_empty()
    }

    /// Writes new results, each at once or not at all, and makes room for them where there is none.
    ///
    /// # Errors
    /// The first one; the other results are written all the same.
    pub fn write(self) -> io::Result<()> {
        inside::check(self.root(), &self.directory)?;
        for key in &self.wrong {
            // Somebody else may have removed it.
            let _ = fs::remove_file(self.directory.join(key.path()));
        }
        for key in &self.used {
            // To be forgotten too early does no harm.
            let _ = File::options()
                .write(true)
                .open(self.directory.join(key.path()))
                .and_then(|file| file.set_modified(SystemTime::now()));
        }
        if self.fresh.is_empty() {
            return Ok(());
        }
        self.prepare()?;
        let paths: Vec<(PathBuf, &str)> =
            self.fresh.iter().map(|(key, text)| (self.directory.join(key.path()), text.as_str())).collect();
        let shards: BTreeSet<&Path> = paths.iter().filter_map(|(path, _)| path.parent()).collect();
        for shard in &shards {
            inside::check(self.root(), shard)?;
            fs::create_dir_all(shard)?;
        }
        let written: io::Result<()> = self
            .fresh
            .par_iter()
            .zip(&paths)
            .map(|((key, text), (path, _))| write(path, key, text))
            .reduce(|| Ok(()), io::Result::and);
        for shard in shards {
            sweep::shard(shard, &Removal::Above(SHARD));
        }
        written
    }

    /// Makes the directory.
    fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let Some(cache) = self.directory.parent() else { return Ok(()) };
        match write_new(&cache.join(".gitignore"), IGNORE) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            written => written,
        }
    }

    /// The project that the directory belongs to.
    fn root(&self) -> &Path {
        self.directory.ancestors().nth(Path::new(DIRECTORY).components().count()).unwrap_or(&self.directory)
    }
}

/// Writes a file where there is nothing, and no link either.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    File::options().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// Writes a file under another name first, so that nobody ever reads half of it.
fn write(path: &Path, key: &Key, text: &str) -> io::Result<()> {
    let name = format!("{UNFINISHED}{}-{}", std::process::id(), key.digits());
    let unfinished = path.with_file_name(name);
    // Left behind by a run with the same number.
    let _ = fs::remove_file(&unfinished);
    let done = write_new(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done
}
