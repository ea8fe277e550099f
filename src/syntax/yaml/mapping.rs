//! Mappings under construction: pairs and merged mappings go in, unique pairs in Python's order come out.
//!
//! Keys are compared as Python compares them, so `1`, `1.0` and `true` are the same key.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::syntax::{Entry, Mapping, Node, Value};

/// Up to this many pairs, looking at each key is faster than hashing.
const LINEAR: usize = 16;

/// A mapping that is being read.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    own: Unique,
    merged: Vec<Entry>,
}

impl Pairs {
    /// Adds a pair. If the key is there already, its value is replaced.
    pub fn insert(&mut self, key: Node, value: Node) -> Option<Repeated> {
        self.own.insert(key, value)
    }

    /// Adds the pairs of a mapping behind a `<<` key. Later merges override earlier ones.
    pub fn merge(&mut self, mapping: Mapping) {
        self.merged.extend(mapping.entries);
    }

    /// Merged pairs come first, in their order; own pairs override them in place or follow.
    pub fn finish(self) -> Mapping {
        if self.merged.is_empty() {
            return Mapping { entries: self.own.entries };
        }
        let mut all = Unique::default();
        for entry in self.merged.into_iter().chain(self.own.entries) {
            let _ = all.insert(entry.key, entry.value);
        }
        Mapping { entries: all.entries }
    }
}

/// A key that was there already.
#[derive(Debug, PartialEq)]
pub(super) struct Repeated {
    pub key: Node,
    /// Where the key stood before.
    pub earlier: Span,
}

/// Pairs of which no key occurs twice.
#[derive(Debug, Default)]
struct Unique {
    entries: Vec<Entry>,
    index: FxHashMap<Identity, usize>,
}

impl Unique {
    fn insert(&mut self, key: Node, value: Node) -> Option<Repeated> {
        match self.position(&key.value) {
            Some(at) => {
                let entry = self.entries.get_mut(at)?;
                let earlier = entry.key.span;
                entry.key.span = key.span;
                entry.value = value;
                Some(Repeated { key, earlier })
            }
            None => {
                if self.entries.len() >= LINEAR {
                    self.index.insert(Identity::of(&key.value), self.entries.len());
                }
                self.entries.push(Entry { key, value });
                None
            }
        }
    }

    fn position(&self, key: &Value) -> Option<usize> {
        let first = self.entries.iter().take(LINEAR).position(|entry| same_key(&entry.key.value, key));
        if first.is_some() || self.index.is_empty() {
            return first;
        }
        self.index.get(&Identity::of(key)).copied()
    }
}

fn same_key(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left == right,
        (Value::String(_), _) | (_, Value::String(_)) => false,
        _ => Identity::of(left) == Identity::of(right),
    }
}

/// What Python's `==` and `hash` see of a key.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Null,
    Int(i64),
    BigInt(Arc<str>),
    /// A number with a fraction, an infinity, or the one not-a-number of the loader.
    Fraction(u64),
    Timestamp(Arc<str>),
    String(Arc<str>),
    /// Collections and secrets are no keys of a parsed mapping.
    Other,
}

impl Identity {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Int(i64::from(*flag)),
            Value::Int(number) => Self::Int(*number),
            Value::BigInt(digits) => Self::BigInt(digits.clone()),
            Value::Float(number) => Self::of_float(*number),
            Value::Timestamp(text) => Self::Timestamp(text.clone()),
            Value::String(text) => Self::String(text.clone()),
            Value::Secret(_) | Value::Sequence(_) | Value::Mapping(_) => Self::Other,
        }
    }

    fn of_float(number: f64) -> Self {
        if number.is_nan() {
            return Self::Fraction(f64::NAN.to_bits());
        }
        if number.fract() != 0.0 || number.is_infinite() {
            return Self::Fraction(number.to_bits());
        }
        let digits = format!("{number:.0}");
        match digits.parse() {
            Ok(number) => Self::Int(number),
            Err(_) => Self::BigInt(digits.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn node(value: Value, at: usize) -> Node {
        Node::new(value, Span::new(SourceMap::new("/").add("a.yaml", ""), at, at + 1))
    }

    fn keys(mapping: &Mapping) -> Vec<&Value> {
        mapping.entries.iter().map(|entry| &entry.key.value).collect()
    }

    #[test]
    fn numbers_that_python_holds_equal_are_one_key() {
        let mut pairs = Pairs::default();
        assert_eq!(pairs.insert(node(Value::Int(1), 0), node(Value::Null, 0)), None);
        assert!(pairs.insert(node(Value::Float(1.0), 1), node(Value::Null, 1)).is_some());
        assert!(pairs.insert(node(Value::Bool(true), 2), node(Value::Null, 2)).is_some());
        assert_eq!(pairs.insert(node(Value::String("1".into()), 3), node(Value::Null, 3)), None);
        assert_eq!(pairs.insert(node(Value::Float(1.5), 4), node(Value::Null, 4)), None);
        assert_eq!(keys(&pairs.finish()), [&Value::Int(1), &Value::String("1".into()), &Value::Float(1.5)]);
    }

    #[test]
    fn big_integers_equal_floats_of_the_same_value() {
        let mut pairs = Pairs::default();
        pairs.insert(node(Value::BigInt("100000000000000000000".into()), 0), node(Value::Null, 0));
        assert!(pairs.insert(node(Value::Float(1e20), 1), node(Value::Null, 1)).is_some());
        pairs.insert(node(Value::Float(f64::NAN), 2), node(Value::Null, 2));
        assert!(pairs.insert(node(Value::Float(-f64::NAN), 3), node(Value::Null, 3)).is_some());
        pairs.insert(node(Value::Float(-0.0), 4), node(Value::Null, 4));
        assert!(pairs.insert(node(Value::Bool(false), 5), node(Value::Null, 5)).is_some());
    }

    #[test]
    fn a_repeated_key_keeps_its_first_position_and_its_last_value() {
        let mut pairs = Pairs::default();
        for at in 0..40 {
            pairs.insert(node(Value::String(format!("k{at}").into()), at), node(Value::Int(0), at));
        }
        for repeated in [3, 30] {
            let key = node(Value::String(format!("k{repeated}").into()), 100);
            let repeated_key = pairs.insert(key, node(Value::Int(1), 100)).unwrap();
            assert_eq!(repeated_key.earlier.start, repeated as u32);
        }
        let mapping = pairs.finish();
        assert_eq!(mapping.entries.len(), 40);
        assert_eq!(mapping.entries[30].value.value, Value::Int(1));
        assert_eq!(mapping.entries[3].key.span.start, 100);
    }

    #[test]
    fn own_keys_override_merged_ones_in_place() {
        let entry =
            |key: &str, number| Entry { key: node(Value::String(key.into()), 0), value: node(Value::Int(number), 0) };
        let mut pairs = Pairs::default();
        pairs.insert(node(Value::String("b".into()), 0), node(Value::Int(9), 0));
        pairs.merge(Mapping { entries: vec![entry("a", 1), entry("b", 2)] });
        pairs.insert(node(Value::String("c".into()), 0), node(Value::Int(3), 0));
        let mapping = pairs.finish();
        let shown: Vec<_> = mapping.entries.iter().map(|entry| (entry.key.as_str(), &entry.value.value)).collect();
        let expected = [(Some("a"), &Value::Int(1)), (Some("b"), &Value::Int(9)), (Some("c"), &Value::Int(3))];
        assert_eq!(shown, expected);
    }
}
