//! The composer: events go in, nodes come out. It follows the rules of PyYAML's safe loader.
//!
//! Here are documents, scalars, keys and aliases; lists and mappings are in `collection`.

use super::anchor::{Anchored, Anchors};
use super::collection::COLLECTION_TAGS;
use super::event::{Body, Event, Events, Properties, Scalar};
use super::fault::{self, Fault, INVALID_SCALAR, TAG_MISMATCH, UNKNOWN_TAG, YAML_SYNTAX};
use super::resolve::{self, Invalid, Resolved, ScalarTag};
use super::{Limits, Parsed, extent, syntax};
use crate::report::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::{Kind, Node, Value};

/// What the long form of a standard tag starts with.
const STANDARD: &str = "tag:yaml.org,2002:";

/// The parser compares each `%TAG` directive with all others of its document.
const MAX_TAG_DIRECTIVES: usize = 1_000;

/// Turns the events of one text into nodes.
pub(super) struct Composer<'text> {
    pub(super) file: FileId,
    pub(super) text: &'text str,
    pub(super) limits: &'text Limits,
    events: Events<'text>,
    anchors: Anchors,
    nodes: usize,
    pub(super) warnings: Vec<Diagnostic>,
}

/// A node and what its surroundings must know.
pub(super) struct Composed {
    pub node: Node,
    /// Where it ends in the text. An alias ends elsewhere than the value it repeats.
    pub end: usize,
    /// Levels of lists and mappings in it.
    pub height: usize,
}

/// The key of a pair.
pub(super) enum Key {
    /// An ordinary key, and where it ends in the text.
    Own(Node, usize),
    /// `<<`.
    Merge,
}

impl<'text> Composer<'text> {
    pub fn new(file: FileId, text: &'text str, limits: &'text Limits) -> Result<Self, Fault> {
        if let Some(at) = memchr::memmem::find_iter(text.as_bytes(), "\n%TAG").nth(MAX_TAG_DIRECTIVES) {
            let what = format!("the file has more than {MAX_TAG_DIRECTIVES} `%TAG` directives");
            return Err(fault::limit_exceeded(what, Span::new(file, at + 1, at + 5), "remove directives without use"));
        }
        let events = Events::new(text).map_err(|problem| syntax::fault(file, text, &problem))?;
        Ok(Self { file, text, limits, events, anchors: Anchors::default(), nodes: 0, warnings: Vec::new() })
    }

