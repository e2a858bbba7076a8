//! What is pended is not exchanged for the operation of a callback, which would be pending without anybody who has it.
use fltmgr::pending::PendedPre;
use fltmgr::{PreOp, op};

fn exchange<'a>(mut write: PreOp<'a, op::Write>, pended: &'static mut PendedPre<op::Write>) {
    if let Some(at) = write.passive() {
        pended.operation(at, |other| core::mem::swap(&mut *write, other));
    }
}

fn main() {}
