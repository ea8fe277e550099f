//! YAML text of a value: JSON goes in, block-style YAML with quoted strings comes out.

use serde_json::Value;

/// The value as YAML, with a line break at its end.
///
/// Strings are written as JSON strings, which every version of YAML reads as the same text.
pub(super) fn yaml_text(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value, 0);
    out.push('\n');
    out
}

/// Writes a value whose first line goes on where the text ends.
fn push(out: &mut String, value: &Value, depth: usize) {
    let break_line = |out: &mut String, first: bool| {
        if !first {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                break_line(out, index == 0);
                out.push_str("- ");
                push(out, item, depth + 1);
            }
        }
        Value::Object(entries) if !entries.is_empty() => {
            for (index, (key, item)) in entries.iter().enumerate() {
                break_line(out, index == 0);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                match item {
                    Value::Array(items) if !items.is_empty() => nest(out, item, depth + 1),
                    Value::Object(entries) if !entries.is_empty() => nest(out, item, depth + 1),
                    _ => {
                        out.push(' ');
                        push(out, item, depth + 1);
                    }
                }
            }
        }
        _ => out.push_str(&value.to_string()),
    }
}

fn nest(out: &mut String, value: &Value, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
    push(out, value, depth);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::yaml;

    #[test]
    fn nested_values_are_read_back() {
        let value = json!({"a": [1, {"b": "it's: #1\n", "c": []}, [true, null]], "d": {"e f": {}}, "g": "no"});
        let text = yaml_text(&value);
        assert!(text.starts_with("\"a\":\n  - 1\n  - \"b\": "), "{text}");
        let file = SourceMap::new("/").add("a.yaml", text.clone());
        let parsed = yaml::parse(file, &text, &yaml::Limits::default()).unwrap();
        assert_eq!(crate::plugin::runtime::wire::json(&parsed.documents[0]), value);
    }

    #[test]
    fn scalars_stand_alone() {
        assert_eq!(yaml_text(&json!("x")), "\"x\"\n");
        assert_eq!(yaml_text(&json!({})), "{}\n");
    }
}
