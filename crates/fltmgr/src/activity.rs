//! Activities: what event tracing calls a piece of work that goes through many hands, so that what they log can be put
//! together again.
//!
//! ```
//! use fltmgr::{PreOp, op};
//!
//! /// What is done and logged here belongs to what the program does.
//! fn work(write: &PreOp<'_, op::Write>) {
//!     let log = || fltmgr::debug_println!("a write is looked at");
//!     if write.with_activity(log).is_none() {
//!         log();
//!     }
//! }
//! ```

use crate::guid::Guid;
use crate::op::IsIrp;
use crate::operation::CallbackData;
use crate::status::{Error, Result};
use core::ptr;
use fltmgr_sys as sys;

/// The thread has a foreign activity as long as this lives.
struct InThread(sys::LPCGUID);

impl Drop for InThread {
    fn drop(&mut self) {
        // SAFETY: the thread has the activity that was propagated to it, and this is the one it had before.
        unsafe { sys::IoClearActivityIdThread(self.0) };
    }
}

impl<O: IsIrp> CallbackData<'_, O> {
    /// The activity that the operation is a part of; `None` if it has none, or is fast I/O. Wraps
    /// FltGetActivityIdCallbackData, up to DISPATCH_LEVEL.
    pub fn activity(&self) -> Option<Guid> {
        // SAFETY: zeroes are a GUID.
        let mut guid = unsafe { core::mem::zeroed() };
        // SAFETY: the callback data is valid; DISPATCH_LEVEL at most, as in all callbacks.
        let status = unsafe { sys::FltGetActivityIdCallbackData(self.as_raw(), &raw mut guid) };
        Error::check(status).is_ok().then(|| Guid::from_raw(&guid))
    }

    /// Makes the operation a part of an activity: of this one, or of the calling thread's. Wraps
    /// FltSetActivityIdCallbackData, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED for fast I/O, and if the thread has no activity.
    pub fn set_activity(&self, activity: Option<Guid>) -> Result<()> {
        let guid = activity.map(Guid::raw);
        let guid = guid.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the callback data is valid, and the GUID is read during the call; DISPATCH_LEVEL at most.
        Error::check(unsafe { sys::FltSetActivityIdCallbackData(self.as_raw(), guid) }).map(drop)
    }

    /// Does something as a part of the operation's activity: what this thread logs meanwhile has it. `None`, and nothing is
    /// done, if the operation has no activity. Wraps FltPropagateActivityIdToThread and IoClearActivityIdThread, up to
    /// DISPATCH_LEVEL.
    pub fn with_activity<R>(&self, work: impl FnOnce() -> R) -> Option<R> {
        // SAFETY: zeroes are a GUID.
        let (mut here, mut before) = (unsafe { core::mem::zeroed() }, ptr::null());
        // SAFETY: the callback data is valid. The GUID stays where it is until the thread has its own activity back, which is
        // before this function returns; DISPATCH_LEVEL at most.
        let status = unsafe { sys::FltPropagateActivityIdToThread(self.as_raw(), &raw mut here, &raw mut before) };
        Error::check(status).ok()?;
        let _restored = InThread(before);
        Some(work())
    }
}
