//! What was decided about a read is no answer about a write.
use fltmgr::operation::Completed;
use fltmgr::{PreStatus, op};

fn pre<'a>(read: Completed<'a, op::Read>) -> PreStatus<'a, op::Write> {
    PreStatus::Complete(read)
}

fn main() {}
