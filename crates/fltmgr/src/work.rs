//! Work items: what a filter does later, in a system thread at PASSIVE_LEVEL (E-09).
//!
//! A deferred work item takes an operation along, which is pended until the work goes on with it; so does a generic one that
//! [`PostIrp::defer_generic`] queues, for what a deferred one does not take. A [`WorkItem`] is work of the filter's own. Each
//! is a typed value whose `run` is the routine. Nothing is lost: the Filter Manager waits for what is queued before the filter
//! goes (E-16), and what cannot be queued is given back with the reason (E-07, E-08).
//!
//! ```
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::pending::PendedPre;
//! use fltmgr::work::DeferredPre;
//! use fltmgr::{Filter, op};
//!
//! struct Judge<F>(core::marker::PhantomData<F>);
//!
//! impl<F: Filter> DeferredPre<op::Write> for Judge<F> {
//!     type Filter = F;
//!     type Carry = core::convert::Infallible;
//!     fn run(self, _: &F, write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>) {
//!         write.pass(at);
//!     }
//! }
//! ```

use crate::filter::{Driver, Filter, filter_handle};
use crate::irql::{Irql, PassiveLevel};
use crate::op::{CanFail, HasPost, IsIrp};
use crate::operation::{Irp, Pending, PostIrp, PostOp, PostStatus, PreOp};
use crate::pending::{PendedPost, PendedPre};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// Which system threads do the work (E-10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Queue {
    /// CriticalWorkQueue: for what others wait for.
    Critical = sys::CriticalWorkQueue,
    /// DelayedWorkQueue.
    Delayed = sys::DelayedWorkQueue,
}

/// Work on an operation that was pended in its pre-operation.
pub trait DeferredPre<O: CanFail + IsIrp>: Send + Sized + 'static {
    /// The filter whose work it is.
    type Filter: Filter;
    /// What travels to the post-operation: that of the filter's [`PrePost`](crate::PrePost), or nothing.
    type Carry;

    /// Does the work, and goes on with the operation.
    fn run(self, filter: &Self::Filter, operation: PendedPre<O, Self::Carry>, at: Irql<'_, PassiveLevel>);
}

/// Work on an operation whose completion was pended in its post-operation.
pub trait DeferredPost<O: HasPost + IsIrp>: Send + Sized + 'static {
    /// The filter whose work it is.
    type Filter: Filter;

    /// Does the work, and has completion go on.
    fn run(self, filter: &Self::Filter, operation: PendedPost<O>, at: Irql<'_, PassiveLevel>);
}

/// Work of the filter's own.
pub trait Work: Send + Sized + 'static {
    /// The filter whose work it is.
    type Filter: Filter;

    /// Does the work. The item is free again, to be queued another time.
    fn run(self, filter: &Self::Filter, item: WorkItem<Self>, at: Irql<'_, PassiveLevel>);
}

/// What could not be handed to a worker, the work, and why.
pub struct NotQueued<T, W> {
    /// The operation, or the item, which is the caller's still.
    pub kept: T,
    /// The work.
    pub work: W,
    /// One of the errors of the method that has failed.
    pub error: Error,
}

/// The work and what it is about, on its way to a worker.
struct Job<W> {
    work: W,
    objects: sys::FLT_RELATED_OBJECTS,
    /// The filter is not gone before the work is through, which goes on with the filter's code, and perhaps with its state,
    /// when the operation has been passed on and nobody waits for it any more.
    filter: Reference<sys::FLT_FILTER>,
}

// SAFETY: the objects are pointers of a pended operation, which belongs to no thread.
unsafe impl<W: Send> Send for Job<W> {}

/// A work item of an operation. Its drop wraps FltFreeDeferredIoWorkItem.
///
/// # Invariants
///
/// The pointer is that of an allocated item that is not queued.
struct DeferredItem(NonNull<sys::FLT_DEFERRED_IO_WORKITEM>);

impl DeferredItem {
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES (E-01).
    fn allocate() -> Result<Self> {
        // SAFETY: the routine has no argument; DISPATCH_LEVEL at most, as all callbacks are (E-01).
        NonNull::new(unsafe { sys::FltAllocateDeferredIoWorkItem() }).map(Self).ok_or(Error::INSUFFICIENT_RESOURCES)
    }
}

