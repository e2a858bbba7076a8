//! Byte-range locks of files that a filter owns (rules C-27, L-14).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_PREOP_CALLBACK_STATUS, PFILE_LOCK, PFLT_CALLBACK_DATA, PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE,
    PUNLOCK_ROUTINE, PVOID,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::file_lock::{self, Routines};
use crate::flt::major::pre;
use crate::kernel::irql;
use crate::kernel::pool::{self, PoolKind};

/// The tag of structures that were allocated here.
const TAG: u32 = u32::from_le_bytes(*b"FMlk");

/// Whether a read or a write goes with the locks of a structure.
unsafe fn allows(lock: PFILE_LOCK, data: PFLT_CALLBACK_DATA, write: bool) -> BOOLEAN {
    irql::check(irql::APC_LEVEL);
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation();
    let file_lock = file_lock::of(lock, "a routine that checks file locks");
    file_lock.zip(operation).is_none_or(|(file_lock, operation)| file_lock.allows(operation, write)).into()
}

export! {
    dll "FLTMGR.SYS";

    /// Allocates a structure for locks.
    pub unsafe fn FltAllocateFileLock(
        CompleteLockCallbackDataRoutine: PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE,
        UnlockRoutine: PUNLOCK_ROUTINE,
    ) -> PFILE_LOCK {
        irql::check(irql::APC_LEVEL);
        let structure: PFILE_LOCK =
            pool::allocate_for_system(PoolKind::Paged, size_of::<sys::FILE_LOCK>(), TAG, true).cast();
        if !structure.is_null() {
            let routines = Routines { complete: CompleteLockCallbackDataRoutine, unlock: UnlockRoutine };
            file_lock::initialize(structure, routines);
        }
        structure
    }

    /// Ends the locks of a structure that was allocated, and frees it.
    pub unsafe fn FltFreeFileLock(FileLock: PFILE_LOCK) {
        irql::check(irql::APC_LEVEL);
        if file_lock::uninitialize(FileLock, "FltFreeFileLock") {
            // SAFETY: the driver passes what was allocated here.
            unsafe { pool::free(FileLock.cast(), TAG) };
        }
    }

    /// Makes a structure of the driver's own one for locks.
    pub unsafe fn FltInitializeFileLock(FileLock: PFILE_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes memory for a structure, for which zeros are valid.
        unsafe { FileLock.write_bytes(0, 1) };
        file_lock::initialize(FileLock, Routines { complete: None, unlock: None });
    }

    /// Ends the locks of a structure.
    pub unsafe fn FltUninitializeFileLock(FileLock: PFILE_LOCK) {
        irql::check(irql::APC_LEVEL);
        file_lock::uninitialize(FileLock, "FltUninitializeFileLock");
    }

    /// Does what a lock operation asks for.
    pub unsafe fn FltProcessFileLock(
        FileLock: PFILE_LOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
    ) -> FLT_PREOP_CALLBACK_STATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { CallbackBlock::of(CallbackData) }.operation();
        if let Some((file_lock, operation)) = file_lock::of(FileLock, "FltProcessFileLock").zip(operation) {
            return file_lock.process(operation, Context);
        }
        // SAFETY: as above.
        unsafe { (*CallbackData).IoStatus.__bindgen_anon_1.Status = sys::STATUS_INVALID_PARAMETER };
        pre::COMPLETE
    }

    /// Whether a read goes with the locks that are held.
    pub unsafe fn FltCheckLockForReadAccess(FileLock: PFILE_LOCK, CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { allows(FileLock, CallbackData, false) }
    }

    /// Whether a write goes with the locks that are held.
    pub unsafe fn FltCheckLockForWriteAccess(FileLock: PFILE_LOCK, CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { allows(FileLock, CallbackData, true) }
    }
}
