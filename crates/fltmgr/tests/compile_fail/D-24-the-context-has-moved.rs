//! What was passed to the safe callback is its own.
use fltmgr::{PostOp, PrePost, SafePost, op};

fn post<F: SafePost<op::Read>>(filter: &F, read: PostOp<'_, op::Read>, carry: <F as PrePost<op::Read>>::Carry) {
    let _ = read.when_safe(filter, carry);
    drop(carry);
}

fn main() {}
