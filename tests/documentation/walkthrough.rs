//! Does what a page says, in a temporary directory, and gives the page as it should read.
//!
//! A block that shows a file creates the file; if the file exists already, the block must show its content. A `diff`
//! block changes a file. In a `console` block, every `$ lhp …` line is run, and the lines below it are its output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::markdown::{Block, Page};
use crate::support::{copy_tree, package};

/// The example project that pages may use without creating it.
const EXAMPLE: &str = "fixtures/projects/coffee_shop";

/// Follows a page and gives the text that it should have.
pub fn follow(page: &Page) -> String {
    let directory = tempfile::tempdir().unwrap();
    if page.lines.iter().any(|line| line.contains(EXAMPLE)) {
        copy_tree(&package().join(EXAMPLE), &directory.path().join(EXAMPLE));
    }
    let mut lines = page.lines.clone();
    // From the last block to the first one would be simpler to replace, but the steps must be done in order.
    let mut shift = 0;
    for block in &page.blocks {
        let fresh = step(page, block, directory.path());
        let first = block.first.checked_add_signed(shift).unwrap();
        lines.splice(first..first + block.lines.len(), fresh.iter().cloned());
        shift += fresh.len().cast_signed() - block.lines.len().cast_signed();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Does one block; the lines that it should have.
fn step(page: &Page, block: &Block, directory: &Path) -> Vec<String> {
    let at = format!("{}:{}", page.path.display(), block.first);
    match (block.language.as_str(), &block.place) {
        ("console", _) => return console(block, directory, &at),
        ("diff", Some(place)) => change(&directory.join(place), block, &at),
        (_, Some(place)) => {
            let file = directory.join(place);
            let generated = place.contains("generated/") && place.ends_with(".py");
            if generated || file.exists() {
                let content = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{at}: `{place}`: {error}"));
                return content.lines().map(str::to_owned).collect();
            }
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, block.text()).unwrap();
        }
        _ => {}
    }
    block.lines.clone()
}

/// Applies a `diff` block: the lines that it removes and keeps must be in the file, in one piece and once.
fn change(file: &PathBuf, block: &Block, at: &str) {
    let side = |gone: char| -> String {
        let stays = block.lines.iter().filter(|line| !line.starts_with(gone));
        stays.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
    };
    let (old, new) = (side('+'), side('-'));
    let content = fs::read_to_string(file).unwrap_or_else(|error| panic!("{at}: `{}`: {error}", file.display()));
    assert_eq!(content.matches(&old).count(), 1, "{at}: the old lines must be in the file once:\n{old}\n{content}");
    fs::write(file, content.replace(&old, &new)).unwrap();
}

/// Runs the commands of a block; its lines with the output that they give.
fn console(block: &Block, directory: &Path, at: &str) -> Vec<String> {
    let mut fresh = Vec::new();
    let mut rest = block.lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        let command = line.strip_prefix("$ lhp ").unwrap_or_else(|| panic!("{at}: not an lhp command: {line}"));
        let end = after.iter().position(|line| line.starts_with("$ ")).unwrap_or(after.len());
        let (shown, following) = after.split_at(end);
        let found = run(command, directory);
        fresh.push(line.clone());
        if timeless(shown) == timeless(&found) {
            fresh.extend_from_slice(shown);
        } else {
            fresh.extend(found);
        }
        rest = following;
    }
    fresh
}

/// What a command prints, errors first, without blank lines at the end.
fn run(arguments: &str, directory: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lhp"));
    command.args(arguments.split_whitespace()).current_dir(directory);
    // Plugins of whoever runs the test are not those of the page.
    command.env("HOME", directory);
    for variable in [
        "FORCE_COLOR",
        "LHP_ENABLED_PLUGINS",
        "LHP_IGNORE_VERSION",
        "LHP_MAX_WORKERS",
        "LHP_NO_PLUGINS",
        "LHP_PLUGIN_PATH",
        "LOGICAL_ENV",
        "WORKSPACE_ENV",
    ] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    let text = [output.stderr, output.stdout].concat();
    String::from_utf8(text).unwrap().trim_end().lines().map(str::to_owned).collect()
}

/// Lines with every time such as `0.25s` made equal.
fn timeless(lines: &[String]) -> Vec<String> {
    let is_time = |word: &str| {
        word.strip_suffix('s').and_then(|number| number.split_once('.')).is_some_and(|(whole, part)| {
            [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    let blank = |line: &String| {
        let words = line.split_inclusive([' ', '(', ')']).map(|word| {
            let end = word.trim_end_matches([' ', '(', ')']);
            if is_time(end) { word.replace(end, "0.0s") } else { word.to_owned() }
        });
        words.collect::<String>()
    };
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines.iter().take(end).map(blank).collect()
}
