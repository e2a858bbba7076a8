//! Counted strings.

use fltmgr_sys::{
    ANSI_STRING, BOOLEAN, GUID, NTSTATUS, PANSI_STRING, PCSTR, PCUNICODE_STRING, PCWSTR, PULONG, PUNICODE_STRING,
    PWCH, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_NAME_TOO_LONG,
    STATUS_NO_MEMORY, STATUS_SUCCESS, STRING, ULONG, WCHAR,
};

use super::export;
use crate::fs::Expression;
use crate::fs::name::upcase;
use crate::kernel::pool::{self, PoolKind};

/// The tag of strings that the run-time library allocates.
const TAG: u32 = u32::from_le_bytes(*b"RtlS");
/// The longest counted string, in bytes.
const LONGEST: usize = 0xFFFE;

/// The units of a counted string.
///
/// # Safety
///
/// The string must be valid as long as the result is used, as drivers pass it.
pub(crate) unsafe fn units<'a>(string: PCUNICODE_STRING) -> &'a [u16] {
    // SAFETY: the caller vouches for the string.
    let string = unsafe { &*string };
    if string.Length == 0 || string.Buffer.is_null() {
        return &[];
    }
    // SAFETY: as above; `Length` bytes are there.
    unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) }
}

/// The bytes of a counted string.
///
/// # Safety
///
/// As [`units`].
unsafe fn bytes<'a>(string: *const STRING) -> &'a [u8] {
    // SAFETY: the caller vouches for the string.
    let string = unsafe { &*string };
    if string.Length == 0 || string.Buffer.is_null() {
        return &[];
    }
    // SAFETY: as above; `Length` bytes are there.
    unsafe { std::slice::from_raw_parts(string.Buffer.cast(), usize::from(string.Length)) }
}

/// How many units come before the terminating zero.
///
/// # Safety
///
/// The string must be terminated.
unsafe fn wide_length(string: PCWSTR) -> usize {
    let mut length = 0;
    // SAFETY: the string goes on at least to its zero.
    while unsafe { string.add(length).read_unaligned() } != 0 {
        length += 1;
    }
    length
}

/// The unit in lower case.
pub fn downcase(unit: u16) -> u16 {
    if unit < 0x80 {
        return if unit.wrapping_sub(u16::from(b'A')) < 26 { unit + 32 } else { unit };
    }
    // These would become letters of another script, which Windows does not do.
    if matches!(unit, 0x130 | 0x212A | 0x212B | 0x2126 | 0x1E9E) {
        return unit;
    }
    one_unit(char::from_u32(unit.into()).map(char::to_lowercase), unit)
}

fn one_unit(mapped: Option<impl Iterator<Item = char>>, otherwise: u16) -> u16 {
    let Some(mut mapped) = mapped else { return otherwise };
    match (mapped.next().map(|first| u16::try_from(u32::from(first))), mapped.next()) {
        (Some(Ok(unit)), None) => unit,
        _ => otherwise,
    }
}

fn compare(one: &[u16], other: &[u16], ignore_case: bool) -> i32 {
    for (&one, &other) in one.iter().zip(other) {
        let (one, other) = if ignore_case { (upcase(one), upcase(other)) } else { (one, other) };
        if one != other {
            return i32::from(one) - i32::from(other);
        }
    }
    // A counted string has fewer than 2^16 units.
    let length = |string: &[u16]| i32::try_from(string.len()).unwrap_or(i32::MAX);
    length(one) - length(other)
}

fn equal(one: &[u16], other: &[u16], ignore_case: bool) -> bool {
    one.len() == other.len() && compare(one, other, ignore_case) == 0
}

