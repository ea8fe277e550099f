//! The files of a pipeline: modules, hooks and copies go in, each path with its one content comes out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::report::{Diagnostic, Rule, rules};
use crate::source::Span;

rules! {
    /// Two files of a pipeline would be written to one place.
    ///
    /// ## Why
    /// One of them would replace the other without a word, so nothing is written.
    ///
    /// ## Right
    /// Rename the flowgroup or the Python module that the message shows. If it shows none, this is a fault
    /// of `lhp`, not of your project: please report it.
    pub static OCCUPIED_PATH: Rule = Rule::new("LHP-VAL-019", "occupied-path");
}

/// A file and where the project asks for it; nowhere in particular if it belongs to the pipeline as a whole.
struct Occupant {
    content: String,
    asked: Option<Span>,
}

/// Files by path. A path that is taken stays taken.
#[derive(Default)]
pub(super) struct Files {
    by_path: BTreeMap<String, Occupant>,
}

impl Files {
    /// Adds a file, unless there is one at its path already.
    ///
    /// # Errors
    /// The path is taken: the file that was there first stays.
    pub fn insert(&mut self, path: String, content: String, asked: Option<Span>) -> Result<(), Box<Diagnostic>> {
        match self.by_path.entry(path) {
            Entry::Vacant(place) => {
                place.insert(Occupant { content, asked });
                Ok(())
            }
            Entry::Occupied(taken) => Err(Box::new(occupied(taken.key(), taken.get().asked, asked))),
        }
    }

    /// Contents by path.
    pub fn into_contents(self) -> BTreeMap<String, String> {
        self.by_path.into_iter().map(|(path, occupant)| (path, occupant.content)).collect()
    }
}

fn occupied(path: &str, first: Option<Span>, second: Option<Span>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(&OCCUPIED_PATH, format!("two files would both be written to `{path}`"));
    for (place, text) in [(second, "asks for the one"), (first, "asks for the other")] {
        if let Some(span) = place {
            diagnostic = diagnostic.label(span, text);
        }
    }
    diagnostic.help(match (first, second) {
        (None, None) => "this is a fault of lhp; please report it",
        _ => "rename what is named here",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn span(start: usize) -> Option<Span> {
        let file = SourceMap::new("/").add("pipelines/a.yaml", "flowgroup: a");
        Some(Span::new(file, start, start + 1))
    }

    #[test]
    fn a_taken_path_is_refused_whoever_asks() {
        let mut files = Files::default();
        files.insert("p/a.py".to_owned(), "first".to_owned(), None).unwrap();
        let clash = files.insert("p/a.py".to_owned(), "second".to_owned(), span(3)).unwrap_err();
        assert_eq!(clash.rule, &OCCUPIED_PATH);
        assert_eq!(clash.message, "two files would both be written to `p/a.py`");
        assert_eq!(clash.labels.iter().map(|label| label.span.start).collect::<Vec<_>>(), [3]);
        assert_eq!(clash.help.as_deref(), Some("rename what is named here"));
        assert_eq!(files.into_contents(), BTreeMap::from([("p/a.py".to_owned(), "first".to_owned())]));
    }

    #[test]
    fn both_places_are_shown() {
        let mut files = Files::default();
        files.insert("a".to_owned(), String::new(), span(1)).unwrap();
        let clash = files.insert("a".to_owned(), String::new(), span(5)).unwrap_err();
        assert_eq!(clash.labels.iter().map(|label| label.span.start).collect::<Vec<_>>(), [5, 1]);
    }
}
