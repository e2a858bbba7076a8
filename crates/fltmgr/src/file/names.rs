//! The names of a file and of its streams, and giving it others.

use super::records::{Record, Records, grow, put, with_name};
use super::{File, OwnedFile};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;
use fltmgr_sys as sys;

/// A name that a file is to have.
#[derive(Clone, Copy)]
pub enum NewName<'a> {
    /// In the directory where it is.
    Beside(&'a [u16]),
    /// Relative to a directory, in which it begins with no separator.
    In(&'a OwnedFile<'a>, &'a [u16]),
    /// The full name, as `\Device\HarddiskVolume2\folder\file`, on the same volume: nobody checks (N-33).
    Full(&'a [u16]),
}

bitflags::bitflags! {
    /// How a file gets a name.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct RenameFlags: u32 {
        /// FILE_RENAME_REPLACE_IF_EXISTS: what has the name already is replaced.
        const REPLACE_IF_EXISTS = sys::FILE_RENAME_REPLACE_IF_EXISTS;
        /// FILE_RENAME_POSIX_SEMANTICS: even if it is open.
        const POSIX_SEMANTICS = sys::FILE_RENAME_POSIX_SEMANTICS;
        /// FILE_RENAME_IGNORE_READONLY_ATTRIBUTE: even if it is only to be read.
        const IGNORE_READONLY_ATTRIBUTE = sys::FILE_RENAME_IGNORE_READONLY_ATTRIBUTE;
    }
}

impl RenameFlags {
    /// The class for these flags: file systems that do not know the extended one know the other.
    const fn class(self, ordinary: i32, extended: i32) -> i32 {
        if Self::REPLACE_IF_EXISTS.contains(self) { ordinary } else { extended }
    }
}

const SEPARATOR: u16 = b'\\' as u16;

/// The structure of a rename or of a hard link, which are the same.
fn target(name: NewName<'_>, flags: RenameFlags, tag: Tag) -> Result<PoolVec<u8, Paged>> {
    const NAME: usize = offset_of!(sys::FILE_RENAME_INFORMATION, FileName);
    let (root, name) = match name {
        NewName::Beside(name) if name.contains(&SEPARATOR) => return Err(Error::INVALID_PARAMETER),
        NewName::Beside(name) | NewName::Full(name) => (ptr::null_mut(), name),
        NewName::In(directory, name) => (directory.handle(), name),
    };
    let length = u16::try_from(size_of_val(name)).map_err(|_| Error::NAME_TOO_LONG)?;
    let mut structure = with_name(size_of::<sys::FILE_RENAME_INFORMATION>(), NAME, name, tag)?;
    // The flags of the extended class lie where the other one has its ReplaceIfExists, which is its first byte.
    put(&mut structure, 0, flags.bits().to_le_bytes());
    put(&mut structure, offset_of!(sys::FILE_RENAME_INFORMATION, RootDirectory), root.addr().to_le_bytes());
    put(&mut structure, offset_of!(sys::FILE_RENAME_INFORMATION, FileNameLength), u32::from(length).to_le_bytes());
    Ok(structure)
}

/// A stream of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream<'a> {
    /// Its name with its type, as `::$DATA` or `:summary:$DATA`.
    pub name: &'a [u16],
    /// Its size in bytes.
    pub size: u64,
    /// The room that is allocated for it, in bytes.
    pub allocation_size: u64,
}

/// The streams of a file.
///
/// # Invariants
///
/// Each of the records was found to be one.
pub struct Streams(PoolVec<u8, Paged>);

impl Streams {
    const NAME: usize = offset_of!(sys::FILE_STREAM_INFORMATION, StreamName);

    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if these are no streams.
    fn checked(bytes: PoolVec<u8, Paged>) -> Result<Self> {
        Self::records(&bytes).try_for_each(|stream| stream.map(drop))?;
        // INVARIANT: each record was just looked at.
        Ok(Self(bytes))
    }

    fn records(bytes: &[u8]) -> impl Iterator<Item = Result<Stream<'_>>> {
        Records::new(bytes).map(|record| {
            let record = record?;
            let length = record.u32(offset_of!(sys::FILE_STREAM_INFORMATION, StreamNameLength))?;
            let size = |offset| Ok(record.i64(offset)?.cast_unsigned());
            Ok(Stream {
                name: record.units(Self::NAME, length as usize)?,
                size: size(offset_of!(sys::FILE_STREAM_INFORMATION, StreamSize))?,
                allocation_size: size(offset_of!(sys::FILE_STREAM_INFORMATION, StreamAllocationSize))?,
            })
        })
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Stream<'_>> {
        Self::records(&self.0).flatten()
    }
}

/// A name of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HardLink<'a> {
    /// The number of the directory that it is in, on the volume.
    pub parent_id: i64,
    /// The name, in that directory.
    pub name: &'a [u16],
}

/// The names of a file.
///
/// # Invariants
///
/// Each of the records was found to be one.
pub struct HardLinks(PoolVec<u8, Paged>);

impl HardLinks {
    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if these are no names.
    fn checked(bytes: PoolVec<u8, Paged>) -> Result<Self> {
        Self::records(&bytes).try_for_each(|link| link.map(drop))?;
        // INVARIANT: each record was just looked at.
        Ok(Self(bytes))
    }

