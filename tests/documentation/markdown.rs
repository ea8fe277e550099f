//! As much Markdown as the documentation uses: fenced blocks, the file that a block shows, headings, links.
//!
//! A block shows a file if the last line before it ends in the path of the file as code and a colon.

use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The word after the opening fence.
    pub language: String,
    /// The file that the block shows.
    pub place: Option<String>,
    /// Index of the line after the opening fence.
    pub first: usize,
    pub lines: Vec<String>,
}

impl Block {
    /// The content, with a line end after each line.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A Markdown file.
#[derive(Debug)]
pub struct Page {
    /// Relative to the package.
    pub path: PathBuf,
    pub lines: Vec<String>,
    pub blocks: Vec<Block>,
}

impl Page {
    /// Reads the text of the file at `path`.
    pub fn parse(path: &Path, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut blocks: Vec<Block> = Vec::new();
        let (mut open, mut before) = (false, "");
        for (number, line) in lines.iter().enumerate() {
            match (open, line.strip_prefix("```")) {
                (false, Some(info)) => {
                    let language = info.split_whitespace().next().unwrap_or_default().to_owned();
                    blocks.push(Block { language, place: place(before), first: number + 1, lines: Vec::new() });
                    open = true;
                }
                (true, Some(_)) => (open, before) = (false, ""),
                (true, None) => blocks.last_mut().into_iter().for_each(|block| block.lines.push(line.clone())),
                (false, None) if !line.trim().is_empty() => before = line,
                (false, None) => {}
            }
        }
        assert!(!open, "{}: a fenced block is not closed", path.display());
        Self { path: path.to_owned(), lines, blocks }
    }

    /// The lines outside fenced blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let in_block = |number: usize| {
            self.blocks.iter().any(|block| number + 1 >= block.first && number <= block.first + block.lines.len())
        };
        self.lines.iter().enumerate().filter(move |(number, _)| !in_block(*number)).map(|(_, line)| line.as_str())
    }

    /// The anchors of the headings.
    pub fn anchors(&self) -> Vec<String> {
        self.prose()
            .filter(|line| line.starts_with('#'))
            .map(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
                title.chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
            })
            .collect()
    }

    /// The targets of all links.
    pub fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in self.prose() {
            // Every second part of a line lies within backticks; a link text may, a target does not.
            let outside: Vec<&str> = line.split('`').step_by(2).collect();
            let joined = outside.join("");
            links.extend(joined.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
        }
        links
    }
}

/// The path at the end of a line such as: Create `lhp.yaml`:
fn place(line: &str) -> Option<String> {
    let (_, path) = line.trim_end().strip_suffix("`:")?.rsplit_once('`')?;
    Some(path.to_owned())
}
