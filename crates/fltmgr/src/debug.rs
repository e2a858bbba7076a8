//! Lines for a kernel debugger.

use core::fmt::{self, Write as _};

/// Prints a line to the kernel debugger, in the syntax of `format!`. At DIRQL or below.
///
/// This is DbgPrint, with what is behind the first 510 bytes cut off. With the feature `wdk` and debug assertions it is
/// windows-drivers-rs' `wdk::println!`, which takes lines of any length, and has a panic in it that a release driver is not to
/// have. Arguments whose formatting can panic give the driver a panic.
#[macro_export]
macro_rules! debug_println {
    ($($argument:tt)*) => {
        $crate::private::print_line(::core::format_args!($($argument)*))
    };
}

/// Prints what [`debug_println!`](crate::debug_println) formats.
///
/// Inlined, a text without arguments leaves nothing of the formatting in the driver, nor of its calls through pointers, of
/// which the depth cannot be told.
#[expect(clippy::inline_always, reason = "whether the text has arguments is known to the caller")]
#[inline(always)]
pub fn print_line(text: fmt::Arguments<'_>) {
    match text.as_str() {
        Some(text) => print(|line| line.write_str(text)),
        None => print(|line| fmt::write(line, text)),
    }
}

#[inline(never)]
fn print(format: impl FnOnce(&mut Line) -> fmt::Result) {
    let mut line = Line { bytes: [0; ROOM + 1], length: 0 };
    // A line that cannot be formatted to its end is still printed as far as it came.
    let _ = format(&mut line);
    // There, no Rust can be a routine with variable arguments.
    if cfg!(miri) {
        return;
    }
    // SAFETY: %s takes a string that ends with a zero, which the line does; no IRQL that a filter has is too high.
    unsafe { fltmgr_sys::DbgPrint(c"%s\n".as_ptr(), line.bytes.as_ptr()) };
}

/// How much of a line is printed: DbgPrint sends 512 bytes at most, and its format adds the line's end.
const ROOM: usize = 510;

/// # Invariants
///
/// The last byte is zero.
struct Line {
    bytes: [u8; ROOM + 1],
    length: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.iter_mut().take(ROOM).skip(self.length);
        for (to, from) in room.zip(text.bytes()) {
            *to = from;
        }
        self.length = self.length.saturating_add(text.len());
        Ok(())
    }
}
