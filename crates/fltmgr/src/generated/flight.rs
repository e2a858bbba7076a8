//! Operations of the filter's own that nobody waits for.

use super::{Generated, Request};
use crate::filter::{Driver, Filter};
use crate::irql::{DispatchLevel, Irql, PassiveLevel};
use crate::pool::{NonPaged, Shared, Tag};
use crate::resident::{Resident, SharedAt};
use crate::status::{Error, Result};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, Ordering};
use fltmgr_sys as sys;

/// What is done when an operation has ended. Its filter is reached at DISPATCH_LEVEL, so that nothing in it is paged:
///
/// ```compile_fail,E0277
/// # use fltmgr::generated::request::Read;
/// # use fltmgr::generated::{Completion, Generated};
/// # use fltmgr::irql::{DispatchLevel, Irql};
/// # use fltmgr::pool::{Paged, PoolVec};
/// # use fltmgr::{Filter, Operations, Result, Starting};
/// struct Limit {
///     by_process: PoolVec<u32, Paged>,
/// }
/// # impl Filter for Limit {
/// #     const OPERATIONS: Operations<Self> = Operations::new();
/// #     fn start(_: &mut Starting<'_, Self>) -> Result<Self> { unimplemented!() }
/// # }
/// # fltmgr::driver!(Limit);
/// struct Done;
///
/// impl Completion<Read> for Done {
///     type Filter = Limit;
/// #   fn completed(self, _: &Limit, _: Generated<Read>, _: Result<usize>, _: Irql<'_, DispatchLevel>) {}
/// }
/// # fn main() {}
/// ```
pub trait Completion<R: Request>: Resident + Send + Sized + 'static {
    /// The filter whose operation it is.
    type Filter: Filter + SharedAt<DispatchLevel>;

    /// The operation has ended, and is the filter's again, to be looked at, kept for the next time or dropped. It runs in
    /// whatever thread that is, at DISPATCH_LEVEL at most (N-18), maybe before [`Generated::start`] has returned, or within
    /// [`InFlight::cancel`].
    fn completed(
        self,
        filter: &Self::Filter,
        operation: Generated<R>,
        result: Result<usize>,
        at: Irql<'_, DispatchLevel>,
    );
}

/// An operation that could not begin.
pub struct NotStarted<R: Request, C> {
    /// The operation.
    pub operation: Generated<R>,
    /// What was to be done at the end.
    pub completion: C,
    /// STATUS_FILE_CLOSED, STATUS_INVALID_BUFFER_SIZE from 4 GiB on, STATUS_INSUFFICIENT_RESOURCES, what the request says.
    pub error: Error,
}

/// An operation that is under way, or has ended. Dropping this cancels it, and [`InFlight::detach`] lets it go on.
///
/// The filter is not unloaded before the operation has ended (N-36): what ends only when something happens is kept in a
/// [`Held`](crate::filter::Held), which is dropped when the filter goes, and taken out of there when the instance is
/// [`detaching`](crate::Filter::detaching).
#[must_use = "an operation is canceled when this is dropped"]
pub struct InFlight<R: Request, C: Completion<R>>(Shared<Flight<R, C>, NonPaged>);

/// What the two know that have to do with an operation under way: who begins and cancels it, and the callback at its end.
///
/// # Invariants
///
/// `gate` counts who is within FltCancelIo, and has [`ENDED`] once the callback was called. The job is reached by whoever
/// finds the operation ended and nobody within: before that it does not move, and the callback data in it lives.
struct Flight<R: Request, C> {
    gate: AtomicU32,
    data: NonNull<sys::FLT_CALLBACK_DATA>,
    job: UnsafeCell<Option<(Generated<R>, C)>>,
}

/// The callback was called.
const ENDED: u32 = 1 << 31;

// SAFETY: the job is Send, and one at a time reaches it.
unsafe impl<R: Request, C: Send> Send for Flight<R, C> {}
// SAFETY: as above.
unsafe impl<R: Request, C: Send> Sync for Flight<R, C> {}

