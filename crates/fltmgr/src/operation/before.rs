//! Operations before the file system has seen them.

use super::{CallbackData, Class};
use crate::file::OpenFile;
use crate::filter::Carry;
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::op::{self, CanFail, CanSynchronize, HasFastIo, IsIrp, OpenBefore, Operation};
use crate::status::{Error, Status};
use core::convert::Infallible;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use fltmgr_sys as sys;

/// What can be seen and changed of an operation that has not reached the file system: in a pre-operation callback, and
/// while the filter has it pended.
pub struct Before<'a, O: Operation>(CallbackData<'a, O>);

impl<'a, O: Operation> Before<'a, O> {
    /// # Safety
    ///
    /// As for [`CallbackData::new`], for an operation in its pre-operation or pended there, at most at the level of such
    /// a callback.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller vouches for both.
        Self(unsafe { CallbackData::new(data, objects) })
    }

    /// The witness of the highest IRQL that this callback can be running at.
    pub fn irql(&self) -> Irql<'a, O::PreLevel> {
        // SAFETY: `PreLevel` is the level of the pre-operation callbacks of this kind of operation (C-22), and an
        // operation that is pended is looked at no higher.
        unsafe { Irql::assume() }
    }

    /// A witness of APC_LEVEL, which no pre-operation callback runs above, whatever it is for.
    #[expect(clippy::unused_self, reason = "that there is an operation says where the thread is")]
    pub(crate) fn at_most_apc(&self) -> Irql<'_, ApcLevel> {
        // SAFETY: all pre-operation callbacks run at APC_LEVEL at most (C-20), and an operation that is pended is looked at
        // no higher.
        unsafe { Irql::assume() }
    }

    /// A witness of PASSIVE_LEVEL, where the level depends on the run: reads and writes that are no paging I/O run there,
    /// and directory control and close may not (C-22).
    pub fn passive(&self) -> Option<Irql<'a, PassiveLevel>> {
        if O::PASSIVE_UNLESS_PAGING && !self.is_paging_io() {
            // SAFETY: by C-22 the pre-operation of such an operation runs at PASSIVE_LEVEL.
            Some(unsafe { Irql::assume() })
        } else {
            None
        }
    }

    /// The open file that the operation is on; `None` if it is on none, as for an operation on the volume.
    pub fn file(&self) -> Option<OpenFile<'_>>
    where
        O: OpenBefore,
    {
        // SAFETY: an operation of this kind that has a file object has an open one.
        self.has_file_object().then(|| unsafe { OpenFile::new(self.objects()) })
    }
}

impl<O: Operation> Before<'_, O> {
    /// Changes the parameters, and marks the callback data dirty, so that the change takes effect (B-06).
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut sys::FLT_PARAMETERS)) {
        // SAFETY: the filter controls the operation, so nobody else uses its parameter block.
        change(unsafe { &mut (*self.data().Iopb).Parameters });
        // SAFETY: the callback data is valid; any IRQL.
        unsafe { sys::FltSetCallbackDataDirty(self.as_raw()) };
    }
}

impl<'a, O: Operation> Deref for Before<'a, O> {
    type Target = CallbackData<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// An operation in its pre-operation callback, which decides about it.
pub struct PreOp<'a, O: Operation>(Before<'a, O>);

