//! A create has no buffer that could be locked.
use fltmgr::{PreOp, op};

fn lock(mut create: PreOp<'_, op::Create>) {
    let at = create.irql();
    let _ = create.lock_buffer(at);
}

fn main() {}
