//! A module that is copied by itself: its text goes in; the text of the copy comes out. Imports stay as they are.

use std::path::Path;

use super::closure::Member;
use super::{Layout, header, lay_out, rewrite, secrets};
use crate::expand::substitution::Source;
use crate::report::Diagnostic;
use crate::source::FileId;

/// The copy of a module, with tokens and secrets resolved. None if the module cannot be copied; the diagnostics say
/// why.
pub fn copy_alone(
    file: FileId,
    source: &Source<'_>,
    layout: Layout,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let before = diagnostics.len();
    let written = source.sources.get(file);
    let path = Path::new(&written.path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let member = Member::parse(name.into_owned(), file, source.sources, diagnostics)?;
    let text = rewrite::rewrite(&written.text, &member, source, diagnostics);
    let text = secrets::resolve(text, file, source, diagnostics);
    let place = header::place(&written.path, path.parent().unwrap_or(path), &member.relative);
    let failed = diagnostics.iter().skip(before).any(Diagnostic::is_error);
    (!failed).then(|| lay_out(header::with_header(&place, &text), layout))
}
