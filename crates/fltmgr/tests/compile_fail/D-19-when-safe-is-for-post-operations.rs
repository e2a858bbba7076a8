//! Completion processing is for post-operations.
use fltmgr::{PreOp, PrePost, SafePost, op};

fn pre<F: SafePost<op::Read>>(filter: &F, read: PreOp<'_, op::Read>, carry: <F as PrePost<op::Read>>::Carry) {
    let _ = read.when_safe(filter, carry);
}

fn main() {}
