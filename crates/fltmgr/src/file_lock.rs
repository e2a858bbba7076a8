//! Byte-range locks of files that the filter answers for itself.
//!
//! A filter that serves files which the file system does not have keeps a [`FileLocks`] for each of them. It gives that each
//! lock operation ([`FileLocks::process`]), asks it about each read and write that is no paging I/O
//! ([`FileLocks::allows_read`], [`FileLocks::allows_write`]), and has it let go of what a program holds that closes its handle
//! ([`FileLocks::cleanup`]).
//!
//! ```
//! use fltmgr::file_lock::FileLocks;
//! use fltmgr::{Error, PreOp, PreStatus, op};
//!
//! fn lock<'a>(control: PreOp<'a, op::LockControl>, locks: &FileLocks) -> PreStatus<'a, op::LockControl> {
//!     locks.process(control)
//! }
//!
//! fn read<'a>(read: PreOp<'a, op::Read>, locks: &FileLocks) -> PreStatus<'a, op::Read> {
//!     if read.is_paging_io() || locks.allows_read(&read) {
//!         read.pass().into()
//!     } else {
//!         read.fail(Error::FILE_LOCK_CONFLICT).into()
//!     }
//! }
//! ```

use crate::filter::LetGoOfFirst;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::lock::PushLock;
use crate::op::{self, Operation};
use crate::operation::{Before, Completed, FastIoDisallowed, Pending, PreOp, PreStatus};
use crate::pool::{NonPaged, Shared, Tag};
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// The byte-range locks of a file. It is made at APC_LEVEL at most, and is not to be dropped higher.
///
/// Dropping it ends the locks; operations that wait for one fail. Those keep their instance from going, so that an instance
/// that is [`detaching`](crate::Filter::detaching) needs [`FileLocks::end`].
///
/// # Invariants
///
/// The structure is the one that lock operations are for now. One that was replaced goes with its last user: no lock is held
/// while the package works, which completes operations that have waited, and so comes back to whoever is above.
pub struct FileLocks {
    structure: PushLock<Shared<Structure, NonPaged>>,
    tag: Tag,
    marker: PhantomData<LetGoOfFirst>,
}

/// The structure, which is in paged pool.
///
/// # Invariants
///
/// It was allocated by FltAllocateFileLock, and is used through the routines of the package alone.
struct Structure(NonNull<sys::FILE_LOCK>);

// SAFETY: the package synchronizes what its routines do with a structure.
unsafe impl Send for Structure {}
// SAFETY: as for `Send`.
unsafe impl Sync for Structure {}

impl Structure {
    /// A structure without locks.
    fn try_new<L: NotAbove<ApcLevel>>(tag: Tag, _: Irql<'_, L>) -> Result<Shared<Self, NonPaged>> {
        // SAFETY: there are no routines to call; APC_LEVEL at most.
        let structure = unsafe { sys::FltAllocateFileLock(None, None) };
        // INVARIANT: it was just allocated.
        Shared::try_new(NonNull::new(structure).map(Self).ok_or(Error::INSUFFICIENT_RESOURCES)?, tag)
    }
}

impl Drop for Structure {
    fn drop(&mut self) {
        // SAFETY: the structure was allocated, and this is the last use. It was made at APC_LEVEL at most; its owner, which
        // contains a lock of that level, is not taken to where the level is higher.
        unsafe { sys::FltFreeFileLock(self.0.as_ptr()) };
    }
}

