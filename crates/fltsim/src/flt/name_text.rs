//! The parts of a file name, as text.

use std::ops::Range;

const SEPARATOR: u16 = b'\\' as u16;
const COLON: u16 = b':' as u16;
const DOT: u16 = b'.' as u16;

/// Where the parts of a name lie in it (rule K-18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// From behind the volume to the last separator, both separators included.
    pub parent: Range<usize>,
    /// Behind the last separator, with the stream.
    pub last: Range<usize>,
    /// Behind the last dot of the final component, without the dot and the stream.
    pub extension: Range<usize>,
    /// From the first colon of the final component on.
    pub stream: Range<usize>,
}

/// Parses a name whose first `volume` units are the volume's.
pub(crate) fn parse(name: &[u16], volume: usize) -> Parts {
    let end = name.len();
    let start = name.iter().rposition(|unit| *unit == SEPARATOR).map_or(volume, |position| position + 1).max(volume);
    let stream = name[start..].iter().position(|unit| *unit == COLON).map_or(end, |position| start + position);
    let extension =
        name[start..stream].iter().rposition(|unit| *unit == DOT).map_or(stream, |position| start + position + 1);
    Parts { parent: volume..start, last: start..end, extension: extension..stream, stream: stream..end }
}

/// The name of the directory a name is in: without the final component and the separator before it, except for the root.
pub(crate) fn parent_of(name: &[u16]) -> &[u16] {
    let trimmed = trim_end(name);
    match trimmed.iter().rposition(|unit| *unit == SEPARATOR) {
        Some(0) => &trimmed[..1],
        Some(position) => &trimmed[..position],
        None => &[],
    }
}

/// A name without a separator at its end, except for the root.
pub(crate) fn trim_end(name: &[u16]) -> &[u16] {
    match name.split_last() {
        Some((last, rest)) if *last == SEPARATOR && !rest.is_empty() => rest,
        _ => name,
    }
}

/// A name without the default stream at its end (rule K-17).
pub(crate) fn without_default_stream(name: &[u16]) -> &[u16] {
    let last = name.iter().rposition(|unit| *unit == SEPARATOR).map_or(0, |position| position + 1);
    let Some(colon) = name[last..].iter().position(|unit| *unit == COLON) else { return name };
    let stream = String::from_utf16_lossy(&name[last + colon..]).to_ascii_uppercase();
    if matches!(stream.as_str(), "::$DATA" | ":$DATA") { &name[..last + colon] } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn parsed(text: &str, volume: usize) -> [String; 4] {
        let name = units(text);
        let parts = parse(&name, volume);
        [parts.parent, parts.last, parts.extension, parts.stream].map(|range| String::from_utf16_lossy(&name[range]))
    }

    #[test]
    fn the_parts_of_a_name_are_those_of_rule_k_18() {
        let volume = "\\Device\\HarddiskVolume1".len();
        assert_eq!(
            parsed(
                "\\Device\\HarddiskVolume1\\Documents and Settings\\MyUser\\My Documents\\Test Results.txt:stream1",
                volume
            ),
            ["\\Documents and Settings\\MyUser\\My Documents\\", "Test Results.txt:stream1", "txt", ":stream1"]
        );
        assert_eq!(parsed("\\Device\\HarddiskVolume1\\plain", volume), ["\\", "plain", "", ""]);
        assert_eq!(parsed("\\Device\\HarddiskVolume1\\", volume), ["\\", "", "", ""]);
        assert_eq!(parsed("a.b.c", 0), ["", "a.b.c", "c", ""]);
    }

    #[test]
    fn the_default_stream_is_no_part_of_a_normalized_name() {
        for (given, kept) in [("\\a::$DATA", "\\a"), ("\\a:$data", "\\a"), ("\\a:b", "\\a:b"), ("\\a", "\\a")] {
            assert_eq!(without_default_stream(&units(given)), units(kept));
        }
    }

    #[test]
    fn the_parent_of_a_name_has_no_separator_at_its_end() {
        for (name, parent) in [("\\a\\b", "\\a"), ("\\a", "\\"), ("\\a\\b\\", "\\a")] {
            assert_eq!(parent_of(&units(name)), units(parent));
        }
    }
}
