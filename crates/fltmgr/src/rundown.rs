//! Rundown protection: a value that is used by many, until somebody ends it and waits for them.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::rundown::Rundown;
//!
//! static SERVICE: Rundown<&str> = Rundown::new("scanner");
//!
//! fn name_length() -> Option<usize> {
//!     SERVICE.enter().map(|service| service.len())
//! }
//!
//! fn stop(at: Irql<'_, ApcLevel>) {
//!     drop(SERVICE.close(at));
//! }
//! ```

use crate::irql::{ApcLevel, Irql, NotAbove};
use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, needs_drop};
use core::ops::Deref;
use core::sync::atomic::{AtomicBool, Ordering};
use fltmgr_sys as sys;

/// A value with rundown protection. Wraps EX_RUNDOWN_REF.
///
/// Entering costs about what counting a reference does, and nobody waits for it.
///
/// # Invariants
///
/// The protection is initialized. The value is there until `close` has set `closed`, entered no more, and waited until
/// nobody is inside.
pub struct Rundown<T> {
    protection: UnsafeCell<sys::EX_RUNDOWN_REF>,
    closed: AtomicBool,
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: the value is the protection's, and goes along with it.
unsafe impl<T: Send> Send for Rundown<T> {}
// SAFETY: who is inside shares `&T` with other threads, and whoever closes gets the `T`.
unsafe impl<T: Send + Sync> Sync for Rundown<T> {}

impl<T> Rundown<T> {
    /// A value that can be entered. ExInitializeRundownProtection stores the same zero.
    pub const fn new(value: T) -> Self {
        Self {
            // SAFETY: zero is a protection that nobody has entered.
            protection: UnsafeCell::new(unsafe { core::mem::zeroed() }),
            closed: AtomicBool::new(false),
            value: UnsafeCell::new(ManuallyDrop::new(value)),
        }
    }

    /// The value, for as long as the guard lives; `None` if it is being closed, or is closed. Wraps
    /// ExAcquireRundownProtection; any IRQL.
    pub fn enter(&self) -> Option<Inside<'_, T>> {
        // SAFETY: by the invariant the protection is initialized.
        let entered = unsafe { sys::ExAcquireRundownProtection(self.protection.get()) } != 0;
        // INVARIANT: the protection was just acquired.
        if entered { Some(Inside(self)) } else { None }
    }

    /// Lets nobody in any more, waits until nobody is inside, and gives the value out. Wraps
    /// ExWaitForRundownProtectionRelease and ExRundownCompleted. Highest IRQL: APC_LEVEL. Who is inside itself waits for
    /// itself.
    ///
    /// `None` if somebody else has closed it, or is about to.
    pub fn close<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Option<T> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return None;
        }
        // SAFETY: the protection is initialized; this is the only wait on it, ever; APC_LEVEL at most.
        unsafe { sys::ExWaitForRundownProtectionRelease(self.protection.get()) };
        // SAFETY: the wait is over. Without this the protection would go on pointing to this thread's stack.
        unsafe { sys::ExRundownCompleted(self.protection.get()) };
        // INVARIANT: the value is taken after the wait, and `closed` keeps it from being taken again.
        // SAFETY: nobody is inside, and nobody can enter.
        Some(ManuallyDrop::into_inner(unsafe { self.value.get().read() }))
    }
}

impl<T> Drop for Rundown<T> {
    fn drop(&mut self) {
        if needs_drop::<T>() && !*self.closed.get_mut() {
            // SAFETY: by the invariant the value is there; guards borrow the protection, so nobody is inside.
            unsafe { ManuallyDrop::drop(self.value.get_mut()) };
        }
    }
}

/// Being inside of a [`Rundown`]; left on drop, by ExReleaseRundownProtection.
///
/// # Invariants
///
/// The protection is acquired once for this guard.
pub struct Inside<'a, T>(&'a Rundown<T>);

impl<T> Deref for Inside<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: by the invariant of the guard nobody takes the value while it lives.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> Drop for Inside<'_, T> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the protection was acquired, and it is released here once.
        unsafe { sys::ExReleaseRundownProtection(self.0.protection.get()) };
    }
}
