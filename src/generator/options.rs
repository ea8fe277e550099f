//! Reader options whose value is hardly meant: an option is text, a number or a boolean for Spark.

use crate::emit::literal::python_str;
use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Value};

rules! {
    /// An option of a load has no value.
    ///
    /// ## Why
    /// An option without a value is handed to the reader as the text `None`, which is hardly meant and
    /// mostly refused when the pipeline runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   cloudFiles.rescuedDataColumn:
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   cloudFiles.rescuedDataColumn: _rescued
    /// ```
    pub static NULL_OPTION: Rule = Rule::new("LHP-VAL-010", "option-without-value").advice();
    /// An option of a load holds a list or a mapping.
    ///
    /// ## Why
    /// Options are texts for Spark. A list becomes its form in Python, such as `['id', 'day']`, which no
    /// reader understands.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   cloudFiles.partitionColumns: [year, month]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   cloudFiles.partitionColumns: "year,month"
    /// ```
    pub static STRUCTURED_OPTION: Rule = Rule::new("LHP-CFG-080", "structured-option").advice();
}

/// Remarks on options that become another text than their author may think. Options named in `other` are no such text.
pub fn advise(action: &Action, key: &str, other: &[&str], report: &mut Report) {
    let options = action.setting(key).and_then(Node::as_mapping);
    let entries = options.into_iter().flat_map(|options| &options.entries);
    for entry in entries.filter(|entry| !entry.key.as_str().is_some_and(|name| other.contains(&name))) {
        let (rule, what, help) = match &entry.value.value {
            Value::Null => (&NULL_OPTION, "has no value".to_owned(), "give the option a value, or remove it"),
            Value::Sequence(_) | Value::Mapping(_) => (
                &STRUCTURED_OPTION,
                format!("holds {}", entry.value.kind()),
                "write the text that the reader expects, in quotes",
            ),
            _ => continue,
        };
        let shown = python_str(&entry.value).display();
        report.push(
            Diagnostic::advice(rule, format!("option `{}` {what}", python_str(&entry.key).display()))
                .at(&entry.value, format!("becomes the text `{shown}`"))
                .help(help),
        );
    }
}
