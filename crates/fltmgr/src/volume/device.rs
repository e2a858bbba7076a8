//! Device objects.

use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::status::{Error, Result};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to a device object. It is a reference of the object manager and not one of the Filter Manager's, so
/// that its drop is ObfDereferenceObject.
///
/// # Invariants
///
/// The pointer is to a device object whose references include this one.
pub struct DeviceRef(NonNull<sys::DEVICE_OBJECT>);

// SAFETY: a device object is used through routines alone, in any thread.
unsafe impl Send for DeviceRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for DeviceRef {}

impl DeviceRef {
    /// Takes over the reference that a routine stored on success.
    ///
    /// # Safety
    ///
    /// The routine stores a reference to a device object if it succeeds.
    pub(super) unsafe fn returned(routine: impl FnOnce(*mut sys::PDEVICE_OBJECT) -> sys::NTSTATUS) -> Result<Self> {
        let mut device = ptr::null_mut();
        Error::check(routine(&raw mut device))?;
        // INVARIANT: the caller says that the reference was just stored.
        NonNull::new(device).map(Self).ok_or(Error::NOT_FOUND)
    }

    /// The address of the device object, which tells devices apart while both exist.
    pub fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// Whether it is one that the Filter Manager has put on a volume. Wraps FltIsFltMgrVolumeDeviceObject, up to APC_LEVEL.
    pub fn is_filter_managers<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> bool {
        // SAFETY: by the invariant the device object is live.
        unsafe { sys::FltIsFltMgrVolumeDeviceObject(self.0.as_ptr()) != 0 }
    }

    pub(crate) fn as_raw(&self) -> sys::PDEVICE_OBJECT {
        self.0.as_ptr()
    }
}

impl Clone for DeviceRef {
    /// One more reference. Wraps ObfReferenceObject, up to DISPATCH_LEVEL.
    fn clone(&self) -> Self {
        // SAFETY: by the invariant the device object is live.
        unsafe { sys::ObfReferenceObject(self.0.as_ptr().cast()) };
        // INVARIANT: the reference was just taken.
        Self(self.0)
    }
}

impl Drop for DeviceRef {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and it is given back here once; DISPATCH_LEVEL at most.
        unsafe { sys::ObfDereferenceObject(self.0.as_ptr().cast()) };
    }
}
