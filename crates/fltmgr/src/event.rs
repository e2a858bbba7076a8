//! Events that threads wait for. Wraps KEVENT.
//!
//! ```
//! use fltmgr::event::{Event, NotificationEvent, WaitedAny, wait_any};
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::time::Ticks;
//!
//! /// Whether there is something to do, before all is over.
//! fn next(arrived: &Event, stopping: &NotificationEvent, at: Irql<'_, PassiveLevel>) -> bool {
//!     let second = Ticks::from_milliseconds(1000);
//!     wait_any([stopping.into(), arrived.into()], at, second) == WaitedAny::Signalled(1)
//! }
//! ```

use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::Result;
use crate::time::Ticks;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::panic::RefUnwindSafe;
use core::ptr;
use fltmgr_sys as sys;

/// The memory of an event.
///
/// # Invariants
///
/// The KEVENT is initialized, in nonpaged pool, and never moves.
struct Kernel(PoolBox<UnsafeCell<sys::KEVENT>, NonPaged>);

impl Kernel {
    fn try_new(kind: sys::EVENT_TYPE, tag: Tag) -> Result<Self> {
        // SAFETY: zeroes are a KEVENT; the routine below makes it an initialized one before anybody sees it.
        let event = PoolBox::try_new(UnsafeCell::new(unsafe { core::mem::zeroed() }), tag)?;
        // SAFETY: the storage is nonpaged, and nobody else knows it yet.
        unsafe { sys::KeInitializeEvent(event.get(), kind, 0) };
        // INVARIANT: the event was initialized where it stays, in the block of its own.
        Ok(Self(event))
    }

    fn set(&self) {
        // SAFETY: by the invariant the event is initialized; with Wait FALSE the IRQL does not change.
        unsafe { sys::KeSetEvent(self.0.get(), 0, 0) };
    }
}

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

/// How a wait for one of several events ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitedAny {
    /// The event with this index was set; of several, the first.
    Signalled(usize),
    /// The time ran out.
    TimedOut,
    /// The waiting thread is to end.
    Interrupted,
}

/// Either kind of event, to be waited for with others.
#[derive(Clone, Copy)]
pub struct AnyEvent<'a>(*mut sys::KEVENT, PhantomData<&'a Kernel>);

impl<'a> AnyEvent<'a> {
    fn new(kernel: &'a Kernel) -> Self {
        Self(kernel.0.get(), PhantomData)
    }

    /// The event as C has it, which stays where it is for `'a`.
    pub(crate) fn as_raw(self) -> *mut sys::KEVENT {
        self.0
    }

    fn wait(
        self,
        reason: sys::KWAIT_REASON,
        mode: sys::KPROCESSOR_MODE,
        alertable: sys::BOOLEAN,
        timeout: Ticks,
    ) -> Waited {
        let mut due = timeout.relative();
        // SAFETY: the event is initialized and borrowed; whoever calls this has a witness that says that it may wait.
        let status = unsafe { sys::KeWaitForSingleObject(self.0.cast(), reason, mode, alertable, &raw mut due) };
        match status {
            sys::STATUS_SUCCESS => Waited::Signalled,
            sys::STATUS_TIMEOUT => Waited::TimedOut,
            _ => Waited::Interrupted,
        }
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(Kernel);

        // SAFETY: the kernel synchronizes every use of an event, which is reached through its routines only.
        unsafe impl Send for $name {}
        // SAFETY: as for `Send`.
        unsafe impl Sync for $name {}
        // An event is nonpaged, and what sets it may run at DISPATCH_LEVEL.
        impl RefUnwindSafe for $name {}

        impl $name {
            /// An event that is not set. Wraps KeInitializeEvent.
            ///
            /// # Errors
            ///
            /// STATUS_INSUFFICIENT_RESOURCES.
            pub fn try_new(tag: Tag) -> Result<Self> {
                Kernel::try_new(sys::$kind, tag).map(Self)
            }

            /// Sets the event. Wraps KeSetEvent without a wait, so any IRQL up to DISPATCH_LEVEL.
            pub fn set(&self) {
                self.0.set();
            }

            /// Waits until the event is set, the time has passed, or the thread is to end. Wraps KeWaitForSingleObject with
            /// a user-mode, alertable wait, so that a client that dies does not wait on.
            pub fn wait(&self, _: Irql<'_, PassiveLevel>, timeout: Ticks) -> Waited {
                AnyEvent::new(&self.0).wait(sys::UserRequest, sys::UserMode as i8, 1, timeout)
            }

            /// Waits until the event is set or the time has passed, whatever becomes of the thread: for what is sure to
            /// happen soon and has to happen first. Wraps KeWaitForSingleObject with a kernel-mode wait that is not
            /// alertable.
            pub fn wait_uninterrupted(&self, _: Irql<'_, PassiveLevel>, timeout: Ticks) -> Waited {
                AnyEvent::new(&self.0).wait(sys::Executive, sys::KernelMode as i8, 0, timeout)
            }
        }

        impl<'a> From<&'a $name> for AnyEvent<'a> {
            fn from(event: &'a $name) -> Self {
                Self::new(&event.0)
            }
        }
    )*};
}

