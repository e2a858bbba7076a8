//! What drivers print, and how they give up.
#![expect(clippy::cast_possible_truncation, reason = "an argument's format says how much of its word counts")]

use std::arch::naked_asm;
use std::ffi::{CStr, c_char};
use std::fmt::Write as _;

use fltmgr_sys::{ANSI_STRING, ULONG, ULONG_PTR, UNICODE_STRING};

use super::Export;
use super::string::units;
use crate::kernel::{call, fault, thread};

/// Raises an exception in a driver that is linked into the process, which has no structured exceptions.
const UNHANDLED: u32 = 0x1E;

/// Ends the machine. For drivers that are linked into the process: loaded images get here by an exception.
///
/// # Safety
///
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "efiapi" fn KeBugCheckEx(
    BugCheckCode: ULONG,
    Parameter1: ULONG_PTR,
    Parameter2: ULONG_PTR,
    Parameter3: ULONG_PTR,
    Parameter4: ULONG_PTR,
) -> ! {
    let parameters = [Parameter1, Parameter2, Parameter3, Parameter4]
        .map(|parameter| usize::try_from(parameter).unwrap_or(usize::MAX));
    fault::bug_check(BugCheckCode, parameters, "the driver called KeBugCheckEx".into());
}

const _: [unsafe extern "efiapi" fn(ULONG, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR) -> !; 2] =
    [KeBugCheckEx, fltmgr_sys::KeBugCheckEx];

/// Raises a status. For drivers that are linked into the process: loaded images get here by an exception.
///
/// # Safety
///
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "efiapi" fn ExRaiseStatus(Status: fltmgr_sys::NTSTATUS) -> ! {
    let status = Status.cast_unsigned();
    fault::bug_check(
        UNHANDLED,
        [status as usize, 0, 0, 0],
        format!("the driver raised status 0x{status:08X}, which nobody can handle in a driver linked into the process"),
    );
}

const _: [unsafe extern "efiapi" fn(fltmgr_sys::NTSTATUS) -> !; 2] = [ExRaiseStatus, fltmgr_sys::ExRaiseStatus];

/// Passes a text on to whoever listens to drivers, and keeps it for who asks the machine.
fn print(text: &str) {
    let image = thread::current_image();
    let driver = image.as_ref().map_or("driver", |image| image.name());
    let machine = thread::try_machine();
    for line in text.trim_end_matches(['\r', '\n']).lines() {
        tracing::info!(target: "driver", "{driver}: {line}");
        if let Some(machine) = &machine {
            machine.keep_debug_line(line);
        }
    }
}

