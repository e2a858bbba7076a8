//! Fast mutexes: one holder at a time, at APC_LEVEL.

use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::Result;
use core::cell::UnsafeCell;
use core::panic::UnwindSafe;
use core::ptr;
use fltmgr_sys as sys;

/// A mutex around a value that raises its holder to APC_LEVEL. Wraps ExAcquireFastMutex and ExReleaseFastMutex.
///
/// Its holder is not interrupted by APCs, so it is the lock for short work with paged memory that nobody is to be kept from
/// for long. It does not recurse: a second acquire by its holder hangs.
///
/// ```
/// # use fltmgr::irql::{Irql, PassiveLevel};
/// # use fltmgr::lock::FastMutex;
/// fn count(opens: &FastMutex<u64>, at: Irql<'_, PassiveLevel>) -> u64 {
///     opens.with(at, |opens, _| {
///         *opens += 1;
///         *opens
///     })
/// }
/// ```
///
/// What asks for PASSIVE_LEVEL is not to be had while it is held:
///
/// ```compile_fail
/// # use fltmgr::irql::{Irql, PassiveLevel};
/// # use fltmgr::lock::FastMutex;
/// # fn needs_passive(_: Irql<'_, PassiveLevel>) {}
/// fn count(opens: &FastMutex<u64>, at: Irql<'_, PassiveLevel>) {
///     opens.with(at, |_, _| needs_passive(at));
/// }
/// ```
///
/// ```compile_fail
/// # use fltmgr::irql::{Irql, PassiveLevel};
/// # use fltmgr::lock::FastMutex;
/// # use fltmgr::pool::Tag;
/// # fn needs_passive(_: Irql<'_, PassiveLevel>) {}
/// fn keep(at: Irql<'_, PassiveLevel>) {
///     let kept = FastMutex::try_new(at, Tag::new(*b"Exmp")).unwrap();
///     kept.with(at, |at, _| needs_passive(*at));
/// }
/// ```
///
/// # Invariants
///
/// The FAST_MUTEX is initialized, in nonpaged pool, and never moves. The value is reached only through
/// [`FastMutex::with`], while the mutex is held.
pub struct FastMutex<T>(PoolBox<Locked<T>, NonPaged>);

struct Locked<T> {
    mutex: UnsafeCell<sys::FAST_MUTEX>,
    value: UnsafeCell<T>,
}

// SAFETY: the mutex gives `&mut T` to one thread at a time, so it can be moved with its value.
unsafe impl<T: Send> Send for FastMutex<T> {}
// SAFETY: the value passes from thread to thread.
unsafe impl<T: Send> Sync for FastMutex<T> {}

// What it protects is reached below DISPATCH_LEVEL alone.
impl<T> UnwindSafe for FastMutex<T> {}

impl<T: Send> FastMutex<T> {
    /// A mutex that nobody holds. Initialized as ExInitializeFastMutex does, which is inline in the headers. Highest
    /// IRQL: DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn try_new(value: T, tag: Tag) -> Result<Self> {
        // SAFETY: zeroes are a FAST_MUTEX; it becomes an initialized one below, before anybody sees it.
        let mutex = UnsafeCell::new(unsafe { core::mem::zeroed::<sys::FAST_MUTEX>() });
        let locked = PoolBox::<_, NonPaged>::try_new(Locked { mutex, value: UnsafeCell::new(value) }, tag)?;
        let mutex = locked.mutex.get();
        // SAFETY: the storage is nonpaged and in its place, and nobody else knows it yet.
        unsafe {
            (*mutex).Count = 1;
            (*mutex).Owner = ptr::null_mut();
            sys::KeInitializeEvent(&raw mut (*mutex).Event, sys::SynchronizationEvent, 0);
        }
        // INVARIANT: the mutex was initialized where it stays.
        Ok(Self(locked))
    }

    /// Waits until nobody holds the mutex, and runs `f` with it, at APC_LEVEL. Wraps ExAcquireFastMutex and
    /// ExReleaseFastMutex. Highest IRQL: APC_LEVEL.
    ///
    /// A witness of PASSIVE_LEVEL would be wrong there; witnesses are not Send, so `f`, which is, has none. It runs in a
    /// closure, since mutexes that are released in another order than the reverse one restore the wrong level. What is protected
    /// is Send as well, so that no witness comes with it, and nothing that asks for PASSIVE_LEVEL to be dropped.
    pub fn with<L: NotAbove<ApcLevel>, R>(
        &self,
        _: Irql<'_, L>,
        f: impl for<'a> FnOnce(&'a mut T, Irql<'a, ApcLevel>) -> R + Send,
    ) -> R {
        let mutex = self.0.mutex.get();
        // SAFETY: by the invariant the mutex is initialized, and it stays in place while it is borrowed; the witness says
        // that the level is at most APC_LEVEL.
        unsafe { sys::ExAcquireFastMutex(mutex) };
        // SAFETY: the mutex is held, so the value is this thread's; the level is APC_LEVEL.
        let result = f(unsafe { &mut *self.0.value.get() }, unsafe { Irql::assume() });
        // SAFETY: this thread has the mutex, and the level is what the acquisition made it.
        unsafe { sys::ExReleaseFastMutex(mutex) };
        result
    }
}
