//! Reparse points: the tags that make a file or a directory mean something else, and their data.
//!
//! A filter sets a tag with [`File::set_tag`], and learns of one when a create meets it: then the create has opened nothing,
//! and [`After::reparse_point`] tells which tag and what data are there.
//!
//! ```
//! use fltmgr::file::File;
//! use fltmgr::guid::Guid;
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::reparse_point::ReparseTag;
//! use fltmgr::{PostOp, Result, op};
//!
//! /// {4f1c64d2-98a3-4b5e-8e0e-2a75c5b0d9a1}, and a tag that was asked for at Microsoft.
//! const OURS: ReparseTag = ReparseTag::own(0x0000_8123, Guid::new(0x4f1c_64d2_98a3_4b5e_8e0e_2a75_c5b0_d9a1));
//!
//! fn mark(file: &File, at: Irql<'_, PassiveLevel>) -> Result<()> {
//!     file.set_tag(OURS, b"where the content is", at)
//! }
//!
//! fn is_ours(create: &PostOp<'_, op::Create>) -> bool {
//!     create.reparse_point().is_some_and(|point| point.tag() == Some(OURS))
//! }
//! ```

use crate::file::File;
use crate::guid::Guid;
use crate::irql::{Irql, PassiveLevel};
use crate::op;
use crate::operation::After;
use crate::status::{Error, Result, Status};
use core::mem::offset_of;
use core::ptr;
use core::slice;
use fltmgr_sys as sys;

/// The bit of a tag that says it is Microsoft's.
const MICROSOFT: u32 = 0x8000_0000;
/// Where the data begins in a buffer, and how long the GUID is that comes first where the tag is not Microsoft's.
const HEADER: usize = offset_of!(sys::FLT_TAG_DATA_BUFFER, __bindgen_anon_1);
const GUID: usize = size_of::<sys::GUID>();
/// The most bytes that a reparse buffer may have.
const MOST: usize = sys::MAXIMUM_REPARSE_DATA_BUFFER_SIZE as usize;

/// What kind of reparse point there is.
///
/// # Invariants
///
/// There is a GUID exactly if the tag is not Microsoft's (N-35).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReparseTag {
    tag: u32,
    guid: Option<Guid>,
}

impl ReparseTag {
    /// IO_REPARSE_TAG_SYMLINK: a symbolic link.
    pub const SYMBOLIC_LINK: Self = Self::microsoft(sys::IO_REPARSE_TAG_SYMLINK);
    /// IO_REPARSE_TAG_MOUNT_POINT: a directory on which a volume is mounted, or a junction.
    pub const MOUNT_POINT: Self = Self::microsoft(sys::IO_REPARSE_TAG_MOUNT_POINT);

    /// One of Microsoft's tags, whose highest bit is set in any case.
    pub const fn microsoft(tag: u32) -> Self {
        // INVARIANT: the bit makes it Microsoft's.
        Self { tag: tag | MICROSOFT, guid: None }
    }

    /// A tag of anybody else's, whose highest bit is cleared in any case, with the GUID that tells whose it is (N-35).
    pub const fn own(tag: u32, guid: Guid) -> Self {
        // INVARIANT: the bit is what Microsoft's tags have.
        Self { tag: tag & !MICROSOFT, guid: Some(guid) }
    }

    /// The number (IO_REPARSE_TAG).
    pub const fn number(self) -> u32 {
        self.tag
    }

    /// The GUID, of a tag that is not Microsoft's.
    pub const fn guid(self) -> Option<Guid> {
        self.guid
    }
}

impl File {
    /// Makes the file or the directory, which must be empty then, a reparse point, or changes the data of the one it is. It
    /// must be open for FILE_WRITE_DATA or FILE_WRITE_ATTRIBUTES. Wraps FltTagFile.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER for more data than a reparse point holds (16 KiB with its header);
    /// STATUS_IO_REPARSE_TAG_MISMATCH and STATUS_REPARSE_ATTRIBUTE_CONFLICT if it is a reparse point of another tag or
    /// another GUID (N-35); STATUS_ACCESS_DENIED, STATUS_DIRECTORY_NOT_EMPTY, STATUS_INVALID_DEVICE_REQUEST where the
    /// file system has no reparse points, STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES.
    pub fn set_tag(&self, tag: ReparseTag, data: &[u8], _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        let room = MOST - HEADER - if tag.guid.is_some() { GUID } else { 0 };
        let length = u16::try_from(data.len()).map_err(|_| Error::INVALID_PARAMETER)?;
        if data.len() > room {
            return Err(Error::INVALID_PARAMETER);
        }
        let mut guid = tag.guid.map(Guid::raw);
        let guid = guid.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let data = data.as_ptr().cast_mut().cast();
        // SAFETY: the file is open on the instance, at PASSIVE_LEVEL; the routine reads the data, which is as long as it is
        // told, and a tag that is not Microsoft's comes with its GUID (N-35).
        Error::check(unsafe { sys::FltTagFile(instance, object, tag.tag, guid, data, length) }).map(drop)
    }

    /// Makes a reparse point a plain file or directory again. Wraps FltUntagFile.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_A_REPARSE_POINT; STATUS_IO_REPARSE_TAG_MISMATCH and STATUS_REPARSE_ATTRIBUTE_CONFLICT if it is one of another
    /// tag or another GUID (N-35); STATUS_ACCESS_DENIED, STATUS_FILE_CLOSED.
    pub fn remove_tag(&self, tag: ReparseTag, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        let mut guid = tag.guid.map(Guid::raw);
        let guid = guid.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        // SAFETY: as for `set_tag`.
        Error::check(unsafe { sys::FltUntagFile(instance, object, tag.tag, guid) }).map(drop)
    }
}

