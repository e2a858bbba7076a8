//! Locks as guards: what they protect is reached through the guard alone, and its drop is the release.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::lock::PushLock;
//!
//! static OPENS: PushLock<u64> = PushLock::new(0);
//!
//! fn count(at: Irql<'_, ApcLevel>) -> u64 {
//!     let mut opens = OPENS.write(at);
//!     *opens += 1;
//!     *opens
//! }
//! ```

use crate::irql::{ApcLevel, DispatchLevel, Irql, NotAbove};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
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

impl<T> PushLock<T> {
    /// A lock that nobody holds. FltInitializePushLock stores the same zero.
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits until no writer holds the lock, and holds it shared. Highest IRQL: APC_LEVEL.
    pub fn read<'a, L: NotAbove<ApcLevel>>(&'a self, _: Irql<'a, L>) -> Shared<'a, T> {
        // SAFETY: the lock is initialized and stays in place while it is borrowed, and the IRQL is at most APC_LEVEL.
        unsafe { sys::FltAcquirePushLockShared(self.lock.get()) };
        // INVARIANT: the lock is held shared from here on.
        Shared(self, PhantomData)
    }

    /// Waits until nobody holds the lock, and holds it exclusively. Highest IRQL: APC_LEVEL.
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

/// A push lock held shared; released on drop.
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

/// A push lock held exclusively; released on drop.
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

/// A spin lock around a value, for what is shared with code at DISPATCH_LEVEL. Wraps KeAcquireSpinLockRaiseToDpc and
/// KeReleaseSpinLock.
///
/// A spin lock does not recurse: a second acquire by its holder hangs. What it protects must be nonpaged, and is used for a
/// few microseconds (D-11).
///
/// # Invariants
///
/// The value is reached only through [`SpinLock::with`], while the spin lock is held.
pub struct SpinLock<T> {
    lock: UnsafeCell<sys::KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives `&mut T` to one thread at a time, so it can be moved with its value.
unsafe impl<T: Send> Send for SpinLock<T> {}
// SAFETY: the value passes from thread to thread.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    /// A lock that nobody holds. KeInitializeSpinLock stores the same zero.
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }
    }

    /// Runs `f` with the lock held, at DISPATCH_LEVEL. A witness of the caller's level would be wrong there; witnesses are
    /// not Send, so `f`, which is, has none. Highest IRQL: DISPATCH_LEVEL.
    pub fn with<R>(&self, f: impl for<'a> FnOnce(&'a mut T, Irql<'a, DispatchLevel>) -> R + Send) -> R {
        // SAFETY: the lock stays in place while it is borrowed; no code of a filter runs above DISPATCH_LEVEL.
        let irql = unsafe { self.acquire_raw() };
        // SAFETY: the lock is held, so the value is this thread's; the level is DISPATCH_LEVEL.
        let result = f(unsafe { &mut *self.value.get() }, unsafe { Irql::assume() });
        // SAFETY: this thread has the lock.
        unsafe { self.release_raw(irql) };
        result
    }

    /// Waits until nobody holds the lock, and holds it, at DISPATCH_LEVEL.
    ///
    /// # Safety
    ///
    /// The lock stays in place until it is released, and is not this thread's already.
    pub(crate) unsafe fn acquire_raw(&self) -> sys::KIRQL {
        // SAFETY: the lock is initialized, and the caller vouches for the rest.
        unsafe { sys::KeAcquireSpinLockRaiseToDpc(self.lock.get()) }
    }

    /// Gives the lock back.
    ///
    /// # Safety
    ///
    /// This thread has the lock, and `irql` is what acquiring it answered.
    pub(crate) unsafe fn release_raw(&self, irql: sys::KIRQL) {
        // SAFETY: the caller vouches for it.
        unsafe { sys::KeReleaseSpinLock(self.lock.get(), irql) };
    }
}
