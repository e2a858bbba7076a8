//! Extended attributes.

use super::records::{Record, Records, grow};
use super::{File, OwnedFile};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;
use fltmgr_sys as sys;

/// An extended attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtendedAttribute<'a> {
    /// Its name, of 1 to 254 bytes. Case does not count in it, and file systems tell it in upper case.
    pub name: &'a [u8],
    /// Its value. To set none removes the attribute.
    pub value: &'a [u8],
    /// Whether whoever does not know extended attributes cannot use the file: FILE_NEED_EA.
    pub is_needed: bool,
}

/// A list of extended attributes, as it is set and told.
///
/// ```
/// # use fltmgr::file::{ExtendedAttribute, ExtendedAttributes, File};
/// # use fltmgr::irql::{Irql, PassiveLevel};
/// # use fltmgr::pool::Tag;
/// fn mark(file: &File, at: Irql<'_, PassiveLevel>) -> fltmgr::Result<()> {
///     let mut attributes = ExtendedAttributes::new(Tag::new(*b"Exmp"));
///     attributes.push(ExtendedAttribute { name: b"SCANNED", value: b"1", is_needed: false })?;
///     file.set_extended_attributes(&attributes, at)
/// }
/// ```
///
/// # Invariants
///
/// Each of the records was found to be one, or made so, with a terminated name and at a multiple of four bytes; `last` is
/// where the last one begins.
pub struct ExtendedAttributes {
    bytes: PoolVec<u8, Paged>,
    last: usize,
}

const NAME: usize = offset_of!(sys::FILE_FULL_EA_INFORMATION, EaName);

/// Where a record begins.
const ALIGNMENT: usize = align_of::<sys::FILE_FULL_EA_INFORMATION>();

impl ExtendedAttributes {
    /// A list of none.
    pub const fn new(tag: Tag) -> Self {
        // INVARIANT: there is no record.
        Self { bytes: PoolVec::new(tag), last: 0 }
    }

    /// Puts an attribute at the end of the list.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_EA_NAME if the name has no length that a name can have, or a zero, STATUS_INVALID_PARAMETER if the value
    /// is longer than 65,535 bytes, STATUS_INSUFFICIENT_RESOURCES; the list is unchanged then.
    pub fn push(&mut self, attribute: ExtendedAttribute<'_>) -> Result<()> {
        let ExtendedAttribute { name, value, is_needed } = attribute;
        let name_length = match u8::try_from(name.len()) {
            Ok(length @ 1..=254) if !name.contains(&0) => length,
            _ => return Err(Error::INVALID_EA_NAME),
        };
        let value_length = u16::try_from(value.len()).map_err(|_| Error::INVALID_PARAMETER)?;
        let padding = self.bytes.len().next_multiple_of(ALIGNMENT) - self.bytes.len();
        let begin = self.bytes.len() + padding;
        self.bytes.try_reserve(padding + NAME + name.len() + 1 + value.len())?;

        self.bytes.try_extend([0; ALIGNMENT].get(..padding).unwrap_or(&[]))?;
        self.bytes.try_extend(&0_u32.to_le_bytes())?;
        self.bytes.try_extend(&[if is_needed { sys::FILE_NEED_EA as u8 } else { 0 }, name_length])?;
        self.bytes.try_extend(&value_length.to_le_bytes())?;
        self.bytes.try_extend(name)?;
        self.bytes.try_extend(&[0])?;
        self.bytes.try_extend(value)?;
        if begin != 0 {
            let distance = u32::try_from(begin - self.last).unwrap_or(0).to_le_bytes();
            if let Some(next) = self.bytes.get_mut(self.last..).and_then(|record| record.first_chunk_mut()) {
                *next = distance;
            }
        }
        // INVARIANT: the record was just made, and the one before it leads there.
        self.last = begin;
        Ok(())
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = ExtendedAttribute<'_>> {
        Self::records(&self.bytes).flatten()
    }

    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if these are no extended attributes.
    fn checked(mut bytes: PoolVec<u8, Paged>) -> Result<Self> {
        let (mut last, mut next, mut end) = (0, 0_usize, 0);
        for record in Records::new(&bytes) {
            let record = record?;
            let ExtendedAttribute { name, value, .. } = attribute(record)?;
            (last, end) = (next, next.saturating_add(NAME + name.len() + 1 + value.len()));
            next = next.saturating_add(record.u32(0)? as usize);
            if !next.is_multiple_of(ALIGNMENT) {
                return Err(Error::INFO_LENGTH_MISMATCH);
            }
        }
        // What is behind the last one would be between it and one that is pushed.
        bytes.truncate(end);
        // INVARIANT: each record was just looked at.
        Ok(Self { bytes, last })
    }

    fn records(bytes: &[u8]) -> impl Iterator<Item = Result<ExtendedAttribute<'_>>> {
        Records::new(bytes).map(|record| attribute(record?))
    }

    /// The list as the routines take it: NULL and 0 if it is empty.
    pub(super) fn as_raw(&self) -> (sys::PVOID, u32) {
        if self.bytes.is_empty() {
            return (ptr::null_mut(), 0);
        }
        (self.bytes.as_ptr().cast_mut().cast(), self.bytes.len() as u32)
    }
}

