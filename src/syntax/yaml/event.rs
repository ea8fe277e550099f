//! A safe reader of libyaml events: text goes in, events with byte offsets come out.
//!
//! This is the only file that calls the C-like parser interface. It knows nothing about values.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, addr_of_mut};

use libyaml_rs::{
    yaml_encoding_t, yaml_error_type_t, yaml_event_delete, yaml_event_t, yaml_event_type_t, yaml_mark_t,
    yaml_parser_delete, yaml_parser_initialize, yaml_parser_parse, yaml_parser_set_encoding,
    yaml_parser_set_input_string, yaml_parser_t, yaml_scalar_style_t,
};

/// The byte-order mark that a text may start with.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The event stream of one text.
pub(super) struct Events<'text> {
    /// Exclusively owned; allocated by `Box`, because the parser keeps a pointer to itself.
    parser: NonNull<yaml_parser_t>,
    /// What to add to an offset of the parser to get an offset of the text.
    base: usize,
    text: PhantomData<&'text str>,
}

/// One event. Its strings live as long as the event.
pub(super) struct Event {
    raw: yaml_event_t,
    /// Where the event starts, in bytes. Anchor and tag belong to the event.
    pub start: usize,
    /// Where the event ends, in bytes.
    pub end: usize,
}

/// What an event says.
pub(super) enum Body<'event> {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(Cow<'event, str>),
    Scalar(Scalar<'event>),
    SequenceStart(Properties<'event>),
    SequenceEnd,
    MappingStart(Properties<'event>),
    MappingEnd,
}

/// Anchor and tag of a node. A tag is given in its long form, `tag:yaml.org,2002:str`.
pub(super) struct Properties<'event> {
    pub anchor: Option<Cow<'event, str>>,
    pub tag: Option<Cow<'event, str>>,
}

/// A scalar event.
pub(super) struct Scalar<'event> {
    pub properties: Properties<'event>,
    pub text: Cow<'event, str>,
    /// Whether the kind of the value follows from its text.
    pub implicit: bool,
    /// Whether it is written as a `|` or `>` block.
    pub block: bool,
}

/// What the parser says about a text that is not YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    /// In the words of libyaml, for example `did not find expected key`.
    pub text: &'static str,
    /// What was being read, for example `while parsing a block mapping`; empty if unknown.
    pub context: &'static str,
    /// Byte offset of the problem.
    pub at: usize,
    /// Byte offset at which the construct named by the context starts.
    pub context_at: Option<usize>,
    /// The offending character code, for problems of the character reader.
    pub code: Option<u32>,
}

impl<'text> Events<'text> {
    /// Starts to read a text. A leading byte-order mark is skipped.
    pub fn new(text: &'text str) -> Result<Self, Problem> {
        let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let storage = Box::into_raw(Box::new(MaybeUninit::<yaml_parser_t>::uninit())).cast::<yaml_parser_t>();
        // SAFETY: `storage` comes from `Box::into_raw`, is not null, and is large and aligned enough for a
        // parser; `yaml_parser_initialize` overwrites all of it before it reads any of it.
        let initialized = unsafe { yaml_parser_initialize(storage) }.ok;
        let Some(parser) = NonNull::new(storage).filter(|_| initialized) else {
            // SAFETY: `storage` was made by `Box::into_raw` above and is not used afterwards. Its contents are
            // `MaybeUninit`, so dropping the box runs no code on them.
            drop(unsafe { Box::from_raw(storage.cast::<MaybeUninit<yaml_parser_t>>()) });
            return Err(Problem { text: "out of memory", context: "", at: 0, context_at: None, code: None });
        };
        // SAFETY: the parser is initialized and has no input yet, as both calls demand. It keeps a pointer into
        // `body`, which outlives it: the lifetime of `Self` is bound to that of the text. A `str` is never null.
        unsafe {
            yaml_parser_set_encoding(parser.as_ptr(), yaml_encoding_t::YAML_UTF8_ENCODING);
            yaml_parser_set_input_string(parser.as_ptr(), body.as_ptr(), body.len() as u64);
        }
        Ok(Self { parser, base: text.len() - body.len(), text: PhantomData })
    }

