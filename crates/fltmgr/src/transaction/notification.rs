//! What a filter is told of a transaction, and how it answers.

use super::{Notifications, Transaction};
use crate::context::{Context, ContextRef, kind};
use crate::filter::{Driver as _, Filter};
use crate::instance::Instance;
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::Error;
use crate::work::{GenericItem, NotQueued, Queue};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// A filter that takes part in transactions. [`Filter::TRANSACTIONS`] registers it.
pub trait Transacted: Filter {
    /// What it keeps of a transaction that it is enlisted in.
    type Context: Context<Filter = Self, Kind = kind::Transaction>;
    /// What it wants to hear.
    const NOTIFICATIONS: Notifications;

    /// Wraps TransactionNotificationCallback: how a transaction goes that the filter is enlisted in.
    fn notified<'a>(&self, notification: Notification<'a, Self>, at: Irql<'a, PassiveLevel>) -> Notified<'a>;
}

/// Whether a filter takes part in transactions.
pub struct Transactions<F> {
    pub(crate) notify: sys::PFLT_TRANSACTION_NOTIFICATION_CALLBACK,
    filter: PhantomData<fn() -> F>,
}

impl<F: Filter> Transactions<F> {
    /// It does not.
    pub const fn none() -> Self {
        Self { notify: None, filter: PhantomData }
    }

    /// It does.
    pub const fn notified() -> Self
    where
        F: Transacted,
    {
        // STATUS_INVALID_PARAMETER_4 would be all that enlisting came to (J-37).
        const { assert!(!F::NOTIFICATIONS.is_empty(), "who takes part in transactions hears something of them") };
        Self { notify: Some(notify::<F>), filter: PhantomData }
    }
}

/// Refuses to build a filter that enlists without a callback, which fails with STATUS_INVALID_PARAMETER (J-37).
pub(super) const fn assert_registered<F: Transacted>() {
    assert!(F::TRANSACTIONS.notify.is_some(), "who enlists in transactions registers for them: Filter::TRANSACTIONS");
}

/// How far a transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// TRANSACTION_NOTIFY_PREPREPARE: the commit is about to be prepared.
    PrePrepare,
    /// TRANSACTION_NOTIFY_PREPARE: the commit is prepared. Until it has answered, the filter can
    /// [roll back](Transaction::roll_back).
    Prepare,
    /// TRANSACTION_NOTIFY_COMMIT: the transaction is committed.
    Commit,
    /// TRANSACTION_NOTIFY_COMMIT_FINALIZE: everybody has committed.
    CommitFinalize,
    /// TRANSACTION_NOTIFY_ROLLBACK: the transaction is rolled back.
    Rollback,
}

impl Phase {
    /// The phase that a notification is about.
    const fn of(notification: u32) -> Option<Self> {
        match notification {
            sys::TRANSACTION_NOTIFY_PREPREPARE => Some(Self::PrePrepare),
            sys::TRANSACTION_NOTIFY_PREPARE => Some(Self::Prepare),
            sys::TRANSACTION_NOTIFY_COMMIT => Some(Self::Commit),
            sys::TRANSACTION_NOTIFY_COMMIT_FINALIZE => Some(Self::CommitFinalize),
            sys::TRANSACTION_NOTIFY_ROLLBACK => Some(Self::Rollback),
            _ => None,
        }
    }

    /// Says that the filter is done with it.
    ///
    /// # Safety
    ///
    /// The callback has answered STATUS_PENDING to it, or is about to, and nobody has said it yet; the objects are live, and
    /// the level is APC_LEVEL at most.
    unsafe fn complete(
        self,
        instance: sys::PFLT_INSTANCE,
        transaction: sys::PKTRANSACTION,
        context: sys::PFLT_CONTEXT,
    ) {
        // The routines fail where the filter has no context on the transaction, which then waits for nothing.
        // SAFETY: the caller vouches for it.
        let _ = unsafe {
            match self {
                Self::PrePrepare => sys::FltPrePrepareComplete(instance, transaction, context),
                Self::Prepare => sys::FltPrepareComplete(instance, transaction, context),
                Self::Commit => sys::FltCommitComplete(instance, transaction, context),
                Self::CommitFinalize => sys::FltCommitFinalizeComplete(instance, transaction, context),
                Self::Rollback => sys::FltRollbackComplete(instance, transaction, context),
            }
        };
    }
}

