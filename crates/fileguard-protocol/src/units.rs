//! UTF-16 text at any alignment, and its copying.

/// Borrowed UTF-16 text in little-endian bytes at any alignment, as it lies in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units<'a>(&'a [u8]);

impl<'a> Units<'a> {
    /// Reads these bytes as UTF-16; an odd last byte is not part of the text.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many UTF-16 units there are.
    pub const fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there is no unit.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The units, first to last.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + 'a {
        self.0.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
    }

    /// The characters; a unit that is no character is U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        char::decode_utf16(self.iter()).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    pub(crate) const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Takes `units` units off the front of `bytes`, or nothing if there are not so many.
    pub(crate) fn split(bytes: &'a [u8], units: usize) -> Option<(Self, &'a [u8])> {
        let (text, rest) = bytes.split_at_checked(units.checked_mul(2)?)?;
        Some((Self(text), rest))
    }
}

impl core::fmt::Display for Units<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        use core::fmt::Write as _;
        self.chars().try_for_each(|character| formatter.write_char(character))
    }
}

/// The first `limit` units of `text`, and whether that is less than all of it.
pub(crate) fn bounded(text: &[u16], limit: usize) -> (&[u16], bool) {
    match text.get(..limit) {
        Some(first) => (first, text.len() > limit),
        None => (text, false),
    }
}
