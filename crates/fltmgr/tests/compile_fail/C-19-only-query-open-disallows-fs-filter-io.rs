//! Other callbacks of FSFilter cannot be disallowed.
use fltmgr::{PreOp, op};

fn pre(acquire: PreOp<'_, op::AcquireForSectionSynchronization>) {
    let _ = acquire.disallow_fs_filter_io();
}

fn main() {}
