//! `{name}` → `${name}` in values and SQL files, for the tokens of all environments.
//!
//! Python code is left alone, for braces mean something there.

use super::{Family, Knowledge, Parsed, Proposals, TokenKnowledge};
use crate::fix::edit::Edit;
use crate::fix::layout::within;
use crate::fix::scope::Kind;
use crate::source::Span;
use crate::syntax::token::scan_bare;
use crate::syntax::{Node, Value, bare_tokens, scan_outside_templates};

pub struct BareToken;

/// The key whose text is Python.
const PYTHON: &str = "batch_handler";

impl Family for BareToken {
    fn name(&self) -> &'static str {
        "bare-token"
    }

    fn concerns(&self, kind: Kind, text: &str) -> bool {
        kind != Kind::Definition && scan_bare(text).next().is_some()
    }

    fn propose(&self, file: &Parsed<'_>, project: &Knowledge<'_>, found: &mut Proposals) {
        if file.kind == Kind::Sql {
            for token in scan_outside_templates(file.text) {
                let place = Span::new(file.file, token.range.start, token.range.end);
                self.add(token.token.name().unwrap_or_default(), place, Ok(()), project, found);
            }
            return;
        }
        let places = file.documents.iter().flat_map(|document| values(file, document));
        let names: Vec<Span> = file.documents.iter().flat_map(file_names).collect();
        for token in places.flat_map(|node| bare_tokens(node, file.text)) {
            let editable = match &token.key {
                _ if names.iter().any(|name| within(token.span, *name)) => {
                    Err("files are named after the text as it is written")
                }
                Some(key) if key.as_ref() == PYTHON => {
                    Err("it stands in Python code, where braces may mean something else")
                }
                _ if !token.exact => Err("the text is written with escapes"),
                _ => Ok(()),
            };
            self.add(&token.name, token.span, editable, project, found);
        }
    }

    fn modernise(&self, document: &mut Node, _: Kind, project: &Knowledge<'_>) {
        modernise(document, project);
    }
}

/// Where flowgroups name themselves and their pipelines.
fn file_names(document: &Node) -> Vec<Span> {
    let flowgroups = document.get("flowgroups").and_then(Node::as_sequence).unwrap_or_default();
    let holders = flowgroups.iter().chain([document]);
    let name = |holder: &Node, key: &str| holder.get(key).map(|name| name.span);
    holders.flat_map(|holder| [name(holder, "pipeline"), name(holder, "flowgroup")]).flatten().collect()
}

/// The parts of a document in which tokens are replaced. In a substitution file, other blocks are not read.
fn values<'a>(file: &Parsed<'_>, document: &'a Node) -> Vec<&'a Node> {
    if file.kind != Kind::Substitution {
        return vec![document];
    }
    let environment = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    [environment, "global"].iter().filter_map(|block| document.get(block)).collect()
}

impl BareToken {
    fn add(&self, name: &str, place: Span, editable: Result<(), &str>, project: &Knowledge<'_>, found: &mut Proposals) {
        let edits = match project.token(name) {
            TokenKnowledge::Unknown => return,
            TokenKnowledge::NotIn(environment) => Err(format!("environment `{environment}` has no token `{name}`")),
            TokenKnowledge::Everywhere => {
                editable.map(|()| vec![Edit::insert(place.file, place.start as usize, "$")]).map_err(str::to_owned)
            }
        };
        found.add(self.name(), place, &format!("{{{name}}}"), edits);
    }
}

fn modernise(node: &mut Node, project: &Knowledge<'_>) {
    match &mut node.value {
        Value::String(text) => {
            let places: Vec<usize> = scan_outside_templates(text)
                .filter(|found| found.token.name().is_some_and(|name| known(project, name)))
                .map(|found| found.range.start)
                .collect();
            let mut modern = text.to_string();
            for at in places.into_iter().rev() {
                modern.insert(at, '$');
            }
            *text = modern.into();
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| modernise(item, project)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries.iter_mut().filter(|entry| entry.key.as_str() != Some(PYTHON)) {
                modernise(&mut entry.value, project);
            }
        }
        _ => {}
    }
}

fn known(project: &Knowledge<'_>, name: &str) -> bool {
    matches!(project.token(name), TokenKnowledge::Everywhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    #[test]
    fn known_tokens_get_their_mark() {
        let text = "a: \"{catalog}.{unknown}\"  # {catalog}\nb: [x{bronze}, '${catalog}{{catalog}}{list}']\n";
        let text = text.replace("[x{bronze}, ", "['x{bronze}', ");
        assert_eq!(
            only_rewritten(&BareToken, Kind::Pipelines, &text),
            "a: \"${catalog}.{unknown}\"  # {catalog}\nb: ['x${bronze}', '${catalog}{{catalog}}{list}']\n"
        );
        assert_eq!(only_rewritten(&BareToken, Kind::Sql, "-- {catalog}\nSELECT {x}"), "-- ${catalog}\nSELECT {x}");
    }

    #[test]
    fn a_substitution_file_is_read_for_its_own_environment() {
        let text = "dev: {a: \"{catalog}\"}\nprod: {a: \"{catalog}\"}\nglobal: {b: \"{catalog}\"}\n";
        let modern = "dev: {a: \"${catalog}\"}\nprod: {a: \"{catalog}\"}\nglobal: {b: \"${catalog}\"}\n";
        assert_eq!(only_rewritten(&BareToken, Kind::Substitution, text), modern);
    }

    #[test]
    fn names_of_files_are_refused() {
        let text = "pipeline: \"{catalog}\"\nflowgroups: [{flowgroup: \"a{catalog}\", job_name: \"{catalog}\"}]\n";
        let (modern, refused) = rewritten(&BareToken, Kind::Pipelines, text);
        assert_eq!(modern, text.replace("job_name: \"{", "job_name: \"${"));
        assert_eq!(refused.len(), 2);
    }

    #[test]
    fn python_and_escapes_are_refused() {
        let text = "batch_handler: 'f(\"{catalog}\")'\nb: \"\\x7bcatalog}\"\n";
        let (same, refused) = rewritten(&BareToken, Kind::Pipelines, text);
        assert_eq!(same, text);
        assert!(
            matches!(refused.as_slice(), [python, escape] if python.contains("Python") && escape.contains("escape"))
        );
    }
}
