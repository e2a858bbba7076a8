//! The driver's frames above a call that is being served.
//!
//! fltsim's own frames come first: they are unwound as the host unwinds, by the tables that every program on Linux has,
//! which gives the driver's registers as they were when it called. From there its image's tables lead on.

use std::ffi::{c_int, c_void};

use super::thread::LOCAL;
use super::unwind::{self, Registers};
use crate::image::find_mapped;

/// As many frames as are told apart.
pub(super) const MOST_FRAMES: usize = 64;

/// The state of the host's unwinding (`_Unwind_Context`).
#[repr(C)]
struct Context {
    opaque: [u8; 0],
}

/// `_URC_NO_REASON`: go on.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`.
const STOP: c_int = 4;

// The unwinder that the standard library links, too.
unsafe extern "C" {
    fn _Unwind_Backtrace(visit: extern "C" fn(*mut Context, *mut c_void) -> c_int, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
    fn _Unwind_GetGR(context: *mut Context, register: c_int) -> usize;
}

/// The registers that a function of the host preserves: their number for the host's unwinder, and that of x64 unwind codes.
const PRESERVED: [(c_int, usize); 6] = [(3, 3), (6, 5), (12, 12), (13, 13), (14, 14), (15, 15)];
/// The stack pointer, for unwind codes.
const RSP: usize = 4;

struct Walk<'a> {
    into: &'a mut [usize],
    count: usize,
    /// Where a linked driver's frames end; 0 for a loaded image.
    end: usize,
}

/// Puts the return addresses of the driver's frames into `into`, innermost first: those since fltsim called the driver.
/// Answers how many there are. The calling thread serves a call of the driver.
///
/// A linked driver's begin with those of fltsim's routine, which are the same for each call of it.
pub(super) fn of_driver(is_linked: bool, into: &mut [usize]) -> usize {
    let end = LOCAL.with(|local| if is_linked { local.linked_base.get() } else { 0 });
    let mut walk = Walk { into, count: 0, end };
    // SAFETY: the visitor gets the walk, which outlives the call.
    unsafe { _Unwind_Backtrace(visit, (&raw mut walk).cast()) };
    walk.count
}

extern "C" fn visit(context: *mut Context, argument: *mut c_void) -> c_int {
    // SAFETY: the unwinder passes on what `of_driver` gave it, and a context that is valid during the call.
    let (walk, address, frame) =
        unsafe { (&mut *argument.cast::<Walk<'_>>(), _Unwind_GetIP(context), _Unwind_GetCFA(context)) };
    if walk.end != 0 {
        let Some(place) = walk.into.get_mut(walk.count) else { return STOP };
        if frame >= walk.end {
            return STOP;
        }
        *place = address;
        walk.count += 1;
        return GO_ON;
    }
    if find_mapped(address).is_none() {
        return GO_ON;
    }
    let mut registers = Registers { general: [0; 16], rip: address as u64, xmm: [0; 16], flags: 0 };
    for (host, number) in PRESERVED {
        // SAFETY: the context is valid, and the unwinder knows these registers in every frame.
        registers.general[number] = unsafe { _Unwind_GetGR(context, host) } as u64;
    }
    registers.general[RSP] = frame as u64;
    walk.count = unwind::backtrace(&registers, walk.into);
    STOP
}
