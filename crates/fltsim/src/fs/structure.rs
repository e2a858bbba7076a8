//! The structures of queries and sets, written and read field by field at their documented offsets.

use super::{Result, fail};

/// A structure being written.
#[derive(Debug, Default)]
pub(super) struct Output(pub(super) Vec<u8>);

impl Output {
    pub(super) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(value.into())
    }

    pub(super) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn name(&mut self, value: &[u16]) -> &mut Self {
        self.0.extend(value.iter().flat_map(|unit| unit.to_le_bytes()));
        self
    }

    /// The length of a name in bytes, as such structures state it.
    pub(super) fn name_length(&mut self, value: &[u16]) -> &mut Self {
        self.u32(length_u32(value.len() * 2))
    }

    /// Zeros up to a multiple of `alignment`.
    pub(super) fn align(&mut self, alignment: usize) -> &mut Self {
        self.0.resize(self.0.len().next_multiple_of(alignment), 0);
        self
    }
}

/// A length as a 32-bit field holds it.
pub(super) fn length_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A structure being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    fn array<const N: usize>(self, offset: usize) -> Result<[u8; N]> {
        match self.0.get(offset..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => Ok(*bytes),
            None => fail(fltmgr_sys::STATUS_INFO_LENGTH_MISMATCH),
        }
    }

    pub(super) fn u8(self, offset: usize) -> Result<u8> {
        Ok(self.array::<1>(offset)?[0])
    }

    pub(super) fn flag(self, offset: usize) -> Result<bool> {
        Ok(self.u8(offset)? != 0)
    }

    pub(super) fn u16(self, offset: usize) -> Result<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub(super) fn u32(self, offset: usize) -> Result<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }

    pub(super) fn i64(self, offset: usize) -> Result<i64> {
        self.array(offset).map(i64::from_le_bytes)
    }

    /// A size: a signed field in which a negative number is a mistake.
    pub(super) fn size(self, offset: usize) -> Result<u64> {
        match u64::try_from(self.i64(offset)?) {
            Ok(size) => Ok(size),
            Err(_) => fail(fltmgr_sys::STATUS_INVALID_PARAMETER),
        }
    }

    pub(super) fn bytes(self, offset: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(offset..)?.get(..length)
    }

    /// A name of `length` bytes.
    pub(super) fn name(self, offset: usize, length: usize) -> Result<Vec<u16>> {
        match self.bytes(offset, length) {
            Some(bytes) if length.is_multiple_of(2) => Ok(units(bytes)),
            _ => fail(fltmgr_sys::STATUS_INVALID_PARAMETER),
        }
    }
}

/// UTF-16 units from little-endian bytes; an odd byte at the end is left.
pub(super) fn units(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect()
}
