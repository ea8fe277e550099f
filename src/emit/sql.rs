//! Names and strings inside SQL text: text goes in, SQL goes out. The SQL itself is still a Python value.

/// A quoted SQL identifier.
///
/// ```
/// assert_eq!(lhp::emit::sql_identifier("a`b"), "`a``b`");
/// ```
pub fn sql_identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A SQL string literal, by the escape rules of Spark.
///
/// ```
/// assert_eq!(lhp::emit::sql_string(r"it's \d"), r"'it\'s \\d'");
/// ```
pub fn sql_string(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
