//! Transactions (rule J-37): what a program commits or rolls back as a whole, and what filters that are enlisted hear of it.
//!
//! A program makes one with [`Machine::begin_transaction`] and opens files within it, by
//! [`OpenRequest::transaction`](crate::io::OpenRequest). The kernel's transaction manager is simulated as far as filters see
//! it: enlistments, notifications in the documented order, rollback that a filter asks for. The file system below isolates
//! nothing: what is written within a transaction is visible at once, and is not undone by a rollback.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use fltmgr_sys::{NTSTATUS, PFLT_CONTEXT, PKTRANSACTION, TXN_PARAMETER_BLOCK};
use parking_lot::{Condvar, Mutex};

use super::context::{self, ContextSlots};
use super::filter::identity;
use super::instance::Instance;
use super::invoke;
use super::major::size_of_16;
use crate::kernel::object::ObjectKind;
use crate::kernel::references::{DriverReferences, Referenced};
use crate::machine::Machine;
use crate::status::NtStatus;

/// The notifications that a filter can enlist for.
const NOTIFICATIONS: u32 = sys::TRANSACTION_NOTIFY_PREPREPARE
    | sys::TRANSACTION_NOTIFY_PREPARE
    | sys::TRANSACTION_NOTIFY_COMMIT
    | sys::TRANSACTION_NOTIFY_ROLLBACK
    | sys::TRANSACTION_NOTIFY_COMMIT_FINALIZE;

/// `TXF_MINIVERSION_DEFAULT_VIEW`: the file as who opens it would see it.
const DEFAULT_VIEW: u16 = 0xFFFE;

/// A program's handle to a transaction. The last one that goes rolls the transaction back if it is still active.
#[derive(Clone)]
pub struct Transaction(Arc<Handle>);

/// What a handle is to.
struct Handle {
    object: Arc<KernelTransaction>,
    /// Whether the transaction goes with the handle.
    owns: bool,
}

impl Transaction {
    /// Commits the transaction: has every filter that is enlisted prepare, and then commit.
    ///
    /// # Errors
    ///
    /// `STATUS_TRANSACTION_ALREADY_ABORTED` if it was rolled back, before this or by a filter that would not prepare;
    /// `STATUS_TRANSACTION_ALREADY_COMMITTED`.
    pub fn commit(&self) -> Result<(), NtStatus> {
        self.0.object.commit().map_err(NtStatus)
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    ///
    /// `STATUS_TRANSACTION_ALREADY_ABORTED`, `STATUS_TRANSACTION_ALREADY_COMMITTED`.
    pub fn rollback(&self) -> Result<(), NtStatus> {
        self.0.object.rollback().map_err(NtStatus)
    }

    pub(crate) fn object(&self) -> &Arc<KernelTransaction> {
        &self.0.object
    }

    /// What a driver opens a file within that has the transaction's parameter block.
    pub(crate) fn of_driver(transaction: PKTRANSACTION) -> Option<Self> {
        let object = KernelTransaction::find(transaction as usize)?;
        Some(Self(Arc::new(Handle { object, owns: false })))
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Transaction").field(&self.0.object.number).finish()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.owns {
            // A transaction that has ended says so.
            let _ = self.object.rollback();
        }
    }
}

impl Machine {
    /// Begins a transaction.
    pub fn begin_transaction(self: &Arc<Self>) -> Transaction {
        let transaction = KernelTransaction::new(self);
        self.transactions.0.lock().push(Arc::downgrade(&transaction));
        Transaction(Arc::new(Handle { object: transaction, owns: true }))
    }
}

/// The transactions of a machine.
#[derive(Default)]
pub(crate) struct Transactions(Mutex<Vec<Weak<KernelTransaction>>>);

impl Transactions {
    /// Ends the part of an instance that goes in every transaction.
    pub(crate) fn leave(&self, instance: &Instance) {
        let all: Vec<_> = {
            let mut transactions = self.0.lock();
            transactions.retain(|transaction| transaction.strong_count() > 0);
            transactions.iter().filter_map(Weak::upgrade).collect()
        };
        for transaction in all {
            transaction.leave(instance);
        }
    }
}

/// How far a transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Active,
    /// It is prepared for the commit; a filter can still roll it back.
    Preparing,
    Committing,
    RollingBack,
    Committed,
    RolledBack,
}

