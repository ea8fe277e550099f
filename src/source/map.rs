//! The source map: each file is read once and kept for the whole compile.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileId, Location, PathKind, Span};

/// Files larger than this are refused (bytes).
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// One file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// As shown to people: relative to the project root where possible, with `/`.
    pub path: String,
    /// The whole text. A leading byte-order mark is kept so that offsets stay true.
    pub text: String,
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn new(path: String, text: String) -> Self {
        Self { path, text, lines: OnceLock::new() }
    }

    /// Byte offsets at which lines start.
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1)).collect()
        })
    }

    /// The 1-based line and column (in characters) of a byte offset.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(end.saturating_sub(start), |text| text.chars().count());
        (line, column + 1)
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadProblem {
    Missing,
    Denied,
    NotUtf8,
    /// Something that is no file stands there.
    NotAFile(PathKind),
    TooLarge {
        bytes: u64,
    },
    Other(std::io::ErrorKind),
}

impl ReadProblem {
    /// Whether there is nothing to read: no file, or a link that leads nowhere.
    pub fn is_absence(self) -> bool {
        matches!(self, Self::Missing | Self::NotAFile(PathKind::DeadLink))
    }
}

/// A file that could not be read, with the path as shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pub path: String,
    pub problem: ReadProblem,
    /// The first byte that is not UTF-8, in the text as far as it could be read.
    pub place: Option<Span>,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = &self.path;
        match self.problem {
            ReadProblem::Missing => write!(formatter, "file `{path}` does not exist"),
            ReadProblem::Denied => write!(formatter, "file `{path}` may not be read: permission denied"),
            ReadProblem::NotUtf8 => write!(formatter, "file `{path}` is not UTF-8"),
            ReadProblem::NotAFile(PathKind::DeadLink) => write!(formatter, "`{path}` is a link that leads nowhere"),
            ReadProblem::NotAFile(kind) => write!(formatter, "`{path}` is {kind}, not a file"),
            ReadProblem::TooLarge { bytes } => write!(
                formatter,
                "file `{path}` has {bytes} bytes; files of more than {MAX_FILE_BYTES} bytes are refused"
            ),
            ReadProblem::Other(kind) => write!(formatter, "file `{path}` cannot be read: {kind}"),
        }
    }
}

#[derive(Debug, Default)]
struct Files {
    list: Vec<Arc<SourceFile>>,
    by_path: FxHashMap<PathBuf, Result<FileId, ReadError>>,
}

/// All files of one compile. Shared between threads; reading the same path twice gives the same id.
#[derive(Debug)]
pub struct SourceMap {
    root: PathBuf,
    files: RwLock<Files>,
}

impl SourceMap {
    /// An empty map; paths are shown relative to `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), files: RwLock::default() }
    }

    /// The directory that relative paths start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file, or finds it if it was read before. Relative paths start from the root.
    pub fn load(&self, path: &Path) -> Result<FileId, ReadError> {
        let absolute = self.root.join(path);
        if let Some(known) = self.read_lock().by_path.get(&absolute) {
            return known.clone();
        }
        let outcome = read_bytes(&absolute);
        self.enter(absolute, outcome)
    }

    /// Takes bytes as the content of a file, whatever the disk holds at its path, if it was not read before.
    /// Relative paths start from the root.
    pub fn provide(&self, path: &Path, content: Vec<u8>) -> Result<FileId, ReadError> {
        let bytes = content.len() as u64;
        let outcome = if bytes > MAX_FILE_BYTES { Err(ReadProblem::TooLarge { bytes }) } else { Ok(content) };
        self.enter(self.root.join(path), outcome)
    }

    fn enter(&self, absolute: PathBuf, outcome: Result<Vec<u8>, ReadProblem>) -> Result<FileId, ReadError> {
        let shown = self.display_path(&absolute);
        let mut files = self.write_lock();
        if let Some(known) = files.by_path.get(&absolute) {
            return known.clone();
        }
        let entry = match outcome.map(String::from_utf8) {
            Ok(Ok(text)) => Ok(files.push(SourceFile::new(shown, text))),
            Ok(Err(error)) => {
                let start = error.utf8_error().valid_up_to();
                let readable = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = files.push(SourceFile::new(shown.clone(), readable));
                let place = Span::new(file, start, start + char::REPLACEMENT_CHARACTER.len_utf8());
                Err(ReadError { path: shown, problem: ReadProblem::NotUtf8, place: Some(place) })
            }
            Err(problem) => Err(ReadError { path: shown, problem, place: None }),
        };
        files.by_path.insert(absolute, entry.clone());
        entry
    }

    /// Why there is no file at a path, without reading it. Relative paths start from the root.
    pub fn missing(&self, path: &Path) -> Option<ReadError> {
        let absolute = self.root.join(path);
        let problem = refusal(&absolute)?;
        Some(ReadError { path: self.display_path(&absolute), problem, place: None })
    }

    /// Adds text that does not come from disk (standard input, tests).
    pub fn add(&self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        self.write_lock().push(SourceFile::new(path.into(), text.into()))
    }

    /// The same files, of which some have another text. Files that were read are not read again, and every id stays
    /// what it was; the new texts have new ids.
    #[must_use]
    pub fn with_texts(&self, changed: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let known = self.read_lock();
        let mut files = Files { list: known.list.clone(), by_path: known.by_path.clone() };
        for (path, text) in changed {
            let absolute = self.root.join(path);
            let id = files.push(SourceFile::new(self.display_path(&absolute), text));
            files.by_path.insert(absolute, Ok(id));
        }
        Self { root: self.root.clone(), files: RwLock::new(files) }
    }

    /// Paths of the files that were read, absolute and sorted.
    pub fn paths(&self) -> Vec<PathBuf> {
        let files = self.read_lock();
        let mut found: Vec<PathBuf> =
            files.by_path.iter().filter(|(_, read)| read.is_ok()).map(|(path, _)| path.clone()).collect();
        found.sort();
        found
    }

    /// Directories of the files that were read, sorted, the root excepted.
    pub fn directories(&self) -> Vec<PathBuf> {
        let files = self.read_lock();
        let parents: FxHashSet<&Path> = files.by_path.keys().filter_map(|path| path.parent()).collect();
        let mut found: Vec<PathBuf> =
            parents.into_iter().filter(|parent| *parent != self.root).map(Path::to_path_buf).collect();
        found.sort();
        found
    }

    /// All files that were read so far, in no particular order.
    pub fn ids(&self) -> Vec<FileId> {
        (0..self.read_lock().list.len()).map(|at| FileId(at as u32)).collect()
    }

    /// The file with this id. Ids come from this map, so an unknown id yields an empty file.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        let files = self.read_lock();
        files
            .list
            .get(id.0 as usize)
            .cloned()
            .unwrap_or_else(|| Arc::new(SourceFile::new(String::new(), String::new())))
    }

    /// Where a span starts, as people read it.
    pub fn location(&self, span: Span) -> Location {
        let file = self.get(span.file);
        let (line, column) = file.line_column(span.start);
        Location { path: file.path.clone(), line, column }
    }

    /// The first place inside a span where a text is written as it is, without escapes.
    pub fn find(&self, whole: Span, written: &str) -> Option<Span> {
        let file = self.get(whole.file);
        let text = file.text.get(whole.start as usize..whole.end as usize)?;
        let start = whole.start as usize + memchr::memmem::find(text.as_bytes(), written.as_bytes())?;
        Some(Span::new(whole.file, start, start + written.len()))
    }

    /// A path relative to the root where it lies below it, with `/` between its parts.
    pub fn display_path(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        shown.to_string_lossy().replace('\\', "/")
    }

    fn read_lock(&self) -> std::sync::RwLockReadGuard<'_, Files> {
        self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write_lock(&self) -> std::sync::RwLockWriteGuard<'_, Files> {
        self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Files {
    fn push(&mut self, file: SourceFile) -> FileId {
        let id = FileId(self.list.len() as u32);
        self.list.push(Arc::new(file));
        id
    }
}

