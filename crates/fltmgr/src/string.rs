//! UTF-16 as the kernel has it: slices of `u16`, and [`utf16!`](crate::utf16) for literals.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::string::upcase;
//! use fltmgr::utf16;
//!
//! fn is_log(name: &[u16], at: Irql<'_, ApcLevel>) -> bool {
//!     let end = name.iter().rev().map(|unit| upcase(*unit, at));
//!     end.take(4).eq(utf16!(".LOG").iter().rev().copied())
//! }
//! ```

use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::status::{Error, Result};
use core::fmt::{self, Write as _};
use fltmgr_sys as sys;

/// The UNICODE_STRING that views `units`.
///
/// # Errors
///
/// STATUS_NAME_TOO_LONG if the units take more than the 65,534 bytes that a UNICODE_STRING can count.
pub(crate) fn unicode_string(units: &[u16]) -> Result<sys::UNICODE_STRING> {
    let bytes = u16::try_from(size_of_val(units)).map_err(|_| Error::NAME_TOO_LONG)?;
    Ok(sys::UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: units.as_ptr().cast_mut() })
}

/// The units a UNICODE_STRING views; none if its buffer is NULL.
///
/// # Safety
///
/// For `'a` the string's buffer holds `Length` initialized bytes that nobody writes.
pub(crate) unsafe fn units<'a>(string: &sys::UNICODE_STRING) -> &'a [u16] {
    if string.Buffer.is_null() {
        return &[];
    }
    // SAFETY: the caller vouches for the buffer, and a UNICODE_STRING's buffer is aligned for its units.
    unsafe { core::slice::from_raw_parts(string.Buffer, usize::from(string.Length / 2)) }
}

/// An ASCII literal as a `&'static [u16]`.
///
/// ```
/// const PORT: &[u16] = fltmgr::utf16!("\\ExamplePort");
/// assert_eq!(PORT[1], u16::from(b'E'));
/// ```
#[macro_export]
macro_rules! utf16 {
    ($text:literal) => {{
        const UNITS: [u16; $text.len()] = $crate::string::ascii_units($text);
        &UNITS
    }};
}

/// What [`utf16!`](crate::utf16) evaluates at compile time; a text that is not ASCII or not `N` long does not compile.
#[doc(hidden)]
pub const fn ascii_units<const N: usize>(text: &str) -> [u16; N] {
    let bytes = text.as_bytes();
    assert!(bytes.len() == N && text.is_ascii(), "utf16! takes ASCII");
    let mut units = [0; N];
    let mut index = 0;
    while index < N {
        units[index] = bytes[index] as u16;
        index += 1;
    }
    units
}

/// The upper case of one unit, as file systems fold names. Wraps RtlUpcaseUnicodeChar, whose tables may be paged: so it
/// belongs where names can be read, at APC_LEVEL or below.
pub fn upcase<L: NotAbove<ApcLevel>>(unit: u16, _: Irql<'_, L>) -> u16 {
    // SAFETY: the routine takes any unit, and the witness says that paged memory can be touched.
    unsafe { sys::RtlUpcaseUnicodeChar(unit) }
}

/// UTF-16 as a line for a debugger has it: what is no character shows as U+FFFD.
///
/// ```
/// assert_eq!(std::format!("{}", fltmgr::string::Text(fltmgr::utf16!("plain"))), "plain");
/// # extern crate std;
/// ```
#[derive(Clone, Copy)]
pub struct Text<'a>(pub &'a [u16]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        char::decode_utf16(self.0.iter().copied())
            .try_for_each(|unit| formatter.write_char(unit.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}
