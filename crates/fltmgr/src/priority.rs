//! Priorities of I/O: how urgent an operation is, a file's I/O, or a thread's.
//!
//! What a filter does for an operation should be as urgent as the operation: a scan for a program that works in the background
//! is to wait for others.
//!
//! ```
//! use fltmgr::{PreOp, op};
//!
//! /// Looks at what is written, with the priority that the write has.
//! fn scan(write: &PreOp<'_, op::Write>) -> fltmgr::Result<bool> {
//!     write.priorities().apply(|| true)
//! }
//! ```

use crate::file::File;
use crate::op::Operation;
use crate::operation::{Before, CallbackData};
use crate::status::{Error, Result};
use core::ptr;
use fltmgr_sys as sys;

/// How urgent I/O is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Priority {
    /// IoPriorityVeryLow: work in the background, such as indexing and defragmenting.
    VeryLow,
    /// IoPriorityLow: fetching ahead.
    Low,
    /// IoPriorityNormal: what nothing else was said of.
    Normal,
    /// IoPriorityHigh: for the file systems of the system.
    High,
    /// IoPriorityCritical: for the memory manager.
    Critical,
}

impl Priority {
    const fn raw(self) -> sys::IO_PRIORITY_HINT {
        match self {
            Self::VeryLow => sys::IoPriorityVeryLow,
            Self::Low => sys::IoPriorityLow,
            Self::Normal => sys::IoPriorityNormal,
            Self::High => sys::IoPriorityHigh,
            Self::Critical => sys::IoPriorityCritical,
        }
    }

    /// What a later Windows may add is taken for the most urgent.
    const fn from_raw(raw: sys::IO_PRIORITY_HINT) -> Self {
        match raw {
            sys::IoPriorityVeryLow => Self::VeryLow,
            sys::IoPriorityLow => Self::Low,
            sys::IoPriorityNormal => Self::Normal,
            sys::IoPriorityHigh => Self::High,
            _ => Self::Critical,
        }
    }
}

impl<O: Operation> CallbackData<'_, O> {
    /// How urgent the operation is: as it says itself, or its file, or its thread. Wraps FltGetIoPriorityHint, up to
    /// DISPATCH_LEVEL.
    pub fn priority(&self) -> Priority {
        // SAFETY: the callback data is valid; DISPATCH_LEVEL at most, as in all callbacks.
        Priority::from_raw(unsafe { sys::FltGetIoPriorityHint(self.as_raw()) })
    }

    /// The priorities that the operation is done with: its I/O's, its thread's and that of the thread's pages. Wraps
    /// FltRetrieveIoPriorityInfo, up to DISPATCH_LEVEL.
    pub fn priorities(&self) -> Priorities {
        // What IoInitializePriorityInfo makes of it.
        let mut info = sys::IO_PRIORITY_INFO {
            Size: size_of::<sys::IO_PRIORITY_INFO>() as u32,
            ThreadPriority: 0xFFFF,
            PagePriority: 0,
            IoPriority: sys::IoPriorityNormal,
        };
        let (file, thread) = (self.objects().FileObject, self.data().Thread);
        // SAFETY: the callback data is valid, and so are its file object and its thread, if it has them; the structure is
        // initialized. DISPATCH_LEVEL at most. Where it fails, nothing is to be changed.
        let _ = unsafe { sys::FltRetrieveIoPriorityInfo(self.as_raw(), file, thread, &raw mut info) };
        Priorities(info)
    }
}

impl<O: Operation> Before<'_, O> {
    /// Says how urgent the operation is, for those below. Fast I/O has no priority, and is left as it is. Wraps
    /// FltSetIoPriorityHintIntoCallbackData, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// What the I/O manager says.
    pub fn set_priority(&mut self, priority: Priority) -> Result<()> {
        // SAFETY: the callback data is valid; DISPATCH_LEVEL at most, as in all callbacks.
        Error::check(unsafe { sys::FltSetIoPriorityHintIntoCallbackData(self.as_raw(), priority.raw()) }).map(drop)
    }
}

impl File {
    /// How urgent the file's I/O is. Wraps FltGetIoPriorityHintFromFileObject, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED.
    pub fn priority(&self) -> Result<Priority> {
        let (_, object) = self.for_io()?;
        // SAFETY: the file object is live.
        Ok(Priority::from_raw(unsafe { sys::FltGetIoPriorityHintFromFileObject(object) }))
    }

    /// Says how urgent the file's I/O is from now on. Wraps FltSetIoPriorityHintIntoFileObject, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, and what the I/O manager says.
    pub fn set_priority(&self, priority: Priority) -> Result<()> {
        let (_, object) = self.for_io()?;
        // SAFETY: the file object is live.
        Error::check(unsafe { sys::FltSetIoPriorityHintIntoFileObject(object, priority.raw()) }).map(drop)
    }
}

/// The priorities that something is done with, which a thread can take over.
#[derive(Clone, Copy)]
pub struct Priorities(sys::IO_PRIORITY_INFO);

/// A thread that has foreign priorities, and those that it had before.
struct Applied {
    thread: sys::PETHREAD,
    before: sys::IO_PRIORITY_INFO,
}

impl Drop for Applied {
    fn drop(&mut self) {
        // SAFETY: the thread is the calling one, and the priorities are those that it had.
        let _ = unsafe { sys::FltApplyPriorityInfoThread(&raw mut self.before, ptr::null_mut(), self.thread) };
    }
}

impl Priorities {
    /// How urgent the I/O is.
    pub fn io(&self) -> Priority {
        Priority::from_raw(self.0.IoPriority)
    }

    /// Does something with these priorities: the calling thread has them meanwhile. Wraps FltApplyPriorityInfoThread, up to
    /// DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// What the I/O manager says; nothing is done then.
    pub fn apply<R>(self, work: impl FnOnce() -> R) -> Result<R> {
        let mut input = self.0;
        let mut before = input;
        // SAFETY: the routine has no argument.
        let thread = unsafe { sys::PsGetCurrentThread() };
        // SAFETY: the thread is the calling one; the structure is one that was filled in.
        Error::check(unsafe { sys::FltApplyPriorityInfoThread(&raw mut input, &raw mut before, thread) })?;
        let _applied = Applied { thread, before };
        Ok(work())
    }
}
