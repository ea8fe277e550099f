//! Bounds on the shape of a template, checked on its text before the engine compiles it.
//!
//! The engine limits nested brackets and blocks, but not chains such as `1 + 1 + …`, which it follows by
//! recursion too. Real templates are far from these bounds.

use minijinja::Error;

use super::error::refusal;

/// Text shorter than this cannot hold a chain that is too long.
const ALWAYS_FINE: usize = 1000;

/// Operators, filters, attributes and calls that may depend on each other in one expression.
const LONGEST_CHAIN: usize = 500;

/// `elif` branches in one template.
const MOST_BRANCHES: usize = 250;

/// Refuses templates that would exhaust the stack.
pub(super) fn check(source: &str) -> Result<(), Error> {
    if source.len() < ALWAYS_FINE {
        return Ok(());
    }
    let mut branches = 0;
    let mut rest = source;
    while let Some(at) = memchr::memchr(b'{', rest.as_bytes()) {
        let tag = rest.get(at..).unwrap_or_default();
        if !tag.starts_with("{{") && !tag.starts_with("{%") {
            rest = tag.get(1..).unwrap_or_default();
            continue;
        }
        let inside = tag.get(2..).unwrap_or_default();
        branches += usize::from(inside.trim_start_matches(['-', '+', ' ', '\n', '\t']).starts_with("elif"));
        let Some(length) = expression_length(inside) else {
            return Err(refusal(
                format!("an expression has more than {LONGEST_CHAIN} operators that depend on each other"),
                "compute a part of it with `{% set ... %}` first",
            ));
        };
        rest = inside.get(length..).unwrap_or_default();
    }
    if branches > MOST_BRANCHES {
        return Err(refusal(
            format!("the template has more than {MOST_BRANCHES} `elif` branches"),
            "look the value up in a mapping instead",
        ));
    }
    Ok(())
}

/// The length of an expression up to its closing mark, or `None` if it holds a chain that is too long.
fn expression_length(text: &str) -> Option<usize> {
    // The links of the current item at each depth of brackets, and their sum.
    let mut links = vec![0_usize];
    let mut total = 0_usize;
    let mut characters = text.char_indices().peekable();
    let mut in_word = false;
    while let Some((at, character)) = characters.next() {
        let closes = matches!(text.get(at..at + 2), Some("}}" | "%}"));
        if closes && (links.len() == 1 || character == '%') {
            return Some(at);
        }
        let starts_word = character.is_alphabetic() && !in_word;
        in_word = character.is_alphanumeric() || character == '_';
        match character {
            '"' | '\'' => {
                while let Some((_, inner)) = characters.next_if(|(_, inner)| *inner != character) {
                    if inner == '\\' {
                        characters.next();
                    }
                }
                characters.next();
            }
            '(' | '[' | '{' => {
                count(&mut links, &mut total);
                links.push(0);
            }
            ')' | ']' | '}' if links.len() > 1 => total -= links.pop().unwrap_or(0),
            ',' => total -= links.last_mut().map_or(0, std::mem::take),
            '+' | '-' | '*' | '/' | '%' | '~' | '|' | '.' | '<' | '>' | '=' | '!' => count(&mut links, &mut total),
            _ if starts_word => count(&mut links, &mut total),
            _ => {}
        }
        if total > LONGEST_CHAIN {
            return None;
        }
    }
    Some(text.len())
}

fn count(links: &mut [usize], total: &mut usize) {
    if let Some(last) = links.last_mut() {
        *last += 1;
        *total += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_chains_are_refused_in_whatever_way_they_are_written() {
        for link in ["-", "not ", "1+", ".b", "|upper", "(1, 2)", "[1]", " if 1 else 1", " is odd"] {
            assert!(check(&format!("{{{{ a{} }}}}", link.repeat(2000))).is_err(), "{link}");
        }
        assert!(check(&format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(300))).is_err());
    }

    #[test]
    fn long_lists_and_long_text_are_fine() {
        let list = "['a-b.c(', {'k': 1 + 2}], ".repeat(2000);
        assert!(check(&format!("{{% set list = [{list}] %}}")).is_ok());
        assert!(check(&format!("{{{{ \"{}\" }}}}", "+1 }} \\\"".repeat(2000))).is_ok());
        assert!(check(&"a + b - c {{ d }} | e\n".repeat(2000)).is_ok());
    }
}