/// Defines a variadic routine: a few instructions that store the arguments where the caller keeps room for them, so that
/// they can be read one after the other, and pass the address of the first to the body.
macro_rules! variadic {
    ($(#[$meta:meta])* $routine:ident, $name:literal, $arguments:ident => $body:block) => {
        $(#[$meta])*
        ///
        /// # Safety
        ///
        /// As for a driver that calls the routine: the arguments must be what the format says.
        #[unsafe(naked)]
        pub unsafe extern "efiapi" fn $routine() {
            unsafe extern "efiapi" fn body($arguments: Arguments) -> u32 {
                static ROUTINE: Export = Export::new("ntoskrnl.exe", $name, $routine as *const ());
                call::serve(&ROUTINE, move || $body)
            }
            naked_asm!(
                "mov [rsp + 8], rcx",
                "mov [rsp + 16], rdx",
                "mov [rsp + 24], r8",
                "mov [rsp + 32], r9",
                "lea rcx, [rsp + 8]",
                "sub rsp, 40",
                "call {body}",
                "add rsp, 40",
                "ret",
                body = sym body,
            )
        }
    };
}

/// Where variadic arguments are: one 8-byte word each.
type Arguments = *const u64;

/// The argument with this number.
///
/// # Safety
///
/// There must be that many.
unsafe fn argument(arguments: Arguments, number: usize) -> u64 {
    // SAFETY: the caller vouches for the number.
    unsafe { arguments.add(number).read() }
}

variadic! {
    /// Prints a formatted text.
    #[unsafe(export_name = "DbgPrint")]
    dbg_print, "DbgPrint", arguments => {
        // SAFETY: the driver passes a format and what it asks for.
        print(&unsafe { format_bytes(argument(arguments, 0), arguments.add(1)) });
        0
    }
}

variadic! {
    /// Prints a formatted text for a component at a level.
    #[unsafe(export_name = "DbgPrintEx")]
    dbg_print_ex, "DbgPrintEx", arguments => {
        // SAFETY: as in DbgPrint, after the component and the level.
        print(&unsafe { format_bytes(argument(arguments, 2), arguments.add(3)) });
        0
    }
}

variadic! {
    /// Formats into a buffer of bytes.
    snprintf, "_snprintf", arguments => {
        // SAFETY: the driver passes a buffer, its size, a format and what it asks for.
        unsafe {
            let text = format_bytes(argument(arguments, 2), arguments.add(3));
            store(text.as_bytes(), argument(arguments, 0) as *mut u8, argument(arguments, 1))
        }
    }
}

variadic! {
    /// Formats into a buffer of UTF-16 units.
    snwprintf, "_snwprintf", arguments => {
        // SAFETY: as in snprintf.
        unsafe {
            let text = format_wide(argument(arguments, 2), arguments.add(3));
            store(&text, argument(arguments, 0) as *mut u16, argument(arguments, 1))
        }
    }
}

unsafe extern "efiapi" fn vsnprintf(to: *mut u8, size: usize, format: u64, arguments: Arguments) -> u32 {
    static ROUTINE: Export = Export::new("ntoskrnl.exe", "_vsnprintf", vsnprintf as *const ());
    // SAFETY: the driver passes a buffer, its size, a format and what it asks for.
    call::serve(&ROUTINE, || unsafe { store(format_bytes(format, arguments).as_bytes(), to, size as u64) })
}

unsafe extern "efiapi" fn vsnwprintf(to: *mut u16, size: usize, format: u64, arguments: Arguments) -> u32 {
    static ROUTINE: Export = Export::new("ntoskrnl.exe", "_vsnwprintf", vsnwprintf as *const ());
    // SAFETY: as in vsnprintf.
    call::serve(&ROUTINE, || unsafe { store(&format_wide(format, arguments), to, size as u64) })
}

/// The routines with formats. Those of the C library have no symbols: a driver that is linked into the process finds the
/// host's.
pub const EXPORTS: &[Export] = &[
    Export::new("ntoskrnl.exe", "DbgPrint", dbg_print as *const ()),
    Export::new("ntoskrnl.exe", "DbgPrintEx", dbg_print_ex as *const ()),
    Export::new("ntoskrnl.exe", "_snprintf", snprintf as *const ()),
    Export::new("ntoskrnl.exe", "_snwprintf", snwprintf as *const ()),
    Export::new("ntoskrnl.exe", "_vsnprintf", vsnprintf as *const ()),
    Export::new("ntoskrnl.exe", "_vsnwprintf", vsnwprintf as *const ()),
];

/// Stores a text and its zero as `_snprintf` does: without the zero if there is no room for it, and cut off with a result
/// of -1 if there is none for the text.
///
/// # Safety
///
/// `to` must have room for `size` units.
unsafe fn store<T: Copy + Default>(text: &[T], to: *mut T, size: u64) -> u32 {
    let room = usize::try_from(size).unwrap_or(usize::MAX);
    let copied = text.len().min(room);
    // SAFETY: the caller vouches for the room.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), to, copied);
        if text.len() < room {
            to.add(copied).write(T::default());
        }
    }
    if text.len() > room { u32::MAX } else { u32::try_from(copied).unwrap_or(u32::MAX) }
}

/// # Safety
///
/// `format` must be the address of a terminated string of bytes, and `arguments` be what it asks for.
unsafe fn format_bytes(format: u64, arguments: Arguments) -> String {
    // SAFETY: the caller vouches for the string.
    let format = unsafe { CStr::from_ptr(format as *const c_char) };
    let format: Vec<u16> = format.to_bytes().iter().map(|&byte| byte.into()).collect();
    // SAFETY: the caller vouches for the arguments.
    String::from_utf16_lossy(&unsafe { format_text(&format, false, arguments) })
}

/// # Safety
///
/// As [`format_bytes`], for a string of UTF-16 units.
unsafe fn format_wide(format: u64, arguments: Arguments) -> Vec<u16> {
    // SAFETY: the caller vouches for the string.
    let format = unsafe { wide_string(format) };
    // SAFETY: the caller vouches for the arguments.
    unsafe { format_text(&format, true, arguments) }
}

/// # Safety
///
/// `address` must be that of a terminated string of UTF-16 units.
unsafe fn wide_string(address: u64) -> Vec<u16> {
    let text = address as *const u16;
    // SAFETY: the string goes on at least to its zero.
    (0..usize::MAX).map(|index| unsafe { text.add(index).read_unaligned() }).take_while(|&unit| unit != 0).collect()
}

/// What comes between the percent sign and the letter.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format, and any may go with any")]
#[derive(Debug, Default)]
struct Specification {
    left: bool,
    plus: bool,
    space: bool,
    alternative: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    /// `h`, `l` or `w`, `L` for 64 bits, and 0 for none.
    size: u8,
}

/// Formats as the kernel's C library does, which has no floating point.
///
/// # Safety
///
/// `arguments` must be what the format asks for.
unsafe fn format_text(format: &[u16], wide: bool, arguments: Arguments) -> Vec<u16> {
    let mut out = Vec::with_capacity(format.len() * 2);
    let mut next = 0;
    let mut take = || {
        next += 1;
        // SAFETY: the caller vouches for as many arguments as the format asks for.
        unsafe { argument(arguments, next - 1) }
    };
    let mut rest = format;
    while let Some((&unit, after)) = rest.split_first() {
        rest = after;
        if unit != u16::from(b'%') {
            out.push(unit);
            continue;
        }
        let (specification, letter, after) = specification(rest, &mut take);
        rest = after;
        let Some(letter) = letter else { break };
        // SAFETY: as above.
        unsafe { convert(&mut out, &specification, letter, wide, &mut take) };
    }
    out
}

fn specification<'a>(format: &'a [u16], take: &mut impl FnMut() -> u64) -> (Specification, Option<u8>, &'a [u16]) {
    let mut result = Specification::default();
    let mut at = 0;
    let peek = |at: usize| format.get(at).and_then(|&unit| u8::try_from(unit).ok());
    loop {
        match peek(at) {
            Some(b'-') => result.left = true,
            Some(b'+') => result.plus = true,
            Some(b' ') => result.space = true,
            Some(b'#') => result.alternative = true,
            Some(b'0') => result.zeros = true,
            _ => break,
        }
        at += 1;
    }
    let mut number = |at: &mut usize| {
        if peek(*at) == Some(b'*') {
            *at += 1;
            return usize::try_from((take() as u32).cast_signed()).unwrap_or(0);
        }
        let mut value = 0_usize;
        while let Some(digit @ b'0'..=b'9') = peek(*at) {
            value = value.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            *at += 1;
        }
        value.min(0xFFFF)
    };
    result.width = number(&mut at);
    if peek(at) == Some(b'.') {
        at += 1;
        result.precision = Some(number(&mut at));
    }
    loop {
        let starts = |text: &[u8]| (0..text.len()).all(|index| peek(at + index) == Some(text[index]));
        let (size, length) = if starts(b"I64") {
            (b'L', 3)
        } else if starts(b"I32") {
            (0, 3)
        } else if starts(b"ll") {
            (b'L', 2)
        } else {
            match peek(at) {
                Some(b'I' | b'z' | b't' | b'j') => (b'L', 1),
                Some(letter @ (b'h' | b'l' | b'w')) => (letter, 1),
                _ => break,
            }
        };
        result.size = size;
        at += length;
    }
    let letter = peek(at);
    (result, letter, format.get(at + 1..).unwrap_or_default())
}

