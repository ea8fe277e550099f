//! Edits of `lhp.yaml` that grant permissions: the text goes in, the text with the grant comes out. Comments and layout
//! stay as they are; the result is parsed, so that an edit that went wrong is never written.

use crate::model::PluginPermissions;
use crate::plugin::discovery::uses::USE;
use crate::plugin::trust::permissions::{is_empty, yaml};
use crate::project::{PROJECT_FILE, Project};
use crate::report::Diagnostic;
use crate::source::SourceMap;
use crate::syntax::Node;
use crate::syntax::yaml::{Limits, parse};

/// The text of `lhp.yaml` in which a plugin is used and granted permissions.
pub(super) fn granted_text(project: &Project, id: &str, asked: &PluginPermissions) -> Result<String, Diagnostic> {
    let text = std::fs::read_to_string(project.root.join(PROJECT_FILE)).unwrap_or_default();
    let grant = (!is_empty(asked)).then(|| yaml(asked));
    let root = project.loaded.node.as_ref();
    let edited = edit(&text, root, id, grant.as_deref()).filter(|edited| is_granted(edited, id, grant.is_some()));
    edited.ok_or_else(|| {
        let entry = entry(id, grant.as_deref());
        let place = root.and_then(|root| root.get("plugins"));
        let diagnostic = Diagnostic::error(&USE, format!("`{PROJECT_FILE}` is written in a way that cannot be edited"))
            .help(format!("write `- {{{entry}}}` under `plugins.use` yourself"));
        match place {
            Some(place) => diagnostic.label(place.span, "here"),
            None => diagnostic,
        }
    })
}

/// The keys of an entry of `plugins.use`, in one line.
fn entry(id: &str, grant: Option<&str>) -> String {
    let grant = grant.map(|grant| format!(", grant: {grant}")).unwrap_or_default();
    format!("id: {id}{grant}")
}

/// Whether a text says what it should.
fn is_granted(text: &str, id: &str, granted: bool) -> bool {
    let file = SourceMap::new("").add(PROJECT_FILE, text);
    let Ok(parsed) = parse(file, text, &Limits::default()) else { return false };
    let [root] = parsed.documents.as_slice() else { return false };
    let entries = root.get("plugins").and_then(|plugins| plugins.get("use")).and_then(Node::as_sequence);
    let own = entries.unwrap_or_default().iter().find(|entry| entry.get("id").and_then(Node::as_str) == Some(id));
    own.is_some_and(|own| !granted || own.get("grant").is_some_and(|grant| grant.as_mapping().is_some()))
}

