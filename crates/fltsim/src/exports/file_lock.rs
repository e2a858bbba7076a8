//! What the kernel itself does with the locks of a file that a filter owns.

use fltmgr_sys as sys;
use fltmgr_sys::{NTSTATUS, PEPROCESS, PFILE_LOCK, PFILE_OBJECT, PVOID};

use super::export;
use crate::flt::file_lock;
use crate::kernel::irql;

export! {
    dll "ntoskrnl.exe";

    /// Ends all locks that a process has by a file object, as a cleanup has to.
    pub unsafe fn FsRtlFastUnlockAll(
        FileLock: PFILE_LOCK,
        FileObject: PFILE_OBJECT,
        Process: PEPROCESS,
        Context: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        match file_lock::of(FileLock, "FsRtlFastUnlockAll") {
            Some(file_lock) => {
                file_lock.unlock_all(FileObject as usize, Process as usize, Context);
                sys::STATUS_SUCCESS
            }
            None => sys::STATUS_RANGE_NOT_LOCKED,
        }
    }
}