impl<'a, O: Operation> PreOp<'a, O> {
    /// # Safety
    ///
    /// The pointers are the arguments of a pre-operation callback for an operation of kind `O`, which lasts for the
    /// chosen lifetime.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller vouches for both.
        Self(unsafe { Before::new(data, objects) })
    }

    /// Lets the operation go on; the post-operation is not called (C-04).
    pub fn pass(self) -> Passed<'a, O> {
        Passed(PhantomData)
    }

    /// Lets the operation go on; the post-operation gets the value back (C-05).
    pub fn pass_with<C: Carry>(self, carry: C) -> PreStatus<'a, O, C> {
        PreStatus::ContinueWith(self.pass(), carry)
    }

    /// Completes the operation with a failure: nothing below sees it (C-10).
    pub fn fail(self, error: Error) -> Completed<'a, O>
    where
        O: CanFail,
    {
        self.complete(error.into())
    }

    /// Completes the operation with STATUS_SUCCESS and no bytes: nothing below sees it (C-10). Only the file system can
    /// make a create a success, do what a cleanup and a close are for, or answer fast I/O with an MDL; and the I/O manager copies as many bytes as
    /// IoStatus.Information says, so that it is no filter's to choose.
    pub fn succeed(self) -> Completed<'a, O>
    where
        O: CanFail + OpenBefore + IsIrp,
    {
        self.complete(Status::SUCCESS)
    }

    pub(crate) fn complete(self, status: Status) -> Completed<'a, O> {
        self.complete_with(status, 0)
    }

    /// Completes the operation with as much information as is in its buffer.
    pub(crate) fn complete_with(mut self, status: Status, information: u64) -> Completed<'a, O> {
        // The filter controls the operation until the callback returns, and is about to return COMPLETE (B-08).
        self.0.0.store_status(status, information);
        Completed(PhantomData)
    }

    /// Refuses a fast I/O operation, so that it comes again as an IRP (C-15, C-18); gives the operation back if it is
    /// none.
    ///
    /// # Errors
    ///
    /// The operation, which is an IRP.
    pub fn disallow_fast_io(self) -> Result<FastIoDisallowed<'a, O>, Self>
    where
        O: HasFastIo,
    {
        if self.class() == Class::FastIo { Ok(FastIoDisallowed(PhantomData)) } else { Err(self) }
    }

    /// The operation as an IRP, which can be pended (C-12).
    ///
    /// # Errors
    ///
    /// The operation, which is fast I/O.
    pub fn into_irp(self) -> Result<Irp<'a, O>, Self>
    where
        O: IsIrp,
    {
        // INVARIANT: the class was just asked for.
        if self.class() == Class::Irp { Ok(Irp(self)) } else { Err(self) }
    }

    /// Has the post-operation run in this thread, at APC_LEVEL at most (F-02). Gives operation and value back where that
    /// may not be asked for: of asynchronous reads and writes (F-06), of requests that stay pending by their nature, as
    /// oplocks, directory notification and byte-range locks do (F-07 to F-10).
    ///
    /// # Errors
    ///
    /// The operation and the value.
    pub fn synchronize<C: Carry>(self, carry: C) -> Result<Synchronize<'a, O, C>, (Self, C)>
    where
        O: CanSynchronize,
    {
        // SAFETY: by the invariant the callback data is that of an operation of kind `O`.
        let stays_pending = unsafe { O::stays_pending(self.data()) };
        // Fast I/O is synchronous by its nature, and the status means SUCCESS_WITH_CALLBACK there (F-04).
        let may = self.class() != Class::Irp || (!stays_pending && (!O::ASYNCHRONOUS || self.is_synchronous()));
        if may { Ok(Synchronize(carry, PhantomData)) } else { Err((self, carry)) }
    }
}

impl<'a> PreOp<'a, op::QueryOpen> {
    /// Refuses the callback, so that the I/O manager opens the file, asks and closes it instead (C-19, L-09).
    pub fn disallow_fs_filter_io(self) -> FsFilterIoDisallowed<'a, op::QueryOpen> {
        FsFilterIoDisallowed(PhantomData)
    }
}

impl<'a> PreOp<'a, op::Read> {
    /// Completes the read with the first of these bytes, as many as it asks for: nothing below sees it (C-10). Locks
    /// the buffer, as [`Before::lock_buffer`] does, and sets IoStatus.Information to the number of bytes.
    ///
    /// # Errors
    ///
    /// The operation, and why its buffer cannot be filled: the errors of [`Before::lock_buffer`], and STATUS_ACCESS_VIOLATION.
    pub fn answer<L: NotAbove<ApcLevel>>(
        mut self,
        bytes: &[u8],
        at: Irql<'_, L>,
    ) -> Result<Completed<'a, op::Read>, (Self, Error)> {
        let filled = self.lock_buffer(at).and_then(|mut buffer| {
            let bytes = bytes.get(..buffer.len()).unwrap_or(bytes);
            buffer.write(0, bytes).map(|()| bytes.len())
        });
        match filled {
            Ok(length) => {
                // The filter controls the operation until the callback returns, and is about to return COMPLETE (B-08).
                self.0.0.store_status(Status::SUCCESS, length as u64);
                Ok(Completed(PhantomData))
            }
            Err(error) => Err((self, error)),
        }
    }
}