/// Writes `text` to a counted string: into its buffer, or into one that is allocated for it, with a terminating zero if
/// there is room.
///
/// # Safety
///
/// `to` must be a valid string, whose buffer, if it is to be used, holds `MaximumLength` bytes.
unsafe fn store(to: PUNICODE_STRING, text: &[u16], allocate: bool) -> NTSTATUS {
    let size = text.len() * 2;
    if size > LONGEST {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: the caller vouches for the string.
    let to = unsafe { &mut *to };
    if allocate {
        let buffer = pool::allocate(PoolKind::Paged, (size + 2).min(LONGEST), TAG, true);
        if buffer.is_null() {
            return STATUS_NO_MEMORY;
        }
        to.Buffer = buffer.cast();
        to.MaximumLength = u16::try_from((size + 2).min(LONGEST)).unwrap_or(u16::MAX);
    } else if size > usize::from(to.MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    // SAFETY: the buffer has room for the text. Source and target may be one.
    unsafe { std::ptr::copy(text.as_ptr(), to.Buffer, text.len()) };
    to.Length = u16::try_from(size).unwrap_or(u16::MAX);
    STATUS_SUCCESS
}

/// As [`store`], for strings of bytes, which always end with a zero.
///
/// # Safety
///
/// As [`store`].
unsafe fn store_bytes(to: PANSI_STRING, text: &[u8], allocate: bool) -> NTSTATUS {
    if text.len() >= LONGEST {
        return STATUS_INVALID_PARAMETER;
    }
    let size = text.len() + 1;
    // SAFETY: the caller vouches for the string.
    let to = unsafe { &mut *to };
    if allocate {
        let buffer = pool::allocate(PoolKind::Paged, size, TAG, true);
        if buffer.is_null() {
            return STATUS_NO_MEMORY;
        }
        to.Buffer = buffer.cast();
        to.MaximumLength = u16::try_from(size).unwrap_or(u16::MAX);
    } else if size > usize::from(to.MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    // SAFETY: the buffer has room for the text and its zero.
    unsafe {
        std::ptr::copy(text.as_ptr(), to.Buffer.cast(), text.len());
        to.Buffer.cast::<u8>().add(text.len()).write(0);
    }
    to.Length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    STATUS_SUCCESS
}

/// Appends to a counted string, with a terminating zero if there is room.
///
/// # Safety
///
/// `to` must be a valid string.
unsafe fn append(to: PUNICODE_STRING, text: &[u16]) -> NTSTATUS {
    // SAFETY: the caller vouches for the string.
    let to = unsafe { &mut *to };
    let length = usize::from(to.Length) / 2;
    let total = (length + text.len()) * 2;
    if total > usize::from(to.MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    // SAFETY: the buffer holds `MaximumLength` bytes.
    unsafe {
        std::ptr::copy(text.as_ptr(), to.Buffer.add(length), text.len());
        if total + 2 <= usize::from(to.MaximumLength) {
            to.Buffer.add(total / 2).write(0);
        }
    }
    to.Length = u16::try_from(total).unwrap_or(u16::MAX);
    STATUS_SUCCESS
}

export! {
    dll "ntoskrnl.exe";

    /// Makes a counted string of a terminated one.
    pub unsafe fn RtlInitUnicodeString(DestinationString: PUNICODE_STRING, SourceString: PCWSTR) {
        // SAFETY: the driver passes a terminated string or null.
        let length = if SourceString.is_null() { 0 } else { unsafe { wide_length(SourceString) }.min(LONGEST / 2 - 1) };
        let size = u16::try_from(length * 2).unwrap_or(0);
        // SAFETY: the driver passes a variable for the result.
        unsafe {
            (*DestinationString).Length = size;
            (*DestinationString).MaximumLength = if SourceString.is_null() { 0 } else { size + 2 };
            (*DestinationString).Buffer = SourceString.cast_mut();
        }
    }

    /// As `RtlInitUnicodeString`, and fails for strings that are too long.
    pub unsafe fn RtlInitUnicodeStringEx(DestinationString: PUNICODE_STRING, SourceString: PCWSTR) -> NTSTATUS {
        // SAFETY: the driver passes a terminated string or null.
        if !SourceString.is_null() && unsafe { wide_length(SourceString) } * 2 + 2 > LONGEST {
            return STATUS_NAME_TOO_LONG;
        }
        // SAFETY: the arguments are the driver's.
        unsafe { RtlInitUnicodeString(DestinationString, SourceString) };
        STATUS_SUCCESS
    }

    /// Makes a counted string of a terminated one.
    pub unsafe fn RtlInitAnsiString(DestinationString: PANSI_STRING, SourceString: PCSTR) {
        let length = if SourceString.is_null() {
            0
        } else {
            // SAFETY: the driver passes a terminated string.
            unsafe { std::ffi::CStr::from_ptr(SourceString) }.count_bytes().min(LONGEST)
        };
        let size = u16::try_from(length).unwrap_or(0);
        // SAFETY: the driver passes a variable for the result.
        unsafe {
            DestinationString.write(ANSI_STRING {
                Length: size,
                MaximumLength: if SourceString.is_null() { 0 } else { size + 1 },
                Buffer: SourceString.cast_mut(),
            });
        }
    }

    /// Copies as much as there is room for.
    pub unsafe fn RtlCopyUnicodeString(DestinationString: PUNICODE_STRING, SourceString: PCUNICODE_STRING) {
        // SAFETY: the driver passes valid strings; the source may be null, which is empty.
        let source = if SourceString.is_null() { &[] } else { unsafe { units(SourceString) } };
        // SAFETY: as above.
        let room = usize::from(unsafe { (*DestinationString).MaximumLength }) / 2;
        let source = &source[..source.len().min(room)];
        // SAFETY: as above; what is there is replaced.
        unsafe {
            (*DestinationString).Length = 0;
            append(DestinationString, source);
        }
    }

    /// Appends a terminated string.
    pub unsafe fn RtlAppendUnicodeToString(Destination: PUNICODE_STRING, Source: PCWSTR) -> NTSTATUS {
        if Source.is_null() {
            return STATUS_SUCCESS;
        }
        // SAFETY: the driver passes a terminated string.
        let text = unsafe { std::slice::from_raw_parts(Source, wide_length(Source)) };
        // SAFETY: the driver passes a valid string.
        unsafe { append(Destination, text) }
    }

    /// Appends a counted string.
    pub unsafe fn RtlAppendUnicodeStringToString(Destination: PUNICODE_STRING, Source: PCUNICODE_STRING) -> NTSTATUS {
        // SAFETY: the driver passes valid strings.
        unsafe { append(Destination, units(Source)) }
    }

    /// Whether two strings are equal.
    pub unsafe fn RtlEqualString(String1: *const STRING, String2: *const STRING, CaseInSensitive: BOOLEAN) -> BOOLEAN {
        // SAFETY: the driver passes valid strings.
        let (one, other) = unsafe { (bytes(String1), bytes(String2)) };
        (if CaseInSensitive == 0 { one == other } else { one.eq_ignore_ascii_case(other) }).into()
    }

    /// Whether two strings are equal.
    pub unsafe fn RtlEqualUnicodeString(
        String1: PCUNICODE_STRING,
        String2: PCUNICODE_STRING,
        CaseInSensitive: BOOLEAN,
    ) -> BOOLEAN {
        // SAFETY: the driver passes valid strings.
        let (one, other) = unsafe { (units(String1), units(String2)) };
        equal(one, other, CaseInSensitive != 0).into()
    }

    /// Which of two strings comes first: less than zero if the first does.
    pub unsafe fn RtlCompareUnicodeString(
        String1: PCUNICODE_STRING,
        String2: PCUNICODE_STRING,
        CaseInSensitive: BOOLEAN,
    ) -> i32 {
        // SAFETY: the driver passes valid strings.
        let (one, other) = unsafe { (units(String1), units(String2)) };
        compare(one, other, CaseInSensitive != 0)
    }

    /// Whether the second string begins with the first.
    pub unsafe fn RtlPrefixUnicodeString(
        String1: PCUNICODE_STRING,
        String2: PCUNICODE_STRING,
        CaseInSensitive: BOOLEAN,
    ) -> BOOLEAN {
        // SAFETY: the driver passes valid strings.
        let (prefix, whole) = unsafe { (units(String1), units(String2)) };
        whole.get(..prefix.len()).is_some_and(|start| equal(prefix, start, CaseInSensitive != 0)).into()
    }

    /// Whether the second string ends with the first.
    pub unsafe fn RtlSuffixUnicodeString(
        String1: PCUNICODE_STRING,
        String2: PCUNICODE_STRING,
        CaseInSensitive: BOOLEAN,
    ) -> BOOLEAN {
        // SAFETY: the driver passes valid strings.
        let (suffix, whole) = unsafe { (units(String1), units(String2)) };
        let end = whole.len().checked_sub(suffix.len()).map(|start| &whole[start..]);
        end.is_some_and(|end| equal(suffix, end, CaseInSensitive != 0)).into()
    }

    /// A character in upper case.
    pub unsafe fn RtlUpcaseUnicodeChar(SourceCharacter: WCHAR) -> WCHAR {
        upcase(SourceCharacter)
    }

    /// A character in lower case.
    pub unsafe fn RtlDowncaseUnicodeChar(SourceCharacter: WCHAR) -> WCHAR {
        downcase(SourceCharacter)
    }

    /// A string in upper case.
    pub unsafe fn RtlUpcaseUnicodeString(
        DestinationString: PUNICODE_STRING,
        SourceString: PCUNICODE_STRING,
        AllocateDestinationString: BOOLEAN,
    ) -> NTSTATUS {
        // SAFETY: the driver passes valid strings.
        let text: Vec<u16> = unsafe { units(SourceString) }.iter().map(|&unit| upcase(unit)).collect();
        // SAFETY: as above.
        unsafe { store(DestinationString, &text, AllocateDestinationString != 0) }
    }

    /// A string in lower case.
    pub unsafe fn RtlDowncaseUnicodeString(
        DestinationString: PUNICODE_STRING,
        SourceString: PCUNICODE_STRING,
        AllocateDestinationString: BOOLEAN,
    ) -> NTSTATUS {
        // SAFETY: the driver passes valid strings.
        let text: Vec<u16> = unsafe { units(SourceString) }.iter().map(|&unit| downcase(unit)).collect();
        // SAFETY: as above.
        unsafe { store(DestinationString, &text, AllocateDestinationString != 0) }
    }

    /// A string of bytes as UTF-16. The code page is UTF-8.
    pub unsafe fn RtlAnsiStringToUnicodeString(
        DestinationString: PUNICODE_STRING,
        SourceString: *const ANSI_STRING,
        AllocateDestinationString: BOOLEAN,
    ) -> NTSTATUS {
        // SAFETY: the driver passes valid strings.
        let text: Vec<u16> = String::from_utf8_lossy(unsafe { bytes(SourceString) }).encode_utf16().collect();
        // SAFETY: as above.
        unsafe { store(DestinationString, &text, AllocateDestinationString != 0) }
    }

    /// A string of UTF-16 as bytes. The code page is UTF-8.
    pub unsafe fn RtlUnicodeStringToAnsiString(
        DestinationString: PANSI_STRING,
        SourceString: PCUNICODE_STRING,
        AllocateDestinationString: BOOLEAN,
    ) -> NTSTATUS {
        // SAFETY: the driver passes valid strings.
        let text = String::from_utf16_lossy(unsafe { units(SourceString) });
        // SAFETY: as above.
        unsafe { store_bytes(DestinationString, text.as_bytes(), AllocateDestinationString != 0) }
    }

    /// The number that a string is. Base 0 takes the prefixes 0x, 0o and 0b for what they say, and 10 otherwise.
    pub unsafe fn RtlUnicodeStringToInteger(String: PCUNICODE_STRING, Base: ULONG, Value: PULONG) -> NTSTATUS {
        // SAFETY: the driver passes a valid string.
        let text = String::from_utf16_lossy(unsafe { units(String) });
        let Some(value) = parse_integer(&text, Base) else { return STATUS_INVALID_PARAMETER };
        // SAFETY: the driver passes a variable for the result.
        unsafe { Value.write(value) };
        STATUS_SUCCESS
    }

    /// A GUID as `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}`, in memory that is allocated for it.
    pub unsafe fn RtlStringFromGUID(Guid: *const GUID, GuidString: PUNICODE_STRING) -> NTSTATUS {
        // SAFETY: the driver passes a GUID.
        let GUID { Data1, Data2, Data3, Data4: [a, b, rest @ ..] } = unsafe { Guid.read() };
        let rest = rest.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        let text: Vec<u16> =
            format!("{{{Data1:08X}-{Data2:04X}-{Data3:04X}-{a:02X}{b:02X}-{rest:012X}}}").encode_utf16().collect();
        // SAFETY: the driver passes a variable for the result.
        unsafe { store(GuidString, &text, true) }
    }

    /// Frees a string that the run-time library allocated.
    pub unsafe fn RtlFreeUnicodeString(UnicodeString: PUNICODE_STRING) {
        // SAFETY: the driver passes a valid string.
        let string = unsafe { &mut *UnicodeString };
        if !string.Buffer.is_null() {
            // SAFETY: the driver says that it is done with the string.
            unsafe { pool::free(string.Buffer.cast(), 0) };
            string.Length = 0;
            string.MaximumLength = 0;
            string.Buffer = std::ptr::null_mut();
        }
    }

    /// Frees a string that the run-time library allocated.
    pub unsafe fn RtlFreeAnsiString(AnsiString: PANSI_STRING) {
        // SAFETY: the driver passes a valid string.
        let string = unsafe { &mut *AnsiString };
        if !string.Buffer.is_null() {
            // SAFETY: the driver says that it is done with the string.
            unsafe { pool::free(string.Buffer.cast(), 0) };
            string.Length = 0;
            string.MaximumLength = 0;
            string.Buffer = std::ptr::null_mut();
        }
    }

    /// Whether a name matches an expression with wildcards. With `IgnoreCase`, the expression must be in upper case.
    pub unsafe fn FsRtlIsNameInExpression(
        Expression: PUNICODE_STRING,
        Name: PUNICODE_STRING,
        IgnoreCase: BOOLEAN,
        UpcaseTable: PWCH,
    ) -> BOOLEAN {
        let _ = UpcaseTable;
        // SAFETY: the driver passes valid strings.
        let (expression, name) = unsafe { (units(Expression), units(Name)) };
        // What lists directories takes an empty pattern for all; here it is nothing's.
        (!expression.is_empty() && Expression::new(expression, IgnoreCase == 0).matches(name)).into()
    }
}

fn parse_integer(text: &str, base: u32) -> Option<u32> {
    let text = text.trim_start();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match base {
        0 => [("0x", 16), ("0o", 8), ("0b", 2)]
            .into_iter()
            .find_map(|(prefix, base)| text.strip_prefix(prefix).map(|digits| (base, digits)))
            .unwrap_or((10, text)),
        2 | 8 | 10 | 16 => (base, text),
        _ => return None,
    };
    // What follows the digits is not looked at, and no digits are zero.
    let value = digits
        .chars()
        .map_while(|character| character.to_digit(base))
        .fold(0_u32, |value, digit| value.wrapping_mul(base).wrapping_add(digit));
    Some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn case_is_changed_one_unit_for_one() {
        for (lower, upper) in [('a', 'A'), ('z', 'Z'), ('é', 'É'), ('ß', 'ß'), ('я', 'Я'), ('ÿ', 'Ÿ'), ('1', '1')] {
            let [lower, upper] = [lower, upper].map(|unit| u16::try_from(u32::from(unit)).unwrap());
            assert_eq!(upcase(lower), upper);
        }
        assert_eq!(upcase(0xD800), 0xD800, "half a surrogate pair stays");
        assert_eq!(downcase(u16::from(b'Q')), u16::from(b'q'));
    }

    #[test]
    fn shorter_strings_come_first_and_case_counts_unless_told() {
        assert!(compare(&wide("ab"), &wide("abc"), false) < 0);
        assert!(compare(&wide("b"), &wide("abc"), false) > 0);
        assert_eq!(compare(&wide("ABC"), &wide("abc"), true), 0);
        assert_ne!(compare(&wide("ABC"), &wide("abc"), false), 0);
    }

    #[test]
    fn numbers_are_read_up_to_what_is_no_digit() {
        assert_eq!(parse_integer(" 0x1F", 0), Some(31));
        assert_eq!(parse_integer("-2", 10), Some(0xFFFF_FFFE));
        assert_eq!(parse_integer("12rest", 10), Some(12));
        assert_eq!(parse_integer("12", 7), None);
    }
}
