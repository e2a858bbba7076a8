//! The memory routines that compiled code calls, which ntoskrnl.exe exports and no C runtime is there to supply.

use core::ffi::{c_int, c_void};

#[link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "C" {
    /// Copies bytes between buffers that do not overlap.
    pub fn memcpy(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void;
    /// Copies bytes between buffers that may overlap.
    pub fn memmove(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void;
    /// Fills a buffer with a byte.
    pub fn memset(to: *mut c_void, byte: c_int, length: usize) -> *mut c_void;
    /// Compares two buffers byte by byte.
    pub fn memcmp(left: *const c_void, right: *const c_void, length: usize) -> c_int;
}
