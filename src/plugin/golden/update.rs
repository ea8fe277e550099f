//! Expectations become what was made. Each file is replaced as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::case::{Case, Expectation};
use super::compare::{self, pretty, read_files};
use super::finding;
use super::project::Made;

/// Writes what was made into the directory of a case, and removes what is not expected any more. Gives the paths of
/// what changed.
pub fn update(case: &Case, made: &Made) -> io::Result<Vec<String>> {
    let mut changed = Vec::new();
    let texts = [
        (Expectation::Python, made.python.clone()),
        (Expectation::Json, made.json.as_ref().map(pretty)),
        (Expectation::Diagnostics, Some(finding::document(&made.findings)).filter(|text| !text.is_empty())),
    ];
    for (expectation, text) in texts {
        let path = case.path(expectation.name());
        // An author may expect only some keys of a finding.
        let still_right =
            expectation == Expectation::Diagnostics && path.exists() && compare::findings(case, made).is_none();
        match text {
            _ if still_right => continue,
            Some(text) if fs::read(&path).ok().as_deref() == Some(text.as_bytes()) => continue,
            Some(text) => replace(&path, text.as_bytes())?,
            None if path.exists() => fs::remove_file(&path)?,
            None => continue,
        }
        changed.push(expectation.name().to_owned());
    }
    let root = case.path(Expectation::Files.name());
    let known = read_files(&root);
    for (path, content) in made.files.iter().filter(|(path, content)| known.get(*path) != Some(content)) {
        replace(&root.join(path), content)?;
        changed.push(format!("{}/{path}", Expectation::Files.name()));
    }
    for path in known.keys().filter(|path| !made.files.contains_key(*path)) {
        fs::remove_file(root.join(path))?;
        changed.push(format!("{}/{path}", Expectation::Files.name()));
    }
    if made.files.is_empty() && root.is_dir() {
        fs::remove_dir_all(&root)?;
    }
    Ok(changed)
}

/// Gives a file new content in one step.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut temporary = tempfile::Builder::new().prefix(".lhp-").tempfile_in(directory)?;
    temporary.write_all(content)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_or(0o644, |known| known.permissions().mode());
        temporary.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    temporary.persist(path).map(drop).map_err(|error| error.error)
}