impl After<'_, op::Create> {
    /// The reparse point that the create met, if it ended with STATUS_REPARSE because of one: only then is there tag data, and
    /// only here is it the filter's (B-15). It is read, and never replaced. A create that a filter below has given another
    /// name ends with STATUS_REPARSE too, and has none.
    pub fn reparse_point(&self) -> Option<ReparsePoint<'_>> {
        let tag_data = self.data().TagData;
        if self.status() != Status::REPARSE || tag_data.is_null() {
            return None;
        }
        // SAFETY: in post-create the tag data is there if the pointer is not NULL, and stays until the callback returns or the
        // create is issued again, which takes the operation (B-15, B-16). Its length says how much of it is data.
        unsafe {
            // The buffer may be shorter than the structure, which has room for the longest of its variants.
            let tag = (&raw const (*tag_data).FileTag).read();
            let guid = if tag & MICROSOFT == 0 { GUID } else { 0 };
            let length = guid + usize::from((&raw const (*tag_data).TagDataLength).read());
            let unparsed = (&raw const (*tag_data).UnparsedNameLength).read();
            let data = slice::from_raw_parts(tag_data.cast::<u8>().add(HEADER), length);
            Some(ReparsePoint { tag, unparsed, data })
        }
    }
}

/// A reparse point that a create has met.
#[derive(Clone, Copy)]
pub struct ReparsePoint<'a> {
    tag: u32,
    unparsed: u16,
    /// What is behind the header: the GUID, if the tag is not Microsoft's, and the data.
    data: &'a [u8],
}

/// What a reparse point's data says, as its tag has it read (B-17).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content<'a> {
    /// A symbolic link.
    SymbolicLink {
        /// Where it leads.
        names: Names<'a>,
        /// Whether that is relative to the directory that the link is in (SYMLINK_FLAG_RELATIVE).
        is_relative: bool,
    },
    /// A mount point or a junction.
    MountPoint(Names<'a>),
    /// The data of any other tag.
    Bytes(&'a [u8]),
}

/// Where a link or a mount point leads, in UTF-16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Names<'a> {
    /// The name that takes the place of the reparse point's.
    pub substitute: &'a [u16],
    /// The name that is shown to people.
    pub print: &'a [u16],
}

impl<'a> ReparsePoint<'a> {
    /// The number of the tag (FileTag), which is also IoStatus.Information of the create.
    pub fn number(&self) -> u32 {
        self.tag
    }

    /// The tag; `None` if it is not Microsoft's and its GUID is missing.
    pub fn tag(&self) -> Option<ReparseTag> {
        if self.tag & MICROSOFT != 0 {
            return Some(ReparseTag::microsoft(self.tag));
        }
        let (first, rest) = self.data.split_first_chunk()?;
        let (second, rest) = rest.split_first_chunk()?;
        let (third, rest) = rest.split_first_chunk()?;
        let guid = sys::GUID {
            Data1: u32::from_le_bytes(*first),
            Data2: u16::from_le_bytes(*second),
            Data3: u16::from_le_bytes(*third),
            Data4: *rest.first_chunk()?,
        };
        Some(ReparseTag::own(self.tag, Guid::from_raw(&guid)))
    }

    /// How much of the name is behind the reparse point, in bytes; 0 if it is the file itself (UnparsedNameLength).
    pub fn unparsed_length(&self) -> u16 {
        self.unparsed
    }

    /// What the data says (B-17).
    ///
    /// # Errors
    ///
    /// STATUS_IO_REPARSE_DATA_INVALID if the data is not what its tag asks for.
    pub fn content(&self) -> Result<Content<'a>> {
        let content = match self.tag {
            sys::IO_REPARSE_TAG_SYMLINK => self.names(3 * 4).zip(self.u32_at(2 * 4)).map(|(names, flags)| {
                Content::SymbolicLink { names, is_relative: flags & sys::SYMLINK_FLAG_RELATIVE != 0 }
            }),
            sys::IO_REPARSE_TAG_MOUNT_POINT => self.names(2 * 4).map(Content::MountPoint),
            tag if tag & MICROSOFT == 0 => self.data.get(GUID..).map(Content::Bytes),
            _ => Some(Content::Bytes(self.data)),
        };
        content.ok_or(Error::IO_REPARSE_DATA_INVALID)
    }

    fn u16_at(&self, offset: usize) -> Option<u16> {
        self.data.get(offset..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
    }

    fn u32_at(&self, offset: usize) -> Option<u32> {
        self.data.get(offset..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The two names, whose places in the path that begins here are told in bytes (B-17).
    fn names(&self, path: usize) -> Option<Names<'a>> {
        let path = self.data.get(path..)?;
        let name = |place: usize| {
            let (offset, length) = (usize::from(self.u16_at(place)?), usize::from(self.u16_at(place.checked_add(2)?)?));
            let bytes = path.get(offset..)?.get(..length)?;
            // SAFETY: every bit pattern is a unit.
            match unsafe { bytes.align_to::<u16>() } {
                (&[], units, &[]) => Some(units),
                _ => None,
            }
        };
        Some(Names { substitute: name(0)?, print: name(4)? })
    }
}