impl<'a, O: Operation> Deref for PreOp<'a, O> {
    type Target = Before<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: Operation> DerefMut for PreOp<'_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// An operation in its pre-operation callback that came as an IRP.
///
/// # Invariants
///
/// The class is [`Class::Irp`].
pub struct Irp<'a, O: IsIrp>(PreOp<'a, O>);

impl<'a, O: IsIrp> Irp<'a, O> {
    /// The operation again, to be decided about here.
    pub fn into_operation(self) -> PreOp<'a, O> {
        self.0
    }
}

impl<'a, O: IsIrp> Deref for Irp<'a, O> {
    type Target = PreOp<'a, O>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: IsIrp> DerefMut for Irp<'_, O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// An operation that goes on.
///
/// Like the other answers of a pre-operation it is made by consuming the operation, so that what was handed to somebody
/// else, or completed, cannot go on as well (C-24).
pub struct Passed<'a, O>(PhantomData<(*mut &'a (), O)>);

/// An operation that was completed in its pre-operation: its final status is stored.
pub struct Completed<'a, O>(PhantomData<(*mut &'a (), O)>);

impl<O> Completed<'_, O> {
    /// # Safety
    ///
    /// The operation is consumed, and its final status is stored.
    pub(crate) unsafe fn stored() -> Self {
        Self(PhantomData)
    }
}

/// A fast I/O operation that is refused. Its status is the Filter Manager's to store (C-17).
pub struct FastIoDisallowed<'a, O>(PhantomData<(*mut &'a (), O)>);

impl<O> FastIoDisallowed<'_, O> {
    /// # Safety
    ///
    /// The operation is fast I/O, and is consumed.
    pub(crate) unsafe fn refused() -> Self {
        Self(PhantomData)
    }
}

/// A callback of FSFilter that is refused.
pub struct FsFilterIoDisallowed<'a, O>(PhantomData<(*mut &'a (), O)>);

/// An operation that was handed to who goes on with it: a work item, a queue, who waits with a cancel routine, or the
/// packages for oplocks and byte-range locks. `C` is what may travel to the post-operation then.
///
/// # Invariants
///
/// Somebody has the operation, and completes or passes it on.
pub struct Pending<'a, O, C>(PhantomData<(*mut &'a (), O)>, PhantomData<fn(C) -> C>);

impl<O, C> Pending<'_, O, C> {
    /// # Safety
    ///
    /// The operation was just handed to who goes on with it.
    pub(crate) unsafe fn new() -> Self {
        // INVARIANT: the caller vouches for it.
        Self(PhantomData, PhantomData)
    }
}

/// An operation whose post-operation runs in the thread of its pre-operation.
pub struct Synchronize<'a, O, C>(C, PhantomData<(*mut &'a (), O)>);

