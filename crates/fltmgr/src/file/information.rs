//! What a file system knows about a file, as typed structures.
//!
//! ```
//! use fltmgr::file::File;
//! use fltmgr::file::information::{Basic, Standard};
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::Result;
//!
//! /// Has a file look as if it had been written when it was created, and tells its size.
//! fn rejuvenate(file: &File, at: Irql<'_, PassiveLevel>) -> Result<u64> {
//!     let known = file.query::<Basic>(at)?;
//!     file.set(&Basic { last_write_time: known.creation_time, ..known }, at)?;
//!     Ok(file.query::<Standard>(at)?.end_of_file)
//! }
//! ```

use super::File;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::quad;
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::ptr;
use fltmgr_sys as sys;

mod sealed {
    /// # Safety
    ///
    /// `Raw` is the structure of the class, and has integers alone, for which all bit patterns are values.
    pub unsafe trait Class {
        type Raw: Copy;
        const CLASS: i32;
        /// Whether the structure ends with a name, for which there is no room.
        const HAS_NAME: bool = false;
    }

    pub trait Get: Class {
        fn of(raw: &Self::Raw) -> Self;
    }

    pub trait Put: Class {
        fn put(&self, raw: &mut Self::Raw);
    }
}

/// What can be asked about a file, by [`File::query`].
pub trait Queried: sealed::Get {}
impl<T: sealed::Get> Queried for T {}

/// What a name is enough for, by [`query_by_name`](super::query_by_name) (L-10).
pub trait QueriedByName: Queried {}
impl QueriedByName for Stat {}
impl QueriedByName for CaseSensitive {}

/// What can be changed of a file, by [`File::set`].
pub trait Settable: sealed::Put {}
impl<T: sealed::Put> Settable for T {}

