//! A filter without post-operation cannot ask for it.
use fltmgr::{PreOp, PreStatus, op};

fn pre<'a>(create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
    create.pass_with(())
}

fn main() {}
