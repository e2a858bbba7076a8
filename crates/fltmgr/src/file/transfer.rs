//! Reading and writing.

use super::File;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::ByteOffset;
use crate::pool::{NonPaged, PoolVec};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::ptr;
use fltmgr_sys as sys;

/// Where a transfer begins, and whether it goes through the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Transfer {
    pub(super) offset: ByteOffset,
    pub(super) flags: u32,
}

impl Transfer {
    /// So many bytes from the beginning of the file. It goes through the cache as the file object does, and does not move
    /// the file position.
    pub const fn at(offset: u64) -> Self {
        Self { offset: ByteOffset::At(offset), flags: sys::FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET }
    }

    /// Wherever the file ends by then, of a write.
    pub const fn at_end() -> Self {
        Self { offset: ByteOffset::EndOfFile, flags: sys::FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET }
    }

    /// Where the file position is, which the transfer moves on. It is an error unless the file was opened for synchronous I/O
    /// (N-13).
    pub const fn at_position() -> Self {
        Self { offset: ByteOffset::FilePosition, flags: 0 }
    }

    /// Goes past the cache: FLTFL_IO_OPERATION_NON_CACHED. The offset and the length are multiples of the sector size, and
    /// the buffer is aligned for the device, as a page or more of pool is (N-14).
    pub const fn non_cached(mut self) -> Self {
        self.flags |= sys::FLTFL_IO_OPERATION_NON_CACHED;
        self
    }

    /// Whether it says that it goes past the cache.
    pub(super) const fn is_non_cached(self) -> bool {
        self.flags & sys::FLTFL_IO_OPERATION_NON_CACHED != 0
    }
}

/// A transfer as the memory manager makes them, past the cache and past what keeps it in step with the file.
///
/// That it is synchronous is part of its being paging I/O (N-15).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Paging {
    /// FLTFL_IO_OPERATION_PAGING.
    Ordinary = sys::FLTFL_IO_OPERATION_PAGING,
    /// FLTFL_IO_OPERATION_PAGING and FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING.
    Synchronous = sys::FLTFL_IO_OPERATION_PAGING | sys::FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING,
}

impl Paging {
    /// A transfer at this offset.
    const fn transfer(self, offset: u64) -> Transfer {
        Transfer {
            offset: ByteOffset::At(offset),
            flags: self as u32 | sys::FLTFL_IO_OPERATION_NON_CACHED | sys::FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
        }
    }
}

/// What a read or a write is about: the arguments that the two routines have in common. Of no bytes there is no address, so
/// that the file system is not asked.
struct Memory {
    buffer: *mut c_void,
    length: u32,
}

impl Memory {
    /// # Errors
    ///
    /// STATUS_INVALID_BUFFER_SIZE from 4 GiB on.
    fn of(buffer: *const u8, length: usize) -> Result<Self> {
        let length = u32::try_from(length).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        Ok(Self { buffer: buffer.cast_mut().cast(), length })
    }
}

impl File {
    /// Reads from `offset` on into `buffer` and returns the number of bytes, 0 at the end of the file. Wraps FltReadFile,
    /// synchronously (N-12) and without moving the file position. For a file that was opened without intermediate buffering,
    /// [`Transfer::non_cached`] has the rules.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER, also for what goes past the cache and is not of whole sectors,
    /// STATUS_FILE_LOCK_CONFLICT, and whatever else the file system returns, but STATUS_END_OF_FILE.
    pub fn read(&self, offset: u64, buffer: &mut [u8], at: Irql<'_, PassiveLevel>) -> Result<usize> {
        self.read_with(Transfer::at(offset), buffer, at)
    }