impl Drop for DeferredItem {
    fn drop(&mut self) {
        // SAFETY: by the invariant the item was allocated and is not queued.
        unsafe { sys::FltFreeDeferredIoWorkItem(self.0.as_ptr()) };
    }
}

/// Queues work on an operation, or gives it back.
///
/// # Safety
///
/// `data` and `objects` are those of a callback, not one for draining, for an IRP that the callback controls, and which it
/// does not touch again on success; `routine` takes a job of type `W`.
unsafe fn queue<W>(
    data: *mut sys::FLT_CALLBACK_DATA,
    objects: sys::FLT_RELATED_OBJECTS,
    work: W,
    queue: Queue,
    tag: Tag,
    routine: sys::PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
) -> core::result::Result<(), (W, Error)> {
    let item = match DeferredItem::allocate() {
        Ok(item) => item,
        Err(error) => return Err((work, error)),
    };
    // SAFETY: the objects are those of a callback, whose filter is there.
    let filter = match unsafe { Reference::take(NonNull::new_unchecked(objects.Filter)) } {
        Ok(filter) => filter,
        Err(error) => return Err((work, error)),
    };
    let job = PoolBox::<_, NonPaged>::try_new_or_back(Job { work, objects, filter }, tag)
        .map_err(|(job, error)| (job.work, error))?;
    let job = job.into_raw();
    // SAFETY: the item is allocated (E-11), and the operation is an IRP that the caller controls (E-03); on success the
    // routine owns the job.
    let queued = Error::check(unsafe {
        sys::FltQueueDeferredIoWorkItem(
            item.0.as_ptr(),
            data,
            routine,
            queue as sys::WORK_QUEUE_TYPE,
            job.as_ptr().cast(),
        )
    });
    match queued {
        Ok(_) => {
            // The routine frees the item.
            core::mem::forget(item);
            Ok(())
        }
        Err(error) => {
            // SAFETY: the routine is not called, so the job is taken back here once.
            let job = unsafe { PoolBox::<Job<W>, NonPaged>::from_raw(job) };
            Err((job.into_inner().work, error))
        }
    }
}

impl<'a, O: CanFail + IsIrp> Irp<'a, O> {
    /// Hands the operation to a worker, which goes on with it; the callback answers that it is pending (E-12). Wraps
    /// FltAllocateDeferredIoWorkItem and FltQueueDeferredIoWorkItem, up to DISPATCH_LEVEL. A buffer of the requestor
    /// that the work needs must have been locked before (E-25).
    ///
    /// # Errors
    ///
    /// The operation and the work: STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_NOT_SAFE_TO_POST_OPERATION for paging I/O and
    /// where the thread is in a file system already (E-04, E-05), STATUS_FLT_DELETING_OBJECT if the instance is torn down
    /// (E-06) or the unload has begun.
    pub fn defer<W: DeferredPre<O>>(
        self,
        work: W,
        to: Queue,
        tag: Tag,
    ) -> core::result::Result<Pending<'a, O, W::Carry>, NotQueued<PreOp<'a, O>, W>> {
        // SAFETY: this is an IRP in its pre-operation callback, and it is consumed.
        match unsafe { queue(self.as_raw(), *self.objects(), work, to, tag, Some(deferred_pre::<W, O>)) } {
            // SAFETY: the worker has the operation.
            Ok(()) => Ok(unsafe { Pending::new() }),
            Err((work, error)) => Err(NotQueued { kept: self.into_operation(), work, error }),
        }
    }
}

