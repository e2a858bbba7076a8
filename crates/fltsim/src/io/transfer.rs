//! Reading and writing.

use fltmgr_sys as sys;

use super::bottom::WRITE_TO_END_OF_FILE;
use super::file::{File, Sender, WriteOffset};
use super::mdl::OwnedMdl;
use crate::flt::callback_data::IoStatus;
use crate::flt::major;
use crate::status::NtStatus;

/// What a read or a write is about.
#[derive(Clone, Copy)]
pub(crate) struct Transfer {
    pub offset: i64,
    pub buffer: *mut u8,
    pub length: u32,
    pub key: u32,
    /// What describes the buffer already, or NULL.
    pub mdl: sys::PMDL,
}

/// Nothing that describes a buffer.
pub(super) const NO_MDL: sys::PMDL = std::ptr::null_mut();

/// Bypasses the cache of the file system.
const NOT_CACHED: u32 = sys::IRP_NOCACHE;
/// Reads or writes for the cache or a mapped file.
pub(super) const PAGING: u32 =
    sys::IRP_PAGING_IO | sys::IRP_NOCACHE | sys::IRP_SYNCHRONOUS_PAGING_IO | sys::IRP_SYNCHRONOUS_API;

impl Sender<'_> {
    /// Sends a read as an IRP.
    pub(crate) fn read(&self, transfer: Transfer, irp_flags: u32) -> IoStatus {
        let (parameters, mdl) = self.transfer_parameters(major::READ, transfer, irp_flags);
        self.irp_with_mdl(parameters, 0, mdl)
    }

    /// The parameters of a read or a write as an IRP, and the MDL that goes with it.
    pub(crate) fn transfer_parameters(
        &self,
        major: u8,
        transfer: Transfer,
        irp_flags: u32,
    ) -> (sys::FLT_IO_PARAMETER_BLOCK, Option<OwnedMdl>) {
        let operation = if major == major::READ { sys::IRP_READ_OPERATION } else { sys::IRP_WRITE_OPERATION };
        let mut parameters = self.parameters(major, irp_flags | operation);
        // SAFETY: the members of reads and writes lie at the same places.
        let read = unsafe { &mut parameters.Parameters.Read };
        read.Length = transfer.length;
        read.Key = transfer.key;
        read.ByteOffset.QuadPart = transfer.offset;
        read.ReadBuffer = transfer.buffer.cast();
        let mdl = mdl_for(transfer, irp_flags);
        read.MdlAddress = mdl.as_ref().map_or(transfer.mdl, OwnedMdl::as_ptr);
        (parameters, mdl)
    }

    /// Reads a page of a mapped file, as the memory manager does.
    pub(crate) fn read_page(&self, offset: u64, page: &mut [u8]) -> Result<usize, NtStatus> {
        let length = length_of(page.len());
        let transfer = Transfer { offset: offset_of(offset)?, buffer: page.as_mut_ptr(), length, key: 0, mdl: NO_MDL };
        self.read(transfer, PAGING).into_result()
    }

    /// Sends a write as an IRP.
    pub(crate) fn write(&self, transfer: Transfer, irp_flags: u32) -> IoStatus {
        let (parameters, mdl) = self.transfer_parameters(major::WRITE, transfer, irp_flags);
        self.irp_with_mdl(parameters, 0, mdl)
    }

    fn fast_transfer(&self, major: u8, transfer: Transfer) -> Option<IoStatus> {
        let mut parameters = self.parameters(major, 0);
        // SAFETY: the members of reads and writes lie at the same places.
        let read = unsafe { &mut parameters.Parameters.Read };
        read.Length = transfer.length;
        read.Key = transfer.key;
        read.ByteOffset.QuadPart = transfer.offset;
        read.ReadBuffer = transfer.buffer.cast();
        self.fast(parameters)
    }

    /// Reads or writes as a program does: once caching is set up as fast I/O, before that and where it is refused as an
    /// IRP.
    fn transfer(&self, major: u8, transfer: Transfer) -> IoStatus {
        let cached = self.file.flags() & sys::FO_NO_INTERMEDIATE_BUFFERING == 0;
        if cached
            && self.file.is_cached()
            && let Some(result) = self.fast_transfer(major, transfer)
        {
            return result;
        }
        let mut irp_flags = sys::IRP_DEFER_IO_COMPLETION;
        if !cached {
            irp_flags |= NOT_CACHED;
        }
        if self.file.flags() & sys::FO_SYNCHRONOUS_IO != 0 {
            irp_flags |= sys::IRP_SYNCHRONOUS_API;
        }
        let result =
            if major == major::READ { self.read(transfer, irp_flags) } else { self.write(transfer, irp_flags) };
        if cached && result.status >= 0 {
            self.file.set_cached();
        }
        result
    }
}

