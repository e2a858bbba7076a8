//! Push locks: reader-writer locks at APC_LEVEL or below.

use crate::irql::{ApcLevel, Irql, NotAbove};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use fltmgr_sys as sys;

/// A reader-writer lock around a value. Wraps FltAcquirePushLockShared, FltAcquirePushLockExclusive and
/// FltReleasePushLock.
///
/// A push lock does not recurse: a second acquire by its holder hangs (O-19). No lock may be held across a call into the
/// file system (O-20), which is why the guards hold nothing but the value.
///
/// # Invariants
///
/// The value is reached only through a guard, and a guard exists only while the push lock is held.
pub struct PushLock<T> {
    lock: UnsafeCell<sys::EX_PUSH_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives `&mut T` to one thread at a time, so it can be moved with its value.
unsafe impl<T: Send> Send for PushLock<T> {}
// SAFETY: readers share `&T` between threads, and writers pass `&mut T` from thread to thread.
unsafe impl<T: Send + Sync> Sync for PushLock<T> {}

// What it protects is reached below DISPATCH_LEVEL alone.
impl<T> UnwindSafe for PushLock<T> {}

impl<T> PushLock<T> {
    /// A lock that nobody holds. FltInitializePushLock stores the same zero.
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits until no writer holds the lock, and holds it shared. Wraps FltAcquirePushLockShared. Highest IRQL:
    /// APC_LEVEL.
    pub fn read<'a, L: NotAbove<ApcLevel>>(&'a self, _: Irql<'a, L>) -> Shared<'a, T> {
        // SAFETY: the lock is initialized and stays in place while it is borrowed, and the IRQL is at most APC_LEVEL.
        unsafe { sys::FltAcquirePushLockShared(self.lock.get()) };
        // INVARIANT: the lock is held shared from here on.
        Shared(self, PhantomData)
    }

    /// Waits until nobody holds the lock, and holds it exclusively. Wraps FltAcquirePushLockExclusive. Highest IRQL:
    /// APC_LEVEL.
    pub fn write<'a, L: NotAbove<ApcLevel>>(&'a self, _: Irql<'a, L>) -> Exclusive<'a, T> {
        // SAFETY: the lock stays in place while it is borrowed, and the IRQL is at most APC_LEVEL.
        unsafe { self.acquire_raw() };
        // INVARIANT: the lock is held exclusively from here on.
        Exclusive(self, PhantomData)
    }

    /// Waits until nobody holds the lock, and holds it exclusively.
    ///
    /// # Safety
    ///
    /// The lock stays in place until it is released; APC_LEVEL at most, which holds until then.
    pub(crate) unsafe fn acquire_raw(&self) {
        // SAFETY: the lock is initialized, and the caller vouches for the rest.
        unsafe { sys::FltAcquirePushLockExclusive(self.lock.get()) };
    }

    /// Gives the lock back.
    ///
    /// # Safety
    ///
    /// This thread has the lock.
    pub(crate) unsafe fn release_raw(&self) {
        // SAFETY: the caller vouches for it.
        unsafe { sys::FltReleasePushLock(self.lock.get()) };
    }
}

/// A push lock held shared; released on drop, which wraps FltReleasePushLock.
pub struct Shared<'a, T>(&'a PushLock<T>, PhantomData<*mut ()>);

impl<T> Deref for Shared<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so no writer has the value.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> Drop for Shared<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this guard's thread acquired the lock and releases it here once.
        unsafe { self.0.release_raw() };
    }
}

/// A push lock held exclusively; released on drop, which wraps FltReleasePushLock.
pub struct Exclusive<'a, T>(&'a PushLock<T>, PhantomData<*mut ()>);

impl<T> Deref for Exclusive<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the lock is held exclusively.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Exclusive<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held exclusively, and this guard is borrowed exclusively.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Exclusive<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this guard's thread acquired the lock and releases it here once.
        unsafe { self.0.release_raw() };
    }
}
