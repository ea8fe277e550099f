//! Entries of `plugins.use`: the text of `lhp.yaml`, the id of a plugin and what shall be said about it go in, the edited
//! text comes out. Comments, order and layout stay. What cannot be edited safely is refused.

#[cfg(test)]
mod tests;

use serde_json::{Value as Json, json};

use crate::fix::edit::{Edit, apply};
use crate::fix::layout::{Layout, Reason, Surroundings, surroundings, value};
use crate::model::PluginPermissions;
use crate::plugin::trust::permissions;
use crate::report::{Diagnostic, Rule, rules};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::json as node_json;
use crate::syntax::yaml::{Limits, parse};
use crate::syntax::{Entry, Node};

rules! {
    /// `lhp plugin enable`, `disable` or `trust` cannot edit `lhp.yaml` without a risk.
    ///
    /// ## Why
    /// Comments and layout of the file are yours. Where they cannot be kept for certain, the file is left as it is.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins: &plugins {use: [
    ///   {id: lhp-s3},  # the loader
    /// ]}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3  # the loader
    /// ```
    pub static NOT_EDITED: Rule = Rule::new("LHP-PLG-008", "settings-not-edited");
}

/// What the entry of a plugin shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The plugin is used.
    On,
    /// The plugin is not used.
    Off,
    /// Its native code may be loaded.
    Native,
    /// It may do this.
    Granted(PluginPermissions),
}

/// A key of an entry with its value.
struct Setting {
    key: &'static str,
    value: Json,
    /// The value as YAML, in one line.
    written: String,
}

impl Wanted {
    /// The key that an entry must have. What is used needs none.
    fn setting(&self) -> Option<Setting> {
        let flag = |key, value: bool| Some(Setting { key, value: json!(value), written: value.to_string() });
        match self {
            Self::On => None,
            Self::Off => flag("enabled", false),
            Self::Native => flag("allow_native", true),
            Self::Granted(permissions) => {
                let value = permissions::json(permissions);
                Some(Setting { key: "grant", value, written: permissions::yaml(permissions) })
            }
        }
    }

    /// What is written for a plugin.
    pub fn written(&self, id: &str) -> String {
        self.setting().map_or_else(|| format!("id: {id}"), |setting| format!("{}: {}", setting.key, setting.written))
    }

    /// The key that an entry must have if it says something about it already.
    fn known_setting(&self) -> Option<Setting> {
        match self {
            Self::On => Some(Setting { key: "enabled", value: json!(true), written: "true".to_owned() }),
            _ => None,
        }
    }
}

/// The text of `lhp.yaml` with what the entry of a plugin shall say; none if nothing has to change.
///
/// # Errors
/// If the text is not laid out in a way that can be edited.
pub fn switch(file: FileId, text: &str, id: &str, wanted: &Wanted) -> Result<Option<String>, Diagnostic> {
    let document = document(file, text).map_err(|reason| refused(&reason, Span::start_of(file), id, wanted))?;
    let goal = goal(document.as_ref(), id, wanted);
    if document.as_ref().map(node_json).unwrap_or_else(|| json!({})) == goal {
        return Ok(None);
    }
    let layout = Layout { file, text };
    let place =
        document.as_ref().and_then(|document| document.get("plugins")).map_or(Span::start_of(file), |node| node.span);
    let refuse = |reason: Reason| refused(&reason, place, id, wanted);
    let edit = edit(&layout, document.as_ref(), id, wanted).map_err(refuse)?;
    let edited = apply(text, [&edit]).ok_or_else(|| refuse("the place could not be found".to_owned()))?;
    let scratch = SourceMap::new("").add("lhp.yaml", edited.as_str());
    match self::document(scratch, &edited) {
        Ok(Some(after)) if node_json(&after) == goal => Ok(Some(edited)),
        _ => Err(refuse("the edited file would not say what it should".to_owned())),
    }
}

/// The text of `lhp.yaml` with several things that the entry of a plugin shall say; none if nothing has to change.
///
/// # Errors
/// If the text is not laid out in a way that can be edited.
pub fn switch_all(file: FileId, text: &str, id: &str, wanted: &[Wanted]) -> Result<Option<String>, Diagnostic> {
    let mut edited: Option<String> = None;
    for wish in wanted {
        let made = switch(file, edited.as_deref().unwrap_or(text), id, wish).map_err(|mut refusal| {
            if edited.is_some() {
                // Places in the edited text are none in the file.
                refusal.labels.iter_mut().for_each(|label| label.span = Span::start_of(file));
            }
            refusal
        })?;
        edited = made.or(edited);
    }
    Ok(edited)
}

