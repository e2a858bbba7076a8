//! What goes on without a post-operation takes nothing along.
use fltmgr::{PreOp, PreStatus, op};

fn pre<'a>(create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
    PreStatus::Continue(create.pass(), ())
}

fn main() {}