    fn records(bytes: &[u8]) -> impl Iterator<Item = Result<HardLink<'_>>> {
        let first = bytes.get(offset_of!(sys::FILE_LINKS_INFORMATION, Entry)..).unwrap_or(&[]);
        // What counts the entries is not needed to find their end, but says that there are none.
        let none = Record::new(bytes).u32(offset_of!(sys::FILE_LINKS_INFORMATION, EntriesReturned)) == Ok(0);
        Records::new(if none { &[] } else { first }).map(|record| {
            let record = record?;
            // The only length of a name that is in units.
            let length = record.u32(offset_of!(sys::FILE_LINK_ENTRY_INFORMATION, FileNameLength))? as usize;
            let length = length.checked_mul(2).ok_or(Error::INFO_LENGTH_MISMATCH)?;
            Ok(HardLink {
                parent_id: record.i64(offset_of!(sys::FILE_LINK_ENTRY_INFORMATION, ParentFileId))?,
                name: record.units(offset_of!(sys::FILE_LINK_ENTRY_INFORMATION, FileName), length)?,
            })
        })
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = HardLink<'_>> {
        Self::records(&self.0).flatten()
    }
}

impl File {
    /// All names of the file. Wraps FltQueryInformationFile with FileHardLinkInformation.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_INFO_CLASS where a file has one name,
    /// STATUS_INFO_LENGTH_MISMATCH if the file system answers with something else than names, and whatever else it returns.
    pub fn hard_links(&self, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<HardLinks> {
        self.query_into_pool(sys::FileHardLinkInformation, 512, tag, at).and_then(HardLinks::checked)
    }

    /// The streams of the file; a directory may have none. Wraps FltQueryInformationFile with FileStreamInformation.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER where the file system has none,
    /// STATUS_INFO_LENGTH_MISMATCH if it answers with something else than streams, and whatever else it returns.
    pub fn streams(&self, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<Streams> {
        self.query_into_pool(sys::FileStreamInformation, 512, tag, at).and_then(Streams::checked)
    }

    /// The name of the file, as it was opened, from the root of its volume on. Wraps FltQueryInformationFile with
    /// FileNameInformation. Names for rules come from [`crate::name`] rather, which knows them normalized.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, and whatever the file system returns.
    pub fn name_on_volume(&self, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<PoolVec<u16, Paged>> {
        let answer = self.query_into_pool(sys::FileNameInformation, 512, tag, at)?;
        let record = Record::new(&answer);
        let length = record.u32(offset_of!(sys::FILE_NAME_INFORMATION, FileNameLength))?;
        let name = record.units(offset_of!(sys::FILE_NAME_INFORMATION, FileName), length as usize)?;
        PoolVec::try_from_slice(name, tag)
    }

    /// As much as the file system says of a class, in pool, and so aligned for any structure.
    fn query_into_pool(
        &self,
        class: i32,
        first: usize,
        tag: Tag,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<PoolVec<u8, Paged>> {
        let (instance, object) = self.for_io()?;
        grow(first, tag, |buffer| {
            let mut length = 0;
            // SAFETY: the file is open on the instance; the buffer is as long as it is said to be. PASSIVE_LEVEL.
            Error::check(unsafe {
                sys::FltQueryInformationFile(
                    instance,
                    object,
                    buffer.as_mut_ptr().cast::<c_void>(),
                    buffer.len() as u32,
                    class,
                    &raw mut length,
                )
            })?;
            Ok(length)
        })
    }

    /// Gives the file another name. Wraps FltSetInformationFile with FileRenameInformation, or FileRenameInformationEx where
    /// the flags take it (N-33). The file must have been opened to be deleted.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER if what is beside has a separator,
    /// STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_NOT_SAME_DEVICE, STATUS_ACCESS_DENIED, and whatever
    /// else the file system returns.
    pub fn rename(&self, to: NewName<'_>, flags: RenameFlags, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<()> {
        self.give_name(flags.class(sys::FileRenameInformation, sys::FileRenameInformationEx), to, flags, tag, at)
    }

    /// Gives the file one more name, a hard link. Wraps FltSetInformationFile with FileLinkInformation, or
    /// FileLinkInformationEx where the flags take it.
    ///
    /// # Errors
    ///
    /// As for [`Self::rename`]; STATUS_FILE_IS_A_DIRECTORY, since directories have one name.
    pub fn link(&self, to: NewName<'_>, flags: RenameFlags, tag: Tag, at: Irql<'_, PassiveLevel>) -> Result<()> {
        self.give_name(flags.class(sys::FileLinkInformation, sys::FileLinkInformationEx), to, flags, tag, at)
    }

    fn give_name(
        &self,
        class: i32,
        to: NewName<'_>,
        flags: RenameFlags,
        tag: Tag,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<()> {
        let (instance, object) = self.for_io()?;
        let mut structure = target(to, flags, tag)?;
        // SAFETY: the file is open on the instance; the structure is that of the class, as long as it is said to be, and
        // its handle is open while its file is borrowed. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltSetInformationFile(
                instance,
                object,
                structure.as_mut_ptr().cast::<c_void>(),
                structure.len() as u32,
                class,
            )
        })?;
        Ok(())
    }
}