fn edit(text: &str, root: Option<&Node>, id: &str, grant: Option<&str>) -> Option<String> {
    let lines = |indent: &str| {
        let grant = grant.map(|grant| format!("{indent}  grant: {grant}\n")).unwrap_or_default();
        format!("{indent}- id: {id}\n{grant}")
    };
    let Some(plugins) = root.and_then(|root| root.get("plugins")).filter(|plugins| !plugins.is_null()) else {
        if root.is_some_and(|root| root.as_mapping().is_some_and(|all| all.entry("plugins").is_some())) {
            return None;
        }
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{text}{gap}plugins:\n  use:\n{}", lines("    ")));
    };
    let start = |node: &Node| node.span.start as usize;
    let end = |node: &Node| node.span.end as usize;
    let is_flow = |node: &Node| text.get(start(node)..).is_some_and(|rest| rest.starts_with(['{', '[']));
    let insert = |at: usize, what: &str| Some(format!("{}{what}{}", text.get(..at)?, text.get(at..)?));
    // Before the bracket that closes a flow collection.
    let into_flow = |node: &Node, what: &str| {
        let at = end(node).checked_sub(1)?;
        let empty = text.get(start(node) + 1..at)?.trim().is_empty();
        insert(at, &if empty { what.to_owned() } else { format!(", {what}") })
    };
    let Some(used) = plugins.get("use").filter(|used| !used.is_null()) else {
        if plugins.as_mapping()?.entry("use").is_some() {
            return None;
        }
        if is_flow(plugins) {
            return into_flow(plugins, &format!("use: [{{{}}}]", entry(id, grant)));
        }
        let first = plugins.as_mapping()?.entries.first()?;
        let at = line_start(text, start(&first.key));
        let indent = text.get(at..start(&first.key))?;
        return insert(at, &format!("{indent}use:\n{}", lines(&format!("{indent}  "))));
    };
    let items = used.as_sequence()?;
    let Some(own) = items.iter().find(|item| item.get("id").and_then(Node::as_str) == Some(id)) else {
        if is_flow(used) {
            return into_flow(used, &format!("{{{}}}", entry(id, grant)));
        }
        let last = items.last()?;
        let first = items.first()?;
        let dash = line_start(text, start(first));
        let before = text.get(dash..start(first))?;
        let indent = before.get(..before.find('-')?)?;
        let at = line_end(text, end(last).saturating_sub(1));
        let gap = if text.get(..at)?.ends_with('\n') { "" } else { "\n" };
        return insert(at, &format!("{gap}{}", lines(indent)));
    };
    let grant = grant?;
    match own.get("grant") {
        Some(old) if is_flow(old) => Some(format!("{}{grant}{}", text.get(..start(old))?, text.get(end(old)..)?)),
        Some(_) => None,
        None if is_flow(own) => into_flow(own, &format!("grant: {grant}")),
        None => {
            let first = own.as_mapping()?.entries.first()?;
            let column = start(&first.key) - line_start(text, start(&first.key));
            let key = own.as_mapping()?.entry("id")?;
            let at = line_end(text, end(&key.value).saturating_sub(1));
            let gap = if text.get(..at)?.ends_with('\n') { "" } else { "\n" };
            insert(at, &format!("{gap}{}grant: {grant}\n", " ".repeat(column)))
        }
    }
}

/// Where the line of an offset starts.
fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Where the line after an offset starts.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> String {
        let file = SourceMap::new("").add(PROJECT_FILE, text);
        let parsed = parse(file, text, &Limits::default()).unwrap();
        let edited = edit(text, parsed.documents.first(), "a", Some("{env: [X]}")).unwrap();
        assert!(is_granted(&edited, "a", true), "{edited}");
        edited
    }

    #[test]
    fn a_grant_is_written_where_the_layout_of_the_file_wants_it() {
        let written = "plugins:\n  use:\n    - id: a\n      grant: {env: [X]}\n";
        assert_eq!(edited("name: p\n"), format!("name: p\n{written}"));
        assert_eq!(edited("name: p"), format!("name: p\n{written}"));
        assert_eq!(edited("plugins:\n  use:\n    - id: a # mine\n"), written.replace("- id: a", "- id: a # mine"));
        assert_eq!(
            edited("plugins:\n  use:\n  - id: b\n    version: '1.0'\n  # end\n"),
            "plugins:\n  use:\n  - id: b\n    version: '1.0'\n  - id: a\n    grant: {env: [X]}\n  # end\n"
        );
        assert_eq!(
            edited("plugins:\n  allow: [a]\nname: p\n"),
            "plugins:\n  use:\n    - id: a\n      grant: {env: [X]}\n  allow: [a]\nname: p\n"
        );
        assert_eq!(edited("plugins: {}\n"), "plugins: {use: [{id: a, grant: {env: [X]}}]}\n");
        assert_eq!(edited("plugins:\n  use: [{id: a}]\n"), "plugins:\n  use: [{id: a, grant: {env: [X]}}]\n");
        assert_eq!(
            edited("plugins:\n  use:\n    - id: a\n      grant: {env: []}\n"),
            "plugins:\n  use:\n    - id: a\n      grant: {env: [X]}\n"
        );
    }
}