    /// Reads all documents.
    pub fn documents(mut self) -> Result<Parsed, Fault> {
        let mut documents = Vec::new();
        loop {
            let event = self.next()?;
            match event.body() {
                Body::StreamEnd => return Ok(Parsed { documents, warnings: self.warnings }),
                Body::DocumentStart => {
                    self.anchors.clear();
                    let content = self.next()?;
                    documents.push(self.node(&content, 0)?.node);
                }
                _ => {}
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Event, Fault> {
        self.events.next().map_err(|problem| syntax::fault(self.file, self.text, &problem))
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// A value that starts with an event and stands within `depth` lists and mappings.
    pub(super) fn node(&mut self, event: &Event, depth: usize) -> Result<Composed, Fault> {
        match event.body() {
            Body::Scalar(scalar) => self.scalar(event, &scalar),
            Body::MappingStart(properties) => self.collection(event, &properties, depth, Kind::Mapping),
            Body::SequenceStart(properties) => self.collection(event, &properties, depth, Kind::Sequence),
            Body::Alias(name) => self.alias(event, &name, depth),
            _ => Err(self.unexpected(event)),
        }
    }

    fn alias(&mut self, event: &Event, name: &str, depth: usize) -> Result<Composed, Fault> {
        let span = self.span(event.start, event.end);
        let Anchored { node, height, nodes } = self.anchors.get(name, span)?;
        let (node, height, nodes) = (node.clone(), *height, *nodes);
        self.check_depth(depth + height, span)?;
        self.count(nodes, span)?;
        Ok(Composed { node, end: event.end, height })
    }

    fn scalar(&mut self, event: &Event, scalar: &Scalar<'_>) -> Result<Composed, Fault> {
        let (span, end) = self.scalar_span(event, scalar);
        self.count(1, span)?;
        let value = match self.resolve(event, scalar, span)? {
            Resolved::Value(value) => value,
            Resolved::Merge => return Err(self.reserved("<<", "merges mappings and must be a key", span)),
            Resolved::Default => return Err(self.reserved("=", "is reserved by YAML", span)),
        };
        let node = Node::new(value, span);
        self.anchor_scalar(event, &scalar.properties, &node)?;
        Ok(Composed { node, end, height: 0 })
    }

    /// The key that starts with an event, in a mapping that stands within `depth - 1` others.
    pub(super) fn key(&mut self, event: &Event, depth: usize) -> Result<Key, Fault> {
        let kind = match event.body() {
            Body::Scalar(scalar) => {
                let (span, end) = self.scalar_span(event, &scalar);
                self.count(1, span)?;
                let value = match self.resolve(event, &scalar, span)? {
                    Resolved::Value(value) => value,
                    Resolved::Default => Value::String("=".into()),
                    Resolved::Merge => return Ok(Key::Merge),
                };
                let node = Node::new(value, span);
                self.anchor_scalar(event, &scalar.properties, &node)?;
                return Ok(Key::Own(node, end));
            }
            Body::Alias(name) => {
                let span = self.span(event.start, event.end);
                self.count(1, span)?;
                let node = &self.anchors.get(&name, span)?.node;
                if !matches!(node.value, Value::Sequence(_) | Value::Mapping(_)) {
                    return Ok(Key::Own(Node::new(node.value.clone(), span), event.end));
                }
                return Err(fault::unhashable_key(&node.kind().to_string(), span, ""));
            }
            Body::MappingStart(_) => Kind::Mapping,
            Body::SequenceStart(_) => Kind::Sequence,
            _ => return Err(self.unexpected(event)),
        };
        let (start, end) = self.skip_collection(event, depth)?;
        let braces = start.checked_sub(1).and_then(|start| self.text.get(start..=end));
        let (start, end) = match braces {
            Some(written) if written.starts_with("{{") && written.ends_with("}}") => (start - 1, end + 1),
            _ => (start, end),
        };
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let written = extent::unquoted(line);
        let written = if start + written.len() < end { "" } else { written };
        Err(fault::unhashable_key(&kind.to_string(), self.span(start, end), written))
    }

    /// Reads to the end of a list or mapping that will not be used, and says where it is written.
    fn skip_collection(&mut self, start: &Event, depth: usize) -> Result<(usize, usize), Fault> {
        let from = extent::prefix(self.text, start.start, start.end).content;
        let flow = matches!(self.text.as_bytes().get(from), Some(b'{' | b'['));
        let mut open = 1_usize;
        let mut last = start.end;
        loop {
            let event = self.next()?;
            match event.body() {
                Body::MappingStart(_) | Body::SequenceStart(_) => {
                    open += 1;
                    self.check_depth(depth + open, self.span(event.start, event.end))?;
                }
                Body::MappingEnd | Body::SequenceEnd => open -= 1,
                Body::StreamEnd => return Ok((from, last)),
                _ => last = event.end,
            }
            if open == 0 {
                return Ok((from, if flow { event.end } else { last }));
            }
        }
    }

    /// Where a scalar is written, and where the text goes on behind it.
    fn scalar_span(&self, event: &Event, scalar: &Scalar<'_>) -> (Span, usize) {
        let mut start = event.start;
        if matches!(self.text.as_bytes().get(start), Some(b'&' | b'!')) {
            start = extent::prefix(self.text, start, event.end).content;
        }
        let end = if scalar.block { extent::block_scalar_end(self.text, start, event.end) } else { event.end };
        (self.span(start, end), end)
    }

    fn resolve(&self, event: &Event, scalar: &Scalar<'_>, span: Span) -> Result<Resolved, Fault> {
        if scalar.implicit {
            return resolve::plain(&scalar.text).map_err(|invalid| invalid_scalar(invalid, span));
        }
        let tag = match scalar.properties.tag.as_deref() {
            None | Some("" | "!") => return Ok(Resolved::Value(Value::String(scalar.text.as_ref().into()))),
            Some(tag) => tag,
        };
        match tag.strip_prefix(STANDARD) {
            Some("merge") => Ok(Resolved::Merge),
            Some("value") => Ok(Resolved::Default),
            Some(name) if COLLECTION_TAGS.contains(&name) => {
                Err(self.tag_mismatch(event, "the value is not a list or mapping"))
            }
            name => match name.and_then(ScalarTag::from_name) {
                Some(tag) => resolve::tagged(tag, &scalar.text)
                    .map(Resolved::Value)
                    .map_err(|invalid| invalid_scalar(invalid, span)),
                None => Err(self.unknown_tag(event, tag)),
            },
        }
    }

    /// Adds nodes to the count of the text.
    pub(super) fn count(&mut self, nodes: usize, span: Span) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        let what = format!("the file has more than {} keys and values", self.limits.nodes);
        Err(fault::limit_exceeded(what, span, "split the file, or use fewer aliases of large values"))
    }

    pub(super) fn check_depth(&self, depth: usize, span: Span) -> Result<(), Fault> {
        if depth <= self.limits.depth {
            return Ok(());
        }
        let what = format!("lists and mappings are nested more than {} levels deep", self.limits.depth);
        Err(fault::limit_exceeded(what, span, "nest lists and mappings less deeply"))
    }

    fn anchor_scalar(&mut self, event: &Event, properties: &Properties<'_>, node: &Node) -> Result<(), Fault> {
        if let Some(name) = properties.anchor.as_deref() {
            self.open_anchor(event, properties)?;
            self.anchors.close(name, Anchored { node: node.clone(), height: 0, nodes: 1 });
        }
        Ok(())
    }

    pub(super) fn open_anchor(&mut self, event: &Event, properties: &Properties<'_>) -> Result<(), Fault> {
        let Some(name) = properties.anchor.as_deref() else { return Ok(()) };
        let anchor = extent::prefix(self.text, event.start, event.end).anchor.unwrap_or(event.start..event.end);
        self.anchors.open(name, self.span(anchor.start, anchor.end))
    }

    /// Keeps a copy of a value for later aliases. The copy counts like the value itself.
    pub(super) fn close_anchor(
        &mut self,
        properties: &Properties<'_>,
        node: &Node,
        height: usize,
        nodes: usize,
    ) -> Result<(), Fault> {
        if let Some(name) = properties.anchor.as_deref() {
            self.count(nodes, node.span)?;
            self.anchors.close(name, Anchored { node: node.clone(), height, nodes });
        }
        Ok(())
    }

    /// The name of a standard tag, such as `omap`; none for an untagged node.
    pub(super) fn standard_tag<'tag>(
        &self,
        event: &Event,
        properties: &'tag Properties<'_>,
    ) -> Result<Option<&'tag str>, Fault> {
        match properties.tag.as_deref() {
            None | Some("" | "!") => Ok(None),
            Some(tag) => match tag.strip_prefix(STANDARD) {
                Some(name) => Ok(Some(name)),
                None => Err(self.unknown_tag(event, tag)),
            },
        }
    }

    pub(super) fn unknown_tag(&self, event: &Event, tag: &str) -> Fault {
        let (span, written) = self.tag_span(event);
        let fault = match tag.strip_prefix(STANDARD) {
            Some("binary") => {
                Diagnostic::error(&UNKNOWN_TAG, "binary values with the tag `!!binary` are not supported")
                    .label(span, "this tag cannot be used")
                    .help("write the value as text, or keep it in a file of its own")
            }
            _ => Diagnostic::error(&UNKNOWN_TAG, format!("tag `{written}` is unknown"))
                .label(span, "unknown tag")
                .help("remove the tag, or put the value in quotes if `!` is part of the text"),
        };
        Box::new(fault)
    }

    pub(super) fn tag_mismatch(&self, event: &Event, detail: &str) -> Fault {
        let (span, written) = self.tag_span(event);
        let fault = Diagnostic::error(&TAG_MISMATCH, format!("tag `{written}` does not fit: {detail}"))
            .label(span, "this tag")
            .help("remove the tag, or change the value");
        Box::new(fault)
    }

    fn tag_span(&self, event: &Event) -> (Span, &'text str) {
        let tag = extent::prefix(self.text, event.start, event.end).tag.unwrap_or(event.start..event.end);
        (self.span(tag.start, tag.end), self.text.get(tag).unwrap_or_default())
    }

    fn reserved(&self, text: &str, why: &str, span: Span) -> Fault {
        let fault = Diagnostic::error(&INVALID_SCALAR, format!("a plain `{text}` cannot be a value: it {why}"))
            .label(span, "used as a value here")
            .help(format!("put it in quotes if it is text: `\"{text}\"`"));
        Box::new(fault)
    }

    pub(super) fn unexpected(&self, event: &Event) -> Fault {
        let fault = Diagnostic::error(&YAML_SYNTAX, "a value is missing here")
            .label(self.span(event.start, event.end), "expected a value")
            .help("write a value, or `null` if there is none");
        Box::new(fault)
    }
}

fn invalid_scalar(invalid: Invalid, span: Span) -> Fault {
    Box::new(Diagnostic::error(&INVALID_SCALAR, invalid.message).label(span, "this value").help(invalid.help))
}
