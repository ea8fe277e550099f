//! How a value got to where it is used: the chain of steps between its text and its flowgroup.

use std::sync::Arc;

use crate::source::Span;

/// One step of an origin chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value is written in a template; the span shows where the template is used.
    Template(Arc<str>),
    /// The value came through a template parameter; the span shows the argument.
    TemplateParameter(Arc<str>),
    /// The value is written in a preset; the span shows where the preset is listed.
    Preset(Arc<str>),
    /// The value is written in a blueprint; the span shows the instance.
    Blueprint(Arc<str>),
    /// Part of the text is a local variable; the span shows its definition.
    Variable(Arc<str>),
    /// Part of the text is an environment token; the span shows its definition.
    Token(Arc<str>),
    /// The value is inherited from the document that holds an array of flowgroups.
    Document,
}

/// A link of an origin chain: the latest step first.
///
/// Chains are shared: all values that one step brought in hold the same link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    pub step: Step,
    pub span: Span,
    pub earlier: Option<Arc<Via>>,
}

impl Via {
    /// Puts a step on top of a chain.
    pub fn new(step: Step, span: Span, earlier: Option<Arc<Via>>) -> Arc<Self> {
        Arc::new(Self { step, span, earlier })
    }

    /// The links from the latest step to the earliest.
    pub fn chain(self: &Arc<Self>) -> impl Iterator<Item = &Via> {
        std::iter::successors(Some(self.as_ref()), |via| via.earlier.as_deref())
    }
}
