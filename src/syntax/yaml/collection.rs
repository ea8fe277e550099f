//! Lists and mappings of the composer, with merge keys and the tags `!!set`, `!!omap` and `!!pairs`.

use super::compose::{Composed, Composer, Key};
use super::event::{Body, Event, Properties};
use super::extent;
use super::fault::{self, DUPLICATE_KEY, Fault, INVALID_MERGE, TAG_MISMATCH};
use super::mapping::{Pairs, Repeated};
use super::resolve::{ScalarTag, shortened};
use crate::report::Diagnostic;
use crate::source::Span;
use crate::syntax::{Kind, Node, Value};

/// The names of the standard tags of lists and mappings.
pub(super) const COLLECTION_TAGS: [&str; 5] = ["seq", "map", "set", "omap", "pairs"];

/// The inside of a list or mapping.
struct Inside {
    value: Value,
    /// Where its last key or value ends.
    last: usize,
    /// Levels of lists and mappings, itself included.
    height: usize,
    /// Where the event that ends it ends.
    end: usize,
}

impl Composer<'_> {
    /// The list or mapping that starts with an event and stands within `depth` others.
    pub(super) fn collection(
        &mut self,
        event: &Event,
        properties: &Properties<'_>,
        depth: usize,
        kind: Kind,
    ) -> Result<Composed, Fault> {
        let start = extent::prefix(self.text, event.start, event.end).content;
        let head = self.span(start, event.end.max(start));
        self.check_depth(depth + 1, head)?;
        self.open_anchor(event, properties)?;
        let before = self.nodes();
        self.count(1, head)?;
        let inside = match (kind, self.standard_tag(event, properties)?) {
            (Kind::Mapping, None | Some("map")) => self.mapping(depth + 1, start)?,
            (Kind::Mapping, Some("set")) => self.set(depth + 1, start)?,
            (Kind::Sequence, None | Some("seq")) => self.sequence(depth + 1, start)?,
            (Kind::Sequence, Some("omap")) => self.ordered_mapping(depth + 1, start)?,
            (Kind::Sequence, Some("pairs")) => self.pairs(depth + 1, start)?,
            (_, Some(name)) if COLLECTION_TAGS.contains(&name) || ScalarTag::from_name(name).is_some() => {
                return Err(self.tag_mismatch(event, &format!("the value is {kind}")));
            }
            _ => return Err(self.unknown_tag(event, properties.tag.as_deref().unwrap_or_default())),
        };
        let delimited = matches!(
            (self.text.as_bytes().get(start), inside.end.checked_sub(1).and_then(|at| self.text.as_bytes().get(at))),
            (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
        );
        // Only brackets have an end of their own; the other styles end where their last value ends.
        let end = if delimited { inside.end } else { inside.last };
        let node = Node::new(inside.value, self.span(start, end));
        self.close_anchor(properties, &node, inside.height, self.nodes() - before)?;
        Ok(Composed { node, end, height: inside.height })
    }

    fn sequence(&mut self, depth: usize, start: usize) -> Result<Inside, Fault> {
        let (mut items, mut last, mut height) = (Vec::new(), start, 1);
        loop {
            let event = self.next()?;
            if matches!(event.body(), Body::SequenceEnd) {
                return Ok(Inside { value: Value::Sequence(items), last, height, end: event.end });
            }
            let item = self.node(&event, depth)?;
            last = item.end;
            height = height.max(item.height + 1);
            items.push(item.node);
        }
    }

    fn mapping(&mut self, depth: usize, start: usize) -> Result<Inside, Fault> {
        let (mut pairs, mut last, mut height) = (Pairs::default(), start, 1);
        loop {
            let event = self.next()?;
            if matches!(event.body(), Body::MappingEnd) {
                return Ok(Inside { value: Value::Mapping(pairs.finish()), last, height, end: event.end });
            }
            match self.key(&event, depth)? {
                Key::Own(key, key_end) => {
                    let value = self.pair_value(key_end, depth)?;
                    last = value.end;
                    height = height.max(value.height + 1);
                    self.insert(&mut pairs, key, value.node)?;
                }
                Key::Merge => {
                    let event = self.next()?;
                    let source = self.node(&event, depth)?;
                    last = source.end;
                    height = height.max(source.height);
                    merge(&mut pairs, source.node)?;
                }
            }
        }
    }

    /// The value behind a key.
    fn pair_value(&mut self, key_end: usize, depth: usize) -> Result<Composed, Fault> {
        let event = self.next()?;
        let mut value = self.node(&event, depth)?;
        if event.start == event.end && value.node.is_null() {
            let at = extent::absent_value(self.text, key_end, event.start);
            value.node.span = self.span(at, at);
            value.end = at;
        }
        Ok(value)
    }

    fn insert(&mut self, pairs: &mut Pairs, key: Node, value: Node) -> Result<(), Fault> {
        let Some(Repeated { key, earlier }) = pairs.insert(key, value) else { return Ok(()) };
        let span = key.span;
        if self.warnings.len() >= self.limits.duplicates {
            let what = format!("the file has more than {} repeated keys", self.limits.duplicates);
            return Err(fault::limit_exceeded(what, span, "give each key of a mapping once"));
        }
        let written = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        self.warnings.push(duplicate_key(&shortened(key.as_str().unwrap_or(written)), span, earlier));
        Ok(())
    }

    /// A set is a mapping of its items to nothing.
    fn set(&mut self, depth: usize, start: usize) -> Result<Inside, Fault> {
        let mut inside = self.mapping(depth, start)?;
        if let Value::Mapping(mapping) = &mut inside.value {
            mapping.entries.iter_mut().for_each(|entry| entry.value.value = Value::Null);
        }
        Ok(inside)
    }

    /// A list of mappings with one key each, read as one mapping.
    fn ordered_mapping(&mut self, depth: usize, start: usize) -> Result<Inside, Fault> {
        let mut pairs = Pairs::default();
        let (last, height, end) =
            self.single_pairs(depth, start, |composer, _, key, value| composer.insert(&mut pairs, key, value))?;
        Ok(Inside { value: Value::Mapping(pairs.finish()), last, height, end })
    }

    /// A list of mappings with one key each, read as a list of lists of key and value.
    fn pairs(&mut self, depth: usize, start: usize) -> Result<Inside, Fault> {
        let mut items = Vec::new();
        let (last, height, end) = self.single_pairs(depth, start, |_, span, key, value| {
            items.push(Node::new(Value::Sequence(vec![key, value]), span));
            Ok(())
        })?;
        Ok(Inside { value: Value::Sequence(items), last, height, end })
    }

    /// Gives each item of a list, which must be a mapping of one pair, to a function.
    fn single_pairs(
        &mut self,
        depth: usize,
        start: usize,
        mut take: impl FnMut(&mut Self, Span, Node, Node) -> Result<(), Fault>,
    ) -> Result<(usize, usize, usize), Fault> {
        let (mut last, mut height) = (start, 1);
        loop {
            let event = self.next()?;
            if matches!(event.body(), Body::SequenceEnd) {
                return Ok((last, height, event.end));
            }
            let item = self.node(&event, depth)?;
            last = item.end;
            height = height.max(item.height + 1);
            let span = item.node.span;
            match item.node.value {
                Value::Mapping(mapping) if mapping.entries.len() == 1 => {
                    for entry in mapping.entries {
                        take(self, span, entry.key, entry.value)?;
                    }
                }
                _ => return Err(not_a_pair(span)),
            }
        }
    }
}

