//! Changes to a project: text is cut, doubled, moved and replaced, mostly so that it stays YAML.

use std::collections::BTreeMap;

/// A small generator of random numbers (SplitMix64), so that a seed gives the same cases everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or(0)
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// Values that may stand after a key.
const VALUES: &[&str] = &[
    "",
    "null",
    "~",
    "true",
    "no",
    "0",
    "-1",
    "1.5",
    ".nan",
    "-.inf",
    "1e400",
    "0x1F",
    "0o17",
    "1_000",
    "12:30:45",
    "2024-01-01",
    "2024-13-45",
    "99999999999999999999999999",
    "[]",
    "{}",
    "[a, b]",
    "[[[[]]]]",
    "{a: b}",
    "{a: {b: {c: d}}}",
    "[{a: 1}, b]",
    "''",
    "\"\"",
    "\" \"",
    "\"\\n\"",
    "\"\\0\"",
    "'a\"b'",
    "\"\\u202e\"",
    "a b",
    "../x",
    "/etc/passwd",
    "a/b",
    "a\\b",
    ".",
    "..",
    "*x",
    "&a b",
    "!t x",
    "!!int x",
    "!!binary aGk=",
    "|\n  text",
    ">-\n  text",
    "${catalog}",
    "${nope}",
    "{nope}",
    "%{nope}",
    "%{shop}",
    "${secret:a/b}",
    "${secret:a}",
    "${secret:}",
    "\"${secret:${x}}\"",
    "\"{{ x }}\"",
    "\"{{ 1 / 0 }}\"",
    "\"{% if %}\"",
    "\"{{ [1] * 3 }}\"",
    "\"{{ x.y.z }}\"",
    "\"{{ range(10) | list }}\"",
    "delta",
    "cloudfiles",
    "kafka",
    "sql",
    "jdbc",
    "python",
    "schema",
    "data_quality",
    "temp_table",
    "custom_datasource",
    "streaming_table",
    "materialized_view",
    "sink",
    "cdc",
    "snapshot_cdc",
    "replace",
    "standard",
    "batch",
    "stream",
    "load",
    "transform",
    "write",
    "test",
    "class",
    "None",
    "import",
    "schemas/x.yaml",
    "sql/x.sql",
    "v_x",
    "id BIGINT, x STRING",
    "id BIGINT COMMENT 'a, b', m MAP<STRING, ARRAY<INT>>",
    "F.lit(1)",
    "F.lit(",
    "é数😀",
    "<<",
    "? a",
    "- a",
    "a: b: c",
];

/// Keys that mean something somewhere.
const KEYS: &[&str] = &[
    "name",
    "type",
    "pipeline",
    "flowgroup",
    "flowgroups",
    "actions",
    "source",
    "target",
    "write_target",
    "transform_type",
    "test_type",
    "sql",
    "sql_path",
    "options",
    "reader_options",
    "format_options",
    "schema",
    "schema_file",
    "table_schema",
    "table_properties",
    "spark_conf",
    "database",
    "catalog",
    "table",
    "where_clause",
    "select_columns",
    "mode",
    "readMode",
    "cdc_config",
    "snapshot_cdc_config",
    "replace_config",
    "sink_type",
    "view",
    "create_table",
    "once",
    "operational_metadata",
    "presets",
    "use_template",
    "template_parameters",
    "variables",
    "extends",
    "defaults",
    "parameters",
    "use_blueprint",
    "blueprint",
    "overrides",
    "depends_on",
    "description",
    "comment",
    "partition_columns",
    "cluster_columns",
    "cluster_by_auto",
    "tags",
    "tags_file",
    "refresh_policy",
    "expectations",
    "expectations_file",
    "module_path",
    "include",
    "required_lhp_version",
    "event_log",
    "monitoring",
    "columns",
    "secrets",
    "default_scope",
    "dev",
    "global",
    "<<",
    "1",
    "null",
    "[a]",
    "? x",
];

/// Pieces that break syntax.
const PIECES: &[&str] = &[
    "\t", "\n", "\r", "\r\n", " ", "  ", ":", ": ", "- ", "#", "'", "\"", "[", "]", "{", "}", ",", "&a", "*a", "|",
    ">", "%", "@", "`", "---\n", "...\n", "\0", "\u{feff}", "\u{85}", "\u{2028}", "${", "}}", "{{", "{%", "%}", "\\",
    "? ",
];

type Files = BTreeMap<String, Vec<u8>>;

