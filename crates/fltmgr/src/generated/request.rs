//! What an operation of the filter's own asks.
//!
//! Each request owns its buffer, in nonpaged pool, so that the buffer is there as long as the operation is.
//!
//! ```
//! use fltmgr::generated::request::Read;
//! use fltmgr::parameters::ByteOffset;
//! use fltmgr::pool::{PoolVec, Tag};
//!
//! fn first_page(tag: Tag) -> fltmgr::Result<Read> {
//!     let buffer = PoolVec::try_filled(0, 4096, tag)?;
//!     Ok(Read { offset: ByteOffset::At(0), buffer, non_cached: false })
//! }
//! ```

use super::room;
use crate::file::PlainControl;
use crate::parameters::{ByteOffset, FileInformation, Flush, Method, NotifyFilter, VolumeInformation};
use crate::pool::{NonPaged, PoolVec};
use crate::resident::Resident;
use crate::status::{Error, Result};
use core::ptr;
use fltmgr_sys as sys;

pub(super) mod sealed {
    use crate::status::Result;
    use fltmgr_sys as sys;

    pub trait Request {
        /// Fills in the parameters, which are zeros but for their target.
        ///
        /// # Safety
        ///
        /// The request stays where it is, and its buffer unused, until the operation has ended.
        unsafe fn fill(&mut self, block: &mut sys::FLT_IO_PARAMETER_BLOCK) -> Result<()>;
    }
}

/// What can be asked: IRPs alone (N-03), and no creates, which cannot be asynchronous (N-21) and have
/// [`OpenOptions`](crate::file::OpenOptions).
pub trait Request: sealed::Request + Resident + Send + Sized + 'static {}

/// A buffer, as the parameters have it: NULL if it has no bytes.
struct Buffer {
    address: sys::PVOID,
    length: u32,
}

impl Buffer {
    /// # Errors
    ///
    /// STATUS_INVALID_BUFFER_SIZE from 4 GiB on.
    fn of(buffer: &mut PoolVec<u8, NonPaged>) -> Result<Self> {
        let length = u32::try_from(buffer.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let address = if length == 0 { ptr::null_mut() } else { buffer.as_mut_ptr().cast() };
        Ok(Self { address, length })
    }

    /// The list that describes it, which goes with the callback data (N-26): what is direct I/O reads and writes through it.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    ///
    /// # Safety
    ///
    /// The buffer is there as long as the list, whose owner the callback data becomes.
    unsafe fn mdl(&self) -> Result<sys::PMDL> {
        if self.length == 0 {
            return Ok(ptr::null_mut());
        }
        // SAFETY: the list is for a range of addresses, and of no IRP.
        let mdl = unsafe { sys::IoAllocateMdl(self.address, self.length, 0, 0, ptr::null_mut()) };
        if mdl.is_null() {
            return Err(Error::INSUFFICIENT_RESOURCES);
        }
        // SAFETY: the buffer is nonpaged pool, which the caller keeps.
        unsafe { sys::MmBuildMdlForNonPagedPool(mdl) };
        Ok(mdl)
    }
}

/// The flags of a transfer.
const fn transfer_flags(operation: u32, non_cached: bool) -> u32 {
    operation | if non_cached { sys::IRP_NOCACHE } else { 0 }
}

/// Where a transfer begins, which the I/O manager looks at before a program's comes to a file system.
///
/// # Errors
///
/// STATUS_INVALID_PARAMETER if it does not end below 2^63, if a read begins at the end of the file, or if it is to begin at the
/// file position, which is for those who wait in turn.
fn transfer_offset(offset: ByteOffset, length: u32, is_write: bool) -> Result<sys::LARGE_INTEGER> {
    let is_possible = match offset {
        ByteOffset::At(offset) => offset.checked_add(length.into()).is_some_and(|end| i64::try_from(end).is_ok()),
        ByteOffset::EndOfFile => is_write,
        ByteOffset::FilePosition => false,
    };
    if is_possible { Ok(offset.raw()) } else { Err(Error::INVALID_PARAMETER) }
}

/// The minor function of a flush.
const fn minor_of(kind: Flush) -> u8 {
    match kind {
        Flush::Normal => 0,
        Flush::AndPurge => sys::IRP_MN_FLUSH_AND_PURGE as u8,
        Flush::DataOnly => sys::IRP_MN_FLUSH_DATA_ONLY as u8,
        Flush::NoSync => sys::IRP_MN_FLUSH_NO_SYNC as u8,
        Flush::DataSyncOnly => sys::IRP_MN_FLUSH_DATA_SYNC_ONLY as u8,
        Flush::Other(minor) => minor,
    }
}

macro_rules! requests {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }
        fills $block:ident of $request:ident $fill:block)*) => {$(
        $(#[$doc])+
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Request for $name {}

        impl sealed::Request for $name {
            unsafe fn fill(&mut self, $block: &mut sys::FLT_IO_PARAMETER_BLOCK) -> Result<()> {
                let $request = self;
                $fill
                Ok(())
            }
        }
    )*};
}

