//! Who asks for an operation, beside its process, and what it is a part of (rules B-31, B-37).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, GUID, HANDLE, LPCGUID, LPGUID, NTSTATUS, PBOOLEAN, PCOPY_INFORMATION, PFLT_CALLBACK_DATA, PFLT_INSTANCE,
    PULONG, ULONG,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::operation::Operation;
use crate::kernel::{irql, process, thread};

/// The session of the programs.
const SESSION: u32 = 1;
/// What is told of a process that has no session.
const NO_SESSION: u32 = u32::MAX;

/// The operation behind callback data.
unsafe fn operation_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    unsafe { CallbackBlock::of(data) }.operation()
}

/// The operation behind callback data, if it is an IRP.
unsafe fn irp_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: passed on.
    unsafe { operation_of(data) }.filter(|operation| operation.is_irp())
}

export! {
    dll "FLTMGR.SYS";

    /// The id of the process that asked for an operation, as a handle is wide.
    pub unsafe fn FltGetRequestorProcessIdEx(CallbackData: PFLT_CALLBACK_DATA) -> HANDLE {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: passed on.
        let id = unsafe { operation_of(CallbackData) }.map_or(0, Operation::process_id);
        std::ptr::without_provenance_mut(id as usize)
    }

    /// The session of the process that asked for an operation (rule B-31).
    pub unsafe fn FltGetRequestorSessionId(CallbackData: PFLT_CALLBACK_DATA, SessionId: PULONG) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own, and a place for the result.
        unsafe {
            let Some(operation) = operation_of(CallbackData) else { return sys::STATUS_UNSUCCESSFUL };
            let system = operation.process() == process::system().address();
            SessionId.write(if system { NO_SESSION } else { SESSION });
        }
        sys::STATUS_SUCCESS
    }

    /// Whether the requestor is a 32-bit process. There is none here.
    pub unsafe fn FltIs32bitProcess(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        if !CallbackData.is_null() {
            // SAFETY: passed on.
            let _ = unsafe { operation_of(CallbackData) };
        }
        BOOLEAN::from(false)
    }

    /// What activity an operation is a part of.
    pub unsafe fn FltGetActivityIdCallbackData(CallbackData: PFLT_CALLBACK_DATA, Guid: LPGUID) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own, and a place for the result.
        unsafe {
            let Some(operation) = irp_of(CallbackData) else { return sys::STATUS_NOT_SUPPORTED };
            let Some(activity) = operation.extension.activity() else { return sys::STATUS_NOT_FOUND };
            Guid.write(activity);
        }
        sys::STATUS_SUCCESS
    }

    /// Says what activity an operation is a part of: this one, or for NULL the thread's.
    pub unsafe fn FltSetActivityIdCallbackData(CallbackData: PFLT_CALLBACK_DATA, Guid: LPCGUID) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own and NULL or a GUID; the thread's is alive.
        unsafe {
            let Some(operation) = irp_of(CallbackData) else { return sys::STATUS_NOT_SUPPORTED };
            let of_thread = || std::ptr::with_exposed_provenance::<GUID>(thread::current().activity());
            let activity = if Guid.is_null() { of_thread() } else { Guid };
            let Some(activity) = activity.as_ref() else { return sys::STATUS_NOT_SUPPORTED };
            operation.extension.set_activity(*activity);
        }
        sys::STATUS_SUCCESS
    }

    /// Lets the calling thread be part of an operation's activity.
    pub unsafe fn FltPropagateActivityIdToThread(
        CallbackData: PFLT_CALLBACK_DATA,
        PropagateId: LPGUID,
        OriginalId: *mut LPCGUID,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own, and places that stay until the thread's is cleared.
        unsafe {
            let Some(operation) = irp_of(CallbackData) else { return sys::STATUS_NOT_SUPPORTED };
            let Some(activity) = operation.extension.activity() else { return sys::STATUS_NOT_FOUND };
            PropagateId.write(activity);
            let original = thread::current().set_activity(PropagateId as usize);
            OriginalId.write(std::ptr::with_exposed_provenance(original));
        }
        sys::STATUS_SUCCESS
    }

    /// Gives an operation what another one has beside its parameters (rule B-37).
    pub unsafe fn FltPropagateIrpExtension(
        SourceData: PFLT_CALLBACK_DATA,
        TargetData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
    ) -> NTSTATUS {
        if Flags != 0 {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes callback data that is its own.
        unsafe {
            let Some(source) = irp_of(SourceData) else { return sys::STATUS_INVALID_PARAMETER };
            // What a filter has allocated has no operation before it is performed, and takes nothing over here.
            match operation_of(TargetData) {
                Some(target) if target.is_irp() => target.extension.take_over(&source.extension),
                Some(_) => return sys::STATUS_INVALID_PARAMETER,
                None => (),
            }
        }
        sys::STATUS_SUCCESS
    }

    /// What copy an operation is a part of (rule B-37). No program copies in the kernel here.
    pub unsafe fn FltGetCopyInformationFromCallbackData(
        Data: PFLT_CALLBACK_DATA,
        _CopyInformation: PCOPY_INFORMATION,
    ) -> NTSTATUS {
        // SAFETY: passed on.
        match unsafe { irp_of(Data) } {
            Some(_) => sys::STATUS_NOT_FOUND,
            None => sys::STATUS_INVALID_PARAMETER,
        }
    }

    /// Whether operations may be sent to another volume by changing their instance (rule B-14), which is not done here.
    pub unsafe fn FltIsIoRedirectionAllowed(
        _SourceInstance: PFLT_INSTANCE,
        _TargetInstance: PFLT_INSTANCE,
        RedirectionAllowed: PBOOLEAN,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a place for the result.
        unsafe { RedirectionAllowed.write(0) };
        sys::STATUS_NOT_SUPPORTED
    }

    /// The same, of one operation.
    pub unsafe fn FltIsIoRedirectionAllowedForOperation(
        _Data: PFLT_CALLBACK_DATA,
        _TargetInstance: PFLT_INSTANCE,
        RedirectionAllowedThisIo: PBOOLEAN,
        RedirectionAllowedAllIo: PBOOLEAN,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes places for the results, of which the second may be NULL.
        unsafe {
            RedirectionAllowedThisIo.write(0);
            if let Some(place) = RedirectionAllowedAllIo.as_mut() {
                *place = 0;
            }
        }
        sys::STATUS_NOT_SUPPORTED
    }

    /// Makes room for that.
    pub unsafe fn FltAdjustDeviceStackSizeForIoRedirection(
        _SourceInstance: PFLT_INSTANCE,
        _TargetInstance: PFLT_INSTANCE,
        SourceDeviceStackSizeModified: PBOOLEAN,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes NULL or a place for the result.
        if let Some(place) = unsafe { SourceDeviceStackSizeModified.as_mut() } {
            *place = 0;
        }
        sys::STATUS_NOT_SUPPORTED
    }
}
