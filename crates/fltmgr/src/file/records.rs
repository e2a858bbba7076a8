//! Structures of which only their own lengths tell where they end. Whoever filled them in is not trusted to have done it well:
//! every length and every distance is checked against what there is.

use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};

/// A structure in a buffer.
#[derive(Clone, Copy)]
pub(super) struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if there are not that many.
    pub(super) fn bytes(self, offset: usize, length: usize) -> Result<&'a [u8]> {
        let end = offset.checked_add(length).ok_or(Error::INFO_LENGTH_MISMATCH)?;
        self.0.get(offset..end).ok_or(Error::INFO_LENGTH_MISMATCH)
    }

    fn array<const N: usize>(self, offset: usize) -> Result<[u8; N]> {
        self.bytes(offset, N)?.try_into().map_err(|_| Error::INFO_LENGTH_MISMATCH)
    }

    pub(super) fn byte(self, offset: usize) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array(offset)?))
    }

    pub(super) fn u16(self, offset: usize) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(offset)?))
    }

    pub(super) fn u32(self, offset: usize) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(offset)?))
    }

    pub(super) fn i64(self, offset: usize) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array(offset)?))
    }

    /// A name of so many bytes, which begins at `offset`.
    ///
    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if it is not there, not where units can be, or has half a unit.
    pub(super) fn units(self, offset: usize, length: usize) -> Result<&'a [u16]> {
        // SAFETY: any two bytes are a unit.
        let (before, units, behind) = unsafe { self.bytes(offset, length)?.align_to() };
        if before.is_empty() && behind.is_empty() { Ok(units) } else { Err(Error::INFO_LENGTH_MISMATCH) }
    }
}

/// Structures that each begin with the distance to the next one; that of the last is 0. Whether one has all of its fields is
/// told when they are asked for.
pub(super) struct Records<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Records<'a> {
    /// Those of a buffer.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: if bytes.is_empty() { None } else { Some(bytes) } }
    }

    /// The first one of what is left.
    ///
    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if it has no distance, or one to behind the end; then what comes next cannot be told.
    fn take(&mut self, rest: &'a [u8]) -> Result<Record<'a>> {
        let distance = Record(rest).u32(0)? as usize;
        if distance == 0 {
            return Ok(Record(rest));
        }
        let (record, rest) = rest.split_at_checked(distance).ok_or(Error::INFO_LENGTH_MISMATCH)?;
        self.rest = Some(rest);
        Ok(Record(record))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        Some(self.take(rest))
    }
}

/// A structure that is all zeroes, with a name at its end.
///
/// # Errors
///
/// STATUS_INSUFFICIENT_RESOURCES.
pub(super) fn with_name(least: usize, offset: usize, name: &[u16], tag: Tag) -> Result<PoolVec<u8, Paged>> {
    let length = offset.saturating_add(size_of_val(name)).max(least);
    let mut structure = PoolVec::try_filled(0, length, tag)?;
    if let Some(place) = structure.get_mut(offset..) {
        for (place, unit) in place.as_chunks_mut().0.iter_mut().zip(name) {
            *place = unit.to_le_bytes();
        }
    }
    Ok(structure)
}

/// Writes a field of a structure that has room for it.
pub(super) fn put<const N: usize>(structure: &mut [u8], offset: usize, field: [u8; N]) {
    if let Some(place) = structure.get_mut(offset..).and_then(|rest| rest.first_chunk_mut()) {
        *place = field;
    }
}

/// The most that is asked for at once, in bytes.
const LIMIT: usize = 1024 * 1024;

/// Asks until there is room for the answer, which `ask` writes to the buffer, and whose length it tells.
///
/// # Errors
///
/// STATUS_INSUFFICIENT_RESOURCES, and what `ask` returns. That there is no room is among it from a mebibyte on.
pub(super) fn grow(
    first: usize,
    tag: Tag,
    mut ask: impl FnMut(&mut [u8]) -> Result<u32>,
) -> Result<PoolVec<u8, Paged>> {
    let mut room = first;
    loop {
        let mut buffer = PoolVec::try_filled(0, room, tag)?;
        match ask(&mut buffer) {
            Ok(length) => {
                // What is below may say anything; truncating makes nothing longer.
                buffer.truncate(length as usize);
                return Ok(buffer);
            }
            Err(Error::BUFFER_OVERFLOW | Error::BUFFER_TOO_SMALL | Error::INFO_LENGTH_MISMATCH) if room < LIMIT => {
                room = room.saturating_mul(4).min(LIMIT);
            }
            Err(error) => return Err(error),
        }
    }
}
