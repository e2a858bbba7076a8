//! What activity a thread is a part of, as event tracing tells them apart.

use fltmgr_sys::LPCGUID;

use super::export;
use crate::kernel::thread;

export! {
    dll "ntoskrnl.exe";

    /// The activity of the calling thread, or NULL.
    pub unsafe fn IoGetActivityIdThread() -> LPCGUID {
        std::ptr::with_exposed_provenance(thread::current().activity())
    }

    /// Sets the activity of the calling thread, and returns the one before.
    pub unsafe fn IoSetActivityIdThread(ActivityId: LPCGUID) -> LPCGUID {
        std::ptr::with_exposed_provenance(thread::current().set_activity(ActivityId as usize))
    }

    /// Sets the activity of the calling thread back to what it was.
    pub unsafe fn IoClearActivityIdThread(OriginalId: LPCGUID) {
        thread::current().set_activity(OriginalId as usize);
    }
}
