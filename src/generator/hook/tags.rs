//! Tags: keys and values as an author wrote them go in; text that Unity Catalog accepts comes out.

use crate::expand::substitution::{Place, Source};
use crate::generator::text_of;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// The key or the value of a tag has a form that Unity Catalog refuses.
    ///
    /// ## Why
    /// Keys must not hold `,` `-` `=` or `:`. Keys and values must neither begin nor end with white space,
    /// and have at most 256 characters. Such a tag would not be set when the pipeline runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// tags:
    ///   cost-center: sales
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// tags:
    ///   cost_center: sales
    /// ```
    pub static ILLEGAL_TAG: Rule = Rule::new("LHP-CFG-066", "illegal-tag");
    /// The value of a tag in a tags file is a list or a mapping.
    ///
    /// ## Why
    /// Unity Catalog keeps one text for each key.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml, named by tags_file
    /// tags:
    ///   owners: [sales, finance]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # schemas/orders.yaml, named by tags_file
    /// tags:
    ///   owner: sales
    ///   second_owner: finance
    /// ```
    pub static UNUSABLE_TAG: Rule = Rule::new("LHP-CFG-067", "unusable-tag");
    /// The key or the value of a tag is a secret.
    ///
    /// ## Why
    /// Whoever may see the table may read its tags. The secret would be no secret any more.
    ///
    /// ## Wrong
    /// ```yaml
    /// tags:
    ///   contact: ${secret:shop/contact}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// tags:
    ///   contact: orders@example.com
    /// ```
    pub static SECRET_TAG: Rule = Rule::new("LHP-VAL-008", "secret-tag");
}

/// Longest key and value (characters).
const MAX_LENGTH: usize = 256;
/// What a key must not hold.
const FORBIDDEN: [char; 4] = [',', '-', '=', ':'];

/// Keys and values in the order in which they are written.
pub(super) type Tags = Vec<(String, String)>;

/// Where tags are written: values in flowgroups were substituted before, those in files were not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    InFlowgroup,
    InFile,
}

/// The tags of a mapping. None if one of them cannot be set.
pub(super) fn read(node: &Node, written: Written, source: &Source<'_>, report: &mut Report) -> Option<Tags> {
    let before = report.diagnostics.len();
    let mut tags = Tags::new();
    for entry in node.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        let key = substituted(&entry.key, source, report);
        let value = match (&entry.value.value, written) {
            (Value::Null, _) => Text::default(),
            (Value::Sequence(_) | Value::Mapping(_), _) => {
                report.push(
                    Diagnostic::error(&UNUSABLE_TAG, format!("the value of a tag cannot be {}", entry.value.kind()))
                        .at(&entry.value, "this value")
                        .help("write text, a number or a boolean"),
                );
                continue;
            }
            (_, Written::InFlowgroup) => text_of(&entry.value),
            (_, Written::InFile) => substituted(&entry.value, source, report),
        };
        let (Some(key), Some(value)) =
            (legal(&key, Part::Key, &entry.key, report), legal(&value, Part::Value, &entry.value, report))
        else {
            continue;
        };
        match tags.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => tags.push((key, value)),
        }
    }
    let failed = report.diagnostics.iter().skip(before).any(Diagnostic::is_error);
    (!failed).then_some(tags)
}

/// The text of a scalar with its `${name}` tokens replaced.
fn substituted(node: &Node, source: &Source<'_>, report: &mut Report) -> Text {
    match node.as_str() {
        Some(text) => source.environment_only(text, Place::Node(node), report),
        None => text_of(node),
    }
}

#[derive(Clone, Copy)]
enum Part {
    Key,
    Value,
}

fn legal(text: &Text, part: Part, place: &Node, report: &mut Report) -> Option<String> {
    let word = match part {
        Part::Key => "key",
        Part::Value => "value",
    };
    let Some(plain) = text.as_plain() else {
        report.push(
            Diagnostic::error(&SECRET_TAG, format!("the {word} of a tag cannot be a secret"))
                .at(place, "everybody could read it")
                .help("write the text, or use a token whose value is not a secret"),
        );
        return None;
    };
    let forbidden =
        matches!(part, Part::Key).then(|| plain.chars().find(|letter| FORBIDDEN.contains(letter))).flatten();
    let (fault, help) = if let Some(letter) = forbidden {
        (format!("holds `{letter}`"), format!("write `{}`, for example", plain.replace(FORBIDDEN, "_").trim()))
    } else if plain.trim() != plain {
        ("begins or ends with white space".to_owned(), format!("write `{}`", plain.trim()))
    } else if plain.chars().count() > MAX_LENGTH {
        (format!("has more than {MAX_LENGTH} characters"), format!("write a shorter {word}"))
    } else if plain.is_empty() && matches!(part, Part::Key) {
        ("is empty".to_owned(), "give the tag a key, or remove it".to_owned())
    } else {
        return Some(plain.to_owned());
    };
    report.push(
        Diagnostic::error(&ILLEGAL_TAG, format!("Unity Catalog refuses this tag: its {word} {fault}"))
            .at(place, format!("this {word}"))
            .help(help),
    );
    None
}
