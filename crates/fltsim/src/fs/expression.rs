//! Wildcards in the names of a directory query, with the meaning `FsRtlIsNameInExpression` gives them.

use super::name::upcase;

const STAR: u16 = b'*' as u16;
const QUESTION_MARK: u16 = b'?' as u16;
/// `<`: like `*`, but stops at the last dot of the name.
const DOS_STAR: u16 = b'<' as u16;
/// `>`: like `?`, but also matches nothing before a dot or at the end of the name.
const DOS_QUESTION_MARK: u16 = b'>' as u16;
/// `"`: a dot, or nothing at the end of the name.
const DOS_DOT: u16 = b'"' as u16;
const DOT: u16 = b'.' as u16;

/// The name pattern of a directory query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    units: Vec<u16>,
    case_sensitive: bool,
}

impl Expression {
    /// Takes a pattern; an empty one matches everything.
    pub fn new(pattern: &[u16], case_sensitive: bool) -> Self {
        let units = match pattern {
            [] => vec![STAR],
            pattern if case_sensitive => pattern.to_vec(),
            pattern => pattern.iter().copied().map(upcase).collect(),
        };
        Self { units, case_sensitive }
    }

    /// Whether the pattern matches every name.
    pub fn matches_all(&self) -> bool {
        self.units == [STAR]
    }

    /// Whether the pattern has a wildcard at all, as `FsRtlDoesNameContainWildCards` tells.
    pub fn has_wildcards(&self) -> bool {
        self.units.iter().any(|unit| [STAR, QUESTION_MARK, DOS_STAR, DOS_QUESTION_MARK, DOS_DOT].contains(unit))
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &[u16]) -> bool {
        if self.matches_all() {
            return true;
        }
        let last_dot = name.iter().rposition(|unit| *unit == DOT);
        // One flag a position of the expression: whether the name so far can have brought the match there.
        let mut reached = vec![false; self.units.len() + 1];
        reached[0] = true;
        for (index, unit) in name.iter().enumerate() {
            let unit = if self.case_sensitive { *unit } else { upcase(*unit) };
            let is_last_dot = last_dot == Some(index);
            let mut next = vec![false; reached.len()];
            for start in (0..self.units.len()).filter(|start| reached[*start]) {
                self.consume(start, unit, is_last_dot, &mut next);
            }
            reached = next;
        }
        (0..reached.len()).any(|start| {
            reached[start]
                && self.units[start..].iter().all(|unit| [STAR, DOS_STAR, DOS_QUESTION_MARK, DOS_DOT].contains(unit))
        })
    }

    /// Marks every position that the expression can be at after `unit`, having been at `start` before it.
    fn consume(&self, start: usize, unit: u16, is_last_dot: bool, next: &mut [bool]) {
        for (position, expected) in self.units.iter().enumerate().skip(start) {
            match *expected {
                STAR => next[position] = true,
                DOS_STAR => next[position] |= !is_last_dot,
                DOS_QUESTION_MARK if unit == DOT => {}
                DOS_DOT => {
                    next[position + 1] |= unit == DOT;
                    return;
                }
                QUESTION_MARK | DOS_QUESTION_MARK => {
                    next[position + 1] = true;
                    return;
                }
                literal => {
                    next[position + 1] |= literal == unit;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::name::utf16;

    fn matches(pattern: &str, name: &str) -> bool {
        Expression::new(&utf16(pattern), false).matches(&utf16(name))
    }

    #[test]
    fn wildcards_mean_what_the_documentation_of_fsrtl_says() {
        for (pattern, name) in [
            ("", "anything"),
            ("*", "a.b"),
            ("*.txt", "Note.TXT"),
            ("*.*", "a.b"),
            ("a?c", "abc"),
            ("a*b*c", "aXXbYYc"),
            ("<.txt", "a.b.txt"),
            ("<", "readme"),
            ("foo\"", "foo"),
            ("foo\"txt", "foo.txt"),
            ("a>>>", "ab"),
            ("a>>>.c", "ab.c"),
            ("<\"*", "readme"),
            ("<\"*", "read.me"),
        ] {
            assert!(matches(pattern, name), "{pattern} must match {name}");
        }
        for (pattern, name) in [
            ("*.txt", "txt"),
            ("<", "a.b"),
            ("a?c", "ac"),
            ("*.*", "readme"),
            ("a>>>", "abcde"),
            ("abc", "abcd"),
            ("<x", "a.x"),
            ("foo\"", "foox"),
        ] {
            assert!(!matches(pattern, name), "{pattern} must not match {name}");
        }
        assert!(!Expression::new(&utf16("A*"), true).matches(&utf16("abc")));
    }
}