    /// As [`Self::read`], from where and how the transfer says. Wraps FltReadFile.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub fn read_with(&self, transfer: Transfer, buffer: &mut [u8], at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let memory = Memory::of(buffer.as_ptr(), buffer.len())?;
        // SAFETY: the buffer is exclusively borrowed.
        unsafe { self.read_into(transfer, &memory, at) }
    }

    /// Reads as the memory manager does, which takes memory that stays where it is; answers the number of bytes. Wraps
    /// FltReadFile (N-15). What was written but is cached yet is not read, and nothing keeps the file from being
    /// shortened meanwhile.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub fn read_paging(
        &self,
        offset: u64,
        how: Paging,
        buffer: &mut PoolVec<u8, NonPaged>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let memory = Memory::of(buffer.as_ptr(), buffer.len())?;
        // SAFETY: the buffer is exclusively borrowed, and nonpaged.
        unsafe { self.read_into(how.transfer(offset), &memory, at) }
    }

    /// # Safety
    ///
    /// The memory can be written by nobody else until this returns, and is nonpaged if the transfer is paging I/O.
    unsafe fn read_into(&self, transfer: Transfer, memory: &Memory, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let (instance, object) = self.for_transfer(transfer.is_non_cached(), memory.length, at)?;
        if memory.length == 0 {
            return Ok(0);
        }
        let mut offset = transfer.offset.raw();
        let mut read = 0;
        // SAFETY: the file is open on the instance (N-11), the caller vouches for the buffer, and without a callback routine
        // the call returns only when it is done with it (N-12).
        let status = unsafe {
            sys::FltReadFile(
                instance,
                object,
                &raw mut offset,
                memory.length,
                memory.buffer,
                transfer.flags,
                &raw mut read,
                None,
                ptr::null_mut(),
            )
        };
        match Error::check(status) {
            // What is below may say anything.
            Ok(_) => Ok(read.min(memory.length) as usize),
            Err(Error::END_OF_FILE) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Writes the bytes from `offset` on and returns how many were written. Wraps FltWriteFile, synchronously (N-12) and
    /// without moving the file position.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER, also for what goes past the cache and is not of whole sectors,
    /// STATUS_FILE_LOCK_CONFLICT, STATUS_DISK_FULL, STATUS_MEDIA_WRITE_PROTECTED, and whatever else the file system returns.
    pub fn write(&self, offset: u64, bytes: &[u8], at: Irql<'_, PassiveLevel>) -> Result<usize> {
        self.write_with(Transfer::at(offset), bytes, at)
    }

    /// As [`Self::write`], to where and how the transfer says. Wraps FltWriteFile.
    ///
    /// # Errors
    ///
    /// As for [`Self::write`].
    pub fn write_with(&self, transfer: Transfer, bytes: &[u8], at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let memory = Memory::of(bytes.as_ptr(), bytes.len())?;
        // SAFETY: the bytes are borrowed.
        unsafe { self.write_from(transfer, &memory, at) }
    }

    /// Writes as the memory manager does, which takes memory that stays where it is; answers the number of bytes. Wraps
    /// FltWriteFile (N-15). It does not make the file longer, and what is cached does not change.
    ///
    /// # Errors
    ///
    /// As for [`Self::write`].
    pub fn write_paging(
        &self,
        offset: u64,
        how: Paging,
        bytes: &PoolVec<u8, NonPaged>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let memory = Memory::of(bytes.as_ptr(), bytes.len())?;
        // SAFETY: the bytes are borrowed, and nonpaged.
        unsafe { self.write_from(how.transfer(offset), &memory, at) }
    }

    /// # Safety
    ///
    /// The memory is written by nobody until this returns, and is nonpaged if the transfer is paging I/O.
    unsafe fn write_from(&self, transfer: Transfer, memory: &Memory, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let (instance, object) = self.for_transfer(transfer.is_non_cached(), memory.length, at)?;
        if memory.length == 0 {
            return Ok(0);
        }
        let mut offset = transfer.offset.raw();
        let mut written = 0;
        // SAFETY: the file is open on the instance (N-11), the caller vouches for the buffer, which a write does not change
        // (I-11), and without a callback routine the call returns only when it is done with it (N-12).
        Error::check(unsafe {
            sys::FltWriteFile(
                instance,
                object,
                &raw mut offset,
                memory.length,
                memory.buffer,
                transfer.flags,
                &raw mut written,
                None,
                ptr::null_mut(),
            )
        })?;
        Ok(written.min(memory.length) as usize)
    }
}