fn document(file: FileId, text: &str) -> Result<Option<Node>, Reason> {
    let parsed = parse(file, text, &Limits::default()).map_err(|fault| fault.message)?;
    match <[Node; 1]>::try_from(parsed.documents) {
        Ok([only]) if only.is_null() => Ok(None),
        Ok([only]) if only.as_mapping().is_some() => Ok(Some(only)),
        Ok(_) => Err("the file is not a mapping".to_owned()),
        Err(documents) if documents.is_empty() => Ok(None),
        Err(_) => Err("the file holds several documents".to_owned()),
    }
}

fn refused(reason: &str, place: Span, id: &str, wanted: &Wanted) -> Diagnostic {
    let entry = Item { id, wanted }.flow();
    Diagnostic::error(&NOT_EDITED, format!("`lhp.yaml` was not edited: {reason}"))
        .label(place, "this would have to change")
        .help(format!("write `{entry}` into the list `plugins.use` by hand"))
}

/// What the file shall say.
fn goal(document: Option<&Node>, id: &str, wanted: &Wanted) -> Json {
    let mut root = document.map(node_json).unwrap_or_else(|| json!({}));
    let object = |json: &mut Json| {
        if !json.is_object() {
            *json = json!({});
        }
    };
    object(&mut root);
    let Some(plugins) = root.as_object_mut().map(|root| root.entry("plugins").or_insert_with(|| json!({}))) else {
        return root;
    };
    object(plugins);
    let Some(used) = plugins.as_object_mut().map(|plugins| plugins.entry("use").or_insert_with(|| json!([]))) else {
        return root;
    };
    if !used.is_array() {
        *used = json!([]);
    }
    let Some(used) = used.as_array_mut() else { return root };
    let known = used.iter_mut().find(|entry| entry.get("id").and_then(Json::as_str) == Some(id));
    match known.and_then(Json::as_object_mut) {
        Some(entry) => {
            let known = wanted.known_setting().filter(|setting| entry.contains_key(setting.key));
            entry.extend(wanted.setting().or(known).map(|setting| (setting.key.to_owned(), setting.value)));
        }
        None => {
            let mut entry = json!({"id": id});
            if let (Some(entry), Some(setting)) = (entry.as_object_mut(), wanted.setting()) {
                entry.insert(setting.key.to_owned(), setting.value);
            }
            used.push(entry);
        }
    }
    root
}

/// The one edit that makes the file say it.
fn edit(layout: &Layout<'_>, document: Option<&Node>, id: &str, wanted: &Wanted) -> Result<Edit, Reason> {
    let new = Item { id, wanted };
    let Some(root) = document else {
        return Ok(new.at_end(layout));
    };
    let Some(plugins) = entry(root, "plugins") else {
        if surroundings(layout, root) == Surroundings::Flow {
            return Err("the whole file is written in braces".to_owned());
        }
        return Ok(new.at_end(layout));
    };
    if plugins.value.is_null() {
        if let Some(edit) = in_place_of_null(layout, root, plugins, &format!("{{use: [{}]}}", new.flow())) {
            return Ok(edit);
        }
        let indent = layout.indent(plugins.key.span)? + 2;
        return below_key(layout, plugins, &new.block(indent, layout.line_break(plugins.key.span.start as usize)));
    }
    let Some(used) = entry(&plugins.value, "use") else {
        return new_list(layout, plugins, &new);
    };
    if used.value.is_null() {
        if let Some(edit) = in_place_of_null(layout, &plugins.value, used, &format!("[{}]", new.flow())) {
            return Ok(edit);
        }
        let indent = layout.indent(used.key.span)? + 2;
        return below_key(layout, used, &new.item(indent, layout.line_break(used.key.span.start as usize)));
    }
    let items = used.value.as_sequence().ok_or("`plugins.use` is not a list")?;
    let known = items.iter().find(|item| item.get("id").and_then(Node::as_str) == Some(id));
    match known {
        Some(item) => known_item(layout, item, wanted),
        None => appended(layout, &used.value, items, &new),
    }
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Entry> {
    node.as_mapping()?.entry(key)
}

/// A new item of the list.
struct Item<'a> {
    id: &'a str,
    wanted: &'a Wanted,
}

