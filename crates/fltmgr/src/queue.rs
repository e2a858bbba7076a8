//! Cancel-safe queues: operations that wait in the filter's hands until it takes them out again, or somebody cancels them
//! (G-01 to G-20).
//!
//! Wraps the FltCbdq routines. The order is the user's, through [`Order`], and so is the lock, through [`Lock`]; the six
//! callbacks are written here, once. What is in a queue belongs to the queue (G-11), and a canceled operation ends with
//! STATUS_CANCELLED (G-13, G-14).
//!
//! A queue is of one instance, which cannot go while anything waits in it: [`Filter::detaching`](crate::Filter::detaching)
//! is where it is closed (G-02).
//!
//! ```
//! use fltmgr::queue::Queue;
//! use fltmgr::{PreOp, PreStatus, op, pool::Tag};
//!
//! fn hold<'a>(create: PreOp<'a, op::Create>, queue: &Queue<op::Create, u64>, rule: u64) -> PreStatus<'a, op::Create> {
//!     let create = match create.into_irp() {
//!         Ok(create) => create,
//!         Err(create) => return create.pass().into(),
//!     };
//!     match create.hold(queue, rule, Tag::new(*b"Hold")) {
//!         Ok(pending) => pending.into(),
//!         Err(not_held) => not_held.operation.fail(not_held.error).into(),
//!     }
//! }
//! ```

use crate::filter::LetGoOfFirst;
use crate::instance::Instance;
use crate::irql::{ApcLevel, DispatchLevel, Irql, Level, NotAbove};
use crate::lock::PushLock;
use crate::op::{CanFail, IsIrp};
use crate::operation::{Irp, Pending, PreOp};
use crate::pending::PendedPre;
use crate::pool::{NonPaged, PoolBox, Shared, Tag};
use crate::resident::Resident;
use crate::status::{Error, Result};
use core::cell::UnsafeCell;
use core::convert::Infallible;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::panic::RefUnwindSafe;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A lock that a queue can have (G-07).
///
/// # Safety
///
/// Between the returns of `acquire` and `release` nobody else's `acquire` returns.
pub unsafe trait Lock: Send + Sync + 'static {
    /// The highest level at which a queue with this lock can be used (G-08).
    type Level: Level;

    /// A lock that nobody holds.
    #[doc(hidden)]
    const FREE: Self;

    /// Waits for the lock, and answers what `release` gets.
    ///
    /// # Safety
    ///
    /// The lock does not move and is not this thread's already; the level is at most its own.
    #[doc(hidden)]
    unsafe fn acquire(&self) -> sys::KIRQL;

    /// Gives the lock back.
    ///
    /// # Safety
    ///
    /// This thread has the lock, and `irql` is what `acquire` answered.
    #[doc(hidden)]
    unsafe fn release(&self, irql: sys::KIRQL);
}

/// A spin lock: the queue can be used at DISPATCH_LEVEL, and is locked there.
pub struct SpinLocked(UnsafeCell<sys::KSPIN_LOCK>);

// SAFETY: the lock is reached through its routines alone.
unsafe impl Send for SpinLocked {}
// SAFETY: as for `Send`.
unsafe impl Sync for SpinLocked {}

// SAFETY: a spin lock excludes.
unsafe impl Lock for SpinLocked {
    type Level = DispatchLevel;
    const FREE: Self = Self(UnsafeCell::new(0));

    unsafe fn acquire(&self) -> sys::KIRQL {
        // SAFETY: the lock is initialized, since zero is a free one; the caller keeps what it asks for.
        unsafe { sys::KeAcquireSpinLockRaiseToDpc(self.0.get()) }
    }

    unsafe fn release(&self, irql: sys::KIRQL) {
        // SAFETY: the caller has the lock.
        unsafe { sys::KeReleaseSpinLock(self.0.get(), irql) };
    }
}

/// A push lock: the queue is used at APC_LEVEL at most, and does not get where the level may be higher:
///
/// ```compile_fail
/// # use fltmgr::queue::{Arrival, PushLocked, Queue};
/// # use fltmgr::{op, resident::Resident};
/// # fn is_resident<T: Resident>() {}
/// is_resident::<Queue<op::Create, (), Arrival, PushLocked>>();
/// ```
///
/// ```
/// # use fltmgr::queue::{Arrival, Queue, SpinLocked};
/// # use fltmgr::{op, resident::Resident};
/// # fn is_resident<T: Resident>() {}
/// is_resident::<Queue<op::Create, (), Arrival, SpinLocked>>();
/// ```
pub struct PushLocked(PushLock<()>);

