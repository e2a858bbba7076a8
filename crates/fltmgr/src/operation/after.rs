//! Operations after the file system has seen them.

use super::{CallbackData, Class};
use crate::file::OpenFile;
use crate::filter::{Carry, SafePost};
use crate::irql::Irql;
use crate::op::{self, CanFailAfter, HasPost, IsIrp, Operation};
use crate::status::{Error, Status};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use fltmgr_sys as sys;

/// What can be seen of an operation that the file system has seen, or that a filter below completed: in a post-operation
/// callback, and while the filter has its completion pended.
pub struct After<'a, O: Operation>(CallbackData<'a, O>);

impl<'a, O: Operation> After<'a, O> {
    /// # Safety
    ///
    /// As for [`CallbackData::new`], for an operation in its post-operation, not one for draining, or pended there.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller vouches for both.
        Self(unsafe { CallbackData::new(data, objects) })
    }

    /// The witness of the highest IRQL that this callback can be running at.
    pub fn irql(&self) -> Irql<'a, O::PostLevel> {
        // SAFETY: `PostLevel` is the level of the post-operation callbacks of this kind of operation (D-06 to D-10).
        unsafe { Irql::assume() }
    }

    /// How the operation ended.
    pub fn status(&self) -> Status {
        // SAFETY: every bit pattern of the union is a status.
        Status::from_raw(unsafe { self.data().IoStatus.__bindgen_anon_1.Status })
    }

    /// IoStatus.Information: for a read or a write the number of bytes, for a create what was done. A file system does not
    /// fill it in for QUERY_OPEN, which has none here (D-35).
    pub fn information(&self) -> usize
    where
        O: IsIrp,
    {
        self.data().IoStatus.Information as usize
    }
}

impl After<'_, op::Create> {
    /// The file, if the create opened one: it succeeded, and not with STATUS_REPARSE (D-31).
    pub fn opened(&self) -> Option<OpenFile<'_>> {
        let opened = self.status().is_success() && self.status() != Status::REPARSE && self.has_file_object();
        // SAFETY: a successful create has opened its file object.
        opened.then(|| unsafe { OpenFile::new(self.objects()) })
    }

    /// Whether the create made a new file (FILE_CREATED).
    pub fn created(&self) -> bool {
        self.opened().is_some() && self.information() == sys::FILE_CREATED as usize
    }

    /// Stores a failure, and has what was opened closed again.
    pub(crate) fn undo(&mut self, error: Error) {
        if self.opened().is_some() {
            // SAFETY: this is the post-operation of a create that opened its file, at PASSIVE_LEVEL, and no handle
            // exists for the file object before the create has returned (D-26, D-27).
            unsafe { sys::FltCancelFileOpen(self.objects().Instance, self.objects().FileObject) };
        }
        self.store(error);
    }
}

impl<O: Operation> After<'_, O> {
    /// Stores a failure; completion must be about to go on (B-08).
    pub(crate) fn store(&mut self, error: Error) {
        self.0.store_status(error.into(), 0);
    }
}

impl<'a, O: Operation> After<'a, O> {
    #[expect(clippy::unused_self, reason = "the answer is made by consuming the operation")]
    fn finish(self) -> PostStatus<'a, O> {
        PostStatus(sys::FLT_POSTOP_FINISHED_PROCESSING, PhantomData)
    }

    fn fail(mut self, error: Error) -> PostStatus<'a, O> {
        self.store(error);
        self.finish()
    }
}

impl<'a, O: Operation> Deref for After<'a, O> {
    type Target = CallbackData<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// An operation in its post-operation callback, which decides about it.
pub struct PostOp<'a, O: Operation>(After<'a, O>);

impl<'a, O: Operation> PostOp<'a, O> {
    /// # Safety
    ///
    /// The pointers are the arguments of a post-operation callback, not one for draining, for an operation of kind `O`,
    /// which lasts for the chosen lifetime.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller vouches for both.
        Self(unsafe { After::new(data, objects) })
    }

    /// Has completion go on with the next filter above (D-02).
    pub fn finish(self) -> PostStatus<'a, O> {
        self.0.finish()
    }

    /// Makes the operation end with a failure. What it did is not undone (D-32). A create may have opened a file, which
    /// has to be closed again: it has [`PostOp::cancel`] instead (D-30).
    pub fn fail(self, error: Error) -> PostStatus<'a, O>
    where
        O: CanFailAfter,
    {
        self.0.fail(error)
    }

    /// Goes on in [`SafePost::safe_post`], at APC_LEVEL at most: at once if the level allows it, else in a worker.
    /// Wraps FltDoCompletionProcessingWhenSafe (D-20, D-21), at any IRQL that a post-operation has; fast I/O completes
    /// below DISPATCH_LEVEL anyway (D-09, D-19).
    ///
    /// # Errors
    ///
    /// The level is too high and the operation may not be posted, as paging I/O may not (D-22): operation and value are
    /// the filter's still, which decides what becomes of them (D-23).
    pub fn when_safe<F>(self, filter: &F, carry: F::Carry) -> Result<PostStatus<'a, O>, NotSafe<'a, O, F::Carry>>
    where
        F: SafePost<O>,
        O: HasPost,
    {
        if self.class() != Class::Irp {
            // SAFETY: fast I/O completes below DISPATCH_LEVEL (D-09).
            return Ok(filter.safe_post(SafePostOp(self.0), carry, unsafe { Irql::assume() }));
        }
        // SAFETY: the routine is the one for this filter's carried values.
        unsafe { self.complete_when_safe(carry, Some(safe_post::<F, O>)) }
            .map_err(|(operation, carry)| NotSafe { operation, carry })
    }

    /// Goes on in the routine, where the level allows that.
    ///
    /// # Errors
    ///
    /// The operation and the value, if that is nowhere (D-22).
    ///
    /// # Safety
    ///
    /// This is an IRP; the routine is for operations of kind `O`, and takes the value.
    pub(crate) unsafe fn complete_when_safe<C: Carry>(
        self,
        carry: C,
        routine: sys::PFLT_POST_OPERATION_CALLBACK,
    ) -> Result<PostStatus<'a, O>, (Self, C)> {
        let context = carry.into_raw();
        let mut status = sys::FLT_POSTOP_FINISHED_PROCESSING;
        // SAFETY: this is the post-operation of an IRP, not one for draining (D-16, D-19), and the arguments are its own.
        let done = unsafe {
            sys::FltDoCompletionProcessingWhenSafe(self.as_raw(), self.objects(), context, 0, routine, &raw mut status)
        };
        if done != 0 {
            // The value has moved to the safe callback (D-24), and its answer is this callback's (D-23).
            return Ok(PostStatus(status, PhantomData));
        }
        // SAFETY: the safe callback is never called (D-22), so the value is taken back here once.
        Err((self, unsafe { C::from_raw(context) }))
    }

    /// The operation as an IRP, whose completion can be pended (D-03).
    ///
    /// # Errors
    ///
    /// The operation, which is fast I/O.
    pub fn into_irp(self) -> Result<PostIrp<'a, O>, Self>
    where
        O: IsIrp,
    {
        // INVARIANT: the class was just asked for.
        if self.class() == Class::Irp { Ok(PostIrp(self)) } else { Err(self) }
    }
}

