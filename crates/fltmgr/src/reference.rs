//! A counted reference to one of the Filter Manager's objects.

use crate::status::{Error, Result};
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// An object that FltObjectReference counts the references to.
///
/// # Safety
///
/// The type is that of a filter, an instance or a volume.
pub(crate) unsafe trait Counted {}

// SAFETY: it is that of a filter.
unsafe impl Counted for sys::FLT_FILTER {}
// SAFETY: it is that of an instance.
unsafe impl Counted for sys::FLT_INSTANCE {}
// SAFETY: it is that of a volume.
unsafe impl Counted for sys::FLT_VOLUME {}

/// A counted reference, given back on drop, which wraps FltObjectDereference. The object does not go before.
///
/// # Invariants
///
/// The pointer is to an object whose references include this one.
pub(crate) struct Reference<T: Counted>(NonNull<T>);

// SAFETY: the Filter Manager synchronizes what is done with its objects, in any thread.
unsafe impl<T: Counted> Send for Reference<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Counted> Sync for Reference<T> {}

impl<T: Counted> Reference<T> {
    /// Takes a reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the object is going away.
    ///
    /// # Safety
    ///
    /// The object is live.
    pub(crate) unsafe fn take(object: NonNull<T>) -> Result<Self> {
        // SAFETY: the caller says that the object is live.
        Error::check(unsafe { sys::FltObjectReference(object.as_ptr().cast()) })?;
        // INVARIANT: the reference was just taken.
        Ok(Self(object))
    }

    /// # Safety
    ///
    /// The pointer is to an object whose references include one that passes to the value.
    pub(crate) unsafe fn from_raw(object: NonNull<T>) -> Self {
        // INVARIANT: the caller passes the reference on.
        Self(object)
    }

    /// The object, which is live as long as the reference.
    pub(crate) fn object(&self) -> NonNull<T> {
        self.0
    }

    /// The object as C has it.
    pub(crate) fn as_raw(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// One more reference.
    ///
    /// # Errors
    ///
    /// As for [`Self::take`].
    pub(crate) fn try_clone(&self) -> Result<Self> {
        // SAFETY: by the invariant the object is live.
        unsafe { Self::take(self.0) }
    }
}

impl<T: Counted> Drop for Reference<T> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and it is given back here once; DISPATCH_LEVEL at most.
        unsafe { sys::FltObjectDereference(self.0.as_ptr().cast()) };
    }
}
