//! Callback data of a filter's own, and operations that are performed once more (rules N-19 to N-32, G-26, G-27, B-33).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_ALLOCATE_CALLBACK_DATA_FLAGS, NTSTATUS, PFILE_OBJECT, PFLT_CALLBACK_DATA,
    PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_GET_OPERATION_STATUS_CALLBACK, PFLT_INSTANCE, PVOID,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::instance::Instance;
use crate::flt::major;
use crate::flt::object::Object;
use crate::flt::own;
use crate::kernel::irql;

/// Whether the parameters in callback data are those of paging I/O.
unsafe fn is_paging(data: PFLT_CALLBACK_DATA) -> bool {
    // SAFETY: the driver passes callback data that is its own.
    unsafe { (*(*data).Iopb).IrpFlags & sys::IRP_PAGING_IO != 0 }
}

/// The highest level at which I/O may be performed whose wait is for ordinary completion (rules N-22, N-30).
unsafe fn highest(data: PFLT_CALLBACK_DATA) -> u8 {
    // SAFETY: passed on.
    if unsafe { is_paging(data) } { irql::APC_LEVEL } else { irql::PASSIVE_LEVEL }
}

export! {
    dll "FLTMGR.SYS";

    /// Allocates callback data for an operation of the filter's own.
    pub unsafe fn FltAllocateCallbackData(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        RetNewCallbackData: *mut PFLT_CALLBACK_DATA,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { RetNewCallbackData.write(own::allocate(&Instance::arc_from_handle(Instance), FileObject)) };
        sys::STATUS_SUCCESS
    }

    /// Allocates callback data with all the memory that performing it takes (rule N-29), which is always there here.
    pub unsafe fn FltAllocateCallbackDataEx(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Flags: FLT_ALLOCATE_CALLBACK_DATA_FLAGS,
        RetNewCallbackData: *mut PFLT_CALLBACK_DATA,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        if Flags & !sys::FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY != 0 {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { RetNewCallbackData.write(own::allocate(&Instance::arc_from_handle(Instance), FileObject)) };
        sys::STATUS_SUCCESS
    }

    /// Frees callback data (rules N-25 to N-27).
    pub unsafe fn FltFreeCallbackData(CallbackData: PFLT_CALLBACK_DATA) {
        irql::check(irql::DISPATCH_LEVEL);
        own::free(CallbackData);
    }

    /// Makes callback data as new (rules N-25 to N-28).
    pub unsafe fn FltReuseCallbackData(CallbackData: PFLT_CALLBACK_DATA) {
        irql::check(irql::APC_LEVEL);
        own::reuse(CallbackData);
    }

    /// Performs an operation of the filter's own and waits for it (rule N-23).
    pub unsafe fn FltPerformSynchronousIo(CallbackData: PFLT_CALLBACK_DATA) {
        irql::check(irql::APC_LEVEL);
        if let Some(own) = own::expect(CallbackData, "FltPerformSynchronousIo") {
            own.perform();
        }
    }

    /// Begins an operation of the filter's own (rules N-19 to N-22).
    pub unsafe fn FltPerformAsynchronousIo(
        CallbackData: PFLT_CALLBACK_DATA,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS {
        let Some(own) = own::expect(CallbackData, "FltPerformAsynchronousIo") else {
            return sys::STATUS_INVALID_PARAMETER;
        };
        let Some(callback) = CallbackRoutine else { return sys::STATUS_INVALID_PARAMETER };
        // SAFETY: the callback data is the driver's.
        unsafe {
            irql::check(highest(CallbackData));
            let major = (*(*CallbackData).Iopb).MajorFunction;
            let pages = [major::READ, major::WRITE, major::QUERY_INFORMATION, major::SET_INFORMATION];
            if is_paging(CallbackData)
                && !pages.contains(&major)
                && let Some(filter) = crate::flt::name::current_filter()
            {
                filter.report("N-22", "IRP_PAGING_IO was set for an operation that is never paging I/O".to_owned());
            }
        }
        own.start(callback, CallbackContext)
    }

    /// Performs an operation once more, below the instance (rules N-30 to N-32).
    pub unsafe fn FltReissueSynchronousIo(InitiatingInstance: PFLT_INSTANCE, CallbackData: PFLT_CALLBACK_DATA) {
        // SAFETY: the driver passes an instance, and callback data that is its own.
        unsafe {
            irql::check(highest(CallbackData));
            if let Some(own) = own::find(CallbackData) {
                own.reissue();
            } else if let Some(operation) = CallbackBlock::of(CallbackData).operation() {
                operation.reissue(&Instance::arc_from_handle(InitiatingInstance));
            }
        }
    }

    /// Cancels an operation of the filter's own (rules G-26, G-27).
    pub unsafe fn FltCancelIo(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        irql::check(irql::DISPATCH_LEVEL);
        let own = own::find(CallbackData);
        if own.is_none() && let Some(filter) = crate::flt::name::current_filter() {
            filter.report("G-26", "FltCancelIo was called for an operation that is not the filter's own".to_owned());
        }
        own.is_some_and(|own| own.cancel()).into()
    }

    /// Asks to be told what the file system answers (rule B-33).
    pub unsafe fn FltRequestOperationStatusCallback(
        Data: PFLT_CALLBACK_DATA,
        CallbackRoutine: PFLT_GET_OPERATION_STATUS_CALLBACK,
        RequesterContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { CallbackBlock::of(Data) }.operation();
        let (Some(operation), Some(callback)) = (operation, CallbackRoutine) else {
            return sys::STATUS_INVALID_PARAMETER;
        };
        operation.request_status(callback, RequesterContext)
    }
}