/// A changed copy of a project, and the changes in words.
pub fn project(files: &Files, all: &[Files], random: &mut Random) -> (Files, String) {
    let mut files = files.clone();
    let mut changes = Vec::new();
    for _ in 0..=random.below(3) {
        let paths: Vec<String> = files.keys().filter(|path| !path.ends_with(".md")).cloned().collect();
        let Some(path) = random.pick(&paths).cloned() else { break };
        if random.one_in(25) {
            changes.push(whole_file(&mut files, &path, all, random));
            continue;
        }
        let Some(content) = files.get_mut(&path) else { continue };
        if random.one_in(40) && !content.is_empty() {
            let at = random.below(content.len());
            content[at] = random.below(256) as u8;
            changes.push(format!("{path}: byte {at}"));
        } else if let Ok(text) = String::from_utf8(content.clone()) {
            let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            changes.push(format!("{path}: {}", change(&mut lines, random)));
            *content = lines.join("\n").into_bytes();
        }
    }
    (files, changes.join("; "))
}

fn whole_file(files: &mut Files, path: &str, all: &[Files], random: &mut Random) -> String {
    match random.below(4) {
        // Without its project file a directory is no project.
        0 if path != "lhp.yaml" => {
            files.remove(path);
            format!("{path} removed")
        }
        1 => {
            files.insert(path.to_owned(), Vec::new());
            format!("{path} emptied")
        }
        2 => {
            let content = files.get(path).cloned().unwrap_or_default();
            let copy = path.replace('.', "_copy.");
            files.insert(copy.clone(), content);
            format!("{path} copied to {copy}")
        }
        _ => {
            let donor = random.pick(all).cloned().unwrap_or_default();
            let names: Vec<&String> = donor.keys().collect();
            let Some(name) = random.pick(&names) else { return String::new() };
            files.insert(path.to_owned(), donor.get(*name).cloned().unwrap_or_default());
            format!("{path} replaced by a {name}")
        }
    }
}

/// One change to the lines of a file.
fn change(lines: &mut Vec<String>, random: &mut Random) -> String {
    let at = random.below(lines.len());
    let line = lines.get(at).cloned().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let (number, pair) = (at + 1, line.split_once(": ").or_else(|| line.strip_suffix(':').map(|key| (key, ""))));
    match (random.below(16), pair) {
        (0..=4, Some((key, _))) => {
            let value =
                random.pick(VALUES).copied().unwrap_or_default().replace('\n', &format!("\n{}", " ".repeat(indent)));
            lines[at] = format!("{key}: {value}");
            format!("line {number} has value `{value}`")
        }
        (5 | 6, Some((_, value))) => {
            let key = random.pick(KEYS).copied().unwrap_or_default();
            let dash = if line.trim_start().starts_with("- ") { "- " } else { "" };
            lines[at] = format!("{}{dash}{key}: {value}", " ".repeat(indent));
            format!("line {number} has key `{key}`")
        }
        (7, Some((key, value))) => {
            let mut letters: Vec<char> = key.chars().collect();
            let (left, right) = (random.below(letters.len()), random.below(letters.len()));
            letters.swap(left, right);
            lines[at] = format!("{}: {value}", letters.into_iter().collect::<String>());
            format!("line {number} has a misspelt key")
        }
        (8, _) => {
            let key = random.pick(KEYS).copied().unwrap_or_default();
            let value = random.pick(VALUES).copied().unwrap_or_default();
            lines.insert(at, format!("{}{key}: {value}", " ".repeat(indent)));
            format!("`{key}: {value}` before line {number}")
        }
        (9, _) => {
            lines.remove(at);
            format!("line {number} removed")
        }
        (10, _) => {
            let end = (at + 1 + random.below(8)).min(lines.len());
            let block = lines[at..end].to_vec();
            lines.splice(at..at, block);
            format!("lines {number} to {end} doubled")
        }
        (11, _) => {
            let other = random.below(lines.len());
            lines.swap(at, other);
            format!("lines {number} and {} swapped", other + 1)
        }
        (12, _) => {
            let width = random.below(8);
            lines[at] = format!("{}{}", " ".repeat(width), line.trim_start());
            format!("line {number} indented by {width}")
        }
        (13, _) => {
            let places: Vec<usize> = line.char_indices().map(|(place, _)| place).collect();
            let place = random.pick(&places).copied().unwrap_or(0);
            let piece = random.pick(PIECES).copied().unwrap_or_default();
            lines[at].insert_str(place, piece);
            format!("{piece:?} in line {number}")
        }
        (14, _) => {
            let end = (at + 1 + random.below(6)).min(lines.len());
            lines.drain(at..end);
            if lines.is_empty() {
                lines.push(String::new());
            }
            format!("lines {number} to {end} removed")
        }
        _ => {
            let deep = "[".repeat(random.below(300));
            lines[at] = format!("{line}{deep}");
            format!("{} brackets after line {number}", deep.len())
        }
    }
}
