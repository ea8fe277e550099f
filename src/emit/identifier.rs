//! Names in Python source.

use ruff_python_ast::Expr;

use super::python;

/// Words that Python reserves.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a text can name a variable or a function.
pub fn is_identifier(text: &str) -> bool {
    if text.is_ascii() {
        let mut bytes = text.bytes();
        return bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && KEYWORDS.binary_search(&text).is_err();
    }
    // Which other letters may stand in a name is the parser's knowledge.
    python::expression(text).is_ok_and(|parsed| matches!(parsed.expr(), Expr::Name(name) if name.id.as_str() == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn names_are_told_from_other_text() {
        for name in ["a", "_", "A1_b", "match", "größe", "数"] {
            assert!(is_identifier(name), "{name}");
        }
        for text in ["", "1a", "a b", "a.b", "class", "None", "a-b", " ä", "ä ", "ä\n", "ä#", "(ä)", "ä\u{202e}"]
        {
            assert!(!is_identifier(text), "{text:?}");
        }
    }
}