/// Makes the types of classes that have a structure of one size.
macro_rules! information {
    ($($(#[$doc:meta])* $name:ident: $raw:ident of $class:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = |$value:ident| $get:expr;)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        // SAFETY: this is the structure of the class, as the headers have it.
        unsafe impl sealed::Class for $name {
            type Raw = sys::$raw;
            const CLASS: i32 = sys::$class;
        }

        impl sealed::Get for $name {
            fn of(raw: &sys::$raw) -> Self {
                Self { $($field: { let $value = raw; $get },)* }
            }
        }
    )*};
}

/// Makes types for what is set alone.
macro_rules! change {
    ($($(#[$doc:meta])* $name:ident($type:ty): $raw:ident of $class:ident |$from:ident, $to:ident| $put:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub $type);

        // SAFETY: this is the structure of the class, as the headers have it.
        unsafe impl sealed::Class for $name {
            type Raw = sys::$raw;
            const CLASS: i32 = sys::$class;
        }

        impl sealed::Put for $name {
            fn put(&self, $to: &mut sys::$raw) {
                let $from = self.0;
                $put;
            }
        }
    )*};
}

const fn size(number: sys::LARGE_INTEGER) -> u64 {
    quad(number).cast_unsigned()
}

const fn large(number: u64) -> sys::LARGE_INTEGER {
    sys::LARGE_INTEGER { QuadPart: number.cast_signed() }
}

information! {
    /// FileBasicInformation. Times are 100-nanosecond intervals since January 1, 1601 (UTC). Of what is set, a time of 0
    /// leaves it as it is, -1 keeps what is done through this file object from changing it, and -2 ends that; attributes of
    /// 0 leave them.
    Basic: FILE_BASIC_INFORMATION of FileBasicInformation {
        /// When the file was created.
        creation_time: i64 = |raw| quad(raw.CreationTime);
        /// When it was read or written last.
        last_access_time: i64 = |raw| quad(raw.LastAccessTime);
        /// When it was written last.
        last_write_time: i64 = |raw| quad(raw.LastWriteTime);
        /// When it or what is known about it was changed last.
        change_time: i64 = |raw| quad(raw.ChangeTime);
        /// Its FILE_ATTRIBUTE bits.
        attributes: u32 = |raw| raw.FileAttributes;
    }

    /// FileStandardInformation.
    Standard: FILE_STANDARD_INFORMATION of FileStandardInformation {
        /// The room that is allocated for the file, in bytes.
        allocation_size: u64 = |raw| size(raw.AllocationSize);
        /// The size of the file, in bytes.
        end_of_file: u64 = |raw| size(raw.EndOfFile);
        /// How many names it has.
        number_of_links: u32 = |raw| raw.NumberOfLinks;
        /// Whether it is about to be deleted.
        is_delete_pending: bool = |raw| raw.DeletePending != 0;
        /// Whether it is a directory.
        is_directory: bool = |raw| raw.Directory != 0;
    }

    /// FileInternalInformation.
    Internal: FILE_INTERNAL_INFORMATION of FileInternalInformation {
        /// The number that the file system has for the file, on its volume.
        index_number: i64 = |raw| quad(raw.IndexNumber);
    }

    /// FileEaInformation.
    ExtendedAttributeSize: FILE_EA_INFORMATION of FileEaInformation {
        /// How many bytes the extended attributes take together.
        bytes: u32 = |raw| raw.EaSize;
    }

    /// FilePositionInformation, of a file object that was opened for synchronous I/O.
    Position: FILE_POSITION_INFORMATION of FilePositionInformation {
        /// Where the next transfer at the file position begins, in bytes.
        current: i64 = |raw| quad(raw.CurrentByteOffset);
    }

    /// FileNetworkOpenInformation: what most programs ask about.
    NetworkOpen: FILE_NETWORK_OPEN_INFORMATION of FileNetworkOpenInformation {
        /// When the file was created.
        creation_time: i64 = |raw| quad(raw.CreationTime);
        /// When it was read or written last.
        last_access_time: i64 = |raw| quad(raw.LastAccessTime);
        /// When it was written last.
        last_write_time: i64 = |raw| quad(raw.LastWriteTime);
        /// When it or what is known about it was changed last.
        change_time: i64 = |raw| quad(raw.ChangeTime);
        /// The room that is allocated for it, in bytes.
        allocation_size: u64 = |raw| size(raw.AllocationSize);
        /// Its size, in bytes.
        end_of_file: u64 = |raw| size(raw.EndOfFile);
        /// Its FILE_ATTRIBUTE bits.
        attributes: u32 = |raw| raw.FileAttributes;
    }

    /// FileAttributeTagInformation.
    AttributeTag: FILE_ATTRIBUTE_TAG_INFORMATION of FileAttributeTagInformation {
        /// The FILE_ATTRIBUTE bits of the file.
        attributes: u32 = |raw| raw.FileAttributes;
        /// The tag of its reparse point, if the attributes say that it is one.
        reparse_tag: u32 = |raw| raw.ReparseTag;
    }

    /// FileCompressionInformation.
    Compression: FILE_COMPRESSION_INFORMATION of FileCompressionInformation {
        /// The size of the file as it is stored, in bytes.
        compressed_size: u64 = |raw| size(raw.CompressedFileSize);
        /// COMPRESSION_FORMAT_NONE is 0.
        format: u16 = |raw| raw.CompressionFormat;
    }

    /// FileIdInformation.
    Id: FILE_ID_INFORMATION of FileIdInformation {
        /// The serial number of the volume.
        volume_serial_number: u64 = |raw| raw.VolumeSerialNumber;
        /// The identifier of the file, on its volume.
        file_id: [u8; 16] = |raw| raw.FileId.Identifier;
    }

    /// FileStatInformation, which a name is enough for as well: [`query_by_name`](super::query_by_name).
    Stat: FILE_STAT_INFORMATION of FileStatInformation {
        /// The number that the file system has for the file, on its volume.
        file_id: i64 = |raw| quad(raw.FileId);
        /// When it was created.
        creation_time: i64 = |raw| quad(raw.CreationTime);
        /// When it was read or written last.
        last_access_time: i64 = |raw| quad(raw.LastAccessTime);
        /// When it was written last.
        last_write_time: i64 = |raw| quad(raw.LastWriteTime);
        /// When it or what is known about it was changed last.
        change_time: i64 = |raw| quad(raw.ChangeTime);
        /// The room that is allocated for it, in bytes.
        allocation_size: u64 = |raw| size(raw.AllocationSize);
        /// Its size, in bytes.
        end_of_file: u64 = |raw| size(raw.EndOfFile);
        /// Its FILE_ATTRIBUTE bits.
        attributes: u32 = |raw| raw.FileAttributes;
        /// The tag of its reparse point, if the attributes say that it is one.
        reparse_tag: u32 = |raw| raw.ReparseTag;
        /// How many names it has.
        number_of_links: u32 = |raw| raw.NumberOfLinks;
        /// What the caller may do with it.
        effective_access: u32 = |raw| raw.EffectiveAccess;
    }

    /// FileCaseSensitiveInformation, of a directory.
    CaseSensitive: FILE_CASE_SENSITIVE_INFORMATION of FileCaseSensitiveInformation {
        /// Whether case counts in the names of its files.
        is_case_sensitive: bool = |raw| raw.Flags & sys::FILE_CS_FLAG_CASE_SENSITIVE_DIR != 0;
    }
}

impl sealed::Put for Basic {
    fn put(&self, raw: &mut sys::FILE_BASIC_INFORMATION) {
        raw.CreationTime.QuadPart = self.creation_time;
        raw.LastAccessTime.QuadPart = self.last_access_time;
        raw.LastWriteTime.QuadPart = self.last_write_time;
        raw.ChangeTime.QuadPart = self.change_time;
        raw.FileAttributes = self.attributes;
    }
}

impl sealed::Put for Position {
    fn put(&self, raw: &mut sys::FILE_POSITION_INFORMATION) {
        raw.CurrentByteOffset.QuadPart = self.current;
    }
}

impl sealed::Put for CaseSensitive {
    fn put(&self, raw: &mut sys::FILE_CASE_SENSITIVE_INFORMATION) {
        raw.Flags = if self.is_case_sensitive { sys::FILE_CS_FLAG_CASE_SENSITIVE_DIR } else { 0 };
    }
}

change! {
    /// FileEndOfFileInformation: the size of the file in bytes.
    EndOfFile(u64): FILE_END_OF_FILE_INFORMATION of FileEndOfFileInformation |bytes, raw| raw.EndOfFile = large(bytes);
    /// FileAllocationInformation: the room that is allocated for the file, in bytes. A file that is longer is cut off.
    Allocation(u64): FILE_ALLOCATION_INFORMATION of FileAllocationInformation |bytes, raw| raw.AllocationSize = large(bytes);
    /// FileValidDataLengthInformation: how many bytes of the file have been written; what is behind them reads as zeroes. It
    /// can only grow, and what it grows over is whatever the medium has.
    ValidDataLength(u64): FILE_VALID_DATA_LENGTH_INFORMATION of FileValidDataLengthInformation
        |bytes, raw| raw.ValidDataLength = large(bytes);
    /// FileDispositionInformation: whether the file is deleted once its last handle is closed.
    Disposition(bool): FILE_DISPOSITION_INFORMATION of FileDispositionInformation
        |delete, raw| raw.DeleteFile = delete.into();
    /// FileDispositionInformationEx: how the file is deleted.
    DispositionEx(DispositionFlags): FILE_DISPOSITION_INFORMATION_EX of FileDispositionInformationEx
        |flags, raw| raw.Flags = flags.bits();
}

bitflags::bitflags! {
    /// How a file is deleted.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct DispositionFlags: u32 {
        /// FILE_DISPOSITION_DELETE: it is deleted.
        const DELETE = sys::FILE_DISPOSITION_DELETE;
        /// FILE_DISPOSITION_POSIX_SEMANTICS: its name goes as soon as this handle is closed.
        const POSIX_SEMANTICS = sys::FILE_DISPOSITION_POSIX_SEMANTICS;
        /// FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK: it is not if it is executed.
        const FORCE_IMAGE_SECTION_CHECK = sys::FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK;
        /// FILE_DISPOSITION_ON_CLOSE: what FILE_DELETE_ON_CLOSE has asked for is changed.
        const ON_CLOSE = sys::FILE_DISPOSITION_ON_CLOSE;
        /// FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE: it is deleted though it is only to be read.
        const IGNORE_READONLY_ATTRIBUTE = sys::FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE;
    }
}

/// FileAllInformation, but for the name, and for what the I/O manager alone knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct All {
    /// FileBasicInformation.
    pub basic: Basic,
    /// FileStandardInformation.
    pub standard: Standard,
    /// FileInternalInformation.
    pub internal: Internal,
    /// FileEaInformation.
    pub extended_attributes: ExtendedAttributeSize,
    /// FilePositionInformation.
    pub position: Position,
}