impl<'a, O: HasPost + IsIrp> PostIrp<'a, O> {
    /// Hands the completion to a worker, which goes on with it (E-13). Wraps FltAllocateDeferredIoWorkItem and
    /// FltQueueDeferredIoWorkItem, up to DISPATCH_LEVEL. A buffer of the requestor that the work needs must have been
    /// locked before (E-25).
    ///
    /// # Errors
    ///
    /// The operation and the work: STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_NOT_SAFE_TO_POST_OPERATION for paging I/O and
    /// where the thread is in a file system already (E-04, E-05), STATUS_FLT_DELETING_OBJECT if the instance is torn down
    /// (E-06) or the unload has begun.
    pub fn defer<W: DeferredPost<O>>(
        self,
        work: W,
        to: Queue,
        tag: Tag,
    ) -> core::result::Result<PostStatus<'a, O>, NotQueued<PostOp<'a, O>, W>> {
        // SAFETY: this is an IRP in its post-operation callback, which is not one for draining, and it is consumed.
        match unsafe { queue(self.as_raw(), *self.objects(), work, to, tag, Some(deferred_post::<W, O>)) } {
            // SAFETY: the worker has the operation.
            Ok(()) => Ok(unsafe { PostStatus::more() }),
            Err((work, error)) => Err(NotQueued { kept: self.into_operation(), work, error }),
        }
    }
}

/// What the routine of a deferred work item begins with. The item is to be dropped after the operation was completed (E-12,
/// E-13), and the reference to the filter after everything else.
///
/// # Safety
///
/// The arguments are those of the routine, queued by [`queue`] with a job of type `W`, which runs once.
unsafe fn begin<W>(
    item: sys::PFLT_DEFERRED_IO_WORKITEM,
    context: *mut c_void,
) -> (Reference<sys::FLT_FILTER>, DeferredItem, W, sys::FLT_RELATED_OBJECTS) {
    // SAFETY: the item was allocated, and is not queued any more; the context is the job.
    let (item, job) = unsafe {
        let job = PoolBox::<Job<W>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast()));
        // INVARIANT: the item runs, so it is no longer queued.
        (DeferredItem(NonNull::new_unchecked(item)), job.into_inner())
    };
    (job.filter, item, job.work, job.objects)
}

sys::callback! {
    /// The routine of work on an operation that was pended in its pre-operation.
    ///
    /// # Safety
    ///
    /// - Called by the Filter Manager for a work item that [`queue`] queued with a job of type `W`.
    /// - The operation is of kind `O`.
    unsafe fn deferred_pre<W: DeferredPre<O>, O: CanFail + IsIrp>(
        item: sys::PFLT_DEFERRED_IO_WORKITEM,
        data: *mut sys::FLT_CALLBACK_DATA,
        context: *mut c_void,
    ) {
        // SAFETY: the arguments are those of this routine, which runs once.
        let (_running, _item, work, objects) = unsafe { begin::<W>(item, context) };
        // SAFETY: the operation was handed to this routine.
        let operation = unsafe { PendedPre::new(data, objects) };
        if let Some(filter) = W::Filter::slot().started() {
            // SAFETY: work items run at PASSIVE_LEVEL (E-09).
            work.run(filter, operation, unsafe { Irql::assume() });
        }
    }
}

sys::callback! {
    /// The routine of work on an operation that was pended in its post-operation.
    ///
    /// # Safety
    ///
    /// As for [`deferred_pre`].
    unsafe fn deferred_post<W: DeferredPost<O>, O: HasPost + IsIrp>(
        item: sys::PFLT_DEFERRED_IO_WORKITEM,
        data: *mut sys::FLT_CALLBACK_DATA,
        context: *mut c_void,
    ) {
        // SAFETY: the arguments are those of this routine, which runs once.
        let (_running, _item, work, objects) = unsafe { begin::<W>(item, context) };
        // SAFETY: the operation was handed to this routine.
        let operation = unsafe { PendedPost::new(data, objects) };
        if let Some(filter) = W::Filter::slot().started() {
            // SAFETY: work items run at PASSIVE_LEVEL (E-09).
            work.run(filter, operation, unsafe { Irql::assume() });
        }
    }
}

/// The work on an operation, what it is about, and the generic work item that it runs as.
struct GenericJob<W> {
    item: GenericItem,
    data: *mut sys::FLT_CALLBACK_DATA,
    objects: sys::FLT_RELATED_OBJECTS,
    work: W,
}

// SAFETY: the pointers are those of a pended operation, which belongs to no thread.
unsafe impl<W: Send> Send for GenericJob<W> {}