requests! {
    /// IRP_MJ_READ.
    Read {
        /// Where it begins: [`ByteOffset::At`]; others fail with STATUS_INVALID_PARAMETER.
        offset: ByteOffset,
        /// What is filled, as far as the file goes; its length is what is asked for.
        buffer: PoolVec<u8, NonPaged>,
        /// Goes past the cache: offset and length are multiples of the sector size, or it fails with
        /// STATUS_INVALID_PARAMETER, and the buffer is a page or more (N-14). It always does where the file was opened so.
        non_cached: bool,
    }
    fills block of read {
        let buffer = Buffer::of(&mut read.buffer)?;
        block.MajorFunction = sys::IRP_MJ_READ as u8;
        block.IrpFlags |= transfer_flags(sys::IRP_READ_OPERATION, read.non_cached);
        // SAFETY: the member is that of the major function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.Read };
        parameters.Length = buffer.length;
        parameters.ByteOffset = transfer_offset(read.offset, buffer.length, false)?;
        parameters.ReadBuffer = buffer.address;
        // SAFETY: the caller keeps the buffer.
        parameters.MdlAddress = unsafe { buffer.mdl() }?;
    }

    /// IRP_MJ_WRITE.
    Write {
        /// Where it begins: [`ByteOffset::At`] or [`ByteOffset::EndOfFile`]; others fail with STATUS_INVALID_PARAMETER.
        offset: ByteOffset,
        /// What is written.
        bytes: PoolVec<u8, NonPaged>,
        /// As [`Read::non_cached`].
        non_cached: bool,
    }
    fills block of write {
        let buffer = Buffer::of(&mut write.bytes)?;
        block.MajorFunction = sys::IRP_MJ_WRITE as u8;
        block.IrpFlags |= transfer_flags(sys::IRP_WRITE_OPERATION, write.non_cached);
        // SAFETY: the member is that of the major function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.Write };
        parameters.Length = buffer.length;
        parameters.ByteOffset = transfer_offset(write.offset, buffer.length, true)?;
        parameters.WriteBuffer = buffer.address;
        // SAFETY: the caller keeps the buffer.
        parameters.MdlAddress = unsafe { buffer.mdl() }?;
    }

    /// IRP_MJ_FLUSH_BUFFERS.
    FlushBuffers {
        /// How thoroughly.
        kind: Flush,
    }
    fills block of flush {
        block.MajorFunction = sys::IRP_MJ_FLUSH_BUFFERS as u8;
        block.MinorFunction = minor_of(flush.kind);
    }

    /// IRP_MJ_QUERY_INFORMATION. Classes that the I/O manager answers fail with STATUS_INVALID_INFO_CLASS, and buffers that are
    /// too short for their class with STATUS_INFO_LENGTH_MISMATCH.
    QueryInformation {
        /// What is asked about.
        class: FileInformation,
        /// What is filled.
        buffer: PoolVec<u8, NonPaged>,
    }
    fills block of query {
        let buffer = Buffer::of(&mut query.buffer)?;
        room::to_query(query.class, buffer.length)?;
        block.MajorFunction = sys::IRP_MJ_QUERY_INFORMATION as u8;
        // SAFETY: the member is that of the major function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.QueryFileInformation };
        parameters.Length = buffer.length;
        parameters.FileInformationClass = query.class.0;
        parameters.InfoBuffer = buffer.address;
    }

    /// IRP_MJ_SET_INFORMATION: times and attributes, the disposition and the sizes; other classes fail with
    /// STATUS_INVALID_INFO_CLASS, and buffers that are too short for their class with STATUS_INFO_LENGTH_MISMATCH. Renames and
    /// hard links take more than a buffer, which [`File`](crate::file::File) sees to (N-33).
    SetInformation {
        /// What is changed.
        class: FileInformation,
        /// What it is changed to, as the class has it.
        buffer: PoolVec<u8, NonPaged>,
    }
    fills block of set {
        let buffer = Buffer::of(&mut set.buffer)?;
        room::to_set(set.class, buffer.length)?;
        block.MajorFunction = sys::IRP_MJ_SET_INFORMATION as u8;
        // SAFETY: the member is that of the major function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.SetFileInformation };
        parameters.Length = buffer.length;
        parameters.FileInformationClass = set.class.0;
        parameters.InfoBuffer = buffer.address;
    }

    /// IRP_MJ_QUERY_VOLUME_INFORMATION. It fails as [`QueryInformation`] does.
    QueryVolumeInformation {
        /// What is asked about.
        class: VolumeInformation,
        /// What is filled.
        buffer: PoolVec<u8, NonPaged>,
    }
    fills block of query {
        let buffer = Buffer::of(&mut query.buffer)?;
        room::to_query_volume(query.class, buffer.length)?;
        block.MajorFunction = sys::IRP_MJ_QUERY_VOLUME_INFORMATION as u8;
        // SAFETY: the member is that of the major function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.QueryVolumeInformation };
        parameters.Length = buffer.length;
        parameters.FsInformationClass = query.class.0;
        parameters.VolumeBuffer = buffer.address;
    }

    /// IRP_MN_QUERY_DIRECTORY of IRP_MJ_DIRECTORY_CONTROL: all names of the directory. It fails as
    /// [`QueryInformation`] does.
    QueryDirectory {
        /// How each entry is told.
        class: FileInformation,
        /// What is filled with entries.
        buffer: PoolVec<u8, NonPaged>,
        /// The listing begins anew (SL_RESTART_SCAN).
        restarts: bool,
        /// One entry is all that is wanted (SL_RETURN_SINGLE_ENTRY).
        single_entry: bool,
    }
    fills block of query {
        let buffer = Buffer::of(&mut query.buffer)?;
        room::to_list(query.class, buffer.length)?;
        block.MajorFunction = sys::IRP_MJ_DIRECTORY_CONTROL as u8;
        block.MinorFunction = sys::IRP_MN_QUERY_DIRECTORY as u8;
        let restarts = if query.restarts { sys::SL_RESTART_SCAN } else { 0 };
        let single_entry = if query.single_entry { sys::SL_RETURN_SINGLE_ENTRY } else { 0 };
        block.OperationFlags = (restarts | single_entry) as u8;
        // SAFETY: the member is that of the minor function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.DirectoryControl.QueryDirectory };
        parameters.Length = buffer.length;
        parameters.FileInformationClass = query.class.0;
        parameters.DirectoryBuffer = buffer.address;
        // SAFETY: the caller keeps the buffer.
        parameters.MdlAddress = unsafe { buffer.mdl() }?;
    }

    /// IRP_MN_NOTIFY_CHANGE_DIRECTORY of IRP_MJ_DIRECTORY_CONTROL, which ends when something has changed: to be
    /// [started](super::Generated::start), and canceled when it is not wanted any more.
    WatchDirectory {
        /// What is waited for.
        filter: NotifyFilter,
        /// What is filled with the changes.
        buffer: PoolVec<u8, NonPaged>,
        /// Directories below are watched as well (SL_WATCH_TREE).
        watches_tree: bool,
    }
    fills block of watch {
        let buffer = Buffer::of(&mut watch.buffer)?;
        block.MajorFunction = sys::IRP_MJ_DIRECTORY_CONTROL as u8;
        block.MinorFunction = sys::IRP_MN_NOTIFY_CHANGE_DIRECTORY as u8;
        block.OperationFlags = if watch.watches_tree { sys::SL_WATCH_TREE as u8 } else { 0 };
        // SAFETY: the member is that of the minor function; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.DirectoryControl.NotifyDirectory };
        parameters.Length = buffer.length;
        parameters.CompletionFilter = watch.filter.bits();
        parameters.DirectoryBuffer = buffer.address;
        // SAFETY: the caller keeps the buffer.
        parameters.MdlAddress = unsafe { buffer.mdl() }?;
    }

    /// IRP_MN_USER_FS_REQUEST of IRP_MJ_FILE_SYSTEM_CONTROL: an FSCTL whose buffers are passed as METHOD_BUFFERED has it. Any other
    /// fails with STATUS_INVALID_PARAMETER.
    FsControl {
        /// What is asked.
        control: PlainControl,
        /// The input, in whose place the output comes.
        buffer: PoolVec<u8, NonPaged>,
        /// How much of the buffer is input, in bytes.
        input_length: u32,
    }
    fills block of request {
        let buffer = Buffer::of(&mut request.buffer)?;
        let code = request.control.code();
        if code.method() != Method::Buffered || request.input_length > buffer.length {
            return Err(Error::INVALID_PARAMETER);
        }
        block.MajorFunction = sys::IRP_MJ_FILE_SYSTEM_CONTROL as u8;
        block.MinorFunction = sys::IRP_MN_USER_FS_REQUEST as u8;
        // SAFETY: the member is that of the minor function and the method; the caller keeps the buffer.
        let parameters = unsafe { &mut block.Parameters.FileSystemControl.Buffered };
        parameters.FsControlCode = code.0;
        parameters.InputBufferLength = request.input_length;
        parameters.OutputBufferLength = buffer.length;
        parameters.SystemBuffer = buffer.address;
    }
}