impl Item<'_> {
    fn pairs(&self, style: Surroundings) -> Vec<String> {
        let mut pairs = vec![format!("id: {}", value(self.id, style))];
        pairs.extend(self.wanted.setting().map(|setting| format!("{}: {}", setting.key, setting.written)));
        pairs
    }

    /// In braces.
    fn flow(&self) -> String {
        format!("{{{}}}", self.pairs(Surroundings::Flow).join(", "))
    }

    /// The lines of the item.
    fn item(&self, indent: usize, line_break: &str) -> String {
        let lines = self.pairs(Surroundings::Block).into_iter().enumerate().map(|(at, pair)| {
            let mark = if at == 0 { "- " } else { "  " };
            format!("{}{mark}{pair}{line_break}", " ".repeat(indent))
        });
        lines.collect()
    }

    /// The lines of the key `use` with the item as its only one.
    fn block(&self, indent: usize, line_break: &str) -> String {
        format!("{}use:{line_break}{}", " ".repeat(indent), self.item(indent + 2, line_break))
    }

    /// The block `plugins` at the end of the file.
    fn at_end(&self, layout: &Layout<'_>) -> Edit {
        let line_break = layout.line_break(0);
        let text = layout.text;
        let mut added = String::new();
        if !text.is_empty() && !text.ends_with('\n') {
            added.push_str(line_break);
        }
        if !text.trim().is_empty() {
            added.push_str(line_break);
        }
        added.push_str(&format!("plugins:{line_break}{}", self.block(2, line_break)));
        Edit::insert(layout.file, text.len(), added)
    }
}

/// Adds lines below the line of an offset.
fn below(layout: &Layout<'_>, at: usize, lines: &str) -> Edit {
    let next = layout.next_line(at);
    let open = layout.text.get(..next).is_some_and(|before| !before.ends_with('\n'));
    let lines = if open { format!("{}{lines}", layout.line_break(0)) } else { lines.to_owned() };
    Edit::insert(layout.file, next, lines)
}

/// Writes a value where the file says `~` or `null`, or nothing between braces.
fn in_place_of_null(layout: &Layout<'_>, owner: &Node, entry: &Entry, text: &str) -> Option<Edit> {
    if ["~", "null", "Null", "NULL"].contains(&layout.written(entry.value.span)) {
        return Some(Edit::replace(entry.value.span, text));
    }
    if surroundings(layout, owner) == Surroundings::Flow { behind_colon(layout, entry, text) } else { None }
}

/// Writes a value behind the colon of a key that has none.
fn behind_colon(layout: &Layout<'_>, entry: &Entry, text: &str) -> Option<Edit> {
    let end = entry.key.span.end as usize;
    let behind = layout.text.get(end..layout.line_end(end))?;
    let at = behind.len() - behind.trim_start().strip_prefix(':')?.len();
    let blank = behind.get(at..)?.starts_with(' ');
    Some(Edit::insert(
        layout.file,
        end + at + usize::from(blank),
        if blank { text.to_owned() } else { format!(" {text}") },
    ))
}

/// Adds lines below a key that has no value.
fn below_key(layout: &Layout<'_>, entry: &Entry, lines: &str) -> Result<Edit, Reason> {
    let (start, end) = (entry.key.span.end as usize, layout.line_end(entry.key.span.end as usize));
    let behind = layout.text.get(start..end).unwrap_or_default().trim_start().trim_start_matches(':').trim_start();
    if !behind.is_empty() && !behind.starts_with('#') {
        return Err(format!("`{}` is written as `{behind}`", entry.key.plain_text()));
    }
    Ok(below(layout, start, lines))
}

/// Adds the key `use` to the block `plugins`.
fn new_list(layout: &Layout<'_>, plugins: &Entry, new: &Item<'_>) -> Result<Edit, Reason> {
    let entries = plugins.value.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    if surroundings(layout, &plugins.value) == Surroundings::Flow {
        let last = entries.last().map(|entry| entry.value.span);
        return Ok(behind_last(layout, plugins.value.span, last, &format!("use: [{}]", new.flow())));
    }
    let own = |entry: &&Entry| crate::fix::layout::within(entry.key.span, plugins.value.span);
    let (Some(first), Some(last)) = (entries.iter().find(own), entries.iter().rfind(own)) else {
        return Err("the block `plugins` is written elsewhere in the file".to_owned());
    };
    let indent = layout.indent(first.key.span)?;
    let line_break = layout.line_break(first.key.span.start as usize);
    Ok(below(layout, last_byte(last.value.span.max_end(last.key.span)), &new.block(indent, line_break)))
}

