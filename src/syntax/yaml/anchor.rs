//! Anchors and aliases of one document: `&name` remembers a value, `*name` repeats it.

use rustc_hash::FxHashMap;

use super::fault::{DUPLICATE_ANCHOR, Fault, SELF_REFERENCE, UNDEFINED_ALIAS};
use crate::report::{Diagnostic, did_you_mean};
use crate::source::Span;
use crate::syntax::Node;

/// A value that aliases may repeat.
#[derive(Debug)]
pub(super) struct Anchored {
    pub node: Node,
    /// Levels of lists and mappings in the value.
    pub height: usize,
    /// Keys and values of which it consists.
    pub nodes: usize,
}

#[derive(Debug)]
struct Anchor {
    span: Span,
    /// Absent while the value is being read.
    value: Option<Anchored>,
}

/// The anchors of a document so far.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    by_name: FxHashMap<Box<str>, Anchor>,
}

impl Anchors {
    /// Forgets all anchors, because a document ends.
    pub fn clear(&mut self) {
        self.by_name.clear();
    }

    /// Notes that the value of an anchor starts.
    pub fn open(&mut self, name: &str, span: Span) -> Result<(), Fault> {
        if let Some(earlier) = self.by_name.get(name) {
            let fault = Diagnostic::error(&DUPLICATE_ANCHOR, format!("anchor `{name}` is defined twice in a document"))
                .label(span, "defined again here")
                .label(earlier.span, "first defined here")
                .help("give one of the two anchors another name");
            return Err(Box::new(fault));
        }
        self.by_name.insert(name.into(), Anchor { span, value: None });
        Ok(())
    }

    /// Notes the value of an open anchor.
    pub fn close(&mut self, name: &str, value: Anchored) {
        if let Some(anchor) = self.by_name.get_mut(name) {
            anchor.value = Some(value);
        }
    }

    /// The value that an alias repeats.
    pub fn get(&self, name: &str, alias: Span) -> Result<&Anchored, Fault> {
        let Some(anchor) = self.by_name.get(name) else {
            let known = did_you_mean(name, self.by_name.keys().map(AsRef::as_ref));
            let help = match known {
                Some(known) => format!("did you mean `*{known}`?"),
                None => format!(
                    "define it earlier in the same document with `&{name}`, or put the value in quotes if `*` is \
                     part of the text"
                ),
            };
            let fault = Diagnostic::error(&UNDEFINED_ALIAS, format!("alias `*{name}` has no anchor"))
                .label(alias, "used here")
                .help(help);
            return Err(Box::new(fault));
        };
        anchor.value.as_ref().ok_or_else(|| {
            let fault = Diagnostic::error(&SELF_REFERENCE, format!("the value of anchor `{name}` contains itself"))
                .label(alias, "repeated here")
                .label(anchor.span, "the value has its anchor here")
                .help("move the alias out of the value it names");
            Box::new(fault)
        })
    }
}
