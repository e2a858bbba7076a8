//! Names on a volume: UTF-16, separated by backslashes, compared with case folded unless asked otherwise.

use std::sync::LazyLock;

use super::{Result, fail};

/// The separator of components.
pub const SEPARATOR: u16 = b'\\' as u16;

/// The longest component, in UTF-16 units, as on NTFS.
pub const MAXIMUM_COMPONENT: usize = 255;

static UPCASE: LazyLock<Vec<u16>> = LazyLock::new(|| (0..=u16::MAX).map(upcase_unit).collect());

/// The simple upper-case form of one UTF-16 unit, which is what `RtlUpcaseUnicodeChar` gives: characters whose upper
/// case is several characters, lies outside the basic plane, or is an ASCII letter for a non-ASCII one stay as they are.
fn upcase_unit(unit: u16) -> u16 {
    let Some(character) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) if character.is_ascii() || !single.is_ascii() => {
            u16::try_from(u32::from(single)).unwrap_or(unit)
        }
        _ => unit,
    }
}

/// Folds one UTF-16 unit for comparison.
pub fn upcase(unit: u16) -> u16 {
    // Miri would take minutes for the table.
    if cfg!(miri) { upcase_unit(unit) } else { UPCASE[usize::from(unit)] }
}

/// Folds a name for comparison.
pub fn folded(name: &[u16]) -> Vec<u16> {
    name.iter().copied().map(upcase).collect()
}

/// Whether two names are the same once folded.
pub fn equal_folded(left: &[u16], right: &[u16]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| left == right || upcase(*left) == upcase(*right))
}

/// The name a string spells.
pub fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// The components of a volume-relative path; the root has none.
pub fn components(path: &[u16]) -> impl Iterator<Item = &[u16]> {
    path.split(|unit| *unit == SEPARATOR).filter(|component| !component.is_empty())
}

/// Splits a path below the root into its parent's path (`\` for the root) and its last component.
/// The root itself has neither.
pub fn split_last(path: &[u16]) -> Option<(&[u16], &[u16])> {
    let at = path.iter().rposition(|unit| *unit == SEPARATOR)?;
    let name = path.get(at + 1..).filter(|name| !name.is_empty())?;
    Some((if at == 0 { &path[..1] } else { &path[..at] }, name))
}

/// The path of `name` in the directory at `parent`.
pub fn joined(parent: &[u16], name: &[u16]) -> Vec<u16> {
    let mut path = Vec::with_capacity(parent.len() + 1 + name.len());
    if !is_root(parent) {
        path.extend_from_slice(parent);
    }
    path.push(SEPARATOR);
    path.extend_from_slice(name);
    path
}

/// Whether this is the path of the root directory.
pub fn is_root(path: &[u16]) -> bool {
    path == [SEPARATOR]
}

/// Whether `path` lies below the directory at `ancestor`.
pub fn is_below(path: &[u16], ancestor: &[u16]) -> bool {
    match path.strip_prefix(ancestor) {
        Some(rest) => is_root(ancestor) && !rest.is_empty() || rest.first() == Some(&SEPARATOR),
        None => false,
    }
}

/// A path that names something on a volume, checked and without a trailing separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPath {
    /// Starts with a separator and ends with none, except for the root.
    pub path: Vec<u16>,
    /// Whether a separator stood at the end, which only a directory's name may have.
    pub trailing_separator: bool,
}

/// Checks a volume-relative path as the file system gets it in a create, and takes a trailing separator and the name
/// of the default data stream (`::$DATA`) off.
///
/// # Errors
/// `STATUS_OBJECT_NAME_INVALID` for an empty component, `.` or `..`, a character that no name may have, a component of
/// more than 255 units, or the name of another stream.
pub fn check(name: &[u16]) -> Result<CheckedPath> {
    let Some((&SEPARATOR, mut rest)) = name.split_first() else {
        return fail(fltmgr_sys::STATUS_OBJECT_NAME_INVALID);
    };
    if rest.is_empty() {
        return Ok(CheckedPath { path: name.to_vec(), trailing_separator: false });
    }
    let default_stream = utf16("::$DATA");
    if rest.len() > default_stream.len() {
        let (front, back) = rest.split_at(rest.len() - default_stream.len());
        if equal_folded(back, &default_stream) {
            rest = front;
        }
    }
    let trailing_separator = rest.last() == Some(&SEPARATOR);
    if trailing_separator {
        rest = &rest[..rest.len() - 1];
    }
    if !rest.split(|unit| *unit == SEPARATOR).all(is_valid_component) {
        return fail(fltmgr_sys::STATUS_OBJECT_NAME_INVALID);
    }
    Ok(CheckedPath { path: name[..=rest.len()].to_vec(), trailing_separator })
}

fn is_valid_component(component: &[u16]) -> bool {
    let dot = u16::from(b'.');
    !component.is_empty()
        && component.len() <= MAXIMUM_COMPONENT
        && component != [dot]
        && component != [dot, dot]
        && component.iter().all(|unit| u8::try_from(*unit).is_ok_and(is_valid_byte) || *unit > 0xFF)
}

fn is_valid_byte(byte: u8) -> bool {
    byte >= 0x20 && !br#""*/:<>?\|"#.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_one_to_one_and_never_makes_ascii_of_other_letters() {
        assert_eq!(upcase(u16::from(b'a')), u16::from(b'A'));
        assert_eq!(upcase(0xE9), 0xC9);
        assert_eq!(upcase(0xDF), 0xDF);
        assert_eq!(upcase(0x131), 0x131);
        assert!(equal_folded(&utf16("Straße.TXT"), &utf16("STRAßE.txt")));
    }

    #[test]
    fn a_path_is_split_at_its_last_separator() {
        assert_eq!(split_last(&utf16("\\a\\b")), Some((&utf16("\\a")[..], &utf16("b")[..])));
        assert_eq!(split_last(&utf16("\\a")), Some((&utf16("\\")[..], &utf16("a")[..])));
        assert_eq!(split_last(&utf16("\\")), None);
    }

    #[test]
    fn only_what_a_volume_can_hold_is_a_name() {
        for good in ["\\", "\\a", "\\a\\b.c", "\\ü€", "\\a.", "\\a b", "\\file::$DATA"] {
            assert!(check(&utf16(good)).is_ok(), "{good}");
        }
        for bad in ["", "a", "\\\\", "\\a\\\\b", "\\a:b", "\\*", "\\a?", "\\.", "\\a\\..", "\\a/b", "\\\u{1}"] {
            assert!(check(&utf16(bad)).is_err(), "{bad:?}");
        }
        assert_eq!(check(&utf16("\\f::$data")).unwrap().path, utf16("\\f"));
        assert!(check(&utf16("\\d\\")).unwrap().trailing_separator);
    }

    #[test]
    fn below_means_a_whole_component_further() {
        assert!(is_below(&utf16("\\a\\b"), &utf16("\\a")));
        assert!(!is_below(&utf16("\\ab"), &utf16("\\a")));
        assert!(!is_below(&utf16("\\a"), &utf16("\\a")));
        assert!(is_below(&utf16("\\a"), &utf16("\\")));
    }
}