sys::callback! {
    /// The safe callback of a post-operation.
    ///
    /// # Safety
    ///
    /// - Called by the Filter Manager as the callback that [`PostOp::when_safe`] passes.
    /// - So the filter is running, the operation is of kind `O`, and the context is the carried value.
    unsafe fn safe_post<F: SafePost<O>, O: Operation + HasPost>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut c_void,
        _: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        // SAFETY: the value has moved here (D-24).
        let carry = unsafe { F::Carry::from_raw(context) };
        // SAFETY: the arguments are those of a post-operation for an operation of this kind.
        let operation = SafePostOp(unsafe { After::<O>::new(data, objects) });
        // SAFETY: callbacks are called while the filter runs only; a safe callback runs at APC_LEVEL at most (D-20, D-21).
        unsafe { F::slot().running() }.safe_post(operation, carry, unsafe { Irql::assume() }).into_raw()
    }
}

/// An operation in the safe part of its post-operation, which decides about it.
pub struct SafePostOp<'a, O: Operation>(After<'a, O>);

impl<'a, O: Operation> SafePostOp<'a, O> {
    /// Has completion go on with the next filter above (D-02).
    pub fn finish(self) -> PostStatus<'a, O> {
        self.0.finish()
    }

    /// As [`PostOp::fail`].
    pub fn fail(self, error: Error) -> PostStatus<'a, O>
    where
        O: CanFailAfter,
    {
        self.0.fail(error)
    }
}

impl<'a, O: Operation> Deref for SafePostOp<'a, O> {
    type Target = After<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: Operation> DerefMut for SafePostOp<'_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// An operation whose completion can neither go on here nor in a worker.
pub struct NotSafe<'a, O: Operation, C> {
    /// The operation.
    pub operation: PostOp<'a, O>,
    /// What travelled with it.
    pub carry: C,
}

/// An operation in its post-operation callback that came as an IRP.
///
/// # Invariants
///
/// The class is [`Class::Irp`].
pub struct PostIrp<'a, O: IsIrp>(PostOp<'a, O>);

impl<'a, O: IsIrp> PostIrp<'a, O> {
    /// The operation again, to be finished here.
    pub fn into_operation(self) -> PostOp<'a, O> {
        self.0
    }
}

impl<'a, O: IsIrp> Deref for PostIrp<'a, O> {
    type Target = PostOp<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> PostOp<'a, op::Create> {
    /// Fails the create: what it opened is closed again, though what it did on the disk stays (D-29). Wraps
    /// FltCancelFileOpen where a file was opened, and sets the status (D-30). The post-operation of a create runs at
    /// PASSIVE_LEVEL, as the routine asks.
    pub fn cancel(mut self, error: Error) -> PostStatus<'a, op::Create> {
        self.0.undo(error);
        self.finish()
    }
}

impl<'a> PostOp<'a, op::QueryOpen> {
    /// Refuses the answer, so that the I/O manager opens the file, asks and closes it instead (D-05, L-09).
    pub fn disallow_fs_filter_io(self) -> PostStatus<'a, op::QueryOpen> {
        PostStatus(sys::FLT_POSTOP_DISALLOW_FSFILTER_IO, PhantomData)
    }
}

impl<'a, O: Operation> Deref for PostOp<'a, O> {
    type Target = After<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: Operation> DerefMut for PostOp<'_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// What a post-operation callback answers (D-01). It is made by consuming the operation, so that what was handed to
/// somebody else cannot be finished as well (C-24).
#[must_use]
pub struct PostStatus<'a, O>(sys::FLT_POSTOP_CALLBACK_STATUS, PhantomData<(*mut &'a (), O)>);

impl<O: Operation> PostStatus<'_, O> {
    /// FLT_POSTOP_MORE_PROCESSING_REQUIRED: somebody goes on with the completion later (D-03).
    ///
    /// # Safety
    ///
    /// The operation was just handed to who does.
    pub(crate) unsafe fn more() -> Self {
        Self(sys::FLT_POSTOP_MORE_PROCESSING_REQUIRED, PhantomData)
    }

    pub(crate) fn into_raw(self) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        self.0
    }
}
