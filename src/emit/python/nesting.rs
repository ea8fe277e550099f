//! How deep Python nests: source goes in, a bound of the depth of its syntax tree comes out, or the line in which it is
//! too deep.
//!
//! Trees are read, visited, laid out and dropped by functions that call themselves, level by level, so a few kilobytes
//! of brackets would use up any stack. The bound is counted from tokens, before there is a tree and without a call per
//! level. It lies a little below what CPython itself takes.

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_parser::{Mode, lexer};

/// Levels of expressions. CPython 3.11 refuses a chain of 2,990 attributes, and one of 1,495 method calls.
pub(super) const LEVELS: usize = 2_900;
/// Open brackets, those of f-strings included. CPython refuses more than this.
const BRACKETS: usize = 200;
/// Levels of indentation, which CPython refuses, too.
const INDENTS: usize = 99;

/// What is too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooDeep {
    Brackets,
    Levels,
    Indents,
}

impl TooDeep {
    pub fn message(self) -> String {
        match self {
            Self::Brackets => format!("more than {BRACKETS} brackets are open at once"),
            Self::Levels => format!("an expression has more than {LEVELS} levels"),
            Self::Indents => format!("more than {INDENTS} levels of indentation"),
        }
    }
}

/// A bound of the depth of the syntax tree.
///
/// # Errors
/// It is too deep. The line is 1-based.
pub(super) fn depth(source: &str, mode: Mode) -> Result<usize, (usize, TooDeep)> {
    // Every level is made of at least one character.
    if source.len() <= INDENTS {
        return Ok(source.len());
    }
    of_source(source, mode).map_err(|why| (line_of_fault(source, mode), why))
}

/// As [`depth`], with the tokens of a tree that there is already.
///
/// # Errors
/// As [`depth`].
pub(super) fn depth_of(tokens: &Tokens, source: &str) -> Result<usize, (usize, TooDeep)> {
    of_tokens(tokens.iter().map(Token::kind)).map_err(|why| (line_of_fault(source, Mode::Module), why))
}

/// Whether a source is surely not so deep that there must be no tree of it. It need not be divided into tokens to see
/// that there are too few of those that make a tree deep; nearly every source has so few.
pub(super) fn is_harmless(source: &str) -> bool {
    let mut found = 0;
    let mut before = 0;
    for byte in source.bytes() {
        // Without a branch, since this is done with every byte of every module.
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(DEEPENS);
        let starts = (class / STARTS) & !(before / WORD);
        found += usize::from((class | starts) & DEEPENS);
        before = class;
    }
    found <= LEVELS
}

/// A character that may be, or be part of, a token that makes a tree deeper.
const DEEPENS: u8 = 1;
/// A character of words.
const WORD: u8 = 2;
/// A character with which such a word starts: `await`, `if`, `lambda`, `not`, `yield`.
const STARTS: u8 = 4;

#[expect(clippy::indexing_slicing, reason = "a table as long as there are bytes, made when this is compiled")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'(' | b'[' | b'{' | b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'|' | b'&' | b'^' | b'~' | b'<'
            | b'>' | b'=' => DEEPENS,
            b'a' | b'i' | b'l' | b'n' | b'y' => WORD | STARTS,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 128.. => WORD,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The first line with which a source is too deep. Tokens of the lexer have no places, so it is looked for with parts of
/// the source: what is too deep stays so, whatever follows.
fn line_of_fault(source: &str, mode: Mode) -> usize {
    let ends: Vec<usize> = source.match_indices('\n').map(|(at, _)| at + 1).collect();
    let is_fine = |end: &usize| source.get(..*end).is_none_or(|part| of_source(part, mode).is_ok());
    ends.partition_point(is_fine) + 1
}

fn of_source(source: &str, mode: Mode) -> Result<usize, TooDeep> {
    let mut lexer = lexer::lex(source, mode);
    of_tokens(std::iter::from_fn(|| Some(lexer.next_token()).filter(|token| *token != TokenKind::EndOfFile)))
}

fn of_tokens(tokens: impl Iterator<Item = TokenKind>) -> Result<usize, TooDeep> {
    let mut levels = Levels { open: vec![Level::default()], deepest: 0, indents: 0 };
    for token in tokens {
        levels.read(token)?;
    }
    levels.end()
}

/// Where the tokens have led to.
struct Levels {
    /// The module, and the brackets that are open in it.
    open: Vec<Level>,
    /// That of the deepest statement so far.
    deepest: usize,
    indents: usize,
}

/// What stands between two brackets, or in one statement. It is made of parts beside one another, which commas, colons
/// and ends of statements separate, and a part of operands beside one another, which `and` and the like separate.
#[derive(Default)]
struct Level {
    /// The deepest part.
    parts: usize,
    /// What of the part reaches to its end, such as a lambda.
    reaching: usize,
    /// The deepest operand of the part.
    operands: usize,
    /// Dots, operators and brackets of the operand.
    links: usize,
    /// The deepest brackets of the operand.
    inside: usize,
    /// Lambdas whose parameters have not ended.
    lambdas: usize,
}

