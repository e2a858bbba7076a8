//! A filter without post-operation cannot ask for it.
use fltmgr::{PreStatus, op};

fn pre<'a>() -> PreStatus<'a, op::Create> {
    PreStatus::ContinueWith(())
}

fn main() {}