// SAFETY: this is the structure of the class, as the headers have it.
unsafe impl sealed::Class for All {
    type Raw = sys::FILE_ALL_INFORMATION;
    const CLASS: i32 = sys::FileAllInformation;
    const HAS_NAME: bool = true;
}

impl sealed::Get for All {
    fn of(raw: &sys::FILE_ALL_INFORMATION) -> Self {
        Self {
            basic: Basic::of(&raw.BasicInformation),
            standard: Standard::of(&raw.StandardInformation),
            internal: Internal::of(&raw.InternalInformation),
            extended_attributes: ExtendedAttributeSize::of(&raw.EaInformation),
            position: Position::of(&raw.PositionInformation),
        }
    }
}

/// A structure that is all zeroes.
pub(super) fn zeroed<T: sealed::Class>() -> T::Raw {
    // SAFETY: the structure has integers alone.
    unsafe { core::mem::zeroed() }
}

/// The FILE_INFORMATION_CLASS of a structure.
pub(super) const fn class<T: sealed::Class>() -> i32 {
    T::CLASS
}

/// What FltQueryInformationFile answers: a name that does not fit is a warning, and not asked for.
pub(super) fn answered<T: Queried>(status: sys::NTSTATUS, raw: &T::Raw) -> Result<T> {
    match Error::check(status) {
        Err(Error::BUFFER_OVERFLOW) if T::HAS_NAME => {}
        other => drop(other?),
    }
    Ok(T::of(raw))
}

