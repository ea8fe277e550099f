//! Options of Auto Loader and Kafka clients without their prefix → with it.
//!
//! Without the prefix they are errors, so the generated files become more.

use memchr::memmem;

use super::suffix::rename;
use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::options::OPTIONS;
use crate::fix::scope::{Block, Kind, settings, visit};
use crate::fix::verify::Tolerance;
use crate::generator::kafka::is_client_option;
use crate::generator::load::UNPREFIXED;
use crate::syntax::Node;

pub struct OptionPrefix;

impl Family for OptionPrefix {
    fn name(&self) -> &'static str {
        "option-prefix"
    }

    fn concerns(&self, _: Kind, text: &str) -> bool {
        let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        has(OPTIONS) && (has("cloudfiles") || has("kafka"))
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for settings in file.documents.iter().flat_map(|document| settings(document, file.kind)) {
            let Some(prefix) = prefix(settings.block, &settings.kind, &settings.node) else { continue };
            let Some(options) = settings.node.get(OPTIONS).and_then(Node::as_mapping) else { continue };
            for entry in &options.entries {
                let Some(name) = entry.key.as_str().filter(|name| lacks_prefix(prefix, name)) else { continue };
                let full = format!("{prefix}{name}");
                let edits = match options.contains(&full) {
                    false => file.layout().rename(&entry.key, &full).map(|edit| vec![edit]),
                    true => Err(format!("`{full}` is set as well")),
                };
                found.add(self.name(), entry.key.span, name, edits);
            }
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        visit(document, kind, &mut |block, kind, node| {
            let Some(prefix) = prefix(block, kind, node) else { return };
            let options = node.as_mapping_mut().and_then(|mapping| mapping.get_mut(OPTIONS));
            let Some(options) = options.and_then(Node::as_mapping_mut) else { return };
            let names = options.entries.iter().filter_map(|entry| entry.key.as_str());
            let names: Vec<String> = names.filter(|name| lacks_prefix(prefix, name)).map(str::to_owned).collect();
            for name in names {
                rename(options, &name, &format!("{prefix}{name}"));
            }
        });
    }

    fn tolerance(&self) -> Tolerance {
        Tolerance::Repairs
    }
}

const AUTO_LOADER: &str = "cloudFiles.";
const KAFKA: &str = "kafka.";

/// What the options of these settings begin with.
fn prefix(block: Block, kind: &str, node: &Node) -> Option<&'static str> {
    match (block, kind) {
        (Block::Source, "cloudfiles") => Some(AUTO_LOADER),
        (Block::Source, "kafka") => Some(KAFKA),
        (Block::Target, "sink") if node.get("sink_type").and_then(Node::as_str) == Some("kafka") => Some(KAFKA),
        _ => None,
    }
}

fn lacks_prefix(prefix: &str, name: &str) -> bool {
    if prefix == KAFKA { is_client_option(name) } else { UNPREFIXED.contains(&name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    #[test]
    fn known_options_get_their_prefix() {
        let text = "actions:\n- {type: load, source: {type: cloudfiles, options: {maxFileAge: 1d, header: true}}}\n- {type: write, write_target: {type: sink, sink_type: kafka, options: {client.id: x}}}\n- {type: write, write_target: {type: sink, sink_type: delta, options: {client.id: x}}}\n";
        let modern = text.replace("maxFileAge", "cloudFiles.maxFileAge").replacen("client.id", "kafka.client.id", 1);
        assert_eq!(only_rewritten(&OptionPrefix, Kind::Actions, text), modern);
    }

    #[test]
    fn an_option_that_is_set_twice_is_refused() {
        let text = "actions: [{type: load, source: {type: kafka, options: {group.id: a, kafka.group.id: b}}}]\n";
        let (same, refused) = rewritten(&OptionPrefix, Kind::Actions, text);
        assert_eq!(
            (same.as_str(), refused.as_slice()),
            (text, ["`kafka.group.id` is set as well".to_owned()].as_slice())
        );
    }
}