fn problem_of(error: &std::io::Error) -> ReadProblem {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadProblem::Missing,
        std::io::ErrorKind::PermissionDenied => ReadProblem::Denied,
        kind => ReadProblem::Other(kind),
    }
}

/// Why there is no file to open at a path.
fn refusal(path: &Path) -> Option<ReadProblem> {
    match PathKind::of(path) {
        Ok(Some(PathKind::File)) => None,
        Ok(Some(kind)) => Some(ReadProblem::NotAFile(kind)),
        Ok(None) => Some(ReadProblem::Missing),
        Err(error) => Some(problem_of(&error)),
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadProblem> {
    let known = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let Some(metadata) = known else { return Err(refusal(path).unwrap_or(ReadProblem::Missing)) };
    if metadata.len() > MAX_FILE_BYTES {
        return Err(ReadProblem::TooLarge { bytes: metadata.len() });
    }
    // The size is known, so nobody has to ask for it again; the spare room lets one read come to the end.
    let mut content = Vec::with_capacity(metadata.len() as usize + 64);
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut content));
    read.map(|_| content).map_err(|error| problem_of(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let map = SourceMap::new("/");
        let file = map.add("a.yaml", "ä: b\nçd: e\n");
        let offset = "ä: b\nç".len();
        assert_eq!(map.location(Span::new(file, offset, offset + 1)).to_string(), "a.yaml:2:2");
        assert_eq!(map.location(Span::start_of(file)).to_string(), "a.yaml:1:1");
    }

    #[test]
    fn a_path_is_read_once() -> std::io::Result<()> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("a.sql"), "SELECT 1")?;
        let map = SourceMap::new(directory.path());
        let first = map.load(Path::new("a.sql"));
        std::fs::write(directory.path().join("a.sql"), "SELECT 2")?;
        assert_eq!(first, map.load(Path::new("a.sql")));
        assert_eq!(map.load(Path::new("b.sql")).map_err(|error| error.problem), Err(ReadProblem::Missing));
        Ok(())
    }

    #[test]
    fn a_copy_with_other_texts_leaves_the_original_alone() -> std::io::Result<()> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("a.sql"), "SELECT 1")?;
        let map = SourceMap::new(directory.path());
        let first = map.load(Path::new("a.sql"));
        let changed = map.with_texts([(PathBuf::from("a.sql"), "SELECT 2".to_owned())]);
        let text = |map: &SourceMap| map.load(Path::new("a.sql")).map(|file| map.get(file).text.clone());
        assert_eq!(text(&map).as_deref(), Ok("SELECT 1"));
        assert_eq!(text(&changed).as_deref(), Ok("SELECT 2"));
        assert_eq!(first.map(|file| changed.get(file).text.clone()).as_deref(), Ok("SELECT 1"));
        assert_eq!(changed.paths(), [directory.path().join("a.sql")]);
        Ok(())
    }

    #[test]
    fn the_first_byte_that_is_not_utf8_has_a_place() -> std::io::Result<()> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("a.sql"), b"SELECT 1\n-- Auftr\xe4ge")?;
        let map = SourceMap::new(directory.path());
        let error = map.load(Path::new("a.sql")).unwrap_err();
        assert_eq!(error.problem, ReadProblem::NotUtf8);
        assert_eq!(error.place.map(|place| map.location(place).to_string()), Some("a.sql:2:9".to_owned()));
        assert_eq!(map.load(Path::new("a.sql")), Err(error));
        Ok(())
    }
}