impl File {
    /// What the file system knows about the file. Wraps FltQueryInformationFile (N-34).
    ///
    /// ```
    /// # use fltmgr::file::{File, information::Standard};
    /// # use fltmgr::irql::{Irql, PassiveLevel};
    /// fn links(file: &File, at: Irql<'_, PassiveLevel>) -> fltmgr::Result<u32> {
    ///     Ok(file.query::<Standard>(at)?.number_of_links)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER or STATUS_INVALID_INFO_CLASS where the file system does not know the
    /// class, and whatever else it returns.
    pub fn query<T: Queried>(&self, _: Irql<'_, PassiveLevel>) -> Result<T> {
        let (instance, object) = self.for_io()?;
        let mut raw = zeroed::<T>();
        // SAFETY: the file is open on the instance; the buffer is as long as it is said to be, and whatever is put there is
        // a value of it. PASSIVE_LEVEL.
        let status = unsafe {
            sys::FltQueryInformationFile(
                instance,
                object,
                (&raw mut raw).cast::<c_void>(),
                size_of::<T::Raw>() as u32,
                T::CLASS,
                ptr::null_mut(),
            )
        };
        answered(status, &raw)
    }

    /// Changes what the file system knows about the file. Wraps FltSetInformationFile. The file must have been opened for it,
    /// but nobody checks.
    ///
    /// ```
    /// # use fltmgr::file::{File, information::EndOfFile};
    /// # use fltmgr::irql::{Irql, PassiveLevel};
    /// fn empty(file: &File, at: Irql<'_, PassiveLevel>) -> fltmgr::Result<()> {
    ///     file.set(&EndOfFile(0), at)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER or STATUS_INVALID_INFO_CLASS where the file system does not know the
    /// class, STATUS_DISK_FULL, STATUS_CANNOT_DELETE, STATUS_DIRECTORY_NOT_EMPTY, STATUS_MEDIA_WRITE_PROTECTED, and whatever
    /// else it returns.
    pub fn set<T: Settable>(&self, information: &T, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        let mut raw = zeroed::<T>();
        information.put(&mut raw);
        // SAFETY: the file is open on the instance; the buffer is as long as it is said to be. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltSetInformationFile(
                instance,
                object,
                (&raw mut raw).cast::<c_void>(),
                size_of::<T::Raw>() as u32,
                T::CLASS,
            )
        })?;
        Ok(())
    }

    /// The size of the file in bytes. Wraps FltQueryInformationFile with FileStandardInformation (N-34).
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, and whatever the file system returns.
    pub fn size(&self, at: Irql<'_, PassiveLevel>) -> Result<u64> {
        Ok(self.query::<Standard>(at)?.end_of_file)
    }
}
