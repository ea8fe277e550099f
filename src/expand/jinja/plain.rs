//! The fast path: text with nothing but `{{ name }}` in it, which is nearly all there is.
//!
//! Such text is filled in by one scan, without compiling a template. Everything else is left to the engine.

use minijinja::Value;

use super::text::write_text;

/// Names that mean something else than a variable, or that the engine has to explain.
const RESERVED: [&str; 18] = [
    "and", "caller", "else", "False", "false", "if", "in", "is", "kwargs", "None", "none", "not", "or", "self",
    "super", "True", "true", "varargs",
];

/// Renders the source, or returns `None` if it needs the engine. The source has only `\n` line ends.
pub(super) fn render(source: &str, context: &Value) -> Option<String> {
    let mut rest = source.strip_suffix('\n').unwrap_or(source);
    let mut text = String::with_capacity(rest.len() + 16);
    while let Some(at) = memchr::memchr(b'{', rest.as_bytes()) {
        let (literal, tag) = rest.split_at_checked(at)?;
        text.push_str(literal);
        match tag.as_bytes().get(1) {
            Some(b'{') => {
                let (name, after) = variable(tag)?;
                let value = context.get_attr(name).ok().filter(|value| !value.is_undefined())?;
                write_text(&mut text, &value).ok()?;
                rest = after;
            }
            Some(b'%' | b'#') => return None,
            _ => {
                text.push('{');
                rest = tag.get(1..)?;
            }
        }
    }
    text.push_str(rest);
    Some(text)
}

/// The name in the `{{ name }}` at the start of the text, and what follows it.
fn variable(tag: &str) -> Option<(&str, &str)> {
    let space = [' ', '\t', '\n'];
    let inner = tag.strip_prefix("{{")?.trim_start_matches(space);
    let end = inner.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    let (name, after) = inner.split_at_checked(end)?;
    let after = after.trim_start_matches(space).strip_prefix("}}")?;
    let starts_well = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    (starts_well && !RESERVED.contains(&name)).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn text_with_names_only_needs_no_engine() {
        let context = context! { a => "x", b => vec!["y"] };
        assert_eq!(render("{{ a }}_{{b}} {c} }}\n", &context).as_deref(), Some("x_['y'] {c} }}"));
    }

    #[test]
    fn everything_else_is_left_to_the_engine() {
        let context = context! { a => "x" };
        for source in
            ["{{ a.b }}", "{{ missing }}", "{{- a }}", "{{ a", "{{ a | upper }}", "{% if a %}", "{# a #}", "{{ 1 }}"]
        {
            assert_eq!(render(source, &context), None, "{source}");
        }
    }

    #[test]
    fn reserved_names_are_no_variables_even_if_a_parameter_has_their_name() {
        assert_eq!(render("{{ none }}", &context! { none => 1 }), None);
    }
}