/// # Safety
///
/// The arguments that are taken must be what the letter says.
unsafe fn convert(
    out: &mut Vec<u16>,
    specification: &Specification,
    letter: u8,
    wide: bool,
    take: &mut impl FnMut() -> u64,
) {
    let text = match letter {
        b'%' => {
            out.push(b'%'.into());
            return;
        }
        b'd' | b'i' => {
            let value = match specification.size {
                b'L' => take().cast_signed(),
                b'h' => i64::from(take() as i16),
                _ => i64::from(take() as i32),
            };
            let sign = match value {
                ..0 => "-",
                _ if specification.plus => "+",
                _ if specification.space => " ",
                _ => "",
            };
            return number(out, specification, sign, &value.unsigned_abs().to_string());
        }
        b'u' | b'x' | b'X' | b'o' => {
            let value = match specification.size {
                b'L' => take(),
                b'h' => u64::from(take() as u16),
                _ => u64::from(take() as u32),
            };
            let (prefix, digits) = match letter {
                b'u' => ("", value.to_string()),
                b'o' => ("0", format!("{value:o}")),
                b'x' => ("0x", format!("{value:x}")),
                _ => ("0X", format!("{value:X}")),
            };
            let prefix = if specification.alternative && value != 0 { prefix } else { "" };
            return number(out, specification, prefix, &digits);
        }
        b'p' => format!("{:016X}", take()).encode_utf16().collect(),
        b'c' | b'C' => {
            let is_wide = is_wide(specification.size, wide != (letter == b'C'));
            let value = take() as u16;
            vec![if is_wide { value } else { value & 0xFF }]
        }
        // SAFETY: the caller vouches for the argument.
        b's' | b'S' => unsafe {
            string(take(), is_wide(specification.size, wide != (letter == b'S')), specification.precision)
        },
        b'Z' => {
            let address = take();
            if address == 0 {
                "(null)".encode_utf16().collect()
            } else if specification.size == b'w' || specification.size == b'l' {
                // SAFETY: the caller vouches for the argument, which is a counted string.
                unsafe { units(address as *const UNICODE_STRING) }.to_vec()
            } else {
                // SAFETY: as above.
                unsafe {
                    let string = &*(address as *const ANSI_STRING);
                    std::slice::from_raw_parts(string.Buffer.cast::<u8>(), string.Length.into())
                }
                .iter()
                .map(|&byte| byte.into())
                .collect()
            }
        }
        other => vec![other.into()],
    };
    pad(out, specification, &text);
}