/// Paging I/O comes with an MDL (rule I-12).
fn mdl_for(transfer: Transfer, irp_flags: u32) -> Option<OwnedMdl> {
    (irp_flags & sys::IRP_PAGING_IO != 0 && transfer.mdl.is_null())
        .then(|| OwnedMdl::new(transfer.buffer.cast(), transfer.length))
}

/// The most bytes one operation transfers; larger requests transfer less than they ask for.
const MOST_BYTES: usize = 1 << 30;

fn length_of(length: usize) -> u32 {
    u32::try_from(length.min(MOST_BYTES)).unwrap_or(u32::MAX)
}

fn offset_of(offset: u64) -> Result<i64, NtStatus> {
    i64::try_from(offset).map_err(|_| NtStatus(sys::STATUS_INVALID_PARAMETER))
}

impl File {
    fn transferred(&self, major: u8, transfer: Transfer) -> Result<usize, NtStatus> {
        let who = self.who();
        let count = self.sender(&who).transfer(major, transfer).into_result()?;
        // A filter that answers for the file system might claim more than there is room for.
        Ok(count.min(transfer.length as usize))
    }

    fn paged(&self, major: u8, transfer: Transfer) -> Result<usize, NtStatus> {
        let who = self.who();
        let sender = self.sender(&who);
        let result = if major == major::READ { sender.read(transfer, PAGING) } else { sender.write(transfer, PAGING) };
        Ok(result.into_result()?.min(transfer.length as usize))
    }

    /// Reads from `offset`. A short count is the end of the file.
    ///
    /// # Errors
    ///
    /// `STATUS_END_OF_FILE` at or behind the end, and what a filter or the file system failed it with.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, NtStatus> {
        self.require(sys::FILE_READ_DATA)?;
        let length = length_of(buffer.len());
        let transfer =
            Transfer { offset: offset_of(offset)?, buffer: buffer.as_mut_ptr(), length, key: 0, mdl: NO_MDL };
        self.transferred(major::READ, transfer)
    }

    /// Writes.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn write(&self, offset: WriteOffset, data: &[u8]) -> Result<usize, NtStatus> {
        self.require(sys::FILE_WRITE_DATA | sys::FILE_APPEND_DATA)?;
        let offset = match offset {
            WriteOffset::At(offset) => offset_of(offset)?,
            WriteOffset::End => WRITE_TO_END_OF_FILE,
        };
        let transfer =
            Transfer { offset, buffer: data.as_ptr().cast_mut(), length: length_of(data.len()), key: 0, mdl: NO_MDL };
        self.transferred(major::WRITE, transfer)
    }

    /// Reads for a mapped view or the cache: as paging I/O, past byte-range locks and the handle's access.
    ///
    /// # Errors
    ///
    /// As [`File::read`].
    pub fn read_paging(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, NtStatus> {
        let length = length_of(buffer.len());
        let transfer =
            Transfer { offset: offset_of(offset)?, buffer: buffer.as_mut_ptr(), length, key: 0, mdl: NO_MDL };
        self.paged(major::READ, transfer)
    }

    /// Writes back from a mapped view or the cache: as paging I/O. It does not make the file longer.
    ///
    /// # Errors
    ///
    /// As [`File::write`].
    pub fn write_paging(&self, offset: u64, data: &[u8]) -> Result<usize, NtStatus> {
        let transfer = Transfer {
            offset: offset_of(offset)?,
            buffer: data.as_ptr().cast_mut(),
            length: length_of(data.len()),
            key: 0,
            mdl: NO_MDL,
        };
        self.paged(major::WRITE, transfer)
    }
}
