//! Callback-data queues and cancellation (rules G).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, NTSTATUS, PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
    PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO, PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
    PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO, PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
    PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_INSTANCE, PIO_CSQ_IRP_CONTEXT, PVOID,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::cancel;
use crate::flt::operation::Operation;
use crate::flt::queue::{self, Queue};
use crate::kernel::irql;

/// The operation behind callback data, if it is an IRP; anything else is reported under `rule`.
unsafe fn irp<'a>(data: PFLT_CALLBACK_DATA, rule: &'static str, routine: &str) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation()?;
    if !operation.is_irp() {
        operation.complain(rule, &format!("{routine} was called for an operation that is no IRP"));
        return None;
    }
    Some(operation)
}

export! {
    dll "FLTMGR.SYS";

    /// Makes a queue (rules G-01, G-04).
    pub unsafe fn FltCbdqInitialize(
        Instance: PFLT_INSTANCE,
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        CbdqInsertIo: PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
        CbdqRemoveIo: PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
        CbdqPeekNextIo: PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
        CbdqAcquire: PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
        CbdqRelease: PFLT_CALLBACK_DATA_QUEUE_RELEASE,
        CbdqCompleteCanceledIo: PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
    ) -> NTSTATUS {
        // SAFETY: the structure is plain data, for which zeros are valid; the memory is the driver's, for a queue.
        unsafe {
            let content = sys::FLT_CALLBACK_DATA_QUEUE {
                Instance,
                InsertIo: CbdqInsertIo,
                RemoveIo: CbdqRemoveIo,
                PeekNextIo: CbdqPeekNextIo,
                Acquire: CbdqAcquire,
                Release: CbdqRelease,
                CompleteCanceledIo: CbdqCompleteCanceledIo,
                ..std::mem::zeroed()
            };
            queue::initialize(Cbdq, content)
        }
    }

    /// Accepts operations again (rule G-20).
    pub unsafe fn FltCbdqEnable(Cbdq: PFLT_CALLBACK_DATA_QUEUE) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a queue of its own.
        unsafe { Queue::of(Cbdq) }.enable(true);
    }

    /// Accepts no operation from now on (rules G-09, G-19).
    pub unsafe fn FltCbdqDisable(Cbdq: PFLT_CALLBACK_DATA_QUEUE) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a queue of its own.
        unsafe { Queue::of(Cbdq) }.enable(false);
    }

    /// Inserts an operation (rules G-09 to G-12).
    pub unsafe fn FltCbdqInsertIo(
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        Cbd: PFLT_CALLBACK_DATA,
        Context: PIO_CSQ_IRP_CONTEXT,
        InsertContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a queue and callback data of its own.
        unsafe { Queue::of(Cbdq).insert(Cbd, Context, InsertContext) }
    }

    /// Removes the operation of an insertion (rule G-17).
    pub unsafe fn FltCbdqRemoveIo(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Context: PIO_CSQ_IRP_CONTEXT) -> PFLT_CALLBACK_DATA {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a queue of its own, and a context that an insertion has filled.
        unsafe { Queue::of(Cbdq).remove(Context) }
    }

    /// Removes the next operation that the driver's own routine chooses (rules G-15, G-16).
    pub unsafe fn FltCbdqRemoveNextIo(Cbdq: PFLT_CALLBACK_DATA_QUEUE, PeekContext: PVOID) -> PFLT_CALLBACK_DATA {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a queue of its own.
        unsafe { Queue::of(Cbdq) }.remove_next(PeekContext)
    }

    /// Says which routine is called when the operation is canceled (rules G-21 to G-23).
    pub unsafe fn FltSetCancelCompletion(
        CallbackData: PFLT_CALLBACK_DATA,
        CanceledCallback: PFLT_COMPLETE_CANCELED_CALLBACK,
    ) -> NTSTATUS {
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { irp(CallbackData, "G-21", "FltSetCancelCompletion") };
        let (Some(operation), Some(routine)) = (operation, CanceledCallback) else {
            return sys::STATUS_INVALID_PARAMETER;
        };
        cancel::set_routine(operation, routine)
    }

    /// Takes that back, unless the operation is being canceled (rule G-24).
    pub unsafe fn FltClearCancelCompletion(CallbackData: PFLT_CALLBACK_DATA) -> NTSTATUS {
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { irp(CallbackData, "G-21", "FltClearCancelCompletion") };
        if operation.is_some_and(|operation| operation.cancel.disarm_routine()) {
            sys::STATUS_SUCCESS
        } else {
            sys::STATUS_CANCELLED
        }
    }

    /// Whether the operation was canceled (rule G-25).
    pub unsafe fn FltIsIoCanceled(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { irp(CallbackData, "G-25", "FltIsIoCanceled") };
        operation.is_some_and(|operation| operation.cancel.is_canceled()).into()
    }
}