/// An instance that is enlisted.
struct Enlistment {
    instance: Arc<Instance>,
    /// The transaction's context, with a reference.
    context: Arc<Held>,
    mask: u32,
    /// The notification that the callback was called for and that is not answered yet.
    awaited: Option<u32>,
    /// Whether it has prepared, after which it cannot roll back.
    prepared: bool,
}

/// A reference to a context, given back when dropped.
struct Held(PFLT_CONTEXT);

// SAFETY: a context is reached through its counted references, in any thread.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the reference was taken when this was made.
        unsafe { context::release(self.0) };
    }
}

struct State {
    phase: Phase,
    enlistments: Vec<Enlistment>,
}

/// The block that `IoGetTransactionParameterBlock` returns.
struct ParameterBlock(UnsafeCell<TXN_PARAMETER_BLOCK>);

// SAFETY: it is written when the transaction is made, and drivers only read it.
unsafe impl Send for ParameterBlock {}
// SAFETY: as above.
unsafe impl Sync for ParameterBlock {}

/// A transaction. Its address is the `PKTRANSACTION` that drivers have.
pub(crate) struct KernelTransaction {
    machine: Arc<Machine>,
    number: u64,
    references: DriverReferences<Self>,
    block: ParameterBlock,
    /// The contexts that filters have set on it.
    pub(crate) contexts: ContextSlots,
    state: Mutex<State>,
    changed: Condvar,
}

impl Referenced for KernelTransaction {
    const KIND: ObjectKind = ObjectKind::Transaction;

    fn references(&self) -> &DriverReferences<Self> {
        &self.references
    }
}

impl Drop for KernelTransaction {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl KernelTransaction {
    fn new(machine: &Arc<Machine>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let transaction = Arc::new(Self {
            machine: Arc::clone(machine),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            references: DriverReferences::default(),
            block: ParameterBlock(UnsafeCell::new(TXN_PARAMETER_BLOCK {
                Length: size_of_16::<TXN_PARAMETER_BLOCK>(),
                TxFsContext: DEFAULT_VIEW,
                TransactionObject: std::ptr::null_mut(),
            })),
            contexts: ContextSlots::default(),
            state: Mutex::new(State { phase: Phase::Active, enlistments: Vec::new() }),
            changed: Condvar::new(),
        });
        // SAFETY: nobody else knows the block yet.
        unsafe { (*transaction.block.0.get()).TransactionObject = transaction.handle().cast() };
        transaction.publish();
        transaction
    }