/// Whether a text is of UTF-16 units: what its size says, else what the letter says.
fn is_wide(size: u8, otherwise: bool) -> bool {
    match size {
        b'h' => false,
        b'l' | b'w' => true,
        _ => otherwise,
    }
}

/// # Safety
///
/// `address` must be 0 or that of a string that is terminated or has at least `precision` units.
unsafe fn string(address: u64, wide: bool, precision: Option<usize>) -> Vec<u16> {
    if address == 0 {
        return "(null)".encode_utf16().collect();
    }
    let limit = precision.unwrap_or(usize::MAX);
    (0..limit)
        .map(|index| {
            // SAFETY: the string goes on at least to its zero or the limit.
            unsafe {
                if wide {
                    (address as *const u16).add(index).read_unaligned()
                } else {
                    u16::from((address as *const u8).add(index).read())
                }
            }
        })
        .take_while(|&unit| unit != 0)
        .collect()
}

fn number(out: &mut Vec<u16>, specification: &Specification, prefix: &str, digits: &str) {
    let mut text = String::from(prefix);
    let precision = specification.precision.unwrap_or(1);
    let zeros = if specification.zeros && !specification.left && specification.precision.is_none() {
        specification.width.saturating_sub(prefix.len())
    } else {
        precision
    };
    // Writing to a string cannot fail.
    let _ = write!(text, "{digits:0>zeros$}");
    let text: Vec<u16> = text.encode_utf16().collect();
    pad(out, specification, &text);
}

fn pad(out: &mut Vec<u16>, specification: &Specification, text: &[u16]) {
    let padding = std::iter::repeat_n(u16::from(b' '), specification.width.saturating_sub(text.len()));
    if specification.left {
        out.extend_from_slice(text);
        out.extend(padding);
    } else {
        out.extend(padding);
        out.extend_from_slice(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(format: &str, arguments: &[u64]) -> String {
        let format: Vec<u16> = format.encode_utf16().collect();
        // SAFETY: the tests pass what their formats ask for.
        String::from_utf16_lossy(&unsafe { format_text(&format, false, arguments.as_ptr()) })
    }

    #[test]
    fn numbers_are_formatted_as_c_does() {
        assert_eq!(formatted("%d %i %u", &[u64::MAX, 7, 0xFFFF_FFFF]), "-1 7 4294967295");
        assert_eq!(formatted("[%5d][%-5d][%05d][%+d]", &[42, 42, 42, 42]), "[   42][42   ][00042][+42]");
        assert_eq!(formatted("%x %X %#x %08x", &[255, 255, 255, 255]), "ff FF 0xff 000000ff");
        assert_eq!(formatted("%lld %I64x %hu", &[u64::MAX, u64::MAX, 0x1_0001]), "-1 ffffffffffffffff 1");
        assert_eq!(formatted("%p 100%%", &[0x1234]), "0000000000001234 100%");
        assert_eq!(formatted("%*d|%.3d", &[4, 7, 7]), "   7|007");
    }

    #[test]
    fn strings_are_of_the_kind_their_letters_say() {
        let wide: Vec<u16> = "wide".encode_utf16().chain([0]).collect();
        let counted = UNICODE_STRING { Length: 4, MaximumLength: 8, Buffer: wide.as_ptr().cast_mut() };
        let arguments = [
            c"narrow".as_ptr() as u64,
            wide.as_ptr() as u64,
            wide.as_ptr() as u64,
            (&raw const counted) as u64,
            0,
            c"cut off".as_ptr() as u64,
        ];
        assert_eq!(formatted("%s %S %ws %wZ %s %.3s", &arguments), "narrow wide wide wi (null) cut");
        assert_eq!(formatted("[%8s][%-8s]", &[c"ab".as_ptr() as u64, c"ab".as_ptr() as u64]), "[      ab][ab      ]");
    }

    #[test]
    fn a_format_that_ends_early_is_no_harm() {
        assert_eq!(formatted("50%", &[]), "50");
        assert_eq!(formatted("%-", &[]), "");
    }
}
