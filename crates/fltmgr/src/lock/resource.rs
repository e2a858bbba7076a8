//! Executive resources: reader-writer locks that know who holds them.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::lock::Resource;
//! use fltmgr::pool::{Paged, PoolVec};
//!
//! type Processes = Resource<PoolVec<u32, Paged>>;
//!
//! fn knows(processes: &Processes, process: u32, at: Irql<'_, ApcLevel>) -> fltmgr::Result<bool> {
//!     Ok(processes.read(at)?.contains(&process))
//! }
//!
//! fn add(processes: &Processes, process: u32, at: Irql<'_, ApcLevel>) -> fltmgr::Result<()> {
//!     processes.write(at)?.try_extend(&[process])
//! }
//! ```

use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::{Error, Result};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use fltmgr_sys as sys;

/// A reader-writer lock around a value that knows the threads that hold it. Wraps ERESOURCE with FltAcquireResourceShared,
/// FltAcquireResourceExclusive and FltReleaseResource, which hold normal kernel APCs back meanwhile (O-19).
///
/// A resource would let its exclusive owner in again, which would make two exclusive references to the value, and has who
/// wants to go from shared to exclusive wait for itself (O-19). Here both end with STATUS_POSSIBLE_DEADLOCK; reading again
/// while reading is fine. A guard that is forgotten keeps the resource, and its memory, for good, and the thread's APCs back.
///
/// # Invariants
///
/// The ERESOURCE is initialized, in nonpaged pool, and never moves. The value is reached only through a guard, and a guard
/// exists only while its thread holds the resource.
pub struct Resource<T>(ManuallyDrop<PoolBox<Locked<T>, NonPaged>>);

struct Locked<T> {
    resource: UnsafeCell<sys::ERESOURCE>,
    value: UnsafeCell<T>,
}

impl<T> Drop for Resource<T> {
    fn drop(&mut self) {
        let resource = self.0.resource.get();
        // A guard that was forgotten is an owner still, and what is owned may not be deleted.
        // SAFETY: guards borrow the resource, so nobody else uses it any more.
        if unsafe { (*resource).ActiveEntries } == 0 {
            // SAFETY: the resource is initialized, and this is its end. DISPATCH_LEVEL at most.
            unsafe {
                let _ = sys::ExDeleteResourceLite(resource);
                ManuallyDrop::drop(&mut self.0);
            }
        }
    }
}

// SAFETY: the lock gives `&mut T` to one thread at a time, so it can be moved with its value.
unsafe impl<T: Send> Send for Resource<T> {}
// SAFETY: readers share `&T` between threads, and writers pass `&mut T` from thread to thread.
unsafe impl<T: Send + Sync> Sync for Resource<T> {}

// What it protects is reached below DISPATCH_LEVEL alone.
impl<T> UnwindSafe for Resource<T> {}

impl<T> Resource<T> {
    /// A resource that nobody holds. Wraps ExInitializeResourceLite. Highest IRQL: DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn try_new(value: T, tag: Tag) -> Result<Self> {
        // SAFETY: zeroes are an ERESOURCE; the routine below makes it an initialized one before anybody sees it.
        let resource = UnsafeCell::new(unsafe { core::mem::zeroed::<sys::ERESOURCE>() });
        let locked = PoolBox::<_, NonPaged>::try_new(Locked { resource, value: UnsafeCell::new(value) }, tag)?;
        // SAFETY: the storage is nonpaged and stays in place, and nobody else knows it yet. The routine always succeeds.
        let _ = unsafe { sys::ExInitializeResourceLite(locked.resource.get()) };
        // INVARIANT: the resource was initialized where it stays.
        Ok(Self(ManuallyDrop::new(locked)))
    }

    /// Waits until no other thread holds the resource exclusively, and holds it shared. Wraps FltAcquireResourceShared.
    /// Highest IRQL: APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if this thread holds the resource exclusively.
    pub fn read<'a, L: NotAbove<ApcLevel>>(&'a self, _: Irql<'a, L>) -> Result<Shared<'a, T>> {
        let resource = self.0.resource.get();
        // SAFETY: by the invariant the resource is initialized.
        if unsafe { sys::ExIsResourceAcquiredExclusiveLite(resource) } != 0 {
            return Err(Error::POSSIBLE_DEADLOCK);
        }
        // SAFETY: the resource is initialized and stays in place while it is borrowed; APC_LEVEL at most.
        unsafe { sys::FltAcquireResourceShared(resource) };
        // INVARIANT: the resource is held shared from here on.
        Ok(Shared(self, PhantomData))
    }

    /// Waits until nobody holds the resource, and holds it exclusively. Wraps FltAcquireResourceExclusive. Highest
    /// IRQL: APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if this thread holds the resource already.
    pub fn write<'a, L: NotAbove<ApcLevel>>(&'a self, _: Irql<'a, L>) -> Result<Exclusive<'a, T>> {
        let resource = self.0.resource.get();
        // SAFETY: by the invariant the resource is initialized. The routine counts exclusive acquisitions as well.
        if unsafe { sys::ExIsResourceAcquiredSharedLite(resource) } != 0 {
            return Err(Error::POSSIBLE_DEADLOCK);
        }
        // SAFETY: the resource is initialized and stays in place while it is borrowed; APC_LEVEL at most.
        unsafe { sys::FltAcquireResourceExclusive(resource) };
        // INVARIANT: the resource is held exclusively from here on, once.
        Ok(Exclusive(self, PhantomData))
    }

    /// Gives the resource back.
    ///
    /// # Safety
    ///
    /// This thread holds it, by an acquisition that is not given back yet.
    unsafe fn release(&self) {
        // SAFETY: the caller vouches for it.
        unsafe { sys::FltReleaseResource(self.0.resource.get()) };
    }
}

/// A resource held shared; released on drop, which wraps FltReleaseResource.
pub struct Shared<'a, T>(&'a Resource<T>, PhantomData<*mut ()>);

impl<T> Deref for Shared<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the resource is held, so nobody has the value exclusively.
        unsafe { &*self.0.0.value.get() }
    }
}

impl<T> Drop for Shared<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this guard's thread acquired the resource and releases it here once.
        unsafe { self.0.release() };
    }
}

/// A resource held exclusively; released on drop, which wraps FltReleaseResource.
pub struct Exclusive<'a, T>(&'a Resource<T>, PhantomData<*mut ()>);

impl<T> Deref for Exclusive<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the resource is held exclusively.
        unsafe { &*self.0.0.value.get() }
    }
}

impl<T> DerefMut for Exclusive<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the resource is held exclusively, once, and this guard is borrowed exclusively.
        unsafe { &mut *self.0.0.value.get() }
    }
}

impl<T> Drop for Exclusive<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this guard's thread acquired the resource and releases it here once.
        unsafe { self.0.release() };
    }
}
