//! Memory of the simulated user-mode programs, as a driver sees it: raw addresses that it has to distrust.
//!
//! Each buffer ends where an inaccessible page begins, so that a driver that reads or writes past the length it was
//! given is caught at the first byte. A consequence is that a buffer whose length is odd begins at an odd address:
//! the Filter Manager does not check alignment, and a driver may not rely on it (M-13).

use std::{io, ptr, slice};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// The first address that is no user address, `MmUserProbeAddress` on x64.
pub const USER_PROBE_ADDRESS: usize = 0x7FFF_FFFF_0000;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Whether `length` bytes at `address` lie in the user's part of the address space, which is what `ProbeForRead` and
/// `ProbeForWrite` look at. Whether there is memory at that address shows when it is touched.
pub fn is_user_range(address: usize, length: usize) -> bool {
    length == 0 || address.checked_add(length).is_some_and(|end| end <= USER_PROBE_ADDRESS)
}

/// A buffer in a user-mode program.
#[derive(Debug)]
pub struct UserBuffer {
    mapping: *mut u8,
    mapped: usize,
    length: usize,
}

// SAFETY: the mapping belongs to this value alone and is not bound to a thread.
unsafe impl Send for UserBuffer {}
// SAFETY: shared access to the value only reads the mapping.
unsafe impl Sync for UserBuffer {}

impl UserBuffer {
    /// A buffer of zeros.
    ///
    /// # Errors
    ///
    /// What the host says if it has no memory left.
    pub fn zeroed(length: usize) -> io::Result<Self> {
        let accessible = length.checked_next_multiple_of(PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let mapped = accessible.checked_add(PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: the address is left to the host, so no other memory is touched.
        let mapping = unsafe { mmap_anonymous(ptr::null_mut(), mapped, ProtFlags::empty(), flags) }?.cast::<u8>();
        let buffer = Self { mapping, mapped, length };
        if accessible > 0 {
            // SAFETY: the range is within the new mapping, which nobody else knows.
            unsafe { mprotect(mapping.cast(), accessible, MprotectFlags::READ | MprotectFlags::WRITE) }?;
        }
        Ok(buffer)
    }

    /// A buffer that holds `data`.
    ///
    /// # Errors
    ///
    /// As for [`UserBuffer::zeroed`].
    pub fn new(data: &[u8]) -> io::Result<Self> {
        let mut buffer = Self::zeroed(data.len())?;
        buffer.bytes_mut().copy_from_slice(data);
        Ok(buffer)
    }

    /// Where a driver finds the buffer.
    pub fn address(&self) -> usize {
        self.start() as usize
    }

    /// What the buffer holds.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the last `length` bytes before the inaccessible page are mapped, initialized, and this value's.
        unsafe { slice::from_raw_parts(self.start(), self.length) }
    }

    /// What the buffer holds, to change.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`, and the value is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.start(), self.length) }
    }

    fn start(&self) -> *mut u8 {
        self.mapping.wrapping_add(self.mapped - PAGE - self.length)
    }
}

impl Drop for UserBuffer {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and nothing borrows from it any more. It cannot fail for a range that
        // was mapped as a whole.
        let _ = unsafe { munmap(self.mapping.cast(), self.mapped) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_holds_its_bytes_and_ends_at_a_page_boundary() {
        for length in [0, 1, 13, PAGE, PAGE + 1] {
            let data: Vec<u8> = (0..length).map(|index| index.to_le_bytes()[0]).collect();
            let buffer = UserBuffer::new(&data).unwrap();
            assert_eq!(buffer.bytes(), data);
            assert_eq!((buffer.address() + length) % PAGE, 0);
            assert!(is_user_range(buffer.address(), length));
        }
    }

    #[test]
    fn addresses_of_the_kernel_and_ranges_that_wrap_are_not_the_users() {
        assert!(is_user_range(USER_PROBE_ADDRESS - 1, 1));
        assert!(!is_user_range(USER_PROBE_ADDRESS - 1, 2));
        assert!(!is_user_range(0xFFFF_8000_0000_0000, 1));
        assert!(!is_user_range(usize::MAX, 2));
        assert!(is_user_range(usize::MAX, 0));
    }
}