// SAFETY: a push lock that is taken exclusively excludes.
unsafe impl Lock for PushLocked {
    type Level = ApcLevel;
    const FREE: Self = Self(PushLock::new(()));

    unsafe fn acquire(&self) -> sys::KIRQL {
        // SAFETY: the caller keeps what the lock asks for.
        unsafe { self.0.acquire_raw() };
        0
    }

    unsafe fn release(&self, _: sys::KIRQL) {
        // SAFETY: the caller has the lock.
        unsafe { self.0.release_raw() };
    }
}

/// Where in a queue an operation goes.
pub trait Order<T>: Send + Sync + 'static {
    /// Whether `new` goes before `waiting`. It runs with the queue's lock held, at the lock's level, and must be quick.
    fn before(new: &T, waiting: &T) -> bool;
}

/// In the order of arrival.
pub struct Arrival;

impl<T> Order<T> for Arrival {
    fn before(_: &T, _: &T) -> bool {
        false
    }
}

/// What the queue keeps of an operation that is in it.
struct Entry<T> {
    data: *mut sys::FLT_CALLBACK_DATA,
    objects: sys::FLT_RELATED_OBJECTS,
    item: T,
    next: *mut Entry<T>,
    previous: *mut Entry<T>,
    _keep: Keep,
}

/// What keeps the memory of a queue while an operation is in it, or is being canceled out of it.
///
/// # Invariants
///
/// `queue` is a reference as [`Shared::into_raw`] gave it, and `release` takes back one of that type.
struct Keep {
    queue: NonNull<()>,
    release: unsafe fn(NonNull<()>),
}

impl Drop for Keep {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is of that type, and it is taken back here once.
        unsafe { (self.release)(self.queue) };
    }
}

/// The memory of a queue.
///
/// # Invariants
///
/// `raw` was initialized with the callbacks of this module for this type, and comes first, so that a callback finds the
/// rest. Each entry has a reference on the memory. The list is reached with the lock held only; its entries are boxes
/// in pool, each of them the `QueueContext` of its operation.
#[repr(C)]
struct Inner<O: CanFail + IsIrp, T, R, L, C> {
    raw: UnsafeCell<sys::FLT_CALLBACK_DATA_QUEUE>,
    /// The instance whose operations it takes in.
    instance: sys::PFLT_INSTANCE,
    lock: L,
    first: UnsafeCell<*mut Entry<T>>,
    last: UnsafeCell<*mut Entry<T>>,
    kind: PhantomData<fn(O, R, C) -> C>,
    waiting: PhantomData<LetGoOfFirst>,
}

// SAFETY: what is in cells is reached through the lock, and the operations belong to no thread.
unsafe impl<O: CanFail + IsIrp, T: Send, R, L: Lock, C> Send for Inner<O, T, R, L, C> {}
// SAFETY: as above.
unsafe impl<O: CanFail + IsIrp, T: Send, R, L: Lock, C> Sync for Inner<O, T, R, L, C> {}

/// A queue of operations of kind `O`, each with an item of type `T`, in the order `R`, under the lock `L`. `C` is what may
/// travel to the post-operation of an operation that is passed on. One with a push lock is not
/// [`Resident`], so it does not get to where the level is too high for it (G-08).
pub struct Queue<O, T, R = Arrival, L = SpinLocked, C = Infallible>(Shared<Inner<O, T, R, L, C>, NonPaged>)
where
    O: CanFail + IsIrp,
    T: Copy + Resident,
    R: Order<T>,
    L: Lock,
    C: 'static;

// A queue with a spin lock is used, and dropped, at DISPATCH_LEVEL at most (G-08), and all that it has is nonpaged.
impl<O, T, R, C> RefUnwindSafe for Queue<O, T, R, SpinLocked, C>
where
    O: CanFail + IsIrp,
    T: Copy + Resident,
    R: Order<T>,
    C: 'static,
{
}

/// An operation that a queue did not take in.
pub struct NotHeld<'a, O: CanFail + IsIrp> {
    /// The operation, which is the callback's still.
    pub operation: PreOp<'a, O>,
    /// STATUS_FLT_CBDQ_DISABLED if the queue is closed (G-09), STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER if the
    /// queue is another instance's (G-01).
    pub error: Error,
}

/// What [`Queue::take`] looks for, as the peek context of the callback.
struct Wanted<'a, T>(&'a mut dyn FnMut(&T) -> bool);