    /// The next event. After the end of the stream or a problem, the end of the stream.
    pub fn next(&mut self) -> Result<Event, Problem> {
        let mut raw = MaybeUninit::<yaml_event_t>::uninit();
        // SAFETY: the parser is initialized, and `raw` is writable memory of the size of an event.
        let parsed = unsafe { yaml_parser_parse(self.parser.as_ptr(), raw.as_mut_ptr()) }.ok;
        if !parsed {
            return Err(self.problem());
        }
        // SAFETY: a successful call has filled the whole event: the parser zeroes it first, and all zeroes is
        // a valid event without content.
        let raw = unsafe { raw.assume_init() };
        let (start, end) = (self.offset(raw.start_mark), self.offset(raw.end_mark));
        Ok(Event { raw, start, end })
    }

    fn offset(&self, mark: yaml_mark_t) -> usize {
        usize::try_from(mark.index).unwrap_or(usize::MAX).saturating_add(self.base)
    }

    fn problem(&self) -> Problem {
        // SAFETY: the parser is initialized, is not being changed while `self` is borrowed, and its public
        // prefix holds only plain data.
        let parser = unsafe { self.parser.as_ref() };
        let reader = parser.error == yaml_error_type_t::YAML_READER_ERROR;
        let at = if reader {
            usize::try_from(parser.problem_offset).unwrap_or(usize::MAX).saturating_add(self.base)
        } else {
            self.offset(parser.problem_mark)
        };
        // SAFETY: both are null or point to string constants of the parser, which end in a zero byte.
        let (text, context) = unsafe { (constant(parser.problem.cast()), constant(parser.context.cast())) };
        Problem {
            text,
            context,
            at,
            context_at: (!context.is_empty()).then(|| self.offset(parser.context_mark)),
            code: u32::try_from(parser.problem_value).ok().filter(|_| reader),
        }
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser is initialized and is deleted once. Its memory was made by `Box::into_raw` in
        // `new`, and nothing points to it any more; a box of `MaybeUninit` runs no code on its contents.
        unsafe {
            yaml_parser_delete(self.parser.as_ptr());
            drop(Box::from_raw(self.parser.as_ptr().cast::<MaybeUninit<yaml_parser_t>>()));
        }
    }
}

impl Event {
    /// What the event says.
    pub fn body(&self) -> Body<'_> {
        let data = &self.raw.data;
        match self.raw.type_ {
            yaml_event_type_t::YAML_STREAM_START_EVENT => Body::StreamStart,
            yaml_event_type_t::YAML_DOCUMENT_START_EVENT => Body::DocumentStart,
            yaml_event_type_t::YAML_DOCUMENT_END_EVENT => Body::DocumentEnd,
            yaml_event_type_t::YAML_SEQUENCE_END_EVENT => Body::SequenceEnd,
            yaml_event_type_t::YAML_MAPPING_END_EVENT => Body::MappingEnd,
            yaml_event_type_t::YAML_ALIAS_EVENT => {
                // SAFETY: the type says that the union holds an alias; its anchor is a string of the event.
                let anchor = unsafe { string(data.alias.anchor) };
                Body::Alias(anchor.unwrap_or_default())
            }
            yaml_event_type_t::YAML_SCALAR_EVENT => {
                // SAFETY: the type says that the union holds a scalar.
                let scalar = unsafe { data.scalar };
                let text = if scalar.value.is_null() {
                    Cow::default()
                } else {
                    // SAFETY: `value` points to `length` bytes which the event owns and nobody changes while
                    // the event is borrowed.
                    let bytes = unsafe { std::slice::from_raw_parts(scalar.value, scalar.length as usize) };
                    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
                };
                Body::Scalar(Scalar {
                    // SAFETY: both are null or strings of the event.
                    properties: unsafe { properties(scalar.anchor, scalar.tag) },
                    text,
                    implicit: scalar.plain_implicit,
                    block: matches!(
                        scalar.style,
                        yaml_scalar_style_t::YAML_LITERAL_SCALAR_STYLE | yaml_scalar_style_t::YAML_FOLDED_SCALAR_STYLE
                    ),
                })
            }
            yaml_event_type_t::YAML_SEQUENCE_START_EVENT => {
                // SAFETY: the type says that the union holds the start of a sequence, whose two pointers are
                // null or strings of the event.
                Body::SequenceStart(unsafe { properties(data.sequence_start.anchor, data.sequence_start.tag) })
            }
            yaml_event_type_t::YAML_MAPPING_START_EVENT => {
                // SAFETY: the type says that the union holds the start of a mapping, whose two pointers are
                // null or strings of the event.
                Body::MappingStart(unsafe { properties(data.mapping_start.anchor, data.mapping_start.tag) })
            }
            // Besides the end of the stream, only the empty event remains, which follows that end.
            _ => Body::StreamEnd,
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event was filled by the parser, which keeps no pointer to its strings, and is deleted once.
        unsafe { yaml_event_delete(addr_of_mut!(self.raw)) }
    }
}