/// The attribute that a record has.
///
/// # Errors
///
/// STATUS_INFO_LENGTH_MISMATCH if it has none.
fn attribute(record: Record<'_>) -> Result<ExtendedAttribute<'_>> {
    let name_length = usize::from(record.byte(offset_of!(sys::FILE_FULL_EA_INFORMATION, EaNameLength))?);
    let value_length = usize::from(record.u16(offset_of!(sys::FILE_FULL_EA_INFORMATION, EaValueLength))?);
    let end = NAME + name_length;
    if record.byte(end)? != 0 {
        return Err(Error::INFO_LENGTH_MISMATCH);
    }
    Ok(ExtendedAttribute {
        name: record.bytes(NAME, name_length)?,
        value: record.bytes(end + 1, value_length)?,
        is_needed: record.byte(offset_of!(sys::FILE_FULL_EA_INFORMATION, Flags))? & sys::FILE_NEED_EA as u8 != 0,
    })
}

impl OwnedFile<'_> {
    /// All extended attributes of the file; of one that somebody else has opened, where they read on would be lost. Wraps
    /// FltQueryEaFile, from the first one on.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_FLT_DELETING_OBJECT if the instance is being torn down,
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_EAS_NOT_SUPPORTED or STATUS_INVALID_DEVICE_REQUEST where the file system
    /// has none, STATUS_INFO_LENGTH_MISMATCH if it answers with something else, and whatever else it returns.
    pub fn extended_attributes(&self, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<ExtendedAttributes> {
        self.query_extended_attributes(&mut [], tag, at)
    }
}

impl File {
    /// The value of an extended attribute; `None` if the file does not have it. Wraps FltQueryEaFile with a list of one name.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_EA_NAME if no attribute can have this name; and as for [`OwnedFile::extended_attributes`].
    pub fn extended_attribute(
        &self,
        name: &[u8],
        tag: Tag,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Option<PoolVec<u8, Paged>>> {
        const WANTED: usize = offset_of!(sys::FILE_GET_EA_INFORMATION, EaName);
        let mut list = PoolVec::<u8, Paged>::try_filled(0, WANTED, tag)?;
        let length = match u8::try_from(name.len()) {
            Ok(length @ 1..=254) if !name.contains(&0) => length,
            _ => return Err(Error::INVALID_EA_NAME),
        };
        if let Some(place) = list.get_mut(offset_of!(sys::FILE_GET_EA_INFORMATION, EaNameLength)) {
            *place = length;
        }
        list.try_extend(name)?;
        list.try_extend(&[0])?;
        let attributes = self.query_extended_attributes(&mut list, tag, at)?;
        // What does not exist is told as an attribute without a value.
        let value = attributes.iter().map(|attribute| attribute.value).find(|value| !value.is_empty());
        value.map(|value| PoolVec::try_from_slice(value, tag)).transpose()
    }

    /// The attributes of a list of names, or all, if that is empty.
    fn query_extended_attributes(
        &self,
        names: &mut [u8],
        tag: Tag,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<ExtendedAttributes> {
        let (instance, object) = self.for_io()?;
        let list = if names.is_empty() { ptr::null_mut() } else { names.as_mut_ptr() };
        let answer = grow(512, tag, |buffer| {
            let mut length = 0;
            // SAFETY: the file is open on the instance; buffer and list are as long as they are said to be, and aligned for
            // any structure. PASSIVE_LEVEL.
            Error::check(unsafe {
                sys::FltQueryEaFile(
                    instance,
                    object,
                    buffer.as_mut_ptr().cast::<c_void>(),
                    buffer.len() as u32,
                    0,
                    list.cast(),
                    names.len() as u32,
                    ptr::null_mut(),
                    1,
                    &raw mut length,
                )
            })?;
            Ok(length)
        });
        match answer {
            Ok(bytes) => ExtendedAttributes::checked(bytes),
            Err(Error::NO_EAS_ON_FILE | Error::NO_MORE_EAS) => Ok(ExtendedAttributes::new(tag)),
            Err(error) => Err(error),
        }
    }

    /// Sets extended attributes: those that the file has already get the new values, and lose theirs to empty ones. Wraps
    /// FltSetEaFile.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_FLT_DELETING_OBJECT if the instance is being torn down, STATUS_INVALID_EA_NAME for a
    /// name with a character that it cannot have, STATUS_EA_TOO_LARGE, STATUS_EAS_NOT_SUPPORTED or
    /// STATUS_INVALID_DEVICE_REQUEST where the file system has none, and whatever else it returns.
    pub fn set_extended_attributes(&self, attributes: &ExtendedAttributes, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        let (list, length) = attributes.as_raw();
        // SAFETY: the file is open on the instance; by the invariant the list is one, as long as it is said to be, and the
        // routine does not change it. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltSetEaFile(instance, object, list, length) })?;
        Ok(())
    }
}
