//! Cancellation: pended operations that somebody may cancel, and waits that end with the operation (G-21 to G-29).
//!
//! An operation that is pended and in no queue is canceled only if the filter has said how. [`Cancelable::pend`] says it,
//! and gives a [`Waiting`] that can be kept wherever something else happens first. From then on two want the operation, who
//! cancels it and who has the [`Waiting`], and one of them gets it: a canceled operation ends with STATUS_CANCELLED, and
//! [`Waiting::take`] answers `None`.
//!
//! ```
//! use fltmgr::cancel::Waiting;
//! use fltmgr::filter::Held;
//! use fltmgr::operation::Irp;
//! use fltmgr::{PreOp, PreStatus, op, pool::Tag};
//!
//! /// Has the create wait until the next one comes, or somebody cancels it.
//! fn wait_for_the_next<'a>(
//!     create: PreOp<'a, op::Create>,
//!     last: &Held<Waiting<op::Create>>,
//! ) -> PreStatus<'a, op::Create> {
//!     let at = create.irql();
//!     let create = match create.into_irp().and_then(Irp::cancelable) {
//!         Ok(create) => create,
//!         Err(create) => return create.pass().into(),
//!     };
//!     match create.pend(Tag::new(*b"Wait")) {
//!         Ok((pending, waiting)) => {
//!             if let Ok(Some(before)) = last.put(waiting, at)
//!                 && let Some(before) = before.take()
//!             {
//!                 before.pass(at);
//!             }
//!             pending.into()
//!         }
//!         Err((create, error)) => create.fail(error).into(),
//!     }
//! }
//! ```

use crate::event::AnyEvent;
use crate::filter::LetGoOfFirst;
use crate::irql::{Irql, PassiveLevel};
use crate::op::{CanFail, IsIrp};
use crate::operation::{Irp, Pending, PreOp};
use crate::pending::PendedPre;
use crate::pool::{NonPaged, Shared, Tag};
use crate::status::Error;
use crate::time::Ticks;
use core::convert::Infallible;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU8, Ordering};
use fltmgr_sys as sys;

/// An operation in its pre-operation callback that may have a cancel routine: an IRP that is no paging I/O (G-21).
///
/// # Invariants
///
/// The operation is no paging I/O.
pub struct Cancelable<'a, O: IsIrp>(Irp<'a, O>);

/// A pended operation that somebody may cancel. `C` is what may travel to its post-operation.
///
/// Whoever drops one without taking the operation ends it with STATUS_CANCELLED. One that is kept keeps its instance from
/// going: [`Filter::detaching`](crate::Filter::detaching) is where it has to be let go of. The filter's own are in a
/// [`Held`](crate::filter::Held).
#[must_use = "an operation that is dropped ends with STATUS_CANCELLED"]
pub struct Waiting<O: CanFail + IsIrp, C = Infallible> {
    slot: Shared<Slot, NonPaged>,
    kind: PhantomData<(fn() -> O, LetGoOfFirst)>,
    carry: PhantomData<fn(C) -> C>,
}

/// A pended operation that two want.
///
/// # Invariants
///
/// While the state is not [`GONE`], the operation is pended by this filter, or about to be, with the cancel routine of this
/// module, and its `QueueContext` is a reference on this.
struct Slot {
    state: AtomicU8,
    data: *mut sys::FLT_CALLBACK_DATA,
    objects: sys::FLT_RELATED_OBJECTS,
}

/// The operation waits.
const WAITING: u8 = 0;
/// The filter asks for it: the cancel routine leaves it alone, and says that it was there.
const CLAIMED: u8 = 1;
/// One of the two has it, or had.
const GONE: u8 = 2;

// SAFETY: a pended operation belongs to no thread (C-21).
unsafe impl Send for Slot {}
// SAFETY: who may touch the callback data, the state says.
unsafe impl Sync for Slot {}

impl Slot {
    /// The operation.
    ///
    /// # Safety
    ///
    /// It is the caller's: nobody else has it, and the state says so.
    unsafe fn operation<O: CanFail + IsIrp, C>(&self) -> PendedPre<O, C> {
        // SAFETY: by the invariant the operation is pended, or about to be.
        unsafe { PendedPre::new(self.data, self.objects) }
    }
}

impl<'a, O: IsIrp> Irp<'a, O> {
    /// The operation as one that can be held with a cancel routine (G-21).
    ///
    /// # Errors
    ///
    /// The operation, which is paging I/O.
    pub fn cancelable(self) -> Result<Cancelable<'a, O>, PreOp<'a, O>> {
        // INVARIANT: it was just asked for.
        if self.is_paging_io() { Err(self.into_operation()) } else { Ok(Cancelable(self)) }
    }

    /// Whether somebody has canceled the operation, which is the filter's still. Wraps FltIsIoCanceled (G-25), at any IRQL.
    pub fn is_canceled(&self) -> bool {
        // SAFETY: the operation is an IRP that the filter controls.
        unsafe { sys::FltIsIoCanceled(self.as_raw()) != 0 }
    }
}

