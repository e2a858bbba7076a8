//! Operations that the filter has pended: they are its own, until it hands them back.
//!
//! A pended operation is an owned value. Handing it back consumes it, so nothing can touch its callback data afterwards
//! (C-24, G-11), and none can be forgotten: dropping one ends it with a stated status.
//!
//! ```
//! use fltmgr::pending::PendedPre;
//! use fltmgr::{Error, irql::{Irql, PassiveLevel}, op};
//!
//! fn decide(write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>, harmless: bool) {
//!     if harmless { write.pass(at) } else { write.fail(Error::ACCESS_DENIED) }
//! }
//! ```

use crate::filter::{Carry, LetGoOfFirst};
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::op::{self, CanFail, CanFailAfter, IsIrp, Operation};
use crate::operation::{After, Before, CallbackData};
use crate::status::{Error, Status};
use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr;
use fltmgr_sys as sys;

/// The callback data of a pended operation, and the objects that it is about.
///
/// # Invariants
///
/// The operation is an IRP of kind `O` that this filter has pended, or is about to have pended when its callback returns;
/// nobody else goes on with it. While it is so, the objects are there.
struct PendedData<O: Operation> {
    data: *mut sys::FLT_CALLBACK_DATA,
    objects: sys::FLT_RELATED_OBJECTS,
    kind: PhantomData<(fn() -> O, LetGoOfFirst)>,
}

// SAFETY: a pended operation belongs to no thread (C-21).
unsafe impl<O: Operation> Send for PendedData<O> {}
// SAFETY: through a shared reference it is only asked whether the operation was canceled, which any thread may do.
unsafe impl<O: Operation> Sync for PendedData<O> {}

impl<O: Operation> PendedData<O> {
    fn store_status(&mut self, status: Status) {
        // SAFETY: by the invariant the operation is the filter's, of kind `O`.
        unsafe { CallbackData::<O>::new(self.data, &raw const self.objects) }.store_status(status, 0);
    }
}

/// An operation that was pended in its pre-operation.
///
/// `C` is what may travel to the post-operation; there is nothing where none is registered (E-22). If it is dropped, the
/// operation fails with STATUS_CANCELLED.
#[must_use = "an operation that is dropped fails with STATUS_CANCELLED"]
pub struct PendedPre<O: CanFail + IsIrp, C = Infallible> {
    held: PendedData<O>,
    carry: PhantomData<fn(C) -> C>,
}

