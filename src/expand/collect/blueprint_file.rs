//! A file among the blueprints: its documents go in, the one blueprint that it holds comes out.

use super::{FileContent, first_key, is_blueprint};
use crate::check::check_file;
use crate::model::FileKind;
use crate::project::Documents;
use crate::report::{Diagnostic, Rule, rules};
use crate::source::Span;
use crate::syntax::Value;

rules! {
    /// A file among the blueprints has no content, or only comments.
    ///
    /// ## Why
    /// Such a file is most often forgotten or was emptied by mistake, and instances of the blueprint
    /// would fail.
    ///
    /// ## Wrong
    /// ```yaml
    /// # blueprints/shop.yaml
    /// # to be written
    /// ```
    ///
    /// ## Right
    /// Define a blueprint in the file, or delete the file.
    pub static EMPTY_BLUEPRINT: Rule = Rule::new("LHP-CFG-047", "empty-blueprint");
    /// A file among the blueprints has several documents.
    ///
    /// ## Why
    /// Only one blueprint is read from a file, so the others would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: shop
    /// parameters: []
    /// flowgroups: []
    /// ---
    /// name: branch
    /// parameters: []
    /// flowgroups: []
    /// ```
    ///
    /// ## Right
    /// Move the second document to a file of its own, such as `blueprints/branch.yaml`.
    pub static BLUEPRINT_NOT_ALONE: Rule = Rule::new("LHP-CFG-048", "blueprint-not-alone");
    /// A file among the blueprints is not a blueprint: it lacks `parameters` or `flowgroups`, or has
    /// `actions`.
    ///
    /// ## Why
    /// A file there makes nothing by itself, so a flowgroup in this place would be lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// # blueprints/shop.yaml
    /// name: shop
    /// flowgroups: []
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # blueprints/shop.yaml
    /// name: shop
    /// parameters: []
    /// flowgroups: []
    /// ```
    pub static NOT_A_BLUEPRINT: Rule = Rule::new("LHP-CFG-049", "not-a-blueprint");
}

/// Reads the blueprint of a file.
pub(super) fn read(documents: Documents, content: &mut FileContent) {
    let Documents { file, documents } = documents;
    let mut documents = documents.into_iter().filter(|node| !matches!(node.value, Value::Null));
    let Some(node) = documents.next() else {
        content.report.push(
            Diagnostic::error(&EMPTY_BLUEPRINT, "this blueprint file is empty")
                .label(Span::start_of(file), "no blueprint here")
                .help("define a blueprint, or delete the file"),
        );
        return;
    };
    if let Some(second) = documents.next() {
        content.report.push(
            Diagnostic::error(&BLUEPRINT_NOT_ALONE, "a blueprint must be the only document of its file")
                .label(first_key(&second), "the second document")
                .help("move each blueprint to a file of its own"),
        );
        return;
    }
    if !is_blueprint(&node) {
        content.report.push(
            Diagnostic::error(&NOT_A_BLUEPRINT, "this file stands among the blueprints but is not one")
                .label(Span::start_of(file), "a blueprint has `parameters:` and `flowgroups:`, and no `actions:`")
                .help("add the missing keys (`parameters: []` if there are none), or move the file to `pipelines/`"),
        );
        return;
    }
    let found = check_file(FileKind::Blueprint, &node);
    let usable = !found.iter().any(Diagnostic::is_error);
    content.report.diagnostics.extend(found);
    if usable {
        content.blueprint = Some(node);
    }
}
