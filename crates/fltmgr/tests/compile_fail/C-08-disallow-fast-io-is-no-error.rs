//! The status is the Filter Manager's alone.
use fltmgr::Error;

const STATUS_FLT_DISALLOW_FAST_IO: i32 = 0xC01C_0004_u32.cast_signed();

const REFUSED: Error = Error::from_raw(STATUS_FLT_DISALLOW_FAST_IO).unwrap();

fn main() {
    let _ = REFUSED;
}
