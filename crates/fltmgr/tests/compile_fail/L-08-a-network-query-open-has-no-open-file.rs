//! The file object is on somebody's stack.
use fltmgr::{PreOp, op};

fn pre(query: &PreOp<'_, op::NetworkQueryOpen>) {
    let _ = query.file();
}

fn main() {}
