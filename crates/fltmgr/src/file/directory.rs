//! Listing directories.

use super::OwnedFile;
use super::records::{Record, Records};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;
use fltmgr_sys as sys;

/// What is told of each file of a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Details {
    /// FileNamesInformation: nothing but the name.
    Name = sys::FileNamesInformation,
    /// FileDirectoryInformation: times, sizes and attributes.
    Times = sys::FileDirectoryInformation,
    /// FileFullDirectoryInformation: the size of the extended attributes as well.
    ExtendedAttributes = sys::FileFullDirectoryInformation,
    /// FileIdFullDirectoryInformation: that, and the number of the file.
    Id = sys::FileIdFullDirectoryInformation,
    /// FileBothDirectoryInformation: the size of the extended attributes and the short name.
    ShortName = sys::FileBothDirectoryInformation,
    /// FileIdBothDirectoryInformation: all of it.
    All = sys::FileIdBothDirectoryInformation,
}

/// Where the structure of a class has what not all have.
struct Layout {
    name_length: usize,
    name: usize,
    extended_attributes: Option<usize>,
    short_name: Option<(usize, usize)>,
    id: Option<usize>,
}

impl Details {
    const fn layout(self) -> Layout {
        match self {
            Self::Name => Layout {
                name_length: offset_of!(sys::FILE_NAMES_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_NAMES_INFORMATION, FileName),
                extended_attributes: None,
                short_name: None,
                id: None,
            },
            Self::Times => Layout {
                name_length: offset_of!(sys::FILE_DIRECTORY_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_DIRECTORY_INFORMATION, FileName),
                extended_attributes: None,
                short_name: None,
                id: None,
            },
            Self::ExtendedAttributes => Layout {
                name_length: offset_of!(sys::FILE_FULL_DIR_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_FULL_DIR_INFORMATION, FileName),
                extended_attributes: Some(offset_of!(sys::FILE_FULL_DIR_INFORMATION, EaSize)),
                short_name: None,
                id: None,
            },
            Self::Id => Layout {
                name_length: offset_of!(sys::FILE_ID_FULL_DIR_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_ID_FULL_DIR_INFORMATION, FileName),
                extended_attributes: Some(offset_of!(sys::FILE_ID_FULL_DIR_INFORMATION, EaSize)),
                short_name: None,
                id: Some(offset_of!(sys::FILE_ID_FULL_DIR_INFORMATION, FileId)),
            },
            Self::ShortName => Layout {
                name_length: offset_of!(sys::FILE_BOTH_DIR_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_BOTH_DIR_INFORMATION, FileName),
                extended_attributes: Some(offset_of!(sys::FILE_BOTH_DIR_INFORMATION, EaSize)),
                short_name: Some((
                    offset_of!(sys::FILE_BOTH_DIR_INFORMATION, ShortNameLength),
                    offset_of!(sys::FILE_BOTH_DIR_INFORMATION, ShortName),
                )),
                id: None,
            },
            Self::All => Layout {
                name_length: offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
                name: offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, FileName),
                extended_attributes: Some(offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, EaSize)),
                short_name: Some((
                    offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, ShortNameLength),
                    offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, ShortName),
                )),
                id: Some(offset_of!(sys::FILE_ID_BOTH_DIR_INFORMATION, FileId)),
            },
        }
    }
}

/// What a directory knows of a file; the file itself may know better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryTimes {
    /// When the file was created: 100-nanosecond intervals since January 1, 1601 (UTC), as all times.
    pub creation_time: i64,
    /// When it was read or written last.
    pub last_access_time: i64,
    /// When it was written last.
    pub last_write_time: i64,
    /// When it or what is known about it was changed last.
    pub change_time: i64,
    /// Its size, in bytes.
    pub end_of_file: u64,
    /// The room that is allocated for it, in bytes.
    pub allocation_size: u64,
    /// Its FILE_ATTRIBUTE bits.
    pub attributes: u32,
}

/// A file of a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// Its name, in the directory. `.` and `..` are among the entries.
    pub name: &'a [u16],
    /// Times, sizes and attributes, if they were asked for.
    pub times: Option<EntryTimes>,
    /// How many bytes its extended attributes take together, if that was asked for; or the tag of its reparse point, if the
    /// attributes say that it is one.
    pub extended_attributes: Option<u32>,
    /// Its short name, if that was asked for, and if it has one.
    pub short_name: Option<&'a [u16]>,
    /// The number that the file system has for the file, if that was asked for.
    pub id: Option<i64>,
}

impl<'a> Entry<'a> {
    /// The entry that a file system has put there.
    ///
    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if it is none.
    fn of(record: Record<'a>, details: Details) -> Result<Self> {
        let layout = details.layout();
        let size = |offset| Ok(record.i64(offset)?.cast_unsigned());
        let times = match details {
            Details::Name => None,
            _ => Some(EntryTimes {
                creation_time: record.i64(offset_of!(sys::FILE_DIRECTORY_INFORMATION, CreationTime))?,
                last_access_time: record.i64(offset_of!(sys::FILE_DIRECTORY_INFORMATION, LastAccessTime))?,
                last_write_time: record.i64(offset_of!(sys::FILE_DIRECTORY_INFORMATION, LastWriteTime))?,
                change_time: record.i64(offset_of!(sys::FILE_DIRECTORY_INFORMATION, ChangeTime))?,
                end_of_file: size(offset_of!(sys::FILE_DIRECTORY_INFORMATION, EndOfFile))?,
                allocation_size: size(offset_of!(sys::FILE_DIRECTORY_INFORMATION, AllocationSize))?,
                attributes: record.u32(offset_of!(sys::FILE_DIRECTORY_INFORMATION, FileAttributes))?,
            }),
        };
        let short_name = match layout.short_name {
            Some((length, name)) => match record.byte(length)? {
                0 => None,
                // The structure has room for 12 units, whatever the length says.
                length => Some(record.units(name, usize::from(length).min(24))?),
            },
            None => None,
        };
        Ok(Self {
            name: record.units(layout.name, record.u32(layout.name_length)? as usize)?,
            times,
            extended_attributes: layout.extended_attributes.map(|offset| record.u32(offset)).transpose()?,
            short_name,
            id: layout.id.map(|offset| record.i64(offset)).transpose()?,
        })
    }
}