impl<'a, O: HasPost + IsIrp> PostIrp<'a, O> {
    /// As [`PostIrp::defer`], with a generic work item, which takes what a deferred one does not: paging I/O, and what
    /// comes in a thread that is in a file system already. Such an operation may be what memory is waited for with, so
    /// it is for work that cannot be done without. Wraps FltAllocateGenericWorkItem and FltQueueGenericWorkItem, up to
    /// DISPATCH_LEVEL. A buffer of the requestor that the work needs, and that has no MDL as that of paging I/O has,
    /// must have been locked before (E-14).
    ///
    /// # Errors
    ///
    /// The operation and the work: STATUS_INSUFFICIENT_RESOURCES, and STATUS_FLT_DELETING_OBJECT once the unload has begun
    /// (E-15).
    pub fn defer_generic<W: DeferredPost<O>>(
        self,
        work: W,
        to: Queue,
        tag: Tag,
    ) -> core::result::Result<PostStatus<'a, O>, NotQueued<PostOp<'a, O>, W>> {
        let (data, objects) = (self.as_raw(), *self.objects());
        let not_queued = |kept: Self, work, error| NotQueued { kept: kept.into_operation(), work, error };
        let item = match GenericItem::allocate() {
            Ok(item) => item,
            Err(error) => return Err(not_queued(self, work, error)),
        };
        let pointer = item.as_raw();
        let job = match PoolBox::<_, NonPaged>::try_new_or_back(GenericJob { item, data, objects, work }, tag) {
            Ok(job) => job.into_raw(),
            Err((job, error)) => return Err(not_queued(self, job.work, error)),
        };
        // SAFETY: the item is allocated and not queued; the filter is the one whose callback this is. This is an IRP in its
        // post-operation callback, which is not one for draining, and on success the routine owns the job.
        let queued = Error::check(unsafe {
            sys::FltQueueGenericWorkItem(
                pointer,
                objects.Filter.cast(),
                Some(generic_post::<W, O>),
                to as sys::WORK_QUEUE_TYPE,
                job.as_ptr().cast(),
            )
        });
        match queued {
            // SAFETY: the worker has the operation.
            Ok(_) => Ok(unsafe { PostStatus::more() }),
            Err(error) => {
                // SAFETY: the routine is not called, so the job is taken back here once.
                let job = unsafe { PoolBox::<GenericJob<W>, NonPaged>::from_raw(job) }.into_inner();
                Err(not_queued(self, job.work, error))
            }
        }
    }
}

sys::callback! {
    /// The routine of work, in a generic work item, on an operation that was pended in its post-operation.
    ///
    /// # Safety
    ///
    /// - Called by the Filter Manager for a work item that [`PostIrp::defer_generic`] queued with a job of type `W`, which
    ///   runs once; the filter is not gone before it has returned (E-16).
    /// - The operation is of kind `O`.
    unsafe fn generic_post<W: DeferredPost<O>, O: HasPost + IsIrp>(
        _: sys::PFLT_GENERIC_WORKITEM,
        _: *mut c_void,
        context: *mut c_void,
    ) {
        // SAFETY: the context is the job, and this is its only routine.
        let job = unsafe { PoolBox::<GenericJob<W>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())) };
        let GenericJob { item: _item, data, objects, work } = job.into_inner();
        // SAFETY: the operation was handed to this routine.
        let operation = unsafe { PendedPost::new(data, objects) };
        if let Some(filter) = W::Filter::slot().started() {
            // SAFETY: work items run at PASSIVE_LEVEL (E-09).
            work.run(filter, operation, unsafe { Irql::assume() });
        }
    }
}

/// A generic work item.
///
/// # Invariants
///
/// The item was allocated, and is not queued while this value is reached.
pub(crate) struct GenericItem(NonNull<sys::FLT_GENERIC_WORKITEM>);

impl GenericItem {
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES (E-01).
    pub(crate) fn allocate() -> Result<Self> {
        // SAFETY: the routine has no argument; DISPATCH_LEVEL at most, as all callbacks are (E-01).
        NonNull::new(unsafe { sys::FltAllocateGenericWorkItem() }).map(Self).ok_or(Error::INSUFFICIENT_RESOURCES)
    }

