//! Room for results: what was not used for the longest time goes first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::write::UNFINISHED;
use super::{DIRECTORY, SHARD, inside};

/// Results that nobody used for so long are removed by `lhp plugin gc`.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An unfinished file of this age belongs to a run that was ended.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// What is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Everything.
    All,
    /// What was not used for 30 days, and what is above the bound of the whole.
    Unused,
    /// What is above a bound (bytes), for one directory.
    Above(u64),
}

/// What was removed and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub removed: usize,
    pub removed_bytes: u64,
    pub kept: usize,
    pub kept_bytes: u64,
}

/// Removes results of the project at `root`.
pub fn sweep(root: &Path, removal: Removal) -> Swept {
    let mut swept = Swept::default();
    if inside::check(root, &root.join(DIRECTORY)).is_err() {
        return swept;
    }
    let directories = fs::read_dir(root.join(DIRECTORY)).into_iter().flatten().flatten();
    for directory in directories
        .filter(|entry| is_shard(&entry.file_name().to_string_lossy()) && inside::check(root, &entry.path()).is_ok())
    {
        let one = shard(&directory.path(), &removal);
        swept.removed += one.removed;
        swept.removed_bytes += one.removed_bytes;
        swept.kept += one.kept;
        swept.kept_bytes += one.kept_bytes;
        if one.kept == 0 {
            // It may hold something that is not ours.
            let _ = fs::remove_dir(directory.path());
        }
    }
    swept
}

fn is_shard(name: &str) -> bool {
    name.len() == 2 && is_hexadecimal(name)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A result on the disk.
struct Found {
    path: PathBuf,
    size: u64,
    age: Duration,
    unfinished: bool,
}

/// Removes results of one directory. What cannot be removed is kept.
pub(super) fn shard(directory: &Path, removal: &Removal) -> Swept {
    let mut found = results(directory);
    found.sort_by(|left, right| left.age.cmp(&right.age).then_with(|| left.path.cmp(&right.path)));
    let (unused, most) = match removal {
        Removal::All => (Duration::ZERO, 0),
        Removal::Unused => (UNUSED, SHARD),
        Removal::Above(most) => (Duration::MAX, *most),
    };
    let mut swept = Swept::default();
    for result in found {
        let goes = match result.unfinished {
            true => *removal == Removal::All || result.age > ABANDONED,
            false => result.age >= unused || swept.kept_bytes + result.size > most,
        };
        if goes && fs::remove_file(&result.path).is_ok() {
            swept.removed += 1;
            swept.removed_bytes += result.size;
        } else {
            swept.kept += 1;
            swept.kept_bytes += result.size;
        }
    }
    swept
}

/// The files of a directory that are results, finished or not.
fn results(directory: &Path) -> Vec<Found> {
    let now = SystemTime::now();
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let unfinished = name.starts_with(UNFINISHED);
            let finished = name.strip_suffix(".json").is_some_and(|name| name.len() == 62 && is_hexadecimal(name));
            let metadata = entry.metadata().ok().filter(|metadata| metadata.is_file())?;
            let age = metadata.modified().ok().and_then(|modified| now.duration_since(modified).ok());
            (finished || unfinished).then(|| Found {
                path: entry.path(),
                size: metadata.len(),
                age: age.unwrap_or_default(),
                unfinished,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(root: &Path, digit: char, size: usize, days: u64) -> PathBuf {
        let path = root.join(DIRECTORY).join("ab").join(format!("{}.json", digit.to_string().repeat(62)));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, vec![b' '; size]).unwrap();
        let modified = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        path
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let root = tempfile::tempdir().unwrap();
        let [old, middle, new] =
            [('a', 3), ('b', 2), ('c', 1)].map(|(digit, days)| result(root.path(), digit, 400_000, days));
        let swept = shard(old.parent().unwrap(), &Removal::Above(SHARD));
        assert_eq!((swept.removed, swept.kept, swept.kept_bytes), (1, 2, 800_000));
        assert!(!old.exists() && middle.exists() && new.exists());
    }

    #[test]
    fn nothing_but_results_is_ever_removed() {
        let root = tempfile::tempdir().unwrap();
        let result = result(root.path(), 'a', 10, 40);
        let directory = root.path().join(DIRECTORY);
        let others = ["ab/notes.json", "abc/x.json", "README"].map(|name| directory.join(name));
        fs::create_dir_all(directory.join("abc")).unwrap();
        others.iter().for_each(|other| fs::write(other, "mine").unwrap());
        assert_eq!(sweep(root.path(), Removal::Unused).removed, 1);
        assert!(!result.exists());
        assert_eq!(sweep(root.path(), Removal::All), Swept::default());
        assert!(others.iter().all(|other| other.exists()));
    }
}
