//! Operations that may break an oplock, and what becomes of those that wait for it.

use super::Oplock;
use crate::buffer::{HasUserBuffer, LockedBuffer};
use crate::filter::{Driver, Filter};
use crate::irql::{ApcLevel, Irql, PassiveLevel};
use crate::op::{CanFail, IsIrp, Operation};
use crate::operation::{Before, Irp, Pending, PreOp};
use crate::pending::PendedPre;
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::{Error, Result};
use crate::work::GenericItem;
use core::convert::Infallible;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr_sys as sys;

bitflags::bitflags! {
    /// What a check may do (H-15).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct CheckFlags: u32 {
        /// OPLOCK_FLAG_COMPLETE_IF_OPLOCKED: the operation goes on while what it breaks is still breaking (H-14).
        const COMPLETE_IF_OPLOCKED = sys::OPLOCK_FLAG_COMPLETE_IF_OPLOCKED;
        /// OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY: the operation's oplock key is noted, and nothing breaks.
        const KEY_CHECK_ONLY = sys::OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY;
        /// OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK: what a create with FILE_OPEN_REQUIRING_OPLOCK has announced is taken back,
        /// because the create failed.
        const BACK_OUT_ATOMIC_OPLOCK = sys::OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK;
        /// OPLOCK_FLAG_IGNORE_OPLOCK_KEYS: the oplocks of the operation's own key break as well.
        const IGNORE_KEYS = sys::OPLOCK_FLAG_IGNORE_OPLOCK_KEYS;
    }
}

bitflags::bitflags! {
    /// What [`Oplock::break_handles`] may do.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct BreakHandlesFlags: u32 {
        /// As [`CheckFlags::COMPLETE_IF_OPLOCKED`].
        const COMPLETE_IF_OPLOCKED = sys::OPLOCK_FLAG_COMPLETE_IF_OPLOCKED;
        /// As [`CheckFlags::IGNORE_KEYS`].
        const IGNORE_KEYS = sys::OPLOCK_FLAG_IGNORE_OPLOCK_KEYS;
    }
}

bitflags::bitflags! {
    /// What [`Oplock::break_to_none`] may do.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct BreakToNoneFlags: u32 {
        /// As [`CheckFlags::COMPLETE_IF_OPLOCKED`].
        const COMPLETE_IF_OPLOCKED = sys::OPLOCK_FLAG_COMPLETE_IF_OPLOCKED;
    }
}

/// An operation that is about to be pended.
///
/// # Invariants
///
/// The thread runs at APC_LEVEL at most for `'a`. That it runs below, as the operation came in, nobody says here, so that no
/// witness of a level is given.
pub struct BeforeWait<'a, O: Operation>(Before<'a, O>);

impl<O: HasUserBuffer> BeforeWait<'_, O> {
    /// As [`Before::lock_buffer`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn lock_buffer(&mut self) -> Result<LockedBuffer<'_>> {
        // SAFETY: by the invariant the level is that.
        self.0.lock_buffer(unsafe { Irql::<ApcLevel>::assume() })
    }
}

/// Goes on with an operation that has waited for an oplock to break.
///
/// It is dropped without being run if nothing had to wait, and if the operation ends without it: with STATUS_CANCELLED when
/// it is canceled (E-26), with STATUS_INSUFFICIENT_RESOURCES when there is no memory for the work, with
/// STATUS_FLT_DELETING_OBJECT when the filter goes.
pub trait AfterBreak<O: CanFail + IsIrp>: Send + Sized + 'static {
    /// The filter whose operation it is.
    type Filter: Filter;
    /// What travels to the post-operation: that of the filter's [`PrePost`](crate::PrePost), or nothing.
    type Carry;

    /// Is called in the thread of the check, before the operation is pended: here a buffer of the requestor can be locked
    /// (E-25). It must not reach the oplock.
    fn prepare(&mut self, operation: &mut BeforeWait<'_, O>) {
        let _ = operation;
    }

    /// Goes on, in a system thread.
    fn run(self, filter: &Self::Filter, operation: PendedPre<O, Self::Carry>, at: Irql<'_, PassiveLevel>);
}

/// What came of a check (H-11).
pub enum Checked<'a, O: CanFail + IsIrp, C = Infallible> {
    /// Nothing has to be waited for.
    GoesOn {
        /// The operation, which is the callback's still.
        operation: PreOp<'a, O>,
        /// Whether an oplock is breaking nevertheless, because the check or the create said that it need not be waited for.
        /// A create that the filter answers for is answered with STATUS_OPLOCK_BREAK_IN_PROGRESS then (H-14).
        break_in_progress: bool,
    },
    /// The operation cannot go on.
    Fails {
        /// The operation, which is the callback's still.
        operation: PreOp<'a, O>,
        /// STATUS_CANNOT_BREAK_OPLOCK for a create with FILE_OPEN_REQUIRING_OPLOCK (H-29), STATUS_CANCELLED,
        /// STATUS_INSUFFICIENT_RESOURCES.
        error: Error,
    },
    /// The operation waits for who holds the oplock; the [`AfterBreak`] goes on with it.
    Pending(Pending<'a, O, C>),
}

