//! The rules of YAML that a text can break, and the diagnostics of those that need no look at the text.

use crate::report::{Diagnostic, Rule, rules};
use crate::source::Span;

/// A fault is boxed, because it is rare and a result that may hold one is returned for every node.
pub(super) type Fault = Box<Diagnostic>;

rules! {
    /// A file is not valid YAML.
    ///
    /// ## Why
    /// Nothing of the file can be read. The usual causes are a missing quote, indentation that does not
    /// fit, a tab, or text without quotes that contains `: ` or starts with `%` or `@`.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: "sales
    /// table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: "sales"
    /// table: orders
    /// ```
    pub(super) static YAML_SYNTAX: Rule = Rule::new("LHP-CFG-009", "yaml-syntax");
    /// A value has a tag, as in `!name`, that has no meaning here.
    ///
    /// ## Why
    /// Tags belong to other tools, which put something in the place of the value. Here values that
    /// depend on the environment are tokens, and secrets have a form of their own.
    ///
    /// ## Wrong
    /// ```yaml
    /// table: !env ORDERS
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table: ${orders}
    /// ```
    pub(super) static UNKNOWN_TAG: Rule = Rule::new("LHP-CFG-009", "unknown-tag");
    /// A tag such as `!!str` stands before a value of another kind.
    ///
    /// ## Why
    /// The tag says how the value is to be read, and that is not possible.
    ///
    /// ## Wrong
    /// ```yaml
    /// cluster_columns: !!str [order_id]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// cluster_columns: [order_id]
    /// ```
    pub(super) static TAG_MISMATCH: Rule = Rule::new("LHP-CFG-009", "tag-mismatch");
    /// An alias, as in `*name`, has no anchor, as in `&name`, before it in the same document.
    ///
    /// ## Why
    /// An alias repeats the value of its anchor. Text that merely starts with `*` needs quotes.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: { type: delta, catalog: sales, schema: raw, table: *orders }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: { type: delta, catalog: sales, schema: raw, table: &orders orders }
    /// write_target: { type: streaming_table, catalog: sales, schema: bronze, table: *orders }
    /// ```
    pub(super) static UNDEFINED_ALIAS: Rule = Rule::new("LHP-CFG-009", "undefined-alias");
    /// Two anchors of one document have the same name.
    ///
    /// ## Why
    /// It would depend on the place of an alias which of the two values it repeats.
    ///
    /// ## Wrong
    /// ```yaml
    /// catalog: &here dev_catalog
    /// schema: &here sales
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: &catalog dev_catalog
    /// schema: &schema sales
    /// ```
    pub(super) static DUPLICATE_ANCHOR: Rule = Rule::new("LHP-CFG-009", "duplicate-anchor");
    /// A list or mapping contains an alias of itself.
    ///
    /// ## Why
    /// The value would have no end.
    ///
    /// ## Wrong
    /// ```yaml
    /// table_properties: &properties
    ///   quality: bronze
    ///   all: *properties
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table_properties: &properties
    ///   quality: bronze
    /// ```
    pub(super) static SELF_REFERENCE: Rule = Rule::new("LHP-CFG-009", "self-reference");
    /// A list or a mapping stands where a key is expected. Most often this is `{{ name }}` or `{name}`
    /// without quotes.
    ///
    /// ## Why
    /// Braces start a mapping in YAML, so text with braces at its beginning needs quotes.
    ///
    /// ## Wrong
    /// ```yaml
    /// table: {{ table }}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table: "{{ table }}"
    /// ```
    pub(super) static UNHASHABLE_KEY: Rule = Rule::new("LHP-CFG-009", "unhashable-key");
    /// A value has the form of a date or a number, but there is no such date or number.
    ///
    /// ## Why
    /// YAML reads plain text of certain forms as dates and numbers. Text needs quotes there.
    ///
    /// ## Wrong
    /// ```yaml
    /// comment: 2024-02-30
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// comment: "2024-02-30"
    /// ```
    pub(super) static INVALID_SCALAR: Rule = Rule::new("LHP-CFG-009", "invalid-scalar");
    /// The value of a merge key, `<<`, is neither a mapping nor a list of mappings.
    ///
    /// ## Why
    /// `<<` takes over the keys of another mapping, so there must be one.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   <<: dev_catalog
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   source: &sales { type: delta, catalog: dev_catalog, schema: sales, table: orders }
    /// - name: load_items
    ///   source: { <<: *sales, table: items }
    /// ```
    pub(super) static INVALID_MERGE: Rule = Rule::new("LHP-CFG-009", "invalid-merge");
    /// The same key is written twice in one mapping. The last value counts.
    ///
    /// ## Why
    /// The first value has no effect, although it looks as if it had. Often one of the two was copied
    /// and was to get another name.
    ///
    /// ## Wrong
    /// ```yaml
    /// table: orders
    /// comment: Orders
    /// comment: Orders of the shop
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table: orders
    /// comment: Orders of the shop
    /// ```
    pub(super) static DUPLICATE_KEY: Rule = Rule::new("LHP-YML-001", "duplicate-key").advice();
    /// A file is so deep or so large that reading it could exhaust memory: lists and mappings are nested
    /// more than 128 levels deep, or there are more than a million keys and values, aliases included.
    ///
    /// ## Why
    /// Aliases of aliases can make a short file stand for an endless amount of values. Real projects
    /// stay far below these limits.
    ///
    /// ## Wrong
    /// ```yaml
    /// a: &a [x, x, x, x, x, x, x, x, x, x]
    /// b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]    # and so on, ten times more each line
    /// ```
    ///
    /// ## Right
    /// Nest less deeply, use fewer aliases of large values, or split the file.
    pub(super) static LIMIT_EXCEEDED: Rule = Rule::new("LHP-YML-002", "limit-exceeded");
}

/// A list or mapping where a key must stand.
pub(super) fn unhashable_key(kind: &str, span: Span, written: &str) -> Fault {
    let help = if written.starts_with("{{") {
        format!("put the value in quotes, so that YAML does not read its braces: `\"{written}\"`")
    } else if written.starts_with(['{', '[']) {
        format!("put it in quotes if it is text: `\"{written}\"`")
    } else {
        "use text, a number, a boolean or a date as the key; put text like `{{ x }}` or `{x}` in quotes".to_owned()
    };
    let fault = Diagnostic::error(&UNHASHABLE_KEY, format!("{kind} cannot be the key of a mapping"));
    Box::new(fault.label(span, "used as a key here").help(help))
}

/// A limit that a text exceeds.
pub(super) fn limit_exceeded(what: String, span: Span, help: &str) -> Fault {
    Box::new(Diagnostic::error(&LIMIT_EXCEEDED, what).label(span, "the limit is reached here").help(help))
}
