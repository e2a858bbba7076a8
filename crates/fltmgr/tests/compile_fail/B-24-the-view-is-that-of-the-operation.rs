//! A read has no create options.
use fltmgr::{PreOp, op};

fn look(read: PreOp<'_, op::Read>) {
    let _ = read.parameters().disposition();
}

fn main() {}
