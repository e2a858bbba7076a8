//! Other callbacks of FSFilter cannot be disallowed when they are done.
use fltmgr::{PostOp, op};

fn post(acquire: PostOp<'_, op::AcquireForSectionSynchronization>) {
    let _ = acquire.disallow_fs_filter_io();
}

fn main() {}