/// Which routine checks, and its flags.
#[derive(Clone, Copy)]
enum Routine {
    Check(CheckFlags),
    BreakHandles(BreakHandlesFlags),
    BreakToNone(BreakToNoneFlags),
}

impl Oplock {
    /// Breaks what the operation breaks (H-25 to H-28), and has it wait where it must. Wraps FltCheckOplockEx, up to
    /// APC_LEVEL.
    pub fn check<'a, O: CanFail + IsIrp, W: AfterBreak<O>>(
        &self,
        operation: Irp<'a, O>,
        flags: CheckFlags,
        after: W,
        tag: Tag,
    ) -> Checked<'a, O, W::Carry> {
        self.check_by(Routine::Check(flags), operation, after, tag)
    }

    /// Breaks the oplocks that cache handles, as an open does that violates the sharing of another. Wraps FltOplockBreakH, up
    /// to APC_LEVEL.
    pub fn break_handles<'a, O: CanFail + IsIrp, W: AfterBreak<O>>(
        &self,
        operation: Irp<'a, O>,
        flags: BreakHandlesFlags,
        after: W,
        tag: Tag,
    ) -> Checked<'a, O, W::Carry> {
        self.check_by(Routine::BreakHandles(flags), operation, after, tag)
    }

    /// Breaks every oplock to none, whatever the keys are. Wraps FltOplockBreakToNoneEx, up to APC_LEVEL.
    pub fn break_to_none<'a, O: CanFail + IsIrp, W: AfterBreak<O>>(
        &self,
        operation: Irp<'a, O>,
        flags: BreakToNoneFlags,
        after: W,
        tag: Tag,
    ) -> Checked<'a, O, W::Carry> {
        self.check_by(Routine::BreakToNone(flags), operation, after, tag)
    }

    fn check_by<'a, O: CanFail + IsIrp, W: AfterBreak<O>>(
        &self,
        routine: Routine,
        operation: Irp<'a, O>,
        after: W,
        tag: Tag,
    ) -> Checked<'a, O, W::Carry> {
        let data = operation.as_raw();
        let wait = Wait { after, objects: *operation.objects(), data, item: None, kind: PhantomData };
        let wait = match PoolBox::<Wait<W, O>, NonPaged>::try_new(wait, tag) {
            Ok(wait) => wait.into_raw(),
            Err(error) => return Checked::Fails { operation: operation.into_operation(), error },
        };
        let status = {
            // No oplock is asked for meanwhile (H-08), so that with a routine to call the package has nothing to wait for.
            let _shared = self.0.calls.read(operation.at_most_apc());
            let (oplock, context) = (self.as_raw(), wait.as_ptr().cast());
            let (complete, prepare) = (Some(wait_complete::<W, O> as _), Some(prepare::<W, O> as _));
            // SAFETY: by the invariant the oplock is initialized, and the operation is an IRP (H-10); there are no flags but
            // those with names (H-15); on PENDING the wait is the routines'.
            unsafe {
                match routine {
                    Routine::Check(flags) => {
                        let flags = (flags & CheckFlags::all()).bits();
                        sys::FltCheckOplockEx(oplock, data, flags, context, complete, prepare)
                    }
                    Routine::BreakHandles(flags) => {
                        let flags = (flags & BreakHandlesFlags::all()).bits();
                        sys::FltOplockBreakH(oplock, data, flags, context, complete, prepare)
                    }
                    Routine::BreakToNone(flags) => {
                        let flags = (flags & BreakToNoneFlags::all()).bits();
                        sys::FltOplockBreakToNoneEx(oplock, data, flags, context, complete, prepare)
                    }
                }
            }
        };
        if status == sys::FLT_PREOP_PENDING {
            // SAFETY: the package has the operation, or the work (C-27).
            return Checked::Pending(unsafe { Pending::new() });
        }
        // SAFETY: the operation was not pended, so the routines are not called, and the wait is taken back here once.
        drop(unsafe { PoolBox::<Wait<W, O>, NonPaged>::from_raw(wait) });
        // SAFETY: every bit pattern of the union is a status.
        let stored = unsafe { operation.data().IoStatus.__bindgen_anon_1.Status };
        let operation = operation.into_operation();
        if status == sys::FLT_PREOP_COMPLETE {
            // The package has stored why.
            let error = Error::check(stored).err().unwrap_or(Error::CANCELLED);
            return Checked::Fails { operation, error };
        }
        Checked::GoesOn { operation, break_in_progress: stored == sys::STATUS_OPLOCK_BREAK_IN_PROGRESS }
    }
}