impl<O: CanFail + IsIrp, T: Copy + Resident, R: Order<T>, L: Lock, C: 'static> Queue<O, T, R, L, C> {
    /// Makes a queue of the instance, open. Wraps FltCbdqInitialize (G-01), for which no level would be too high; for the
    /// queue's drop one above that of its lock is.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new<A: NotAbove<L::Level>>(instance: Instance<'_>, tag: Tag, _: Irql<'_, A>) -> Result<Self> {
        // SAFETY: the structure is plain data, for which zeros are valid.
        let raw = UnsafeCell::new(unsafe { core::mem::zeroed() });
        let null = || UnsafeCell::new(ptr::null_mut());
        let instance = instance.pointer.as_ptr();
        let inner = Inner {
            raw,
            instance,
            lock: L::FREE,
            first: null(),
            last: null(),
            kind: PhantomData,
            waiting: PhantomData,
        };
        let inner = Shared::try_new(inner, tag)?;
        // SAFETY: the memory stays where it is for the queue's life, and the callbacks are those of this type.
        Error::check(unsafe {
            sys::FltCbdqInitialize(
                instance,
                inner.raw.get(),
                Some(insert::<O, T, R, L, C>),
                Some(remove::<O, T, R, L, C>),
                Some(peek_next::<O, T, R, L, C>),
                Some(acquire::<O, T, R, L, C>),
                Some(release::<O, T, R, L, C>),
                Some(complete_canceled::<O, T>),
            )
        })?;
        Ok(Self(inner))
    }

    /// Takes out the first operation whose item `wanted` accepts and that nobody is canceling. Wraps FltCbdqRemoveNextIo
    /// (G-16); the highest level is that of the lock (G-08). `wanted` runs with the lock held, maybe at DISPATCH_LEVEL, and
    /// must be quick; it captures plain values alone, as what [`SpinLock::with`](crate::lock::SpinLock::with) runs, so that it
    /// cannot reach a queue, whose lock has its holder wait for itself.
    pub fn take<A: NotAbove<L::Level>>(
        &self,
        _: Irql<'_, A>,
        mut wanted: impl FnMut(&T) -> bool + Copy + Resident,
    ) -> Option<(PendedPre<O, C>, T)> {
        // SAFETY: the level is at most the lock's.
        unsafe { self.remove_next(&mut wanted) }
    }

    /// Takes out the first operation that is wanted.
    ///
    /// # Safety
    ///
    /// The level is at most the lock's.
    unsafe fn remove_next(&self, wanted: &mut dyn FnMut(&T) -> bool) -> Option<(PendedPre<O, C>, T)> {
        let mut context = Wanted(wanted);
        // SAFETY: by the invariant the queue is initialized; the peek context is what the callback of this type expects.
        let data = unsafe { sys::FltCbdqRemoveNextIo(self.0.raw.get(), (&raw mut context).cast()) };
        // SAFETY: what the routine returns was in this queue and is the caller's now.
        (!data.is_null()).then(|| unsafe { taken(data) })
    }

    /// Takes nothing in from now on, and fails what is in the queue with STATUS_CANCELLED. Wraps FltCbdqDisable (G-19);
    /// the highest level is that of the lock (G-08).
    pub fn close<A: NotAbove<L::Level>>(&self, at: Irql<'_, A>) {
        // SAFETY: by the invariant the queue is initialized.
        unsafe { sys::FltCbdqDisable(self.0.raw.get()) };
        while let Some((operation, _)) = self.take(at, |_| true) {
            drop(operation);
        }
    }

    /// Takes operations in again. Wraps FltCbdqEnable (G-20); the highest level is that of the lock (G-08).
    pub fn open<A: NotAbove<L::Level>>(&self, _: Irql<'_, A>) {
        // SAFETY: by the invariant the queue is initialized.
        unsafe { sys::FltCbdqEnable(self.0.raw.get()) };
    }
}

impl<O: CanFail + IsIrp, T: Copy + Resident, R: Order<T>, L: Lock, C: 'static> Drop for Queue<O, T, R, L, C> {
    fn drop(&mut self) {
        // Nobody else can reach a queue that is being dropped, except who cancels: what is on its way out keeps the memory.
        // SAFETY: a queue with a push lock is made at APC_LEVEL at most; it is not resident, so it is never taken to
        // DISPATCH_LEVEL; and a context drops what it has at APC_LEVEL at most (J-32).
        while let Some((operation, _)) = unsafe { self.remove_next(&mut |_| true) } {
            drop(operation);
        }
    }
}