impl<'a, O: CanFail + IsIrp> Cancelable<'a, O> {
    /// The operation again, to be decided about here.
    pub fn into_irp(self) -> Irp<'a, O> {
        self.0
    }

    /// Has the operation wait; the callback answers that it is pending. Wraps FltSetCancelCompletion, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// The operation, and STATUS_CANCELLED if it was canceled already, or STATUS_INSUFFICIENT_RESOURCES.
    #[expect(clippy::type_complexity, reason = "the answer for the callback, and what is kept")]
    pub fn pend<C>(self, tag: Tag) -> Result<(Pending<'a, O, C>, Waiting<O, C>), (PreOp<'a, O>, Error)> {
        let (data, objects) = (self.0.as_raw(), *self.0.objects());
        let slot = match Shared::try_new(Slot { state: AtomicU8::new(WAITING), data, objects }, tag) {
            Ok(slot) => slot,
            Err(error) => return Err((self.0.into_operation(), error)),
        };
        let registered = slot.clone().into_raw();
        // SAFETY: the filter controls the operation, so the member is its own. INVARIANT: it is the reference.
        unsafe { (*data).__bindgen_anon_1.__bindgen_anon_1.QueueContext[0] = registered.as_ptr().cast::<c_void>() };
        // SAFETY: the operation is an IRP and no paging I/O (G-21), which is handed to no queue, as it is consumed (G-22).
        match Error::check(unsafe { sys::FltSetCancelCompletion(data, Some(canceled::<O>)) }) {
            Ok(_) => {
                let waiting = Waiting { slot, kind: PhantomData, carry: PhantomData };
                // SAFETY: who cancels has the operation, or who has the value.
                Ok((unsafe { Pending::new() }, waiting))
            }
            Err(error) => {
                // SAFETY: the cancel routine is not called, so the reference is taken back here once.
                drop(unsafe { Shared::<Slot, NonPaged>::from_raw(registered) });
                Err((self.0.into_operation(), error))
            }
        }
    }
}

impl<O: CanFail + IsIrp, C> Waiting<O, C> {
    /// Takes the operation, which nobody can cancel any more; `None` if somebody has. Wraps FltClearCancelCompletion (G-24),
    /// up to DISPATCH_LEVEL.
    pub fn take(self) -> Option<PendedPre<O, C>> {
        self.claim()
    }

    fn claim(&self) -> Option<PendedPre<O, C>> {
        let slot = &*self.slot;
        // The routine is called without a lock (G-23). While the operation is claimed it does not complete it, so that what
        // is asked about here is alive.
        slot.state.compare_exchange(WAITING, CLAIMED, Ordering::AcqRel, Ordering::Relaxed).ok()?;
        // SAFETY: by the invariant the operation is the filter's, with its cancel routine.
        if unsafe { sys::FltClearCancelCompletion(slot.data) } == sys::STATUS_SUCCESS {
            slot.state.store(GONE, Ordering::Release);
            // SAFETY: the cancel routine is not called any more (G-24): its reference is taken back here once, and the
            // operation is the caller's.
            return Some(unsafe {
                drop(registered(slot.data));
                slot.operation()
            });
        }
        if slot.state.compare_exchange(CLAIMED, WAITING, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // The routine was there, and left the operation.
            // SAFETY: so nobody else has it.
            drop(unsafe { slot.operation::<O, C>() });
        }
        // Else the routine is on its way.
        None
    }
}

impl<O: CanFail + IsIrp, C> Drop for Waiting<O, C> {
    fn drop(&mut self) {
        drop(self.claim());
    }
}

/// The reference on its slot that an operation has.
///
/// # Safety
///
/// The operation was held with a slot, and the reference is taken back once.
unsafe fn registered(data: *mut sys::FLT_CALLBACK_DATA) -> Shared<Slot, NonPaged> {
    // SAFETY: the member of the union is the filter's while it has the operation, and holds the reference.
    unsafe {
        let slot = (*data).__bindgen_anon_1.__bindgen_anon_1.QueueContext[0];
        Shared::from_raw(NonNull::new_unchecked(slot).cast())
    }
}

sys::callback! {
    /// The cancel routine: fails the operation with STATUS_CANCELLED.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager, once, for an operation of this kind that [`Cancelable::pend`] has registered and nobody
    /// has taken out of its registration (G-24).
    unsafe fn canceled<O: CanFail + IsIrp>(data: *mut sys::FLT_CALLBACK_DATA) {
        // SAFETY: the routine is called once, and instead of the one who would take the reference back.
        let slot = unsafe { registered(data) };
        if slot.state.swap(GONE, Ordering::AcqRel) == WAITING {
            // SAFETY: nobody else has the operation, and nobody gets it.
            drop(unsafe { slot.operation::<O, Infallible>() });
        }
    }
}

/// How a wait that ends with its operation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited<T = ()> {
    /// What was waited for has happened.
    Signalled(T),
    /// STATUS_TIMEOUT: the time ran out.
    TimedOut,
    /// STATUS_CANCELLED: somebody has canceled the operation, which is the filter's still (G-29).
    Canceled,
    /// STATUS_THREAD_IS_TERMINATING: the thread is to end.
    ThreadEnding,
}

