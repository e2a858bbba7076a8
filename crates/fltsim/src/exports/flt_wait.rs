//! Waits in a filter's callbacks that end with the operation or the thread (rules G-28 to G-30).

use fltmgr_sys as sys;
use fltmgr_sys::{NTSTATUS, PFLT_CALLBACK_DATA, PKWAIT_BLOCK, PLARGE_INTEGER, PVOID, ULONG, WAIT_TYPE};

use super::export;
use super::synchronization::{deadline_of, take_several};
use crate::flt::callback_data::CallbackBlock;
use crate::flt::cancel::Action;
use crate::flt::operation::Operation;
use crate::flt::{name, pended};
use crate::kernel::wait::{self, Interrupted};
use crate::kernel::{fault, irql, thread};

/// How many objects one wait may be for.
const MAXIMUM_WAIT_OBJECTS: ULONG = 64;

/// Waits for some of the objects, or until the operation is canceled or the thread is to end.
unsafe fn wait_for(
    objects: &[PVOID],
    wait_type: WAIT_TYPE,
    timeout: PLARGE_INTEGER,
    data: PFLT_CALLBACK_DATA,
) -> NTSTATUS {
    // SAFETY: the driver passes NULL or callback data that is its own.
    let operation = if data.is_null() { None } else { unsafe { CallbackBlock::of(data) }.operation() };
    let operation = operation.filter(|operation| operation.is_irp());
    irql::check(if operation.is_some() { irql::PASSIVE_LEVEL } else { irql::APC_LEVEL });
    if thread::current().special_apc_disable_count() != 0
        && let Some(filter) = name::current_filter()
    {
        filter.report("G-28", "a cancellable wait was begun with special kernel APCs disabled".to_owned());
    }
    let armed = operation.is_some_and(arm);
    let canceled = || operation.is_some_and(|operation| operation.cancel.is_canceled());
    let attempt = || match take_several(objects, wait_type) {
        Some(index) => Some(i32::try_from(index).unwrap_or(sys::STATUS_SUCCESS)),
        None => canceled().then_some(sys::STATUS_CANCELLED),
    };
    // SAFETY: the driver passes NULL or a timeout.
    let result = wait::until_any(unsafe { deadline_of(timeout) }, true, attempt);
    if let Some(operation) = operation.filter(|_| armed) {
        operation.cancel.disarm();
    }
    match result {
        Ok(status) => status,
        Err(Interrupted::TimedOut) => sys::STATUS_TIMEOUT,
        Err(Interrupted::Terminating) => sys::STATUS_THREAD_IS_TERMINATING,
    }
}

/// Has a cancellation of the operation wake the thread.
fn arm(operation: &Operation) -> bool {
    if operation.cancel.is_armed() {
        operation.complain("G-28", "has a cancel routine set and begins a cancellable wait");
        return false;
    }
    pended::remember(operation);
    operation.cancel.arm(Action::Wake)
}

export! {
    dll "FLTMGR.SYS";

    /// Waits for an object (rules G-28, G-29).
    pub unsafe fn FltCancellableWaitForSingleObject(
        Object: PVOID,
        Timeout: PLARGE_INTEGER,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS {
        // SAFETY: passed on.
        unsafe { wait_for(&[Object], sys::WaitAny, Timeout, CallbackData) }
    }

    /// Waits for any or all of several objects (rules G-28 to G-30).
    pub unsafe fn FltCancellableWaitForMultipleObjects(
        Count: ULONG,
        ObjectArray: *mut PVOID,
        WaitType: WAIT_TYPE,
        Timeout: PLARGE_INTEGER,
        WaitBlockArray: PKWAIT_BLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS {
        if Count > MAXIMUM_WAIT_OBJECTS || Count > sys::THREAD_WAIT_OBJECTS && WaitBlockArray.is_null() {
            fault::bug_check(
                0xC,
                [0; 4],
                format!("a thread was to wait for {Count} objects, more than there are wait blocks for"),
            );
        }
        // SAFETY: the driver passes as many objects as it says.
        unsafe {
            let objects = std::slice::from_raw_parts(ObjectArray, Count as usize);
            wait_for(objects, WaitType, Timeout, CallbackData)
        }
    }
}
