//! Operations of the filter's own, with callback data that it allocates (N-19 to N-32).
//!
//! Generated is what the Filter Manager calls an operation that a filter issues (FLTFL_CALLBACK_DATA_GENERATED_IO): nothing in
//! here was made by a tool.
//!
//! A [`Generated`] is an operation that is not part of anybody's request: it goes to the instances below and to the file
//! system, never to the filter itself (N-01). It is for what no other routine does (N-24): what is asked again and again with
//! memory that is there already, what is asked without waiting and can be canceled ([`Generated::start`]), and what
//! [`File`](crate::file::File) has no method for. What is asked is one of the [`requests`](request), which own their buffers.
//!
//! ```
//! use fltmgr::file::File;
//! use fltmgr::generated::request::Read;
//! use fltmgr::generated::{Generated, Memory};
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::parameters::ByteOffset;
//! use fltmgr::pool::{PoolVec, Tag};
//! use fltmgr::Result;
//!
//! /// Sums up the bytes of a file, with one buffer and one operation.
//! fn sum(file: &File, at: Irql<'_, PassiveLevel>) -> Result<u64> {
//!     let buffer = PoolVec::try_filled(0, 4096, Tag::new(*b"Exmp"))?;
//!     let read = Read { offset: ByteOffset::At(0), buffer, non_cached: false };
//!     let mut read = Generated::try_new(file.reference()?, read, Memory::Preallocated, at).map_err(|kept| kept.error)?;
//!     let (mut sum, mut offset) = (0_u64, 0);
//!     loop {
//!         read.request_mut().offset = ByteOffset::At(offset);
//!         let length = match read.perform(at) {
//!             Ok(0) | Err(fltmgr::Error::END_OF_FILE) => return Ok(sum),
//!             other => other?,
//!         };
//!         for byte in read.request().buffer.get(..length).unwrap_or_default() {
//!             sum = sum.wrapping_add(u64::from(*byte));
//!         }
//!         offset = offset.saturating_add(length as u64);
//!     }
//! }
//! ```

mod flight;
pub mod request;
mod room;

pub use flight::{Completion, InFlight, NotStarted};
pub use request::Request;

use crate::file::ReferencedFile;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::{self, Operation};
use crate::status::{Error, Result};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// When the memory that the Filter Manager takes for an operation is allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Memory {
    /// When the operation is performed, which may fail for want of it (N-29).
    AsNeeded,
    /// With the callback data: FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY. What filters below and the file system take
    /// can be missing still.
    Preallocated,
}

/// An operation of the filter's own, which can be performed again and again. Dropping it frees it, up to DISPATCH_LEVEL: wraps
/// FltFreeCallbackData.
///
/// The callback data is handed to nobody (N-25), and neither is an MDL that goes with it (N-26).
///
/// # Invariants
///
/// The callback data was allocated for the file, and no operation is under way with it. It was filled in for the request if
/// `is_filled`, and holds the outcome then.
pub struct Generated<R: Request> {
    data: NonNull<sys::FLT_CALLBACK_DATA>,
    is_filled: bool,
    request: R,
    file: ReferencedFile,
}

// SAFETY: callback data of the filter's own belongs to no thread.
unsafe impl<R: Request> Send for Generated<R> {}
// SAFETY: a shared reference gives a shared request and nothing else.
unsafe impl<R: Request + Sync> Sync for Generated<R> {}

/// An operation that could not be made.
pub struct NotMade<R> {
    /// The file.
    pub file: ReferencedFile,
    /// What was to be asked.
    pub request: R,
    /// STATUS_FILE_CLOSED (N-11), STATUS_INSUFFICIENT_RESOURCES.
    pub error: Error,
}

