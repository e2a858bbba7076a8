//! Spin locks, for what is shared with code at DISPATCH_LEVEL.

use crate::filter::CarryTo;
use crate::irql::{DispatchLevel, Irql};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::resident::Resident;
use crate::status::Result;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};
use fltmgr_sys as sys;

/// A spin lock around a value, for what is shared with code at DISPATCH_LEVEL. Wraps KeAcquireInStackQueuedSpinLock and
/// KeReleaseInStackQueuedSpinLock, whose waiters get the lock in the order in which they came.
///
/// The value lies in nonpaged pool with its lock, and is [`Resident`]: nothing that it owns is paged. A spin lock does not
/// recurse: a second acquire by its holder hangs. What it protects is used for a few microseconds (D-11).
///
/// ```
/// # use fltmgr::lock::SpinLock;
/// fn note(longest: &SpinLock<usize>, name: &[u16]) {
///     let length = name.len();
///     longest.with(move |longest, _| *longest = length.max(*longest));
/// }
/// ```
///
/// The name itself may be paged, and is not to be touched while the lock is held:
///
/// ```compile_fail
/// # use fltmgr::lock::SpinLock;
/// fn note(longest: &SpinLock<usize>, name: &[u16]) {
///     longest.with(move |longest, _| *longest = name.len().max(*longest));
/// }
/// ```
///
/// # Invariants
///
/// The value is reached only through `with_raw`, while the spin lock is held.
pub struct SpinLock<T: Resident>(PoolBox<Locked<T>, NonPaged>);

struct Locked<T> {
    lock: UnsafeCell<sys::KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives `&mut T` to one thread at a time, so it can be moved with its value.
unsafe impl<T: Resident> Send for SpinLock<T> {}
// SAFETY: the value passes from thread to thread.
unsafe impl<T: Resident> Sync for SpinLock<T> {}

// The value is resident, and so is the lock.
impl<T: Resident> RefUnwindSafe for SpinLock<T> {}

// What it protects is resident.
impl<T: Resident> UnwindSafe for SpinLock<T> {}

impl<T: Resident> SpinLock<T> {
    /// A lock that nobody holds. KeInitializeSpinLock stores the same zero. Highest IRQL: DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn try_new(value: T, tag: Tag) -> Result<Self> {
        PoolBox::try_new(Locked { lock: UnsafeCell::new(0), value: UnsafeCell::new(value) }, tag).map(Self)
    }

    /// Runs `f` with the lock held, at DISPATCH_LEVEL. Highest IRQL: DISPATCH_LEVEL.
    ///
    /// What `f` captures goes there with it, so that it can be plain values and what is static alone: a witness of the
    /// caller's level would be wrong there, and is not Send; what may lie in paged memory, as a name does, is borrowed, so
    /// it does not live as `'static`; and what would give such memory back is not Copy. What the lock is to own goes in
    /// through [`SpinLock::with_value`].
    pub fn with<R>(&self, f: impl for<'a> FnOnce(&'a mut T, Irql<'a, DispatchLevel>) -> R + Copy + Resident) -> R {
        // SAFETY: the bounds leave nothing that the level would be too high for.
        unsafe { self.with_raw(f) }
    }

    /// As [`SpinLock::with`], with a value that can go to DISPATCH_LEVEL: a box in nonpaged pool, or a nonpaged context.
    pub fn with_value<V: CarryTo<DispatchLevel>, R>(
        &self,
        value: V,
        f: impl for<'a> FnOnce(&'a mut T, V, Irql<'a, DispatchLevel>) -> R + Copy + Resident,
    ) -> R {
        // SAFETY: the bounds leave nothing that the level would be too high for.
        unsafe { self.with_raw(move |held, at| f(held, value, at)) }
    }

    /// # Safety
    ///
    /// What `f` captures can be used and dropped at DISPATCH_LEVEL.
    unsafe fn with_raw<R>(&self, f: impl for<'a> FnOnce(&'a mut T, Irql<'a, DispatchLevel>) -> R) -> R {
        let mut place = MaybeUninit::uninit();
        // SAFETY: the lock is initialized and stays in place while it is borrowed, and the place in the queue is this
        // acquisition's until the release; no code of a filter runs above DISPATCH_LEVEL.
        unsafe { sys::KeAcquireInStackQueuedSpinLock(self.0.lock.get(), place.as_mut_ptr()) };
        // SAFETY: the lock is held, so the value is this thread's; the level is DISPATCH_LEVEL.
        let result = f(unsafe { &mut *self.0.value.get() }, unsafe { Irql::assume() });
        // SAFETY: the place is that of this thread's acquisition.
        unsafe { sys::KeReleaseInStackQueuedSpinLock(place.as_mut_ptr()) };
        result
    }
}
