//! Swapped buffers (rules I-21, I-29 to I-32).

use fltmgr_sys as sys;
use fltmgr_sys::{PFLT_CALLBACK_DATA, PMDL, PVOID};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::operation::Operation;
use crate::kernel::irql;

/// The operation behind callback data, if its post-operation callback has it; anything else is reported under `rule`.
unsafe fn in_post<'a>(data: PFLT_CALLBACK_DATA, rule: &'static str, routine: &str) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation()?;
    if !operation.is_post() {
        operation.complain(rule, &format!("{routine} was called outside of a post-operation callback"));
        return None;
    }
    Some(operation)
}

export! {
    dll "FLTMGR.SYS";

    /// The MDL that is in the place of the operation's own (rule I-31).
    pub unsafe fn FltGetSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA) -> PMDL {
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { in_post(CallbackData, "I-31", "FltGetSwappedBufferMdlAddress") };
        operation.map_or(std::ptr::null_mut(), |operation| operation.swapped_mdl(false))
    }

    /// Leaves that MDL to the filter (rule I-30).
    pub unsafe fn FltRetainSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA) {
        // SAFETY: the driver passes callback data that is its own.
        if let Some(operation) = unsafe { in_post(CallbackData, "I-30", "FltRetainSwappedBufferMdlAddress") } {
            operation.swapped_mdl(true);
        }
    }

    /// The system buffer that the file system has put in the place of the one it was given. fltsim's file systems never
    /// do, so `FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER` is never set, and the answer is NULL (rule B-21).
    pub unsafe fn FltGetNewSystemBufferAddress(CallbackData: PFLT_CALLBACK_DATA) -> PVOID {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        if let Some(operation) = unsafe { in_post(CallbackData, "B-21", "FltGetNewSystemBufferAddress") } {
            // SAFETY: the operation's callback data is alive.
            let flags = unsafe { (*operation.callback_data()).Flags };
            debug_assert_eq!(flags & sys::FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER, 0);
        }
        std::ptr::null_mut()
    }
}