/// Merges what stands behind a `<<` key. In a list, earlier mappings win over later ones.
fn merge(pairs: &mut Pairs, source: Node) -> Result<(), Fault> {
    let span = source.span;
    match source.value {
        Value::Mapping(mapping) => pairs.merge(mapping),
        Value::Sequence(items) => {
            let mut mappings = Vec::with_capacity(items.len());
            for item in items {
                match item.value {
                    Value::Mapping(mapping) => mappings.push(mapping),
                    _ => return Err(invalid_merge(item.kind(), item.span)),
                }
            }
            mappings.into_iter().rev().for_each(|mapping| pairs.merge(mapping));
        }
        value => return Err(invalid_merge(Node::new(value, span).kind(), span)),
    }
    Ok(())
}

fn invalid_merge(found: Kind, span: Span) -> Fault {
    let fault = Diagnostic::error(&INVALID_MERGE, format!("`<<` merges mappings, but this is {found}"))
        .label(span, "not a mapping")
        .help("name a mapping like `<<: *name` or a list of mappings like `<<: [*one, *two]`");
    Box::new(fault)
}

fn not_a_pair(span: Span) -> Fault {
    let fault = Diagnostic::error(&TAG_MISMATCH, "each item of an `!!omap` or `!!pairs` list must be one `key: value`")
        .label(span, "not a single pair")
        .help("write one `- key: value` per item, or remove the tag");
    Box::new(fault)
}

fn duplicate_key(name: &str, span: Span, earlier: Span) -> Diagnostic {
    Diagnostic::advice(&DUPLICATE_KEY, format!("key `{name}` is written twice in one mapping; the last value is used"))
        .label(span, "this value is used")
        .label(earlier, "this value is ignored")
        .help("remove one of the two, or rename it")
}
