//! The buffer of an operation, locked in memory and mapped, so that any thread can reach it.

use super::decoded::Decoded;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::{self, Operation};
use crate::operation::{After, Before, CallbackData};
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// Has a buffer of the requestor that can be locked (I-01).
pub trait HasUserBuffer: Operation {}

macro_rules! have_user_buffers {
    ($($kind:ident),*) => { $(impl HasUserBuffer for op::$kind {})* };
}
have_user_buffers!(
    DeviceControl,
    DirectoryControl,
    FileSystemControl,
    InternalDeviceControl,
    QueryEa,
    QueryQuota,
    QuerySecurity,
    Read,
    SetEa,
    SetQuota,
    Write
);

/// The buffer of an operation, in memory and at an address of the system. The program it belongs to may change it while it
/// is looked at, so it is copied from and to, and never borrowed.
///
/// # Invariants
///
/// The address is mapped for `length` bytes, in every process, for `'a`; bytes that may not be changed are not (I-11).
pub struct LockedBuffer<'a> {
    address: NonNull<u8>,
    length: usize,
    is_writable: bool,
    lifetime: PhantomData<&'a mut ()>,
}

// SAFETY: the address is valid in every process and thread.
unsafe impl Send for LockedBuffer<'_> {}
// SAFETY: copies from several threads at once are what the program may do as well.
unsafe impl Sync for LockedBuffer<'_> {}

impl LockedBuffer<'_> {
    /// States that a system buffer is there.
    ///
    /// # Safety
    ///
    /// The address is one of nonpaged memory of the system, for that many bytes, for the chosen lifetime.
    pub(super) unsafe fn of_system(address: NonNull<u8>, length: usize) -> Self {
        // INVARIANT: the caller vouches for it; whether it may be written is not asked here.
        Self { address, length, is_writable: false, lifetime: PhantomData }
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies the bytes from `offset` on into all of `into`.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if the buffer is not that long, STATUS_ACCESS_VIOLATION if it cannot be read.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        // SAFETY: by the invariant the buffer is mapped.
        unsafe { super::read(self.address.as_ptr(), self.length, offset, into) }
    }

    /// Copies `bytes` to `offset`.
    ///
    /// # Errors
    ///
    /// STATUS_ACCESS_DENIED if the operation only reads its buffer, as a write does (I-11), STATUS_BUFFER_TOO_SMALL if the
    /// buffer is not that long, STATUS_ACCESS_VIOLATION if it cannot be written.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<()> {
        if !self.is_writable {
            return Err(Error::ACCESS_DENIED);
        }
        // SAFETY: by the invariant the buffer is mapped, and the operation writes it.
        unsafe { super::write(self.address.as_ptr(), self.length, offset, bytes) }
    }
}

impl<O: HasUserBuffer> Before<'_, O> {
    /// Locks the buffer, so that it can be reached here and, if the operation is pended, in a worker (E-25). Doing it
    /// again is cheap (I-02). Wraps FltLockUserBuffer, FltDecodeParameters and MmGetSystemAddressForMdlSafe, up to
    /// APC_LEVEL (I-03). The lock ends with the operation (I-06).
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER where the operation has no buffer, or one of the cache manager's (I-02),
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn lock_buffer<'b, L: NotAbove<ApcLevel>>(&'b mut self, _: Irql<'b, L>) -> Result<LockedBuffer<'b>> {
        // SAFETY: the filter controls the operation for as long as it is borrowed, at APC_LEVEL at most (I-03).
        unsafe { lock(self) }
    }
}

impl<O: HasUserBuffer> After<'_, O> {
    /// As [`Before::lock_buffer`]. Of a read, [`After::information`] says how many bytes there are.
    ///
    /// # Errors
    ///
    /// As for [`Before::lock_buffer`].
    pub fn lock_buffer<'b, L: NotAbove<ApcLevel>>(&'b mut self, _: Irql<'b, L>) -> Result<LockedBuffer<'b>> {
        // SAFETY: the filter controls the operation for as long as it is borrowed, at APC_LEVEL at most (I-03).
        unsafe { lock(self) }
    }
}

/// # Safety
///
/// The filter controls the operation for the chosen lifetime; APC_LEVEL at most.
unsafe fn lock<'b, O: HasUserBuffer>(data: &CallbackData<'_, O>) -> Result<LockedBuffer<'b>> {
    // SAFETY: the callback data is the filter's.
    unsafe { lock_raw(data.as_raw()) }
}

