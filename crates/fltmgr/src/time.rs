//! Spans of time, and the system time.
//!
//! ```
//! use fltmgr::time::{Ticks, system_time};
//!
//! const PATIENCE: Ticks = Ticks::from_milliseconds(5000);
//!
//! fn is_over(began: u64) -> bool {
//!     system_time().saturating_sub(began) > PATIENCE.0
//! }
//! ```

use fltmgr_sys as sys;

/// A span of time in the unit that the kernel counts in: 100 nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticks(pub u64);

impl Ticks {
    /// So many milliseconds.
    pub const fn from_milliseconds(milliseconds: u32) -> Self {
        Self(milliseconds as u64 * 10_000)
    }

    /// The relative due time that wait and send routines take: the negated span.
    pub(crate) fn relative(self) -> sys::LARGE_INTEGER {
        sys::LARGE_INTEGER { QuadPart: 0_i64.saturating_sub_unsigned(self.0) }
    }
}

/// Wraps KeQuerySystemTimePrecise: 100-nanosecond intervals since January 1, 1601 (UTC). Any IRQL.
pub fn system_time() -> u64 {
    let mut now = sys::LARGE_INTEGER { QuadPart: 0 };
    // SAFETY: the routine writes the one LARGE_INTEGER it is given, at any IRQL.
    unsafe { sys::KeQuerySystemTimePrecise(&raw mut now) };
    // SAFETY: every bit pattern of the union is a QuadPart.
    unsafe { now.QuadPart }.cast_unsigned()
}
