//! What goes on without a post-operation takes nothing along.
use fltmgr::{PreStatus, op};

fn pre<'a>() -> PreStatus<'a, op::Create, ()> {
    PreStatus::Continue(())
}

fn main() {}
