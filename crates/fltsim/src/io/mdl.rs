//! Memory descriptor lists for buffers that are locked already.

use std::ffi::c_void;

use fltmgr_sys as sys;
use fltmgr_sys::{MDL, PMDL};

use crate::flt::major::half;

/// The size of a page.
const PAGE: usize = 4096;

/// An MDL that the Filter Manager or the I/O manager made, freed with the operation (rule I-06).
pub(crate) struct OwnedMdl(Box<[u64]>);

impl OwnedMdl {
    /// Describes a buffer. Everything in this process is mapped, so the system address is the buffer's own.
    pub(crate) fn new(buffer: *mut c_void, length: u32) -> Self {
        let address = buffer as usize;
        let pages = (address % PAGE + length as usize).div_ceil(PAGE);
        let words = size_of::<MDL>().div_ceil(8) + pages;
        let mut memory = vec![0_u64; words].into_boxed_slice();
        let mdl = memory.as_mut_ptr().cast::<MDL>();
        // SAFETY: the memory is as large as an MDL with its page numbers, zeroed and 8-aligned.
        unsafe {
            (*mdl).Size = i16::try_from(words * 8).unwrap_or(i16::MAX);
            (*mdl).MdlFlags = half(sys::MDL_PAGES_LOCKED | sys::MDL_MAPPED_TO_SYSTEM_VA).cast_signed();
            (*mdl).StartVa = (address & !(PAGE - 1)) as *mut c_void;
            (*mdl).ByteOffset = u32::try_from(address % PAGE).unwrap_or_default();
            (*mdl).ByteCount = length;
            (*mdl).MappedSystemVa = buffer;
        }
        // The page frame numbers that follow are those of the addresses, one a page.
        for (number, word) in memory.iter_mut().skip(words - pages).enumerate() {
            *word = (address / PAGE + number) as u64;
        }
        Self(memory)
    }

    pub(crate) fn as_ptr(&self) -> PMDL {
        self.0.as_ptr().cast_mut().cast()
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
