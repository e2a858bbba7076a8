//! Answers of the Filter Manager that are a structure with strings behind it.

use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use fltmgr_sys as sys;

/// The bytes of an answer.
///
/// # Invariants
///
/// The routine has stored the first `length` bytes, which the words hold.
pub(crate) struct Answer {
    words: PoolVec<u64, Paged>,
    length: usize,
}

impl Answer {
    /// Asks with as much room as the routine says that it needs. Between two questions the answer may get longer.
    pub(crate) fn ask(tag: Tag, mut routine: impl FnMut(*mut c_void, u32, *mut u32) -> sys::NTSTATUS) -> Result<Self> {
        const ATTEMPTS: usize = 4;
        const FIRST: u32 = 256;
        let mut room = FIRST;
        for _ in 0..ATTEMPTS {
            let words = usize::try_from(room.div_ceil(8)).map_err(|_| Error::INSUFFICIENT_RESOURCES)?;
            let mut words = PoolVec::<u64, Paged>::try_filled(0, words, tag)?;
            let mut returned = 0;
            match Error::check(routine(words.as_mut_ptr().cast(), room, &raw mut returned)) {
                // INVARIANT: no more than the words hold.
                Ok(_) => return Ok(Self { length: size_of_val(&*words).min(returned as usize), words }),
                Err(Error::BUFFER_TOO_SMALL | Error::BUFFER_OVERFLOW) => {
                    room = returned.max(room.saturating_mul(2));
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::BUFFER_TOO_SMALL)
    }

    /// The structure at the beginning. What the answer is too short for is zero.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if the answer cannot have one.
    ///
    /// # Safety
    ///
    /// All bit patterns are values of the structure.
    pub(crate) unsafe fn read<T: Copy>(&self) -> Result<T> {
        const { assert!(align_of::<T>() <= align_of::<u64>(), "the bytes are aligned as words") };
        if size_of_val(&*self.words) < size_of::<T>() {
            return Err(Error::BUFFER_TOO_SMALL);
        }
        // SAFETY: the words are as long as the structure and aligned for it, and the caller vouches for their values.
        Ok(unsafe { self.words.as_ptr().cast::<T>().read() })
    }

    /// The string of so many bytes at an offset; empty if the answer does not have it.
    pub(crate) fn units(&self, offset: usize, length: u16) -> &[u16] {
        let (whole, length) = (self.length, usize::from(length));
        let inside = offset.checked_add(length).is_some_and(|end| end <= whole) && offset.is_multiple_of(2);
        if !inside {
            return &[];
        }
        // SAFETY: the bytes are in the answer, at an address that is even.
        unsafe { core::slice::from_raw_parts(self.words.as_ptr().byte_add(offset).cast(), length / 2) }
    }

    /// A string of the structure, whose pointer goes into the answer; empty if it does not.
    pub(crate) fn string(&self, string: &sys::UNICODE_STRING) -> &[u16] {
        match string.Buffer.addr().checked_sub(self.words.as_ptr().addr()) {
            Some(offset) => self.units(offset, string.Length),
            None => &[],
        }
    }
}
