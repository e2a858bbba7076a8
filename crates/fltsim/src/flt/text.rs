//! Strings as drivers pass them.

use fltmgr_sys::UNICODE_STRING;

pub(crate) use crate::io::units;

/// The length of this many units as a string says it. No string is longer than 32,767 units.
pub(crate) fn byte_length(units: usize) -> u16 {
    const LONGEST: u16 = 0xFFFE;
    u16::try_from(units * 2).unwrap_or(LONGEST)
}

/// A string that points to this text.
pub(crate) fn string_of(text: &[u16]) -> UNICODE_STRING {
    let length = byte_length(text.len());
    UNICODE_STRING { Length: length, MaximumLength: length, Buffer: text.as_ptr().cast_mut() }
}

/// The text of a `PCUNICODE_STRING`, `None` for NULL.
///
/// # Safety
///
/// The string must be NULL or valid, and so must its buffer.
pub(crate) unsafe fn read(string: *const UNICODE_STRING) -> Option<String> {
    // SAFETY: the caller vouches for the string.
    unsafe { string.as_ref().map(|string| String::from_utf16_lossy(units(*string))) }
}

/// Copies text into a caller's `UNICODE_STRING`, which may be NULL if only the size is asked for (rule K-35).
///
/// # Safety
///
/// `string` must be NULL or valid with its buffer, `needed` NULL or valid.
pub(crate) unsafe fn give(text: &[u16], string: *mut UNICODE_STRING, needed: *mut u32) -> i32 {
    let bytes = text.len() * 2;
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        if string.is_null() && needed.is_null() {
            return fltmgr_sys::STATUS_INVALID_PARAMETER;
        }
        if let Some(needed) = needed.as_mut() {
            *needed = u32::try_from(bytes).unwrap_or(u32::MAX);
        }
        let Some(string) = string.as_mut() else { return fltmgr_sys::STATUS_BUFFER_TOO_SMALL };
        if usize::from(string.MaximumLength) < bytes || string.Buffer.is_null() {
            string.Length = 0;
            return fltmgr_sys::STATUS_BUFFER_TOO_SMALL;
        }
        std::ptr::copy_nonoverlapping(text.as_ptr(), string.Buffer, text.len());
        string.Length = byte_length(text.len());
    }
    fltmgr_sys::STATUS_SUCCESS
}
