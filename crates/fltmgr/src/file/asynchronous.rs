//! Transfers that nobody waits for.
//!
//! The buffer moves in, and comes back with the result, in whatever thread the transfer ends in, at DISPATCH_LEVEL at most
//! (N-18). So does the file, which is a reference: the filter is not unloaded, and the instance is not gone, before that
//! (N-36). Creates cannot be asynchronous (N-21).
//!
//! ```
//! use fltmgr::file::asynchronous::{self, Completion, Transferred};
//! use fltmgr::file::{File, Transfer};
//! use fltmgr::irql::{DispatchLevel, Irql, PassiveLevel};
//! use fltmgr::pool::{NonPaged, PoolVec, Tag};
//! use fltmgr::resident::SharedAt;
//! use fltmgr::{Filter, Result};
//!
//! const TAG: Tag = Tag::new(*b"Exmp");
//!
//! /// Forgets how a write has ended.
//! struct Forget<F>(core::marker::PhantomData<fn() -> F>);
//!
//! impl<F: Filter + SharedAt<DispatchLevel>> Completion for Forget<F> {
//!     type Filter = F;
//!     fn completed(self, _: &F, _: Transferred, _: Irql<'_, DispatchLevel>) {}
//! }
//!
//! fn append<F>(file: &File, line: &[u8], at: Irql<'_, PassiveLevel>) -> Result<()>
//! where
//!     F: Filter + SharedAt<DispatchLevel>,
//! {
//!     let line = PoolVec::<u8, NonPaged>::try_from_slice(line, TAG)?;
//!     let forget = Forget::<F>(core::marker::PhantomData);
//!     asynchronous::write(file.reference()?, Transfer::at_end(), line, forget, TAG, at).map_err(|kept| kept.error)
//! }
//! ```

use super::{ReferencedFile, Transfer};
use crate::filter::{Driver, Filter};
use crate::irql::{DispatchLevel, Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolBox, PoolVec, Tag};
use crate::resident::{Resident, SharedAt};
use crate::status::{Error, Result};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use fltmgr_sys as sys;

/// What is done when a transfer has ended.
pub trait Completion: Resident + Send + Sized + 'static {
    /// The filter whose transfer it is.
    type Filter: Filter + SharedAt<DispatchLevel>;

    /// The transfer has ended.
    fn completed(self, filter: &Self::Filter, transferred: Transferred, at: Irql<'_, DispatchLevel>);
}

/// A transfer that has ended.
pub struct Transferred {
    /// The file.
    pub file: ReferencedFile,
    /// What was read or written.
    pub buffer: PoolVec<u8, NonPaged>,
    /// How many bytes; 0 for a read that begins at the end of the file.
    pub result: Result<usize>,
}

/// A transfer that could not begin.
pub struct NotStarted<C> {
    /// The file.
    pub file: ReferencedFile,
    /// What was to be read or written.
    pub buffer: PoolVec<u8, NonPaged>,
    /// What was to be done at the end.
    pub completion: C,
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_BUFFER_SIZE for no bytes and from 4 GiB on,
    /// STATUS_INVALID_PARAMETER for what goes past the cache and is not of whole sectors.
    pub error: Error,
}

/// Begins to read. Wraps FltReadFile with a callback routine (N-12).
///
/// # Errors
///
/// What was given, and why the transfer could not begin. What fails later comes to [`Completion::completed`].
pub fn read<C: Completion>(
    file: ReferencedFile,
    transfer: Transfer,
    buffer: PoolVec<u8, NonPaged>,
    completion: C,
    tag: Tag,
    at: Irql<'_, PassiveLevel>,
) -> core::result::Result<(), NotStarted<C>> {
    start(Direction::Read, transfer, Job { file, buffer, completion }, tag, at)
}

/// Begins to write. Wraps FltWriteFile with a callback routine (N-12).
///
/// # Errors
///
/// As for [`read`].
pub fn write<C: Completion>(
    file: ReferencedFile,
    transfer: Transfer,
    bytes: PoolVec<u8, NonPaged>,
    completion: C,
    tag: Tag,
    at: Irql<'_, PassiveLevel>,
) -> core::result::Result<(), NotStarted<C>> {
    start(Direction::Write, transfer, Job { file, buffer: bytes, completion }, tag, at)
}

/// What comes back at the end.
struct Job<C> {
    file: ReferencedFile,
    buffer: PoolVec<u8, NonPaged>,
    completion: C,
}

impl<C> Job<C> {
    fn not_started(self, error: Error) -> NotStarted<C> {
        let Self { file, buffer, completion } = self;
        NotStarted { file, buffer, completion, error }
    }
}

/// A transfer under way. The routine that begins it and the one that ends it run in any order.
///
/// # Invariants
///
/// `users` counts which of the two have not left yet; whoever leaves last frees the block. The job is reached by the callback
/// alone, or, where that has not run and never will, by who began.
struct Block<C> {
    users: AtomicU8,
    has_ended: AtomicBool,
    job: UnsafeCell<Option<Job<C>>>,
}

