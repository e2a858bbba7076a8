//! Memory that is read into and written from through its description.

use super::{File, Transfer};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolVec};
use crate::status::{Error, Result};
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// Bytes in nonpaged pool, and the MDL that describes them, so that nobody below has to lock or to map them.
///
/// # Invariants
///
/// The MDL is this value's, and describes all of the bytes, which stay where they are, since nothing makes them more.
pub struct MdlBuffer {
    bytes: PoolVec<u8, NonPaged>,
    mdl: NonNull<sys::MDL>,
}

// SAFETY: both belong to no thread.
unsafe impl Send for MdlBuffer {}
// SAFETY: a shared buffer gives shared bytes; the MDL is used where it is exclusively borrowed, or read from.
unsafe impl Sync for MdlBuffer {}

impl MdlBuffer {
    /// Describes these bytes. Wraps IoAllocateMdl and MmBuildMdlForNonPagedPool, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_BUFFER_SIZE if there are none, or 4 GiB, STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new(mut bytes: PoolVec<u8, NonPaged>) -> Result<Self> {
        let Ok(length @ 1..) = u32::try_from(bytes.len()) else { return Err(Error::INVALID_BUFFER_SIZE) };
        // SAFETY: the address is that of the bytes; there is no IRP.
        let mdl = unsafe { sys::IoAllocateMdl(bytes.as_mut_ptr().cast(), length, 0, 0, ptr::null_mut()) };
        let mdl = NonNull::new(mdl).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        // SAFETY: the MDL was just allocated for these bytes, which are nonpaged.
        unsafe { sys::MmBuildMdlForNonPagedPool(mdl.as_ptr()) };
        // INVARIANT: the MDL describes the bytes, and nobody else has it.
        Ok(Self { bytes, mdl })
    }
}

impl Deref for MdlBuffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for MdlBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for MdlBuffer {
    fn drop(&mut self) {
        // SAFETY: by the invariant the MDL is this value's, and ends here. Pool needs no unlocking.
        unsafe { sys::IoFreeMdl(self.mdl.as_ptr()) };
    }
}

impl File {
    /// As [`Self::read_with`], into memory that has an MDL; answers the number of bytes. Wraps FltReadFileEx with an
    /// MDL and no buffer (N-17); Windows 8 and later.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub fn read_mdl(&self, transfer: Transfer, buffer: &mut MdlBuffer, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let length = buffer.len() as u32;
        let (instance, object) = self.for_transfer(transfer.is_non_cached(), length, at)?;
        let (mut offset, mut read) = (transfer.offset.raw(), 0);
        // SAFETY: the file is open on the instance (N-11); by its invariant the MDL describes that many bytes, which are
        // exclusively borrowed until the call returns, as there is no callback routine (N-12). PASSIVE_LEVEL.
        let status = unsafe {
            sys::FltReadFileEx(
                instance,
                object,
                &raw mut offset,
                length,
                ptr::null_mut(),
                transfer.flags,
                &raw mut read,
                None,
                ptr::null_mut(),
                ptr::null_mut(),
                buffer.mdl.as_ptr(),
            )
        };
        match Error::check(status) {
            // What is below may say anything.
            Ok(_) => Ok(read.min(length) as usize),
            Err(Error::END_OF_FILE) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// As [`Self::write_with`], from memory that has an MDL; answers the number of bytes. Wraps FltWriteFileEx with an
    /// MDL and no buffer (N-17); Windows 8 and later.
    ///
    /// # Errors
    ///
    /// As for [`Self::write`].
    pub fn write_mdl(&self, transfer: Transfer, bytes: &MdlBuffer, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let length = bytes.len() as u32;
        let (instance, object) = self.for_transfer(transfer.is_non_cached(), length, at)?;
        let (mut offset, mut written) = (transfer.offset.raw(), 0);
        // SAFETY: as for `read_mdl`; a write does not change its bytes (I-11), and the MDL of nonpaged pool is mapped already,
        // so that two threads can write from it at once.
        Error::check(unsafe {
            sys::FltWriteFileEx(
                instance,
                object,
                &raw mut offset,
                length,
                ptr::null_mut(),
                transfer.flags,
                &raw mut written,
                None,
                ptr::null_mut(),
                ptr::null_mut(),
                bytes.mdl.as_ptr(),
            )
        })?;
        Ok(written.min(length) as usize)
    }
}