impl<O: CanFail + IsIrp, C> PendedPre<O, C> {
    /// # Safety
    ///
    /// The arguments are those of a pre-operation callback for an IRP of kind `O`, which the filter has pended or pends
    /// before it looks at the operation again; nobody else goes on with it.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: sys::FLT_RELATED_OBJECTS) -> Self {
        // INVARIANT: the caller vouches for it.
        Self { held: PendedData { data, objects, kind: PhantomData }, carry: PhantomData }
    }

    /// The callback data as C has it, which is the filter's.
    pub(crate) fn as_raw(&self) -> *mut sys::FLT_CALLBACK_DATA {
        self.held.data
    }

    /// Looks at the operation, and changes it. It takes PASSIVE_LEVEL, as the pre-operations of all kinds do.
    ///
    /// What is handed to `f` has a lifetime that nothing else has, so that it cannot be exchanged for the operation of a
    /// callback, whatever became of this one.
    pub fn operation<T>(&mut self, _: Irql<'_, PassiveLevel>, f: impl for<'b> FnOnce(&mut Before<'b, O>) -> T) -> T {
        // SAFETY: by the invariant the operation is the filter's, and the level is that of the witness.
        f(&mut unsafe { Before::new(self.held.data, &raw const self.held.objects) })
    }

    /// Passes the operation on, without a post-operation: FLT_PREOP_SUCCESS_NO_CALLBACK. Wraps
    /// FltCompletePendedPreOperation, which takes APC_LEVEL at most for it (E-20).
    pub fn pass<L: NotAbove<ApcLevel>>(self, _: Irql<'_, L>) {
        self.complete(sys::FLT_PREOP_SUCCESS_NO_CALLBACK, ptr::null_mut());
    }

    /// Passes the operation on; the post-operation gets the value: FLT_PREOP_SUCCESS_WITH_CALLBACK (E-19, E-22). Wraps
    /// FltCompletePendedPreOperation, which takes APC_LEVEL at most for it (E-20).
    pub fn pass_with<L: NotAbove<ApcLevel>>(self, mut carry: C, _: Irql<'_, L>)
    where
        C: Carry,
    {
        // SAFETY: by the invariant the operation is the filter's, and it goes on with this value.
        unsafe { carry.depart(self.held.data) };
        self.complete(sys::FLT_PREOP_SUCCESS_WITH_CALLBACK, carry.into_raw());
    }

    /// Ends the operation with a failure, at any level up to DISPATCH_LEVEL: FLT_PREOP_COMPLETE (E-20, E-21). Wraps
    /// FltCompletePendedPreOperation.
    pub fn fail(mut self, error: Error) {
        self.held.store_status(error.into());
        self.complete(sys::FLT_PREOP_COMPLETE, ptr::null_mut());
    }

    /// The callback data, whose owner the caller becomes.
    fn complete(self, status: sys::FLT_PREOP_CALLBACK_STATUS, context: *mut core::ffi::c_void) {
        let this = ManuallyDrop::new(self);
        // SAFETY: by the invariant the operation is pended by this filter, or about to be (C-13), and it is not touched
        // again; the status is one of the three that are allowed (E-18).
        unsafe { sys::FltCompletePendedPreOperation(this.held.data, status, context) };
    }
}

impl<O: CanFail + IsIrp, C> Drop for PendedPre<O, C> {
    fn drop(&mut self) {
        self.held.store_status(Error::CANCELLED.into());
        // SAFETY: as in `complete`; a drop is the last use.
        unsafe { sys::FltCompletePendedPreOperation(self.held.data, sys::FLT_PREOP_COMPLETE, ptr::null_mut()) };
    }
}

/// An operation whose completion was pended in its post-operation. If it is dropped, completion goes on.
#[must_use = "completion goes on when the value is dropped"]
pub struct PendedPost<O: IsIrp>(PendedData<O>);

impl<O: IsIrp> PendedPost<O> {
    /// # Safety
    ///
    /// The arguments are those of a post-operation callback, not one for draining, for an IRP of kind `O`, which the
    /// filter has pended or pends before it looks at the operation again; nobody else goes on with it.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: sys::FLT_RELATED_OBJECTS) -> Self {
        // INVARIANT: the caller vouches for it.
        Self(PendedData { data, objects, kind: PhantomData })
    }

    /// Looks at the operation. What is handed to `f` has a lifetime of its own, as in [`PendedPre::operation`].
    pub fn operation<T>(&mut self, _: Irql<'_, PassiveLevel>, f: impl for<'b> FnOnce(&mut After<'b, O>) -> T) -> T {
        // SAFETY: by the invariant the operation is the filter's, and the level is that of the witness.
        f(&mut unsafe { After::new(self.0.data, &raw const self.0.objects) })
    }

    /// Makes the operation end with a failure, and has completion go on. What it did is not undone (D-32). Wraps
    /// FltCompletePendedPostOperation, up to DISPATCH_LEVEL (E-23). A create may have opened a file, which has to be
    /// closed again: it has [`PendedPost::cancel`] instead (D-30).
    pub fn fail(mut self, error: Error)
    where
        O: CanFailAfter,
    {
        self.0.store_status(error.into());
    }

    /// Has completion go on. Wraps FltCompletePendedPostOperation, up to DISPATCH_LEVEL (E-23).
    pub fn finish(self) {
        drop(self);
    }
}

impl PendedPost<op::Create> {
    /// Fails the create, as [`PostOp::cancel`](crate::PostOp::cancel) does, and has completion go on. Wraps
    /// FltCancelFileOpen, where a file was opened, and FltCompletePendedPostOperation.
    pub fn cancel(mut self, error: Error, at: Irql<'_, PassiveLevel>) {
        self.operation(at, |create| create.undo(error));
    }
}

impl<O: IsIrp> Drop for PendedPost<O> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the operation is pended in its post-operation; a drop is the last use.
        unsafe { sys::FltCompletePendedPostOperation(self.0.data) };
    }
}
