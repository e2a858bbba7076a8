//! What comes as fast I/O alone cannot be pended.
use fltmgr::{PreOp, op};

fn pre(read: PreOp<'_, op::MdlRead>) {
    let _ = read.into_irp();
}

fn main() {}