/// A notification of a transaction that the filter is enlisted in, in the callback, which answers it.
///
/// # Invariants
///
/// The objects are those of the callback, and name an instance and a transaction.
pub struct Notification<'a, F: Transacted> {
    phase: Phase,
    objects: &'a sys::FLT_RELATED_OBJECTS,
    context: ContextRef<F::Context>,
}

impl<'a, F: Transacted> Notification<'a, F> {
    /// How far the transaction is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What the filter keeps of the transaction.
    pub fn context(&self) -> &ContextRef<F::Context> {
        &self.context
    }

    /// The instance that is enlisted.
    pub fn instance(&self) -> Instance<'a> {
        // SAFETY: by the invariant the objects are those of a callback, and name an instance.
        unsafe { Instance::new(self.objects) }
    }

    /// The transaction.
    pub fn transaction(&self) -> Transaction<'a> {
        // SAFETY: by the invariant the objects are those of a callback, and name a transaction.
        unsafe { Transaction::of(self.objects).unwrap_unchecked() }
    }

    /// The filter is done with it: STATUS_SUCCESS.
    pub fn finish(self) -> Notified<'a> {
        Notified(sys::STATUS_SUCCESS, PhantomData)
    }

    /// Has a worker go on with it; the transaction waits for that: STATUS_PENDING. Wraps FltAllocateGenericWorkItem,
    /// FltFreeGenericWorkItem, and FltQueueGenericWorkItem, up to DISPATCH_LEVEL, for the instance, which is not torn
    /// down completely before the worker is done.
    ///
    /// # Errors
    ///
    /// The notification and the work, with STATUS_INSUFFICIENT_RESOURCES or STATUS_FLT_DELETING_OBJECT.
    pub fn defer<W: Deferred<Filter = F>>(
        self,
        work: W,
        to: Queue,
        tag: Tag,
    ) -> Result<Notified<'a>, NotQueued<Self, W>> {
        let item = match GenericItem::allocate() {
            Ok(item) => item,
            Err(error) => return Err(NotQueued { kept: self, work, error }),
        };
        let queued = item.as_raw();
        let job = Job { work, pended: Enlisted::of(&self), item };
        let job = match PoolBox::<_, NonPaged>::try_new_or_back(job, tag) {
            Ok(job) => job.into_raw(),
            Err((job, error)) => return Err(NotQueued { kept: self, work: job.work, error }),
        };
        // SAFETY: the item is allocated and not queued, and the instance is live; on success the routine owns the job.
        let status = unsafe {
            sys::FltQueueGenericWorkItem(
                queued,
                self.objects.Instance.cast(),
                Some(deferred::<W>),
                to as sys::WORK_QUEUE_TYPE,
                job.as_ptr().cast(),
            )
        };
        match Error::check(status) {
            Ok(_) => Ok(Notified(sys::STATUS_PENDING, PhantomData)),
            Err(error) => {
                // SAFETY: the routine is not called, so the job is taken back here once.
                let job = unsafe { PoolBox::<Job<W>, NonPaged>::from_raw(job) };
                Err(NotQueued { kept: self, work: job.into_inner().work, error })
            }
        }
    }
}

/// What the callback answers. It is made by consuming the notification, so that none goes on that was answered.
#[must_use]
pub struct Notified<'a>(sys::NTSTATUS, PhantomData<*mut &'a ()>);

/// Work on a notification, in a worker.
pub trait Deferred: Send + Sized + 'static {
    /// The filter whose work it is.
    type Filter: Transacted;

    /// Does the work. The transaction goes on when the notification is finished, or dropped.
    fn run(self, filter: &Self::Filter, notification: Pended<Self::Filter>, at: Irql<'_, PassiveLevel>);
}

/// What a pended notification is about, by reference.
///
/// # Invariants
///
/// The references to the transaction and to the context, which is an `F::Context`, are owned; the instance is live.
struct Enlisted<F: Transacted> {
    phase: Phase,
    objects: sys::FLT_RELATED_OBJECTS,
    context: NonNull<c_void>,
    filter: PhantomData<fn() -> F>,
}

// SAFETY: both references can be released in any thread; the type says nothing of the level, so that it is private.
unsafe impl<F: Transacted> Send for Enlisted<F> {}