/// What a pre-operation callback answers (C-01). `C` is what travels to the post-operation.
#[must_use]
pub enum PreStatus<'a, O: Operation, C = Infallible> {
    /// FLT_PREOP_SUCCESS_NO_CALLBACK: the operation goes on, and the post-operation is not called (C-04).
    Continue(Passed<'a, O>),
    /// FLT_PREOP_SUCCESS_WITH_CALLBACK: the operation goes on, and the post-operation gets the value back (C-05). A
    /// filter without a post-operation has no value to put here (C-06).
    ContinueWith(Passed<'a, O>, C),
    /// FLT_PREOP_COMPLETE: the operation ends here (C-10).
    Complete(Completed<'a, O>),
    /// FLT_PREOP_DISALLOW_FASTIO: the operation comes again as an IRP (C-18).
    DisallowFastIo(FastIoDisallowed<'a, O>),
    /// FLT_PREOP_DISALLOW_FSFILTER_IO: the I/O manager opens the file, asks and closes it instead (C-19).
    DisallowFsFilterIo(FsFilterIoDisallowed<'a, O>),
    /// FLT_PREOP_PENDING: somebody goes on with the operation later (C-12, C-13, E-08).
    Pending(Pending<'a, O, C>),
}

impl<O: Operation, C> PreStatus<'_, O, C> {
    /// The status as C has it; what travels to the post-operation is sent.
    pub(crate) fn into_raw(self, send: impl FnOnce(C)) -> sys::FLT_PREOP_CALLBACK_STATUS {
        match self {
            Self::Continue(_) => sys::FLT_PREOP_SUCCESS_NO_CALLBACK,
            Self::ContinueWith(_, carry) => {
                send(carry);
                sys::FLT_PREOP_SUCCESS_WITH_CALLBACK
            }
            Self::Complete(_) => sys::FLT_PREOP_COMPLETE,
            Self::DisallowFastIo(_) => sys::FLT_PREOP_DISALLOW_FASTIO,
            Self::DisallowFsFilterIo(_) => sys::FLT_PREOP_DISALLOW_FSFILTER_IO,
            Self::Pending(_) => sys::FLT_PREOP_PENDING,
        }
    }
}

/// What a pre-operation callback answers whose post-operation is to run in the same thread (F-01).
#[must_use]
pub enum SynchronizedStatus<'a, O: Operation, C> {
    /// FLT_PREOP_SUCCESS_NO_CALLBACK: the operation goes on, and the post-operation is not called (C-04).
    Continue(Passed<'a, O>),
    /// FLT_PREOP_SYNCHRONIZE: the operation goes on, and this thread waits for it (F-02). The value travels to the
    /// post-operation (F-12).
    Synchronize(Synchronize<'a, O, C>),
    /// FLT_PREOP_COMPLETE: the operation ends here (C-10).
    Complete(Completed<'a, O>),
    /// FLT_PREOP_DISALLOW_FASTIO: the operation comes again as an IRP (C-18).
    DisallowFastIo(FastIoDisallowed<'a, O>),
}

impl<O: Operation, C> SynchronizedStatus<'_, O, C> {
    /// The status as C has it; what travels to the post-operation is sent.
    pub(crate) fn into_raw(self, send: impl FnOnce(C)) -> sys::FLT_PREOP_CALLBACK_STATUS {
        match self {
            Self::Continue(_) => sys::FLT_PREOP_SUCCESS_NO_CALLBACK,
            Self::Synchronize(Synchronize(carry, _)) => {
                send(carry);
                sys::FLT_PREOP_SYNCHRONIZE
            }
            Self::Complete(_) => sys::FLT_PREOP_COMPLETE,
            Self::DisallowFastIo(_) => sys::FLT_PREOP_DISALLOW_FASTIO,
        }
    }
}

macro_rules! answers {
    ($($answer:ident<$($parameter:tt),*> is $status:ident::$variant:ident;)*) => {$(
        impl<'a, O: Operation, C> From<$answer<$($parameter),*>> for $status<'a, O, C> {
            fn from(answer: $answer<$($parameter),*>) -> Self {
                Self::$variant(answer)
            }
        }
    )*};
}

answers! {
    Passed<'a, O> is PreStatus::Continue;
    Completed<'a, O> is PreStatus::Complete;
    FastIoDisallowed<'a, O> is PreStatus::DisallowFastIo;
    FsFilterIoDisallowed<'a, O> is PreStatus::DisallowFsFilterIo;
    Pending<'a, O, C> is PreStatus::Pending;
    Passed<'a, O> is SynchronizedStatus::Continue;
    Synchronize<'a, O, C> is SynchronizedStatus::Synchronize;
    Completed<'a, O> is SynchronizedStatus::Complete;
    FastIoDisallowed<'a, O> is SynchronizedStatus::DisallowFastIo;
}