impl FileLocks {
    /// No locks. Wraps FltAllocateFileLock, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new<L: NotAbove<ApcLevel>>(tag: Tag, at: Irql<'_, L>) -> Result<Self> {
        Ok(Self { structure: PushLock::new(Structure::try_new(tag, at)?), tag, marker: PhantomData })
    }

    /// The structure, which stays until the reference is dropped.
    fn structure<O: Operation>(&self, operation: &Before<'_, O>) -> Shared<Structure, NonPaged> {
        self.structure.read(operation.at_most_apc()).clone()
    }

    /// Does what a lock operation asks for, and answers it: at once, or, if it has to wait for a range that somebody else has
    /// locked, when that is free (C-27). Fast I/O that would have to wait comes again as an IRP (L-14). Wraps
    /// FltProcessFileLock, up to APC_LEVEL.
    ///
    /// A program gets STATUS_LOCK_NOT_GRANTED where it does not want to wait, STATUS_RANGE_NOT_LOCKED for what it did not lock,
    /// STATUS_INVALID_LOCK_RANGE, STATUS_CANCELLED.
    #[expect(clippy::needless_pass_by_value, reason = "the answer is made by consuming the operation")]
    pub fn process<'a, C>(&self, control: PreOp<'a, op::LockControl>) -> PreStatus<'a, op::LockControl, C> {
        let structure = self.structure(&control);
        // SAFETY: the structure is allocated, and the operation is a lock control in its pre-operation.
        let status = unsafe { sys::FltProcessFileLock(structure.0.as_ptr(), control.as_raw(), ptr::null_mut()) };
        // SAFETY: the operation is consumed, and the package says what has become of it: it has the operation, or has refused
        // it as fast I/O, or has stored how it ends (L-14).
        unsafe {
            match status {
                sys::FLT_PREOP_PENDING => PreStatus::Pending(Pending::new()),
                sys::FLT_PREOP_DISALLOW_FASTIO => PreStatus::DisallowFastIo(FastIoDisallowed::refused()),
                _ => PreStatus::Complete(Completed::stored()),
            }
        }
    }

    /// Whether a read goes with the locks: nobody else has locked a byte of its range exclusively. Wraps
    /// FltCheckLockForReadAccess, up to APC_LEVEL. Paging I/O is not asked for: it reads for whoever has the file.
    pub fn allows_read(&self, read: &Before<'_, op::Read>) -> bool {
        let structure = self.structure(read);
        // SAFETY: the structure is allocated, and the operation is a read in its pre-operation.
        unsafe { sys::FltCheckLockForReadAccess(structure.0.as_ptr(), read.as_raw()) != 0 }
    }

    /// Whether a write goes with the locks: nobody else has locked a byte of its range exclusively, and nobody at all has
    /// locked one shared. Wraps FltCheckLockForWriteAccess, up to APC_LEVEL.
    pub fn allows_write(&self, write: &Before<'_, op::Write>) -> bool {
        let structure = self.structure(write);
        // SAFETY: the structure is allocated, and the operation is a write in its pre-operation.
        unsafe { sys::FltCheckLockForWriteAccess(structure.0.as_ptr(), write.as_raw()) != 0 }
    }

    /// Ends what the process holds that closes its handle, and has go on who waits for that. Wraps
    /// FltGetRequestorProcess and FsRtlFastUnlockAll, up to APC_LEVEL.
    pub fn cleanup(&self, cleanup: &Before<'_, op::Cleanup>) {
        let structure = self.structure(cleanup);
        let file = cleanup.objects().FileObject;
        // SAFETY: the structure is allocated, and the operation is a cleanup, which has a file object and a
        // process that outlive it. That nothing was locked is no failure.
        let _ = unsafe {
            let process = sys::FltGetRequestorProcess(cleanup.as_raw());
            sys::FsRtlFastUnlockAll(structure.0.as_ptr(), file, process, ptr::null_mut())
        };
    }

    /// Ends all locks; what waits for one fails with STATUS_RANGE_NOT_LOCKED. For an instance that is
    /// [`detaching`](crate::Filter::detaching), which cannot go before that. Wraps FltAllocateFileLock and FltFreeFileLock,
    /// up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the locks stay then.
    pub fn end<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Result<()> {
        let new = Structure::try_new(self.tag, at)?;
        let old = core::mem::replace(&mut *self.structure.write(at), new);
        // What waits goes on in here, or where the last user is done.
        drop(old);
        Ok(())
    }
}
