//! The index of the reference, and its part of the table of contents of the book.

use super::markdown::table;
use super::{Group, NOTICE, Page};
use crate::model::ActionType;

/// The file of the index, in the directory of the reference.
pub const INDEX: &str = "README.md";

/// The groups in their order, each with the title of its section.
const SECTIONS: [(&str, Group); 5] = [
    ("Files", Group::File),
    ("Loads", Group::Generator(ActionType::Load)),
    ("Transforms", Group::Generator(ActionType::Transform)),
    ("Writes", Group::Generator(ActionType::Write)),
    ("Tests", Group::Generator(ActionType::Test)),
];

/// How to read the pages.
const LEGEND: &str = "\
Every kind of file and every action has a page with all its keys. The words for types:

| word | meaning |
| --- | --- |
| text | a string; tokens and secrets in it are replaced |
| scalar | a string, or a number or boolean, which counts as the text that Python prints for it |
| true or false | a boolean; where words stand for one, `yes`, `no`, `on`, `off`, `1` and `0` do too |
| mapping, list | a mapping with any keys, a list; a link leads to the keys that are known |
| any | what it may be depends on the rest; the meaning says so |

In the column for defaults, `required` marks a key that must be there. Where the column is empty, the key may be
absent, and the meaning says what holds then.

`lhp docs` prints these pages without their examples, and `lhp schema` the same as JSON Schemas, for editors.";

/// The index: every page with its summary.
pub fn index(pages: &[Page]) -> String {
    let mut text = format!("{NOTICE}\n\n# Reference\n\n{LEGEND}\n");
    for (title, group) in SECTIONS {
        let of_group = pages.iter().filter(|page| page.group == group);
        let rows = of_group.map(|page| [format!("[`{}`]({})", page.name, page.path()), page.summary.clone()]);
        text.push_str(&format!("\n## {title}\n\n{}", table(["page", "what it is"], rows)));
    }
    text
}

/// The pages as items of the table of contents of the book, below the index in `directory`.
pub fn contents(pages: &[Page], directory: &str) -> String {
    let mut text = format!("- [Reference]({directory}/{INDEX})\n");
    for (_, group) in SECTIONS {
        for page in pages.iter().filter(|page| page.group == group) {
            text.push_str(&format!("  - [{}]({directory}/{})\n", page.name, page.path()));
        }
    }
    text
}