events! {
    /// A synchronization event: setting it releases one waiter, or the next one to come.
    Event = SynchronizationEvent;
    /// A notification event: while it is set nobody waits for it.
    NotificationEvent = NotificationEvent;
}

impl NotificationEvent {
    /// Has whoever comes wait again. Wraps KeClearEvent; any IRQL up to DISPATCH_LEVEL.
    pub fn clear(&self) {
        // SAFETY: the event is initialized.
        unsafe { sys::KeClearEvent(self.0.0.get()) };
    }

    /// Whether it is set. Wraps KeReadStateEvent; any IRQL up to DISPATCH_LEVEL.
    pub fn is_set(&self) -> bool {
        // SAFETY: the event is initialized.
        unsafe { sys::KeReadStateEvent(self.0.0.get()) != 0 }
    }
}

/// Waits until one of the events is set, which a synchronization event is no more then. Wraps KeWaitForMultipleObjects with
/// WaitAny and a user-mode, alertable wait. There are three at most, since more would need memory for the waiting.
pub fn wait_any<const N: usize>(events: [AnyEvent<'_>; N], at: Irql<'_, PassiveLevel>, timeout: Ticks) -> WaitedAny {
    let status = wait_for(events, sys::WaitAny, at, timeout);
    match usize::try_from(status) {
        Ok(index) if index < N => WaitedAny::Signalled(index),
        _ if status == sys::STATUS_TIMEOUT => WaitedAny::TimedOut,
        _ => WaitedAny::Interrupted,
    }
}

/// Waits until all of the events are set, which the synchronization events are no more then. Wraps
/// KeWaitForMultipleObjects with WaitAll; otherwise as [`wait_any`].
pub fn wait_all<const N: usize>(events: [AnyEvent<'_>; N], at: Irql<'_, PassiveLevel>, timeout: Ticks) -> Waited {
    match wait_for(events, sys::WaitAll, at, timeout) {
        sys::STATUS_SUCCESS => Waited::Signalled,
        sys::STATUS_TIMEOUT => Waited::TimedOut,
        _ => Waited::Interrupted,
    }
}

fn wait_for<const N: usize>(
    events: [AnyEvent<'_>; N],
    kind: sys::WAIT_TYPE,
    _: Irql<'_, PassiveLevel>,
    timeout: Ticks,
) -> sys::NTSTATUS {
    const { assert!(N > 0 && N <= sys::THREAD_WAIT_OBJECTS as usize, "a thread waits for three objects at most") };
    let mut objects = events.map(|event| event.0.cast());
    let mut due = timeout.relative();
    // SAFETY: the events are initialized and borrowed; a thread's own wait blocks are enough for as many (G-30); the witness
    // says that this thread may wait.
    unsafe {
        sys::KeWaitForMultipleObjects(
            N as u32,
            objects.as_mut_ptr(),
            kind,
            sys::UserRequest,
            sys::UserMode as i8,
            1,
            &raw mut due,
            ptr::null_mut(),
        )
    }
}
