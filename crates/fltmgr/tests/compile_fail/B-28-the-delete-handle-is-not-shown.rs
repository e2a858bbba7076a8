//! The handle is the system's.
use fltmgr::{PreOp, op};

fn look(set: &PreOp<'_, op::SetInformation>) {
    let _ = set.parameters().delete_handle();
}

fn main() {}
