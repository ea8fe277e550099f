//! Imports that an expression needs: the expression of a metadata column goes in, statements come out.

use std::collections::BTreeSet;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_text_size::Ranged;

use super::python;

/// Functions of `pyspark.sql.functions` that expressions use by their bare names.
const FUNCTIONS: [&str; 3] = ["broadcast", "pandas_udf", "udf"];

/// Names of `pyspark.sql.types`.
const TYPES: [&str; 24] = [
    "ArrayType",
    "BinaryType",
    "BooleanType",
    "ByteType",
    "CharType",
    "DataType",
    "DateType",
    "DayTimeIntervalType",
    "DecimalType",
    "DoubleType",
    "FloatType",
    "IntegerType",
    "LongType",
    "MapType",
    "NullType",
    "ShortType",
    "StringType",
    "StructField",
    "StructType",
    "TimestampNTZType",
    "TimestampType",
    "VarcharType",
    "VariantType",
    "YearMonthIntervalType",
];

/// The import statements that an expression needs, sorted. Text inside strings counts for nothing.
///
/// ```
/// let found = lhp::emit::imports::detect("F.col('a').cast(StringType())");
/// assert_eq!(found, ["from pyspark.sql import functions as F", "from pyspark.sql.types import StringType"]);
/// ```
pub fn detect(expression: &str) -> Vec<String> {
    // An expression that is too deep is reported where it becomes code.
    let Ok(parsed) = python::unchecked(expression.trim(), Mode::Expression) else { return Vec::new() };
    let mut found = BTreeSet::new();
    let mut after_dot = false;
    let mut tokens = parsed.tokens().iter().peekable();
    while let Some(token) = tokens.next() {
        let name = expression.trim().get(token.range().to_std_range()).unwrap_or_default();
        if token.kind() == TokenKind::Name && !after_dot {
            let dotted = tokens.peek().is_some_and(|next| next.kind() == TokenKind::Dot);
            if name == "F" && dotted {
                found.insert("from pyspark.sql import functions as F".to_owned());
            } else if FUNCTIONS.contains(&name) {
                found.insert(format!("from pyspark.sql.functions import {name}"));
            } else if TYPES.contains(&name) {
                found.insert(format!("from pyspark.sql.types import {name}"));
            }
        }
        after_dot = token.kind() == TokenKind::Dot;
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_strings_and_attributes_need_no_import() {
        assert!(detect("lit('F.col StringType()').udf(x.broadcast, FF.a, 'udf')").is_empty());
    }

    #[test]
    fn bare_functions_and_types_need_imports() {
        let expected = [
            "from pyspark.sql import functions as F",
            "from pyspark.sql.functions import udf",
            "from pyspark.sql.types import ArrayType",
            "from pyspark.sql.types import LongType",
        ];
        assert_eq!(detect("  udf(lambda x: x, ArrayType(LongType()))(F.col('a'))\n"), expected);
    }

    #[test]
    fn expressions_that_do_not_parse_are_still_read() {
        assert_eq!(detect("F.col("), ["from pyspark.sql import functions as F"]);
    }
}
