//! `lhp substitutions`: the tokens of an environment and their values.

use std::path::Path;

use super::arguments::{Global, Substitutions};
use super::list::Listing;
use super::session::Session;
use super::{Exit, output};
use crate::project::{Environment, TokenValue};
use crate::report::{Report, Warnings};
use crate::syntax::{Node, Value};

/// Shows the tokens of an environment.
pub fn run(global: &Global, arguments: &Substitutions) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let mut report = Report::default();
    let options = session.project_options(&arguments.env);
    let environment = Environment::load(&session.sources, &options.environment, &options.reserved, &mut report);
    report.sort(&session.sources);
    session.print_report(&report, Warnings::Detailed);
    if report.has_errors() {
        return Exit::Findings;
    }
    output::stdout(&render(&environment));
    if !environment.has_file {
        let path = Path::new("substitutions").join(format!("{}.yaml", environment.name));
        session.line(&format!("there is no `{}`: only the built-in tokens have values", path.display()));
    }
    Exit::Success
}

fn render(environment: &Environment) -> String {
    let mut listing =
        Listing::new(format!("Tokens of environment {}", environment.name), &["Token", "Value"], "tokens");
    let mut trees = String::new();
    for token in environment.tokens() {
        let name = format!("${{{}}}", token.name);
        match &token.value {
            TokenValue::Text(text) => listing.row(vec![name, text.to_string()]),
            TokenValue::Collection(node) if node.as_sequence().is_some() => {
                listing.row(vec![name, crate::emit::literal::python_str(node).display()]);
            }
            TokenValue::Collection(node) => {
                trees.push_str(&format!("\n{}\n", token.name));
                tree(node, 1, &mut trees);
            }
        }
    }
    let mut text = listing.render();
    text.push_str(&trees);
    if let Some(scope) = &environment.default_scope {
        text.push_str(&format!("\nDefault secret scope: {scope}\n"));
    }
    text
}

/// A mapping as an indented tree.
fn tree(node: &Node, depth: usize, text: &mut String) {
    for entry in node.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        let key = crate::emit::literal::python_str(&entry.key).display();
        let indent = "  ".repeat(depth);
        match &entry.value.value {
            Value::Mapping(_) => {
                text.push_str(&format!("{indent}{key}\n"));
                tree(&entry.value, depth + 1, text);
            }
            _ => {
                let value = crate::emit::literal::python_str(&entry.value).display();
                text.push_str(&format!("{indent}{key}: \"{value}\"\n"));
            }
        }
    }
}