/// The operation and the item of an entry that has left its queue.
///
/// # Safety
///
/// `data` was in a queue of this kind, was just removed, and is the caller's.
unsafe fn taken<O: CanFail + IsIrp, T: Copy, C>(data: *mut sys::FLT_CALLBACK_DATA) -> (PendedPre<O, C>, T) {
    // SAFETY: the removal left the entry, whose only owner is the operation's.
    let entry = unsafe { PoolBox::<Entry<T>, NonPaged>::from_raw(NonNull::new_unchecked(entry_of(data))) };
    let Entry { objects, item, .. } = entry.into_inner();
    // SAFETY: the operation is pended, or about to be, and is the caller's.
    (unsafe { PendedPre::new(data, objects) }, item)
}

/// The entry of an operation that is in a queue, or was just removed.
///
/// # Safety
///
/// Its queue is one of this module, of items of type `T`.
unsafe fn entry_of<T>(data: *mut sys::FLT_CALLBACK_DATA) -> *mut Entry<T> {
    // SAFETY: the member of the union is the filter's while it has the operation in a queue.
    unsafe { (*data).__bindgen_anon_1.__bindgen_anon_1.QueueContext[0] }.cast()
}

impl<'a, O: CanFail + IsIrp> Irp<'a, O> {
    /// Puts the operation into a queue; the callback answers that it is pending (G-11). Wraps FltCbdqInsertIo; the
    /// highest level is that of the lock, which the kind of operation has to keep (G-08).
    ///
    /// # Errors
    ///
    /// The operation, with the reasons of [`NotHeld`].
    pub fn hold<T: Copy + Resident, R: Order<T>, L: Lock, C>(
        self,
        queue: &Queue<O, T, R, L, C>,
        item: T,
        tag: Tag,
    ) -> core::result::Result<Pending<'a, O, C>, NotHeld<'a, O>>
    where
        O::PreLevel: NotAbove<L::Level>,
    {
        let (data, objects) = (self.as_raw(), *self.objects());
        if objects.Instance != queue.0.instance {
            return Err(NotHeld { operation: self.into_operation(), error: Error::INVALID_PARAMETER });
        }
        // INVARIANT: the reference is of the type that the function takes back.
        let keep = Keep { queue: queue.0.clone().into_raw(), release: release_queue::<O, T, R, L, C> };
        let entry = Entry { data, objects, item, next: ptr::null_mut(), previous: ptr::null_mut(), _keep: keep };
        let entry = match PoolBox::<_, NonPaged>::try_new(entry, tag) {
            Ok(entry) => entry.into_raw(),
            Err(error) => return Err(NotHeld { operation: self.into_operation(), error }),
        };
        // SAFETY: the filter controls the operation, so the member is its own.
        unsafe { (*data).__bindgen_anon_1.__bindgen_anon_1.QueueContext[0] = entry.as_ptr().cast() };
        // SAFETY: by the invariant the queue is initialized, and the operation is an IRP (G-03) with its entry; without a
        // context nothing has to outlive its stay (G-18).
        let status = unsafe { sys::FltCbdqInsertIo(queue.0.raw.get(), data, ptr::null_mut(), ptr::null_mut()) };
        match Error::check(status) {
            // SAFETY: the queue has the operation, or who canceled it.
            Ok(_) => Ok(unsafe { Pending::new() }),
            Err(error) => {
                // SAFETY: the queue did not take the operation in, so the entry is taken back here once.
                drop(unsafe { PoolBox::<Entry<T>, NonPaged>::from_raw(entry) });
                Err(NotHeld { operation: self.into_operation(), error })
            }
        }
    }
}

/// Gives a reference on a queue back.
///
/// # Safety
///
/// The pointer came from a reference on a queue of this type, and is taken back once.
unsafe fn release_queue<O: CanFail + IsIrp, T, R, L, C>(queue: NonNull<()>) {
    // SAFETY: the caller vouches for it.
    drop(unsafe { Shared::<Inner<O, T, R, L, C>, NonPaged>::from_raw(queue) });
}

/// The queue that a callback is about.
///
/// # Safety
///
/// `queue` is the first field of an [`Inner`] of this type, which lives for the chosen lifetime.
unsafe fn inner<'a, O: CanFail + IsIrp, T, R, L, C>(queue: sys::PFLT_CALLBACK_DATA_QUEUE) -> &'a Inner<O, T, R, L, C> {
    // SAFETY: the caller vouches for it.
    unsafe { &*queue.cast() }
}

