//! Priorities of threads and of I/O. They are kept and told; nothing here is faster for them.

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use fltmgr_sys::{IO_PRIORITY_HINT, IoPriorityNormal, MaxIoPriorityTypes};

/// What is in the place of a hint that was never set.
const NONE: i32 = -1;
/// The priority of a thread that nobody has set one for, in the middle of those that vary.
const NORMAL_THREAD: u32 = 8;
/// The priority of such a thread's pages.
const NORMAL_PAGES: u32 = 5;

/// A priority of I/O that may have been set.
#[derive(Debug)]
pub(crate) struct Hint(AtomicI32);

impl Hint {
    pub(crate) const fn none() -> Self {
        Self(AtomicI32::new(NONE))
    }

    pub(crate) fn get(&self) -> Option<IO_PRIORITY_HINT> {
        let hint = self.0.load(Ordering::Relaxed);
        (hint != NONE).then_some(hint)
    }

    /// Sets it. False for a value that is no priority.
    pub(crate) fn set(&self, hint: IO_PRIORITY_HINT) -> bool {
        let valid = is_hint(hint);
        if valid {
            self.0.store(hint, Ordering::Relaxed);
        }
        valid
    }
}

/// Whether a value is a priority of I/O.
pub(crate) fn is_hint(hint: IO_PRIORITY_HINT) -> bool {
    (0..MaxIoPriorityTypes).contains(&hint)
}

/// The priorities of a thread.
#[derive(Debug)]
pub(crate) struct Priorities {
    pub thread: AtomicU32,
    pub pages: AtomicU32,
    io: Hint,
}

impl Priorities {
    pub(crate) const fn normal() -> Self {
        Self { thread: AtomicU32::new(NORMAL_THREAD), pages: AtomicU32::new(NORMAL_PAGES), io: Hint::none() }
    }

    /// The priority of the thread's I/O.
    pub(crate) fn io(&self) -> IO_PRIORITY_HINT {
        self.io.get().unwrap_or(IoPriorityNormal)
    }

    /// Sets it. False for a value that is no priority.
    pub(crate) fn set_io(&self, hint: IO_PRIORITY_HINT) -> bool {
        self.io.set(hint)
    }
}