/// Adds an item to the list.
fn appended(layout: &Layout<'_>, list: &Node, items: &[Node], new: &Item<'_>) -> Result<Edit, Reason> {
    let last = items.last();
    if layout.written(list.span).starts_with('[') {
        return Ok(behind_last(layout, list.span, last.map(|item| item.span), &new.flow()));
    }
    let (Some(first), Some(last)) = (items.first(), last) else {
        return Err("the list `plugins.use` is written elsewhere in the file".to_owned());
    };
    let start = first.span.start as usize;
    let before = layout.text.get(layout.line_start(start)..start).unwrap_or_default();
    let indent = before.chars().take_while(|letter| *letter == ' ').count();
    if before.trim() != "-" {
        return Err("the list `plugins.use` is not written with one item per line".to_owned());
    }
    Ok(below(layout, last_byte(last.span.end as usize), &new.item(indent, layout.line_break(start))))
}

/// The offset of the last byte of something that ends at an offset.
fn last_byte(end: usize) -> usize {
    end.saturating_sub(1)
}

/// Adds text behind the last part of a list or mapping in brackets. A comma or comment behind that stays there.
fn behind_last(layout: &Layout<'_>, whole: Span, last: Option<Span>, text: &str) -> Edit {
    match last {
        Some(last) => Edit::insert(layout.file, last.end as usize, format!(", {text}")),
        None => Edit::insert(layout.file, whole.start as usize + 1, text),
    }
}

/// Changes an item that is in the list already.
fn known_item(layout: &Layout<'_>, item: &Node, wanted: &Wanted) -> Result<Edit, Reason> {
    let setting = wanted.setting().or_else(|| wanted.known_setting()).ok_or("nothing has to change")?;
    if let Some(known) = entry(item, setting.key) {
        return new_value(layout, item, known, &setting.written);
    }
    let pair = format!("{}: {}", setting.key, setting.written);
    let id = entry(item, "id").ok_or("the item has no `id`")?;
    if surroundings(layout, item) == Surroundings::Flow {
        return Ok(Edit::insert(layout.file, id.value.span.end as usize, format!(", {pair}")));
    }
    layout.comment_behind(id.value.span.end as usize)?;
    let indent = layout.indent(id.key.span)?;
    let line_break = layout.line_break(id.key.span.start as usize);
    let line = format!("{}{pair}{line_break}", " ".repeat(indent));
    Ok(below(layout, last_byte(id.value.span.end as usize), &line))
}

/// Gives a key another value.
fn new_value(layout: &Layout<'_>, item: &Node, known: &Entry, text: &str) -> Result<Edit, Reason> {
    let value = &known.value;
    if value.is_null() {
        let edit = in_place_of_null(layout, item, known, text).or_else(|| behind_colon(layout, known, text));
        return edit.ok_or_else(|| "the key is not followed by a colon".to_owned());
    }
    if value.as_mapping().is_none() && value.as_sequence().is_none() {
        layout.separator(known)?;
        layout.scalar(value)?;
        return Ok(Edit::replace(value.span, text));
    }
    let (start, end) = (known.key.span.end as usize, value.span.end as usize);
    let whole = layout.text.get(start..end).unwrap_or_default().trim_end();
    let between = layout.text.get(start..value.span.start as usize).unwrap_or_default();
    if whole.contains('#') || between.trim() != ":" {
        return Err(format!("the value of `{}` holds comments or is written elsewhere", known.key.plain_text()));
    }
    Ok(Edit::replace(
        Span { end: known.key.span.end + length(whole), start: known.key.span.end, ..value.span },
        format!(": {text}"),
    ))
}

/// The length of a part of the file, whose offsets are 32 bits wide.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

trait MaxEnd {
    fn max_end(&self, other: Span) -> usize;
}

impl MaxEnd for Span {
    /// The end of the later one of two spans.
    fn max_end(&self, other: Span) -> usize {
        self.end.max(other.end) as usize
    }
}
