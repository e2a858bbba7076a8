//! A create has no fast I/O form that could be disallowed.
use fltmgr::{PreOp, op};

fn pre(create: PreOp<'_, op::Create>) {
    let _ = create.disallow_fast_io();
}

fn main() {}