impl<R: Request> Generated<R> {
    /// Begins the operation; the completion gets it back. Wraps FltReuseCallbackData (N-28) and FltPerformAsynchronousIo
    /// (N-19, N-20), which takes PASSIVE_LEVEL for what is no paging I/O (N-22).
    ///
    /// # Errors
    ///
    /// What was given, with the reasons of [`NotStarted`]. Whatever else fails comes to the completion.
    pub fn start<C: Completion<R>>(
        self,
        completion: C,
        tag: Tag,
        _: Irql<'_, PassiveLevel>,
    ) -> core::result::Result<InFlight<R, C>, NotStarted<R, C>> {
        let data = self.data;
        let flight = match Shared::try_new(Flight { gate: AtomicU32::new(0), data, job: UnsafeCell::new(None) }, tag) {
            Ok(flight) => flight,
            Err(error) => return Err(NotStarted { operation: self, completion, error }),
        };
        // SAFETY: nobody else knows the block yet. The operation does not move from here until it has ended.
        let job = unsafe { (*flight.job.get()).insert((self, completion)) };
        // SAFETY: the request stays where it is until then; PASSIVE_LEVEL.
        if let Err(error) = unsafe { job.0.fill() } {
            // SAFETY: the job was just put there, and nothing has begun.
            let (operation, completion) = unsafe { (*flight.job.get()).take().unwrap_unchecked() };
            return Err(NotStarted { operation, completion, error });
        }
        let context = flight.clone().into_raw();
        // SAFETY: the callback data is the filter's own, for an IRP that is no create (N-03, N-21), and is filled in. The
        // callback is called in any case (N-19), and owns the context.
        unsafe { sys::FltPerformAsynchronousIo(data.as_ptr(), Some(completed::<R, C>), context.as_ptr().cast()) };
        Ok(InFlight(flight))
    }
}

impl<R: Request, C: Completion<R>> InFlight<R, C> {
    /// Cancels the operation; whether who has it was told. Its completion comes in any case. What cannot be canceled now, or
    /// has ended, goes on as it does. Wraps FltCancelIo (G-26, G-27), up to DISPATCH_LEVEL. The completion may run within, so
    /// that this must not hold what the completion waits for.
    pub fn cancel(&self) -> bool {
        let flight = &*self.0;
        let entered = flight.gate.fetch_update(Ordering::Acquire, Ordering::Relaxed, |gate| {
            if gate & ENDED == 0 { gate.checked_add(1) } else { None }
        });
        if entered.is_err() {
            return false;
        }
        // SAFETY: the operation is the filter's own (G-26), and its callback data lives while this is within.
        let canceled = unsafe { sys::FltCancelIo(flight.data.as_ptr()) } != 0;
        if flight.gate.fetch_sub(1, Ordering::AcqRel) == ENDED | 1 {
            // SAFETY: it has ended meanwhile, and nobody is within any more; DISPATCH_LEVEL at most.
            unsafe { flight.finish() };
        }
        canceled
    }

    /// Lets the operation go on to its end, whenever that is.
    pub fn detach(self) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the value is not used again, and its reference is dropped here once.
        drop(unsafe { ptr::read(&raw const this.0) });
    }

    /// Whether the operation has ended.
    pub fn has_ended(&self) -> bool {
        self.0.gate.load(Ordering::Acquire) & ENDED != 0
    }
}

impl<R: Request, C: Completion<R>> Drop for InFlight<R, C> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<R: Request, C: Completion<R>> Flight<R, C> {
    /// Gives the operation to the completion.
    ///
    /// # Safety
    ///
    /// The operation has ended, nobody is within FltCancelIo, and this is called once; DISPATCH_LEVEL at most.
    unsafe fn finish(&self) {
        // SAFETY: by the invariant nobody else reaches the job.
        let Some((operation, completion)) = (unsafe { (*self.job.get()).take() }) else { return };
        if let Some(filter) = C::Filter::slot().started() {
            let result = operation.result();
            // SAFETY: the caller vouches for the level.
            completion.completed(filter, operation, result, unsafe { Irql::assume() });
        }
    }
}

sys::callback! {
    /// The callback at the end of an operation.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager, once, for an operation that [`Generated::start`] has begun; DISPATCH_LEVEL at most.
    unsafe fn completed<R: Request, C: Completion<R>>(_: *mut sys::FLT_CALLBACK_DATA, context: *mut c_void) {
        // SAFETY: the context is this callback's reference.
        let flight =
            unsafe { Shared::<Flight<R, C>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())) };
        if flight.gate.fetch_or(ENDED, Ordering::AcqRel) == 0 {
            // SAFETY: the operation has ended, and nobody is within, nor gets there any more.
            unsafe { flight.finish() };
        }
        // Else who is within gives it back.
    }
}
