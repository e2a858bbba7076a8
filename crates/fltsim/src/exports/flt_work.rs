//! Work items (rules E).

use fltmgr_sys as sys;
use fltmgr_sys::{
    NTSTATUS, PFLT_CALLBACK_DATA, PFLT_DEFERRED_IO_WORKITEM, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GENERIC_WORKITEM,
    PFLT_GENERIC_WORKITEM_ROUTINE, PVOID, WORK_QUEUE_TYPE,
};

use super::export;
use crate::flt::work::{self, Kind};
use crate::kernel::irql;

/// Rule E-10: only the critical and the delayed queue are a driver's to use.
fn is_known(queue: WORK_QUEUE_TYPE) -> bool {
    queue == sys::CriticalWorkQueue || queue == sys::DelayedWorkQueue
}

export! {
    dll "FLTMGR.SYS";

    /// Allocates a generic work item (rule E-01).
    pub unsafe fn FltAllocateGenericWorkItem() -> PFLT_GENERIC_WORKITEM {
        irql::check(irql::DISPATCH_LEVEL);
        work::allocate(Kind::Generic).cast()
    }

    /// Frees a generic work item.
    pub unsafe fn FltFreeGenericWorkItem(FltWorkItem: PFLT_GENERIC_WORKITEM) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a work item it has allocated.
        unsafe { work::free(FltWorkItem.cast(), Kind::Generic) };
    }

    /// Has a system thread run a routine of the filter (rules E-09, E-15 to E-17).
    pub unsafe fn FltQueueGenericWorkItem(
        FltWorkItem: PFLT_GENERIC_WORKITEM,
        FltObject: PVOID,
        WorkerRoutine: PFLT_GENERIC_WORKITEM_ROUTINE,
        QueueType: WORK_QUEUE_TYPE,
        Context: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        if !is_known(QueueType) {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes a work item it has allocated, and a filter or an instance.
        unsafe { work::queue_generic(FltWorkItem.cast(), FltObject, WorkerRoutine, Context) }
    }

    /// Allocates a deferred I/O work item (rule E-01).
    pub unsafe fn FltAllocateDeferredIoWorkItem() -> PFLT_DEFERRED_IO_WORKITEM {
        irql::check(irql::DISPATCH_LEVEL);
        work::allocate(Kind::Deferred).cast()
    }

    /// Frees a deferred I/O work item.
    pub unsafe fn FltFreeDeferredIoWorkItem(FltWorkItem: PFLT_DEFERRED_IO_WORKITEM) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a work item it has allocated.
        unsafe { work::free(FltWorkItem.cast(), Kind::Deferred) };
    }

    /// Has a system thread go on with an operation (rules E-03 to E-06, E-12, E-13).
    pub unsafe fn FltQueueDeferredIoWorkItem(
        FltWorkItem: PFLT_DEFERRED_IO_WORKITEM,
        Data: PFLT_CALLBACK_DATA,
        WorkerRoutine: PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
        QueueType: WORK_QUEUE_TYPE,
        Context: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        if !is_known(QueueType) {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes a work item it has allocated, and callback data that is its own.
        unsafe { work::queue_deferred(FltWorkItem.cast(), Data, WorkerRoutine, Context) }
    }
}
