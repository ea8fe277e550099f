//! String literals of a module: its syntax tree goes in, every literal with its place and role comes out.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_f_string, walk_pattern, walk_stmt, walk_t_string};
use ruff_python_ast::{AnyStringFlags, Expr, ExprStringLiteral, FStringPart, ModModule, Pattern, Stmt, StringFlags};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// What a literal stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role<'a> {
    /// A string, or one of several strings side by side.
    Plain(&'a ExprStringLiteral),
    /// A string beside an f-string.
    BesideFormatted,
    /// An f-string or a template string.
    Formatted,
    Bytes,
    /// A string that is a statement, such as a docstring. Its value is not used by the program.
    Statement,
    /// A string in a `case` pattern.
    Pattern,
}

/// One literal, from its prefix to its closing quote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'a> {
    pub range: TextRange,
    pub flags: AnyStringFlags,
    pub role: Role<'a>,
    /// Whether it stands in the braces of an f-string.
    pub nested: bool,
}

impl Literal<'_> {
    pub fn quote(&self) -> char {
        self.flags.quote_style().as_char()
    }

    /// What a user calls it.
    pub fn kind(&self) -> &'static str {
        match self.role {
            Role::Bytes => "a bytes literal",
            _ if self.nested => "a string inside the braces of an f-string",
            _ if self.flags.is_raw_string() => "a raw string",
            _ => "this string",
        }
    }
}

/// All literals of a module.
pub(super) struct Literals<'a> {
    found: Vec<Literal<'a>>,
}

impl<'a> Literals<'a> {
    pub fn of(module: &'a ModModule) -> Self {
        let mut collector = Collector { found: Vec::new(), braces: 0, patterns: 0 };
        collector.visit_body(&module.body);
        Self { found: collector.found }
    }

    /// The innermost literal around an offset. None for comments, the only other place for arbitrary text.
    pub fn around(&self, offset: usize) -> Option<&Literal<'a>> {
        let offset = TextSize::try_from(offset).ok()?;
        let around = self.found.iter().filter(|literal| literal.range.contains(offset));
        around.min_by_key(|literal| literal.range.len())
    }
}

struct Collector<'a> {
    found: Vec<Literal<'a>>,
    /// How many f-strings are around.
    braces: usize,
    /// How many patterns are around.
    patterns: usize,
}

impl<'a> Collector<'a> {
    fn push(&mut self, range: TextRange, flags: AnyStringFlags, role: Role<'a>) {
        let role = if self.patterns > 0 { Role::Pattern } else { role };
        self.found.push(Literal { range, flags, role, nested: self.braces > 0 });
    }

    fn plain(&mut self, expression: &'a ExprStringLiteral, role: Role<'a>) {
        for part in &expression.value {
            self.push(part.range(), part.flags.into(), role);
        }
    }
}

impl<'a> Visitor<'a> for Collector<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::Expr(inner) = statement
            && let Expr::StringLiteral(literal) = inner.value.as_ref()
        {
            return self.plain(literal, Role::Statement);
        }
        walk_stmt(self, statement);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        self.patterns += 1;
        walk_pattern(self, pattern);
        self.patterns -= 1;
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::StringLiteral(literal) => self.plain(literal, Role::Plain(literal)),
            Expr::BytesLiteral(literal) => {
                for part in &literal.value {
                    self.push(part.range(), part.flags.into(), Role::Bytes);
                }
            }
            Expr::FString(literal) => {
                for part in &literal.value {
                    match part {
                        FStringPart::Literal(part) => {
                            self.push(part.range(), part.flags.into(), Role::BesideFormatted);
                        }
                        FStringPart::FString(part) => {
                            self.push(part.range(), part.flags.into(), Role::Formatted);
                            self.braces += 1;
                            walk_f_string(self, part);
                            self.braces -= 1;
                        }
                    }
                }
            }
            Expr::TString(literal) => {
                for part in &literal.value {
                    self.push(part.range(), part.flags.into(), Role::Formatted);
                    self.braces += 1;
                    walk_t_string(self, part);
                    self.braces -= 1;
                }
            }
            _ => walk_expr(self, expression),
        }
    }
}