impl<R: Request> Generated<R> {
    /// Makes an operation on the file. Wraps FltAllocateCallbackDataEx, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// What was given, with the reasons of [`NotMade`].
    pub fn try_new<L: NotAbove<ApcLevel>>(
        file: ReferencedFile,
        request: R,
        memory: Memory,
        _: Irql<'_, L>,
    ) -> core::result::Result<Self, NotMade<R>> {
        let (instance, object) = match file.for_io() {
            Ok(objects) => objects,
            Err(error) => return Err(NotMade { file, request, error }),
        };
        let flags = match memory {
            Memory::AsNeeded => 0,
            Memory::Preallocated => sys::FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY,
        };
        let mut data = ptr::null_mut();
        // SAFETY: instance and file object are referenced, and the result has its place.
        let status = unsafe { sys::FltAllocateCallbackDataEx(instance, object, flags, &raw mut data) };
        match (Error::check(status), NonNull::new(data)) {
            // INVARIANT: the callback data was just allocated for the file.
            (Ok(_), Some(data)) => Ok(Self { data, is_filled: false, request, file }),
            (Err(error), _) => Err(NotMade { file, request, error }),
            (Ok(_), None) => Err(NotMade { file, request, error: Error::INSUFFICIENT_RESOURCES }),
        }
    }

    /// What is asked.
    pub fn request(&self) -> &R {
        &self.request
    }

    /// What is asked, to be changed before it is performed the next time.
    pub fn request_mut(&mut self) -> &mut R {
        &mut self.request
    }

    /// Performs the operation and waits for it; answers IoStatus.Information, which is the number of bytes of most. Wraps
    /// FltReuseCallbackData (N-28) and FltPerformSynchronousIo (N-23), up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_BUFFER_SIZE from 4 GiB on, STATUS_INSUFFICIENT_RESOURCES, what the request says,
    /// and whatever the file system and the filters below return.
    pub fn perform<L: NotAbove<ApcLevel>>(&mut self, _: Irql<'_, L>) -> Result<usize> {
        // SAFETY: APC_LEVEL at most; the request stays where it is until the operation has ended.
        unsafe { self.fill() }?;
        // SAFETY: the callback data is the filter's own, for an IRP (N-03), and is filled in.
        unsafe { sys::FltPerformSynchronousIo(self.data.as_ptr()) };
        self.result()
    }

    /// Fills the callback data in for the request.
    ///
    /// # Safety
    ///
    /// The request stays where it is, and its buffers unused, until an operation that begins now has ended; APC_LEVEL at
    /// most.
    unsafe fn fill(&mut self) -> Result<()> {
        let (_, object) = self.file.for_io()?;
        let data = self.data.as_ptr();
        if self.is_filled {
            // SAFETY: the callback data is the filter's own, and no operation is under way with it (N-27).
            unsafe { sys::FltReuseCallbackData(data) };
        }
        // INVARIANT: what is filled in here is made new before the next time, the MDL of a request included (N-26).
        self.is_filled = true;
        // SAFETY: the file object is referenced; its flags may change at any time.
        let flags = unsafe { ptr::read_volatile(&raw const (*object).Flags) };
        // SAFETY: callback data has a parameter block, which is the filter's now.
        let block = unsafe { &mut *(*data).Iopb };
        if flags & sys::FO_NO_INTERMEDIATE_BUFFERING != 0 {
            block.IrpFlags |= sys::IRP_NOCACHE;
        }
        // SAFETY: the caller vouches for the request.
        unsafe { self.request.fill(block) }?;
        let length = match block.MajorFunction {
            // SAFETY: the members are those of the major functions, and integers.
            op::Read::MAJOR => unsafe { block.Parameters.Read.Length },
            // SAFETY: as above.
            op::Write::MAJOR => unsafe { block.Parameters.Write.Length },
            _ => return Ok(()),
        };
        // SAFETY: the caller vouches for the level.
        let at = unsafe { Irql::<ApcLevel>::assume() };
        self.file.for_transfer(block.IrpFlags & sys::IRP_NOCACHE != 0, length, at)?;
        Ok(())
    }

    /// How the operation has ended.
    fn result(&self) -> Result<usize> {
        // SAFETY: by the invariant no operation is under way.
        let status = unsafe { &(*self.data.as_ptr()).IoStatus };
        // SAFETY: every bit pattern of the union is a status.
        Error::check(unsafe { status.__bindgen_anon_1.Status })?;
        Ok(status.Information as usize)
    }
}

impl<R: Request> Drop for Generated<R> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the callback data is the filter's own (N-25), and no operation is under way (N-27); an MDL
        // that is attached goes with it (N-26).
        unsafe { sys::FltFreeCallbackData(self.data.as_ptr()) };
    }
}