impl<F: Transacted> Enlisted<F> {
    fn of(notification: &Notification<'_, F>) -> Self {
        // SAFETY: the transaction is live.
        unsafe { sys::ObfReferenceObject(notification.objects.Transaction.cast()) };
        let context = notification.context.clone().into_raw();
        Self {
            phase: notification.phase,
            objects: *notification.objects,
            // SAFETY: a reference is not NULL.
            context: unsafe { NonNull::new_unchecked(context) },
            filter: PhantomData,
        }
    }

    fn context(&self) -> &F::Context {
        // SAFETY: by the invariant the context is live, and is one of this type.
        unsafe { self.context.cast().as_ref() }
    }
}

impl<F: Transacted> Drop for Enlisted<F> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and given back once; this is at PASSIVE_LEVEL, in the callback or
        // in the worker, which is where the value stays.
        unsafe { sys::FltReleaseContext(self.context.as_ptr()) };
        // SAFETY: as above.
        unsafe { sys::ObfDereferenceObject(self.objects.Transaction.cast()) };
    }
}

/// A notification that was pended, in the worker that goes on with it. If it is dropped, the transaction goes on.
///
/// It stays in its thread, at PASSIVE_LEVEL, where it is to be finished.
#[must_use = "the transaction goes on when the value is dropped"]
pub struct Pended<F: Transacted>(Enlisted<F>, PhantomData<*mut ()>);

impl<F: Transacted> Pended<F> {
    /// How far the transaction is.
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// What the filter keeps of the transaction.
    pub fn context(&self) -> &F::Context {
        self.0.context()
    }

    /// The transaction.
    pub fn transaction(&self) -> Transaction<'_> {
        // SAFETY: a reference keeps the transaction, and the work item the instance.
        unsafe { Transaction::of(&self.0.objects).unwrap_unchecked() }
    }

    /// The filter is done with it. Wraps FltPrePrepareComplete, FltPrepareComplete, FltCommitComplete,
    /// FltCommitFinalizeComplete or FltRollbackComplete, whichever it takes, at PASSIVE_LEVEL.
    pub fn finish(self) {
        drop(self);
    }
}

impl<F: Transacted> Drop for Pended<F> {
    fn drop(&mut self) {
        let Enlisted { phase, objects, context, .. } = &self.0;
        // SAFETY: the callback has answered STATUS_PENDING, or is about to; a drop is the last use. The value is not Send,
        // so that this is the worker, at PASSIVE_LEVEL.
        unsafe { phase.complete(objects.Instance, objects.Transaction, context.as_ptr()) };
    }
}

/// The work and what it is about, on its way to a worker.
struct Job<W: Deferred> {
    work: W,
    pended: Enlisted<W::Filter>,
    item: GenericItem,
}

sys::callback! {
    /// The routine of work on a notification.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for a work item that [`Notification::defer`] queued.
    unsafe fn deferred<W: Deferred>(_: sys::PFLT_GENERIC_WORKITEM, _: *mut c_void, context: *mut c_void) {
        // SAFETY: the context is the job, and this is its only routine.
        let job = unsafe { PoolBox::<Job<W>, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())) };
        let Job { work, pended, item } = job.into_inner();
        let notification = Pended(pended, PhantomData);
        // SAFETY: the filter is running: the Filter Manager waits for its work items (E-16). They run at PASSIVE_LEVEL (E-09).
        unsafe { work.run(W::Filter::slot().running(), notification, Irql::assume()) };
        drop(item);
    }
}

sys::callback! {
    /// TransactionNotificationCallback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as.
    unsafe fn notify<F: Transacted>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: sys::PFLT_CONTEXT,
        notification: u32,
    ) -> sys::NTSTATUS {
        // SAFETY: the objects are those of this callback.
        let objects = unsafe { &*objects };
        // SAFETY: the context is the one that the filter has enlisted with, and is live while it is.
        let context = unsafe { ContextRef::<F::Context>::another(context) };
        let (Some(phase), Some(context)) = (Phase::of(notification), context) else { return sys::STATUS_SUCCESS };
        if objects.Instance.is_null() || objects.Transaction.is_null() {
            return sys::STATUS_SUCCESS;
        }
        // INVARIANT: the objects were just looked at.
        let notification = Notification { phase, objects, context };
        // SAFETY: only a filter that runs is enlisted; the callback runs at PASSIVE_LEVEL.
        unsafe { F::slot().running().notified(notification, Irql::assume()) }.0
    }
}
