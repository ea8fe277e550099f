//! Results of earlier runs: a request goes in, the answer that a deterministic plugin gave to it comes out.
//!
//! A compile only reads. What it learns is gathered, and written by whoever asked for the compile ([`Gathered::write`]).
//! Every result has a file of its own, `.lhp/cache/plugins/ab/cdef….json`, whose name is the digest of everything that
//! the answer depends on. A file that cannot be used counts as absent.

mod entry;
mod inside;
mod key;
mod known;
mod sweep;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;

use super::runtime::Answer;

#[cfg(test)]
use key::Common;
pub use key::Key;
pub(super) use known::Known;
pub use sweep::{Removal, Swept, sweep};

/// The directory of results, relative to the project root.
pub const DIRECTORY: &str = ".lhp/cache/plugins";

/// Results are spread over directories, each of which may hold so much (bytes); 256 MiB in all.
const SHARD: u64 = 1 << 20;

/// A result that was not used for so long counts as unused from now on.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// The results of a project.
#[derive(Debug)]
pub struct Results {
    directory: PathBuf,
    /// Whether the directory is the project's own.
    is_inside: bool,
    gathered: Mutex<Gathered>,
}

/// What a compile learned about results.
#[derive(Debug, Default)]
pub struct Gathered {
    directory: PathBuf,
    /// New results with their files' texts.
    fresh: Vec<(Key, String)>,
    /// Results that were of use, and have not been for a while.
    used: Vec<Key>,
    /// Results that are not what the plugin answers now.
    wrong: Vec<Key>,
    /// Requests that were answered without the plugin.
    pub hits: usize,
}

/// A new result, on its way to its file.
#[derive(Debug)]
pub(super) struct Fresh {
    key: Key,
    text: String,
}

impl Results {
    /// The results of the project at `root`.
    pub(super) fn of(root: &Path) -> Self {
        let directory = root.join(DIRECTORY);
        let gathered = Mutex::new(Gathered { directory: directory.clone(), ..Gathered::default() });
        Self { gathered, is_inside: inside::check(root, &directory).is_ok(), directory }
    }

    /// The code of an action, if it is known. Its tokens are those of the request.
    pub(super) fn look(&self, key: &Key) -> Option<Answer> {
        self.find(key, entry::read)
    }

    /// The result of a question, if it is known.
    pub(super) fn look_up(&self, key: &Key) -> Option<Json> {
        self.find(key, entry::read_result)
    }

    fn find<T>(&self, key: &Key, read: impl FnOnce(&str, &Key) -> Option<T>) -> Option<T> {
        if !self.is_inside {
            return None;
        }
        let path = self.directory.join(key.path());
        let metadata =
            std::fs::metadata(&path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= SHARD)?;
        let answer = read(&std::fs::read_to_string(&path).ok()?, key)?;
        let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.hits += 1;
        if age.is_some_and(|age| age > FRESH) {
            gathered.used.push(key.clone());
        }
        Some(answer)
    }

    /// Notes an answer that can be given again. `plugin` is for people who look into the file.
    pub(super) fn learn(&self, fresh: Fresh) {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).fresh.push((fresh.key, fresh.text));
    }

    /// Notes that the known answer is not what the plugin answers.
    pub(super) fn doubt(&self, key: &Key) {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).wrong.push(key.clone());
    }

    /// What was learned since the last call.
    pub fn gathered(&self) -> Gathered {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = Gathered { directory: self.directory.clone(), ..Gathered::default() };
        std::mem::replace(&mut gathered, nothing)
    }
}

impl Fresh {
    /// The code that was made for a request. None if it is too large to be kept, or has errors.
    pub fn of(key: &Key, plugin: &str, answer: &Answer) -> Option<Self> {
        Self::with(key, entry::text(key, plugin, answer)?)
    }

    /// The result of a question. None if it is too large to be kept.
    pub fn of_result(key: &Key, plugin: &str, result: &Json) -> Option<Self> {
        Self::with(key, entry::result_text(key, plugin, result)?)
    }

    fn with(key: &Key, text: String) -> Option<Self> {
        (text.len() as u64 <= SHARD).then(|| Self { key: key.clone(), text })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { body: body.to_owned(), ..Answer::default() }
    }

    fn known(root: &Path, body: &str) -> Key {
        let key = Common::for_tests("plugin").key(&json!({"spec": body}));
        let results = Results::of(root);
        results.learn(Fresh::of(&key, "lhp-feed 1.0.0", &answer(body)).unwrap());
        assert!(results.look(&key).is_none(), "nothing is written by a compile");
        results.gathered().write().unwrap();
        key
    }

    #[test]
    fn what_was_learned_is_known_afterwards() {
        let root = tempfile::tempdir().unwrap();
        let key = known(root.path(), "a = 1");
        assert_eq!(Results::of(root.path()).look(&key), Some(answer("a = 1")));
        assert_eq!(Results::of(root.path()).look(&Common::for_tests("other").key(&json!({}))), None);
    }

    #[test]
    fn a_damaged_file_counts_as_absent() {
        let root = tempfile::tempdir().unwrap();
        let key = known(root.path(), "a = 1");
        let path = root.path().join(DIRECTORY).join(key.path());
        let whole = std::fs::read_to_string(&path).unwrap();
        let other = Common::for_tests("other").key(&json!({}));
        for damaged in [
            String::new(),
            whole.chars().take(whole.len() / 2).collect(),
            whole.replace("a = 1", "a = 2"),
            whole.replace(key.digits(), other.digits()),
            "[]".to_owned(),
        ] {
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(Results::of(root.path()).look(&key), None, "{damaged}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(Results::of(root.path()).look(&key), None);
    }

    #[test]
    fn a_result_that_is_doubted_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let key = known(root.path(), "a = 1");
        let results = Results::of(root.path());
        results.doubt(&key);
        results.gathered().write().unwrap();
        assert_eq!(results.look(&key), None);
    }

    #[test]
    fn what_is_used_after_a_day_counts_as_used_again() {
        let root = tempfile::tempdir().unwrap();
        let key = known(root.path(), "a = 1");
        let path = root.path().join(DIRECTORY).join(key.path());
        let old = SystemTime::now() - FRESH * 3;
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        let results = Results::of(root.path());
        assert!(results.look(&key).is_some());
        results.gathered().write().unwrap();
        assert!(std::fs::metadata(&path).unwrap().modified().unwrap() > old + FRESH);
    }
}
