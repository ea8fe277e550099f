//! Shell patterns as Python's `fnmatch` reads them.
//!
//! `*` and `?` also match `/`; case matters; a `[` that is not closed stands for itself.

/// A pattern, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fnmatch {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// `*`
    Run,
    /// `?`
    Any,
    Set(Set),
    Character(char),
}

/// `[seq]` and `[!seq]`: inclusive ranges of characters. Ranges whose ends are swapped hold nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

/// Whether a pattern covers a whole text.
pub fn fits(pattern: &str, text: &str) -> bool {
    Fnmatch::new(pattern).matches(text)
}

impl Fnmatch {
    pub(super) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern.chars();
        while let Some(character) = rest.next() {
            let piece = match character {
                '*' => Piece::Run,
                '?' => Piece::Any,
                '[' => match Set::read(rest.as_str()) {
                    Some((set, after)) => {
                        rest = after.chars();
                        Piece::Set(set)
                    }
                    None => Piece::Character('['),
                },
                other => Piece::Character(other),
            };
            pieces.push(piece);
        }
        Self { pieces }
    }

    /// Whether the pattern covers the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut piece = 0;
        let mut rest = text.chars();
        // Only the last `*` ever needs to take more: an earlier one could gain nothing that it cannot.
        let mut last_run = None;
        loop {
            match self.pieces.get(piece) {
                Some(Piece::Run) => {
                    piece += 1;
                    last_run = Some((piece, rest.clone()));
                    continue;
                }
                Some(single) => {
                    let mut after = rest.clone();
                    if after.next().is_some_and(|character| single.accepts(character)) {
                        piece += 1;
                        rest = after;
                        continue;
                    }
                }
                None if rest.as_str().is_empty() => return true,
                None => {}
            }
            let Some((after_run, taken)) = &mut last_run else { return false };
            if taken.next().is_none() {
                return false;
            }
            piece = *after_run;
            rest = taken.clone();
        }
    }
}

impl Piece {
    fn accepts(&self, character: char) -> bool {
        match self {
            Self::Run | Self::Any => true,
            Self::Set(set) => set.negated != set.ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)),
            Self::Character(own) => *own == character,
        }
    }
}

impl Set {
    /// Reads `seq]` or `!seq]` and gives what follows it. A `]` in first place belongs to the set.
    fn read(text: &str) -> Option<(Self, &str)> {
        let inside = text.strip_prefix('!').unwrap_or(text);
        let first = inside.chars().next()?;
        let end = inside.match_indices(']').map(|(at, _)| at).find(|at| *at > 0 || first != ']')?;
        let (members, after) = inside.split_at_checked(end)?;
        let set = Self { negated: inside.len() < text.len(), ranges: Self::ranges(members) };
        Some((set, after.strip_prefix(']').unwrap_or(after)))
    }

    fn ranges(members: &str) -> Vec<(char, char)> {
        let mut ranges = Vec::new();
        let mut rest = members.chars();
        while let Some(low) = rest.next() {
            let mut ahead = rest.clone();
            match (ahead.next(), ahead.next()) {
                (Some('-'), Some(high)) => {
                    ranges.push((low, high));
                    rest = ahead;
                }
                _ => ranges.push((low, low)),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_slashes() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a?b", "a/b", true),
            ("a?b", "ab", false),
            ("?", "é", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*.yaml", "a/b.yaml", true),
            ("*.yaml", "a.YAML", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Fnmatch::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    /// Accepted members of a set, out of `members`; the expectations are those of Python 3.11.
    #[test]
    fn sets_hold_characters_and_ranges() {
        let all = "abcz-]![^\\&/";
        for (set, expected) in [
            ("[abc]", "abc"),
            ("[a-c]", "abc"),
            ("[!a-c]", "z-]![^\\&/"),
            ("[]a]", "a]"),
            ("[!]a]", "bcz-![^\\&/"),
            ("[a-]", "a-"),
            ("[-a]", "a-"),
            ("[!-a]", "bcz]![^\\&/"),
            ("[c-a]", ""),
            ("[!c-a]", all),
            ("[a-c-z]", "abcz-"),
            ("[z-a-c]", "c-"),
            ("[--a]", "a-][^\\/"),
            ("[^a]", "a^"),
            ("[[]", "["),
            ("[\\]", "\\"),
            ("[a!]", "a!"),
            ("[&&]", "&"),
        ] {
            let pattern = Fnmatch::new(set);
            let accepted: String = all.chars().filter(|member| pattern.matches(&member.to_string())).collect();
            assert_eq!(accepted, expected, "{set}");
        }
    }

    #[test]
    fn a_bracket_that_is_not_closed_stands_for_itself() {
        for (pattern, text) in [("[a", "[a"), ("[]", "[]"), ("[!]", "[!]"), ("a[", "a["), ("[*", "[xyz")] {
            assert!(Fnmatch::new(pattern).matches(text), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!Fnmatch::new(&"*a".repeat(60)).matches(&"a".repeat(59)));
    }
}
