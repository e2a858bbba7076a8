//! Where the parameters of an operation have its buffer.

use crate::status::{Error, Result};
use core::ffi::c_void;
use core::ptr;
use fltmgr_sys as sys;

/// What FltDecodeParameters says about an operation (I-09). Of a control with two buffers it is the output (I-10).
///
/// # Invariants
///
/// The places are members of the parameters that were asked about, or NULL where there is no such member; `buffer` is not
/// NULL.
pub(super) struct Decoded {
    mdl: *mut *mut sys::MDL,
    buffer: *mut *mut c_void,
    length: *mut u32,
    access: sys::LOCK_OPERATION,
}

impl Decoded {
    /// Asks about an operation, at any IRQL.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER if it has no buffer.
    ///
    /// # Safety
    ///
    /// The callback data is the filter's, and stays so while the result is used.
    pub(super) unsafe fn of(data: *mut sys::FLT_CALLBACK_DATA) -> Result<Self> {
        let (mut mdl, mut buffer, mut length) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let mut access = sys::IoReadAccess;
        // SAFETY: the caller has the callback data, and the results have places.
        Error::check(unsafe {
            sys::FltDecodeParameters(data, &raw mut mdl, &raw mut buffer, &raw mut length, &raw mut access)
        })?;
        if buffer.is_null() {
            return Err(Error::INVALID_PARAMETER);
        }
        // INVARIANT: the routine names members of the parameters.
        Ok(Self { mdl, buffer, length, access })
    }

    /// The MDL of the buffer; NULL if there is none, or no place for one.
    pub(super) fn mdl(&self) -> *mut sys::MDL {
        // SAFETY: by the invariant the place is a member of the parameters, or NULL.
        unsafe { self.mdl.as_ref() }.copied().unwrap_or(ptr::null_mut())
    }

    /// Whether the parameters have a place for an MDL.
    pub(super) fn takes_mdl(&self) -> bool {
        !self.mdl.is_null()
    }

    /// The address of the buffer as the requestor gave it, which may be one of a process.
    pub(super) fn address(&self) -> *mut c_void {
        // SAFETY: by the invariant the place is a member of the parameters.
        unsafe { *self.buffer }
    }

    /// The length of the buffer, in bytes.
    pub(super) fn length(&self) -> u32 {
        // SAFETY: by the invariant the place is a member of the parameters, or NULL.
        unsafe { self.length.as_ref() }.copied().unwrap_or(0)
    }

    /// Whether the operation changes the buffer.
    pub(super) fn is_written(&self) -> bool {
        self.access != sys::IoReadAccess
    }

    /// Whether what is in the buffer counts when the operation begins.
    pub(super) fn is_read(&self) -> bool {
        self.access != sys::IoWriteAccess
    }

    /// Puts in another buffer with its MDL. The filter must control the operation, and marks the callback data dirty.
    pub(super) fn put(&self, address: *mut c_void, mdl: *mut sys::MDL) {
        // SAFETY: by the invariant both places are members of the parameters, or NULL; the filter has them.
        unsafe {
            *self.buffer = address;
            if let Some(place) = self.mdl.as_mut() {
                *place = mdl;
            }
        }
    }
}
