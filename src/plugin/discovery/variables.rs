//! Plugins that the process names: `LHP_ENABLED_PLUGINS`, and the name that another tool has for it.

use std::path::Path;

use crate::plugin::discovery::Surroundings;
use crate::plugin::discovery::reference::Reference;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{SourceMap, Span};

rules! {
    /// The value of an environment variable for plugins is no list.
    ///
    /// ## Why
    /// `LHP_ENABLED_PLUGINS` decides which plugins are used. With a wrong form it is not known which ones are meant.
    ///
    /// ## Wrong
    /// ```sh
    /// LHP_ENABLED_PLUGINS='["lhp-s3"' lhp validate
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// LHP_ENABLED_PLUGINS='["lhp-s3"]' lhp validate
    /// LHP_ENABLED_PLUGINS=lhp-s3,lhp-kafka lhp validate
    /// ```
    pub static VARIABLE: Rule = Rule::new("LHP-PLG-004", "plugin-variable");
}

/// The plugins that the process wants, which takes the place of what the project wants.
pub(crate) struct Enabled {
    pub variable: &'static str,
    pub entries: Vec<Entry>,
}

/// One of them.
pub(crate) struct Entry {
    pub text: String,
    pub span: Span,
    /// The class or symbol that it names, if it is no id.
    pub reference: Option<Reference>,
}

impl Enabled {
    /// Reads the variables.
    pub fn read(surroundings: &Surroundings<'_>, report: &mut Report) -> Option<Self> {
        let sources = &surroundings.project.sources;
        let (variable, value) = ["LHP_ENABLED_PLUGINS", "ENABLED_PLUGINS"]
            .into_iter()
            .find_map(|name| Some((name, surroundings.options.variables.get(name)?)))?;
        let entries = list(sources, variable, &value, report)?;
        let entries = entries.into_iter().map(|(text, span)| {
            let reference = Reference::parse(&text);
            Entry { text, span, reference }
        });
        Some(Self { variable, entries: entries.collect() })
    }

    /// Where an id is named.
    pub fn names(&self, id: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.text == id).map(|entry| entry.span)
    }

    /// Whether the variable belongs to this program alone, so that everything in it is meant for it.
    pub fn is_own(&self) -> bool {
        self.variable.starts_with("LHP_")
    }
}

/// The items of a variable: a JSON list of texts, or texts with commas between them.
pub(crate) fn list(
    sources: &SourceMap,
    variable: &str,
    value: &str,
    report: &mut Report,
) -> Option<Vec<(String, Span)>> {
    // Reading it once more, for another environment, gives the same places.
    let file = sources.provide(Path::new(&format!("${variable}")), value.as_bytes().to_vec()).ok()?;
    let whole = Span::new(file, 0, value.len());
    if value.trim_start().starts_with('[') {
        return match serde_json::from_str::<Vec<String>>(value) {
            Ok(items) => {
                let place = |item: &String| sources.find(whole, item).unwrap_or(whole);
                Some(items.iter().map(|item| (item.clone(), place(item))).collect())
            }
            Err(error) => {
                report.push(
                    Diagnostic::error(&VARIABLE, format!("the value of `{variable}` is no list: {error}"))
                        .label(whole, "here")
                        .help("write ids with commas between them, or a JSON list of texts"),
                );
                None
            }
        };
    }
    let mut start = 0;
    let mut items = Vec::new();
    for part in value.split(',') {
        let item = part.trim();
        if !item.is_empty() {
            let from = start + (part.len() - part.trim_start().len());
            items.push((item.to_owned(), Span::new(file, from, from + item.len())));
        }
        start += part.len() + 1;
    }
    Some(items)
}
