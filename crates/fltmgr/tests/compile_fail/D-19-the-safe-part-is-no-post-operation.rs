//! The safe part of a post-operation cannot be deferred to itself.
use fltmgr::{PrePost, SafePost, SafePostOp, op};

fn safe<F: SafePost<op::Read>>(filter: &F, read: SafePostOp<'_, op::Read>, carry: <F as PrePost<op::Read>>::Carry) {
    let _ = read.when_safe(filter, carry);
}

fn main() {}