sys::callback! {
    /// InsertIo: links the entry where the order wants it.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for a queue of this type, with its lock held (G-05).
    unsafe fn insert<O: CanFail + IsIrp, T, R: Order<T>, L, C>(
        queue: sys::PFLT_CALLBACK_DATA_QUEUE,
        data: *mut sys::FLT_CALLBACK_DATA,
        _: *mut c_void,
    ) -> sys::NTSTATUS {
        // SAFETY: the lock is held, and every entry in the list lives until it is removed.
        unsafe {
            let inner = inner::<O, T, R, L, C>(queue);
            let entry = entry_of::<T>(data);
            let mut after = *inner.last.get();
            while !after.is_null() && R::before(&(*entry).item, &(*after).item) {
                after = (*after).previous;
            }
            let next = if after.is_null() { *inner.first.get() } else { (*after).next };
            (*entry).previous = after;
            (*entry).next = next;
            *(if after.is_null() { inner.first.get() } else { &raw mut (*after).next }) = entry;
            *(if next.is_null() { inner.last.get() } else { &raw mut (*next).previous }) = entry;
        }
        sys::STATUS_SUCCESS
    }
}

sys::callback! {
    /// RemoveIo: unlinks the entry, which stays the operation's.
    ///
    /// # Safety
    ///
    /// As for [`insert`], for an operation that is in the queue.
    unsafe fn remove<O: CanFail + IsIrp, T, R, L, C>(queue: sys::PFLT_CALLBACK_DATA_QUEUE, data: *mut sys::FLT_CALLBACK_DATA) {
        // SAFETY: the lock is held, and the neighbours of an entry in the list are in it.
        unsafe {
            let inner = inner::<O, T, R, L, C>(queue);
            let Entry { next, previous, .. } = *entry_of::<T>(data);
            *(if previous.is_null() { inner.first.get() } else { &raw mut (*previous).next }) = next;
            *(if next.is_null() { inner.last.get() } else { &raw mut (*next).previous }) = previous;
        }
    }
}

sys::callback! {
    /// PeekNextIo: the next operation after `data` that is wanted (G-15).
    ///
    /// # Safety
    ///
    /// As for [`insert`]; the peek context is a [`Wanted`] of the caller's.
    unsafe fn peek_next<O: CanFail + IsIrp, T, R, L, C>(
        queue: sys::PFLT_CALLBACK_DATA_QUEUE,
        data: *mut sys::FLT_CALLBACK_DATA,
        context: *mut c_void,
    ) -> *mut sys::FLT_CALLBACK_DATA {
        // SAFETY: the lock is held, every entry in the list lives until it is removed, and the context is as said.
        unsafe {
            let wanted = &mut *context.cast::<Wanted<'_, T>>();
            let first = *inner::<O, T, R, L, C>(queue).first.get();
            let mut entry = if data.is_null() { first } else { (*entry_of::<T>(data)).next };
            while !entry.is_null() && !(wanted.0)(&(*entry).item) {
                entry = (*entry).next;
            }
            if entry.is_null() { ptr::null_mut() } else { (*entry).data }
        }
    }
}

sys::callback! {
    /// Acquire (G-07).
    ///
    /// # Safety
    ///
    /// As for [`insert`], without the lock; `irql` is a place for what Release gets.
    unsafe fn acquire<O: CanFail + IsIrp, T, R, L: Lock, C>(queue: sys::PFLT_CALLBACK_DATA_QUEUE, irql: *mut sys::KIRQL) {
        // SAFETY: passed on; the lock does not move.
        unsafe { irql.write(inner::<O, T, R, L, C>(queue).lock.acquire()) };
    }
}

sys::callback! {
    /// Release.
    ///
    /// # Safety
    ///
    /// As for [`insert`]; `irql` is what Acquire gave.
    unsafe fn release<O: CanFail + IsIrp, T, R, L: Lock, C>(queue: sys::PFLT_CALLBACK_DATA_QUEUE, irql: sys::KIRQL) {
        // SAFETY: passed on; this thread has the lock.
        unsafe { inner::<O, T, R, L, C>(queue).lock.release(irql) };
    }
}

sys::callback! {
    /// CompleteCanceledIo: fails the operation with STATUS_CANCELLED (G-13, G-14).
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for an operation of this kind that it has removed from a queue of items of this type.
    unsafe fn complete_canceled<O: CanFail + IsIrp, T: Copy>(
        _: sys::PFLT_CALLBACK_DATA_QUEUE,
        data: *mut sys::FLT_CALLBACK_DATA,
    ) {
        // SAFETY: the Filter Manager hands the operation over.
        drop(unsafe { taken::<O, T, Infallible>(data) });
    }
}