/// The files of a directory, one after the other: [`OwnedFile::list`].
pub struct Listing<'d, 'p> {
    directory: &'d OwnedFile<'d>,
    pattern: Option<&'p [u16]>,
    details: Details,
    buffer: PoolVec<u8, Paged>,
    /// Where in the buffer the next entry is, and where the last one ends; the same if all were told.
    next: usize,
    end: usize,
    restart: bool,
    on_disk_only: bool,
}

/// What fits a good many entries. The name of one has 510 bytes at most.
const BUFFER: usize = 4096;

impl<'d> OwnedFile<'d> {
    /// The files of the directory, which must have been opened to be listed ([`Access::READ_DATA`]); of one that somebody
    /// else has opened the listing would be disturbed. A pattern has wildcards, as the file system expects them: in upper case,
    /// with `*`, `?` and their DOS forms.
    ///
    /// ```
    /// # use fltmgr::file::{Details, OwnedFile};
    /// # use fltmgr::irql::{Irql, PassiveLevel};
    /// # use fltmgr::pool::Tag;
    /// /// How many bytes the files of a directory have.
    /// fn total(directory: &OwnedFile<'_>, at: Irql<'_, PassiveLevel>) -> fltmgr::Result<u64> {
    ///     let mut files = directory.list(None, Details::Times, Tag::new(*b"Exmp"))?;
    ///     let mut total = 0_u64;
    ///     while let Some(entry) = files.next(at)? {
    ///         total = total.saturating_add(entry.times.map_or(0, |times| times.end_of_file));
    ///     }
    ///     Ok(total)
    /// }
    /// ```
    ///
    /// [`Access::READ_DATA`]: crate::parameters::Access::READ_DATA
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn list<'p>(&'d self, pattern: Option<&'p [u16]>, details: Details, tag: Tag) -> Result<Listing<'d, 'p>> {
        let buffer = PoolVec::try_filled(0, BUFFER, tag)?;
        Ok(Listing { directory: self, pattern, details, buffer, next: 0, end: 0, restart: true, on_disk_only: false })
    }
}

impl Listing<'_, '_> {
    /// Has what a filter below would add left out: SL_RETURN_ON_DISK_ENTRIES_ONLY. Wraps FltQueryDirectoryFileEx instead;
    /// Windows 10 1709 and later.
    #[must_use]
    pub fn on_disk_only(mut self) -> Self {
        self.on_disk_only = true;
        self
    }

    /// The next file; `None` if there is no more. Wraps FltQueryDirectoryFile, for as many files at once as the buffer holds.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER if this is no directory, STATUS_INFO_LENGTH_MISMATCH if the file system
    /// answers with something else than entries, and whatever else it returns.
    pub fn next(&mut self, _: Irql<'_, PassiveLevel>) -> Result<Option<Entry<'_>>> {
        if self.next == self.end && !self.fill()? {
            return Ok(None);
        }
        let rest = self.buffer.get(self.next..self.end).unwrap_or(&[]);
        let (record, distance) = match Records::new(rest).next() {
            Some(Ok(record)) => (record, record.u32(0)? as usize),
            Some(Err(error)) => {
                self.next = self.end;
                return Err(error);
            }
            None => return Ok(None),
        };
        // The record was found within what is there, so the distance is as well.
        self.next = if distance == 0 { self.end } else { self.next.saturating_add(distance) };
        Entry::of(record, self.details).map(Some)
    }

    /// Asks for more; whether there was.
    fn fill(&mut self) -> Result<bool> {
        let (instance, object) = self.directory.for_io()?;
        let mut pattern = self.pattern.map(unicode_string).transpose()?;
        let pattern = pattern.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let (buffer, room) = (self.buffer.as_mut_ptr().cast::<c_void>(), self.buffer.len() as u32);
        let (class, mut length) = (self.details as i32, 0);
        let status = if self.on_disk_only {
            let restart = if self.restart { sys::SL_RESTART_SCAN } else { 0 };
            let flags = sys::SL_RETURN_ON_DISK_ENTRIES_ONLY | restart;
            // SAFETY: the directory is open on the instance; the buffer is as long as it is said to be and aligned for any
            // structure, and the pattern is borrowed. A listing is made at PASSIVE_LEVEL.
            unsafe {
                sys::FltQueryDirectoryFileEx(instance, object, buffer, room, class, flags, pattern, &raw mut length)
            }
        } else {
            let restart = self.restart.into();
            // SAFETY: as above.
            unsafe {
                sys::FltQueryDirectoryFile(instance, object, buffer, room, class, 0, pattern, restart, &raw mut length)
            }
        };
        match Error::check(status) {
            Ok(_) => {
                self.restart = false;
                self.next = 0;
                // What is below may say anything.
                self.end = (length as usize).min(self.buffer.len());
                Ok(self.end != 0)
            }
            Err(Error::NO_MORE_FILES | Error::NO_SUCH_FILE) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
