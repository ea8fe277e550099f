//! Reference documentation: the plugin table and the schemas of files go in, Markdown pages come out.
//!
//! Examples are given from outside, because they are compiled from files; nothing here reads or writes.

mod codes;
mod file;
mod generator;
mod index;
mod keys;
mod markdown;
mod shape;

use std::collections::BTreeMap;

use crate::model::{ActionType, FileKind};
use crate::plugin::Table;

pub use codes::{codes, section};
pub use generator::fixture_stem;
pub use index::{INDEX, contents, index};

/// The first line of every page.
const NOTICE: &str = "<!-- Written by `lhp docs --write`, from the doc comments in the source code. -->";

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A kind of file.
    File,
    /// A generator of a type of action.
    Generator(ActionType),
}

/// A page of the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub group: Group,
    /// As on the command line: the kind of a file, or a generator as `kind/name`.
    pub name: String,
    /// What it is, in one line.
    pub summary: String,
    /// The Markdown text.
    pub text: String,
}

impl Page {
    /// Where the page is stored, relative to the directory of the reference.
    pub fn path(&self) -> String {
        format!("{}.md", self.name)
    }
}

/// A flowgroup and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What sets it apart from other examples of the generator; empty for the first one.
    pub variant: String,
    /// The flowgroup file.
    pub flowgroup: String,
    /// The generated module.
    pub module: String,
    /// Paths of the files that were copied beside the module.
    pub helpers: Vec<String>,
}

/// Examples by the name of the page.
pub type Examples = BTreeMap<String, Vec<Example>>;

/// All pages but the index: kinds of files first, then generators.
pub fn pages(table: &Table, examples: &Examples) -> Vec<Page> {
    let files = FileKind::ALL.into_iter().map(file::page);
    let generators = table.rows().map(|row| generator::page(row.capability(), examples));
    files.chain(generators).collect()
}

/// A table with all keys of a JSON Schema, and one for each mapping in it.
pub fn keys_table(schema: &serde_json::Value) -> String {
    keys::key_tables(&keys::keys_of(schema), schema, &[])
}

/// A Markdown table with a header.
pub fn markdown_table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    markdown::table(header, rows)
}

/// A fenced block.
pub fn fenced(language: &str, text: &str) -> String {
    markdown::block(language, text)
}

/// A sentence with a full stop.
pub fn text_sentence(text: &str) -> String {
    markdown::sentence(text)
}
