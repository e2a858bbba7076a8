//! Printing to the kernel debugger, which bindgen leaves out: it knows variable arguments under C's own convention alone.

use crate::{PCSTR, ULONG};

imports! { "ntoskrnl.exe";
    /// Prints, in the format of `printf`, at the level that shows by default.
    pub fn DbgPrint(Format: PCSTR, ...) -> ULONG;
    /// Prints, in the format of `printf`, if the component's mask lets the level through.
    pub fn DbgPrintEx(ComponentId: ULONG, Level: ULONG, Format: PCSTR, ...) -> ULONG;
}
