//! Oplocks of files that a filter owns (rules H).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_PREOP_CALLBACK_STATUS, PFILE_OBJECT, PFLT_CALLBACK_DATA, PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    PFLTOPLOCK_WAIT_COMPLETE_ROUTINE, POPLOCK, PVOID, ULONG,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::major::pre;
use crate::flt::oplock::{self, Check, WaitRoutines, Which, Why};
use crate::io::FileRef;
use crate::kernel::irql;

/// What the routines that check an oplock have in common.
unsafe fn check(
    variable: POPLOCK,
    data: PFLT_CALLBACK_DATA,
    why: Why,
    flags: ULONG,
    routines: WaitRoutines,
) -> FLT_PREOP_CALLBACK_STATUS {
    irql::check(irql::APC_LEVEL);
    // SAFETY: the driver passes a variable and callback data that are its own.
    let (oplock, operation) =
        unsafe { (oplock::of(variable, "a routine that checks oplocks"), CallbackBlock::of(data).operation()) };
    match (oplock, operation) {
        (Some(oplock), Some(operation)) => oplock::check(&oplock, &Check { operation, why, flags, routines }),
        _ => pre::SUCCESS_WITH_CALLBACK,
    }
}

/// What the two routines for controls have in common.
unsafe fn control(
    variable: POPLOCK,
    data: PFLT_CALLBACK_DATA,
    open_count: ULONG,
    flags: Option<ULONG>,
) -> FLT_PREOP_CALLBACK_STATUS {
    irql::check(irql::APC_LEVEL);
    // SAFETY: the driver passes a variable and callback data that are its own.
    unsafe {
        if let Some(oplock) = oplock::of(variable, "FltOplockFsctrl")
            && let Some(operation) = CallbackBlock::of(data).operation()
        {
            return oplock::control(&oplock, operation, open_count, flags);
        }
        (*data).IoStatus.__bindgen_anon_1.Status = sys::STATUS_INVALID_PARAMETER;
        pre::COMPLETE
    }
}

/// Whether such an oplock is held.
unsafe fn has(variable: POPLOCK, which: Which) -> BOOLEAN {
    irql::check(irql::APC_LEVEL);
    // SAFETY: the driver passes a variable of its own.
    unsafe { oplock::of(variable, "FltCurrentOplock") }.is_some_and(|oplock| oplock.has(which)).into()
}

export! {
    dll "FLTMGR.SYS";

    /// Makes an oplock (rule H-01).
    pub unsafe fn FltInitializeOplock(Oplock: POPLOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a variable of its own.
        unsafe { oplock::initialize(Oplock) };
    }

    /// Ends an oplock (rule H-01).
    pub unsafe fn FltUninitializeOplock(Oplock: POPLOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a variable of its own.
        unsafe { oplock::uninitialize(Oplock) };
    }

    /// Acts on a control for oplocks (rules H-03 to H-07).
    pub unsafe fn FltOplockFsctrl(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        OpenCount: ULONG,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: passed on.
        unsafe { control(Oplock, CallbackData, OpenCount, None) }
    }

    /// Acts on a control for oplocks, those of Windows 7 included (rule H-04).
    pub unsafe fn FltOplockFsctrlEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        OpenCount: ULONG,
        Flags: ULONG,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: passed on.
        unsafe { control(Oplock, CallbackData, OpenCount, Some(Flags)) }
    }

    /// Breaks what an operation breaks (rules H-09 to H-14).
    pub unsafe fn FltCheckOplock(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        let routines =
            WaitRoutines { complete: WaitCompletionRoutine, prepare: PrePostCallbackDataRoutine, context: Context };
        // SAFETY: passed on.
        unsafe { check(Oplock, CallbackData, Why::Operation, 0, routines) }
    }

    /// The same, with flags (rule H-15).
    pub unsafe fn FltCheckOplockEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        let routines =
            WaitRoutines { complete: WaitCompletionRoutine, prepare: PrePostCallbackDataRoutine, context: Context };
        // SAFETY: passed on.
        unsafe { check(Oplock, CallbackData, Why::Operation, Flags, routines) }
    }

    /// Breaks what caches handles.
    pub unsafe fn FltOplockBreakH(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        let routines =
            WaitRoutines { complete: WaitCompletionRoutine, prepare: PrePostCallbackDataRoutine, context: Context };
        // SAFETY: passed on.
        unsafe { check(Oplock, CallbackData, Why::BreakHandles, Flags, routines) }
    }

    /// Breaks everything to none.
    pub unsafe fn FltOplockBreakToNone(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        let routines =
            WaitRoutines { complete: WaitCompletionRoutine, prepare: PrePostCallbackDataRoutine, context: Context };
        // SAFETY: passed on.
        unsafe { check(Oplock, CallbackData, Why::BreakToNone, 0, routines) }
    }

    /// The same, with flags.
    pub unsafe fn FltOplockBreakToNoneEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        let routines =
            WaitRoutines { complete: WaitCompletionRoutine, prepare: PrePostCallbackDataRoutine, context: Context };
        // SAFETY: passed on.
        unsafe { check(Oplock, CallbackData, Why::BreakToNone, Flags, routines) }
    }

    /// Whether fast I/O needs no look at the oplock (rule H-17).
    pub unsafe fn FltOplockIsFastIoPossible(Oplock: POPLOCK) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes NULL or a variable of its own.
        unsafe { oplock::is_fast_io_possible(Oplock) }.into()
    }

    /// Whether a control asks for an oplock that several may hold (rule H-18).
    pub unsafe fn FltOplockIsSharedRequest(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        unsafe { CallbackBlock::of(CallbackData) }.operation().is_some_and(oplock::is_shared_request).into()
    }

    /// Whether two file objects have the same oplock key (rule H-19).
    pub unsafe fn FltOplockKeysEqual(Fo1: PFILE_OBJECT, Fo2: PFILE_OBJECT) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        if Fo1.is_null() || Fo2.is_null() {
            return (Fo1 == Fo2).into();
        }
        // SAFETY: the driver passes file objects.
        unsafe { oplock::keys_equal(&FileRef::of(Fo1), &FileRef::of(Fo2)) }.into()
    }

    /// Whether batch or filter oplocks are held (rule H-16).
    pub unsafe fn FltCurrentBatchOplock(Oplock: POPLOCK) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { has(Oplock, Which::BatchOrFilter) }
    }

    /// Whether any oplock is held (rule H-16).
    pub unsafe fn FltCurrentOplock(Oplock: POPLOCK) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { has(Oplock, Which::Any) }
    }

    /// Whether an oplock is held that caches handles (rule H-16).
    pub unsafe fn FltCurrentOplockH(Oplock: POPLOCK) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { has(Oplock, Which::CachingHandles) }
    }
}
