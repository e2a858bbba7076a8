//! Events that threads wait for. Wraps KEVENT.

use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::Result;
use crate::time::Ticks;
use core::cell::UnsafeCell;
use fltmgr_sys as sys;

/// A synchronization event: setting it releases one waiter, or the next one to come.
///
/// # Invariants
///
/// The KEVENT is initialized, in nonpaged pool, and never moves.
pub struct Event(PoolBox<UnsafeCell<sys::KEVENT>, NonPaged>);

// SAFETY: the kernel synchronizes every use of an event, which is reached through its routines only.
unsafe impl Send for Event {}
// SAFETY: as for `Send`.
unsafe impl Sync for Event {}

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    /// The event was set.
    Signalled,
    /// The time ran out.
    TimedOut,
    /// The waiting thread is to end.
    Interrupted,
}

impl Event {
    /// An event that is not set. Wraps KeInitializeEvent.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new(tag: Tag) -> Result<Self> {
        // SAFETY: zeroes are a KEVENT; the routine below makes it an initialized one before anybody sees it.
        let event = PoolBox::try_new(UnsafeCell::new(unsafe { core::mem::zeroed() }), tag)?;
        // SAFETY: the storage is nonpaged, and nobody else knows it yet.
        unsafe { sys::KeInitializeEvent(event.get(), sys::SynchronizationEvent, 0) };
        // INVARIANT: the event was initialized where it stays, in the block of its own.
        Ok(Self(event))
    }

    /// Sets the event. Wraps KeSetEvent without a wait, so any IRQL up to DISPATCH_LEVEL.
    pub fn set(&self) {
        // SAFETY: by the invariant the event is initialized; with Wait FALSE the IRQL does not change.
        unsafe { sys::KeSetEvent(self.0.get(), 0, 0) };
    }

    /// Waits until the event is set, the time has passed, or the thread is to end. Wraps KeWaitForSingleObject with a
    /// user-mode, alertable wait, so that a client that dies does not wait on.
    pub fn wait(&self, at: Irql<'_, PassiveLevel>, timeout: Ticks) -> Waited {
        self.wait_as(sys::UserRequest, sys::UserMode as i8, 1, at, timeout)
    }

    /// Waits until the event is set or the time has passed, whatever becomes of the thread: for what is sure to happen
    /// soon and has to happen first. Wraps KeWaitForSingleObject with a kernel-mode wait that is not alertable.
    pub fn wait_uninterrupted(&self, at: Irql<'_, PassiveLevel>, timeout: Ticks) -> Waited {
        self.wait_as(sys::Executive, sys::KernelMode as i8, 0, at, timeout)
    }

    fn wait_as(
        &self,
        reason: sys::KWAIT_REASON,
        mode: sys::KPROCESSOR_MODE,
        alertable: sys::BOOLEAN,
        _: Irql<'_, PassiveLevel>,
        timeout: Ticks,
    ) -> Waited {
        let mut due = timeout.relative();
        // SAFETY: by the invariant the event is initialized, and the witness says that this thread may wait.
        let status = unsafe { sys::KeWaitForSingleObject(self.0.get().cast(), reason, mode, alertable, &raw mut due) };
        match status {
            sys::STATUS_SUCCESS => Waited::Signalled,
            sys::STATUS_TIMEOUT => Waited::TimedOut,
            _ => Waited::Interrupted,
        }
    }
}