/// Where the buffer of an operation is that has one of its own: the MDL of a read or a write with IRP_MN_MDL is the cache
/// manager's (I-35), and describes pages of the cache, or nothing yet.
///
/// # Errors
///
/// STATUS_INVALID_PARAMETER for those, as FltLockUserBuffer has it (I-02), and where there is no buffer.
///
/// # Safety
///
/// The callback data is the filter's, and stays so while the result is used.
unsafe fn decode(data: *mut sys::FLT_CALLBACK_DATA) -> Result<Decoded> {
    // SAFETY: the caller has the callback data, which has a parameter block.
    let (flags, major, minor) =
        unsafe { ((*data).Flags, (*(*data).Iopb).MajorFunction, (*(*data).Iopb).MinorFunction) };
    let is_transfer =
        flags & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0 && [op::Read::MAJOR, op::Write::MAJOR].contains(&major);
    if is_transfer && u32::from(minor) & sys::IRP_MN_MDL != 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: passed on.
    unsafe { Decoded::of(data) }
}

/// As [`lock`], of any kind of operation.
///
/// # Safety
///
/// As for [`lock`].
pub(super) unsafe fn lock_raw<'b>(data: *mut sys::FLT_CALLBACK_DATA) -> Result<LockedBuffer<'b>> {
    // SAFETY: the callback data is the filter's.
    let decoded = unsafe { decode(data) }?;
    if decoded.length() == 0 {
        // There is nothing to lock, and perhaps no address.
        // INVARIANT: no byte need be mapped.
        let (address, is_writable) = (NonNull::dangling(), decoded.is_written());
        return Ok(LockedBuffer { address, length: 0, is_writable, lifetime: PhantomData });
    }
    // SAFETY: as above.
    if let Some(reached) = unsafe { reach_raw(data) }? {
        // What has an MDL is locked already (I-02), and a system buffer never moves (I-08).
        return Ok(reached);
    }
    // SAFETY: as above.
    Error::check(unsafe { sys::FltLockUserBuffer(data) })?;
    // SAFETY: as above; the routine has put in the MDL of what it has locked (I-05).
    unsafe { described(&decoded) }?.ok_or(Error::INVALID_PARAMETER)
}

/// The buffer of an operation, if it can be reached as it is: there is an MDL, or it is a system buffer (I-13, I-16).
///
/// # Safety
///
/// As for [`lock`], but up to DISPATCH_LEVEL.
pub(super) unsafe fn reach_raw<'b>(data: *mut sys::FLT_CALLBACK_DATA) -> Result<Option<LockedBuffer<'b>>> {
    // SAFETY: the callback data is the filter's.
    let decoded = unsafe { decode(data) }?;
    // SAFETY: an MDL of an operation describes locked pages.
    if let Some(described) = unsafe { described(&decoded) }? {
        return Ok(Some(described));
    }
    // SAFETY: as above.
    let is_system_buffer = unsafe { (*data).Flags } & sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER != 0;
    let Some(address) = NonNull::new(decoded.address().cast()).filter(|_| is_system_buffer) else { return Ok(None) };
    // INVARIANT: a system buffer is nonpaged memory of the system, as long as it is said to be (B-19).
    let (length, is_writable) = (decoded.length() as usize, decoded.is_written());
    Ok(Some(LockedBuffer { address, length, is_writable, lifetime: PhantomData }))
}

/// The buffer that an operation's MDL describes; `None` if there is no MDL.
///
/// # Safety
///
/// The MDL, where there is one, describes locked pages for the chosen lifetime.
unsafe fn described<'b>(decoded: &Decoded) -> Result<Option<LockedBuffer<'b>>> {
    let Some(mdl) = NonNull::new(decoded.mdl()) else { return Ok(None) };
    // SAFETY: the caller vouches for the MDL.
    let (address, described) = unsafe { (system_address(mdl)?, mdl.as_ref().ByteCount) };
    let (length, is_writable) = (described.min(decoded.length()) as usize, decoded.is_written());
    // INVARIANT: the mapping lasts as long as the MDL, which lasts as long as the operation (I-06).
    Ok(Some(LockedBuffer { address, length, is_writable, lifetime: PhantomData }))
}

/// What MmGetSystemAddressForMdlSafe, which is a macro, does (I-07).
///
/// # Safety
///
/// The MDL describes locked pages.
unsafe fn system_address(mdl: NonNull<sys::MDL>) -> Result<NonNull<u8>> {
    const MAPPED: u32 = sys::MDL_MAPPED_TO_SYSTEM_VA | sys::MDL_SOURCE_IS_NONPAGED_POOL;
    let priority = sys::NormalPagePriority as u32 | sys::MdlMappingNoExecute;
    // SAFETY: the caller vouches for the MDL.
    let address = unsafe {
        if u32::from((*mdl.as_ptr()).MdlFlags.cast_unsigned()) & MAPPED == 0 {
            sys::MmMapLockedPagesSpecifyCache(
                mdl.as_ptr(),
                sys::KernelMode as sys::KPROCESSOR_MODE,
                sys::MmCached,
                ptr::null_mut(),
                0,
                priority,
            )
        } else {
            (*mdl.as_ptr()).MappedSystemVa
        }
    };
    NonNull::new(address.cast()).ok_or(Error::INSUFFICIENT_RESOURCES)
}
