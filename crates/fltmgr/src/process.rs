//! The process and the thread that asked for an operation.
//!
//! ```
//! use fltmgr::{PreOp, op, utf16};
//!
//! /// Whether a program of this name opens the file.
//! fn is_backup(create: &PreOp<'_, op::Create>) -> bool {
//!     let image = create.requestor().image_name(create.irql());
//!     image.is_ok_and(|image| image.units().ends_with(utf16!("\\backup.exe")))
//! }
//! ```

use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::status::{Error, Result};
use crate::string::units;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// Who asked for an operation.
#[derive(Clone, Copy)]
pub struct Requestor<'a> {
    data: NonNull<sys::FLT_CALLBACK_DATA>,
    lifetime: PhantomData<&'a ()>,
}

impl Requestor<'_> {
    /// # Safety
    ///
    /// The callback data is valid for the chosen lifetime.
    pub(crate) unsafe fn new(data: NonNull<sys::FLT_CALLBACK_DATA>) -> Self {
        Self { data, lifetime: PhantomData }
    }

    /// The id of the requesting process; 0 if the operation has no thread. Wraps FltGetRequestorProcessId (B-30), up to
    /// DISPATCH_LEVEL.
    pub fn process_id(&self) -> u32 {
        // SAFETY: the callback data is valid while this value lives.
        unsafe { sys::FltGetRequestorProcessId(self.data.as_ptr()) }
    }

    /// The id of the requesting thread; 0 if the operation has none (B-03). Wraps PsGetThreadId, up to DISPATCH_LEVEL.
    pub fn thread_id(&self) -> u32 {
        // SAFETY: the callback data is valid while this value lives.
        let thread = unsafe { self.data.as_ref() }.Thread;
        if thread.is_null() {
            return 0;
        }
        // SAFETY: the thread of an operation outlives it. Thread ids fit in 32 bits.
        unsafe { sys::PsGetThreadId(thread) }.addr() as u32
    }

    /// Whether the operation came from kernel mode.
    pub fn is_kernel_mode(&self) -> bool {
        // SAFETY: the callback data is valid while this value lives.
        unsafe { self.data.as_ref() }.RequestorMode == sys::KernelMode as i8
    }

    /// The session that the requesting process is in; `None` if it is in none, as the system's own (B-31). Wraps
    /// FltGetRequestorSessionId, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_UNSUCCESSFUL if the operation has no process.
    pub fn session_id<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<u32>> {
        let mut session = 0;
        // SAFETY: the callback data is valid while this value lives; APC_LEVEL at most.
        Error::check(unsafe { sys::FltGetRequestorSessionId(self.data.as_ptr(), &raw mut session) })?;
        Ok((session != u32::MAX).then_some(session))
    }

    /// Whether the requesting process is a 32-bit one on a 64-bit Windows, so that structures which have pointers in them, as
    /// those of some controls do, are smaller. Wraps FltIs32bitProcess, up to APC_LEVEL.
    pub fn is_32_bit<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> bool {
        // SAFETY: the callback data is valid while this value lives; APC_LEVEL at most.
        unsafe { sys::FltIs32bitProcess(self.data.as_ptr()) != 0 }
    }

    /// The path of the requesting process' image, as `\Device\HarddiskVolume1\Windows\notepad.exe`. Wraps
    /// FltGetRequestorProcess and SeLocateProcessImageName.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_FOUND if the operation has no thread, and whatever SeLocateProcessImageName returns.
    pub fn image_name(&self, _: Irql<'_, PassiveLevel>) -> Result<ImageName> {
        // SAFETY: the callback data is valid while this value lives.
        let process = unsafe { sys::FltGetRequestorProcess(self.data.as_ptr()) };
        if process.is_null() {
            return Err(Error::NOT_FOUND);
        }
        let mut name = ptr::null_mut();
        // SAFETY: the process of an operation's thread outlives the operation.
        Error::check(unsafe { sys::SeLocateProcessImageName(process, &raw mut name) })?;
        // INVARIANT: on success the routine allocated the string for the caller.
        NonNull::new(name).map(ImageName).ok_or(Error::NOT_FOUND)
    }
}

/// The path of a process' image. It may be paged, and is not Send: it stays on the stack of the callback that asked for it.
///
/// # Invariants
///
/// The pointer is to a UNICODE_STRING, its buffer behind it in the same block, which this value alone owns.
pub struct ImageName(NonNull<sys::UNICODE_STRING>);

impl ImageName {
    /// The path.
    pub fn units(&self) -> &[u16] {
        // SAFETY: by the invariant the string and its buffer are live and nobody writes them.
        unsafe { units(self.0.as_ref()) }
    }
}

impl Drop for ImageName {
    fn drop(&mut self) {
        // SAFETY: the routine that allocated the string asks for it to be freed by ExFreePool.
        unsafe { sys::ExFreePoolWithTag(self.0.as_ptr().cast(), 0) };
    }
}

/// The id of the process that the calling thread runs in. Wraps PsGetCurrentProcessId, up to DISPATCH_LEVEL; process
/// ids fit in 32 bits.
pub fn current_process_id() -> u32 {
    // SAFETY: the routine takes nothing and may be called at any IRQL.
    unsafe { sys::PsGetCurrentProcessId() }.addr() as u32
}

/// The id of the calling thread. Wraps PsGetCurrentThreadId, up to DISPATCH_LEVEL; thread ids fit in 32 bits.
pub fn current_thread_id() -> u32 {
    // SAFETY: the routine takes nothing and may be called at any IRQL.
    unsafe { sys::PsGetCurrentThreadId() }.addr() as u32
}