impl<T> Waited<T> {
    fn of(status: sys::NTSTATUS, signalled: impl FnOnce(u32) -> T) -> Self {
        match status {
            sys::STATUS_TIMEOUT => Self::TimedOut,
            sys::STATUS_CANCELLED => Self::Canceled,
            // What else is a failure keeps the thread from waiting as well.
            status if status < 0 => Self::ThreadEnding,
            status => Self::Signalled(signalled(status.cast_unsigned())),
        }
    }
}

/// As many events as a thread can wait for without memory for more.
const MAXIMUM_EVENTS: usize = sys::THREAD_WAIT_OBJECTS as usize;

/// Waits for one event.
///
/// # Safety
///
/// The operation is an IRP that the filter controls, and nothing is set for its cancellation (G-28); PASSIVE_LEVEL.
unsafe fn wait_for_one(data: *mut sys::FLT_CALLBACK_DATA, event: AnyEvent<'_>, timeout: Option<Ticks>) -> Waited {
    let mut due = timeout.map(Ticks::relative);
    let due = due.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    // SAFETY: the caller vouches for the operation; an event is a dispatcher object that stays where it is.
    let status = unsafe { sys::FltCancellableWaitForSingleObject(event.as_raw().cast(), due, data) };
    Waited::of(status, |_| ())
}

/// Waits for any or for all of some events, and answers the number of the one that was set, or 0 for all.
///
/// # Safety
///
/// As for [`wait_for_one`].
unsafe fn wait_for_several<const N: usize>(
    data: *mut sys::FLT_CALLBACK_DATA,
    events: [AnyEvent<'_>; N],
    which: sys::WAIT_TYPE,
    timeout: Option<Ticks>,
) -> Waited<usize> {
    const { assert!(N > 0 && N <= MAXIMUM_EVENTS, "a thread waits for one to three events") };
    let mut objects = events.map(|event| event.as_raw().cast::<c_void>());
    let mut due = timeout.map(Ticks::relative);
    let due = due.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    // SAFETY: as in `wait_for_one`; so few objects need no wait blocks (G-30).
    let status = unsafe {
        sys::FltCancellableWaitForMultipleObjects(N as u32, objects.as_mut_ptr(), which, due, ptr::null_mut(), data)
    };
    Waited::of(status, |index| index as usize)
}

macro_rules! waits {
    ($(#[$bound:meta])* $type:ident<$($parameter:tt),*> where $($kind:tt)*) => {
        impl<$($parameter),*> $type<$($parameter),*> where $($kind)* {
            /// Waits until the event is set, the time has passed, the operation is canceled or the thread is to end.
            /// The operation is the filter's afterwards whatever has happened, and ends as the filter says (G-29).
            /// Without a time there is no limit to it. Wraps FltCancellableWaitForSingleObject (G-28).
            pub fn wait_for<'e>(
                &mut self,
                event: impl Into<AnyEvent<'e>>,
                _: Irql<'_, PassiveLevel>,
                timeout: Option<Ticks>,
            ) -> Waited {
                // SAFETY: the operation is an IRP that the filter has, and pending it with a cancel routine consumes it.
                unsafe { wait_for_one(self.as_raw(), event.into(), timeout) }
            }

            /// As [`Self::wait_for`], until one of up to three events is set; answers which, by its index. More do not
            /// compile (G-30). Wraps FltCancellableWaitForMultipleObjects.
            pub fn wait_for_any<const N: usize>(
                &mut self,
                events: [AnyEvent<'_>; N],
                _: Irql<'_, PassiveLevel>,
                timeout: Option<Ticks>,
            ) -> Waited<usize> {
                // SAFETY: as in `wait_for`.
                unsafe { wait_for_several(self.as_raw(), events, sys::WaitAny, timeout) }
            }

            /// As [`Self::wait_for`], until all of up to three events are set at once. More do not compile (G-30).
            /// Wraps FltCancellableWaitForMultipleObjects.
            pub fn wait_for_all<const N: usize>(
                &mut self,
                events: [AnyEvent<'_>; N],
                _: Irql<'_, PassiveLevel>,
                timeout: Option<Ticks>,
            ) -> Waited {
                // SAFETY: as in `wait_for`.
                match unsafe { wait_for_several(self.as_raw(), events, sys::WaitAll, timeout) } {
                    Waited::Signalled(_) => Waited::Signalled(()),
                    Waited::TimedOut => Waited::TimedOut,
                    Waited::Canceled => Waited::Canceled,
                    Waited::ThreadEnding => Waited::ThreadEnding,
                }
            }
        }
    };
}

waits!(Irp<'a, O> where O: IsIrp);
waits!(PendedPre<O, C> where O: CanFail + IsIrp);

impl<O: CanFail + IsIrp, C> PendedPre<O, C> {
    /// Whether somebody has canceled the operation, which is the filter's still. Wraps FltIsIoCanceled (G-25), at any IRQL.
    pub fn is_canceled(&self) -> bool {
        // SAFETY: the operation is an IRP that the filter has.
        unsafe { sys::FltIsIoCanceled(self.as_raw()) != 0 }
    }
}
