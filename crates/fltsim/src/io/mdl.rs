//! Memory descriptor lists for buffers that are locked already.

use std::ffi::c_void;

use fltmgr_sys as sys;
use fltmgr_sys::PMDL;

use crate::exports::memory::{allocate_mdl_for_system, free_mdls};
use crate::flt::major::half;

/// The size of a page.
const PAGE: usize = 4096;

/// An MDL that the Filter Manager or the I/O manager made, freed with the operation (rule I-06).
pub(crate) struct OwnedMdl(PMDL);

impl OwnedMdl {
    /// Describes a buffer, whose pages are locked, and not mapped before somebody asks for that (rule I-07).
    ///
    /// # Panics
    ///
    /// If the host has no memory left.
    pub(crate) fn new(buffer: *mut c_void, length: u32) -> Self {
        let address = buffer as usize;
        let mdl = allocate_mdl_for_system(address, length);
        assert!(!mdl.is_null(), "there is memory for a list");
        let pages = (address % PAGE + length as usize).div_ceil(PAGE);
        // SAFETY: the list was made just now, and the page frame numbers lie behind it.
        unsafe {
            (*mdl).MdlFlags |= half(sys::MDL_PAGES_LOCKED).cast_signed();
            // The page frame numbers that follow are those of the addresses, one a page.
            let numbers = mdl.add(1).cast::<u64>();
            for number in 0..pages {
                numbers.add(number).write((address / PAGE + number) as u64);
            }
        }
        Self(mdl)
    }

    pub(crate) fn as_ptr(&self) -> PMDL {
        self.0
    }

    /// Lets the MDL be somebody else's, who frees it.
    pub(crate) fn give_away(self) {
        std::mem::forget(self);
    }
}

impl Drop for OwnedMdl {
    fn drop(&mut self) {
        if !free_mdls(self.0) {
            tracing::warn!("a driver freed a memory descriptor list that belongs to the operation (rule I-06)");
        }
    }
}

/// The address of the memory an MDL describes.
///
/// # Safety
///
/// `mdl` must be valid.
pub(crate) unsafe fn address_of(mdl: PMDL) -> *mut c_void {
    // SAFETY: the caller vouches for the MDL.
    unsafe {
        let mapped = half(sys::MDL_MAPPED_TO_SYSTEM_VA | sys::MDL_SOURCE_IS_NONPAGED_POOL);
        if (*mdl).MdlFlags.cast_unsigned() & mapped != 0 {
            (*mdl).MappedSystemVa
        } else {
            (*mdl).StartVa.byte_add((*mdl).ByteOffset as usize)
        }
    }
}
