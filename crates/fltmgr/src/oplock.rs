//! Opportunistic locks (oplocks), for files that the filter answers for itself (H-01 to H-29).
//!
//! A program that holds an oplock on a file may cache what it reads, writes or closes there, until somebody else comes: then
//! the oplock breaks, the program is told, and whoever came waits until it has let go. A filter that serves files which the
//! file system does not have keeps an [`Oplock`] for each of them. It gives the package each control for oplocks
//! ([`Oplock::control`]), and has every operation checked that can break one ([`Oplock::check`]): of IRP_MJ_CREATE,
//! IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_SET_INFORMATION, IRP_MJ_LOCK_CONTROL, IRP_MJ_FLUSH_BUFFERS and
//! IRP_MJ_FILE_SYSTEM_CONTROL, and cleanups with [`Oplock::cleanup`] (H-09). Only IRPs can be checked (H-10): fast I/O is
//! refused, unless [`Oplock::is_fast_io_possible`].
//!
//! A check never blocks the thread. What has to wait for a break is pended, and an [`AfterBreak`] goes on with it in a system
//! thread; one that is canceled meanwhile ends with STATUS_CANCELLED (E-26). Who asks for an oplock and who checks an
//! operation are kept apart here (H-08), and so is an operation from a second check (H-13).
//!
//! ```
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::oplock::{AfterBreak, CheckFlags, Checked, Oplock};
//! use fltmgr::pending::PendedPre;
//! use fltmgr::pool::Tag;
//! use fltmgr::{Filter, PreOp, PreStatus, op};
//!
//! struct GoOn<F>(core::marker::PhantomData<fn() -> F>);
//!
//! impl<F: Filter> AfterBreak<op::Write> for GoOn<F> {
//!     type Filter = F;
//!     type Carry = core::convert::Infallible;
//!     fn run(self, _: &F, write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>) {
//!         write.pass(at);
//!     }
//! }
//!
//! fn write<'a, F: Filter>(write: PreOp<'a, op::Write>, oplock: &Oplock) -> PreStatus<'a, op::Write> {
//!     let write = match write.into_irp() {
//!         Ok(write) => write,
//!         Err(fast) => return fast.disallow_fast_io().map_or_else(|write| write.pass().into(), Into::into),
//!     };
//!     match oplock.check(write, CheckFlags::empty(), GoOn::<F>(core::marker::PhantomData), Tag::new(*b"Oplk")) {
//!         Checked::GoesOn { operation, .. } => operation.pass().into(),
//!         Checked::Fails { operation, error } => operation.fail(error).into(),
//!         Checked::Pending(pending) => pending.into(),
//!     }
//! }
//! ```

mod check;

pub use check::{AfterBreak, BeforeWait, BreakHandlesFlags, BreakToNoneFlags, CheckFlags, Checked};

use crate::file::File;
use crate::filter::LetGoOfFirst;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::lock::PushLock;
use crate::op;
use crate::operation::{Before, Completed, Irp, Pending, PreStatus};
use crate::parameters::{ControlCode, FileSystemRequest};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::Result;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ptr;
use fltmgr_sys as sys;

/// The oplock of a file, which whoever wants can hold. It is made at APC_LEVEL at most, and is not to be dropped higher.
///
/// Dropping it ends it, as [`Oplock::end`] does. The operations that hold it or wait keep their instance from going.
///
/// # Invariants
///
/// The variable was initialized where it lies, in nonpaged pool, and is used through the routines of the package alone
/// (H-01, H-02).
pub struct Oplock(PoolBox<Variable, NonPaged>, PhantomData<LetGoOfFirst>);

struct Variable {
    /// Is held exclusively by who asks for an oplock, and shared by who checks (H-08), but never for a wait.
    calls: PushLock<()>,
    raw: UnsafeCell<sys::OPLOCK>,
}

// SAFETY: the package synchronizes what its routines do with a variable, together with the lock beside it.
unsafe impl Send for Oplock {}
// SAFETY: as for `Send`.
unsafe impl Sync for Oplock {}