/// # Safety
/// Each pointer is null or points to a string that ends in a zero byte and lives for `'event`.
unsafe fn properties<'event>(anchor: *const u8, tag: *const u8) -> Properties<'event> {
    // SAFETY: promised by the caller.
    unsafe { Properties { anchor: string(anchor), tag: string(tag) } }
}

/// # Safety
/// The pointer is null or points to a string that ends in a zero byte and lives for `'event`.
unsafe fn string<'event>(pointer: *const u8) -> Option<Cow<'event, str>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(unsafe { CStr::from_ptr(pointer.cast::<c_char>()) }.to_string_lossy())
}

/// # Safety
/// The pointer is null or points to a string constant that ends in a zero byte.
unsafe fn constant(pointer: *const c_char) -> &'static str {
    if pointer.is_null() {
        return "";
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr::<'static>(pointer) }.to_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str) -> Vec<(usize, usize)> {
        let mut events = Events::new(text).unwrap();
        let mut offsets = Vec::new();
        loop {
            let event = events.next().unwrap();
            match event.body() {
                Body::Scalar(_) => offsets.push((event.start, event.end)),
                Body::StreamEnd => return offsets,
                _ => {}
            }
        }
    }

    #[test]
    fn offsets_count_bytes_also_after_a_byte_order_mark() {
        assert_eq!(starts("ä: b"), [(0, 2), (4, 5)]);
        assert_eq!(starts("\u{feff}ä: b"), [(3, 5), (7, 8)]);
    }

    #[test]
    fn reading_past_the_end_or_past_a_problem_gives_the_end_again() {
        let mut events = Events::new("a").unwrap();
        while !matches!(events.next().unwrap().body(), Body::StreamEnd) {}
        assert!(matches!(events.next().unwrap().body(), Body::StreamEnd));

        let mut events = Events::new("]").unwrap();
        let problem = loop {
            if let Err(problem) = events.next() {
                break problem;
            }
        };
        assert_eq!(problem.at, 0);
        assert!(matches!(events.next().unwrap().body(), Body::StreamEnd));
    }

    #[test]
    fn strings_outlive_later_events() {
        let mut events = Events::new("[&x !t a, b]").unwrap();
        let mut kept = Vec::new();
        for _ in 0..5 {
            kept.push(events.next().unwrap());
        }
        drop(events);
        let Body::Scalar(scalar) = kept[3].body() else { panic!("third event is a scalar") };
        assert_eq!(scalar.text, "a");
        assert_eq!(scalar.properties.anchor.as_deref(), Some("x"));
        assert_eq!(scalar.properties.tag.as_deref(), Some("!t"));
    }

    #[test]
    fn a_control_character_is_a_problem_at_its_own_offset() {
        let mut events = Events::new("\u{feff}a: \u{7}").unwrap();
        let problem = loop {
            if let Err(problem) = events.next() {
                break problem;
            }
        };
        assert_eq!((problem.at, problem.code), (6, Some(7)));
    }
}