/// An operation that waits for a break, or may come to.
struct Wait<W, O> {
    after: W,
    objects: sys::FLT_RELATED_OBJECTS,
    data: *mut sys::FLT_CALLBACK_DATA,
    /// What takes the operation to a system thread: the package calls in whatever thread lets go, within a call of its
    /// own, where nothing can go on and no lock be asked for (H-13).
    item: Option<GenericItem>,
    kind: PhantomData<fn() -> O>,
}

sys::callback! {
    /// The routine before an operation is pended.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager within the check that [`Oplock::check_by`] makes, with its wait, for an operation of kind
    /// `O`.
    unsafe fn prepare<W: AfterBreak<O>, O: CanFail + IsIrp>(data: *mut sys::FLT_CALLBACK_DATA, context: *mut c_void) {
        // SAFETY: the wait is the check's, which waits for this routine.
        let wait = unsafe { &mut *context.cast::<Wait<W, O>>() };
        // Without one the operation fails when the break is over.
        wait.item = GenericItem::allocate().ok();
        let objects = wait.objects;
        // SAFETY: the operation is in its pre-operation callback still.
        let operation = unsafe { Before::new(data, &raw const objects) };
        // INVARIANT: the check is at APC_LEVEL at most.
        wait.after.prepare(&mut BeforeWait(operation));
    }
}

sys::callback! {
    /// The routine at the end of a break.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager, once, for a check of [`Oplock::check_by`] that answered that the operation is pending, or
    /// will; the operation is the routine's.
    unsafe fn wait_complete<W: AfterBreak<O>, O: CanFail + IsIrp>(data: *mut sys::FLT_CALLBACK_DATA, context: *mut c_void) {
        // SAFETY: the wait is this routine's, and not NULL.
        let mut wait = unsafe { PoolBox::<Wait<W, O>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())) };
        let (objects, item) = (wait.objects, wait.item.take());
        // SAFETY: the operation is the routine's; the package says in its status whether it may go on (E-26).
        let (operation, status) =
            unsafe { (PendedPre::<O>::new(data, objects), (*data).IoStatus.__bindgen_anon_1.Status) };
        if let Err(error) = Error::check(status) {
            operation.fail(error);
            return;
        }
        let Some(item) = item else {
            operation.fail(Error::INSUFFICIENT_RESOURCES);
            return;
        };
        let (raw, context) = (item.as_raw(), wait.into_raw());
        // The routine makes the operation anew from the wait.
        core::mem::forget(operation);
        core::mem::forget(item);
        // SAFETY: the item is allocated and not queued, and the filter is there while its operation is pended; on success the
        // routine owns the item and the wait.
        let queued = Error::check(unsafe {
            sys::FltQueueGenericWorkItem(
                raw,
                objects.Filter.cast(),
                Some(go_on::<W, O>),
                sys::CriticalWorkQueue,
                context.as_ptr().cast(),
            )
        });
        if let Err(error) = queued {
            // SAFETY: the routine is not called, so what it would have owned is taken back here once.
            unsafe {
                drop(GenericItem::from_raw(NonNull::new_unchecked(raw)));
                drop(PoolBox::<Wait<W, O>, NonPaged>::from_raw(context));
                PendedPre::<O>::new(data, objects).fail(error);
            }
        }
    }
}

sys::callback! {
    /// The routine of the work.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager, once, for a work item that [`wait_complete`] queued.
    unsafe fn go_on<W: AfterBreak<O>, O: CanFail + IsIrp>(
        item: sys::PFLT_GENERIC_WORKITEM,
        _: *mut c_void,
        context: *mut c_void,
    ) {
        // SAFETY: the item is allocated and not queued any more; the context is the wait, which is this routine's.
        let (_item, wait) = unsafe {
            let item = GenericItem::from_raw(NonNull::new_unchecked(item));
            (item, PoolBox::<Wait<W, O>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())).into_inner())
        };
        // SAFETY: the operation was handed to this routine.
        let operation = unsafe { PendedPre::new(wait.data, wait.objects) };
        if let Some(filter) = W::Filter::slot().started() {
            // SAFETY: work items run at PASSIVE_LEVEL (E-09).
            wait.after.run(filter, operation, unsafe { Irql::assume() });
        }
    }
}
