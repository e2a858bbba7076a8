//! Transactions (rule J-37).

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{
    FLT_CONTEXT_TYPE, FLT_SET_CONTEXT_OPERATION, NOTIFICATION_MASK, NTSTATUS, PFLT_CONTEXT, PFLT_INSTANCE,
    PKTRANSACTION,
};

use super::export;
use super::flt_context::Place;
use crate::flt::context::{self, Key};
use crate::flt::filter::identity;
use crate::flt::instance::Instance;
use crate::flt::major::half;
use crate::flt::object::Object;
use crate::flt::transaction::KernelTransaction;
use crate::kernel::irql;
use crate::kernel::references::Referenced;

const TRANSACTION: FLT_CONTEXT_TYPE = half(sys::FLT_TRANSACTION_CONTEXT);

/// The transaction that a driver means.
fn transaction_at(transaction: PKTRANSACTION) -> Option<Arc<KernelTransaction>> {
    KernelTransaction::find(transaction as usize)
}

/// Runs `f` with the place of the filter's context on a transaction: one for each filter (rule J-17).
///
/// # Safety
///
/// The driver must pass an instance.
pub(super) unsafe fn on_transaction(
    instance: PFLT_INSTANCE,
    transaction: PKTRANSACTION,
    f: impl FnOnce(&Place<'_>) -> NTSTATUS,
) -> NTSTATUS {
    // SAFETY: passed on.
    let instance = unsafe { Instance::from_handle(instance) };
    let Some(transaction) = transaction_at(transaction) else { return sys::STATUS_INVALID_PARAMETER };
    f(&Place {
        slots: &transaction.contexts,
        key: Key {
            kind: TRANSACTION,
            owner: identity(&**instance.filter()),
            handle: std::ptr::null(),
            setter: identity(instance),
        },
        filter: instance.filter(),
        instance: Some(instance),
    })
}

/// Completes a notification that was pended.
///
/// # Safety
///
/// The driver must pass an instance.
unsafe fn complete(instance: PFLT_INSTANCE, transaction: PKTRANSACTION, notification: u32) -> NTSTATUS {
    irql::check(irql::APC_LEVEL);
    let Some(transaction) = transaction_at(transaction) else { return sys::STATUS_INVALID_PARAMETER };
    // SAFETY: passed on.
    transaction.complete(&unsafe { Instance::arc_from_handle(instance) }, notification)
}

export! {
    dll "FLTMGR.SYS";

    /// The filter's context on a transaction.
    pub unsafe fn FltGetTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the result.
        unsafe {
            Context.write(std::ptr::null_mut());
            on_transaction(Instance, Transaction, |place| place.get(Context))
        }
    }

    /// Sets the filter's context on a transaction.
    pub unsafe fn FltSetTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a context and a place for the old one or NULL.
        unsafe {
            super::flt_context::hand_over(None, OldContext);
            on_transaction(Instance, Transaction, |place| place.set(Operation, NewContext, OldContext))
        }
    }

    /// Takes the filter's context off a transaction.
    pub unsafe fn FltDeleteTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a place for the old context or NULL.
        unsafe { on_transaction(Instance, Transaction, |place| place.delete(OldContext)) }
    }

    /// Enlists an instance in a transaction: it hears of it from then on.
    pub unsafe fn FltEnlistInTransaction(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
        NotificationMask: NOTIFICATION_MASK,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let Some(transaction) = transaction_at(Transaction) else { return sys::STATUS_INVALID_PARAMETER };
        // SAFETY: the driver passes an instance, and a context that it holds a reference to.
        unsafe { transaction.enlist(&Instance::arc_from_handle(Instance), TransactionContext, NotificationMask) }
    }

    /// Rolls a transaction back for a filter that is enlisted in it and has not prepared yet.
    pub unsafe fn FltRollbackEnlistment(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        irql::check(irql::APC_LEVEL);
        let Some(transaction) = transaction_at(Transaction) else { return sys::STATUS_INVALID_PARAMETER };
        let mut context = std::ptr::null_mut();
        // SAFETY: the driver passes objects; the reference that comes with the context is given back.
        unsafe {
            if on_transaction(Instance, Transaction, |place| place.get(&raw mut context)) < 0 {
                return sys::STATUS_NOT_FOUND;
            }
            context::release(context);
        }
        // SAFETY: the driver passes an instance.
        let instance = unsafe { Instance::arc_from_handle(Instance) };
        transaction.rollback_enlistment(&instance)
    }

    /// Ends the processing of `TRANSACTION_NOTIFY_PREPREPARE`.
    pub unsafe fn FltPrePrepareComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        // SAFETY: the driver passes an instance.
        unsafe { complete(Instance, Transaction, sys::TRANSACTION_NOTIFY_PREPREPARE) }
    }

    /// Ends the processing of `TRANSACTION_NOTIFY_PREPARE`.
    pub unsafe fn FltPrepareComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        // SAFETY: the driver passes an instance.
        unsafe { complete(Instance, Transaction, sys::TRANSACTION_NOTIFY_PREPARE) }
    }

    /// Ends the processing of `TRANSACTION_NOTIFY_COMMIT`.
    pub unsafe fn FltCommitComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        // SAFETY: the driver passes an instance.
        unsafe { complete(Instance, Transaction, sys::TRANSACTION_NOTIFY_COMMIT) }
    }

    /// Ends the processing of `TRANSACTION_NOTIFY_COMMIT_FINALIZE`.
    pub unsafe fn FltCommitFinalizeComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        // SAFETY: the driver passes an instance.
        unsafe { complete(Instance, Transaction, sys::TRANSACTION_NOTIFY_COMMIT_FINALIZE) }
    }

    /// Ends the processing of `TRANSACTION_NOTIFY_ROLLBACK`.
    pub unsafe fn FltRollbackComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS {
        let _ = TransactionContext;
        // SAFETY: the driver passes an instance.
        unsafe { complete(Instance, Transaction, sys::TRANSACTION_NOTIFY_ROLLBACK) }
    }
}