/// What the package has to know of a file before it grants an oplock on it (H-06).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenHandles {
    /// How many handles of programs the file has, the asking one included.
    pub handles: u32,
    /// Whether ranges of it are locked.
    pub has_byte_range_locks: bool,
    /// Whether all its handles have the same oplock key, so that one that caches writes can be granted beside others
    /// (OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH).
    pub all_keys_match: bool,
}

impl Oplock {
    /// Makes an oplock that nobody holds. Wraps FltInitializeOplock, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new<L: NotAbove<ApcLevel>>(tag: Tag, _: Irql<'_, L>) -> Result<Self> {
        // The variable is NULL before it is initialized (H-01).
        let variable = Variable { calls: PushLock::new(()), raw: UnsafeCell::new(ptr::null_mut()) };
        let variable = PoolBox::try_new(variable, tag)?;
        // SAFETY: the variable is NULL, and stays where it is.
        unsafe { sys::FltInitializeOplock(variable.raw.get()) };
        // INVARIANT: it was just initialized.
        Ok(Self(variable, PhantomData))
    }

    fn as_raw(&self) -> sys::POPLOCK {
        self.0.raw.get()
    }

    /// Whether the operation is a control that belongs to [`Oplock::control`]: it asks for an oplock, acknowledges a break,
    /// or wants to be told of one (H-04).
    pub fn is_concerned(control: &Before<'_, op::FileSystemControl>) -> bool {
        const CONTROLS: [ControlCode; 9] = [
            ControlCode::REQUEST_OPLOCK_LEVEL_1,
            ControlCode::REQUEST_OPLOCK_LEVEL_2,
            ControlCode::REQUEST_BATCH_OPLOCK,
            ControlCode::REQUEST_FILTER_OPLOCK,
            ControlCode::REQUEST_OPLOCK,
            ControlCode::OPLOCK_BREAK_ACKNOWLEDGE,
            ControlCode::OPLOCK_BREAK_ACK_NO_2,
            ControlCode::OPBATCH_ACK_CLOSE_PENDING,
            ControlCode::OPLOCK_BREAK_NOTIFY,
        ];
        let request = control.parameters().request();
        matches!(request, FileSystemRequest::User(control) if CONTROLS.contains(&control.code))
    }

    /// Gives the package a control for oplocks, which answers it: at once, or, if an oplock is granted, when it breaks
    /// (H-05, H-20). Any other control fails with STATUS_INVALID_PARAMETER. Wraps FltOplockFsctrlEx and
    /// FltOplockIsSharedRequest (H-18), up to APC_LEVEL.
    ///
    /// A program gets STATUS_OPLOCK_NOT_GRANTED where others have the file open or ranges are locked (H-21),
    /// STATUS_INVALID_OPLOCK_PROTOCOL for an acknowledgement that nobody expects (H-24), STATUS_CANCELLED, or
    /// STATUS_INVALID_PARAMETER.
    pub fn control<'a, C>(
        &self,
        control: Irp<'a, op::FileSystemControl>,
        file: OpenHandles,
    ) -> PreStatus<'a, op::FileSystemControl, C> {
        let data = control.as_raw();
        if !Self::is_concerned(&control) {
            return control.into_operation().fail(crate::Error::INVALID_PARAMETER).into();
        }
        // SAFETY: the operation is an IRP for a control of a program (H-03, H-18).
        let is_shared = unsafe { sys::FltOplockIsSharedRequest(data) != 0 };
        let open_count = if is_shared { file.has_byte_range_locks.into() } else { file.handles };
        let flags = if file.all_keys_match { sys::OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH } else { 0 };
        let status = {
            let _alone = self.0.calls.write(control.at_most_apc());
            // SAFETY: by the invariant the oplock is initialized, and the operation is an IRP for a control (H-03).
            unsafe { sys::FltOplockFsctrlEx(self.as_raw(), data, open_count, flags) }
        };
        if status == sys::FLT_PREOP_PENDING {
            // SAFETY: the package has the operation (C-27).
            PreStatus::Pending(unsafe { Pending::new() })
        } else {
            // SAFETY: the package has stored how it ends (H-05).
            PreStatus::Complete(unsafe { Completed::stored() })
        }
    }

    /// Ends what the handle holds that a program closes, and has go on who waits for that (H-27). Wraps FltCheckOplockEx, up
    /// to APC_LEVEL. Cleanups are IRPs, so that each is one for this.
    pub fn cleanup(&self, cleanup: &Irp<'_, op::Cleanup>) {
        let _shared = self.0.calls.read(cleanup.at_most_apc());
        // SAFETY: by the invariant the oplock is initialized, and the operation is an IRP (H-10); a cleanup waits for nothing
        // and cannot fail.
        unsafe { sys::FltCheckOplockEx(self.as_raw(), cleanup.as_raw(), 0, ptr::null_mut(), None, None) };
    }

    /// Ends what is held: whoever holds an oplock is told that it is broken to none, and what waits goes on. For an instance
    /// that is [`detaching`](crate::Filter::detaching), which cannot go before that. Wraps FltUninitializeOplock and
    /// FltInitializeOplock (H-01), up to APC_LEVEL.
    pub fn end<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) {
        let _alone = self.0.calls.write(at);
        // SAFETY: by the invariant the oplock is initialized, and with the lock nobody else uses it.
        unsafe {
            sys::FltUninitializeOplock(self.as_raw());
            // INVARIANT: it is initialized again.
            sys::FltInitializeOplock(self.as_raw());
        }
    }

    /// Whether anybody holds an oplock of any level (H-16). Wraps FltCurrentOplock, up to APC_LEVEL.
    pub fn is_held<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> bool {
        let _shared = self.0.calls.read(at);
        // SAFETY: by the invariant the oplock is initialized.
        unsafe { sys::FltCurrentOplock(self.as_raw()) != 0 }
    }

    /// Whether anybody holds a batch or a filter oplock (H-16). Wraps FltCurrentBatchOplock, up to APC_LEVEL.
    pub fn is_batch_or_filter_held<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> bool {
        let _shared = self.0.calls.read(at);
        // SAFETY: by the invariant the oplock is initialized.
        unsafe { sys::FltCurrentBatchOplock(self.as_raw()) != 0 }
    }

    /// Whether anybody holds an oplock that caches handles (H-16). Wraps FltCurrentOplockH, up to APC_LEVEL.
    pub fn caches_handles<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> bool {
        let _shared = self.0.calls.read(at);
        // SAFETY: by the invariant the oplock is initialized.
        unsafe { sys::FltCurrentOplockH(self.as_raw()) != 0 }
    }

    /// Whether fast I/O can go on without being checked (H-17). Wraps FltOplockIsFastIoPossible, up to APC_LEVEL.
    pub fn is_fast_io_possible<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> bool {
        let _shared = self.0.calls.read(at);
        // SAFETY: by the invariant the oplock is initialized.
        unsafe { sys::FltOplockIsFastIoPossible(self.as_raw()) != 0 }
    }
}

impl Drop for Oplock {
    fn drop(&mut self) {
        // SAFETY: by the invariant the oplock is initialized. It was made at APC_LEVEL at most; holding cells, it is not taken
        // to where the level is higher.
        unsafe { sys::FltUninitializeOplock(self.as_raw()) };
    }
}

/// Whether two open files count as one owner: they have the same oplock key, or are the same (H-19). Wraps
/// FltOplockKeysEqual, up to APC_LEVEL.
///
/// # Errors
///
/// STATUS_FILE_CLOSED.
pub fn keys_equal<L: NotAbove<ApcLevel>>(one: &File, other: &File, _: Irql<'_, L>) -> Result<bool> {
    let ((_, one), (_, other)) = (one.for_io()?, other.for_io()?);
    // SAFETY: both file objects are live while the files are borrowed.
    Ok(unsafe { sys::FltOplockKeysEqual(one, other) != 0 })
}
