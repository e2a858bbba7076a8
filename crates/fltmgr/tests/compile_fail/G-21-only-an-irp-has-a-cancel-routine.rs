//! Only an IRP gets a cancel routine, and the operation may be fast I/O.
use fltmgr::{PreOp, op};

fn wait(read: PreOp<'_, op::Read>) {
    let _ = read.cancelable();
}

fn main() {}