impl<C> Block<C> {
    /// Leaves the block, and frees it if the other has left.
    ///
    /// # Safety
    ///
    /// The block is live, and the caller is one of the two, and does not use it again.
    unsafe fn leave(block: NonNull<Self>) {
        // Release, so that what this one did comes before the free by the other; acquire for the one that frees.
        // SAFETY: the caller says that the block is live.
        if unsafe { block.as_ref() }.users.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: both have left, and the block came from a box.
            drop(unsafe { PoolBox::<Self, NonPaged>::from_raw(block) });
        }
    }
}

/// Whether bytes are read or written.
#[derive(Clone, Copy)]
enum Direction {
    Read,
    Write,
}

fn start<C: Completion>(
    direction: Direction,
    transfer: Transfer,
    mut job: Job<C>,
    tag: Tag,
    at: Irql<'_, PassiveLevel>,
) -> core::result::Result<(), NotStarted<C>> {
    let Ok(length @ 1..) = u32::try_from(job.buffer.len()) else {
        return Err(job.not_started(Error::INVALID_BUFFER_SIZE));
    };
    let (instance, object) = match job.file.for_transfer(transfer.is_non_cached(), length, at) {
        Ok(objects) => objects,
        Err(error) => return Err(job.not_started(error)),
    };
    // Moving the array moves no byte of it.
    let bytes = job.buffer.as_mut_ptr();
    let block = Block { users: AtomicU8::new(2), has_ended: AtomicBool::new(false), job: UnsafeCell::new(Some(job)) };
    let block = match PoolBox::<_, NonPaged>::try_new_or_back(block, tag) {
        Ok(block) => block.into_raw(),
        Err((block, error)) => {
            // SAFETY: the job was put there above.
            let job = unsafe { block.job.into_inner().unwrap_unchecked() };
            return Err(job.not_started(error));
        }
    };
    let mut offset = transfer.offset.raw();
    // SAFETY: the file is open on the instance (N-11), and the job refers to both. The buffer is the job's, nonpaged, and
    // nobody touches it until the callback runs, which is for jobs of this kind. PASSIVE_LEVEL.
    let status = unsafe {
        let (offset, callback, context) = (&raw mut offset, Some(ended::<C> as _), block.as_ptr().cast());
        let (bytes, flags, count) = (bytes.cast(), transfer.flags, ptr::null_mut());
        match direction {
            Direction::Read => {
                sys::FltReadFile(instance, object, offset, length, bytes, flags, count, callback, context)
            }
            Direction::Write => {
                sys::FltWriteFile(instance, object, offset, length, bytes, flags, count, callback, context)
            }
        }
    };
    if let Err(error) = Error::check(status) {
        // The callback is called for whatever was begun, even if it fails at once (N-19). What was not begun, for want of
        // memory, ends here.
        // SAFETY: this one has not left the block.
        if !unsafe { block.as_ref() }.has_ended.load(Ordering::Acquire) {
            // SAFETY: the callback is never called, so that the block is this one's alone.
            let block = unsafe { PoolBox::<Block<C>, NonPaged>::from_raw(block) }.into_inner();
            // SAFETY: nobody took the job.
            let job = unsafe { block.job.into_inner().unwrap_unchecked() };
            return Err(job.not_started(error));
        }
    }
    // SAFETY: this one is one of the two, and leaves here once.
    unsafe { Block::leave(block) };
    Ok(())
}

sys::callback! {
    /// The callback routine of a transfer.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for a transfer that [`start`] has begun with a completion of type `C`, once.
    unsafe fn ended<C: Completion>(data: sys::PFLT_CALLBACK_DATA, context: *mut c_void) {
        // SAFETY: the context is the block, which the callback has not left.
        let block = unsafe { NonNull::new_unchecked(context.cast::<Block<C>>()) };
        // SAFETY: by the invariant the job is the callback's.
        let job = unsafe { (*block.as_ref().job.get()).take() };
        // SAFETY: the callback has not left the block.
        unsafe { block.as_ref() }.has_ended.store(true, Ordering::Release);
        // SAFETY: the callback is one of the two, and leaves here once.
        unsafe { Block::leave(block) };
        // SAFETY: the Filter Manager passes the callback data of the transfer, which has ended. Every bit pattern of the union
        // is a status.
        let (status, information) = unsafe { ((*data).IoStatus.__bindgen_anon_1.Status, (*data).IoStatus.Information) };
        if let (Some(filter), Some(Job { file, buffer, completion })) = (C::Filter::slot().started(), job) {
            let result = match Error::check(status) {
                // What is below may say anything.
                Ok(_) => Ok(usize::try_from(information).unwrap_or(usize::MAX).min(buffer.len())),
                Err(Error::END_OF_FILE) => Ok(0),
                Err(error) => Err(error),
            };
            // SAFETY: the callback runs at DISPATCH_LEVEL at most (N-18).
            completion.completed(filter, Transferred { file, buffer, result }, unsafe { Irql::assume() });
        }
    }
}
