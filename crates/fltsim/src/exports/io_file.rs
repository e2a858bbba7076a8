//! The I/O manager's routines for files.

use fltmgr_sys::{NTSTATUS, PFILE_OBJECT, PWSTR, STATUS_SUCCESS, USHORT};

use super::export;
use crate::io::FileRef;
use crate::kernel::irql;

export! {
    dll "ntoskrnl.exe";

    /// Puts another name into a file object that is not open yet, for `STATUS_REPARSE`. The text is copied.
    pub unsafe fn IoReplaceFileObjectName(
        FileObject: PFILE_OBJECT,
        NewFileName: PWSTR,
        FileNameLength: USHORT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a file object, and a text as long as it says.
        unsafe {
            let name = std::slice::from_raw_parts(NewFileName.cast_const(), usize::from(FileNameLength) / 2);
            FileRef::of(FileObject).replace_name(name);
        }
        STATUS_SUCCESS
    }
}