    /// # Safety
    ///
    /// The item was allocated, is not queued, and passes to the value.
    pub(crate) unsafe fn from_raw(item: NonNull<sys::FLT_GENERIC_WORKITEM>) -> Self {
        // INVARIANT: the caller vouches for it.
        Self(item)
    }

    /// The item, which stays this value's.
    pub(crate) fn as_raw(&self) -> sys::PFLT_GENERIC_WORKITEM {
        self.0.as_ptr()
    }
}

impl Drop for GenericItem {
    fn drop(&mut self) {
        // SAFETY: by the invariant the item was allocated and is not queued.
        unsafe { sys::FltFreeGenericWorkItem(self.0.as_ptr()) };
    }
}

/// A work item of the filter's own, allocated ahead of its use, so that queueing cannot fail for want of memory. Its work
/// gets it back, to be queued again (E-17) or dropped.
pub struct WorkItem<W: Work>(PoolBox<Block<W>, NonPaged>);

/// What a work item points to. The item is not queued while a [`WorkItem`] owns the block.
struct Block<W> {
    item: GenericItem,
    work: Option<W>,
}

// SAFETY: a work item belongs to no thread.
unsafe impl<W: Send> Send for Block<W> {}
// SAFETY: a shared reference gives no access to either.
unsafe impl<W: Send> Sync for Block<W> {}

impl<W: Work> WorkItem<W> {
    /// Allocates an item. Wraps FltAllocateGenericWorkItem, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES (E-01).
    pub fn try_new(tag: Tag) -> Result<Self> {
        PoolBox::try_new(Block { item: GenericItem::allocate()?, work: None }, tag).map(Self)
    }

    /// Queues the item. The filter does not go before the work has run (E-16). Wraps FltQueueGenericWorkItem, up to
    /// DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT once the unload has begun (E-15), STATUS_FLT_NOT_INITIALIZED before the filter has started,
    /// which has nobody whose work it could be: the item and the work are given back.
    pub fn queue(mut self, work: W, to: Queue) -> core::result::Result<(), NotQueued<Self, W>> {
        let filter = filter_handle::<W::Filter>();
        if filter.is_null() {
            // The filter is gone, and this is its own drop.
            return Err(NotQueued { kept: self, work, error: Error::DELETING_OBJECT });
        }
        if W::Filter::slot().started().is_none() {
            return Err(NotQueued { kept: self, work, error: Error::NOT_INITIALIZED });
        }
        let item = self.0.item.as_raw();
        self.0.work = Some(work);
        let block = self.0.into_raw();
        // SAFETY: the item is allocated and not queued, the filter is registered, and on success the routine owns the block.
        let queued = Error::check(unsafe {
            sys::FltQueueGenericWorkItem(
                item,
                filter.cast(),
                Some(generic::<W>),
                to as sys::WORK_QUEUE_TYPE,
                block.as_ptr().cast(),
            )
        });
        let Err(error) = queued else { return Ok(()) };
        // SAFETY: the routine is not called, so the block is taken back here once.
        let mut block = unsafe { PoolBox::<Block<W>, NonPaged>::from_raw(block) };
        let work = block.work.take();
        // SAFETY: the work was just put there.
        Err(NotQueued { kept: Self(block), work: unsafe { work.unwrap_unchecked() }, error })
    }
}

sys::callback! {
    /// The routine of work of the filter's own.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for a work item that [`WorkItem::queue`] queued.
    unsafe fn generic<W: Work>(_: sys::PFLT_GENERIC_WORKITEM, _: *mut c_void, context: *mut c_void) {
        // SAFETY: the context is the block, and this is its only routine.
        let mut block = unsafe { PoolBox::<Block<W>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())) };
        if let (Some(filter), Some(work)) = (W::Filter::slot().started(), block.work.take()) {
            // SAFETY: work items run at PASSIVE_LEVEL (E-09).
            work.run(filter, WorkItem(block), unsafe { Irql::assume() });
        }
    }
}
