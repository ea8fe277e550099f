//! Why a plan cannot be applied, in the user's terms.
//!
//! In: a path and what is wrong with it. Out: a diagnostic.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::report::{Diagnostic, Rule, rules};

rules! {
    /// The output directory holds, or could hold, files that are not generated: it is or contains the
    /// project, its sources, the home directory, `.git` or `.lhp`, or it is no directory at all.
    ///
    /// ## Why
    /// A run removes generated files that are no longer needed. In such a directory it could remove
    /// what you wrote.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e dev --output pipelines
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp generate -e dev --output build/dev
    /// ```
    pub static OUTPUT_NOT_OURS: Rule = Rule::new("LHP-IO-030", "output-not-ours");
    /// A generated file would replace a file in the output directory that `lhp` did not generate.
    ///
    /// ## Why
    /// In a directory that you chose with `--output` other files may stand beside generated ones. What
    /// `lhp` did not write, it does not replace.
    ///
    /// ## Right
    /// Move or delete the file that the message names, rename the flowgroup, or choose another
    /// directory:
    /// ```sh
    /// lhp generate -e dev --output build/dev
    /// ```
    pub static FILE_NOT_OURS: Rule = Rule::new("LHP-IO-030", "file-not-ours");
    /// The operating system refuses to read, write or remove a file of the output, or another run holds
    /// the project.
    ///
    /// ## Why
    /// Files are replaced all together or not at all. If one of them cannot be written, those that were
    /// there before stay.
    ///
    /// ## Right
    /// The message says what is in the way: mostly a missing permission, a full disk, or another `lhp`
    /// that still runs in the same project. Remove it, and run again.
    pub static CANNOT_WRITE: Rule = Rule::new("LHP-IO-031", "cannot-write");
    /// The path of a generated file is not allowed: it leaves its directory, it is the same as another
    /// one, or it would need a file to be a directory.
    ///
    /// ## Why
    /// Files would replace each other, or be written where nobody expects generated files.
    ///
    /// ## Right
    /// Paths are made from the names of pipelines, flowgroups and Python modules. Rename the one that
    /// the message shows.
    pub static INVALID_OUTPUT_PATH: Rule = Rule::new("LHP-IO-031", "invalid-output-path");
    /// A file that is about to be rewritten is no longer what it was when it was read.
    ///
    /// ## Why
    /// Somebody, for example an editor, has saved it while the command was at work. Writing it now
    /// would lose that change.
    ///
    /// ## Right
    /// Run the command again:
    /// ```sh
    /// lhp fix
    /// ```
    pub static CHANGED_MEANWHILE: Rule = Rule::new("LHP-IO-031", "changed-meanwhile");
    /// Something stands where a generated file or directory belongs: a file in place of a directory, a
    /// directory in place of a file, or a symbolic link.
    ///
    /// ## Why
    /// `lhp` did not put it there, so it does not remove it. It does not write through links inside its
    /// output either, since they could lead anywhere.
    ///
    /// ## Right
    /// Move or delete what the message names, or rename the pipeline or flowgroup.
    pub static PATH_IN_THE_WAY: Rule = Rule::new("LHP-IO-031", "path-in-the-way");
    /// The list of generated files, `.lhp-manifest.json`, cannot be used: it was cut off, edited, merged
    /// by hand, or written by a later version.
    ///
    /// ## Why
    /// The list tells which files of the output directory `lhp` may replace and remove. Without it, files
    /// of an earlier run that are no longer needed stay, rather than something being deleted that is
    /// yours.
    ///
    /// ## Right
    /// Run `lhp generate` once, which writes the list anew. Then remove files of flowgroups that are gone,
    /// if there are any. If the directory is under version control, do not merge the list: generate again.
    pub static DAMAGED_MANIFEST: Rule = Rule::new("LHP-IO-032", "damaged-manifest");
}

/// An operation that the operating system refused. `verb` completes "cannot …".
pub(super) fn cannot(verb: &str, path: &Path, error: &io::Error) -> Diagnostic {
    let path = path.display();
    let (reason, help) = match error.kind() {
        ErrorKind::StorageFull => ("the disk is full".to_owned(), "free some space and run again".to_owned()),
        ErrorKind::QuotaExceeded => {
            ("the disk quota is used up".to_owned(), "free some space and run again".to_owned())
        }
        ErrorKind::PermissionDenied => (
            "permission denied".to_owned(),
            format!("give yourself permission to read and write `{path}` and the directory that holds it"),
        ),
        ErrorKind::ReadOnlyFilesystem => {
            ("the file system is read-only".to_owned(), "choose an output directory that can be written".to_owned())
        }
        ErrorKind::InvalidFilename => {
            ("the name is too long or not allowed".to_owned(), "shorten the names that make up this path".to_owned())
        }
        ErrorKind::NotFound => (
            "it does not exist".to_owned(),
            "check whether another program changes the output directory, and run again".to_owned(),
        ),
        _ => (error.to_string(), "remove what prevents it, and run again".to_owned()),
    };
    Diagnostic::error(&CANNOT_WRITE, format!("cannot {verb} `{path}`: {reason}")).help(help)
}

/// A file that somebody else changed during the run.
pub(super) fn changed_meanwhile(path: &Path) -> Diagnostic {
    Diagnostic::error(&CHANGED_MEANWHILE, format!("`{}` has changed since it was read", path.display()))
        .help("check whether another program changes the file, and run again")
}

/// Another run does not come to an end.
pub(super) fn locked(project_root: &Path) -> Diagnostic {
    Diagnostic::error(
        &CANNOT_WRITE,
        format!("another program has locked the project directory `{}`", project_root.display()),
    )
    .help("wait for the other run in this project to end, or end it")
}

/// A path that must not be part of a plan.
pub(super) fn invalid_path(path: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(&INVALID_OUTPUT_PATH, format!("the output path `{}` {reason}", path.escape_debug()))
        .help("change the names of the pipeline, flowgroup or helper that make up this path")
}

/// Something on disk stands where the plan needs something else.
pub(super) fn in_the_way(path: &Path, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error(&PATH_IN_THE_WAY, format!("`{}` {what}", path.display())).help(help)
}

/// A list of generated files that proves nothing, and why. It is made anew by every run.
pub(super) fn unusable_list(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::warning(&DAMAGED_MANIFEST, format!("the list of generated files `{}` {what}", path.display())).help(
        "files that only this list knew to be generated are kept: remove them yourself if they are no longer needed",
    )
}

/// Files in a user's directory that a run would replace without being allowed to.
pub(super) fn foreign_targets(root: &Path, paths: &[String]) -> Diagnostic {
    let first = paths.first().map_or_else(|| root.to_path_buf(), |path| root.join(path));
    let others = match paths.len().saturating_sub(1) {
        0 => String::new(),
        1 => " (and 1 other file)".to_owned(),
        count => format!(" (and {count} other files)"),
    };
    Diagnostic::error(
        &FILE_NOT_OURS,
        format!("`{}`{others} would be replaced, but was not generated by lhp", first.display()),
    )
    .help("move or delete it, or choose another output directory")
}
