//! A callback of FSFilter cannot be pended.
use fltmgr::{PreOp, op};

fn pre(acquire: PreOp<'_, op::AcquireForCcFlush>) {
    let _ = acquire.into_irp();
}

fn main() {}