impl Level {
    /// Something that is another level for whatever it joins.
    fn link(&mut self) -> Result<(), TooDeep> {
        self.links += 1;
        self.within()
    }

    /// Something that holds all of the rest of the part.
    fn reach(&mut self) -> Result<(), TooDeep> {
        self.reaching += 1;
        self.within()
    }

    fn within(&self) -> Result<(), TooDeep> {
        if self.part() > LEVELS { Err(TooDeep::Levels) } else { Ok(()) }
    }

    fn operand(&self) -> usize {
        self.links + self.inside
    }

    fn part(&self) -> usize {
        self.reaching + self.operands.max(self.operand())
    }

    fn whole(&self) -> usize {
        self.parts.max(self.part())
    }

    fn end_operand(&mut self) {
        self.operands = self.operands.max(self.operand());
        self.links = 0;
        self.inside = 0;
    }

    fn end_part(&mut self) {
        self.parts = self.whole();
        self.operands = 0;
        self.links = 0;
        self.inside = 0;
        self.reaching = 0;
    }
}

impl Levels {
    fn read(&mut self, token: TokenKind) -> Result<(), TooDeep> {
        let outermost = self.open.len() == 1;
        let Some(level) = self.open.last_mut() else { return Ok(()) };
        match token {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                level.link()?;
                if self.open.len() > BRACKETS {
                    return Err(TooDeep::Brackets);
                }
                self.open.push(Level::default());
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.close()?;
            }
            TokenKind::Dot
            | TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::DoubleSlash
            | TokenKind::Percent
            | TokenKind::DoubleStar
            | TokenKind::At
            | TokenKind::Vbar
            | TokenKind::Amper
            | TokenKind::CircumFlex
            | TokenKind::Tilde
            | TokenKind::LeftShift
            | TokenKind::RightShift
            | TokenKind::Await
            | TokenKind::Not => level.link()?,
            TokenKind::If => {
                level.end_operand();
                level.reach()?;
            }
            TokenKind::And | TokenKind::Or | TokenKind::Else | TokenKind::For => level.end_operand(),
            TokenKind::Lambda => {
                level.lambdas += 1;
                level.reach()?;
            }
            TokenKind::ColonEqual | TokenKind::Yield => level.reach()?,
            TokenKind::Colon if level.lambdas > 0 => {
                level.lambdas -= 1;
                level.end_operand();
            }
            TokenKind::Comma if level.lambdas > 0 => level.end_operand(),
            TokenKind::Comma | TokenKind::Colon => level.end_part(),
            TokenKind::Newline | TokenKind::Semi => {
                level.end_part();
                level.lambdas = 0;
                if outermost {
                    self.deepest = self.deepest.max(level.parts + self.indents);
                    level.parts = 0;
                }
            }
            TokenKind::Indent => {
                self.indents += 1;
                if self.indents > INDENTS {
                    return Err(TooDeep::Indents);
                }
            }
            TokenKind::Dedent => self.indents = self.indents.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Leaves the innermost bracket, unless it was never opened.
    fn close(&mut self) -> Result<(), TooDeep> {
        let closed = match self.open.len() {
            0 | 1 => None,
            _ => self.open.pop(),
        };
        let (Some(closed), Some(level)) = (closed, self.open.last_mut()) else { return Ok(()) };
        level.inside = level.inside.max(closed.whole());
        level.within()
    }

    /// The bound for all of it.
    fn end(mut self) -> Result<usize, TooDeep> {
        while self.open.len() > 1 {
            self.close()?;
        }
        let last = self.open.last().map_or(0, Level::whole);
        Ok(self.deepest.max(last + self.indents))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ruff_python_ast::Expr;
    use ruff_python_ast::visitor::{Visitor, walk_expr};

    use super::*;

    fn is_fine(source: &str) -> bool {
        depth(source, Mode::Module).is_ok()
    }

    #[test]
    fn whatever_is_too_deep_for_a_tree_is_seen_without_tokens() {
        for open in
            ["[", "(", "{", "f(", "not ", "-", "~", "1+", "1**", "1<<", "lambda:", "1 if a else ", "(a:=", "await "]
        {
            assert!(!is_harmless(&format!("x = {}", open.repeat(2_950))), "{open}");
            assert!(is_harmless(&format!("x = {}", open.repeat(900))), "{open}");
        }
        for close in [".b", "[0]", "\n.b", "@b", ">>b", "|b"] {
            assert!(!is_harmless(&format!("x = a{}", close.repeat(2_950))), "{close}");
        }
        assert!(is_harmless(&"nothing of importance, said at length\n".repeat(500)));
    }

    #[test]
    fn what_cpython_would_refuse_is_refused() {
        let nested = |open: &str, close: &str, count: usize| {
            let source = format!("x = {}1{}\n", open.repeat(count), close.repeat(count));
            depth(&source, Mode::Module).map_err(|(_, why)| why)
        };
        for (open, close) in [("[", "]"), ("(", ")"), ("f(", ")"), ("{1: ", "}"), ("a[", "]"), ("(a, ", ")")] {
            assert_eq!(nested(open, close, 201), Err(TooDeep::Brackets), "{open}");
            assert!(nested(open, close, 200).is_ok(), "{open}");
        }
        for open in ["not ", "-", "~", "1+", "1**", "lambda:", "lambda a, b=1, *c: ", "1 if a else ", "await ", "a."] {
            assert_eq!(nested(open, "", 2_950), Err(TooDeep::Levels), "{open}");
            assert!(nested(open, "", 1_000).is_ok(), "{open}");
        }
        for close in [".b", ".f(1)", "[0]", "(2)", " - 1", ".withColumn('a', f(b, c))"] {
            assert_eq!(nested("", close, 2_950), Err(TooDeep::Levels), "{close}");
            assert!(nested("", close, 1_000).is_ok(), "{close}");
        }
        let mixed = format!("{}[{}]{}", "f(a, ".repeat(99), "-".repeat(2_850), ")".repeat(99));
        assert!(!is_fine(&mixed));
        let broken = "x = (\n".repeat(300);
        assert_eq!(depth(&broken, Mode::Module), Err((201, TooDeep::Brackets)));
    }

    #[test]
    fn indentation_is_bounded_like_in_cpython() {
        let nested = |count: usize| {
            let lines = (0..count).map(|at| format!("{}if a:\n", " ".repeat(at)));
            format!("{}{}pass\n", lines.collect::<String>(), " ".repeat(count))
        };
        assert!(is_fine(&nested(99)));
        assert_eq!(depth(&nested(100), Mode::Module), Err((101, TooDeep::Indents)));
    }

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        let elements = |element: &str, separator: &str| format!("x = [{}]\n", [element; 100_000].join(separator));
        for source in [
            elements("-a.b(c)", ", "),
            elements("not a.b == c.d[1]", " and "),
            elements("a.b", " or "),
            format!("x = {{{}}}\n", "'a': -b.c,".repeat(100_000)),
            "a.b(c)\n".repeat(100_000),
            "a.b(c);".repeat(100_000),
            "if a.b(c):\n    pass\nelif a:\n    pass\nelse:\n    pass\n".repeat(10_000),
            format!("x = a{}\n", ".withColumn('a', F.lit(1))".repeat(150)),
        ] {
            let head: String = source.chars().take(40).collect();
            assert!(depth(&source, Mode::Module).is_ok_and(|depth| depth < 400), "{head}");
        }
    }

    #[test]
    fn lines_of_an_expression_belong_together() {
        assert!(depth(&"-\n".repeat(3_000), Mode::ParenthesizedExpression).is_err());
    }

    /// Expressions of every sort within one another.
    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec!["a", "1", "'t'"]).prop_map(str::to_owned);
        leaf.prop_recursive(12, 80, 3, |inner| {
            let forms = vec![
                "(0)",
                "[0, 1]",
                "{0: 1}",
                "{0, 1}",
                "(0).b",
                "-0",
                "not 0",
                "(not 0)",
                "lambda x, y=(0): 1",
                "f(0, k=1)",
                "(0 if 1 else 2)",
                "0 if (1) else 2",
                "(0) and (1) or (2)",
                "(0) < (1)",
                "(0)[1:2]",
                "[0 for x in (1) if (2)]",
                "(0) + (1)",
                "(0) ** -1",
                "(y := 0)",
                "f'{(0)}'",
                "(lambda: 0, lambda x, z: 1)",
                "(yield 0)",
                "f(*(0), **(1))",
            ];
            (prop::sample::select(forms), inner.clone(), inner.clone(), inner).prop_map(
                |(form, first, second, third)| {
                    let fill = |character: char| match character {
                        '0' => first.clone(),
                        '1' => second.clone(),
                        '2' => third.clone(),
                        other => other.to_string(),
                    };
                    form.chars().map(fill).collect()
                },
            )
        })
    }

    #[derive(Default)]
    struct Deepest {
        now: usize,
        most: usize,
    }

    impl<'a> Visitor<'a> for Deepest {
        fn visit_expr(&mut self, expression: &'a Expr) {
            self.now += 1;
            self.most = self.most.max(self.now);
            walk_expr(self, expression);
            self.now -= 1;
        }
    }

    proptest! {
        #[test]
        fn trees_are_no_deeper_than_their_bound(expression in expressions()) {
            let source = format!("def f():\n    x = {expression}\n");
            let parsed = ruff_python_parser::parse_module(&source);
            prop_assume!(parsed.is_ok());
            let mut deepest = Deepest::default();
            deepest.visit_body(parsed.unwrap().suite());
            let bound = of_source(&source, Mode::Module).unwrap();
            // `and`, `or` and comparisons add one level each to whatever stands beside them, whose brackets count.
            prop_assert!(deepest.most <= 4 * (bound + 1), "{} of {}", deepest.most, bound);
        }
    }
}