    /// What drivers know it by.
    pub(crate) fn handle(&self) -> PKTRANSACTION {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    pub(crate) fn parameter_block(&self) -> *mut TXN_PARAMETER_BLOCK {
        self.block.0.get()
    }

    /// What tells it from all others.
    pub(crate) fn id(&self) -> sys::GUID {
        sys::GUID { Data1: 0x6B74_6D00, Data2: 0, Data3: 0x4000, Data4: self.number.to_be_bytes() }
    }

    /// `TRANSACTION_STATE` and `TRANSACTION_OUTCOME`.
    pub(crate) fn outcome(&self) -> (u32, u32) {
        // `TransactionStateNormal` and so on, `TransactionOutcomeUndetermined` and so on.
        let (normal, committed_notify) = (1, 3);
        let (undetermined, committed, aborted) = (1, 2, 3);
        match self.state.lock().phase {
            Phase::Committing | Phase::Committed => (committed_notify, committed),
            Phase::RolledBack | Phase::RollingBack => (normal, aborted),
            Phase::Active | Phase::Preparing => (normal, undetermined),
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.state.lock().phase == Phase::Active
    }
}

/// What enlists, commits and rolls back.
impl KernelTransaction {
    /// Why what only an active transaction allows is refused.
    fn refusal(phase: Phase) -> NTSTATUS {
        match phase {
            Phase::Active => sys::STATUS_SUCCESS,
            Phase::Preparing | Phase::Committing => sys::STATUS_TRANSACTION_NOT_ACTIVE,
            Phase::Committed => sys::STATUS_TRANSACTION_ALREADY_COMMITTED,
            Phase::RollingBack | Phase::RolledBack => sys::STATUS_TRANSACTION_ALREADY_ABORTED,
        }
    }

    /// Goes from active to another phase.
    fn begin(&self, phase: Phase) -> Result<(), NTSTATUS> {
        let mut state = self.state.lock();
        match Self::refusal(state.phase) {
            sys::STATUS_SUCCESS => {
                state.phase = phase;
                Ok(())
            }
            status => Err(status),
        }
    }

    /// The body of `FltEnlistInTransaction` (rule J-37).
    ///
    /// # Safety
    ///
    /// `context` must be a context to which the driver holds a reference.
    pub(crate) unsafe fn enlist(&self, instance: &Arc<Instance>, context: PFLT_CONTEXT, mask: u32) -> NTSTATUS {
        if instance.filter().registration().TransactionNotificationCallback.is_none() || context.is_null() {
            return sys::STATUS_INVALID_PARAMETER;
        }
        if mask == 0 || mask & !NOTIFICATIONS != 0 {
            return sys::STATUS_INVALID_PARAMETER_4;
        }
        // This may find that the context is none, and then never returns: it must not have anything locked.
        // SAFETY: the caller vouches for the context.
        unsafe { context::reference(context) };
        let context = Held(context);
        let mut state = self.state.lock();
        if state.enlistments.iter().any(|enlistment| Arc::ptr_eq(&enlistment.instance, instance)) {
            return sys::STATUS_FLT_ALREADY_ENLISTED;
        }
        if instance.is_tearing_down() {
            return sys::STATUS_FLT_DELETING_OBJECT;
        }
        if state.phase != Phase::Active {
            return sys::STATUS_TRANSACTION_NOT_ACTIVE;
        }
        state.enlistments.push(Enlistment {
            instance: Arc::clone(instance),
            context: Arc::new(context),
            mask,
            awaited: None,
            prepared: false,
        });
        sys::STATUS_SUCCESS
    }

    /// Commits: prepares all, and if none of them has rolled back, commits all.
    fn commit(&self) -> Result<(), NTSTATUS> {
        self.begin(Phase::Preparing)?;
        for (notification, next) in [
            (sys::TRANSACTION_NOTIFY_PREPREPARE, Phase::Preparing),
            (sys::TRANSACTION_NOTIFY_PREPARE, Phase::Committing),
        ] {
            self.notify(notification);
            if !self.goes_on_to(next) {
                self.finish_rollback();
                return Err(sys::STATUS_TRANSACTION_ALREADY_ABORTED);
            }
        }
        self.notify(sys::TRANSACTION_NOTIFY_COMMIT);
        self.notify(sys::TRANSACTION_NOTIFY_COMMIT_FINALIZE);
        self.end(Phase::Committed);
        Ok(())
    }

    /// Goes on with a commit, unless a filter was granted a rollback; answers whether it does.
    fn goes_on_to(&self, next: Phase) -> bool {
        let mut state = self.state.lock();
        let goes_on = state.phase != Phase::RollingBack;
        if goes_on {
            state.phase = next;
        }
        goes_on
    }

    fn rollback(&self) -> Result<(), NTSTATUS> {
        self.begin(Phase::RollingBack)?;
        self.finish_rollback();
        Ok(())
    }

    fn finish_rollback(&self) {
        self.notify(sys::TRANSACTION_NOTIFY_ROLLBACK);
        self.end(Phase::RolledBack);
    }

    /// The body of `FltRollbackEnlistment`: a filter may roll back until it has prepared.
    pub(crate) fn rollback_enlistment(self: &Arc<Self>, instance: &Arc<Instance>) -> NTSTATUS {
        let mut state = self.state.lock();
        let enlisted = state.enlistments.iter().find(|enlistment| Arc::ptr_eq(&enlistment.instance, instance));
        let may = enlisted.is_some_and(|enlistment| !enlistment.prepared);
        match state.phase {
            Phase::Active if may => {
                state.phase = Phase::RollingBack;
                let this = Arc::clone(self);
                // Who asks gets a notification too, and not from within its call.
                self.machine.workers().queue(&self.machine, move || this.finish_rollback());
                sys::STATUS_SUCCESS
            }
            Phase::Preparing if may => {
                // Who commits goes on with it, once everybody has answered.
                state.phase = Phase::RollingBack;
                sys::STATUS_SUCCESS
            }
            _ => sys::STATUS_TRANSACTION_REQUEST_NOT_VALID,
        }
    }

    /// Tells everybody who wants to hear of it, and waits until all have answered.
    fn notify(&self, notification: u32) {
        let wanted: Vec<_> = {
            let state = self.state.lock();
            let wants = |enlistment: &&Enlistment| enlistment.mask & notification != 0;
            state.enlistments.iter().filter(wants).map(|enlistment| Arc::clone(&enlistment.instance)).collect()
        };
        for instance in &wanted {
            if instance.operations.enter() {
                self.call(instance, notification);
                instance.operations.exit();
            }
        }
        self.wait(notification);
    }

    /// Changes an enlistment, if it is there still.
    fn with<R>(&self, instance: &Arc<Instance>, change: impl FnOnce(&mut Enlistment) -> R) -> Option<R> {
        let mut state = self.state.lock();
        state.enlistments.iter_mut().find(|enlistment| Arc::ptr_eq(&enlistment.instance, instance)).map(change)
    }

    fn call(&self, instance: &Arc<Instance>, notification: u32) {
        let filter = instance.filter();
        let Some(callback) = filter.registration().TransactionNotificationCallback else { return };
        let context = self.with(instance, |enlistment| {
            enlistment.awaited = Some(notification);
            Arc::clone(&enlistment.context)
        });
        let Some(context) = context else { return };
        let mut related = instance.related_objects(std::ptr::null_mut());
        related.Transaction = self.handle();
        // SAFETY: the driver registered the routine for exactly this call, at PASSIVE_LEVEL.
        let status = invoke::system(&self.machine, filter.image(), "TransactionNotificationCallback", || unsafe {
            callback(&raw const related, context.0, notification)
        });
        match status {
            // Whoever goes on with it answers, or has already.
            Ok(sys::STATUS_PENDING) => (),
            _ => {
                self.with(instance, |enlistment| enlistment.answered(notification));
            }
        }
    }

    /// Waits for the answers that come later. Windows waits forever.
    fn wait(&self, notification: u32) {
        let deadline = Instant::now() + self.machine.patience();
        let mut state = self.state.lock();
        loop {
            let late = state.enlistments.iter_mut().find(|enlistment| enlistment.awaited == Some(notification));
            let Some(late) = late else { return };
            if self.machine.is_crashed() {
                return;
            }
            if Instant::now() >= deadline {
                late.awaited = None;
                let name = name_of(notification);
                late.instance
                    .filter()
                    .report("J-37", format!("{name} was pended and never completed. Windows would wait forever"));
                continue;
            }
            self.changed.wait_for(&mut state, Duration::from_millis(50));
        }
    }

    /// The body of `FltCommitComplete` and the like.
    pub(crate) fn complete(&self, instance: &Arc<Instance>, notification: u32) -> NTSTATUS {
        let answered = self.with(instance, |enlistment| {
            let awaited = enlistment.awaited == Some(notification);
            enlistment.answered(notification);
            awaited
        });
        self.changed.notify_all();
        match answered {
            None => sys::STATUS_NOT_FOUND,
            Some(true) => sys::STATUS_SUCCESS,
            Some(false) => {
                let name = name_of(notification);
                instance.filter().report("J-37", format!("{name} was completed without having been pended"));
                sys::STATUS_TRANSACTION_REQUEST_NOT_VALID
            }
        }
    }

    /// Ends the part of an instance that goes.
    fn leave(&self, instance: &Instance) {
        let left: Vec<_> = {
            let mut state = self.state.lock();
            state
                .enlistments
                .extract_if(.., |enlistment| std::ptr::eq(Arc::as_ptr(&enlistment.instance), instance))
                .collect()
        };
        self.changed.notify_all();
        self.contexts.delete_of(identity(instance));
        drop(left);
    }

    /// The outcome is known to all: nobody is enlisted any more, and the contexts go (rule J-31).
    fn end(&self, phase: Phase) {
        let ended = {
            let mut state = self.state.lock();
            state.phase = phase;
            std::mem::take(&mut state.enlistments)
        };
        self.contexts.delete_all();
        drop(ended);
    }
}

impl Enlistment {
    fn answered(&mut self, notification: u32) {
        if self.awaited == Some(notification) {
            self.awaited = None;
            self.prepared |= notification == sys::TRANSACTION_NOTIFY_PREPARE;
        }
    }
}

/// What a notification is called.
fn name_of(notification: u32) -> &'static str {
    match notification {
        sys::TRANSACTION_NOTIFY_PREPREPARE => "TRANSACTION_NOTIFY_PREPREPARE",
        sys::TRANSACTION_NOTIFY_PREPARE => "TRANSACTION_NOTIFY_PREPARE",
        sys::TRANSACTION_NOTIFY_COMMIT => "TRANSACTION_NOTIFY_COMMIT",
        sys::TRANSACTION_NOTIFY_ROLLBACK => "TRANSACTION_NOTIFY_ROLLBACK",
        _ => "TRANSACTION_NOTIFY_COMMIT_FINALIZE",
    }
}
